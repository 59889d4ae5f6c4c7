/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Parts of a sheet, which sheet.c puts above each other.  Internal to sheets.
 */
#ifndef TCPSTATES_PICTURES_SHEET_PARTS_H
#define TCPSTATES_PICTURES_SHEET_PARTS_H

#include <stdbool.h>
#include <stdint.h>

#include "diagnosis/text.h"
#include "pictures/collect.h"
#include "pictures/markup.h"
#include "pictures/scale.h"
#include "pictures/strokes.h"

struct conn;
struct outbuf;

#define SHEET_WIDTH	(960 * PX)
#define SHEET_LEFT	(90 * PX)	/* of the plots */
#define SHEET_PLOT	(STROKES_WIDTH * PX)	/* their width */
#define SHEET_RIGHT	(SHEET_LEFT + SHEET_PLOT)

struct sheet {
	struct outbuf *out;
	const struct conn *conn;
	const struct picture *picture;
	const struct point *point;	/* those on the axis */
	uint32_t count;
	struct time_axis axis;
	int64_t column;		/* width of the columns of marks: strokes.h */
	bool is_dense;		/* many for each pixel: see SHEET_DENSE */
	bool is_moment;
	unsigned main_side;	/* that sent more data */
	int64_t y;		/* where the next part begins */
};

/* Few points, drawn to a tenth of a pixel? */
static inline bool
sheet_is_exact(const struct sheet *sheet)
{
	return sheet->column < PX;
}

/* Columns of several pixels, as the sheet would be too large otherwise? */
static inline bool
sheet_is_coarse(const struct sheet *sheet)
{
	return sheet->column > PX;
}

static inline int64_t
sheet_x(const struct sheet *sheet, const struct point *point)
{
	return time_axis_x(&sheet->axis, point->time_ns);
}

/* Where a mark upon a stroke is: in a coarse sheet, at its column. */
static inline int64_t
sheet_mark_x(const struct sheet *sheet, const struct point *point)
{
	const int64_t x = sheet_x(sheet, point);

	return sheet_is_coarse(sheet) ?
	    x - (x - SHEET_LEFT) % sheet->column : x;
}

static inline enum paint
sheet_paint(const struct sheet *sheet, unsigned side, bool is_text)
{
	const bool is_orig = side == sheet->conn->orig;

	if (is_text)
		return is_orig ? PAINT_TEXT_ORIG : PAINT_TEXT_RESP;
	return is_orig ? PAINT_ORIG : PAINT_RESP;
}

/*
 * The head of a part, with a remark at its right; sheet->y moves below.  And
 * the frame of a plot: grid, cuts, labels of a vertical scale.
 */
void sheet_put_head(struct sheet *, const char *title, const char *remark);

/* A number of a scale whose labels are `step` apart. */
typedef void sheet_format(char buf[TEXT_NUMBER], uint64_t value,
    uint64_t step);

/* "25.0 kB", with as many digits as tell one label from the next. */
void sheet_format_bytes(char buf[TEXT_NUMBER], uint64_t value, uint64_t step);

void sheet_put_frame(struct sheet *, const struct scale *, sheet_format *);
/* A label at the right of a plot. */
void sheet_put_right(struct sheet *, int64_t y, enum paint, const char *text);

/* Of a part with its head. */
#define SHEET_SEQUENCE_HEIGHT	(222 * PX)
#define SHEET_PANEL_HEIGHT	(98 * PX)
#define SHEET_HEAD		(24 * PX)
/* More points than this for each pixel make a sheet dense. */
#define SHEET_DENSE		50

#define SHEET_STRIP_HEIGHT	(11 * PX)
void sheet_put_strip(struct sheet *);

/* Is there anything to show of the side's sequence numbers? */
bool sheet_wants_sequence(const struct sheet *, unsigned side);
/* Of the part with its head. */
int64_t sheet_sequence_height(const struct sheet *);
void sheet_put_sequence(struct sheet *, unsigned side);
void sheet_put_flight(struct sheet *);
/*
 * How many retransmissions and duplicate ACKs there were at a time, of a dense
 * sheet, on which they cannot be seen one by one.
 */
bool sheet_wants_trouble(const struct sheet *);
void sheet_put_trouble(struct sheet *);
bool sheet_wants_rtt(const struct sheet *);
void sheet_put_rtt(struct sheet *);
/* Without data there are no sequence numbers, flight and goodput to show. */
bool sheet_has_data(const struct sheet *);
void sheet_put_goodput(struct sheet *);

#endif
