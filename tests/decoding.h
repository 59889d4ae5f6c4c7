/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A decoder of each test's own, without options; it leaves no memory behind.
 */
#ifndef TCPSTATES_TESTS_DECODING_H
#define TCPSTATES_TESTS_DECODING_H

#include <check.h>
#include <stddef.h>
#include <stdint.h>

#include "base/pool.h"
#include "decode/frame.h"

static struct decoder *decoder;

static void
decoding_setup(void)
{
	static const uint64_t key[2] = { 1, 2 };

	decoder = decoder_new(&(struct decoder_options){ 0 }, key);
}

static void
decoding_teardown(void)
{
	decoder_free(decoder);
	decoder = NULL;
	ck_assert_uint_eq(mem_outstanding(), 0);
}

#endif
