/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "compare/sketch.h"

#include <stdlib.h>

#include "base/err.h"
#include "base/pool.h"
#include "decode/segment.h"

#define ROOM	(2 * (size_t)SKETCH_MAX)

int
sketch_init(struct sketch *sketch)
{
	sketch->samples = mem_zalloc(ROOM * sizeof(*sketch->samples));
	sketch->count = 0;
	sketch->limit = UINT64_MAX;
	return sketch->samples != NULL ? 0 : -ERR_NOMEM;
}

void
sketch_fini(struct sketch *sketch)
{
	mem_free(sketch->samples);
	sketch->samples = NULL;
}

/* The finalizer of a 64-bit mixing hash. */
uint64_t
sketch_mix(uint64_t x)
{
	x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
	return x ^ x >> 31;
}

uint64_t
sketch_hash(const struct segment *seg)
{
	const unsigned flags = seg->flags &
	    (unsigned)(TCP_SYN | TCP_RST | TCP_ACK);

	return sketch_mix(sketch_mix((uint64_t)seg->seq << 32 | seg->ack) +
	    ((seg->payload_len > 0 ? UINT64_C(1) << 16 : 0) | flags));
}

static int
compare_hashes(const void *a, const void *b)
{
	const struct sample *x = a;
	const struct sample *y = b;

	if (x->hash != y->hash)
		return x->hash < y->hash ? -1 : 1;
	return (x->ns > y->ns) - (x->ns < y->ns);
}

static void
sort_samples(struct sketch *sketch)
{
	qsort(sketch->samples, sketch->count, sizeof(*sketch->samples),
	    compare_hashes);
}

#define DIGIT_BITS	8
#define DIGITS		(1U << DIGIT_BITS)

/*
 * The hash that would be at `at` if the samples were sorted, found digit by
 * digit from the highest: each pass counts the samples that agree in the digits
 * known so far.
 */
static uint64_t
find_hash_at(const struct sketch *sketch, size_t at)
{
	uint64_t known = 0, mask = 0;

	for (unsigned shift = 64; shift > 0;) {
		uint32_t counts[DIGITS] = { 0 };
		uint64_t digit = 0;

		shift -= DIGIT_BITS;
		for (size_t i = 0; i < sketch->count; i++) {
			const uint64_t hash = sketch->samples[i].hash;

			counts[hash >> shift & (DIGITS - 1)] +=
			    (hash & mask) == known;
		}
		while (at >= counts[digit])
			at -= counts[digit++];
		known |= digit << shift;
		mask |= (uint64_t)(DIGITS - 1) << shift;
	}
	return known;
}

/*
 * Drop all but the SKETCH_MAX lowest hashes; there are more.  Equal hashes stay
 * together, or one of two equal segments would be chosen.
 */
static void
keep_lowest(struct sketch *sketch)
{
	const uint64_t end = find_hash_at(sketch, SKETCH_MAX);
	struct sample *s = sketch->samples;
	size_t kept = 0;

	sketch->limit = 0;
	for (size_t i = 0; i < sketch->count; i++) {
		if (s[i].hash >= end)
			continue;
		if (s[i].hash > sketch->limit)
			sketch->limit = s[i].hash;
		s[kept++] = s[i];
	}
	sketch->count = kept;
}

void
sketch_add(struct sketch *sketch, const struct sample *sample)
{
	if (!sketch_wants(sketch, sample->hash))
		return;
	if (sketch->count == ROOM)
		keep_lowest(sketch);
	if (sketch->count < ROOM && sketch_wants(sketch, sample->hash))
		sketch->samples[sketch->count++] = *sample;
}

void
sketch_finish(struct sketch *sketch)
{
	struct sample *s = sketch->samples;
	size_t kept = 0;

	if (sketch->count > SKETCH_MAX)
		keep_lowest(sketch);
	sort_samples(sketch);
	for (size_t i = 0; i < sketch->count; i++) {
		const bool is_first = i == 0 || s[i - 1].hash != s[i].hash;
		const bool is_last = i + 1 == sketch->count ||
		    s[i + 1].hash != s[i].hash;

		if (is_first && is_last)
			s[kept++] = s[i];
	}
	sketch->count = kept;
}
