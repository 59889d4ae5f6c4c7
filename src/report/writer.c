/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "report/writer.h"

#include "base/outbuf.h"
#include "base/sum.h"
#include "report/addr.h"
#include "report/record.h"

void
writer_finish(struct writer *w)
{
	w->ops->finish(w);
}

void
writer_seconds(struct writer *w, const struct value *value)
{
	char buf[NSTIME_BUFSIZE];
	const size_t len = value->type == VALUE_INSTANT ?
	    nstime_format_instant(buf, value->u.ns, w->digits) :
	    nstime_format_duration(buf, value->u.ns, w->digits);

	outbuf_mem(w->out, buf, len);
}

void
writer_ratio(struct writer *w, const struct value *value)
{
	char buf[NSTIME_BUFSIZE];

	outbuf_mem(w->out, buf, sum_format_ratio(buf, &value->u.ratio.num,
	    value->u.ratio.den, w->digits));
}

void
writer_addr(struct writer *w, const struct value *value)
{
	char buf[ADDR_BUFSIZE];

	outbuf_mem(w->out, buf, addr_format(buf, value->u.addr.octets,
	    value->u.addr.ip_version));
}
