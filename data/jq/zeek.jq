# SPDX-License-Identifier: BSD-2-Clause
#
# conn records of tcpstates as lines of Zeek's conn.log, in JSON:
#
#	tcpstates -J trace.pcap | jq -c -f zeek.jq >conn.log
#
# As in Zeek's JSON, what is not known is left out, and so are duration and
# bytes of a connection that has one instant only.  The meanings are Zeek's, but
# for two: duration goes to the very last segment, where Zeek's ends before the
# last ACK of a close; and there is no uid, which is Zeek's own: community_id is
# the same in both.  service, local_orig and local_resp are not known here.
#
# jq 1.6 has only doubles: of a ts with nanoseconds the last three digits are
# not to be relied on.  jq 1.7 and later print it as it came.
select(.type == "conn") | {
    ts,
    "id.orig_h": .orig_h,
    "id.orig_p": .orig_p,
    "id.resp_h": .resp_h,
    "id.resp_p": .resp_p,
    proto: "tcp",
    duration,
    # By the sequence numbers: each byte once, and bytes never captured.
    orig_bytes: (.orig_unique_bytes + .orig_missed_bytes),
    resp_bytes: (.resp_unique_bytes + .resp_missed_bytes),
    conn_state,
    missed_bytes: (.orig_missed_bytes + .resp_missed_bytes),
    history,
    orig_pkts,
    orig_ip_bytes,
    resp_pkts,
    resp_ip_bytes,
    community_id
} | if .duration == 0 then del(.duration, .orig_bytes, .resp_bytes) else . end
  | with_entries(select(.value != null))
