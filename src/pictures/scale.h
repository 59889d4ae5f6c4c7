/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Scales: an axis of time, from which long silences may be cut, and axes of
 * numbers.  Lengths are in tenths of a pixel, see markup.h.
 */
#ifndef TCPSTATES_PICTURES_SCALE_H
#define TCPSTATES_PICTURES_SCALE_H

#include <stdbool.h>
#include <stdint.h>

struct outbuf;

#define CUTS_MAX	5
#define CUT_WIDTH	300	/* what remains of a silence: 30 px */

struct cut {
	int64_t from_ns;
	int64_t to_ns;
};

struct time_axis {
	int64_t first_ns;
	int64_t last_ns;
	int64_t zero_ns;	/* that labels count from */
	int64_t left;
	int64_t width;
	unsigned cut_count;
	struct cut cut[CUTS_MAX];	/* in order of time */
};

/* size * part / whole; part from 0 to whole, whatever their size. */
int64_t scale_part(int64_t part, int64_t whole, int64_t size);

/*
 * Cut a silence longer than `least_ns` and a fifth of what remains, but not all
 * of what remains.  Call with the longest first.  False: the silence stays.
 */
bool time_axis_cut(struct time_axis *, int64_t from_ns, int64_t to_ns,
    int64_t least_ns);

/* Instants outside the axis are at its ends. */
int64_t time_axis_x(const struct time_axis *, int64_t ns);

/* Time that a length of the axis stands for. */
int64_t time_axis_ns(const struct time_axis *, int64_t length);

/* Grid, labels below `bottom`, and the marks of cuts. */
void time_axis_put_grid(const struct time_axis *, struct outbuf *,
    int64_t top, int64_t bottom);
void time_axis_put_labels(const struct time_axis *, struct outbuf *,
    int64_t bottom);
/* Grey columns for what is cut. */
void time_axis_put_cuts(const struct time_axis *, struct outbuf *,
    int64_t top, int64_t bottom);

/* Numbers from `least` at the bottom to `most` at the top. */
struct scale {
	uint64_t least;
	uint64_t most;
	int64_t top;
	int64_t bottom;
	bool is_log;		/* least > 0 */
};

int64_t scale_y(const struct scale *, uint64_t value);

/* 1, 2 or 5 times a power of ten: at most `count` of these reach `most`. */
uint64_t scale_step(uint64_t most, unsigned count);

#endif
