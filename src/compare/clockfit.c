/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "compare/clockfit.h"

#include <stdlib.h>

#include "base/nstime.h"

/*
 * No clock that anybody uses drifts by more than 500 ppm (the bound of NTP's
 * own discipline): the slope is searched between these, in ppb.
 */
#define DRIFT_MAX_PPB	INT64_C(500000)
/* A slope over less than this is noise of the least delays. */
#define SPAN_MIN_NS	(2 * NS_PER_SEC)
/* A smaller step of a clock cannot be distinguished from delay. */
#define STEP_MIN_NS	(2 * NS_PER_MS)
/* Points on each side of a step that make it one. */
#define STEP_POINTS	3

static int
compare_points(const void *a, const void *b)
{
	const struct clock_point *x = a;
	const struct clock_point *y = b;

	if (x->a_ns != y->a_ns)
		return x->a_ns < y->a_ns ? -1 : 1;
	return (x->diff_ns > y->diff_ns) - (x->diff_ns < y->diff_ns);
}

/* Drift over a time, without overflow for any times of a capture. */
static int64_t
grown(int64_t ns, int64_t ppb)
{
	return ns / NS_PER_SEC * ppb + ns % NS_PER_SEC * ppb / NS_PER_SEC;
}

/* The least (or, with sign -1, the greatest) difference once drift is gone. */
static int64_t
extreme(const struct clock_point *points, size_t count, int64_t from_ns,
    int64_t ppb, int sign)
{
	int64_t best = INT64_MAX;

	for (size_t i = 0; i < count; i++) {
		const int64_t value = sign * (points[i].diff_ns -
		    grown(points[i].a_ns - from_ns, ppb));

		if (value < best)
			best = value;
	}
	return sign * best;
}

/* A stretch of the points of both directions. */
struct stretch {
	const struct clock_point *a;	/* seen first at A */
	size_t a_count;
	const struct clock_point *b;	/* seen first at B */
	size_t b_count;
};

/* The gap between the two bounds on the difference, for one drift. */
static int64_t
gap(const struct stretch *s, int64_t from_ns, int64_t ppb)
{
	return extreme(s->a, s->a_count, from_ns, ppb, 1) -
	    extreme(s->b, s->b_count, from_ns, ppb, -1);
}

static int64_t
stretch_begin(const struct stretch *s)
{
	return s->a[0].a_ns < s->b[0].a_ns ? s->a[0].a_ns : s->b[0].a_ns;
}

static int64_t
stretch_end(const struct stretch *s)
{
	const int64_t a = s->a[s->a_count - 1].a_ns;
	const int64_t b = s->b[s->b_count - 1].a_ns;

	return a > b ? a : b;
}

/*
 * The drift with the widest gap.  The gap is a concave function of the drift
 * (a minimum of linear functions less a maximum of some), so a ternary search
 * finds its top.
 */
static int64_t
best_drift(const struct stretch *s, int64_t from_ns)
{
	int64_t low = -DRIFT_MAX_PPB, high = DRIFT_MAX_PPB;

	if (stretch_end(s) - from_ns < SPAN_MIN_NS)
		return 0;
	while (high - low > 2) {
		const int64_t third = (high - low) / 3;

		if (gap(s, from_ns, low + third) < gap(s, from_ns,
		    high - third))
			low += third;
		else
			high -= third;
	}
	return (low + high) / 2;
}

/* ---- refine the drift ---- */

/*
 * Delays above the least that still say something about the clock: many while
 * the slope is uncertain, then fewer.
 */
#define NEAR_FIRST_NS	(2 * NS_PER_MS)
#define NEAR_LAST_NS	(100 * NS_PER_US)
/*
 * What the timestamps of a host are worth: some are late by more or less, as
 * it is busy.  A drift that moves the clocks by less is none.
 */
#define NOISE_NS	(100 * NS_PER_US)
/* Where no drift explains the bounds nearly as well, there is none at first. */
#define PLAIN_PART	20	/* of the gap, one */
#define REFINE_ROUNDS	10
#define TICKS		(INT64_C(1) << 20)	/* a stretch has as many */

/* Sums of a regression within one direction, in ticks and ns. */
struct regression {
	int64_t n;
	int64_t t;
	int64_t d;
	int64_t tt;
	int64_t td;
};

/* Where times count from, in which ticks, and the drift so far. */
struct axis {
	int64_t from_ns;
	int64_t tick_ns;
	int64_t ppb;
};

/* Take the points of a direction whose delay is close to the least. */
static void
gather_near(struct regression *r, const struct clock_point *points,
    size_t count, const struct axis *axis, int64_t near_ns, int sign)
{
	const int64_t from_ns = axis->from_ns;
	const int64_t bound = extreme(points, count, from_ns, axis->ppb,
	    sign);

	for (size_t i = 0; i < count; i++) {
		const int64_t t_ns = points[i].a_ns - from_ns;
		const int64_t d = points[i].diff_ns -
		    grown(t_ns, axis->ppb) - bound;
		const int64_t t = t_ns / axis->tick_ns;

		if (sign * d > near_ns)
			continue;
		r->n++;
		r->t += t;
		r->d += d;
		r->tt += t * t;
		r->td += t * d;
	}
}

/* The common slope of both directions, each about its own mean, in ppb. */
static int64_t
slope(const struct regression r[2], int64_t tick_ns)
{
	const int64_t per_sec = NS_PER_SEC / tick_ns;
	int64_t num = 0, den = 0;

	for (unsigned i = 0; i < 2; i++) {
		if (r[i].n < 2)
			continue;
		num += r[i].td - r[i].t / r[i].n * r[i].d;
		den += r[i].tt - r[i].t / r[i].n * r[i].t;
	}
	/* Small enough for the product below. */
	while (den > INT64_C(1) << 40) {
		den /= 2;
		num /= 2;
	}
	if (den <= 0 || num / den > DRIFT_MAX_PPB ||
	    num / den < -DRIFT_MAX_PPB)
		return 0;
	return num / den * per_sec + num % den * per_sec / den;
}

/*
 * The widest gap rests on a few points.  All delays close to the least of
 * their direction say more: a regression through them, with one slope for both
 * directions, takes the noise of single ones out.
 */
static int64_t
refine_drift(const struct stretch *s, int64_t from_ns, int64_t ppb)
{
	const int64_t span = stretch_end(s) - from_ns;
	struct axis axis = { from_ns, span / TICKS + 1, ppb };
	int64_t near_ns = NEAR_FIRST_NS;

	if (span < SPAN_MIN_NS)
		return 0;
	for (unsigned round = 0; round < REFINE_ROUNDS; round++) {
		struct regression r[2] = { { .n = 0 }, { .n = 0 } };

		gather_near(&r[0], s->a, s->a_count, &axis, near_ns, 1);
		gather_near(&r[1], s->b, s->b_count, &axis, near_ns, -1);
		axis.ppb += slope(r, axis.tick_ns);
		if (axis.ppb > DRIFT_MAX_PPB || axis.ppb < -DRIFT_MAX_PPB)
			return 0;
		if (near_ns > NEAR_LAST_NS)
			near_ns = near_ns * 2 / 3;
	}
	return axis.ppb;
}

static int64_t
find_drift(const struct stretch *s, int64_t from_ns)
{
	const int64_t best = best_drift(s, from_ns);
	const int64_t widest = gap(s, from_ns, best);
	const int64_t enough = widest / PLAIN_PART > NOISE_NS ?
	    widest / PLAIN_PART : NOISE_NS;
	const int64_t drift = refine_drift(s, from_ns,
	    gap(s, from_ns, 0) >= widest - enough ? 0 : best);
	const int64_t moved = grown(stretch_end(s) - from_ns, drift);

	return moved > -NOISE_NS && moved < NOISE_NS ? 0 : drift;
}

static struct clock_part
fit_part(const struct stretch *s)
{
	const int64_t from_ns = stretch_begin(s);
	const int64_t drift = find_drift(s, from_ns);
	const int64_t above = extreme(s->a, s->a_count, from_ns, drift, 1);
	const int64_t below = extreme(s->b, s->b_count, from_ns, drift, -1);

	return (struct clock_part){
	    .from_ns = from_ns,
	    .offset_ns = below + (above - below) / 2,
	    .drift_ppb = drift,
	    .uncertainty_ns = above > below ? (above - below) / 2 : 0,
	};
}

/* ---- a clock that was set ---- */

#define WINDOWS	64

/* The bounds on the difference within one window of time. */
struct window {
	int64_t above;
	int64_t below;
	bool has_above;
	bool has_below;
};

static void
bound_windows(struct window windows[WINDOWS], const struct stretch *s,
    int64_t begin, int64_t width)
{
	for (size_t i = 0; i < s->a_count; i++) {
		struct window *w = &windows[(s->a[i].a_ns - begin) / width];

		if (!w->has_above || s->a[i].diff_ns < w->above)
			w->above = s->a[i].diff_ns;
		w->has_above = true;
	}
	for (size_t i = 0; i < s->b_count; i++) {
		struct window *w = &windows[(s->b[i].a_ns - begin) / width];

		if (!w->has_below || s->b[i].diff_ns > w->below)
			w->below = s->b[i].diff_ns;
		w->has_below = true;
	}
}

static bool
is_bounded(const struct window *w)
{
	return w->has_above && w->has_below;
}

static int64_t
middle_of(const struct window *w)
{
	return w->below + (w->above - w->below) / 2;
}

static int64_t
distance(int64_t a, int64_t b)
{
	return a > b ? a - b : b - a;
}

/* The next window of known bounds from `at` on; WINDOWS: none. */
static unsigned
next_bounded(const struct window windows[WINDOWS], unsigned at)
{
	while (at < WINDOWS && !is_bounded(&windows[at]))
		at++;
	return at;
}

/* The time of the first point, from `from_ns` on, that is nearer to `to`. */
static int64_t
first_nearer(const struct clock_point *points, size_t count, int64_t from_ns,
    int64_t from, int64_t to)
{
	for (size_t i = 0; i < count; i++)
		if (points[i].a_ns >= from_ns &&
		    distance(points[i].diff_ns, to) <
		    distance(points[i].diff_ns, from))
			return points[i].a_ns;
	return INT64_MAX;
}

/*
 * Where the middle of the bounds jumps by most, as a time at A; INT64_MAX when
 * it never jumps by enough.  The clock may be set within a window, whose bounds
 * then contradict each other: the levels are those of the windows around.
 */
static int64_t
find_step(const struct stretch *s)
{
	const int64_t begin = stretch_begin(s);
	const int64_t width = (stretch_end(s) - begin) / WINDOWS + 1;
	struct window windows[WINDOWS] = { { .above = 0 } };
	int64_t jump = STEP_MIN_NS, from = 0, to = 0, from_ns = INT64_MAX;
	unsigned before, at;
	int64_t a, b;

	bound_windows(windows, s, begin, width);
	before = next_bounded(windows, 0);
	for (; before < WINDOWS; before = at) {
		const unsigned after = (at = next_bounded(windows,
		    before + 1)) < WINDOWS ? next_bounded(windows, at + 1) :
		    WINDOWS;
		const struct window *w = &windows[after < WINDOWS ? after :
		    at < WINDOWS ? at : before];

		if (distance(middle_of(w), middle_of(&windows[before])) <=
		    jump)
			continue;
		from = middle_of(&windows[before]);
		to = middle_of(w);
		jump = distance(from, to);
		from_ns = begin + before * width;
	}
	if (from_ns == INT64_MAX)
		return INT64_MAX;
	a = first_nearer(s->a, s->a_count, from_ns, from, to);
	b = first_nearer(s->b, s->b_count, from_ns, from, to);
	return a < b ? a : b;
}

static size_t
points_before(const struct clock_point *points, size_t count, int64_t at)
{
	size_t i = 0;

	while (i < count && points[i].a_ns < at)
		i++;
	return i;
}

static bool
is_enough(const struct stretch *s)
{
	return s->a_count >= STEP_POINTS && s->b_count >= STEP_POINTS;
}

/* Fit a stretch, in two where the bounds contradict each other. */
static void
fit(struct clock_fit *fit_, const struct stretch *s, unsigned room)
{
	const struct clock_part part = fit_part(s);
	int64_t at;

	if (room > 1 && gap(s, part.from_ns, part.drift_ppb) < 0 &&
	    (at = find_step(s)) != INT64_MAX) {
		const size_t a = points_before(s->a, s->a_count, at);
		const size_t b = points_before(s->b, s->b_count, at);
		const struct stretch first = { s->a, a, s->b, b };
		const struct stretch rest = { s->a + a, s->a_count - a,
		    s->b + b, s->b_count - b };

		if (is_enough(&first) && is_enough(&rest)) {
			fit(fit_, &first, room / 2);
			fit(fit_, &rest, room - room / 2);
			return;
		}
	}
	fit_->parts[fit_->count++] = part;
}

void
clockfit_find(struct clock_fit *ret_fit, struct clock_points *first_a,
    struct clock_points *first_b)
{
	const struct stretch all = {
	    first_a->points, first_a->count, first_b->points, first_b->count
	};

	ret_fit->count = 0;
	if (first_a->count < CLOCKFIT_MIN || first_b->count < CLOCKFIT_MIN)
		return;
	qsort(first_a->points, first_a->count, sizeof(*first_a->points),
	    compare_points);
	qsort(first_b->points, first_b->count, sizeof(*first_b->points),
	    compare_points);
	fit(ret_fit, &all, CLOCKFIT_PARTS);
}

void
clockfit_trust(struct clock_fit *fit_)
{
	*fit_ = (struct clock_fit){
	    .count = 1,
	    .parts = { { .from_ns = INT64_MIN } },
	};
}

int64_t
clockfit_to_a(const struct clock_fit *fit_, int64_t b_ns)
{
	const struct clock_part *part = &fit_->parts[0];

	if (fit_->count == 0)
		return b_ns;
	for (unsigned i = 1; i < fit_->count; i++)
		if (nstime_diff(b_ns, fit_->parts[i].offset_ns) >=
		    fit_->parts[i].from_ns)
			part = &fit_->parts[i];
	b_ns = nstime_diff(b_ns, part->offset_ns);
	/* A second step would change it by less than a millionth of drift. */
	if (part->drift_ppb != 0)
		b_ns = nstime_diff(b_ns, grown(nstime_diff(b_ns,
		    part->from_ns), part->drift_ppb));
	/* As the times of a capture, whose differences do not overflow. */
	if (b_ns > INT64_MAX / 2)
		return INT64_MAX / 2;
	return b_ns < -(INT64_MAX / 2) ? -(INT64_MAX / 2) : b_ns;
}
