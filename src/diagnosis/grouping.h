/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Connections by server, client, port, network or VLAN: how many there are in
 * each group, how they failed, and how fast they were.
 *
 *	grouping_init(&grouping, GROUPING_SERVER);
 *	for each connection
 *		grouping_add(&grouping, conn);
 *	grouping_sort(&grouping);
 *	for (at = 0; at < grouping.count; at++)
 *		grouping.group[at]...
 *	grouping_fini(&grouping);
 *
 * There are GROUPING_MAX groups at most; later ones are added up in `other`.
 */
#ifndef TCPSTATES_DIAGNOSIS_GROUPING_H
#define TCPSTATES_DIAGNOSIS_GROUPING_H

#include <stdbool.h>
#include <stdint.h>

#include "diagnosis/spans.h"
#include "tcp/close.h"

struct conn;

#define GROUPING_MAX	65536

enum grouping_by {
	GROUPING_NONE,
	GROUPING_SERVER,	/* address and port of the server */
	GROUPING_CLIENT,	/* address of the client */
	GROUPING_PORT,		/* of the server */
	GROUPING_SUBNET,	/* of the client: /24, or /64 */
	GROUPING_VLAN,
	GROUPING_COUNT
};

/* The words of --by, from GROUPING_SERVER on; NULL is last. */
extern const char *const grouping_words[];

struct group_key {
	uint8_t addr[16];
	uint32_t vni;
	uint16_t port;
	uint16_t vlan;
	uint8_t ip_version;
};

struct grouped {
	struct group_key key;
	uint64_t conns;
	uint64_t end[END_COUNT];	/* connections, by close reason */
	uint64_t pkts;
	uint64_t bytes;			/* payload, both directions */
	uint64_t retrans;		/* segments */
	uint64_t retrans_bytes;
	int64_t zero_window_ns;		/* both endpoints, together */
	struct spans rtt;		/* minimum of each connection's path */
	struct spans first;		/* request to the first byte of the answer */
};

struct grouping {
	enum grouping_by by;
	struct grouped *group;
	uint32_t *order;	/* places in group[], by key */
	uint32_t count, size;
	struct grouped other;
	bool is_incomplete;	/* out of memory: connections are missing */
};

void grouping_init(struct grouping *, enum grouping_by);
void grouping_fini(struct grouping *);

/* Add a connection whose analysis can be read. */
void grouping_add(struct grouping *, const struct conn *);

/* Add all of another's. */
void grouping_merge(struct grouping *, const struct grouping *more);

/* Put the groups with most connections first; nothing can be added then. */
void grouping_sort(struct grouping *);

/* Connections that an RST ended. */
uint64_t grouped_resets(const struct grouped *);

#endif
