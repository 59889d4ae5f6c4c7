/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Buffered output with a sticky error: writers put text without checking, and
 * the opener of the destination checks once, at the end.  Integers, fixed point
 * and escaping are built in, so that a million records need no printf, and
 * nothing depends on the locale.
 */
#ifndef TCPSTATES_BASE_OUTBUF_H
#define TCPSTATES_BASE_OUTBUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/compiler.h"
#include "base/put.h"

/*
 * Where the bytes go.  Returns 0, or an errno value; a short write is the
 * sink's own business (it must write all or fail).
 */
typedef int outbuf_sink(void *arg, const char *bytes, size_t len);

#define OUTBUF_SIZE	(128 * 1024)	/* bytes handed over at a time */

/* Internal: only for the functions below, which are inline for speed. */
struct outbuf {
	char *at;		/* where in text[] the next byte goes */
	outbuf_sink *sink;
	void *arg;
	int error;		/* first errno value of the sink, or 0 */
	uint64_t passed;	/* bytes handed over, or lost to the error */
	char text[OUTBUF_SIZE];
};

/* Bytes that still fit. */
static inline size_t
outbuf_left(const struct outbuf *out)
{
	return (size_t)(out->text + OUTBUF_SIZE - out->at);
}

/* NULL when out of memory.  `sink` outlives the buffer. */
struct outbuf *outbuf_new(outbuf_sink *sink, void *arg);
/* Frees without flushing.  NULL is allowed. */
void outbuf_free(struct outbuf *);

/* A ready sink: `arg` points to an int, the file descriptor. */
int outbuf_sink_fd(void *arg, const char *bytes, size_t len);
/* Another: it drops text that is only measured, see outbuf_mark(). */
int outbuf_sink_none(void *arg, const char *bytes, size_t len);

/* Hand everything held to the sink.  Returns outbuf_error(). */
int outbuf_flush(struct outbuf *);
/* First errno value that the sink returned, or 0. */
int outbuf_error(const struct outbuf *);

/* Drop what is held, and the error. */
void outbuf_clear(struct outbuf *);
/* Move everything that `from` holds to `to`, without copying. */
void outbuf_join(struct outbuf *to, struct outbuf *from);

/* Internal: bytes for which there is no room left. */
void outbuf_more(struct outbuf *, const char *, size_t len);

static inline void
outbuf_mem(struct outbuf *out, const char *bytes, size_t len)
{
	if (UNLIKELY(len > outbuf_left(out)))
		outbuf_more(out, bytes, len);
	else
		out->at = put_mem(out->at, bytes, len);
}

static inline void
outbuf_str(struct outbuf *out, const char *text)
{
	outbuf_mem(out, text, strlen(text));
}

static inline void
outbuf_char(struct outbuf *out, char c)
{
	outbuf_mem(out, &c, 1);
}

/*
 * To build text in place (base/put.h): make room for `len` bytes, at most
 * OUTBUF_SIZE; outbuf_took() then says where the text ends.  Nothing else may
 * be put in between.
 */
static inline char *
outbuf_room(struct outbuf *out, size_t len)
{
	if (UNLIKELY(outbuf_left(out) < len))
		outbuf_flush(out);
	return out->at;
}

static inline void
outbuf_took(struct outbuf *out, char *end)
{
	out->at = end;
}

static inline void
outbuf_u64(struct outbuf *out, uint64_t number)
{
	outbuf_took(out, put_u64(outbuf_room(out, PUT_DIGITS_MAX), number));
}

/* Spaces are put 16 at a time, because most runs of them are short. */
#define OUTBUF_SPACES	"                "

/* At most OUTBUF_SIZE - 16 of them. */
static inline void
outbuf_spaces(struct outbuf *out, size_t count)
{
	const size_t step = sizeof(OUTBUF_SPACES) - 1;
	char *at = outbuf_room(out, count + step);

	for (size_t i = 0; i < count; i += step)
		memcpy(at + i, OUTBUF_SPACES, step);
	outbuf_took(out, at + count);
}

void outbuf_i64(struct outbuf *, int64_t);
/* printf for what is printed once per report, not once per record. */
void outbuf_printf(struct outbuf *, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* Pad with spaces to `width` columns since `mark`, see outbuf_mark(). */
uint64_t outbuf_mark(const struct outbuf *);
void outbuf_pad(struct outbuf *, uint64_t mark, size_t width);

/*
 * Text from outside, made harmless:
 *   outbuf_safe	for a terminal: bytes of controls and of whatever else
 *			is invisible, and of ill-formed UTF-8, as \xHH,
 *			backslash as \\ .
 *   outbuf_json	a JSON string with its quotes, in which the same is
 *			escaped; ill-formed UTF-8 becomes U+FFFD.
 *   outbuf_csv		an RFC 4180 field, quoted when needed; what is
 *			invisible becomes U+FFFD, too.
 */
void outbuf_safe(struct outbuf *, const char *text);
void outbuf_json(struct outbuf *, const char *text);
void outbuf_csv(struct outbuf *, const char *text);

#endif
