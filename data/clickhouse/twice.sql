-- SPDX-License-Identifier: BSD-2-Clause
--
-- The same connection at two sensors: equal Community ID, and first segments
-- within a second of each other.  What one sensor counted and the other did not
-- was lost between the two, or captured at one of them only.
SELECT
    community_id,
    host AS first_sensor,
    other_host AS second_sensor,
    other_ts - ts AS later,
    pkts_1 AS orig_first,
    pkts_2 AS orig_second,
    pkts_3 AS resp_first,
    pkts_4 AS resp_second
FROM
(
    SELECT community_id, host, ts, orig_pkts AS pkts_1, resp_pkts AS pkts_3
    FROM {conn:Identifier} FINAL
    WHERE ({host:String} = '' OR host = {host:String})
        AND ({capture:String} = '' OR capture = {capture:String})
        AND ts >= {since:Int64} AND ts < {until:Int64}
)
GLOBAL ALL INNER JOIN
(
    SELECT community_id, host AS other_host, ts AS other_ts,
        orig_pkts AS pkts_2, resp_pkts AS pkts_4
    FROM {conn:Identifier} FINAL
    WHERE ts >= {since:Int64} - 1 AND ts < {until:Int64} + 1
        AND community_id GLOBAL IN
        (
            SELECT community_id
            FROM {conn:Identifier}
            WHERE ts >= {since:Int64} - 1 AND ts < {until:Int64} + 1
            GROUP BY community_id
            HAVING uniqExact(host) > 1
        )
) USING community_id
WHERE host != other_host AND (later > 0 OR later = 0 AND host < other_host)
    AND later < 1
ORDER BY abs(toInt64(orig_first) - toInt64(orig_second)) +
    abs(toInt64(resp_first) - toInt64(resp_second)) DESC, community_id,
    first_sensor, second_sensor, later
LIMIT {limit:UInt32}
