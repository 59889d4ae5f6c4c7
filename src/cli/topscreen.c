/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "cli/topscreen.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/compiler.h"
#include "base/nstime.h"
#include "capture/clock.h"
#include "capture/sigs.h"
#include "capture/source.h"
#include "cli/messages.h"
#include "cli/options.h"
#include "engine/engine.h"
#include "top/top.h"

/* An ESC after which nothing comes for this time is the key. */
#define ESCAPE_NS	(50 * NS_PER_MS)
#define KEYS_AT_ONCE	64
#define BROWSE_MS	100	/* longest wait for a key */

/* `sort` is an order, with a hyphen before it if it is reversed; or NULL. */
static struct top *
new_top(const char *sort)
{
	const bool is_reversed = sort != NULL && sort[0] == '-';

	return top_new(sort == NULL ? ORDER_TROUBLE :
	    top_order(sort + is_reversed), is_reversed);
}

bool
topscreen_open(struct topscreen *s, const struct options *options)
{
	const char *why;

	if (!terminal_open(&s->terminal, &why)) {
		message("--top: %s; --interval=5s prints lines instead", why);
		return false;
	}
	if (options->colour != COLOUR_AUTO)
		s->terminal.has_colour = options->colour == COLOUR_ALWAYS;
	s->has_processes = options->display.processes;
	s->top = new_top(options->top_sort);
	if (s->top == NULL)
		message("out of memory");
	return s->top != NULL;
}

static void
resize(struct topscreen *s)
{
	unsigned lines, columns;

	terminal_size(&lines, &columns);
	top_resize(s->top, lines, columns);
}

bool
topscreen_enter(struct topscreen *s, const struct options *options)
{
	if (!terminal_enter(&s->terminal)) {
		message("--top: %s", strerror(errno));
		if (!options->no_sandbox)
			message("hint: try --no-sandbox, to exclude the "
			    "sandbox");
		return false;
	}
	s->is_on = true;
	resize(s);
	return true;
}

/* Restore the terminal when its answer has come: the shell would read it. */
static void
leave(struct topscreen *s)
{
	struct pollfd ready = { .fd = terminal_fd(), .events = POLLIN };
	unsigned char byte;
	int64_t left_ns;

	while ((left_ns = pace_left_ns(&s->pace, clock_now())) > 0 &&
	    poll(&ready, 1, (int)(left_ns / NS_PER_MS) + 1) > 0 &&
	    terminal_read(&byte, 1) > 0)
		if (top_key_byte(s->top, byte) == TOP_ANSWERED)
			break;
	s->pace = (struct pace){ .is_waiting = false };
	terminal_leave(&s->terminal);
}

void
topscreen_leave(struct topscreen *s)
{
	if (s->is_on)
		leave(s);
	s->is_on = false;
}

void
topscreen_close(struct topscreen *s)
{
	if (s->top == NULL)
		return;
	topscreen_leave(s);
	terminal_close(&s->terminal);
	top_free(s->top);
	s->top = NULL;
}

/* ---- a tick ---- */

static void
stop(struct topscreen *s)
{
	leave(s);
	terminal_stop(&s->terminal);
	resize(s);
}

static void
handle_events(struct topscreen *s)
{
	const unsigned events = terminal_events();

	if ((events & TERMINAL_STOPPED) != 0)
		stop(s);
	/* Stopped by another signal: the shell has changed the modes. */
	if ((events & TERMINAL_CONTINUED) != 0)
		(void)terminal_enter(&s->terminal);
	if ((events & (TERMINAL_RESIZED | TERMINAL_CONTINUED)) != 0)
		resize(s);
}

static void
handle_wish(struct topscreen *s, enum top_wish wish)
{
	switch (wish) {
	case TOP_GO_ON:
		break;
	case TOP_END:
		s->has_ended = true;
		break;
	case TOP_STOP:
		stop(s);
		break;
	case TOP_REDRAW:
		resize(s);
		break;
	case TOP_ANSWERED:
		pace_answer(&s->pace, clock_now());
		break;
	}
}

static void
handle_keys(struct topscreen *s, int64_t now_ns)
{
	unsigned char bytes[KEYS_AT_ONCE];
	const int count = terminal_read(bytes, sizeof(bytes));

	/* SIGHUP comes as well, unless it is ignored. */
	if (count < 0)
		return;
	if (count > 0)
		s->key_ns = now_ns;
	else if (now_ns - s->key_ns > ESCAPE_NS)
		top_key_pause(s->top);
	for (int i = 0; i < count && !s->has_ended; i++)
		handle_wish(s, top_key_byte(s->top, bytes[i]));
}

/* Once a second the time of day. */
static void
read_clock(struct topscreen *s)
{
	struct timespec now = { 0, 0 };
	struct tm tm;

	clock_gettime(CLOCK_REALTIME, &now);
	if (now.tv_sec == s->clock_sec)
		return;
	s->clock_sec = now.tv_sec;
	if (localtime_r(&now.tv_sec, &tm) == NULL ||
	    strftime(s->clock, sizeof(s->clock), "%H:%M:%S", &tm) == 0)
		s->clock[0] = '\0';
}

static void
write_picture(struct topscreen *s, int64_t now_ns)
{
	const size_t request = sizeof(PACE_REQUEST) - 1;
	struct terminal *terminal = &s->terminal;
	const struct screen_style style = {
		.is_utf8 = terminal->is_utf8,
		.has_colour = terminal->has_colour,
	};

	/* A terminal that does not read misses pictures, not frames. */
	if (!terminal_flush(terminal) || !pace_is_free(&s->pace, now_ns))
		return;
	terminal->len = top_output(s->top, &style, terminal->buf,
	    sizeof(terminal->buf) - request);
	terminal->at = 0;
	if (terminal->len > 0 && pace_ask(&s->pace, now_ns)) {
		memcpy(terminal->buf + terminal->len, PACE_REQUEST, request);
		terminal->len += request;
	}
	(void)terminal_flush(terminal);
}

bool
topscreen_tick(struct topscreen *s, struct tcpstates *ts,
    const struct source_info *info, int64_t frames_ns)
{
	struct top_input input = {
		.name = info->name,
		.now_ns = clock_now(),
		.frames_ns = frames_ns,
		.is_live = info->is_live,
		.has_dropped = info->has_kernel,
		.has_processes = s->has_processes,
		.dropped = info->dropped + info->if_dropped,
	};

	if (!s->is_on)
		return true;
	handle_events(s);
	handle_keys(s, input.now_ns);
	if (s->has_ended)
		return false;
	read_clock(s);
	input.clock = s->clock;
	s->has_work = top_work(s->top, ts, &input);
	top_watch(s->top, ts);
	if (!s->has_work)
		write_picture(s, input.now_ns);
	return true;
}

/* ---- a finished capture ---- */

/* The last part of a path, unless these are several. */
static const char *
base_name(const char *names)
{
	const char *slash = strrchr(names, '/');

	return slash != NULL && strchr(names, ',') == NULL ? slash + 1 :
	    names;
}

static void
wait_for_key(void)
{
	struct pollfd ready[] = {
		{ .fd = terminal_fd(), .events = POLLIN },
		{ .fd = sigs_fd(), .events = POLLIN },
	};

	if (poll(ready, ARRAY_LEN(ready), BROWSE_MS) > 0 &&
	    ready[1].revents != 0)
		sigs_drain();
}

bool
topscreen_browse(struct topscreen *s, const struct options *options,
    struct tcpstates *ts, const struct source_info *info)
{
	struct source_info named = *info;

	if (!top_finish(s->top, ts)) {
		message("--top: out of memory");
		return false;
	}
	if (!topscreen_enter(s, options))
		return false;
	named.name = base_name(options->input_names);
	while (!sigs_stopped() && topscreen_tick(s, ts, &named,
	    tcpstates_totals(ts)->last_ns))
		wait_for_key();
	topscreen_leave(s);
	return true;
}
