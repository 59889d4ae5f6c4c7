/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Shows the troubles of a long list, each with EXCERPT_AROUND items before and
 * after, as grep -C does.
 *
 *	excerpt_init(&excerpt, out);
 *	for each item
 *		text of the item to excerpt_next(&excerpt);
 *		excerpt.is_trouble |= ...;
 *	excerpt_finish(&excerpt);
 *	excerpt_fini(&excerpt);
 */
#ifndef TCPSTATES_VIEWS_EXCERPT_H
#define TCPSTATES_VIEWS_EXCERPT_H

#include <stdbool.h>
#include <stdint.h>

#define EXCERPT_AROUND	2	/* items */

struct outbuf;

struct excerpt {
	struct outbuf *out;
	struct outbuf *ring[EXCERPT_AROUND + 1];	/* the last is current */
	unsigned kept;		/* items before it that were not shown */
	unsigned after;		/* items to show after a trouble */
	bool has_item;
	bool is_trouble;	/* the current item is */
	/* Called before the first item is shown, or NULL. */
	void (*head)(void *arg, struct outbuf *out);
	void *arg;
	uint64_t count;		/* items */
	bool has_gap;		/* items were left out since the last one shown */
	bool has_shown;
	bool drops;		/* internal: of the ring's sink */
};

/* False: out of memory. */
bool excerpt_init(struct excerpt *, struct outbuf *out);
void excerpt_fini(struct excerpt *);

/* End the item before; return where the text of the next one goes. */
struct outbuf *excerpt_next(struct excerpt *);

/* Where the text of the current item goes. */
static inline struct outbuf *
excerpt_current(const struct excerpt *excerpt)
{
	return excerpt->ring[EXCERPT_AROUND];
}

/* No more items. */
void excerpt_finish(struct excerpt *);

#endif
