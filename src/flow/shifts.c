/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "flow/shifts.h"

#include <string.h>

#include "base/pool.h"
#include "base/seq.h"
#include "decode/segment.h"

#define WAYS	4
#define SETS	(SHIFTS_MOST / WAYS)	/* a power of two */

/* The sequence space of one endpoint, in the numbers captured first. */
struct space {
	uint32_t at;		/* after its last segment, if has_at */
	uint32_t shift;		/* to add for the other numbers, if has_shift */
	bool has_at;
	bool has_shift;
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

void
shifts_forget(struct shifts *shifts, uint64_t key)
{
	struct shifted *it = shifts_find(shifts, key);

	if (it != NULL)
		memset(it, 0, sizeof(*it));
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

void
shifts_learn(struct shifts *shifts, uint64_t key, unsigned side, uint32_t isn,
    uint32_t other)
{
	struct shifted *it = shifts_find(shifts, key);

	if (it == NULL)
		it = shifts_add(shifts, key);
	it->used = ++shifts->clock;
	it->space[side] = (struct space){
	    .at = isn + 1,
	    .shift = other - isn,
	    .has_at = true,
	    .has_shift = true,
	};
}

static uint32_t
distance(uint32_t a, uint32_t b)
{
	return seq_lt(a, b) ? b - a : a - b;
}

/* The number, or the number without the shift, if that is nearer. */
static uint32_t
original_of(const struct space *space, uint32_t number)
{
	const uint32_t back = number - space->shift;

	return space->has_shift && distance(back, space->at) <
	    distance(number, space->at) ? back : number;
}

static bool
apply_to(uint32_t *number, const struct space *space)
{
	const uint32_t back = original_of(space, *number);
	const bool is_other = back != *number;

	*number = back;
	return is_other;
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
	if (segment_has(seg, TCP_SYN) && (space->has_at || !segment_has(seg,
	    TCP_ACK)))
		return is_other;
	is_other |= apply_to(&seg->seq, space);
	if (!segment_has(seg, TCP_RST)) {
		space->at = seg->seq + segment_len(seg);
		space->has_at = true;
	}
	return is_other;
}
