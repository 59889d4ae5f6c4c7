/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * libtcpstates: frames of a capture go in, TCP connections come out, with
 * everything that tcpstates(1) knows of them.
 *
 *	struct tcpstates_run *run = tcpstates_run_new(0, NULL);
 *	for each frame of the capture
 *		tcpstates_run_frame(run, dlt, time, bytes, captured, length);
 *	tcpstates_run_finish(run);
 *	while ((conn = tcpstates_next_conn(run, conn)) != NULL)
 *		for each column
 *			tcpstates_text(conn, column, buf, sizeof(buf));
 *	tcpstates_run_free(run);
 *
 * The library opens nothing, prints nothing, asks no clock, reads no
 * environment and keeps no state of its own: a run is all there is.  Runs are
 * independent of each other, so that threads may each have one; of one run,
 * one function at a time.  Frames may be hostile: nothing in them can do more
 * than be counted as malformed.
 *
 * What is declared here stays as it is as long as the number in the library's
 * name does (libtcpstates.so.0): functions are only added.  Columns are only
 * added, too, at the end; their meanings are those of tcpstates-records(5).
 */
#ifndef TCPSTATES_LIB_LIBTCPSTATES_H
#define TCPSTATES_LIB_LIBTCPSTATES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Of this header; 0.2.0 is 200. */
#define TCPSTATES_VERSION_MAJOR	0
#define TCPSTATES_VERSION_MINOR	2
#define TCPSTATES_VERSION_PATCH	0
#define TCPSTATES_VERSION						\
	(TCPSTATES_VERSION_MAJOR * 10000 + TCPSTATES_VERSION_MINOR * 100 + \
	    TCPSTATES_VERSION_PATCH)

/* Of the library that runs, in the same manner and as text ("0.2.0"). */
int tcpstates_version(void);
const char *tcpstates_version_text(void);

/*
 * Runs.
 */

struct tcpstates_run;		/* one analysis, from first frame to last */
struct tcpstates_conn;		/* a connection; its run owns it */

/* Flags of a run: what the options of these names do. */
#define TCPSTATES_VLAN_KEY	0x1u
#define TCPSTATES_NO_TUNNELS	0x2u
#define TCPSTATES_NO_ANALYSIS	0x4u

/* Errors. */
#define TCPSTATES_NO_MEMORY	(-1)
#define TCPSTATES_FINISHED	(-2)	/* the run is: it takes no frames */

/*
 * NULL when out of memory.  `secret` is 16 random bytes that key the tables of
 * the run, so that no sender can choose addresses to make a run slow; NULL is a
 * constant key, for trusted captures.
 */
struct tcpstates_run *tcpstates_run_new(unsigned flags,
    const uint8_t secret[16]);
/* With all its connections.  NULL is allowed. */
void tcpstates_run_free(struct tcpstates_run *);

/*
 * One frame, in the order of the capture.  `link_type` is its number in
 * capture files (LINKTYPE_...) or, where that differs, the one that
 * pcap_datalink(3PCAP) returns (DLT_...); `time_ns` are nanoseconds since the
 * epoch; `captured_len` of the `length` bytes of the frame were captured.  The
 * bytes are not kept.
 *
 * Returns 0, TCPSTATES_FINISHED, or TCPSTATES_NO_MEMORY: then the frame is
 * counted, its connection may lack it, and to go on is safe.
 */
int tcpstates_run_frame(struct tcpstates_run *, int link_type,
    int64_t time_ns, const void *bytes, uint32_t captured_len,
    uint32_t length);

/* No more frames. */
void tcpstates_run_finish(struct tcpstates_run *);

/*
 * Connections, in order of their first frames: the one after `conn`, the
 * first after NULL, NULL after the last.  Valid until the run is freed; before
 * tcpstates_run_finish() what they hold changes with the frames.
 */
const struct tcpstates_conn *tcpstates_next_conn(
    const struct tcpstates_run *, const struct tcpstates_conn *conn);

/*
 * Columns: what is known of a connection.
 */

enum tcpstates_type {
	TCPSTATES_NUMBER,	/* a count, bytes... */
	TCPSTATES_INSTANT,	/* since the epoch */
	TCPSTATES_DURATION,
	TCPSTATES_MEAN,		/* has decimals */
	TCPSTATES_FLAG,
	TCPSTATES_TEXT		/* names, addresses */
};

struct tcpstates_column {
	const char *key;	/* "orig_bytes" */
	const char *unit;	/* "bytes", "seconds"... or "" */
	const char *sentence;	/* what it is */
	enum tcpstates_type type;
};

#define TCPSTATES_NO_COLUMN	((size_t)-1)

size_t tcpstates_column_count(void);
/*
 * The number of a column, from 0; TCPSTATES_NO_COLUMN for an unknown key.
 * Numbers are the same for all runs and as long as the program runs.
 */
size_t tcpstates_column_find(const char *key);
/* False, and nothing is written, where there is no such column. */
bool tcpstates_column_info(size_t column, struct tcpstates_column *ret_info);

/* Unknown, or without meaning for this connection?  Of no column: true. */
bool tcpstates_is_null(const struct tcpstates_conn *, size_t column);

/*
 * A number; a flag, as 0 or 1; an instant or a duration, in nanoseconds.
 * False, and nothing is written, for what is null, a mean or text.
 */
bool tcpstates_number(const struct tcpstates_conn *, size_t column,
    int64_t *ret_number);

/*
 * Any column as text: seconds with nine decimals, a flag as "true" or
 * "false", null as nothing.  At most `size` bytes are written, the last of
 * them NUL.  Returns the length of the whole text, which was cut when it is
 * not less than `size`.
 */
size_t tcpstates_text(const struct tcpstates_conn *, size_t column,
    char *buf, size_t size);

/*
 * Totals.
 */

uint64_t tcpstates_frame_count(const struct tcpstates_run *);
uint64_t tcpstates_conn_count(const struct tcpstates_run *);

/* Each frame has one verdict, a number from 0; they add up to the frames. */
size_t tcpstates_verdict_count(void);
/* Its key in the records, and in words; NULL when there is none. */
const char *tcpstates_verdict_key(size_t verdict);
const char *tcpstates_verdict_words(size_t verdict);
/* Frames that have it. */
uint64_t tcpstates_verdict_frames(const struct tcpstates_run *,
    size_t verdict);

/*
 * Records.
 */

/* Takes text; anything but 0 ends the writing. */
typedef int tcpstates_sink(void *arg, const char *bytes, size_t len);

/*
 * The records `conn`, one for each connection, and `summary`, as `tcpstates
 * --format=ndjson' writes them, with six decimals of seconds or nine.
 * Returns 0, TCPSTATES_NO_MEMORY, or what the sink returned.
 */
int tcpstates_write_ndjson(const struct tcpstates_run *, unsigned decimals,
    tcpstates_sink *sink, void *arg);

#ifdef __cplusplus
}
#endif

#endif
