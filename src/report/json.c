/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <stddef.h>
#include <string.h>

#include "base/outbuf.h"
#include "report/record.h"
#include "report/writer.h"

_Static_assert(COLUMN_JSON_SIZE + WRITER_ROOM + 2 <= OUTBUF_ROOM,
    "a key and its value, quoted, fit the room");

/* Words of JSON; their length. */
static size_t
put_word(char *at, const char *word, size_t len)
{
	memcpy(at, word, len);
	return len;
}

/* Everything but text, in place. */
static size_t
format(const struct writer *w, char *at, const struct value *value)
{
	size_t len;

	if (writer_is_null(value))
		return put_word(at, "null", 4);
	if (value->type == VALUE_FLAG)
		return value->u.flag ? put_word(at, "true", 4) :
		    put_word(at, "false", 5);
	if (value->type != VALUE_ADDR)
		return writer_format(w, at, value);
	len = writer_format(w, at + 1, value);
	at[0] = '"';
	at[1 + len] = '"';
	return len + 2;
}

static void
put_value(struct writer *w, const struct value *value)
{
	if (value->type == VALUE_TEXT)
		outbuf_json(w->out, value->u.text);
	else
		outbuf_took(w->out, format(w, outbuf_room(w->out), value));
}

static bool
json_begin(struct writer *w, const char *type)
{
	outbuf_str(w->out, "{\"type\":");
	outbuf_json(w->out, type);
	return true;
}

/* Copying the whole array beats asking how long the key is. */
static void
json_column(struct writer *w, const struct column *column,
    const struct value *value)
{
	char *at = outbuf_room(w->out);
	size_t len = column->json_len;

	memcpy(at, column->json, sizeof(column->json));
	if (value->type != VALUE_TEXT)
		len += format(w, at + len, value);
	outbuf_took(w->out, len);
	if (value->type == VALUE_TEXT)
		outbuf_json(w->out, value->u.text);
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
