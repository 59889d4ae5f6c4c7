/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "views/detail_text.h"

#include "base/compiler.h"
#include "base/outbuf.h"
#include "engine/engine.h"
#include "print/ink.h"
#include "print/time.h"
#include "views/balance.h"
#include "views/detail.h"
#include "views/display.h"

/* Columns of a row; blocks with many figures have narrow ones. */
struct layout {
	int label;
	int first_cell;
	int cell;
};

static const struct layout wide = { 38, 15, 15 }, narrow = { 19, 7, 9 };

#define INDENT		2	/* of a block; rows have twice as much */

static const struct layout *
layout_of(const struct detail_block *block)
{
	return block->head_count <= 2 ? &wide : &narrow;
}

static int
cell_width(const struct layout *layout, unsigned at)
{
	return at == 0 ? layout->first_cell : layout->cell;
}

static void
detail_put_heading(struct outbuf *out, bool colour,
    const struct detail_block *block)
{
	const struct layout *layout = layout_of(block);
	/* The colours of the endpoints belong to their columns. */
	const enum ink inks[2] = {
		block->heads == detail_endpoints ? INK_ORIG : INK_HEADING,
		block->heads == detail_endpoints ? INK_RESP : INK_HEADING
	};

	outbuf_spaces(out, INDENT);
	ink_cell(out, colour, INK_HEADING, block->title,
	    layout->label - INDENT);
	for (unsigned i = 0; i < block->head_count; i++)
		ink_cell(out, colour, inks[i % 2], block->heads[i],
		    -cell_width(layout, i));
	outbuf_char(out, '\n');
}

static void
put_end(struct outbuf *out, const struct detail_row *row)
{
	if (row->unit[0] != '\0') {
		outbuf_str(out, row->cells > 0 ? "  " : " ");
		outbuf_str(out, row->unit);
	}
	if (row->remark != NULL) {
		outbuf_str(out, row->cells > 0 ? "  " : ", ");
		outbuf_str(out, row->remark);
	}
	outbuf_char(out, '\n');
}

static void
detail_put_row(struct outbuf *out, const struct detail_block *block,
    const struct detail_row *row)
{
	const struct layout *layout = layout_of(block);
	const int indent = INDENT * (2 + row->level);

	outbuf_spaces(out, (size_t)indent);
	ink_cell(out, false, INK_PLAIN, row->label, layout->label - indent);
	for (unsigned i = 0; i < row->cells; i++) {
		outbuf_char(out, ' ');
		ink_cell(out, false, INK_PLAIN, row->cell[i],
		    1 - cell_width(layout, i));
	}
	if (row->cells == 0) {
		outbuf_str(out, "  ");
		outbuf_str(out, row->text);
	}
	put_end(out, row);
}

void
detail_print(struct outbuf *out, const struct time_style *style,
    const struct conn *conn)
{
	struct detail detail;

	detail_describe(&detail, conn, style->digits);
	for (unsigned i = 0; i < detail.block_count; i++) {
		const struct detail_block *block = &detail.block[i];

		detail_put_heading(out, style->colour, block);
		for (unsigned j = 0; j < block->row_count; j++)
			detail_put_row(out, block,
			    &detail.row[block->first_row + j]);
	}
}

/* ---- the display ---- */

/* The report prints the blocks; this comes below everything else. */
static int
detail_finish(struct display *display, const struct tcpstates *ts)
{
	balance_print(display->out, tcpstates_totals(ts));
	return 0;
}

const struct display_type detail_display = {
	.place = DISPLAY_ADDED,
	.needs = DISPLAY_NEEDS_ANALYSIS | DISPLAY_NEEDS_DIAGNOSIS,
	.finish = detail_finish,
};
