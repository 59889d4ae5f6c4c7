/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Triage of a capture: the findings of all connections, by finding and by the
 * group that most of its time belongs to, in the order in which they matter.
 *
 *	triage_init(&triage);
 *	for each connection
 *		triage_add(&triage, conn, &diagnosed);
 *	count = triage_rows(&triage, rows, &rest);
 *	triage_fini(&triage);
 *
 * Memory is bounded: each finding has TRIAGE_GROUPS counters for each kind of
 * group.  With more groups, the counter that holds the least time is taken for
 * the next one, which inherits its figures (Metwally's space-saving): the
 * largest groups stay, and their figures are upper bounds.
 */
#ifndef TCPSTATES_DIAGNOSIS_TRIAGE_H
#define TCPSTATES_DIAGNOSIS_TRIAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "diagnosis/findings.h"
#include "diagnosis/grouping.h"
#include "diagnosis/servers.h"
#include "diagnosis/spans.h"

struct conn;

#define TRIAGE_GROUPS	64
#define TRIAGE_ROWS	10

/* From the most specific one on; which come first depends on the side. */
enum group_type {
	GROUP_SERVER,		/* address and port */
	GROUP_SERVER_HOST,	/* address */
	GROUP_CLIENT,
	GROUP_CLIENT_NET,	/* /24, or /64 */
	GROUP_LINK,		/* VLAN, VXLAN or Geneve */
	GROUP_MANY,		/* none of these */
	GROUP_COUNT
};

/*
 * Connections that waited at the same time: half of the longer of two waits is
 * common to both.
 */
struct at_once {
	int64_t from_ns;	/* all of them waited from here on */
	int64_t to_ns;
	uint64_t frame;		/* in which that began */
	uint64_t conns;
};

#define AT_ONCE_MAX	3	/* such times; the one of fewest is dropped */
#define AT_ONCE_CONNS	3	/* fewer may be coincidence */

/* What a finding did to a group. */
struct tally {
	int64_t cost_ns;
	uint64_t conns;
	uint64_t last_conn;	/* number of the connection added last */
	uint64_t worst_conn;	/* number of the connection that lost most */
	struct finding worst;	/* its finding */
	struct at_once at_once[AT_ONCE_MAX];
};

struct group {
	struct group_key key;
	struct tally tally;
};

struct group_table {
	struct group *group;
	unsigned count;
	unsigned size;
};

/* A finding, on one side. */
struct triage_kind {
	struct tally tally;
	struct group_table table[GROUP_MANY];
};

struct triage {
	struct triage_kind *kind[FINDING_COUNT][SIDE_COUNT];
	struct servers servers;

	uint64_t conns;
	uint64_t outcome[OUTCOME_COUNT];	/* connections */
	uint64_t tap[TAP_COUNT];		/* connections */
	uint64_t problems;		/* connections whose verdict is one */
	uint64_t captures;		/* whose verdict is about the capture */
	uint64_t midstream;		/* connections */
	uint64_t without_data;		/* healthy connections */
	uint64_t one_sided;		/* connections: segments of one endpoint */
	uint64_t ledger_errors;		/* ledgers that do not add up */
	int64_t share_ns[SHARE_COUNT];
	int64_t round_trips_ns;		/* part of the network's share */
	int64_t time_ns;			/* of all connections together */
	struct spans client_side;	/* capture point to client and back */
	struct spans rtt;		/* of the whole path */
	bool is_incomplete;		/* out of memory: something is missing */
};

struct triage_row {
	enum finding_id id;
	enum finding_side side;
	bool is_failure;		/* these come first */
	enum group_type group;
	struct group_key key;		/* of the group */
	struct tally tally;
	const struct server *server;	/* of GROUP_SERVER, or NULL */
};

/* What is not in the rows. */
struct triage_rest {
	uint64_t rows;
	int64_t cost_ns;
};

void triage_init(struct triage *);
void triage_fini(struct triage *);

/* Add a connection whose analysis can be read. */
void triage_add(struct triage *, const struct conn *,
    const struct diagnosed *);

/* The group of a connection, whose client is this side. */
struct group_key triage_group_key(const struct conn *, unsigned client,
    enum group_type);

/* Make a copy, for a report while the capture goes on. */
void triage_copy(struct triage *, const struct triage *from);

/*
 * The problems, and the notes that are the verdict of a connection and cost
 * time: failures first, then by lost time times the root of the number of
 * connections.  Returns the number of rows.
 */
unsigned triage_rows(const struct triage *, struct triage_row[TRIAGE_ROWS],
    struct triage_rest *ret_rest);

/* The time at which most connections of a row waited; NULL: too few did. */
const struct at_once *triage_at_once(const struct triage_row *);

/* Connections with a finding of the capture. */
uint64_t triage_count(const struct triage *, enum finding_id);

#endif
