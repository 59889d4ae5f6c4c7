/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "base/sum.h"

void
sum_add(struct sum *sum, uint64_t value)
{
	sum->low += value;
	if (sum->low < value)
		sum->high++;
}

/*
 * Long division, a bit at a time: only reports divide.  The rest stays below
 * den <= 2^63, so that doubling it never overflows.
 */
uint64_t
sum_divide(const struct sum *sum, uint64_t den, uint64_t *ret_rest)
{
	uint64_t quotient = 0;
	uint64_t rest = sum->high;

	if (sum->high == 0) {
		*ret_rest = sum->low % den;
		return sum->low / den;
	}
	if (sum->high >= den) {
		*ret_rest = 0;
		return UINT64_MAX;
	}
	for (int bit = 63; bit >= 0; bit--) {
		rest = rest << 1 | (sum->low >> bit & 1);
		quotient <<= 1;
		if (rest >= den) {
			rest -= den;
			quotient |= 1;
		}
	}
	*ret_rest = rest;
	return quotient;
}

size_t
sum_format_ratio(char buf[NSTIME_BUFSIZE], const struct sum *sum,
    uint64_t den, unsigned digits)
{
	uint64_t rest;
	const uint64_t whole = sum_divide(sum, den, &rest);

	return nstime_format_mixed(buf, whole, rest, den, digits);
}
