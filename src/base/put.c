/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "base/put.h"

const char put_twos[100 * 2 + 1] =
    "00010203040506070809" "10111213141516171819"
    "20212223242526272829" "30313233343536373839"
    "40414243444546474849" "50515253545556575859"
    "60616263646566676869" "70717273747576777879"
    "80818283848586878889" "90919293949596979899";

char *
put_digits(char *at, uint64_t number)
{
	if (number < 100)
		return put_two(at, (unsigned)number);
	if (number < 10000) {
		at = put_u64(at, number / 100);
		return put_two(at, (unsigned)(number % 100));
	}
	at = put_u64(at, number / 10000);
	return put_four(at, (unsigned)(number % 10000));
}

char *
put_padded(char *at, uint64_t number, unsigned width)
{
	for (unsigned i = width; i > 0; i--) {
		at[i - 1] = (char)('0' + number % 10);
		number /= 10;
	}
	return at + width;
}
