/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <stddef.h>
#include <string.h>

#include "base/outbuf.h"
#include "report/record.h"
#include "report/writer.h"

#define VALUE_ROOM	(WRITER_ROOM + 2)	/* the longest, and its quotes */

static char *
put_quoted(const struct writer *w, char *at, const struct value *value)
{
	*at = '"';
	at = writer_put(w, at + 1, value->type, value);
	*at = '"';
	return at + 1;
}

/*
 * A value that is of this type or null; of texts only what needs no escapes,
 * see json_field().
 */
static ALWAYS_INLINE char *
put_value(const struct writer *w, char *at, enum value_type type,
    const struct value *value)
{
	if (value_is_null(value))
		return put_mem(at, "null", 4);
	if (type == VALUE_FLAG)
		return value->u.flag ? put_mem(at, "true", 4) :
		    put_mem(at, "false", 5);
	if (type == VALUE_TEXT || type == VALUE_ADDR)
		return put_quoted(w, at, value);
	return writer_put(w, at, type, value);
}

static bool
json_begin(struct writer *w, const char *type)
{
	outbuf_str(w->out, "{\"type\":");
	outbuf_json(w->out, type);
	return true;
}

/*
 * Written out, one column after the other, so that each knows its key and its
 * type: a million records are a hundred and fifty million values.
 */
static void
json_columns(struct writer *w, const struct value *values)
{
#define COLUMN(key, t, o, u, g, where, s)	+ sizeof(#key) + 3 + VALUE_ROOM
#define PAIR(key, t, o, u, g, where, s)					\
	COLUMN(orig_##key, t, o, u, g, where, s)			\
	COLUMN(resp_##key, t, o, u, g, where, s)
	char *at = outbuf_room(w->out, 0
#include "report/columns.def"
	    );
#undef COLUMN

#define COLUMN(key, t, o, u, g, where, s)				\
	at = put_mem(at, ",\"" #key "\":", sizeof(#key) + 3);		\
	at = put_value(w, at, VALUE_##t, &values[KEY_##key]);
#include "report/columns.def"
	outbuf_took(w->out, at);
}

static void
json_field(struct writer *w, const char *key, const struct value *value)
{
	outbuf_char(w->out, ',');
	outbuf_json(w->out, key);
	outbuf_char(w->out, ':');
	if (value->type == VALUE_TEXT)
		outbuf_json(w->out, value->u.text);
	else
		outbuf_took(w->out, put_value(w,
		    outbuf_room(w->out, VALUE_ROOM), value->type, value));
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
		.columns = json_columns,
		.field = json_field,
		.end = json_end,
		.finish = json_finish
	};

	*w = (struct writer){ .ops = &ops, .out = out, .digits = digits };
}
