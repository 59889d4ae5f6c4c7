/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * --xpl: the pictures of tcptrace(1) as files for xplot.  Of each chosen
 * connection and each direction conn-N-a2b_tsg.xpl and others; a is the
 * originator.
 */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/err.h"
#include "base/outbuf.h"
#include "base/pool.h"
#include "flow/conn.h"
#include "pictures/collect.h"
#include "pictures/xplot.h"
#include "tcp/pack.h"
#include "views/display.h"
#include "views/drawn.h"

#define NAME_SIZE	64

static void
put_file(const struct display *display, const struct xplot_data *data,
    enum xplot kind)
{
	const bool is_orig = data->side == data->conn->orig;
	char name[NAME_SIZE];
	struct outbuf *out;

	(void)snprintf(name, sizeof(name), "conn-%" PRIu64 "-%s_%s.xpl",
	    data->conn->number, is_orig ? "a2b" : "b2a", xplot_name(kind));
	out = display->folder->begin(display->folder, name);
	if (out == NULL)
		return;
	xplot_put(out, data, kind);
	display->folder->end(display->folder);
}

static void
put_connection(const struct display *display, const struct conn *packed)
{
	const struct display_context *context = display->context;
	struct pack_room room;
	struct xplot_data data = {
		.conn = pack_read(packed, &room),
		.picture = collector_find(context->collector, packed->number),
		.digits = context->capture.digits,
	};

	if (data.picture == NULL)
		return;
	for (data.side = 0; data.side < 2; data.side++)
		for (enum xplot kind = 0; kind < XPLOT_KINDS; kind++)
			if (xplot_has(data.picture, data.side, kind))
				put_file(display, &data, kind);
}

static int
xpl_finish(struct display *display, const struct tcpstates *ts)
{
	struct drawn *drawn = mem_zalloc(sizeof(*drawn));
	int error;

	if (drawn == NULL)
		return -ERR_NOMEM;
	error = drawn_choose(drawn, display->context, ts);
	for (size_t i = 0; i < drawn->sheet_count; i++)
		put_connection(display, drawn->sheet[i]);
	drawn_fini(drawn);
	mem_free(drawn);
	return error;
}

const struct display_type xpl_display = {
	.place = DISPLAY_FILE,
	.is_enough = true,
	.argument = DISPLAY_ARG_FILE,
	.is_folder = true,
	.needs = DISPLAY_NEEDS_ANALYSIS | DISPLAY_NEEDS_DIAGNOSIS |
	    DISPLAY_NEEDS_PICTURES,
	.finish = xpl_finish,
};
