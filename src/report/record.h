/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Records for machines: what they hold.  How they are written is the
 * business of a writer (report/writer.h: JSON, CSV).
 *
 * All that is known of the keys of `conn` stands in report/columns.def; the
 * writers, --sort, the manual and the tests take it from there.
 */
#ifndef TCPSTATES_REPORT_RECORD_H
#define TCPSTATES_REPORT_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/sum.h"

struct conn;
struct tcpstates_totals;
struct writer;

/* Version of the keys: changes only add. */
#define RECORD_SCHEMA	1

enum value_type {
	VALUE_NULL,		/* unknown, or does not apply */
	VALUE_NUMBER,		/* unsigned */
	VALUE_INSTANT,		/* ns since the epoch, printed as seconds */
	VALUE_DURATION,		/* ns, printed as seconds */
	VALUE_RATIO,		/* num / den, with decimals as seconds have */
	VALUE_FLAG,
	VALUE_TEXT,		/* NUL-terminated */
	VALUE_ADDR		/* see report/addr.h */
};

#define VALUE_SCRATCH	64	/* octets of text a value can hold itself */

struct value {
	enum value_type type;
	union {
		uint64_t number;
		int64_t ns;
		struct {
			struct sum num;
			uint64_t den;	/* 0: there is no ratio, null */
		} ratio;
		bool flag;
		const char *text;	/* scratch, or lives with the conn */
		struct {
			const uint8_t *octets;	/* live with the conn */
			unsigned ip_version;
		} addr;
	} u;
	char scratch[VALUE_SCRATCH];
};

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

#define COLUMN_JSON_SIZE	40	/* the longest key, quotes and all */

struct column {
	const char *key;
	char json[COLUMN_JSON_SIZE];	/* `,"key":` and NULs */
	unsigned char json_len;		/* without the NULs */
	unsigned char side;	/* enum column_side */
	unsigned char type;	/* enum value_type when it is not null */
	unsigned char order;	/* enum column_order */
	unsigned short at;	/* for `get`: where in its struct */
	const char *unit;	/* "segments", "octets", "seconds"... or "" */
	const char *sentence;	/* of the manual */
	/* Internal: call record_get(). */
	void (*get)(const struct column *, const struct conn *,
	    struct value *);
};

/* The columns of `conn`, in the order of the record. */
size_t record_column_count(void);
const struct column *record_column(size_t at);
/* By its key; NULL when there is none. */
const struct column *record_find(const char *key);
void record_get(const struct column *, const struct conn *,
    struct value *ret_value);

#define RECORD_COUNTS_BUFSIZE	48	/* "S", "F", two counts and NUL */

/* "S2F2": the SYNs and FINs of both sides.  Returns the length. */
size_t record_counts(char buf[RECORD_COUNTS_BUFSIZE], const struct conn *);

/* What the first record says; filled by whoever opened the capture. */
struct record_capture {
	const char *version;	/* of the program */
	const char *input;	/* file or interface names as given */
	const char *linktype;	/* name, or NULL when not known */
	const char *filter;	/* as given, or NULL */
	uint32_t snaplen;	/* octets, 0 when not known */
	bool is_live;
	bool is_nanosecond;	/* precision of the source */
};

/* Packets by the kernel's count, see pcap_stats(3PCAP). */
struct record_kernel {
	uint64_t received;
	uint64_t dropped;
	uint64_t if_dropped;
};

/*
 * The records, in this order: one capture, conns, one summary.  `kernel` is
 * NULL when there are no such statistics (a file).
 */
void record_capture(struct writer *, const struct record_capture *);
void record_conn(struct writer *, const struct conn *);
void record_summary(struct writer *, const struct conn *first,
    const struct tcpstates_totals *, const struct record_kernel *kernel);

#endif
