/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <stddef.h>

#include "base/outbuf.h"
#include "report/record.h"
#include "report/writer.h"

static void
put_value(struct writer *w, const struct value *value)
{
	switch (value->type) {
	case VALUE_NUMBER:
		outbuf_u64(w->out, value->u.number);
		return;
	case VALUE_INSTANT:
	case VALUE_DURATION:
		writer_seconds(w, value);
		return;
	case VALUE_RATIO:
		if (value->u.ratio.den == 0)
			break;
		writer_ratio(w, value);
		return;
	case VALUE_FLAG:
		outbuf_str(w->out, value->u.flag ? "true" : "false");
		return;
	case VALUE_TEXT:
		outbuf_json(w->out, value->u.text);
		return;
	case VALUE_ADDR:
		outbuf_char(w->out, '"');
		writer_addr(w, value);
		outbuf_char(w->out, '"');
		return;
	case VALUE_NULL:
		break;
	}
	outbuf_mem(w->out, "null", 4);
}

static bool
json_begin(struct writer *w, const char *type)
{
	outbuf_str(w->out, "{\"type\":");
	outbuf_json(w->out, type);
	return true;
}

static void
json_column(struct writer *w, const struct column *column,
    const struct value *value)
{
	outbuf_mem(w->out, column->json, column->json_len);
	put_value(w, value);
}

static void
json_field(struct writer *w, const char *key, const struct value *value)
{
	outbuf_char(w->out, ',');
	outbuf_json(w->out, key);
	outbuf_char(w->out, ':');
	put_value(w, value);
}

static void
json_end(struct writer *w)
{
	outbuf_mem(w->out, "}\n", 2);
}

/* Lines stand alone: nothing to close. */
static void
json_finish(UNUSED struct writer *w)
{
}

void
json_writer(struct writer *w, struct outbuf *out, unsigned digits)
{
	static const struct writer_ops ops = {
		.begin = json_begin,
		.column = json_column,
		.field = json_field,
		.end = json_end,
		.finish = json_finish
	};

	*w = (struct writer){ .ops = &ops, .out = out, .digits = digits };
}
