/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A bounded view of the bytes of a frame: the only way any decoder reads.
 *
 *	at                captured end          declared end
 *	 |....................|......................|
 *	 | bytes we hold     | bytes that the      |
 *	 |                    | headers say existed  |
 *
 * The *captured* end is where the snapshot stops.  The *declared* end is
 * where the enclosing header says its content stops; it moves inwards when
 * an IP header is read (Ethernet padding disappears) and outwards when the
 * capture's record understates the length.  Invariant: captured <= declared.
 *
 * Truncation is sticky.  Once a read asks for more than there is, this and
 * all later reads yield zero, nothing moves, and the cursor remembers why:
 * `is_short` when the bytes existed but were not captured, `is_over` when
 * the headers never granted them.  The first failure decides which.  A header
 * is therefore read straight through and tested once at its end.
 *
 * Positions are counted from where the view began, so that moving on is one
 * addition, and no pointer is ever made that points outside the bytes held.
 */
#ifndef TCPSTATES_BASE_CURSOR_H
#define TCPSTATES_BASE_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cursor {
	const uint8_t *bytes;	/* where the view began */
	size_t at;		/* position of the next byte */
	size_t captured_end;	/* position after the last byte held */
	size_t declared_end;	/* position after the last byte declared */
	bool is_short;		/* a read went past the captured end */
	bool is_over;		/* a read went past the declared end */
};

/* View of `captured` bytes of something that was `declared` bytes long. */
static inline struct cursor
cursor_over(const uint8_t *bytes, size_t captured, size_t declared)
{
	return (struct cursor){
	    .bytes = bytes,
	    .captured_end = captured,
	    .declared_end = declared < captured ? captured : declared,
	};
}

static inline size_t
cursor_captured_left(const struct cursor *c)
{
	return c->captured_end - c->at;
}

static inline size_t
cursor_declared_left(const struct cursor *c)
{
	return c->declared_end - c->at;
}

/* Did every read so far succeed? */
static inline bool
cursor_is_good(const struct cursor *c)
{
	return !c->is_short && !c->is_over;
}

/* A read of `n` bytes failed: remember why, unless one did before. */
static inline void
cursor_fail(struct cursor *c, size_t n)
{
	if (!cursor_is_good(c))
		return;
	if (n > cursor_declared_left(c))
		c->is_over = true;
	else
		c->is_short = true;
}

/*
 * Take the next `n` bytes: a pointer to them, or NULL with the reason
 * remembered.  Zero bytes can always be taken from a good cursor.
 */
static inline const uint8_t *
cursor_take(struct cursor *c, size_t n)
{
	const size_t at = c->at;

	if (n > cursor_captured_left(c) || !cursor_is_good(c)) {
		cursor_fail(c, n);
		return NULL;
	}
	c->at = at + n;
	return c->bytes + at;
}

/* The next `n` bytes without moving and without remembering a failure. */
static inline const uint8_t *
cursor_peek(const struct cursor *c, size_t n)
{
	return n <= cursor_captured_left(c) && cursor_is_good(c) ?
	    c->bytes + c->at : NULL;
}

/* Step over `n` bytes; false when fewer are left. */
static inline bool
cursor_skip(struct cursor *c, size_t n)
{
	return cursor_take(c, n) != NULL;
}

/*
 * The enclosing header says that its content is `n` bytes from here on.
 * The declared end becomes that, further in or further out than before;
 * the captured end moves in when it lay beyond.
 */
static inline void
cursor_declare(struct cursor *c, size_t n)
{
	c->declared_end = c->at + n;
	if (c->captured_end > c->declared_end)
		c->captured_end = c->declared_end;
}

/* Network byte order, from bytes already known to be there. */
static inline uint16_t
load_be16(const uint8_t *p)
{
	return (uint16_t)((unsigned)p[0] << 8 | p[1]);
}

static inline uint32_t
load_be32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	    (uint32_t)p[2] << 8 | p[3];
}

static inline uint64_t
load_be64(const uint8_t *p)
{
	return (uint64_t)load_be32(p) << 32 | load_be32(p + 4);
}

/* For sums over bytes that are the same on every machine. */
static inline uint32_t
load_le32(const uint8_t *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
	    (uint32_t)p[3] << 24;
}

static inline uint64_t
load_le64(const uint8_t *p)
{
	return (uint64_t)p[0] | (uint64_t)p[1] << 8 | (uint64_t)p[2] << 16 |
	    (uint64_t)p[3] << 24 | (uint64_t)p[4] << 32 |
	    (uint64_t)p[5] << 40 | (uint64_t)p[6] << 48 |
	    (uint64_t)p[7] << 56;
}

/* The next number, in network byte order; zero once the cursor is not good. */
static inline uint8_t
cursor_u8(struct cursor *c)
{
	const uint8_t *p = cursor_take(c, 1);

	return p != NULL ? *p : 0;
}

static inline uint16_t
cursor_u16(struct cursor *c)
{
	const uint8_t *p = cursor_take(c, 2);

	return p != NULL ? load_be16(p) : 0;
}

static inline uint32_t
cursor_u32(struct cursor *c)
{
	const uint8_t *p = cursor_take(c, 4);

	return p != NULL ? load_be32(p) : 0;
}

#endif
