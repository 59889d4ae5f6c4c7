/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "views/excerpt.h"

#include <stddef.h>

#include "base/outbuf.h"

static int
ring_sink(void *arg, const char *bytes, size_t len)
{
	const struct excerpt *excerpt = arg;

	if (!excerpt->drops)
		outbuf_mem(excerpt->out, bytes, len);
	return 0;
}

bool
excerpt_init(struct excerpt *excerpt, struct outbuf *out)
{
	*excerpt = (struct excerpt){ .out = out };
	for (unsigned i = 0; i <= EXCERPT_AROUND; i++) {
		excerpt->ring[i] = outbuf_new(ring_sink, excerpt);
		if (excerpt->ring[i] == NULL)
			return false;
	}
	return true;
}

void
excerpt_fini(struct excerpt *excerpt)
{
	for (unsigned i = 0; i <= EXCERPT_AROUND; i++)
		if (excerpt->ring[i] != NULL)
			outbuf_free(excerpt->ring[i]);
}

static void
drop_item(struct excerpt *excerpt, struct outbuf *item)
{
	excerpt->drops = true;
	(void)outbuf_flush(item);
	excerpt->drops = false;
	excerpt->has_gap = true;
}

static void
show_item(struct excerpt *excerpt, struct outbuf *item)
{
	if (!excerpt->has_shown && excerpt->head != NULL)
		excerpt->head(excerpt->arg, excerpt->out);
	if (excerpt->has_gap && excerpt->has_shown)
		outbuf_str(excerpt->out, "--\n");
	excerpt->has_gap = false;
	excerpt->has_shown = true;
	(void)outbuf_flush(item);
}

/* The current item becomes the last one kept. */
static void
keep_item(struct excerpt *excerpt)
{
	struct outbuf *const oldest = excerpt->ring[0];

	if (excerpt->kept == EXCERPT_AROUND)
		drop_item(excerpt, oldest);
	else
		excerpt->kept++;
	for (unsigned i = 0; i < EXCERPT_AROUND; i++)
		excerpt->ring[i] = excerpt->ring[i + 1];
	excerpt->ring[EXCERPT_AROUND] = oldest;
}

static void
end_item(struct excerpt *excerpt)
{
	struct outbuf *const item = excerpt->ring[EXCERPT_AROUND];

	if (excerpt->is_trouble) {
		for (; excerpt->kept > 0; excerpt->kept--)
			show_item(excerpt,
			    excerpt->ring[EXCERPT_AROUND - excerpt->kept]);
		show_item(excerpt, item);
		excerpt->after = EXCERPT_AROUND;
	} else if (excerpt->after > 0) {
		show_item(excerpt, item);
		excerpt->after--;
	} else {
		keep_item(excerpt);
	}
	excerpt->is_trouble = false;
}

struct outbuf *
excerpt_next(struct excerpt *excerpt)
{
	if (excerpt->has_item)
		end_item(excerpt);
	excerpt->has_item = true;
	excerpt->count++;
	return excerpt->ring[EXCERPT_AROUND];
}

void
excerpt_finish(struct excerpt *excerpt)
{
	if (excerpt->has_item)
		end_item(excerpt);
	excerpt->has_item = false;
	for (; excerpt->kept > 0; excerpt->kept--)
		drop_item(excerpt,
		    excerpt->ring[EXCERPT_AROUND - excerpt->kept]);
}
