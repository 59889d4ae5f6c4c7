/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "flow/shifts.h"

#include <string.h>

#include "base/pool.h"
#include "base/seq.h"
#include "decode/segment.h"

#define WAYS	4
#define SETS	(SHIFTS_MOST / WAYS)	/* a power of two */

/* Numbers that one endpoint may use, as captured first. */
struct base {
	uint32_t at;		/* after its last segment */
	uint32_t shift;		/* to add for the other numbers, if has_shift */
	bool is_used;
	bool has_shift;
};

/*
 * The sequence space of one endpoint: the base used last comes first.  There
 * are two where a SYN has come in mid-connection, which may be a stray one, or
 * where two SYN-ACKs answer one SYN.
 */
#define BASES		2

struct space {
	struct base base[BASES];
};

struct shifted {
	uint64_t key;
	uint64_t used;		/* clock of the last look-up; 0: unused entry */
	struct space space[2];	/* by side */
};

struct shifts {
	uint64_t clock;		/* look-ups so far */
	struct shifted sets[SETS][WAYS];
};

struct shifts *
shifts_new(void)
{
	return mem_zalloc_lines(sizeof(struct shifts));
}

void
shifts_free(struct shifts *shifts)
{
	mem_free(shifts);
}

static struct shifted *
shifts_find(const struct shifts *shifts, uint64_t key)
{
	const struct shifted *set = shifts->sets[key & (SETS - 1)];

	for (unsigned i = 0; i < WAYS; i++)
		if (set[i].used != 0 && set[i].key == key)
			/* NOLINTNEXTLINE(*-no-int-to-ptr): as strchr() does */
			return (struct shifted *)(uintptr_t)&set[i];
	return NULL;
}

bool
shifts_has(const struct shifts *shifts, uint64_t key)
{
	return shifts_find(shifts, key) != NULL;
}

static struct shifted *
shifts_add(struct shifts *shifts, uint64_t key)
{
	struct shifted *set = shifts->sets[key & (SETS - 1)];
	struct shifted *oldest = set;

	for (unsigned i = 1; i < WAYS; i++)
		if (set[i].used < oldest->used)
			oldest = &set[i];
	*oldest = (struct shifted){ .key = key };
	return oldest;
}

static bool
space_is_shifted(const struct space *space)
{
	return space->base[0].has_shift || space->base[1].has_shift;
}

/* The base that begins behind an ISN; a new one takes the older one's place. */
static struct base *
base_of_isn(struct space *space, uint32_t isn)
{
	for (unsigned i = 0; i < BASES; i++)
		if (space->base[i].is_used && space->base[i].at == isn + 1)
			return &space->base[i];
	if (space->base[0].is_used)
		space->base[1] = space->base[0];
	space->base[0] = (struct base){ .at = isn + 1, .is_used = true };
	return &space->base[0];
}

void
shifts_learn(struct shifts *shifts, uint64_t key, unsigned side, uint32_t isn,
    uint32_t other)
{
	struct shifted *it = shifts_find(shifts, key);
	struct base *base;

	if (it == NULL)
		it = shifts_add(shifts, key);
	it->used = ++shifts->clock;
	base = base_of_isn(&it->space[side], isn);
	base->shift = other - isn;
	base->has_shift = true;
}

void
shifts_note_syn(struct shifts *shifts, uint64_t key, unsigned side,
    uint32_t isn)
{
	struct shifted *it = shifts_find(shifts, key);

	if (it != NULL && space_is_shifted(&it->space[side]))
		(void)base_of_isn(&it->space[side], isn);
}

static uint32_t
distance(uint32_t a, uint32_t b)
{
	return seq_lt(a, b) ? b - a : a - b;
}

/* The number, or the number without the shift, if that is nearer. */
static uint32_t
original_of(const struct base *base, uint32_t number)
{
	const uint32_t back = number - base->shift;

	return base->has_shift && distance(back, base->at) <
	    distance(number, base->at) ? back : number;
}

static uint32_t
stray_of(const struct base *base, uint32_t number)
{
	return distance(original_of(base, number), base->at);
}

/* Does the second base fit a number better than the first? */
static bool
fits_second(const struct space *space, uint32_t number)
{
	return space->base[1].is_used && stray_of(&space->base[1], number) <
	    stray_of(&space->base[0], number);
}

static bool
apply_to(uint32_t *number, const struct space *space)
{
	const uint32_t back = original_of(&space->base[fits_second(space,
	    *number)], *number);
	const bool is_other = back != *number;

	*number = back;
	return is_other;
}

/* The number is one of the connection that goes on. */
static void
choose(struct space *space, uint32_t number)
{
	const struct base first = space->base[0];

	if (!fits_second(space, number))
		return;
	space->base[0] = space->base[1];
	space->base[1] = first;
}

static bool
apply_to_ack(struct segment *seg, const struct space *peer)
{
	bool is_other = segment_has(seg, TCP_ACK) &&
	    apply_to(&seg->ack, peer);

	for (unsigned i = 0; i < seg->opt.sack_count; i++) {
		is_other |= apply_to(&seg->opt.sack[i].left, peer);
		is_other |= apply_to(&seg->opt.sack[i].right, peer);
	}
	return is_other;
}

bool
shifts_apply(struct shifts *shifts, uint64_t key, unsigned side,
    struct segment *seg)
{
	struct shifted *it = shifts_find(shifts, key);
	struct space *space;
	bool is_other;

	if (it == NULL || seg->depth < DEPTH_FLAGS)
		return false;
	it->used = ++shifts->clock;
	space = &it->space[side];
	is_other = apply_to_ack(seg, &it->space[!side]);
	if (segment_has(seg, TCP_SYN))
		return is_other;
	is_other |= apply_to(&seg->seq, space);
	if (!segment_has(seg, TCP_RST) && space->base[0].is_used) {
		choose(space, seg->seq);
		space->base[0].at = seg->seq + segment_len(seg);
	}
	return is_other;
}
