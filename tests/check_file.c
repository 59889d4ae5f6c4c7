/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Capture files from the outside: which frames come of them, in which order,
 * with which times and link types, and what is said where they end early.
 */
#include "config.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/compiler.h"
#include "base/nstime.h"
#include "capture/sigs.h"
#include "capture/source.h"
#include "check_main.h"
#include "hold.h"
#include "leaks.h"

#define FILES_MAX	3
#define FRAMES_MAX	32
#define SAID_MAX	8
#define FRAME_LEN	60
#define ETHERNET	1	/* link types by their numbers in files */
#define SLL		113
#define USB		189

/* Files being written. */
static char directory[32];
static char paths[FILES_MAX][64];
static const char *files[FILES_MAX];
static FILE *file;
static bool is_big;

static struct source_request request;
static bool is_ready_refused;

/* What came of them. */
static struct {
	struct frame frames[FRAMES_MAX];
	int dlts[FRAMES_MAX];	/* info.dlt when each came */
	unsigned count;
	char said[SAID_MAX][256];
	unsigned said_count;
	unsigned ready;		/* calls of events.ready() */
	enum source_end end;
	struct source_info info;
} found;
static struct source *source;

static void
setup(void)
{
	ck_assert_int_eq(sigs_open(), 0);
	snprintf(directory, sizeof(directory), "/tmp/check_file.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(directory));
	for (unsigned i = 0; i < FILES_MAX; i++) {
		snprintf(paths[i], sizeof(paths[i]), "%s/%u", directory, i);
		files[i] = paths[i];
	}
	request = (struct source_request){ .files = files, .file_count = 1,
	    .program = "tcpstates" };
	is_big = false;
	is_ready_refused = false;
}

static void
teardown(void)
{
	for (unsigned i = 0; i < FILES_MAX; i++)
		unlink(paths[i]);
	rmdir(directory);
	sigs_close();
}

/* ---- writing ---- */

static void
put16(unsigned value)
{
	HOLD(fputc((int)(is_big ? value >> 8 & 0xff : value & 0xff), file) !=
	    EOF);
	HOLD(fputc((int)(is_big ? value & 0xff : value >> 8 & 0xff), file) !=
	    EOF);
}

static void
put32(uint32_t value)
{
	put16(is_big ? value >> 16 : value & UINT16_MAX);
	put16(is_big ? value & UINT16_MAX : value >> 16);
}

/* An Ethernet frame of IPv4 with TCP, or anything. */
static void
put_frame(bool is_tcp)
{
	uint8_t bytes[FRAME_LEN] = { 0 };

	if (is_tcp) {
		bytes[12] = 0x08;
		bytes[14] = 0x45;
		bytes[17] = 40;
		bytes[23] = 6;
	}
	HOLD(fwrite(bytes, 1, FRAME_LEN, file) == FRAME_LEN);
}

static void
begin(unsigned which)
{
	file = fopen(paths[which], "wb");
	HOLD(file != NULL);
}

static void
end(void)
{
	HOLD(fclose(file) == 0);
}

static void
classic_header(uint32_t magic, uint32_t linktype)
{
	put32(magic);
	put16(2);
	put16(4);
	put32(0);
	put32(0);
	put32(65535);
	put32(linktype);
}

static void
classic_record(uint32_t sec, uint32_t fraction, bool is_tcp)
{
	put32(sec);
	put32(fraction);
	put32(FRAME_LEN);
	put32(FRAME_LEN);
	put_frame(is_tcp);
}

static void
section(void)
{
	put32(0x0a0d0d0a);
	put32(28);
	put32(0x1a2b3c4d);
	put16(1);
	put16(0);
	put32(UINT32_MAX);
	put32(UINT32_MAX);
	put32(28);
}

static void
interface(unsigned linktype, uint32_t snaplen)
{
	put32(1);
	put32(20);
	put16(linktype);
	put16(0);
	put32(snaplen);
	put32(20);
}

/* In microseconds, or as a simple packet block without a time. */
static void
block(unsigned id, uint32_t us, bool is_tcp)
{
	put32(6);
	put32(32 + FRAME_LEN);
	put32(id);
	put32(0);
	put32(us);
	put32(FRAME_LEN);
	put32(FRAME_LEN);
	put_frame(is_tcp);
	put32(32 + FRAME_LEN);
}

static void
simple_block(void)
{
	put32(3);
	put32(16 + FRAME_LEN);
	put32(FRAME_LEN);
	put_frame(true);
	put32(16 + FRAME_LEN);
}

/* ---- reading ---- */

static bool
on_ready(void *arg)
{
	(void)arg;
	HOLD(found.count == 0);
	found.ready++;
	return !is_ready_refused;
}

static bool
on_frame(void *arg, const struct frame *frame)
{
	(void)arg;
	HOLD(found.count < FRAMES_MAX);
	found.dlts[found.count] = source_peek(source)->dlt;
	found.frames[found.count++] = *frame;
	return true;
}

static bool
on_tick(void *arg)
{
	(void)arg;
	return true;
}

static void
on_problem(void *arg, const char *sentence)
{
	(void)arg;
	HOLD(found.said_count < SAID_MAX);
	snprintf(found.said[found.said_count++], sizeof(found.said[0]), "%s",
	    sentence);
}

/* All files of the request. */
static enum source_end
read_files(void)
{
	const struct source_events events = { .ready = on_ready,
	    .frame = on_frame, .tick = on_tick, .problem = on_problem };

	memset(&found, 0, sizeof(found));
	source = source_new(&request, &events);
	HOLD(source != NULL);
	found.end = source_open(source);
	if (found.end == SOURCE_COMPLETE)
		found.end = source_run(source);
	found.info = *source_info(source);
	source_free(source);
	return found.end;
}

static void
reads(unsigned count)
{
	ck_assert_msg(read_files() == SOURCE_COMPLETE, "%s", found.said[0]);
	ck_assert_uint_eq(found.count, count);
	ck_assert_uint_eq(found.said_count, 0);
	ck_assert_uint_eq(found.ready, 1);
	ck_assert_uint_eq(found.info.frames, count);
}

/* One of the sentences begins so, behind the name of the file. */
static void
says(unsigned which, const char *words)
{
	const size_t len = strlen(paths[0]);
	const char *said = found.said[which];

	ck_assert_uint_gt(found.said_count, which);
	ck_assert_int_eq(strncmp(said, directory, strlen(directory)), 0);
	ck_assert_int_eq(strncmp(said + len, ": ", 2), 0);
	ck_assert_msg(strncmp(said + len + 2, words, strlen(words)) == 0,
	    "%s", said);
}

/* ---- classic ---- */

static const struct {
	uint32_t magic;
	unsigned digits;
	int64_t unit;
} classics[] = {
	{ 0xa1b2c3d4, 6, NS_PER_US },
	{ 0xa1b23c4d, 9, 1 },
};

START_TEST(classic_files_have_either_unit_and_order)
{
	for (unsigned i = 0; i < 4; i++) {
		const bool is_nano = (i & 2) != 0;

		is_big = i & 1;
		begin(0);
		classic_header(classics[is_nano].magic, ETHERNET);
		classic_record(5, 7, true);
		classic_record(UINT32_MAX, 8, false);
		end();
		reads(2);
		ck_assert_int_eq(found.frames[0].time_ns, 5 * NS_PER_SEC +
		    7 * classics[is_nano].unit);
		/* Seconds are unsigned: 2106. */
		ck_assert_int_eq(found.frames[1].time_ns, UINT32_MAX *
		    NS_PER_SEC + 8 * classics[is_nano].unit);
		ck_assert_uint_eq(found.info.digits,
		    classics[is_nano].digits);
		ck_assert_int_eq(found.frames[0].linktype, LINKTYPE_ETHERNET);
		ck_assert_uint_eq(found.frames[1].number, 2);
	}
}
END_TEST

START_TEST(a_classic_file_may_be_cut_anywhere)
{
	const long record = 16 + FRAME_LEN;

	for (long len = 1; len < 24 + 2 * record; len++) {
		begin(0);
		classic_header(0xa1b2c3d4, ETHERNET);
		classic_record(1, 0, true);
		classic_record(2, 0, true);
		end();
		HOLD(truncate(paths[0], len) == 0);
		read_files();
		if (len < 24)
			HOLD(found.end == SOURCE_FAILED);
		else if ((len - 24) % record == 0)
			HOLD(found.end == SOURCE_COMPLETE);
		else
			HOLD(found.end == (len - 24 < record ? SOURCE_FAILED :
			    SOURCE_INCOMPLETE));
		HOLD(found.count == (len < 24 ? 0 : (len - 24) / record));
		HOLD((found.said_count > 0) ==
		    (found.end != SOURCE_COMPLETE));
	}
}
END_TEST

/* ---- pcapng ---- */

START_TEST(all_link_types_and_sections_are_read)
{
	begin(0);
	section();
	interface(ETHERNET, 96);
	interface(SLL, 65535);
	block(1, 1, true);
	block(0, 2, true);
	is_big = true;
	section();
	interface(101, 0);
	block(0, 3, true);
	simple_block();
	end();
	reads(4);
	ck_assert_int_eq(found.frames[0].linktype, LINKTYPE_LINUX_SLL);
	ck_assert_int_eq(found.frames[1].linktype, LINKTYPE_ETHERNET);
	ck_assert_int_eq(found.frames[2].linktype, LINKTYPE_RAW);
	ck_assert_uint_eq(found.frames[0].interface, 1);
	ck_assert_uint_eq(found.frames[1].interface, 0);
	ck_assert_int_eq(found.dlts[0], 113);
	ck_assert_int_eq(found.dlts[1], 1);
	ck_assert_int_eq(found.frames[2].time_ns, 3 * NS_PER_US);
	ck_assert_int_eq(found.frames[3].time_ns, 3 * NS_PER_US);
	ck_assert_uint_eq(found.info.untimed, 1);
	ck_assert_uint_eq(found.info.digits, 6);
}
END_TEST

START_TEST(a_pcapng_file_may_hold_nothing)
{
	begin(0);
	section();
	end();
	reads(0);
	request.filter = "tcp";
	reads(0);
}
END_TEST

START_TEST(a_pcapng_file_may_be_cut_anywhere)
{
	const long head = 28 + 20, record = 32 + FRAME_LEN;

	for (long len = 1; len < head + 2 * record; len++) {
		begin(0);
		section();
		interface(ETHERNET, 0);
		block(0, 1, true);
		block(0, 2, true);
		end();
		HOLD(truncate(paths[0], len) == 0);
		read_files();
		HOLD(found.count == (len < head ? 0 : (len - head) / record));
		HOLD((found.end == SOURCE_COMPLETE) == (len == 28 ||
		    (len >= head && (len - head) % record == 0)));
		HOLD((found.end == SOURCE_INCOMPLETE) == (found.count > 0 &&
		    (len - head) % record != 0));
		HOLD((found.said_count > 0) ==
		    (found.end != SOURCE_COMPLETE));
	}
	says(0, "cut short after packet 1: the file ends inside a block of "
	    "92 bytes");
}
END_TEST

START_TEST(damage_ends_a_file_with_a_hint)
{
	begin(0);
	section();
	interface(ETHERNET, 0);
	block(0, 1, true);
	block(1, 1, true);
	end();
	ck_assert_int_eq(read_files(), SOURCE_INCOMPLETE);
	says(0, "damaged after packet 1: a packet of interface 1, which is "
	    "not described");
	ck_assert_int_eq(strncmp(found.said[1], "hint: ", 6), 0);
}
END_TEST

/* ---- filters ---- */

START_TEST(each_link_type_has_its_filter)
{
	begin(0);
	section();
	interface(ETHERNET, 0);
	interface(101, 0);
	block(0, 1, true);
	block(0, 2, false);
	block(1, 3, true);	/* no IP packet begins with zeros */
	block(0, 4, true);
	end();
	request.filter = "tcp";
	reads(2);
	ck_assert_uint_eq(found.info.seen, 4);
	ck_assert_uint_eq(found.frames[1].number, 4);
	request.filter = NULL;
	request.ip = SOURCE_IP4;
	reads(2);
	request.ip = SOURCE_IP6;
	reads(0);
}
END_TEST

/* In a loopback header the family is in the order of the file. */
START_TEST(loopback_has_a_filter_for_each_byte_order)
{
	begin(0);
	for (unsigned i = 0; i < 4; i++) {
		is_big = i & 1;
		section();
		interface(0, 0);
		put32(6);
		put32(32 + 24);
		put32(0);
		put32(0);
		put32(i);
		put32(24);
		put32(24);
		put32(2);	/* AF_INET */
		is_big = true;
		put32(0x45000014);
		put32(0);
		put32(0x40060000);
		put32(0x0a000001);
		put32(0x0a000002);
		is_big = i & 1;
		put32(32 + 24);
	}
	end();
	request.filter = "ip and host 10.0.0.1";
	reads(4);
}
END_TEST

START_TEST(a_link_type_without_a_filter_is_left_out)
{
	begin(0);
	section();
	interface(USB, 0);
	interface(ETHERNET, 0);
	block(1, 1, true);
	end();
	request.filter = "tcp";
	reads(1);
	begin(0);
	section();
	interface(USB, 0);
	interface(ETHERNET, 0);
	block(0, 1, true);
	block(0, 2, true);
	block(1, 3, true);
	end();
	ck_assert_int_eq(read_files(), SOURCE_INCOMPLETE);
	ck_assert_uint_eq(found.count, 1);
	ck_assert_uint_eq(found.frames[0].number, 3);
	ck_assert_uint_eq(found.said_count, 2);
	ck_assert_int_eq(strncmp(found.said[0], "filter 'tcp': ", 14), 0);
	says(1, "packets of link type USB_LINUX");
}
END_TEST

START_TEST(a_filter_that_fits_nothing_is_misuse)
{
	begin(0);
	section();
	interface(USB, 0);
	block(0, 1, true);
	end();
	request.filter = "tcp";
	ck_assert_int_eq(read_files(), SOURCE_MISUSED);
	ck_assert_uint_eq(found.said_count, 1);
	ck_assert_uint_eq(found.ready, 0);
	begin(0);
	section();
	interface(ETHERNET, 0);
	block(0, 1, true);
	end();
	request.filter = "tcp and and";
	ck_assert_int_eq(read_files(), SOURCE_MISUSED);
	ck_assert_uint_eq(found.said_count, 1);
}
END_TEST

/* More than are remembered at a time: every packet, and no other. */
START_TEST(many_link_types_are_read)
{
	static const uint8_t types[] = { 1, 6, 9, 10, 50, 100, 101, 104, 105,
	    107, 108, 113, 119, 122, 127, 129, 138, 143, 163, 204, 228,
	    229, 239, 15 };

	begin(0);
	section();
	for (unsigned i = 0; i < ARRAY_LEN(types); i++)
		interface(types[i], 0);
	for (unsigned i = 0; i < ARRAY_LEN(types); i++)
		block(i, i, true);
	end();
	reads(ARRAY_LEN(types));
	request.filter = "len > 10";
	reads(ARRAY_LEN(types));
	for (unsigned i = 0; i + 1 < ARRAY_LEN(types); i++)
		ck_assert_int_ne(found.frames[i].linktype, LINKTYPE_UNKNOWN);
	ck_assert_uint_eq(found.info.unknown_frames, 1);
}
END_TEST

/* ---- several ---- */

/* The compiler may use instructions that fault on another boundary. */
START_TEST(a_source_lies_on_lines)
{
	const struct source_events events = { 0 };
	struct source *sources[4];

	for (unsigned i = 0; i < ARRAY_LEN(sources); i++) {
		sources[i] = source_new(&request, &events);
		ck_assert_ptr_nonnull(sources[i]);
		ck_assert_uint_eq((uintptr_t)sources[i] % LINE_BYTES, 0);
	}
	for (unsigned i = 0; i < ARRAY_LEN(sources); i++)
		source_free(sources[i]);
}
END_TEST

START_TEST(several_files_are_one_stream)
{
	begin(0);
	classic_header(0xa1b2c3d4, ETHERNET);
	classic_record(1, 0, true);
	end();
	begin(1);
	section();
	interface(SLL, 0);
	block(0, 2, true);
	end();
	begin(2);
	classic_header(0xa1b23c4d, 101);
	classic_record(3, 0, true);
	end();
	request.file_count = 3;
	request.filter = "len > 1";
	reads(3);
	for (unsigned i = 0; i < 3; i++)
		ck_assert_uint_eq(found.frames[i].number, i + 1);
	ck_assert_int_eq(found.frames[1].linktype, LINKTYPE_LINUX_SLL);
	request.max_frames = 2;
	reads(2);
	request.max_frames = 0;
	request.duration_ns = NS_PER_SEC;
	reads(2);
}
END_TEST

START_TEST(a_broken_file_does_not_keep_the_next_from_being_read)
{
	for (unsigned i = 0; i < 3; i++) {
		begin(i);
		section();
		interface(ETHERNET, 0);
		block(0, i, true);
		end();
	}
	ck_assert_int_eq(truncate(paths[1], 28 + 20 + 40), 0);
	request.file_count = 3;
	ck_assert_int_eq(read_files(), SOURCE_INCOMPLETE);
	ck_assert_uint_eq(found.count, 2);
	says(0, "holds no packet: the file ends inside a block");
}
END_TEST

/* ---- what is no capture ---- */

START_TEST(what_is_no_capture_is_named)
{
	begin(0);
	end();
	ck_assert_int_eq(read_files(), SOURCE_FAILED);
	says(0, "is empty");
	begin(0);
	HOLD(fputs("no capture", file) >= 0);
	end();
	ck_assert_int_eq(read_files(), SOURCE_FAILED);
	says(0, "is not a pcap");
	ck_assert_int_eq(unlink(paths[0]), 0);
	ck_assert_int_eq(read_files(), SOURCE_FAILED);
	says(0, "no such file");
	ck_assert_int_eq(mkdir(paths[0], 0700), 0);
	ck_assert_int_eq(read_files(), SOURCE_FAILED);
	says(0, "is a directory");
	ck_assert_int_eq(rmdir(paths[0]), 0);
	ck_assert_uint_eq(found.ready, 0);
}
END_TEST

START_TEST(nothing_is_read_after_a_refusal)
{
	for (unsigned i = 0; i < 4; i++) {
		begin(0);
		if ((i & 1) != 0) {
			section();
			interface(ETHERNET, 0);
			block(0, 1, true);
		} else {
			classic_header(0xa1b2c3d4, ETHERNET);
			classic_record(1, 0, true);
		}
		end();
		request.filter = (i & 2) != 0 ? "tcp" : NULL;
		is_ready_refused = true;
		ck_assert_int_eq(read_files(), SOURCE_FAILED);
		ck_assert_uint_eq(found.count, 0);
		ck_assert_uint_eq(found.ready, 1);
	}
}
END_TEST

static void
add_formats(Suite *s)
{
	TCase *tc = leaks_tcase(s, "formats");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, classic_files_have_either_unit_and_order);
	tcase_add_test(tc, a_classic_file_may_be_cut_anywhere);
	tcase_add_test(tc, all_link_types_and_sections_are_read);
	tcase_add_test(tc, a_pcapng_file_may_hold_nothing);
	tcase_add_test(tc, a_pcapng_file_may_be_cut_anywhere);
	tcase_add_test(tc, damage_ends_a_file_with_a_hint);
}

static void
add_filters(Suite *s)
{
	TCase *tc = leaks_tcase(s, "filters");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, each_link_type_has_its_filter);
	tcase_add_test(tc, loopback_has_a_filter_for_each_byte_order);
	tcase_add_test(tc, a_link_type_without_a_filter_is_left_out);
	tcase_add_test(tc, a_filter_that_fits_nothing_is_misuse);
	tcase_add_test(tc, many_link_types_are_read);
}

static void
add_several(Suite *s)
{
	TCase *tc = leaks_tcase(s, "several");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_source_lies_on_lines);
	tcase_add_test(tc, several_files_are_one_stream);
	tcase_add_test(tc,
	    a_broken_file_does_not_keep_the_next_from_being_read);
	tcase_add_test(tc, what_is_no_capture_is_named);
	tcase_add_test(tc, nothing_is_read_after_a_refusal);
}

static Suite *
suite(void)
{
	Suite *s = suite_create("file");

	add_formats(s);
	add_filters(s);
	add_several(s);
	return s;
}

int
main(void)
{
	return check_main(suite());
}
