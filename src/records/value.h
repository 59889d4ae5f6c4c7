/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One value of a record, passed from its getter to the format.
 */
#ifndef TCPSTATES_RECORDS_VALUE_H
#define TCPSTATES_RECORDS_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/sum.h"

enum value_type {
	VALUE_NULL,		/* unknown, or does not apply */
	VALUE_NUMBER,		/* unsigned */
	VALUE_INSTANT,		/* ns since the epoch, printed as seconds */
	VALUE_DURATION,		/* ns, printed as seconds */
	VALUE_RATIO,		/* num / den, with decimals as seconds have */
	VALUE_FLAG,
	VALUE_TEXT,		/* NUL-terminated */
	VALUE_ADDR		/* see print/addr.h */
};

#define VALUE_SCRATCH	48	/* bytes of text that a value can hold */

struct value {
	enum value_type type;
	union {
		uint64_t number;
		int64_t ns;
		struct {
			struct sum num;
			uint64_t den;	/* 0: there is no ratio, null */
		} ratio;
		bool flag;
		struct {
			/* scratch, or text of the record's source */
			const char *text;
			size_t len;	/* without its NUL */
			char scratch[VALUE_SCRATCH];
		};
		struct {
			uint8_t bytes[16];
			unsigned ip_version;
		} addr;
	} u;
};

/* Is there no value?  A ratio without denominator is null, too. */
static inline bool
value_is_null(const struct value *value)
{
	return value->type == VALUE_NULL ||
	    (value->type == VALUE_RATIO && value->u.ratio.den == 0);
}

static inline void
value_number(struct value *value, uint64_t number)
{
	value->type = VALUE_NUMBER;
	value->u.number = number;
}

static inline void
value_duration(struct value *value, int64_t ns)
{
	value->type = VALUE_DURATION;
	value->u.ns = ns;
}

static inline void
value_instant(struct value *value, int64_t ns)
{
	value->type = VALUE_INSTANT;
	value->u.ns = ns;
}

/* sum / count, each divided by `unit` once more (NS_PER_SEC for times). */
static inline void
value_mean(struct value *value, struct sum sum, uint64_t count, uint64_t unit)
{
	value->type = VALUE_RATIO;
	value->u.ratio.num = sum;
	value->u.ratio.den = count * unit;
}

static inline void
value_flag(struct value *value, bool flag)
{
	value->type = VALUE_FLAG;
	value->u.flag = flag;
}

/* Text that outlives the value; NULL is null. */
static inline void
value_text(struct value *value, const char *text)
{
	value->type = text != NULL ? VALUE_TEXT : VALUE_NULL;
	value->u.text = text;
	value->u.len = text != NULL ? strlen(text) : 0;
}

/* `len` bytes, and a NUL, were written to u.scratch. */
static inline void
value_scratch(struct value *value, size_t len)
{
	value->type = VALUE_TEXT;
	value->u.text = value->u.scratch;
	value->u.len = len;
}

#endif
