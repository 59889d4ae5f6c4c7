-- SPDX-License-Identifier: BSD-2-Clause
--
-- What is wrong in the fleet: findings, those first that cost most time.
SELECT
    id,
    ifNull(side, '-') AS where,
    uniqExact(host) AS sites,
    uniqExact(host, capture, ifNull(conn, 0)) AS conns,
    ifNull(sum(secs), toDecimal128(0, 9)) AS total_secs
FROM {finding:Identifier} FINAL
WHERE ({host:String} = '' OR host = {host:String})
    AND ({capture:String} = '' OR capture = {capture:String})
    AND ts >= {since:Int64} AND ts < {until:Int64}
GROUP BY id, where
ORDER BY total_secs DESC, conns DESC, id, where
LIMIT {limit:UInt32}
