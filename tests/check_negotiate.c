/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the SYNs establish: the base of each sequence space, which of several
 * SYN-ACKs counts, and the options that are offered.
 */
#include "config.h"

#include <check.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/seq.h"
#include "check_main.h"
#include "leaks.h"
#include "talk.h"

#define OFFERS	(OPT_MSS | OPT_WSCALE | OPT_SACK_PERMITTED | OPT_TIMESTAMP)

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
endpoint(unsigned side)
{
	return &talk.conn.endpoint[side];
}

/* The next segment has these options. */
static void
offer(unsigned present, uint16_t mss, uint8_t wscale)
{
	talk.with.depth = DEPTH_OPTIONS;
	talk.with.opt.present = (uint16_t)present;
	talk.with.opt.mss = mss;
	talk.with.opt.wscale = wscale;
	talk.with.opt.tsval = 1;
}

static void
syn(void)
{
	talk_say(&talk, A, TCP_SYN, 0, 0, 0);
}

/* A SYN-ACK whose ISN is `isn` above that of the harness. */
static void
synack(int64_t isn)
{
	talk.now_ns += TALK_MS(1);
	talk_say(&talk, B, TCP_SYN | TCP_ACK, isn, 0, 1);
}

static void
ack(int64_t acked)
{
	talk.now_ns += TALK_MS(10);
	talk_say(&talk, A, TCP_ACK, 1, 0, acked);
}

static uint32_t
isn_of_b(void)
{
	return endpoint(B)->isn - talk.isn[B];
}

/* ---- the base ---- */

START_TEST(syn_is_the_base_of_its_sender)
{
	syn();
	ck_assert(endpoint(A)->has_base && endpoint(A)->has_isn);
	ck_assert_uint_eq(endpoint(A)->isn, talk.isn[A]);
	ck_assert_int_eq(endpoint(A)->nxt, 1);
	ck_assert(!endpoint(B)->has_base);
}
END_TEST

START_TEST(synack_tells_the_base_of_a_syn_not_captured)
{
	synack(0);
	ck_assert(endpoint(A)->has_base && !endpoint(A)->has_isn);
	ck_assert_uint_eq(endpoint(A)->isn, talk.isn[A]);
	ck_assert(endpoint(B)->has_isn);
}
END_TEST

START_TEST(first_segment_begins_at_offset_1_without_syns)
{
	talk_say(&talk, A, TCP_ACK, 5000, 100, 1);
	ck_assert_uint_eq(endpoint(A)->isn, talk.isn[A] + 4999);
	ck_assert_int_eq(endpoint(A)->nxt, 101);
	ck_assert(!endpoint(B)->has_base);
}
END_TEST

START_TEST(rst_is_no_base)
{
	talk_say(&talk, A, TCP_RST, 5000, 0, 0);
	ck_assert(!endpoint(A)->has_base);
}
END_TEST

/* ---- several SYN-ACKs ---- */

START_TEST(acknowledged_synack_counts)
{
	static const int64_t isns[] = { 0, 777777, -4000 };

	/* The first, or the last of two, is acknowledged. */
	for (unsigned chosen = 0; chosen < 2; chosen++) {
		for (unsigned i = 1; i < ARRAY_LEN(isns); i++) {
			const int64_t isn = chosen == 0 ? 0 : isns[i];

			talk_end(&talk);
			talk_begin(&talk, true);
			syn();
			synack(0);
			synack(isns[i]);
			ck_assert_uint_eq(isn_of_b(), 0);
			ack(isn + 1);
			ck_assert_uint_eq(isn_of_b(), (uint32_t)isn);
			ck_assert_int_eq(endpoint(B)->nxt, 1);
			ck_assert_int_eq(endpoint(B)->una, 1);
			ck_assert_int_eq(talk_analysis(&talk)->rtt_ack,
			    chosen == 0 ? TALK_MS(11) : TALK_MS(10));
		}
	}
}
END_TEST

START_TEST(synack_repeated_is_no_rival)
{
	syn();
	synack(0);
	synack(0);
	ck_assert(!talk_analysis(&talk)->track[B].has_rival);
	synack(9);
	ck_assert(talk_analysis(&talk)->track[B].has_rival);
	ack(1);
	ck_assert(!talk_analysis(&talk)->track[B].has_rival);
}
END_TEST

START_TEST(late_synack_changes_nothing)
{
	syn();
	offer(OFFERS, 1460, 7);
	synack(0);
	ack(1);
	offer(OFFERS, 500, 2);
	synack(777777);
	ck_assert_uint_eq(isn_of_b(), 0);
	ck_assert_uint_eq(endpoint(B)->mss, 1460);
	ck_assert_uint_eq(endpoint(B)->wscale, 7);
	ck_assert(talk_is(&talk, JUDGED_UNACCEPTABLE));
}
END_TEST

START_TEST(ack_of_no_synack_seen_tells_the_isn)
{
	syn();
	synack(0);
	ack(123456789);
	ck_assert_uint_eq(isn_of_b(), 123456788);
	ck_assert_int_eq(endpoint(B)->una, 1);
}
END_TEST

START_TEST(options_come_with_the_synack_that_counts)
{
	offer(OFFERS, 1400, 5);
	syn();
	offer(OFFERS, 1460, 7);
	synack(0);
	offer(OPT_MSS, 500, 0);
	synack(777777);
	ck_assert(endpoint(B)->has_wscale);
	ack(777778);
	ck_assert_uint_eq(endpoint(B)->mss, 500);
	ck_assert(!endpoint(B)->has_wscale);
	ck_assert(!endpoint(B)->has_timestamps);
	ck_assert(!endpoint(B)->has_sack_permitted);
	ck_assert(conn_knows_scaling(&talk.conn));
}
END_TEST

/* ---- options ---- */

START_TEST(bare_syn_withdraws_no_option)
{
	offer(OFFERS, 1460, 7);
	syn();
	offer(OPT_MSS, 536, 0);
	syn();
	ck_assert_uint_eq(endpoint(A)->mss, 536);
	ck_assert(endpoint(A)->has_wscale && endpoint(A)->wscale == 7);
	ck_assert(endpoint(A)->has_sack_permitted);
	ck_assert(endpoint(A)->has_timestamps);
}
END_TEST

START_TEST(options_that_were_cut_are_not_known_whole)
{
	talk.with.depth = DEPTH_FIXED;
	syn();
	ck_assert(!endpoint(A)->has_options);
	offer(OFFERS | OPT_MALFORMED, 1460, 7);
	syn();
	ck_assert(!endpoint(A)->has_options);
	offer(OFFERS, 1460, 7);
	syn();
	ck_assert(endpoint(A)->has_options);
}
END_TEST

/* RFC 3168, 6.1.1, and RFC 9768, 3.1.1. */
static const struct {
	unsigned syn;
	unsigned synack;
	enum ecn_use use;
} ecns[] = {
	{ 0, TCP_ECE, ECN_NONE },
	{ TCP_ECE | TCP_CWR, 0, ECN_NONE },
	{ TCP_ECE | TCP_CWR, TCP_ECE, ECN_CLASSIC },
	{ TCP_ECE | TCP_CWR, TCP_CWR, ECN_NONE },
	{ TCP_AE | TCP_ECE | TCP_CWR, TCP_ECE, ECN_CLASSIC },
	{ TCP_AE | TCP_ECE | TCP_CWR, TCP_CWR, ECN_ACCURATE },
	{ TCP_AE | TCP_ECE | TCP_CWR, TCP_AE, ECN_ACCURATE },
	{ TCP_AE | TCP_ECE | TCP_CWR, TCP_AE | TCP_CWR, ECN_ACCURATE },
	{ TCP_AE | TCP_ECE | TCP_CWR, TCP_ECE | TCP_CWR, ECN_ACCURATE },
	{ TCP_AE | TCP_ECE | TCP_CWR, TCP_AE | TCP_ECE | TCP_CWR, ECN_NONE },
};

START_TEST(ecn_is_offered_and_taken)
{
	talk_say(&talk, A, TCP_SYN | ecns[_i].syn, 0, 0, 0);
	talk_say(&talk, B, TCP_SYN | TCP_ACK | ecns[_i].synack, 0, 0, 1);
	ck_assert_int_eq(talk_analysis(&talk)->ecn, ecns[_i].use);
}
END_TEST

/* A sender that suspects the path repeats its SYN without ECN. */
START_TEST(ecn_of_the_first_syn_may_be_taken)
{
	talk_say(&talk, A, TCP_SYN | TCP_ECE | TCP_CWR, 0, 0, 0);
	syn();
	talk_say(&talk, B, TCP_SYN | TCP_ACK | TCP_ECE, 0, 0, 1);
	ck_assert_int_eq(talk_analysis(&talk)->ecn, ECN_CLASSIC);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("negotiate");
	TCase *c = leaks_tcase(s, "negotiate");

	tcase_add_checked_fixture(c, setup, teardown);
	tcase_add_test(c, syn_is_the_base_of_its_sender);
	tcase_add_test(c, synack_tells_the_base_of_a_syn_not_captured);
	tcase_add_test(c, first_segment_begins_at_offset_1_without_syns);
	tcase_add_test(c, rst_is_no_base);
	tcase_add_test(c, acknowledged_synack_counts);
	tcase_add_test(c, synack_repeated_is_no_rival);
	tcase_add_test(c, late_synack_changes_nothing);
	tcase_add_test(c, ack_of_no_synack_seen_tells_the_isn);
	tcase_add_test(c, options_come_with_the_synack_that_counts);
	tcase_add_test(c, bare_syn_withdraws_no_option);
	tcase_add_test(c, options_that_were_cut_are_not_known_whole);
	tcase_add_loop_test(c, ecn_is_offered_and_taken, 0,
	    (int)ARRAY_LEN(ecns));
	tcase_add_test(c, ecn_of_the_first_syn_may_be_taken);
	return s;
}

int
main(void)
{
	return check_main(suite());
}
