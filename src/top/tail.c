/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "top/tail.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/compiler.h"
#include "base/outbuf.h"
#include "engine/engine.h"
#include "flow/conn.h"
#include "views/segment_line.h"

/* ---- lines ---- */

static void
drop_oldest(struct tail *tail)
{
	tail->segments -= tail->line[tail->first].is_segment;
	tail->first = (tail->first + 1) % TAIL_LINES;
	tail->count--;
}

static void
copy_line(char to[TAIL_LINE_SIZE], const char *text, size_t len)
{
	if (len >= TAIL_LINE_SIZE)
		len = TAIL_LINE_SIZE - 1;
	memcpy(to, text, len);
	to[len] = '\0';
}

static void
add_line(struct tail *tail, bool is_segment, const char *text, size_t len)
{
	struct tail_line *line;

	if (tail->is_heading) {
		copy_line(tail->heads, text, len);
		return;
	}
	if (tail->count == TAIL_LINES)
		drop_oldest(tail);
	line = &tail->line[(tail->first + tail->count++) % TAIL_LINES];
	line->is_segment = is_segment;
	copy_line(line->text, text, len);
	tail->segments += is_segment;
	while (tail->segments > TAIL_SEGMENTS)
		drop_oldest(tail);
}

/* A sink of whole lines: that of a segment, then its remarks. */
static int
take_lines(void *arg, const char *bytes, size_t len)
{
	struct tail *tail = arg;

	while (len > 0) {
		const char *end = memchr(bytes, '\n', len);
		const size_t part = end != NULL ? (size_t)(end - bytes) : len;

		add_line(tail, tail->begins_segment, bytes, part);
		tail->begins_segment = false;
		if (end == NULL)
			break;
		bytes += part + 1;
		len -= part + 1;
	}
	return 0;
}

const char *
tail_line(const struct tail *tail, unsigned at)
{
	return tail->line[(tail->first + at) % TAIL_LINES].text;
}

/* ---- segments ---- */

static void
on_segment(void *arg, const struct conn *conn, const struct segment *seg,
    const struct judgement *judged)
{
	struct tail *tail = arg;

	/* The memory of a connection may be that of another now. */
	if (conn->number != tail->number)
		return;
	tail->begins_segment = true;
	segments_line(tail->out, &tail->view, conn, seg, judged);
	(void)outbuf_flush(tail->out);
	if (--tail->left > 0)
		return;
	tail->pkts = conn_segments(conn);
	tcpstates_watch(tail->engine, NULL, NULL, NULL);
}

static void
count_missed(struct tail *tail, const struct conn *conn)
{
	const uint64_t now = conn_segments(conn);
	char text[64];
	int len;

	if (tail->left > 0 || now <= tail->pkts)
		return;
	len = snprintf(text, sizeof(text), "   ... %" PRIu64
	    " segments are not shown", now - tail->pkts);
	add_line(tail, false, text, (size_t)len);
}

static void
begin(struct tail *tail, const struct conn *conn, unsigned columns)
{
	tail->number = conn->number;
	tail->first = tail->count = tail->segments = 0;
	tail->view = (struct segments_view){
		.style = { .format = TIME_AS_RELATIVE, .digits = 6,
		    .base_ns = conn->first_ns },
		.columns = columns,
	};
	tail->left = 1;
	tail->is_heading = true;
	segment_line_heads(tail->out, &tail->view);
	(void)outbuf_flush(tail->out);
	tail->is_heading = false;
}

void
tail_watch(struct tail *tail, struct tcpstates *engine,
    const struct conn *conn, unsigned columns)
{
	if (conn == NULL) {
		/* What comes meanwhile is not missed, it is not looked at. */
		tail->left = 1;
		tcpstates_watch(engine, NULL, NULL, NULL);
		return;
	}
	if (conn->number != tail->number)
		begin(tail, conn, columns);
	count_missed(tail, conn);
	tail->engine = engine;
	tail->left = TAIL_SLICE;
	tcpstates_watch(engine, conn, on_segment, tail);
}

bool
tail_init(struct tail *tail)
{
	tail->out = outbuf_new(take_lines, tail);
	return tail->out != NULL;
}

void
tail_fini(struct tail *tail)
{
	outbuf_free(tail->out);
	tail->out = NULL;
}
