/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "tcp/pack.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "base/pool.h"

#define WORDS	(sizeof(struct kept_analysis) / sizeof(uint64_t))
#define WORD_BITS	64

static_assert(sizeof(struct kept_analysis) % sizeof(uint64_t) == 0,
    "an analysis is no whole number of words");

/* The words that are not zero, in order, and a bit for each of all. */
struct packed {
	uint64_t present[(WORDS + WORD_BITS - 1) / WORD_BITS];
	bool owns;
	uint64_t words[];
};

/* What is behind the end of an array need not be kept. */
static void
clear_dead(struct endpoint_track *side)
{
	const size_t live = side->tsvals_count;

	memset(&side->tsvals[live], 0,
	    (TSVALS_MAX - live) * sizeof(side->tsvals[0]));
	memset(&side->tsvals_ns[live], 0,
	    (TSVALS_MAX - live) * sizeof(side->tsvals_ns[0]));
	if (side->inflight != side->inflight_few || side->inflight_count == 0)
		memset(side->inflight_few, 0, sizeof(side->inflight_few));
}

/* Pointers into itself are no use at another place: see join(). */
static void
part(struct kept_analysis *kept)
{
	kept->analysis.stats = NULL;
	for (unsigned i = 0; i < 2; i++) {
		struct endpoint_track *side = &kept->analysis.track[i];

		if (side->inflight == side->inflight_few)
			side->inflight = NULL;
	}
}

static void
join(struct kept_analysis *kept)
{
	kept->analysis.stats = kept->stats;
	for (unsigned i = 0; i < 2; i++) {
		struct endpoint_track *side = &kept->analysis.track[i];

		if (side->inflight == NULL && side->inflight_size > 0)
			side->inflight = side->inflight_few;
	}
}

static bool
side_owns(
    const struct endpoint_track *side, const struct endpoint_stats *figures)
{
	return side->inflight != NULL || side->holes != NULL ||
	    side->sackboard != NULL || figures->rtt.hist != NULL ||
	    figures->ts_rtt.hist != NULL;
}

/* The words from `first` on, of which there is a bit each in the answer. */
static uint64_t
pack_some(const uint8_t *bytes, size_t first, uint64_t words[WORDS],
    size_t *count)
{
	const size_t left = WORDS - first;
	const size_t some = left < WORD_BITS ? left : WORD_BITS;
	uint64_t *end = &words[*count];
	uint64_t present = 0, word;

	bytes += first * sizeof(word);
	/* Which are zero, no processor can foresee: nothing depends on it. */
	for (size_t i = 0; i < some; i++) {
		memcpy(&word, bytes + i * sizeof(word), sizeof(word));
		*end = word;
		end += word != 0;
		present |= (uint64_t)(word != 0) << i;
	}
	*count = (size_t)(end - words);
	return present;
}

struct packed *
pack_make(struct kept_analysis *kept)
{
	struct packed head = {
		.owns = kept->analysis.is_followed &&
		    kept->analysis.notes.diagnosis != NULL
	};
	uint64_t words[WORDS];
	struct packed *packed;
	size_t count = 0;

	clear_dead(&kept->analysis.track[0]);
	clear_dead(&kept->analysis.track[1]);
	part(kept);
	for (size_t i = 0; i < ARRAY_LEN(head.present); i++)
		head.present[i] = pack_some((const uint8_t *)kept, i *
		    WORD_BITS, words, &count);
	for (unsigned i = 0; i < 2; i++)
		head.owns = head.owns || side_owns(&kept->analysis.track[i],
		    &kept->stats[i]);
	packed = mem_realloc(NULL, sizeof(*packed) + count *
	    sizeof(words[0]));
	if (packed == NULL) {
		join(kept);
		return NULL;
	}
	*packed = head;
	memcpy(packed->words, words, count * sizeof(words[0]));
	return packed;
}

/* The reverse of pack_some(): returns the words that are left. */
static const uint64_t *
open_some(uint8_t *bytes, uint64_t present, const uint64_t *words)
{
	for (; present != 0; present &= present - 1)
		memcpy(bytes + LOWEST_BIT(present) * sizeof(*words), words++,
		    sizeof(*words));
	return words;
}

void
pack_open(const struct packed *packed, struct kept_analysis *ret_kept)
{
	const uint64_t *next = packed->words;

	memset(ret_kept, 0, sizeof(*ret_kept));
	for (size_t i = 0; i < ARRAY_LEN(packed->present); i++)
		next = open_some((uint8_t *)ret_kept + i * WORD_BITS *
		    sizeof(*next), packed->present[i], next);
	join(ret_kept);
}

bool
pack_owns(const struct packed *packed)
{
	return packed->owns;
}

void
pack_free(struct packed *packed)
{
	mem_free(packed);
}

const struct conn *
pack_read(const struct conn *conn, struct pack_room *room)
{
	if (!conn->is_packed)
		return conn;
	room->conn = *conn;
	room->conn.is_packed = false;
	room->conn.analysis = &room->kept.analysis;
	pack_open(conn->packed, &room->kept);
	return &room->conn;
}
