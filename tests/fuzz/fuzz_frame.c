/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A few frames through one decoder, so that fragments meet.
 *
 *	| link type | options | frames...
 *	frame	| captured, low | high and wire length | octets
 *
 * The second octet of a frame: its lowest bit is the ninth of the captured
 * length; the next two bits choose the wire length (the same, a little more,
 * much more, less), the others how much time passed.
 */
#include "config.h"

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

static void
decode(struct decoder *d, struct frame *frame)
{
	/* Exactly as large as what was captured. */
	uint8_t *block = malloc(frame->captured_len);
	struct segment seg;
	enum verdict verdict;

	if (block == NULL && frame->captured_len > 0)
		return;
	if (frame->captured_len > 0)
		memcpy(block, frame->octets, frame->captured_len);
	frame->octets = block;
	verdict = frame_decode(d, frame, &seg);
	MUST(verdict < VERDICT_COUNT && verdict != VERDICT_DUPLICATE);
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
	struct decoder *d;

	if (size < 4)
		return 0;
	d = decoder_new(&(struct decoder_options){
	    .no_tunnels = data[1] & 1 }, key);
	if (d == NULL)
		return 0;
	frame.linktype = (enum linktype)(data[0] % LINKTYPE_COUNT);
	data += 2;
	size -= 2;
	while (size >= 2 && frame.number < FRAMES_MAX) {
		const uint32_t want = data[0] | (data[1] & 1U) << 8;
		const uint32_t len = want < size - 2 ? want :
		    (uint32_t)(size - 2);

		frame.number++;
		frame.time_ns += (data[1] >> 3) * TIME_STEP_NS;
		frame.octets = data + 2;
		frame.captured_len = len;
		frame.wire_len = wire_len_of(len, data[1] >> 1);
		decode(d, &frame);
		data += 2 + len;
		size -= 2 + len;
	}
	decoder_free(d);
	MUST(mem_outstanding() == 0);
	return 0;
}
