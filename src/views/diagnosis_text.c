/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "views/diagnosis_text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/nstime.h"
#include "base/outbuf.h"
#include "base/put.h"
#include "diagnosis/text.h"
#include "flow/conn.h"
#include "flow/summary.h"
#include "print/ink.h"
#include "print/wrap.h"
#include "views/diagnosis_model.h"

#define COLUMNS		80
#define BAR		20	/* characters: the whole duration */
#define BAR_TEXT	"####################"
#define INDENT		2
#define LABEL		6	/* "also  ", "turns " */
#define LABEL_TURNS	10	/* "turns     " */
#define WORDS		19	/* of an account */
#define MS_WIDTH	9
#define PERCENT_WIDTH	6
#define BAR_COLUMN	(INDENT + WORDS + MS_WIDTH + PERCENT_WIDTH + 2)
#define TAP_COLUMN	60
#define OPTIONS_SIZE	96
/* Around a single frame; those of other connections count. */
#define FRAMES_BEFORE	20
#define FRAMES_AFTER	5

void
diagnosis_put_wrapped(struct outbuf *out, const char *text, unsigned at,
    unsigned indent)
{
	while (*text != '\0') {
		const size_t len = wrap_at(text, COLUMNS - at);

		outbuf_mem(out, text, len);
		outbuf_char(out, '\n');
		text += len;
		text += strspn(text, " ");
		at = indent;
		if (*text != '\0')
			outbuf_spaces(out, indent);
	}
}

/* ---- lines ---- */

static enum ink
tone_ink(enum diagnosis_tone tone)
{
	static const enum ink inks[] = {
		[DIAGNOSIS_GOOD] = INK_GOOD,
		[DIAGNOSIS_OPEN] = INK_NOTE,
		[DIAGNOSIS_BAD] = INK_BAD,
	};

	return inks[tone];
}

/* The side stands out; the rest of the sentence is text. */
static void
put_verdict(struct outbuf *out, bool colour,
    const struct diagnosis_model *model, const char *text, unsigned indent)
{
	const size_t side = strlen(model->side);
	const bool begins = side > 0 && strncmp(text, model->side, side) == 0;
	const unsigned at = begins ? (unsigned)side : 0;

	outbuf_spaces(out, indent);
	if (begins)
		ink_cell(out, colour, tone_ink(model->tone), model->side, 0);
	diagnosis_put_wrapped(out, text + at, indent + at, indent);
}

static void
put_frame_line(struct outbuf *out, const struct diagnosis_line *line,
    unsigned indent)
{
	char words[64];
	int len;

	if (line->last_frame > line->frame)
		len = snprintf(words, sizeof(words), "frames %" PRIu64 "-%"
		    PRIu64 "  ", line->frame, line->last_frame);
	else
		len = snprintf(words, sizeof(words), "frame %" PRIu64 "  ",
		    line->frame);
	outbuf_spaces(out, indent);
	outbuf_str(out, words);
	diagnosis_put_wrapped(out, line->text, indent + (unsigned)len,
	    indent + (unsigned)len);
}

static void
put_labelled(struct outbuf *out, const struct diagnosis_line *line,
    const char *label, unsigned indent)
{
	char text[TEXT_SIZE + 64];
	const char *words = line->text;

	outbuf_spaces(out, indent);
	ink_cell(out, false, INK_PLAIN, label, LABEL);
	if (line->frame != 0) {
		(void)snprintf(text, sizeof(text), "%s; frame %" PRIu64,
		    line->text, line->frame);
		words = text;
	}
	diagnosis_put_wrapped(out, words, indent + LABEL, indent + LABEL);
}

static void
put_line(struct outbuf *out, bool colour, const struct diagnosis_model *model,
    const struct diagnosis_line *line, unsigned indent)
{
	switch ((enum diagnosis_line_kind)line->kind) {
	case DIAGNOSIS_VERDICT:
		put_verdict(out, colour, model, line->text, indent);
		break;
	case DIAGNOSIS_FRAME:
		put_frame_line(out, line, indent + INDENT);
		break;
	case DIAGNOSIS_EVIDENCE:
	case DIAGNOSIS_DOUBT:
	case DIAGNOSIS_ADVICE:
		outbuf_spaces(out, indent + INDENT);
		diagnosis_put_wrapped(out, line->text, indent + INDENT,
		    indent + 2 * INDENT);
		break;
	case DIAGNOSIS_ALSO:
		put_labelled(out, line, "also", indent);
		break;
	case DIAGNOSIS_NOTE:
		put_labelled(out, line, "note", indent);
		break;
	}
}

static bool
is_of_verdict(const struct diagnosis_line *line)
{
	return line->kind < DIAGNOSIS_ALSO;
}

static void
put_lines(struct outbuf *out, bool colour, const struct diagnosis_model *model,
    bool of_verdict, unsigned indent)
{
	for (unsigned i = 0; i < model->line_count; i++)
		if (is_of_verdict(&model->line[i]) == of_verdict)
			put_line(out, colour, model, &model->line[i], indent);
}

/* ---- the ledger ---- */

/* Milliseconds; below a hundred of them with decimals. Return the length. */
static size_t
format_ms(char buf[NSTIME_BUFSIZE], int64_t ns)
{
	const uint64_t value = ns > 0 ? (uint64_t)ns : 0;
	const uint64_t unit = (uint64_t)NS_PER_MS;

	return nstime_format_mixed(buf, value / unit, value % unit, unit,
	    value >= 100 * unit ? 0 : value >= 10 * unit ? 1 : 2);
}

#define PERCENT_SIZE	(PUT_DIGITS_MAX + 2)
#define SHARE_SIZE	(PERCENT_SIZE + 16)	/* "  unknown 16.8 %" */

/* "71.8" of 718. Return the length. */
static size_t
format_percent(char buf[PERCENT_SIZE], unsigned permille)
{
	char *at = put_u64(buf, permille / 10);

	*at++ = '.';
	at = put_u64(at, permille % 10);
	return (size_t)(at - buf);
}

/*
 * The next line about the capture point stands beside an account, where there
 * is room.
 */
static void
put_tap(struct outbuf *out, const struct diagnosis_model *model,
    unsigned *tap_at, unsigned column)
{
	if (*tap_at < model->tap_count && column < TAP_COLUMN) {
		outbuf_spaces(out, TAP_COLUMN - column);
		outbuf_str(out, model->tap[(*tap_at)++]);
	}
	outbuf_char(out, '\n');
}

/* The client is mostly the originator. */
static enum ink
share_ink(enum share share)
{
	return share == SHARE_CLIENT ? INK_ORIG :
	    share == SHARE_SERVER ? INK_RESP : INK_PLAIN;
}

/* "  412.70   71.8  ##############" */
static void
put_amount(struct outbuf *out, const struct diagnosis_part *part)
{
	const unsigned bar = (part->permille * BAR + 500) / 1000;
	char text[NSTIME_BUFSIZE];
	size_t len = format_ms(text, part->ns);

	ink_cell_mem(out, false, INK_PLAIN, text, len, -MS_WIDTH);
	len = format_percent(text, part->permille);
	ink_cell_mem(out, false, INK_PLAIN, text, len, -PERCENT_WIDTH);
	if (bar > 0) {
		outbuf_spaces(out, 2);
		outbuf_mem(out, BAR_TEXT, bar < BAR ? bar : BAR);
	}
}

/* A remark stands behind the bar, or below it where the line has no room. */
static void
put_part(struct outbuf *out, bool colour, const struct diagnosis_model *model,
    const struct diagnosis_part *part, unsigned *tap_at, unsigned indent)
{
	uint64_t begin;
	unsigned column;

	outbuf_spaces(out, indent + INDENT);
	ink_cell(out, colour, share_ink(part->share), part->words, WORDS);
	begin = outbuf_mark(out);
	put_amount(out, part);
	column = indent + INDENT + WORDS +
	    (unsigned)(outbuf_mark(out) - begin);
	if (part->remark != NULL &&
	    column + 2 + strlen(part->remark) <= COLUMNS) {
		outbuf_str(out, "  ");
		outbuf_str(out, part->remark);
		outbuf_char(out, '\n');
		return;
	}
	put_tap(out, model, tap_at, column);
	if (part->remark != NULL) {
		outbuf_spaces(out, indent + BAR_COLUMN);
		outbuf_str(out, part->remark);
		outbuf_char(out, '\n');
	}
}

static void
put_ledger(struct outbuf *out, bool colour,
    const struct diagnosis_model *model, unsigned indent)
{
	unsigned tap_at = 0;

	if (model->part_count == 0)
		return;
	outbuf_spaces(out, indent);
	ink_cell(out, colour, INK_HEADING, "ledger", INDENT + WORDS);
	ink_cell(out, false, INK_PLAIN, "ms", -MS_WIDTH);
	ink_cell(out, false, INK_PLAIN, "%", -PERCENT_WIDTH);
	outbuf_spaces(out, TAP_COLUMN - (indent + INDENT + WORDS + MS_WIDTH +
	    PERCENT_WIDTH));
	outbuf_str(out, "capture point\n");
	for (unsigned i = 0; i < model->part_count; i++)
		put_part(out, colour, model, &model->part[i], &tap_at, indent);
	while (tap_at < model->tap_count)
		put_tap(out, model, &tap_at, 0);
	if (!model->is_balanced) {
		outbuf_spaces(out, indent + INDENT);
		outbuf_str(out, "these do not add up: please report this\n");
	}
}

/* "client 6.1 %  server 71.8 %..." */
static void
put_shares(struct outbuf *out, const struct diagnosis_model *model,
    unsigned indent)
{
	struct wrap_line line = {
		.out = out,
		.room = COLUMNS,
		.indent = indent + LABEL_TURNS,
		.at = indent + LABEL_TURNS - INDENT,
	};

	if (model->part_count == 0)
		return;
	outbuf_spaces(out, indent);
	ink_cell(out, false, INK_PLAIN, "shares", LABEL_TURNS - INDENT);
	for (enum share share = 0; share < SHARE_COUNT; share++) {
		const unsigned permille = model->share_permille[share];
		char percent[PERCENT_SIZE], text[SHARE_SIZE];
		const size_t len = format_percent(percent, permille);

		if (permille == 0 && share > SHARE_NETWORK)
			continue;
		(void)snprintf(text, sizeof(text), "  %s %.*s %%",
		    diagnosis_share(share), (int)len, percent);
		wrap_put(&line, INK_PLAIN, text);
	}
	outbuf_char(out, '\n');
}

static void
put_turns(struct outbuf *out, const struct diagnosis_model *model,
    unsigned indent)
{
	char count[PUT_DIGITS_MAX + 1];

	*put_u64(count, model->diagnosed.turns.count) = '\0';
	for (unsigned i = 0; i < model->turn_count; i++) {
		outbuf_spaces(out, indent);
		ink_cell(out, false, INK_PLAIN, i == 0 ? "turns" : "",
		    LABEL_TURNS - 4);
		ink_cell(out, false, INK_PLAIN, i == 0 ? count : "", -3);
		outbuf_char(out, ' ');
		diagnosis_put_wrapped(out, model->turns[i],
		    indent + LABEL_TURNS, indent + LABEL_TURNS);
	}
}

static void
put_figures(struct outbuf *out, bool colour,
    const struct diagnosis_model *model, unsigned indent)
{
	put_ledger(out, colour, model, indent);
	put_shares(out, model, indent);
	put_turns(out, model, indent);
}

/* ---- all of it ---- */

void
diagnosis_put_command(struct outbuf *out, const struct diagnosis_style *style,
    const char *label, const char *options)
{
	if (style->again == NULL)
		return;
	outbuf_str(out, label);
	outbuf_str(out, "tcpstates ");
	outbuf_str(out, options);
	outbuf_safe(out, style->again);
	outbuf_char(out, '\n');
}

static const char *
class_words(const struct conn *conn)
{
	if (conn_is_reset(conn))
		return "reset";
	if (conn->is_midstream)
		return "began before the capture";
	return conn_is_complete(conn) ? "complete" : "open";
}

static void
put_endpoints(struct outbuf *out, bool colour, const struct conn *conn)
{
	struct wrap_line line = {
		.out = out,
		.colour = colour,
		.room = COLUMNS,
		.indent = INDENT,
	};
	char life[TEXT_NUMBER], text[TEXT_NUMBER + 40];

	(void)snprintf(text, sizeof(text), "Connection %" PRIu64,
	    conn->number);
	wrap_put(&line, INK_HEADING, text);
	wrap_put(&line, INK_PLAIN, " ");
	wrap_put_endpoints(&line, conn, conn->orig);
	(void)text_ns(life, summary_duration(conn));
	(void)snprintf(text, sizeof(text), "  %s  %s", class_words(conn),
	    life);
	wrap_put(&line, INK_PLAIN, text);
	outbuf_char(out, '\n');
}

/* "--segments=14 --frames=799-812": what the verdict names. */
static void
make_options(char buf[OPTIONS_SIZE], const struct diagnosis_model *model,
    const struct conn *conn)
{
	uint64_t first = UINT64_MAX, last = 0;
	int len = snprintf(buf, OPTIONS_SIZE, "--segments=%" PRIu64,
	    conn->number);

	for (unsigned i = 0; i < model->line_count; i++) {
		const struct diagnosis_line *line = &model->line[i];

		if (line->kind != DIAGNOSIS_FRAME)
			continue;
		if (line->frame < first)
			first = line->frame;
		if (line->frame > last)
			last = line->frame;
		if (line->last_frame > last)
			last = line->last_frame;
	}
	/* A single frame says little without the frames around it. */
	if (first == last) {
		first = first - conn->first_frame > FRAMES_BEFORE ?
		    first - FRAMES_BEFORE : conn->first_frame;
		last = conn->last_frame - last > FRAMES_AFTER ?
		    last + FRAMES_AFTER : conn->last_frame;
	}
	if (first < last && (first > conn->first_frame ||
	    last < conn->last_frame))
		(void)snprintf(buf + len, OPTIONS_SIZE - (size_t)len,
		    " --frames=%" PRIu64 "-%" PRIu64, first, last);
}

void
diagnosis_print(struct outbuf *out, const struct diagnosis_style *style,
    const struct conn *conn)
{
	struct diagnosis_model model;
	char options[OPTIONS_SIZE];

	diagnosis_describe(&model, conn);
	put_endpoints(out, style->colour, conn);
	put_lines(out, style->colour, &model, true, 0);
	make_options(options, &model, conn);
	if (model.tone != DIAGNOSIS_GOOD)
		diagnosis_put_command(out, style, "  ", options);
	put_lines(out, style->colour, &model, false, 0);
	if (model.part_count > 0)
		outbuf_char(out, '\n');
	put_figures(out, style->colour, &model, 0);
}

/* The lines of the ledger are as wide as the screen: no indent below it. */
void
diagnosis_print_block(struct outbuf *out, bool colour, const struct conn *conn)
{
	struct diagnosis_model model;

	diagnosis_describe(&model, conn);
	if (!model.has_ledger)
		return;
	outbuf_spaces(out, INDENT);
	ink_cell(out, colour, INK_HEADING, "Diagnosis", 0);
	outbuf_char(out, '\n');
	put_lines(out, colour, &model, true, 2 * INDENT);
	put_lines(out, colour, &model, false, 2 * INDENT);
	put_figures(out, colour, &model, INDENT);
}
