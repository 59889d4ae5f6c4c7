/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Text built in place, for what is printed millions of times: each function
 * writes at `at`, where the caller has made room, adds no NUL and returns
 * where the text ends.
 */
#ifndef TCPSTATES_BASE_PUT_H
#define TCPSTATES_BASE_PUT_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define PUT_DIGITS_MAX	20	/* of a uint64_t */

static inline char *
put_mem(char *at, const char *bytes, size_t len)
{
	memcpy(at, bytes, len);
	return at + len;
}

static inline char *
put_str(char *at, const char *text)
{
	return put_mem(at, text, strlen(text));
}

/* 00 to 99: a division yields two digits, and divisions are the cost. */
extern const char put_twos[100 * 2 + 1];

/* Exactly two digits of a number below 100, and four of one below 10000. */
static inline char *
put_two(char *at, unsigned number)
{
	return put_mem(at, put_twos + 2 * number, 2);
}

static inline char *
put_four(char *at, unsigned number)
{
	return put_two(put_two(at, number / 100), number % 100);
}

/* Exactly `width` digits of a number with at most that many; slower. */
char *put_padded(char *at, uint64_t number, unsigned width);

/* Internal: of any number, by the slower way. */
char *put_digits(char *at, uint64_t number);

/* Decimal digits of a number: at most PUT_DIGITS_MAX.  Most are small. */
static inline char *
put_u64(char *at, uint64_t number)
{
	if (number >= 10)
		return put_digits(at, number);
	*at = (char)('0' + number);
	return at + 1;
}

#endif
