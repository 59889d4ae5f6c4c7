/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "records/record.h"

#include <string.h>

#include "base/compiler.h"
#include "base/put.h"
#include "flow/conn.h"
#include "records/choice.h"
#include "records/getters.h"
#include "records/writer.h"

#define KEY_MAX	64	/* bytes of the longest key, with its NUL */

static const struct column columns[KEY_COUNT] = {
#define EACH_COLUMN(k, whose, t, getter, where, o, u, text)		\
	[KEY_##k] = {							\
		.key = #k,						\
		.side = COLUMN_##whose,					\
		.type = VALUE_##t,					\
		.order = COLUMN_##o##_FIRST,				\
		.at = where,						\
		.unit = u,						\
		.sentence = text,					\
		.get = get_##getter					\
	},
#include "records/each_column.def"
};

size_t
record_column_count(void)
{
	return KEY_COUNT;
}

const struct column *
record_column(size_t at)
{
	return &columns[at];
}

const struct column *
record_find(const char *key)
{
	for (size_t i = 0; i < ARRAY_LEN(columns); i++)
		if (strcmp(columns[i].key, key) == 0)
			return &columns[i];
	return NULL;
}

const struct column *
record_find_side(const char *side, const char *key)
{
	char whole[KEY_MAX];
	const size_t side_len = strlen(side);
	const size_t key_len = strlen(key);

	if (side_len + key_len >= sizeof(whole))
		return NULL;
	memcpy(whole, side, side_len);
	memcpy(whole + side_len, key, key_len + 1);
	return record_find(whole);
}

void
record_get_from(const struct column *column, const struct record_source *from,
    struct value *ret_value)
{
	ret_value->type = VALUE_NULL;
	column->get(from, column->side, column->at, ret_value);
}

void
record_get(const struct column *column, const struct conn *conn,
    struct value *ret_value)
{
	struct record_room room;
	const struct record_source from = record_source_of(conn, &room);

	record_get_from(column, &from, ret_value);
}

size_t
record_counts(char buf[RECORD_COUNTS_BUFSIZE], const struct conn *conn)
{
	char *at = buf;

	*at++ = 'S';
	at = put_u64(at, conn_syn_count(conn));
	*at++ = 'F';
	at = put_u64(at, conn_fin_count(conn));
	*at = '\0';
	return (size_t)(at - buf);
}

/* The chosen columns, one by one; all of them are faster in one go. */
static void
put_conn(struct writer *w, const struct record_source *from)
{
	const struct column_choice *choice = w->choice;
	struct value value;

	if (choice == NULL || choice->count == 0) {
		w->format->conn(w, from);
		return;
	}
	(void)w->format->begin(w, "conn");
	for (size_t i = 0; i < choice->count; i++) {
		const struct column *column = choice->columns[i];

		record_get_from(column, from, &value);
		w->format->field(w, column->key, &value);
	}
	w->format->end(w);
}

void
record_conn(struct writer *w, const struct conn *conn)
{
	struct record_room room;
	const struct record_source from = record_source_of(conn, &room);

	put_conn(w, &from);
}

void
record_conn_and_findings(struct writer *w, const struct conn *conn)
{
	struct record_room room;
	const struct record_source from = record_source_of(conn, &room);
	const struct diagnosed *diagnosed;

	put_conn(w, &from);
	if (w->format->has_only_conns)
		return;
	diagnosed = source_diagnosed(&from);
	if (diagnosed == NULL)
		return;
	if (!ledger_is_balanced(from.conn, &diagnosed->ledger))
		atomic_fetch_add(w->ledger_errors, 1);
	record_findings(w, from.conn, diagnosed);
}
