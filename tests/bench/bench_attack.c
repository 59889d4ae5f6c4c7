/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a packet costs when somebody chose it to be expensive, and what it
 * makes us remember; for `make bench`, never an assertion.
 *
 *	bench_attack [PACKETS [NAME...]]
 *
 * Each attack runs in a process of its own, first with a hundredth of the
 * packets, then with all of them: the time per packet should stay the same.
 * Only the engine is timed; frames are made beforehand, some at a time.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../xorshift.h"
#include "bench.h"
#include "base/compiler.h"
#include "base/outbuf.h"
#include "records/record.h"
#include "views/text.h"
#include "records/writer.h"
#include "engine/engine.h"

#define BATCH		1024	/* frames made at a time */
#define FRAME_ROOM	128	/* bytes of a frame */
#define STEP_NS		1000	/* from frame to frame */
#define HEADERS_LEN	40	/* IPv4 and TCP */
#define BASE_SEQ	UINT32_C(1000000)

struct made {
	uint8_t bytes[BATCH][FRAME_ROOM];
	struct frame frames[BATCH];
	struct xorshift random;
};

/* Frame number i of an attack: bytes zeroed, lengths set by the maker. */
typedef void maker(struct made *, struct frame *, uint8_t *bytes, uint64_t i);

/* ---- bytes ---- */

static void
set_len(struct frame *frame, uint32_t captured, uint32_t wire)
{
	frame->captured_len = captured;
	frame->wire_len = wire;
}

/* An IPv4 header; `host` and a server, one to the other. */
static void
put_ip(uint8_t *ip, uint32_t host, bool from_server, uint32_t len)
{
	ip[0] = 0x45;
	put16(ip + 2, len);
	ip[8] = 64;
	ip[9] = 6;
	put32(ip + 12, from_server ? UINT32_C(0xc0000201) : host);
	put32(ip + 16, from_server ? host : UINT32_C(0xc0000201));
}

struct tcp {
	uint32_t host;
	bool from_server;
	uint16_t flags;
	uint32_t seq, ack;
	uint32_t len;
	uint32_t options_len;	/* put by the caller, behind the header */
	bool is_offloaded;
};

static void
put_tcp(struct frame *frame, uint8_t *bytes, const struct tcp *tcp)
{
	const uint32_t headers = HEADERS_LEN + tcp->options_len;
	uint8_t *at = bytes + 20;

	put_ip(bytes, tcp->host, tcp->from_server,
	    tcp->is_offloaded ? 0 : headers + tcp->len);
	put16(at, tcp->from_server ? 80 : 1024);
	put16(at + 2, tcp->from_server ? 1024 : 80);
	put32(at + 4, tcp->seq);
	put32(at + 8, tcp->ack);
	put16(at + 12, (5 + tcp->options_len / 4) << 12 | tcp->flags);
	put16(at + 14, 65535);
	set_len(frame, headers + (tcp->len > 8 ? 8 : tcp->len),
	    headers + tcp->len);
}

/* The one connection of most attacks opens; true while that goes on. */
static bool
opens(struct frame *frame, uint8_t *bytes, uint64_t i)
{
	static const struct tcp opening[] = {
		{ .host = 1, .flags = TCP_SYN, .seq = BASE_SEQ - 1 },
		{ .host = 1, .flags = TCP_SYN | TCP_ACK, .seq = BASE_SEQ - 1,
		    .ack = BASE_SEQ, .from_server = true },
		{ .host = 1, .flags = TCP_ACK, .seq = BASE_SEQ,
		    .ack = BASE_SEQ },
	};

	if (i >= ARRAY_LEN(opening))
		return false;
	put_tcp(frame, bytes, &opening[i]);
	return true;
}

static void
put_data(struct frame *frame, uint8_t *bytes, uint32_t offset, uint32_t len)
{
	put_tcp(frame, bytes, &(struct tcp){ .host = 1, .flags = TCP_ACK,
	    .seq = BASE_SEQ + offset, .ack = BASE_SEQ, .len = len,
	    .is_offloaded = len > 60000 });
}

/* ---- attacks on the table of connections ---- */

static void
syn_flood(struct made *made, struct frame *frame, uint8_t *bytes, uint64_t i)
{
	(void)i;
	put_tcp(frame, bytes, &(struct tcp){
	    .host = (uint32_t)xorshift_next(&made->random),
	    .flags = TCP_SYN,
	    .seq = (uint32_t)xorshift_next(&made->random) });
}

static void
ack_flood(struct made *made, struct frame *frame, uint8_t *bytes, uint64_t i)
{
	(void)i;
	put_tcp(frame, bytes, &(struct tcp){
	    .host = (uint32_t)xorshift_next(&made->random),
	    .flags = TCP_ACK, .seq = BASE_SEQ, .ack = BASE_SEQ });
}

/* One tuple, ever new connections. */
static void
tuple_reuse(struct made *made, struct frame *frame, uint8_t *bytes,
    uint64_t i)
{
	(void)made;
	put_tcp(frame, bytes, &(struct tcp){ .host = 1, .flags = TCP_SYN,
	    .seq = (uint32_t)(i * 100000) });
}

/* The same, each older than the one before: one connection. */
static void
syns_backwards(struct made *made, struct frame *frame, uint8_t *bytes,
    uint64_t i)
{
	(void)made;
	put_tcp(frame, bytes, &(struct tcp){ .host = 1, .flags = TCP_SYN,
	    .seq = (uint32_t)(0 - i * 100) });
}

/* ---- on fragments ---- */

static void
put_fragment(struct frame *frame, uint8_t *bytes, uint32_t host,
    uint32_t id, uint32_t offset)
{
	put_ip(bytes, host, false, 28);
	put16(bytes + 4, id);
	put16(bytes + 6, UINT32_C(0x2000) | offset);
	set_len(frame, 28, 28);
}

static void
fragments(struct made *made, struct frame *frame, uint8_t *bytes, uint64_t i)
{
	(void)made;
	put_fragment(frame, bytes, (uint32_t)(i >> 16), (uint32_t)i, 0);
}

/* Every eighth byte of a datagram of 64 KiB, backwards. */
static void
fragments_of_one(struct made *made, struct frame *frame, uint8_t *bytes,
    uint64_t i)
{
	(void)made;
	put_fragment(frame, bytes, 1, (uint32_t)(i / 8190),
	    8189 - (uint32_t)(i % 8190));
}

/* ---- on the sequence space of one connection ---- */

static void
holes(struct made *made, struct frame *frame, uint8_t *bytes, uint64_t i)
{
	(void)made;
	if (!opens(frame, bytes, i))
		put_data(frame, bytes, (uint32_t)i * 2, 1);
}

/* Holes are made, and split at random. */
static void
split_holes(struct made *made, struct frame *frame, uint8_t *bytes,
    uint64_t i)
{
	const uint32_t high = (uint32_t)(i / 2) * 1000;

	if (opens(frame, bytes, i))
		return;
	put_data(frame, bytes, i % 2 == 0 ? high :
	    high - xorshift_below(&made->random, 256000), 1);
}

/* Holes are made, and all looked through. */
static void
span_holes(struct made *made, struct frame *frame, uint8_t *bytes,
    uint64_t i)
{
	const uint32_t high = (uint32_t)i * 100;

	(void)made;
	if (opens(frame, bytes, i))
		return;
	if (i % 257 == 0)
		put_data(frame, bytes, high - 60000, 60000);
	else
		put_data(frame, bytes, high, 1);
}

static void
tiny_unacked(struct made *made, struct frame *frame, uint8_t *bytes,
    uint64_t i)
{
	(void)made;
	if (!opens(frame, bytes, i))
		put_data(frame, bytes, (uint32_t)i - 3, 1);
}

/* Many small ones in flight, then nearly all of them again and again. */
static void
superframes(struct made *made, struct frame *frame, uint8_t *bytes,
    uint64_t i)
{
	(void)made;
	if (opens(frame, bytes, i))
		return;
	if (i < 4096 + 3)
		put_data(frame, bytes, (uint32_t)i - 3, 1);
	else
		put_data(frame, bytes, 0, 4096 - (uint32_t)(i % 64));
}

/* Each segment comes before the 63 before it. */
static void
late_inserts(struct made *made, struct frame *frame, uint8_t *bytes,
    uint64_t i)
{
	const uint32_t block = (uint32_t)(i / 64), in = (uint32_t)(i % 64);

	(void)made;
	if (!opens(frame, bytes, i))
		put_data(frame, bytes, block * 128 + (63 - in) * 2, 1);
}

static void
retransmissions(struct made *made, struct frame *frame, uint8_t *bytes,
    uint64_t i)
{
	(void)made;
	if (!opens(frame, bytes, i))
		put_data(frame, bytes, 0, 1 + (uint32_t)(i % 1000));
}

/* ---- on acknowledgements ---- */

static void
put_sacks(uint8_t *options, uint32_t first)
{
	options[0] = 1;
	options[1] = 1;
	options[2] = 5;
	options[3] = 34;
	for (uint32_t b = 0; b < 4; b++) {
		put32(options + 4 + 8 * b, first + b * UINT32_C(0x10000000));
		put32(options + 8 + 8 * b, first + b * UINT32_C(0x10000000) +
		    1000);
	}
}

static void
far_sacks(struct made *made, struct frame *frame, uint8_t *bytes, uint64_t i)
{
	struct tcp ack = { .host = 1, .flags = TCP_ACK, .seq = BASE_SEQ,
	    .ack = BASE_SEQ, .from_server = true, .options_len = 36 };

	if (opens(frame, bytes, i))
		return;
	/* Something for them to be about, and something sent again. */
	if (i < 4096) {
		put_data(frame, bytes, (uint32_t)i * 2, 1);
	} else if (i % 2 == 0) {
		put_data(frame, bytes, (uint32_t)(i % 4096) * 2, 1);
	} else {
		put_tcp(frame, bytes, &ack);
		put_sacks(bytes + HEADERS_LEN, BASE_SEQ +
		    xorshift_below(&made->random, 100000));
	}
}

/* One byte acknowledged at a time, of very many in flight. */
static void
dribble(struct made *made, struct frame *frame, uint8_t *bytes, uint64_t i)
{
	const uint32_t n = (uint32_t)(i - 3);

	(void)made;
	if (opens(frame, bytes, i))
		return;
	if (n < 8192 || n % 2 == 0)
		put_data(frame, bytes, n < 8192 ? n : 4096 + n / 2, 1);
	else
		put_tcp(frame, bytes, &(struct tcp){ .host = 1,
		    .flags = TCP_ACK, .seq = BASE_SEQ,
		    .ack = BASE_SEQ + (n - 8192) / 2, .from_server = true });
}

/* ---- on the decoders ---- */

static void
ethertypes(struct made *made, struct frame *frame, uint8_t *bytes,
    uint64_t i)
{
	(void)made;
	frame->linktype = LINKTYPE_ETHERNET;
	put16(bytes + 12, 0x600 + (uint32_t)(i % 0xf000));
	set_len(frame, 60, 60);
}

/* As many tags, and then as many extension headers, as fit. */
static void
tags(struct made *made, struct frame *frame, uint8_t *bytes, uint64_t i)
{
	(void)made;
	(void)i;
	frame->linktype = LINKTYPE_ETHERNET;
	for (uint32_t at = 12; at + 4 <= FRAME_ROOM; at += 4)
		put16(bytes + at, 0x8100);
	set_len(frame, FRAME_ROOM, FRAME_ROOM);
}

static void
tunnels(struct made *made, struct frame *frame, uint8_t *bytes, uint64_t i)
{
	(void)made;
	(void)i;
	for (uint32_t at = 0; at + 20 <= FRAME_ROOM; at += 20) {
		put_ip(bytes + at, 1, false, FRAME_ROOM - at);
		bytes[at + 9] = 4;
	}
	set_len(frame, FRAME_ROOM, FRAME_ROOM);
}

static void
options(struct made *made, struct frame *frame, uint8_t *bytes, uint64_t i)
{
	(void)made;
	if (opens(frame, bytes, i))
		return;
	put_tcp(frame, bytes, &(struct tcp){ .host = 1, .flags = TCP_ACK,
	    .seq = BASE_SEQ, .ack = BASE_SEQ, .options_len = 40 });
	memset(bytes + HEADERS_LEN, i % 2 == 0 ? 1 : 2, 40);
}

static const struct attack {
	const char *name;
	maker *make;
} attacks[] = {
	{ "syn_flood", syn_flood },
	{ "ack_flood", ack_flood },
	{ "tuple_reuse", tuple_reuse },
	{ "syns_backwards", syns_backwards },
	{ "fragments", fragments },
	{ "fragments_of_one", fragments_of_one },
	{ "holes", holes },
	{ "split_holes", split_holes },
	{ "span_holes", span_holes },
	{ "tiny_unacked", tiny_unacked },
	{ "superframes", superframes },
	{ "late_inserts", late_inserts },
	{ "retransmissions", retransmissions },
	{ "far_sacks", far_sacks },
	{ "dribble", dribble },
	{ "ethertypes", ethertypes },
	{ "tags", tags },
	{ "tunnels", tunnels },
	{ "options", options },
};

/* ---- running them ---- */

static int64_t
now_ns(void)
{
	return bench_cpu_ns(CLOCK_PROCESS_CPUTIME_ID);
}

static void
make_batch(struct made *made, const struct attack *attack, uint64_t first,
    size_t count)
{
	memset(made->bytes, 0, sizeof(made->bytes));
	for (size_t i = 0; i < count; i++) {
		struct frame *frame = &made->frames[i];

		*frame = (struct frame){
		    .time_ns = (int64_t)(first + i) * STEP_NS,
		    .number = first + i + 1,
		    .bytes = made->bytes[i],
		    .linktype = LINKTYPE_RAW,
		};
		attack->make(made, frame, made->bytes[i], first + i);
	}
}

static int64_t
feed(struct tcpstates *ts, const struct attack *attack, uint64_t packets)
{
	static struct made made;
	int64_t spent = 0;

	made.random.state = 88172645463325252;
	for (uint64_t at = 0; at < packets; at += BATCH) {
		const size_t count = packets - at < BATCH ?
		    (size_t)(packets - at) : BATCH;
		int64_t start;

		make_batch(&made, attack, at, count);
		start = now_ns();
		for (size_t i = 0; i < count; i++)
			if (tcpstates_frame(ts, &made.frames[i]) != 0)
				exit(1);
		spent += now_ns() - start;
	}
	return spent;
}

static int
nowhere(void *arg, const char *bytes, size_t len)
{
	(void)arg;
	(void)bytes;
	(void)len;
	return 0;
}

static int64_t
report(const struct tcpstates *ts)
{
	struct report_options view = { .style = { .digits = 6 } };
	struct outbuf *out = outbuf_new(nowhere, NULL);
	const int64_t start = now_ns();
	struct writer writer;

	if (out == NULL || text_report(out, tcpstates_first(ts), &view) != 0)
		exit(1);
	writer_init(&writer, &ndjson_format, out, 6, false);
	for (const struct conn *conn = tcpstates_first(ts); conn != NULL;
	    conn = conn->next)
		record_conn(&writer, conn);
	writer_finish(&writer);
	outbuf_free(out);
	return now_ns() - start;
}

/* In a child: its resident memory is that of this attack alone. */
static void
run(const struct attack *attack, uint64_t packets, bool keep)
{
	const struct tcpstates_options wanted = {
		.hash_key = { 1, 2 },
		.keep_analysis = keep,
	};
	struct tcpstates *ts = tcpstates_new(&wanted);
	struct rusage usage;
	int64_t feeding, reporting;

	if (ts == NULL)
		exit(1);
	feeding = feed(ts, attack, packets);
	tcpstates_finish(ts);
	reporting = report(ts);
	getrusage(RUSAGE_SELF, &usage);
	printf("%-17s %-5s %8llu %9.1f %9.1f %8ld\n", attack->name,
	    keep ? "all" : "few", (unsigned long long)packets,
	    (double)feeding / (double)packets,
	    (double)reporting / (double)packets, usage.ru_maxrss);
	fflush(stdout);
	tcpstates_free(ts);
}

static void
run_apart(const struct attack *attack, uint64_t packets, bool keep)
{
	const pid_t child = fork();

	if (child == 0) {
		run(attack, packets, keep);
		_exit(0);
	}
	if (child < 0 || waitpid(child, NULL, 0) < 0)
		perror("bench_attack");
}

static bool
is_wanted(const char *name, int argc, char *argv[])
{
	for (int i = 2; i < argc; i++)
		if (strcmp(argv[i], name) == 0)
			return true;
	return argc <= 2;
}

int
main(int argc, char *argv[])
{
	const uint64_t packets = argc > 1 ? strtoull(argv[1], NULL, 10) :
	    1000000;

	printf("%-17s %-5s %8s %9s %9s %8s\n", "attack", "kept", "packets",
	    "ns/packet", "report", "KiB");
	fflush(stdout);
	for (size_t i = 0; i < ARRAY_LEN(attacks); i++) {
		if (!is_wanted(attacks[i].name, argc, argv))
			continue;
		for (int keep = 0; keep < 2; keep++) {
			run_apart(&attacks[i], packets / 100, keep != 0);
			run_apart(&attacks[i], packets, keep != 0);
		}
	}
	return 0;
}
