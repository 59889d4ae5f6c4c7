-- SPDX-License-Identifier: BSD-2-Clause
--
-- Verdicts by site, which is the host of the sensor, and hour (UTC): how many
-- connections, and the time that the cause cost them.
SELECT
    host AS site,
    toDateTime(intDiv(greatest(toInt64(ts), 0), 3600) * 3600, 'UTC') AS hour,
    ifNull(verdict, '-') AS what,
    ifNull(verdict_side, '-') AS side,
    count() AS conns,
    ifNull(sum(verdict_secs), toDecimal128(0, 9)) AS secs
FROM {conn:Identifier} FINAL
WHERE ({host:String} = '' OR host = {host:String})
    AND ({capture:String} = '' OR capture = {capture:String})
    AND ts >= {since:Int64} AND ts < {until:Int64}
GROUP BY site, hour, what, side
ORDER BY site, hour, conns DESC, what, side
LIMIT {limit:UInt32}
