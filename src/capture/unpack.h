/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How unzip.c and the decompressors work together: one buffer of compressed
 * bytes, which read(2) fills, and one state for each decompressor.  Private to
 * capture/.
 */
#ifndef TCPSTATES_CAPTURE_UNPACK_H
#define TCPSTATES_CAPTURE_UNPACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#define RAW_SIZE	(256 * 1024)	/* bytes of one read(2) */
#define HEAD_SIZE	4096		/* bytes looked at beforehand */

struct unpacker;

struct input {
	int fd;
	bool is_regular;
	bool is_eof;		/* read(2) said so */
	bool is_stopped;	/* the program stopped reading */
	bool is_cut;
	int error;		/* errno value of read(2), sticky */
	uint64_t size;		/* bytes of a regular file, 0 unknown */
	int64_t grace_until;	/* on the monotonic clock, 0 not yet stopped */
	const char *complaint;
	bool (*idle)(void *arg);
	void *idle_arg;

	uint8_t *raw;		/* bytes as they are in the file */
	size_t raw_at;
	size_t raw_count;

	uint8_t head[HEAD_SIZE];	/* of the decompressed data */
	size_t head_at;		/* handed out so far */
	size_t head_count;

	const struct unpacker *unpacker;
	void *state;		/* of the unpacker */
	FILE *stream;		/* until taken */
	uint64_t window_at;	/* of input_window() */
	char *stream_buffer;
};

/* How a format is decompressed. */
struct unpacker {
	const char *name;	/* "gzip" */
	const char *tool;	/* the program that decompresses it */
	uint8_t magic_len;
	uint8_t magic[6];
	bool (*open)(struct input *);
	/* Bytes put at `to`, 0 at the end, -1 with errno set. */
	ssize_t (*read)(struct input *, uint8_t *to, size_t room);
	void (*close)(struct input *);	/* if there is a state */
};

/* Read more bytes into an empty raw buffer.  False at the end or on error. */
bool unpack_fill(struct input *);

static inline size_t
unpack_raw_left(const struct input *in)
{
	return in->raw_count - in->raw_at;
}

/* Note that the compressed data are damaged; `what` outlives the input. */
void unpack_report_damage(struct input *, const char *what);
/* Note that they end too early, unless the program stopped reading. */
void unpack_report_cut(struct input *, const char *what);
/* What read() returns at the end of the data: 0, or -1 for damage. */
ssize_t unpack_end(const struct input *);

/* See unpack-gzip.c and unpack-zstd.c. */
bool gzip_open(struct input *);
ssize_t gzip_read(struct input *, uint8_t *to, size_t room);
void gzip_close(struct input *);
bool zstd_open(struct input *);
ssize_t zstd_read(struct input *, uint8_t *to, size_t room);
void zstd_close(struct input *);

#endif
