/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "compare/clockstep.h"

#include "base/nstime.h"

#define WINDOWS	64

/* The bound on the difference within one window of time. */
struct window {
	int64_t bound;
	bool has_bound;
};

struct windows {
	int64_t begin;		/* time at A */
	int64_t width;
	struct window window[2][WINDOWS];	/* from above, from below */
};

/* `sign`: 1 if the points bound the difference from above, -1 from below. */
static void
bound_windows(struct windows *windows, const struct clock_point *points,
    size_t count, int sign)
{
	for (size_t i = 0; i < count; i++) {
		const int64_t at = points[i].a_ns - windows->begin;
		struct window *w;

		if (at < 0 || at / windows->width >= WINDOWS)
			continue;
		w = &windows->window[sign < 0][at / windows->width];
		if (!w->has_bound || sign * points[i].diff_ns <
		    sign * w->bound)
			w->bound = points[i].diff_ns;
		w->has_bound = true;
	}
}

/* The next window of a known bound from `at` on; WINDOWS: none. */
static unsigned
next_bounded(const struct window windows[WINDOWS], unsigned at)
{
	while (at < WINDOWS && !windows[at].has_bound)
		at++;
	return at;
}

static size_t
points_before(const struct clock_point *points, size_t count, int64_t at)
{
	size_t i = 0;

	while (i < count && points[i].a_ns < at)
		i++;
	return i;
}

/* A jump of a bound: within which windows, and from where to where. */
struct jump {
	unsigned first;
	unsigned last;
	int64_t from;
	int64_t to;
};

/* All jumps of one bound; return their number. */
static unsigned
list_jumps(struct jump jumps[WINDOWS], const struct window windows[WINDOWS])
{
	unsigned at = next_bounded(windows, 0), count = 0, next;

	for (; at < WINDOWS; at = next) {
		next = next_bounded(windows, at + 1);
		if (next < WINDOWS && nstime_distance(windows[next].bound,
		    windows[at].bound) > CLOCKSTEP_MIN_NS)
			jumps[count++] = (struct jump){ at, next,
			    windows[at].bound, windows[next].bound };
	}
	return count;
}

static int64_t
size_of(const struct jump *jump)
{
	return nstime_diff(jump->to, jump->from);
}

/* A clock moves both bounds by the same; a path that changes does not. */
static int64_t
common_size(const struct jump *above, const struct jump *below)
{
	const int64_t a = size_of(above), b = size_of(below);
	const int64_t least = nstime_distance(a, 0) < nstime_distance(b, 0) ?
	    nstime_distance(a, 0) : nstime_distance(b, 0);

	return (a > 0) == (b > 0) && nstime_distance(a, b) <= least ? least : 0;
}

/* The largest jump that both bounds make; false: none. */
static bool
find_common(struct jump ret_step[2], const struct jump jumps[2][WINDOWS],
    const unsigned count[2])
{
	int64_t best = 0;

	for (unsigned i = 0; i < count[0]; i++)
		for (unsigned j = 0; j < count[1]; j++) {
			const int64_t size = common_size(&jumps[0][i],
			    &jumps[1][j]);

			if (size <= best)
				continue;
			best = size;
			ret_step[0] = jumps[0][i];
			ret_step[1] = jumps[1][j];
		}
	return best > 0;
}

static const struct jump *
largest(const struct jump *jumps, unsigned count, const struct jump *than)
{
	for (unsigned i = 0; i < count; i++)
		if (than == NULL || nstime_distance(size_of(&jumps[i]), 0) >
		    nstime_distance(size_of(than), 0))
			than = &jumps[i];
	return than;
}

/* The windows around a jump, divided again; false: that does not help. */
static bool
zoom(struct windows *windows, const struct jump *jump)
{
	const unsigned first = jump->first > 0 ? jump->first - 1 : 0;
	const unsigned last = jump->last + 1 < WINDOWS ? jump->last + 1 :
	    WINDOWS - 1;

	if (windows->width < CLOCKSTEP_MIN_NS || last - first > WINDOWS / 2)
		return false;
	*windows = (struct windows){
	    .begin = windows->begin + first * windows->width,
	    .width = (last + 1 - first) * windows->width / WINDOWS + 1,
	};
	return true;
}

/*
 * Where both bounds jump.  One of them does not if the clock is set within the
 * first window, or the last: then smaller windows may show more.
 */
static bool
find_step(struct jump ret_step[2], struct windows *windows,
    const struct stretch *s)
{
	struct jump jumps[2][WINDOWS];
	const struct jump *one;
	unsigned count[2];

	do {
		bound_windows(windows, s->a, s->a_count, 1);
		bound_windows(windows, s->b, s->b_count, -1);
		count[0] = list_jumps(jumps[0], windows->window[0]);
		count[1] = list_jumps(jumps[1], windows->window[1]);
		if (find_common(ret_step, jumps, count))
			return true;
		one = largest(jumps[1], count[1], largest(jumps[0], count[0],
		    NULL));
	} while (one != NULL && zoom(windows, one));
	return false;
}

/*
 * How many points come before a jump.  Delays vary to one side of their bound
 * only: if the jump is to that side, the last point that is nearer to the old
 * level is before the jump beyond doubt; else the first that is nearer to the
 * new level is behind it.
 */
static size_t
split_points(const struct clock_point *points, size_t count,
    const struct windows *windows, const struct jump *jump, bool is_to_side)
{
	const int64_t until = windows->begin +
	    (jump->last + 1) * windows->width;
	size_t i = points_before(points, count, windows->begin +
	    jump->first * windows->width);
	size_t at = is_to_side ? i : points_before(points, count, until);

	for (; i < count && points[i].a_ns < until; i++) {
		const int64_t diff = points[i].diff_ns;
		const bool is_behind = nstime_distance(diff, jump->to) <
		    nstime_distance(diff, jump->from);

		if (is_to_side && !is_behind)
			at = i + 1;
		else if (!is_to_side && is_behind)
			return i;
	}
	return at;
}

bool
clockstep_split(const struct stretch *s, struct stretch *ret_first,
    struct stretch *ret_rest)
{
	struct windows windows = {
		.begin = stretch_begin(s),
		.width = (stretch_end(s) - stretch_begin(s)) / WINDOWS + 1,
	};
	struct jump step[2];
	size_t a, b;

	if (!find_step(step, &windows, s))
		return false;
	a = split_points(s->a, s->a_count, &windows, &step[0],
	    size_of(&step[0]) > 0);
	b = split_points(s->b, s->b_count, &windows, &step[1],
	    size_of(&step[1]) < 0);
	*ret_first = (struct stretch){ s->a, a, s->b, b };
	*ret_rest = (struct stretch){ s->a + a, s->a_count - a, s->b + b,
	    s->b_count - b };
	return true;
}
