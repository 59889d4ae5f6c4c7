# SPDX-License-Identifier: BSD-2-Clause
#
# conn records of tcpstates as events of the Elastic Common Schema (ECS 8):
#
#	tcpstates -J trace.pcap | jq -c -f ecs.jq
#
# The originator is the source, the responder the destination.  bytes are
# those of IP packets, headers included, as flow exporters count.  What ECS
# has no name for is under tcpstates, with the keys of the record; what is not
# known is left out.
#
# jq 1.6 has only doubles, so times are given to the microsecond.

# Microseconds since the epoch, a whole number, as a date.
def date: (. / 1000000 | floor) as $seconds |
    ($seconds | todate | rtrimstr("Z")) + "." +
    (. - $seconds * 1000000 + 1000000 | tostring | .[1:]) + "Z";

def us: . * 1000000 | round;

def known: with_entries(select(.value != null));

select(.type == "conn") | {
    "@timestamp": (.ts | us | date),
    ecs: {version: "8.11.0"},
    event: {
        kind: "event",
        category: ["network"],
        type: (["connection"] +
            if .end_reason == "open" or .end_reason == "half-closed" then []
            else ["end"] end),
        dataset: "tcpstates.conn",
        start: (.ts | us | date),
        end: ((.ts | us) + (.duration | us) | date),
        duration: (.duration * 1000000000 | round),
        reason: .end_reason
    },
    network: {
        transport: "tcp",
        type: (if .orig_h | contains(":") then "ipv6" else "ipv4" end),
        community_id,
        bytes: (.orig_ip_bytes + .resp_ip_bytes),
        packets: (.orig_pkts + .resp_pkts)
    },
    source: {
        ip: .orig_h, port: .orig_p, bytes: .orig_ip_bytes, packets: .orig_pkts
    },
    destination: {
        ip: .resp_h, port: .resp_p, bytes: .resp_ip_bytes, packets: .resp_pkts
    },
    tcpstates: (del(.type, .ts, .duration, .community_id, .end_reason,
        .orig_h, .orig_p, .resp_h, .resp_p, .orig_ip_bytes, .resp_ip_bytes,
        .orig_pkts, .resp_pkts) | known)
}
