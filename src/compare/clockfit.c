/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "compare/clockfit.h"

#include <stdlib.h>

#include "base/nstime.h"
#include "compare/clockstep.h"

/*
 * No clock that anybody uses drifts by more than 500 ppm (the bound of NTP's
 * own discipline): the slope is searched between these, in ppb.
 */
#define DRIFT_MAX_PPB	INT64_C(500000)
/* A slope over less than this is noise of the least delays. */
#define SPAN_MIN_NS	(2 * NS_PER_SEC)
/* Longer than any delay: no path is late by this. */
#define STEP_CLEAR_NS	(250 * NS_PER_MS)
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

/* The gap between the two bounds on the difference, for one drift. */
static int64_t
gap(const struct stretch *s, int64_t from_ns, int64_t ppb)
{
	return extreme(s->a, s->a_count, from_ns, ppb, 1) -
	    extreme(s->b, s->b_count, from_ns, ppb, -1);
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

/* How much may late timestamps at both ends of a stretch change its slope? */
static int64_t
noise_ppb(int64_t span_ns)
{
	return NOISE_NS * 1000 / (span_ns / NS_PER_MS);
}

/* If a drift is reported as 0, its error is the drift found, plus the noise. */
static int64_t
find_drift(const struct stretch *s, int64_t from_ns, int64_t *ret_error_ppb)
{
	const int64_t span = stretch_end(s) - from_ns;
	const int64_t best = best_drift(s, from_ns);
	const int64_t widest = gap(s, from_ns, best);
	const int64_t enough = widest / PLAIN_PART > NOISE_NS ?
	    widest / PLAIN_PART : NOISE_NS;
	const int64_t drift = refine_drift(s, from_ns,
	    gap(s, from_ns, 0) >= widest - enough ? 0 : best);
	const int64_t moved = grown(span, drift);

	*ret_error_ppb = span < SPAN_MIN_NS ? -1 : noise_ppb(span);
	if (moved <= -NOISE_NS || moved >= NOISE_NS)
		return drift;
	if (span >= SPAN_MIN_NS)
		*ret_error_ppb += drift < 0 ? -drift : drift;
	return 0;
}

/* ---- times at B ---- */

static int64_t
b_of(const struct clock_point *point)
{
	return point->a_ns + point->diff_ns;
}

static int64_t
first_b_of(const struct stretch *s)
{
	const int64_t a = b_of(&s->a[0]), b = b_of(&s->b[0]);

	return a < b ? a : b;
}

static int64_t
last_b_of(const struct stretch *s)
{
	const int64_t a = b_of(&s->a[s->a_count - 1]);
	const int64_t b = b_of(&s->b[s->b_count - 1]);

	return a > b ? a : b;
}

static struct clock_part
fit_part(const struct stretch *s)
{
	const int64_t from_ns = stretch_begin(s);
	int64_t error;
	const int64_t drift = find_drift(s, from_ns, &error);
	const int64_t above = extreme(s->a, s->a_count, from_ns, drift, 1);
	const int64_t below = extreme(s->b, s->b_count, from_ns, drift, -1);

	return (struct clock_part){
	    .from_ns = from_ns,
	    .from_b_ns = first_b_of(s),
	    .offset_ns = below + (above - below) / 2,
	    .drift_ppb = drift,
	    .drift_error_ppb = error,
	    .uncertainty_ns = above > below ? (above - below) / 2 : 0,
	};
}

/* ---- parts ---- */

static bool
has_both(const struct stretch *s)
{
	return s->a_count > 0 && s->b_count > 0;
}

static bool
is_enough(const struct stretch *s)
{
	return s->a_count >= STEP_POINTS && s->b_count >= STEP_POINTS;
}

/*
 * Do points of both directions show the step?  One of each does where no delay
 * explains how far the bounds contradict each other.
 */
static bool
is_shown(const struct stretch *first, const struct stretch *rest,
    int64_t contradiction)
{
	if (contradiction < STEP_CLEAR_NS)
		return is_enough(first) && is_enough(rest);
	return has_both(first) && has_both(rest);
}

/* Round trips of two parts that differ by less are the same. */
#define SAME_PATH_NS	(NS_PER_MS / 2)
#define SAME_PATH_PART	16	/* or by less than one of the step */

/*
 * A step that is shorter than the round trip between the points contradicts no
 * bound.  It moves both of them, though, and leaves the round trip as it was.  A
 * path does so only if one direction becomes longer and the other shorter by the
 * same time, at the same moment.
 */
static bool
is_short_step(const struct stretch *first, const struct stretch *rest,
    int64_t width)
{
	struct clock_part parts[2];
	int64_t widths[2], step, apart, lost;

	if (first->a_count < CLOCKFIT_MIN || first->b_count < CLOCKFIT_MIN ||
	    rest->a_count < CLOCKFIT_MIN || rest->b_count < CLOCKFIT_MIN)
		return false;
	parts[0] = fit_part(first);
	parts[1] = fit_part(rest);
	widths[0] = gap(first, parts[0].from_ns, parts[0].drift_ppb);
	widths[1] = gap(rest, parts[1].from_ns, parts[1].drift_ppb);
	step = nstime_distance(
	    nstime_diff(parts[1].offset_ns, parts[0].offset_ns),
	    grown(nstime_diff(parts[1].from_ns, parts[0].from_ns),
	    parts[0].drift_ppb));
	apart = nstime_distance(widths[1], widths[0]);
	lost = nstime_diff(widths[0] < widths[1] ? widths[0] : widths[1],
	    width);
	return step > CLOCKSTEP_MIN_NS && lost > step / 2 &&
	    (apart < SAME_PATH_NS || apart < step / SAME_PATH_PART);
}

/* What is searched for parts, and the fit that they are added to. */
struct search {
	struct clock_fit *fit;
	const struct timeline *line[2];	/* of A, of B */
	int64_t last_ns[2];	/* of the part before, at A and at B */
};

/* Where times of a point went back since the part before; or NULL. */
static const struct fold *
fold_since(const struct search *search, unsigned point, int64_t first_ns)
{
	const struct timeline *line = search->line[point];
	const unsigned steps = timeline_steps(line, first_ns);

	return steps > 0 && line->folds[steps - 1].at_ns >
	    search->last_ns[point] ? &line->folds[steps - 1] : NULL;
}

/*
 * Where between the last point of a part and the first of the next the clock of
 * a point was set: where its times went back, or else half-way, which is within
 * the step if that is larger than the time between the points.
 */
static int64_t
boundary(const struct search *search, unsigned point, int64_t first_ns)
{
	const struct fold *fold = fold_since(search, point, first_ns);

	return fold != NULL ? fold->at_ns : search->last_ns[point] +
	    nstime_diff(first_ns, search->last_ns[point]) / 2;
}

/*
 * Was it the clock of A that was set?  Forward, if the difference fell by less
 * than the time in which A captured nothing.
 */
static bool
is_set_at_a(const struct search *search, const struct clock_part *part,
    int64_t jump)
{
	if (fold_since(search, 0, part->from_ns) != NULL)
		return true;
	return jump < 0 && fold_since(search, 1, part->from_b_ns) == NULL &&
	    nstime_diff(part->from_ns, search->last_ns[0]) >=
	    -jump - CLOCKSTEP_MIN_NS;
}

/* How the part differs from the one before. */
static void
continue_part(const struct search *search, struct clock_part *part)
{
	const struct clock_part *before =
	    &search->fit->parts[search->fit->count - 1];
	const int64_t jump = nstime_diff(part->offset_ns, nstime_diff(
	    before->offset_ns, -grown(nstime_diff(search->last_ns[0],
	    before->from_ns), before->drift_ppb)));

	part->shift_ns = before->shift_ns;
	if (is_set_at_a(search, part, jump))
		part->shift_ns = nstime_diff(part->shift_ns, jump);
	part->from_a_ns = boundary(search, 0, part->from_ns);
	part->from_b_ns = boundary(search, 1, part->from_b_ns);
}

/* As the times of a capture, whose differences do not overflow. */
static int64_t
clamp(int64_t ns)
{
	if (ns > INT64_MAX / 2)
		return INT64_MAX / 2;
	return ns < -(INT64_MAX / 2) ? -(INT64_MAX / 2) : ns;
}

static void
add_part(struct search *search, const struct stretch *s,
    struct clock_part part)
{
	struct clock_fit *fit = search->fit;

	part.clock_ns = clamp(nstime_diff(part.offset_ns,
	    timeline_moved(search->line[1], part.from_b_ns) -
	    timeline_moved(search->line[0], part.from_ns)));
	if (fit->count > 0)
		continue_part(search, &part);
	search->last_ns[0] = stretch_end(s);
	search->last_ns[1] = last_b_of(s);
	fit->parts[fit->count++] = part;
}

/*
 * Leave out the ends that another clock saw: a segment that A saw first bounds
 * the difference from above, and one in the middle, that B saw first, lies below
 * by far more; or the other way round.
 */
static struct stretch
trim_ends(const struct stretch *s)
{
	const int64_t above = s->a[s->a_count / 2].diff_ns + STEP_CLEAR_NS;
	const int64_t below = s->b[s->b_count / 2].diff_ns - STEP_CLEAR_NS;
	struct stretch rest = *s;

	while (rest.a_count > 0 && rest.a[rest.a_count - 1].diff_ns < below)
		rest.a_count--;
	while (rest.b_count > 0 && rest.b[rest.b_count - 1].diff_ns > above)
		rest.b_count--;
	for (; rest.a_count > 0 && rest.a[0].diff_ns < below; rest.a_count--)
		rest.a++;
	for (; rest.b_count > 0 && rest.b[0].diff_ns > above; rest.b_count--)
		rest.b++;
	return rest;
}

/* Fit a stretch, in two where the bounds contradict each other. */
static void
fit_stretch(struct search *search, const struct stretch *s, unsigned room)
{
	const struct clock_part part = fit_part(s);
	const int64_t width = gap(s, part.from_ns, part.drift_ppb);
	struct stretch first, rest;

	if (room > 1 && clockstep_split(s, &first, &rest) && (width < 0 ?
	    is_shown(&first, &rest, -width) :
	    is_short_step(&first, &rest, width))) {
		fit_stretch(search, &first, room / 2);
		fit_stretch(search, &rest, room - room / 2);
		return;
	}
	rest = width < -STEP_CLEAR_NS ? trim_ends(s) : *s;
	if (has_both(&rest) &&
	    rest.a_count + rest.b_count < s->a_count + s->b_count)
		fit_stretch(search, &rest, room);
	else
		add_part(search, s, part);
}

/* Points before the next step of a timeline. */
static size_t
points_of_step(const struct search *search, const struct clock_point *points,
    size_t count, unsigned steps)
{
	size_t i = 0;

	while (i < count &&
	    timeline_steps(search->line[0], points[i].a_ns) +
	    timeline_steps(search->line[1], b_of(&points[i])) <= steps)
		i++;
	return i;
}

/* Times that went back part the fit, whatever the points show. */
static void
fit_all(struct search *search, struct stretch s)
{
	const unsigned last = search->line[0]->count + search->line[1]->count;

	for (unsigned steps = 0; steps <= last; steps++) {
		const size_t a = points_of_step(search, s.a, s.a_count, steps);
		const size_t b = points_of_step(search, s.b, s.b_count, steps);
		const struct stretch first = { s.a, a, s.b, b };
		const unsigned room = CLOCKFIT_PARTS - search->fit->count;

		s = (struct stretch){ s.a + a, s.a_count - a,
		    s.b + b, s.b_count - b };
		if (room == 0)
			return;
		if (has_both(&first))
			fit_stretch(search, &first, last > 0 && room > 2 ?
			    room / 2 : room);
	}
}

void
clockfit_find(struct clock_fit *ret_fit, struct clock_points *first_a,
    struct clock_points *first_b, const struct timeline *a,
    const struct timeline *b)
{
	struct search search = { .fit = ret_fit, .line = { a, b } };

	ret_fit->count = 0;
	ret_fit->is_trusted = false;
	if (first_a->count < CLOCKFIT_MIN || first_b->count < CLOCKFIT_MIN)
		return;
	qsort(first_a->points, first_a->count, sizeof(*first_a->points),
	    compare_points);
	qsort(first_b->points, first_b->count, sizeof(*first_b->points),
	    compare_points);
	fit_all(&search, (struct stretch){ first_a->points, first_a->count,
	    first_b->points, first_b->count });
}

void
clockfit_bound(struct clock_bounds *bounds, unsigned first, int64_t diff_ns)
{
	int64_t *bound = &bounds->diff_ns[first];

	if (clockfit_can_take(diff_ns) && (!bounds->has[first] ||
	    (first == 0 ? diff_ns < *bound : diff_ns > *bound))) {
		*bound = diff_ns;
		bounds->has[first] = true;
	}
}

void
clockfit_guess(struct clock_fit *fit, const struct clock_bounds *bounds)
{
	const int64_t above = bounds->diff_ns[0], below = bounds->diff_ns[1];

	if (bounds->has[0] && bounds->has[1])
		fit->rough_ns = below + (above - below) / 2;
	else if (bounds->has[0] || bounds->has[1])
		fit->rough_ns = bounds->has[0] ? above : below;
}

/* The least amount by which the clocks differ; timestamps are noisy. */
static int64_t
least_difference(const struct clock_bounds *bounds)
{
	const int64_t behind = bounds->has[0] ? -bounds->diff_ns[0] : 0;
	const int64_t ahead = bounds->has[1] ? bounds->diff_ns[1] : 0;
	const int64_t least = behind > ahead ? behind : ahead;

	return least > NOISE_NS ? least : 0;
}

void
clockfit_trust(struct clock_fit *fit_, const struct clock_bounds *bounds)
{
	fit_->refuted_ns = least_difference(bounds);
	if (fit_->refuted_ns == 0)
		*fit_ = (struct clock_fit){
		    .count = 1,
		    .is_trusted = true,
		    .parts = { { .from_ns = INT64_MIN } },
		};
}

int64_t
clockfit_of_a(const struct clock_fit *fit, int64_t a_ns)
{
	int64_t shift = 0;

	for (unsigned i = 1; i < fit->count; i++)
		if (a_ns >= fit->parts[i].from_a_ns)
			shift = fit->parts[i].shift_ns;
	return shift != 0 ? clamp(nstime_diff(a_ns, shift)) : a_ns;
}

int64_t
clockfit_to_a(const struct clock_fit *fit, int64_t b_ns)
{
	const struct clock_part *part = &fit->parts[0];

	if (fit->count == 0)
		return clamp(nstime_diff(b_ns, fit->rough_ns));
	for (unsigned i = 1; i < fit->count; i++)
		if (b_ns >= fit->parts[i].from_b_ns)
			part = &fit->parts[i];
	b_ns = nstime_diff(b_ns, part->offset_ns);
	/* A second step would change it by less than a millionth of drift. */
	if (part->drift_ppb != 0)
		b_ns = nstime_diff(b_ns, grown(nstime_diff(b_ns,
		    part->from_ns), part->drift_ppb));
	return clamp(nstime_diff(b_ns, part->shift_ns));
}
