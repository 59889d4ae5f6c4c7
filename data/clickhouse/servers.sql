-- SPDX-License-Identifier: BSD-2-Clause
--
-- Servers, the slowest answers first.  Response times are those of requests:
-- `response_p50` the median over connections of their medians, `response_p95`
-- the 95th percentile of their 95th percentiles.  `rtt_p99` is the round-trip
-- time between the capture point and the server, from SYN to SYN-ACK.
SELECT
    resp_h,
    resp_p,
    count() AS conns,
    ifNull(sum(turns), 0) AS requests,
    quantileExact(0.5)(toFloat64(first_p50)) AS response_p50,
    quantileExact(0.95)(toFloat64(first_p95)) AS response_p95,
    max(first_max) AS response_max,
    quantileExact(0.99)(toFloat64(rtt_syn)) AS rtt_p99
FROM {conn:Identifier} FINAL
WHERE ({host:String} = '' OR host = {host:String})
    AND ({capture:String} = '' OR capture = {capture:String})
    AND ts >= {since:Int64} AND ts < {until:Int64}
    AND orig_syn > 0 AND resp_pkts > 0
GROUP BY resp_h, resp_p
ORDER BY ifNull(response_p95, 0) DESC, conns DESC, resp_h, resp_p
LIMIT {limit:UInt32}
