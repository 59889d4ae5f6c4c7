/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Connections made by hand, for tests of what is printed about them: from
 * 10.0.0.1:40000 to 10.0.0.2:80 unless changed, linked in order of number.
 */
#ifndef TCPSTATES_TESTS_CONNS_H
#define TCPSTATES_TESTS_CONNS_H

#include <check.h>
#include <string.h>

#include "base/nstime.h"
#include "flow/conn.h"
#include "tcp/analysis.h"
#include "tcp/state.h"

#define CONNS_MAX	8
#define CONNS_START_NS	INT64_C(1139256717834392000)

static struct conn conns[CONNS_MAX];
static struct analysis analyses[CONNS_MAX];
static struct endpoint_stats endpoint_stats[CONNS_MAX][2];

/* Forget all, link `count` of them, each an empty S1F0 of 1 s. */
static inline void
conns_setup(unsigned count)
{
	static const uint8_t lower[4] = { 10, 0, 0, 1 };
	static const uint8_t higher[4] = { 10, 0, 0, 2 };

	ck_assert_uint_le(count, CONNS_MAX);
	memset(conns, 0, sizeof(conns));
	memset(analyses, 0, sizeof(analyses));
	memset(endpoint_stats, 0, sizeof(endpoint_stats));
	for (unsigned i = 0; i < count; i++) {
		struct conn *conn = &conns[i];

		memcpy(conn->key.addr[0], lower, sizeof(lower));
		memcpy(conn->key.addr[1], higher, sizeof(higher));
		conn->key.port[0] = (uint16_t)(40000 + i);
		conn->key.port[1] = 80;
		conn->key.ip_version = 4;
		conn->number = i + 1;
		conn->next = i + 1 < count ? &conns[i + 1] : NULL;
		conn->first_ns = CONNS_START_NS + i * NS_PER_SEC;
		conn->last_ns = conn->first_ns + NS_PER_SEC;
		conn->first_frame = i + 1;
		conn->last_frame = 100 + i;
		conn->endpoint[0].pkts = 1;
		conn->lifecycle[0].syn_count = 1;
		conn->endpoint[0].state = STATE_SYN_SENT;
		analyses[i].stats = endpoint_stats[i];
		analyses[i].rtt_syn = -1;
		analyses[i].rtt_ack = -1;
		analyses[i].rtt_initial = -1;
	}
}

/* Hang an analysis with this history onto a connection. */
static inline struct analysis *
conns_analyse(unsigned i, const char *history)
{
	const size_t len = strlen(history);

	ck_assert_uint_lt(len, HISTORY_MAX);
	memcpy(analyses[i].history, history, len);
	analyses[i].history_len = (uint8_t)len;
	conns[i].analysis = &analyses[i];
	return &analyses[i];
}

/* What both sides sent, as counts. */
static inline void
conns_count(unsigned i, const char *flags)
{
	struct endpoint *endpoint;

	for (unsigned side = 0; side < 2; side++) {
		endpoint = &conns[i].endpoint[side];
		endpoint->pkts = 0;
		endpoint->rst_count = 0;
		endpoint->sent_non_syn = false;
		conns[i].lifecycle[side] = (struct lifecycle){ .syn_count = 0 };
	}
	/* Upper case is the originator's, as in a history. */
	for (const char *at = flags; *at != '\0'; at++) {
		const bool is_orig = *at >= 'A' && *at <= 'Z';
		const char flag = is_orig ? (char)(*at - 'A' + 'a') : *at;
		const unsigned side = is_orig ? conns[i].orig : !conns[i].orig;

		endpoint = &conns[i].endpoint[side];
		endpoint->pkts++;
		conns[i].lifecycle[side].syn_count += flag == 's' ||
		    flag == 'h';
		conns[i].lifecycle[side].fin_count += flag == 'f' ||
		    flag == 'i';
		endpoint->rst_count += flag == 'r' || flag == 'i';
		endpoint->sent_non_syn |= flag != 's';
	}
}

#endif
