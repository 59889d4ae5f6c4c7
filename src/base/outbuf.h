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

#include "base/compiler.h"

/*
 * Where the octets go.  Returns 0, or an errno value; a short write is the
 * sink's own business (it must write all or fail).
 */
typedef int outbuf_sink(void *arg, const char *octets, size_t len);

struct outbuf;

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

void outbuf_char(struct outbuf *, char);
void outbuf_str(struct outbuf *, const char *);
void outbuf_mem(struct outbuf *, const char *, size_t len);
void outbuf_u64(struct outbuf *, uint64_t);
void outbuf_i64(struct outbuf *, int64_t);
/* printf for the places that run once a report, not once a record. */
void outbuf_printf(struct outbuf *, const char *fmt, ...) PRINTF_LIKE(2, 3);

/*
 * For what is formatted in place: room for OUTBUF_ROOM octets, of which
 * outbuf_took() then says how many were used.  Nothing else may be put in
 * between.
 */
#define OUTBUF_ROOM	256
char *outbuf_room(struct outbuf *);
void outbuf_took(struct outbuf *, size_t len);

/* Decimal digits of a number, not terminated.  Returns how many. */
#define OUTBUF_DIGITS_MAX	20
size_t outbuf_digits(char digits[OUTBUF_DIGITS_MAX], uint64_t);

/* Pad with spaces to `width` columns since `mark`, see outbuf_mark(). */
uint64_t outbuf_mark(const struct outbuf *);
void outbuf_pad(struct outbuf *, uint64_t mark, size_t width);

/*
 * Text from outside, made harmless:
 *   outbuf_safe	for a terminal: control octets, DEL, C1 controls and
 *			ill-formed UTF-8 as \xHH, backslash as \\ .
 *   outbuf_json	a JSON string with its quotes; ill-formed UTF-8 becomes
 *			U+FFFD.
 *   outbuf_csv		an RFC 4180 field, quoted when needed.
 */
void outbuf_safe(struct outbuf *, const char *text);
void outbuf_json(struct outbuf *, const char *text);
void outbuf_csv(struct outbuf *, const char *text);

#endif
