-- SPDX-License-Identifier: BSD-2-Clause
--
-- Sections A, C and D of the report of tcpstates(1), over any number of captures
-- and hosts:
--
--	ask report
--	ask -H gateway -s '2026-11-30 08:00' -u '2026-11-30 12:00' report
--
-- `ask` fills in the parameters in braces; clients from 20.8 on do that, too
-- (--param_since=0).
--
-- The means of section D are pooled: report_rtt_* and report_win_* hold number
-- and sum of its samples.  Versions of ClickHouse differ in what the minimum of
-- nothing is, so the number decides what is n/a.  Decimals are cut where they
-- end, so that adding half a microsecond first rounds as the report does.
SELECT arrayJoin(arrayConcat(
    [
        concat('A) Total number of connections: ', toString(conns)),
        'C) General',
        concat('The total number of complete TCP connections: ',
            toString(completes)),
        concat('The number of reset TCP connections: ', toString(resets)),
        concat('The number of TCP connections that were still open when the ',
            'trace capture ended: ', toString(opens)),
        concat('The number of TCP connections established before the capture ',
            'started: ', toString(midstreams)),
        'D) Complete TCP connections:'
    ],
    arrayMap(
        (what, unit, n, seconds) -> concat(what, ': ', if(n > 0, concat(
            toString(toDecimal128(seconds + toDecimal128('0.0000005', 9), 6)),
            unit), 'n/a')),
        [
            'Minimum time duration', 'Mean time duration',
            'Maximum time duration', 'Minimum RTT value', 'Mean RTT value',
            'Maximum RTT value'
        ],
        [' seconds', ' seconds', ' seconds', '', '', ''],
        [completes, completes, completes, rtt_n, rtt_n, rtt_n],
        [
            duration_min, duration_sum / greatest(completes, 1), duration_max,
            rtt_min, rtt_sum / greatest(rtt_n, 1), rtt_max
        ]),
    arrayMap(
        (what, n, least, mean, greatest) -> if(n > 0, concat(
            'Minimum ', what, ': ', toString(least), '\n',
            'Mean ', what, ': ', toString(toDecimal128(
                mean + toDecimal128('0.0000005', 9), 6)), '\n',
            'Maximum ', what, ': ', toString(greatest)), concat(
            'Minimum ', what, ': n/a\nMean ', what, ': n/a\nMaximum ', what,
            ': n/a')),
        [
            'number of packets including both send/received',
            'receive window size including both send/received'
        ],
        [completes, win_n],
        [pkts_min, win_min],
        [
            toDecimal128(pkts_sum, 9) / greatest(completes, 1),
            toDecimal128(win_sum, 9) / greatest(win_n, 1)
        ],
        [pkts_max, win_max])
    )) AS line
FROM
(
    SELECT
        count() AS conns,
        countIf(complete) AS completes,
        countIf(reset) AS resets,
        countIf(open) AS opens,
        countIf(midstream) AS midstreams,
        minIf(duration, complete) AS duration_min,
        maxIf(duration, complete) AS duration_max,
        sumIf(duration, complete) AS duration_sum,
        minIf(report_rtt_min, complete) AS rtt_min,
        maxIf(report_rtt_max, complete) AS rtt_max,
        sumIf(report_rtt_sum, complete) AS rtt_sum,
        ifNull(sumIf(report_rtt_n, complete), 0) AS rtt_n,
        minIf(orig_pkts + resp_pkts, complete) AS pkts_min,
        maxIf(orig_pkts + resp_pkts, complete) AS pkts_max,
        sumIf(orig_pkts + resp_pkts, complete) AS pkts_sum,
        minIf(report_win_min, complete) AS win_min,
        maxIf(report_win_max, complete) AS win_max,
        sumIf(report_win_sum, complete) AS win_sum,
        ifNull(sumIf(report_win_n, complete), 0) AS win_n
    FROM {conn:Identifier} FINAL
    WHERE ({host:String} = '' OR host = {host:String})
        AND ({capture:String} = '' OR capture = {capture:String})
        AND ts >= {since:Int64} AND ts < {until:Int64}
)
FORMAT TSVRaw
