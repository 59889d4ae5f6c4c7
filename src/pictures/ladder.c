/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "pictures/ladder.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/nstime.h"
#include "base/outbuf.h"
#include "base/pool.h"
#include "diagnosis/text.h"
#include "flow/conn.h"
#include "pictures/collect.h"
#include "pictures/ladder_ends.h"
#include "pictures/markup.h"
#include "pictures/scale.h"
#include "pictures/waits.h"
#include "print/addr.h"
#include "tcp/rtt.h"
#include "tcp/state.h"

#define WIDTH		(960 * PX)
#define LEFT		(210 * PX)	/* line of the originator */
#define RIGHT		(640 * PX)
#define REMARKS		(738 * PX)
#define HEAD		(56 * PX)
#define ROW		(25 * PX)
#define SLOPE		(13 * PX)
#define BAR_WIDTH	(5 * PX)

#define PAUSE_MIN	(200 * NS_PER_MS)
#define LOST_MAX	64	/* originals of retransmissions */
#define LOOK_BACK	8192	/* points, to find them */

enum row_type {
	ROW_SEGMENT,
	ROW_GATHERED,		/* several, of one side */
	ROW_PAUSE,
	ROW_STUB,		/* lost upstream: never captured */
	ROW_MORE		/* segments that are left out */
};

struct ladder_row {
	enum row_type type;
	const struct point *point;	/* the first one */
	uint32_t count;
	uint64_t bytes;
	int64_t from_ns;		/* of a pause */
};

struct ladder {
	struct outbuf *out;
	const struct conn *conn;
	const struct picture *picture;
	int64_t capture_x;
	int64_t pause_ns;		/* longer ones have a row */
	const struct point *lost[LOST_MAX];
	unsigned lost_count;
	struct ladder_row rows[LADDER_KEPT];
	struct ladder_ends ends;	/* where each of them goes */
	struct ladder_row gather;	/* count 0: none */
	bool sent_data[2];
	bool sent_other[2];		/* than SYN */
};

/* ---- choosing rows ---- */

static void
push_row(struct ladder *l, const struct ladder_row *row)
{
	l->rows[ladder_ends_add(&l->ends, row->count)] = *row;
}

static void
end_gather(struct ladder *l)
{
	if (l->gather.count == 0)
		return;
	if (l->gather.count == 1)
		l->gather.type = ROW_SEGMENT;
	push_row(l, &l->gather);
	l->gather.count = 0;
}

static void
gather(struct ladder *l, const struct point *p)
{
	struct ladder_row *row = &l->gather;

	if (row->count > 0 && row->point->side == p->side &&
	    (row->point->len > 0) == (p->len > 0)) {
		row->count++;
		row->bytes += p->len;
		return;
	}
	end_gather(l);
	*row = (struct ladder_row){
		.type = ROW_GATHERED, .point = p, .count = 1, .bytes = p->len,
	};
}

static bool
was_lost(const struct ladder *l, const struct point *p)
{
	for (unsigned i = 0; i < l->lost_count; i++)
		if (l->lost[i] == p)
			return true;
	return false;
}

/* Return the segment that first carried the bytes of `p`, or NULL. */
static const struct point *
original_of(const struct ladder *l, const struct point *p)
{
	const struct point *begin = l->picture->point;

	for (const struct point *at = p; at > begin && p - at < LOOK_BACK;) {
		at--;
		if (at->side == p->side && !at->is_sack && at->len > 0 &&
		    at->start <= p->start && point_end(at) > p->start)
			return at;
	}
	return NULL;
}

static void
find_lost(struct ladder *l)
{
	for (uint32_t i = 0; i < l->picture->count; i++) {
		const struct point *p = &l->picture->point[i];
		const struct point *original;

		if (l->lost_count == LOST_MAX)
			return;
		if (p->is_sack || !point_is(p, JUDGED_RETRANSMISSION) ||
		    !point_is(p, JUDGED_LOSS_BEHIND))
			continue;
		original = original_of(l, p);
		if (original != NULL)
			l->lost[l->lost_count++] = original;
	}
}

static bool
is_special(const struct ladder *l, const struct point *p)
{
	return (p->flags & (TCP_SYN | TCP_FIN | TCP_RST)) != 0 ||
	    point_is(p, JUDGED_RETRANSMISSION) ||
	    point_is(p, JUDGED_OUT_OF_ORDER) ||
	    point_is(p, JUDGED_UNKNOWN_ORDER) ||
	    point_is(p, JUDGED_LOST_SEGMENT) || p->window == 0 ||
	    p->dups == 1 || p->dups == 3 || !l->sent_other[p->side] ||
	    (p->len > 0 && !l->sent_data[p->side]) || was_lost(l, p);
}

static void
add_pause(struct ladder *l, const struct point *before,
    const struct point *p)
{
	if (before == NULL || p->time_ns - before->time_ns < l->pause_ns)
		return;
	end_gather(l);
	push_row(l, &(struct ladder_row){
	    .type = ROW_PAUSE, .point = p, .from_ns = before->time_ns,
	});
}

static void
add_segment(struct ladder *l, const struct point *p)
{
	if (!is_special(l, p)) {
		gather(l, p);
		return;
	}
	end_gather(l);
	if (point_is(p, JUDGED_RETRANSMISSION) &&
	    point_is(p, JUDGED_LOSS_BEFORE))
		push_row(l, &(struct ladder_row){
		    .type = ROW_STUB, .point = p,
		});
	push_row(l, &(struct ladder_row){
	    .type = ROW_SEGMENT, .point = p, .count = 1, .bytes = p->len,
	});
	l->sent_other[p->side] = l->sent_other[p->side] ||
	    (p->flags & TCP_SYN) == 0;
	l->sent_data[p->side] = l->sent_data[p->side] || p->len > 0;
}

static void
choose_rows(struct ladder *l)
{
	const struct point *before = NULL;

	find_lost(l);
	for (uint32_t i = 0; i < l->picture->count; i++) {
		const struct point *p = &l->picture->point[i];

		if (p->is_sack)
			continue;
		add_pause(l, before, p);
		add_segment(l, p);
		before = p;
	}
	end_gather(l);
}

/* ---- geometry ---- */

/* The line of an endpoint. */
static int64_t
line_of(const struct ladder *l, unsigned side)
{
	return side == l->conn->orig ? LEFT : RIGHT;
}

/* How far below its beginning an arrow is at x. */
static int64_t
drop_at(const struct ladder *l, unsigned sender, int64_t x)
{
	const int64_t way = x - line_of(l, sender);

	return (way < 0 ? -way : way) * SLOPE / (RIGHT - LEFT);
}

/*
 * The capture point stands between the two as the halves of the round trip
 * do; in the middle if a half is not known.
 */
static int64_t
capture_x(const struct conn *conn)
{
	const struct analysis *an = conn->analysis;
	const int64_t width = RIGHT - LEFT;
	int64_t orig = an != NULL ? rtt_half(an, conn, conn->orig) : -1;
	int64_t resp = an != NULL ? rtt_half(an, conn, !conn->orig) : -1;
	int64_t x;

	if (orig < 0 || resp < 0 || orig > INT64_MAX / 2 ||
	    resp > INT64_MAX / 2 || orig + resp == 0)
		return LEFT + width / 2;
	x = scale_part(orig, orig + resp, width);
	if (x < width / 10)
		x = width / 10;
	if (x > width - width / 10)
		x = width - width / 10;
	return LEFT + x;
}

/* ---- marks ---- */

static void
put_cross(const struct ladder *l, int64_t x, int64_t y)
{
	svg_path_begin(l->out);
	svg_move(l->out, x - 40, y - 40);
	svg_line(l->out, x + 40, y + 40);
	svg_move(l->out, x - 40, y + 40);
	svg_line(l->out, x + 40, y - 40);
	svg_path_stroke(l->out, PAINT_BAD, 20);
}

static void
put_head_of_arrow(const struct ladder *l, int64_t x, int64_t y,
    bool to_right, enum paint paint)
{
	const int64_t back = to_right ? -70 : 70;

	svg_path_begin(l->out);
	svg_move(l->out, x, y);
	svg_line(l->out, x + back, y - 38);
	svg_line(l->out, x + back, y + 28);
	outbuf_char(l->out, 'Z');
	svg_path_fill(l->out, paint, 0);
}

static void
put_shaft(const struct ladder *l, unsigned sender, int64_t y, int64_t end_x,
    enum paint paint)
{
	svg_path_begin(l->out);
	svg_move(l->out, line_of(l, sender), y);
	svg_line(l->out, end_x, y + drop_at(l, sender, end_x));
	svg_path_stroke(l->out, paint, 12);
}

static void
put_dot(const struct ladder *l, unsigned sender, int64_t y, enum paint paint)
{
	svg_path_begin(l->out);
	svg_move(l->out, l->capture_x, y + drop_at(l, sender, l->capture_x));
	outbuf_str(l->out, "h0");
	svg_path_dots(l->out, paint, 40);
}

static void
put_text(const struct ladder *l, int64_t x, int64_t y, enum anchor anchor,
    enum paint paint, const char *text)
{
	svg_label(l->out, &(struct label){
	    .x = x, .y = y, .anchor = anchor, .paint = paint,
	    .is_small = true,
	}, text);
}

static enum paint
paint_of(const struct ladder *l, const struct point *p)
{
	if (point_is(p, JUDGED_RETRANSMISSION) || was_lost(l, p) ||
	    (p->flags & TCP_RST) != 0)
		return PAINT_BAD;
	return p->side == l->conn->orig ? PAINT_ORIG : PAINT_RESP;
}

/* ---- words ---- */

#define WORDS	96

size_t
ladder_format_flags(char buf[LADDER_FLAGS], unsigned flags, bool has_data)
{
	static const struct {
		unsigned flag;
		const char *name;
	} names[] = {
		{ TCP_SYN, "SYN" }, { TCP_FIN, "FIN" }, { TCP_RST, "RST" },
	};
	size_t len = 0;

	buf[0] = '\0';
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if ((flags & names[i].flag) != 0)
			len += (size_t)snprintf(buf + len, LADDER_FLAGS - len,
			    "%s%s", len > 0 ? "-" : "", names[i].name);
	if ((flags & TCP_ACK) != 0 && (len > 0 || !has_data))
		len += (size_t)snprintf(buf + len, LADDER_FLAGS - len,
		    "%sACK", len > 0 ? "-" : "");
	return len;
}

static void
format_segment(char buf[WORDS], const struct point *p)
{
	size_t len = ladder_format_flags(buf, p->flags, p->len > 0);

	if (p->len > 0)
		len += (size_t)snprintf(buf + len, WORDS - len,
		    "%s%" PRIu32 " bytes from %" PRId64, len > 0 ? ", " : "",
		    p->len, p->start);
	if (p->len == 0 && p->ack >= 0)
		len += (size_t)snprintf(buf + len, WORDS - len, " %" PRId64,
		    p->ack);
	if (p->len == 0 && p->window != POINT_UNKNOWN)
		(void)snprintf(buf + len, WORDS - len, ", window %" PRIu32,
		    p->window);
}

static const char *
retransmission_words(const struct point *p)
{
	if (point_is(p, JUDGED_SPURIOUS))
		return "retransmitted needlessly";
	if (p->cause == CAUSE_FAST)
		return "fast retransmission";
	if (p->cause == CAUSE_TIMEOUT)
		return "retransmitted after a timeout";
	return p->cause == CAUSE_TAIL_PROBE ? "tail loss probe" :
	    "retransmitted";
}

/* What stands at the right of a segment; "" for nothing. */
static void
format_remark(char buf[WORDS], const struct ladder *l, const struct point *p)
{
	buf[0] = '\0';
	if (was_lost(l, p))
		(void)snprintf(buf, WORDS, "lost downstream");
	else if (point_is(p, JUDGED_RETRANSMISSION))
		(void)snprintf(buf, WORDS, "%s", retransmission_words(p));
	else if (point_is(p, JUDGED_OUT_OF_ORDER))
		(void)snprintf(buf, WORDS, "out of order");
	else if (point_is(p, JUDGED_LOST_SEGMENT))
		(void)snprintf(buf, WORDS, "previous segment not captured");
	else if (p->dups > 0)
		(void)snprintf(buf, WORDS, "duplicate ACK %" PRIu32, p->dups);
	else if (p->window == 0)
		(void)snprintf(buf, WORDS, "zero window");
}

/* ---- rows ---- */

/* Nothing says that a SYN without an answer went beyond the capture point. */
static bool
is_unanswered(const struct ladder *l, const struct point *p)
{
	return (p->flags & (TCP_SYN | TCP_ACK)) == TCP_SYN &&
	    l->conn->endpoint[!p->side].pkts == 0;
}

static void
put_unanswered(const struct ladder *l, const struct point *p, int64_t y)
{
	const int64_t to = (l->capture_x + line_of(l, !p->side)) / 2;

	put_shaft(l, p->side, y, l->capture_x, PAINT_BAD);
	put_dot(l, p->side, y, PAINT_BAD);
	svg_path_begin(l->out);
	svg_move(l->out, l->capture_x, y + drop_at(l, p->side, l->capture_x));
	svg_line(l->out, to, y + drop_at(l, p->side, to));
	svg_path_dotted(l->out, PAINT_BAD);
	svg_label(l->out, &(struct label){
	    .x = to + 6 * PX, .y = y + drop_at(l, p->side, to) + 40,
	    .anchor = ANCHOR_MIDDLE, .paint = PAINT_TEXT_BAD, .is_bold = true,
	}, "?");
}

static void
put_segment(const struct ladder *l, const struct ladder_row *row, int64_t y)
{
	const struct point *p = row->point;
	const unsigned sender = p->side;
	const int64_t end = line_of(l, !sender);
	const enum paint paint = paint_of(l, p);
	const bool is_lost = was_lost(l, p);
	const int64_t to = is_lost ? (l->capture_x + end) / 2 : end;
	char words[WORDS];

	if (is_unanswered(l, p)) {
		put_unanswered(l, p, y);
	} else {
		put_shaft(l, sender, y, to, paint);
		put_dot(l, sender, y, paint);
		if (is_lost)
			put_cross(l, to, y + drop_at(l, sender, to));
		else
			put_head_of_arrow(l, end, y + SLOPE, end == RIGHT,
			    paint);
	}
	format_segment(words, p);
	put_text(l, (LEFT + RIGHT) / 2, y + SLOPE / 2 - 30, ANCHOR_MIDDLE,
	    PAINT_INK, words);
	format_remark(words, l, p);
	if (words[0] != '\0')
		put_text(l, REMARKS, y + SLOPE / 2 + 30, ANCHOR_START,
		    paint == PAINT_BAD ? PAINT_TEXT_BAD : PAINT_MUTED, words);
}

/* Several of a kind: one pale thick arrow. */
static void
put_gathered(const struct ladder *l, const struct ladder_row *row, int64_t y)
{
	const struct point *p = row->point;
	const int64_t end = line_of(l, !p->side);
	const enum paint paint = p->side == l->conn->orig ? PAINT_ORIG :
	    PAINT_RESP;
	const int64_t start = line_of(l, p->side);
	char bytes[TEXT_NUMBER], words[TEXT_NUMBER + 40];

	svg_rect(l->out, &(struct rect){
	    .x = LEFT + 8 * PX, .y = y + SLOPE / 2 - 25,
	    .width = RIGHT - LEFT - 16 * PX, .height = 50, .paint = paint,
	    .opacity = 35,
	});
	put_head_of_arrow(l, end, y + SLOPE / 2, end > start, paint);
	(void)text_bytes(bytes, row->bytes);
	if (p->len > 0)
		(void)snprintf(words, sizeof(words), "%" PRIu32
		    " data segments, %s", row->count, bytes);
	else
		(void)snprintf(words, sizeof(words), "%" PRIu32 " ACKs",
		    row->count);
	put_text(l, (LEFT + RIGHT) / 2, y + SLOPE / 2 - 40, ANCHOR_MIDDLE,
	    PAINT_INK, words);
}

/* The cause to which the ledger has booked most of the pause. */
static void
format_pause(char buf[WORDS], const struct ladder *l,
    const struct ladder_row *row)
{
	char cause[WAIT_WORDS_SIZE] = "", ns[TEXT_NUMBER];
	int64_t most = 0;
	struct span span;

	for (uint32_t i = 0; wait_next(l->conn, l->picture, i, &span); i++) {
		const int64_t from = span.from_ns > row->from_ns ?
		    span.from_ns : row->from_ns;
		const int64_t to = span.to_ns < row->point->time_ns ?
		    span.to_ns : row->point->time_ns;

		if (to - from <= most)
			continue;
		most = to - from;
		wait_format_cause(cause, l->conn, span.book);
	}
	(void)text_ns(ns, row->point->time_ns - row->from_ns);
	(void)snprintf(buf, WORDS, "%s%s%s", ns, cause[0] != '\0' ? ": " : "",
	    cause);
}

static void
put_pause(const struct ladder *l, const struct ladder_row *row, int64_t y)
{
	char words[WORDS];

	format_pause(words, l, row);
	svg_rect(l->out, &(struct rect){
	    .x = LEFT, .y = y - 20, .width = RIGHT - LEFT,
	    .height = ROW - 4 * PX, .paint = PAINT_CUT, .opacity = 70,
	});
	put_text(l, (LEFT + RIGHT) / 2, y + 11 * PX, ANCHOR_MIDDLE, PAINT_INK,
	    words);
}

static void
put_stub(const struct ladder *l, const struct ladder_row *row, int64_t y)
{
	const unsigned sender = row->point->side;
	const int64_t to = (line_of(l, sender) + l->capture_x) / 2;
	const int64_t drop = drop_at(l, sender, to);

	svg_path_begin(l->out);
	svg_move(l->out, line_of(l, sender), y);
	svg_line(l->out, to, y + drop);
	svg_path_dotted(l->out, PAINT_BAD);
	put_cross(l, to, y + drop);
	put_text(l, REMARKS, y + SLOPE / 2 + 30, ANCHOR_START,
	    PAINT_TEXT_BAD, "lost upstream, not captured");
}

static void
put_time(const struct ladder *l, const struct point *p, int64_t y)
{
	char ns[TEXT_NUMBER];

	(void)text_ns(ns, p->time_ns - l->conn->first_ns);
	put_text(l, 74 * PX, y + 40, ANCHOR_END, PAINT_MUTED,
	    p->time_ns == l->conn->first_ns ? "0" : ns);
}

static void
put_row(const struct ladder *l, const struct ladder_row *row, int64_t y)
{
	char words[WORDS];

	switch (row->type) {
	case ROW_SEGMENT:
		put_time(l, row->point, y);
		put_segment(l, row, y);
		break;
	case ROW_GATHERED:
		put_time(l, row->point, y);
		put_gathered(l, row, y);
		break;
	case ROW_PAUSE:
		put_pause(l, row, y);
		break;
	case ROW_STUB:
		put_stub(l, row, y);
		break;
	case ROW_MORE:
		(void)snprintf(words, sizeof(words), "%" PRIu64
		    " more segments", l->ends.left_out);
		put_text(l, (LEFT + RIGHT) / 2, y + 9 * PX, ANCHOR_MIDDLE,
		    PAINT_MUTED, words);
		break;
	}
}

/* ---- states ---- */

static const struct ladder_row *
row_at(const struct ladder *l, unsigned i)
{
	static const struct ladder_row more = { .type = ROW_MORE };
	const unsigned at = ladder_ends_at(&l->ends, i);

	return at == LADDER_MORE ? &more : &l->rows[at];
}

/* The segment of a drawn row; NULL: there is no such row, or it has none. */
static const struct point *
point_of(const struct ladder *l, unsigned i)
{
	return i < ladder_ends_drawn(&l->ends) ? row_at(l, i)->point : NULL;
}

static bool
is_before(const struct point *point, const struct change *change)
{
	return point == NULL || point->time_ns < change->time_ns;
}

/* A change of state stands at the first row at or after its time. */
static int64_t
change_y(const struct ladder *l, const struct change *change)
{
	const unsigned count = ladder_ends_drawn(&l->ends);
	const struct point *point;
	unsigned i = 0;

	while (i < count && is_before(point_of(l, i), change))
		i++;
	if (i < count && row_at(l, i)->type == ROW_PAUSE)
		i++;
	point = point_of(l, i);
	return HEAD + (int64_t)i * ROW + (point != NULL &&
	    point->side != change->side ? SLOPE : 0);
}

static enum paint
state_paint(const struct ladder *l, const struct change *change)
{
	if (change->to == STATE_ESTABLISHED)
		return change->side == l->conn->orig ? PAINT_ORIG :
		    PAINT_RESP;
	return change->to == STATE_SYN_SENT ||
	    change->to == STATE_SYN_RECEIVED ? PAINT_WINDOW : PAINT_SETUP;
}

static void
put_state(const struct ladder *l, const struct change *change, int64_t y,
    int64_t end)
{
	const bool is_left = change->side == l->conn->orig;

	if (end > y)
		svg_rect(l->out, &(struct rect){
		    .x = is_left ? LEFT - BAR_WIDTH - 10 : RIGHT + 10, .y = y,
		    .width = BAR_WIDTH, .height = end - y,
		    .paint = state_paint(l, change),
		});
}

static void
put_states(const struct ladder *l, unsigned side, int64_t bottom)
{
	const bool is_left = side == l->conn->orig;
	const struct change *before = NULL;
	int64_t since = 0, labelled = INT64_MIN / 2;

	for (unsigned i = 0; i < l->picture->change_count; i++) {
		const struct change *change = &l->picture->change[i];
		int64_t y;

		if (change->side != side)
			continue;
		y = change_y(l, change);
		if (before != NULL)
			put_state(l, before, since, y);
		before = change;
		since = y;
		if (y < labelled + 11 * PX)
			y = labelled + 11 * PX;
		labelled = y;
		put_text(l, is_left ? LEFT - 10 * PX : RIGHT + 10 * PX,
		    y + 6 * PX, is_left ? ANCHOR_END : ANCHOR_START,
		    PAINT_INK, state_name((enum state)change->to));
	}
	if (before != NULL)
		put_state(l, before, since, bottom);
}

/* ---- the ladder ---- */

static void
put_lines(const struct ladder *l, int64_t bottom)
{
	svg_path_begin(l->out);
	svg_move(l->out, LEFT, HEAD - 14 * PX);
	svg_down(l->out, bottom);
	svg_move(l->out, RIGHT, HEAD - 14 * PX);
	svg_down(l->out, bottom);
	svg_path_stroke(l->out, PAINT_INK, 14);
	svg_path_begin(l->out);
	svg_move(l->out, l->capture_x, HEAD - 14 * PX);
	svg_down(l->out, bottom);
	svg_path_dotted(l->out, PAINT_MUTED);
}

static void
put_heads(const struct ladder *l, const char *orig, const char *resp)
{
	svg_label(l->out, &(struct label){
	    .x = LEFT, .y = 14 * PX, .anchor = ANCHOR_MIDDLE,
	    .paint = PAINT_TEXT_ORIG, .is_bold = true,
	}, orig);
	svg_label(l->out, &(struct label){
	    .x = RIGHT, .y = 14 * PX, .anchor = ANCHOR_MIDDLE,
	    .paint = PAINT_TEXT_RESP, .is_bold = true,
	}, resp);
	put_text(l, LEFT, 28 * PX, ANCHOR_MIDDLE, PAINT_MUTED, "originator");
	put_text(l, RIGHT, 28 * PX, ANCHOR_MIDDLE, PAINT_MUTED, "responder");
	put_text(l, l->capture_x, 40 * PX, ANCHOR_MIDDLE, PAINT_MUTED,
	    "captured here");
	put_text(l, 74 * PX, 28 * PX, ANCHOR_END, PAINT_MUTED, "time");
}

static void
ladder_init(struct ladder *l)
{
	const int64_t rtt = l->conn->analysis != NULL ?
	    rtt_of_sender(l->conn->analysis, l->conn, l->conn->orig) : -1;

	l->capture_x = capture_x(l->conn);
	l->pause_ns = rtt > PAUSE_MIN / 4 && rtt < INT64_MAX / 4 ? 4 * rtt :
	    PAUSE_MIN;
	choose_rows(l);
}

static void
put_ladder(const struct ladder *l, const struct ladder_options *options)
{
	const int64_t bottom = HEAD + (int64_t)ladder_ends_drawn(&l->ends) * ROW;
	char orig[ADDR_ENDPOINT_BUFSIZE], resp[ADDR_ENDPOINT_BUFSIZE];
	char title[64], desc[160];

	(void)addr_format_endpoint(orig, l->conn, l->conn->orig);
	(void)addr_format_endpoint(resp, l->conn, !l->conn->orig);
	(void)snprintf(title, sizeof(title), "Ladder of connection %" PRIu64,
	    l->conn->number);
	(void)snprintf(desc, sizeof(desc), "The segments that matter of %"
	    PRIu64 ", from top to bottom in order of time, between originator "
	    "and responder.", l->picture->segments);
	svg_begin(l->out, &(struct svg){
	    .id = options->id, .width = WIDTH, .height = bottom + 10 * PX,
	    .title = title, .desc = desc, .is_file = options->is_file,
	});
	put_heads(l, orig, resp);
	put_lines(l, bottom);
	put_states(l, l->conn->orig, bottom);
	put_states(l, !l->conn->orig, bottom);
	for (unsigned i = 0; i < ladder_ends_drawn(&l->ends); i++)
		put_row(l, row_at(l, i), HEAD + (int64_t)i * ROW);
	svg_end(l->out);
}

void
ladder_put(struct outbuf *out, const struct conn *conn,
    const struct picture *picture, const struct ladder_options *options)
{
	struct ladder ladder = {
		.out = out, .conn = conn, .picture = picture,
	};

	ladder_init(&ladder);
	put_ladder(&ladder, options);
}
