/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "top/top.h"

#include <stdlib.h>
#include <string.h>

#include "base/compiler.h"
#include "base/nstime.h"
#include "base/pool.h"
#include "engine/engine.h"
#include "top/finished.h"
#include "top/keys.h"
#include "top/layout.h"
#include "top/pane.h"
#include "top/rows.h"
#include "top/tail.h"

/* Between two pictures. */
#define PICTURE_NS	(NS_PER_SEC / 4)
/* Between two new orders, unless a key asks for one. */
#define ORDER_NS	(5 * NS_PER_SEC)
/* Between two diagnoses of the selected connection. */
#define PANE_NS		NS_PER_SEC
/* Rows that one slice looks at: some 0.1 ms. */
#define SLICE_ROWS	48

#define CLOCK_SIZE	16
#define NAME_SIZE	64
#define PAGE_OVERLAP	1

static const unsigned averages[] = { 1, 5, 30 };

/* A line of the list.  While the picture is frozen, these stay. */
struct item {
	struct entry entry;
	uint32_t rank;
	bool is_pinned;
};

enum phase {
	PHASE_IDLE,
	PHASE_ROWS,		/* rows_update() is not through */
	PHASE_DRAW
};

struct counters {
	int64_t second;		/* at whose end they were read */
	uint64_t frames;
	uint64_t bytes;
	uint64_t conns;
	uint64_t resets;
};

struct top {
	struct keys keys;
	struct rows rows;
	enum phase phase;
	int64_t picture_ns;	/* when the next picture is due */
	int64_t order_ns;	/* and the next order */
	bool wants_order;
	bool is_dirty;		/* a key changed what is to be shown */
	bool is_new;		/* `wanted` was drawn and not yet written */

	bool is_finished;	/* then the list is of: */
	struct finished finished;
	bool wants_filter;	/* its list is to be filled again */

	struct item items[ROWS_MAX];
	unsigned item_count;
	uint16_t list[ROWS_MAX];	/* of items: filtered and in order */
	unsigned live_count;

	uint64_t selected;	/* number; 0: none yet */
	bool has_chosen;	/* by a key; else the first row is selected */
	uint64_t place;		/* of it in the list */
	uint64_t first;		/* place of the first line shown */
	enum layout_mode mode;
	enum order order;
	bool is_reversed;
	bool is_frozen;
	char frozen_at[CLOCK_SIZE];
	char clock[CLOCK_SIZE];
	char name[NAME_SIZE];
	unsigned average;	/* index of averages */
	bool shows_totals;
	char filter[FILTER_SIZE];
	char filter_before[FILTER_SIZE];	/* what Esc goes back to */
	int64_t frames_ns;
	bool has_processes;

	struct heading heading;
	struct counters before;	/* at the end of the last second */
	struct pane pane;
	int64_t pane_ns;	/* when the pane is due */
	struct tail tail;	/* of the connection that fills the screen */
	bool is_watch_due;	/* see top_watch() */
	bool is_following;	/* the end of the segments is shown */

	struct screen shown;	/* by the terminal */
	struct screen wanted;
	struct entry visible[SCREEN_LINES_MAX];
};

struct top *
top_new(enum order order, bool is_reversed)
{
	struct top *top = mem_zalloc(sizeof(*top));

	if (top == NULL)
		return NULL;
	if (!tail_init(&top->tail)) {
		mem_free(top);
		return NULL;
	}
	top->order = order;
	top->is_reversed = is_reversed;
	top->average = 1;
	return top;
}

void
top_free(struct top *top)
{
	if (top == NULL)
		return;
	finished_fini(&top->finished);
	tail_fini(&top->tail);
	mem_free(top);
}

void
top_resize(struct top *top, unsigned lines, unsigned columns)
{
	screen_resize(&top->wanted, lines, columns);
	top_redraw(top);
}

void
top_redraw(struct top *top)
{
	/* Of another size, so that everything differs. */
	top->shown.lines = 0;
	top->shown.columns = 0;
	top->is_dirty = true;
}

enum order
top_order(const char *name)
{
	enum order order = 0;

	while (order < ORDER_COUNT && strcmp(order_words(order), name) != 0)
		order++;
	return order;
}

/* ---- the list ---- */

static unsigned
average_of(const struct top *top)
{
	return top->shows_totals ? 0 : averages[top->average];
}

static void
fill_items(struct top *top, int64_t now_ns)
{
	top->item_count = top->rows.count;
	for (unsigned i = 0; i < top->item_count; i++) {
		const struct row *row = &top->rows.row[i];
		struct item *item = &top->items[i];

		rows_entry(&top->rows, row, average_of(top), now_ns,
		    &item->entry);
		item->rank = row->rank;
		item->is_pinned = row->is_pinned;
	}
}

/*
 * A heap sort, because qsort(3) hands no argument to its comparison: by the
 * order, and by rank.
 */
typedef bool precedes_fn(const struct top *, unsigned, unsigned);

static bool
precedes_by_order(const struct top *top, unsigned a, unsigned b)
{
	const int result = entry_compare(&top->items[a].entry,
	    &top->items[b].entry, top->order);

	return top->is_reversed ? result > 0 : result < 0;
}

static bool
precedes_by_rank(const struct top *top, unsigned a, unsigned b)
{
	const struct item *x = &top->items[a], *y = &top->items[b];

	if (x->is_pinned != y->is_pinned)
		return x->is_pinned;
	return x->rank < y->rank;
}

static void
sift(const struct top *top, uint16_t *list, unsigned root, unsigned count,
    precedes_fn *precedes)
{
	for (;;) {
		unsigned last = root, child = 2 * root + 1;
		uint16_t kept;

		for (unsigned i = child; i < count && i <= child + 1; i++)
			if (precedes(top, list[last], list[i]))
				last = i;
		if (last == root)
			return;
		kept = list[root];
		list[root] = list[last];
		list[last] = kept;
		root = last;
	}
}

static void
sort_list(const struct top *top, uint16_t *list, unsigned count,
    precedes_fn *precedes)
{
	for (unsigned root = count / 2; root-- > 0;)
		sift(top, list, root, count, precedes);
	for (unsigned end = count; end-- > 1;) {
		const uint16_t kept = list[0];

		list[0] = list[end];
		list[end] = kept;
		sift(top, list, 0, end, precedes);
	}
}

/* Give ranks anew, to the rows as well. */
static void
order_items(struct top *top)
{
	uint16_t all[ROWS_MAX];

	for (unsigned i = 0; i < top->item_count; i++)
		all[i] = (uint16_t)i;
	sort_list(top, all, top->item_count, precedes_by_order);
	for (unsigned i = 0; i < top->item_count; i++) {
		/* NOLINTNEXTLINE(*Subscript): sort_list() only swaps numbers */
		struct item *item = &top->items[all[i]];
		struct row *row = rows_find(&top->rows,
		    item->entry.figures.number);

		item->rank = i;
		if (row != NULL)
			row->rank = i;
	}
	/* Newcomers stand at the end. */
	if (top->rows.next_rank < ROWS_MAX)
		top->rows.next_rank = ROWS_MAX;
}

static void
fill_list(struct top *top)
{
	top->live_count = 0;
	for (unsigned i = 0; i < top->item_count; i++)
		if (entry_matches(&top->items[i].entry, top->filter,
		    top->frames_ns))
			top->list[top->live_count++] = (uint16_t)i;
	sort_list(top, top->list, top->live_count, precedes_by_rank);
}

static uint64_t
list_count(const struct top *top)
{
	return top->is_finished ? top->finished.list_count : top->live_count;
}

static struct entry
entry_at(const struct top *top, uint64_t place)
{
	struct entry e;

	if (!top->is_finished)
		return top->items[top->list[place]].entry;
	finished_entry(&top->finished, place, &e);
	return e;
}

static uint64_t
number_at(const struct top *top, uint64_t place)
{
	return top->is_finished ?
	    finished_conn(&top->finished, place)->number :
	    top->items[top->list[place]].entry.figures.number;
}

/* The selected connection stays selected; if it is gone, its place does. */
static void
find_selected(struct top *top)
{
	for (uint64_t i = 0; top->has_chosen && i < list_count(top); i++) {
		if (number_at(top, i) != top->selected)
			continue;
		top->place = i;
		return;
	}
	if (!top->has_chosen)
		top->place = 0;
	if (top->place >= list_count(top))
		top->place = list_count(top) > 0 ? list_count(top) - 1 : 0;
	if (list_count(top) > 0)
		top->selected = number_at(top, top->place);
}

/* Scroll as little as shows the selected line. */
static void
scroll(struct top *top)
{
	const unsigned lines = layout_list_lines(top->wanted.lines,
	    top->wanted.columns);

	if (top->place < top->first)
		top->first = top->place;
	if (lines > 0 && top->place >= top->first + lines)
		top->first = top->place - lines + 1;
	if (top->first + lines > list_count(top))
		top->first = list_count(top) > lines ?
		    list_count(top) - lines : 0;
}

static void
select_place(struct top *top, int64_t place)
{
	if (list_count(top) == 0)
		return;
	if (place < 0)
		place = 0;
	if (place >= (int64_t)list_count(top))
		place = (int64_t)list_count(top) - 1;
	top->place = (uint64_t)place;
	top->has_chosen = true;
	top->selected = number_at(top, top->place);
	top->pane_ns = 0;
}

/* ---- the pane ---- */

static void
update_pane(struct top *top, int64_t now_ns)
{
	const bool is_other = top->pane.number != top->selected;
	const struct entry e = list_count(top) > 0 ?
	    entry_at(top, top->place) : (struct entry){ 0 };
	const struct row *row;

	if (!is_other && (top->is_frozen || now_ns < top->pane_ns))
		return;
	top->pane_ns = now_ns + PANE_NS;
	if (top->selected == 0 || list_count(top) == 0)
		return;
	row = rows_find(&top->rows, top->selected);
	if (top->is_finished)
		pane_fill(&top->pane, &e,
		    finished_conn(&top->finished, top->place), NULL, NULL);
	else
		pane_fill(&top->pane, &e, row != NULL ? row->conn : NULL,
		    &top->rows, row);
}

/* ---- one connection ---- */

/* The last line that can stand at the top of the screen. */
static unsigned
last_scroll(const struct top *top)
{
	const unsigned all = layout_pane_lines(&top->pane.layout,
	    top->wanted.columns) + layout_tail_lines(&top->tail,
	    top->pane.number);
	const unsigned room = layout_one_lines(top->wanted.lines);

	return all > room ? all - room : 0;
}

/* At the end, the screen follows the segments. */
static void
scroll_one(struct top *top)
{
	struct layout_pane *pane = &top->pane.layout;
	const unsigned last = last_scroll(top);

	if (top->mode != MODE_ONE)
		return;
	if (top->is_following || pane->scroll > last)
		pane->scroll = last;
}

void
top_watch(struct top *top, struct tcpstates *ts)
{
	const struct row *row = rows_find(&top->rows, top->selected);
	const bool wants = top->mode == MODE_ONE && !top->is_frozen;

	if (top->is_finished || !top->is_watch_due)
		return;
	top->is_watch_due = false;
	tail_watch(&top->tail, ts, wants && row != NULL ? row->conn : NULL,
	    top->wanted.columns);
}

/* ---- a picture ---- */

static void
draw(struct top *top, int64_t now_ns)
{
	const unsigned lines = layout_list_lines(top->wanted.lines,
	    top->wanted.columns);
	struct layout_view view = {
		.heading = top->heading,
		.mode = top->mode,
		.order = top->order,
		.is_reversed = top->is_reversed,
		.filter = top->filter,
		.average = average_of(top),
		.has_processes = top->has_processes,
		.frozen_at = top->is_frozen ? top->frozen_at : NULL,
		.frames_ns = top->frames_ns,
		.entries = top->visible,
		.total = list_count(top),
		.pane = &top->pane.layout,
		.tail = &top->tail,
	};

	if (!top->is_finished)
		fill_list(top);
	find_selected(top);
	scroll(top);
	update_pane(top, now_ns);
	view.heading.input = top->name;
	view.heading.clock = top->clock;
	view.first = top->first;
	view.total = list_count(top);
	while (view.entry_count < lines && top->first + view.entry_count <
	    list_count(top)) {
		top->visible[view.entry_count] = entry_at(top,
		    top->first + view.entry_count);
		view.entry_count++;
	}
	view.selected = list_count(top) > 0 ?
	    (unsigned)(top->place - top->first) : view.entry_count;
	view.is_pinned = !top->is_finished && list_count(top) > 0 &&
	    top->items[top->list[top->place]].is_pinned;
	scroll_one(top);
	layout_draw(&top->wanted, &view);
	top->is_dirty = false;
	top->is_new = true;
	top->is_watch_due = true;
}

static void
update_rates(struct top *top, const struct tcpstates_totals *totals,
    int64_t now_ns)
{
	const int64_t second = now_ns / NS_PER_SEC;
	const struct counters now = {
		second, totals->frames, totals->bytes, totals->conns,
		totals->tally.reset
	};
	const int64_t passed = second - top->before.second;

	if (passed <= 0)
		return;
	top->heading.has_rates = top->before.second != 0;
	top->heading.bits = (now.bytes - top->before.bytes) * 8 /
	    (uint64_t)passed;
	top->heading.packets = (now.frames - top->before.frames) /
	    (uint64_t)passed;
	top->heading.opened = (now.conns - top->before.conns) /
	    (uint64_t)passed;
	top->heading.reset_rate = (now.resets - top->before.resets) /
	    (uint64_t)passed;
	top->before = now;
}

static void
update_heading(struct top *top, const struct tcpstates *ts,
    const struct top_input *input)
{
	const struct tcpstates_totals *totals = tcpstates_totals(ts);
	struct heading *h = &top->heading;

	update_rates(top, totals, input->now_ns);
	h->is_live = input->is_live;
	h->span_ns = totals->frames > 0 ? nstime_diff(input->frames_ns,
	    totals->first_ns) : 0;
	h->has_dropped = input->has_dropped;
	h->dropped = input->dropped;
	h->open = totals->tally.open;
	h->conns = totals->conns;
	h->half_open = tcpstates_half_open(ts);
	h->resets = totals->tally.reset;
	h->retrans = totals->tally.retrans;
	h->lost_upstream = totals->tally.lost_upstream;
	h->lost_downstream = totals->tally.lost_downstream;
}

static void
finish_picture(struct top *top, const struct tcpstates *ts,
    const struct top_input *input)
{
	if (!top->is_frozen) {
		top->frames_ns = input->frames_ns;
		update_heading(top, ts, input);
		fill_items(top, input->now_ns);
	}
	if (top->wants_order || (!top->is_frozen &&
	    input->now_ns >= top->order_ns)) {
		order_items(top);
		top->order_ns = input->now_ns + ORDER_NS;
		top->wants_order = false;
	}
	draw(top, input->now_ns);
}

static void
copy_text(char *to, size_t size, const char *from)
{
	const size_t len = strlen(from) < size ? strlen(from) : size - 1;

	memcpy(to, from, len);
	to[len] = '\0';
}

bool
top_finish(struct top *top, const struct tcpstates *ts)
{
	const struct tcpstates_totals *totals = tcpstates_totals(ts);

	top->heading = (struct heading){
		.span_ns = totals->frames > 0 ? nstime_diff(totals->last_ns,
		    totals->first_ns) : 0,
		.bits = totals->bytes,
		.packets = totals->frames,
	};
	top->frames_ns = totals->last_ns;
	top->is_finished = true;
	top->shows_totals = true;
	top->wants_order = true;
	top->is_dirty = true;
	return finished_init(&top->finished, ts, &top->heading);
}

/* Nothing moves but what keys move. */
static void
draw_finished(struct top *top, int64_t now_ns)
{
	if (top->wants_order)
		finished_sort(&top->finished, top->order, top->is_reversed);
	if (top->wants_order || top->wants_filter)
		finished_filter(&top->finished, top->filter);
	top->wants_order = false;
	top->wants_filter = false;
	draw(top, now_ns);
}

bool
top_work(struct top *top, const struct tcpstates *ts,
    const struct top_input *input)
{
	if (!top->is_frozen)
		copy_text(top->clock, sizeof(top->clock), input->clock);
	copy_text(top->name, sizeof(top->name), input->name);
	top->has_processes = input->has_processes;
	if (top->is_finished) {
		if (top->is_dirty)
			draw_finished(top, input->now_ns);
		return false;
	}
	switch (top->phase) {
	case PHASE_IDLE:
		if (input->now_ns < top->picture_ns) {
			if (top->is_dirty)
				finish_picture(top, ts, input);
			return false;
		}
		top->picture_ns = input->now_ns + PICTURE_NS;
		rows_begin(&top->rows, ts, input->now_ns, input->frames_ns);
		top->phase = PHASE_ROWS;
		return true;
	case PHASE_ROWS:
		if (!rows_update(&top->rows, SLICE_ROWS, input->now_ns,
		    input->frames_ns))
			top->phase = PHASE_DRAW;
		return true;
	case PHASE_DRAW:
		finish_picture(top, ts, input);
		top->phase = PHASE_IDLE;
		break;
	}
	return false;
}

size_t
top_output(struct top *top, const struct screen_style *style, char *buf,
    size_t size)
{
	bool is_whole;
	size_t len;

	if (!top->is_new)
		return 0;
	len = screen_diff(&top->shown, &top->wanted, style, buf, size,
	    &is_whole);
	top->is_new = !is_whole;
	return len;
}

/* ---- keys ---- */

static void
toggle_freeze(struct top *top)
{
	top->is_frozen = !top->is_frozen;
	copy_text(top->frozen_at, sizeof(top->frozen_at), top->clock);
}

static void
toggle_pin(struct top *top)
{
	struct row *row = rows_find(&top->rows, top->selected);

	if (list_count(top) == 0)
		return;
	top->items[top->list[top->place]].is_pinned ^= true;
	if (row != NULL)
		row->is_pinned = !row->is_pinned;
}

static void
begin_filter(struct top *top)
{
	memcpy(top->filter_before, top->filter, sizeof(top->filter));
	top->mode = MODE_FILTER;
}

static void
edit_filter(struct top *top, int key)
{
	const size_t len = strlen(top->filter);

	top->wants_filter = true;
	if (key == KEY_ESCAPE)
		memcpy(top->filter, top->filter_before, sizeof(top->filter));
	if (key == KEY_ESCAPE || key == KEY_ENTER)
		top->mode = MODE_LIST;
	else if (key == KEY_DELETE && len > 0)
		top->filter[len - 1] = '\0';
	else if (key == 'U' - '@')
		top->filter[0] = '\0';
	else if (key >= ' ' && key <= '~' && len + 1 < sizeof(top->filter)) {
		top->filter[len] = (char)key;
		top->filter[len + 1] = '\0';
	}
}

static void
choose_order(struct top *top, int key)
{
	top->mode = MODE_LIST;
	for (enum order i = 0; i < ORDER_COUNT; i++) {
		if (order_letter(i) != key)
			continue;
		top->order = i;
		top->wants_order = true;
	}
}

static void
change_average(struct top *top, int step)
{
	const int wanted = (int)top->average + step;

	top->shows_totals = false;
	if (wanted >= 0 && wanted < (int)ARRAY_LEN(averages))
		top->average = (unsigned)wanted;
}

/* Lines that a key moves by, or 0. */
static int64_t
movement(int key, unsigned page)
{
	switch (key) {
	case KEY_UP:
	case 'k':
		return -1;
	case KEY_DOWN:
	case 'j':
		return 1;
	case KEY_PAGE_UP:
		return -(int64_t)page;
	case KEY_PAGE_DOWN:
		return page;
	case KEY_HOME:
	case 'g':
		return -(int64_t)UINT32_MAX;
	case KEY_END:
	case 'G':
		return UINT32_MAX;
	default:
		return 0;
	}
}

static void
move(struct top *top, int64_t lines)
{
	struct layout_pane *pane = &top->pane.layout;
	const int64_t last = last_scroll(top);
	int64_t scrolled;

	if (top->mode != MODE_ONE) {
		select_place(top, (int64_t)top->place + lines);
		return;
	}
	scrolled = (int64_t)pane->scroll + lines;
	if (scrolled > last)
		scrolled = last;
	pane->scroll = scrolled > 0 ? (unsigned)scrolled : 0;
	top->is_following = last > 0 && pane->scroll == last;
}

static unsigned
page_of(const struct top *top)
{
	const unsigned lines = top->mode == MODE_ONE ?
	    layout_one_lines(top->wanted.lines) :
	    layout_list_lines(top->wanted.lines, top->wanted.columns);

	return lines > PAGE_OVERLAP ? lines - PAGE_OVERLAP : 1;
}

/* Keys for what only a live capture has. */
static bool
is_live_key(int key)
{
	return key == ' ' || key == 't' || key == '+' || key == '-' ||
	    key == 'p';
}

static enum top_wish
press_command(struct top *top, int key)
{
	if (top->is_finished && is_live_key(key))
		return TOP_GO_ON;
	switch (key) {
	case 'q':
		return TOP_END;
	case 'Z' - '@':
		return TOP_STOP;
	case 'L' - '@':
		return TOP_REDRAW;
	case '?':
	case 'h':
		top->mode = MODE_HELP;
		break;
	case ' ':
		toggle_freeze(top);
		break;
	case 's':
		top->mode = MODE_SORT;
		break;
	case 'r':
		top->is_reversed = !top->is_reversed;
		top->wants_order = true;
		break;
	case 't':
		top->shows_totals = !top->shows_totals;
		break;
	case '+':
	case '-':
		change_average(top, key == '+' ? 1 : -1);
		break;
	case 'p':
		toggle_pin(top);
		break;
	case '/':
		begin_filter(top);
		break;
	case KEY_ENTER:
		top->mode = MODE_ONE;
		top->has_chosen = true;
		top->pane.layout.scroll = 0;
		top->is_following = false;
		break;
	case KEY_ESCAPE:
		top->mode = MODE_LIST;
		break;
	default:
		break;
	}
	return TOP_GO_ON;
}

static enum top_wish
press(struct top *top, int key)
{
	const int64_t lines = movement(key, page_of(top));

	top->is_dirty = true;
	if (top->mode == MODE_FILTER)
		edit_filter(top, key);
	else if (top->mode == MODE_SORT)
		choose_order(top, key);
	else if (top->mode == MODE_HELP && key != 'q')
		top->mode = MODE_LIST;
	else if (lines != 0)
		move(top, lines);
	else
		return press_command(top, key);
	return TOP_GO_ON;
}

enum top_wish
top_key_byte(struct top *top, unsigned char byte)
{
	const int key = keys_byte(&top->keys, byte);

	if (key == KEY_ANSWER)
		return TOP_ANSWERED;
	return key == KEY_NONE ? TOP_GO_ON : press(top, key);
}

void
top_key_pause(struct top *top)
{
	if (!keys_is_escape(&top->keys))
		return;
	keys_end(&top->keys);
	(void)press(top, KEY_ESCAPE);
}
