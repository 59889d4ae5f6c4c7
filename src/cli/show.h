/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The displays (views/display.h) of a run of the program: their outputs, and
 * the facts about the capture that displays print.
 */
#ifndef TCPSTATES_CLI_SHOW_H
#define TCPSTATES_CLI_SHOW_H

#include <stdbool.h>
#include <stdint.h>

#include "cli/output.h"
#include "views/display.h"

struct account;
struct foresight;
struct frame;
struct interval;
struct options;
struct outbuf;
struct source_info;
struct tcpstates;

struct show {
	const struct options *options;
	/* Of displays that write to a directory, set by the caller. */
	struct display_folder *folder[DISPLAY_COUNT];
	struct displays displays;
	struct output file[DISPLAY_COUNT];	/* of DISPLAY_FILE, by place */
	uint64_t clock_leaps;	/* live: see cli/clock.h */
};

/*
 * Activate the displays of the options, on `out`, and open the files of
 * displays with outputs of their own.  `is_headed`: the output has headings
 * already.  False: an error was printed.  Call show_close() in either case.
 */
bool show_open(struct show *, const struct options *, struct output *out,
    bool is_headed, const struct account *);
/* Flush and close these files.  False: an error was printed. */
bool show_close(struct show *);

/* The first frame, or the first interval, is at `first_ns`. */
void show_begin(struct show *, const struct source_info *, int64_t first_ns);
/*
 * A frame that was given to the engine: displays that want frames take it when
 * its segment is processed.  False when out of memory.
 */
bool show_frame(struct show *, struct tcpstates *, const struct frame *,
    const struct source_info *);
/* Write the page of --metrics to `out`. */
void show_replace(struct show *, struct outbuf *out, const struct tcpstates *,
    const struct source_info *);
/* The output is a new file. */
void show_begin_again(struct show *, const struct source_info *);

/*
 * A first reading has ended: complete what it has found, and have the displays
 * know.  Returns 0, or -ERR_NOMEM.
 */
int show_foresee(struct show *, struct foresight *, const struct tcpstates *,
    const struct source_info *);

/* The displays are to know nothing of it, after all. */
void show_forget(struct show *);

/*
 * Everything about the capture so far.  False when there was no memory to
 * sort.
 */
bool show_report(struct show *, const struct tcpstates *,
    const struct source_info *);
/* A report while the capture continues. */
void show_interim(struct show *, const struct tcpstates *,
    const struct source_info *);

#endif
