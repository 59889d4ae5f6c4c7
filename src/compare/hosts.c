/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "compare/hosts.h"

#include <stdlib.h>

#include "base/cursor.h"
#include "base/err.h"
#include "base/pool.h"
#include "compare/sketch.h"
#include "flow/conn.h"

/* A host, by its address at A. */
struct host {
	uint64_t key;
	enum point near;
	bool is_mixed;		/* pairs disagree: there are several paths */
};

static int
compare_hosts(const void *a, const void *b)
{
	const struct host *x = a;
	const struct host *y = b;

	return (x->key > y->key) - (x->key < y->key);
}

static uint64_t
host_key(const struct pair *pair, const struct survey *surveys,
    enum direction direction)
{
	const struct conn *conn =
	    surveys[POINT_A].conns[pair->conn[POINT_A]];
	const uint8_t *addr = conn->key.addr[pair->side[direction][POINT_A]];

	return sketch_mix(load_le64(addr) + sketch_mix(load_le64(addr + 8)));
}

/* The hosts of all pairs that show which point is nearer. */
static size_t
gather_hosts(struct host *hosts, const struct pairs *pairs,
    const struct survey *surveys)
{
	size_t count = 0;

	for (size_t i = 0; i < pairs->count; i++) {
		const struct pair *pair = &pairs->pairs[i];

		if (!pair->has_near)
			continue;
		for (unsigned d = 0; d < DIRECTION_COUNT; d++)
			hosts[count++] = (struct host){
			    .key = host_key(pair, surveys, (enum direction)d),
			    .near = d == DIRECTION_ORIG ? pair->near_orig :
				point_other(pair->near_orig),
			};
	}
	return count;
}

/* Sort hosts, and leave one entry of each.  Returns their number. */
static size_t
merge_hosts(struct host *hosts, size_t count)
{
	size_t kept = 0;

	qsort(hosts, count, sizeof(*hosts), compare_hosts);
	for (size_t i = 0; i < count; i++) {
		struct host *last = kept > 0 ? &hosts[kept - 1] : NULL;

		if (last != NULL && last->key == hosts[i].key)
			last->is_mixed |= last->near != hosts[i].near;
		else
			hosts[kept++] = hosts[i];
	}
	return kept;
}

static void
set_near_by_host(struct pair *pair, const struct survey *surveys,
    const struct host *hosts, size_t count)
{
	for (unsigned d = 0; d < DIRECTION_COUNT && !pair->has_near; d++) {
		const struct host wanted = {
		    .key = host_key(pair, surveys, (enum direction)d) };
		const struct host *host = bsearch(&wanted, hosts, count,
		    sizeof(*hosts), compare_hosts);

		if (host == NULL || host->is_mixed)
			continue;
		pair->has_near = true;
		pair->near_orig = d == DIRECTION_ORIG ? host->near :
		    point_other(host->near);
	}
}

static bool
lacks_near(const struct pair *pair)
{
	return pair->kind == PAIR_MATCHED && !pair->has_near;
}

int
hosts_find_near(struct pairs *pairs, const struct survey surveys[POINT_COUNT])
{
	struct host *hosts;
	size_t first = 0, count;

	while (first < pairs->count && !lacks_near(&pairs->pairs[first]))
		first++;
	if (first == pairs->count)
		return 0;
	hosts = mem_zalloc(pairs->count * DIRECTION_COUNT * sizeof(*hosts));
	if (hosts == NULL)
		return -ERR_NOMEM;
	count = merge_hosts(hosts, gather_hosts(hosts, pairs, surveys));
	for (size_t i = first; i < pairs->count; i++)
		if (lacks_near(&pairs->pairs[i]))
			set_near_by_host(&pairs->pairs[i], surveys, hosts,
			    count);
	mem_free(hosts);
	return 0;
}
