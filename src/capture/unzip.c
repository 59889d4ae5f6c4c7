/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * See unzip.h.  read(2) fills one buffer, an unpacker takes bytes from there,
 * and a cookie stream (or that of funopen(), where stdio is BSD's) calls the
 * unpacker.
 */
#include "config.h"

#include "capture/unzip.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#ifdef HAVE___FSETLOCKING
#include <stdio_ext.h>
#endif

#include "base/compiler.h"
#include "base/nstime.h"
#include "base/pool.h"
#include "capture/clock.h"
#include "capture/sigs.h"
#include "capture/unpack.h"

#define STREAM_SIZE	(256 * 1024)	/* bytes of stdio's buffer */
#define HEAD_LEAST	4		/* bytes of a magic number */

/*
 * After SIGINT a pipe has this time to end by itself: its writer (tcpdump -w -)
 * gets the same signal from the terminal and still holds packets.
 */
#define PIPE_GRACE_NS	(700 * NS_PER_MS)

/* A pipe without data: the longest time between two calls of idle(). */
#define IDLE_MS		1000

/* After the signal: does the pipe have more, within that time? */
static bool
more_after_stop(struct input *in)
{
	struct pollfd ready = { .fd = in->fd, .events = POLLIN };
	const int64_t now = clock_now();

	if (in->grace_until == 0)
		in->grace_until = now + PIPE_GRACE_NS;
	if (now >= in->grace_until)
		return false;
	return poll(&ready, 1, (int)((in->grace_until - now) / NS_PER_MS) + 1)
	    > 0;
}

/* Block until a pipe has something or reading has to stop: then false. */
static bool
wait_for_pipe(struct input *in)
{
	struct pollfd ready[] = {
		{ .fd = in->fd, .events = POLLIN },
		{ .fd = sigs_fd(), .events = POLLIN },
	};
	int patience = 0;	/* only a look, at first */

	while (!sigs_stopped()) {
		const int count = poll(ready, ARRAY_LEN(ready), patience);

		if (count < 0 && errno != EINTR)
			return true;	/* read(2) will fail, too */
		if (count > 0 && ready[0].revents != 0)
			return true;
		sigs_drain();
		if (in->idle != NULL && !in->idle(in->idle_arg))
			return false;
		patience = IDLE_MS;
	}
	return more_after_stop(in);
}

/* Call read(2): 0 at the end, -1 with the error remembered. */
static ssize_t
read_some(struct input *in, uint8_t *to, size_t room)
{
	ssize_t got;

	do {
		if (!in->is_regular && !wait_for_pipe(in)) {
			in->is_stopped = true;
			return 0;
		}
		got = read(in->fd, to, room);
	} while (got < 0 && (errno == EINTR || errno == EAGAIN));
	if (got < 0)
		in->error = errno;
	if (got == 0)
		in->is_eof = true;
	return got;
}

/*
 * Look at signals between two buffers of a file.  A compressed one may expand
 * to gigabytes without a packet, so that no other code gets to look.
 */
static bool
is_wanted_on(struct input *in)
{
	if (in->is_regular && (sigs_stopped() ||
	    (in->idle != NULL && !in->idle(in->idle_arg))))
		in->is_stopped = true;
	return !in->is_stopped;
}

bool
unpack_fill(struct input *in)
{
	ssize_t got;

	if (in->is_eof || in->error != 0 || !is_wanted_on(in))
		return false;
	got = read_some(in, in->raw, RAW_SIZE);
	in->raw_at = 0;
	in->raw_count = got > 0 ? (size_t)got : 0;
	return got > 0;
}

static ssize_t
fail(const struct input *in)
{
	errno = in->error != 0 ? in->error : EIO;
	return -1;
}

static bool
plain_open(struct input *in UNUSED)
{
	return true;
}

static ssize_t
plain_read(struct input *in, uint8_t *to, size_t room)
{
	size_t n;

	if (unpack_raw_left(in) == 0 && !unpack_fill(in))
		return in->error != 0 ? fail(in) : 0;
	n = unpack_raw_left(in) < room ? unpack_raw_left(in) : room;
	memcpy(to, in->raw + in->raw_at, n);
	in->raw_at += n;
	return (ssize_t)n;
}

void
unpack_report_damage(struct input *in, const char *what)
{
	if (in->complaint == NULL)
		in->complaint = what;
}

void
unpack_report_cut(struct input *in, const char *what)
{
	if (in->is_stopped || in->error != 0)
		return;
	unpack_report_damage(in, what);
	in->is_cut = true;
}

ssize_t
unpack_end(const struct input *in)
{
	if (in->error != 0 || (in->complaint != NULL && !in->is_cut))
		return fail(in);
	return 0;
}

static const struct unpacker plain = {
	NULL, NULL, 0, { 0 }, plain_open, plain_read, NULL
};

#ifndef HAVE_ZLIB
#define gzip_open	NULL
#define gzip_read	NULL
#define gzip_close	NULL
#endif
#ifndef HAVE_ZSTD
#define zstd_open	NULL
#define zstd_read	NULL
#define zstd_close	NULL
#endif

/* By their first bytes; without functions, a format is only recognised. */
static const struct unpacker unpackers[] = {
	{ "gzip", "zcat", 2, { 0x1f, 0x8b },
	    gzip_open, gzip_read, gzip_close },
	{ "zstd", "zstdcat", 4, { 0x28, 0xb5, 0x2f, 0xfd },
	    zstd_open, zstd_read, zstd_close },
	/* pzstd(1) writes a skippable frame first. */
	{ "zstd", "zstdcat", 4, { 0x50, 0x2a, 0x4d, 0x18 },
	    zstd_open, zstd_read, zstd_close },
	{ "xz", "xzcat", 6, { 0xfd, '7', 'z', 'X', 'Z', 0 },
	    NULL, NULL, NULL },
	{ "bzip2", "bzcat", 3, { 'B', 'Z', 'h' },
	    NULL, NULL, NULL },
	{ "lz4", "lz4cat", 4, { 0x04, 0x22, 0x4d, 0x18 },
	    NULL, NULL, NULL },
	{ "zip", "unzip -p", 4, { 'P', 'K', 3, 4 },
	    NULL, NULL, NULL },
};

static const struct unpacker *
recognise(const uint8_t *bytes, size_t count)
{
	for (size_t i = 0; i < ARRAY_LEN(unpackers); i++) {
		const struct unpacker *u = &unpackers[i];

		if (count >= u->magic_len &&
		    memcmp(bytes, u->magic, u->magic_len) == 0)
			return u;
	}
	return &plain;
}

bool
input_is_packed(const uint8_t *bytes, size_t count)
{
	return recognise(bytes, count) != &plain;
}

/* Read for the stream: first the head, which was looked at, then the rest. */
static ssize_t
stream_read(struct input *in, char *to, size_t room)
{
	size_t n = in->head_count - in->head_at;

	if (n == 0)
		return is_wanted_on(in) ?
		    in->unpacker->read(in, (uint8_t *)to, room) : 0;
	n = n < room ? n : room;
	memcpy(to, in->head + in->head_at, n);
	in->head_at += n;
	return (ssize_t)n;
}

ssize_t
input_read(struct input *in, uint8_t *to, size_t room)
{
	/* Of a plain file the head was copied and is still in the buffer. */
	if (in->unpacker == &plain && in->is_regular)
		in->head_at = in->head_count;
	return stream_read(in, (char *)to, room);
}

#ifdef HAVE_FOPENCOOKIE

static ssize_t
cookie_read(void *cookie, char *to, size_t room)
{
	return stream_read(cookie, to, room);
}

static FILE *
open_cookie(struct input *in)
{
	return fopencookie(in, "r",
	    (cookie_io_functions_t){ .read = cookie_read });
}

#else

static int
cookie_read(void *cookie, char *to, int room)
{
	return room > 0 ? (int)stream_read(cookie, to, (size_t)room) : 0;
}

static FILE *
open_cookie(struct input *in)
{
	return funopen(in, cookie_read, NULL, NULL, NULL);
}

#endif

/* A plain file goes back to its start and is read by stdio directly. */
static FILE *
open_plain(struct input *in)
{
	FILE *stream;

	if (lseek(in->fd, 0, SEEK_SET) != 0)
		return NULL;
	stream = fdopen(in->fd, "rb");
	if (stream != NULL)
		in->fd = -1;	/* closed with the stream */
	return stream;
}

FILE *
input_stream(struct input *in)
{
	FILE *stream = in->unpacker == &plain && in->is_regular ?
	    open_plain(in) : open_cookie(in);

	if (stream == NULL)
		return NULL;
	/*
	 * libpcap calls fread() twice per packet: a large buffer and no
	 * locking save a quarter of the time.
	 */
	in->stream_buffer = mem_zalloc(STREAM_SIZE);
	if (in->stream_buffer != NULL)
		setvbuf(stream, in->stream_buffer, _IOFBF, STREAM_SIZE);
#ifdef HAVE___FSETLOCKING
	__fsetlocking(stream, FSETLOCKING_BYCALLER);
#endif
	in->stream = stream;
	return stream;
}

size_t
input_window(struct input *in, uint64_t at, const uint8_t **ret_bytes)
{
	ssize_t got;

	*ret_bytes = in->raw;
	if (in->unpacker != &plain || !in->is_regular || in->stream == NULL ||
	    at > INT64_MAX)
		return 0;
	do
		got = pread(fileno(in->stream), in->raw, RAW_SIZE, (off_t)at);
	while (got < 0 && errno == EINTR);
	in->window_at = at;
	return got > 0 ? (size_t)got : 0;
}

static enum input_error
look_at_descriptor(struct input *in, int *ret_error)
{
	struct stat st;

	if (fstat(in->fd, &st) != 0) {
		*ret_error = errno;
		return INPUT_ERRNO;
	}
	/*
	 * A file that was read before (`tcpstates -r - <f`) is read on from
	 * there, as a pipe.
	 */
	in->is_regular = S_ISREG(st.st_mode) &&
	    lseek(in->fd, 0, SEEK_CUR) == 0;
	in->size = S_ISREG(st.st_mode) ? (uint64_t)st.st_size : 0;
	return INPUT_OK;
}

/* Read enough bytes for a magic number, if there are as many. */
static void
fill_magic(struct input *in)
{
	if (!unpack_fill(in))
		return;
	while (in->raw_count < sizeof(unpackers[0].magic)) {
		const ssize_t got = read_some(in, in->raw + in->raw_count,
		    RAW_SIZE - in->raw_count);

		if (got <= 0)
			return;
		in->raw_count += (size_t)got;
	}
}

static void
fill_head(struct input *in)
{
	if (in->unpacker == &plain && in->is_regular) {
		in->head_count = unpack_raw_left(in) < HEAD_SIZE ?
		    unpack_raw_left(in) : HEAD_SIZE;
		memcpy(in->head, in->raw + in->raw_at, in->head_count);
		return;
	}
	while (in->head_count < HEAD_LEAST) {
		const ssize_t got = in->unpacker->read(in,
		    in->head + in->head_count, HEAD_SIZE - in->head_count);

		if (got <= 0)
			return;
		in->head_count += (size_t)got;
	}
}

static enum input_error
look_inside(struct input *in, struct input_trouble *ret_trouble)
{
	fill_magic(in);
	if (in->error != 0) {
		ret_trouble->error = in->error;
		return INPUT_ERRNO;
	}
	if (in->raw_count == 0)
		return in->is_stopped ? INPUT_STOPPED : INPUT_EMPTY;
	in->unpacker = recognise(in->raw, in->raw_count);
	if (in->unpacker->open == NULL) {
		ret_trouble->packing = in->unpacker->name;
		ret_trouble->tool = in->unpacker->tool;
		return INPUT_PACKED;
	}
	if (!in->unpacker->open(in)) {
		ret_trouble->error = ENOMEM;
		return INPUT_ERRNO;
	}
	fill_head(in);
	if (in->head_count > 0)
		return INPUT_OK;
	if (in->is_stopped)
		return INPUT_STOPPED;
	ret_trouble->error = in->error;
	if (in->error != 0)
		return INPUT_ERRNO;
	ret_trouble->complaint = in->complaint;
	return in->complaint != NULL ? INPUT_DAMAGED : INPUT_EMPTY;
}

enum input_error
input_open(int fd, bool (*idle)(void *arg), void *arg,
    struct input **ret_input, struct input_trouble *ret_trouble)
{
	struct input *in = mem_zalloc(sizeof(*in));
	enum input_error error = INPUT_ERRNO;

	ret_trouble->error = ENOMEM;
	if (in == NULL) {
		close(fd);
		return error;
	}
	in->fd = fd;
	in->idle = idle;
	in->idle_arg = arg;
	in->unpacker = &plain;
	in->raw = mem_zalloc(RAW_SIZE);
	if (in->raw != NULL)
		error = look_at_descriptor(in, &ret_trouble->error);
	if (error == INPUT_OK)
		error = look_inside(in, ret_trouble);
	if (error != INPUT_OK) {
		input_free(in);
		return error;
	}
	*ret_input = in;
	return INPUT_OK;
}

void
input_free(struct input *in)
{
	if (in->state != NULL && in->unpacker->close != NULL)
		in->unpacker->close(in);
	if (in->fd >= 0)
		close(in->fd);
	mem_free(in->stream_buffer);
	mem_free(in->raw);
	mem_free(in);
}

size_t
input_head(const struct input *in, const uint8_t **ret_bytes)
{
	*ret_bytes = in->head;
	return in->head_count;
}

const char *
input_complaint(const struct input *in)
{
	return in->complaint;
}

bool
input_is_pipe(const struct input *in)
{
	return !in->is_regular;
}

bool
input_is_cut(const struct input *in)
{
	return in->is_cut;
}

bool
input_is_stopped(const struct input *in)
{
	return in->is_stopped;
}

void
input_progress(const struct input *in, uint64_t *ret_at, uint64_t *ret_size)
{
	off_t at = -1;

	if (in->size > 0 && in->fd >= 0)
		at = lseek(in->fd, 0, SEEK_CUR);
	else if (in->size > 0 && in->stream != NULL)
		at = ftello(in->stream);
	if (at >= 0 && (uint64_t)at < in->window_at)
		at = (off_t)in->window_at;
	*ret_at = at > 0 ? (uint64_t)at : 0;
	*ret_size = at >= 0 ? in->size : 0;
}
