/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "base/compiler.h"
#include "base/outbuf.h"
#include "base/pool.h"
#include "check_main.h"
#include "printed.h"

START_TEST(nothing_reaches_the_sink_before_it_must)
{
	outbuf_str(printed_out, "held");
	ck_assert_uint_eq(printed_len, 0);
	ck_assert_str_eq(printed(), "held");
	ck_assert_str_eq(printed(), "held");
}
END_TEST

START_TEST(integers_of_every_length_are_printed)
{
	outbuf_u64(printed_out, 0);
	outbuf_char(printed_out, ' ');
	outbuf_u64(printed_out, 9);
	outbuf_char(printed_out, ' ');
	outbuf_u64(printed_out, 10);
	outbuf_char(printed_out, ' ');
	outbuf_u64(printed_out, UINT64_MAX);
	outbuf_char(printed_out, ' ');
	outbuf_i64(printed_out, -1);
	outbuf_char(printed_out, ' ');
	outbuf_i64(printed_out, INT64_MIN);
	outbuf_char(printed_out, ' ');
	outbuf_i64(printed_out, INT64_MAX);
	ck_assert_str_eq(printed(), "0 9 10 18446744073709551615 -1 "
	    "-9223372036854775808 9223372036854775807");
}
END_TEST

START_TEST(order_is_kept_when_the_buffer_overflows)
{
	size_t len = 0;

	/* Pieces of all lengths, some larger than the buffer. */
	for (size_t piece = 1; piece < 200000; piece = piece * 3 + 1) {
		char bytes[200000];

		for (size_t i = 0; i < piece; i++)
			bytes[i] = (char)('a' + (len + i) % 26);
		outbuf_mem(printed_out, bytes, piece);
		len += piece;
		outbuf_char(printed_out, (char)('a' + len % 26));
		len++;
	}
	ck_assert_uint_eq(outbuf_mark(printed_out), len);
	(void)printed();
	ck_assert_uint_eq(printed_len, len);
	for (size_t i = 0; i < len; i++)
		ck_assert_int_eq(printed_bytes[i], (char)('a' + i % 26));
}
END_TEST

START_TEST(printf_prints_short_and_long_texts)
{
	char longer[2000];

	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	outbuf_printf(printed_out, "%d %s", 42, "words");
	ck_assert_str_eq(printed(), "42 words");
	printed_forget();
	outbuf_printf(printed_out, "<%s>", longer);
	ck_assert_uint_eq(strlen(printed()), sizeof(longer) - 1 + 2);
	ck_assert_int_eq(printed_bytes[0], '<');
	ck_assert_int_eq(printed_bytes[printed_len - 1], '>');
}
END_TEST

START_TEST(a_long_printf_without_memory_is_an_error)
{
	char longer[2000];

	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	mem_fail_after(1);
	outbuf_printf(printed_out, "%s", longer);
	mem_fail_after(0);
	ck_assert_int_eq(outbuf_error(printed_out), ENOMEM);
	printed_teardown();
	printed_setup();
	mem_fail_after(1);
	ck_assert_ptr_null(outbuf_new(printed_take, NULL));
	mem_fail_after(0);
}
END_TEST

START_TEST(padding_counts_from_the_mark)
{
	uint64_t mark;

	outbuf_str(printed_out, "ab");
	mark = outbuf_mark(printed_out);
	outbuf_str(printed_out, "cd");
	outbuf_pad(printed_out, mark, 5);
	outbuf_char(printed_out, '|');
	outbuf_pad(printed_out, mark, 3);
	ck_assert_str_eq(printed(), "abcd   |");
}
END_TEST

/* Fails at the nth call and would succeed again after it. */
static int
fail_once(void *arg, const char *bytes, size_t len)
{
	int *calls_left = arg;

	(void)bytes;
	(void)len;
	return --*calls_left == 0 ? ENOSPC : 0;
}

START_TEST(the_first_error_of_the_sink_stays)
{
	int calls_left = 2;
	struct outbuf *out = outbuf_new(fail_once, &calls_left);

	outbuf_str(out, "one");
	ck_assert_int_eq(outbuf_flush(out), 0);
	outbuf_str(out, "two");
	ck_assert_int_eq(outbuf_error(out), 0);
	ck_assert_int_eq(outbuf_flush(out), ENOSPC);
	outbuf_str(out, "three");
	ck_assert_int_eq(outbuf_flush(out), ENOSPC);
	ck_assert_int_eq(outbuf_error(out), ENOSPC);
	ck_assert_int_eq(calls_left, 0);
	outbuf_free(out);
	outbuf_free(NULL);
}
END_TEST

START_TEST(a_full_device_is_told)
{
	int fd = open("/dev/full", O_WRONLY);
	struct outbuf *out = outbuf_new(outbuf_sink_fd, &fd);

	if (fd >= 0) {
		outbuf_str(out, "lost");
		ck_assert_int_eq(outbuf_flush(out), ENOSPC);
		ck_assert_int_eq(close(fd), 0);
	}
	outbuf_free(out);
}
END_TEST

/* Reads a pipe slowly to its end. */
static void *
drain(void *arg)
{
	static size_t total;
	const int fd = *(const int *)arg;
	char bytes[1000];
	ssize_t count;

	(void)usleep(20000);
	while ((count = read(fd, bytes, sizeof(bytes))) > 0)
		total += (size_t)count;
	return &total;
}

START_TEST(a_slow_reader_of_a_non_blocking_pipe_gets_everything)
{
	int fds[2];
	pthread_t reader;
	struct outbuf *out;
	void *total;

	ck_assert_int_eq(pipe(fds), 0);
	ck_assert_int_eq(fcntl(fds[1], F_SETFL, O_NONBLOCK), 0);
	ck_assert_int_eq(pthread_create(&reader, NULL, drain, &fds[0]), 0);
	out = outbuf_new(outbuf_sink_fd, &fds[1]);
	for (unsigned i = 0; i < 500000; i++)
		outbuf_char(out, 'x');
	ck_assert_int_eq(outbuf_flush(out), 0);
	outbuf_free(out);
	ck_assert_int_eq(close(fds[1]), 0);
	ck_assert_int_eq(pthread_join(reader, &total), 0);
	ck_assert_uint_eq(*(size_t *)total, 500000);
	ck_assert_int_eq(close(fds[0]), 0);
}
END_TEST

START_TEST(a_bad_descriptor_is_told)
{
	int fd = -1;
	struct outbuf *out = outbuf_new(outbuf_sink_fd, &fd);

	ck_assert_int_eq(outbuf_flush(out), 0);	/* nothing to write */
	outbuf_char(out, 'x');
	ck_assert_int_eq(outbuf_flush(out), EBADF);
	outbuf_free(out);
}
END_TEST

/* Hostile text and what becomes of it. */
static const struct {
	const char *text;
	const char *safe;
	const char *json;
	const char *csv;
} escapes[] = {
	{ "", "", "\"\"", "" },
	{ "eth0", "eth0", "\"eth0\"", "eth0" },
	{ "a b~", "a b~", "\"a b~\"", "a b~" },
	{ "\\", "\\\\", "\"\\\\\"", "\\" },
	{ "say \"hi\"", "say \"hi\"", "\"say \\\"hi\\\"\"",
	    "\"say \"\"hi\"\"\"" },
	{ "a,b", "a,b", "\"a,b\"", "\"a,b\"" },
	{ "a\r\nb", "a\\x0d\\x0ab", "\"a\\u000d\\u000ab\"", "\"a\r\nb\"" },
	{ "tab\there", "tab\\x09here", "\"tab\\u0009here\"", "tab\there" },
	/* Clears a terminal; and the same by C1, well-formed and not. */
	{ "\033[2J", "\\x1b[2J", "\"\\u001b[2J\"", "\xef\xbf\xbd[2J" },
	{ "\xc2\x9b" "2J", "\\xc2\\x9b2J", "\"\\u009b2J\"",
	    "\xef\xbf\xbd" "2J" },
	{ "\x9b" "2J", "\\x9b2J", "\"\xef\xbf\xbd" "2J\"",
	    "\xef\xbf\xbd" "2J" },
	{ "\x7f", "\\x7f", "\"\\u007f\"", "\xef\xbf\xbd" },
	{ "\x01\x1f", "\\x01\\x1f", "\"\\u0001\\u001f\"",
	    "\xef\xbf\xbd\xef\xbf\xbd" },
	/* Well-formed UTF-8 of each length passes. */
	{ "\xc3\xa9", "\xc3\xa9", "\"\xc3\xa9\"", "\xc3\xa9" },
	{ "\xe2\x82\xac", "\xe2\x82\xac", "\"\xe2\x82\xac\"",
	    "\xe2\x82\xac" },
	{ "\xf0\x9f\x90\xa6", "\xf0\x9f\x90\xa6", "\"\xf0\x9f\x90\xa6\"",
	    "\xf0\x9f\x90\xa6" },
	{ "\xf4\x8f\xbf\xbf", "\xf4\x8f\xbf\xbf", "\"\xf4\x8f\xbf\xbf\"",
	    "\xf4\x8f\xbf\xbf" },
	{ "\xc2\xa0", "\xc2\xa0", "\"\xc2\xa0\"", "\xc2\xa0" },
	/* But not what nobody sees: overrides, isolates, marks, line ends, */
	{ "a\xe2\x80\xae" "b", "a\\xe2\\x80\\xaeb", "\"a\\u202eb\"",
	    "a\xef\xbf\xbd" "b" },
	{ "\xe2\x81\xa6\xd8\x9c", "\\xe2\\x81\\xa6\\xd8\\x9c",
	    "\"\\u2066\\u061c\"", "\xef\xbf\xbd\xef\xbf\xbd" },
	{ "\xe2\x80\xa8\xef\xbb\xbf",
	    "\\xe2\\x80\\xa8\\xef\\xbb\\xbf", "\"\\u2028\\ufeff\"",
	    "\xef\xbf\xbd\xef\xbf\xbd" },
	/* and tags, which are two units of UTF-16. */
	{ "\xf3\xa0\x81\xa1", "\\xf3\\xa0\\x81\\xa1",
	    "\"\\udb40\\udc61\"", "\xef\xbf\xbd" },
	/* What stands beside them passes. */
	{ "\xe2\x80\xa7\xe2\x80\xaf", "\xe2\x80\xa7\xe2\x80\xaf",
	    "\"\xe2\x80\xa7\xe2\x80\xaf\"", "\xe2\x80\xa7\xe2\x80\xaf" },
	/* Ill-formed does not: a lone continuation, an overlong slash, */
	{ "\x80", "\\x80", "\"\xef\xbf\xbd\"", "\xef\xbf\xbd" },
	{ "\xc0\xaf", "\\xc0\\xaf", "\"\xef\xbf\xbd\xef\xbf\xbd\"",
	    "\xef\xbf\xbd\xef\xbf\xbd" },
	/* a surrogate, a code point too high, and characters cut short. */
	{ "\xed\xa0\x80", "\\xed\\xa0\\x80",
	    "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"",
	    "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
	{ "\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80",
	    "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"",
	    "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
	{ "\xe2\x82", "\\xe2\\x82", "\"\xef\xbf\xbd\xef\xbf\xbd\"",
	    "\xef\xbf\xbd\xef\xbf\xbd" },
	{ "\xf0\x9f\x90\"", "\\xf0\\x9f\\x90\"",
	    "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\\\"\"",
	    "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"\"\"" },
	{ "\xff\xfe", "\\xff\\xfe", "\"\xef\xbf\xbd\xef\xbf\xbd\"",
	    "\xef\xbf\xbd\xef\xbf\xbd" }
};

START_TEST(hostile_text_is_made_harmless)
{
	outbuf_safe(printed_out, escapes[_i].text);
	ck_assert_str_eq(printed(), escapes[_i].safe);
	printed_forget();
	outbuf_json(printed_out, escapes[_i].text);
	ck_assert_str_eq(printed(), escapes[_i].json);
	printed_forget();
	outbuf_csv(printed_out, escapes[_i].text);
	ck_assert_str_eq(printed(), escapes[_i].csv);
}
END_TEST

START_TEST(no_two_octets_bring_a_control_through)
{
	char text[3] = { 0 };

	for (unsigned a = 1; a < 256; a++) {
		for (unsigned b = 1; b < 256; b++) {
			text[0] = (char)a;
			text[1] = (char)b;
			outbuf_safe(printed_out, text);
			outbuf_json(printed_out, text);
		}
	}
	for (const char *at = printed(); *at != '\0'; at++) {
		const unsigned octet = (uint8_t)*at;

		/* An assertion for each byte would take seconds. */
		if (octet < 0x20 || octet == 0x7f ||
		    (octet == 0xc2 && (uint8_t)at[1] < 0xa0))
			ck_abort_msg("a control at %td", at - printed_bytes);
	}
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("outbuf");
	TCase *tc = tcase_create("outbuf");
	TCase *escaping = tcase_create("escaping");

	tcase_add_checked_fixture(tc, printed_setup, printed_teardown);
	tcase_add_test(tc, nothing_reaches_the_sink_before_it_must);
	tcase_add_test(tc, integers_of_every_length_are_printed);
	tcase_add_test(tc, order_is_kept_when_the_buffer_overflows);
	tcase_add_test(tc, printf_prints_short_and_long_texts);
	tcase_add_test(tc, a_long_printf_without_memory_is_an_error);
	tcase_add_test(tc, padding_counts_from_the_mark);
	tcase_add_test(tc, the_first_error_of_the_sink_stays);
	tcase_add_test(tc, a_full_device_is_told);
	tcase_add_test(tc,
	    a_slow_reader_of_a_non_blocking_pipe_gets_everything);
	tcase_add_test(tc, a_bad_descriptor_is_told);
	suite_add_tcase(s, tc);
	tcase_add_checked_fixture(escaping, printed_setup, printed_teardown);
	tcase_add_loop_test(escaping, hostile_text_is_made_harmless, 0,
	    (int)ARRAY_LEN(escapes));
	tcase_add_test(escaping, no_two_octets_bring_a_control_through);
	suite_add_tcase(s, escaping);
	return s;
}

int
main(void)
{
	return check_main(suite());
}
