/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Files are read by readers of our own (capture/classic.h, capture/pcapng.h):
 * of every capture there is, they find the frames that libpcap finds, with the
 * same times, lengths and bytes.
 */
#include "config.h"

#include <check.h>
#include <glob.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/compiler.h"
#include "base/nstime.h"
#include "capture/sigs.h"
#include "capture/source.h"
#include "check_main.h"
#include "hold.h"
#include "leaks.h"

/* Of the source tree, and beside the tree. */
static const char *const patterns[] = {
	"data/*.pcap*", "tests/fuzz/corpus/file/*",
	"../shared/captures/*.pcap*", "../shared/cases/*.pcap*",
	"../shared/lab/*.pcap*",
};

static glob_t captures;

struct record {
	int64_t time_ns;
	uint32_t captured_len;
	uint32_t wire_len;
	uint32_t sum;		/* over the captured bytes */
};

struct records {
	struct record *all;
	size_t count;
	size_t room;
};

static void
find_captures(void)
{
	const char *top = getenv("top_srcdir");
	char path[4096];

	for (size_t i = 0; i < ARRAY_LEN(patterns); i++) {
		snprintf(path, sizeof(path), "%s/%s", top != NULL ? top : ".",
		    patterns[i]);
		(void)glob(path, captures.gl_pathc > 0 ? GLOB_APPEND : 0, NULL,
		    &captures);
	}
}

static void
add(struct records *records, struct record record, const uint8_t *bytes)
{
	if (records->count == records->room) {
		records->room = 2 * records->room + 64;
		records->all = realloc(records->all,
		    records->room * sizeof(*records->all));
		HOLD(records->all != NULL);
	}
	record.sum = 0;
	for (uint32_t i = 0; i < record.captured_len; i++)
		record.sum = record.sum * 31 + bytes[i];
	records->all[records->count++] = record;
}

/* ---- our readers ---- */

static bool
take_frame(void *arg, const struct frame *frame)
{
	add(arg, (struct record){ .time_ns = frame->time_ns,
	    .captured_len = frame->captured_len,
	    .wire_len = frame->wire_len }, frame->bytes);
	return true;
}

static bool
go_on(void *arg UNUSED)
{
	return true;
}

static void
ignore(void *arg UNUSED, const char *sentence UNUSED)
{
}

/* Returns the number of frames without a time. */
static uint64_t
read_ours(const char *path, struct records *records)
{
	const struct source_request request = { .files = &path,
	    .file_count = 1, .program = "tcpstates" };
	const struct source_events events = { .frame = take_frame,
	    .tick = go_on, .problem = ignore, .arg = records };
	struct source *source = source_new(&request, &events);
	uint64_t untimed;

	HOLD(source != NULL);
	if (source_open(source) == SOURCE_COMPLETE)
		(void)source_run(source);
	untimed = source_info(source)->untimed;
	source_free(source);
	return untimed;
}

/* ---- libpcap ---- */

/* Seconds of a classic capture are unsigned: libpcap may read them signed. */
static int64_t
time_of(const struct timeval *tv, bool is_classic)
{
	int64_t sec = tv->tv_sec;

	if (is_classic && sec < 0)
		sec += INT64_C(1) << 32;
	return nstime_from(sec, tv->tv_usec);
}

static bool
is_classic_file(const char *path)
{
	FILE *file = fopen(path, "rb");
	const bool is_pcapng = file != NULL && fgetc(file) == 0x0a;

	if (file != NULL)
		fclose(file);
	return !is_pcapng;
}

/* False: libpcap cannot open the file.  *ret_is_whole: no error ended it. */
static bool
read_theirs(const char *path, struct records *records, bool *ret_is_whole)
{
	char reason[PCAP_ERRBUF_SIZE];
	pcap_t *pcap = pcap_open_offline_with_tstamp_precision(path,
	    PCAP_TSTAMP_PRECISION_NANO, reason);
	const bool is_classic = is_classic_file(path);
	struct pcap_pkthdr *header;
	const u_char *bytes;
	int result;

	if (pcap == NULL)
		return false;
	while ((result = pcap_next_ex(pcap, &header, &bytes)) == 1)
		add(records, (struct record){
		    .time_ns = time_of(&header->ts, is_classic),
		    .captured_len = header->caplen,
		    .wire_len = header->len }, bytes);
	*ret_is_whole = result == PCAP_ERROR_BREAK;
	pcap_close(pcap);
	return true;
}

/* ---- both ---- */

static void
compare(const char *path, const struct records *ours,
    const struct records *theirs, bool has_times)
{
	for (size_t i = 0; i < theirs->count; i++) {
		const struct record *a = &ours->all[i], *b = &theirs->all[i];

		ck_assert_msg(a->captured_len == b->captured_len &&
		    a->wire_len == b->wire_len && a->sum == b->sum,
		    "%s: record %zu has another length or other bytes", path,
		    i + 1);
		ck_assert_msg(!has_times || a->time_ns == b->time_ns,
		    "%s: record %zu has another time", path, i + 1);
	}
}

START_TEST(records_are_those_of_libpcap)
{
	const char *path = captures.gl_pathv[_i];
	struct records ours = { .count = 0 }, theirs = { .count = 0 };
	bool is_whole;

	ck_assert_int_eq(sigs_open(), 0);
	if (read_theirs(path, &theirs, &is_whole)) {
		const uint64_t untimed = read_ours(path, &ours);

		ck_assert_msg(ours.count == theirs.count ||
		    (!is_whole && ours.count > theirs.count),
		    "%s: %zu records, not %zu", path, ours.count,
		    theirs.count);
		compare(path, &ours, &theirs, untimed == 0);
	}
	sigs_close();
	free(ours.all);
	free(theirs.all);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("walk");
	TCase *c = leaks_tcase(s, "walk");

	find_captures();
	tcase_add_loop_test(c, records_are_those_of_libpcap, 0,
	    (int)captures.gl_pathc);
	return s;
}

int
main(void)
{
	return check_main(suite());
}
