/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * SVG and HTML as text.  Lengths are in tenths of a pixel.  Every mark carries
 * its light colour as an attribute, and a class by which a style sheet can
 * make it dark: pictures are right where styles are blocked.
 */
#ifndef TCPSTATES_PICTURES_MARKUP_H
#define TCPSTATES_PICTURES_MARKUP_H

#include <stdbool.h>
#include <stdint.h>

struct outbuf;

enum paint {
#define PAINT(NAME, class, light, dark)	PAINT_##NAME,
#include "pictures/paints.def"
	PAINT_COUNT
};

/* 0xrrggbb */
uint32_t paint_light(enum paint);
uint32_t paint_dark(enum paint);

/* The rules of a style sheet for all classes, in dark colours. */
void paint_put_dark_rules(struct outbuf *);

#define PX	10	/* lengths of a pixel */

/* Longest text from outside that is shown. */
#define MARKUP_TEXT_MAX	200

/*
 * Text from outside: `<`, `&` and quotes as entities, controls and whatever
 * else is invisible as \xHH, at most MARKUP_TEXT_MAX bytes of it.
 */
void markup_text(struct outbuf *, const char *text);

void svg_length(struct outbuf *, int64_t length);

/* Begin and end a picture. */
struct svg {
	const char *id;		/* unique on a page */
	int64_t width;
	int64_t height;
	const char *title;
	const char *desc;	/* in words what is shown */
	bool is_file;		/* of its own, not in a page */
};

void svg_begin(struct outbuf *, const struct svg *);
void svg_end(struct outbuf *);

/* Attributes of colour, for an element that is open. */
void svg_fill(struct outbuf *, enum paint);
void svg_stroke(struct outbuf *, enum paint, int64_t width);

enum anchor { ANCHOR_START, ANCHOR_MIDDLE, ANCHOR_END };

struct label {
	int64_t x, y;		/* of the baseline */
	enum anchor anchor;
	enum paint paint;
	bool is_small;
	bool is_bold;
};

void svg_label(struct outbuf *, const struct label *, const char *text);

/* With a `title`, the rectangle says so under the pointer. */
struct rect {
	int64_t x, y, width, height;
	enum paint paint;
	unsigned opacity;	/* percent; 0: opaque */
	const char *title;	/* or NULL */
};

void svg_rect(struct outbuf *, const struct rect *);

/* A path: its commands come between the two. */
void svg_path_begin(struct outbuf *);
void svg_path_fill(struct outbuf *, enum paint, unsigned opacity);
void svg_path_stroke(struct outbuf *, enum paint, int64_t width);
void svg_path_dotted(struct outbuf *, enum paint);
void svg_path_dots(struct outbuf *, enum paint, int64_t width);
void svg_move(struct outbuf *, int64_t x, int64_t y);
void svg_line(struct outbuf *, int64_t x, int64_t y);
void svg_across(struct outbuf *, int64_t x);	/* H */
void svg_down(struct outbuf *, int64_t y);	/* V */

/* Columns that a text of normal size takes, about. */
int64_t svg_text_width(const char *text);

#endif
