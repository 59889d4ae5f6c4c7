/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "cli/messages.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/outbuf.h"

#define MESSAGE_SIZE	8192	/* bytes; file names may be long */

static const char *prefix = "tcpstates";
static void (*divert_sink)(void *arg, const char *sentence);
static void *divert_arg;

void
message_name(const char *argv0)
{
	const char *slash;

	if (argv0 == NULL || argv0[0] == '\0')
		return;
	slash = strrchr(argv0, '/');
	prefix = slash != NULL && slash[1] != '\0' ? slash + 1 : argv0;
}

const char *
message_prefix(void)
{
	return prefix;
}

void
message_divert(void (*sink)(void *arg, const char *sentence), void *arg)
{
	divert_sink = sink;
	divert_arg = arg;
}

static void
print_message(const char *text)
{
	int fd = STDERR_FILENO;
	struct outbuf *out = outbuf_new(outbuf_sink_fd, &fd);

	/* Without memory `text` cannot be escaped, so it is not printed. */
	if (out == NULL) {
		fprintf(stderr, "%s: out of memory\n", prefix);
		return;
	}
	outbuf_safe(out, prefix);
	outbuf_str(out, ": ");
	outbuf_safe(out, text);
	outbuf_char(out, '\n');
	outbuf_flush(out);	/* a failure cannot be reported */
	outbuf_free(out);
}

void
message(const char *fmt, ...)
{
	char text[MESSAGE_SIZE];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	if (divert_sink != NULL)
		divert_sink(divert_arg, text);
	else
		print_message(text);
}
