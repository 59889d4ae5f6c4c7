/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "flow/conntab.h"

#include "base/pool.h"
#include "flow/queues.h"

#define FIRST_SLOTS	1024	/* of a new table; a power of two */

struct slot {
	uint64_t hash;		/* of the key; 0 marks an empty slot */
	struct conn *conn;
};

struct conntab {
	struct slot *slots;
	uint64_t mask;		/* slots - 1 */
	uint64_t used;		/* slots in use: different keys */
	struct conn *first;
	struct conn *last;
	uint64_t count;		/* connections, removed ones too */
	/*
	 * Segments come in runs: the last connection found answers the next
	 * look-up without hashing more often than not.
	 */
	struct conn *recent;
	struct siphash_key secret;
	struct pool conns;
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
	if (tab->slots == NULL) {
		mem_free(tab);
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
	mem_free(tab->slots);
	mem_free(tab);
}

/* The slot of a key: where it is, or the empty one where it belongs. */
static struct slot *
slot_of(const struct conntab *tab, const struct key *key, uint64_t hash)
{
	uint64_t at = hash & tab->mask;

	for (;;) {
		struct slot *slot = &tab->slots[at];

		if (slot->hash == 0 || (slot->hash == hash &&
		    key_equal(&slot->conn->key, key)))
			return slot;
		at = (at + 1) & tab->mask;
	}
}

static int
grow(struct conntab *tab)
{
	const uint64_t old_slots = tab->mask + 1;
	struct slot *old = tab->slots;
	struct slot *slots = mem_zalloc(2 * old_slots * sizeof(*slots));

	if (slots == NULL)
		return -1;
	tab->slots = slots;
	tab->mask = 2 * old_slots - 1;
	for (uint64_t i = 0; i < old_slots; i++) {
		uint64_t at = old[i].hash & tab->mask;

		if (old[i].hash == 0)
			continue;
		while (slots[at].hash != 0)
			at = (at + 1) & tab->mask;
		slots[at] = old[i];
	}
	mem_free(old);
	return 0;
}

struct conn *
conntab_find(struct conntab *tab, const struct key *key)
{
	struct conn *conn = tab->recent;

	if (conn != NULL && key_equal(&conn->key, key))
		return conn;
	conn = slot_of(tab, key, key_hash(key, &tab->secret))->conn;
	if (conn != NULL)
		tab->recent = conn;
	return conn;
}

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

struct conn *
conntab_add(struct conntab *tab, const struct key *key)
{
	const uint64_t hash = key_hash(key, &tab->secret);
	struct slot *slot;
	struct conn *conn;

	/* Three quarters full at most, or probing gets long. */
	if (tab->used + 1 > (tab->mask + 1) / 4 * 3 && grow(tab) != 0)
		return NULL;
	conn = pool_take(&tab->conns);
	if (conn == NULL)
		return NULL;
	conn->key = *key;
	conn->number = ++tab->count;
	append(tab, conn);

	slot = slot_of(tab, key, hash);
	if (slot->hash == 0)
		tab->used++;
	slot->hash = hash;
	slot->conn = conn;
	tab->recent = conn;
	return conn;
}

uint64_t
conntab_hash(const struct conntab *tab, const struct key *key)
{
	return key_hash(key, &tab->secret);
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

	for (uint64_t at = (hole + 1) & mask; tab->slots[at].hash != 0;
	    at = (at + 1) & mask) {
		const uint64_t place = tab->slots[at].hash & mask;

		if (((at - place) & mask) < ((at - hole) & mask))
			continue;
		tab->slots[hole] = tab->slots[at];
		hole = at;
	}
	tab->slots[hole] = (struct slot){ .hash = 0 };
	tab->used--;
}

void
conntab_unlink(struct conntab *tab, const struct conn *conn)
{
	struct slot *slot = slot_of(tab, &conn->key,
	    key_hash(&conn->key, &tab->secret));

	if (tab->recent == conn)
		tab->recent = NULL;
	/* Or it leads to a newer connection, or nowhere already. */
	if (slot->conn == conn)
		empty_slot(tab, (uint64_t)(slot - tab->slots));
}

void
conntab_remove(struct conntab *tab, struct conn *conn)
{
	struct tracked *before = tracked_of(conn)->before;

	conntab_unlink(tab, conn);
	if (before != NULL)
		before->conn.next = conn->next;
	else
		tab->first = conn->next;
	if (conn->next != NULL)
		tracked_of(conn->next)->before = before;
	else
		tab->last = before != NULL ? &before->conn : NULL;
	pool_give(&tab->conns, conn);
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
