/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a frame costs, in nanoseconds, from the decoder to the writers; for
 * `make bench`.  Frames are made in memory: no file, no libpcap, no kernel.
 *
 *	bench_core [CONNECTIONS [ROUNDS]]
 *
 * The connections are interleaved, so that nearly every segment has to be
 * looked up: this is the worst a link can do, not the usual.
 */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "bench.h"
#include "base/compiler.h"
#include "base/outbuf.h"
#include "views/text.h"
#include "records/record.h"
#include "records/writer.h"
#include "engine/engine.h"

#define STEP_NS		1000	/* from frame to frame */
#define SEGMENT_LEN	1400	/* bytes of data in a full segment */

static const uint64_t fixed_key[2] = { 1, 2 };

struct load {
	struct frame *frames;
	uint8_t *bytes;
	size_t count;
};

/* One connection's segments: sender, flags, bytes, seq and ack. */
static const struct move {
	bool by_resp;
	uint16_t flags;
	uint32_t len;
	uint32_t seq;	/* offset from the sender's ISN */
	uint32_t ack;	/* and from the receiver's */
} moves[] = {
	{ false, TCP_SYN, 0, 0, 0 },
	{ true, TCP_SYN | TCP_ACK, 0, 0, 1 },
	{ false, TCP_ACK, 0, 1, 1 },
	{ false, TCP_ACK | TCP_PSH, 300, 1, 1 },
	{ true, TCP_ACK, SEGMENT_LEN, 1, 301 },
	{ true, TCP_ACK, SEGMENT_LEN, 1401, 301 },
	{ false, TCP_ACK, 0, 301, 2801 },
	{ true, TCP_ACK, SEGMENT_LEN, 2801, 301 },
	{ true, TCP_ACK | TCP_PSH, SEGMENT_LEN, 4201, 301 },
	{ false, TCP_ACK, 0, 301, 5601 },
	{ true, TCP_ACK | TCP_FIN, 0, 5601, 301 },
	{ false, TCP_ACK | TCP_FIN, 0, 301, 5602 },
	{ true, TCP_ACK, 0, 5602, 302 },
};

static int64_t
now_ns(void)
{
	return bench_cpu_ns(CLOCK_PROCESS_CPUTIME_ID);
}

/* Segment `move` of connection `conn`. */
static struct segspec
segment_of(size_t conn, const struct move *move, uint32_t tsval)
{
	const uint32_t isn = (uint32_t)conn * 7919u;
	struct segspec spec = bench_segment(conn, move->by_resp, tsval);

	spec.seq = isn + move->seq;
	spec.ack = move->flags & TCP_ACK ? isn + move->ack : 0;
	spec.flags = move->flags;
	spec.len = move->len;
	return spec;
}

static struct load
load_make(size_t conns)
{
	struct load load = { .count = conns * ARRAY_LEN(moves) };
	uint8_t *buf = bench_room(1, SEGFRAME_MAX);
	size_t at = 0;

	load.frames = bench_room(load.count, sizeof(*load.frames));
	load.bytes = bench_room(load.count, BENCH_FRAME_ROOM);
	for (size_t m = 0; m < ARRAY_LEN(moves); m++) {
		for (size_t c = 0; c < conns; c++, at++) {
			struct segspec spec =
			    segment_of(c, &moves[m], (uint32_t)m * 20 + 1);
			struct frame *frame = &load.frames[at];

			frame->captured_len = segframe_build(&spec, buf,
			    &frame->wire_len);
			frame->bytes = load.bytes + at * BENCH_FRAME_ROOM;
			memcpy(load.bytes + at * BENCH_FRAME_ROOM, buf,
			    frame->captured_len);
			frame->time_ns = (int64_t)at * STEP_NS;
			frame->number = at + 1;
			frame->linktype = LINKTYPE_ETHERNET;
		}
	}
	free(buf);
	return load;
}

static void
tell(const char *what, int64_t ns, size_t count, const char *of)
{
	printf("%-28s %8.1f ns per %s\n", what, (double)ns / (double)count, of);
}

static int64_t
decode_all(const struct load *load)
{
	struct decoder_options options = { .no_tunnels = false };
	struct decoder *decoder = decoder_new(&options, fixed_key);
	struct segment segment;
	size_t good = 0;
	int64_t start;

	if (decoder == NULL)
		exit(1);
	start = now_ns();
	for (size_t i = 0; i < load->count; i++)
		good += frame_decode(decoder, &load->frames[i], &segment) ==
		    VERDICT_SEGMENT;
	start = now_ns() - start;
	decoder_free(decoder);
	if (good != load->count)
		printf("bench_core: only %zu of %zu frames are segments\n",
		    good, load->count);
	return start;
}

static struct tcpstates *
track_all(const struct load *load, bool analysis, bool keep,
    int64_t *ret_ns)
{
	struct tcpstates_options options = {
		.hash_key = { fixed_key[0], fixed_key[1] },
		.no_analysis = !analysis,
		.keep_analysis = keep,
	};
	struct tcpstates *ts = tcpstates_new(&options);
	int64_t start = now_ns();

	if (ts == NULL)
		exit(1);
	for (size_t i = 0; i < load->count; i++)
		if (tcpstates_frame(ts, &load->frames[i]) != 0)
			exit(1);
	tcpstates_finish(ts);
	*ret_ns = now_ns() - start;
	return ts;
}

static int
nowhere(void *arg, const char *bytes, size_t len)
{
	uint64_t *total = arg;

	(void)bytes;
	*total += len;
	return 0;
}

static int64_t
report_all(const struct tcpstates *ts)
{
	struct report_options options = { .style = { .digits = 6 } };
	uint64_t bytes = 0;
	struct outbuf *out = outbuf_new(nowhere, &bytes);
	int64_t start = now_ns();

	if (out == NULL ||
	    text_report(out, tcpstates_first(ts), &options) != 0)
		exit(1);
	outbuf_flush(out);
	outbuf_free(out);
	return now_ns() - start;
}

static int64_t
records_all(const struct tcpstates *ts, bool csv)
{
	const struct conn *conn;
	uint64_t bytes = 0;
	struct outbuf *out = outbuf_new(nowhere, &bytes);
	struct writer writer;
	int64_t start = now_ns();

	if (out == NULL)
		exit(1);
	if (csv)
		writer_init(&writer, &csv_format, out, 6, true);
	else
		writer_init(&writer, &ndjson_format, out, 6, false);
	for (conn = tcpstates_first(ts); conn != NULL; conn = conn->next)
		record_conn(&writer, conn);
	writer_finish(&writer);
	outbuf_flush(out);
	outbuf_free(out);
	return now_ns() - start;
}

static void
run(const struct load *load, size_t conns)
{
	struct tcpstates *ts;
	int64_t ns;

	tell("decode", decode_all(load), load->count, "frame");
	ts = track_all(load, false, false, &ns);
	tell("track, without analysis", ns, load->count, "frame");
	tcpstates_free(ts);
	ts = track_all(load, true, false, &ns);
	tell("track, with analysis", ns, load->count, "frame");
	tcpstates_free(ts);
	ts = track_all(load, true, true, &ns);
	tell("track, for records", ns, load->count, "frame");
	tell("write the report", report_all(ts), conns, "connection");
	tell("write NDJSON", records_all(ts, false), conns, "connection");
	tell("write CSV", records_all(ts, true), conns, "connection");
	tcpstates_free(ts);
}

int
main(int argc, char **argv)
{
	const size_t conns = argc > 1 ? strtoul(argv[1], NULL, 10) : 100000;
	const size_t rounds = argc > 2 ? strtoul(argv[2], NULL, 10) : 3;
	struct load load = load_make(conns);
	struct rusage usage;

	printf("%zu connections, %zu frames\n", conns, load.count);
	for (size_t i = 0; i < rounds; i++)
		run(&load, conns);
	getrusage(RUSAGE_SELF, &usage);
	printf("%-28s %8ld KiB, %zu of them frames\n", "resident at most",
	    usage.ru_maxrss, load.count *
	    (BENCH_FRAME_ROOM + sizeof(struct frame)) / 1024);
	free(load.frames);
	free(load.bytes);
	return 0;
}
