/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The diagnosis of one connection as data: the verdict in a sentence, its
 * evidence, what to look at next, where the time went, how long answers took.
 * views/diagnosis_text.c prints it; other displays can print the same model in
 * their own way.
 */
#ifndef TCPSTATES_VIEWS_DIAGNOSIS_MODEL_H
#define TCPSTATES_VIEWS_DIAGNOSIS_MODEL_H

#include <stdbool.h>
#include <stdint.h>

#include "diagnosis/findings.h"

struct conn;

#define DIAGNOSIS_LINES	48	/* more than there can be */
#define DIAGNOSIS_ARENA	8192	/* bytes of all texts, with their NULs */

enum diagnosis_line_kind {
	DIAGNOSIS_VERDICT,	/* the first line: a sentence or two */
	DIAGNOSIS_EVIDENCE,	/* what in the packets shows it */
	DIAGNOSIS_FRAME,	/* the same, in one frame */
	DIAGNOSIS_DOUBT,	/* what else it could be */
	DIAGNOSIS_ADVICE,	/* what to look at next */
	DIAGNOSIS_ALSO,		/* another problem */
	DIAGNOSIS_NOTE		/* worth knowing, and no problem */
};

struct diagnosis_line {
	unsigned char kind;	/* enum diagnosis_line_kind */
	uint64_t frame;		/* 0: of none in particular */
	uint64_t last_frame;	/* of several, or 0 */
	const char *text;	/* without the number of the frame */
};

/* How good or bad the verdict is, for colours. */
enum diagnosis_tone {
	DIAGNOSIS_GOOD,		/* no problem was found */
	DIAGNOSIS_OPEN,		/* no verdict, or a suspicion */
	DIAGNOSIS_BAD
};

/* An account of the ledger that has a share worth printing. */
struct diagnosis_part {
	const char *words;	/* "server wait" */
	int64_t ns;
	unsigned permille;	/* of the duration, rounded */
	enum share share;	/* whose time it is */
	const char *remark;	/* or NULL */
};

struct diagnosis_model {
	bool has_ledger;	/* false: there are lines, and nothing else */
	bool is_balanced;	/* the parts add up to the duration */
	enum diagnosis_tone tone;
	const char *side;	/* "SERVER"; "" where no side is to blame */
	int64_t duration_ns;
	/* Of the client, the server, the network, nobody and unknown. */
	unsigned share_permille[SHARE_COUNT];
	/* The capture point, and its distance to either endpoint. */
	const char *tap[3];
	unsigned tap_count;
	const char *turns[2];	/* how long the answers took */
	unsigned turn_count;
	unsigned line_count;
	unsigned part_count;
	unsigned arena_len;

	/* Not cleared in advance, because they are large. */
	struct diagnosed diagnosed;	/* if has_ledger */
	struct diagnosis_line line[DIAGNOSIS_LINES];
	/* In the order of the ledger; the last may be "other". */
	struct diagnosis_part part[BOOK_COUNT + 1];
	char arena[DIAGNOSIS_ARENA];
};

/* Describe a connection, which may be packed. */
void diagnosis_describe(struct diagnosis_model *, const struct conn *);

/* "CLIENT", "BOTH ENDPOINTS"; "" for nobody. */
const char *diagnosis_side(enum finding_side);
/* "client", "server", "network", "nobody", "unknown" */
const char *diagnosis_share(enum share);

#endif
