/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * More than 600 lines: tallies, groups and rows share the tables of one triage,
 * and merging the triages of two threads needs all three.
 */
#include "config.h"

#include "diagnosis/triage.h"

#include <string.h>

#include "base/compiler.h"
#include "base/nstime.h"
#include "base/pool.h"
#include "diagnosis/diagnosis.h"
#include "flow/conn.h"
#include "flow/summary.h"

#define FIRST_SIZE	4	/* groups that a table begins with */

/* A group has this much of a finding's time, or the finding is of many. */
#define GROUP_PERCENT	80
/* A server with this much of it has a row of its own beside these. */
#define SPLIT_PERCENT	20

void
triage_init(struct triage *triage)
{
	memset(triage, 0, sizeof(*triage));
	servers_init(&triage->servers);
}

static void
kind_free(struct triage_kind *kind)
{
	for (unsigned i = 0; kind != NULL && i < GROUP_MANY; i++)
		mem_free(kind->table[i].group);
	mem_free(kind);
}

void
triage_fini(struct triage *triage)
{
	for (unsigned id = 0; id < FINDING_COUNT; id++)
		for (unsigned side = 0; side < SIDE_COUNT; side++)
			kind_free(triage->kind[id][side]);
	servers_fini(&triage->servers);
	spans_fini(&triage->client_side);
	spans_fini(&triage->rtt);
}

/* ---- groups ---- */

static void
take_addr(struct group_key *key, const struct conn *conn, unsigned side)
{
	key->ip_version = conn->key.ip_version;
	memcpy(key->addr, conn->key.addr[side], sizeof(key->addr));
}

#define NET_BYTES_V4	3	/* /24 */
#define NET_BYTES_V6	8	/* /64 */

struct group_key
triage_group_key(const struct conn *conn, unsigned client,
    enum group_type type)
{
	struct group_key key;
	size_t kept;

	/* Compared as bytes. */
	memset(&key, 0, sizeof(key));
	switch (type) {
	case GROUP_SERVER:
		key.port = conn->key.port[!client];
		take_addr(&key, conn, !client);
		break;
	case GROUP_SERVER_HOST:
		take_addr(&key, conn, !client);
		break;
	case GROUP_CLIENT:
		take_addr(&key, conn, client);
		break;
	case GROUP_CLIENT_NET:
		take_addr(&key, conn, client);
		kept = key.ip_version == 4 ? NET_BYTES_V4 : NET_BYTES_V6;
		memset(key.addr + kept, 0, sizeof(key.addr) - kept);
		break;
	case GROUP_LINK:
		key.vni = conn->key.network != NETWORK_PLAIN ? conn->key.vni :
		    0;
		key.vlan = conn->key.vlan;
		break;
	case GROUP_MANY:
	case GROUP_COUNT:
		break;
	}
	return key;
}

/* Traffic outside of VLANs and tunnels is of no link in particular. */
static bool
is_group(enum group_type type, const struct group_key *key)
{
	return type != GROUP_LINK || key->vlan != 0 || key->vni != 0;
}

static bool
table_grow(struct group_table *table)
{
	const unsigned size = table->size == 0 ? FIRST_SIZE : 2 * table->size;
	struct group *more = mem_realloc(table->group, size * sizeof(*more));

	if (more == NULL)
		return false;
	table->group = more;
	table->size = size;
	return true;
}

static struct group *
least_group(const struct group_table *table)
{
	struct group *least = &table->group[0];

	for (unsigned i = 1; i < table->count; i++)
		if (table->group[i].tally.cost_ns < least->tally.cost_ns)
			least = &table->group[i];
	return least;
}

static bool
is_same_group(const struct group_key *a, const struct group_key *b)
{
	return memcmp(a->addr, b->addr, sizeof(a->addr)) == 0 &&
	    a->vni == b->vni && a->port == b->port && a->vlan == b->vlan &&
	    a->ip_version == b->ip_version;
}

/* The counter of a group; NULL: out of memory. */
static struct group *
table_obtain(struct group_table *table, const struct group_key *key)
{
	struct group *group;

	for (unsigned i = 0; i < table->count; i++)
		if (is_same_group(&table->group[i].key, key))
			return &table->group[i];
	if (table->count == TRIAGE_GROUPS) {
		group = least_group(table);
		group->key = *key;
		return group;
	}
	if (table->count == table->size && !table_grow(table))
		return NULL;
	group = &table->group[table->count++];
	memset(group, 0, sizeof(*group));
	group->key = *key;
	return group;
}

static int64_t
least_of(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int64_t
most_of(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* Join the connection to those that waited at the same time.  False: none. */
static bool
join_wait(struct at_once *at, int64_t from, int64_t to, uint64_t frame)
{
	const int64_t begin = most_of(from, at->from_ns);
	const int64_t end = least_of(to, at->to_ns);

	if (at->conns == 0 || end - begin <
	    most_of(to - from, at->to_ns - at->from_ns) / 2)
		return false;
	if (from > at->from_ns)
		at->frame = frame;
	at->from_ns = begin;
	at->to_ns = end;
	at->conns++;
	return true;
}

static void
note_wait(struct tally *tally, const struct finding *f)
{
	const int64_t from = nstime_diff(f->end_ns, f->wait_ns);
	struct at_once *fewest = &tally->at_once[0];

	if (f->wait_ns <= 0)
		return;
	for (unsigned i = 0; i < AT_ONCE_MAX; i++) {
		struct at_once *at = &tally->at_once[i];

		if (join_wait(at, from, f->end_ns, f->from_frame))
			return;
		if (at->conns < fewest->conns)
			fewest = at;
	}
	*fewest = (struct at_once){ from, f->end_ns, f->from_frame, 1 };
}

static void
tally_add(struct tally *tally, const struct conn *conn,
    const struct finding *f)
{
	const bool is_worst = tally->conns == 0 ||
	    f->cost_ns > tally->worst.cost_ns;

	tally->cost_ns = nstime_add(tally->cost_ns, f->cost_ns);
	/* A finding of both endpoints is one connection's. */
	if (tally->last_conn != conn->number) {
		tally->conns++;
		note_wait(tally, f);
	}
	tally->last_conn = conn->number;
	if (!is_worst)
		return;
	tally->worst_conn = conn->number;
	tally->worst = *f;
}

/* ---- adding a connection ---- */

static struct triage_kind *
kind_obtain(struct triage *triage, const struct finding *f)
{
	struct triage_kind **kind = &triage->kind[f->id][f->side];

	if (*kind == NULL)
		*kind = mem_zalloc(sizeof(**kind));
	return *kind;
}

static void
add_finding(struct triage *triage, const struct conn *conn, unsigned client,
    const struct finding *f)
{
	struct triage_kind *kind = kind_obtain(triage, f);

	if (kind == NULL) {
		triage->is_incomplete = true;
		return;
	}
	tally_add(&kind->tally, conn, f);
	for (enum group_type type = 0; type < GROUP_MANY; type++) {
		const struct group_key key = triage_group_key(conn, client,
		    type);
		struct group *group = is_group(type, &key) ?
		    table_obtain(&kind->table[type], &key) : NULL;

		if (group != NULL)
			tally_add(&group->tally, conn, f);
		else if (is_group(type, &key))
			triage->is_incomplete = true;
	}
}

static void
add_path(struct triage *triage, const struct conn *conn,
    const struct diagnosed *diagnosed)
{
	const struct diagnosis *d = diagnosis_of(conn);
	const int64_t near = diagnosis_delay(d, conn, diagnosed->client);
	const int64_t far = diagnosis_delay(d, conn, !diagnosed->client);

	triage->tap[diagnosed->tap]++;
	if (near < 0 || far < 0)
		return;
	spans_add(&triage->client_side, near, conn->first_frame);
	spans_add(&triage->rtt, near + far, conn->first_frame);
}

static void
count_verdict(struct triage *triage, const struct diagnosed *diagnosed)
{
	const struct finding *main = &diagnosed->finding[diagnosed->main];

	triage->outcome[diagnosed->outcome]++;
	if (diagnosed->outcome != OUTCOME_FINDING)
		return;
	triage->problems += finding_is_problem(main->id);
	triage->captures += finding_kind(main->id) == KIND_CAPTURE;
}

/* One segment alone says nothing about directions. */
static bool
is_one_sided(const struct conn *conn)
{
	const uint64_t orig = conn_orig(conn)->pkts;
	const uint64_t resp = conn_resp(conn)->pkts;

	return (orig == 0 || resp == 0) && orig + resp > 1 &&
	    (conn->endpoint[0].sent_non_syn || conn->endpoint[1].sent_non_syn);
}

/* A note counts where it is the verdict; elsewhere it explains no time. */
static bool
is_tallied(const struct diagnosed *diagnosed, unsigned at)
{
	const struct finding *f = &diagnosed->finding[at];
	const bool is_verdict = diagnosed->outcome == OUTCOME_FINDING &&
	    diagnosed->main == at;

	return !f->is_covered &&
	    (finding_kind(f->id) != KIND_NOTE || is_verdict);
}

void
triage_add(struct triage *triage, const struct conn *conn,
    const struct diagnosed *diagnosed)
{
	triage->conns++;
	count_verdict(triage, diagnosed);
	triage->midstream += conn->is_midstream;
	triage->without_data += diagnosed->outcome == OUTCOME_HEALTHY &&
	    !conn_has_data(conn);
	triage->one_sided += is_one_sided(conn);
	triage->ledger_errors +=
	    !ledger_is_balanced(conn, &diagnosed->ledger);
	triage->time_ns = nstime_add(triage->time_ns,
	    summary_duration(conn));
	for (unsigned i = 0; i < SHARE_COUNT; i++)
		triage->share_ns[i] = nstime_add(triage->share_ns[i],
		    diagnosed->share_ns[i]);
	triage->round_trips_ns = nstime_add(triage->round_trips_ns,
	    diagnosed->ledger.ns[BOOK_CONNECT] +
	    diagnosed->ledger.ns[BOOK_PATH]);
	add_path(triage, conn, diagnosed);
	for (unsigned i = 0; i < diagnosed->count; i++)
		if (is_tallied(diagnosed, i))
			add_finding(triage, conn, diagnosed->client,
			    &diagnosed->finding[i]);
	if (!servers_add(&triage->servers, conn, diagnosed))
		triage->is_incomplete = true;
}

/* ---- a copy ---- */

static struct triage_kind *
kind_copy(const struct triage_kind *from)
{
	struct triage_kind *kind = mem_zalloc(sizeof(*kind));

	if (kind == NULL)
		return NULL;
	kind->tally = from->tally;
	for (unsigned i = 0; i < GROUP_MANY; i++) {
		const struct group_table *table = &from->table[i];
		const size_t size = table->count * sizeof(*table->group);
		struct group *copy = size > 0 ? mem_zalloc(size) : NULL;

		if (copy == NULL)
			continue;
		memcpy(copy, table->group, size);
		kind->table[i] = (struct group_table){
		    copy, table->count, table->count };
	}
	return kind;
}

void
triage_copy(struct triage *triage, const struct triage *from)
{
	*triage = *from;
	servers_init(&triage->servers);
	triage->client_side = (struct spans){ 0 };
	triage->rtt = (struct spans){ 0 };
	spans_merge(&triage->client_side, &from->client_side);
	spans_merge(&triage->rtt, &from->rtt);
	if (!servers_merge(&triage->servers, &from->servers))
		triage->is_incomplete = true;
	for (unsigned id = 0; id < FINDING_COUNT; id++)
		for (unsigned side = 0; side < SIDE_COUNT; side++)
			if (from->kind[id][side] != NULL)
				triage->kind[id][side] =
				    kind_copy(from->kind[id][side]);
}

/* ---- rows ---- */

/* The connections did not work, however little time that took. */
static bool
is_failure(enum finding_id id)
{
	static const enum finding_id failures[] = {
		FINDING_REFUSED, FINDING_REJECTED, FINDING_FILTERED,
		FINDING_QUEUE_FULL, FINDING_ZERO_WINDOW_DEAD,
		FINDING_MTU_BLACK_HOLE, FINDING_IDLE_TIMEOUT,
		FINDING_PEER_VANISHED, FINDING_SYN_FLOOD,
	};

	for (size_t i = 0; i < ARRAY_LEN(failures); i++)
		if (failures[i] == id)
			return true;
	return false;
}

/* Is `part` at least `percent` of the whole? */
static bool
is_most(const struct tally *part, const struct tally *whole, unsigned percent)
{
	if (whole->cost_ns > 0)
		return part->cost_ns >= whole->cost_ns / 100 * percent;
	return part->conns * 100 >= whole->conns * percent;
}

/* A group that holds most of a finding's time, or NULL. */
static const struct group *
main_group(const struct triage_kind *kind, enum group_type type)
{
	const struct group_table *table = &kind->table[type];

	for (unsigned i = 0; i < table->count; i++)
		if (is_most(&table->group[i].tally, &kind->tally,
		    GROUP_PERCENT))
			return &table->group[i];
	return NULL;
}

/* A cause at the client is looked for among the clients first. */
static const enum group_type *
group_order(enum finding_side side)
{
	static const enum group_type servers[] = {
		GROUP_SERVER, GROUP_SERVER_HOST, GROUP_CLIENT,
		GROUP_CLIENT_NET, GROUP_LINK, GROUP_MANY
	}, clients[] = {
		GROUP_CLIENT, GROUP_CLIENT_NET, GROUP_SERVER,
		GROUP_SERVER_HOST, GROUP_LINK, GROUP_MANY
	};

	return side == SIDE_CLIENT ? clients : servers;
}

static uint64_t
square_root(uint64_t n)
{
	uint64_t root = 0;

	for (uint64_t bit = UINT64_C(1) << 31; bit > 0; bit >>= 1)
		if ((root | bit) * (root | bit) <= n)
			root |= bit;
	return root;
}

/* Milliseconds times the root of the connections, in sixteenths. */
static uint64_t
score_of(const struct tally *tally)
{
	const uint64_t ms = (uint64_t)(tally->cost_ns / NS_PER_MS);
	const uint64_t root = square_root(tally->conns < UINT64_MAX >> 8 ?
	    tally->conns << 8 : UINT64_MAX);

	return root > 0 && ms > UINT64_MAX / root ? UINT64_MAX : ms * root;
}

static bool
is_before(const struct triage_row *a, const struct triage_row *b)
{
	if (a->is_failure != b->is_failure)
		return a->is_failure;
	if (score_of(&a->tally) != score_of(&b->tally))
		return score_of(&a->tally) > score_of(&b->tally);
	return a->tally.conns > b->tally.conns;
}

struct rows {
	struct triage_row *row;		/* TRIAGE_ROWS, in order */
	unsigned count;
	struct triage_rest *rest;
};

static void
leave_row(struct rows *rows, const struct triage_row *row)
{
	rows->rest->rows++;
	rows->rest->cost_ns = nstime_add(rows->rest->cost_ns,
	    row->tally.cost_ns);
}

static void
insert_row(struct rows *rows, const struct triage_row *row)
{
	unsigned at = rows->count;

	while (at > 0 && is_before(row, &rows->row[at - 1]))
		at--;
	if (at == TRIAGE_ROWS) {
		leave_row(rows, row);
		return;
	}
	if (rows->count == TRIAGE_ROWS)
		leave_row(rows, &rows->row[--rows->count]);
	memmove(&rows->row[at + 1], &rows->row[at],
	    (rows->count - at) * sizeof(*row));
	rows->row[at] = *row;
	rows->count++;
}

static void
take_group(const struct triage *triage, struct triage_row *row,
    enum group_type type, const struct group *group)
{
	row->group = type;
	row->key = group->key;
	if (type == GROUP_SERVER)
		row->server = servers_find(&triage->servers, group->key.addr,
		    group->key.ip_version, group->key.port);
}

static void
tally_merge(struct tally *tally, const struct tally *more)
{
	const bool is_worst = tally->conns == 0 ||
	    more->worst.cost_ns > tally->worst.cost_ns;

	tally->cost_ns = nstime_add(tally->cost_ns, more->cost_ns);
	tally->conns += more->conns;
	if (!is_worst)
		return;
	tally->worst_conn = more->worst_conn;
	tally->worst = more->worst;
}

/*
 * No group has most of the time: servers with much of it have rows of their
 * own, and a row has the rest.
 */
static void
split_rows(const struct triage *triage, const struct triage_kind *kind,
    const struct triage_row *whole, struct rows *rows)
{
	const struct group_table *table = &kind->table[GROUP_SERVER];
	struct triage_row many = *whole;

	memset(&many.tally, 0, sizeof(many.tally));
	for (unsigned i = 0; i < table->count; i++) {
		const struct group *group = &table->group[i];
		struct triage_row row = *whole;

		if (!is_most(&group->tally, &kind->tally, SPLIT_PERCENT)) {
			tally_merge(&many.tally, &group->tally);
			continue;
		}
		take_group(triage, &row, GROUP_SERVER, group);
		row.tally = group->tally;
		insert_row(rows, &row);
	}
	if (many.tally.conns > 0)
		insert_row(rows, &many);
}

static void
add_rows(const struct triage *triage, const struct triage_kind *kind,
    struct rows *rows)
{
	struct triage_row row = {
		.id = kind->tally.worst.id,
		.side = kind->tally.worst.side,
		.is_failure = is_failure(kind->tally.worst.id),
		.group = GROUP_MANY,
		.tally = kind->tally,
	};
	const enum group_type *type = group_order(row.side);

	for (; *type != GROUP_MANY; type++) {
		const struct group *group = main_group(kind, *type);

		if (group == NULL)
			continue;
		take_group(triage, &row, *type, group);
		insert_row(rows, &row);
		return;
	}
	split_rows(triage, kind, &row, rows);
}

/* Problems have rows, and so do notes of lost time, which are verdicts. */
static bool
has_row(const struct triage *triage, enum finding_id id,
    enum finding_side side)
{
	const struct triage_kind *kind = triage->kind[id][side];

	return kind != NULL && (finding_is_problem(id) ||
	    (finding_kind(id) == KIND_NOTE && kind->tally.cost_ns > 0));
}

unsigned
triage_rows(const struct triage *triage, struct triage_row row[TRIAGE_ROWS],
    struct triage_rest *ret_rest)
{
	struct rows rows = { .row = row, .rest = ret_rest };

	*ret_rest = (struct triage_rest){ 0 };
	for (unsigned id = 0; id < FINDING_COUNT; id++)
		for (unsigned side = 0; side < SIDE_COUNT; side++)
			if (has_row(triage, (enum finding_id)id,
			    (enum finding_side)side))
				add_rows(triage, triage->kind[id][side],
				    &rows);
	return rows.count;
}

const struct at_once *
triage_at_once(const struct triage_row *row)
{
	const struct at_once *most = &row->tally.at_once[0];

	for (unsigned i = 1; i < AT_ONCE_MAX; i++)
		if (row->tally.at_once[i].conns > most->conns)
			most = &row->tally.at_once[i];
	return row->group != GROUP_MANY && most->conns >= AT_ONCE_CONNS ?
	    most : NULL;
}

uint64_t
triage_count(const struct triage *triage, enum finding_id id)
{
	uint64_t count = 0;

	for (unsigned side = 0; side < SIDE_COUNT; side++)
		if (triage->kind[id][side] != NULL)
			count += triage->kind[id][side]->tally.conns;
	return count;
}
