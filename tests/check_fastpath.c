/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The short way of decoding finds what the chain finds: in every sample, cut
 * at every byte, and with every byte of its headers made wrong.
 */
#include "config.h"

#include <check.h>
#include <string.h>

#include "check_main.h"
#include "decode/frame.h"
#include "decode/fastpath.h"
#include "flow/key.h"
#include "hold.h"
#include "leaks.h"
#include "trace.h"
#include "xorshift.h"

#define HEADERS_MAX	128	/* bytes of a frame that are varied */
#define VARIED		40	/* frames of a sample that are */

static struct decoder *usual, *chain;
static uint64_t shortcuts;	/* frames that took the short way */

static void
setup(void)
{
	static const uint64_t key[2] = { 1, 2 };

	usual = decoder_new(&(struct decoder_options){ 0 }, key);
	chain = decoder_new(&(struct decoder_options){
	    .no_fastpath = true }, key);
	ck_assert(usual != NULL && chain != NULL);
}

static void
teardown(void)
{
	decoder_free(usual);
	decoder_free(chain);
}

/* What frame_peek() promises of a frame that carries a segment. */
static void
check_peek(const struct frame *frame, const struct segment *expected)
{
	struct frame head = *frame;
	struct frame_ends ends;
	struct segment seg;
	struct key key;

	memset(&seg, 0, sizeof(seg));
	head.captured_len = frame_peek(frame, &ends);
	if (head.captured_len == 0)
		return;
	HOLD(head.captured_len <= FRAME_HEADERS_MAX);
	HOLD(frame_decode(usual, &head, &seg) == VERDICT_SEGMENT);
	(void)key_of(&seg, &(struct key_rules){ .vlan = true }, &key);
	HOLD(key_fingerprint_of(&ends) == key_fingerprint(&key));
	HOLD(seg.payload_captured == 0);
	seg.payload = NULL;
	seg.payload_captured = expected->payload_captured;
	HOLD(memcmp(&seg, expected, sizeof(seg)) == 0);
}

static void
compare(const struct frame *frame)
{
	struct frame_ends ends;
	struct segment a, b;
	enum verdict verdict;

	memset(&a, 0, sizeof(a));
	memset(&b, 0, sizeof(b));
	verdict = frame_decode(chain, frame, &b);
	HOLD(frame_decode(usual, frame, &a) == verdict);
	if (verdict == VERDICT_SEGMENT) {
		HOLD(a.payload_captured == b.payload_captured);
		if (a.payload_captured > 0)
			HOLD(memcmp(a.payload, b.payload,
			    a.payload_captured) == 0);
		/* A datagram in pieces lies in its decoder's memory. */
		a.payload = b.payload = NULL;
		HOLD(memcmp(&a, &b, sizeof(a)) == 0);
		check_peek(frame, &a);
	} else {
		HOLD(frame_peek(frame, &ends) == 0);
	}
	HOLD((decoder_last_protocol(usual) == NULL) ==
	    (decoder_last_protocol(chain) == NULL));
	shortcuts += frame->linktype == LINKTYPE_ETHERNET &&
	    fastpath_decode(frame, &a);
}

/* Cut, and each byte as something else. */
static void
vary(const struct frame *original, struct xorshift *random)
{
	uint8_t bytes[HEADERS_MAX];
	struct frame frame = *original;

	if (frame.captured_len > HEADERS_MAX)
		frame.captured_len = HEADERS_MAX;
	frame.interface = 7;
	memcpy(bytes, frame.bytes, frame.captured_len);
	frame.bytes = bytes;
	for (uint32_t i = 0; i < frame.captured_len; i++) {
		struct frame cut = frame;
		const uint8_t kept = bytes[i];

		cut.captured_len = i;
		compare(&cut);
		cut.wire_len = i;
		compare(&cut);
		bytes[i] = (uint8_t)xorshift_next(random);
		compare(&frame);
		bytes[i] = kept ^ (uint8_t)(1U << i % 8);
		compare(&frame);
		bytes[i] = kept;
	}
}

START_TEST(samples_are_decoded_alike)
{
	struct xorshift random = { .state = 88172645463325252 };
	struct trace trace;

	if (!trace_read(&trace, trace_sample((unsigned)_i)))
		return;
	for (size_t i = 0; i < trace.count; i++) {
		compare(&trace.frames[i]);
		if (i < VARIED)
			vary(&trace.frames[i], &random);
	}
	trace_free(&trace);
}
END_TEST

START_TEST(most_frames_take_the_short_way)
{
	struct trace trace;

	for (unsigned i = 0; i < trace_sample_count(); i++) {
		if (strstr(trace_sample(i), "data/web.pcap") == NULL)
			continue;
		ck_assert(trace_read(&trace, trace_sample(i)));
		shortcuts = 0;
		for (size_t f = 0; f < trace.count; f++)
			compare(&trace.frames[f]);
		ck_assert_uint_eq(shortcuts, trace.count);
		trace_free(&trace);
	}
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("usual");
	TCase *c = leaks_tcase(s, "usual");

	tcase_add_checked_fixture(c, setup, teardown);
	tcase_add_loop_test(c, samples_are_decoded_alike, 0,
	    (int)trace_sample_count());
	tcase_add_test(c, most_frames_take_the_short_way);
	return s;
}

int
main(void)
{
	return check_main(suite());
}
