/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "base/nstime.h"

#include "base/outbuf.h"

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

/* [-]whole.fraction with `digits` decimals; nought has no sign. */
static size_t
put_fixed(char buf[NSTIME_BUFSIZE], int is_negative, uint64_t whole,
    uint32_t fraction, unsigned digits)
{
	size_t len = 0;

	if (is_negative && (whole != 0 || fraction != 0))
		buf[len++] = '-';
	len += outbuf_digits(buf + len, whole);
	if (digits > 0) {
		buf[len] = '.';
		for (unsigned i = digits; i > 0; i--) {
			buf[len + i] = (char)('0' + fraction % 10);
			fraction /= 10;
		}
		len += 1 + digits;
	}
	buf[len] = '\0';
	return len;
}

static unsigned
clamp_digits(unsigned digits)
{
	return digits > DIGITS_MAX ? DIGITS_MAX : digits;
}

/*
 * A whole number of the units that `digits` decimals of a second make: the
 * larger part of formatting is this division.  Nearly all numbers are given
 * with six or nine decimals, where the divisor is a constant.
 */
static size_t
put_units(char buf[NSTIME_BUFSIZE], int is_negative, uint64_t units,
    unsigned digits)
{
	const uint64_t scale = powers_of_ten[digits];

	if (digits == 6)
		return put_fixed(buf, is_negative, units / 1000000,
		    (uint32_t)(units % 1000000), 6);
	if (digits == 9)
		return put_fixed(buf, is_negative, units / 1000000000,
		    (uint32_t)(units % 1000000000), 9);
	return put_fixed(buf, is_negative, units / scale,
	    (uint32_t)(units % scale), digits);
}

static uint64_t
whole_units(uint64_t ns, unsigned digits)
{
	if (digits == 6)
		return ns / 1000;
	return digits == 9 ? ns : ns / powers_of_ten[DIGITS_MAX - digits];
}

size_t
nstime_format_instant(char buf[NSTIME_BUFSIZE], int64_t ns, unsigned digits)
{
	const unsigned kept = clamp_digits(digits);
	const uint64_t unit = powers_of_ten[DIGITS_MAX - kept];
	/* Before the epoch, what is cut makes the instant earlier. */
	const uint64_t more = ns < 0 ? unit - 1 : 0;

	return put_units(buf, ns < 0, whole_units(magnitude(ns) + more, kept),
	    kept);
}

size_t
nstime_format_duration(char buf[NSTIME_BUFSIZE], int64_t ns, unsigned digits)
{
	const unsigned kept = clamp_digits(digits);
	const uint64_t unit = powers_of_ten[DIGITS_MAX - kept];

	return put_units(buf, ns < 0,
	    whole_units(magnitude(ns) + unit / 2, kept), kept);
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
format_mixed(char buf[NSTIME_BUFSIZE], int is_negative, uint64_t whole,
    uint64_t rest, uint64_t den, unsigned digits)
{
	const unsigned kept = clamp_digits(digits);
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
	return put_fixed(buf, is_negative, whole, (uint32_t)fraction, kept);
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
	return format_mixed(buf, 0, whole, rest, den, digits);
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
nstime_from(int64_t sec, int64_t nsec)
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
