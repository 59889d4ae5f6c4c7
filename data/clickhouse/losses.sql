-- SPDX-License-Identifier: BSD-2-Clause
--
-- Networks that lose segments.  Each connection crosses two legs, from its
-- client's network (/24 or /64) to the sensor and from the sensor to its
-- server's; what is lost upstream and downstream of the sensor says on which.
-- `lost` is a share of the segments of these connections, both ways.
SELECT
    host AS sensor,
    leg.1 AS side,
    leg.2 AS network,
    count() AS conns,
    sum(leg.3) AS segments,
    sum(leg.4) AS lost_segments,
    round(lost_segments / greatest(segments, 1), 6) AS lost
FROM
(
    SELECT
        host,
        assumeNotNull(orig_h) AS client,
        assumeNotNull(resp_h) AS server,
        ifNull(orig_pkts, 0) + ifNull(resp_pkts, 0) AS pkts,
        arrayJoin([
            ('client', if(position(client, ':') > 0,
                concat(cutIPv6(IPv6StringToNum(client), 8, 0), '/64'),
                concat(IPv4NumToString(toUInt32(bitAnd(
                    IPv4StringToNum(client), 4294967040))), '/24')),
                pkts, ifNull(orig_loss_before, 0) + ifNull(resp_loss_behind, 0)),
            ('server', if(position(server, ':') > 0,
                concat(cutIPv6(IPv6StringToNum(server), 8, 0), '/64'),
                concat(IPv4NumToString(toUInt32(bitAnd(
                    IPv4StringToNum(server), 4294967040))), '/24')),
                pkts, ifNull(orig_loss_behind, 0) + ifNull(resp_loss_before, 0))
        ]) AS leg
    FROM {conn:Identifier} FINAL
    WHERE ({host:String} = '' OR host = {host:String})
        AND ({capture:String} = '' OR capture = {capture:String})
        AND ts >= {since:Int64} AND ts < {until:Int64}
)
GROUP BY sensor, side, network
HAVING lost_segments > 0
ORDER BY lost DESC, segments DESC, sensor, side, network
LIMIT {limit:UInt32}
