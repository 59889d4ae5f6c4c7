/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How records become text.  A format is five functions that compute nothing.
 *
 *	struct writer w;
 *
 *	writer_init(&w, &ndjson_format, out, digits, true);
 *	record_capture(&w, ...);
 *	for each connection
 *		record_conn(&w, conn);
 *	record_summary(&w, ...);
 *	writer_finish(&w);
 *	outbuf_flush(out)...
 */
#ifndef TCPSTATES_RECORDS_WRITER_H
#define TCPSTATES_RECORDS_WRITER_H

#include <assert.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/compiler.h"
#include "base/nstime.h"
#include "base/put.h"
#include "base/sum.h"
#include "print/addr.h"
#include "records/value.h"

struct column_choice;
struct outbuf;
struct record_source;
struct writer;

/* A format of records: a row of formats.def names it. */
struct record_format {
	const char *name;	/* --format=NAME */
	const char *alias;	/* other name that --format accepts, or NULL */
	bool has_only_conns;	/* other types of records are left out */
	/* A whole conn record. */
	void (*conn)(struct writer *, const struct record_source *);
	/* Begin a record of this type; false: the format leaves it out. */
	bool (*begin)(struct writer *, const char *type);
	/* A member with any key and text. */
	void (*field)(struct writer *, const char *key, const struct value *);
	void (*end)(struct writer *);
	/* After the last record. */
	void (*finish)(struct writer *);
};

#define FORMAT(name, letter) extern const struct record_format name##_format;
#include "records/formats.def"

/* By its place in formats.def; NULL after the last. */
const struct record_format *record_format_at(size_t at);
/* By a name that --format accepts; NULL when there is none. */
const struct record_format *record_format_find(const char *name);

struct writer {
	const struct record_format *format;
	struct outbuf *out;
	unsigned digits;	/* decimals of seconds: 6, or 9 */
	unsigned fields;	/* written of this record */
	bool wants_header;	/* CSV: still to be written */
	/* CSV: the rows are segments instead of connections. */
	bool has_segments;
	bool has_triage;	/* CSV: they are those of the triage */
	bool is_interim;	/* the summary is not final */
	bool has_groups;	/* CSV: they are groups */
	bool has_pairs;		/* CSV: they are pairs of a comparison */
	/*
	 * Connections whose ledger did not add up.  Copies of a writer, which
	 * may be of several threads, count in that which was initialised.
	 */
	atomic_ullong *ledger_errors;
	atomic_ullong ledger_error_count;
	/* The columns of conn records; NULL or none: all of them. */
	const struct column_choice *choice;
};

/* `wants_header`: begin with the names of the columns, if the format can. */
void writer_init(struct writer *, const struct record_format *,
    struct outbuf *, unsigned digits, bool wants_header);

/* After the last record: write the header of CSV if there was no record. */
void writer_finish(struct writer *);

/*
 * For formats: write a value of this type, neither null nor a flag, to `at`,
 * with room for WRITER_ROOM bytes.  Texts must need no escapes, as in columns.
 * Returns the end, like base/put.h.
 */
#define WRITER_ROOM	64

static_assert(WRITER_ROOM >= NSTIME_BUFSIZE, "a decimal fits");
static_assert(WRITER_ROOM >= ADDR_BUFSIZE, "an address fits");
static_assert(WRITER_ROOM >= VALUE_SCRATCH, "a text fits");

static ALWAYS_INLINE char *
writer_put(char *at, enum value_type type, const struct value *value,
    unsigned digits)
{
	switch (type) {
	case VALUE_NUMBER:
		return put_u64(at, value->u.number);
	case VALUE_INSTANT:
		return nstime_put_instant(at, value->u.ns, digits);
	case VALUE_DURATION:
		return nstime_put_duration(at, value->u.ns, digits);
	case VALUE_RATIO:
		return at + sum_format_ratio(at, &value->u.ratio.num,
		    value->u.ratio.den, digits);
	case VALUE_TEXT:
		return put_mem(at, value->u.text, value->u.len);
	case VALUE_ADDR:
		return at + addr_format(at, value->u.addr.bytes,
		    value->u.addr.ip_version);
	case VALUE_FLAG:
	case VALUE_NULL:
		break;
	}
	return at;
}

#endif
