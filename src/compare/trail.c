/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "compare/trail.h"

#include <stdlib.h>

#include "base/pool.h"

#define TRAIL_FIRST	1024	/* steps that a trail has room for at first */

void
trail_fini(struct trail *trail)
{
	mem_free(trail->steps);
	*trail = (struct trail){ .pair = trail->pair };
}

static struct trail_step *
next_step(struct trail *trail)
{
	if (trail->count == trail->room) {
		const size_t room = trail->room == 0 ? TRAIL_FIRST :
		    2 * trail->room;
		struct trail_step *grown = room > TRAIL_MAX ? NULL :
		    mem_realloc(trail->steps, room * sizeof(*grown));

		if (grown == NULL) {
			trail->left_out++;
			return NULL;
		}
		trail->steps = grown;
		trail->room = room;
	}
	return &trail->steps[trail->count++];
}

static void
see(struct step_seen *seen, const struct transmission *t)
{
	if (t != NULL)
		*seen = (struct step_seen){ t->ns, t->frame };
}

void
trail_add(struct trail *trail, enum point upstream,
    const struct passage *passage)
{
	const struct transmission *up = passage->up;
	const struct transmission *down = passage->down;
	struct trail_step *step = next_step(trail);
	const struct transmission *t;

	if (step == NULL)
		return;
	/* Of a larger segment and a piece of it, the piece. */
	t = up == NULL || (down != NULL &&
	    down->len < up->len) ? down : up;
	*step = (struct trail_step){
	    .start = t->start,
	    .payload_len = transmission_payload(t),
	    .ack = t->ack,
	    .rewrites = passage->rewrites,
	    .flags = t->flags,
	    .upstream = (uint8_t)upstream,
	    .fate = (uint8_t)passage->fate,
	    .is_late = passage->is_late,
	    .is_piece = up != NULL && down != NULL &&
		up->len != down->len,
	};
	see(&step->at[upstream], up);
	see(&step->at[point_other(upstream)], down);
}

static int64_t
first_ns(const struct trail_step *step)
{
	const struct step_seen *a = &step->at[POINT_A];
	const struct step_seen *b = &step->at[POINT_B];

	if (a->frame == 0 || b->frame == 0)
		return a->frame != 0 ? a->ns : b->ns;
	return a->ns < b->ns ? a->ns : b->ns;
}

static int
compare_steps(const void *a, const void *b)
{
	const struct trail_step *x = a;
	const struct trail_step *y = b;
	const int64_t p = first_ns(x);
	const int64_t q = first_ns(y);

	if (p != q)
		return p < q ? -1 : 1;
	for (unsigned at = 0; at < POINT_COUNT; at++)
		if (x->at[at].frame != y->at[at].frame)
			return x->at[at].frame < y->at[at].frame ? -1 : 1;
	return 0;
}

void
trail_sort(struct trail *trail)
{
	if (trail->count > 0)
		qsort(trail->steps, trail->count, sizeof(*trail->steps),
		    compare_steps);
}
