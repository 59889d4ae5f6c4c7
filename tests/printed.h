/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What was printed to an outbuf, as a string: for one test at a time.
 */
#ifndef TCPSTATES_TESTS_PRINTED_H
#define TCPSTATES_TESTS_PRINTED_H

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/outbuf.h"
#include "base/pool.h"

static struct outbuf *printed_out;
static char *printed_bytes;
static size_t printed_len;

static inline int
printed_take(void *arg, const char *bytes, size_t len)
{
	(void)arg;
	printed_bytes = realloc(printed_bytes, printed_len + len + 1);
	ck_assert_ptr_nonnull(printed_bytes);
	memcpy(printed_bytes + printed_len, bytes, len);
	printed_len += len;
	printed_bytes[printed_len] = '\0';
	return 0;
}

static inline void
printed_setup(void)
{
	printed_out = outbuf_new(printed_take, NULL);
	ck_assert_ptr_nonnull(printed_out);
	printed_take(NULL, "", 0);
}

static inline void
printed_teardown(void)
{
	outbuf_free(printed_out);
	free(printed_bytes);
	printed_bytes = NULL;
	printed_len = 0;
	ck_assert_uint_eq(mem_outstanding(), 0);
}

/* Everything since setup or since printed_forget(). */
static inline const char *
printed(void)
{
	ck_assert_int_eq(outbuf_flush(printed_out), 0);
	return printed_bytes;
}

static inline void
printed_forget(void)
{
	(void)printed();
	printed_len = 0;
	printed_bytes[0] = '\0';
}

#endif
