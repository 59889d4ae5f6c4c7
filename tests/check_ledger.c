/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The parts of the ledger; what it books is in segs/ledger_*.seg.
 */
#include "config.h"

#include <check.h>
#include <string.h>

#include "base/compiler.h"
#include "base/nstime.h"
#include "base/pool.h"
#include "check_main.h"
#include "diagnosis/account.h"
#include "diagnosis/ack_ring.h"
#include "diagnosis/causes.h"
#include "diagnosis/long_waits.h"
#include "diagnosis/marks.h"
#include "diagnosis/policer.h"
#include "diagnosis/rounds.h"
#include "diagnosis/spans.h"
#include "leaks.h"
#include "xorshift.h"

/* ---- accounts ---- */

static struct account account;

static int64_t
sum_of(const struct account *a)
{
	int64_t ns[BOOK_COUNT], sum = 0;

	account_read(a, ns);
	for (unsigned i = 0; i < BOOK_COUNT; i++)
		sum += ns[i];
	return sum;
}

START_TEST(accounts_of_an_endpoint_are_pairs)
{
	ck_assert_uint_eq(BOOK_COUNT % 2, BOOK_FIRST_OF % 2);
	ck_assert(!book_is_sided(BOOK_CAPTURE));
	for (unsigned side = 0; side < 2; side++) {
		const enum book book = book_of(BOOK_ZERO, side);

		ck_assert(book_is_sided(book));
		ck_assert_uint_eq(book_side(book), side);
		ck_assert_str_eq(book_key(book), "zero");
	}
	ck_assert_int_ne(book_of(BOOK_ZERO, 1), book_of(BOOK_ACKDELAY, 0));
}
END_TEST

START_TEST(few_accounts_take_no_memory)
{
	const uint64_t before = mem_outstanding();

	memset(&account, 0, sizeof(account));
	for (unsigned i = 0; i < ACCOUNT_FEW; i++) {
		account_add(&account, (enum book)(BOOK_COUNT - 1 - 2 * i), i + 1);
		account_add(&account, (enum book)(BOOK_COUNT - 1 - 2 * i), 10);
	}
	account_add(&account, BOOK_CONNECT, 0);	/* nothing to add */
	ck_assert_uint_eq(mem_outstanding(), before);
	for (unsigned i = 0; i < ACCOUNT_FEW; i++)
		ck_assert_int_eq(account_get(&account,
		    (enum book)(BOOK_COUNT - 1 - 2 * i)), 11 + i);
	ck_assert_int_eq(account_get(&account, BOOK_CONNECT), 0);
	ck_assert_int_eq(sum_of(&account), 6 * 11 + 15);
}
END_TEST

START_TEST(all_accounts_are_kept_apart)
{
	memset(&account, 0, sizeof(account));
	for (unsigned round = 0; round < 2; round++)
		for (unsigned i = 0; i < BOOK_COUNT; i++)
			account_add(&account, (enum book)i, i);
	for (unsigned i = 0; i < BOOK_COUNT; i++)
		ck_assert_int_eq(account_get(&account, (enum book)i), 2 * i);
	account_fini(&account);
}
END_TEST

START_TEST(without_memory_the_sum_is_still_right)
{
	memset(&account, 0, sizeof(account));
	mem_fail_after(1);
	for (unsigned i = 0; i < BOOK_COUNT; i++)
		account_add(&account, (enum book)i, 100 + i);
	mem_fail_after(0);
	ck_assert_int_eq(sum_of(&account),
	    BOOK_COUNT * 100 + BOOK_COUNT * (BOOK_COUNT - 1) / 2);
	account_fini(&account);
}
END_TEST

/* ---- acknowledgments on their way ---- */

static struct pool rings;

static struct ack_ring *
ring_of(int64_t ns)
{
	struct ack_ring *ring;

	ack_ring_pool_init(&rings);
	ring = ack_ring_new(&rings, &(struct ack_mark){ .ns = ns });
	ck_assert_ptr_nonnull(ring);
	return ring;
}

static void
end_ring(struct ack_ring *ring)
{
	ack_ring_free(&rings, ring);
	ck_assert_uint_eq(rings.used, 0);
	pool_fini(&rings);
}

static bool
add(struct ack_ring **ring, int64_t ns, int64_t ack, int64_t keep)
{
	return ack_ring_add(&rings, ring,
	    &(struct ack_mark){ .ns = ns, .ack = ack }, 2, keep);
}

START_TEST(what_had_passed_at_a_time_is_found)
{
	struct ack_ring *ring = ring_of(0);

	for (int64_t i = 1; i <= 5; i++)
		ck_assert(!add(&ring, 10 * i, i, 1000));
	ck_assert_int_eq(ack_ring_at(ring, 9)->ack, 0);
	ck_assert_int_eq(ack_ring_at(ring, 10)->ack, 1);
	ck_assert_int_eq(ack_ring_at(ring, 49)->ack, 4);
	ck_assert_int_eq(ack_ring_at(ring, 1000)->ack, 5);
	/* The path is longer than was thought. */
	ck_assert_int_eq(ack_ring_at(ring, 25)->ack, 2);
	ck_assert_int_eq(ack_ring_at(ring, -5)->ack, 0);
	ck_assert_int_eq(ack_ring_after(ring, 20)->ack, 3);
	ck_assert_ptr_null(ack_ring_after(ring, 50));
	end_ring(ring);
}
END_TEST

START_TEST(marks_that_are_close_become_one)
{
	struct ack_ring *ring = ring_of(0);

	add(&ring, 10, 1, 1000);
	add(&ring, 11, 2, 1000);
	ck_assert_int_eq(ack_ring_newest(ring)->ns, 10);
	ck_assert_int_eq(ack_ring_newest(ring)->ack, 2);
	ck_assert_uint_eq(ring->next, 2);
	end_ring(ring);
}
END_TEST

START_TEST(a_ring_grows_while_its_marks_are_needed)
{
	struct ack_ring *ring = ring_of(0);
	int64_t i;

	for (i = 1; i < ACK_RING_MAX; i++)
		ck_assert(!add(&ring, 10 * i, i, 10 * ACK_RING_MAX));
	ck_assert_uint_eq(ring->size, ACK_RING_MAX);
	for (int64_t at = 0; at < ACK_RING_MAX; at++)
		ck_assert_int_eq(ack_ring_at(ring, 10 * at)->ack, at);
	/* No larger than that: and the caller learns that a mark is gone. */
	ck_assert(add(&ring, 10 * i, i, 10 * ACK_RING_MAX));
	ck_assert_int_eq(ack_ring_at(ring, 0)->ack, 1);
	ck_assert_int_eq(ack_ring_at(ring, 10 * i)->ack, i);
	end_ring(ring);
}
END_TEST

START_TEST(a_ring_drops_what_is_not_needed)
{
	struct ack_ring *ring = ring_of(0);

	for (int64_t i = 1; i < 100 * ACK_RING_MAX; i++) {
		ck_assert(!add(&ring, 10 * i, i, 40));
		ck_assert_int_eq(ack_ring_at(ring, 10 * i - 40)->ack,
		    i < 4 ? 0 : i - 4);
	}
	ck_assert_uint_eq(ring->size, ACK_RING_FEW);
	end_ring(ring);
}
END_TEST

START_TEST(without_memory_a_ring_drops_and_says_so)
{
	struct ack_ring *ring = ring_of(0);

	mem_fail_after(1);
	for (int64_t i = 1; i < ACK_RING_FEW; i++)
		ck_assert(!add(&ring, 10 * i, i, 1000));
	ck_assert(add(&ring, 1000, 9, 10000));
	mem_fail_after(0);
	ck_assert_int_eq(ack_ring_at(ring, 0)->ack, 1);
	end_ring(ring);
}
END_TEST

/* ---- delays and busy time ---- */

START_TEST(jitter_begins_with_the_second_sample)
{
	struct marks m = { .room = 0 };

	marks_init(&m);
	ck_assert_int_eq(marks_jitter(&m), 0);
	marks_add_delay(&m, 40 * NS_PER_MS);
	ck_assert_int_eq(marks_jitter(&m), 0);
	marks_add_delay(&m, 48 * NS_PER_MS);
	ck_assert_int_eq(marks_jitter(&m), 2 * NS_PER_MS);
	marks_add_delay(&m, INT64_MAX);
	ck_assert_uint_eq(m.delay, DELAY_MAX);
}
END_TEST

START_TEST(busy_periods_that_touch_are_one)
{
	struct marks m = { .room = 0 };

	marks_init(&m);
	ck_assert_int_eq(marks_busy_time(&m, 10, 1000), 0);
	marks_begin_busy(&m, 10, 100, false);
	ck_assert_int_eq(marks_busy_time(&m, 10, 130), 40);
	marks_end_busy(&m, 150);
	ck_assert_int_eq(marks_busy_time(&m, 10, 1000), 60);
	/* The acknowledgment and the data cross on the path to it. */
	marks_begin_busy(&m, 10, 160, false);
	marks_end_busy(&m, 200);
	ck_assert_int_eq(marks_busy_time(&m, 10, 1000), 110);
	marks_begin_busy(&m, 10, 300, false);
	marks_end_busy(&m, 310);
	ck_assert_int_eq(marks_busy_time(&m, 10, 1000), 110 + 20);
	/* What a window or a loss held up was there all the time. */
	marks_begin_busy(&m, 10, 900, true);
	marks_end_busy(&m, 910);
	ck_assert_int_eq(marks_busy_time(&m, 10, 1000), 110 + 620);
}
END_TEST

/* ---- durations of one kind ---- */

START_TEST(one_or_two_spans_are_exact_and_take_no_memory)
{
	struct spans spans = { .count = 0 };
	const uint64_t before = mem_outstanding();

	ck_assert_int_eq(spans_quantile(&spans, 500), -1);
	spans_add(&spans, 300, 7);
	ck_assert_int_eq(spans_quantile(&spans, 500), 300);
	spans_add(&spans, 100, 9);
	ck_assert_int_eq(spans_quantile(&spans, 500), 100);
	ck_assert_int_eq(spans_quantile(&spans, 950), 300);
	ck_assert_uint_eq(spans.max_frame, 7);
	ck_assert_uint_eq(mem_outstanding(), before);
}
END_TEST

START_TEST(quantiles_of_spans_are_near)
{
	struct spans spans = { .count = 0 };

	for (int64_t i = 1; i <= 10000; i++)
		spans_add(&spans, i * 37 * NS_PER_US, (uint64_t)i);
	for (unsigned permille = 50; permille < 1000; permille += 50) {
		const int64_t right = 370 * NS_PER_MS * permille / 1000;
		const int64_t found = spans_quantile(&spans, permille);

		ck_assert_int_le(found > right ? found - right :
		    right - found, right / 8);
	}
	ck_assert_int_eq(spans_quantile(&spans, 1000), 370 * NS_PER_MS);
	spans_fini(&spans);
}
END_TEST

START_TEST(merged_spans_are_those_of_all)
{
	struct spans all = { .count = 0 }, few = { .count = 0 };

	for (int64_t i = 0; i < 3; i++)
		spans_add(&all, NS_PER_SEC, 1);
	spans_add(&few, 5 * NS_PER_SEC, 8);
	spans_add(&few, 2 * NS_PER_SEC, 9);
	spans_merge(&few, &all);
	ck_assert_uint_eq(few.count, 5);
	ck_assert_int_eq(few.min, NS_PER_SEC);
	ck_assert_int_eq(few.max, 5 * NS_PER_SEC);
	ck_assert_uint_eq(few.max_frame, 8);
	spans_merge(&all, &few);
	ck_assert_uint_eq(all.count, 8);
	spans_fini(&all);
	spans_fini(&few);
}
END_TEST

/* More values than a bucket can count, one by one and merged. */
START_TEST(quantiles_of_many_spans_are_near)
{
	struct spans slow = { .count = 0 }, quick = { .count = 0 };

	for (unsigned i = 0; i < 300000; i++)
		spans_add(&quick, 10 * NS_PER_MS, 1);
	for (unsigned i = 0; i < 100000; i++)
		spans_add(&slow, NS_PER_SEC, 2);
	ck_assert_uint_ne(quick.shift, slow.shift);
	spans_merge(&slow, &quick);
	for (unsigned i = 0; i < 200000; i++)
		spans_add(&slow, 10 * NS_PER_MS, 3);
	ck_assert_uint_eq(slow.count, 600000);
	/* A sixth of all is slow. */
	ck_assert_int_lt(spans_quantile(&slow, 820), 20 * NS_PER_MS);
	ck_assert_int_gt(spans_quantile(&slow, 845), 500 * NS_PER_MS);
	spans_merge(&quick, &slow);
	ck_assert_int_lt(spans_quantile(&quick, 880), 20 * NS_PER_MS);
	ck_assert_int_gt(spans_quantile(&quick, 900), 500 * NS_PER_MS);
	spans_fini(&slow);
	spans_fini(&quick);
}
END_TEST

/* ---- long waits ---- */

START_TEST(the_longest_wait_of_each_account_is_kept)
{
	struct long_waits *waits = NULL;

	ck_assert_ptr_null(long_waits_of(waits, BOOK_WAIT));
	for (unsigned i = 0; i < 7; i++)
		long_waits_add(&waits, (enum book)(BOOK_WAIT + i),
		    100 + i, 200, 1, 2);
	long_waits_add(&waits, BOOK_WAIT, 90, 190, 3, 4);
	long_waits_add(&waits, BOOK_PAUSE, 900, 1900, 5, 6);
	ck_assert_int_eq(long_waits_of(waits, BOOK_WAIT)->ns, 100);
	ck_assert_uint_eq(long_waits_of(waits, BOOK_WAIT)->count, 2);
	ck_assert_uint_eq(long_waits_of(waits, BOOK_PAUSE)->from_frame, 5);
	ck_assert_uint_eq(long_waits_of(waits, BOOK_PAUSE)->frame, 6);
	ck_assert_ptr_null(long_waits_of(waits, BOOK_IDLE));
	mem_free(waits);
}
END_TEST

START_TEST(a_reaction_is_smoothed)
{
	struct sender sender = { .reaction = 0 };

	for (unsigned i = 0; i < 40; i++)
		marks_add_reaction(&sender, 10 * NS_PER_MS);
	ck_assert_int_gt(sender.reaction, 9 * NS_PER_MS);
	ck_assert_int_lt(sender.reaction_dev, NS_PER_MS);
}
END_TEST

/* ---- policers ---- */

#define MSS		1000
#define RTT_NS		(40 * NS_PER_MS)
#define GAP_NS		NS_PER_MS	/* between segments: 1 MB/s */
#define RATE		UINT64_C(600000)
#define DEPTH		60000

enum fate {
	SENT,
	LOST,
	NOT_SENT
};

/*
 * A sender of a segment each GAP_NS at most; `fate` decides about them.  The
 * log begins with the first loss.
 */
static struct policer
find_among(unsigned segments, enum fate (*fate)(unsigned i, void *), void *arg)
{
	struct policer_log *log = NULL;
	struct policer found;

	for (unsigned i = 0; i < segments; i++) {
		const int64_t now = 1 + (int64_t)i * GAP_NS;
		const enum fate what = fate(i, arg);

		if (what != NOT_SENT && (log != NULL || what == LOST))
			policer_pass(&log, &(struct pass){ .ns = now,
			    .len = MSS, .is_new = true }, MSS);
		if (what == LOST)
			policer_lost(log, now, MSS);
	}
	found = policer_find(log, MSS, RTT_NS);
	mem_free(log);
	return found;
}

/* A sender that slows down, again and again, and a token bucket. */
static enum fate
pass_bucket(unsigned i, void *arg)
{
	int64_t *fill = arg;

	*fill += (int64_t)(RATE * (uint64_t)GAP_NS / NS_PER_SEC);
	if (*fill > DEPTH)
		*fill = DEPTH;
	if (i / 250 % 2 == 1 && i % 3 != 0)
		return NOT_SENT;
	if (*fill < MSS)
		return LOST;
	*fill -= MSS;
	return SENT;
}

START_TEST(a_token_bucket_is_found)
{
	int64_t fill = DEPTH;
	const struct policer found = find_among(2500, pass_bucket, &fill);

	ck_assert_uint_gt(found.rate, RATE / 100 * 96);
	ck_assert_uint_lt(found.rate, RATE / 100 * 104);
}
END_TEST

/*
 * Bursts of 40 segments in one instant, which pass a bucket and are judged a
 * round trip later: all marks of a burst have the same time.
 */
START_TEST(a_bucket_is_found_by_bursts)
{
	struct policer_log *log = NULL;
	struct policer found;
	int64_t fill = 0;

	for (unsigned burst = 0; burst < 60; burst++) {
		const unsigned count = burst % 4 == 0 ? 10 : 40;
		const int64_t now = 1 + (int64_t)burst * RTT_NS;
		unsigned lost = 0;

		fill += (int64_t)(RATE * (uint64_t)RTT_NS / NS_PER_SEC);
		if (fill > DEPTH)
			fill = DEPTH;
		for (unsigned i = 0; i < count; i++) {
			policer_pass(&log, &(struct pass){ .ns = now,
			    .len = MSS, .is_new = true }, MSS);
			if (fill < MSS)
				lost++;
			else
				fill -= MSS;
		}
		while (lost-- > 0)
			policer_lost(log, now, MSS);
	}
	found = policer_find(log, MSS, RTT_NS);
	ck_assert_uint_gt(found.rate, RATE / 100 * 96);
	ck_assert_uint_lt(found.rate, RATE / 100 * 104);
	mem_free(log);
}
END_TEST

static enum fate
lose_bursts(unsigned i, void *arg)
{
	(void)arg;
	return i % 250 < 10 ? LOST : SENT;
}

START_TEST(a_few_bursts_of_losses_are_no_policer)
{
	ck_assert_uint_eq(find_among(900, lose_bursts, NULL).rate, 0);
}
END_TEST

static enum fate
lose_at_random(unsigned i, void *arg)
{
	(void)i;
	return xorshift_below(arg, 50) == 0 ? LOST : SENT;
}

START_TEST(random_losses_are_no_policer)
{
	for (uint64_t seed = 1; seed <= 20; seed++) {
		struct xorshift random = { seed * 7919 };

		ck_assert_uint_eq(find_among(900, lose_at_random, &random).rate, 0);
	}
}
END_TEST

START_TEST(a_log_that_has_ended_takes_no_losses)
{
	struct policer_log *log = NULL;
	int64_t now = 0;
	uint32_t lost;

	for (unsigned i = 0; i < 2 * POLICER_MARKS; i++) {
		now += 2 * NS_PER_MS;
		policer_pass(&log, &(struct pass){ .ns = now,
			    .len = MSS, .is_new = true }, MSS);
	}
	ck_assert_uint_eq(log->count, POLICER_MARKS);
	lost = log->lost;
	policer_lost(log, now, MSS);
	policer_missing(log, 3);
	ck_assert_uint_eq(log->lost, lost);
	policer_lost(log, log->begin_ns + NS_PER_MS, MSS);
	ck_assert_uint_eq(log->lost, lost + 1);
	mem_free(log);
}
END_TEST

/* ---- rounds ---- */

START_TEST(a_queue_stands_if_no_sample_is_short)
{
	struct rounds r = { .delays = 0 };

	ck_assert(!rounds_have_queue(&r, RTT_NS));
	r.delay_before = RTT_NS + NS_PER_MS;
	ck_assert(!rounds_have_queue(&r, RTT_NS));
	r.delay_before = RTT_NS + 5 * NS_PER_MS;
	ck_assert(rounds_have_queue(&r, RTT_NS));
	/* A tenth of a long path is within what it varies. */
	ck_assert(!rounds_have_queue(&r, RTT_NS + NS_PER_MS));
}
END_TEST

START_TEST(the_least_delay_of_a_round_is_kept)
{
	struct rounds r = { .delays = 0 };

	rounds_delay(&r, 50 * NS_PER_MS);
	rounds_delay(&r, 42 * NS_PER_MS);
	rounds_delay(&r, 60 * NS_PER_MS);
	rounds_delay(&r, INT64_MAX);
	ck_assert_int_eq(r.delay_min, 42 * NS_PER_MS);
	ck_assert_uint_eq(r.delays, 4);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("ledger");
	TCase *tc = leaks_tcase(s, "accounts");

	tcase_add_test(tc, accounts_of_an_endpoint_are_pairs);
	tcase_add_test(tc, few_accounts_take_no_memory);
	tcase_add_test(tc, all_accounts_are_kept_apart);
	tcase_add_test(tc, without_memory_the_sum_is_still_right);
	tc = leaks_tcase(s, "rings");
	tcase_add_test(tc, what_had_passed_at_a_time_is_found);
	tcase_add_test(tc, marks_that_are_close_become_one);
	tcase_add_test(tc, a_ring_grows_while_its_marks_are_needed);
	tcase_add_test(tc, a_ring_drops_what_is_not_needed);
	tcase_add_test(tc, without_memory_a_ring_drops_and_says_so);
	tc = leaks_tcase(s, "marks");
	tcase_add_test(tc, jitter_begins_with_the_second_sample);
	tcase_add_test(tc, busy_periods_that_touch_are_one);
	tcase_add_test(tc, a_reaction_is_smoothed);
	tc = leaks_tcase(s, "policers");
	tcase_add_test(tc, a_token_bucket_is_found);
	tcase_add_test(tc, a_bucket_is_found_by_bursts);
	tcase_add_test(tc, a_few_bursts_of_losses_are_no_policer);
	tcase_add_test(tc, random_losses_are_no_policer);
	tcase_add_test(tc, a_log_that_has_ended_takes_no_losses);
	tc = leaks_tcase(s, "rounds");
	tcase_add_test(tc, a_queue_stands_if_no_sample_is_short);
	tcase_add_test(tc, the_least_delay_of_a_round_is_kept);
	tc = leaks_tcase(s, "spans");
	tcase_add_test(tc, one_or_two_spans_are_exact_and_take_no_memory);
	tcase_add_test(tc, quantiles_of_spans_are_near);
	tcase_add_test(tc, merged_spans_are_those_of_all);
	tcase_add_test(tc, quantiles_of_many_spans_are_near);
	tcase_add_test(tc, the_longest_wait_of_each_account_is_kept);
	return s;
}

int
main(void)
{
	return check_main(suite());
}
