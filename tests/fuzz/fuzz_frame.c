/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A few frames through one decoder, so that fragments meet.
 *
 *	| link type | options | frames...
 *	frame	| captured, low | high and wire length | bytes
 *
 * The second byte of a frame: its lowest bit is the ninth of the captured
 * length; the next two bits choose the wire length (the same, a little more,
 * much more, less), the others how much time passed.
 *
 * A second decoder never takes the short way, and must find the same.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/pool.h"
#include "decode/frag.h"
#include "decode/frame.h"
#include "fuzz.h"

#define FRAMES_MAX	64	/* of one input */
#define TIME_STEP_NS	INT64_C(1500000000)

static uint32_t
wire_len_of(uint32_t captured, unsigned choice)
{
	switch (choice & 3) {
	case 0:
		return captured;
	case 1:
		return captured + 100;
	case 2:
		return captured + 100000;
	default:
		return captured / 2;
	}
}

/* The decoder's own memory, or the frame's: a sanitizer knows both. */
static unsigned
touch(const struct segment *seg)
{
	unsigned sum = 0;

	for (uint32_t i = 0; i < seg->payload_captured; i++)
		sum += seg->payload[i];
	return sum;
}

static void
check_segment(const struct segment *seg)
{
	MUST(seg->ip_version == 4 || seg->ip_version == 6);
	MUST(seg->depth <= DEPTH_OPTIONS);
	MUST(seg->payload_captured <= seg->payload_len);
	MUST(seg->payload_len <= seg->ip_len);
	MUST(seg->depth >= DEPTH_FLAGS || seg->payload_len == 0);
	MUST(seg->depth >= DEPTH_FIXED || seg->opt.present == 0);
	MUST(seg->opt.sack_count <= SACK_BLOCKS_MAX);
	MUST(seg->vlan < 4096);
	MUST(seg->vni < 1U << 24);
	(void)touch(seg);
}

/* The same verdict and the same segment, in whichever way it was decoded. */
static void
check_chain(struct decoder *chain, const struct frame *frame,
    enum verdict verdict, const struct segment *seg)
{
	struct segment other;

	memset(&other, 0, sizeof(other));
	MUST(frame_decode(chain, frame, &other) == verdict);
	/* A datagram in pieces lies in its decoder's memory. */
	other.payload = seg->payload;
	MUST(verdict != VERDICT_SEGMENT ||
	    memcmp(&other, seg, sizeof(other)) == 0);
}

static void
decode(struct decoder *d, struct decoder *chain, struct frame *frame)
{
	/* Exactly as large as what was captured. */
	uint8_t *block = malloc(frame->captured_len);
	struct segment seg;
	enum verdict verdict;

	if (block == NULL && frame->captured_len > 0)
		return;
	if (frame->captured_len > 0)
		memcpy(block, frame->bytes, frame->captured_len);
	frame->bytes = block;
	memset(&seg, 0, sizeof(seg));
	verdict = frame_decode(d, frame, &seg);
	MUST(verdict < VERDICT_COUNT && verdict != VERDICT_DUPLICATE);
	check_chain(chain, frame, verdict, &seg);
	if (verdict == VERDICT_SEGMENT)
		check_segment(&seg);
	else if (verdict != VERDICT_TOO_DEEP && verdict != VERDICT_SHORT &&
	    verdict != VERDICT_FRAGMENT)
		MUST(decoder_last_protocol(d) != NULL);
	MUST(decoder_last_quoted(d) == NULL || verdict == VERDICT_NOT_TCP);
	MUST(decoder_stats(d)->fragments_incomplete <= FRAG_DATAGRAMS_MAX);
	free(block);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint64_t key[2] = { 1, 2 };
	struct frame frame = { 0 };
	struct decoder *d, *chain;

	if (size < 4)
		return 0;
	d = decoder_new(&(struct decoder_options){
	    .no_tunnels = data[1] & 1 }, key);
	chain = decoder_new(&(struct decoder_options){
	    .no_tunnels = data[1] & 1, .no_fastpath = true }, key);
	if (d == NULL || chain == NULL)
		abort();
	frame.linktype = (enum linktype)(data[0] % LINKTYPE_COUNT);
	data += 2;
	size -= 2;
	while (size >= 2 && frame.number < FRAMES_MAX) {
		const uint32_t want = data[0] | (data[1] & 1U) << 8;
		const uint32_t len = want < size - 2 ? want :
		    (uint32_t)(size - 2);

		frame.number++;
		frame.time_ns += (data[1] >> 3) * TIME_STEP_NS;
		frame.bytes = data + 2;
		frame.captured_len = len;
		frame.wire_len = wire_len_of(len, data[1] >> 1);
		decode(d, chain, &frame);
		data += 2 + len;
		size -= 2 + len;
	}
	decoder_free(d);
	decoder_free(chain);
	MUST(mem_outstanding() == 0);
	return 0;
}
