/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The public interface over the engine: what is declared in libtcpstates.h
 * stays as it is, whatever the structures below it become.
 */
#include "config.h"

#include "lib/libtcpstates.h"

#include <string.h>

#include "base/outbuf.h"
#include "base/pool.h"
#include "base/put.h"
#include "decode/linktype.h"
#include "records/record.h"
#include "records/writer.h"
#include "engine/engine.h"

#define TEXT_DECIMALS	9

struct tcpstates_run {
	struct tcpstates *engine;
	uint64_t frames;	/* numbered from 1 */
	int link_type;		/* of the last frame, and what it means */
	enum linktype known_as;
	bool is_finished;
};

/* A struct conn under its public name. */
static const struct conn *
conn_of(const struct tcpstates_conn *conn)
{
	return (const struct conn *)(const void *)conn;
}

int
tcpstates_version(void)
{
	return TCPSTATES_VERSION;
}

const char *
tcpstates_version_text(void)
{
	return PACKAGE_VERSION;
}

struct tcpstates_run *
tcpstates_run_new(unsigned flags, const uint8_t secret[16])
{
	struct tcpstates_options options = {
		.vlan_key = flags & TCPSTATES_VLAN_KEY,
		.no_tunnels = flags & TCPSTATES_NO_TUNNELS,
		.no_analysis = flags & TCPSTATES_NO_ANALYSIS,
		.keep_analysis = true,
		.diagnose = true,
	};
	struct tcpstates_run *run = mem_zalloc(sizeof(*run));

	if (run == NULL)
		return NULL;
	_Static_assert(sizeof(options.hash_key) == 16, "as promised");
	if (secret != NULL)
		memcpy(options.hash_key, secret, sizeof(options.hash_key));
	run->engine = tcpstates_new(&options);
	if (run->engine == NULL) {
		mem_free(run);
		return NULL;
	}
	return run;
}

void
tcpstates_run_free(struct tcpstates_run *run)
{
	if (run == NULL)
		return;
	tcpstates_free(run->engine);
	mem_free(run);
}

int
tcpstates_run_frame(struct tcpstates_run *run, int link_type, int64_t time_ns,
    const void *bytes, uint32_t captured_len, uint32_t length)
{
	struct frame frame = {
		.time_ns = time_ns,
		.bytes = bytes,
		.captured_len = captured_len,
		.wire_len = length,
	};

	if (run->is_finished)
		return TCPSTATES_FINISHED;
	if (run->frames == 0 || link_type != run->link_type) {
		run->link_type = link_type;
		run->known_as = linktype_numbered(link_type);
	}
	frame.number = ++run->frames;
	frame.linktype = run->known_as;
	return tcpstates_frame(run->engine, &frame) == 0 ? 0 :
	    TCPSTATES_NO_MEMORY;
}

void
tcpstates_run_finish(struct tcpstates_run *run)
{
	if (!run->is_finished)
		tcpstates_finish(run->engine);
	run->is_finished = true;
}

const struct tcpstates_conn *
tcpstates_next_conn(const struct tcpstates_run *run,
    const struct tcpstates_conn *conn)
{
	const struct conn *next = conn == NULL ?
	    tcpstates_first(run->engine) : conn_of(conn)->next;

	return (const struct tcpstates_conn *)(const void *)next;
}

size_t
tcpstates_column_count(void)
{
	return record_column_count();
}

size_t
tcpstates_column_find(const char *key)
{
	for (size_t i = 0; i < record_column_count(); i++)
		if (strcmp(record_column(i)->key, key) == 0)
			return i;
	return TCPSTATES_NO_COLUMN;
}

static enum tcpstates_type
public_type(enum value_type type)
{
	switch (type) {
	case VALUE_NUMBER:
		return TCPSTATES_NUMBER;
	case VALUE_INSTANT:
		return TCPSTATES_INSTANT;
	case VALUE_DURATION:
		return TCPSTATES_DURATION;
	case VALUE_RATIO:
		return TCPSTATES_MEAN;
	case VALUE_FLAG:
		return TCPSTATES_FLAG;
	case VALUE_TEXT:
	case VALUE_ADDR:
	case VALUE_NULL:	/* no column is declared so */
		break;
	}
	return TCPSTATES_TEXT;
}

bool
tcpstates_column_info(size_t column, struct tcpstates_column *ret_info)
{
	const struct column *known;

	if (column >= record_column_count())
		return false;
	known = record_column(column);
	*ret_info = (struct tcpstates_column){
		.key = known->key,
		.unit = known->unit,
		.sentence = known->sentence,
		.type = public_type(known->type),
	};
	return true;
}

/* Null where there is no such column. */
static void
get(const struct tcpstates_conn *conn, size_t column, struct value *ret_value)
{
	if (column < record_column_count())
		record_get(record_column(column), conn_of(conn), ret_value);
	else
		ret_value->type = VALUE_NULL;
}

bool
tcpstates_is_null(const struct tcpstates_conn *conn, size_t column)
{
	struct value value;

	get(conn, column, &value);
	return value_is_null(&value);
}

bool
tcpstates_number(const struct tcpstates_conn *conn, size_t column,
    int64_t *ret_number)
{
	struct value value;

	get(conn, column, &value);
	switch (value.type) {
	case VALUE_NUMBER:
		*ret_number = value.u.number < INT64_MAX ?
		    (int64_t)value.u.number : INT64_MAX;
		return true;
	case VALUE_INSTANT:
	case VALUE_DURATION:
		*ret_number = value.u.ns;
		return true;
	case VALUE_FLAG:
		*ret_number = value.u.flag;
		return true;
	case VALUE_NULL:
	case VALUE_RATIO:
	case VALUE_TEXT:
	case VALUE_ADDR:
		break;
	}
	return false;
}

size_t
tcpstates_text(const struct tcpstates_conn *conn, size_t column, char *buf,
    size_t size)
{
	char room[WRITER_ROOM];
	struct value value;
	size_t len, fits;

	get(conn, column, &value);
	if (value_is_null(&value))
		len = 0;
	else if (value.type == VALUE_FLAG)
		len = (size_t)(put_str(room, value.u.flag ? "true" : "false") -
		    room);
	else
		len = (size_t)(writer_put(room, value.type, &value,
		    TEXT_DECIMALS) - room);
	if (size > 0) {
		fits = len < size ? len : size - 1;
		memcpy(buf, room, fits);
		buf[fits] = '\0';
	}
	return len;
}

uint64_t
tcpstates_frame_count(const struct tcpstates_run *run)
{
	return tcpstates_totals(run->engine)->frames;
}

uint64_t
tcpstates_conn_count(const struct tcpstates_run *run)
{
	return tcpstates_totals(run->engine)->conns;
}

size_t
tcpstates_verdict_count(void)
{
	return VERDICT_COUNT;
}

const char *
tcpstates_verdict_key(size_t verdict)
{
	return verdict < VERDICT_COUNT ? verdict_key((enum verdict)verdict) :
	    NULL;
}

const char *
tcpstates_verdict_words(size_t verdict)
{
	return verdict < VERDICT_COUNT ? verdict_words((enum verdict)verdict) :
	    NULL;
}

uint64_t
tcpstates_verdict_frames(const struct tcpstates_run *run, size_t verdict)
{
	return verdict < VERDICT_COUNT ?
	    tcpstates_totals(run->engine)->verdicts[verdict] : 0;
}

int
tcpstates_write_ndjson(const struct tcpstates_run *run, unsigned decimals,
    tcpstates_sink *sink, void *arg)
{
	struct outbuf *out = outbuf_new(sink, arg);
	struct writer writer;
	const struct conn *first = tcpstates_first(run->engine);
	int err;

	if (out == NULL)
		return TCPSTATES_NO_MEMORY;
	writer_init(&writer, &ndjson_format, out, decimals > 6 ? 9 : 6,
	    false);
	for (const struct conn *conn = first; conn != NULL; conn = conn->next)
		record_conn(&writer, conn);
	record_summary(&writer, first, tcpstates_totals(run->engine), NULL);
	writer_finish(&writer);
	err = outbuf_flush(out);
	outbuf_free(out);
	return err;
}
