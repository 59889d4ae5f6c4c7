/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "capture/ticks.h"

#include "base/nstime.h"

#define RESOLUTION_BINARY	0x80	/* powers of 2, not of 10 */
#define RESOLUTION_MASK		0x7f
#define DIGITS_NS		9	/* of a time in nanoseconds */

/* Units of 10^-digits seconds: the whole seconds, and the rest in ns. */
static uint64_t
split_decimal(uint64_t ticks, unsigned digits, uint64_t *ret_ns)
{
	uint64_t unit = NS_PER_SEC, ns_per_tick = 1;

	for (; digits > DIGITS_NS; digits--)
		ticks /= 10;
	for (; digits < DIGITS_NS; digits++) {
		unit /= 10;
		ns_per_tick *= 10;
	}
	*ret_ns = ticks % unit * ns_per_tick;
	return ticks / unit;
}

/* Units of 2^-bits seconds. */
static uint64_t
split_binary(uint64_t ticks, unsigned bits, uint64_t *ret_ns)
{
	uint64_t fraction = bits < 64 ?
	    ticks & ((UINT64_C(1) << bits) - 1) : ticks;
	const uint64_t seconds = bits < 64 ? ticks >> bits : 0;

	/* In 2^-32 s, of which the product with 10^9 fits. */
	if (bits > 32)
		fraction = bits - 32 < 64 ? fraction >> (bits - 32) : 0;
	else
		fraction <<= 32 - bits;
	*ret_ns = fraction * (uint64_t)NS_PER_SEC >> 32;
	return seconds;
}

/* More seconds than our times can have, and their sum fits 64 bits. */
#define SECONDS_MOST	(INT64_MAX / 4)

static int64_t
clamp_seconds(uint64_t seconds, bool is_negative)
{
	const int64_t clamped = seconds < SECONDS_MOST ? (int64_t)seconds :
	    SECONDS_MOST;

	return is_negative ? -clamped : clamped;
}

int64_t
ticks_to_ns(uint64_t ticks, uint8_t resolution, int64_t offset)
{
	const unsigned power = resolution & RESOLUTION_MASK;
	const bool is_negative = ticks > INT64_MAX;
	const bool is_early = offset < 0;
	uint64_t seconds, ns;

	if (is_negative)
		ticks = -ticks;
	if ((resolution & RESOLUTION_BINARY) != 0)
		seconds = split_binary(ticks, power, &ns);
	else
		seconds = split_decimal(ticks, power, &ns);
	return nstime_from(clamp_seconds(seconds, is_negative) +
	    clamp_seconds(is_early ? -(uint64_t)offset : (uint64_t)offset,
	    is_early), is_negative ? -(int64_t)ns : (int64_t)ns);
}

bool
ticks_are_fine(uint8_t resolution)
{
	const uint8_t power = resolution & RESOLUTION_MASK;

	/* Finer than 10^-6, or than 2^-19. */
	return (resolution & RESOLUTION_BINARY) != 0 ? power > 19 : power > 6;
}
