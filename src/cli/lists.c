/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "cli/lists.h"

#include "base/outbuf.h"
#include "capture/interfaces.h"
#include "capture/source.h"
#include "cli/messages.h"

/* Columns; the kernel's names of interfaces have at most 15 characters. */
#define NAME_COLUMN	4
#define STATE_COLUMN	20
#define REST_COLUMN	28

/* "1  eth0  up  192.0.2.1, 2001:db8::1 (a description)" */
static void
put_interface(void *arg, const struct interface *interface)
{
	struct outbuf *out = arg;
	const uint64_t line = outbuf_mark(out);

	outbuf_u64(out, interface->number);
	outbuf_pad(out, line, NAME_COLUMN);
	outbuf_safe(out, interface->name);
	outbuf_char(out, ' ');
	outbuf_pad(out, line, STATE_COLUMN);
	outbuf_str(out, interface->state);
	if (interface->addresses[0] != '\0' ||
	    interface->description[0] != '\0')
		outbuf_pad(out, line, REST_COLUMN);
	outbuf_str(out, interface->addresses);
	if (interface->description[0] != '\0') {
		if (interface->addresses[0] != '\0')
			outbuf_char(out, ' ');
		outbuf_char(out, '(');
		outbuf_safe(out, interface->description);
		outbuf_char(out, ')');
	}
	outbuf_char(out, '\n');
}

enum status
lists_interfaces(struct outbuf *out)
{
	char reason[INTERFACES_REASON_SIZE];

	if (interfaces_walk(put_interface, out, reason))
		return STATUS_OK;
	message("cannot list the interfaces: %s", reason);
	return STATUS_FAILED;
}

static void
put_link_type(void *arg, const char *name, const char *words, bool is_known)
{
	struct outbuf *out = arg;

	outbuf_printf(out, "%s (%s)%s\n", name, words,
	    is_known ? "" : ", not supported");
}

static bool
no_frame(void *arg UNUSED, const struct frame *frame UNUSED)
{
	return false;
}

static bool
no_tick(void *arg UNUSED)
{
	return false;
}

static void
print_problem(void *arg UNUSED, const char *sentence)
{
	message("%s", sentence);
}

enum status
lists_link_types(struct outbuf *out, const struct options *options)
{
	const struct source_events events = {
		.frame = no_frame,
		.tick = no_tick,
		.problem = print_problem,
	};
	struct source *source = source_new(&options->source, &events);
	enum source_end end = SOURCE_FAILED;

	if (source == NULL)
		message("out of memory");
	else
		end = source_open(source);
	if (end == SOURCE_COMPLETE)
		end = source_link_types(source, put_link_type, out);
	source_free(source);
	return end == SOURCE_COMPLETE ? STATUS_OK : STATUS_FAILED;
}
