/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * More than 600 lines: what is learned of a handshake and what is concluded from
 * it read the same entries of one table, which is private.
 */
#include "config.h"

#include "diagnosis/related.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "base/compiler.h"
#include "base/cursor.h"
#include "base/nstime.h"
#include "base/pool.h"
#include "diagnosis/diagnosis.h"
#include "tcp/analysis.h"
#include "tcp/pack.h"

/* Dropped handshakes of one server that are no farther apart are related. */
#define TOGETHER_NS	(10 * NS_PER_SEC)
/* With more handshakes that worked in between, the path lost the two. */
#define BETWEEN_MOST	5
/* Of a hundred connections: more losses elsewhere are those of the path. */
#define LOST_ELSEWHERE	5
#define LOSSY_MOST	10

/* SYN cookies: handshakes with options before the first one without. */
#define COOKIE_OFFERS	20
#define COOKIE_RUN	8

/* Data of the handshake's ACK that the server's host ignored: repeats. */
#define IGNORED_MANY	2

/* A flood: half-open connections within TOGETHER_NS, and bits of sources. */
#define FLOOD_CONNS	20
#define FLOOD_SOURCES	12
#define SOURCE_BITS	64

/* A pool: connections of one client to one server that wait at a time. */
#define POOL_WAIT_NS	(200 * NS_PER_MS)
#define POOL_CONNS	3

#define MSS_MOST	8960	/* above: another interface, as loopback */
#define TTL_SEGMENTS	3	/* of a host, for its TTL to be known */
#define RETRY_LEAST_NS	(180 * NS_PER_MS)	/* no SYN timer is shorter */

/* ---- the table ---- */

#define WAYS	8
#define SETS	(RELATED_ENTRIES / WAYS)

static_assert((SETS & (SETS - 1)) == 0, "a power of two");

enum entry_type {
	ENTRY_HOST = 1,		/* an address */
	ENTRY_SERVER,		/* address and port */
	ENTRY_PAIR		/* a client's address and a server */
};

/* Compared as bytes: no padding. */
struct entry_key {
	uint8_t addr[2][16];
	uint32_t vni;
	uint16_t port;
	uint8_t ip_version;
	uint8_t type;		/* enum entry_type, 0: the entry is free */
};

struct host_facts {
	uint16_t mss_max;
	uint8_t ttl;		/* 0 unknown */
	bool scales;		/* offers or accepts window scaling */
};

struct server_facts {
	uint64_t handshakes;	/* begun, without single unanswered SYNs */
	uint64_t dropped;	/* connections whose handshake seems dropped */
	uint64_t lossy;		/* other ones that retransmitted data */
	uint64_t offers;	/* SYNs with options that a SYN-ACK answered */
	/* Half-open connections since window_ns. */
	int64_t window_ns;
	uint64_t window_tried;
	uint64_t window_half_open;
	uint64_t window_sources;	/* a bit for each hash of a source */
	bool is_flooded;
	/* While connections are marked, in order. */
	bool has_dropped;	/* dropped_ns is known */
	bool was_hard;		/* see struct handshake */
	bool has_cookies;
	uint64_t run;		/* SYN-ACKs with options before any without */
	uint64_t between;	/* handshakes since the dropped one */
	int64_t dropped_ns;	/* the last one dropped began then */
	struct conn *dropped_conn;	/* and is this one, or NULL */
};

struct pair_facts {
	int64_t until_ns;	/* the last of its connections waits until then */
	uint32_t waiting;	/* connections that overlap */
	bool is_pooled;
};

struct entry {
	struct entry_key key;
	uint64_t used;		/* clock of the last use */
	union {
		struct host_facts host;
		struct server_facts server;
		struct pair_facts pair;
	};
};

/* The tags, bits of the hashes, say which few keys to compare. */
struct set {
	uint32_t tag[WAYS];
	struct entry entry[WAYS];
};

struct related {
	uint64_t clock;
	uint64_t handshakes;	/* of all servers */
	uint64_t dropped;
	bool has_pools;		/* of connections that a client opened early */
	bool may_point;		/* connections outlive the walk */
	struct set set[SETS];
};

struct related *
related_new(void)
{
	return mem_zalloc(sizeof(struct related));
}

void
related_free(struct related *related)
{
	mem_free(related);
}

static struct entry_key
key_of_entry(const struct conn *conn, enum entry_type type, unsigned side)
{
	struct entry_key key;

	memset(&key, 0, sizeof(key));
	memcpy(key.addr[0], conn->key.addr[side], sizeof(key.addr[0]));
	if (type == ENTRY_PAIR)
		memcpy(key.addr[1], conn->key.addr[!side],
		    sizeof(key.addr[1]));
	if (type != ENTRY_HOST)
		key.port = conn->key.port[side];
	key.vni = conn->key.vni;
	key.ip_version = conn->key.ip_version;
	key.type = (uint8_t)type;
	return key;
}

static uint64_t
hash_mix(uint64_t hash, uint64_t word)
{
	hash = (hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);
	return hash ^ hash >> 29;
}

static uint64_t
hash_of(const struct entry_key *key)
{
	const uint8_t *bytes = (const uint8_t *)key;
	uint64_t hash = 0;

	static_assert(sizeof(*key) % 8 == 0, "words");
	for (size_t i = 0; i < sizeof(*key); i += 8)
		hash = hash_mix(hash, load_le64(bytes + i));
	return hash;
}

/* NULL: the key is not in its set. */
static struct entry *
find_entry(struct set *set, uint32_t tag, const struct entry_key *key)
{
	for (unsigned i = 0; i < WAYS; i++)
		if (set->tag[i] == tag &&
		    memcmp(&set->entry[i].key, key, sizeof(*key)) == 0)
			return &set->entry[i];
	return NULL;
}

/* A free entry of the set, or the least recently used one, cleared. */
static struct entry *
make_entry(struct set *set, uint32_t tag, const struct entry_key *key)
{
	unsigned at = 0;

	for (unsigned i = 1; i < WAYS; i++)
		if (set->entry[i].used < set->entry[at].used)
			at = i;
	memset(&set->entry[at], 0, sizeof(set->entry[at]));
	set->entry[at].key = *key;
	set->tag[at] = tag;
	return &set->entry[at];
}

/* Return the entry of a key; the least recently used one makes room. */
static struct entry *
obtain(struct related *related, const struct conn *conn,
    enum entry_type type, unsigned side)
{
	const struct entry_key key = key_of_entry(conn, type, side);
	const uint64_t hash = hash_of(&key);
	const uint32_t tag = (uint32_t)hash;
	struct set *set = &related->set[hash >> 32 & (SETS - 1)];
	struct entry *entry = find_entry(set, tag, &key);

	if (entry == NULL)
		entry = make_entry(set, tag, &key);
	entry->used = ++related->clock;
	return entry;
}

/* ---- one handshake ---- */

/* What a connection shows by itself of how its handshake went. */
struct handshake {
	bool is_dropped;	/* by the server's host, or by the path */
	bool is_hard;		/* more than a SYN was ignored */
	bool is_unanswered;	/* SYNs were repeated, nothing came back */
	bool is_lossy;		/* data was retransmitted */
	int64_t lead_ns;	/* the client's wait before its first data */
	int64_t begin_ns;	/* of that wait, after the first segment */
};

/* Did an endpoint retransmit payload? */
static bool
has_repeated(const struct endpoint *e)
{
	return e->has_base && e->nxt > 0 &&
	    e->bytes > (uint64_t)e->nxt;
}

/* A scanner's SYN, or a connection whose beginning was not captured. */
static bool
is_beside(const struct conn *conn)
{
	return conn->is_midstream ||
	    (conn->endpoint[!conn->orig].pkts == 0 &&
	    conn->lifecycle[conn->orig].syn_count < 2);
}

/* Can the analysis hold anything of interest?  Most connections are clean. */
static bool
needs_analysis(const struct conn *conn)
{
	const struct endpoint *orig = conn_orig(conn);

	if (conn->is_challenged || !conn_resp(conn)->sent_synack)
		return false;
	return conn_syn_count(conn) > 2 || has_repeated(orig) ||
	    (orig->sent_data &&
	    conn->last_ns - conn->first_ns >= POOL_WAIT_NS);
}

/*
 * Segments as large as the MSS may be too large for the path, and are lost
 * then while small ones pass.
 */
static bool
is_data_ignored(const struct conn *conn)
{
	const struct endpoint *resp = conn_resp(conn);
	const struct analysis *an = conn->analysis;

	return an->notes.ignored >= IGNORED_MANY && resp->sent_non_syn &&
	    (!resp->has_mss || an->track[conn->orig].max_payload <
	    (uint32_t)resp->mss * 9 / 10);
}

static void
read_analysis(const struct conn *conn, struct handshake *shake)
{
	const unsigned orig = conn->orig;
	const struct follow_notes *notes = &conn->analysis->notes;
	const struct diagnosis *d = notes->diagnosis;

	shake->is_hard = is_data_ignored(conn) ||
	    diagnosis_has_late_synack(conn, notes->retry_ns);
	shake->is_dropped = shake->is_hard ||
	    (conn->lifecycle[orig].syn_count > 1 &&
	    conn->lifecycle[!orig].syn_count == 1 && conn->handshake_done &&
	    notes->retry_ns >= RETRY_LEAST_NS);
	shake->lead_ns = d != NULL ? d->lead_ns : 0;
	shake->begin_ns = notes->handshake_ns;
}

/* What the connection says without its analysis. */
static struct handshake
bare_handshake_of(const struct conn *packed)
{
	const struct endpoint *resp = conn_resp(packed);

	return (struct handshake){
		.is_unanswered = resp->pkts == 0,
		.is_lossy = has_repeated(conn_orig(packed)) ||
		    has_repeated(resp),
	};
}

static struct handshake
handshake_of(const struct conn *packed)
{
	struct handshake shake = bare_handshake_of(packed);
	struct pack_room room;
	const struct conn *conn;

	if (!needs_analysis(packed))
		return shake;
	conn = pack_read_bare(packed, &room);
	if (conn->analysis != NULL && conn->analysis->is_followed)
		read_analysis(conn, &shake);
	return shake;
}

/* ---- learning ---- */

static void
learn_host(struct related *related, const struct conn *conn, unsigned side)
{
	const struct endpoint *e = &conn->endpoint[side];
	struct host_facts *host = &obtain(related, conn, ENTRY_HOST,
	    side)->host;

	if (e->has_mss && e->mss <= MSS_MOST && e->mss > host->mss_max)
		host->mss_max = e->mss;
	if (e->ttl != 0 && e->pkts >= TTL_SEGMENTS)
		host->ttl = e->ttl;
	host->scales |= e->has_options && e->has_wscale;
}

static bool
is_within(int64_t a, int64_t b)
{
	const int64_t apart = nstime_diff(a, b);

	return apart <= TOGETHER_NS && apart >= -TOGETHER_NS;
}

/* Count half-open connections, and roughly their sources. */
static void
learn_flood(struct server_facts *server, const struct conn *conn)
{
	const struct entry_key source = key_of_entry(conn, ENTRY_HOST,
	    conn->orig);

	if (server->window_tried == 0 ||
	    !is_within(conn->first_ns, server->window_ns)) {
		server->window_ns = conn->first_ns;
		server->window_tried = server->window_half_open = 0;
		server->window_sources = 0;
	}
	server->window_tried++;
	if (!conn_is_half_open(conn) || !conn_resp(conn)->sent_synack)
		return;
	server->window_half_open++;
	server->window_sources |= UINT64_C(1) <<
	    (hash_of(&source) % SOURCE_BITS);
	server->is_flooded |= server->window_half_open >= FLOOD_CONNS &&
	    server->window_half_open * 2 >= server->window_tried &&
	    count_bits(server->window_sources) >= FLOOD_SOURCES;
}

/* Did the SYN offer what a SYN cookie cannot hold? */
static bool
is_offer(const struct conn *conn)
{
	const struct endpoint *orig = conn_orig(conn);
	const struct endpoint *resp = conn_resp(conn);

	return orig->has_options && resp->has_options && orig->has_wscale &&
	    orig->has_sack_permitted && resp->sent_synack;
}

static void
learn_server(struct related *related, const struct conn *conn,
    const struct handshake *shake)
{
	struct server_facts *server = &obtain(related, conn, ENTRY_SERVER,
	    !conn->orig)->server;

	server->handshakes++;
	related->handshakes++;
	if (shake->is_dropped) {
		server->dropped++;
		related->dropped++;
	} else {
		server->lossy += shake->is_lossy;
	}
	server->offers += is_offer(conn);
	learn_flood(server, conn);
}

static void
learn_pair(struct related *related, const struct conn *conn,
    const struct handshake *shake)
{
	const int64_t until = nstime_add(nstime_add(conn->first_ns,
	    shake->begin_ns), shake->lead_ns);
	struct pair_facts *pair;

	if (shake->lead_ns < POOL_WAIT_NS)
		return;
	pair = &obtain(related, conn, ENTRY_PAIR, !conn->orig)->pair;
	if (pair->waiting > 0 && conn->first_ns < pair->until_ns) {
		pair->waiting++;
	} else {
		pair->waiting = 1;
		pair->until_ns = until;
	}
	if (until > pair->until_ns)
		pair->until_ns = until;
	if (pair->waiting >= POOL_CONNS)
		pair->is_pooled = related->has_pools = true;
}

static void
learn(struct related *related, const struct conn *conn)
{
	struct handshake shake;

	if (is_beside(conn))
		return;
	shake = handshake_of(conn);
	learn_host(related, conn, 0);
	learn_host(related, conn, 1);
	learn_server(related, conn, &shake);
	learn_pair(related, conn, &shake);
}

/* ---- marking ---- */

static void
set_relation(struct conn *conn, enum relation relation)
{
	conn->related = (conn->related | 1U << relation) & 0x7f;
}

/* A server that echoes the client's MSS has no other of its own. */
static bool
is_clamped(const struct conn *conn, unsigned side,
    const struct host_facts *host)
{
	const struct endpoint *e = &conn->endpoint[side];
	const struct endpoint *peer = &conn->endpoint[!side];

	return e->has_mss && e->mss < host->mss_max &&
	    (side == conn->orig || !peer->has_mss || peer->mss != e->mss);
}

/* The client does not offer scaling, or the server does not accept it. */
static bool
lacks_scaling(const struct conn *conn, unsigned side)
{
	return conn->endpoint[0].has_options &&
	    conn->endpoint[1].has_options &&
	    !conn->endpoint[side].has_wscale &&
	    (side == conn->orig || conn_orig(conn)->has_wscale);
}

static void
mark_hosts(struct related *related, struct conn *conn)
{
	for (unsigned side = 0; side < 2; side++) {
		const struct host_facts *host = &obtain(related, conn,
		    ENTRY_HOST, side)->host;

		if (is_clamped(conn, side, host))
			set_relation(conn, side == 0 ? RELATION_CLAMPED_0 :
			    RELATION_CLAMPED_1);
		if (host->scales && lacks_scaling(conn, side))
			set_relation(conn, RELATION_SCALES);
		/* Nothing but RSTs came from it. */
		if (side != conn->orig && conn->endpoint[side].ttl == 0)
			conn->usual_ttl = host->ttl;
	}
}

/*
 * Does the path lose what this server drops?  Then other servers' handshakes,
 * or the data of its other connections, are lost as well.
 */
static bool
is_path_lossy(const struct related *related,
    const struct server_facts *server)
{
	const uint64_t tried = related->handshakes - server->handshakes;
	const uint64_t lost = related->dropped - server->dropped;

	return lost * 100 > tried * LOST_ELSEWHERE ||
	    server->lossy * 100 >
	    (server->handshakes - server->dropped) * LOSSY_MOST;
}

/* Are a connection and the one dropped before it dropped for one reason? */
static bool
is_queue_full(const struct related *related,
    const struct server_facts *server, const struct conn *conn, bool is_hard)
{
	const bool has_others = related->handshakes > server->handshakes;

	return server->has_dropped &&
	    is_within(conn->first_ns, server->dropped_ns) &&
	    server->between <= BETWEEN_MOST &&
	    (has_others || is_hard || server->was_hard) &&
	    !is_path_lossy(related, server);
}

static void
mark_dropped(struct related *related, struct server_facts *server,
    struct conn *conn, const struct handshake *shake)
{
	if (!shake->is_dropped && !shake->is_unanswered) {
		server->between++;
		return;
	}
	if (is_queue_full(related, server, conn, shake->is_hard)) {
		set_relation(conn, RELATION_QUEUE_FULL);
		if (server->dropped_conn != NULL)
			set_relation(server->dropped_conn,
			    RELATION_QUEUE_FULL);
	}
	/* What is never answered may be filtered: no proof for others. */
	if (shake->is_unanswered)
		return;
	server->has_dropped = true;
	server->was_hard = shake->is_hard;
	server->dropped_ns = conn->first_ns;
	server->between = 0;
	server->dropped_conn = related->may_point ? conn : NULL;
}

static void
mark_cookie(struct server_facts *server, struct conn *conn)
{
	const struct endpoint *resp = conn_resp(conn);

	if (!is_offer(conn))
		return;
	if (resp->has_wscale || resp->has_sack_permitted) {
		server->run += !server->has_cookies;
		return;
	}
	server->has_cookies |= server->run >= COOKIE_RUN &&
	    server->offers >= COOKIE_OFFERS;
	if (server->has_cookies)
		set_relation(conn, RELATION_COOKIE);
	else
		server->run = 0;
}

static void
mark(struct related *related, struct conn *conn)
{
	struct handshake shake;
	struct server_facts *server;

	conn->related = 0;
	conn->usual_ttl = 0;
	if (is_beside(conn))
		return;
	mark_hosts(related, conn);
	server = &obtain(related, conn, ENTRY_SERVER, !conn->orig)->server;
	/* The analysis has to be unpacked, and matters in few captures. */
	shake = server->dropped > 0 || related->has_pools ?
	    handshake_of(conn) : bare_handshake_of(conn);
	mark_dropped(related, server, conn, &shake);
	mark_cookie(server, conn);
	if (server->is_flooded && conn_is_half_open(conn))
		set_relation(conn, RELATION_FLOOD);
	if (shake.lead_ns >= POOL_WAIT_NS && obtain(related, conn,
	    ENTRY_PAIR, !conn->orig)->pair.is_pooled)
		set_relation(conn, RELATION_POOLED);
}

void
related_report(struct related *related, struct conn *conn)
{
	learn(related, conn);
	mark(related, conn);
}

/* Was it passed to related_report()? */
static bool
is_reported(const struct conn *conn)
{
	return conn->retired != 0 || conn->is_reported;
}

static void
learn_one(struct related *related, struct conn *conn)
{
	learn(related, conn);
}

/* Prefetch distance, in connections: the pack of one that is in the cache. */
#define PACK_AHEAD	3

/* Visit the connections that were not reported, in order. */
static void
walk(struct related *related, struct conn *first,
    void (*visit)(struct related *, struct conn *))
{
	const struct conn *ahead = first;

	for (unsigned i = 0; i < PACK_AHEAD && ahead != NULL; i++)
		ahead = ahead->next;
	for (struct conn *conn = first; conn != NULL; conn = conn->next) {
		conn_fetch_ahead(conn);
		if (ahead != NULL) {
			if (needs_analysis(ahead))
				pack_fetch(ahead);
			ahead = ahead->next;
		}
		if (!is_reported(conn))
			visit(related, conn);
	}
}

bool
related_mark_all(const struct related *reported, struct conn *first)
{
	struct related *related = related_new();

	if (related == NULL)
		return false;
	if (reported != NULL)
		memcpy(related, reported, sizeof(*related));
	related->may_point = true;
	walk(related, first, learn_one);
	walk(related, first, mark);
	related_free(related);
	return true;
}
