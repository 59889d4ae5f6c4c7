/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "pictures/scale.h"

#include <stdio.h>
#include <string.h>

#include "base/nstime.h"
#include "base/outbuf.h"
#include "diagnosis/text.h"
#include "pictures/markup.h"

#define LABEL_ROOM	(66 * PX)
#define SIZE_BITS	20	/* of every length */

int64_t
scale_part(int64_t part, int64_t whole, int64_t size)
{
	if (whole <= 0 || part <= 0)
		return 0;
	if (part >= whole)
		return size;
	while (whole >> (62 - SIZE_BITS) != 0) {
		whole >>= 1;
		part >>= 1;
	}
	return part * size / whole;
}

/* ---- time ---- */

/* Saturates: instants are up to 292 years apart. */
static int64_t
between(int64_t from, int64_t to)
{
	const uint64_t ns = (uint64_t)to - (uint64_t)from;

	if (to <= from)
		return 0;
	return ns > INT64_MAX ? INT64_MAX : (int64_t)ns;
}

static int64_t
time_left(const struct time_axis *axis)
{
	int64_t ns = between(axis->first_ns, axis->last_ns);

	for (unsigned i = 0; i < axis->cut_count; i++)
		ns -= between(axis->cut[i].from_ns, axis->cut[i].to_ns);
	return ns;
}

static int64_t
width_left(const struct time_axis *axis)
{
	return axis->width - (int64_t)axis->cut_count * CUT_WIDTH;
}

/*
 * Clocks that went back make silences that overlap, or reach beyond the axis.
 * The time of neither can be subtracted from the axis.
 */
static bool
is_cuttable(const struct time_axis *axis, int64_t from_ns, int64_t to_ns)
{
	for (unsigned i = 0; i < axis->cut_count; i++)
		if (from_ns < axis->cut[i].to_ns &&
		    to_ns > axis->cut[i].from_ns)
			return false;
	return from_ns >= axis->first_ns && to_ns <= axis->last_ns;
}

bool
time_axis_cut(struct time_axis *axis, int64_t from_ns, int64_t to_ns,
    int64_t least_ns)
{
	const int64_t ns = between(from_ns, to_ns), left = time_left(axis);
	unsigned at = axis->cut_count;

	if (at == CUTS_MAX || ns <= least_ns || ns <= left / 5 || ns >= left ||
	    !is_cuttable(axis, from_ns, to_ns))
		return false;
	for (; at > 0 && axis->cut[at - 1].from_ns > from_ns; at--)
		axis->cut[at] = axis->cut[at - 1];
	axis->cut[at] = (struct cut){ from_ns, to_ns };
	axis->cut_count++;
	return true;
}

int64_t
time_axis_x(const struct time_axis *axis, int64_t ns)
{
	const int64_t left = time_left(axis), width = width_left(axis);
	int64_t x = axis->left, from = axis->first_ns;

	if (ns > axis->last_ns)
		ns = axis->last_ns;
	for (unsigned i = 0; i < axis->cut_count; i++) {
		const struct cut *cut = &axis->cut[i];

		if (ns <= cut->from_ns)
			break;
		x += scale_part(between(from, cut->from_ns), left, width);
		if (ns < cut->to_ns)
			return x + scale_part(between(cut->from_ns, ns),
			    between(cut->from_ns, cut->to_ns), CUT_WIDTH);
		x += CUT_WIDTH;
		from = cut->to_ns;
	}
	return x + scale_part(between(from, ns), left, width);
}

int64_t
time_axis_ns(const struct time_axis *axis, int64_t length)
{
	const int64_t left = time_left(axis), width = width_left(axis);

	return left / width * length + left % width * length / width;
}

/* The number of labels that there is room for. */
static unsigned
labels_room(const struct time_axis *axis)
{
	return (unsigned)(width_left(axis) / LABEL_ROOM);
}

/* "0", "250 ms", "1.25 s": with the decimals that the step needs. */
static void
format_tick(char buf[NSTIME_BUFSIZE + 4], int64_t ns, int64_t step)
{
	const int64_t unit = ns >= NS_PER_SEC || step >= NS_PER_SEC ?
	    NS_PER_SEC : ns >= NS_PER_MS || step >= NS_PER_MS ? NS_PER_MS :
	    ns >= NS_PER_US || step >= NS_PER_US ? NS_PER_US : 1;
	const char *name = unit == NS_PER_SEC ? " s" : unit == NS_PER_MS ?
	    " ms" : unit == NS_PER_US ? " us" : " ns";
	unsigned digits = 0;
	size_t len;

	for (int64_t part = unit; part > 1 && step % part != 0; part /= 10)
		digits++;
	len = nstime_format_ratio(buf, ns, unit, digits);
	memcpy(buf + len, name, strlen(name) + 1);
	if (ns == 0)
		memcpy(buf, "0", 2);
}

struct ticks {
	int64_t step;
	int64_t next;		/* since axis->zero_ns */
	int64_t last_x;
};

static struct ticks
ticks_begin(const struct time_axis *axis)
{
	const unsigned room = labels_room(axis);
	const int64_t left = time_left(axis);
	const int64_t since = between(axis->zero_ns, axis->first_ns);
	struct ticks ticks = {
		.step = (int64_t)scale_step(left > 0 ? (uint64_t)left : 1,
		    room > 2 ? room : 2),
		.last_x = INT64_MIN,
	};

	ticks.next = since / ticks.step * ticks.step;
	if (ticks.next < since)
		ticks.next += ticks.step;
	return ticks;
}

/* The next tick that no cut hides.  False: there is none. */
static bool
ticks_next(const struct time_axis *axis, struct ticks *ticks, int64_t *ret_at)
{
	const int64_t end = between(axis->zero_ns, axis->last_ns);

	while (ticks->next <= end && ticks->next < INT64_MAX) {
		const int64_t at = axis->zero_ns + ticks->next;
		const struct cut *over = NULL;

		*ret_at = ticks->next;
		for (unsigned i = 0; i < axis->cut_count; i++)
			if (at > axis->cut[i].from_ns &&
			    at < axis->cut[i].to_ns)
				over = &axis->cut[i];
		if (over != NULL)
			ticks->next = between(axis->zero_ns, over->to_ns) /
			    ticks->step * ticks->step;
		ticks->next = nstime_add(ticks->next, ticks->step);
		if (over == NULL)
			return true;
	}
	return false;
}

void
time_axis_put_grid(const struct time_axis *axis, struct outbuf *out,
    int64_t top, int64_t bottom)
{
	struct ticks ticks = ticks_begin(axis);
	int64_t at;

	svg_path_begin(out);
	svg_move(out, axis->left, bottom);
	svg_across(out, axis->left + axis->width);
	while (ticks_next(axis, &ticks, &at)) {
		svg_move(out, time_axis_x(axis, axis->zero_ns + at), top);
		svg_down(out, bottom);
	}
	svg_path_stroke(out, PAINT_GRID, PX);
}

void
time_axis_put_labels(const struct time_axis *axis, struct outbuf *out,
    int64_t bottom)
{
	struct ticks ticks = ticks_begin(axis);
	char text[NSTIME_BUFSIZE + 4];
	int64_t at;

	while (ticks_next(axis, &ticks, &at)) {
		const int64_t x = time_axis_x(axis, axis->zero_ns + at);

		if (ticks.last_x != INT64_MIN &&
		    x - ticks.last_x < LABEL_ROOM * 2 / 3)
			continue;
		ticks.last_x = x;
		format_tick(text, at, ticks.step);
		svg_label(out, &(struct label){
		    .x = x, .y = bottom + 14 * PX, .anchor = ANCHOR_MIDDLE,
		    .paint = PAINT_MUTED, .is_small = true,
		}, text);
	}
}

void
time_axis_put_cuts(const struct time_axis *axis, struct outbuf *out,
    int64_t top, int64_t bottom)
{
	for (unsigned i = 0; i < axis->cut_count; i++)
		svg_rect(out, &(struct rect){
		    .x = time_axis_x(axis, axis->cut[i].from_ns),
		    .y = top, .width = CUT_WIDTH, .height = bottom - top,
		    .paint = PAINT_CUT, .opacity = 70,
		});
}

/* ---- numbers ---- */

uint64_t
scale_step(uint64_t most, unsigned count)
{
	uint64_t step = 1;

	for (unsigned turn = 0; most / step > count; turn++) {
		if (step > UINT64_MAX / 10)
			return step;
		step = turn % 3 == 1 ? step / 2 * 5 : step * 2;
	}
	return step;
}

/* log2 with 16 bits of fraction, by squaring. */
static int64_t
log2_fixed(uint64_t value)
{
	int64_t whole = 0;
	int64_t bits = 0;

	while (value >> whole > 1)
		whole++;
	value = whole > 31 ? value >> (whole - 31) : value << (31 - whole);
	for (int i = 0; i < 16; i++) {
		value = value * value >> 31;
		bits = bits << 1 | (int64_t)(value >> 32 & 1);
		if ((value >> 32 & 1) != 0)
			value >>= 1;
	}
	return (whole << 16) + bits;
}

int64_t
scale_y(const struct scale *scale, uint64_t value)
{
	const int64_t height = scale->bottom - scale->top;
	uint64_t part, whole;

	if (value <= scale->least || scale->most <= scale->least)
		return scale->bottom;
	if (value > scale->most)
		value = scale->most;
	if (scale->is_log) {
		const int64_t base = log2_fixed(scale->least);

		return scale->bottom - scale_part(log2_fixed(value) - base,
		    log2_fixed(scale->most) - base, height);
	}
	part = value - scale->least;
	whole = scale->most - scale->least;
	if (whole > INT64_MAX) {
		part >>= 1;
		whole >>= 1;
	}
	return scale->bottom - scale_part((int64_t)part, (int64_t)whole,
	    height);
}
