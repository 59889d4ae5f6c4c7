/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The views --states and --segments and the detail of -v, from records filled
 * in by hand: what is printed, and that nothing is printed which is not known.
 */
#include "config.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/compiler.h"
#include "base/nstime.h"
#include "base/outbuf.h"
#include "check_main.h"
#include "decode/segment.h"
#include "flow/conn.h"
#include "views/detail.h"
#include "views/detail_text.h"
#include "print/ink.h"
#include "views/annotations.h"
#include "views/segment_line.h"
#include "views/segments.h"
#include "views/states.h"
#include "print/time.h"
#include "tcp/analysis.h"
#include "tcp/judgement.h"
#include "tcp/state.h"

#define ORIG	0
#define RESP	1
#define ISN_ORIG	UINT32_C(4294967290)	/* wraps with the first data */
#define ISN_RESP	UINT32_C(1000)
#define START_NS	(INT64_C(1139256717) * NS_PER_SEC)

/* 2006-02-06 20:11:57 UTC: */
static struct time_style view;
static struct segments_view seg_view;
static struct conn conn;
static struct analysis analysis;
static struct endpoint_stats figures[2];
static struct segment seg;
static struct judgement judged;
static struct outbuf *out;
static char text[65536];
static size_t text_len;

static int
take(void *arg, const char *bytes, size_t len)
{
	(void)arg;
	ck_assert_uint_lt(text_len + len, sizeof(text));
	memcpy(text + text_len, bytes, len);
	text_len += len;
	text[text_len] = '\0';
	return 0;
}

static const char *
printed(void)
{
	ck_assert_int_eq(outbuf_flush(out), 0);
	return text;
}

static void
UNUSED forget_printed(void)
{
	(void)printed();
	text_len = 0;
	text[0] = '\0';
}

/* 10.0.0.1:40000 opened a connection to 10.0.0.2:80. */
static void
setup(void)
{
	view = (struct time_style){ .format = TIME_AS_RELATIVE, .base_ns = START_NS,
	    .digits = 6 };
	seg_view = (struct segments_view){ .style = view };
	conn = (struct conn){ .number = 3, .first_ns = START_NS,
	    .first_frame = 1 };
	memset(figures, 0, sizeof(figures));
	analysis = (struct analysis){ .stats = figures,
		.rtt_syn = -1,
		.rtt_ack = -1,
		.rtt_initial = -1 };
	conn.analysis = &analysis;
	conn.key = (struct key){
		.addr = { { 10, 0, 0, 1 }, { 10, 0, 0, 2 } },
		.port = { 40000, 80 }, .ip_version = 4,
	};
	conn.endpoint[ORIG].isn = ISN_ORIG;
	conn.endpoint[ORIG].has_base = true;
	conn.endpoint[RESP].isn = ISN_RESP;
	conn.endpoint[RESP].has_base = true;
	seg = (struct segment){ .time_ns = START_NS };
	text_len = 0;
	text[0] = '\0';
	out = outbuf_new(take, NULL);
	ck_assert_ptr_nonnull(out);
}

static void
teardown(void)
{
	outbuf_free(out);
}

#define assert_says(part) \
	ck_assert_msg(strstr(printed(), (part)) != NULL, \
	    "no \"%s\" in:\n%s", (part), text)
#define assert_silent_on(part) \
	ck_assert_msg(strstr(printed(), (part)) == NULL, \
	    "\"%s\" in:\n%s", (part), text)

static void
assert_columns(size_t most)
{
	const char *line = printed();

	while (*line != '\0') {
		const size_t len = strcspn(line, "\n");

		ck_assert_msg(len <= most, "%zu columns: %.*s", len,
		    (int)len, line);
		line += len + 1;
	}
}

/* ---- segments ---- */

/* Frame `frame` of `side`, `us` after the start: flags and relative numbers. */
static void
sends(unsigned side, uint64_t frame, int64_t us, unsigned flags,
    int64_t start, uint32_t len, int64_t ack)
{
	const int64_t before = seg.time_ns;

	seg = (struct segment){
		.frame = frame, .time_ns = START_NS + us * NS_PER_US,
		.depth = DEPTH_OPTIONS, .flags = (uint16_t)flags,
		.payload_len = len, .window = 502,
	};
	seg.seq = conn.endpoint[side].isn + (uint32_t)start;
	seg.ack = conn.endpoint[!side].isn + (uint32_t)ack;
	judged = (struct judgement){
		.side = side, .has_offset = true,
		.has_ack = (flags & TCP_ACK) != 0, .start = start,
		.end = start + segment_len(&seg), .expected = start,
		.ack = ack, .covers_rtt = -1, .window = 64256,
		.in_flight = len, .window_left = 64256 - len,
		.delta_ns = seg.time_ns - before,
	};
}

static void
judge(enum judged what)
{
	judged.bits |= UINT32_C(1) << what;
}

static void
flies(int64_t flight, int64_t left)
{
	judged.in_flight = flight;
	judged.window_left = left;
}

static void
covers(uint64_t first, uint64_t last, int64_t us)
{
	judged.covers_first = first;
	judged.covers_last = last;
	judged.covers_rtt = us * NS_PER_US;
}

static void
sacks(unsigned at, int64_t left, int64_t right)
{
	const uint32_t isn = conn.endpoint[!judged.side].isn;

	seg.opt.present |= OPT_SACK;
	seg.opt.sack[at].left = isn + (uint32_t)left;
	seg.opt.sack[at].right = isn + (uint32_t)right;
	seg.opt.sack_count = (uint8_t)(at + 1);
}

static void
tell(void)
{
	segments_line(out, &seg_view, &conn, &seg, &judged);
}

static void
offers(void)
{
	seg.opt.present = OPT_MSS | OPT_SACK_PERMITTED | OPT_TIMESTAMP |
	    OPT_WSCALE;
	seg.opt.mss = 1460;
	seg.opt.wscale = 7;
}

/* A loss before the capture point, and one behind it. */
static void
lossy_connection(void)
{
	sends(ORIG, 1, 0, TCP_SYN, 0, 0, 0);
	offers();
	flies(1, -1);
	judged.window = 64240;
	tell();
	sends(RESP, 2, 20134, TCP_SYN | TCP_ACK, 0, 0, 1);
	offers();
	flies(1, 64239);
	covers(1, 1, 20134);
	tell();
	sends(ORIG, 3, 20190, TCP_ACK, 1, 0, 1);
	covers(2, 2, 56);
	tell();
	sends(ORIG, 4, 20400, TCP_PSH | TCP_ACK, 1, 400, 1);
	tell();
	sends(RESP, 5, 41000, TCP_ACK, 1, 1448, 401);
	flies(1448, 62808);
	covers(4, 4, 20600);
	tell();
	sends(RESP, 6, 41020, TCP_ACK, 2897, 1448, 401);
	judged.expected = 1449;
	judge(JUDGED_LOST_SEGMENT);
	flies(4344, 59912);
	tell();
	sends(ORIG, 7, 41090, TCP_ACK, 401, 0, 1449);
	covers(5, 5, 90);
	judge(JUDGED_DUP_ACK);
	sacks(0, 2897, 4345);
	tell();
	for (uint64_t i = 0; i < 3; i++) {
		sends(RESP, 8 + 2 * i, 41100 + 40 * (int64_t)i, TCP_ACK,
		    4345 + 1448 * (int64_t)i, 1448, 401);
		flies(4344 + 1448 * (int64_t)i, 59912 - 1448 * (int64_t)i);
		tell();
		sends(ORIG, 9 + 2 * i, 41110 + 40 * (int64_t)i, TCP_ACK,
		    401, 0, 1449);
		analysis.track[ORIG].dup_run = (uint32_t)i + 2;
		judge(JUDGED_DUP_ACK);
		sacks(0, 2897, 5793 + 1448 * (int64_t)i);
		tell();
	}
	sends(RESP, 14, 62000, TCP_ACK, 1449, 1448, 401);
	judged.expected = 8689;
	judge(JUDGED_RETRANSMISSION);
	judge(JUDGED_FAST);
	judge(JUDGED_LOSS_BEFORE);
	judged.cause = CAUSE_FAST;
	judged.evidence = EVIDENCE_TSVAL_NEWER;
	flies(7240, 57016);
	tell();
	sends(ORIG, 15, 62080, TCP_ACK, 401, 0, 8689);
	covers(6, 14, 80);
	tell();
	sends(ORIG, 16, 300000, TCP_PSH | TCP_ACK, 1, 400, 8689);
	judged.expected = 401;
	judge(JUDGED_RETRANSMISSION);
	judge(JUDGED_TIMEOUT);
	judge(JUDGED_LOSS_BEHIND);
	judged.repeats_frame = 4;
	judged.cause = CAUSE_TIMEOUT;
	judged.evidence = EVIDENCE_SEEN;
	tell();
	sends(RESP, 17, 300100, TCP_ACK, 8689, 0, 401);
	judge(JUDGED_ZERO_WINDOW);
	judge(JUDGED_DUP_ACK);
	judged.window = 0;
	judge(JUDGED_DSACK);
	sacks(0, 1, 401);
	tell();
	sends(RESP, 18, 500100, TCP_RST, 8689, 0, 0);
	tell();
}

START_TEST(a_lossy_connection_stays_within_80_columns)
{
	segments_legend(out, &seg_view);
	lossy_connection();
	assert_columns(80);
	if (getenv("SHOW") != NULL)
		fputs(printed(), stderr);
}
END_TEST

/* A segment alone: what is printed for it. */
static void
assert_tells(const char *part)
{
	tell();
	assert_says(part);
	forget_printed();
}

START_TEST(the_first_segment_is_headed_by_its_endpoints)
{
	sends(ORIG, 1, 0, TCP_SYN, 0, 0, 0);
	tell();
	assert_says("== Connection 3: 10.0.0.1:40000 -> 10.0.0.2:80\n");
	forget_printed();
	sends(RESP, 2, 0, TCP_SYN | TCP_ACK, 0, 0, 1);
	tell();
	assert_silent_on("==");
}
END_TEST

START_TEST(arrows_follow_the_originator)
{
	conn.orig = RESP;
	sends(RESP, 1, 0, TCP_SYN, 0, 0, 0);
	assert_tells("10.0.0.2:80 -> 10.0.0.1:40000");
	sends(ORIG, 2, 0, TCP_SYN | TCP_ACK, 0, 0, 1);
	assert_tells("<- SA");
}
END_TEST

START_TEST(an_unknown_scale_prints_the_raw_window_and_a_mark)
{
	sends(ORIG, 5, 0, TCP_ACK, 1, 0, 1);
	judged.window = -1;
	judged.in_flight = -1;
	judged.window_left = -1;
	assert_tells(" 502?\n");
}
END_TEST

START_TEST(an_unknown_flight_prints_no_figure)
{
	sends(ORIG, 5, 0, TCP_ACK, 1, 10, 1);
	flies(-1, -1);
	assert_tells(" 64256      -\n");
}
END_TEST

START_TEST(without_a_base_numbers_are_raw)
{
	sends(ORIG, 5, 0, TCP_ACK, 1, 0, 1);
	judged.has_offset = false;
	judged.has_ack = false;
	seg.seq = 4000000000;
	seg.ack = 3000000000;
	judged.expected = 7;
	tell();
	assert_says(" -> A 4000000000    0 3000000000 64256");
	assert_silent_on("expected");
}
END_TEST

/* Relative to the first ACK, as long as its peer has not been heard. */
START_TEST(numbers_of_an_older_connection_are_never_raw)
{
	sends(ORIG, 5, 0, TCP_ACK, 1, 0, 1);
	judged.has_offset = false;
	judged.has_ack = false;
	seg.seq = 4000000000;
	seg.ack = 3000000000;
	conn.is_midstream = true;
	conn.endpoint[RESP].has_una = true;
	conn.endpoint[RESP].isn = 2999999990;
	tell();
	assert_says(" -> A         ?     0      10  64256");
}
END_TEST

START_TEST(a_cut_header_prints_question_marks)
{
	sends(ORIG, 5, 0, 0, 1, 0, 1);
	seg.depth = DEPTH_SEQ;
	judge(JUDGED_TRUNCATED);
	tell();
	assert_says("-> ?         1     ?       ?      ?");
	assert_says("header cut by the snapshot");
}
END_TEST

START_TEST(a_sequence_number_that_is_not_due_tells_the_one_that_is)
{
	sends(ORIG, 5, 0, TCP_ACK, 400, 0, 1);
	judged.expected = 401;
	judge(JUDGED_KEEP_ALIVE);
	tell();
	assert_says("Keep-Alive\n");
	assert_says("        * expected Seq 401\n");
}
END_TEST

START_TEST(a_hole_tells_what_is_missing)
{
	sends(ORIG, 5, 0, TCP_ACK, 1000, 100, 1);
	judged.expected = 401;
	judge(JUDGED_LOST_SEGMENT);
	tell();
	assert_says("! Previous segment not captured: expected Seq 401, "
	    "missing 599 bytes\n");
}
END_TEST

START_TEST(a_retransmission_tells_of_what_why_and_where)
{
	sends(ORIG, 5, 0, TCP_ACK, 1, 400, 1);
	judged.expected = 401;
	judge(JUDGED_RETRANSMISSION);
	judge(JUDGED_SPURIOUS);
	judge(JUDGED_FAST);
	judge(JUDGED_LOSS_BEHIND);
	judged.cause = CAUSE_FAST;
	judged.evidence = EVIDENCE_ACKED;
	judged.repeats_frame = 4;
	seg_view.columns = 200;
	tell();
	assert_says("! Spurious Retransmission of No. 4, fast retransmit, "
	    "expected Seq 401; lost downstream of the capture point: "
	    "already acknowledged\n");
}
END_TEST

START_TEST(late_segments_are_remarkable_and_no_trouble)
{
	sends(ORIG, 5, 0, TCP_ACK, 1, 400, 1);
	judged.expected = 801;
	judged.evidence = EVIDENCE_TSVAL_OLDER;
	judge(JUDGED_OUT_OF_ORDER);
	seg_view.columns = 200;
	tell();
	assert_says("        * Out-Of-Order, expected Seq 801; its timestamp "
	    "is older than those of segments before it\n");
}
END_TEST

START_TEST(dsack_and_sack_edges_are_relative_across_the_wrap)
{
	sends(RESP, 5, 0, TCP_ACK, 1, 0, 1001);
	judge(JUDGED_DUP_ACK);
	judge(JUDGED_DSACK);
	sacks(0, 1, 401);
	sacks(1, 2001, 3001);
	sacks(2, 1501, 1601);
	seg_view.columns = 200;
	tell();
	assert_says("Dup ACK\n");
	assert_says("* DSACK: bytes 1-400 received twice\n"
	    "        * SACK: bytes 2001-3000 1501-1600 received, 1001-1500 "
	    "1601-2000 missing\n");
}
END_TEST

START_TEST(dsack_corrects_the_line_of_a_retransmission)
{
	sends(RESP, 5, 0, TCP_ACK, 1, 0, 1001);
	judge(JUDGED_DSACK);
	sacks(0, 1, 401);
	judged.needless_frame = 12;
	tell();
	assert_says("* DSACK: bytes 1-400 received twice: No. 12 was "
	    "spurious\n");
	judged.arrived_frame = 9;
	tell();
	assert_says("* DSACK: bytes 1-400 received twice: No. 12 was spurious, "
	    "No. 9 had\n          arrived\n");
}
END_TEST

START_TEST(duplicate_acks_are_numbered)
{
	sends(RESP, 5, 0, TCP_ACK, 1, 0, 1001);
	judge(JUDGED_DUP_ACK);
	analysis.track[RESP].dup_run = 12;
	assert_tells("Dup ACK #12\n");
	conn.analysis = NULL;
	assert_tells("Dup ACK\n");
}
END_TEST

START_TEST(covered_segments_are_named_with_the_round_trip_of_the_last)
{
	sends(RESP, 15, 0, TCP_ACK, 1, 0, 1001);
	covers(12, 14, 20134);
	assert_tells(" ^12-14 20.1ms\n");
	covers(14, 14, 134);
	assert_tells(" ^14 134us\n");
	covers(14, 14, 1213400);
	assert_tells(" ^14 1.21s\n");
	judged.covers_rtt = -1;
	assert_tells(" ^14\n");
}
END_TEST

START_TEST(what_has_no_room_on_the_line_goes_below)
{
	sends(RESP, 1234567890, 0, TCP_PSH | TCP_ACK, 1, 100, 1001);
	covers(1234567888, 1234567889, 20134);
	tell();
	assert_says("\n        . ^1234567888-1234567889 20.1ms\n");
	assert_columns(80);
}
END_TEST

START_TEST(a_wide_terminal_has_a_longer_bar)
{
	seg_view.columns = 120;
	sends(ORIG, 5, 0, TCP_ACK, 1, 100, 1);
	flies(3000, 1000);
	assert_tells("   3000|1000   ############....\n");
	flies(1, 100000);
	assert_tells(" #...............\n");
	flies(100000, 1);
	assert_tells(" ###############.\n");
	flies(100000, 0);
	assert_tells(" ################\n");
	flies(0, 0);
	assert_tells(" ................\n");
}
END_TEST

START_TEST(a_full_window_says_so)
{
	sends(ORIG, 5, 0, TCP_ACK, 1, 100, 1);
	flies(65535, 0);
	judge(JUDGED_WINDOW_FULL);
	assert_tells("* Window Full: 65535 bytes in flight, 0 left\n");
}
END_TEST

START_TEST(columns_come_back_after_a_number_that_is_too_wide)
{
	const char *first, *second;

	sends(ORIG, 5, 0, TCP_ACK, 1, 100, 1);
	tell();
	sends(ORIG, 6, 0, TCP_ACK, 123456789, 100, 1);
	tell();
	first = strstr(printed(), "  64256 ");
	ck_assert_ptr_nonnull(first);
	second = strstr(first + 1, "  64256 ");
	ck_assert_ptr_nonnull(second);
	ck_assert_int_eq(first - text, second - strchr(text, '\n') - 1);
}
END_TEST

START_TEST(several_connections_are_told_apart_by_number)
{
	seg_view.many = true;
	sends(ORIG, 5, 0, TCP_ACK, 1, 100, 1);
	segments_legend(out, &seg_view);
	forget_printed();
	tell();
	ck_assert_int_eq(strncmp(printed(), "    3    5   0.00", 17), 0);
	assert_columns(80);
}
END_TEST

START_TEST(a_narrow_terminal_lacks_what_is_dispensable)
{
	seg_view.columns = 80;
	seg_view.many = true;
	seg_view.style.digits = 9;
	segment_line_fit(&seg_view);
	segments_legend(out, &seg_view);
	lossy_connection();
	assert_columns(80);
	assert_says("+ms     milliseconds");
	assert_says("    3    2   0.020134   20.134 <- ");
	forget_printed();
	seg_view.is_raw = true;
	seg_view.style.format = TIME_AS_UTC;
	segment_line_fit(&seg_view);
	segments_legend(out, &seg_view);
	lossy_connection();
	assert_columns(80);
	assert_silent_on("+ms");
	assert_silent_on("Win ");
	assert_silent_on("Len");
	assert_says("2006-02-06 20:11:57.020134 <- ");
	forget_printed();
	seg_view.columns = 0;		/* a pipe has all */
	seg_view.style.digits = 9;
	segment_line_fit(&seg_view);
	segments_legend(out, &seg_view);
	lossy_connection();
	assert_says(" Len ");
	assert_says("2006-02-06 20:11:57.020134000 20.134000 <- ");
}
END_TEST

START_TEST(endpoints_that_are_too_long_for_a_line_go_on_in_the_next)
{
	memset(conn.key.addr, 0x11, sizeof(conn.key.addr));
	conn.key.ip_version = 6;
	conn.is_midstream = true;
	sends(ORIG, 1, 0, TCP_ACK, 0, 0, 0);
	tell();
	assert_says("== Connection 3: "
	    "[1111:1111:1111:1111:1111:1111:1111:1111]:40000\n   -> "
	    "[1111:1111:1111:1111:1111:1111:1111:1111]:80,\n"
	    "   capture started mid-connection\n");
	assert_columns(80);
}
END_TEST

START_TEST(changes_of_state_stand_under_their_segment)
{
	const struct transition sent = { .frame = 1, .side = ORIG,
	    .from = STATE_CLOSED, .to = STATE_SYN_SENT, .since_ns = -1 };
	const struct transition got = { .frame = 1, .side = RESP,
	    .from = STATE_UNSEEN, .to = STATE_LISTEN, .since_ns = -1 };

	segments_transition(out, &seg_view, &conn, &sent);
	sends(ORIG, 1, 0, TCP_SYN, 0, 0, 0);
	tell();
	assert_says("\n        = originator CLOSED -> SYN-SENT\n");
	forget_printed();
	segments_transition(out, &seg_view, &conn, &got);
	assert_says("        = responder UNSEEN -> LISTEN\n");
}
END_TEST

START_TEST(states_of_another_frame_are_not_this_segments)
{
	const struct transition other = { .frame = 1, .side = ORIG,
	    .from = STATE_CLOSED, .to = STATE_SYN_SENT, .since_ns = -1 };

	segments_transition(out, &seg_view, &conn, &other);
	sends(ORIG, 2, 0, TCP_SYN, 0, 0, 0);
	tell();
	assert_silent_on("=");
}
END_TEST

START_TEST(options_of_a_syn_are_told)
{
	sends(ORIG, 1, 0, TCP_SYN | TCP_ECE | TCP_CWR, 0, 5, 0);
	seg.opt.present = OPT_MSS | OPT_TFO | OPT_MPTCP;
	seg.opt.mss = 536;
	seg.opt.tfo_cookie_len = 8;
	seg.opt.mptcp_subtype = 1;
	seg_view.columns = 200;
	tell();
	assert_says(". ISN 4294967290, MSS 536, ECN offered, TFO cookie of 8 "
	    "bytes, MPTCP MP_JOIN, data in the SYN");
	assert_silent_on("timestamps");
}
END_TEST

static const struct {
	unsigned flags;
	const char *words;
} ecn_words[] = {
	{ TCP_SYN | TCP_ECE | TCP_CWR, ", ECN offered" },
	{ TCP_SYN | TCP_AE | TCP_ECE | TCP_CWR, ", AccECN offered" },
	{ TCP_SYN | TCP_ACK | TCP_ECE, ", ECN accepted" },
	{ TCP_SYN | TCP_ACK | TCP_CWR, ", AccECN accepted" },
	{ TCP_SYN | TCP_ACK | TCP_AE | TCP_CWR, ", AccECN accepted" },
};

START_TEST(ecn_is_told_by_three_flags)
{
	sends(ORIG, 1, 0, ecn_words[_i].flags, 0, 0, 0);
	assert_tells(ecn_words[_i].words);
}
END_TEST

START_TEST(an_acknowledgement_that_was_overtaken_is_old)
{
	conn.endpoint[ORIG].una = 1001;
	conn.endpoint[ORIG].has_una = true;
	sends(RESP, 5, 0, TCP_ACK, 1, 0, 401);
	assert_tells(" old ACK\n");
	sends(RESP, 5, 0, TCP_ACK, 1, 0, 1001);
	tell();
	assert_silent_on("old");
}
END_TEST

START_TEST(a_repeated_segment_tells_how_long_it_had_waited)
{
	sends(ORIG, 5, 0, TCP_ACK, 1, 400, 1);
	judge(JUDGED_RETRANSMISSION);
	judge(JUDGED_TIMEOUT);
	judged.repeats_frame = 3;
	judged.repeats_ns = 348 * NS_PER_MS;
	assert_tells("! Timeout Retransmission of No. 3 after 348ms\n");
}
END_TEST

START_TEST(a_long_range_is_shortened_to_its_end)
{
	sends(RESP, 123499, 0, TCP_ACK, 1, 0, 401);
	covers(123456, 123498, 20100);
	tell();
	assert_says(" ^-123498 20.1ms\n");
	assert_columns(80);
}
END_TEST

START_TEST(the_flight_gives_way_to_what_is_acknowledged)
{
	sends(RESP, 17, 0, TCP_ACK, 1, 400, 401);
	covers(1234, 1234, 20100);
	tell();
	assert_says("   400 ^1234 20.1ms\n");
	assert_columns(80);
}
END_TEST

/* What these say is said of a retransmission. */
#define OF_RETRANSMISSION	(1U << JUDGED_FAST | 1U << JUDGED_TIMEOUT | \
    1U << JUDGED_TAIL_PROBE | 1U << JUDGED_SPURIOUS | \
    1U << JUDGED_LOSS_BEFORE | 1U << JUDGED_LOSS_BEHIND | \
    1U << JUDGED_REFUSED | 1U << JUDGED_UNANSWERED)

START_TEST(whatever_was_judged_is_said)
{
	const enum judged what = (enum judged)_i;

	sends(ORIG, 1, 0, TCP_SYN, 1, 400, 1);
	judged.window = 0;
	judge(what);
	if ((OF_RETRANSMISSION >> what & 1) != 0)
		judge(JUDGED_RETRANSMISSION);
	if (what == JUDGED_DSACK)
		sacks(0, 1, 401);
	assert_tells(judged_words(what));
}
END_TEST

START_TEST(annotations_have_the_numbers_that_their_words_have)
{
	struct annotations found;
	const struct annotation *gap = &found.annotation[2];

	sends(RESP, 5, 0, TCP_ACK, 1, 0, 1001);
	covers(3, 4, 20000);
	judge(JUDGED_DUP_ACK);
	analysis.track[RESP].dup_run = 2;
	sacks(0, 2001, 3001);
	annotations_find(&found, &conn, &seg, &judged);
	ck_assert_uint_eq(found.count, 3);
	ck_assert_int_eq(found.annotation[0].kind, ANNOTATION_COVERS);
	ck_assert_uint_eq(found.annotation[0].u.covers.last, 4);
	ck_assert_int_eq(found.annotation[0].u.covers.rtt_ns, 20000 * 1000);
	ck_assert_int_eq(found.annotation[1].kind, ANNOTATION_NAME);
	ck_assert_int_eq(found.annotation[1].severity, ANNOTATION_NOTE);
	ck_assert_int_eq(found.annotation[1].judged, JUDGED_DUP_ACK);
	ck_assert_uint_eq(found.annotation[1].u.run, 2);
	ck_assert_int_eq(gap->kind, ANNOTATION_SACK);
	ck_assert_uint_eq(gap->u.sack.gaps, 1);
	ck_assert_int_eq(gap->u.sack.gap[0].left, 1001);
	ck_assert_int_eq(gap->u.sack.gap[0].right, 2001);
}
END_TEST

START_TEST(all_annotations_at_once_have_room)
{
	struct annotations found;

	sends(ORIG, 1, 0, TCP_SYN | TCP_URG, 1, 400, 1);
	judged.bits = (UINT32_C(1) << JUDGED_COUNT) - 1;
	judged.bits &= ~(UINT32_C(1) << JUDGED_WINDOW_PROBE_ACK);
	covers(3, 4, 20000);
	seg.ecn = 3;
	seg.opt.present = OPT_MALFORMED;
	sacks(0, 1, 401);
	sacks(1, 2001, 3001);
	annotations_find(&found, &conn, &seg, &judged);
	ck_assert_uint_lt(found.count + SEGMENTS_PENDING_MAX,
	    ANNOTATIONS_MAX);
}
END_TEST

START_TEST(without_an_analysis_there_is_no_flight)
{
	conn.analysis = NULL;
	sends(ORIG, 5, 0, TCP_ACK, 1, 100, 1);
	assert_tells("       1  64256\n");
}
END_TEST

START_TEST(colour_is_there_when_asked_for_and_else_not)
{
	lossy_connection();
	assert_silent_on("\033");
	forget_printed();
	seg_view.style.colour = true;
	lossy_connection();
	assert_says("\033[");
}
END_TEST

/* ---- states ---- */

START_TEST(a_transition_is_one_aligned_line)
{
	const struct transition change = { .time_ns = START_NS + 1500,
	    .frame = 1, .side = RESP, .from = STATE_SYN_RECEIVED,
	    .to = STATE_ESTABLISHED, .since_ns = 20134567 };

	states_heading(out, &view);
	states_line(out, &view, &conn, &change);
	ck_assert_str_eq(printed(),
	    "      TIME CONN SIDE OLD STATE    -> NEW STATE           MS "
	    "ENDPOINT\n"
	    "  0.000001    3 resp SYN-RECEIVED -> ESTABLISHED     20.135 "
	    "10.0.0.2:80\n");
}
END_TEST

START_TEST(the_first_change_has_no_time_since_the_last)
{
	const struct transition change = { .time_ns = START_NS,
	    .side = ORIG, .from = STATE_CLOSED, .to = STATE_SYN_SENT,
	    .since_ns = -1 };

	states_line(out, &view, &conn, &change);
	assert_says("CLOSED       -> SYN-SENT             - 10.0.0.1:40000\n");
}
END_TEST

/* ---- instants ---- */

static const struct {
	struct time_style view;
	int64_t ns;
	const char *text;
} instants[] = {
	{ { .format = TIME_AS_EPOCH, .digits = 6 }, START_NS + 834392999,
	    "1139256717.834392" },
	{ { .format = TIME_AS_EPOCH, .digits = 9 }, START_NS + 834392999,
	    "1139256717.834392999" },
	{ { .format = TIME_AS_RELATIVE, .base_ns = START_NS, .digits = 6 },
	    START_NS + 1000, "0.000001" },
	{ { .format = TIME_AS_RELATIVE, .base_ns = INT64_MIN, .digits = 0 },
	    INT64_MAX, "9223372036" },
	{ { .format = TIME_AS_RELATIVE, .base_ns = INT64_MAX, .digits = 0 },
	    INT64_MIN, "-9223372037" },
	{ { .format = TIME_AS_UTC, .digits = 6 }, START_NS + 834392999,
	    "2006-02-06 20:11:57.834392" },
	{ { .format = TIME_AS_UTC, .digits = 9 }, 1,
	    "1970-01-01 00:00:00.000000001" },
	{ { .format = TIME_AS_UTC, .digits = 6 }, -1,
	    "1969-12-31 23:59:59.999999" },
	{ { .format = TIME_AS_UTC, .digits = 0 }, START_NS, "2006-02-06 20:11:57" },
};

START_TEST(instants_are_printed_as_asked)
{
	char buf[TIME_BUFSIZE];

	ck_assert_uint_eq(time_format_instant(buf, &instants[_i].view,
	    instants[_i].ns), strlen(instants[_i].text));
	ck_assert_str_eq(buf, instants[_i].text);
}
END_TEST

START_TEST(a_local_date_is_that_of_the_reader)
{
	const struct time_style local = { .format = TIME_AS_LOCAL, .digits = 6 };
	char buf[TIME_BUFSIZE];

	ck_assert_int_eq(setenv("TZ", "EST5", 1), 0);
	tzset();
	(void)time_format_instant(buf, &local, START_NS);
	ck_assert_str_eq(buf, "2006-02-06 15:11:57.000000");
}
END_TEST

/* ---- detail ---- */

/* An ordinary connection, some loss, both SYNs seen. */
static void
fill_detail(void)
{
	struct endpoint *orig = &conn.endpoint[ORIG];
	struct endpoint *resp = &conn.endpoint[RESP];

	orig->has_isn = orig->has_options = true;
	resp->has_isn = resp->has_options = true;
	orig->pkts = 24;
	resp->pkts = 31;
	orig->has_mss = resp->has_mss = true;
	orig->mss = 1460;
	resp->mss = 1380;
	orig->has_wscale = resp->has_wscale = true;
	orig->wscale = 2;
	resp->wscale = 14;
	orig->has_sack_permitted = true;
	orig->has_timestamps = resp->has_timestamps = true;
	orig->state = STATE_TIME_WAIT;
	resp->state = STATE_CLOSED;
	conn.lifecycle[ORIG].syn_count = 2;
	conn.lifecycle[RESP].syn_count = 1;
	conn.lifecycle[ORIG].fin_count = conn.lifecycle[RESP].fin_count = 1;
	orig->has_fin = resp->has_fin = true;
	conn.is_closed = true;
	analysis.rtt_syn = 20134 * NS_PER_US;
	analysis.rtt_ack = 56 * NS_PER_US;
	analysis.rtt_initial = 20190 * NS_PER_US;
	analysis.completeness = 31;
	memcpy(analysis.history, "ShADadFf", sizeof("ShADadFf"));
	analysis.history_len = 8;
	analysis.ecn = ECN_CLASSIC;
	analysis.tfo_cookie = true;
	analysis.mptcp = true;
}

static void
fill_figures(void)
{
	struct endpoint_stats *orig = &analysis.stats[ORIG];
	struct endpoint_stats *resp = &analysis.stats[RESP];

	orig->unique_bytes = 1600;
	resp->unique_bytes = 123456789;
	resp->retrans_bytes = 2896;
	resp->judged[JUDGED_RETRANSMISSION] = 3;
	resp->judged[JUDGED_FAST] = 2;
	resp->judged[JUDGED_TIMEOUT] = 1;
	resp->judged[JUDGED_LOSS_BEFORE] = 2;
	resp->judged[JUDGED_LOSS_BEHIND] = 1;
	orig->judged[JUDGED_DUP_ACK] = 7;
	orig->win_count = 2;
	orig->win_sum = 100001;
	orig->win_min = 0;
	orig->win_max = 100001;
	orig->judged[JUDGED_ZERO_WINDOW] = 1;
	orig->zero_ns = 1500 * NS_PER_MS;
	resp->limited_ns = 1400 * NS_PER_MS;
	resp->max_flight = 100001;
	resp->rtt = (struct series){ .count = 2, .sum = 30 * NS_PER_MS,
	    .min = 10 * NS_PER_MS, .max = 20 * NS_PER_MS,
	    .few = { 10 * NS_PER_MS, 20 * NS_PER_MS } };
}

START_TEST(the_detail_stays_within_80_columns)
{
	fill_detail();
	fill_figures();
	detail_print(out, &view, &conn);
	assert_columns(80);
	if (getenv("SHOW") != NULL)
		fputs(printed(), stderr);
}
END_TEST

/* As in records: up to the last segment. */
START_TEST(windows_still_closed_count_in_the_detail)
{
	fill_detail();
	fill_figures();
	conn.last_ns = 10 * NS_PER_SEC;
	analysis.track[ORIG].in_zero_window = true;
	analysis.stats[ORIG].zero_since_ns = 6 * NS_PER_SEC;
	analysis.track[RESP].window_limited = true;
	analysis.stats[RESP].full_since_ns = 7 * NS_PER_SEC;
	detail_print(out, &view, &conn);
	assert_says("5.500");	/* 4 s of it, and 1.5 before */
	assert_says("4.400");	/* 3 s, and 1.4 before */
}
END_TEST

START_TEST(options_are_in_use_when_both_offered_them)
{
	fill_detail();
	detail_print(out, &view, &conn);
	assert_says("window scale                               2 (x4)    14 "
	    "(x16384)  in use\n");
	assert_says("SACK-permitted                            offered"
	    "           none  not in use\n");
}
END_TEST

START_TEST(without_a_syn_nothing_is_said_of_options)
{
	conn.is_midstream = true;
	detail_print(out, &view, &conn);
	assert_silent_on("Handshake");
	assert_silent_on("MSS");
}
END_TEST

START_TEST(of_one_syn_the_other_side_is_not_known)
{
	conn.endpoint[ORIG].has_isn = true;
	conn.endpoint[ORIG].has_options = true;
	conn.endpoint[ORIG].has_timestamps = true;
	detail_print(out, &view, &conn);
	assert_says("MSS                                          none"
	    "              -  bytes\n");
	assert_says("timestamps                                offered"
	    "              -  unknown\n");
	/* An option that one SYN lacks cannot be in use. */
	assert_says("SACK-permitted                               none"
	    "              -  not in use\n");
	assert_says("initial RTT                         -\n");
}
END_TEST

START_TEST(zero_on_both_sides_is_left_out)
{
	fill_detail();
	fill_figures();
	detail_print(out, &view, &conn);
	assert_says("retransmissions                                 0"
	    "              3\n");
	assert_silent_on("keep-alive");
	assert_silent_on("tail loss");
}
END_TEST

START_TEST(a_window_that_was_never_known_is_not_zero)
{
	fill_detail();
	fill_figures();
	detail_print(out, &view, &conn);
	assert_says("advertised, minimum                             0"
	    "              -  bytes\n");
	assert_says("advertised, mean                            50001"
	    "              -  bytes\n");
}
END_TEST

START_TEST(quantiles_of_a_few_round_trips_are_some_of_them)
{
	fill_figures();
	detail_print(out, &view, &conn);
	assert_says("originator, ACK      2   10.000   15.000   10.000"
	    "   20.000   20.000   20.000\n");
}
END_TEST

START_TEST(figures_that_are_too_wide_do_not_touch)
{
	fill_figures();
	analysis.stats[RESP].rtt.max = 12345678901 * NS_PER_MS;
	detail_print(out, &view, &conn);
	assert_says("originator, ACK      2   10.000   15.000   10.000"
	    "   20.000   20.000 12345678901\n");
}
END_TEST

START_TEST(without_memory_for_quantiles_there_are_none)
{
	struct series *rtt = &analysis.stats[RESP].rtt;

	fill_figures();
	rtt->count = SERIES_FEW + 1;
	rtt->sum = 15 * NS_PER_MS * (SERIES_FEW + 1);
	detail_print(out, &view, &conn);
	assert_says("originator, ACK      7   10.000   15.000        -"
	    "        -        -   20.000\n");
}
END_TEST

START_TEST(completeness_is_told_bit_by_bit)
{
	fill_detail();
	detail_print(out, &view, &conn);
	assert_says("31: SYN, SYN-ACK, ACK, data, FIN\n");
}
END_TEST

/* Every figure as long as it can be. */
static void
fill_to_the_brim(void)
{
	for (unsigned i = 0; i < 2; i++) {
		struct endpoint_stats *stats = &figures[i];
		struct series series = { .count = UINT64_MAX,
		    .min = INT64_MAX, .max = INT64_MAX, .sum = INT64_MAX };

		memset(stats, 0xff, sizeof(*stats));
		stats->unique_bytes = stats->retrans_bytes = INT64_MAX / 100;
		stats->max_flight = INT64_MAX;
		stats->zero_ns = stats->limited_ns = INT64_MAX;
		stats->win_sum = INT64_MAX;
		stats->win_count = 1;
		stats->rtt = stats->ts_rtt = series;
		analysis.track[i].forgotten = INT32_MAX;
		conn.endpoint[i].rst_count = UINT32_MAX;
		conn.lifecycle[i].syn_count = UINT32_MAX;
	}
	fill_detail();
	analysis.unreachable = UINT32_MAX;
	analysis.ecn = ECN_ACCURATE;
	analysis.tfo_data = analysis.tfo_cookie = analysis.mptcp = true;
	analysis.rtt_syn = analysis.rtt_ack = INT64_MAX;
	analysis.rtt_initial = INT64_MAX;
	memset(analysis.history, 'x', HISTORY_MAX - 1);
	analysis.history_len = HISTORY_MAX - 1;
	analysis.history_full = true;
	analysis.completeness = 63;
	conn.report.duplicates = INT32_MAX;
}

START_TEST(the_model_has_room_for_the_longest_figures)
{
	static struct detail detail;

	fill_to_the_brim();
	detail_describe(&detail, &conn, 9);
	ck_assert_uint_lt(detail.arena_len, DETAIL_ARENA - 128);
	ck_assert_uint_le(detail.row_count, DETAIL_ROWS);
	ck_assert_uint_ge(detail.row_count, 50);
}
END_TEST

START_TEST(each_row_has_a_figure_for_each_column_or_a_text)
{
	static struct detail detail;
	unsigned rows = 0;

	fill_to_the_brim();
	detail_describe(&detail, &conn, 6);
	for (unsigned i = 0; i < detail.block_count; i++) {
		const struct detail_block *block = &detail.block[i];

		ck_assert_uint_eq(block->first_row, rows);
		for (unsigned j = 0; j < block->row_count; j++, rows++) {
			const struct detail_row *row = &detail.row[rows];

			ck_assert_ptr_nonnull(row->unit);
			if (row->cells == 0) {
				ck_assert_ptr_nonnull(row->text);
				continue;
			}
			ck_assert_uint_eq(row->cells, block->head_count);
			for (unsigned k = 0; k < row->cells; k++)
				ck_assert_uint_gt(strlen(row->cell[k]), 0);
		}
	}
	ck_assert_uint_eq(rows, detail.row_count);
}
END_TEST

START_TEST(without_an_analysis_there_is_no_state)
{
	conn.analysis = NULL;
	conn.endpoint[ORIG].state = STATE_CLOSED;
	detail_print(out, &view, &conn);
	assert_silent_on("state (RFC 9293)");
	assert_silent_on("Zeek");
	assert_silent_on("Windows");
}
END_TEST

static TCase *
segments_case(void)
{
	TCase *t = tcase_create("segments");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, a_lossy_connection_stays_within_80_columns);
	tcase_add_test(t, the_first_segment_is_headed_by_its_endpoints);
	tcase_add_test(t, arrows_follow_the_originator);
	tcase_add_test(t, an_unknown_scale_prints_the_raw_window_and_a_mark);
	tcase_add_test(t, an_unknown_flight_prints_no_figure);
	tcase_add_test(t, without_a_base_numbers_are_raw);
	tcase_add_test(t, numbers_of_an_older_connection_are_never_raw);
	tcase_add_test(t, a_cut_header_prints_question_marks);
	tcase_add_test(t,
	    a_sequence_number_that_is_not_due_tells_the_one_that_is);
	tcase_add_test(t, a_hole_tells_what_is_missing);
	tcase_add_test(t, a_retransmission_tells_of_what_why_and_where);
	tcase_add_test(t, late_segments_are_remarkable_and_no_trouble);
	tcase_add_test(t, dsack_and_sack_edges_are_relative_across_the_wrap);
	tcase_add_test(t, dsack_corrects_the_line_of_a_retransmission);
	tcase_add_test(t, duplicate_acks_are_numbered);
	tcase_add_test(t,
	    covered_segments_are_named_with_the_round_trip_of_the_last);
	tcase_add_test(t, what_has_no_room_on_the_line_goes_below);
	tcase_add_test(t, a_wide_terminal_has_a_longer_bar);
	tcase_add_test(t, a_full_window_says_so);
	tcase_add_test(t, columns_come_back_after_a_number_that_is_too_wide);
	tcase_add_test(t, several_connections_are_told_apart_by_number);
	tcase_add_test(t, a_narrow_terminal_lacks_what_is_dispensable);
	tcase_add_test(t,
	    endpoints_that_are_too_long_for_a_line_go_on_in_the_next);
	tcase_add_test(t, changes_of_state_stand_under_their_segment);
	tcase_add_test(t, states_of_another_frame_are_not_this_segments);
	tcase_add_test(t, options_of_a_syn_are_told);
	tcase_add_loop_test(t, ecn_is_told_by_three_flags, 0,
	    (int)ARRAY_LEN(ecn_words));
	tcase_add_test(t, an_acknowledgement_that_was_overtaken_is_old);
	tcase_add_test(t, a_repeated_segment_tells_how_long_it_had_waited);
	tcase_add_test(t, a_long_range_is_shortened_to_its_end);
	tcase_add_test(t, the_flight_gives_way_to_what_is_acknowledged);
	tcase_add_loop_test(t, whatever_was_judged_is_said, 0, JUDGED_COUNT);
	tcase_add_test(t, annotations_have_the_numbers_that_their_words_have);
	tcase_add_test(t, all_annotations_at_once_have_room);
	tcase_add_test(t, without_an_analysis_there_is_no_flight);
	tcase_add_test(t, colour_is_there_when_asked_for_and_else_not);
	return t;
}

static TCase *
others_case(void)
{
	TCase *t = tcase_create("states");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, a_transition_is_one_aligned_line);
	tcase_add_test(t, the_first_change_has_no_time_since_the_last);
	tcase_add_loop_test(t, instants_are_printed_as_asked, 0,
	    (int)ARRAY_LEN(instants));
	tcase_add_test(t, a_local_date_is_that_of_the_reader);
	return t;
}

static TCase *
detail_case(void)
{
	TCase *t = tcase_create("detail");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, the_detail_stays_within_80_columns);
	tcase_add_test(t, windows_still_closed_count_in_the_detail);
	tcase_add_test(t, options_are_in_use_when_both_offered_them);
	tcase_add_test(t, without_a_syn_nothing_is_said_of_options);
	tcase_add_test(t, of_one_syn_the_other_side_is_not_known);
	tcase_add_test(t, zero_on_both_sides_is_left_out);
	tcase_add_test(t, a_window_that_was_never_known_is_not_zero);
	tcase_add_test(t, quantiles_of_a_few_round_trips_are_some_of_them);
	tcase_add_test(t, figures_that_are_too_wide_do_not_touch);
	tcase_add_test(t, without_memory_for_quantiles_there_are_none);
	tcase_add_test(t, completeness_is_told_bit_by_bit);
	tcase_add_test(t, the_model_has_room_for_the_longest_figures);
	tcase_add_test(t, each_row_has_a_figure_for_each_column_or_a_text);
	tcase_add_test(t, without_an_analysis_there_is_no_state);
	return t;
}

static Suite *
suite(void)
{
	Suite *s = suite_create("views");

	suite_add_tcase(s, segments_case());
	suite_add_tcase(s, others_case());
	suite_add_tcase(s, detail_case());
	return s;
}

int
main(void)
{
	return check_main(suite());
}
