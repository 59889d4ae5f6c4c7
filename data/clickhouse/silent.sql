-- SPDX-License-Identifier: BSD-2-Clause
--
-- Hosts that never answer: not one segment of theirs in any connection that
-- was opened to them.  The most asked for come first.
SELECT
    resp_h AS silent,
    count() AS conns,
    uniqExact(orig_h) AS clients,
    arraySlice(arraySort(groupUniqArray(assumeNotNull(resp_p))), 1, 10) AS ports,
    min(ts) AS first_ts,
    max(ts) AS last_ts
FROM {conn:Identifier} FINAL
WHERE ({host:String} = '' OR host = {host:String})
    AND ({capture:String} = '' OR capture = {capture:String})
    AND ts >= {since:Int64} AND ts < {until:Int64}
GROUP BY silent
HAVING sum(resp_pkts) = 0 AND sum(orig_syn) > 0
ORDER BY conns DESC, silent
LIMIT {limit:UInt32}
