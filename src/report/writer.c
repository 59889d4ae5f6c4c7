/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "report/writer.h"

#include "base/outbuf.h"
#include "base/sum.h"
#include "report/addr.h"
#include "report/record.h"

_Static_assert(WRITER_ROOM >= NSTIME_BUFSIZE, "a decimal fits");
_Static_assert(WRITER_ROOM >= ADDR_BUFSIZE, "an address fits");

void
writer_finish(struct writer *w)
{
	w->ops->finish(w);
}

bool
writer_is_null(const struct value *value)
{
	return value->type == VALUE_NULL ||
	    (value->type == VALUE_RATIO && value->u.ratio.den == 0);
}

size_t
writer_format(const struct writer *w, char at[WRITER_ROOM],
    const struct value *value)
{
	switch (value->type) {
	case VALUE_NUMBER:
		return outbuf_digits(at, value->u.number);
	case VALUE_INSTANT:
		return nstime_format_instant(at, value->u.ns, w->digits);
	case VALUE_DURATION:
		return nstime_format_duration(at, value->u.ns, w->digits);
	case VALUE_RATIO:
		if (value->u.ratio.den == 0)
			break;
		return sum_format_ratio(at, &value->u.ratio.num,
		    value->u.ratio.den, w->digits);
	case VALUE_ADDR:
		return addr_format(at, value->u.addr.octets,
		    value->u.addr.ip_version);
	case VALUE_FLAG:
	case VALUE_TEXT:
	case VALUE_NULL:
		break;
	}
	return 0;
}
