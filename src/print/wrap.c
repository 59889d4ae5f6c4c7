/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "print/wrap.h"

#include <stdio.h>
#include <string.h>

#include "base/outbuf.h"
#include "print/addr.h"

size_t
wrap_at(const char *text, size_t room)
{
	const size_t len = strlen(text);

	if (len <= room)
		return len;
	for (size_t at = room; at > 0; at--)
		if (text[at] == ' ')
			return at;
	return strcspn(text, " ");
}

void
wrap_keep(struct wrap_line *line, size_t columns)
{
	if (line->at + columns <= line->room || line->at == 0 || line->is_new)
		return;
	outbuf_char(line->out, '\n');
	outbuf_spaces(line->out, line->indent);
	line->at = line->indent;
	line->is_new = true;
}

void
wrap_put(struct wrap_line *line, enum ink ink, const char *piece)
{
	size_t blanks;

	wrap_keep(line, strlen(piece));
	blanks = strspn(piece, " ");
	piece += blanks;
	if (!line->is_new) {
		outbuf_spaces(line->out, blanks);
		line->at += blanks;
	}
	line->is_new = false;
	ink_cell(line->out, line->colour, ink, piece, 0);
	line->at += strlen(piece);
}

void
wrap_put_endpoints(struct wrap_line *line, const struct conn *conn,
    unsigned from)
{
	char first[1 + ADDR_ENDPOINT_BUFSIZE] = " ";
	char second[1 + ADDR_ENDPOINT_BUFSIZE] = " ";

	(void)addr_format_endpoint(first + 1, conn, from);
	(void)addr_format_endpoint(second + 1, conn, !from);
	wrap_put(line, INK_ORIG, first);
	wrap_keep(line, strlen(" ->") + strlen(second));
	wrap_put(line, INK_PLAIN, " ->");
	wrap_put(line, INK_RESP, second);
}
