/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * See unzip.h.  The source of bytes is one buffer filled by read(2); what
 * unpacks is a pair of functions per packing; the way out is a cookie stream
 * (or funopen's, where stdio is BSD's).
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
#ifdef HAVE_ZLIB
#include <zlib.h>
#endif
#ifdef HAVE_ZSTD
#include <zstd.h>
#include <zstd_errors.h>
#endif

#include "base/compiler.h"
#include "base/nstime.h"
#include "base/pool.h"
#include "capture/clock.h"
#include "capture/sigs.h"

#define RAW_SIZE	(256 * 1024)	/* bytes a read(2) */
#define STREAM_SIZE	(256 * 1024)	/* bytes of stdio's buffer */
#define HEAD_SIZE	4096		/* bytes looked at beforehand */
#define HEAD_LEAST	4		/* a magic number */

/*
 * After SIGINT a pipe is given so long to end by itself: who writes it
 * (tcpdump -w -) was told to stop by the same key and still holds packets.
 */
#define PIPE_GRACE_NS	(700 * NS_PER_MS)

struct input {
	int fd;
	bool is_regular;
	bool is_eof;		/* read(2) said so */
	bool is_stopped;	/* we said so */
	bool is_cut;
	int error;		/* errno value of read(2), sticky */
	uint64_t size;		/* bytes of a regular file, 0 unknown */
	int64_t grace_until;	/* on the monotonic clock, 0 not yet stopped */
	const char *complaint;
	bool (*idle)(void *arg);
	void *idle_arg;

	uint8_t *raw;		/* what read(2) gave */
	size_t raw_at;
	size_t raw_count;

	uint8_t head[HEAD_SIZE];	/* of the unpacked data */
	size_t head_at;		/* handed out so far */
	size_t head_count;

	const struct unpacker *unpacker;
	void *state;		/* of the unpacker */
	FILE *stream;		/* until taken */
	char *stream_buffer;
};

/* How a packing is undone. */
struct unpacker {
	enum input_packing packing;
	const char *name;
	const char *tool;	/* that does it outside */
	uint8_t magic_len;
	uint8_t magic[6];
	bool (*open)(struct input *);
	/* Bytes put at `to`, 0 at the end, -1 with errno set. */
	ssize_t (*read)(struct input *, uint8_t *to, size_t room);
	void (*close)(struct input *);	/* if there is a state */
};

/* Told to stop: is there more, within the time of grace? */
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

/* Wait until a pipe has something or somebody says stop. */
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
			return true;	/* read(2) will say what it is */
		if (count > 0 && ready[0].revents != 0)
			return true;
		sigs_drain();
		if (in->idle != NULL && !in->idle(in->idle_arg))
			return false;
		patience = -1;
	}
	return more_after_stop(in);
}

/* read(2) into `to`: 0 at the end, -1 with the error remembered. */
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
 * Between two buffers of a file.  A packed one may unpack to more than anybody
 * can wait for, without a packet in it, so that nobody else looks up.
 */
static bool
is_wanted_on(struct input *in)
{
	if (in->is_regular && (sigs_stopped() ||
	    (in->idle != NULL && !in->idle(in->idle_arg))))
		in->is_stopped = true;
	return !in->is_stopped;
}

/* More bytes into an empty raw buffer.  False at the end or on error. */
static bool
fill(struct input *in)
{
	ssize_t got;

	if (in->is_eof || in->error != 0 || !is_wanted_on(in))
		return false;
	got = read_some(in, in->raw, RAW_SIZE);
	in->raw_at = 0;
	in->raw_count = got > 0 ? (size_t)got : 0;
	return got > 0;
}

static size_t
raw_left(const struct input *in)
{
	return in->raw_count - in->raw_at;
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

	if (raw_left(in) == 0 && !fill(in))
		return in->error != 0 ? fail(in) : 0;
	n = raw_left(in) < room ? raw_left(in) : room;
	memcpy(to, in->raw + in->raw_at, n);
	in->raw_at += n;
	return (ssize_t)n;
}

#if defined(HAVE_ZLIB) || defined(HAVE_ZSTD)

/* The packed data are not what they should be. */
static void
complain(struct input *in, const char *what)
{
	if (in->complaint == NULL)
		in->complaint = what;
}

/* They ended inside something; not our fault when we were told to stop. */
static void
complain_cut(struct input *in, const char *what)
{
	if (in->is_stopped || in->error != 0)
		return;
	complain(in, what);
	in->is_cut = true;
}

/* End of the unpacked data: good, cut or broken. */
static ssize_t
packed_end(const struct input *in)
{
	if (in->error != 0 || (in->complaint != NULL && !in->is_cut))
		return fail(in);
	return 0;
}

#endif

#ifdef HAVE_ZLIB

struct gzip {
	z_stream z;
	bool in_member;		/* a member has begun and not ended */
};

static bool
gzip_open(struct input *in)
{
	struct gzip *gz = mem_zalloc(sizeof(*gz));

	if (gz == NULL)
		return false;
	/* 16: a gzip header is expected, and its checksum is verified. */
	if (inflateInit2(&gz->z, 16 + MAX_WBITS) != Z_OK) {
		mem_free(gz);
		return false;
	}
	in->state = gz;
	return true;
}

/* What is padded to the blocks of a tape or a disk ends in zeros. */
static bool
skip_zeros(struct input *in)
{
	do {
		if (raw_left(in) == 0 && !fill(in))
			return false;
		while (raw_left(in) > 0 && in->raw[in->raw_at] == 0)
			in->raw_at++;
	} while (raw_left(in) == 0);
	return true;
}

/* Is there another member, as from `cat a.gz b.gz`? */
static bool
gzip_next_member(struct input *in, struct gzip *gz)
{
	if (!skip_zeros(in))
		return false;
	if (in->raw[in->raw_at] != 0x1f) {
		complain(in, "the gzip data are followed by something else");
		return false;
	}
	return inflateReset(&gz->z) == Z_OK;
}

/* What inflate() says of the data that it was given. */
static bool
gzip_goes_on(struct input *in, struct gzip *gz, int result)
{
	switch (result) {
	case Z_STREAM_END:
		gz->in_member = false;
		return true;
	case Z_OK:
	case Z_BUF_ERROR:
		return true;
	case Z_MEM_ERROR:
		in->error = ENOMEM;
		return false;
	default:
		complain(in, "the gzip data are damaged");
		return false;
	}
}

/* One call of inflate().  False when there is nothing more to get. */
static bool
gzip_step(struct input *in, struct gzip *gz)
{
	int result;

	if (!gz->in_member && !gzip_next_member(in, gz))
		return false;
	gz->in_member = true;
	if (raw_left(in) == 0 && !fill(in)) {
		complain_cut(in, "the gzip data end early");
		return false;
	}
	gz->z.next_in = in->raw + in->raw_at;
	gz->z.avail_in = (uInt)raw_left(in);
	result = inflate(&gz->z, Z_NO_FLUSH);
	in->raw_at = in->raw_count - gz->z.avail_in;
	return gzip_goes_on(in, gz, result);
}

static ssize_t
gzip_read(struct input *in, uint8_t *to, size_t room)
{
	struct gzip *gz = in->state;
	const uInt wanted = room > RAW_SIZE ? RAW_SIZE : (uInt)room;

	gz->z.next_out = to;
	gz->z.avail_out = wanted;
	/* What there is is handed on at once: a pipe may be slow. */
	while (in->complaint == NULL && gz->z.avail_out == wanted &&
	    gzip_step(in, gz))
		continue;
	if (gz->z.avail_out < wanted)
		return wanted - gz->z.avail_out;
	return packed_end(in);
}

static void
gzip_close(struct input *in)
{
	struct gzip *gz = in->state;

	inflateEnd(&gz->z);
	mem_free(gz);
}

#endif

#ifdef HAVE_ZSTD

struct zst {
	ZSTD_DStream *stream;
	bool in_frame;
};

static bool
zstd_open(struct input *in)
{
	struct zst *zs = mem_zalloc(sizeof(*zs));

	if (zs == NULL)
		return false;
	zs->stream = ZSTD_createDStream();
	if (zs->stream == NULL) {
		mem_free(zs);
		return false;
	}
	in->state = zs;
	return true;
}

/* What the library says of the data that it was given. */
static void
zstd_fail(struct input *in, size_t result)
{
	const ZSTD_ErrorCode code = ZSTD_getErrorCode(result);

	if (code == ZSTD_error_memory_allocation)
		in->error = ENOMEM;
	else if (code == ZSTD_error_frameParameter_windowTooLarge)
		complain(in, "the zstd data need a window of more than "
		    "128 MiB; unpack them with zstdcat --long=31");
	else
		complain(in, "the zstd data are damaged");
}

static bool
zstd_step(struct input *in, struct zst *zs, ZSTD_outBuffer *out)
{
	ZSTD_inBuffer packed;
	size_t result;

	/*
	 * With nothing left to feed, what the library still holds comes out
	 * before the end is believed.
	 */
	if (raw_left(in) == 0 && !fill(in) && !zs->in_frame)
		return false;
	packed = (ZSTD_inBuffer){ in->raw + in->raw_at, raw_left(in), 0 };
	result = ZSTD_decompressStream(zs->stream, out, &packed);
	in->raw_at += packed.pos;
	if (ZSTD_isError(result)) {
		zstd_fail(in, result);
		return false;
	}
	zs->in_frame = result != 0;
	if (packed.size == 0 && out->pos == 0 && zs->in_frame) {
		complain_cut(in, "the zstd data end early");
		return false;
	}
	return true;
}

static ssize_t
zstd_read(struct input *in, uint8_t *to, size_t room)
{
	struct zst *zs = in->state;
	ZSTD_outBuffer out = { to, room, 0 };

	while (in->complaint == NULL && out.pos == 0 &&
	    zstd_step(in, zs, &out))
		continue;
	if (out.pos > 0)
		return (ssize_t)out.pos;
	return packed_end(in);
}

static void
zstd_close(struct input *in)
{
	struct zst *zs = in->state;

	ZSTD_freeDStream(zs->stream);
	mem_free(zs);
}

#endif

static const struct unpacker plain = {
	INPUT_PLAIN, NULL, NULL, 0, { 0 }, plain_open, plain_read, NULL
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

/* By their first bytes; those without functions are only recognised. */
static const struct unpacker unpackers[] = {
	{ INPUT_GZIP, "gzip", "zcat", 2, { 0x1f, 0x8b },
	    gzip_open, gzip_read, gzip_close },
	{ INPUT_ZSTD, "zstd", "zstdcat", 4, { 0x28, 0xb5, 0x2f, 0xfd },
	    zstd_open, zstd_read, zstd_close },
	/* A frame to skip comes first where pzstd(1) packed. */
	{ INPUT_ZSTD, "zstd", "zstdcat", 4, { 0x50, 0x2a, 0x4d, 0x18 },
	    zstd_open, zstd_read, zstd_close },
	{ INPUT_OTHER, "xz", "xzcat", 6, { 0xfd, '7', 'z', 'X', 'Z', 0 },
	    NULL, NULL, NULL },
	{ INPUT_OTHER, "bzip2", "bzcat", 3, { 'B', 'Z', 'h' },
	    NULL, NULL, NULL },
	{ INPUT_OTHER, "lz4", "lz4cat", 4, { 0x04, 0x22, 0x4d, 0x18 },
	    NULL, NULL, NULL },
	{ INPUT_OTHER, "zip", "unzip -p", 4, { 'P', 'K', 3, 4 },
	    NULL, NULL, NULL },
};

static const struct unpacker *
recognise(const uint8_t *octets, size_t count)
{
	for (size_t i = 0; i < ARRAY_LEN(unpackers); i++) {
		const struct unpacker *u = &unpackers[i];

		if (count >= u->magic_len &&
		    memcmp(octets, u->magic, u->magic_len) == 0)
			return u;
	}
	return &plain;
}

bool
input_is_packed(const uint8_t *octets, size_t count)
{
	return recognise(octets, count) != &plain;
}

/* The reading end of the stream: first what was looked at, then the rest. */
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
	 * libpcap reads twice a packet: with a buffer worth the name and no
	 * lock to take, that is a quarter less work.
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

static enum input_error
look_at_descriptor(struct input *in, int *ret_error)
{
	struct stat st;

	if (fstat(in->fd, &st) != 0) {
		*ret_error = errno;
		return INPUT_ERRNO;
	}
	/* A file opened in the middle (`tcpstates -r - <f` after a read)
	   cannot go back to its start and is read as a pipe would be. */
	in->is_regular = S_ISREG(st.st_mode) &&
	    lseek(in->fd, 0, SEEK_CUR) == 0;
	in->size = S_ISREG(st.st_mode) ? (uint64_t)st.st_size : 0;
	return INPUT_OK;
}

/* Enough bytes in the raw buffer for a magic number, if there are. */
static void
fill_magic(struct input *in)
{
	if (!fill(in))
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
		in->head_count = raw_left(in) < HEAD_SIZE ? raw_left(in) :
		    HEAD_SIZE;
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
input_head(const struct input *in, const uint8_t **ret_octets)
{
	*ret_octets = in->head;
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
	*ret_at = at > 0 ? (uint64_t)at : 0;
	*ret_size = at >= 0 ? in->size : 0;
}
