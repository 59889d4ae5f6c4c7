/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The bytes of a capture, whatever they come through: files, pipes, gzip and
 * zstd, whole, cut anywhere and damaged anywhere.
 */
#include "config.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#ifdef HAVE_ZLIB
#include <zlib.h>
#endif
#ifdef HAVE_ZSTD
#include <zstd.h>
#endif

#include "base/compiler.h"
#include "base/pool.h"
#include "capture/sigs.h"
#include "capture/unzip.h"
#include "check_main.h"
#include "hold.h"
#include "leaks.h"

#define SMALL		200	/* bytes of a capture for most tests */
#define LARGE		((size_t)700 * 1024)	/* more than two buffers */

/* What is in the file, and what came out of it. */
struct bytes {
	uint8_t *bytes;
	size_t len;
};

static struct bytes whole;
static struct input *input;
static struct input_trouble trouble;
static unsigned idles;
static bool is_wanted;

static void
make_whole(size_t len)
{
	free(whole.bytes);
	whole.bytes = malloc(len);
	ck_assert_ptr_nonnull(whole.bytes);
	whole.len = len;
	/* It packs, but not to nothing. */
	for (size_t i = 0; i < len; i++)
		whole.bytes[i] = (uint8_t)(i * i >> 3);
	memcpy(whole.bytes, "\xd4\xc3\xb2\xa1", 4);
}

static void
setup(void)
{
	ck_assert_int_eq(sigs_open(), 0);
	make_whole(SMALL);
	input = NULL;
	idles = 0;
	is_wanted = true;
}

static void
teardown(void)
{
	free(whole.bytes);
	whole.bytes = NULL;
	sigs_close();
}

/* ---- opening ---- */

static int
file_of(const void *bytes, size_t len)
{
	char path[] = "/tmp/check_unzip.XXXXXX";
	const int fd = mkstemp(path);

	HOLD(fd >= 0);
	HOLD(unlink(path) == 0);
	HOLD(write(fd, bytes, len) == (ssize_t)len);
	HOLD(lseek(fd, 0, SEEK_SET) == 0);
	return fd;
}

/* Its other end is closed; no more than the kernel holds. */
static int
pipe_of(const void *bytes, size_t len)
{
	int ends[2];

	HOLD(pipe(ends) == 0);
	HOLD(write(ends[1], bytes, len) == (ssize_t)len);
	close(ends[1]);
	return ends[0];
}

static bool
idle(void *arg)
{
	(void)arg;
	idles++;
	return is_wanted;
}

static enum input_error
open_fd(int fd)
{
	return input_open(fd, idle, NULL, &input, &trouble);
}

static void
opens(const struct bytes *packed, bool is_pipe)
{
	const int fd = is_pipe ? pipe_of(packed->bytes, packed->len) :
	    file_of(packed->bytes, packed->len);

	HOLD(open_fd(fd) == INPUT_OK);
}

/* ---- reading ---- */

/* Everything, `chunk` bytes at a time; returns how it ended: 0 or errno. */
static int
read_all(struct bytes *ret_got, size_t chunk)
{
	uint8_t *buffer = malloc(LARGE + chunk);
	ssize_t n = 1;
	size_t len = 0;

	HOLD(buffer != NULL);
	while (n > 0 && len <= LARGE) {
		errno = 0;
		n = input_read(input, buffer + len, chunk);
		len += n > 0 ? (size_t)n : 0;
	}
	*ret_got = (struct bytes){ buffer, len };
	return n < 0 ? errno : 0;
}

static bool
is_whole(const struct bytes *got)
{
	return got->len == whole.len &&
	    memcmp(got->bytes, whole.bytes, got->len) == 0;
}

static bool
is_beginning(const struct bytes *got)
{
	return got->len <= whole.len &&
	    memcmp(got->bytes, whole.bytes, got->len) == 0;
}

static void
finish(struct bytes *got)
{
	free(got->bytes);
	input_free(input);
	input = NULL;
}

/* It is read to its end, and that is as it should be. */
static void
is_read(const struct bytes *packed, bool is_pipe, size_t chunk)
{
	struct bytes got;

	opens(packed, is_pipe);
	HOLD(read_all(&got, chunk) == 0);
	HOLD(is_whole(&got));
	HOLD(input_complaint(input) == NULL);
	HOLD(!input_is_cut(input) && !input_is_stopped(input));
	HOLD(input_is_pipe(input) == is_pipe);
	finish(&got);
}

/* The same through the stream that libpcap reads. */
static void
is_streamed(const struct bytes *packed, bool is_pipe)
{
	uint8_t *buffer = malloc(whole.len + 1);
	struct bytes got = { .bytes = buffer };
	FILE *stream;

	HOLD(buffer != NULL);
	opens(packed, is_pipe);
	stream = input_stream(input);
	HOLD(stream != NULL);
	got.len = fread(buffer, 1, whole.len + 1, stream);
	HOLD(is_whole(&got) && feof(stream) != 0);
	fclose(stream);
	finish(&got);
}

/* In all the ways there are. */
static void
is_read_in_any_way(const struct bytes *packed)
{
	static const size_t chunks[] = { 1, 7, 4096, 300000 };

	for (int is_pipe = 0; is_pipe < 2; is_pipe++) {
		for (size_t i = 0; i < ARRAY_LEN(chunks); i++)
			is_read(packed, is_pipe, chunks[i]);
		is_streamed(packed, is_pipe);
	}
}

/* ---- packing ---- */

#ifdef HAVE_ZLIB
static struct bytes
gzip_of(const void *bytes, size_t len)
{
	const size_t room = len + 1024;
	struct bytes packed = { malloc(room), 0 };
	z_stream z = { .avail_in = (uInt)len, .avail_out = (uInt)room };

	HOLD(packed.bytes != NULL);
	HOLD(deflateInit2(&z, 6, Z_DEFLATED, 16 + MAX_WBITS, 8,
	    Z_DEFAULT_STRATEGY) == Z_OK);
	z.next_in = (Bytef *)(uintptr_t)bytes;
	z.next_out = packed.bytes;
	HOLD(deflate(&z, Z_FINISH) == Z_STREAM_END);
	packed.len = room - z.avail_out;
	deflateEnd(&z);
	return packed;
}
#endif

#ifdef HAVE_ZSTD
static struct bytes
zstd_of(const void *bytes, size_t len)
{
	const size_t room = ZSTD_compressBound(len);
	struct bytes packed = { malloc(room), 0 };

	HOLD(packed.bytes != NULL);
	packed.len = ZSTD_compress(packed.bytes, room, bytes, len, 3);
	HOLD(!ZSTD_isError(packed.len));
	return packed;
}
#endif

/* What is packed here, or was compiled in: one of these for each test. */
static const struct {
	const char *name;
	struct bytes (*pack)(const void *bytes, size_t len);
} packings[] = {
#ifdef HAVE_ZLIB
	{ "gzip", gzip_of },
#endif
#ifdef HAVE_ZSTD
	{ "zstd", zstd_of },
#endif
	{ NULL, NULL }
};

#define PACKINGS	((int)ARRAY_LEN(packings) - 1)

/* `a`, then `b`; both are freed. */
static struct bytes
joined(struct bytes a, struct bytes b)
{
	struct bytes both = { malloc(a.len + b.len), a.len + b.len };

	HOLD(both.bytes != NULL);
	memcpy(both.bytes, a.bytes, a.len);
	memcpy(both.bytes + a.len, b.bytes, b.len);
	free(a.bytes);
	free(b.bytes);
	return both;
}

static struct bytes
copy_of(const void *bytes, size_t len)
{
	struct bytes copy = { malloc(len), len };

	HOLD(copy.bytes != NULL);
	memcpy(copy.bytes, bytes, len);
	return copy;
}

/* ---- plain ---- */

START_TEST(plain_bytes_come_as_they_are)
{
	is_read_in_any_way(&whole);
	make_whole(4);
	is_read_in_any_way(&whole);
}
END_TEST

START_TEST(a_large_file_takes_several_buffers)
{
	make_whole(LARGE);
	is_read(&whole, false, 5000);
	is_read(&whole, false, LARGE);
	is_streamed(&whole, false);
}
END_TEST

START_TEST(the_head_is_looked_at_before)
{
	for (int is_pipe = 0; is_pipe < 2; is_pipe++) {
		const uint8_t *head;

		opens(&whole, is_pipe);
		ck_assert_uint_ge(input_head(input, &head), 4);
		ck_assert_mem_eq(head, whole.bytes, 4);
		input_free(input);
	}
}
END_TEST

START_TEST(progress_is_known_for_files)
{
	uint8_t buffer[10];
	uint64_t at, size;

	opens(&whole, false);
	ck_assert_int_eq(input_read(input, buffer, sizeof(buffer)),
	    sizeof(buffer));
	input_progress(input, &at, &size);
	ck_assert_uint_eq(size, SMALL);
	ck_assert_uint_le(at, SMALL);
	ck_assert_uint_gt(at, 0);
	input_free(input);
	opens(&whole, true);
	input_progress(input, &at, &size);
	ck_assert_uint_eq(at, 0);
	ck_assert_uint_eq(size, 0);
	input_free(input);
}
END_TEST

/* As in `tcpstates - <file` after something else has read from it. */
START_TEST(a_file_in_its_middle_is_read_from_there)
{
	uint8_t *twice = malloc(2 * SMALL);
	struct bytes got;
	int fd;

	ck_assert_ptr_nonnull(twice);
	memset(twice, 0, SMALL);
	memcpy(twice + SMALL, whole.bytes, SMALL);
	fd = file_of(twice, 2 * SMALL);
	ck_assert_int_eq(lseek(fd, SMALL, SEEK_SET), SMALL);
	ck_assert_int_eq(open_fd(fd), INPUT_OK);
	ck_assert(input_is_pipe(input));
	ck_assert_int_eq(read_all(&got, 4096), 0);
	ck_assert(is_whole(&got));
	finish(&got);
	free(twice);
}
END_TEST

START_TEST(a_pipe_may_be_given_up)
{
	uint8_t buffer[SMALL];
	int ends[2];

	ck_assert_int_eq(pipe(ends), 0);
	ck_assert_int_eq(write(ends[1], whole.bytes, 10), 10);
	ck_assert_int_eq(open_fd(ends[0]), INPUT_OK);
	ck_assert_int_eq(input_read(input, buffer, SMALL), 10);
	ck_assert_uint_eq(idles, 0);
	is_wanted = false;
	ck_assert_int_eq(input_read(input, buffer, SMALL), 0);
	ck_assert_uint_eq(idles, 1);
	ck_assert(input_is_stopped(input));
	input_free(input);
	/* Nor is anything waited for before the first bytes. */
	ck_assert_int_eq(pipe(ends), 0);
	ck_assert_int_eq(open_fd(ends[0]), INPUT_STOPPED);
	close(ends[1]);
}
END_TEST

/* ---- what cannot be opened ---- */

START_TEST(nothing_is_empty)
{
	ck_assert_int_eq(open_fd(file_of("", 0)), INPUT_EMPTY);
	ck_assert_int_eq(open_fd(pipe_of("", 0)), INPUT_EMPTY);
}
END_TEST

START_TEST(what_cannot_be_read_is_an_error)
{
	ck_assert_int_eq(open_fd(open("/tmp", O_RDONLY | O_DIRECTORY)),
	    INPUT_ERRNO);
	ck_assert_int_eq(trouble.error, EISDIR);
	ck_assert_int_eq(open_fd(-1), INPUT_ERRNO);
	ck_assert_int_eq(trouble.error, EBADF);
}
END_TEST

static const struct {
	const char *bytes;
	size_t len;
	const char *packing;
	const char *tool;
} unknown[] = {
	{ "\xfd" "7zXZ\0\0\4", 8, "xz", "xzcat" },
	{ "BZh91AY&", 8, "bzip2", "bzcat" },
	{ "\x04\x22\x4d\x18", 4, "lz4", "lz4cat" },
	{ "PK\3\4\24\0", 6, "zip", "unzip -p" },
#ifndef HAVE_ZLIB
	{ "\x1f\x8b\x08", 3, "gzip", "zcat" },
#endif
#ifndef HAVE_ZSTD
	{ "\x28\xb5\x2f\xfd", 4, "zstd", "zstdcat" },
#endif
};

START_TEST(other_packings_are_named)
{
	for (size_t i = 0; i < ARRAY_LEN(unknown); i++) {
		const uint8_t *bytes = (const uint8_t *)unknown[i].bytes;

		ck_assert(input_is_packed(bytes, unknown[i].len));
		ck_assert_int_eq(open_fd(file_of(bytes, unknown[i].len)),
		    INPUT_PACKED);
		ck_assert_str_eq(trouble.packing, unknown[i].packing);
		ck_assert_str_eq(trouble.tool, unknown[i].tool);
	}
	ck_assert(!input_is_packed(whole.bytes, whole.len));
	ck_assert(!input_is_packed((const uint8_t *)"B", 1));
}
END_TEST

START_TEST(without_memory_nothing_is_left_open)
{
	for (uint64_t nth = 1; nth < 4; nth++) {
		const int fd = file_of(whole.bytes, whole.len);
		enum input_error error;

		mem_fail_after(nth);
		error = open_fd(fd);
		mem_fail_after(0);
		if (error == INPUT_OK) {
			input_free(input);
			continue;
		}
		ck_assert_int_eq(error, INPUT_ERRNO);
		ck_assert_int_eq(trouble.error, ENOMEM);
		ck_assert_int_eq(fcntl(fd, F_GETFD), -1);
	}
}
END_TEST

/* ---- packed ---- */

START_TEST(packed_bytes_come_unpacked)
{
	struct bytes packed = packings[_i].pack(whole.bytes, whole.len);

	ck_assert(input_is_packed(packed.bytes, packed.len));
	is_read_in_any_way(&packed);
	free(packed.bytes);
	make_whole(LARGE);
	packed = packings[_i].pack(whole.bytes, whole.len);
	is_read(&packed, false, 5000);
	is_streamed(&packed, false);
	free(packed.bytes);
}
END_TEST

START_TEST(packed_parts_are_one)
{
	for (size_t at = 0; at <= whole.len; at += 10) {
		struct bytes packed = joined(
		    packings[_i].pack(whole.bytes, at),
		    packings[_i].pack(whole.bytes + at, whole.len - at));

		is_read(&packed, false, 4096);
		is_read(&packed, true, 13);
		free(packed.bytes);
	}
}
END_TEST

START_TEST(packed_nothing_is_empty)
{
	struct bytes packed = packings[_i].pack("", 0);

	ck_assert_int_eq(open_fd(file_of(packed.bytes, packed.len)),
	    INPUT_EMPTY);
	free(packed.bytes);
}
END_TEST

/* Before the first bytes it cannot be opened; later it is a beginning. */
START_TEST(packed_bytes_may_be_cut_anywhere)
{
	struct bytes packed = packings[_i].pack(whole.bytes, whole.len);

	for (size_t len = 6; len < packed.len; len++) {
		const enum input_error error = open_fd(
		    file_of(packed.bytes, len));
		struct bytes got;

		if (error != INPUT_OK) {
			HOLD(error == INPUT_DAMAGED);
			HOLD(strstr(trouble.complaint, "end early") != NULL);
			continue;
		}
		HOLD(read_all(&got, 4096) == 0);
		HOLD(is_beginning(&got));
		HOLD(input_is_cut(input));
		HOLD(strstr(input_complaint(input), "end early") != NULL);
		finish(&got);
	}
	free(packed.bytes);
}
END_TEST

/* The file ends; zstd here has no checksum that would show the damage. */
START_TEST(packed_bytes_may_be_damaged_anywhere)
{
	struct bytes packed = packings[_i].pack(whole.bytes, whole.len);
	const bool has_sum = strcmp(packings[_i].name, "gzip") == 0;

	for (size_t at = 4; at < packed.len; at++) {
		struct bytes got;
		int error;

		packed.bytes[at] ^= 0x55;
		if (open_fd(file_of(packed.bytes, packed.len)) == INPUT_OK) {
			error = read_all(&got, 4096);
			/* The header of gzip says nothing that matters. */
			HOLD(!has_sum || at < 10 || error != 0 ||
			    input_complaint(input) != NULL);
			finish(&got);
		}
		packed.bytes[at] ^= 0x55;
	}
	free(packed.bytes);
}
END_TEST

START_TEST(packed_input_may_be_given_up)
{
	struct bytes packed, got;

	make_whole(LARGE);
	packed = packings[_i].pack(whole.bytes, whole.len);
	opens(&packed, false);
	is_wanted = false;
	ck_assert_int_eq(read_all(&got, 4096), 0);
	ck_assert(is_beginning(&got));
	ck_assert_uint_lt(got.len, whole.len);
	ck_assert(input_is_stopped(input));
	ck_assert_ptr_null(input_complaint(input));
	finish(&got);
	free(packed.bytes);
}
END_TEST

#ifdef HAVE_ZLIB
START_TEST(gzip_may_be_padded_but_not_followed)
{
	static const uint8_t zeros[1000];
	struct bytes packed = joined(gzip_of(whole.bytes, whole.len),
	    copy_of(zeros, sizeof(zeros)));
	struct bytes got;

	is_read(&packed, false, 4096);
	is_read(&packed, true, 4096);
	packed = joined(packed, copy_of("more", 4));
	opens(&packed, false);
	ck_assert_int_ne(read_all(&got, 4096), 0);
	ck_assert(is_whole(&got));
	ck_assert_str_eq(input_complaint(input),
	    "the gzip data are followed by something else");
	ck_assert(!input_is_cut(input));
	finish(&got);
	free(packed.bytes);
}
END_TEST
#endif

#ifdef HAVE_ZSTD
/* As pzstd(1) puts one before its frames. */
START_TEST(zstd_may_begin_with_a_frame_to_skip)
{
	struct bytes packed = joined(
	    copy_of("\x50\x2a\x4d\x18\x04\0\0\0\1\2\3\4", 12),
	    zstd_of(whole.bytes, whole.len));

	is_read_in_any_way(&packed);
	free(packed.bytes);
}
END_TEST

/* Its first block would need a window of 2 GiB. */
START_TEST(zstd_with_a_huge_window_is_named)
{
	static const uint8_t frame[] = { 0x28, 0xb5, 0x2f, 0xfd, 0x00, 0xa8,
	    0x01, 0x00, 0x00 };

	ck_assert_int_eq(open_fd(file_of(frame, sizeof(frame))),
	    INPUT_DAMAGED);
	ck_assert_ptr_nonnull(strstr(trouble.complaint, "--long=31"));
}
END_TEST
#endif

static void
add_plain(Suite *s)
{
	TCase *tc = leaks_tcase(s, "plain");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, plain_bytes_come_as_they_are);
	tcase_add_test(tc, a_large_file_takes_several_buffers);
	tcase_add_test(tc, the_head_is_looked_at_before);
	tcase_add_test(tc, progress_is_known_for_files);
	tcase_add_test(tc, a_file_in_its_middle_is_read_from_there);
	tcase_add_test(tc, a_pipe_may_be_given_up);
	tcase_add_test(tc, nothing_is_empty);
	tcase_add_test(tc, what_cannot_be_read_is_an_error);
	tcase_add_test(tc, other_packings_are_named);
	tcase_add_test(tc, without_memory_nothing_is_left_open);
}

static void
add_packed(Suite *s)
{
	TCase *tc = leaks_tcase(s, "packed");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, packed_bytes_come_unpacked, 0, PACKINGS);
	tcase_add_loop_test(tc, packed_parts_are_one, 0, PACKINGS);
	tcase_add_loop_test(tc, packed_nothing_is_empty, 0, PACKINGS);
	tcase_add_loop_test(tc, packed_bytes_may_be_cut_anywhere, 0,
	    PACKINGS);
	tcase_add_loop_test(tc, packed_bytes_may_be_damaged_anywhere, 0,
	    PACKINGS);
	tcase_add_loop_test(tc, packed_input_may_be_given_up, 0, PACKINGS);
#ifdef HAVE_ZLIB
	tcase_add_test(tc, gzip_may_be_padded_but_not_followed);
#endif
#ifdef HAVE_ZSTD
	tcase_add_test(tc, zstd_may_begin_with_a_frame_to_skip);
	tcase_add_test(tc, zstd_with_a_huge_window_is_named);
#endif
}

static Suite *
suite(void)
{
	Suite *s = suite_create("unzip");

	add_plain(s);
	add_packed(s);
	return s;
}

int
main(void)
{
	return check_main(suite());
}
