/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Remarks about a segment, as data (a kind, a severity and numbers) and in
 * words.  --segments prints the words below the line of the segment; a capture
 * can hold the same words as packet comments.
 *
 *	struct annotations found;
 *	char text[ANNOTATION_BUFSIZE];
 *
 *	annotations_find(&found, conn, seg, judgement);
 *	for (unsigned i = 0; i < found.count; i++) {
 *		annotation_text(text, &found.annotation[i]);
 *		...
 *	}
 */
#ifndef TCPSTATES_VIEWS_ANNOTATIONS_H
#define TCPSTATES_VIEWS_ANNOTATIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tcp/judgement.h"
#include "tcp/state.h"

struct conn;
struct icmp_error;
struct segment;

enum annotation_kind {
	ANNOTATION_SYN,		/* options of a SYN */
	ANNOTATION_COVERS,	/* the segments that an ACK covers */
	ANNOTATION_RETRANSMISSION,
	ANNOTATION_ORDER,	/* out of order, or perhaps retransmitted */
	ANNOTATION_GAP,		/* after missing bytes */
	ANNOTATION_EXPECTED,	/* another sequence number was expected */
	ANNOTATION_UNACCEPTABLE,	/* the receiver drops the segment */
	ANNOTATION_OTHER_ORIGIN,	/* an RST that may be forged */
	ANNOTATION_NAME,	/* a judgement with a self-explanatory name */
	ANNOTATION_OLD_ACK,	/* an ACK of less than the last one */
	ANNOTATION_WINDOW_FULL,
	ANNOTATION_JUDGED,	/* any other judgement */
	ANNOTATION_DSACK,
	ANNOTATION_SACK,
	ANNOTATION_CE,		/* marked by a router */
	ANNOTATION_URGENT,
	ANNOTATION_MALFORMED,	/* options that cannot be parsed */
	ANNOTATION_STATE,	/* an endpoint changed its state */
	ANNOTATION_KINDS
};

enum annotation_severity {
	ANNOTATION_CHANGE,	/* of state */
	ANNOTATION_INFO,
	ANNOTATION_NOTE,	/* remarkable */
	ANNOTATION_TROUBLE
};

/* Relative sequence numbers; `right` is the one after the last. */
struct annotation_range {
	int64_t left;
	int64_t right;
};

#define ANNOTATION_RANGES	4	/* SACK blocks of a segment, or gaps */

struct annotation {
	enum annotation_kind kind;
	enum annotation_severity severity;
	enum judged judged;	/* of which judgement; or JUDGED_COUNT */
	union {
		const struct segment *syn;	/* the one given */
		struct {
			uint64_t first;	/* numbers of frames */
			uint64_t last;
			int64_t rtt_ns;	/* -1: unknown */
		} covers;
		/* RETRANSMISSION, ORDER, GAP, EXPECTED, UNACCEPTABLE */
		struct {
			uint64_t frame;	/* of the original; 0: unknown */
			int64_t since_ns;	/* the original; 0: unknown */
			enum cause cause;
			enum evidence evidence;
			/* see tcp/loss.h; or JUDGED_COUNT */
			enum judged loss;
			bool has_expected;
			int64_t expected;	/* sequence number */
			uint64_t missing;	/* bytes of a gap */
		} order;
		/* OTHER_ORIGIN: of the RST, and of its sender's segments */
		struct {
			uint8_t ttl;
			uint8_t sender_ttl;
			uint16_t ip_id;
			uint16_t sender_ip_id;	/* 0: says nothing */
		} origin;
		uint32_t run;		/* NAME: number of a duplicate ACK */
		int64_t in_flight;	/* bytes; 0 or less: unknown */
		struct {
			unsigned count;
			unsigned gaps;
			struct annotation_range block[ANNOTATION_RANGES];
			struct annotation_range gap[ANNOTATION_RANGES];
			uint64_t needless;	/* DSACK: see judgement.h */
			uint64_t arrived;
		} sack;			/* DSACK: the first block */
		unsigned urgent;	/* the pointer */
		struct {
			bool is_orig;
			enum state from;
			enum state to;
		} state;
	} u;
};

#define ANNOTATIONS_MAX		32	/* of a segment */

struct annotations {
	unsigned count;
	struct annotation annotation[ANNOTATIONS_MAX];
};

/* Comments of an annotated capture begin with it. */
#define ANNOTATION_PREFIX	"tcpstates: "
#define ANNOTATION_BUFSIZE	512	/* bytes of a text, with its NUL */

/* Everything about the segment but changes of state. */
void annotations_find(struct annotations *, const struct conn *,
    const struct segment *, const struct judgement *);

/* A change of state. */
struct annotation annotation_of_transition(const struct conn *,
    const struct transition *);

/* The annotation in words.  Returns the length of the text. */
size_t annotation_text(char buf[ANNOTATION_BUFSIZE],
    const struct annotation *);

/* Can the annotation stand in the line of the segment? */
bool annotation_is_short(const struct annotation *);

/* The same words, shortened to `columns` where possible. */
size_t annotation_short_text(char buf[ANNOTATION_BUFSIZE],
    const struct annotation *, size_t columns);

/* What an ICMP error says about the connection that it quotes. */
size_t annotation_icmp_error_text(char buf[ANNOTATION_BUFSIZE],
    const struct conn *, const struct icmp_error *);

#endif
