/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Both points side by side, one line per segment, in the order in which
 * segments passed their first point:
 *
 *	No. Time at A         ms    Time at B No. Flag  Seq ...
 *	 12  0.123456 -> 20.105 ->   0.143561  14 PA      1 ...
 *	 13  0.123512 ->      x                   A    1449 ...  lost
 *
 * Columns are as wide as their widest cell.  A terminal shows as many as it has
 * room for; what happened on the way stands below a line that is full.
 */
#include "config.h"

#include "views/comparison.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/compiler.h"
#include "base/nstime.h"
#include "base/outbuf.h"
#include "base/put.h"
#include "compare/result.h"
#include "compare/rewrites.h"
#include "compare/trail.h"
#include "decode/segment.h"
#include "print/flags.h"
#include "print/ink.h"
#include "print/time.h"
#include "print/wrap.h"
#include "views/fit.h"

#define PIPE_COLUMNS	100	/* of a line, where there is no terminal */
#define WORDS_INDENT	8	/* of words below a line */
#define WORDS_LEAST	18	/* columns kept for "  lost or injected" */

enum cell {
	CELL_FRAME_A,
	CELL_TIME_A,
	CELL_ARROW_A,
	CELL_DELAY,
	CELL_ARROW_B,
	CELL_TIME_B,
	CELL_FRAME_B,
	CELL_FLAGS,
	CELL_SEQ,
	CELL_LEN,
	CELL_ACK,
	CELL_COUNT
};

static const struct {
	const char *heading;
	unsigned rank;		/* as of struct fit_column */
} heads[CELL_COUNT] = {
	[CELL_FRAME_A] = { "No.", 0 },
	[CELL_TIME_A] = { "Time at A", 0 },
	[CELL_ARROW_A] = { "", 0 },
	[CELL_DELAY] = { "ms", 0 },
	[CELL_ARROW_B] = { "", 0 },
	[CELL_TIME_B] = { "Time at B", 1 },
	[CELL_FRAME_B] = { "No.", 0 },
	[CELL_FLAGS] = { "Flag", 0 },
	[CELL_SEQ] = { "Seq", 0 },
	[CELL_LEN] = { "Len", 2 },
	[CELL_ACK] = { "Ack", 3 },
};

/* The fate, and what else happened on the way. */
#define WORDS_COUNT	4

struct line {
	char cell[CELL_COUNT][TIME_BUFSIZE];
	const char *words[WORDS_COUNT];		/* "" where there is none */
	size_t words_len;	/* with the blanks and commas between them */
	char rewrites[REWRITES_BUFSIZE];
};

struct list {
	const struct trail *trail;
	const struct clock_fit *clock;
	const struct time_style *time;
	struct fit_column fit[CELL_COUNT];
	size_t columns;		/* of a line with its words */
};

/* ---- cells ---- */

static const char *
fate_words(enum fate fate)
{
	static const char *const words[] = {
		[FATE_MATCHED] = "",
		[FATE_LOST] = "lost",
		[FATE_INJECTED] = "injected",
		[FATE_ALONE] = "lost or injected",
		[FATE_THINNED] = "thinned",
		[FATE_DUPLICATED] = "duplicated",
		[FATE_UNCAPTURED] = "missed by the capture",
		[FATE_OUTSIDE] = "outside the common time",
	};

	return words[fate];
}

static enum ink
fate_ink(enum fate fate)
{
	switch (fate) {
	case FATE_LOST:
	case FATE_INJECTED:
	case FATE_ALONE:
		return INK_BAD;
	case FATE_MATCHED:
	case FATE_THINNED:
	case FATE_DUPLICATED:
	case FATE_UNCAPTURED:
	case FATE_OUTSIDE:
		break;
	}
	return INK_PLAIN;
}

static_assert(TIME_BUFSIZE >= NSTIME_BUFSIZE, "a delay fits a cell");

static void
set_cell(char cell[TIME_BUFSIZE], const char *text)
{
	memcpy(cell, text, strlen(text) + 1);
}

static void
set_seq(char cell[TIME_BUFSIZE], int64_t seq)
{
	if (seq < 0)
		*cell++ = '-';
	*put_u64(cell, seq < 0 ? -(uint64_t)seq : (uint64_t)seq) = '\0';
}

static void
format_seen(char frame[TIME_BUFSIZE], char when[TIME_BUFSIZE],
    const struct time_style *time, const struct step_seen *seen)
{
	frame[0] = when[0] = '\0';
	if (seen->frame == 0)
		return;
	*put_u64(frame, seen->frame) = '\0';
	(void)time_format_instant(when, time, seen->ns);
}

/* "->", "20.105", "->": an arrow at each point that the segment passed. */
static void
format_way(struct line *line, const struct trail_step *step, bool has_clock)
{
	const struct step_seen *a = &step->at[POINT_A];
	const struct step_seen *b = &step->at[POINT_B];
	const char *arrow = step->upstream == POINT_A ? "->" : "<-";
	const int64_t delay = step->upstream == POINT_A ? b->ns - a->ns :
	    a->ns - b->ns;

	set_cell(line->cell[CELL_ARROW_A], a->frame != 0 ? arrow : "");
	set_cell(line->cell[CELL_ARROW_B], b->frame != 0 ? arrow : "");
	if (a->frame == 0 || b->frame == 0)
		set_cell(line->cell[CELL_DELAY], "x");
	else if (has_clock)
		(void)nstime_format_ratio(line->cell[CELL_DELAY], delay,
		    NS_PER_MS, 3);
	else
		set_cell(line->cell[CELL_DELAY], "-");
}

static void
find_words(struct line *line, const struct trail_step *step)
{
	rewrites_format(line->rewrites, step->rewrites);
	line->words[0] = fate_words((enum fate)step->fate);
	line->words[1] = step->is_late ? "late" : "";
	line->words[2] = step->is_piece ? "resegmented" : "";
	line->words[3] = line->rewrites;
	line->words_len = 0;
	for (size_t i = 0; i < WORDS_COUNT; i++)
		if (line->words[i][0] != '\0')
			line->words_len += 2 + strlen(line->words[i]);
}

static void
make_line(struct line *line, const struct list *list,
    const struct trail_step *step)
{
	struct step_seen at_b = step->at[POINT_B];

	/* By the clock of A if that is known, and as captured if not. */
	if (list->clock->count == 0)
		at_b.ns = nstime_diff(at_b.ns, -list->clock->rough_ns);
	format_seen(line->cell[CELL_FRAME_A], line->cell[CELL_TIME_A],
	    list->time, &step->at[POINT_A]);
	format_seen(line->cell[CELL_FRAME_B], line->cell[CELL_TIME_B],
	    list->time, &at_b);
	format_way(line, step, list->clock->count > 0);
	(void)flags_format(line->cell[CELL_FLAGS], step->flags);
	set_seq(line->cell[CELL_SEQ], step->start);
	*put_u64(line->cell[CELL_LEN], step->payload_len) = '\0';
	if ((step->flags & TCP_ACK) != 0)
		*put_u64(line->cell[CELL_ACK], step->ack) = '\0';
	else
		set_cell(line->cell[CELL_ACK], "-");
	find_words(line, step);
}

/* ---- widths ---- */

/* Measure the columns.  Return the width of the longest words. */
static size_t
measure(struct list *list)
{
	struct line line;
	size_t words = 0;

	for (size_t i = 0; i < CELL_COUNT; i++)
		list->fit[i] = (struct fit_column){
			.rank = heads[i].rank,
			.width = (i > 0) + strlen(heads[i].heading),
		};
	for (size_t at = 0; at < list->trail->count; at++) {
		make_line(&line, list, &list->trail->steps[at]);
		for (size_t i = 0; i < CELL_COUNT; i++)
			fit_widen(&list->fit[i], (i > 0) +
			    strlen(line.cell[i]));
		if (line.words_len > words)
			words = line.words_len;
	}
	return words;
}

static void
fit(struct list *list, size_t columns)
{
	size_t words = measure(list);

	list->columns = columns > 0 ? columns : PIPE_COLUMNS;
	if (columns == 0)
		return;
	if (words > WORDS_LEAST)
		words = WORDS_LEAST;
	(void)fit_columns(list->fit, CELL_COUNT,
	    columns > words ? columns - words : 1);
}

/* ---- lines ---- */

/* Flags are a text, so they are aligned to the left. */
static void
put_cell(struct outbuf *out, const struct list *list, enum cell cell,
    const char *text)
{
	const int width = (int)list->fit[cell].width;

	if (list->fit[cell].is_hidden)
		return;
	if (cell != CELL_FLAGS) {
		ink_cell(out, false, INK_PLAIN, text, -width);
		return;
	}
	outbuf_char(out, ' ');
	ink_cell(out, false, INK_PLAIN, text, width - 1);
}

/* Behind the line, or below it if the line has no room. */
static void
put_words(struct outbuf *out, const struct list *list,
    const struct line *text, enum ink ink)
{
	struct wrap_line line = {
		.out = out,
		.colour = list->time->colour,
		.room = list->columns,
		.indent = WORDS_INDENT,
	};
	size_t left = text->words_len;

	for (size_t i = 0; i < CELL_COUNT; i++)
		line.at += list->fit[i].is_hidden ? 0 : list->fit[i].width;
	wrap_keep(&line, left);
	for (size_t i = 0; i < WORDS_COUNT; i++) {
		char piece[2 + REWRITES_BUFSIZE + 1];
		const size_t len = strlen(text->words[i]);

		if (len == 0)
			continue;
		(void)snprintf(piece, sizeof(piece), "%s%s%s",
		    left == text->words_len ? "  " : " ", text->words[i],
		    left > 2 + len ? "," : "");
		wrap_put(&line, i == 0 ? ink : INK_PLAIN, piece);
		left -= 2 + len;
	}
}

static void
put_step(struct outbuf *out, const struct list *list,
    const struct trail_step *step)
{
	struct line line;

	make_line(&line, list, step);
	for (enum cell cell = 0; cell < CELL_COUNT; cell++)
		put_cell(out, list, cell, line.cell[cell]);
	put_words(out, list, &line, fate_ink((enum fate)step->fate));
	outbuf_char(out, '\n');
}

void
comparison_segments(struct outbuf *out, const struct compare_result *result,
    const struct trail *trail, const struct time_style *time,
    unsigned columns)
{
	struct list list = {
		.trail = trail,
		.clock = &result->pairs->clock,
		.time = time,
	};

	fit(&list, columns);
	comparison_heading(out, result, trail->pair);
	for (enum cell cell = 0; cell < CELL_COUNT; cell++)
		put_cell(out, &list, cell, heads[cell].heading);
	outbuf_char(out, '\n');
	for (size_t i = 0; i < trail->count; i++)
		put_step(out, &list, &trail->steps[i]);
	if (trail->left_out > 0)
		outbuf_printf(out, "%" PRIu64 " further segments are not "
		    "shown: too many for one list\n", trail->left_out);
}
