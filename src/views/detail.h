/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The detail of -v as data: blocks of rows with a figure per column.
 * views/detail_text.c prints the blocks below the connection in section B;
 * other displays can print the same blocks in their own way.
 *
 *	Handshake                        originator      responder
 *	  MSS                                  1460           1460  bytes
 *	  window scale                       2 (x4)       7 (x128)  in use
 *	  RTT, SYN to SYN-ACK        0.012423 s, capture point to responder
 *
 * Rows that would be zero for both endpoints are left out, and so are blocks
 * without rows.  Zero is a figure; "-" means that there is none.
 */
#ifndef TCPSTATES_VIEWS_DETAIL_H
#define TCPSTATES_VIEWS_DETAIL_H

struct conn;

#define DETAIL_BLOCKS	8	/* more than there are */
#define DETAIL_ROWS	96	/* more than all blocks can have */
#define DETAIL_CELLS	7	/* of a row */
#define DETAIL_ARENA	6144	/* bytes of all figures, with their NULs */

struct detail_row {
	const char *label;
	unsigned char level;	/* 1: a part of the row above */
	unsigned char cells;	/* 0: about the connection as a whole */
	const char *cell[DETAIL_CELLS];	/* as many as the block has heads */
	const char *text;	/* of a row without cells */
	const char *unit;	/* of the figures; "" if the label has one */
	const char *remark;	/* or NULL */
};

struct detail_block {
	const char *title;
	const char *const *heads;	/* of the columns */
	unsigned head_count;
	unsigned first_row;
	unsigned row_count;
};

struct detail {
	struct detail_block block[DETAIL_BLOCKS];
	unsigned block_count;
	struct detail_row row[DETAIL_ROWS];
	unsigned row_count;
	/* Figures and texts of all rows. */
	char arena[DETAIL_ARENA];
	unsigned arena_len;
};

/* The heads of a block with a column per endpoint: originator, responder. */
extern const char *const detail_endpoints[2];

/*
 * Describe the connection.  Times have `digits` decimals of a second.  Without
 * an analysis (conn->analysis is NULL) only the final state is known.
 */
void detail_describe(struct detail *, const struct conn *, unsigned digits);

#endif
