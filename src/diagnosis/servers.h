/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The servers of a capture: what each did in all its connections.  There are
 * SERVERS_MAX at most; beyond that the least recently used is merged into
 * `other`.
 */
#ifndef TCPSTATES_DIAGNOSIS_SERVERS_H
#define TCPSTATES_DIAGNOSIS_SERVERS_H

#include <stdbool.h>
#include <stdint.h>

#include "diagnosis/spans.h"

struct conn;
struct diagnosed;

#define SERVERS_MAX	1024
#define SERVERS_SLOTS	2048	/* of the hash table: a power of two */
#define SERVERS_NONE	UINT16_MAX

struct server {
	uint8_t addr[16];
	uint16_t port;
	uint8_t ip_version;
	uint64_t conns;
	uint64_t healthy;
	uint64_t refused;
	uint64_t unanswered;	/* connections whose SYNs were */
	uint64_t zero_windows;	/* connections in which its window was zero */
	struct spans first;	/* its waits before the first byte of answers */
	struct spans last;	/* until the last byte */
	/* Internal: of the lists of a slot and of the last uses. */
	uint16_t next, newer, older;
};

struct servers {
	struct server *server;	/* SERVERS_MAX, or NULL before the first */
	uint16_t count;
	uint16_t newest, oldest;
	uint16_t slot[SERVERS_SLOTS];
	struct server other;	/* all that were evicted, together */
	uint64_t evicted;
};

void servers_init(struct servers *);
void servers_fini(struct servers *);

/* Add a connection whose analysis can be read.  False: out of memory. */
bool servers_add(struct servers *, const struct conn *,
    const struct diagnosed *);

/* NULL when there is none, or no longer. */
const struct server *servers_find(const struct servers *,
    const uint8_t addr[16], unsigned ip_version, uint16_t port);

/* Servers with a healthy connection; without `other`. */
uint64_t servers_healthy(const struct servers *);

/* Add all of another's.  False: out of memory. */
bool servers_merge(struct servers *, const struct servers *more);

#endif
