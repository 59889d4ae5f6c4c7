/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What every page begins and ends with: the style sheet, and the version.
 */
#ifndef TCPSTATES_VIEWS_HTML_FRAME_H
#define TCPSTATES_VIEWS_HTML_FRAME_H

struct outbuf;

/* `name` comes from outside, `words` do not; the body is open. */
void html_begin(struct outbuf *, const char *name, const char *words);

/* One of a <dl class="k">. */
void html_put_figure(struct outbuf *, const char *name, const char *value);

void html_end(struct outbuf *, const char *sentence);

#endif
