/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "base/nstime.h"

#include <stdbool.h>

#include "base/compiler.h"
#include "base/put.h"

#define DIGITS_MAX	9

static const uint64_t powers_of_ten[DIGITS_MAX + 1] = {
	1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000,
	1000000000
};

/* |n| without the overflow of -INT64_MIN. */
static uint64_t
magnitude(int64_t n)
{
	return n < 0 ? -(uint64_t)n : (uint64_t)n;
}

/* Nearly all numbers are given with six or nine decimals. */
static ALWAYS_INLINE char *
put_fraction(char *at, uint32_t fraction, unsigned digits)
{
	if (digits == 6)
		return put_four(put_two(at, fraction / 10000),
		    fraction % 10000);
	if (digits != 9)
		return put_padded(at, fraction, digits);
	*at++ = (char)('0' + fraction / 100000000);
	at = put_four(at, fraction / 10000 % 10000);
	return put_four(at, fraction % 10000);
}

/* [-]whole.fraction with `digits` decimals; zero has no sign. */
static ALWAYS_INLINE char *
put_fixed(char *at, bool is_negative, uint64_t whole, uint32_t fraction,
    unsigned digits)
{
	if (is_negative && (whole != 0 || fraction != 0))
		*at++ = '-';
	at = put_u64(at, whole);
	if (digits == 0)
		return at;
	*at++ = '.';
	return put_fraction(at, fraction, digits);
}

static size_t
end_text(const char *buf, char *end)
{
	*end = '\0';
	return (size_t)(end - buf);
}

/*
 * |ns| in the units that `digits` decimals of a second make, `more`
 * nanoseconds later.
 */
static ALWAYS_INLINE char *
put_seconds(char *at, int64_t ns, uint64_t more, unsigned digits)
{
	const uint64_t scale = powers_of_ten[digits];
	const uint64_t units = (magnitude(ns) + more) /
	    powers_of_ten[DIGITS_MAX - digits];

	return put_fixed(at, ns < 0, units / scale, (uint32_t)(units % scale),
	    digits);
}

/*
 * The larger part of formatting is these divisions: with the usual six or nine
 * decimals they are by constants.
 */
static ALWAYS_INLINE char *
put_instant(char *at, int64_t ns, unsigned digits)
{
	/* Before the epoch, what is cut makes the instant earlier. */
	const uint64_t more = powers_of_ten[DIGITS_MAX - digits] - 1;

	return put_seconds(at, ns, ns < 0 ? more : 0, digits);
}

char *
nstime_put_instant(char *at, int64_t ns, unsigned digits)
{
	if (digits == 6)
		return put_instant(at, ns, 6);
	if (digits >= 9)
		return put_instant(at, ns, 9);
	return put_instant(at, ns, digits);
}

size_t
nstime_format_instant(char buf[NSTIME_BUFSIZE], int64_t ns, unsigned digits)
{
	return end_text(buf, nstime_put_instant(buf, ns, digits));
}

static ALWAYS_INLINE char *
put_duration(char *at, int64_t ns, unsigned digits)
{
	return put_seconds(at, ns, powers_of_ten[DIGITS_MAX - digits] / 2,
	    digits);
}

static NOINLINE char *
put_any_duration(char *at, int64_t ns, unsigned digits)
{
	if (digits == 6)
		return put_duration(at, ns, 6);
	if (digits >= 9)
		return put_duration(at, ns, 9);
	return put_duration(at, ns, digits);
}

/* Round trips, which are most durations, take less than a second. */
char *
nstime_put_duration(char *at, int64_t ns, unsigned digits)
{
	/* Most accounts of time are empty. */
	if (ns == 0 && digits > 0 && digits <= 9)
		return put_mem(at, "0.000000000", 2 + digits);
	if (ns >= 0 && ns < NS_PER_SEC - NS_PER_US) {
		if (digits == 6)
			return put_fraction(put_mem(at, "0.", 2),
			    (uint32_t)(ns + NS_PER_US / 2) /
			    (uint32_t)NS_PER_US, 6);
		if (digits >= 9)
			return put_fraction(put_mem(at, "0.", 2),
			    (uint32_t)ns, 9);
	}
	return put_any_duration(at, ns, digits);
}

size_t
nstime_format_duration(char buf[NSTIME_BUFSIZE], int64_t ns, unsigned digits)
{
	return end_text(buf, nstime_put_duration(buf, ns, digits));
}

/*
 * The next decimal digit of *rest / den by long division.  Ten times the
 * rest may not fit 64 bits, but the rest twice always does.
 */
static unsigned
next_digit(uint64_t *rest, uint64_t den)
{
	uint64_t left = 0;
	unsigned digit = 0;

	if (*rest <= UINT64_MAX / 10) {
		digit = (unsigned)(*rest * 10 / den);
		*rest = *rest * 10 % den;
		return digit;
	}
	for (unsigned i = 0; i < 10; i++) {
		left += *rest;
		if (left >= den) {
			left -= den;
			digit++;
		}
	}
	*rest = left;
	return digit;
}

static size_t
format_mixed(char buf[NSTIME_BUFSIZE], bool is_negative, uint64_t whole,
    uint64_t rest, uint64_t den, unsigned digits)
{
	const unsigned kept = digits < DIGITS_MAX ? digits : DIGITS_MAX;
	const uint64_t scale = powers_of_ten[kept];
	uint64_t fraction = 0;

	if (rest <= UINT64_MAX / scale) {
		fraction = rest * scale / den;
		rest = rest * scale % den;
	} else {
		for (unsigned i = 0; i < kept; i++)
			fraction = fraction * 10 + next_digit(&rest, den);
	}
	if (rest >= den - rest)
		fraction++;
	if (fraction == scale) {
		fraction = 0;
		if (whole < UINT64_MAX)
			whole++;
	}
	return end_text(buf, put_fixed(buf, is_negative, whole,
	    (uint32_t)fraction, kept));
}

size_t
nstime_format_ratio(char buf[NSTIME_BUFSIZE], int64_t num, int64_t den,
    unsigned digits)
{
	const uint64_t n = magnitude(num);
	const uint64_t d = (uint64_t)den;

	return format_mixed(buf, num < 0, n / d, n % d, d, digits);
}

size_t
nstime_format_mixed(char buf[NSTIME_BUFSIZE], uint64_t whole, uint64_t rest,
    uint64_t den, unsigned digits)
{
	return format_mixed(buf, false, whole, rest, den, digits);
}

int64_t
nstime_mean(int64_t num, int64_t den)
{
	const int64_t quotient = num / den;
	const uint64_t rest = magnitude(num % den);

	if (rest < (uint64_t)den - rest)
		return quotient;
	return num < 0 ? quotient - 1 : quotient + 1;
}

int64_t
nstime_diff(int64_t a, int64_t b)
{
	if (b < 0 && a > INT64_MAX + b)
		return INT64_MAX;
	if (b > 0 && a < INT64_MIN + b)
		return INT64_MIN;
	return a - b;
}

int64_t
nstime_from_any(int64_t sec, int64_t nsec)
{
	const int64_t limit = INT64_MAX / NS_PER_SEC;
	int64_t carry = nsec / NS_PER_SEC;
	int64_t rest = nsec % NS_PER_SEC;

	if (rest < 0) {
		rest += NS_PER_SEC;
		carry--;
	}
	if (carry >= 0 && sec > limit - carry)
		return INT64_MAX;
	if (carry < 0 && sec < -limit - 1 - carry)
		return INT64_MIN;
	sec += carry;
	if (sec > limit || (sec == limit && rest > INT64_MAX % NS_PER_SEC))
		return INT64_MAX;
	if (sec >= 0)
		return sec * NS_PER_SEC + rest;
	/* From the second above, for the product must not overflow either. */
	rest -= NS_PER_SEC;
	sec++;
	if (sec < -limit || (sec == -limit && rest < INT64_MIN % NS_PER_SEC))
		return INT64_MIN;
	return sec * NS_PER_SEC + rest;
}
