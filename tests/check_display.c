/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which displays the options ask for, what they need of the engine, and when
 * each of their functions is called.
 */
#include "config.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

#include "base/compiler.h"
#include "base/pool.h"
#include "check_main.h"
#include "engine/engine.h"
#include "printed.h"
#include "records/writer.h"
#include "views/display.h"

static struct display_options options;
static struct displays displays;
static struct tcpstates_options engine;
static struct display_capture capture;
static char why[DISPLAY_WHY_SIZE];
static char calls[256];

static void
setup(void)
{
	printed_setup();
	options = (struct display_options){ .chosen = 0 };
	engine = (struct tcpstates_options){ .vlan_key = false };
	capture = (struct display_capture){
	    .record = { .version = "0", .input = "a" }, .digits = 6 };
	calls[0] = '\0';
}

static void
teardown(void)
{
	displays_fini(&displays);
	printed_teardown();
}

static void
choose(enum display_id id)
{
	options.chosen |= UINT32_C(1) << id;
}

static void
start(void)
{
	ck_assert_msg(display_check(&options, why), "%s", why);
	ck_assert_int_eq(displays_init(&displays, &options, printed_out, false,
	    0, false), 0);
	displays_prepare(&displays, &engine);
}

static bool
shows(enum display_id id)
{
	return display_shows(&displays.context, id);
}

/* ---- which are active ---- */

START_TEST(the_report_is_shown_when_nothing_is_asked_for)
{
	start();
	ck_assert_uint_eq(displays.count, 1);
	ck_assert(shows(DISPLAY_REPORT));
	ck_assert(!engine.keep_analysis && !engine.tally);
	ck_assert(engine.events.segment == NULL &&
	    engine.events.transition == NULL && engine.events.ended == NULL);
	ck_assert(!displays_are_gradual(&displays));
}
END_TEST

START_TEST(a_chosen_display_takes_the_place_of_the_report)
{
	choose(DISPLAY_SEGMENTS);
	start();
	ck_assert_uint_eq(displays.count, 1);
	ck_assert(shows(DISPLAY_SEGMENTS) && !shows(DISPLAY_REPORT));
	ck_assert(engine.keep_analysis);
	ck_assert(engine.events.segment != NULL &&
	    engine.events.transition != NULL && engine.events.ended == NULL);
	ck_assert(displays_are_gradual(&displays));
}
END_TEST

START_TEST(added_displays_stand_beside_the_report)
{
	options.interval_ns = 1;
	choose(DISPLAY_DETAIL);
	start();
	ck_assert_uint_eq(displays.count, 3);
	ck_assert(shows(DISPLAY_INTERVAL_LINES) && shows(DISPLAY_REPORT) &&
	    shows(DISPLAY_DETAIL));
	ck_assert(engine.tally && engine.keep_analysis);
	ck_assert(displays_are_gradual(&displays));
}
END_TEST

START_TEST(records_replace_all_text)
{
	options.format = &ndjson_format;
	start();
	ck_assert_uint_eq(displays.count, 1);
	ck_assert(shows(DISPLAY_RECORDS));
	ck_assert(!displays_are_gradual(&displays));
}
END_TEST

START_TEST(records_of_intervals_and_streams_are_written_as_they_come)
{
	options.format = &ndjson_format;
	options.interval_ns = 1;
	start();
	ck_assert(shows(DISPLAY_INTERVAL_RECORDS) && displays.count == 1);
	ck_assert(engine.tally && engine.events.ended == NULL);
	ck_assert(displays_are_gradual(&displays));
	displays_fini(&displays);

	options.stream = true;
	start();
	ck_assert(shows(DISPLAY_STREAM) && displays.count == 1);
	ck_assert(engine.tally && engine.events.ended != NULL);
}
END_TEST

START_TEST(to_sort_takes_the_analysis)
{
	options.select.sort = record_find("conn");
	start();
	ck_assert(engine.keep_analysis);
}
END_TEST

START_TEST(segments_with_a_format_are_records)
{
	choose(DISPLAY_SEGMENTS);
	options.format = &ndjson_format;
	start();
	ck_assert(display_shows(&displays.context, DISPLAY_SEGMENT_RECORDS));
	ck_assert(!display_shows(&displays.context, DISPLAY_SEGMENTS));
	ck_assert(!display_shows(&displays.context, DISPLAY_RECORDS));
	options.stream = true;
	ck_assert(!display_check(&options, why));
}
END_TEST

/* ---- what does not go together ---- */

#define assert_refused(part)						\
	do {								\
		ck_assert(!display_check(&options, why));		\
		ck_assert_msg(strstr(why, part) != NULL, "%s", why);	\
	} while (0)

START_TEST(two_main_displays_are_refused)
{
	choose(DISPLAY_TABLE);
	choose(DISPLAY_STATES);
	assert_refused("--table and --states do not go together");
	options.chosen = 0;
	choose(DISPLAY_TABLE);
	options.format = &csv_format;
	assert_refused("--table and records (--format) do not go together");
}
END_TEST

START_TEST(options_that_come_too_early_are_refused)
{
	choose(DISPLAY_STATES);
	options.select.has_limit = true;
	assert_refused("--limit does not go with --states: --states prints");
	options.select = (struct select_rules){ .only = SELECT_OPEN };
	assert_refused("--only does not go with --states");
	options.select = (struct select_rules){ .only = 0 };
	options.interval_ns = 1;
	assert_refused("--interval does not go with --states");
	options.interval_ns = 0;
	ck_assert(display_check(&options, why));
}
END_TEST

START_TEST(a_stream_is_of_records)
{
	options.stream = true;
	assert_refused("--stream writes records");
	options.format = &csv_format;
	ck_assert(display_check(&options, why));
	options.interval_ns = 1;
	assert_refused("--interval does not go with --csv: a row of CSV");
	options.interval_ns = 0;
	options.select.sort = record_find("conn");
	assert_refused("--sort does not go with --stream");
}
END_TEST

START_TEST(every_display_says_why_it_refuses)
{
	for (unsigned i = 0; i < DISPLAY_COUNT; i++) {
		options = (struct display_options){
		    .chosen = UINT32_C(1) << i, .format = NULL };
		if (!display_check(&options, why))
			continue;
		start();
		for (unsigned j = 0; j < displays.count; j++) {
			const struct display *display = &displays.display[j];

			ck_assert_ptr_nonnull(display->words);
			if (display->type->excludes != 0)
				ck_assert_ptr_nonnull(display->type->because);
		}
		displays_fini(&displays);
	}
}
END_TEST

/* ---- when functions are called ---- */

static void
note(const char *call)
{
	ck_assert_uint_lt(strlen(calls) + strlen(call), sizeof(calls));
	(void)snprintf(calls + strlen(calls), sizeof(calls) - strlen(calls),
	    "%s", call);
}

static void
on_begin(struct display *display)
{
	note(display->context->wants_heading ? "B" : "b");
}

static void
on_interval(struct display *display UNUSED,
    const struct interval *interval UNUSED)
{
	note("i");
}

static void
on_tick(struct display *display UNUSED, const struct tcpstates *ts UNUSED)
{
	note("t");
}

static int
on_finish(struct display *display UNUSED, const struct tcpstates *ts UNUSED)
{
	note("F");
	return 0;
}

static int
on_interim(struct display *display UNUSED, const struct tcpstates *ts UNUSED)
{
	note("I");
	return 0;
}

static const struct display_type output_type = {
	.place = DISPLAY_ALONE,
	.begin = on_begin,
	.interval = on_interval,
	.tick = on_tick,
	.finish = on_finish,
	.interim = on_interim,
}, file_type = {
	.place = DISPLAY_FILE,
	.begin = on_begin,
	.finish = on_finish,
};

/* One display of this type alone. */
static void
start_type(const struct display_type *type)
{
	start();
	displays.display[0].type = type;
}

START_TEST(headings_come_once_before_the_first_frame)
{
	start_type(&output_type);
	displays_begin(&displays, &capture, 5);
	displays_begin(&displays, &capture, 7);
	ck_assert_int_eq(displays.context.time.base_ns, 5);
	displays_interval(&displays, NULL);
	displays_tick(&displays, NULL);
	ck_assert_int_eq(displays_finish(&displays, NULL, &capture), 0);
	ck_assert_str_eq(calls, "BitF");
}
END_TEST

START_TEST(a_report_before_the_first_frame_begins_without_its_time)
{
	start_type(&output_type);
	ck_assert_int_eq(displays_interim(&displays, NULL, &capture), 0);
	displays_begin(&displays, &capture, 5);
	ck_assert_int_eq(displays.context.time.base_ns, 5);
	ck_assert_int_eq(displays_interim(&displays, NULL, &capture), 0);
	ck_assert_str_eq(calls, "BII");
}
END_TEST

START_TEST(an_empty_capture_has_headings)
{
	start_type(&output_type);
	ck_assert_int_eq(displays_finish(&displays, NULL, &capture), 0);
	ck_assert_str_eq(calls, "BF");
}
END_TEST

START_TEST(a_new_file_has_headings_again)
{
	options.no_header = true;
	start_type(&output_type);
	displays_begin_again(&displays, &capture);
	ck_assert_str_eq(calls, "");
	displays_begin(&displays, &capture, 5);
	displays_begin_again(&displays, &capture);
	ck_assert_str_eq(calls, "bb");
}
END_TEST

START_TEST(an_output_of_its_own_is_written_once)
{
	start_type(&file_type);
	displays_begin(&displays, &capture, 5);
	displays_begin_again(&displays, &capture);
	(void)displays_interim(&displays, NULL, &capture);
	(void)displays_finish(&displays, NULL, &capture);
	ck_assert_str_eq(calls, "BF");
	ck_assert(!displays_are_gradual(&displays));
}
END_TEST

START_TEST(no_memory_for_the_state_of_a_display_is_reported)
{
	options.format = &ndjson_format;
	options.stream = true;
	mem_fail_after(1);
	ck_assert_int_ne(displays_init(&displays, &options, printed_out,
	    false, 0, false), 0);
	mem_fail_after(0);
}
END_TEST

int
main(void)
{
	TCase *cases[] = {
		tcase_create("active"), tcase_create("refused"),
		tcase_create("calls"),
	};
	Suite *suite = suite_create("display");

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		tcase_add_checked_fixture(cases[i], setup, teardown);
		suite_add_tcase(suite, cases[i]);
	}
	tcase_add_test(cases[0],
	    the_report_is_shown_when_nothing_is_asked_for);
	tcase_add_test(cases[0],
	    a_chosen_display_takes_the_place_of_the_report);
	tcase_add_test(cases[0], added_displays_stand_beside_the_report);
	tcase_add_test(cases[0], records_replace_all_text);
	tcase_add_test(cases[0],
	    records_of_intervals_and_streams_are_written_as_they_come);
	tcase_add_test(cases[0], to_sort_takes_the_analysis);
	tcase_add_test(cases[1], segments_with_a_format_are_records);
	tcase_add_test(cases[1], two_main_displays_are_refused);
	tcase_add_test(cases[1], options_that_come_too_early_are_refused);
	tcase_add_test(cases[1], a_stream_is_of_records);
	tcase_add_test(cases[1], every_display_says_why_it_refuses);
	tcase_add_test(cases[2], headings_come_once_before_the_first_frame);
	tcase_add_test(cases[2],
	    a_report_before_the_first_frame_begins_without_its_time);
	tcase_add_test(cases[2], an_empty_capture_has_headings);
	tcase_add_test(cases[2], a_new_file_has_headings_again);
	tcase_add_test(cases[2], an_output_of_its_own_is_written_once);
	tcase_add_test(cases[2],
	    no_memory_for_the_state_of_a_display_is_reported);
	return check_main(suite);
}
