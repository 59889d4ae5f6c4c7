/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From the top: up to three lines of heading, the names of the columns, the
 * list, a pane about the selected connection, a legend, the keys.  A lower
 * screen loses the pane first, then the legend, then lines of the heading; a
 * narrower one loses columns (columns[], below).
 */
#include "config.h"

#include "top/layout.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/compiler.h"
#include "base/nstime.h"
#include "print/wrap.h"
#include "tcp/state.h"
#include "top/tail.h"
#include "views/short.h"

#define LINES_MIN	4
#define COLUMNS_MIN	30
#define TAIL_HEADING	2	/* lines above the last segments */
#define LINES_FOR_PANE	20	/* on lower screens there is none */
#define LINES_FOR_LEGEND	16
#define LINES_FOR_HEADING	12
#define PANE_TEXT	3	/* lines, and a third of what is above 24 */
#define LINES_USUAL	24

/* ---- the parts of the screen ---- */

struct parts {
	unsigned heading;	/* lines of each part */
	unsigned names;
	unsigned list;
	unsigned pane;		/* its title included */
	unsigned legend;
	unsigned keys;
};

static struct parts
parts_of(unsigned lines, unsigned columns)
{
	struct parts parts = { .names = 1, .keys = 1 };
	unsigned used;

	if (lines < LINES_MIN || columns < COLUMNS_MIN)
		return (struct parts){ 0 };
	parts.heading = lines >= LINES_FOR_HEADING ? 3 : 1;
	parts.legend = lines >= LINES_FOR_LEGEND;
	if (lines >= LINES_FOR_PANE)
		parts.pane = 1 + PANE_TEXT + (lines > LINES_USUAL ?
		    (lines - LINES_USUAL) / 3 : 0);
	used = parts.heading + parts.names + parts.pane + parts.legend +
	    parts.keys;
	parts.list = lines > used ? lines - used : 0;
	return parts;
}

unsigned
layout_list_lines(unsigned lines, unsigned columns)
{
	return parts_of(lines, columns).list;
}

unsigned
layout_one_lines(unsigned lines)
{
	/* The heading's first line, a title, and the keys. */
	return lines > 3 ? lines - 3 : 0;
}

/* ---- heading ---- */

/* The program, the input and the totals; dropped packets stand out. */
static void
draw_input(struct screen *screen, const struct layout_view *view)
{
	const struct heading *h = &view->heading;
	char span[SHORT_SIZE], bits[SHORT_SIZE], packets[SHORT_SIZE];
	const unsigned clock_at = screen->columns -
	    (unsigned)strlen(h->clock);
	unsigned at;

	short_duration(span, h->span_ns);
	short_amount(bits, h->bits);
	short_amount(packets, h->packets);
	at = screen_put(screen, 0, 0, LOOK_BOLD, "tcpstates ");
	at = screen_put(screen, 0, at, LOOK_BOLD, h->input);
	/*
	 * Dropped packets stand first, so that the narrowest screen has room
	 * for them.
	 */
	if (h->has_dropped && h->dropped != 0)
		at = screen_printf(screen, 0, at + 2, LOOK_BOLD | LOOK_RED,
		    "%" PRIu64 " dropped", h->dropped);
	at = screen_printf(screen, 0, at, LOOK_PLAIN, "  %s", span);
	if (!h->is_live)
		at = screen_printf(screen, 0, at, LOOK_PLAIN,
		    "  %sB  %s packets", bits, packets);
	else if (h->has_rates)
		at = screen_printf(screen, 0, at, LOOK_PLAIN,
		    "  %sbit/s  %s pkt/s", bits, packets);
	if (h->has_dropped && h->dropped == 0)
		at = screen_put(screen, 0, at, LOOK_PLAIN, "  0 dropped");
	if (clock_at > at + 1)
		screen_put(screen, 0, clock_at, LOOK_PLAIN, h->clock);
}

/*
 * How many segments were retransmitted, and on which side they were lost, in as
 * many words as there is room for.
 */
static void
draw_losses(struct screen *screen, const struct heading *h, unsigned at)
{
	static const struct {
		unsigned columns;	/* on screens of this width */
		const char *retrans, *up, *down;
	} words[] = {
		{ 120, " retransmitted", ", lost upstream ",
		    ", lost downstream " },
		{ 0, " retransmitted", " ^", " v" },
		{ 0, " RTX", " ^", " v" },
	};
	char retrans[SHORT_SIZE], up[SHORT_SIZE] = "", down[SHORT_SIZE] = "";
	char text[128] = "";

	short_amount(retrans, h->retrans);
	if (h->lost_upstream != 0)
		short_amount(up, h->lost_upstream);
	if (h->lost_downstream != 0)
		short_amount(down, h->lost_downstream);
	for (size_t i = 0; i < ARRAY_LEN(words) && (text[0] == '\0' ||
	    at + strlen(text) > screen->columns); i++)
		if (screen->columns >= words[i].columns)
			(void)snprintf(text, sizeof(text), "  %s%s%s%s%s%s",
			    retrans, words[i].retrans,
			    up[0] != '\0' ? words[i].up : "", up,
			    down[0] != '\0' ? words[i].down : "", down);
	screen_put(screen, 1, at, LOOK_PLAIN, text);
}

static void
draw_counts(struct screen *screen, const struct layout_view *view)
{
	const struct heading *h = &view->heading;
	unsigned at = screen_printf(screen, 1, 0, LOOK_PLAIN,
	    "%" PRIu64 " open of %" PRIu64, h->open, h->conns);

	if (h->is_live && h->has_rates)
		at = screen_printf(screen, 1, at, LOOK_PLAIN,
		    "  +%" PRIu64 "/s", h->opened);
	at = screen_printf(screen, 1, at, h->half_open != 0 ? LOOK_YELLOW :
	    LOOK_PLAIN, "  %" PRIu64 " without answer", h->half_open);
	at = screen_printf(screen, 1, at, LOOK_PLAIN, "  %" PRIu64 " reset",
	    h->resets);
	if (h->is_live && h->reset_rate != 0)
		at = screen_printf(screen, 1, at, LOOK_PLAIN,
		    " +%" PRIu64 "/s", h->reset_rate);
	draw_losses(screen, h, at);
}

static void
draw_choices(struct screen *screen)
{
	unsigned at = screen_put(screen, 2, 0, LOOK_BOLD, "sort by:");

	for (unsigned i = 0; i < ORDER_COUNT; i++) {
		at = screen_printf(screen, 2, at, LOOK_BOLD, " %c",
		    order_letter((enum order)i));
		at = screen_printf(screen, 2, at, LOOK_PLAIN, "=%s",
		    order_words((enum order)i));
	}
}

static unsigned
draw_filter(struct screen *screen, const struct layout_view *view,
    unsigned line, unsigned at)
{
	const bool is_typed = view->mode == MODE_FILTER;

	if (!is_typed && view->filter[0] == '\0')
		return at;
	at = screen_put(screen, line, at, is_typed ? LOOK_BOLD : LOOK_PLAIN,
	    is_typed ? "filter: " : "  filter: ");
	at = screen_put(screen, line, at, LOOK_BOLD, view->filter);
	if (is_typed)
		screen_put(screen, line, at, LOOK_REVERSE, " ");
	return at;
}

/* The order, the filter, the average, and whether the picture moves. */
static void
draw_modes(struct screen *screen, const struct layout_view *view)
{
	char right[64];
	unsigned at, width;

	if (view->mode == MODE_SORT) {
		draw_choices(screen);
		return;
	}
	if (view->mode == MODE_FILTER) {
		draw_filter(screen, view, 2, 0);
		return;
	}
	at = screen_printf(screen, 2, 0, LOOK_PLAIN, "sort %s%s",
	    order_words(view->order), view->is_reversed ? " reversed" : "");
	at = draw_filter(screen, view, 2, at);
	if (view->frozen_at != NULL)
		snprintf(right, sizeof(right), " FROZEN %s ",
		    view->frozen_at);
	else if (view->average == 0)
		snprintf(right, sizeof(right), "%s", view->heading.is_live ?
		    "totals  LIVE" : "totals");
	else
		snprintf(right, sizeof(right), "average of %u s  LIVE",
		    view->average);
	width = (unsigned)strlen(right);
	if (at + 1 + width <= screen->columns)
		screen_put(screen, 2, screen->columns - width,
		    view->frozen_at != NULL ? LOOK_REVERSE : LOOK_PLAIN,
		    right);
}

/* One line for low screens: what is being typed is more important. */
static void
draw_heading(struct screen *screen, const struct layout_view *view,
    unsigned lines)
{
	if (lines == 1 && view->mode == MODE_FILTER) {
		draw_filter(screen, view, 0, 0);
		return;
	}
	draw_input(screen, view);
	if (lines == 1)
		return;
	draw_counts(screen, view);
	draw_modes(screen, view);
}

/* ---- columns ---- */

/* Where a cell of the list is drawn. */
struct place {
	struct screen *screen;
	const struct layout_view *view;
	const struct entry *entry;
	unsigned line;
	unsigned column;
	unsigned width;
	unsigned look;
};

static void
put_right(const struct place *p, const char *text)
{
	screen_put_right(p->screen, p->line, p->column, p->width, p->look,
	    text);
}

static void
put_amount(const struct place *p, uint64_t n)
{
	char text[SHORT_SIZE];

	short_amount(text, n);
	put_right(p, text);
}

static void
put_duration(const struct place *p, int64_t ns)
{
	char text[SHORT_SIZE];

	if (ns >= 0)
		short_duration(text, ns);
	put_right(p, ns >= 0 ? text : "-");
}

/*
 * An endpoint in `width` columns.  A long address is cut in its middle; the
 * port never is.
 */
static void
put_endpoint(const struct place *p, unsigned which)
{
	const char *text = p->entry->figures.endpoint[which];
	const size_t address = p->entry->figures.address_len[which];
	const size_t len = strlen(text), port = len - address;
	char cut[FIGURES_ENDPOINT_SIZE + 2];
	size_t kept, tail;

	if (len <= p->width || p->width < port + 4) {
		snprintf(cut, sizeof(cut), "%.*s", (int)p->width, text);
	} else {
		kept = p->width - port - 2;
		tail = kept / 3;
		snprintf(cut, sizeof(cut), "%.*s..%s", (int)(kept - tail),
		    text, text + address - tail);
	}
	screen_put(p->screen, p->line, p->column, p->look, cut);
}

static void
put_orig(const struct place *p)
{
	put_endpoint(p, FIGURES_ORIG);
}

static void
put_resp(const struct place *p)
{
	put_endpoint(p, FIGURES_RESP);
}

static void
put_number(const struct place *p)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRIu64, p->entry->figures.number);
	put_right(p, text);
}

static void
put_ends(const struct place *p)
{
	const struct figures *f = &p->entry->figures;

	screen_printf(p->screen, p->line, p->column, p->look, "%s/%s",
	    short_state(f->state[0]), short_state(f->state[1]));
}

static void
put_ends_words(const struct place *p)
{
	const struct figures *f = &p->entry->figures;

	screen_printf(p->screen, p->line, p->column, p->look, "%-13s%s",
	    state_name(f->state[0]), state_name(f->state[1]));
}

/* Of a finished capture: when it began, after the first frame. */
static void
put_age(const struct place *p)
{
	const struct figures *f = &p->entry->figures;
	const struct layout_view *view = p->view;
	const int64_t age = nstime_diff(view->frames_ns, f->first_ns);

	put_duration(p, view->heading.is_live ? age :
	    view->heading.span_ns - age);
}

static void
put_rate(const struct place *p, unsigned which)
{
	if (p->entry->has_rate && !p->entry->figures.is_half_open)
		put_amount(p, p->entry->rate[which]);
	else
		put_right(p, "-");
}

static void
put_rate_orig(const struct place *p)
{
	put_rate(p, FIGURES_ORIG);
}

static void
put_rate_resp(const struct place *p)
{
	put_rate(p, FIGURES_RESP);
}

/* Blocks of 5 s, of the largest of this row. */
static void
put_trend(const struct place *p)
{
	uint64_t most = 0;

	for (unsigned i = 0; i < ENTRY_TREND; i++)
		if (p->entry->trend[i] > most)
			most = p->entry->trend[i];
	for (unsigned i = 0; i < ENTRY_TREND && most > 0; i++) {
		const uint64_t n = p->entry->trend[i];
		/* Halves both first where the product would overflow. */
		const unsigned shift = most >> 60 != 0 ? 4 : 0;

		if (n > 0)
			screen_put_glyph(p->screen, p->line, p->column + i,
			    p->look, SCREEN_BAR + 1 + (unsigned)(
			    (n >> shift) * (SCREEN_BARS - 1) /
			    (most >> shift)));
	}
}

static void
put_rtt(const struct place *p)
{
	put_duration(p, p->entry->figures.rtt_ns);
}

static void
put_p99(const struct place *p)
{
	put_duration(p, p->entry->figures.rtt_p99_ns);
}

static void
put_resent(const struct place *p)
{
	char text[NSTIME_BUFSIZE];
	/* In units of 256 bytes, so that the percentage does not overflow. */
	const bool is_huge = p->entry->carried > INT64_MAX / 100;
	const uint64_t resent = p->entry->resent >> (is_huge ? 8 : 0);
	const uint64_t carried = p->entry->carried >> (is_huge ? 8 : 0);
	const bool is_small = resent < carried / 10;

	if (!p->entry->has_rate || p->entry->figures.is_half_open)
		snprintf(text, sizeof(text), "-");
	else if (resent == 0)
		snprintf(text, sizeof(text), "0");
	else if (is_small && resent < carried / 2000)
		snprintf(text, sizeof(text), "<0.1");
	else
		nstime_format_ratio(text, (int64_t)(resent * 100),
		    (int64_t)carried, is_small ? 1 : 0);
	put_right(p, text);
}

static void
put_loss(const struct place *p)
{
	const struct figures *f = &p->entry->figures;
	char up[SHORT_SIZE], down[SHORT_SIZE];
	unsigned at = p->column;

	short_amount(up, f->lost_upstream);
	short_amount(down, f->lost_downstream);
	if (f->lost_upstream != 0)
		at = screen_printf(p->screen, p->line, at, p->look, "^%s",
		    up);
	if (f->lost_downstream != 0 && at + 1 + strlen(down) <=
	    p->column + p->width)
		screen_printf(p->screen, p->line, at, p->look, "v%s", down);
}

static void
put_flight(const struct place *p)
{
	const struct figures *f = &p->entry->figures;
	unsigned tenths;

	if (f->limit == LIMIT_ENDED || f->flight < 0 || f->window < 0)
		return;
	tenths = f->window == 0 || f->flight >= f->window ? 10 :
	    (unsigned)((f->flight * 10 + f->window - 1) / f->window);
	for (unsigned i = 0; i < p->width; i++)
		screen_put_glyph(p->screen, p->line, p->column + i, p->look,
		    i < tenths ? '#' : '.');
}

static void
put_verdict(const struct place *p)
{
	screen_put(p->screen, p->line, p->column, p->look,
	    p->entry->verdict != NULL ? p->entry->verdict : "-");
}

static void
put_limit(const struct place *p)
{
	screen_put_glyph(p->screen, p->line, p->column, p->look,
	    (unsigned char)limit_letter(p->entry->figures.limit));
}

static void
put_processes(const struct place *p)
{
	const struct figures *f = &p->entry->figures;

	if (f->process[0][0] != '\0' || f->process[1][0] != '\0')
		screen_printf(p->screen, p->line, p->column, p->look,
		    "%.12s > %.12s", f->process[0], f->process[1]);
	else
		screen_put(p->screen, p->line, p->column, p->look, "-");
}

#define PRIORITIES	13
#define ALWAYS		0
#define PRIORITY_RATE	1
#define PRIORITY_VERDICT	1	/* of a finished capture */
#define PRIORITY_ENDS	2
#define PRIORITY_PROCESS	6	/* with --processes */
#define PRIORITY_ENDS_WORDS	8
#define PRIORITY_TREND	9
#define PRIORITY_FLIGHT	11
#define ADDRESS_MIN	19	/* columns: narrower, other columns go first */
#define ADDRESS_USUAL	21

/*
 * In the order of the screen.  A column is there if its `priority` is among
 * those for which the width suffices: 0 always, then 1, 2, ...
 */
static const struct {
	const char *name;
	const char *totals;	/* its name where totals are shown, or NULL */
	bool is_right;
	unsigned char width;	/* 0: an address */
	unsigned char priority;
	void (*put)(const struct place *);
} columns[] = {
	{ "#", NULL, true, 6, 12, put_number },
	{ "ORIGINATOR", NULL, false, 0, ALWAYS, put_orig },
	{ "RESPONDER", NULL, false, 0, ALWAYS, put_resp },
	{ "ENDS", NULL, false, 5, PRIORITY_ENDS, put_ends },
	{ "ENDS", NULL, false, 25, PRIORITY_ENDS_WORDS, put_ends_words },
	{ "AGE", "START", true, 5, 7, put_age },
	{ "RATE>", "BYT>", true, 5, PRIORITY_RATE, put_rate_orig },
	{ "<RATE", "<BYT", true, 5, PRIORITY_RATE, put_rate_resp },
	{ "30 s", NULL, false, ENTRY_TREND, PRIORITY_TREND, put_trend },
	{ "RTT50", NULL, true, 5, 3, put_rtt },
	{ "P99", NULL, true, 5, 5, put_p99 },
	{ "RTX%", NULL, true, 4, 4, put_resent },
	{ "v^", NULL, false, 6, 10, put_loss },
	{ "FLIGHT/WIN", NULL, false, 10, PRIORITY_FLIGHT, put_flight },
	{ "PROCESS", NULL, false, 27, PRIORITY_PROCESS, put_processes },
	{ "VERDICT", NULL, false, 18, PRIORITY_VERDICT, put_verdict },
	{ "L", NULL, false, 1, ALWAYS, put_limit },
};


/* The columns that a width has room for. */
struct widths {
	bool is_shown[ARRAY_LEN(columns)];
	unsigned width[ARRAY_LEN(columns)];
};

/* Of a finished capture, the verdict says more than the bytes. */
static unsigned
priority_of(const struct layout_view *view, size_t i)
{
	const bool is_verdict = columns[i].put == put_verdict;

	return columns[i].priority == PRIORITY_RATE && !is_verdict &&
	    !view->heading.is_live ? PRIORITY_ENDS : columns[i].priority;
}

/* Is a column there, with all of `priority` and below? */
static bool
is_column_shown(const struct layout_view *view, size_t i, unsigned priority)
{
	const unsigned own = priority_of(view, i);

	if (own == PRIORITY_PROCESS && !view->has_processes)
		return false;
	/* The states in words replace their abbreviations. */
	if (columns[i].put == put_ends)
		return priority >= own && priority < PRIORITY_ENDS_WORDS;
	/* Verdicts are for a finished capture, which has no last seconds. */
	if (columns[i].put == put_verdict)
		return !view->heading.is_live && own <= priority;
	if (!view->heading.is_live && (own == PRIORITY_TREND ||
	    own == PRIORITY_FLIGHT || columns[i].put == put_limit))
		return false;
	return own <= priority;
}

/* Columns that remain for the two addresses; may be negative. */
static int
left_for_addresses(const struct layout_view *view, unsigned priority,
    unsigned total)
{
	int left = (int)total - 1;	/* the mark of the selected line */

	for (size_t i = 0; i < ARRAY_LEN(columns); i++)
		if (is_column_shown(view, i, priority))
			left -= columns[i].width + 1;
	return left + 1;
}

static unsigned
address_width(const struct layout_view *view, unsigned which)
{
	/* At least the usual width, so that columns keep their place. */
	size_t widest = ADDRESS_USUAL;

	for (unsigned i = 0; i < view->entry_count; i++) {
		const size_t len = strlen(
		    view->entries[i].figures.endpoint[which]);

		if (len > widest)
			widest = len;
	}
	return (unsigned)widest;
}

/* Share `left` columns: the narrower address leaves room to the wider. */
static void
share_addresses(const struct layout_view *view, unsigned left,
    unsigned ret_width[2])
{
	const unsigned wanted[2] = { address_width(view, 0),
	    address_width(view, 1) };
	const unsigned half = left / 2;

	ret_width[0] = wanted[0] < half ? wanted[0] : half;
	ret_width[1] = wanted[1] < left - ret_width[0] ? wanted[1] :
	    left - ret_width[0];
	if (wanted[0] > ret_width[0])
		ret_width[0] = wanted[0] < left - ret_width[1] ? wanted[0] :
		    left - ret_width[1];
}

static void
choose_columns(const struct layout_view *view, unsigned total,
    struct widths *widths)
{
	unsigned priority = 0, address[2];
	int left;

	/* More columns only where usual addresses keep their room. */
	while (priority + 1 < PRIORITIES && left_for_addresses(view,
	    priority + 1, total) >= 2 * (priority + 1 > 5 ? ADDRESS_USUAL :
	    ADDRESS_MIN))
		priority++;
	left = left_for_addresses(view, priority, total);
	share_addresses(view, left > 0 ? (unsigned)left : 0, address);
	for (size_t i = 0; i < ARRAY_LEN(columns); i++) {
		widths->is_shown[i] = is_column_shown(view, i, priority);
		widths->width[i] = columns[i].width != 0 ? columns[i].width :
		    address[columns[i].put == put_resp];
	}
}

/* ---- the list ---- */

static void
draw_names(struct screen *screen, const struct layout_view *view,
    const struct widths *widths, unsigned line)
{
	unsigned at = 1;

	for (size_t i = 0; i < ARRAY_LEN(columns); i++) {
		const char *name = view->average == 0 &&
		    columns[i].totals != NULL && (view->heading.is_live ==
		    false || columns[i].put != put_age) ? columns[i].totals :
		    columns[i].name;

		if (!widths->is_shown[i])
			continue;
		if (columns[i].is_right)
			screen_put_right(screen, line, at, widths->width[i],
			    LOOK_BOLD, name);
		else
			screen_put(screen, line, at, LOOK_BOLD, name);
		at += widths->width[i] + 1;
	}
}

static unsigned
entry_look(const struct entry *e)
{
	if (e->figures.limit == LIMIT_ENDED && !e->is_finished)
		return LOOK_DIM;
	return entry_trouble(e) >= 2 ? LOOK_YELLOW : LOOK_PLAIN;
}

static void
draw_entry(struct screen *screen, const struct layout_view *view,
    const struct widths *widths, unsigned line, unsigned at_entry)
{
	struct place place = {
		.screen = screen,
		.view = view,
		.entry = &view->entries[at_entry],
		.line = line,
		.column = 1,
	};

	place.look = entry_look(place.entry);
	for (size_t i = 0; i < ARRAY_LEN(columns); i++) {
		if (!widths->is_shown[i])
			continue;
		place.width = widths->width[i];
		columns[i].put(&place);
		place.column += place.width + 1;
	}
	if (at_entry != view->selected)
		return;
	screen_put_glyph(screen, line, 0, LOOK_PLAIN,
	    view->is_pinned ? '*' : '>');
	screen_mark_line(screen, line, LOOK_REVERSE);
}

static void
draw_list(struct screen *screen, const struct layout_view *view,
    unsigned line, unsigned lines)
{
	struct widths widths;

	choose_columns(view, screen->columns, &widths);
	draw_names(screen, view, &widths, line++);
	for (unsigned i = 0; i < view->entry_count && i < lines; i++)
		draw_entry(screen, view, &widths, line + i, i);
	if (view->entry_count == 0)
		screen_put(screen, line + 1, 1, LOOK_DIM,
		    view->filter[0] != '\0' ? "no connection matches" :
		    view->heading.is_live ? "no connections yet" :
		    "no connections");
}

/* ---- the pane ---- */

/* Draw the wrapped lines from `skip` on; returns the lines there are. */
static unsigned
draw_pane_text(struct screen *screen, const struct layout_pane *pane,
    unsigned line, unsigned lines, unsigned skip, unsigned columns_wide)
{
	unsigned count = 0;

	for (unsigned i = 0; i < pane->count; i++) {
		const struct layout_text *text = &pane->text[i];
		const char *rest = text->text;
		unsigned indent = 0;

		do {
			const size_t len = columns_wide > indent ?
			    wrap_at(rest, columns_wide - indent) :
			    strlen(rest);

			if (screen != NULL && count >= skip &&
			    count - skip < lines)
				screen_printf(screen, line + count - skip,
				    indent, text->look, "%.*s", (int)len,
				    rest);
			count++;
			rest += len;
			rest += strspn(rest, " ");
			indent = text->indent;
		} while (*rest != '\0');
	}
	return count;
}

unsigned
layout_pane_lines(const struct layout_pane *pane, unsigned columns_wide)
{
	return draw_pane_text(NULL, pane, 0, 0, 0, columns_wide);
}

static void
draw_pane_title(struct screen *screen, const struct layout_view *view,
    unsigned line)
{
	const struct entry *e;
	unsigned at;

	screen_fill(screen, line, 0, LOOK_DIM, '-');
	if (view->selected >= view->entry_count) {
		screen_printf(screen, line, 5, LOOK_PLAIN, " %" PRIu64
		    " connections ", view->total);
		return;
	}
	e = &view->entries[view->selected];
	at = screen_printf(screen, line, 5, LOOK_BOLD, " %" PRIu64 " of %"
	    PRIu64 " ", view->first + view->selected + 1, view->total);
	screen_printf(screen, line, at + 2, LOOK_BOLD,
	    " #%" PRIu64 ": %s%s ", e->figures.number,
	    e->is_finished || e->figures.limit == LIMIT_ENDED ||
	    e->figures.limit == LIMIT_SENDS ? "" : "waits for: ",
	    e->is_finished && e->verdict != NULL ? e->verdict :
	    limit_words(e->figures.limit));
}

static void
draw_pane(struct screen *screen, const struct layout_view *view,
    unsigned line, unsigned lines)
{
	draw_pane_title(screen, view, line);
	if (view->selected < view->entry_count)
		draw_pane_text(screen, view->pane, line + 1, lines - 1, 0,
		    screen->columns);
}

/* ---- other modes ---- */

static const char *const help[] = {
	"up down j k  PgUp PgDn  Home End g G   select, scroll",
	"Enter        one connection: where its time went, and why; Esc: back;",
	"             End: its last segments, as they come",
	"space        freeze the picture; the analysis goes on; space: live",
	"s            choose the order;  r  reverse it",
	"t            totals instead of rates, and back",
	"+ -          average over 1, 5 or 30 seconds",
	"p            pin the selected connection to the top, or let it go",
	"/            filter: words, !word, port 443, host 10.0.0.1, rtt>10ms,",
	"             p99>1s, rtx>1 (percent), rate>1M, age<10s",
	"q ^C         end, with the report on standard output",
	"^L  ^Z       draw anew; stop, fg goes on",
	"",
	"L: what a connection waits for",
	"   o r  the originator, the responder has to send next",
	"   n    a retransmission or an overdue ACK    w  window full or zero",
	"   h    the handshake    .  nothing: data flows    -  ended",
	"^ v: segments lost upstream, downstream of the capture point",
	"RTT50 P99: round trip from here to the receiver of most data",
	NULL
};

static void
draw_help(struct screen *screen)
{
	screen_put(screen, 0, 0, LOOK_BOLD, "Keys");
	for (unsigned i = 0; help[i] != NULL && i + 2 < screen->lines; i++)
		screen_put(screen, i + 1, 0, LOOK_PLAIN, help[i]);
	screen_put(screen, screen->lines - 1, 0, LOOK_DIM,
	    "any key: back");
}

unsigned
layout_tail_lines(const struct tail *tail, uint64_t number)
{
	return tail == NULL || tail->number != number ? 0 :
	    TAIL_HEADING + tail->count;
}

/* Line `at` of the last segments: a title, the heads, then they. */
static void
draw_tail_line(struct screen *screen, unsigned line, const struct tail *tail,
    unsigned at)
{
	if (at == 0)
		screen_put(screen, line, 0, LOOK_BOLD,
		    "The last segments, from now on; times since the "
		    "connection began");
	else if (at < TAIL_HEADING)
		screen_put(screen, line, 0, LOOK_BOLD, tail->heads);
	else
		screen_put(screen, line, 0, LOOK_PLAIN,
		    tail_line(tail, at - TAIL_HEADING));
}

static void
draw_tail(struct screen *screen, const struct layout_view *view)
{
	const unsigned begin = layout_pane_lines(view->pane, screen->columns);
	const unsigned end = begin + layout_tail_lines(view->tail,
	    view->entries[view->selected].figures.number);
	const unsigned skip = view->pane->scroll;

	for (unsigned i = 0; i < layout_one_lines(screen->lines); i++)
		if (skip + i >= begin && skip + i < end)
			draw_tail_line(screen, 2 + i, view->tail,
			    skip + i - begin);
}

static void
draw_one(struct screen *screen, const struct layout_view *view)
{
	const bool is_live = view->heading.is_live;

	draw_input(screen, view);
	draw_pane_title(screen, view, 1);
	if (view->selected < view->entry_count) {
		draw_pane_text(screen, view->pane, 2,
		    layout_one_lines(screen->lines), view->pane->scroll,
		    screen->columns);
		draw_tail(screen, view);
	}
	screen_put(screen, screen->lines - 1, 0, LOOK_DIM, is_live ?
	    "Esc back  up down scroll  End segments  space freeze  q end" :
	    "Esc back  up down scroll  ? help  q end");
}

/* ---- everything ---- */

static void
draw_keys(struct screen *screen, unsigned line, bool is_live)
{
	static const char *const keys[] = {
		("^v select  Enter look  s sort  / filter  space freeze  "
		    "t totals  ? help  q end"),
		"Enter look  s sort  / filter  ? help  q end",
		"? help  q end",
	};

	/* The first names what a finished capture does not have. */
	for (size_t i = !is_live; i < ARRAY_LEN(keys); i++) {
		if (strlen(keys[i]) > screen->columns)
			continue;
		screen_put(screen, line, 0, LOOK_DIM, keys[i]);
		return;
	}
}

static void
draw_too_small(struct screen *screen)
{
	screen_printf(screen, 0, 0, LOOK_PLAIN, "%stoo small: %ux%u",
	    screen->columns >= COLUMNS_MIN ? "the terminal is " : "",
	    screen->columns, screen->lines);
}

static void
draw_screen(struct screen *screen, const struct layout_view *view,
    const struct parts *parts)
{
	unsigned line = parts->heading;

	draw_heading(screen, view, parts->heading);
	draw_list(screen, view, line, parts->list);
	line += parts->names + parts->list;
	if (parts->pane > 0)
		draw_pane(screen, view, line, parts->pane);
	line += parts->pane;
	if (parts->legend > 0 && view->heading.is_live)
		screen_put(screen, line, 0, LOOK_DIM, screen->columns > 90 ?
		    "L: o, r originator, responder sends next   "
		    "n retransmission   w window   h handshake   "
		    ". data flows   - ended" :
		    "L: o,r originator, responder sends next  n loss  "
		    "w window  h handshake  . sends");
	draw_keys(screen, line + parts->legend, view->heading.is_live);
}

void
layout_draw(struct screen *screen, const struct layout_view *view)
{
	const struct parts parts = parts_of(screen->lines, screen->columns);

	screen_clear(screen);
	if (parts.list == 0)
		draw_too_small(screen);
	else if (view->mode == MODE_HELP)
		draw_help(screen);
	else if (view->mode == MODE_ONE)
		draw_one(screen, view);
	else
		draw_screen(screen, view, &parts);
}
