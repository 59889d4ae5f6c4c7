/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How records become text.  A writer is five functions; it never computes,
 * and adding one touches no other file.
 *
 *	struct writer w;
 *	json_writer(&w, out, digits);		or csv_writer()
 *	record_capture(&w, ...);
 *	for each connection
 *		record_conn(&w, conn);
 *	record_summary(&w, ...);
 *	writer_finish(&w);
 *	outbuf_flush(out)...
 */
#ifndef TCPSTATES_REPORT_WRITER_H
#define TCPSTATES_REPORT_WRITER_H

#include <stdbool.h>
#include <stddef.h>

struct column;
struct outbuf;
struct value;
struct writer;

struct writer_ops {
	/* A record of this type begins; false: it is not written. */
	bool (*begin)(struct writer *, const char *type);
	/* A member known by its column, and one known by its key alone. */
	void (*column)(struct writer *, const struct column *,
	    const struct value *);
	void (*field)(struct writer *, const char *key, const struct value *);
	void (*end)(struct writer *);
	/* After the last record. */
	void (*finish)(struct writer *);
};

struct writer {
	const struct writer_ops *ops;
	struct outbuf *out;
	unsigned digits;	/* decimals of seconds: 6, or 9 */
	unsigned fields;	/* written of this record */
	bool wants_header;	/* CSV: still to be written */
};

/* NDJSON: one flat object a line, every key always there. */
void json_writer(struct writer *, struct outbuf *, unsigned digits);

/*
 * CSV (RFC 4180 but for its line ends, which are single newlines): a header
 * unless refused, and the conn records; the other types do not fit its
 * columns and are left out.
 */
void csv_writer(struct writer *, struct outbuf *, unsigned digits,
    bool no_header);

/* Writes what a writer owes when no record came (the header of CSV). */
void writer_finish(struct writer *);

/*
 * For writers: instants, durations, ratios, addresses and numbers as text, to
 * where there is room for WRITER_ROOM octets.  Not terminated.  Returns the
 * length; 0 for what is null, or of another type.
 */
#define WRITER_ROOM	64
size_t writer_format(const struct writer *, char at[WRITER_ROOM],
    const struct value *);

/* Does the value not exist?  A ratio of nothing does not. */
bool writer_is_null(const struct value *);

#endif
