/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "compare/spool.h"

#include <assert.h>
#include <string.h>

#include "base/cursor.h"
#include "base/pool.h"
#include "compare/transmission.h"
#include "decode/segment.h"

/*
 * A record begins with a head of HEAD_BYTES, which says how many bytes each of
 * the fields behind it takes.  So no field is read by a branch, which would
 * often be mispredicted.  The lowest bits of the head are codes of two bits for
 * sizes, the others flags.
 */
#define HEAD_BYTES	3
enum {
	SIZE_FROM	= 0,	/* sizes_from */
	SIZE_NS		= 2,	/* sizes_ns */
	SIZE_SEQ	= 4,	/* these: sizes_number */
	SIZE_ACK	= 6,
	SIZE_TSVAL	= 8,
	SIZE_LEN	= 10,
	HAS_WINDOW	= 12,	/* these: two bytes each */
	HAS_IP_ID	= 13,
	HAS_FLAGS	= 14,
	HAS_RESIDUE	= 15,
	HAS_MSS		= 16,
	HAS_FRAME	= 17,	/* does not follow the one before */
	HAS_HEADER	= 18,	/* struct header */
	HAS_JUDGED	= 19,
	IS_WITHOUT_RESIDUE = 20
};
#define HAS_RARE	\
	(1U << HAS_MSS | 1U << HAS_FRAME | 1U << HAS_HEADER | 1U << HAS_JUDGED)

/* Bytes of each code, in four bits: code 0 is lowest. */
#define SIZES_FROM	0x4321U
#define SIZES_NS	0x8432U
#define SIZES_NUMBER	0x4210U

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
 * field is moved in one piece of eight bytes, however few are its own.
 */
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

static unsigned
size_of(unsigned sizes, unsigned code)
{
	return sizes >> 4 * (code & 3) & 15;
}

/* The lowest `size` bytes of what begins at `p`; up to 8. */
static uint64_t
load_sized(const uint8_t *p, unsigned size)
{
	return size == 8 ? load_le64(p) :
	    load_le64(p) & ((UINT64_C(1) << 8 * size) - 1);
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

/* The code of a number that is stored if it is not as predicted. */
static unsigned
code_number(uint32_t n, bool is_stored)
{
	return is_stored + (unsigned)(n > 0xff) + (n > 0xffff);
}

/* The code of a number that is always stored: the largest of codes 0 to 2. */
static unsigned
code_always(uint64_t n, uint64_t of_0, uint64_t of_1, uint64_t of_2)
{
	return (n > of_0) + (unsigned)(n > of_1) + (n > of_2);
}

static uint8_t *
put_sized(uint8_t *p, uint64_t n, unsigned sizes, unsigned code)
{
	store_le64(p, n);
	return p + size_of(sizes, code);
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
	guess->header = header_of(t);
}

/* ---- to write ---- */

/* What is stored of a segment, before it has a size. */
struct stored {
	uint64_t ns;
	uint32_t from;
	uint32_t seq;
	uint32_t ack;
	uint32_t tsval;
	struct header header;
	unsigned head;
};

static unsigned
head_of(const struct spool *spool, const struct spool_guess *guess,
    const struct transmission *t, const struct stored *stored)
{
	return code_always(stored->from, 0xff, 0xffff, 0xffffff) << SIZE_FROM |
	    code_always(stored->ns, 0xffff, 0xffffff, UINT32_MAX) << SIZE_NS |
	    code_number(stored->seq, stored->seq != 0) << SIZE_SEQ |
	    code_number(stored->ack, stored->ack != 0) << SIZE_ACK |
	    code_number(stored->tsval, stored->tsval != 0) << SIZE_TSVAL |
	    (t->len != guess->len ? code_number(t->len, true) : 0U) <<
		SIZE_LEN |
	    (unsigned)(t->window != guess->window) << HAS_WINDOW |
	    (unsigned)(t->ip_id != guess->ip_id) << HAS_IP_ID |
	    (unsigned)(t->flags != guess->flags) << HAS_FLAGS |
	    (unsigned)(t->residue != 0) << HAS_RESIDUE |
	    (unsigned)(t->mss != 0) << HAS_MSS |
	    (unsigned)(t->frame != spool->frame + 1) << HAS_FRAME |
	    (unsigned)!header_equal(&stored->header, &guess->header) <<
		HAS_HEADER |
	    (unsigned)(t->judged != 0) << HAS_JUDGED |
	    (unsigned)!t->has_residue << IS_WITHOUT_RESIDUE;
}

static struct stored
stored_of(const struct spool *spool, const struct spool_guess *guess,
    const struct transmission *t)
{
	struct stored stored = {
	    .ns = fold((uint64_t)t->ns - (uint64_t)spool->ns),
	    .from = fold32(guess->from, spool->from),
	    .seq = fold32((uint32_t)t->start, guess->seq),
	    .ack = fold32(t->ack, guess->ack),
	    .tsval = fold32(t->tsval, guess->tsval),
	    .header = header_of(t),
	};

	stored.head = head_of(spool, guess, t, &stored);
	return stored;
}

static uint8_t *
put_numbers(uint8_t *p, const struct stored *stored,
    const struct transmission *t)
{
	const unsigned head = stored->head;

	p = put_sized(p, stored->from, SIZES_FROM, head >> SIZE_FROM);
	p = put_sized(p, stored->ns, SIZES_NS, head >> SIZE_NS);
	p = put_sized(p, stored->seq, SIZES_NUMBER, head >> SIZE_SEQ);
	p = put_sized(p, stored->ack, SIZES_NUMBER, head >> SIZE_ACK);
	p = put_sized(p, stored->tsval, SIZES_NUMBER, head >> SIZE_TSVAL);
	return put_sized(p, t->len, SIZES_NUMBER, head >> SIZE_LEN);
}

static uint8_t *
put_pair(uint8_t *p, uint16_t value, unsigned has)
{
	p[0] = (uint8_t)value;
	p[1] = (uint8_t)(value >> 8);
	return p + 2 * (has & 1);
}

static uint8_t *
put_rare(uint8_t *p, const struct spool *spool, const struct stored *stored,
    const struct transmission *t)
{
	const uint64_t frame = t->frame - spool->frame;

	if ((stored->head >> HAS_MSS & 1) != 0)
		p = put_bytes(p, &t->mss, sizeof(t->mss));
	if ((stored->head >> HAS_FRAME & 1) != 0)
		p = put_bytes(p, &frame, sizeof(frame));
	if ((stored->head >> HAS_HEADER & 1) != 0)
		p = put_bytes(p, &stored->header, sizeof(stored->header));
	if ((stored->head >> HAS_JUDGED & 1) != 0)
		p = put_bytes(p, &t->judged, sizeof(t->judged));
	return p;
}

static uint8_t *
put_record(uint8_t *p, struct spool *spool, const struct transmission *t)
{
	struct spool_guess *guess = guess_of(spool, t->conn * 2 + t->side);
	const struct stored stored = stored_of(spool, guess, t);

	store_le64(p, stored.head);
	p = put_numbers(p + HEAD_BYTES, &stored, t);
	p = put_pair(p, t->window, stored.head >> HAS_WINDOW);
	p = put_pair(p, t->ip_id, stored.head >> HAS_IP_ID);
	p = put_pair(p, t->flags, stored.head >> HAS_FLAGS);
	p = put_pair(p, t->residue, stored.head >> HAS_RESIDUE);
	if ((stored.head & HAS_RARE) != 0)
		p = put_rare(p, spool, &stored, t);
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

static void
fetch_guess(const struct spool *spool, uint32_t from)
{
	PREFETCH(&spool->guesses[from & (SPOOL_GUESSES - 1)]);
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
			fetch_guess(spool, t[i + AHEAD].conn * 2 +
			    t[i + AHEAD].side);
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

static uint64_t
get_sized(const uint8_t **p, unsigned sizes, unsigned code)
{
	const unsigned size = size_of(sizes, code);
	const uint64_t n = load_sized(*p, size);

	*p += size;
	return n;
}

static const uint8_t *
get_numbers(const uint8_t *p, unsigned head, const struct spool_guess *guess,
    struct transmission *t)
{
	t->start = unfold32((uint32_t)get_sized(&p, SIZES_NUMBER,
	    head >> SIZE_SEQ), guess->seq);
	t->ack = unfold32((uint32_t)get_sized(&p, SIZES_NUMBER,
	    head >> SIZE_ACK), guess->ack);
	t->tsval = unfold32((uint32_t)get_sized(&p, SIZES_NUMBER,
	    head >> SIZE_TSVAL), guess->tsval);
	t->len = (uint32_t)get_sized(&p, SIZES_NUMBER, head >> SIZE_LEN);
	if ((head >> SIZE_LEN & 3) == 0)
		t->len = guess->len;
	return p;
}

/* Two bytes, or what is predicted. */
static uint16_t
get_pair(const uint8_t **p, unsigned has, uint16_t guess)
{
	const uint16_t value = (uint16_t)((*p)[0] | (*p)[1] << 8);

	*p += 2 * (has & 1);
	return (has & 1) != 0 ? value : guess;
}

static const uint8_t *
get_pairs(const uint8_t *p, unsigned head, const struct spool_guess *guess,
    struct transmission *t)
{
	t->window = get_pair(&p, head >> HAS_WINDOW, guess->window);
	t->ip_id = get_pair(&p, head >> HAS_IP_ID, guess->ip_id);
	t->flags = get_pair(&p, head >> HAS_FLAGS, guess->flags);
	t->residue = get_pair(&p, head >> HAS_RESIDUE, 0);
	return p;
}

static void
get_rare(const uint8_t *p, unsigned head, struct transmission *t,
    struct header *header)
{
	uint64_t frame;

	if ((head >> HAS_MSS & 1) != 0)
		p = get_bytes(p, &t->mss, sizeof(t->mss));
	if ((head >> HAS_FRAME & 1) != 0) {
		p = get_bytes(p, &frame, sizeof(frame));
		t->frame += frame - 1;
	}
	if ((head >> HAS_HEADER & 1) != 0)
		p = get_bytes(p, header, sizeof(*header));
	if ((head >> HAS_JUDGED & 1) != 0)
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

/* Without `from`, which the caller has read. */
static void
get_record(const uint8_t *p, struct spool *spool, struct spool_guess *guess,
    struct transmission *t)
{
	const unsigned head = (unsigned)load_sized(p, HEAD_BYTES);
	struct header header = guess->header;

	p += HEAD_BYTES + size_of(SIZES_FROM, head >> SIZE_FROM);
	*t = (struct transmission){
	    .ns = (int64_t)((uint64_t)spool->ns + unfold(get_sized(&p,
		SIZES_NS, head >> SIZE_NS))),
	    .frame = spool->frame + 1,
	    .conn = guess->from / 2,
	    .side = guess->from % 2,
	    .has_residue = (head >> IS_WITHOUT_RESIDUE & 1) == 0,
	};
	p = get_numbers(p, head, guess, t);
	p = get_pairs(p, head, guess, t);
	if ((head & HAS_RARE) != 0)
		get_rare(p, head, t, &header);
	set_header(t, &header);
	predict(spool, guess, t);
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

static size_t
rare_size(unsigned head)
{
	return (head >> HAS_MSS & 1) * sizeof(uint16_t) +
	    (head >> HAS_FRAME & 1) * sizeof(uint64_t) +
	    (head >> HAS_HEADER & 1) * sizeof(struct header) +
	    (head >> HAS_JUDGED & 1) * sizeof(uint32_t);
}

static size_t
record_size(unsigned head)
{
	return HEAD_BYTES + size_of(SIZES_FROM, head >> SIZE_FROM) +
	    size_of(SIZES_NS, head >> SIZE_NS) +
	    size_of(SIZES_NUMBER, head >> SIZE_SEQ) +
	    size_of(SIZES_NUMBER, head >> SIZE_ACK) +
	    size_of(SIZES_NUMBER, head >> SIZE_TSVAL) +
	    size_of(SIZES_NUMBER, head >> SIZE_LEN) +
	    2 * (size_t)((head >> HAS_WINDOW & 1) + (head >> HAS_IP_ID & 1) +
	    (head >> HAS_FLAGS & 1) + (head >> HAS_RESIDUE & 1)) +
	    rare_size(head);
}

/* Records whose predictions are fetched before the first of them is read. */
#define GROUP	16

/* Some records of a block: where they begin, and their directions. */
struct group {
	const uint8_t *begin[GROUP];
	uint32_t from[GROUP];
	unsigned count;
};

static void
find_group(struct group *group, struct spool *spool, unsigned max)
{
	const uint8_t *block = spool->blocks[spool->at];
	const uint8_t *end = block + spool->used[spool->at];
	const uint8_t *p = block + spool->offset;
	uint32_t from = spool->from;

	for (group->count = 0; p < end && group->count < max &&
	    group->count < GROUP; group->count++) {
		const unsigned head = (unsigned)load_sized(p, HEAD_BYTES);

		from = unfold32((uint32_t)load_sized(p + HEAD_BYTES,
		    size_of(SIZES_FROM, head >> SIZE_FROM)), from);
		fetch_guess(spool, from);
		group->begin[group->count] = p;
		group->from[group->count] = from;
		p += record_size(head);
	}
	spool->offset = (size_t)(p - block);
}

unsigned
spool_take(struct spool *spool, struct transmission *t, unsigned max)
{
	unsigned count = 0;

	while (count < max && has_record(spool)) {
		struct group group;

		find_group(&group, spool, max - count);
		for (unsigned i = 0; i < group.count; i++)
			get_record(group.begin[i], spool,
			    guess_of(spool, group.from[i]), &t[count++]);
	}
	return count;
}
