/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Records for machines: their types, keys and values.  records/writer.h turns
 * records into text (NDJSON, CSV).
 *
 * records/columns.def defines the keys of `conn`, and each other record has a
 * .def file; the formats, --sort, the manual, the schemas of databases and the
 * tests are derived from these files.
 */
#ifndef TCPSTATES_RECORDS_RECORD_H
#define TCPSTATES_RECORDS_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "diagnosis/grouping.h"
#include "records/value.h"

struct compare_result;
struct conn;
struct diagnosed;
struct finding;
struct grouped;
struct interval;
struct judgement;
struct record_source;
struct segment;
struct summary;
struct tcpstates_totals;
struct triage_row;
struct writer;

/* Version of the keys; keys are only added. */
#define RECORD_SCHEMA	1

/* In which order --sort puts a column first. */
enum column_order {
	COLUMN_SMALLEST_FIRST,	/* names and places */
	COLUMN_LARGEST_FIRST	/* amounts */
};

enum column_side {
	COLUMN_WHOLE,		/* of the connection */
	COLUMN_ORIG,
	COLUMN_RESP
};

/* The columns of `conn`, in the order of the record. */
enum record_key {
#define EACH_COLUMN(key, ...)	KEY_##key,
#include "records/each_column.def"
	KEY_COUNT
};

struct column {
	const char *key;
	unsigned char side;	/* enum column_side */
	unsigned char type;	/* enum value_type, unless null */
	unsigned char order;	/* enum column_order */
	unsigned short at;	/* for `get`: offset in a struct */
	const char *unit;	/* "segments", "bytes", "seconds"... or "" */
	const char *sentence;	/* of the manual */
	/* Internal: call record_get(). */
	void (*get)(const struct record_source *, enum column_side, size_t at,
	    struct value *);
};

size_t record_column_count(void);
/* By its place in the record. */
const struct column *record_column(size_t at);
/* By its key; NULL when there is none. */
const struct column *record_find(const char *key);
/* By the name of a pair with a side before it, "orig_" or "resp_". */
const struct column *record_find_side(const char *side, const char *key);
void record_get(const struct column *, const struct conn *,
    struct value *ret_value);
/* For several columns of a connection: see record_source_of(). */
void record_get_from(const struct column *, const struct record_source *,
    struct value *ret_value);

#define RECORD_COUNTS_BUFSIZE	48	/* "S", "F", two counts and NUL */

/* "S2F2": the SYNs and FINs of both sides.  Returns the length. */
size_t record_counts(char buf[RECORD_COUNTS_BUFSIZE], const struct conn *);

/* The first record, filled in by the code that opens the capture. */
struct record_capture {
	const char *version;	/* of the program */
	const char *input;	/* file or interface names as given */
	const char *linktype;	/* name, or NULL if unknown */
	const char *filter;	/* as given, or NULL */
	uint32_t snaplen;	/* bytes; 0 if unknown */
	bool is_live;
	bool is_nanosecond;	/* precision of the source */
};

/* Packets by the kernel's count, see pcap_stats(3PCAP). */
struct record_kernel {
	uint64_t received;
	uint64_t dropped;
	uint64_t if_dropped;
	uint64_t clock_leaps;	/* forward jumps of the clock */
};

/* Sources of the fields; a record needs one or some of them. */
struct field_from {
	const struct record_capture *capture;
	const struct interval *interval;
	const struct summary *summary;
	const struct tcpstates_totals *totals;
	const struct record_kernel *kernel;	/* NULL: there is none */
	const struct compare_result *compared;
	size_t pair;		/* of `compared` */
	uint8_t point;		/* enum point: it has `conn`, without a partner */
	const struct conn *conn;
	const struct segment *segment;	/* of `conn` */
	const struct judgement *judgement;	/* of `segment` */
	const struct finding *finding;	/* of `conn` */
	const struct triage_row *triage;
	const struct grouped *group;
	enum grouping_by by;	/* NONE: all other groups */
	size_t rank;		/* of `triage`, from 1 */
	uint64_t ledger_errors;	/* beside `totals` */
	bool is_interim;	/* likewise */
	const struct between *between;	/* that has the finding, or NULL */
	char *words;		/* room for its longest text */
};

/* The types of records besides `conn`. */
enum record {
	RECORD_CAPTURE,
	RECORD_INTERVAL,
	RECORD_SUMMARY,
	RECORD_PAIR,
	RECORD_UNPAIRED,
	RECORD_COMPARE,
	RECORD_SEGMENT,
	RECORD_FINDING,
	RECORD_TRIAGE,
	RECORD_GROUP,
	RECORD_COUNT
};

struct field {
	const char *key;
	const char *unit;	/* as in struct column */
	const char *sentence;	/* of the manual */
	unsigned short at;	/* for `get`: offset in a struct */
	unsigned char type;	/* enum value_type, unless null */
	/* Internal: leaves a null value alone when there is no figure. */
	void (*get)(const struct field *, const struct field_from *,
	    struct value *);
};

/* The `type` of a record. */
const char *record_name(enum record);
/* The fields of a record after `type`, in order. */
size_t record_field_count(enum record);
const struct field *record_field(enum record, size_t at);

/*
 * Write records, in this order: one capture, conns with intervals between, one
 * summary.  `kernel` is NULL if there are no kernel statistics (a file).
 */
void record_capture(struct writer *, const struct record_capture *);
void record_conn(struct writer *, const struct conn *);
/* A connection, and its findings in formats that have them: one diagnosis. */
void record_conn_and_findings(struct writer *, const struct conn *);
/* Internal: the findings alone. */
void record_findings(struct writer *, const struct conn *,
    const struct diagnosed *);
/* A row of the triage, from rank 1: after all connections. */
void record_triage(struct writer *, const struct triage_row *, size_t rank);
/* A group of --by; with groups, there are no conns. */
void record_group(struct writer *, const struct grouped *, enum grouping_by);
void record_interval(struct writer *, const struct interval *);
/* With segments, there are no conns. */
void record_segment(struct writer *, const struct conn *,
    const struct segment *, const struct judgement *);
/*
 * Of two captures: a record for each pair, with its findings after it, one for
 * each connection without a partner, then one `compare`.
 */
void record_pair(struct writer *, const struct compare_result *, size_t pair);
void record_unpaired(struct writer *, const struct compare_result *);
void record_compare(struct writer *, const struct compare_result *);
void record_summary(struct writer *, const struct conn *first,
    const struct tcpstates_totals *, const struct record_kernel *kernel);

#endif
