/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The Nth allocation fails, and all after it, for N from 1 until none fails
 * (where there are many, the later ones in strides): no crash, nothing left
 * behind, and what was counted stays true.
 */
#include "config.h"

#include <check.h>
#include <string.h>

#include "base/compiler.h"
#include "base/err.h"
#include "check_main.h"
#include "hold.h"
#include "leaks.h"
#include "packet.h"
#include "engine/engine.h"
#include "trace.h"

#define FRAMES_MAX	150	/* of a sample: the rest adds nothing new */
#define EVERY		150	/* of the first 150 allocations... */
#define STRIDE		37	/* ...and of one in 37 after them */

static struct trace trace;

/* Did the run before this call meet a failure, or would the next allocation? */
static bool
has_failed(void)
{
	void *probe = mem_zalloc(1);

	mem_free(probe);
	return probe == NULL;
}

static void
books_balance(const struct tcpstates *ts, uint64_t given, uint64_t errors)
{
	const struct tcpstates_totals *totals = tcpstates_totals(ts);
	uint64_t sum = 0, conns = 0, pkts = 0, number = 0;

	HOLD(totals->frames == given);
	for (unsigned i = 0; i < VERDICT_COUNT; i++)
		sum += totals->verdicts[i];
	HOLD(sum == given);
	for (const struct conn *conn = tcpstates_first(ts); conn != NULL;
	    conn = conn->next) {
		HOLD(conn->number > number);
		number = conn->number;
		conns++;
		HOLD(conn->endpoint[0].pkts + conn->endpoint[1].pkts > 0);
		pkts += conn->endpoint[0].pkts + conn->endpoint[1].pkts;
	}
	HOLD(conns + totals->left_out.total == totals->conns);
	if (totals->left_out.total > 0)
		return;
	/* A segment without a connection was reported as an error. */
	HOLD(pkts <= totals->verdicts[VERDICT_SEGMENT]);
	HOLD(pkts + errors >= totals->verdicts[VERDICT_SEGMENT]);
}

/* Ways to run: all in report mode, all kept, and under limits. */
static const struct way {
	bool keep;
	struct limits limits;
} ways[] = {
	{ .keep = false },
	{ .keep = true },
	{ .keep = true, .limits = { .max_conns = 300, .max_ended = 5,
	    .idle_ns = INT64_C(100000000), .linger_ns = 1000000 } },
};

/* One run whose nth allocation fails; false when none did. */
static bool
run(const struct frame *frames, size_t count, const struct way *way,
    uint64_t nth)
{
	const struct tcpstates_options options = {
		.keep_analysis = way->keep,
		.limits = way->limits,
		.hash_key = { UINT64_C(0x0123456789abcdef), 77 },
	};
	struct tcpstates *ts;
	uint64_t errors = 0;
	bool failed;

	mem_fail_after(nth);
	ts = tcpstates_new(&options);
	for (size_t i = 0; ts != NULL && i < count; i++) {
		const int err = tcpstates_frame(ts, &frames[i]);

		HOLD(err == 0 || err == -ERR_NOMEM);
		errors += err != 0;
	}
	failed = has_failed();
	mem_fail_after(0);
	if (ts == NULL)
		return true;
	HOLD(failed || errors == 0);
	tcpstates_finish(ts);
	books_balance(ts, count, errors);
	tcpstates_free(ts);
	return failed;
}

/* Memory comes back half way: what follows is counted as ever. */
static void
run_and_recover(const struct frame *frames, size_t count,
    const struct limits *limits, uint64_t nth)
{
	const struct tcpstates_options options = {
		.limits = *limits,
		.hash_key = { 3, 77 },
	};
	struct tcpstates *ts;
	uint64_t errors = 0;

	mem_fail_after(nth);
	ts = tcpstates_new(&options);
	for (size_t i = 0; ts != NULL && i < count; i++) {
		if (i == count / 2)
			mem_fail_after(0);
		errors += tcpstates_frame(ts, &frames[i]) != 0;
	}
	mem_fail_after(0);
	if (ts == NULL)
		return;
	tcpstates_finish(ts);
	books_balance(ts, count, errors);
	tcpstates_free(ts);
}

static void
walk(const struct frame *frames, size_t count)
{
	for (size_t i = 0; i < ARRAY_LEN(ways); i++) {
		const uint64_t before = mem_outstanding();
		uint64_t nth = 1;

		for (; run(frames, count, &ways[i], nth);
		    nth += nth < EVERY ? 1 : STRIDE) {
			HOLD(mem_outstanding() == before);
			if (ways[i].keep)
				run_and_recover(frames, count,
				    &ways[i].limits, nth);
			HOLD(mem_outstanding() == before);
		}
		/* Engine, decoder, tables, a slab at least. */
		HOLD(nth > 5);
	}
}

START_TEST(sample_survives_failure_of_any_allocation)
{
	const char *path = trace_sample((unsigned)_i);

	if (path == NULL || !trace_read(&trace, path))
		return;
	walk(trace.frames,
	    trace.count < FRAMES_MAX ? trace.count : FRAMES_MAX);
	trace_free(&trace);
}
END_TEST

/*
 * Many connections and fragments, so that tables grow; a stream with holes,
 * so that its arrays do.
 */
#define CONNS	800	/* more than a new table holds */
#define MADE	(2 * CONNS + 400)

static struct packet packets[MADE];
static struct frame made[MADE];
static size_t made_count;

static struct packet *
new_packet(void)
{
	struct packet *p = &packets[made_count++];

	HOLD(made_count <= MADE);
	packet_start(p, LINKTYPE_ETHERNET);
	packet_ip4(p, &(struct packet_ip4){ .id = (uint16_t)made_count });
	return p;
}

static void
make_frames(void)
{
	for (size_t i = 0; i < made_count; i++)
		made[i] = (struct frame){
			.time_ns = (int64_t)i * 1000000,
			.number = i + 1,
			.bytes = packets[i].bytes,
			.captured_len = (uint32_t)packets[i].len,
			.wire_len = (uint32_t)packets[i].len,
			.linktype = LINKTYPE_ETHERNET,
		};
}

START_TEST(growing_tables_survive_failure_of_any_allocation)
{
	made_count = 0;
	for (unsigned i = 0; i < 2 * CONNS; i++) {
		struct packet *p = new_packet();

		packet_tcp(p, &(struct packet_tcp){
		    .src_port = (uint16_t)(1024 + i / 2),
		    .seq = i % 2,
		    .flags = i % 2 ? TCP_ACK : TCP_SYN,
		});
		packet_finish(p);
	}
	make_frames();
	walk(made, made_count);
}
END_TEST

START_TEST(growing_ranges_survive_failure_of_any_allocation)
{
	made_count = 0;
	for (unsigned i = 0; i < 400; i++) {
		struct packet *p = new_packet();

		packet_tcp(p, &(struct packet_tcp){
		    .seq = 1 + 20 * i,
		    .ack = 1,
		    .flags = TCP_ACK,
		    .window = 1000,
		});
		packet_payload(p, 10);
		packet_finish(p);
	}
	make_frames();
	walk(made, made_count);
}
END_TEST

START_TEST(growing_fragments_survive_failure_of_any_allocation)
{
	struct packet whole;

	made_count = 0;
	for (unsigned i = 0; i < 100; i++) {
		packet_start(&whole, LINKTYPE_ETHERNET);
		packet_ip4(&whole, &(struct packet_ip4){ .id = 1 });
		packet_tcp(&whole, &(struct packet_tcp){ .seq = i });
		packet_payload(&whole, 200);
		packet_finish(&whole);
		packet_fragment(&packets[made_count++], &whole, 100 + i, 0,
		    80);
		if (i % 2 == 0)
			packet_fragment(&packets[made_count++], &whole,
			    100 + i, 80, 140);
	}
	make_frames();
	walk(made, made_count);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("oom");
	TCase *c = leaks_tcase(s, "oom");

	tcase_set_timeout(c, 120);
	tcase_add_loop_test(c, sample_survives_failure_of_any_allocation, 0,
	    (int)trace_sample_count());
	tcase_add_test(c, growing_tables_survive_failure_of_any_allocation);
	tcase_add_test(c, growing_ranges_survive_failure_of_any_allocation);
	tcase_add_test(c,
	    growing_fragments_survive_failure_of_any_allocation);
	return s;
}

int
main(void)
{
	return check_main(suite());
}
