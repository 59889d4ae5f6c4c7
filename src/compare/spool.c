/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "compare/spool.h"

#include <string.h>

#include "base/pool.h"
#include "compare/transmission.h"
#include "decode/segment.h"

/* The fields of a segment that are stored, as a set. */
enum {
	HAS_FRAME	= 1 << 0,	/* does not follow the one before */
	HAS_SEQ		= 1 << 1,
	HAS_ACK		= 1 << 2,
	HAS_TSVAL	= 1 << 3,
	HAS_WINDOW	= 1 << 4,
	HAS_IP_ID	= 1 << 5,
	HAS_LEN		= 1 << 6,
	HAS_FLAGS	= 1 << 7,
	HAS_RESIDUE	= 1 << 8,
	HAS_HEADER	= 1 << 9,	/* struct header */
	HAS_JUDGED	= 1 << 10,
	IS_WITHOUT_RESIDUE = 1 << 11
};

/* Rarely changes within a direction. */
struct header {
	uint16_t options;
	uint16_t mss;
	uint8_t ttl;
	uint8_t dscp;
	uint8_t wscale;
	uint8_t ecn;
};

/* The latest segment of a direction. */
struct spool_guess {
	uint32_t from;		/* 2 * number of the connection + side */
	uint32_t seq;		/* of the next, if nothing is missing */
	uint32_t ack;
	uint32_t tsval;
	uint32_t len;
	uint16_t window;
	uint16_t ip_id;		/* of the next, if the sender counts */
	uint16_t flags;
	uint16_t residue;
	struct header header;
};

/* Bytes that a segment takes at most. */
#define RECORD_MAX	80

void
spool_init(struct spool *spool)
{
	*spool = (struct spool){ .count = 0 };
	spool->guesses = mem_zalloc_lines(SPOOL_GUESSES *
	    sizeof(*spool->guesses));
	spool->is_dropped = spool->guesses == NULL;
}

void
spool_fini(struct spool *spool)
{
	for (unsigned i = 0; i < SPOOL_BLOCKS; i++) {
		mem_free(spool->blocks[i]);
		spool->blocks[i] = NULL;
	}
	mem_free(spool->guesses);
	spool->guesses = NULL;
}

static void
drop(struct spool *spool)
{
	spool_fini(spool);
	spool->is_dropped = true;
}

/* ---- numbers ---- */

/* Seven bits in each byte, lowest first; the highest bit: more bytes follow. */
static uint8_t *
put_number(uint8_t *p, uint64_t n)
{
	for (; n >= 128; n >>= 7)
		*p++ = (uint8_t)(n | 128);
	*p++ = (uint8_t)n;
	return p;
}

static const uint8_t *
get_number(const uint8_t *p, uint64_t *ret)
{
	uint64_t n = 0;
	unsigned shift = 0;

	for (; *p >= 128; p++, shift += 7)
		n |= (uint64_t)(*p & 127) << shift;
	*ret = n | (uint64_t)*p++ << shift;
	return p;
}

/* Small numbers of either sign become small ones without a sign. */
static uint64_t
fold(uint64_t difference)
{
	return difference << 1 ^ (UINT64_C(0) - (difference >> 63));
}

static uint64_t
unfold(uint64_t n)
{
	return n >> 1 ^ (UINT64_C(0) - (n & 1));
}

/* The difference of two numbers of 32 bits, the shorter way round. */
static uint8_t *
put_difference(uint8_t *p, uint32_t value, uint32_t guess)
{
	return put_number(p, fold((uint64_t)(int64_t)(int32_t)(value -
	    guess)));
}

static const uint8_t *
get_difference(const uint8_t *p, uint32_t *value, uint32_t guess)
{
	uint64_t n;

	p = get_number(p, &n);
	*value = guess + (uint32_t)unfold(n);
	return p;
}

static uint8_t *
put_bytes(uint8_t *p, const void *from, size_t len)
{
	memcpy(p, from, len);
	return p + len;
}

static const uint8_t *
get_bytes(const uint8_t *p, void *into, size_t len)
{
	memcpy(into, p, len);
	return p + len;
}

/* ---- what is predicted ---- */

static struct spool_guess *
guess_of(const struct spool *spool, uint32_t from)
{
	struct spool_guess *guess = &spool->guesses[from &
	    (SPOOL_GUESSES - 1)];

	if (guess->from != from)
		*guess = (struct spool_guess){ .from = from };
	return guess;
}

static struct header
header_of(const struct transmission *t)
{
	return (struct header){
	    .options = t->options,
	    .mss = t->mss,
	    .ttl = t->ttl,
	    .dscp = t->dscp,
	    .wscale = t->wscale,
	    .ecn = t->ecn,
	};
}

static bool
header_equal(const struct header *a, const struct header *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

/* After a segment, in the writer and in the reader alike. */
static void
predict(struct spool *spool, struct spool_guess *guess,
    const struct transmission *t)
{
	spool->ns = t->ns;
	spool->frame = t->frame;
	spool->from = guess->from;
	guess->seq = (uint32_t)t->start + t->len;
	guess->ack = t->ack;
	guess->tsval = t->tsval;
	guess->len = t->len;
	guess->window = t->window;
	guess->ip_id = (uint16_t)(t->ip_id + 1);
	guess->flags = t->flags;
	guess->residue = t->residue;
	guess->header = header_of(t);
}

/* ---- to write ---- */

static unsigned
fields_of(const struct spool *spool, const struct spool_guess *guess,
    const struct transmission *t, const struct header *header)
{
	return (t->frame != spool->frame + 1 ? HAS_FRAME : 0U) |
	    ((uint32_t)t->start != guess->seq ? HAS_SEQ : 0U) |
	    (t->ack != guess->ack ? HAS_ACK : 0U) |
	    (t->tsval != guess->tsval ? HAS_TSVAL : 0U) |
	    (t->window != guess->window ? HAS_WINDOW : 0U) |
	    (t->ip_id != guess->ip_id ? HAS_IP_ID : 0U) |
	    (t->len != guess->len ? HAS_LEN : 0U) |
	    (t->flags != guess->flags ? HAS_FLAGS : 0U) |
	    (t->residue != guess->residue ? HAS_RESIDUE : 0U) |
	    (header_equal(header, &guess->header) ? 0U : HAS_HEADER) |
	    (t->judged != 0 ? HAS_JUDGED : 0U) |
	    (t->has_residue ? 0U : IS_WITHOUT_RESIDUE);
}

static uint8_t *
put_fields(uint8_t *p, const struct spool *spool,
    const struct spool_guess *guess, const struct transmission *t,
    unsigned fields)
{
	if ((fields & HAS_FRAME) != 0)
		p = put_number(p, fold(t->frame - spool->frame));
	if ((fields & HAS_SEQ) != 0)
		p = put_difference(p, (uint32_t)t->start, guess->seq);
	if ((fields & HAS_ACK) != 0)
		p = put_difference(p, t->ack, guess->ack);
	if ((fields & HAS_TSVAL) != 0)
		p = put_difference(p, t->tsval, guess->tsval);
	if ((fields & HAS_WINDOW) != 0)
		p = put_bytes(p, &t->window, sizeof(t->window));
	if ((fields & HAS_IP_ID) != 0)
		p = put_bytes(p, &t->ip_id, sizeof(t->ip_id));
	if ((fields & HAS_LEN) != 0)
		p = put_number(p, t->len);
	if ((fields & HAS_FLAGS) != 0)
		p = put_bytes(p, &t->flags, sizeof(t->flags));
	if ((fields & HAS_RESIDUE) != 0)
		p = put_bytes(p, &t->residue, sizeof(t->residue));
	if ((fields & HAS_JUDGED) != 0)
		p = put_bytes(p, &t->judged, sizeof(t->judged));
	return p;
}

static uint8_t *
put_record(uint8_t *p, struct spool *spool, const struct transmission *t)
{
	const uint32_t from = t->conn * 2 + t->side;
	struct spool_guess *guess = guess_of(spool, from);
	const struct header header = header_of(t);
	const unsigned fields = fields_of(spool, guess, t, &header);

	*p++ = (uint8_t)fields;
	*p++ = (uint8_t)(fields >> 8);
	p = put_difference(p, from, spool->from);
	p = put_number(p, fold((uint64_t)t->ns - (uint64_t)spool->ns));
	p = put_fields(p, spool, guess, t, fields);
	if ((fields & HAS_HEADER) != 0)
		p = put_bytes(p, &header, sizeof(header));
	predict(spool, guess, t);
	return p;
}

/* The block that the next record goes into, or NULL: there is no room. */
static uint8_t *
block_with_room(struct spool *spool)
{
	const unsigned last = spool->count - 1;	/* wraps: not used then */

	if (spool->count > 0 && spool->used[last] + RECORD_MAX <= SPOOL_BLOCK)
		return spool->blocks[last];
	if (spool->count == SPOOL_BLOCKS)
		return NULL;
	spool->blocks[spool->count] = mem_zalloc(SPOOL_BLOCK);
	return spool->blocks[spool->count] == NULL ? NULL :
	    spool->blocks[spool->count++];
}

/* Segments ahead whose prediction is fetched. */
#define AHEAD	8

static void
fetch_guess(const struct spool *spool, const struct transmission *t)
{
	PREFETCH(&spool->guesses[(t->conn * 2 + t->side) &
	    (SPOOL_GUESSES - 1)]);
}

void
spool_add(struct spool *spool, const struct transmission *t, unsigned count)
{
	for (unsigned i = 0; i < count && !spool->is_dropped; i++) {
		uint8_t *block = block_with_room(spool);
		size_t *used;

		if (block == NULL) {
			drop(spool);
			return;
		}
		if (i + AHEAD < count)
			fetch_guess(spool, &t[i + AHEAD]);
		used = &spool->used[spool->count - 1];
		*used = (size_t)(put_record(block + *used, spool, &t[i]) -
		    block);
	}
}

/* ---- to read ---- */

void
spool_rewind(struct spool *spool)
{
	spool->at = 0;
	spool->offset = 0;
	spool->ns = 0;
	spool->frame = 0;
	spool->from = 0;
	if (spool->guesses != NULL)
		memset(spool->guesses, 0, SPOOL_GUESSES *
		    sizeof(*spool->guesses));
}

static void
fill_from_guess(struct transmission *t, const struct spool *spool,
    const struct spool_guess *guess, unsigned fields)
{
	*t = (struct transmission){
	    .ns = spool->ns,
	    .frame = spool->frame + 1,
	    .start = guess->seq,
	    .ack = guess->ack,
	    .tsval = guess->tsval,
	    .len = guess->len,
	    .window = guess->window,
	    .ip_id = guess->ip_id,
	    .flags = guess->flags,
	    .residue = guess->residue,
	    .conn = guess->from / 2,
	    .side = guess->from % 2,
	    .has_residue = (fields & IS_WITHOUT_RESIDUE) == 0,
	};
}

static const uint8_t *
get_numbers(const uint8_t *p, const struct spool_guess *guess,
    struct transmission *t, unsigned fields)
{
	uint32_t seq = guess->seq;
	uint64_t n;

	if ((fields & HAS_FRAME) != 0) {
		p = get_number(p, &n);
		t->frame += unfold(n) - 1;
	}
	if ((fields & HAS_SEQ) != 0)
		p = get_difference(p, &seq, guess->seq);
	t->start = seq;
	if ((fields & HAS_ACK) != 0)
		p = get_difference(p, &t->ack, guess->ack);
	if ((fields & HAS_TSVAL) != 0)
		p = get_difference(p, &t->tsval, guess->tsval);
	return p;
}

static const uint8_t *
get_fields(const uint8_t *p, struct transmission *t, unsigned fields)
{
	uint64_t n;

	if ((fields & HAS_WINDOW) != 0)
		p = get_bytes(p, &t->window, sizeof(t->window));
	if ((fields & HAS_IP_ID) != 0)
		p = get_bytes(p, &t->ip_id, sizeof(t->ip_id));
	if ((fields & HAS_LEN) != 0) {
		p = get_number(p, &n);
		t->len = (uint32_t)n;
	}
	if ((fields & HAS_FLAGS) != 0)
		p = get_bytes(p, &t->flags, sizeof(t->flags));
	if ((fields & HAS_RESIDUE) != 0)
		p = get_bytes(p, &t->residue, sizeof(t->residue));
	if ((fields & HAS_JUDGED) != 0)
		p = get_bytes(p, &t->judged, sizeof(t->judged));
	return p;
}

static const uint8_t *
get_header(const uint8_t *p, const struct spool_guess *guess,
    struct transmission *t, unsigned fields)
{
	struct header header = guess->header;

	if ((fields & HAS_HEADER) != 0)
		p = get_bytes(p, &header, sizeof(header));
	t->options = header.options;
	t->mss = header.mss;
	t->ttl = header.ttl;
	t->dscp = header.dscp;
	t->wscale = header.wscale;
	t->ecn = header.ecn & 3U;
	return p;
}

static const uint8_t *
get_record(const uint8_t *p, struct spool *spool, struct transmission *t)
{
	const unsigned fields = p[0] | (unsigned)p[1] << 8;
	struct spool_guess *guess;
	uint32_t from;
	uint64_t n;

	p = get_difference(p + 2, &from, spool->from);
	p = get_number(p, &n);
	guess = guess_of(spool, from);
	fill_from_guess(t, spool, guess, fields);
	t->ns = (int64_t)((uint64_t)spool->ns + unfold(n));
	p = get_numbers(p, guess, t, fields);
	p = get_fields(p, t, fields);
	p = get_header(p, guess, t, fields);
	predict(spool, guess, t);
	return p;
}

/* Go to the next block at the end of one; false: there is none. */
static bool
has_record(struct spool *spool)
{
	if (spool->at < spool->count &&
	    spool->offset == spool->used[spool->at]) {
		mem_free(spool->blocks[spool->at]);
		spool->blocks[spool->at++] = NULL;
		spool->offset = 0;
	}
	return spool->at < spool->count;
}

unsigned
spool_take(struct spool *spool, struct transmission *t, unsigned max)
{
	unsigned count = 0;

	while (count < max && has_record(spool)) {
		const uint8_t *block = spool->blocks[spool->at];

		spool->offset = (size_t)(get_record(block + spool->offset,
		    spool, &t[count++]) - block);
	}
	return count;
}
