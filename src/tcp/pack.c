/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "tcp/pack.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "base/compiler.h"
#include "base/pool.h"

#define WORDS	(sizeof(struct kept_analysis) / sizeof(uint64_t))
#define WORD_BITS	64
#define LINE_WORDS	(LINE_BYTES / sizeof(uint64_t))
#define LINES		(WORDS / LINE_WORDS)

static_assert(sizeof(struct kept_analysis) % LINE_BYTES == 0,
    "an analysis is no whole number of cache lines");
static_assert(LINE_WORDS == 8, "a byte has no bit for each word of a line");

#define FOLLOWED_WORDS	(FOLLOWED_BYTES / sizeof(uint64_t))

static_assert(FOLLOWED_BYTES % sizeof(uint64_t) == 0 &&
    FOLLOWED_WORDS <= WORD_BITS, "a word has no bit for each word of a state");

/*
 * The words that are not zero, in order, and a bit for each of all: of what the
 * follower keeps, then of the analysis.
 */
struct packed {
	uint64_t followed;
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

/* Return a bit for each word of a cache line, set if the word is not zero. */
#ifdef __SSE2__
static uint64_t
line_present(const void *line)
{
	const __m128i zero = _mm_setzero_si128();
	const __m128i ones = _mm_cmpeq_epi32(zero, zero);
	const __m128i *pairs = line;
	__m128i quads[2];

	/* Each half of a word that is zero becomes 16 ones, both halves 32. */
	for (unsigned i = 0; i < 2; i++)
		quads[i] = _mm_cmpeq_epi32(_mm_packs_epi32(
		    _mm_cmpeq_epi32(_mm_load_si128(&pairs[2 * i]), zero),
		    _mm_cmpeq_epi32(_mm_load_si128(&pairs[2 * i + 1]), zero)),
		    ones);
	return 0xff ^ (uint64_t)_mm_movemask_epi8(_mm_packs_epi16(
	    _mm_packs_epi32(quads[0], quads[1]), ones)) % 0x100;
}
#else
static uint64_t
line_present(const void *line)
{
	uint64_t words[LINE_WORDS];
	uint64_t present = 0;

	memcpy(words, line, sizeof(words));
	/* No branch, because no processor can predict which words are zero. */
	for (unsigned i = 0; i < LINE_WORDS; i++)
		present |= (uint64_t)(words[i] != 0) << i;
	return present;
}
#endif

/* The same for the words from `first` on, as many as a uint64_t has bits. */
static uint64_t
find_present(const struct kept_analysis *kept, size_t first)
{
	const size_t left = WORDS - first;
	const size_t count = left < WORD_BITS ? left : WORD_BITS;
	const uint64_t *words = (const uint64_t *)(const void *)kept + first;
	uint64_t present = 0;

	/* A loop down to `first` is miscompiled by GCC 12 for s390x. */
	for (size_t i = 0; i < count; i += LINE_WORDS)
		present |= line_present(&words[i]) << i;
	return present;
}

/* Copy the words of which `present` has the bit; return the end of the copy. */
static uint64_t *
pack_some(const uint8_t *bytes, uint64_t present, uint64_t *words)
{
	for (; present != 0; present &= present - 1)
		memcpy(words++, bytes + LOWEST_BIT(present) * sizeof(*words),
		    sizeof(*words));
	return words;
}

/* The same of what the follower keeps; NULL is nothing. */
static uint64_t
find_followed(const uint8_t *state)
{
	uint64_t present = 0;
	uint64_t word;

	for (size_t i = 0; state != NULL && i < FOLLOWED_WORDS; i++) {
		memcpy(&word, state + i * sizeof(word), sizeof(word));
		present |= (uint64_t)(word != 0) << i;
	}
	return present;
}

struct packed *
pack_make(struct kept_analysis *kept)
{
	const void *followed = kept->analysis.notes.diagnosis;
	struct packed head = {
		.followed = find_followed(followed),
		.owns = followed != NULL,
	};
	uint64_t words[FOLLOWED_WORDS + WORDS];
	uint64_t *end = pack_some(followed, head.followed, words);
	struct packed *packed;
	size_t size;

	clear_dead(&kept->analysis.track[0]);
	clear_dead(&kept->analysis.track[1]);
	part(kept);
	for (size_t i = 0; i < ARRAY_LEN(head.present); i++) {
		head.present[i] = find_present(kept, i * WORD_BITS);
		end = pack_some((const uint8_t *)kept + i * WORD_BITS *
		    sizeof(*end), head.present[i], end);
	}
	for (unsigned i = 0; i < 2; i++)
		head.owns = head.owns || side_owns(&kept->analysis.track[i],
		    &kept->stats[i]);
	size = (size_t)(end - words) * sizeof(words[0]);
	packed = mem_realloc(NULL, sizeof(*packed) + size);
	if (packed == NULL) {
		join(kept);
		return NULL;
	}
	*packed = head;
	memcpy(packed->words, words, size);
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

/* Open the first `count` words, which are zero, of *kept. */
static void
open_first(const struct packed *packed, size_t count,
    struct kept_analysis *kept)
{
	const uint64_t *next = &packed->words[count_bits(packed->followed)];

	for (size_t at = 0; at < count; at += WORD_BITS) {
		uint64_t present = packed->present[at / WORD_BITS];

		if (count - at < WORD_BITS)
			present &= (UINT64_C(1) << (count - at)) - 1;
		next = open_some((uint8_t *)kept + at * sizeof(*next), present,
		    next);
	}
	join(kept);
}

/* Open what the follower keeps to zeroed memory. */
static void
open_followed(const struct packed *packed, struct kept_analysis *kept,
    void *followed)
{
	kept->analysis.notes.diagnosis = followed;
	(void)open_some(followed, packed->followed, packed->words);
}

bool
pack_is_followed(const struct packed *packed)
{
	return packed->followed != 0;
}

void
pack_open(const struct packed *packed, struct kept_analysis *kept,
    void *followed)
{
	open_first(packed, WORDS, kept);
	if (packed->followed != 0)
		open_followed(packed, kept, followed);
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

const void *
pack_followed_address(const struct conn *conn, size_t at)
{
	const struct packed *packed = conn->packed;
	const uint64_t bit = UINT64_C(1) << at / sizeof(uint64_t);
	const void *address;

	if (!conn->is_packed || (packed->followed & bit) == 0)
		return NULL;
	memcpy(&address, (const uint8_t *)&packed->words[count_bits(
	    packed->followed & (bit - 1))] + at % sizeof(uint64_t),
	    sizeof(address));
	return address;
}

static_assert(sizeof(struct analysis) % sizeof(uint64_t) == 0,
    "the statistics begin within a word");

static const struct conn *
read_first(const struct conn *conn, size_t bytes, struct pack_room *room)
{
	if (!conn->is_packed)
		return conn;
	room->conn = *conn;
	room->conn.is_packed = false;
	room->conn.analysis = &room->kept.analysis;
	memset(&room->kept, 0, bytes);
	open_first(conn->packed, bytes / sizeof(uint64_t), &room->kept);
	if (conn->packed->followed != 0) {
		memset(room->followed, 0, sizeof(room->followed));
		open_followed(conn->packed, &room->kept, room->followed);
	}
	return &room->conn;
}

const struct conn *
pack_read(const struct conn *conn, struct pack_room *room)
{
	return read_first(conn, sizeof(room->kept), room);
}

const struct conn *
pack_read_bare(const struct conn *conn, struct pack_room *room)
{
	const struct conn *readable = read_first(conn,
	    sizeof(room->kept.analysis), room);

	if (conn->is_packed)
		room->kept.analysis.stats = NULL;
	return readable;
}
