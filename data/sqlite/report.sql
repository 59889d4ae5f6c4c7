-- SPDX-License-Identifier: BSD-2-Clause
--
-- Sections A, C and D of the report of tcpstates(1), over everything in the
-- table: any number of captures and hosts.  For some of them only, add to
-- the WHERE of `done` and of `classes`.
--
--	sqlite3 conns.db <report.sql
--
-- The means of section D are pooled: report_rtt_* and report_win_* hold number
-- and sum of its samples.  All is computed in whole nanoseconds, and seconds
-- apart from them, so that no digit depends on how a REAL is rounded: exact
-- for connections of less than a hundred days, of any number.
WITH done AS (
    SELECT *, CAST(round(duration * 1e9) AS INTEGER) AS duration_ns,
        CAST(round(report_rtt_sum * 1e9) AS INTEGER) AS rtt_ns,
        orig_pkts + resp_pkts AS pkts
    FROM conn WHERE complete
),
classes AS (
    SELECT count(*) AS conns, count(*) FILTER (WHERE complete) AS completes,
        count(*) FILTER (WHERE reset) AS resets,
        count(*) FILTER (WHERE open) AS opens,
        count(*) FILTER (WHERE midstream) AS midstreams
    FROM conn WHERE true
),
-- Number, sum in whole units and in billionths, least and greatest of four
-- figures of section D.  Of whole numbers the least unit is the unit itself.
figures (place, what, unit, is_time, n, whole, part, least, greatest) AS (
    SELECT 10, 'time duration', ' seconds', 1, count(duration_ns),
        sum(duration_ns / 1000000000), sum(duration_ns % 1000000000),
        min(duration_ns), max(duration_ns)
    FROM done
    UNION ALL
    SELECT 11, 'RTT value', '', 1, sum(report_rtt_n), sum(rtt_ns / 1000000000),
        sum(rtt_ns % 1000000000),
        min(CAST(round(report_rtt_min * 1e9) AS INTEGER)),
        max(CAST(round(report_rtt_max * 1e9) AS INTEGER))
    FROM done
    UNION ALL
    SELECT 12, 'number of packets including both send/received', '', 0,
        count(pkts), sum(pkts), 0, min(pkts), max(pkts)
    FROM done
    UNION ALL
    SELECT 13, 'receive window size including both send/received', '', 0,
        sum(report_win_n), sum(report_win_sum), 0, min(report_win_min),
        max(report_win_max)
    FROM done
),
sums AS (
    SELECT *, whole + part / 1000000000 AS units,
        part % 1000000000 AS billionths
    FROM figures
),
-- The mean in whole units and millionths, rounded half up; times to millionths.
means AS (
    SELECT *, units / n AS mean,
        ((units % n * 1000000000 + billionths) * 2 + n * 1000) / (n * 2000)
            AS millionths,
        (least + 500) / 1000 AS least_us, (greatest + 500) / 1000 AS greatest_us
    FROM sums
),
words AS (
    SELECT *,
        printf('%d.%06d', mean + millionths / 1000000, millionths % 1000000)
            AS mean_word,
        iif(is_time, printf('%d.%06d', least_us / 1000000, least_us % 1000000),
            least) AS least_word,
        iif(is_time,
            printf('%d.%06d', greatest_us / 1000000, greatest_us % 1000000),
            greatest) AS greatest_word
    FROM means
),
lines (place, line) AS (
    SELECT 0, 'A) Total number of connections: ' || conns FROM classes
    UNION ALL SELECT 1, 'C) General'
    UNION ALL SELECT 2, 'The total number of complete TCP connections: ' ||
        completes FROM classes
    UNION ALL SELECT 3, 'The number of reset TCP connections: ' || resets
    FROM classes
    UNION ALL SELECT 4, 'The number of TCP connections that were still open ' ||
        'when the trace capture ended: ' || opens FROM classes
    UNION ALL SELECT 5, 'The number of TCP connections established before ' ||
        'the capture started: ' || midstreams FROM classes
    UNION ALL SELECT 6, 'D) Complete TCP connections:'
    UNION ALL SELECT place,
        'Minimum ' || what || ': ' || iif(n, least_word || unit, 'n/a') ||
        char(10) ||
        'Mean ' || what || ': ' || iif(n, mean_word || unit, 'n/a') ||
        char(10) ||
        'Maximum ' || what || ': ' || iif(n, greatest_word || unit, 'n/a')
    FROM words
)
SELECT line FROM lines ORDER BY place;
