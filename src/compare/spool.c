/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "compare/spool.h"

#include <assert.h>
#include <string.h>

#include "base/cursor.h"
#include "base/err.h"
#include "base/pool.h"
#include "compare/transmission.h"
#include "decode/segment.h"

/*
 * A record is a head of HEAD_BYTES, then its place (from, time, and what is
 * rare), then its fields, which a reader may skip.  The head says how many bytes
 * each number takes, so that none is read by a branch, which would often be
 * mispredicted.  A size takes three bits, whose highest value means eight
 * bytes.  The first four sizes and flags are those of fields, see fields_size().
 */
#define HEAD_BYTES	3
#define HEAD_MASK	((1U << 8 * HEAD_BYTES) - 1)
enum {
	SIZE_SEQ	= 0,
	SIZE_ACK	= 3,
	SIZE_TSVAL	= 6,
	SIZE_LEN	= 9,
	HAS_WINDOW	= 12,	/* these: two bytes each */
	HAS_IP_ID	= 13,
	HAS_FLAGS	= 14,
	HAS_RESIDUE	= 15,
	LACKS_RESIDUE	= 16,
	IS_RARE		= 17,	/* a byte of the flags below */
	SIZE_FROM	= 18,
	SIZE_NS		= 21
};

/* With IS_RARE. */
enum {
	IS_FIRST	= 0,	/* nothing is predicted of its direction */
	HAS_MSS		= 1,
	HAS_HEADER	= 2,	/* struct header */
	HAS_JUDGED	= 3,
	SIZE_GAP	= 4	/* of the frames left out before */
};

/* Rarely changes within a direction. */
struct header {
	uint16_t options;
	uint8_t ttl;
	uint8_t dscp;
	uint8_t wscale;
	uint8_t ecn;
};

/*
 * The latest segment of a direction, in half a cache line.  A residue is zero,
 * but for payload, which nothing predicts.
 */
struct spool_guess {
	uint32_t from;		/* 2 * number of the connection + side */
	uint32_t seq;		/* of the next, if nothing is missing */
	uint32_t ack;
	uint32_t tsval;
	uint32_t len;
	uint16_t window;
	uint16_t ip_id;		/* of the next, if the sender counts */
	uint16_t flags;
	struct header header;
};

static_assert(sizeof(struct spool_guess) == 32, "two in a cache line");

/*
 * Bytes that a record takes at most, and what is written or read behind it: a
 * number is moved in one piece of eight bytes, however few are its own.
 */
#define RECORD_MAX	80

static struct spool_guess *
new_guesses(void)
{
	return mem_zalloc_lines(SPOOL_GUESSES * sizeof(struct spool_guess));
}

static struct spool_guess *
guess_at(struct spool_guess *guesses, uint32_t from)
{
	return &guesses[from & (SPOOL_GUESSES - 1)];
}

void
spool_init(struct spool *spool)
{
	*spool = (struct spool){ .count = 0 };
	spool->guesses = new_guesses();
	spool->is_dropped = spool->guesses == NULL;
}

void
spool_fini(struct spool *spool)
{
	for (unsigned i = 0; i < SPOOL_BLOCKS; i++) {
		mem_free(spool->blocks[i]);
		spool->blocks[i] = NULL;
	}
	spool_end(spool);
}

void
spool_end(struct spool *spool)
{
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

/* Written out, so that compilers see one store. */
static void
store_le64(uint8_t *p, uint64_t n)
{
	p[0] = (uint8_t)n;
	p[1] = (uint8_t)(n >> 8);
	p[2] = (uint8_t)(n >> 16);
	p[3] = (uint8_t)(n >> 24);
	p[4] = (uint8_t)(n >> 32);
	p[5] = (uint8_t)(n >> 40);
	p[6] = (uint8_t)(n >> 48);
	p[7] = (uint8_t)(n >> 56);
}

/* The code of eight bytes; all others are the numbers of bytes. */
#define CODE_EIGHT	7

/* How many bytes a number takes, as a code: none, if it is zero. */
static unsigned
code_of(uint64_t n)
{
	const unsigned size = HIGHEST_BIT(n | 1) / 8 + (n != 0);

	return size < CODE_EIGHT ? size : CODE_EIGHT;
}

static unsigned
size_of(unsigned code)
{
	return code + (code == CODE_EIGHT);
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
static uint32_t
fold32(uint32_t value, uint32_t guess)
{
	const uint32_t difference = value - guess;

	return difference << 1 ^ (0U - (difference >> 31));
}

static uint32_t
unfold32(uint32_t n, uint32_t guess)
{
	return guess + (n >> 1 ^ (0U - (n & 1)));
}

/*
 * Store what a number takes, and its size in the head.  This function and those
 * below are inlined, so that compilers keep the pointer in a register.
 */
static ALWAYS_INLINE uint8_t *
put_number(uint8_t *p, uint64_t n, unsigned at, uint32_t *head)
{
	const unsigned code = code_of(n);

	store_le64(p, n);
	*head |= code << at;
	return p + size_of(code);
}

/* The next number, of less than eight bytes. */
static ALWAYS_INLINE uint32_t
get_number(const uint8_t **p, unsigned head, unsigned at)
{
	const unsigned size = head >> at & 7;
	const uint64_t n = load_le64(*p);

	*p += size;
	return (uint32_t)(n & ((UINT64_C(1) << 8 * size) - 1));
}

static ALWAYS_INLINE uint64_t
get_long(const uint8_t **p, unsigned head, unsigned at)
{
	const unsigned code = head >> at & 7;
	const uint64_t n = load_le64(*p);

	*p += size_of(code);
	return code == CODE_EIGHT ? n :
	    n & ((UINT64_C(1) << 8 * code) - 1);
}

/* Two bytes, unless they are zero. */
static ALWAYS_INLINE uint8_t *
put_pair(uint8_t *p, unsigned n, unsigned at, uint32_t *head)
{
	const unsigned has = n != 0;

	p[0] = (uint8_t)n;
	p[1] = (uint8_t)(n >> 8);
	*head |= has << at;
	return p + 2 * has;
}

static ALWAYS_INLINE uint16_t
get_pair(const uint8_t **p, unsigned has)
{
	const unsigned n = (*p)[0] | (unsigned)(*p)[1] << 8;

	*p += 2 * (has & 1);
	return (uint16_t)(n & (0U - (has & 1)));
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

static struct header
header_of(const struct transmission *t)
{
	return (struct header){
	    .options = t->options,
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

/* After a segment, in the writer and in a reader alike. */
static void
predict(struct spool_guess *guess, const struct transmission *t)
{
	guess->seq = (uint32_t)t->start + t->len;
	guess->ack = t->ack;
	guess->tsval = t->tsval;
	guess->len = t->len;
	guess->window = t->window;
	guess->ip_id = (uint16_t)(t->ip_id + 1);
	guess->flags = t->flags;
}

/* ---- to write ---- */

static unsigned
find_rare(const struct spool_guess *guess, const struct transmission *t,
    const struct header *header, bool is_first)
{
	return (unsigned)is_first << IS_FIRST |
	    (unsigned)(t->mss != 0) << HAS_MSS |
	    (unsigned)!header_equal(header, &guess->header) << HAS_HEADER |
	    (unsigned)(t->judged != 0) << HAS_JUDGED;
}

/* Place: the direction, the time and the frame. */
static uint8_t *
put_place(uint8_t *p, struct spool_place *last, uint32_t from,
    const struct transmission *t, unsigned rare, uint32_t *head)
{
	const uint64_t gap = t->frame - last->frame - 1;
	const unsigned gap_code = code_of(gap);

	p = put_number(p, fold32(from, last->from), SIZE_FROM, head);
	p = put_number(p, fold((uint64_t)t->ns - (uint64_t)last->ns), SIZE_NS,
	    head);
	*last = (struct spool_place){ t->ns, t->frame, from };
	if ((rare | gap) == 0)
		return p;
	*head |= 1U << IS_RARE;
	*p = (uint8_t)(rare | gap_code << SIZE_GAP);
	store_le64(p + 1, gap);
	return p + 1 + size_of(gap_code);
}

static uint8_t *
put_fields(uint8_t *p, const struct spool_guess *guess,
    const struct transmission *t, uint32_t *head)
{
	p = put_number(p, fold32((uint32_t)t->start, guess->seq), SIZE_SEQ,
	    head);
	p = put_number(p, fold32(t->ack, guess->ack), SIZE_ACK, head);
	p = put_number(p, fold32(t->tsval, guess->tsval), SIZE_TSVAL, head);
	p = put_number(p, t->len ^ guess->len, SIZE_LEN, head);
	p = put_pair(p, t->window ^ guess->window, HAS_WINDOW, head);
	p = put_pair(p, t->ip_id ^ guess->ip_id, HAS_IP_ID, head);
	p = put_pair(p, t->flags ^ guess->flags, HAS_FLAGS, head);
	*head |= (unsigned)!t->has_residue << LACKS_RESIDUE;
	return put_pair(p, t->residue, HAS_RESIDUE, head);
}

static uint8_t *
put_rare(uint8_t *p, unsigned rare, const struct header *header,
    const struct transmission *t)
{
	if ((rare >> HAS_MSS & 1) != 0)
		p = put_bytes(p, &t->mss, sizeof(t->mss));
	if ((rare >> HAS_HEADER & 1) != 0)
		p = put_bytes(p, header, sizeof(*header));
	if ((rare >> HAS_JUDGED & 1) != 0)
		p = put_bytes(p, &t->judged, sizeof(t->judged));
	return p;
}

static uint8_t *
put_record(uint8_t *record, struct spool *spool, const struct transmission *t)
{
	const uint32_t from = t->conn * 2 + t->side;
	struct spool_guess *guess = guess_at(spool->guesses, from);
	const bool is_first = guess->from != from;
	const struct header header = header_of(t);
	uint32_t head = 0;
	unsigned rare;
	uint8_t *p;

	if (is_first)
		*guess = (struct spool_guess){ .from = from };
	rare = find_rare(guess, t, &header, is_first);
	p = put_place(record + HEAD_BYTES, &spool->last, from, t, rare, &head);
	p = put_fields(p, guess, t, &head);
	if (rare != 0) {
		p = put_rare(p, rare, &header, t);
		guess->header = header;
	}
	record[0] = (uint8_t)head;
	record[1] = (uint8_t)(head >> 8);
	record[2] = (uint8_t)(head >> 16);
	predict(guess, t);
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
			PREFETCH(guess_at(spool->guesses, t[i + AHEAD].conn *
			    2 + t[i + AHEAD].side));
		used = &spool->used[spool->count - 1];
		*used = (size_t)(put_record(block + *used, spool, &t[i]) -
		    block);
	}
}

/* ---- to read ---- */

int
spool_reader_init(struct spool_reader *reader, struct spool *spool)
{
	*reader = (struct spool_reader){ .spool = spool };
	reader->guesses = new_guesses();
	if (reader->guesses == NULL)
		return -ERR_NOMEM;
	spool->readers++;
	return 0;
}

void
spool_reader_fini(struct spool_reader *reader)
{
	mem_free(reader->guesses);
	reader->guesses = NULL;
}

/* The last reader that has read a block frees it. */
static void
leave_block(struct spool *spool, unsigned at)
{
	if (atomic_fetch_add(&spool->left[at], 1) + 1 < spool->readers)
		return;
	mem_free(spool->blocks[at]);
	spool->blocks[at] = NULL;
}

/* Go to the next block at the end of one; false: there is none. */
static bool
has_record(struct spool_reader *reader)
{
	struct spool *spool = reader->spool;

	if (reader->at < spool->count &&
	    reader->offset == spool->used[reader->at]) {
		leave_block(spool, reader->at++);
		reader->offset = 0;
	}
	return reader->at < spool->count;
}

static size_t
rare_size(unsigned rare)
{
	return (rare >> HAS_MSS & 1) * sizeof(uint16_t) +
	    (rare >> HAS_HEADER & 1) * sizeof(struct header) +
	    (rare >> HAS_JUDGED & 1) * sizeof(uint32_t);
}

/* The bytes of the four numbers, added two by two, and of four pairs. */
static size_t
fields_size(unsigned head)
{
	const unsigned two = (head & 0707) + (head >> 3 & 0707);
	const unsigned pairs = 0x8664644264424220ULL >>
	    4 * (head >> HAS_WINDOW & 15) & 15;

	return (two & 077) + (two >> 6) + pairs;
}

unsigned
spool_scan(struct spool_reader *reader, struct spooled *ret, unsigned max)
{
	struct spool_place last = reader->last;
	const uint8_t *block, *end, *p;
	unsigned count;

	if (!has_record(reader))
		return 0;
	block = reader->spool->blocks[reader->at];
	end = block + reader->spool->used[reader->at];
	p = block + reader->offset;
	for (count = 0; count < max && p < end; count++) {
		const unsigned head = (unsigned)load_le64(p) & HEAD_MASK;
		unsigned rare = 0;

		p += HEAD_BYTES;
		last.from = unfold32(get_number(&p, head, SIZE_FROM),
		    last.from);
		last.ns = (int64_t)((uint64_t)last.ns +
		    unfold(get_long(&p, head, SIZE_NS)));
		last.frame++;
		if ((head >> IS_RARE & 1) != 0) {
			rare = *p++;
			last.frame += get_long(&p, rare, SIZE_GAP);
		}
		ret[count] = (struct spooled){ last, p, head, rare };
		p += fields_size(head);
		if (rare != 0)
			p += rare_size(rare);
	}
	reader->offset = (size_t)(p - block);
	reader->last = last;
	return count;
}

void
spool_prepare(const struct spool_reader *reader, const struct spooled *spooled)
{
	PREFETCH(guess_at(reader->guesses, spooled->place.from));
}

static const uint8_t *
get_fields(const uint8_t *p, unsigned head, const struct spool_guess *guess,
    struct transmission *t)
{
	t->start = unfold32(get_number(&p, head, SIZE_SEQ), guess->seq);
	t->ack = unfold32(get_number(&p, head, SIZE_ACK), guess->ack);
	t->tsval = unfold32(get_number(&p, head, SIZE_TSVAL), guess->tsval);
	t->len = guess->len ^ get_number(&p, head, SIZE_LEN);
	t->window = guess->window ^ get_pair(&p, head >> HAS_WINDOW);
	t->ip_id = guess->ip_id ^ get_pair(&p, head >> HAS_IP_ID);
	t->flags = guess->flags ^ get_pair(&p, head >> HAS_FLAGS);
	t->residue = get_pair(&p, head >> HAS_RESIDUE);
	return p;
}

static void
get_rare(const uint8_t *p, unsigned rare, struct transmission *t,
    struct header *header)
{
	if ((rare >> HAS_MSS & 1) != 0)
		p = get_bytes(p, &t->mss, sizeof(t->mss));
	if ((rare >> HAS_HEADER & 1) != 0)
		p = get_bytes(p, header, sizeof(*header));
	if ((rare >> HAS_JUDGED & 1) != 0)
		get_bytes(p, &t->judged, sizeof(t->judged));
}

static void
set_header(struct transmission *t, const struct header *header)
{
	t->options = header->options;
	t->ttl = header->ttl;
	t->dscp = header->dscp;
	t->wscale = header->wscale;
	t->ecn = header->ecn & 3U;
}

void
spool_decode(struct spool_reader *reader, const struct spooled *spooled,
    struct transmission *ret)
{
	const struct spool_place *place = &spooled->place;
	struct spool_guess *guess = guess_at(reader->guesses, place->from);
	const uint8_t *p = spooled->fields;

	if ((spooled->rare >> IS_FIRST & 1) != 0)
		*guess = (struct spool_guess){ .from = place->from };
	*ret = (struct transmission){
	    .ns = place->ns,
	    .frame = place->frame,
	    .conn = place->from / 2,
	    .side = place->from % 2,
	    .has_residue = (spooled->head >> LACKS_RESIDUE & 1) == 0,
	};
	p = get_fields(p, spooled->head, guess, ret);
	if (spooled->rare != 0)
		get_rare(p, spooled->rare, ret, &guess->header);
	set_header(ret, &guess->header);
	predict(guess, ret);
}
