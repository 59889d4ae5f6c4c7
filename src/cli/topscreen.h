/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * --top: the live screen (top/top.h) on the terminal (cli/terminal.h).
 */
#ifndef TCPSTATES_CLI_TOPSCREEN_H
#define TCPSTATES_CLI_TOPSCREEN_H

#include <stdbool.h>
#include <stdint.h>

#include "cli/pace.h"
#include "cli/terminal.h"

struct options;
struct source_info;
struct tcpstates;
struct top;

struct topscreen {
	bool is_on;		/* the terminal shows it */
	bool has_work;		/* topscreen_tick() is to be called soon */
	bool has_ended;		/* the user has asked to end */
	bool has_processes;	/* --processes */
	int64_t key_ns;		/* when the last byte was typed */
	int64_t clock_sec;	/* that `clock` stands for */
	char clock[16];
	struct terminal terminal;
	struct pace pace;
	struct top *top;
};

/* Open the terminal.  False: a message was printed; a usage error. */
bool topscreen_open(struct topscreen *, const struct options *);
/* Show the screen.  False: a message was printed. */
bool topscreen_enter(struct topscreen *, const struct options *);
/*
 * Between two batches of frames: keys, a slice of the work, a picture.
 * `frames_ns` is the capture's clock.  False: the user has asked to end.
 */
bool topscreen_tick(struct topscreen *, struct tcpstates *,
    const struct source_info *, int64_t frames_ns);
/*
 * Show the connections of a finished capture until the user ends the screen or
 * a signal does.  False: a message was printed.
 */
bool topscreen_browse(struct topscreen *, const struct options *,
    struct tcpstates *, const struct source_info *);
/* Restore the terminal. */
void topscreen_leave(struct topscreen *);
void topscreen_close(struct topscreen *);

#endif
