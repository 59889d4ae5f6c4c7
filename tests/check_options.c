/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <check.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/compiler.h"
#include "base/nstime.h"
#include "cli/options.h"
#include "cli/rows.h"
#include "check_main.h"

#define WORDS_MAX	16

static char directory[] = "/tmp/check_options.XXXXXX";

static void
make_file(const char *name)
{
	const int fd = open(name, O_WRONLY | O_CREAT, 0600);

	ck_assert_int_ge(fd, 0);
	close(fd);
}

/* A directory with two files, and a directory called "tcp", to be in. */
static void
set_up(void)
{
	ck_assert_ptr_nonnull(mkdtemp(directory));
	ck_assert_int_eq(chdir(directory), 0);
	make_file("a.cap");
	make_file("b.cap");
	make_file("udp");
	ck_assert_int_eq(mkdir("tcp", 0700), 0);
}

static void
tear_down(void)
{
	unlink("a.cap");
	unlink("b.cap");
	unlink("udp");
	rmdir("tcp");
	ck_assert_int_eq(chdir("/"), 0);
	rmdir(directory);
}

/* Parses the words of one line. */
static bool
parse(struct options *options, const char *line, enum status *ret_status)
{
	static char copy[512];
	static char name[] = "tcpstates";
	static char *argv[WORDS_MAX + 1];
	int argc = 1;
	char *rest = copy;

	argv[0] = name;
	ck_assert_uint_lt(strlen(line), sizeof(copy));
	memcpy(copy, line, strlen(line) + 1);
	while (argc < WORDS_MAX && (argv[argc] = strsep(&rest, " ")) != NULL)
		argc++;
	argv[argc] = NULL;
	optind = 0;	/* begin again, in glibc and musl */
	return options_parse(options, argc, argv, ret_status);
}

static const struct {
	const char *line;
	const char *files;
	const char *filter;
} lines[] = {
	{ "a.cap", "a.cap", NULL },
	{ "-r a.cap", "a.cap", NULL },
	{ "-ra.cap -rb.cap", "a.cap, b.cap", NULL },
	{ "a.cap b.cap", "a.cap, b.cap", NULL },
	{ "b.cap - a.cap", "b.cap, -, a.cap", NULL },
	{ "a.cap port 80", "a.cap", "port 80" },
	{ "a.cap tcp", "a.cap", "tcp" },	/* there is such a directory */
	{ "a.cap udp", "a.cap, udp", NULL },	/* and such a file */
	{ "-r a.cap udp", "a.cap", "udp" },
	{ "tcp", "tcp", NULL },
	{ "-f port a.cap", "a.cap", "port" },
	{ "a.cap -v port 80", "a.cap", "port 80" },
	{ "a.cap -- port -1", "a.cap", "port -1" },
	{ "-i lo", "", NULL },
	{ "-i lo port 80", "", "port 80" },
	{ "-F /dev/null a.cap", "a.cap", NULL },
};

START_TEST(words_are_files_as_long_as_there_are_then_filter)
{
	struct options options;
	enum status status;

	ck_assert(parse(&options, lines[_i].line, &status));
	ck_assert_str_eq(options.input_names, lines[_i].files);
	if (lines[_i].filter == NULL)
		ck_assert_ptr_null(options.source.filter);
	else
		ck_assert_str_eq(options.source.filter, lines[_i].filter);
	options_fini(&options);
}
END_TEST

static const struct {
	const char *line;
	enum status status;
} wrong[] = {
	{ "", STATUS_USAGE },
	{ "port 80", STATUS_USAGE },
	{ "c.cap", STATUS_FAILED },
	{ "./c", STATUS_FAILED },
	{ "-r a.cap -i lo", STATUS_USAGE },
	{ "-r a.cap b.cap", STATUS_USAGE },
	{ "-i lo a.cap", STATUS_USAGE },
	{ "-p a.cap", STATUS_USAGE },
	{ "-y EN10MB a.cap", STATUS_USAGE },
	{ "-x a.cap", STATUS_USAGE },
	{ "--nothing a.cap", STATUS_USAGE },
	{ "--co a.cap", STATUS_USAGE },		/* --conn, --color, --count */
	{ "-r", STATUS_USAGE },
	{ "-c", STATUS_USAGE },
	{ "-c x a.cap", STATUS_USAGE },
	{ "-F nothing a.cap", STATUS_FAILED },
	{ "-f tcp -F udp a.cap", STATUS_USAGE },
	{ "-i lo -s 262145", STATUS_USAGE },
	{ "-J --table a.cap", STATUS_USAGE },
	{ "--segments --limit=1 a.cap", STATUS_USAGE },
};

START_TEST(what_makes_no_sense_is_refused)
{
	struct options options;
	enum status status = STATUS_OK;

	ck_assert(!parse(&options, wrong[_i].line, &status));
	ck_assert_int_eq(status, wrong[_i].status);
	options_fini(&options);
}
END_TEST

START_TEST(defaults_of_live_capture)
{
	struct options options;
	enum status status;

	ck_assert(parse(&options, "-i lo", &status));
	ck_assert_uint_eq(options.source.snaplen, 256);
	ck_assert_uint_eq(options.source.ring_size, 16 << 20);
	ck_assert(!options.source.no_promiscuous);
	ck_assert(!options.source.immediate);
	ck_assert_int_eq(options.source.direction, SOURCE_INOUT);
	options_fini(&options);
}
END_TEST

/* What never ends has limits; a file has those that were asked for. */
START_TEST(limits_are_for_what_never_ends)
{
	static const char *const endless[] = {
		"-i lo", "--stream -J a.cap",
	};
	struct options options;
	enum status status;

	for (size_t i = 0; i < ARRAY_LEN(endless); i++) {
		ck_assert(parse(&options, endless[i], &status));
		ck_assert_uint_eq(options.limits.max_conns, 1000000);
		ck_assert_uint_eq(options.limits.max_ended, 250000);
		ck_assert_uint_eq(options.limits.max_pending, 256 << 20);
		ck_assert_int_eq(options.limits.half_open_ns, 130 *
		    NS_PER_SEC);
		ck_assert_int_eq(options.limits.idle_ns, 3600 * NS_PER_SEC);
		ck_assert_int_eq(options.limits.linger_ns, 120 * NS_PER_SEC);
		ck_assert(options.limits.drop_ended == (i == 1));
		options_fini(&options);
	}
	ck_assert(parse(&options, "a.cap", &status));
	ck_assert(!limits_any(&options.limits));
	ck_assert_uint_eq(options.limits.max_pending, 0);
	options_fini(&options);
	ck_assert(parse(&options, "--max-pending=3k a.cap", &status));
	ck_assert_uint_eq(options.limits.max_pending, 3072);
	options_fini(&options);
	ck_assert(parse(&options, "--idle-timeout=5 a.cap", &status));
	ck_assert_int_eq(options.limits.idle_ns, 5 * NS_PER_SEC);
	ck_assert_int_eq(options.limits.linger_ns, 0);
	options_fini(&options);
	ck_assert(parse(&options, "-i lo --max-conns=0 --max-ended=0 "
	    "--half-open-timeout=0 --idle-timeout=0 --linger=0", &status));
	ck_assert(!limits_any(&options.limits));
	options_fini(&options);
	ck_assert(parse(&options, "--interval=1m30s a.cap", &status));
	ck_assert_int_eq(options.display.interval_ns, 90 * NS_PER_SEC);
	options_fini(&options);
}
END_TEST

START_TEST(options_of_live_capture)
{
	struct options options;
	enum status status;

	ck_assert(parse(&options, "-i lo -s 0 -B 64M -p -Q in -c 9 "
	    "--immediate-mode --duration=1h30m -y EN10MB", &status));
	ck_assert_uint_eq(options.source.snaplen, 262144);
	ck_assert_uint_eq(options.source.ring_size, 64 << 20);
	ck_assert(options.source.no_promiscuous);
	ck_assert(options.source.immediate);
	ck_assert_int_eq(options.source.direction, SOURCE_IN);
	ck_assert_uint_eq(options.source.max_frames, 9);
	ck_assert_int_eq(options.source.duration_ns, 5400 *
	    INT64_C(1000000000));
	ck_assert_str_eq(options.source.link_type, "EN10MB");
	options_fini(&options);
	ck_assert(parse(&options, "-i lo -B 64", &status));
	ck_assert_uint_eq(options.source.ring_size, 64 << 10);
	options_fini(&options);
}
END_TEST

START_TEST(one_connection_is_told_from_several)
{
	struct options options;
	enum status status;

	ck_assert(parse(&options, "--segments=7 a.cap", &status));
	ck_assert(options.display.is_one_conn);
	options_fini(&options);
	ck_assert(parse(&options, "--segments a.cap", &status));
	ck_assert(!options.display.is_one_conn);
	options_fini(&options);
	ck_assert(parse(&options, "--segments=7-9 a.cap", &status));
	ck_assert(!options.display.is_one_conn);
	options_fini(&options);
	ck_assert(parse(&options, "--segments=7 --conn=8 a.cap", &status));
	ck_assert(!options.display.is_one_conn);
	options_fini(&options);
}
END_TEST

START_TEST(both_versions_of_ip_are_all)
{
	struct options options;
	enum status status;

	ck_assert(parse(&options, "-4 a.cap", &status));
	ck_assert_int_eq(options.source.ip, SOURCE_IP4);
	options_fini(&options);
	ck_assert(parse(&options, "-6 -4 a.cap", &status));
	ck_assert_int_eq(options.source.ip, SOURCE_IP_ANY);
	options_fini(&options);
}
END_TEST

START_TEST(rows_have_a_name_help_and_a_letter_of_their_own)
{
	for (size_t i = 0; i < optrow_count(); i++) {
		const struct optrow *row = optrow_at(i);

		ck_assert_ptr_nonnull(row->name);
		ck_assert_ptr_nonnull(row->set);
		ck_assert_uint_gt(strlen(row->help), 0);
		ck_assert_int_ne(row->help[strlen(row->help) - 1], '.');
		ck_assert_ptr_nonnull(optrow_group_name(row->group));
		for (size_t k = 0; k < i; k++) {
			ck_assert_str_ne(optrow_at(k)->name, row->name);
			ck_assert(row->letter == 0 ||
			    optrow_at(k)->letter != row->letter);
		}
	}
}
END_TEST

/* The words of an option are those that it accepts. */
START_TEST(choices_are_accepted_and_nothing_else)
{
	unsigned count = 0;

	for (size_t i = 0; i < optrow_count(); i++) {
		const struct optrow *row = optrow_at(i);
		struct options options = { .action = ACTION_REPORT };

		if (row->choices == NULL)
			continue;
		for (size_t k = 0; row->choices[k] != NULL; k++, count++)
			ck_assert_ptr_null(row->set(&options,
			    row->choices[k]));
		ck_assert_ptr_nonnull(row->set(&options, "?"));
		options_fini(&options);
	}
	ck_assert_uint_ge(count, 17);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("options");
	TCase *t = tcase_create("lines");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_loop_test(t,
	    words_are_files_as_long_as_there_are_then_filter, 0,
	    (int)ARRAY_LEN(lines));
	tcase_add_loop_test(t, what_makes_no_sense_is_refused, 0,
	    (int)ARRAY_LEN(wrong));
	tcase_add_test(t, defaults_of_live_capture);
	tcase_add_test(t, limits_are_for_what_never_ends);
	tcase_add_test(t, options_of_live_capture);
	tcase_add_test(t, one_connection_is_told_from_several);
	tcase_add_test(t, both_versions_of_ip_are_all);
	tcase_add_test(t, rows_have_a_name_help_and_a_letter_of_their_own);
	tcase_add_test(t, choices_are_accepted_and_nothing_else);
	suite_add_tcase(s, t);
	return s;
}

int
main(void)
{
	return check_main(suite());
}
