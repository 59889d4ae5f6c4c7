/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "records/record.h"

#include <string.h>

#include "base/compiler.h"
#include "base/put.h"
#include "flow/conn.h"
#include "records/getters.h"
#include "records/writer.h"

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

void
record_get(const struct column *column, const struct conn *conn,
    struct value *ret_value)
{
	struct record_room room;
	const struct record_source from = record_source_of(conn, &room);

	ret_value->type = VALUE_NULL;
	column->get(&from, column->side, column->at, ret_value);
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

void
record_conn(struct writer *w, const struct conn *conn)
{
	struct record_room room;
	const struct record_source from = record_source_of(conn, &room);

	w->format->conn(w, &from);
}

void
record_conn_and_findings(struct writer *w, const struct conn *conn)
{
	struct record_room room;
	const struct record_source from = record_source_of(conn, &room);
	const struct diagnosed *diagnosed;

	w->format->conn(w, &from);
	if (w->format->has_only_conns)
		return;
	diagnosed = source_diagnosed(&from);
	if (diagnosed != NULL)
		record_findings(w, from.conn, diagnosed);
}
