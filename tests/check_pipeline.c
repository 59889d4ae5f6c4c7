/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The tracker's steps, one by one: figures of the report, negotiation, ACKs
 * and SACK, windows, and the life of an analysis.  Whole scenarios are in
 * tests/segs.
 */
#include "config.h"

#include <check.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/err.h"
#include "check_main.h"
#include "leaks.h"
#include "talk.h"
#include "flow/identity.h"
#include "tcp/duplicate.h"
#include "tcp/state.h"
#include "tcp/window.h"

static struct talk talk;

static void
setup(void)
{
	talk_begin(&talk, true);
}

static void
teardown(void)
{
	talk_end(&talk);
}

static const struct endpoint *
end_of(unsigned side)
{
	return &talk.conn.endpoint[side];
}

/* ---- the figures of the report ---- */

START_TEST(packets_and_bytes_count_each_time)
{
	talk_open(&talk);
	talk_say(&talk, A, TCP_ACK, 1, 100, 1);
	talk_say(&talk, A, TCP_ACK, 1, 100, 1);
	talk_say(&talk, B, TCP_RST, 1, 0, 0);
	talk_say(&talk, B, TCP_RST, 1, 0, 0);
	ck_assert_uint_eq(end_of(A)->pkts, 4);
	ck_assert_uint_eq(end_of(A)->bytes, 200);
	ck_assert_uint_eq(end_of(A)->ip_bytes, 4 * 40 + 200);
	ck_assert_uint_eq(end_of(B)->pkts, 3);
	ck_assert_uint_eq(end_of(B)->rst_count, 2);
	ck_assert_uint_eq(talk_figures(&talk, A)->unique_bytes, 100);
	ck_assert_uint_eq(talk_figures(&talk, A)->retrans_bytes, 100);
}
END_TEST

START_TEST(syn_and_fin_of_both_sides_count_sent_again_too)
{
	talk_say(&talk, A, TCP_SYN, 0, 0, 0);
	talk_open(&talk);
	talk_say(&talk, A, TCP_FIN | TCP_ACK, 1, 0, 1);
	talk_say(&talk, A, TCP_FIN | TCP_ACK, 1, 0, 1);
	talk_say(&talk, B, TCP_FIN | TCP_ACK, 1, 0, 2);
	ck_assert_uint_eq(conn_syn_count(&talk.conn), 3);
	ck_assert_uint_eq(conn_fin_count(&talk.conn), 3);
	ck_assert(conn_is_complete(&talk.conn));
	ck_assert(!conn_is_open(&talk.conn));
	ck_assert(!conn_is_reset(&talk.conn));
	ck_assert(talk.conn.is_closed);
}
END_TEST

START_TEST(data_after_the_first_fin_leaves_it_open)
{
	talk_open(&talk);
	ck_assert(conn_is_open(&talk.conn));
	/* Data with the FIN is before it. */
	talk_say(&talk, A, TCP_FIN | TCP_ACK, 1, 10, 1);
	ck_assert(!conn_is_open(&talk.conn));
	talk_say(&talk, B, TCP_ACK, 1, 0, 12);
	ck_assert(!conn_is_open(&talk.conn));
	talk_say(&talk, B, TCP_ACK, 1, 10, 12);
	ck_assert(conn_is_open(&talk.conn));
	/* And an RST does not close it in this count. */
	talk_say(&talk, A, TCP_RST, 12, 0, 0);
	ck_assert(conn_is_open(&talk.conn));
	ck_assert(conn_is_reset(&talk.conn));
	ck_assert(conn_is_complete(&talk.conn));
}
END_TEST

START_TEST(originator_is_who_opened_it)
{
	static const struct {
		unsigned side, flags, orig;
		bool is_midstream;
	} firsts[] = {
		{ A, TCP_SYN, A, false },
		{ B, TCP_SYN, B, false },
		{ A, TCP_SYN | TCP_ACK, B, false },
		{ B, TCP_SYN | TCP_ACK, A, false },
		{ A, TCP_ACK, A, true },
		{ B, TCP_FIN | TCP_ACK, B, true },
		{ B, TCP_RST, B, true },
	};

	talk_say(&talk, firsts[_i].side, firsts[_i].flags, 0, 0, 1);
	ck_assert_uint_eq(talk.conn.orig, firsts[_i].orig);
	ck_assert(talk.conn.is_midstream == firsts[_i].is_midstream);
	/* Nothing but a SYN changes that. */
	talk_say(&talk, !firsts[_i].side, TCP_ACK, 1, 10, 1);
	ck_assert_uint_eq(talk.conn.orig, firsts[_i].orig);
}
END_TEST

/* What was sampled as the other side's round trips is none of its own. */
START_TEST(syn_captured_late_turns_the_connection_round)
{
	talk_say(&talk, B, TCP_ACK, 1, 100, 1);
	talk.now_ns += TALK_MS(20);
	talk_say(&talk, A, TCP_ACK, 1, 0, 101);
	ck_assert_uint_eq(talk.conn.orig, B);
	ck_assert_uint_eq(talk.conn.report.rtt_count, 1);
	talk_say(&talk, A, TCP_SYN, 0, 0, 0);
	ck_assert_uint_eq(talk.conn.orig, A);
	ck_assert_uint_eq(talk.conn.report.rtt_count, 0);
	ck_assert_int_eq(talk.conn.report.rtt_sum, 0);
}
END_TEST

START_TEST(connection_lasts_from_its_earliest_to_its_latest_time)
{
	const int64_t start = talk.now_ns;

	talk_open(&talk);
	talk.now_ns = start - TALK_MS(7);	/* the clock went back */
	talk_say(&talk, A, TCP_ACK, 1, 10, 1);
	ck_assert_int_eq(talk.conn.first_ns, start - TALK_MS(7));
	ck_assert_int_eq(talk.conn.last_ns, start + TALK_MS(30));
	ck_assert_int_eq(talk.judged.delta_ns, -TALK_MS(37));
	ck_assert_uint_eq(talk_figures(&talk, A)->counts.clock_back, 1);
}
END_TEST

static void
offer_scaling(unsigned shift)
{
	talk.with.opt.present = OPT_WSCALE;
	talk.with.opt.wscale = (uint8_t)shift;
}

/* SYN 100 and 200 unscaled, then 1000 << shift each way. */
static void
talk_scaled(bool a_offers, bool b_offers)
{
	if (a_offers)
		offer_scaling(7);
	talk.with.window = 100;
	talk_say(&talk, A, TCP_SYN, 0, 0, 0);
	if (b_offers)
		offer_scaling(3);
	talk.with.window = 200;
	talk_say(&talk, B, TCP_SYN | TCP_ACK, 0, 0, 1);
	talk.with.window = 1000;
	talk_say(&talk, A, TCP_ACK, 1, 0, 1);
	talk.with.window = 1000;
	talk_say(&talk, B, TCP_ACK, 1, 0, 1);
}

START_TEST(windows_are_scaled_when_both_offered_it)
{
	talk_scaled(true, true);
	ck_assert(conn_has_scaling(&talk.conn));
	ck_assert_uint_eq(talk.conn.report.win_count, 4);
	ck_assert_uint_eq(talk.conn.report.win_sum,
	    100 + 200 + (1000 << 7) + (1000 << 3));
	ck_assert_uint_eq(talk.conn.report.win_min, 100);
	ck_assert_uint_eq(talk.conn.report.win_max, 1000 << 7);
	ck_assert_int_eq(talk_side(&talk, B)->last_window, 1000 << 3);
}
END_TEST

START_TEST(windows_are_not_scaled_when_one_did_not_offer_it)
{
	talk_scaled(_i == 0, _i == 1);
	ck_assert(!conn_has_scaling(&talk.conn));
	ck_assert(conn_knows_scaling(&talk.conn));
	ck_assert_uint_eq(talk.conn.report.win_sum, 100 + 200 + 2000);
	ck_assert_int_eq(talk_side(&talk, A)->last_window, 1000);
}
END_TEST

START_TEST(windows_of_resets_are_in_the_report_only)
{
	talk_open(&talk);
	talk.with.window = 60000;
	talk_say(&talk, B, TCP_RST, 1, 0, 0);
	ck_assert_uint_eq(talk.conn.report.win_max, 60000);
	ck_assert_uint_eq(talk_figures(&talk, B)->win_max, 10000);
}
END_TEST

START_TEST(window_is_unknown_when_no_syn_was_seen)
{
	struct segment seg;

	talk_say(&talk, A, TCP_ACK, 1, 0, 1);
	ck_assert_int_eq(talk.judged.window, -1);
	/* The report takes the raw field. */
	ck_assert_uint_eq(talk.conn.report.win_sum, 10000);
	/* Zero is zero, however it is scaled. */
	talk.with.window = 0;
	seg = talk_segment(&talk, A, TCP_ACK, 1, 0, 1);
	ck_assert_int_eq(window_of(&talk.conn, end_of(A), &seg), 0);
}
END_TEST

START_TEST(shift_beyond_14_is_applied_as_14)
{
	offer_scaling(20);
	talk_say(&talk, A, TCP_SYN, 0, 0, 0);
	offer_scaling(0);
	talk_say(&talk, B, TCP_SYN | TCP_ACK, 0, 0, 1);
	talk.with.window = 65535;
	talk_say(&talk, A, TCP_ACK, 1, 0, 1);
	ck_assert_int_eq(talk.judged.window, 65535 << 14);
	ck_assert_uint_eq(talk.conn.report.win_max, 65535 << 14);
}
END_TEST

/* ---- negotiation ---- */

START_TEST(offsets_begin_at_the_syn)
{
	talk_open(&talk);
	ck_assert(end_of(A)->has_isn);
	ck_assert_uint_eq(end_of(A)->isn, talk.isn[A]);
	ck_assert_uint_eq(end_of(B)->isn, talk.isn[B]);
	ck_assert_int_eq(end_of(A)->nxt, 1);
	ck_assert_int_eq(end_of(A)->una, 1);
}
END_TEST

START_TEST(offsets_begin_before_the_first_octet_when_no_syn_was_seen)
{
	talk_say(&talk, A, TCP_ACK, 5000, 100, 700);
	ck_assert(!end_of(A)->has_isn);
	ck_assert_int_eq(talk.judged.start, 1);
	ck_assert_int_eq(end_of(A)->nxt, 101);
	/* What it had acknowledged means something once the peer speaks. */
	talk_say(&talk, B, TCP_ACK, 700, 0, 5100);
	ck_assert_int_eq(end_of(B)->una, 1);
	ck_assert_int_eq(end_of(A)->una, 101);
}
END_TEST

START_TEST(syn_ack_tells_where_the_unseen_syn_was)
{
	talk_say(&talk, B, TCP_SYN | TCP_ACK, 0, 0, 1);
	ck_assert_uint_eq(end_of(A)->isn, talk.isn[A]);
	ck_assert(!end_of(A)->has_isn);
	talk_say(&talk, A, TCP_ACK, 1, 0, 1);
	ck_assert_int_eq(talk.judged.start, 1);
}
END_TEST

START_TEST(reset_tells_nothing_of_where_numbers_begin)
{
	talk_say(&talk, A, TCP_RST, 12345, 0, 0);
	ck_assert(!end_of(A)->has_base);
}
END_TEST

START_TEST(options_cut_by_the_snapshot_are_not_known)
{
	talk.with.depth = DEPTH_FIXED;
	talk_say(&talk, A, TCP_SYN, 0, 0, 0);
	talk.with.depth = DEPTH_FIXED;
	talk_say(&talk, B, TCP_SYN | TCP_ACK, 0, 0, 1);
	talk_say(&talk, A, TCP_ACK, 1, 0, 1);
	ck_assert(!conn_knows_scaling(&talk.conn));
	ck_assert_int_eq(talk.judged.window, -1);
}
END_TEST

/* RFC 3168, 6.1.1 and RFC 9768, 3.1.1. */
START_TEST(ecn_is_what_both_agreed_on)
{
	static const struct {
		unsigned syn, synack;
		enum ecn_use use;
	} ways[] = {
		{ 0, 0, ECN_NONE },
		{ TCP_ECE | TCP_CWR, TCP_ECE, ECN_CLASSIC },
		{ TCP_ECE | TCP_CWR, 0, ECN_NONE },
		{ TCP_ECE | TCP_CWR, TCP_ECE | TCP_CWR, ECN_NONE },
		{ 0, TCP_ECE, ECN_NONE },
		{ TCP_AE | TCP_ECE | TCP_CWR, TCP_CWR, ECN_ACCURATE },
		{ TCP_AE | TCP_ECE | TCP_CWR, TCP_AE, ECN_ACCURATE },
		{ TCP_AE | TCP_ECE | TCP_CWR, TCP_ECE, ECN_CLASSIC },
		{ TCP_AE | TCP_ECE | TCP_CWR, TCP_AE | TCP_ECE | TCP_CWR,
		    ECN_NONE },
		{ TCP_AE | TCP_ECE | TCP_CWR, 0, ECN_NONE },
	};

	talk_say(&talk, A, TCP_SYN | ways[_i].syn, 0, 0, 0);
	talk_say(&talk, B, TCP_SYN | TCP_ACK | ways[_i].synack, 0, 0, 1);
	ck_assert_uint_eq(talk_analysis(&talk)->ecn, ways[_i].use);
}
END_TEST

#define ECN_WAYS	10

/* ---- ACK and SACK ---- */

START_TEST(acked_but_never_captured_is_missed)
{
	talk_open(&talk);
	talk_say(&talk, A, TCP_ACK, 1, 100, 1);
	talk_say(&talk, B, TCP_ACK, 1, 0, 501);
	ck_assert(talk_is(&talk, JUDGED_ACK_LOST_SEGMENT));
	ck_assert_uint_eq(talk_figures(&talk, A)->missed_bytes, 400);
	/* Captured after its ACK: it was not missed after all. */
	talk_say(&talk, A, TCP_ACK, 101, 400, 1);
	ck_assert_uint_eq(talk_figures(&talk, A)->missed_bytes, 0);
	ck_assert_uint_eq(talk_figures(&talk, A)->unique_bytes, 500);
}
END_TEST

/* The capture begins in its middle: what is below was not seen. */
START_TEST(segment_just_below_the_first_captured_was_not_seen)
{
	talk_say(&talk, A, TCP_ACK, 1000, 100, 1);
	talk.now_ns += TALK_MS(1);
	talk_say(&talk, A, TCP_ACK, 900, 100, 1);
	ck_assert_uint_eq(talk_figures(&talk, A)->unique_bytes, 200);
	ck_assert_uint_eq(talk_figures(&talk, A)->retrans_bytes, 0);
	ck_assert(!talk_is(&talk, JUDGED_LOSS_BEHIND));
}
END_TEST

static void
with_sack(int64_t left, int64_t right)
{
	struct tcp_options *opt = &talk.with.opt;

	opt->present |= OPT_SACK;
	opt->sack[opt->sack_count].left = talk.isn[A] + (uint32_t)left;
	opt->sack[opt->sack_count].right = talk.isn[A] + (uint32_t)right;
	opt->sack_count++;
}

START_TEST(sack_blocks_are_those_of_the_last_report)
{
	const struct endpoint_track *b;

	talk_open(&talk);
	talk_say(&talk, A, TCP_ACK, 1, 100, 1);
	talk_say(&talk, A, TCP_ACK, 201, 100, 1);
	with_sack(201, 301);
	talk_say(&talk, B, TCP_ACK, 1, 0, 101);
	b = talk_side(&talk, B);
	ck_assert_uint_eq(talk_figures(&talk, B)->counts.sack, 1);
	ck_assert_uint_eq(talk_figures(&talk, B)->judged[JUDGED_DSACK], 0);
	ck_assert_uint_eq(b->sacks_count, 1);
	ck_assert_int_eq(b->sackboard->sacks[0].start, 201);
	ck_assert_int_eq(b->sackboard->sacks[0].end, 301);
	talk_say(&talk, A, TCP_ACK, 101, 100, 1);
	talk_say(&talk, B, TCP_ACK, 1, 0, 301);
	ck_assert_uint_eq(b->sacks_count, 0);
}
END_TEST

/* RFC 2883, 4: below the cumulative ACK. */
START_TEST(dsack_proves_a_retransmission_needless)
{
	const uint32_t *counts;

	talk_open(&talk);
	talk_say(&talk, A, TCP_ACK, 1, 100, 1);
	talk.now_ns += TALK_MS(300);
	talk_say(&talk, A, TCP_ACK, 1, 100, 1);
	counts = talk_figures(&talk, A)->judged;
	ck_assert_uint_eq(counts[JUDGED_RETRANSMISSION], 1);
	ck_assert_uint_eq(counts[JUDGED_UNANSWERED], 1);
	talk.now_ns += TALK_MS(20);
	talk_say(&talk, B, TCP_ACK, 1, 0, 101);
	ck_assert_uint_eq(counts[JUDGED_UNANSWERED], 0);
	ck_assert_uint_eq(counts[JUDGED_LOSS_BEHIND], 1);
	with_sack(1, 101);
	talk_say(&talk, B, TCP_ACK, 1, 0, 101);
	ck_assert(talk_is(&talk, JUDGED_DSACK));
	ck_assert_uint_eq(counts[JUDGED_SPURIOUS], 1);
	ck_assert_uint_eq(counts[JUDGED_LOSS_BEHIND], 0);
	ck_assert_uint_eq(counts[JUDGED_REFUSED], 1);
	/* Reported twice, it counts once. */
	with_sack(1, 101);
	talk_say(&talk, B, TCP_ACK, 1, 0, 101);
	ck_assert_uint_eq(counts[JUDGED_SPURIOUS], 1);
}
END_TEST

/* Sent again though it was only late: lost neither before nor behind us. */
START_TEST(dsack_takes_back_a_loss_before_the_capture)
{
	const uint32_t *counts;

	talk_open(&talk);
	talk_say(&talk, A, TCP_ACK, 101, 100, 1);
	talk.now_ns += TALK_MS(300);
	talk_say(&talk, A, TCP_ACK, 1, 100, 1);
	counts = talk_figures(&talk, A)->judged;
	ck_assert_uint_eq(counts[JUDGED_LOSS_BEFORE], 1);
	ck_assert_uint_eq(talk.judged.evidence, EVIDENCE_SILENCE);
	talk_say(&talk, B, TCP_ACK, 1, 0, 201);
	with_sack(1, 101);
	talk_say(&talk, B, TCP_ACK, 1, 0, 201);
	ck_assert_uint_eq(counts[JUDGED_LOSS_BEFORE], 0);
	ck_assert_uint_eq(counts[JUDGED_SPURIOUS], 1);
}
END_TEST

START_TEST(sack_block_that_ends_before_it_begins_is_none)
{
	talk_open(&talk);
	talk_say(&talk, A, TCP_ACK, 1, 100, 1);
	talk_say(&talk, A, TCP_ACK, 201, 200, 1);
	with_sack(201, 301);
	with_sack(401, 301);
	with_sack(301, 301);
	talk_say(&talk, B, TCP_ACK, 1, 0, 101);
	ck_assert_uint_eq(talk_figures(&talk, B)->counts.sack, 1);
	ck_assert_uint_eq(talk_figures(&talk, B)->judged[JUDGED_DSACK], 0);
	ck_assert_uint_eq(talk_side(&talk, B)->sacks_count, 1);
}
END_TEST

/* The ring of retransmissions has empty entries at first: none is below 0. */
START_TEST(dsack_below_the_isn_proves_nothing)
{
	const uint32_t *counts;

	talk_open(&talk);
	talk_say(&talk, A, TCP_ACK, 1, 100, 1);
	talk.now_ns += TALK_MS(300);
	talk_say(&talk, A, TCP_ACK, 1, 100, 1);
	talk_say(&talk, B, TCP_ACK, 1, 0, 101);
	with_sack(-50, 51);
	talk_say(&talk, B, TCP_ACK, 1, 0, 101);
	counts = talk_figures(&talk, A)->judged;
	ck_assert_uint_eq(counts[JUDGED_RETRANSMISSION], 1);
	ck_assert_uint_le(counts[JUDGED_SPURIOUS], 1);
	ck_assert_uint_eq(counts[JUDGED_LOSS_BEHIND] + counts[JUDGED_SPURIOUS], 1);
}
END_TEST

/* ---- what fills a gap, without better evidence ---- */

static const struct {
	const char *sentence;
	bool is_open;		/* with its handshake captured */
	int64_t half_ms;	/* each way */
	bool is_sacked;		/* one segment, above the hole */
	int64_t since_ms;	/* the hole appeared */
	enum judged judged;
	enum evidence evidence;
} fillers[] = {
	{ "unasked, too soon for a probe", true, 15, false, 59,
	    JUDGED_OUT_OF_ORDER, EVIDENCE_UNASKED },
	{ "unasked, as late as a probe", true, 15, false, 60,
	    JUDGED_UNKNOWN_ORDER, EVIDENCE_NONE },
	{ "no probe comes within 8 ms", true, 1, false, 7,
	    JUDGED_OUT_OF_ORDER, EVIDENCE_UNASKED },
	{ "but may after 8 ms", true, 1, false, 8,
	    JUDGED_UNKNOWN_ORDER, EVIDENCE_NONE },
	{ "asked for by SACK, a round trip ago", true, 15, true, 30,
	    JUDGED_RETRANSMISSION, EVIDENCE_DUP_ACKS },
	{ "asked for by SACK, as long ago as the sender is away", true, 15,
	    true, 20, JUDGED_RETRANSMISSION, EVIDENCE_DUP_ACKS },
	{ "asked for by SACK, sooner than it could hear of it", true, 15,
	    true, 10, JUDGED_OUT_OF_ORDER, EVIDENCE_TOO_SOON },
	{ "no round trip known", false, 15, false, 20,
	    JUDGED_UNKNOWN_ORDER, EVIDENCE_NONE },
	{ "no round trip known, at once", false, 15, false, 2,
	    JUDGED_OUT_OF_ORDER, EVIDENCE_TOO_SOON },
};

static void
shake_hands(int64_t half_ms)
{
	talk_say(&talk, A, TCP_SYN, 0, 0, 0);
	talk.now_ns += TALK_MS(half_ms);
	talk_say(&talk, B, TCP_SYN | TCP_ACK, 0, 0, 1);
	talk.now_ns += TALK_MS(half_ms);
	talk_say(&talk, A, TCP_ACK, 1, 0, 1);
}

START_TEST(filler_is_judged_by_what_asked_for_it)
{
	if (fillers[_i].is_open)
		shake_hands(fillers[_i].half_ms);
	talk_say(&talk, A, TCP_ACK, 1, 100, 1);
	talk_say(&talk, A, TCP_ACK, 201, 100, 1);
	if (fillers[_i].is_sacked) {
		with_sack(201, 301);
		talk_say(&talk, B, TCP_ACK, 1, 0, 101);
	}
	talk.now_ns += TALK_MS(fillers[_i].since_ms);
	talk_say(&talk, A, TCP_ACK, 101, 100, 1);
	ck_assert_msg(talk_is(&talk, fillers[_i].judged),
	    "%s: judged 0x%x", fillers[_i].sentence, talk.judged.bits);
	ck_assert_msg(talk.judged.evidence == fillers[_i].evidence,
	    "%s: %s", fillers[_i].sentence,
	    evidence_words(talk.judged.evidence));
}
END_TEST

/* ---- the window in time ---- */

START_TEST(repeated_ack_that_closes_the_window_is_only_that)
{
	talk_open(&talk);
	talk_say(&talk, B, TCP_ACK, 1, 0, 1);
	talk.with.window = 0;
	talk_say(&talk, B, TCP_ACK, 1, 0, 1);
	ck_assert_uint_eq(talk.judged.bits,
	    UINT32_C(1) << JUDGED_ZERO_WINDOW);
}
END_TEST

/* Held back until the end of the capture. */
START_TEST(sender_is_limited_until_the_capture_ends)
{
	talk_open(&talk);
	talk_say(&talk, A, TCP_ACK, 1, 10000, 1);
	ck_assert(talk_is(&talk, JUDGED_WINDOW_FULL));
	talk.now_ns += TALK_MS(70);
	talk.with.window = 0;
	talk_say(&talk, B, TCP_ACK, 1, 0, 1);
	ck_assert_int_eq(window_limited_ns(&talk.conn, talk_analysis(&talk), A),
	    TALK_MS(70));
}
END_TEST

START_TEST(zero_window_lasts_until_it_opens)
{
	talk_open(&talk);
	talk.with.window = 0;
	talk_say(&talk, B, TCP_ACK, 1, 0, 1);
	ck_assert(talk_is(&talk, JUDGED_ZERO_WINDOW));
	talk.now_ns += TALK_MS(400);
	talk.with.window = 0;
	talk_say(&talk, B, TCP_ACK, 1, 0, 1);
	ck_assert_int_eq(window_zero_ns(&talk.conn, talk_analysis(&talk), B),
	    TALK_MS(400));
	talk.now_ns += TALK_MS(100);
	talk_say(&talk, B, TCP_ACK, 1, 0, 1);
	talk.now_ns += TALK_MS(100);
	talk_say(&talk, A, TCP_ACK, 1, 10, 1);
	ck_assert_int_eq(window_zero_ns(&talk.conn, talk_analysis(&talk), B),
	    TALK_MS(500));
	ck_assert_int_eq(window_zero_ns(&talk.conn, talk_analysis(&talk), A), 0);
}
END_TEST

START_TEST(sender_is_limited_while_the_window_is_used_up)
{
	talk_open(&talk);
	talk_say(&talk, A, TCP_ACK, 1, 6000, 1);
	ck_assert(!talk_is(&talk, JUDGED_WINDOW_FULL));
	ck_assert_int_eq(talk.judged.window_left, 4000);
	talk_say(&talk, A, TCP_ACK, 6001, 4000, 1);
	ck_assert(talk_is(&talk, JUDGED_WINDOW_FULL));
	ck_assert_int_eq(talk.judged.window_left, 0);
	ck_assert_int_eq(talk.judged.in_flight, 10000);
	talk.now_ns += TALK_MS(50);
	talk_say(&talk, B, TCP_ACK, 1, 0, 10001);
	talk.now_ns += TALK_MS(50);
	talk_say(&talk, A, TCP_ACK, 10001, 1, 1);
	ck_assert_int_eq(window_limited_ns(&talk.conn, talk_analysis(&talk), A),
	    TALK_MS(50));
	ck_assert_int_eq(talk_figures(&talk, A)->max_flight, 10000);
}
END_TEST

/* ---- clocks that jump as far as the engine lets them ---- */

#define FAR_NS	(INT64_MAX / 4)
#define JUMPS	20

START_TEST(sums_of_round_trips_do_not_overflow)
{
	talk.now_ns = -FAR_NS;
	talk_open(&talk);
	for (int64_t i = 0; i < JUMPS; i++) {
		talk.now_ns = -FAR_NS;
		talk_say(&talk, A, TCP_ACK, 1 + i, 1, 1);
		talk.now_ns = FAR_NS;
		talk_say(&talk, B, TCP_ACK, 1, 0, 2 + i);
	}
	ck_assert_uint_eq(talk.conn.report.rtt_count, 1 + JUMPS);
	ck_assert_int_eq(talk.conn.report.rtt_sum, INT64_MAX);
	ck_assert_int_eq(talk_figures(&talk, A)->rtt.sum, INT64_MAX);
	ck_assert_int_eq(talk_figures(&talk, A)->rtt.max, 2 * FAR_NS);
}
END_TEST

START_TEST(sums_of_waits_do_not_exceed_the_time)
{
	talk_open(&talk);
	for (unsigned i = 0; i < JUMPS; i++) {
		talk.now_ns = -FAR_NS;
		talk.with.window = 0;
		talk_say(&talk, B, TCP_ACK, 1, 0, 1);
		talk.now_ns = FAR_NS;
		talk_say(&talk, B, TCP_ACK, 1, 0, 1);
	}
	ck_assert_int_le(window_zero_ns(&talk.conn, talk_analysis(&talk), B),
	    FAR_NS);
	ck_assert_int_ge(window_limited_ns(&talk.conn, talk_analysis(&talk), A),
	    0);
}
END_TEST

/* ---- states ---- */

START_TEST(transitions_are_told_with_how_long_the_state_lasted)
{
	talk_say(&talk, A, TCP_SYN, 0, 0, 0);
	ck_assert_uint_eq(talk.transitions, 2);	/* SYN-SENT, LISTEN */
	ck_assert_uint_eq(end_of(A)->state, STATE_SYN_SENT);
	ck_assert_uint_eq(end_of(B)->state, STATE_LISTEN);
	talk.now_ns += TALK_MS(20);
	talk_say(&talk, B, TCP_SYN | TCP_ACK, 0, 0, 1);
	ck_assert_uint_eq(talk.transition.side, A);
	ck_assert_uint_eq(talk.transition.from, STATE_SYN_SENT);
	ck_assert_uint_eq(talk.transition.to, STATE_ESTABLISHED);
	ck_assert_int_eq(talk.transition.since_ns, TALK_MS(20));
	ck_assert_int_eq(talk.transition.time_ns, talk.now_ns);
}
END_TEST

START_TEST(header_cut_before_its_flags_is_counted_and_judged_cut)
{
	talk_open(&talk);
	talk.with.depth = DEPTH_SEQ;
	talk_say(&talk, A, 0, 1, 0, 0);
	ck_assert_uint_eq(talk.judged.bits,
	    UINT32_C(1) << JUDGED_TRUNCATED);
	ck_assert_uint_eq(end_of(A)->pkts, 3);
	ck_assert_uint_eq(end_of(A)->state, STATE_ESTABLISHED);
}
END_TEST

/* ---- duplicates and timestamps: what only the connection knows ---- */

/* What becomes of a segment that is like another; the connection stays. */
static bool
is_copy(unsigned side, const struct segment *seg, unsigned bits,
    unsigned apart_us)
{
	struct conn conn = talk.conn;
	const struct likeness like = {
	    .bits = (uint8_t)bits,
	    .again = 1,
	    .apart_us = (uint16_t)apart_us,
	    .covered = seg->payload_len,
	};

	return duplicate_take(&conn, side, seg, &like);
}

START_TEST(equal_copy_from_elsewhere_is_a_duplicate)
{
	struct segment seg;

	talk_open(&talk);
	seg = talk_segment(&talk, A, TCP_ACK, 1, 100, 1);
	ck_assert(!is_copy(A, &seg, 0, 0));
	ck_assert(is_copy(A, &seg, LIKE_FOUND | LIKE_ELSEWHERE, 50000));
	seg = talk_segment(&talk, A, TCP_ACK, 1, 0, 1);
	ck_assert(is_copy(A, &seg, LIKE_FOUND | LIKE_ELSEWHERE, 50000));
}
END_TEST

/* A retransmission may take another path; 10 ms are the way to its sender. */
START_TEST(equal_copy_from_elsewhere_may_be_what_was_asked_for)
{
	struct segment seg;

	talk_open(&talk);
	talk_say(&talk, A, TCP_ACK, 1, 100, 1);
	talk_say(&talk, A, TCP_ACK, 101, 100, 1);
	talk.now_ns += TALK_MS(20);
	talk_say(&talk, B, TCP_ACK, 1, 0, 1);
	talk_say(&talk, B, TCP_ACK, 1, 0, 1);
	seg = talk_segment(&talk, A, TCP_ACK, 1, 100, 1);
	ck_assert(is_copy(A, &seg, LIKE_FOUND | LIKE_ELSEWHERE, 4900));
	ck_assert(!is_copy(A, &seg, LIKE_FOUND | LIKE_ELSEWHERE, 5100));
	talk.conn.copies_elsewhere = true;
	ck_assert(is_copy(A, &seg, LIKE_FOUND | LIKE_ELSEWHERE, 5100));
}
END_TEST

/* A script that writes frames gives each the same IP ID. */
START_TEST(an_ip_id_that_never_changes_tells_nothing)
{
	struct segment seg;

	talk_open(&talk);
	talk.conn.endpoint[A].first_ip_id = 7;
	talk.with.ip_id = 7;
	seg = talk_segment(&talk, A, TCP_ACK, 1, 0, 1);
	ck_assert_uint_gt(end_of(A)->pkts, 1);
	ck_assert(!is_copy(A, &seg, LIKE_FOUND | LIKE_SAME_ID, 5));
	/* Before there is another to compare it with, it does. */
	talk.conn.endpoint[A].pkts = 1;
	ck_assert(is_copy(A, &seg, LIKE_FOUND | LIKE_SAME_ID, 50000));
}
END_TEST

START_TEST(an_ip_id_among_others_tells_a_copy)
{
	struct segment seg;

	talk_open(&talk);
	ck_assert(!end_of(A)->ip_id_varies);
	talk.with.ip_id = (uint16_t)(end_of(A)->first_ip_id + 7);
	talk_say(&talk, A, TCP_ACK, 1, 100, 1);
	ck_assert(end_of(A)->ip_id_varies);
	talk.with.ip_id = 7;
	seg = talk_segment(&talk, A, TCP_ACK, 1, 100, 1);
	ck_assert(is_copy(A, &seg, LIKE_FOUND | LIKE_SAME_ID, 50000));
	/* However else it was altered on its way. */
	ck_assert(is_copy(A, &seg, LIKE_FOUND | LIKE_SAME_ID | LIKE_ALTERED,
	    50000));
}
END_TEST

START_TEST(altered_copy_is_one_from_elsewhere_and_at_once)
{
	const unsigned other_id = LIKE_FOUND | LIKE_OTHER_ID;
	struct segment seg;

	talk_open(&talk);
	talk_say(&talk, A, TCP_ACK, 1, 100, 1);
	seg = talk_segment(&talk, A, TCP_ACK, 1, 100, 1);
	ck_assert(!is_copy(A, &seg, other_id, 20));
	ck_assert(is_copy(A, &seg, other_id | LIKE_ELSEWHERE, 20));
	ck_assert(!is_copy(A, &seg, other_id | LIKE_ELSEWHERE, 40000));
	talk.conn.copies_altered = true;
	ck_assert(is_copy(A, &seg, other_id | LIKE_ELSEWHERE, 40000));
	ck_assert(!is_copy(A, &seg, other_id, 20));
}
END_TEST

/* Two paths may carry one burst, whose ACKs differ in their SACK blocks. */
START_TEST(altered_ack_is_a_copy_where_others_are)
{
	const unsigned altered = LIKE_FOUND | LIKE_ALTERED | LIKE_ELSEWHERE;
	struct segment seg;

	talk_open(&talk);
	seg = talk_segment(&talk, B, TCP_ACK, 1, 0, 1);
	ck_assert(!is_copy(B, &seg, altered, 5));
	ck_assert(is_copy(B, &seg, altered | LIKE_SAME_ID, 5));
	talk.conn.copies_altered = true;
	ck_assert(is_copy(B, &seg, altered, 5));
}
END_TEST

/* The path has a round trip of 30 ms, a third of it to the sender and back. */
START_TEST(equal_segment_is_a_copy_unless_it_could_be_sent_again)
{
	struct segment seg;

	talk_open(&talk);
	talk_say(&talk, A, TCP_ACK, 1, 100, 1);
	talk_say(&talk, A, TCP_ACK, 101, 100, 1);
	talk.now_ns += TALK_MS(20);
	talk_say(&talk, B, TCP_ACK, 1, 0, 101);
	seg = talk_segment(&talk, A, TCP_ACK, 101, 100, 1);
	ck_assert(!is_copy(A, &seg, LIKE_FOUND, 23000));
	/* An ACK asks for it: a stack may retransmit twice. */
	talk_say(&talk, B, TCP_ACK, 1, 0, 101);
	seg = talk_segment(&talk, A, TCP_ACK, 101, 100, 1);
	ck_assert(!is_copy(A, &seg, LIKE_FOUND, 20));
	/* But where each segment has a copy, ... */
	talk.conn.copies_here = 4;
	talk.conn.report.duplicates = 8;
	ck_assert(is_copy(A, &seg, LIKE_FOUND, 4900));
	ck_assert(!is_copy(A, &seg, LIKE_FOUND, 5100));
	/* ... no ACK asks for what is sent after that ACK. */
	talk.now_ns += TALK_MS(20);
	seg = talk_segment(&talk, A, TCP_ACK, 101, 100, 1);
	ck_assert(is_copy(A, &seg, LIKE_FOUND, 14000));
	ck_assert(!is_copy(A, &seg, LIKE_FOUND, 16000));
}
END_TEST

/* RFC 8201, 5.4: it is sent again at once, in pieces. */
START_TEST(pieces_are_no_copies_where_the_mtu_has_shrunk)
{
	struct segment seg;

	talk_open(&talk);
	talk_say(&talk, A, TCP_ACK, 1, 100, 1);
	seg = talk_segment(&talk, A, TCP_ACK, 1, 50, 1);
	talk.conn.analysis->path_mtu = 1400;
	ck_assert(!is_copy(A, &seg, LIKE_FOUND | LIKE_PART, 20));
}
END_TEST

START_TEST(syn_is_not_sent_again_within_milliseconds)
{
	struct segment seg;

	talk_say(&talk, A, TCP_SYN, 0, 0, 0);
	seg = talk_segment(&talk, A, TCP_SYN, 0, 0, 0);
	ck_assert(is_copy(A, &seg, LIKE_FOUND, 50000));
	ck_assert(is_copy(A, &seg, LIKE_FOUND | LIKE_ALTERED | LIKE_ELSEWHERE,
	    50000));
	/* But after a stray segment and the RST that answers it. */
	talk_say(&talk, B, TCP_ACK, 77, 0, 999);
	ck_assert(!is_copy(A, &seg, LIKE_FOUND, 4000));
	ck_assert(is_copy(A, &seg, LIKE_FOUND, 1000));
}
END_TEST

/* An endpoint may well send the same ACK twice at once. */
START_TEST(equal_ack_is_a_copy_where_copies_are_known)
{
	struct segment seg;

	talk_open(&talk);
	seg = talk_segment(&talk, B, TCP_ACK, 1, 0, 1);
	ck_assert(!is_copy(B, &seg, LIKE_FOUND, 20));
	talk.conn.copies_here = 1;
	ck_assert(!is_copy(B, &seg, LIKE_FOUND, 20));	/* by chance */
	talk.conn.report.duplicates = 3;	/* as many as segments */
	ck_assert(is_copy(B, &seg, LIKE_FOUND, 20));
	ck_assert(!is_copy(B, &seg, LIKE_FOUND, 40000));
	/* Those from elsewhere say nothing of this place. */
	talk.conn.copies_here = 0;
	talk.conn.copies_elsewhere = true;
	ck_assert(!is_copy(B, &seg, LIKE_FOUND, 20));
}
END_TEST

/* Of twice as many as there are copies, every second one is an ACK. */
START_TEST(as_many_equal_acks_are_copies_as_of_other_segments)
{
	struct segment seg;
	struct likeness like = { .bits = LIKE_FOUND };

	talk_open(&talk);
	talk.conn.copies_here = 2;
	talk.conn.report.duplicates = 6;
	seg = talk_segment(&talk, B, TCP_ACK, 1, 0, 1);
	for (like.again = 1; like.again < 30; like.again++) {
		struct conn conn = talk.conn;

		ck_assert_int_eq(duplicate_take(&conn, B, &seg, &like),
		    like.again % 3 != 0);
	}
}
END_TEST

START_TEST(copies_of_data_tell_how_many_there_are)
{
	struct segment seg;
	struct likeness like = {
	    .bits = LIKE_FOUND, .again = 1, .covered = 100 };

	talk_open(&talk);
	talk_say(&talk, A, TCP_ACK, 1, 100, 1);
	seg = talk_segment(&talk, A, TCP_ACK, 1, 100, 1);
	ck_assert(duplicate_take(&talk.conn, A, &seg, &like));
	ck_assert_uint_eq(talk.conn.copies_here, 1);
	for (like.again = 2; like.again < 20; like.again++)
		ck_assert(duplicate_take(&talk.conn, A, &seg, &like));
	ck_assert_uint_eq(talk.conn.copies_here, COPIES_HERE_MAX);
	ck_assert_uint_eq(talk.conn.report.duplicates, 19);
}
END_TEST

/* Their count goes on from that of the copies of the first transmission. */
START_TEST(copies_of_a_retransmission_tell_nothing)
{
	struct segment seg;
	struct likeness like = {
	    .bits = LIKE_FOUND, .again = 3, .covered = 100 };

	talk_open(&talk);
	talk.conn.copies_here = 1;
	talk.conn.report.duplicates = 8;
	talk_say(&talk, A, TCP_ACK, 1, 100, 1);
	talk.now_ns += TALK_MS(300);
	talk_say(&talk, A, TCP_ACK, 1, 100, 1);
	seg = talk_segment(&talk, A, TCP_ACK, 1, 100, 1);
	ck_assert(duplicate_take(&talk.conn, A, &seg, &like));
	ck_assert_uint_eq(talk.conn.copies_here, 1);
}
END_TEST

/* Of a superframe that was sent a moment ago, in whatever order. */
START_TEST(piece_is_a_copy_unless_it_could_be_sent_again)
{
	struct segment seg;

	talk_open(&talk);
	talk_say(&talk, A, TCP_ACK, 1, 4000, 1);
	talk.now_ns += TALK_MS(1);
	seg = talk_segment(&talk, A, TCP_ACK, 1001, 1000, 1);
	ck_assert(duplicate_is_old(&talk.conn, A, &seg));
	ck_assert(duplicate_take_piece(&talk.conn, A, &seg));
	ck_assert_uint_eq(talk.conn.report.duplicates, 1);
	seg.payload_len = 3001;		/* beyond its end */
	ck_assert(!duplicate_is_old(&talk.conn, A, &seg));
	seg.seq -= 1000;
	seg.payload_len = 4000;		/* all of it */
	ck_assert(!duplicate_take_piece(&talk.conn, A, &seg));
	talk.now_ns += TALK_MS(30);
	seg = talk_segment(&talk, A, TCP_ACK, 1001, 1000, 1);
	ck_assert(!duplicate_take_piece(&talk.conn, A, &seg));
	talk_say(&talk, A, TCP_ACK, 1, 1000, 1);
	seg = talk_segment(&talk, A, TCP_ACK, 1001, 1000, 1);
	ck_assert(!duplicate_take_piece(&talk.conn, A, &seg));
}
END_TEST

/* After the close the analysis may be gone: nothing may depend on it. */
START_TEST(equal_segment_after_the_close_is_judged_alike)
{
	struct segment seg;

	talk_end(&talk);
	talk_begin(&talk, _i != 0);
	talk_open(&talk);
	talk_say(&talk, B, TCP_ACK, 1, 100, 1);
	talk_say(&talk, B, TCP_ACK, 101, 100, 1);
	talk_say(&talk, A, TCP_ACK, 1, 0, 1);
	talk_say(&talk, A, TCP_ACK, 1, 0, 1);
	talk_say(&talk, A, TCP_RST, 1, 0, 0);
	ck_assert(talk.conn.is_final);
	talk_say(&talk, B, TCP_ACK, 1, 100, 1);
	seg = talk_segment(&talk, B, TCP_ACK, 1, 100, 1);
	ck_assert(!is_copy(B, &seg, LIKE_FOUND, 10));
	talk.conn.copies_here = 1;
	talk.conn.report.duplicates = 8;
	ck_assert(is_copy(B, &seg, LIKE_FOUND, 10));
	talk.conn.copies_here = 0;
}
END_TEST

START_TEST(timestamp_is_later_than_the_last_of_its_side)
{
	struct segment seg;

	talk.with.opt = (struct tcp_options){
		.present = OPT_TIMESTAMP,
		.tsval = UINT32_C(0xfffffff0),
	};
	talk_say(&talk, A, TCP_SYN, 0, 0, 0);
	seg = talk_segment(&talk, A, TCP_SYN, 9, 0, 0);
	ck_assert(!identity_is_ts_later(&talk.conn, A, &seg));	/* has none */
	seg.opt.present = OPT_TIMESTAMP;
	seg.opt.tsval = UINT32_C(0xfffffff0);
	ck_assert(!identity_is_ts_later(&talk.conn, A, &seg));
	seg.opt.tsval = 5;					/* wrapped */
	ck_assert(identity_is_ts_later(&talk.conn, A, &seg));
	ck_assert(!identity_is_ts_later(&talk.conn, B, &seg));
}
END_TEST

/* ---- the life of an analysis ---- */

/* And then it takes little, until it is not alone any longer. */
START_TEST(lonely_segment_has_a_packed_analysis_where_it_is_kept)
{
	static const unsigned flags[] = { TCP_SYN, TCP_SYN | TCP_ACK,
	    TCP_ACK, TCP_FIN | TCP_ACK, TCP_RST };

	talk_say(&talk, A, flags[_i], 0, 0, 0);
	ck_assert(talk.conn.is_packed);
	ck_assert_uint_eq(talk.tracker.packs, 1);
	ck_assert_uint_eq(talk.tracker.analyses.used, 0);
	ck_assert_ptr_nonnull(talk_analysis(&talk));
	talk.now_ns += TALK_MS(20);
	talk_say(&talk, B, TCP_SYN | TCP_ACK, 0, 0, 1);
	ck_assert(!talk.conn.is_packed || talk.conn.is_final);
}
END_TEST

START_TEST(lonely_syn_has_no_analysis_unless_it_is_kept)
{
	talk_end(&talk);
	talk_begin(&talk, false);
	talk_say(&talk, A, TCP_SYN, 0, 0, 0);
	ck_assert_ptr_null(talk.conn.analysis);
	for (unsigned i = 0; i < 4; i++)
		talk_say(&talk, A, TCP_SYN, 0, 0, 0);
	talk.now_ns += TALK_MS(20);
	talk_say(&talk, B, TCP_SYN | TCP_ACK, 0, 0, 1);
	ck_assert_ptr_nonnull(talk.conn.analysis);
	/* Five SYNs: which one was answered nobody knows (Karn). */
	ck_assert_uint_eq(talk.conn.report.rtt_count, 0);
}
END_TEST

static void
say_syn_of(uint16_t ip_id, uint32_t tsval)
{
	talk.with.ip_id = ip_id;
	talk.with.opt.present = OPT_TIMESTAMP;
	talk.with.opt.tsval = tsval;
	talk_say(&talk, A, TCP_SYN, 0, 0, 0);
}

/* The second of three SYNs is answered, and a third IP ID is the third step. */
START_TEST(syns_sent_again_are_known_alike_with_and_without_records)
{
	talk_end(&talk);
	talk_begin(&talk, _i != 0);
	for (unsigned i = 0; i < 3; i++) {
		say_syn_of((uint16_t)(10 + i), 1000 + 1000 * i);
		talk.now_ns += TALK_MS(1000);
	}
	talk.with.opt.present = OPT_TIMESTAMP;
	talk.with.opt.tsecr = 2000;
	talk_say(&talk, B, TCP_SYN | TCP_ACK, 0, 0, 1);
	ck_assert(talk_side(&talk, A)->has_min_rtt);
	ck_assert_int_eq(talk_side(&talk, A)->rtt_min, TALK_MS(2000));
	talk.with.ip_id = 13;
	talk_say(&talk, A, TCP_ACK, 1, 0, 1);
	ck_assert(talk_side(&talk, A)->ip_id_increments);
}
END_TEST

/* Copies of data at once: a sender that waited for its SYN is suspected less. */
START_TEST(syn_sent_again_is_recovered_from_alike_with_and_without_records)
{
	struct segment seg;

	talk_end(&talk);
	talk_begin(&talk, _i != 0);
	talk_say(&talk, A, TCP_SYN, 0, 0, 0);
	talk.now_ns += TALK_MS(1000);
	talk_say(&talk, A, TCP_SYN, 0, 0, 0);
	talk_say(&talk, A, TCP_ACK, 1, 100, 1);
	seg = talk_segment(&talk, A, TCP_ACK, 1, 100, 1);
	ck_assert(!is_copy(A, &seg, LIKE_FOUND, 11));
}
END_TEST

/* Times are those of the SYNs, not of the connection. */
START_TEST(syns_of_a_clock_that_jumps_are_known_alike_with_and_without_records)
{
	talk_end(&talk);
	talk_begin(&talk, _i != 0);
	talk_say(&talk, A, TCP_SYN, 0, 0, 0);
	talk.now_ns -= TALK_MS(500);
	talk_say(&talk, A, TCP_SYN, 0, 0, 0);
	ck_assert_int_eq(talk_side(&talk, A)->last_ns, talk.now_ns);
	talk.now_ns += TALK_MS(20);
	talk_say(&talk, B, TCP_SYN | TCP_ACK, 0, 0, 1);
	ck_assert_int_eq(talk_analysis(&talk)->rtt_syn, TALK_MS(20));
}
END_TEST

/*
 * The IP ID of the SYN shows that 11 was sent before 12: late, and a sample.
 * It must be remembered though the SYN alone has no analysis.
 */
START_TEST(filler_is_judged_by_ip_id_alike_with_and_without_records)
{
	talk_end(&talk);
	talk_begin(&talk, _i != 0);
	talk.with.ip_id = 10;
	talk_say(&talk, A, TCP_SYN, 0, 0, 0);
	talk.now_ns += TALK_MS(20);
	talk_say(&talk, B, TCP_SYN | TCP_ACK, 0, 0, 1);
	talk.now_ns += TALK_MS(10);
	/* Three steps upwards: it counts. */
	for (unsigned i = 0; i < 3; i++) {
		talk.with.ip_id = (uint16_t)(11 + i);
		talk_say(&talk, A, TCP_ACK, 1 + 100 * i, 100, 1);
	}
	talk.with.ip_id = 15;
	talk_say(&talk, A, TCP_ACK, 401, 100, 1);
	talk.now_ns += TALK_MS(100);
	talk.with.ip_id = 14;
	talk_say(&talk, A, TCP_ACK, 301, 100, 1);
	ck_assert_uint_eq(talk.judged.evidence, EVIDENCE_IP_ID);
	ck_assert(talk_is(&talk, JUDGED_OUT_OF_ORDER));
	talk.now_ns += TALK_MS(20);
	talk_say(&talk, B, TCP_ACK, 1, 0, 501);
	ck_assert_uint_eq(talk.conn.report.rtt_count, 6);
}
END_TEST

START_TEST(analysis_ends_with_the_connection_unless_it_is_kept)
{
	for (unsigned keep = 0; keep < 2; keep++) {
		talk_end(&talk);
		talk_begin(&talk, keep != 0);
		talk_open(&talk);
		talk_say(&talk, A, TCP_FIN | TCP_ACK, 1, 0, 1);
		talk.now_ns += TALK_MS(20);
		talk_say(&talk, B, TCP_FIN | TCP_ACK, 1, 0, 2);
		talk_say(&talk, A, TCP_ACK, 2, 0, 2);
		ck_assert(talk.conn.is_final);
		ck_assert((talk.conn.analysis != NULL) == (keep != 0));
		ck_assert_uint_eq(talk.conn.report.rtt_count, 2);
		/* Of what is kept for its record, only what is in it. */
		for (unsigned side = 0; side < 2 && keep != 0; side++)
			ck_assert_ptr_null(
			    talk_analysis(&talk)->track[side].inflight);
		/* Late segments are still counted, and sample nothing. */
		talk_say(&talk, A, TCP_ACK, 1, 50, 2);
		talk_say(&talk, B, TCP_ACK, 2, 0, 51);
		ck_assert_uint_eq(end_of(A)->pkts, 5);
		ck_assert_uint_eq(talk.conn.report.rtt_count, 2);
	}
}
END_TEST

START_TEST(tracker_without_analysis_counts_and_follows_states)
{
	const struct track_events events = { .arg = NULL };

	tracker_fini(&talk.tracker, &talk.conn);
	tracker_init(&talk.tracker, &events, true, false);
	talk_open(&talk);
	talk_say(&talk, A, TCP_ACK, 1, 100, 1);
	talk_say(&talk, A, TCP_RST, 101, 0, 0);
	ck_assert_ptr_null(talk.conn.analysis);
	ck_assert_uint_eq(end_of(A)->bytes, 100);
	ck_assert_int_eq(end_of(A)->nxt, 101);
	ck_assert_uint_eq(end_of(A)->state, STATE_CLOSED);
}
END_TEST

START_TEST(segment_without_memory_for_its_analysis_is_counted)
{
	mem_fail_after(1);
	ck_assert_int_eq(talk_say(&talk, A, TCP_SYN, 0, 0, 0), -ERR_NOMEM);
	ck_assert_uint_eq(end_of(A)->pkts, 1);
	ck_assert_uint_eq(talk.conn.lifecycle[A].syn_count, 1);
	ck_assert_uint_eq(end_of(A)->state, STATE_SYN_SENT);
	ck_assert_uint_eq(talk.told, 1);
	mem_fail_after(0);
	ck_assert_int_eq(talk_say(&talk, B, TCP_SYN | TCP_ACK, 0, 0, 1), 0);
	ck_assert_ptr_nonnull(talk.conn.analysis);
}
END_TEST

START_TEST(retransmission_without_memory_for_its_proof_is_forgotten)
{
	talk_open(&talk);
	talk_say(&talk, A, TCP_ACK, 1, 100, 1);
	mem_fail_after(1);
	talk_say(&talk, A, TCP_ACK, 1, 100, 1);
	mem_fail_after(0);
	ck_assert_uint_eq(talk_figures(&talk, A)->judged[JUDGED_UNANSWERED], 1);
	ck_assert_uint_eq(talk_side(&talk, A)->forgotten, 1);
}
END_TEST

/* Once for a connection, and also when its analysis is gone. */
START_TEST(segments_above_the_mss_were_merged)
{
	talk.with.opt.present = OPT_MSS;
	talk.with.opt.mss = 1000;
	talk_say(&talk, A, TCP_SYN, 0, 0, 0);
	talk.with.opt.present = OPT_MSS;
	talk.with.opt.mss = 500;
	talk_say(&talk, B, TCP_SYN | TCP_ACK, 0, 0, 1);
	talk_say(&talk, A, TCP_ACK, 1, 500, 1);
	talk_say(&talk, B, TCP_ACK, 1, 1000, 501);
	ck_assert_uint_eq(tracker_findings(&talk.tracker,
	    &talk.conn).merged, 0);
	talk_say(&talk, A, TCP_ACK, 501, 501, 1001);
	talk_say(&talk, B, TCP_ACK, 1001, 1001, 1002);
	ck_assert_uint_eq(tracker_findings(&talk.tracker,
	    &talk.conn).merged, 1);
	analysis_end(&talk.tracker, &talk.conn);
	ck_assert_uint_eq(tracker_findings(&talk.tracker,
	    &talk.conn).merged, 1);
}
END_TEST

START_TEST(segments_cut_within_the_header_are_counted)
{
	talk_open(&talk);
	talk.with.depth = DEPTH_FLAGS;
	talk_say(&talk, A, TCP_ACK, 1, 10, 1);
	ck_assert_uint_eq(talk.tracker.cut, 1);
	talk.with.depth = DEPTH_PORTS;
	talk_say(&talk, A, TCP_ACK, 11, 10, 1);
	ck_assert_uint_eq(talk.tracker.cut, 2);
	talk.with.depth = DEPTH_FIXED;
	talk_say(&talk, A, TCP_ACK, 21, 10, 1);
	ck_assert_uint_eq(talk.tracker.cut, 2);
}
END_TEST

START_TEST(forgotten_ranges_are_added_up)
{
	talk_open(&talk);
	ck_assert_uint_eq(tracker_findings(&talk.tracker,
	    &talk.conn).forgotten, 0);
	for (int64_t i = 0; i < HOLES_MAX + 9; i++)
		talk_say(&talk, A, TCP_ACK, 2 + 2 * i, 1, 1);
	ck_assert_uint_eq(tracker_findings(&talk.tracker,
	    &talk.conn).forgotten, 9);
}
END_TEST

static void
add_report(Suite *s)
{
	TCase *c = leaks_tcase(s, "report");

	tcase_add_checked_fixture(c, setup, teardown);
	tcase_add_test(c, packets_and_bytes_count_each_time);
	tcase_add_test(c, syn_and_fin_of_both_sides_count_sent_again_too);
	tcase_add_test(c, data_after_the_first_fin_leaves_it_open);
	tcase_add_loop_test(c, originator_is_who_opened_it, 0, 7);
	tcase_add_test(c, syn_captured_late_turns_the_connection_round);
	tcase_add_test(c,
	    connection_lasts_from_its_earliest_to_its_latest_time);
	tcase_add_test(c, windows_are_scaled_when_both_offered_it);
	tcase_add_loop_test(c,
	    windows_are_not_scaled_when_one_did_not_offer_it, 0, 3);
	tcase_add_test(c, windows_of_resets_are_in_the_report_only);
	tcase_add_test(c, window_is_unknown_when_no_syn_was_seen);
	tcase_add_test(c, shift_beyond_14_is_applied_as_14);
}

static void
add_steps(Suite *s)
{
	TCase *c = leaks_tcase(s, "steps");

	tcase_add_checked_fixture(c, setup, teardown);
	tcase_add_test(c, offsets_begin_at_the_syn);
	tcase_add_test(c,
	    offsets_begin_before_the_first_octet_when_no_syn_was_seen);
	tcase_add_test(c, syn_ack_tells_where_the_unseen_syn_was);
	tcase_add_test(c, reset_tells_nothing_of_where_numbers_begin);
	tcase_add_test(c, options_cut_by_the_snapshot_are_not_known);
	tcase_add_loop_test(c, ecn_is_what_both_agreed_on, 0, ECN_WAYS);
	tcase_add_test(c, acked_but_never_captured_is_missed);
	tcase_add_test(c, segment_just_below_the_first_captured_was_not_seen);
	tcase_add_test(c, sack_blocks_are_those_of_the_last_report);
	tcase_add_test(c, dsack_proves_a_retransmission_needless);
	tcase_add_test(c, dsack_takes_back_a_loss_before_the_capture);
	tcase_add_test(c, sack_block_that_ends_before_it_begins_is_none);
	tcase_add_test(c, dsack_below_the_isn_proves_nothing);
	tcase_add_loop_test(c, filler_is_judged_by_what_asked_for_it, 0,
	    ARRAY_LEN(fillers));
	tcase_add_test(c, repeated_ack_that_closes_the_window_is_only_that);
	tcase_add_test(c, zero_window_lasts_until_it_opens);
	tcase_add_test(c, sender_is_limited_until_the_capture_ends);
	tcase_add_test(c, sender_is_limited_while_the_window_is_used_up);
	tcase_add_test(c, sums_of_round_trips_do_not_overflow);
	tcase_add_test(c, sums_of_waits_do_not_exceed_the_time);
	tcase_add_test(c, transitions_are_told_with_how_long_the_state_lasted);
	tcase_add_test(c,
	    header_cut_before_its_flags_is_counted_and_judged_cut);
}

static void
add_life(Suite *s)
{
	TCase *c = leaks_tcase(s, "life");

	tcase_add_checked_fixture(c, setup, teardown);
	tcase_add_test(c, equal_copy_from_elsewhere_is_a_duplicate);
	tcase_add_test(c,
	    equal_copy_from_elsewhere_may_be_what_was_asked_for);
	tcase_add_test(c, an_ip_id_that_never_changes_tells_nothing);
	tcase_add_test(c, an_ip_id_among_others_tells_a_copy);
	tcase_add_test(c, altered_copy_is_one_from_elsewhere_and_at_once);
	tcase_add_test(c, altered_ack_is_a_copy_where_others_are);
	tcase_add_test(c, equal_segment_is_a_copy_unless_it_could_be_sent_again);
	tcase_add_test(c, pieces_are_no_copies_where_the_mtu_has_shrunk);
	tcase_add_test(c, syn_is_not_sent_again_within_milliseconds);
	tcase_add_test(c, equal_ack_is_a_copy_where_copies_are_known);
	tcase_add_test(c, as_many_equal_acks_are_copies_as_of_other_segments);
	tcase_add_test(c, copies_of_data_tell_how_many_there_are);
	tcase_add_test(c, copies_of_a_retransmission_tell_nothing);
	tcase_add_test(c, piece_is_a_copy_unless_it_could_be_sent_again);
	tcase_add_loop_test(c, equal_segment_after_the_close_is_judged_alike,
	    0, 2);
	tcase_add_test(c, timestamp_is_later_than_the_last_of_its_side);
	tcase_add_test(c, lonely_syn_has_no_analysis_unless_it_is_kept);
	tcase_add_loop_test(c,
	    lonely_segment_has_a_packed_analysis_where_it_is_kept, 0, 5);
	tcase_add_loop_test(c,
	    syns_sent_again_are_known_alike_with_and_without_records, 0, 2);
	tcase_add_loop_test(c,
	    syn_sent_again_is_recovered_from_alike_with_and_without_records,
	    0, 2);
	tcase_add_loop_test(c,
	    syns_of_a_clock_that_jumps_are_known_alike_with_and_without_records,
	    0, 2);
	tcase_add_loop_test(c,
	    filler_is_judged_by_ip_id_alike_with_and_without_records, 0, 2);
	tcase_add_test(c, analysis_ends_with_the_connection_unless_it_is_kept);
	tcase_add_test(c, tracker_without_analysis_counts_and_follows_states);
	tcase_add_test(c, segment_without_memory_for_its_analysis_is_counted);
	tcase_add_test(c,
	    retransmission_without_memory_for_its_proof_is_forgotten);
	tcase_add_test(c, forgotten_ranges_are_added_up);
	tcase_add_test(c, segments_above_the_mss_were_merged);
	tcase_add_test(c, segments_cut_within_the_header_are_counted);
}

static Suite *
suite(void)
{
	Suite *s = suite_create("track");

	add_report(s);
	add_steps(s);
	add_life(s);
	return s;
}

int
main(void)
{
	return check_main(suite());
}
