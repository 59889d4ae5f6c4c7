/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "flow/conntab.h"

#include "base/pool.h"
#include "flow/queues.h"

#define FIRST_SLOTS	1024	/* of a new table; a power of two */
#define RECENTS		((size_t)1 << 16)	/* a power of two */

/*
 * Of eight bytes, for there are up to three of them to a connection.  Several
 * incarnations of one key have a slot each, the newest first on the way from
 * where the hash points.
 */
struct slot {
	uint32_t hash;		/* of the key: the lower half */
	uint32_t place;		/* of the connection in its pool; 0: empty */
};

struct conntab {
	struct slot *slots;
	uint64_t mask;		/* slots - 1 */
	uint64_t used;		/* slots in use */
	struct conn *first;
	struct conn *last;
	uint64_t count;		/* connections, removed ones too */
	struct conn *fresh;	/* the first since conntab_number(), or NULL */
	bool is_numbered_later;
	/*
	 * The connection last found for each fingerprint: answers most look-ups
	 * without hashing.  Colliding fingerprints cost a hash, and no
	 * more.
	 */
	struct conn **recent;
	struct siphash_key secret;
	struct pool conns;
	uint32_t places;	/* of the pool that were taken */
	struct tracked *removed;	/* free places, linked by `before` */
	bool is_tracked;	/* they are struct tracked */
};

struct conntab *
conntab_new(const struct siphash_key *secret, bool is_tracked)
{
	struct conntab *tab = mem_zalloc(sizeof(*tab));

	if (tab == NULL)
		return NULL;
	tab->secret = *secret;
	tab->is_tracked = is_tracked;
	pool_init(&tab->conns, is_tracked ? sizeof(struct tracked) :
	    sizeof(struct conn));
	tab->slots = mem_zalloc(FIRST_SLOTS * sizeof(*tab->slots));
	tab->recent = mem_zalloc(RECENTS * sizeof(*tab->recent));
	if (tab->slots == NULL || tab->recent == NULL) {
		conntab_free(tab);
		return NULL;
	}
	tab->mask = FIRST_SLOTS - 1;
	return tab;
}

void
conntab_free(struct conntab *tab)
{
	if (tab == NULL)
		return;
	pool_fini(&tab->conns);
	mem_free(tab->recent);
	mem_free(tab->slots);
	mem_free(tab);
}

/* NULL of an empty slot. */
static struct conn *
conn_at(const struct conntab *tab, const struct slot *slot)
{
	return slot->place != 0 ? pool_at(&tab->conns, slot->place - 1) : NULL;
}

/* The slot of a key: where it is, or the empty one where it belongs. */
static struct slot *
slot_of(const struct conntab *tab, const struct key *key, uint64_t hash)
{
	uint64_t at = hash & tab->mask;

	for (;;) {
		struct slot *slot = &tab->slots[at];

		if (slot->place == 0 || (slot->hash == (uint32_t)hash &&
		    key_equal(&conn_at(tab, slot)->key, key)))
			return slot;
		at = (at + 1) & tab->mask;
	}
}

static int
grow(struct conntab *tab)
{
	const size_t old_slots = (size_t)tab->mask + 1;
	struct slot *old = tab->slots;
	struct slot *slots = NULL;
	uint64_t first;

	/* A slot has 32 bits of the hash, so there are no more slots. */
	if (old_slots <= SIZE_MAX / 2 / sizeof(*slots) &&
	    old_slots <= UINT32_MAX / 2)
		slots = mem_zalloc(2 * old_slots * sizeof(*slots));
	if (slots == NULL)
		return -1;
	tab->slots = slots;
	tab->mask = 2 * old_slots - 1;
	/* From behind an empty slot on, so that the order on each way stays. */
	first = 0;
	while (old[first].place != 0)
		first++;
	for (uint64_t i = 1; i <= old_slots; i++) {
		const struct slot *slot = &old[(first + i) & (old_slots - 1)];
		uint64_t at = slot->hash & tab->mask;

		if (slot->place == 0)
			continue;
		while (slots[at].place != 0)
			at = (at + 1) & tab->mask;
		slots[at] = *slot;
	}
	mem_free(old);
	return 0;
}

static struct conn **
recent_of(const struct conntab *tab, const struct lookup *lookup)
{
	return &tab->recent[lookup->fingerprint & (RECENTS - 1)];
}

static uint64_t
hash_of(const struct conntab *tab, struct lookup *lookup)
{
	if (lookup->hash == 0)
		lookup->hash = key_hash(&lookup->key, &tab->secret);
	return lookup->hash;
}

/*
 * A connection that may have the key.  A key whose hash is known is most likely
 * new: the connection last found for its fingerprint would then be another one,
 * and not in the cache, so compare the hash in the slot first.
 */
static struct conn *
guess(const struct conntab *tab, const struct lookup *lookup)
{
	const struct slot *slot;

	if (LIKELY(lookup->hash == 0))
		return *recent_of(tab, lookup);
	slot = &tab->slots[lookup->hash & tab->mask];
	return slot->hash == (uint32_t)lookup->hash ? conn_at(tab, slot) :
	    NULL;
}

struct conn *
conntab_find(struct conntab *tab, struct lookup *lookup)
{
	struct conn *conn = guess(tab, lookup);

	/* What is guessed is the newest of its own key. */
	if (LIKELY(conn != NULL && (conn == lookup->peeked ||
	    key_equal(&conn->key, &lookup->key))))
		return conn;
	conn = conn_at(tab, slot_of(tab, &lookup->key, hash_of(tab, lookup)));
	if (conn != NULL)
		*recent_of(tab, lookup) = conn;
	return conn;
}

void
conntab_hash_early(const struct conntab *tab, struct lookup *lookup)
{
	(void)hash_of(tab, lookup);
}

void
conntab_prefetch_slot(const struct conntab *tab, const struct lookup *lookup)
{
	PREFETCH(recent_of(tab, lookup));
	if (lookup->hash != 0)
		PREFETCH(&tab->slots[lookup->hash & tab->mask]);
}

void
conntab_prefetch_entry(const struct conntab *tab, const struct lookup *lookup)
{
	const struct conn *conn = guess(tab, lookup);

	if (conn == NULL)
		return;
	for (size_t at = 0; at < CONN_HOT_BYTES; at += LINE_BYTES)
		PREFETCH((const uint8_t *)conn + at);
	if (tab->is_tracked) {
		/* A struct tracked seldom begins a line. */
		PREFETCH((const uint8_t *)conn + CONN_HOT_BYTES - 1);
		PREFETCH(&tracked_of_const(conn)->before);
	}
}

const struct conn *
conntab_peek(const struct conntab *tab, struct lookup *lookup)
{
	const struct conn *conn = guess(tab, lookup);

	if (LIKELY(conn != NULL && key_equal(&conn->key, &lookup->key))) {
		/* A tracked one may be removed, and another take its place. */
		lookup->peeked = tab->is_tracked ? NULL : conn;
		return conn;
	}
	PREFETCH(&tab->slots[hash_of(tab, lookup) & tab->mask]);
	return NULL;
}

/*
 * Empty a slot without leaving a hole that would cut off what was put behind
 * it: each entry that may stand in the hole (the hole is on the way from its
 * place to where it stands) moves there, and leaves the next one.
 */
static void
empty_slot(struct conntab *tab, uint64_t hole)
{
	const uint64_t mask = tab->mask;

	for (uint64_t at = (hole + 1) & mask; tab->slots[at].place != 0;
	    at = (at + 1) & mask) {
		const uint64_t place = tab->slots[at].hash & mask;

		if (((at - place) & mask) < ((at - hole) & mask))
			continue;
		tab->slots[hole] = tab->slots[at];
		hole = at;
	}
	tab->slots[hole] = (struct slot){ .place = 0 };
	tab->used--;
}

/* ---- older incarnations ---- */

/* The next slot of the same key on the way, or the empty one at its end. */
static uint64_t
next_of_key(const struct conntab *tab, const struct key *key, uint64_t hash,
    uint64_t at)
{
	for (;;) {
		const struct slot *slot;

		at = (at + 1) & tab->mask;
		slot = &tab->slots[at];
		if (slot->place == 0 || (slot->hash == (uint32_t)hash &&
		    key_equal(&conn_at(tab, slot)->key, key)))
			return at;
	}
}

/* How much a connection is worth keeping: it may go on, or be late. */
static unsigned
worth_of(const struct conn *conn)
{
	return conn_is_half_open(conn) ? 0 : conn->is_closed ? 1 : 2;
}

static bool
is_worth_less(const struct conn *a, const struct conn *b)
{
	if (worth_of(a) != worth_of(b))
		return worth_of(a) < worth_of(b);
	return a->number < b->number;
}

/* Forget the least worthy of the older incarnations, if they are too many. */
static void
limit_older(struct conntab *tab, const struct key *key, uint64_t hash,
    uint64_t newest)
{
	uint64_t at = next_of_key(tab, key, hash, newest);
	uint64_t worst = at;
	unsigned count = 0;

	for (; tab->slots[at].place != 0;
	    at = next_of_key(tab, key, hash, at)) {
		if (is_worth_less(conn_at(tab, &tab->slots[at]),
		    conn_at(tab, &tab->slots[worst])))
			worst = at;
		count++;
	}
	if (count == CONNTAB_OLDER_MAX)
		empty_slot(tab, worst);
}

/* Each incarnation moves to the place of the next older one. */
static void
keep_older(struct conntab *tab, const struct key *key, struct slot older,
    uint64_t newest)
{
	const uint64_t hash = older.hash;
	uint64_t at;

	limit_older(tab, key, hash, newest);
	at = next_of_key(tab, key, hash, newest);
	while (tab->slots[at].place != 0) {
		const struct slot next = tab->slots[at];

		tab->slots[at] = older;
		older = next;
		at = next_of_key(tab, key, hash, at);
	}
	tab->slots[at] = older;
	tab->used++;
}

unsigned
conntab_older(struct conntab *tab, struct lookup *lookup,
    struct conn *ret_older[CONNTAB_OLDER_MAX])
{
	const uint64_t hash = hash_of(tab, lookup);
	uint64_t at = (uint64_t)(slot_of(tab, &lookup->key, hash) -
	    tab->slots);
	unsigned count = 0;

	while (tab->slots[at].place != 0 && count < CONNTAB_OLDER_MAX) {
		at = next_of_key(tab, &lookup->key, hash, at);
		if (tab->slots[at].place != 0)
			ret_older[count++] = conn_at(tab, &tab->slots[at]);
	}
	return count;
}

/* ---- adding and removing ---- */

/* Last in the list. */
static void
append(struct conntab *tab, struct conn *conn)
{
	if (tab->last != NULL)
		tab->last->next = conn;
	else
		tab->first = conn;
	if (tab->is_tracked && tab->last != NULL)
		tracked_of(conn)->before = tracked_of(tab->last);
	tab->last = conn;
}

static void
note_fresh(struct conntab *tab, struct conn *conn)
{
	conn->number += CONNTAB_LATER;
	if (tab->fresh == NULL)
		tab->fresh = conn;
}

/* A zeroed one, in a place that was never used or is free again. */
static struct conn *
take_conn(struct conntab *tab, uint32_t *ret_place)
{
	struct tracked *t = tab->removed;
	struct conn *conn;

	if (t != NULL) {
		tab->removed = t->before;
		*ret_place = t->place;
		*t = (struct tracked){ .place = *ret_place };
		return &t->conn;
	}
	if (tab->places == UINT32_MAX)
		return NULL;
	conn = pool_take(&tab->conns);
	if (conn == NULL)
		return NULL;
	*ret_place = ++tab->places;
	if (tab->is_tracked)
		tracked_of(conn)->place = *ret_place;
	return conn;
}

struct conn *
conntab_add(struct conntab *tab, struct lookup *lookup)
{
	const uint64_t hash = hash_of(tab, lookup);
	struct slot *slot, before;
	struct conn *conn;
	uint32_t place;

	/*
	 * Seven eighths full at most, or probing gets long: eight slots are
	 * on a line, and most keys are found without.
	 */
	if (tab->used + 1 > (tab->mask + 1) / 8 * 7 && grow(tab) != 0)
		return NULL;
	conn = take_conn(tab, &place);
	if (conn == NULL)
		return NULL;
	conn->key = lookup->key;
	conn->number = ++tab->count;
	append(tab, conn);
	if (tab->is_numbered_later)
		note_fresh(tab, conn);

	slot = slot_of(tab, &lookup->key, hash);
	before = *slot;
	*slot = (struct slot){ .hash = (uint32_t)hash, .place = place };
	if (before.place == 0) {
		tab->used++;
	} else {
		conn->has_older = true;
		keep_older(tab, &lookup->key, before,
		    (uint64_t)(slot - tab->slots));
	}
	*recent_of(tab, lookup) = conn;
	return conn;
}

bool
conntab_prepare(struct conntab *tab)
{
	return pool_prepare(&tab->conns);
}

uint64_t
conntab_hash(const struct conntab *tab, const struct key *key)
{
	return key_hash(key, &tab->secret);
}

void
conntab_unlink(struct conntab *tab, const struct conn *conn)
{
	struct lookup lookup = { .key = conn->key };
	struct conn **recent;
	uint64_t at;

	lookup_begin(&lookup);
	recent = recent_of(tab, &lookup);
	if (*recent == conn)
		*recent = NULL;
	at = (uint64_t)(slot_of(tab, &conn->key, hash_of(tab, &lookup)) -
	    tab->slots);
	while (tab->slots[at].place != 0 &&
	    conn_at(tab, &tab->slots[at]) != conn)
		at = next_of_key(tab, &conn->key, lookup.hash, at);
	/* Or the key does not lead to it any more. */
	if (tab->slots[at].place != 0)
		empty_slot(tab, at);
}

void
conntab_remove(struct conntab *tab, struct conn *conn)
{
	struct tracked *before = tracked_of(conn)->before;

	conntab_unlink(tab, conn);
	if (tab->fresh == conn)
		tab->fresh = conn->next;
	if (before != NULL)
		before->conn.next = conn->next;
	else
		tab->first = conn->next;
	if (conn->next != NULL)
		tracked_of(conn->next)->before = before;
	else
		tab->last = before != NULL ? &before->conn : NULL;
	tracked_of(conn)->before = tab->removed;
	tab->removed = tracked_of(conn);
}

/* ---- several tables ---- */

/* The table whose next connection came first; or NULL: none has any left. */
static struct conn **
earliest(struct conn *next[], unsigned count)
{
	struct conn **best = NULL;

	for (unsigned i = 0; i < count; i++)
		if (next[i] != NULL && (best == NULL ||
		    next[i]->first_frame < (*best)->first_frame))
			best = &next[i];
	return best;
}

struct conn *
conntab_unite(struct conntab *const tabs[], unsigned count)
{
	struct conn *next[KEY_BUCKETS], *first = NULL;
	struct conn **link = &first, **best;
	uint64_t number = 0;

	for (unsigned i = 0; i < count; i++)
		next[i] = tabs[i]->first;
	while ((best = earliest(next, count)) != NULL) {
		struct conn *conn = *best;

		conn_fetch_links_ahead(conn);
		*best = conn->next;
		if (!tabs[0]->is_tracked)
			conn->number = ++number;
		*link = conn;
		link = &conn->next;
	}
	*link = NULL;
	return first;
}

/* Connections may be gone, so follow the links that no other table changes. */
static void
separate_tracked(struct conntab *tab)
{
	struct conn *next = NULL;

	for (struct tracked *t = tab->last == NULL ? NULL :
	    tracked_of(tab->last); t != NULL; t = t->before) {
		t->conn.next = next;
		next = &t->conn;
	}
}

/* Nothing was removed: the order of the pool is that of the list. */
static void
separate_untracked(struct conntab *tab)
{
	struct conn **link = &tab->first;

	for (uint32_t place = 0; place < tab->places; place++) {
		struct conn *conn = pool_at(&tab->conns, place);

		conn->number = place + 1;
		*link = conn;
		link = &conn->next;
	}
	*link = NULL;
}

void
conntab_separate(struct conntab *tab)
{
	if (tab->is_tracked)
		separate_tracked(tab);
	else
		separate_untracked(tab);
}

void
conntab_number_later(struct conntab *tab)
{
	tab->is_numbered_later = true;
}

void
conntab_number_early(struct conn *conn, uint64_t *last)
{
	if (conn->number > CONNTAB_LATER)
		conn->number = ++*last;
}

void
conntab_number(struct conntab *const tabs[], unsigned count, uint64_t *last)
{
	struct conn *next[KEY_BUCKETS], **best;

	for (unsigned i = 0; i < count; i++) {
		next[i] = tabs[i]->fresh;
		tabs[i]->fresh = NULL;
	}
	while ((best = earliest(next, count)) != NULL) {
		conntab_number_early(*best, last);
		*best = (*best)->next;
	}
}

struct conn *
conntab_first(const struct conntab *tab)
{
	return tab->first;
}

uint64_t
conntab_count(const struct conntab *tab)
{
	return tab->count;
}
