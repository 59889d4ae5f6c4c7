/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "trace.h"

#include <check.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/compiler.h"
#include "base/cursor.h"
#include "base/nstime.h"

#define FILE_MAX	(4 * 1024 * 1024)	/* larger ones take too long */
#define HEADER_LEN	24		/* of the file */
#define RECORD_LEN	16		/* of a record's header */
#define PATH_SIZE	4096

/* ---- pcap: a header, then records ---- */

struct format {
	bool is_swapped;	/* numbers are big-endian */
	bool is_nano;
	enum linktype linktype;
};

static uint32_t
number(const struct format *format, const uint8_t *p)
{
	const uint32_t big = load_be32(p);

	if (format->is_swapped)
		return big;
	return big >> 24 | (big >> 8 & 0xff00) | (big << 8 & 0xff0000) |
	    big << 24;
}

static enum linktype
linktype_of(uint32_t dlt)
{
	switch (dlt) {
	case 0: return LINKTYPE_BSD_NULL;
	case 1: return LINKTYPE_ETHERNET;
	case 101: return LINKTYPE_RAW;
	case 108: return LINKTYPE_BSD_LOOP;
	case 113: return LINKTYPE_LINUX_SLL;
	case 276: return LINKTYPE_LINUX_SLL2;
	default: return LINKTYPE_UNKNOWN;
	}
}

static bool
read_header(struct format *format, const uint8_t *file, size_t len)
{
	if (len < HEADER_LEN)
		return false;
	format->is_swapped = file[0] == 0xa1;
	switch (number(format, file)) {
	case UINT32_C(0xa1b2c3d4):
		format->is_nano = false;
		break;
	case UINT32_C(0xa1b23c4d):
		format->is_nano = true;
		break;
	default:
		return false;
	}
	format->linktype = linktype_of(number(format, file + 20));
	return true;
}

/* Frames of a file; only counted when `frames` is NULL. */
static size_t
read_frames(const struct format *format, const uint8_t *file, size_t len,
    struct frame *frames)
{
	size_t count = 0;
	size_t at = HEADER_LEN;

	while (len - at >= RECORD_LEN) {
		const uint8_t *record = file + at;
		const uint32_t captured = number(format, record + 8);

		if (captured > len - at - RECORD_LEN)
			break;
		if (frames != NULL)
			frames[count] = (struct frame){
				.time_ns = number(format, record) * NS_PER_SEC +
				    number(format, record + 4) *
				    (format->is_nano ? 1 : NS_PER_US),
				.number = count + 1,
				.bytes = record + RECORD_LEN,
				.captured_len = captured,
				.wire_len = number(format, record + 12),
				.linktype = format->linktype,
			};
		count++;
		at += RECORD_LEN + captured;
	}
	return count;
}

bool
trace_read(struct trace *trace, const char *path)
{
	struct format format = { .is_swapped = false };
	FILE *stream = fopen(path, "rb");
	uint8_t *file;
	size_t len;

	if (stream == NULL)
		return false;
	file = malloc(FILE_MAX);
	ck_assert_ptr_nonnull(file);
	len = fread(file, 1, FILE_MAX, stream);
	fclose(stream);
	if (len == FILE_MAX || !read_header(&format, file, len)) {
		free(file);
		return false;
	}
	trace->file = file;
	trace->count = read_frames(&format, file, len, NULL);
	trace->frames = calloc(trace->count + 1, sizeof(*trace->frames));
	ck_assert_ptr_nonnull(trace->frames);
	read_frames(&format, file, len, trace->frames);
	return true;
}

void
trace_free(struct trace *trace)
{
	free(trace->frames);
	free(trace->file);
}

/* ---- the samples ---- */

static const glob_t *
samples(void)
{
	static const char *const patterns[] = {
		"data/*.pcap", "../shared/captures/*.pcap",
		"../shared/captures/*.cap", "../shared/captures/*.dmp",
		"../shared/captures/*.trace",
	};
	static glob_t found;
	static bool is_done;
	const char *top = getenv("top_srcdir");
	char path[PATH_SIZE];

	for (unsigned i = 0; !is_done && i < ARRAY_LEN(patterns); i++) {
		snprintf(path, sizeof(path), "%s/%s", top != NULL ? top : ".",
		    patterns[i]);
		glob(path, i == 0 ? 0 : GLOB_APPEND, NULL, &found);
	}
	is_done = true;
	return &found;
}

const char *
trace_sample(unsigned i)
{
	return i < samples()->gl_pathc ? samples()->gl_pathv[i] : NULL;
}

unsigned
trace_sample_count(void)
{
	return (unsigned)samples()->gl_pathc;
}

/* ---- the engine ---- */

struct tcpstates *
trace_engine(const struct tcpstates_options *options)
{
	struct tcpstates_options keyed = *options;
	struct tcpstates *ts;

	if (keyed.hash_key[0] == 0 && keyed.hash_key[1] == 0) {
		keyed.hash_key[0] = UINT64_C(0x0123456789abcdef);
		keyed.hash_key[1] = UINT64_C(0xfedcba9876543210);
	}
	ts = tcpstates_new(&keyed);
	ck_assert_ptr_nonnull(ts);
	return ts;
}

struct tcpstates *
trace_run(const struct trace *trace, const struct tcpstates_options *options)
{
	struct tcpstates *ts = trace_engine(options);

	for (size_t i = 0; i < trace->count; i++)
		if (tcpstates_frame(ts, &trace->frames[i]) != 0)
			ck_abort_msg("frame %zu failed", i + 1);
	tcpstates_finish(ts);
	return ts;
}

/* ---- mirrored addresses ---- */

static void
complement(uint8_t *bytes, size_t n)
{
	while (n-- > 0)
		bytes[n] = (uint8_t)~bytes[n];
}

/* An IP header at `at`, and one that an ICMP error behind it quotes. */
static void
mirror_ip(uint8_t *bytes, size_t len, size_t at, unsigned depth)
{
	unsigned version;
	size_t payload;
	uint8_t protocol;

	if (depth > 1 || len < at + 1)
		return;
	version = bytes[at] >> 4;
	if (version == 4 && len >= at + 20) {
		complement(bytes + at + 12, 8);
		payload = at + 4 * (bytes[at] & 15U);
		protocol = bytes[at + 9];
	} else if (version == 6 && len >= at + 40) {
		complement(bytes + at + 8, 32);
		payload = at + 40;
		protocol = bytes[at + 6];
	} else {
		return;
	}
	if (protocol == (version == 4 ? 1 : 58))
		mirror_ip(bytes, len, payload + 8, depth + 1);
}

void
trace_mirror(uint8_t *bytes, size_t len, enum linktype linktype)
{
	size_t at;

	switch ((int)linktype) {
	case LINKTYPE_ETHERNET:
		at = 14;
		while (len >= at && bytes[at - 2] == 0x81 &&
		    bytes[at - 1] == 0)
			at += 4;
		if (len < at || (load_be16(bytes + at - 2) != 0x0800 &&
		    load_be16(bytes + at - 2) != 0x86dd))
			return;
		break;
	case LINKTYPE_LINUX_SLL:
		at = 16;
		break;
	case LINKTYPE_LINUX_SLL2:
		at = 20;
		break;
	case LINKTYPE_BSD_NULL:
	case LINKTYPE_BSD_LOOP:
		at = 4;
		break;
	case LINKTYPE_RAW:
		at = 0;
		break;
	default:
		return;
	}
	mirror_ip(bytes, len, at, 0);
}
