/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The live screen: keys go in, pictures come out.  The code that owns the
 * terminal calls
 *
 *	top_key_byte()	for each byte that was typed
 *	top_work()	between two batches of frames: a slice of the work,
 *			short enough that no frame is lost for it
 *	top_output()	when there is something new, and the terminal has
 *			taken what was written before
 */
#ifndef TCPSTATES_TOP_TOP_H
#define TCPSTATES_TOP_TOP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "top/entry.h"
#include "top/screen.h"

struct top;
struct tcpstates;

/* Facts that the engine does not know. */
struct top_input {
	const char *name;	/* interface, or file */
	const char *clock;	/* time of day, "12:04:31" */
	int64_t now_ns;		/* by a clock that never goes back */
	int64_t frames_ns;	/* by the capture's clock */
	bool is_live;
	bool has_dropped;
	bool has_processes;	/* owners of sockets are asked for */
	uint64_t dropped;
};

enum top_wish {
	TOP_GO_ON,
	TOP_END,
	TOP_STOP,		/* like SIGTSTP */
	TOP_REDRAW,		/* the terminal may show anything */
	TOP_ANSWERED		/* the terminal has answered a request */
};

/* NULL when out of memory. */
struct top *top_new(enum order, bool is_reversed);
void top_free(struct top *);

/* The size of the terminal. */
void top_resize(struct top *, unsigned lines, unsigned columns);
/* The terminal shows something else: draw everything. */
void top_redraw(struct top *);

enum top_wish top_key_byte(struct top *, unsigned char byte);
/* No byte has followed for a while: an ESC is a key of its own. */
void top_key_pause(struct top *);

/*
 * No more frames come: from now on show all connections of the engine, which
 * stay.  False: out of memory.
 */
bool top_finish(struct top *, const struct tcpstates *);

/* Do a slice of the work.  True: more is to be done before the next picture. */
bool top_work(struct top *, const struct tcpstates *,
    const struct top_input *);

/*
 * After top_work(): have the engine report the segments of the connection that
 * fills the screen, until the next picture.
 */
void top_watch(struct top *, struct tcpstates *);

/*
 * Return the bytes that update the terminal to the last picture; 0 if it is up
 * to date. At most `size` bytes, which is at least SCREEN_DIFF_MIN.
 */
size_t top_output(struct top *, const struct screen_style *, char *buf,
    size_t size);

/* The order with this name, or ORDER_COUNT. */
enum order top_order(const char *name);

#endif
