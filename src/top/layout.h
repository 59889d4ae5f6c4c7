/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The layout of the live screen: a function from what is to be shown and the
 * size of the screen to its cells.  It reads nothing else.
 */
#ifndef TCPSTATES_TOP_LAYOUT_H
#define TCPSTATES_TOP_LAYOUT_H

#include <stdbool.h>
#include <stdint.h>

#include "top/entry.h"
#include "top/screen.h"

struct tail;

/* About the capture as a whole. */
struct heading {
	const char *input;	/* interface, or file */
	const char *clock;	/* "12:04:31", or "" */
	bool is_live;
	int64_t span_ns;	/* since the first frame, or of all frames */
	bool has_rates;		/* a second was measured */
	uint64_t bits;		/* a second, on the wire; not live: bytes */
	uint64_t packets;	/* a second; not live: in all */
	bool has_dropped;
	uint64_t dropped;	/* by the kernel and the interface */
	uint64_t open;
	uint64_t conns;		/* in all */
	uint64_t opened;	/* in the last second */
	uint64_t half_open;
	uint64_t resets;	/* connections with an RST */
	uint64_t reset_rate;	/* in the last second */
	uint64_t retrans;	/* retransmitted segments... */
	uint64_t lost_upstream;	/* ...of which the original was lost there */
	uint64_t lost_downstream;
};

enum layout_mode {
	MODE_LIST,
	MODE_ONE,		/* one connection fills the screen */
	MODE_HELP,
	MODE_SORT,		/* a line of choices */
	MODE_FILTER		/* the filter is being typed */
};

#define LAYOUT_TEXTS	64	/* lines about the selected connection */
#define LAYOUT_TEXT_SIZE	256

struct layout_text {
	unsigned look;
	unsigned indent;	/* of the lines after the first */
	char text[LAYOUT_TEXT_SIZE];
};

/* About the selected connection. */
struct layout_pane {
	unsigned count;
	unsigned scroll;	/* first line shown in MODE_ONE */
	struct layout_text text[LAYOUT_TEXTS];
};

struct layout_view {
	struct heading heading;
	enum layout_mode mode;
	enum order order;
	bool is_reversed;
	const char *filter;
	bool has_processes;	/* owners of sockets are known */
	unsigned average;	/* seconds; 0: totals */
	const char *frozen_at;	/* or NULL */
	int64_t frames_ns;	/* now, by the capture's clock */

	/* Entries of the lines layout_list_lines() has room for. */
	const struct entry *entries;
	unsigned entry_count;
	uint64_t first;		/* place of the first in the list, from 0 */
	uint64_t total;		/* connections in the list */
	unsigned selected;	/* index of entries; entry_count: none */
	const struct layout_pane *pane;
	bool is_pinned;		/* the selected one */
	const struct tail *tail;	/* of MODE_ONE, or NULL */
};

/* Lines of the list on a screen of this size; 0: it is too small. */
unsigned layout_list_lines(unsigned lines, unsigned columns);
/* Lines of text in MODE_ONE. */
unsigned layout_one_lines(unsigned lines);
/* Lines that a pane has at this width. */
unsigned layout_pane_lines(const struct layout_pane *, unsigned columns);

/* Lines of the last segments with their heading, if they are of `number`. */
unsigned layout_tail_lines(const struct tail *, uint64_t number);

void layout_draw(struct screen *, const struct layout_view *);

#endif
