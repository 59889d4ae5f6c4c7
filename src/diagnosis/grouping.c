/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "diagnosis/grouping.h"

#include <stdlib.h>
#include <string.h>

#include "base/nstime.h"
#include "base/pool.h"
#include "diagnosis/diagnosis.h"
#include "diagnosis/findings.h"
#include "diagnosis/triage.h"
#include "flow/conn.h"
#include "tcp/analysis.h"
#include "tcp/window.h"

#define SIZE_FIRST	64	/* groups */

const char *const grouping_words[] = {
	"server", "client", "port", "subnet", "vlan", NULL
};

void
grouping_init(struct grouping *grouping, enum grouping_by by)
{
	*grouping = (struct grouping){ .by = by };
}

static void
grouped_fini(struct grouped *group)
{
	spans_fini(&group->rtt);
	spans_fini(&group->first);
}

void
grouping_fini(struct grouping *grouping)
{
	for (uint32_t i = 0; i < grouping->count; i++)
		grouped_fini(&grouping->group[i]);
	grouped_fini(&grouping->other);
	mem_free(grouping->group);
	mem_free(grouping->order);
	grouping_init(grouping, grouping->by);
}

/* ---- the groups ---- */

static struct group_key
key_of_conn(const struct conn *conn, unsigned client, enum grouping_by by)
{
	struct group_key key = { .port = 0 };

	switch (by) {
	case GROUPING_SERVER:
		return triage_group_key(conn, client, GROUP_SERVER);
	case GROUPING_CLIENT:
		return triage_group_key(conn, client, GROUP_CLIENT);
	case GROUPING_SUBNET:
		return triage_group_key(conn, client, GROUP_CLIENT_NET);
	case GROUPING_PORT:
		key.port = conn->key.port[!client];
		break;
	case GROUPING_VLAN:
		key.vlan = conn->key.vlan;
		break;
	case GROUPING_NONE:
	case GROUPING_COUNT:
		break;
	}
	return key;
}

/* In order of addresses, then of numbers. */
static int
compare_keys(const struct group_key *a, const struct group_key *b)
{
	const int order = memcmp(a->addr, b->addr, sizeof(a->addr));

	if (a->ip_version != b->ip_version)
		return a->ip_version < b->ip_version ? -1 : 1;
	if (order != 0)
		return order;
	if (a->port != b->port)
		return a->port < b->port ? -1 : 1;
	return a->vlan < b->vlan ? -1 : a->vlan > b->vlan;
}

/*
 * The place of a key in order[], or where it belongs.  A hash table would need
 * a secret against addresses that were chosen to collide.
 */
static uint32_t
place_of_key(const struct grouping *grouping, const struct group_key *key,
    bool *ret_found)
{
	uint32_t low = 0, high = grouping->count;

	*ret_found = false;
	while (low < high) {
		const uint32_t middle = low + (high - low) / 2;
		const struct grouped *group =
		    &grouping->group[grouping->order[middle]];
		const int order = compare_keys(&group->key, key);

		if (order == 0) {
			*ret_found = true;
			return middle;
		}
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* False: out of memory. */
static bool
grouping_make_room(struct grouping *grouping)
{
	const uint32_t size = grouping->size == 0 ? SIZE_FIRST :
	    2 * grouping->size;
	struct grouped *group;
	uint32_t *order;

	if (grouping->count < grouping->size)
		return true;
	group = mem_realloc(grouping->group, size * sizeof(*group));
	if (group == NULL)
		return false;
	grouping->group = group;
	order = mem_realloc(grouping->order, size * sizeof(*order));
	if (order == NULL)
		return false;
	grouping->order = order;
	grouping->size = size;
	return true;
}

static struct grouped *
obtain_group(struct grouping *grouping, const struct group_key *key)
{
	bool is_found;
	const uint32_t place = place_of_key(grouping, key, &is_found);

	if (is_found)
		return &grouping->group[grouping->order[place]];
	if (grouping->count == GROUPING_MAX)
		return &grouping->other;
	if (!grouping_make_room(grouping)) {
		grouping->is_incomplete = true;
		return &grouping->other;
	}
	memmove(&grouping->order[place + 1], &grouping->order[place],
	    (grouping->count - place) * sizeof(*grouping->order));
	grouping->order[place] = grouping->count;
	grouping->group[grouping->count] = (struct grouped){ .conns = 0 };
	grouping->group[grouping->count].key = *key;
	return &grouping->group[grouping->count++];
}

/* ---- figures ---- */

static void
add_endpoint(struct grouped *group, const struct conn *conn, unsigned side)
{
	const struct analysis *an = conn->analysis;

	group->pkts += conn->endpoint[side].pkts;
	group->bytes += conn->endpoint[side].bytes;
	if (an == NULL)
		return;
	group->retrans += an->stats[side].judged[JUDGED_RETRANSMISSION];
	group->retrans_bytes += an->stats[side].retrans_bytes;
	group->zero_window_ns = nstime_add(group->zero_window_ns,
	    window_zero_ns(conn, an, side));
}

void
grouping_add(struct grouping *grouping, const struct conn *conn)
{
	const struct diagnosis *d = diagnosis_of(conn);
	struct diagnosed diagnosed;
	struct group_key key;
	struct grouped *group;
	int64_t near, far;

	if (!diagnose(conn, &diagnosed))
		return;
	key = key_of_conn(conn, diagnosed.client, grouping->by);
	group = obtain_group(grouping, &key);
	group->conns++;
	group->end[close_end(conn)]++;
	add_endpoint(group, conn, 0);
	add_endpoint(group, conn, 1);
	near = diagnosis_delay(d, conn, diagnosed.client);
	far = diagnosis_delay(d, conn, !diagnosed.client);
	if (near >= 0 && far >= 0)
		spans_add(&group->rtt, near + far, conn->first_frame);
	turns_add_to(conn, &group->first, NULL);
}

static void
grouped_merge(struct grouped *group, const struct grouped *more)
{
	group->conns += more->conns;
	for (unsigned end = 0; end < END_COUNT; end++)
		group->end[end] += more->end[end];
	group->pkts += more->pkts;
	group->bytes += more->bytes;
	group->retrans += more->retrans;
	group->retrans_bytes += more->retrans_bytes;
	group->zero_window_ns = nstime_add(group->zero_window_ns,
	    more->zero_window_ns);
	spans_merge(&group->rtt, &more->rtt);
	spans_merge(&group->first, &more->first);
}

void
grouping_merge(struct grouping *grouping, const struct grouping *more)
{
	for (uint32_t i = 0; i < more->count; i++) {
		struct grouped *group = obtain_group(grouping,
		    &more->group[i].key);

		grouped_merge(group, &more->group[i]);
	}
	grouped_merge(&grouping->other, &more->other);
	grouping->is_incomplete |= more->is_incomplete;
}

uint64_t
grouped_resets(const struct grouped *group)
{
	return group->end[END_RESET_ORIG] + group->end[END_RESET_RESP];
}

/* ---- the order ---- */

/* Most connections first, then in order of the key. */
static int
compare_groups(const void *a, const void *b)
{
	const struct grouped *one = a, *other = b;

	if (one->conns != other->conns)
		return one->conns > other->conns ? -1 : 1;
	return compare_keys(&one->key, &other->key);
}

void
grouping_sort(struct grouping *grouping)
{
	if (grouping->count > 0)
		qsort(grouping->group, grouping->count,
		    sizeof(*grouping->group), compare_groups);
}
