/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "views/display.h"

#include <assert.h>
#include <stdio.h>

#include "base/err.h"
#include "base/outbuf.h"
#include "base/pool.h"
#include "diagnosis/diagnosis.h"
#include "engine/engine.h"
#include "pictures/collect.h"
#include "records/owners.h"
#include "records/writer.h"
#include "tcp/icmp_error.h"

static_assert(DISPLAY_COUNT <= 32, "a set of displays fits a word");

/* ---- the table ---- */

#define DISPLAY(NAME, name, letter, option, arg, help)			\
	extern const struct display_type name##_display;
#define DISPLAY_IMPLIED(NAME, name, words)				\
	extern const struct display_type name##_display;
#include "views/displays.def"

static const struct {
	const struct display_type *type;
	const char *words;		/* the display in messages */
} table[DISPLAY_COUNT] = {
#define DISPLAY(NAME, name, letter, option, arg, help)			\
	{ &name##_display, "--" option },
#define DISPLAY_IMPLIED(NAME, name, words)				\
	{ &name##_display, words },
#include "views/displays.def"
};

static bool
is_in(uint32_t set, enum display_id id)
{
	return (set & UINT32_C(1) << id) != 0;
}

/* ---- which ones are active ---- */

/* Text is not added to records, nor records to text. */
static bool
is_asked_for(enum display_id id, const struct display_options *options)
{
	const struct display_type *type = table[id].type;

	if (type->place == DISPLAY_ADDED &&
	    type->writes_records != (options->format != NULL))
		return false;
	if (type->is_text_only && options->format != NULL)
		return false;
	return is_in(options->chosen, id) ||
	    (type->is_implied != NULL && type->is_implied(options));
}

/*
 * Without any other display, the report is shown: unless -q says that pictures
 * are enough.
 */
static uint32_t
active_set(const struct display_options *options)
{
	uint32_t active = 0;
	bool has_main = false;
	bool is_enough = options->is_quiet;
	bool has_picture = false;

	for (enum display_id id = 0; id < DISPLAY_COUNT; id++) {
		if (!is_asked_for(id, options))
			continue;
		active |= UINT32_C(1) << id;
		has_main = has_main || table[id].type->place == DISPLAY_ALONE;
		if (table[id].type->place != DISPLAY_FILE)
			is_enough = false;
		has_picture = has_picture || table[id].type->is_enough;
	}
	if (has_main || (is_enough && has_picture))
		return active;
	return active | UINT32_C(1) <<
	    (options->is_brief ? DISPLAY_BRIEF : DISPLAY_REPORT);
}

static unsigned
options_given(const struct display_options *options)
{
	const struct select_rules *select = &options->select;

	return (select->only != 0 ? DISPLAY_WITH_ONLY : 0U) |
	    (select->sort != NULL ? DISPLAY_WITH_SORT : 0U) |
	    (select->has_limit ? DISPLAY_WITH_LIMIT : 0U) |
	    (options->interval_ns != 0 ? DISPLAY_WITH_INTERVAL : 0U);
}

static const char *
option_name(unsigned excluded)
{
	return (excluded & DISPLAY_WITH_ONLY) != 0 ? "--only" :
	    (excluded & DISPLAY_WITH_SORT) != 0 ? "--sort" :
	    (excluded & DISPLAY_WITH_LIMIT) != 0 ? "--limit" : "--interval";
}

static bool
check_one(enum display_id id, const struct display_options *options,
    char why[DISPLAY_WHY_SIZE])
{
	const struct display_type *type = table[id].type;
	const unsigned excluded = type->excludes & options_given(options);
	const char *refusal = type->refuse != NULL ? type->refuse(options) :
	    NULL;

	if (refusal != NULL)
		(void)snprintf(why, DISPLAY_WHY_SIZE, "%s", refusal);
	else if (excluded != 0)
		(void)snprintf(why, DISPLAY_WHY_SIZE,
		    "%s does not go with %s: %s %s", option_name(excluded),
		    table[id].words, table[id].words, type->because);
	return refusal == NULL && excluded == 0;
}

static bool
check_pair(enum display_id one, enum display_id other,
    char why[DISPLAY_WHY_SIZE])
{
	if (table[one].type->place != DISPLAY_ALONE ||
	    table[other].type->place != DISPLAY_ALONE)
		return true;
	(void)snprintf(why, DISPLAY_WHY_SIZE,
	    "%s and %s do not go together: choose one", table[one].words,
	    table[other].words);
	return false;
}

/* -v adds to the report, and to nothing else. */
static bool
check_detail(uint32_t active, const struct display_options *options,
    char why[DISPLAY_WHY_SIZE])
{
	enum display_id id = 0;

	if (!is_in(options->chosen, DISPLAY_DETAIL) ||
	    is_in(active, DISPLAY_REPORT))
		return true;
	while (id < DISPLAY_COUNT - 1 && (!is_in(active, id) ||
	    table[id].type->place != DISPLAY_ALONE))
		id++;
	(void)snprintf(why, DISPLAY_WHY_SIZE,
	    "-v adds to the report: it does not go with %s", table[id].words);
	return false;
}

/* A choice that no display follows would be ignored. */
static bool
check_frames(uint32_t active, const struct display_options *options,
    char why[DISPLAY_WHY_SIZE])
{
	for (enum display_id id = 0; id < DISPLAY_COUNT; id++)
		if (options->select.frames == NULL ||
		    (is_in(active, id) && table[id].type->has_frames))
			return true;
	(void)snprintf(why, DISPLAY_WHY_SIZE, "--frames is for --segments, "
	    "--states and --annotate: add one of them");
	return false;
}

/* Owners are part of the records, which a few displays show. */
static bool
check_processes(uint32_t active, const struct display_options *options,
    char why[DISPLAY_WHY_SIZE])
{
	if (options->no_analysis && options->processes) {
		(void)snprintf(why, DISPLAY_WHY_SIZE, "--processes does not go "
		    "with --no-analysis");
		return false;
	}
	for (enum display_id id = 0; id < DISPLAY_COUNT; id++)
		if (!options->processes || options->live_screen ||
		    (is_in(active, id) && table[id].type->has_columns))
			return true;
	(void)snprintf(why, DISPLAY_WHY_SIZE, "--processes adds to --table, "
	    "to the records of connections and to --top: add one of them");
	return false;
}

/* Lists of hosts have names; other displays are to be searched by number. */
static bool
check_names(uint32_t active, const struct display_options *options,
    char why[DISPLAY_WHY_SIZE])
{
	const char *option = options->resolve ? "--resolve" : "--services";

	if ((options->resolve || options->services) &&
	    !is_in(active, DISPLAY_TABLE) && !is_in(active, DISPLAY_GROUPS)) {
		(void)snprintf(why, DISPLAY_WHY_SIZE, "%s is for --table and "
		    "--by as text: add one of them", option);
		return false;
	}
	return true;
}

static bool
check_segments(uint32_t active, const struct display_options *options,
    char why[DISPLAY_WHY_SIZE])
{
	const bool is_trouble_used = is_in(active, DISPLAY_SEGMENTS) ||
	    is_in(active, DISPLAY_ANNOTATE);

	if ((!options->trouble || is_trouble_used) &&
	    (!options->raw_numbers || is_in(active, DISPLAY_SEGMENTS)))
		return true;
	(void)snprintf(why, DISPLAY_WHY_SIZE, options->format != NULL ?
	    "%s is for --segments as text: it does not go with records" :
	    "%s is for --segments: add it",
	    options->trouble && !is_trouble_used ? "--trouble" : "-S");
	return false;
}

static bool
check_columns(uint32_t active, const struct display_options *options,
    char why[DISPLAY_WHY_SIZE])
{
	for (enum display_id id = 0; id < DISPLAY_COUNT; id++)
		if (options->columns.count == 0 ||
		    (is_in(active, id) && table[id].type->has_columns))
			return true;
	(void)snprintf(why, DISPLAY_WHY_SIZE,
	    "--columns is for --table and for the records of connections: "
	    "add --table, -J or --csv");
	return false;
}

bool
display_check(const struct display_options *options,
    char why[DISPLAY_WHY_SIZE])
{
	const uint32_t active = active_set(options);

	for (enum display_id id = 0; id < DISPLAY_COUNT; id++)
		if (is_in(active, id) && !check_one(id, options, why))
			return false;
	for (enum display_id id = 0; id < DISPLAY_COUNT; id++)
		for (enum display_id other = 0; other < id; other++)
			if (is_in(active, id) && is_in(active, other) &&
			    !check_pair(other, id, why))
				return false;
	return check_detail(active, options, why) &&
	    check_columns(active, options, why) &&
	    check_processes(active, options, why) &&
	    check_names(active, options, why) &&
	    check_segments(active, options, why) &&
	    check_frames(active, options, why);
}

bool
display_writes_output(const struct display_options *options)
{
	const uint32_t active = active_set(options);

	for (enum display_id id = 0; id < DISPLAY_COUNT; id++)
		if (is_in(active, id) &&
		    table[id].type->place != DISPLAY_FILE)
			return true;
	return false;
}

/* Pictures are drawn of what the engine reports of each segment. */
static bool
type_has_events(const struct display_type *type)
{
	return type->segment != NULL || type->processed != NULL ||
	    type->frame != NULL || type->transition != NULL ||
	    type->icmp_error != NULL ||
	    (type->needs & DISPLAY_NEEDS_PICTURES) != 0;
}

const char *
display_with_events(const struct display_options *options)
{
	const uint32_t active = active_set(options);

	for (enum display_id id = 0; id < DISPLAY_COUNT; id++)
		if (is_in(active, id) && type_has_events(table[id].type))
			return table[id].words;
	return NULL;
}

/* Does the display print while the capture goes on? */
static bool
type_is_gradual(const struct display_type *type,
    const struct display_options *options)
{
	return type->place != DISPLAY_FILE && (type->begin != NULL ||
	    (type->closed != NULL && options->stream));
}

bool
display_is_gradual(const struct display_options *options)
{
	const uint32_t active = active_set(options);

	for (enum display_id id = 0; id < DISPLAY_COUNT; id++)
		if (is_in(active, id) &&
		    type_is_gradual(table[id].type, options))
			return true;
	return false;
}

enum display_argument
display_argument(enum display_id id)
{
	return table[id].type->argument;
}

bool
display_can_be_piped(enum display_id id)
{
	return !table[id].type->is_folder && table[id].type->replace == NULL;
}

const char *
display_words(enum display_id id)
{
	return table[id].words;
}

bool
display_shows(const struct display_context *context, enum display_id id)
{
	return is_in(context->active, id);
}

static void
add_display(struct displays *displays, enum display_id id, struct outbuf *out)
{
	const struct display_type *type = table[id].type;

	displays->display[displays->count++] = (struct display){
		.id = id,
		.type = type,
		.words = table[id].words,
		.context = &displays->context,
		.out = type->place == DISPLAY_FILE ? NULL : out,
		.argument = displays->context.options->argument[id],
	};
}

static int
allocate_states(struct displays *displays)
{
	for (unsigned i = 0; i < displays->count; i++) {
		struct display *display = &displays->display[i];

		if (display->type->state_size == 0)
			continue;
		display->state = mem_zalloc(display->type->state_size);
		if (display->state == NULL)
			return -ERR_NOMEM;
	}
	return 0;
}

static unsigned
needs_of(const struct displays *displays)
{
	unsigned needs = 0;

	for (unsigned i = 0; i < displays->count; i++)
		needs |= displays->display[i].type->needs;
	return (needs & DISPLAY_NEEDS_PICTURES) == 0 ? needs :
	    needs | DISPLAY_NEEDS_ANALYSIS | DISPLAY_NEEDS_DIAGNOSIS;
}

/* What several displays share: owners, and points to draw from. */
static int
allocate_shared(struct displays *displays)
{
	if (displays->context.options->processes) {
		displays->context.owners = owners_new();
		if (displays->context.owners == NULL)
			return -ERR_NOMEM;
	}
	if ((needs_of(displays) & DISPLAY_NEEDS_PICTURES) == 0)
		return 0;
	displays->context.collector = collector_new();
	return displays->context.collector != NULL ? 0 : -ERR_NOMEM;
}

enum time_format
display_time_format(const struct display_options *options, unsigned width)
{
	if (options->has_time || width == 0)
		return options->time;
	return options->is_live ? TIME_AS_CLOCK : TIME_AS_RELATIVE;
}

int
displays_init(struct displays *displays, const struct display_options *options,
    struct outbuf *out, bool colour, unsigned width, bool is_headed)
{
	*displays = (struct displays){
		.context = {
			.options = options,
			.active = active_set(options),
			.time = {
				.format = display_time_format(options, width),
				.digits = 6,
				.colour = colour,
			},
			.width = width,
			.wants_heading = !options->no_header && !is_headed,
		},
	};
	for (enum display_id id = 0; id < DISPLAY_COUNT; id++)
		if (display_shows(&displays->context, id))
			add_display(displays, id, out);
	return allocate_states(displays) != 0 ? -ERR_NOMEM :
	    allocate_shared(displays);
}

void
displays_fini(struct displays *displays)
{
	for (unsigned i = 0; i < displays->count; i++) {
		struct display *display = &displays->display[i];

		if (display->type->fini != NULL && display->state != NULL)
			display->type->fini(display);
		mem_free(display->state);
	}
	displays->count = 0;
	collector_free(displays->context.collector);
	displays->context.collector = NULL;
	owners_free(displays->context.owners);
	displays->context.owners = NULL;
}

/* ---- events of the engine ---- */

/* Does the display show what happens at this frame? */
static bool
shows_frame(const struct display *display, uint64_t frame)
{
	return !display->type->has_frames ||
	    select_has_frame(&display->context->options->select, frame);
}

/* Call a function of each display that defines it and shows the frame. */
#define CALL_EACH_AT(displays, number, function, ...)			\
	do {								\
		for (unsigned i = 0; i < (displays)->count; i++) {	\
			struct display *display =			\
			    &(displays)->display[i];			\
									\
			if (display->type->function != NULL &&		\
			    shows_frame(display, number))		\
				display->type->function(display,	\
				    __VA_ARGS__);			\
		}							\
	} while (0)

/* Call a function of each display that defines it. */
#define CALL_EACH(displays, function, ...)				\
	do {								\
		for (unsigned i = 0; i < (displays)->count; i++) {	\
			struct display *display =			\
			    &(displays)->display[i];			\
									\
			if (display->type->function != NULL)		\
				display->type->function(display,	\
				    __VA_ARGS__);			\
		}							\
	} while (0)

static void
on_segment(void *arg, const struct conn *conn, const struct segment *segment,
    const struct judgement *judgement)
{
	struct displays *displays = arg;

	if (!select_matches(&displays->context.options->select, conn))
		return;
	if (displays->context.collector != NULL)
		collector_segment(displays->context.collector, conn, segment,
		    judgement);
	CALL_EACH_AT(displays, segment->frame, segment, conn, segment,
	    judgement);
}

static void
on_processed(void *arg, const struct conn *conn, const struct segment *segment,
    unsigned side, uint32_t judged)
{
	struct displays *displays = arg;

	if (!select_matches(&displays->context.options->select, conn))
		return;
	CALL_EACH(displays, processed, conn, segment, side, judged);
}

static void
on_transition(void *arg, const struct conn *conn,
    const struct transition *transition)
{
	struct displays *displays = arg;

	if (!select_matches(&displays->context.options->select, conn))
		return;
	if (displays->context.collector != NULL)
		collector_transition(displays->context.collector, conn,
		    transition);
	if (displays->context.owners != NULL)
		owners_transition(displays->context.owners, conn, transition);
	CALL_EACH_AT(displays, transition->frame, transition, conn,
	    transition);
}

static void
on_booked(void *arg, const struct booking *booking)
{
	struct displays *displays = arg;

	if (select_matches(&displays->context.options->select, booking->conn))
		collector_booking(displays->context.collector, booking);
}

static void
on_icmp_error(void *arg, const struct conn *conn,
    const struct icmp_error *error)
{
	struct displays *displays = arg;

	if (!select_matches(&displays->context.options->select, conn))
		return;
	CALL_EACH_AT(displays, error->frame, icmp_error, conn, error);
}

static void
on_closed(void *arg, const struct conn *conn)
{
	struct displays *displays = arg;

	if (!select_matches(&displays->context.options->select, conn))
		return;
	CALL_EACH(displays, closed, conn);
}

static void
on_ended(void *arg, const struct conn *conn)
{
	struct displays *displays = arg;

	if (!select_matches(&displays->context.options->select, conn))
		return;
	CALL_EACH(displays, ended, conn);
}

static void
on_reclaim(void *arg, const struct conn *conn)
{
	struct displays *displays = arg;

	CALL_EACH(displays, reclaim, conn);
}

void
displays_prepare(struct displays *displays, struct tcpstates_options *engine)
{
	const struct display_options *options = displays->context.options;
	/*
	 * Any key of the records can be chosen, or sorted by; a wide terminal
	 * shows verdicts in the table.
	 */
	const unsigned needs = needs_of(displays) |
	    (options->select.sort != NULL || options->columns.count > 0 ||
	    (displays->context.width > 0 &&
	    display_shows(&displays->context, DISPLAY_TABLE)) ?
	    DISPLAY_NEEDS_ANALYSIS | DISPLAY_NEEDS_DIAGNOSIS : 0U);

	for (unsigned i = 0; i < displays->count; i++) {
		const struct display_type *type = displays->display[i].type;

		if (type->interval != NULL)
			engine->tally = displays->context.options->
			    interval_ns != 0;
		if (type->segment != NULL)
			engine->events.segment = on_segment;
		if (type->processed != NULL)
			engine->events.processed = on_processed;
		if (type->transition != NULL)
			engine->events.transition = on_transition;
		if (type->icmp_error != NULL)
			engine->events.icmp_error = on_icmp_error;
		if (type->closed != NULL && options->stream)
			engine->events.closed = on_closed;
		if (type->ended != NULL)
			engine->events.ended = on_ended;
		if (type->reclaim != NULL)
			engine->events.reclaim = on_reclaim;
	}
	if ((needs & DISPLAY_NEEDS_PICTURES) != 0) {
		engine->events.segment = on_segment;
		engine->events.transition = on_transition;
		engine->events.booked = on_booked;
	}
	if (displays->context.owners != NULL)
		engine->events.transition = on_transition;
	if ((needs & DISPLAY_NEEDS_TALLY) != 0)
		engine->tally = true;
	engine->events.arg = displays;
	engine->keep_analysis = (needs & DISPLAY_NEEDS_ANALYSIS) != 0 ||
	    displays->context.owners != NULL;
	engine->diagnose = (needs & DISPLAY_NEEDS_DIAGNOSIS) != 0;
}

/* ---- phases ---- */

bool
displays_are_gradual(const struct displays *displays)
{
	for (unsigned i = 0; i < displays->count; i++)
		if (type_is_gradual(displays->display[i].type,
		    displays->context.options))
			return true;
	return false;
}

static void
begin_each(struct displays *displays)
{
	for (unsigned i = 0; i < displays->count; i++) {
		struct display *display = &displays->display[i];

		if (display->type->begin != NULL)
			display->type->begin(display);
	}
}

static void
take_capture(struct displays *displays, const struct display_capture *capture)
{
	displays->context.capture = *capture;
	displays->context.time.digits = capture->digits;
}

void
displays_begin(struct displays *displays,
    const struct display_capture *capture, int64_t first_ns)
{
	if (displays->phase == DISPLAYS_RUNNING)
		return;
	take_capture(displays, capture);
	displays->context.time.base_ns = first_ns;
	if (displays->phase == DISPLAYS_IDLE)
		begin_each(displays);
	displays->phase = DISPLAYS_RUNNING;
}

/* A report may be requested before the first frame. */
static void
begin_without_frame(struct displays *displays,
    const struct display_capture *capture)
{
	take_capture(displays, capture);
	if (displays->phase != DISPLAYS_IDLE)
		return;
	begin_each(displays);
	displays->phase = DISPLAYS_HEADED;
}

void
displays_begin_again(struct displays *displays,
    const struct display_capture *capture)
{
	displays->context.wants_heading =
	    !displays->context.options->no_header;
	if (displays->phase == DISPLAYS_IDLE)
		return;
	take_capture(displays, capture);
	for (unsigned i = 0; i < displays->count; i++) {
		struct display *display = &displays->display[i];

		if (display->type->place != DISPLAY_FILE &&
		    display->type->begin != NULL)
			display->type->begin(display);
	}
}

bool
displays_want_frames(const struct displays *displays)
{
	for (unsigned i = 0; i < displays->count; i++)
		if (displays->display[i].type->frame != NULL)
			return true;
	return false;
}

bool
displays_want_foresight(const struct displays *displays)
{
	return (needs_of(displays) & DISPLAY_NEEDS_FORESIGHT) != 0;
}

void
displays_frame(struct displays *displays, const struct frame *frame,
    uint16_t linktype)
{
	CALL_EACH(displays, frame, frame, linktype);
}

void
displays_interval(struct displays *displays, const struct interval *interval)
{
	CALL_EACH(displays, interval, interval);
}

void
displays_replace(struct displays *displays, unsigned at, struct outbuf *out,
    const struct tcpstates *ts, const struct display_capture *capture)
{
	struct display *display = &displays->display[at];

	take_capture(displays, capture);
	display->out = out;
	display->type->replace(display, ts);
	display->out = NULL;
}

void
displays_tick(struct displays *displays, const struct tcpstates *ts)
{
	CALL_EACH(displays, tick, ts);
}

static int
finish_one(struct display *display, const struct tcpstates *ts)
{
	return display->type->finish != NULL ?
	    display->type->finish(display, ts) : 0;
}

int
displays_finish(struct displays *displays, const struct tcpstates *ts,
    const struct display_capture *capture)
{
	int first_error = 0;

	begin_without_frame(displays, capture);
	for (unsigned i = 0; i < displays->count; i++) {
		const int error = finish_one(&displays->display[i], ts);

		if (first_error == 0)
			first_error = error;
	}
	return first_error;
}

int
displays_interim(struct displays *displays, const struct tcpstates *ts,
    const struct display_capture *capture)
{
	int first_error = 0;

	begin_without_frame(displays, capture);
	displays->context.is_interim = true;
	for (unsigned i = 0; i < displays->count; i++) {
		struct display *display = &displays->display[i];
		int error;

		if (display->type->place == DISPLAY_FILE)
			continue;
		error = display->type->interim != NULL ?
		    display->type->interim(display, ts) :
		    finish_one(display, ts);
		if (first_error == 0)
			first_error = error;
	}
	displays->context.is_interim = false;
	return first_error;
}
