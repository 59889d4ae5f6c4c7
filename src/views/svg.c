/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * --svg: the drawings of a page as files: timeline.svg, timeline-busy.svg
 * if most segments lie in a small part of the time, and for each chosen
 * connection conn-N.svg, its sheet, and conn-N-ladder.svg.  Where a connection
 * is too large for one sheet, conn-N-moment-M.svg shows its worst moments.
 */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/err.h"
#include "base/outbuf.h"
#include "base/pool.h"
#include "engine/engine.h"
#include "flow/conn.h"
#include "pictures/collect.h"
#include "pictures/ladder.h"
#include "pictures/sheet.h"
#include "pictures/timeline.h"
#include "tcp/pack.h"
#include "views/display.h"
#include "views/drawn.h"

#define NAME_SIZE	64

static struct outbuf *
begin_file(const struct display *display, const char *name)
{
	return display->folder->begin(display->folder, name);
}

static void
end_file(const struct display *display)
{
	display->folder->end(display->folder);
}

static void
put_rows(const struct display *display, const char *name,
    const struct timeline *timeline)
{
	struct outbuf *out = begin_file(display, name);

	if (out == NULL)
		return;
	timeline_put(out, timeline);
	end_file(display);
}

static void
put_timelines(const struct display *display, const struct drawn *drawn,
    const struct tcpstates *ts)
{
	const struct conn *conn[TIMELINE_ROWS];
	struct timeline timeline = {
		.id = "tl",
		.conn = drawn->row,
		.count = drawn->row_count,
		.left_out = drawn->conns - drawn->row_count,
		.collector = display->context->collector,
		.zero_ns = tcpstates_totals(ts)->first_ns,
		.is_file = true,
	};
	struct busy_part part;

	if (drawn->row_count == 0)
		return;
	drawn_extent(drawn, &timeline.first_ns, &timeline.last_ns);
	put_rows(display, "timeline.svg", &timeline);
	if (!timeline_busy_part(&timeline, &part))
		return;
	timeline_zoom(&timeline, &part, conn);
	put_rows(display, "timeline-busy.svg", &timeline);
}

static void
put_sheet(const struct display *display, const struct conn *conn,
    const struct picture *picture, const char *name,
    const struct moment *moment)
{
	struct outbuf *out = begin_file(display, name);

	if (out == NULL)
		return;
	sheet_put(out, conn, picture, &(struct sheet_options){
	    .id = "s", .is_file = true, .moment = moment,
	});
	end_file(display);
}

static void
put_ladder(const struct display *display, const struct conn *conn,
    const struct picture *picture)
{
	char name[NAME_SIZE];
	struct outbuf *out;

	(void)snprintf(name, sizeof(name), "conn-%" PRIu64 "-ladder.svg",
	    conn->number);
	out = begin_file(display, name);
	if (out == NULL)
		return;
	ladder_put(out, conn, picture, &(struct ladder_options){
	    .id = "l", .is_file = true,
	});
	end_file(display);
}

static void
put_connection(const struct display *display, const struct conn *packed)
{
	const struct picture *picture = collector_find(
	    display->context->collector, packed->number);
	struct pack_room room;
	const struct conn *conn = pack_read(packed, &room);
	struct moment moments[MOMENTS_MAX];
	char name[NAME_SIZE];
	unsigned count;

	if (picture == NULL || picture->count == 0)
		return;
	(void)snprintf(name, sizeof(name), "conn-%" PRIu64 ".svg",
	    conn->number);
	put_sheet(display, conn, picture, name, NULL);
	put_ladder(display, conn, picture);
	count = sheet_moments(conn, picture, moments);
	for (unsigned i = 0; i < count; i++) {
		(void)snprintf(name, sizeof(name), "conn-%" PRIu64
		    "-moment-%u.svg", conn->number, i + 1);
		put_sheet(display, conn, picture, name, &moments[i]);
	}
}

static int
svg_finish(struct display *display, const struct tcpstates *ts)
{
	struct drawn *drawn = mem_zalloc(sizeof(*drawn));
	int error;

	if (drawn == NULL)
		return -ERR_NOMEM;
	error = drawn_choose(drawn, display->context, ts);
	put_timelines(display, drawn, ts);
	for (size_t i = 0; i < drawn->sheet_count; i++)
		put_connection(display, drawn->sheet[i]);
	drawn_fini(drawn);
	mem_free(drawn);
	return error;
}

const struct display_type svg_display = {
	.place = DISPLAY_FILE,
	.is_enough = true,
	.argument = DISPLAY_ARG_FILE,
	.is_folder = true,
	.needs = DISPLAY_NEEDS_ANALYSIS | DISPLAY_NEEDS_DIAGNOSIS |
	    DISPLAY_NEEDS_PICTURES,
	.finish = svg_finish,
};
