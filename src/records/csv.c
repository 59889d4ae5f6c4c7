/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <stddef.h>
#include <string.h>

#include "base/compiler.h"
#include "base/outbuf.h"
#include "records/choice.h"
#include "records/getters.h"
#include "records/record.h"
#include "records/writer.h"

static void
put_separator(struct writer *w)
{
	if (w->fields++ > 0)
		outbuf_char(w->out, ',');
}

static bool
has_choice(const struct writer *w)
{
	return w->choice != NULL && w->choice->count > 0;
}

/* Are the rows another record than `conn`?  Then it is *ret_record. */
static bool
has_other_rows(const struct writer *w, enum record *ret_record)
{
	*ret_record = w->has_segments ? RECORD_SEGMENT :
	    w->has_groups ? RECORD_GROUP :
	    w->has_pairs ? RECORD_PAIR : RECORD_TRIAGE;
	return w->has_segments || w->has_groups || w->has_pairs ||
	    w->has_triage;
}

static size_t
count_columns(const struct writer *w)
{
	enum record record;

	if (has_other_rows(w, &record))
		return record_field_count(record);
	return has_choice(w) ? w->choice->count : record_column_count();
}

static const char *
key_of_column(const struct writer *w, size_t at)
{
	enum record record;

	if (has_other_rows(w, &record))
		return record_field(record, at)->key;
	return has_choice(w) ? w->choice->columns[at]->key :
	    record_column(at)->key;
}

static void
put_header(struct writer *w)
{
	for (size_t i = 0; i < count_columns(w); i++) {
		put_separator(w);
		outbuf_csv(w->out, key_of_column(w, i));
	}
	outbuf_char(w->out, '\n');
	w->wants_header = false;
}

/* Flags are 0 and 1, which all readers accept; an empty field is null. */
static ALWAYS_INLINE char *
csv_put_value(char *at, enum value_type type, const struct value *value,
    unsigned digits)
{
	if (value_is_null(value))
		return at;
	if (type == VALUE_FLAG)
		return put_u64(at, value->u.flag);
	return writer_put(at, type, value, digits);
}

static bool
csv_begin(struct writer *w, const char *type)
{
	enum record record;
	const char *wanted = has_other_rows(w, &record) ?
	    record_name(record) : "conn";

	if (strcmp(type, wanted) != 0)
		return false;
	if (w->wants_header)
		put_header(w);
	w->fields = 0;
	return true;
}

/* Unrolled, like json_conn(). */
static void
csv_conn(struct writer *w, const struct record_source *given)
{
	const unsigned digits = w->digits;
	const struct record_source from = *given;
	char *at;

	if (w->wants_header)
		put_header(w);
	at = outbuf_room(w->out, KEY_COUNT * (1 + WRITER_ROOM));
#define EACH_COLUMN(key, whose, kind, getter, where, ...) {		\
	struct value value = { .type = VALUE_NULL };			\
									\
	get_##getter(&from, COLUMN_##whose, where, &value);		\
	at = csv_put_value(at, VALUE_##kind, &value, digits);		\
	*at++ = ',';							\
}
#include "records/each_column.def"
	at[-1] = '\n';	/* instead of the last comma */
	outbuf_took(w->out, at);
}

static void
csv_field(struct writer *w, UNUSED const char *key, const struct value *value)
{
	put_separator(w);
	if (value->type == VALUE_TEXT)
		outbuf_csv(w->out, value->u.text);
	else
		outbuf_took(w->out, csv_put_value(
		    outbuf_room(w->out, WRITER_ROOM), value->type, value,
		    w->digits));
}

static void
csv_end(struct writer *w)
{
	outbuf_char(w->out, '\n');
}

static void
csv_finish(struct writer *w)
{
	if (w->wants_header)
		put_header(w);
}

/*
 * CSV (RFC 4180, but with lines that end in a single newline): a header and
 * the conn records.
 */
const struct record_format csv_format = {
	.name = "csv",
	.has_only_conns = true,
	.conn = csv_conn,
	.begin = csv_begin,
	.field = csv_field,
	.end = csv_end,
	.finish = csv_finish,
};
