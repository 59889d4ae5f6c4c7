/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "flow/overlay.h"

#include <string.h>

#include "base/compiler.h"
#include "base/pool.h"
#include "base/seq.h"
#include "decode/segment.h"

#define SETS		1024
/*
 * Each bucket of keys has sets of its own, so that tables that share the keys
 * forget what one table of all keys forgets.
 */
#define BUCKET_SETS	(SETS / KEY_BUCKETS)	/* a power of two */
#define FIRST_ALIASES	256	/* room in a new table; a power of two */
/*
 * A capture that begins in mid-connection, or misses segments, has numbers that
 * are no further apart than usual windows.
 */
#define NEAR_BYTES	(INT64_C(1) << 20)

/* Memory of removed connections is used again: the number tells. */
struct recent {
	struct conn *conn;
	uint64_t number;	/* 0: unused */
};

struct alias {
	struct key from;	/* with the network of one direction */
	uint32_t vni;		/* of the key that it stands for */
	uint8_t network;
	bool is_used;
};

struct overlay {
	/* Connections with a VNI that were opened last, by endpoints. */
	struct recent sets[SETS][OVERLAY_WAYS];
	struct alias *aliases;	/* open addressing; NULL until the first */
	size_t room;		/* a power of two */
	size_t used;
};

struct overlay *
overlay_new(void)
{
	return mem_zalloc(sizeof(struct overlay));
}

void
overlay_free(struct overlay *overlay)
{
	if (overlay != NULL)
		mem_free(overlay->aliases);
	mem_free(overlay);
}

static void
set_network(struct lookup *lookup, enum network network, uint32_t vni)
{
	lookup->key.network = (uint8_t)network;
	lookup->key.vni = vni;
	lookup_begin(lookup);
}

/* ---- aliases ---- */

static struct key
directed(const struct key *key, unsigned side)
{
	struct key result = *key;

	if (key->network == NETWORK_VNI)
		result.network = (uint8_t)network_of(side);
	return result;
}

/* The alias, or the unused place where it belongs. */
static struct alias *
place_of(const struct overlay *o, const struct conntab *tab,
    const struct key *from)
{
	size_t at = (size_t)conntab_hash(tab, from) & (o->room - 1);

	while (o->aliases[at].is_used &&
	    !key_equal(&o->aliases[at].from, from))
		at = (at + 1) & (o->room - 1);
	return &o->aliases[at];
}

static const struct alias *
find_alias(const struct overlay *o, const struct conntab *tab,
    const struct key *from)
{
	const struct alias *alias;

	if (o->used == 0)
		return NULL;
	alias = place_of(o, tab, from);
	return alias->is_used ? alias : NULL;
}

/* Does a connection have the key that the alias stands for? */
static bool
is_live(const struct alias *alias, struct conntab *tab)
{
	struct lookup lookup = { .key = alias->from };

	set_network(&lookup, (enum network)alias->network, alias->vni);
	return conntab_find(tab, &lookup) != NULL;
}

/*
 * Make a new table of the live aliases, twice as large if they filled half of
 * this one.  False: out of memory, with nothing changed.
 */
static bool
rebuild(struct overlay *o, struct conntab *tab)
{
	const struct overlay old = { .aliases = o->aliases, .room = o->room };
	size_t live = 0;

	for (size_t i = 0; i < old.room; i++)
		live += old.aliases[i].is_used &&
		    is_live(&old.aliases[i], tab);
	o->room = old.room == 0 ? FIRST_ALIASES :
	    live >= old.room / 2 ? 2 * old.room : old.room;
	o->aliases = mem_zalloc(o->room * sizeof(*o->aliases));
	if (o->aliases == NULL) {
		o->aliases = old.aliases;
		o->room = old.room;
		return false;
	}
	o->used = live;
	for (size_t i = 0; i < old.room; i++)
		if (old.aliases[i].is_used && is_live(&old.aliases[i], tab))
			*place_of(o, tab, &old.aliases[i].from) =
			    old.aliases[i];
	mem_free(old.aliases);
	return true;
}

static bool
add_alias(struct overlay *o, struct conntab *tab, const struct key *from,
    enum network network, uint32_t vni)
{
	struct alias *alias;

	if (o->used >= o->room / 4 * 3 && !rebuild(o, tab))
		return false;
	alias = place_of(o, tab, from);
	o->used += !alias->is_used;
	*alias = (struct alias){ .from = *from, .vni = vni,
	    .network = (uint8_t)network, .is_used = true };
	return true;
}

bool
overlay_resolve_known(const struct overlay *o, const struct conntab *tab,
    struct lookup *lookup, unsigned side)
{
	const struct key from = directed(&lookup->key, side);
	const struct alias *alias = find_alias(o, tab, &from);

	if (alias == NULL)
		return false;
	set_network(lookup, (enum network)alias->network, alias->vni);
	return true;
}

bool
overlay_join(struct overlay *o, struct conntab *tab, struct lookup *lookup,
    unsigned side, const struct conn *conn)
{
	const struct key from = directed(&lookup->key, side);

	if (!add_alias(o, tab, &from, (enum network)conn->key.network,
	    conn->key.vni))
		return false;
	set_network(lookup, (enum network)conn->key.network, conn->key.vni);
	return true;
}

/* ---- connections by endpoints ---- */

static size_t
set_of(const struct conntab *tab, const struct key *key)
{
	struct key endpoints = *key;

	endpoints.network = NETWORK_PLAIN;
	endpoints.vni = 0;
	return key_bucket(key_fingerprint(key)) * BUCKET_SETS +
	    (conntab_hash(tab, &endpoints) & (BUCKET_SETS - 1));
}

void
overlay_note(struct overlay *o, const struct conntab *tab, struct conn *conn)
{
	struct recent *set = o->sets[set_of(tab, &conn->key)];
	struct recent *oldest = set;

	for (unsigned i = 1; i < OVERLAY_WAYS; i++)
		if (set[i].number < oldest->number)
			oldest = &set[i];
	*oldest = (struct recent){ conn, conn->number };
}

static bool
has_endpoints(const struct conn *conn, const struct key *key)
{
	return memcmp(conn->key.addr, key->addr, sizeof(key->addr)) == 0 &&
	    memcmp(conn->key.port, key->port, sizeof(key->port)) == 0 &&
	    conn->key.vlan == key->vlan &&
	    conn->key.ip_version == key->ip_version;
}

/* Is it still there, and of these endpoints? */
static bool
is_of(const struct recent *recent, const struct key *key)
{
	return recent->number != 0 && recent->conn->number == recent->number &&
	    recent->conn->retired == 0 && has_endpoints(recent->conn, key);
}

/* The connection of the same endpoints without a VNI, or that has some. */
static struct conn *
find_plain(const struct overlay *o, struct conntab *tab,
    const struct key *key)
{
	struct lookup lookup = { .key = *key };

	set_network(&lookup, NETWORK_PLAIN, 0);
	(void)overlay_resolve_known(o, tab, &lookup, 0);
	return conntab_find(tab, &lookup);
}

void
overlay_twins(struct overlay_twins *twins, const struct overlay *o,
    struct conntab *tab, const struct lookup *lookup)
{
	const struct key *key = &lookup->key;
	const struct recent *set = o->sets[set_of(tab, key)];
	struct conn *plain;

	twins->count = 0;
	if (key->network != NETWORK_PLAIN) {
		plain = find_plain(o, tab, key);
		if (plain != NULL)
			twins->conns[twins->count++] = plain;
		return;
	}
	for (unsigned i = 0; i < OVERLAY_WAYS; i++)
		if (is_of(&set[i], key))
			twins->conns[twins->count++] = set[i].conn;
}

/* ---- numbers ---- */

/* How far the number is from what the peer acknowledged last. */
static int64_t
seq_distance(const struct endpoint *snd, const struct segment *seg)
{
	if (!snd->has_una)
		return INT64_MAX;
	return seq_diff(seg->seq, snd->has_base ?
	    seq_at(snd->isn, snd->una) : (uint32_t)snd->una);
}

/* How far the ACK is from what the peer has sent. */
static int64_t
ack_distance(const struct endpoint *rcv, const struct segment *seg)
{
	if (!segment_has(seg, TCP_ACK) || !rcv->has_base)
		return INT64_MAX;
	/* Data in a SYN need not be accepted (RFC 7413, 3). */
	if (rcv->has_isn && seg->ack == rcv->isn + 1)
		return 0;
	return seq_diff(seg->ack, seq_at(rcv->isn, rcv->nxt));
}

static bool
is_near(int64_t bytes)
{
	return bytes >= -NEAR_BYTES && bytes <= NEAR_BYTES;
}

/*
 * Is this the first segment of its direction?  One number that is exactly the
 * expected one shows it, or two that are near.
 */
static bool
fits(const struct conn *conn, unsigned side, const struct segment *seg)
{
	int64_t seq, ack;

	if (seg->depth < DEPTH_FLAGS || conn->endpoint[side].pkts > 0)
		return false;
	seq = seq_distance(&conn->endpoint[side], seg);
	ack = ack_distance(&conn->endpoint[!side], seg);
	return seq == 0 || ack == 0 || (is_near(seq) && is_near(ack));
}

/* The newest connection in another network that the segment fits; or NULL. */
static struct conn *
find_fitting(const struct overlay *o, struct conntab *tab,
    const struct key *key, unsigned side, const struct segment *seg)
{
	const struct recent *set = o->sets[set_of(tab, key)];
	struct conn *newest = NULL;

	if (key->network != NETWORK_PLAIN)
		newest = find_plain(o, tab, key);
	if (newest != NULL && !fits(newest, side, seg))
		newest = NULL;
	for (unsigned i = 0; i < OVERLAY_WAYS; i++)
		if (is_of(&set[i], key) && fits(set[i].conn, side, seg) &&
		    (newest == NULL || set[i].number > newest->number))
			newest = set[i].conn;
	return newest;
}

/*
 * The VNI is taken by a connection that has another one in this direction: a
 * key of its own for this direction.
 */
static bool
set_apart(struct overlay *o, struct conntab *tab, struct lookup *lookup,
    unsigned side)
{
	const struct key from = directed(&lookup->key, side);

	if (!add_alias(o, tab, &from, (enum network)from.network, from.vni))
		return false;
	set_network(lookup, (enum network)from.network, from.vni);
	return true;
}

bool
overlay_resolve(struct overlay *o, struct conntab *tab,
    struct lookup *lookup, unsigned side, const struct segment *seg)
{
	struct conn *same, *other;
	bool is_own;

	if (lookup->key.network != NETWORK_PLAIN &&
	    overlay_resolve_known(o, tab, lookup, side))
		return true;
	same = conntab_find(tab, lookup);
	if (same != NULL && lookup->key.network == NETWORK_PLAIN)
		return false;
	is_own = same != NULL && !same->endpoint[side].has_own_vni;
	if (is_own && (same->endpoint[side].pkts > 0 ||
	    fits(same, side, seg)))
		return false;
	if (lookup->key.network == NETWORK_PLAIN &&
	    overlay_resolve_known(o, tab, lookup, side))
		return true;
	other = find_fitting(o, tab, &lookup->key, side, seg);
	if (other != NULL)
		return overlay_join(o, tab, lookup, side, other);
	/* The same network, and nothing that fits better. */
	return same != NULL && !is_own && set_apart(o, tab, lookup, side);
}
