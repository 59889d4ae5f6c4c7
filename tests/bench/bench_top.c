/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the live screen costs, as a share of the processor time of a second of a
 * million frames; for `make bench`.
 *
 *	bench_top [SECONDS [CONNECTIONS]]
 *
 * Two engines track the same frames in turn, batch by batch, on one thread: one
 * as for `-i eth0 -J`, the other one with the live screen, which draws four
 * pictures per second of the frames' clock.  Processor time of the thread is
 * taken around each batch and each slice of the screen, so that other programs
 * on the machine disturb both engines alike, and what a slice evicts from the
 * caches is in the second engine's time.  "drawing" is the time of the slices
 * alone, "in all" what the second engine takes more than the first; of each the
 * median of SECONDS (9) seconds.  Without CONNECTIONS: 10, 1000 and 100 000.
 */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bench.h"
#include "base/compiler.h"
#include "base/nstime.h"
#include "engine/engine.h"
#include "top/top.h"

#define BATCH		4096	/* frames between two ticks, as live */
#define STEP_NS		1000	/* from frame to frame */
#define TRAIN		12	/* frames of a connection at a time */
#define DATA_LEN	1400
#define SECONDS_MAX	99
#define OUTPUT		16384	/* as cli/terminal.h */

struct talk {
	uint32_t step;
	uint32_t next[2];	/* offsets of the endpoints */
};

struct load {
	struct talk *talks;
	size_t conns;
	uint64_t made;
	struct frame frames[BATCH];
	uint8_t bytes[BATCH][BENCH_FRAME_ROOM];
	uint8_t buf[SEGFRAME_MAX];
};

struct side {
	struct tcpstates *engine;
	struct top *top;	/* NULL: without the screen */
	int64_t all_ns;		/* of this second */
	int64_t drawing_ns;
	size_t written;
};

static int64_t
thread_ns(void)
{
	return bench_cpu_ns(CLOCK_THREAD_CPUTIME_ID);
}

/* A handshake, then two segments of the responder and an ACK, for ever. */
static struct segspec
next_segment(struct talk *talk, size_t conn, uint32_t tsval)
{
	const uint32_t step = talk->step++;
	const bool by_resp = step == 1 || (step > 2 && step % 3 != 2);
	const uint32_t len = step > 2 && by_resp ? DATA_LEN : 0;
	const uint32_t isn = (uint32_t)conn * 7919u;
	struct segspec spec = bench_segment(conn, by_resp, tsval);

	spec.seq = isn + talk->next[by_resp];
	spec.ack = step > 0 ? isn + talk->next[!by_resp] : 0;
	spec.flags = step == 0 ? TCP_SYN : step == 1 ? TCP_SYN | TCP_ACK :
	    TCP_ACK;
	spec.len = len;
	talk->next[by_resp] += len + (step < 2);
	return spec;
}

static void
make_batch(struct load *load)
{
	for (unsigned i = 0; i < BATCH; i++, load->made++) {
		const size_t conn = load->made / TRAIN % load->conns;
		const struct segspec spec = next_segment(&load->talks[conn],
		    conn, (uint32_t)(load->made / 1000) + 1);
		struct frame *frame = &load->frames[i];

		*frame = (struct frame){
			.bytes = load->bytes[i],
			.time_ns = (int64_t)load->made * STEP_NS,
			.number = load->made + 1,
			.linktype = LINKTYPE_ETHERNET,
		};
		frame->captured_len = segframe_build(&spec, load->buf,
		    &frame->wire_len);
		memcpy(load->bytes[i], load->buf, frame->captured_len);
	}
}

/* As for an interface: see choose_limits() in cli/options.c. */
static void
begin_side(struct side *side, bool has_screen)
{
	const struct tcpstates_options options = {
		.hash_key = { 1, 2 },
		.is_batched = true,
		.keep_analysis = true,
		.diagnose = true,
		.tally = has_screen,
		.limits = {
			.max_conns = 1000000,
			.max_ended = 250000,
			.max_pending = UINT64_C(256) << 20,
			.half_open_ns = 130 * NS_PER_SEC,
			.idle_ns = 3600 * NS_PER_SEC,
			.linger_ns = 120 * NS_PER_SEC,
		},
	};

	*side = (struct side){ .engine = tcpstates_new(&options) };
	if (has_screen)
		side->top = top_new(ORDER_TROUBLE, false);
	if (side->engine == NULL || (has_screen && side->top == NULL))
		exit(1);
	if (has_screen)
		top_resize(side->top, 40, 132);
}

static NOINLINE void
track(struct side *side, const struct load *load)
{
	for (unsigned i = 0; i < BATCH; i++)
		if (tcpstates_frame(side->engine, &load->frames[i]) != 0)
			exit(1);
	if (tcpstates_flush(side->engine) != 0)
		exit(1);
}

/* A tick of cli/topscreen.c. */
static NOINLINE void
draw(struct side *side, int64_t frames_ns)
{
	static char buf[OUTPUT];
	const struct screen_style style = { true, true };
	const struct top_input input = {
		.name = "eth0",
		.clock = "12:04:31",
		.now_ns = frames_ns,
		.frames_ns = frames_ns,
		.is_live = true,
		.has_dropped = true,
	};
	const bool has_work = top_work(side->top, side->engine, &input);

	top_watch(side->top, side->engine);
	if (!has_work)
		side->written += top_output(side->top, &style, buf,
		    sizeof(buf));
}

static void
run_batch(struct side *side, const struct load *load)
{
	const int64_t begun_ns = thread_ns();
	int64_t tracked_ns;

	track(side, load);
	tracked_ns = thread_ns();
	if (side->top != NULL)
		draw(side, (int64_t)load->made * STEP_NS);
	side->all_ns += thread_ns() - begun_ns;
	side->drawing_ns += thread_ns() - tracked_ns;
}

static int
compare_shares(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static double
median(double *shares, unsigned count)
{
	qsort(shares, count, sizeof(*shares), compare_shares);
	return shares[count / 2];
}

/* A second of the frames' clock, on both sides. */
static void
run_second(struct load *load, struct side side[2])
{
	for (unsigned i = 0; i < 2; i++)
		side[i].all_ns = side[i].drawing_ns = 0;
	for (unsigned n = 0; n < NS_PER_SEC / STEP_NS / BATCH; n++) {
		make_batch(load);
		run_batch(&side[n % 2], load);
		run_batch(&side[1 - n % 2], load);
	}
}

static void
measure(size_t conns, unsigned seconds)
{
	struct load *load = bench_room(1, sizeof(*load));
	double drawing[SECONDS_MAX], all[SECONDS_MAX], frame[SECONDS_MAX];
	struct side side[2];
	size_t before;

	load->talks = bench_room(conns, sizeof(*load->talks));
	load->conns = conns;
	begin_side(&side[0], false);
	begin_side(&side[1], true);
	/* Warm up: every connection has begun, and the list is full. */
	for (unsigned i = 0; i < 4; i++)
		run_second(load, side);
	before = side[1].written;
	for (unsigned i = 0; i < seconds; i++) {
		run_second(load, side);
		frame[i] = (double)side[0].all_ns / (NS_PER_SEC / STEP_NS);
		drawing[i] = 100.0 * (double)side[1].drawing_ns /
		    (double)side[0].all_ns;
		all[i] = 100.0 * (double)side[1].all_ns /
		    (double)side[0].all_ns - 100.0;
	}
	printf("%7zu connections: %4.0f ns per frame; drawing %5.2f %%, in "
	    "all %5.2f %%; %zu bytes per second\n", conns,
	    median(frame, seconds), median(drawing, seconds),
	    median(all, seconds), (side[1].written - before) / seconds);
	for (unsigned i = 0; i < 2; i++) {
		top_free(side[i].top);
		tcpstates_free(side[i].engine);
	}
	free(load->talks);
	free(load);
}

int
main(int argc, char **argv)
{
	const size_t conns[] = { 10, 1000, 100000 };
	unsigned seconds = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 9;

	if (seconds < 1 || seconds > SECONDS_MAX) {
		fputs("usage: bench_top [SECONDS]\n", stderr);
		return 2;
	}
	printf("the live screen, 132x40, beside 1000000 frames per second\n");
	if (argc > 2)
		measure(strtoul(argv[2], NULL, 10), seconds);
	for (size_t i = 0; argc <= 2 && i < ARRAY_LEN(conns); i++)
		measure(conns[i], seconds);
	return 0;
}
