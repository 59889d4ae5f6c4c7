/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Buffered output with a sticky error: writers put text and never look back;
 * whoever opened the destination asks once, at the end, whether all of it
 * arrived.  Knows integers, fixed point and escaping, so that no writer needs
 * printf on its way through a million records, and nothing depends on the
 * locale.
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
 * Where the octets go.  Returns 0, or an errno value; a short write is the
 * sink's own business (it must write all or fail).
 */
typedef int outbuf_sink(void *arg, const char *octets, size_t len);

#define OUTBUF_SIZE	(128 * 1024)	/* octets handed over at a time */

/* Internal: seen by the functions that are inline for speed, and no others. */
struct outbuf {
	char *at;		/* where in text[] the next octet goes */
	outbuf_sink *sink;
	void *arg;
	int error;		/* first errno value of the sink, or 0 */
	uint64_t passed;	/* octets handed over, or lost to the error */
	char text[OUTBUF_SIZE];
};

/* Octets that still fit. */
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
int outbuf_sink_fd(void *arg, const char *octets, size_t len);

/* Hand everything held to the sink.  Returns outbuf_error(). */
int outbuf_flush(struct outbuf *);
/* First errno value that the sink returned, or 0. */
int outbuf_error(const struct outbuf *);

/* Drop what is held, and the error. */
void outbuf_clear(struct outbuf *);
/* All that `from` holds goes to `to`, and is not copied. */
void outbuf_join(struct outbuf *to, struct outbuf *from);

/* Internal: octets for which there is no room left. */
void outbuf_more(struct outbuf *, const char *, size_t len);

static inline void
outbuf_mem(struct outbuf *out, const char *octets, size_t len)
{
	if (UNLIKELY(len > outbuf_left(out)))
		outbuf_more(out, octets, len);
	else
		out->at = put_mem(out->at, octets, len);
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
 * For what is built in place (base/put.h): room for so many octets, at most
 * OUTBUF_SIZE, of which outbuf_took() then says where the used ones end.
 * Nothing else may be put in between.
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

void outbuf_i64(struct outbuf *, int64_t);
/* printf for the places that run once a report, not once a record. */
void outbuf_printf(struct outbuf *, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* Pad with spaces to `width` columns since `mark`, see outbuf_mark(). */
uint64_t outbuf_mark(const struct outbuf *);
void outbuf_pad(struct outbuf *, uint64_t mark, size_t width);

/*
 * Text from outside, made harmless:
 *   outbuf_safe	for a terminal: octets of controls and of whatever else
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
