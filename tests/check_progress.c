/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <check.h>
#include <string.h>

#include "base/compiler.h"
#include "base/nstime.h"
#include "capture/source.h"
#include "cli/progress.h"
#include "check_main.h"

static const struct {
	struct source_info info;
	uint64_t frames;
	int64_t elapsed_ns;
	const char *line;
} cases[] = {
	{ { .name = "dir/trace.cap", .at = 250, .size = 1000 }, 500,
	    2 * NS_PER_SEC, "trace.cap: 25%, 250 packets/s, 0:06 left" },
	{ { .name = "x", .at = 1000, .size = 601000 }, 10, NS_PER_SEC,
	    "x: 0%, 10 packets/s, 10:00 left" },
	{ { .name = "x", .at = 0, .size = 0 }, 10, NS_PER_SEC,
	    "x: 10 packets, 10/s" },
	{ { .name = "x", .at = 5, .size = 10 }, 10, 0, "x: 10 packets, 0/s" },
	/* A file that grew while it was read. */
	{ { .name = "x", .at = 11, .size = 10 }, 10, NS_PER_SEC,
	    "x: 10 packets, 10/s" },
	{ { .name = "a-name-of-more-than-24-columns.pcap.gz", .at = 1,
	    .size = 1 }, 1, NS_PER_SEC,
	    "-than-24-columns.pcap.gz: 100%, 1 packets/s, 0:00 left" },
	{ { .name = "e\033[31m", .at = 1, .size = 1 }, 1, NS_PER_SEC,
	    "e?[31m: 100%, 1 packets/s, 0:00 left" },
	{ { .name = "x", .at = UINT64_MAX / 200, .size = UINT64_MAX / 200 },
	    UINT64_MAX, NS_PER_SEC,
	    "x: 100%, 18446744073709551000 packets/s, 0:00 left" },
};

START_TEST(line_says_how_far_how_fast_how_long)
{
	char line[PROGRESS_SIZE];

	progress_line(line, &cases[_i].info, cases[_i].frames,
	    cases[_i].elapsed_ns);
	ck_assert_str_eq(line, cases[_i].line);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("progress");
	TCase *t = tcase_create("line");

	tcase_add_loop_test(t, line_says_how_far_how_fast_how_long, 0,
	    (int)ARRAY_LEN(cases));
	suite_add_tcase(s, t);
	return s;
}

int
main(void)
{
	return check_main(suite());
}
