/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Two threads print the same as one, whatever the length.
 */
#include "config.h"

#include <check.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

#include "base/compiler.h"
#include "check_main.h"
#include "conns.h"
#include "printed.h"
#include "views/print_threads.h"
#include "records/select.h"
#include "records/select_walk.h"

#define MANY	1500

static struct conn *many;
static struct printers *printers;
static pthread_t caller;
static atomic_uint by_worker;	/* connections that the second thread printed */

static void
setup(void)
{
	printed_setup();
	many = calloc(MANY, sizeof(*many));
	ck_assert_ptr_nonnull(many);
	caller = pthread_self();
	atomic_store(&by_worker, 0);
	/* NULL where there is one processor: the same must come out. */
	printers = printers_start();
}

static void
teardown(void)
{
	printers_stop(printers);
	free(many);
	printed_teardown();
}

static const struct conn *
link_up(unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		many[i].number = i + 1;
		many[i].next = i + 1 < count ? &many[i + 1] : NULL;
	}
	return count > 0 ? many : NULL;
}

#define LINE_LEN	8

static void
make_line(char line[LINE_LEN + 1], unsigned number)
{
	(void)snprintf(line, LINE_LEN + 1, "%7u\n", number);
}

/* Lines of a connection. */
static unsigned
lines_of(unsigned number, unsigned most)
{
	return 1 + number * 7919 % most;
}

/* Its number, in `most` lines at most. */
static void
print_lines(const void *arg, struct outbuf *out, const struct conn *conn)
{
	const unsigned number = (unsigned)conn->number;
	char line[LINE_LEN + 1];

	by_worker += !pthread_equal(pthread_self(), caller);
	make_line(line, number);
	for (unsigned i = lines_of(number, *(const unsigned *)arg); i > 0; i--)
		outbuf_mem(out, line, LINE_LEN);
}

static void
print_number(const void *arg, struct outbuf *out, size_t number)
{
	const struct conn conn = { .number = number };

	print_lines(arg, out, &conn);
}

static void
print_and_run_out(const void *arg, struct outbuf *out,
    const struct conn *conn)
{
	mem_fail_after(1);
	print_lines(arg, out, conn);
	mem_fail_after(0);
}

static void
assert_all_is_printed(unsigned count, unsigned most)
{
	const char *at = printed();
	unsigned wrong = 0;

	for (unsigned n = 1; n <= count; n++) {
		char line[LINE_LEN + 1];

		make_line(line, n);
		for (unsigned i = lines_of(n, most); i > 0; i--) {
			wrong += strncmp(at, line, LINE_LEN) != 0;
			at += *at != '\0' ? LINE_LEN : 0;
		}
	}
	ck_assert_uint_eq(wrong, 0);
	ck_assert_str_eq(at, "");
	printed_forget();
}

static void
print_all(struct printers *by, unsigned count, const struct printers_job *job)
{
	struct select_walk walk;

	ck_assert_int_eq(select_walk_begin(&walk, NULL, link_up(count)), 0);
	printers_print(by, printed_out, &walk, job);
	select_walk_end(&walk);
}

static const unsigned counts[] = { 0, 1, 2, 23, 24, 25, 255, 256, 257, 511,
	512, 513, MANY };

START_TEST(the_order_is_that_of_the_connections)
{
	const unsigned most = 40;
	const struct printers_job job = {
		.print = print_lines, .arg = &most, .usual_len = 3500
	};

	/* The next job does not print text of the job before. */
	for (unsigned again = 0; again < 3; again++) {
		print_all(printers, counts[_i], &job);
		assert_all_is_printed(counts[_i], most);
	}
	print_all(NULL, counts[_i], &job);
	assert_all_is_printed(counts[_i], most);
}
END_TEST

START_TEST(the_order_is_that_of_the_numbers)
{
	const unsigned most = 40;
	const struct printers_job job = {
		.print_number = print_number, .arg = &most, .usual_len = 3500
	};

	for (unsigned again = 0; again < 2; again++) {
		printers_print_numbers(again == 0 ? printers : NULL,
		    printed_out, 1, counts[_i] + (size_t)1, &job);
		assert_all_is_printed(counts[_i], most);
	}
}
END_TEST

START_TEST(both_threads_print)
{
	const unsigned most = 1;
	const struct printers_job job = {
		.print = print_lines, .arg = &most, .usual_len = 3500
	};

	print_all(printers, MANY, &job);
	if (printers != NULL)
		ck_assert_uint_gt(atomic_load(&by_worker), 0);
	else
		ck_assert_uint_eq(atomic_load(&by_worker), 0);
}
END_TEST

/* Each is longer than all were expected to be together. */
START_TEST(more_than_a_buffer_is_kept)
{
	const unsigned most = 600;
	const struct printers_job job = {
		.print = print_lines, .arg = &most, .usual_len = 400
	};

	print_all(printers, MANY, &job);
	assert_all_is_printed(MANY, most);
}
END_TEST

START_TEST(without_memory_the_caller_prints_it)
{
	const unsigned most = 600;
	struct printers_job job = {
		.print = print_and_run_out, .arg = &most, .usual_len = 400
	};

	print_all(printers, MANY, &job);
	assert_all_is_printed(MANY, most);
	/* The next job succeeds. */
	job.print = print_lines;
	print_all(printers, MANY, &job);
	assert_all_is_printed(MANY, most);
}
END_TEST

static int
refuse(void *arg, const char *bytes, size_t len)
{
	unsigned *asked = arg;

	(void)bytes;
	(void)len;
	(*asked)++;
	return ENOSPC;
}

START_TEST(a_full_disk_is_told_once)
{
	const unsigned most = 40;
	const struct printers_job job = {
		.print = print_lines, .arg = &most, .usual_len = 400
	};
	unsigned asked = 0;
	struct outbuf *full = outbuf_new(refuse, &asked);
	struct select_walk walk;

	ck_assert_ptr_nonnull(full);
	ck_assert_int_eq(select_walk_begin(&walk, NULL, link_up(MANY)), 0);
	printers_print(printers, full, &walk, &job);
	select_walk_end(&walk);
	ck_assert_int_eq(outbuf_flush(full), ENOSPC);
	ck_assert_uint_eq(asked, 1);
	outbuf_free(full);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("print_threads");
	TCase *tc = tcase_create("print_threads");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, the_order_is_that_of_the_connections, 0,
	    (int)ARRAY_LEN(counts));
	tcase_add_loop_test(tc, the_order_is_that_of_the_numbers, 0,
	    (int)ARRAY_LEN(counts));
	tcase_add_test(tc, both_threads_print);
	tcase_add_test(tc, more_than_a_buffer_is_kept);
	tcase_add_test(tc, without_memory_the_caller_prints_it);
	tcase_add_test(tc, a_full_disk_is_told_once);
	suite_add_tcase(s, tc);
	return s;
}

int
main(void)
{
	return check_main(suite());
}
