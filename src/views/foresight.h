/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a first reading of a capture has found, for displays that write while
 * the packets are read again: findings are known at the end only.
 *
 *	engine.events.ended = foresight_ended; engine.events.arg = &foresight;
 *	...					all frames
 *	error = foresight_finish(&foresight, engine, &capture);
 */
#ifndef TCPSTATES_VIEWS_FORESIGHT_H
#define TCPSTATES_VIEWS_FORESIGHT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "views/triage_collect.h"

struct conn;
struct display_capture;
struct display_options;
struct tcpstates;

/* A remark about a finding, at a frame that shows it. */
struct foreseen {
	uint64_t frame;
	uint64_t at;		/* number of the remark, in the order found */
	bool is_problem;	/* see finding_is_problem() */
	char *text;
};

/* More are counted only. */
#define FORESEEN_MAX	65536

struct foresight {
	const struct display_options *options;
	struct triage_collect collect;
	struct foreseen *found;		/* by frame, once finished */
	size_t count;
	size_t size;
	uint64_t left_out;		/* remarks beyond FORESEEN_MAX */
	char *triage;			/* of the capture, in words; or NULL */
	bool is_out_of_memory;
};

void foresight_init(struct foresight *, const struct display_options *);
void foresight_fini(struct foresight *);

/* For struct tcpstates_events; `arg` is the foresight. */
void foresight_ended(void *arg, const struct conn *);

/* The last frame was read.  Returns 0, or -ERR_NOMEM. */
int foresight_finish(struct foresight *, const struct tcpstates *,
    const struct display_capture *);

#endif
