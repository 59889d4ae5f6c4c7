/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Files that -w writes, read back by libpcap: link type, snapshot length,
 * precision, times, lengths and bytes; what is refused; and write errors,
 * which save_close() has to report.
 */
#include "config.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/nstime.h"
#include "base/pool.h"
#include "capture/save.h"
#include "capture/source.h"
#include "check_main.h"
#include "decode/frame.h"

static char path[32];
static struct save *save;
static pcap_t *saved;
static uint8_t bytes[128];

static const struct source_info ethernet_us = { .dlt = DLT_EN10MB,
    .snaplen = 96, .digits = 6 };
static const struct source_info ethernet_ns = { .dlt = DLT_EN10MB,
    .snaplen = 96, .digits = 9 };
static const struct source_info raw_ip = { .dlt = DLT_RAW, .snaplen = 96,
    .digits = 6 };

static void
setup(void)
{
	int fd;

	snprintf(path, sizeof(path), "/tmp/check_save.XXXXXX");
	fd = mkstemp(path);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(save_open(fd, &save), 0);
	saved = NULL;
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)i;
}

static void
teardown(void)
{
	if (saved != NULL)
		pcap_close(saved);
	unlink(path);
	ck_assert_uint_eq(mem_outstanding(), 0);
}

static struct frame
frame_at(int64_t time_ns, uint32_t captured, uint32_t wire)
{
	return (struct frame){ .bytes = bytes, .time_ns = time_ns,
	    .captured_len = captured, .wire_len = wire };
}

static bool
put(const struct source_info *info, int64_t time_ns, uint32_t captured,
    uint32_t wire)
{
	const struct frame frame = frame_at(time_ns, captured, wire);

	return save_frame(save, info, &frame);
}

/* Opens the file anew, with times to the nanosecond. */
static void
read_back(void)
{
	char message[PCAP_ERRBUF_SIZE];

	saved = pcap_open_offline_with_tstamp_precision(path,
	    PCAP_TSTAMP_PRECISION_NANO, message);
	ck_assert_msg(saved != NULL, "%s", message);
}

static void
expect_frame(int64_t time_ns, uint32_t captured, uint32_t wire)
{
	struct pcap_pkthdr *header;
	const u_char *data;

	ck_assert_int_eq(pcap_next_ex(saved, &header, &data), 1);
	ck_assert_int_eq(header->ts.tv_sec * NS_PER_SEC + header->ts.tv_usec,
	    time_ns);
	ck_assert_uint_eq(header->caplen, captured);
	ck_assert_uint_eq(header->len, wire);
	ck_assert_mem_eq(data, bytes, captured);
}

static void
expect_end(void)
{
	struct pcap_pkthdr *header;
	const u_char *data;

	ck_assert_int_eq(pcap_next_ex(saved, &header, &data), PCAP_ERROR_BREAK);
}

START_TEST(frames_come_back)
{
	ck_assert(put(&ethernet_us, 1500 * NS_PER_US, 60, 60));
	ck_assert(put(&ethernet_us, 7 * NS_PER_SEC, 96, 1514));
	ck_assert_int_eq(save_close(save, &ethernet_us), 0);
	read_back();
	ck_assert_int_eq(pcap_datalink(saved), DLT_EN10MB);
	ck_assert_int_eq(pcap_snapshot(saved), 96);
	expect_frame(1500 * NS_PER_US, 60, 60);
	expect_frame(7 * NS_PER_SEC, 96, 1514);
	expect_end();
}
END_TEST

/* A source with six decimals gives a file with six. */
START_TEST(precision_is_that_of_the_source)
{
	const struct source_info *info = _i == 0 ? &ethernet_us :
	    &ethernet_ns;

	ck_assert(put(info, NS_PER_SEC + 1234567, 60, 60));
	ck_assert_int_eq(save_close(save, info), 0);
	read_back();
	expect_frame(NS_PER_SEC + (_i == 0 ? 1234000 : 1234567), 60, 60);
	expect_end();
}
END_TEST

START_TEST(another_link_type_is_refused)
{
	ck_assert(put(&raw_ip, 0, 40, 40));
	ck_assert(!put(&ethernet_us, 1, 60, 60));
	ck_assert(put(&raw_ip, 2 * NS_PER_SEC, 40, 40));
	ck_assert_int_eq(save_close(save, &raw_ip), 0);
	read_back();
	ck_assert_int_eq(pcap_datalink(saved), DLT_RAW);
	expect_frame(0, 40, 40);
	expect_frame(2 * NS_PER_SEC, 40, 40);
	expect_end();
}
END_TEST

/* tcpdump -r of a file without packets says so; of an empty file, an error. */
START_TEST(no_frame_gives_a_header)
{
	ck_assert_int_eq(save_close(save, &raw_ip), 0);
	read_back();
	ck_assert_int_eq(pcap_datalink(saved), DLT_RAW);
	expect_end();
}
END_TEST

/* Nothing was opened: no link type, no snapshot length. */
START_TEST(no_source_gives_ethernet)
{
	const struct source_info nothing = { .dlt = -1, .digits = 6 };

	ck_assert_int_eq(save_close(save, &nothing), 0);
	read_back();
	ck_assert_int_eq(pcap_datalink(saved), DLT_EN10MB);
	ck_assert_int_eq(pcap_snapshot(saved), 262144);
	expect_end();
}
END_TEST

/* A snapshot length that libpcap refuses to read is not written. */
START_TEST(absurd_snapshot_length)
{
	struct source_info info = ethernet_us;

	info.snaplen = UINT32_MAX;
	ck_assert(put(&info, 0, 60, 60));
	ck_assert_int_eq(save_close(save, &info), 0);
	read_back();
	ck_assert_int_eq(pcap_snapshot(saved), 262144);
	expect_frame(0, 60, 60);
}
END_TEST

START_TEST(flushed_frames_are_there)
{
	ck_assert(put(&ethernet_us, 0, 60, 60));
	save_flush(save);
	read_back();
	expect_frame(0, 60, 60);
	ck_assert_int_eq(save_close(save, &ethernet_us), 0);
}
END_TEST

START_TEST(flush_before_the_first_frame)
{
	save_flush(save);
	ck_assert(put(&ethernet_us, 0, 60, 60));
	ck_assert_int_eq(save_close(save, &ethernet_us), 0);
	read_back();
	expect_frame(0, 60, 60);
}
END_TEST

/* A full disk: frames go on being accepted, and the end says what was wrong. */
START_TEST(write_errors_are_kept)
{
	const int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
	struct save *to_full;
	bool is_accepted = true;

	ck_assert_int_eq(save_close(save, &ethernet_us), 0);
	if (full < 0)
		return;		/* not on this system */
	ck_assert_int_eq(save_open(full, &to_full), 0);
	save = to_full;
	for (unsigned i = 0; i < 1000; i++)
		is_accepted = is_accepted && put(&ethernet_us, i, 96, 96);
	ck_assert(is_accepted);
	ck_assert_int_eq(save_close(save, &ethernet_us), ENOSPC);
}
END_TEST

START_TEST(error_of_the_last_flush)
{
	const int full = open("/dev/full", O_WRONLY | O_CLOEXEC);

	ck_assert_int_eq(save_close(save, &ethernet_us), 0);
	if (full < 0)
		return;
	ck_assert_int_eq(save_open(full, &save), 0);
	ck_assert(put(&ethernet_us, 0, 60, 60));
	ck_assert_int_eq(save_close(save, &ethernet_us), ENOSPC);
}
END_TEST

START_TEST(no_descriptor)
{
	struct save *none = NULL;

	ck_assert_int_eq(save_close(save, &ethernet_us), 0);
	ck_assert_int_eq(save_open(-1, &none), EBADF);
	ck_assert_ptr_null(none);
	ck_assert_int_eq(save_close(NULL, &ethernet_us), 0);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("save");
	TCase *tc = tcase_create("files");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, frames_come_back);
	tcase_add_loop_test(tc, precision_is_that_of_the_source, 0, 2);
	tcase_add_test(tc, another_link_type_is_refused);
	tcase_add_test(tc, no_frame_gives_a_header);
	tcase_add_test(tc, no_source_gives_ethernet);
	tcase_add_test(tc, absurd_snapshot_length);
	tcase_add_test(tc, flushed_frames_are_there);
	tcase_add_test(tc, flush_before_the_first_frame);
	tcase_add_test(tc, write_errors_are_kept);
	tcase_add_test(tc, error_of_the_last_flush);
	tcase_add_test(tc, no_descriptor);
	suite_add_tcase(s, tc);
	return s;
}

int
main(void)
{
	return check_main(suite());
}
