/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Displays: the report, the table, the records and everything else that can
 * be shown of a capture.  displays.def lists all displays; each is a struct
 * display_type in a file of its own, and no other file knows the display.
 *
 *	if (!display_check(&options, why))
 *		...			the options contradict each other
 *	displays_init(&displays, &options, out);
 *	displays_prepare(&displays, &engine_options);
 *	displays_begin(&displays, &capture, first_ns);	at the first frame
 *	...						events of the engine
 *	displays_finish(&displays, engine, &capture);
 *	displays_fini(&displays);
 *
 * Several displays can be active at once: one of DISPLAY_ALONE, any number of
 * DISPLAY_ADDED on the same output, any number of DISPLAY_FILE on outputs of
 * their own.
 */
#ifndef TCPSTATES_VIEWS_DISPLAY_H
#define TCPSTATES_VIEWS_DISPLAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "diagnosis/grouping.h"
#include "print/time.h"
#include "records/choice.h"
#include "records/record.h"
#include "records/select.h"

struct booking;
struct collector;
struct conn;
struct foresight;
struct display;
struct frame;
struct interval;
struct judgement;
struct names;
struct outbuf;
struct owners;
struct printers;
struct record_format;
struct icmp_error;
struct segment;
struct tcpstates;
struct tcpstates_options;
struct transition;

enum display_id {
#define DISPLAY(NAME, name, letter, option, arg, help)	DISPLAY_##NAME,
#define DISPLAY_IMPLIED(NAME, name, words)		DISPLAY_##NAME,
#include "views/displays.def"
	DISPLAY_COUNT
};

/* The displays and their options, as given on the command line. */
struct display_options {
	uint32_t chosen;		/* set of 1 << enum display_id */
	const char *argument[DISPLAY_COUNT];	/* of DISPLAY_ARG_FILE */
	const struct record_format *format;	/* NULL: text */
	bool stream;			/* --stream */
	enum grouping_by by;		/* --by */
	int64_t interval_ns;		/* --interval; 0: none */
	bool no_analysis;		/* --no-analysis */
	bool processes;			/* --processes */
	bool resolve, services;		/* these options, without -n */
	bool live_screen;		/* --top, beside the displays */
	bool no_header;
	bool is_quiet;			/* -q */
	bool is_live;			/* of an interface */
	bool is_brief;			/* a long report is shortened */
	bool trouble;			/* --trouble */
	bool raw_numbers;		/* -S */
	bool has_time;			/* -t: the default does not apply */
	bool is_one_conn;		/* --conn or --segments names one */
	struct select_rules select;
	struct column_choice columns;	/* --columns */
	enum time_format time;
};

/* Where a display writes. */
enum display_place {
	DISPLAY_ALONE,		/* the output, as the only main display */
	DISPLAY_ADDED,		/* the output, beside the main display */
	DISPLAY_FILE		/* an output of its own: its argument */
};

/* A directory: a display writes one file of it after the other. */
struct display_folder {
	/* Begin a file; NULL: it cannot be created, which was reported. */
	struct outbuf *(*begin)(struct display_folder *, const char *name);
	void (*end)(struct display_folder *);
};

/* The argument of the display's option. */
enum display_argument {
	DISPLAY_ARG_NONE,
	DISPLAY_ARG_CONNS,	/* numbers of connections, as for --conn */
	DISPLAY_ARG_FILE	/* an output */
};

/* Data that the engine keeps on request: the A-D report needs none. */
enum display_need {
	DISPLAY_NEEDS_ANALYSIS = 1 << 0,	/* of each, to the end */
	DISPLAY_NEEDS_DIAGNOSIS = 1 << 1,	/* and the ledger of each */
	DISPLAY_NEEDS_PICTURES = 1 << 2,	/* and a collector */
	DISPLAY_NEEDS_TALLY = 1 << 3,	/* the number of open connections */
	DISPLAY_NEEDS_FORESIGHT = 1 << 4	/* of a first reading */
};

/* Options that a display can refuse. */
enum display_with {
	DISPLAY_WITH_ONLY = 1 << 0,
	DISPLAY_WITH_SORT = 1 << 1,
	DISPLAY_WITH_LIMIT = 1 << 2,
	DISPLAY_WITH_INTERVAL = 1 << 3
};

/*
 * A display.  Functions that are NULL are not called; the engine reports only
 * events that an active display has a function for, and only events of
 * connections that --conn and --only select.
 */
struct display_type {
	unsigned char place;		/* enum display_place */
	unsigned char argument;		/* enum display_argument */
	bool is_folder;			/* of DISPLAY_FILE: display->folder */
	bool is_enough;			/* with -q, instead of the report */
	bool writes_records;		/* in options->format */
	bool is_text_only;		/* --format replaces the display */
	bool has_columns;		/* --columns chooses what it shows */
	bool has_frames;		/* --frames chooses the events */
	unsigned needs;			/* set of enum display_need */
	unsigned excludes;		/* set of enum display_with... */
	const char *because;		/* ... "prints each segment at once" */
	size_t state_size;		/* of display->state, zeroed */

	/* Do other options select the display? */
	bool (*is_implied)(const struct display_options *);
	/* NULL, or a sentence: why the options exclude the display. */
	const char *(*refuse)(const struct display_options *);

	/*
	 * Write headings: before everything else, and again when the output is
	 * a new file.  Displays without begin() write nothing before finish().
	 */
	void (*begin)(struct display *);
	/*
	 * Write a file that takes the place of the one before, at intervals
	 * and at the end: the caller sets `out`.
	 */
	void (*replace)(struct display *, const struct tcpstates *);
	/* A segment was judged. */
	void (*segment)(struct display *, const struct conn *,
	    const struct segment *, const struct judgement *);
	/* A segment was processed, see struct tcpstates_events. */
	void (*processed)(struct display *, const struct conn *,
	    const struct segment *, unsigned side, uint32_t judged);
	/*
	 * A frame, after all events that it caused.  `linktype` is its
	 * LINKTYPE_ number.
	 */
	void (*frame)(struct display *, const struct frame *,
	    uint16_t linktype);
	/* An endpoint changed its state. */
	void (*transition)(struct display *, const struct conn *,
	    const struct transition *);
	/* An ICMP error quotes a connection. */
	void (*icmp_error)(struct display *, const struct conn *,
	    const struct icmp_error *);
	/*
	 * With --stream: a connection closed a moment ago, see struct
	 * tcpstates_events.
	 */
	void (*closed)(struct display *, const struct conn *);
	/* A limit ended a connection: its record is final. */
	void (*ended)(struct display *, const struct conn *);
	/* Copies of such a connection end, see struct tcpstates_events. */
	void (*reclaim)(struct display *, const struct conn *);
	/* An interval of --interval has passed. */
	void (*interval)(struct display *, const struct interval *);
	/* Between frames, at least once a second. */
	void (*tick)(struct display *, const struct tcpstates *);
	/*
	 * Write everything about the capture so far: at the end, and at an
	 * interim report if interim() is NULL.  0, or -ERR_NOMEM when
	 * connections could not be sorted.
	 */
	int (*finish)(struct display *, const struct tcpstates *);
	int (*interim)(struct display *, const struct tcpstates *);
	/* Free what display->state refers to, but not the state. */
	void (*fini)(struct display *);
};

/* Facts about the capture, from the code that reads it. */
struct display_capture {
	struct record_capture record;
	unsigned digits;		/* decimals of times: 6, or 9 */
	bool has_kernel;		/* kernel counts exist: live */
	struct record_kernel kernel;
	uint64_t cut_files;		/* files that ended early */
	/*
	 * Options that read the same packets again, beginning with a space;
	 * NULL: the packets are gone.
	 */
	const char *again;
};

/* Shared by all active displays. */
struct display_context {
	const struct display_options *options;
	uint32_t active;		/* set of 1 << enum display_id */
	struct printers *printers;	/* NULL: one thread prints */
	struct collector *collector;	/* of DISPLAY_NEEDS_PICTURES, or NULL */
	struct owners *owners;		/* with --processes, or NULL */
	const struct names *names;	/* instead of numbers, or NULL */
	/* Of a capture that is read twice, or NULL: DISPLAY_NEEDS_FORESIGHT. */
	const struct foresight *foresight;
	struct time_style time;		/* base and digits: from begin() on */
	struct display_capture capture;	/* from begin() on */
	unsigned width;			/* of the terminal; 0: none */
	bool is_interim;		/* a report while the capture goes on */
	bool wants_heading;		/* headings of columns are wanted */
};

/* An active display. */
struct display {
	enum display_id id;
	const struct display_type *type;
	const char *words;		/* the option, for messages */
	const struct display_context *context;
	struct outbuf *out;
	struct display_folder *folder;	/* if type->is_folder; out is NULL */
	const char *argument;		/* of DISPLAY_ARG_FILE */
	void *state;			/* NULL when state_size is 0 */
};

enum displays_phase {
	DISPLAYS_IDLE,			/* nothing is written */
	DISPLAYS_HEADED,		/* begun before the first frame */
	DISPLAYS_RUNNING		/* time of the first frame known */
};

struct displays {
	struct display_context context;
	enum displays_phase phase;
	unsigned count;
	struct display display[DISPLAY_COUNT];
};

#define DISPLAY_WHY_SIZE	256

/*
 * Can the displays and their options be combined?  If not, `why` is a sentence
 * without full stop.
 */
bool display_check(const struct display_options *, char why[DISPLAY_WHY_SIZE]);

/* Does any display write to the output, and not to a file of its own? */
bool display_writes_output(const struct display_options *);

/*
 * The option of a display that gets each frame or segment, or each change of
 * one, and so needs all of them on one thread; NULL: there is none.
 */
const char *display_with_events(const struct display_options *);

/* Will the output grow before the capture ends? */
bool display_is_gradual(const struct display_options *);

/* The argument of the display's option. */
enum display_argument display_argument(enum display_id);

/* Can the argument of the option be standard output, "-"? */
bool display_can_be_piped(enum display_id);

/* The option of the display, in messages. */
const char *display_words(enum display_id);

/*
 * The format of -t, or without that option on a terminal (`width` is not 0):
 * the clock on the wall for what happens now, and seconds since the beginning
 * for a file.
 */
enum time_format display_time_format(const struct display_options *,
    unsigned width);

/* Is the display active? */
bool display_shows(const struct display_context *, enum display_id);

/*
 * Activate the displays of valid options.  The caller sets the `out` of
 * DISPLAY_FILE displays; all others write to `out`.  `is_headed`: the output
 * has headings already.  Returns 0, or -ERR_NOMEM; call displays_fini() in
 * either case.
 */
int displays_init(struct displays *, const struct display_options *,
    struct outbuf *out, bool colour, unsigned width, bool is_headed) MUST_CHECK;
void displays_fini(struct displays *);

/* Set what the engine keeps and reports. */
void displays_prepare(struct displays *, struct tcpstates_options *);

/* Does the output grow before the capture ends? */
bool displays_are_gradual(const struct displays *);

/* The first frame, or the first interval, is at `first_ns`. */
void displays_begin(struct displays *, const struct display_capture *,
    int64_t first_ns);
/* The output is a new file. */
void displays_begin_again(struct displays *, const struct display_capture *);
/*
 * Does a display want frames?  Then call displays_frame() for each frame that
 * the engine has processed.
 */
bool displays_want_frames(const struct displays *);
void displays_frame(struct displays *, const struct frame *,
    uint16_t linktype);
/* Does a display want what a first reading finds, where that is possible? */
bool displays_want_foresight(const struct displays *);
void displays_interval(struct displays *, const struct interval *);
void displays_tick(struct displays *, const struct tcpstates *);

/*
 * Have an active display write a new file to `out`, see `replace` above; `at`
 * is its place among the active displays.
 */
void displays_replace(struct displays *, unsigned at, struct outbuf *out,
    const struct tcpstates *, const struct display_capture *);

/* The capture has ended.  Returns 0, or the first error of a finish(). */
int displays_finish(struct displays *, const struct tcpstates *,
    const struct display_capture *);
/* A report while the capture continues; not of DISPLAY_FILE. */
int displays_interim(struct displays *, const struct tcpstates *,
    const struct display_capture *);

#endif
