/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is wrong with a connection: its findings, and the most important one as
 * its verdict.  Findings are judgements on facts kept elsewhere (ledger.h,
 * turns.h, tcp/analysis.h), made when somebody asks.
 *
 * "Client" and "server" are the roles of diagnosis->client.
 */
#ifndef TCPSTATES_DIAGNOSIS_FINDINGS_H
#define TCPSTATES_DIAGNOSIS_FINDINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "diagnosis/ledger.h"
#include "diagnosis/turns.h"

struct conn;

enum finding_id {
#define FINDING(name, id, kind, ways, text, meaning, evidence, advice, \
    mistaken)								\
	FINDING_##name,
#include "diagnosis/findings.def"
#undef FINDING
	FINDING_COUNT
};

enum finding_kind {
	KIND_FAILURE,
	KIND_SPEED,
	KIND_NOTE,
	KIND_CAPTURE,
	KIND_BETWEEN		/* shown by captures at two points only */
};

/* Where the cause is. */
enum finding_side {
	SIDE_CLIENT,
	SIDE_SERVER,
	SIDE_BOTH,		/* both endpoints */
	SIDE_NETWORK,
	SIDE_MIDDLEBOX,
	SIDE_CAPTURE,
	SIDE_NOBODY
};

#define SIDE_COUNT	(SIDE_NOBODY + 1)

enum confidence {
	CONFIDENCE_POSSIBLE,
	CONFIDENCE_LIKELY,
	CONFIDENCE_SHOWN	/* the packets exclude other explanations */
};

/* Frames that show one thing, in words. */
struct spot {
	uint64_t frame;
	uint64_t last;		/* of several frames, or 0 */
	int64_t ns;		/* stands for % in the words */
	const char *words;
};

#define SPOTS_MAX	3

/* Numbers are 0 where not applicable, durations -1. */
struct finding {
	enum finding_id id;
	enum finding_side side;
	enum finding_side sender;	/* of what was lost; else SIDE_NOBODY */
	enum confidence confidence;
	bool is_suspected;	/* the side is not shown */
	bool is_timer;		/* the waits look like a timer */
	bool has_icmp;		/* an ICMP error was seen */
	bool has_reset;		/* an RST was injected */
	bool is_covered;	/* a more certain finding has the same time */
	bool is_blind;		/* from here, another cause looks the same */
	bool has_passed;	/* what was lost had passed the capture point */
	bool is_sight;		/* the frames show an event, not a wait */
	int64_t cost_ns;	/* time of the ledger */
	uint64_t frame;		/* to look at first */
	uint64_t from_frame;	/* where that, or the wait, began; or 0 */
	/* What there is to see, where that is more than a wait; in order. */
	struct spot spot[SPOTS_MAX];
	unsigned spots;
	uint64_t count;		/* turns, waits, episodes, segments... */
	int64_t typical_ns;	/* median of these */
	int64_t p95_ns;
	int64_t longest_ns;	/* longest of these */
	int64_t wait_ns;	/* one that other connections may share; 0 none */
	int64_t end_ns;		/* of that wait */
	int64_t rtt_ns;		/* of the path, both halves */
	int64_t delay_ns;	/* of an answer, a silence or a queue */
	uint64_t bytes;		/* of a request, lost, in flight... */
	uint64_t window;	/* bytes */
	uint64_t shrunk_from;	/* bytes, of a window that was larger before */
	uint64_t missing;	/* bytes, never captured */
	uint64_t rate;		/* bytes a second */
	uint32_t depth;		/* of a policer's bucket, bytes */
	uint32_t upstream;	/* losses */
	uint32_t downstream;
	uint32_t unseen;	/* retransmissions, never captured */
	uint32_t in_a_row;	/* most of the losses; 0 unknown */
	uint32_t resent;	/* share of the bytes, in 1/10000; 0 unknown */
	/* Accounts whose time is the finding's side's: set of BOOK_BIT(). */
	uint32_t claims;
	uint8_t ttl;		/* of an RST */
	uint8_t usual_ttl;	/* of other segments of the endpoint */
	const char *what;	/* the removed option; or NULL */
};

const char *finding_name(enum finding_id);
enum finding_kind finding_kind(enum finding_id);
/* A failure, or something slow: not a note, nor about the capture. */
bool finding_is_problem(enum finding_id);
/* Is something else as likely, or is the side only suspected? */
bool finding_is_doubtful(const struct finding *);
/* Of its text: see text.h. */
const char *finding_template(enum finding_id);
const char *finding_meaning(enum finding_id);
const char *finding_evidence(enum finding_id);
const char *finding_advice(enum finding_id);
const char *finding_mistaken(enum finding_id);

/* "client", "server?"; "" for nobody. */
const char *finding_side_words(const struct finding *);
const char *confidence_words(enum confidence);

enum outcome {
	OUTCOME_NONE,		/* nothing can be said */
	OUTCOME_HEALTHY,	/* looked for problems, found none */
	OUTCOME_UNKNOWN,	/* the capture point cannot know */
	OUTCOME_FINDING		/* named by the main finding */
};

#define OUTCOME_COUNT	(OUTCOME_FINDING + 1)

/* Where the capture point is. */
enum tap {
	TAP_UNKNOWN,
	TAP_ORIG,		/* near the originator */
	TAP_RESP,
	TAP_BETWEEN,
	TAP_ONE_SIDED		/* one direction only */
};

#define TAP_COUNT	(TAP_ONE_SIDED + 1)

/* Shares of the time. */
enum share {
	SHARE_CLIENT,
	SHARE_SERVER,
	SHARE_NETWORK,
	SHARE_NOBODY,
	SHARE_UNKNOWN,		/* the capture's included */
	SHARE_COUNT
};

/* Of an account in a set. */
#define BOOK_BIT(book)	(UINT32_C(1) << (book))

#define FINDINGS_MAX	16	/* of a connection; the least costly are left out */

struct diagnosed {
	struct ledger ledger;
	struct turn_figures turns;
	int64_t share_ns[SHARE_COUNT];
	enum tap tap;
	unsigned client;		/* index of conn->endpoint[] */
	bool roles_guessed;
	bool is_duplex;
	bool is_approximate;
	enum outcome outcome;
	unsigned count;			/* findings, the costliest first */
	struct finding finding[FINDINGS_MAX];
	unsigned main;			/* of OUTCOME_FINDING */
};

/*
 * Diagnose a connection whose analysis can be read.  False: it has no ledger,
 * and nothing is known.
 */
bool diagnose(const struct conn *, struct diagnosed *ret_diagnosed);

/*
 * The finding to name first, or NULL: the verdict, or else the costliest
 * problem among the possible ones.
 */
const struct finding *diagnosed_main(const struct diagnosed *);

/* The index of a finding; diagnosed->count: there is none. */
static inline unsigned
diagnosed_place(const struct diagnosed *diagnosed, enum finding_id id)
{
	unsigned i = 0;

	while (i < diagnosed->count && diagnosed->finding[i].id != id)
		i++;
	return i;
}

static inline bool
diagnosed_has(const struct diagnosed *diagnosed, enum finding_id id)
{
	return diagnosed_place(diagnosed, id) < diagnosed->count;
}

/*
 * The share which an account belongs to: that of its class, or of the side of a
 * finding that shows another cause (finding->claims).
 */
enum share diagnosed_share(const struct diagnosed *, enum book);

/* "server-slow", "healthy", "unknown"; NULL for OUTCOME_NONE. */
const char *diagnosed_verdict(const struct diagnosed *);

const char *tap_words(enum tap);

#endif
