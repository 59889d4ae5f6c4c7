/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Files that -w writes, read back by libpcap: link type, snapshot length,
 * precision, times, lengths and bytes; and what is refused.  Names of files of
 * which one follows the other.
 */
#include "config.h"

#include <check.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/nstime.h"
#include "base/outbuf.h"
#include "base/pool.h"
#include "capture/save.h"
#include "capture/source.h"
#include "capture/timed_name.h"
#include "check_main.h"
#include "decode/frame.h"

static char path[32];
static struct save save;
static int fd;
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
	snprintf(path, sizeof(path), "/tmp/check_save.XXXXXX");
	fd = mkstemp(path);
	ck_assert_int_ge(fd, 0);
	save = (struct save){ .out = outbuf_new(outbuf_sink_fd, &fd) };
	ck_assert_ptr_nonnull(save.out);
	saved = NULL;
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)i;
}

static void
teardown(void)
{
	if (saved != NULL)
		pcap_close(saved);
	outbuf_free(save.out);
	close(fd);
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

	return save_frame(&save, info, &frame);
}

/* Opens the file anew, with times to the nanosecond. */
static void
read_back(void)
{
	char message[PCAP_ERRBUF_SIZE];

	ck_assert_int_eq(outbuf_flush(save.out), 0);
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
	save_begin(&save, &raw_ip);
	read_back();
	ck_assert_int_eq(pcap_datalink(saved), DLT_RAW);
	expect_end();
}
END_TEST

/* Nothing was opened: no link type, no snapshot length. */
START_TEST(no_source_gives_ethernet)
{
	const struct source_info nothing = { .dlt = -1, .digits = 6 };

	save_begin(&save, &nothing);
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
	read_back();
	ck_assert_int_eq(pcap_snapshot(saved), 262144);
	expect_frame(0, 60, 60);
}
END_TEST

/* For --rotate by size. */
START_TEST(bytes_are_those_of_the_file)
{
	ck_assert(put(&ethernet_us, 0, 60, 60));
	ck_assert(put(&ethernet_us, 1, 96, 1514));
	ck_assert_uint_eq(save.bytes, 24 + 16 + 60 + 16 + 96);
	save_begin(&save, &ethernet_us);
	ck_assert_uint_eq(save.bytes, 24);
}
END_TEST

START_TEST(times_before_1970)
{
	ck_assert(put(&ethernet_ns, -1, 60, 60));
	read_back();
	expect_frame(-1, 60, 60);
}
END_TEST

/* ---- names of a series ---- */

static const char *
name_of(const char *pattern, const char *suffix, int number, uint32_t digits)
{
	static char name[64];
	const struct series_place place = {
		.when = 86399 + 365 * 86400,
		.number = (uint32_t)number,
		.digits = digits,
		.is_numbered = number >= 0,
	};

	return series_name(name, sizeof(name), pattern, suffix, &place) ?
	    name : "too long";
}

START_TEST(names_of_a_series)
{
	ck_assert_str_eq(name_of("cap", "", -1, 1), "cap");
	ck_assert_str_eq(name_of("cap.pcap", "", 12, 1), "cap.pcap12");
	ck_assert_str_eq(name_of("cap.pcap", "", 7, 3), "cap.pcap007");
	ck_assert_str_eq(name_of("cap.pcap.gz", ".gz", 3, 1), "cap.pcap3.gz");
	ck_assert_str_eq(name_of("%Y-%H%M%S.zst", ".zst", -1, 1),
	    "1971-235959.zst");
	ck_assert_str_eq(name_of("%Y-%H%M%S.zst", ".zst", 1, 1),
	    "1971-2359591.zst");
	/* No time: the name is what it says. */
	ck_assert_str_eq(name_of("100%.pcap", "", 2, 1), "100%.pcap2");
	ck_assert_str_eq(name_of("a%%b", "", -1, 1), "a%%b");
}
END_TEST

START_TEST(long_names_are_refused)
{
	char pattern[300];

	memset(pattern, 'x', sizeof(pattern));
	pattern[sizeof(pattern) - 1] = '\0';
	ck_assert_str_eq(name_of(pattern, "", -1, 1), "too long");
	pattern[61] = '\0';
	ck_assert_str_ne(name_of(pattern, "", 99, 1), "too long");
	ck_assert_str_eq(name_of(pattern, "", 100, 1), "too long");
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
	tcase_add_test(tc, bytes_are_those_of_the_file);
	tcase_add_test(tc, times_before_1970);
	tcase_add_test(tc, names_of_a_series);
	tcase_add_test(tc, long_names_are_refused);
	suite_add_tcase(s, tc);
	return s;
}

int
main(void)
{
	return check_main(suite());
}
