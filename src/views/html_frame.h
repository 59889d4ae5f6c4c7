/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What every page begins and ends with: the style sheet, and the version.
 */
#ifndef TCPSTATES_VIEWS_HTML_FRAME_H
#define TCPSTATES_VIEWS_HTML_FRAME_H

#include <stddef.h>
#include <stdint.h>

struct outbuf;

/* `name` comes from outside, `words` do not; the body is open. */
void html_begin(struct outbuf *, const char *name, const char *words);

struct html_figure {
	const char *name;
	uint64_t value;
};

/*
 * The figures below the findings, which end the head of the page; the last one
 * in words, or NULL.
 */
void html_put_figures(struct outbuf *, const struct html_figure *,
    size_t count, const char *last, const char *words);

void html_end(struct outbuf *, const char *sentence);

#endif
