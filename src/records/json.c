/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <stddef.h>
#include <string.h>

#include "base/compiler.h"
#include "base/outbuf.h"
#include "records/getters.h"
#include "records/record.h"
#include "records/writer.h"

#define VALUE_ROOM	(WRITER_ROOM + 2)	/* the longest, and quotes */

#define BEGIN(type)	"{\"type\":" type
#define BEGIN_CONN	BEGIN("\"conn\"")
#define MEMBER(key)	",\"" key "\":0"	/* see put_member() */
#define END		"}\n"

/* The longest record of a connection. */
enum {
	CONN_ROOM = sizeof(BEGIN_CONN) + sizeof(END)
#define EACH_COLUMN(key, ...)	+ sizeof(MEMBER(#key)) + VALUE_ROOM
#include "records/each_column.def"
};

static ALWAYS_INLINE char *
put_quoted(char *at, enum value_type type, const struct value *value,
    unsigned digits)
{
	*at = '"';
	at = writer_put(at + 1, type, value, digits);
	*at = '"';
	return at + 1;
}

/*
 * A value of this type, or null.  Texts must need no escapes, see
 * json_field().
 */
static ALWAYS_INLINE char *
json_put_value(char *at, enum value_type type, const struct value *value,
    unsigned digits)
{
	if (value_is_null(value))
		return put_mem(at, "null", 4);
	if (type == VALUE_FLAG)
		return value->u.flag ? put_mem(at, "true", 4) :
		    put_mem(at, "false", 5);
	if (type == VALUE_TEXT || type == VALUE_ADDR)
		return put_quoted(at, type, value, digits);
	return writer_put(at, type, value, digits);
}

/*
 * A member; `begin` includes a zero as its value, because most figures of most
 * connections are zero.
 */
static ALWAYS_INLINE char *
put_member(char *at, const char *begin, size_t len, enum value_type type,
    const struct value *value, unsigned digits)
{
	at = put_mem(at, begin, len);
	if (type == VALUE_NUMBER && value->type == VALUE_NUMBER &&
	    value->u.number == 0)
		return at;
	return json_put_value(at - 1, type, value, digits);
}

static bool
json_begin(struct writer *w, const char *type)
{
	outbuf_str(w->out, BEGIN(""));
	outbuf_json(w->out, type);
	return true;
}

/*
 * Unrolled, so that the compiler knows the type and place of each column: a
 * million records have a hundred and fifty million values.
 */
static void
json_conn(struct writer *w, const struct record_source *given)
{
	const unsigned digits = w->digits;
	const struct record_source from = *given;
	char *at = outbuf_room(w->out, CONN_ROOM);

	at = put_mem(at, BEGIN_CONN, sizeof(BEGIN_CONN) - 1);
#define EACH_COLUMN(key, whose, kind, getter, where, ...) {		\
	struct value value = { .type = VALUE_NULL };			\
									\
	get_##getter(&from, COLUMN_##whose, where, &value);		\
	at = put_member(at, MEMBER(#key), sizeof(MEMBER(#key)) - 1,	\
	    VALUE_##kind, &value, digits);				\
}
#include "records/each_column.def"
	outbuf_took(w->out, put_mem(at, END, sizeof(END) - 1));
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
		outbuf_took(w->out, json_put_value(
		    outbuf_room(w->out, VALUE_ROOM), value->type, value,
		    w->digits));
}

static void
json_end(struct writer *w)
{
	outbuf_str(w->out, END);
}

/* Lines are independent: there is nothing to close. */
static void
json_finish(UNUSED struct writer *w)
{
}

/* NDJSON: a flat object a line, with every key in each. */
const struct record_format ndjson_format = {
	.name = "ndjson",
	.alias = "json",
	.conn = json_conn,
	.begin = json_begin,
	.field = json_field,
	.end = json_end,
	.finish = json_finish,
};
