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

#include "base/nstime.h"
#include "base/outbuf.h"
#include "check_main.h"
#include "decode/segment.h"
#include "flow/conn.h"
#include "report/detail.h"
#include "report/ink.h"
#include "report/segments.h"
#include "report/states.h"
#include "report/view.h"
#include "tcp/analysis.h"
#include "tcp/judgement.h"
#include "tcp/state.h"

#define ORIG	0
#define RESP	1
#define ISN_ORIG	UINT32_C(4294967290)	/* wraps with the first data */
#define ISN_RESP	UINT32_C(1000)
#define START_NS	(INT64_C(1139256717) * NS_PER_SEC)

/* 2006-02-06 20:11:57 UTC: */
static struct view view;
static struct segments_view seg_view;
static struct conn conn;
static struct analysis analysis;
static struct segment seg;
static struct judgement judged;
static struct outbuf *out;
static char text[65536];
static size_t text_len;

static int
take(void *arg, const char *octets, size_t len)
{
	(void)arg;
	ck_assert_uint_lt(text_len + len, sizeof(text));
	memcpy(text + text_len, octets, len);
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
	view = (struct view){ .time = VIEW_RELATIVE, .base_ns = START_NS,
	    .digits = 6 };
	seg_view = (struct segments_view){ .view = view };
	conn = (struct conn){ .number = 3, .first_ns = START_NS,
	    .first_frame = 1 };
	analysis = (struct analysis){ .rtt_syn = -1, .rtt_ack = -1 };
	conn.analysis = &analysis;
	conn.key = (struct key){
		.addr = { { 10, 0, 0, 1 }, { 10, 0, 0, 2 } },
		.port = { 40000, 80 }, .ip_version = 4,
	};
	conn.endpoint[ORIG].isn = ISN_ORIG;
	conn.endpoint[ORIG].has_base = true;
	conn.endpoint[RESP].isn = ISN_RESP;
	conn.endpoint[RESP].has_base = true;
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
		analysis.side[ORIG].dup_run = (uint32_t)i + 2;
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
	seg.opt.tsval = 8231231;
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

static Suite *
suite(void)
{
	Suite *s = suite_create("views");
	TCase *t = tcase_create("segments");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, a_lossy_connection_stays_within_80_columns);
	suite_add_tcase(s, t);
	return s;
}

int
main(void)
{
	return check_main(suite());
}
