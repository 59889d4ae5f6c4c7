/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The live screen without a terminal: cells and the bytes that draw them, keys,
 * filters, orders, and the layout at several sizes.
 */
#include "config.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

#include "base/compiler.h"
#include "base/nstime.h"
#include "check_main.h"
#include "tcp/state.h"
#include "top/keys.h"
#include "top/layout.h"
#include "top/screen.h"

static struct screen shown, wanted;
static const struct screen_style plain = { false, false };
static const struct screen_style rich = { true, true };
static char out[65536];
static struct entry entries[3];
static struct layout_pane pane;
static struct layout_view view;

/* ---- screen ---- */

static const char *
diff(const struct screen_style *style, size_t size)
{
	bool is_whole;
	const size_t len = screen_diff(&shown, &wanted, style, out, size,
	    &is_whole);

	ck_assert_uint_lt(len, sizeof(out));
	out[len] = '\0';
	return out;
}

static void
make_screens(unsigned lines, unsigned columns)
{
	screen_resize(&wanted, lines, columns);
	screen_resize(&shown, lines, columns);
}

START_TEST(only_changed_cells_are_written)
{
	make_screens(4, 20);
	ck_assert_str_eq(diff(&plain, sizeof(out) - 1), "");
	screen_put(&wanted, 1, 3, LOOK_PLAIN, "abc");
	ck_assert_str_eq(diff(&plain, sizeof(out) - 1), "\033[2;4Habc");
	ck_assert_str_eq(diff(&plain, sizeof(out) - 1), "");
	screen_put(&wanted, 1, 4, LOOK_PLAIN, "x");
	ck_assert_str_eq(diff(&plain, sizeof(out) - 1), "\033[2;5Hx");
}
END_TEST

START_TEST(looks_are_reset_at_the_end)
{
	make_screens(2, 20);
	screen_put(&wanted, 0, 0, LOOK_BOLD | LOOK_RED, "a");
	ck_assert_str_eq(diff(&rich, sizeof(out) - 1),
	    "\033[1;1H\033[0;1;31ma\033[0m");
	screen_put(&wanted, 1, 0, LOOK_BOLD | LOOK_RED, "b");
	ck_assert_str_eq(diff(&plain, sizeof(out) - 1),
	    "\033[2;1H\033[0;1mb\033[0m");
}
END_TEST

START_TEST(another_size_clears_the_terminal)
{
	make_screens(2, 20);
	screen_resize(&wanted, 3, 10);
	screen_put(&wanted, 2, 9, LOOK_PLAIN, "z");
	ck_assert_str_eq(diff(&plain, sizeof(out) - 1),
	    "\033[0m\033[2J\033[3;10Hz");
}
END_TEST

/* No byte from outside is a control, whatever it is. */
START_TEST(hostile_text_is_harmless)
{
	char text[2] = "";

	make_screens(1, 2);
	for (unsigned byte = 1; byte < 256; byte++) {
		text[0] = (char)byte;
		screen_clear(&wanted);
		screen_clear(&shown);
		screen_put(&wanted, 0, 0, LOOK_PLAIN, text);
		diff(&plain, sizeof(out) - 1);
		for (const char *c = out; *c != '\0'; c++)
			ck_assert((*c >= ' ' && *c <= '~') ||
			    (*c == '\033' && c == out));
	}
}
END_TEST

START_TEST(bars_follow_the_locale)
{
	make_screens(1, 9);
	screen_put(&wanted, 0, 0, LOOK_PLAIN, "\1\4\10");
	ck_assert_str_eq(diff(&rich, sizeof(out) - 1),
	    "\033[1;1H\xe2\x96\x81\xe2\x96\x84\xe2\x96\x88");
	screen_clear(&shown);
	ck_assert_str_eq(diff(&plain, sizeof(out) - 1), "\033[1;1H_=@");
}
END_TEST

/* A small buffer takes several calls, and leaves no sequence in two parts. */
START_TEST(a_full_buffer_continues)
{
	size_t taken = 0;
	bool is_whole = false;

	make_screens(3, 60);
	for (unsigned line = 0; line < 3; line++)
		screen_fill(&wanted, line, 0, LOOK_BOLD, 'x');
	for (unsigned i = 0; i < 100 && !is_whole; i++) {
		const size_t len = screen_diff(&shown, &wanted, &plain, out,
		    SCREEN_DIFF_MIN, &is_whole);

		ck_assert_uint_le(len, SCREEN_DIFF_MIN);
		out[len] = '\0';
		ck_assert(len == 0 || out[0] == '\033');
		taken += len;
	}
	ck_assert(is_whole);
	ck_assert_uint_gt(taken, 3 * 60);
	ck_assert_int_eq(memcmp(&shown, &wanted, sizeof(shown)), 0);
}
END_TEST

START_TEST(sizes_and_places_are_bounded)
{
	screen_resize(&wanted, 100000, 100000);
	ck_assert_uint_eq(wanted.lines, SCREEN_LINES_MAX);
	ck_assert_uint_eq(wanted.columns, SCREEN_COLUMNS_MAX);
	screen_put(&wanted, 100000, 0, LOOK_PLAIN, "out of the screen");
	screen_put(&wanted, 0, SCREEN_COLUMNS_MAX - 2, LOOK_PLAIN, "cut");
	screen_mark_line(&wanted, 100000, LOOK_BOLD);
	screen_put_right(&wanted, 0, 0, 2, LOOK_PLAIN, "cut");
	ck_assert_uint_eq(wanted.cells[1].glyph, 'u');
}
END_TEST

/* ---- keys ---- */

/* The keys of some bytes, as numbers. */
static void
assert_keys(const char *bytes, const int *expected, unsigned count)
{
	struct keys keys = { 0 };
	unsigned found = 0;

	for (; *bytes != '\0'; bytes++) {
		const int key = keys_byte(&keys, (unsigned char)*bytes);

		if (key == KEY_NONE)
			continue;
		ck_assert_uint_lt(found, count);
		ck_assert_int_eq(key, expected[found++]);
	}
	ck_assert_uint_eq(found, count);
}

START_TEST(keys_of_all_terminals)
{
	static const int expected[] = {
		'j', KEY_UP, KEY_DOWN, KEY_HOME, KEY_END, KEY_HOME, KEY_END,
		KEY_HOME, KEY_END, KEY_PAGE_UP, KEY_PAGE_DOWN, KEY_UP,
		KEY_ENTER, KEY_DELETE, KEY_ANSWER, 'q',
	};

	assert_keys("j\033[A\033OB\033[H\033[F\033[1~\033[4~\033[7~\033[8~"
	    "\033[5~\033[6~\033[1;5A\r\b\033[0nq", expected, ARRAY_LEN(expected));
}
END_TEST

START_TEST(unknown_sequences_are_no_keys)
{
	static const int expected[] = { 'q' };

	assert_keys("\033[99999999999999999999~\033[?1;2c\033Px\033[200~q",
	    (const int[]){ 'x', 'q' }, 2);
	assert_keys("\033[<0;10;10mq", expected, 1);
}
END_TEST

START_TEST(escape_alone_is_a_key)
{
	struct keys keys = { 0 };

	ck_assert_int_eq(keys_byte(&keys, 27), KEY_NONE);
	ck_assert(keys_is_escape(&keys));
	keys_end(&keys);
	ck_assert(!keys_is_escape(&keys));
	ck_assert_int_eq(keys_byte(&keys, 'A'), 'A');
}
END_TEST

/* ---- entries ---- */

static struct entry
make_entry(uint64_t number, const char *orig, const char *resp,
    enum limit limit)
{
	struct entry e = {
		.figures = {
			.number = number,
			.state = { STATE_ESTABLISHED, STATE_CLOSE_WAIT },
			.limit = limit,
			.first_ns = 0,
			.rtt_ns = 12 * NS_PER_MS,
			.rtt_p99_ns = 211 * NS_PER_MS,
			.flight = 5000,
			.window = 10000,
			.sent = { 1000, 2000 },
			.port = { 51544, 443 },
		},
		.has_rate = true,
		.rate = { 1200, 212000000 },
		.carried = 1000,
		.resent = 18,
		.trend = { 0, 1, 2, 3, 4, 5 },
		.waited_ns = 2 * NS_PER_SEC,
	};

	snprintf(e.figures.endpoint[0], sizeof(e.figures.endpoint[0]), "%s",
	    orig);
	snprintf(e.figures.endpoint[1], sizeof(e.figures.endpoint[1]), "%s",
	    resp);
	for (unsigned i = 0; i < 2; i++)
		e.figures.address_len[i] = (uint8_t)(strrchr(
		    e.figures.endpoint[i], ':') - e.figures.endpoint[i]);
	return e;
}

static void
make_entries(void)
{
	entries[0] = make_entry(1, "10.0.4.17:51544", "198.51.100.20:443",
	    LIMIT_WINDOW);
	entries[1] = make_entry(2, "[2001:db8:a:1:2:3:4:5]:51544",
	    "[2001:db8::20]:443", LIMIT_SENDS);
	entries[2] = make_entry(3, "10.0.9.5:60112", "203.0.113.94:443",
	    LIMIT_ENDED);
	entries[2].rate[1] = 0;
}

START_TEST(filters_match)
{
	static const struct {
		const char *filter;
		bool matches;
	} cases[] = {
		{ "", true },
		{ "10.0.4", true },
		{ "!10.0.4", false },
		{ "ESTAB", true },
		{ "close-wait window", true },
		{ "window responder", false },
		{ "port 443", true },
		{ "port 44", false },
		{ "host 10.0.4.17", true },
		{ "host 10.0.4.1", false },
		{ "rtt>10ms", true },
		{ "rtt>10", true },
		{ "rtt<10ms", false },
		{ "p99>200ms", true },
		{ "p99>1s", false },
		{ "rtx>1", true },
		{ "rtx>2", false },
		{ "rate>100M", true },
		{ "rate>1G", false },
		{ "age>2s", true },
		{ "age<2s", false },
		{ "host", true },	/* still being typed */
		{ "rtt>", true },
		{ "rtt>1x", true },
		{ "!", true },
		{ "nonsense>5", true },
		{ "rtt>99999999999999999999999h", false },
	};

	make_entries();
	ck_assert(entry_matches(&entries[0], cases[_i].filter,
	    3 * NS_PER_SEC) == cases[_i].matches);
}
END_TEST
#define FILTERS	27

START_TEST(hosts_match_without_brackets)
{
	make_entries();
	ck_assert(entry_matches(&entries[1], "host 2001:db8::20", 0));
	ck_assert(!entry_matches(&entries[1], "host 2001:db8::2", 0));
}
END_TEST

START_TEST(trouble_comes_first_and_ends_last)
{
	make_entries();
	ck_assert_int_lt(entry_compare(&entries[0], &entries[1],
	    ORDER_TROUBLE), 0);
	ck_assert_int_gt(entry_compare(&entries[2], &entries[1],
	    ORDER_TROUBLE), 0);
	ck_assert_int_gt(entry_compare(&entries[2], &entries[0],
	    ORDER_RATE), 0);
	ck_assert_int_lt(entry_compare(&entries[0], &entries[2],
	    ORDER_NUMBER), 0);
}
END_TEST

/* ---- layout ---- */

static const char *
line_of(unsigned line)
{
	static char text[SCREEN_COLUMNS_MAX + 1];
	unsigned len = 0;

	for (unsigned i = 0; i < wanted.columns; i++) {
		const uint8_t glyph =
		    wanted.cells[line * SCREEN_COLUMNS_MAX + i].glyph;

		text[i] = glyph < SCREEN_BAR ? (char)glyph : '|';
		if (text[i] != ' ')
			len = i + 1;
	}
	text[len] = '\0';
	return text;
}

static void
draw(unsigned lines, unsigned columns)
{
	make_entries();
	pane = (struct layout_pane){ .count = 1, .text = {
		{ LOOK_BOLD, 2, "CLIENT (client-slow): The client reads too "
		    "slowly, and this sentence is longer than a line of the "
		    "screen is wide." } } };
	view = (struct layout_view){
		.heading = {
			.input = "eth0", .clock = "12:04:31", .is_live = true,
			.span_ns = 192 * NS_PER_SEC, .has_rates = true,
			.bits = 412000000, .packets = 48000,
			.has_dropped = true, .open = 312, .conns = 1204,
			.opened = 46, .half_open = 9, .resets = 12,
			.reset_rate = 1, .retrans = 7, .lost_upstream = 2,
			.lost_downstream = 5,
		},
		.filter = "",
		.average = 5,
		.frames_ns = 178 * NS_PER_SEC,
		.entries = entries,
		.entry_count = ARRAY_LEN(entries),
		.total = ARRAY_LEN(entries),
		.pane = &pane,
	};
	screen_resize(&wanted, lines, columns);
	layout_draw(&wanted, &view);
}

START_TEST(eighty_columns)
{
	draw(24, 80);
	ck_assert_str_eq(line_of(0), "tcpstates eth0  3m12s  412Mbit/s  "
	    "48k pkt/s  0 dropped                  12:04:31");
	ck_assert_str_eq(line_of(1), "312 open of 1204  +46/s  9 without "
	    "answer  12 reset +1/s  7 retransmitted ^2 v5");
	ck_assert_str_eq(line_of(3), " ORIGINATOR           RESPONDER"
	    "             ENDS  RATE> <RATE RTT50   P99 RTX% L");
	ck_assert_str_eq(line_of(4), ">10.0.4.17:51544      198.51.100.20:443"
	    "     E/CW   1.2k  212M  12ms 211ms  1.8 w");
	ck_assert_str_eq(line_of(5), " [2001:db..4:5]:51544 [2001:db8::20]:443"
	    "    E/CW   1.2k  212M  12ms 211ms  1.8 .");
	ck_assert_str_eq(line_of(18), "----- 1 of 3 -- #1: waits for: window "
	    "------------------------------------------");
	ck_assert_int_eq(strncmp(line_of(20), "  ", 2), 0);
	ck_assert(strstr(line_of(20), "screen is wide.") != NULL);
	ck_assert(strstr(line_of(23), "q end") != NULL);
}
END_TEST

START_TEST(heading_has_the_side_of_losses)
{
	draw(40, 132);
	ck_assert_str_eq(line_of(1), "312 open of 1204  +46/s  9 without "
	    "answer  12 reset +1/s  7 retransmitted, lost upstream 2, lost "
	    "downstream 5");
	/* Where the words take too much room, they are short. */
	view.heading.conns = 120400;
	screen_resize(&wanted, 24, 80);
	layout_draw(&wanted, &view);
	ck_assert_str_eq(line_of(1), "312 open of 120400  +46/s  9 without "
	    "answer  12 reset +1/s  7 RTX ^2 v5");
}
END_TEST

START_TEST(wide_screens_show_more)
{
	draw(40, 132);
	ck_assert(strstr(line_of(3), "AGE") != NULL);
	ck_assert(strstr(line_of(4), "ESTABLISHED") != NULL);
	draw(40, 200);
	ck_assert(strstr(line_of(3), "FLIGHT/WIN") != NULL);
	ck_assert(strstr(line_of(4), "#####.....") != NULL);
	ck_assert(strstr(line_of(5), "[2001:db8:a:1:2:3:4:5]:51544") != NULL);
}
END_TEST

START_TEST(narrow_and_low_screens_show_the_list)
{
	draw(10, 40);
	ck_assert_str_eq(line_of(2),
	    ">10.0.4.17:51544    198.51.100.20:443  w");
	draw(5, 30);
	ck_assert(strstr(line_of(2), ":51544") != NULL);
	draw(2, 60);
	ck_assert_str_eq(line_of(0), "the terminal is too small: 60x2");
}
END_TEST

/* Any size and any mode: nothing is written beyond the cells. */
START_TEST(every_size_can_be_drawn)
{
	for (unsigned lines = 0; lines < 60; lines++)
		for (unsigned columns = 0; columns < 220; columns += 3) {
			draw(lines, columns);
			view.entry_count = 0;
			view.selected = 0;
			view.mode = (enum layout_mode)(columns % 5);
			layout_draw(&wanted, &view);
		}
}
END_TEST

START_TEST(what_is_not_known_is_a_dash)
{
	draw(24, 80);
	entries[0].has_rate = false;
	entries[0].figures.rtt_ns = -1;
	entries[0].figures.rtt_p99_ns = -1;
	entries[1].resent = 0;
	layout_draw(&wanted, &view);
	ck_assert(strstr(line_of(4), "    -     -     -     -    - w") !=
	    NULL);
	ck_assert(strstr(line_of(5), "211ms    0 .") != NULL);
}
END_TEST

START_TEST(modes_say_so)
{
	draw(24, 80);
	view.frozen_at = "12:04:31";
	view.filter = "port 443";
	layout_draw(&wanted, &view);
	ck_assert(strstr(line_of(2), "filter: port 443") != NULL);
	ck_assert(strstr(line_of(2), "FROZEN 12:04:31") != NULL);
	view.mode = MODE_SORT;
	layout_draw(&wanted, &view);
	ck_assert(strstr(line_of(2), "r=rate") != NULL);
	view.mode = MODE_HELP;
	layout_draw(&wanted, &view);
	ck_assert_str_eq(line_of(0), "Keys");
	view.mode = MODE_ONE;
	layout_draw(&wanted, &view);
	ck_assert(strstr(line_of(2), "CLIENT") != NULL);
}
END_TEST

START_TEST(dropped_packets_stand_out)
{
	draw(24, 80);
	view.heading.dropped = 7;
	layout_draw(&wanted, &view);
	ck_assert(strstr(line_of(0), "7 dropped") != NULL);
	ck_assert_uint_eq(wanted.cells[(size_t)(strstr(line_of(0),
	    "7 dropped") - line_of(0))].look, LOOK_BOLD | LOOK_RED);
	draw(10, 40);
	view.heading.dropped = 7;
	layout_draw(&wanted, &view);
	ck_assert(strstr(line_of(0), "eth0  7 dropped  ") != NULL);
}
END_TEST

/* Of a finished capture: verdicts, and the costliest trouble first. */
START_TEST(finished_captures_show_verdicts)
{
	draw(24, 80);
	for (unsigned i = 0; i < ARRAY_LEN(entries); i++) {
		entries[i].is_finished = true;
		entries[i].verdict = "server-slow";
		entries[i].severity = 3;
		entries[i].cost_ns = (int64_t)i * NS_PER_SEC;
	}
	view.heading.is_live = false;
	view.average = 0;
	layout_draw(&wanted, &view);
	ck_assert(strstr(line_of(3), "BYT>") != NULL);
	ck_assert(strstr(line_of(3), "VERDICT") != NULL);
	ck_assert(strstr(line_of(4), " server-slow") != NULL);
	ck_assert_int_lt(entry_compare(&entries[1], &entries[0],
	    ORDER_TROUBLE), 0);
	entries[0].severity = 4;
	ck_assert_int_gt(entry_compare(&entries[1], &entries[0],
	    ORDER_TROUBLE), 0);
	ck_assert(entry_matches(&entries[0], "server-slow", 0));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("top");
	TCase *tc = tcase_create("top");

	tcase_add_test(tc, only_changed_cells_are_written);
	tcase_add_test(tc, looks_are_reset_at_the_end);
	tcase_add_test(tc, another_size_clears_the_terminal);
	tcase_add_test(tc, hostile_text_is_harmless);
	tcase_add_test(tc, bars_follow_the_locale);
	tcase_add_test(tc, a_full_buffer_continues);
	tcase_add_test(tc, sizes_and_places_are_bounded);
	tcase_add_test(tc, keys_of_all_terminals);
	tcase_add_test(tc, unknown_sequences_are_no_keys);
	tcase_add_test(tc, escape_alone_is_a_key);
	tcase_add_loop_test(tc, filters_match, 0, FILTERS);
	tcase_add_test(tc, hosts_match_without_brackets);
	tcase_add_test(tc, trouble_comes_first_and_ends_last);
	tcase_add_test(tc, eighty_columns);
	tcase_add_test(tc, heading_has_the_side_of_losses);
	tcase_add_test(tc, wide_screens_show_more);
	tcase_add_test(tc, narrow_and_low_screens_show_the_list);
	tcase_add_test(tc, every_size_can_be_drawn);
	tcase_add_test(tc, what_is_not_known_is_a_dash);
	tcase_add_test(tc, modes_say_so);
	tcase_add_test(tc, dropped_packets_stand_out);
	tcase_add_test(tc, finished_captures_show_verdicts);
	suite_add_tcase(suite, tc);
	return check_main(suite);
}
