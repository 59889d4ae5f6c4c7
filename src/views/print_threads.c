/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Chunks of connections are assigned to the caller and to the worker thread in
 * turn.  The caller prints its chunks directly to the output, because
 * everything before them is already there.  The worker prints each chunk into
 * a buffer of its slot, which the caller appends to the output after everything
 * before the chunk.
 *
 *	output		caller 0, worker 0, caller 1, worker 1, caller 2, ...
 *	worker		prints worker 0, worker 1, worker 2, ...
 *	caller		appends worker 0, assigns slot 4, prints caller 1,
 *			appends worker 1, assigns slot 5, prints caller 2, ...
 *
 * Connections that are added one by one all go to the worker, because the
 * caller has other work.
 */
#include "config.h"

#include "views/print_threads.h"

#include <errno.h>
#include <stdbool.h>

#include "base/outbuf.h"
#include "base/pool.h"
#include "base/worker.h"
#include "diagnosis/diagnosis.h"
#include "flow/conn.h"
#include "records/select_walk.h"
#include "tcp/pack.h"

#define SLOTS		4	/* chunks that the worker may have at a time */
#define CHUNK_MAX	256	/* connections of a chunk */
#define SIZE_STEP	8
/* The text of a chunk of the worker nearly always fits a buffer and a cache. */
#define CHUNK_BYTES	(OUTBUF_SIZE / 4 * 3)

/*
 * Prefetch distances, in connections: the record, its analysis; then what that
 * leads to.
 */
#define AHEAD_FAR	6
#define AHEAD_NEAR	3

struct chunk {
	const struct conn *conns[CHUNK_MAX];
	size_t first;		/* with print_number(), in place of those */
	unsigned count;
};

/* What is still to be assigned. */
struct supply {
	struct select_walk *walk;	/* NULL: numbers */
	size_t next;
	size_t end;
};

struct slot {
	struct chunk own;	/* printed by the caller */
	struct chunk given;	/* printed by the worker */
	struct outbuf *out;	/* text of the worker... */
	char *more;		/* ... and earlier text that did not fit */
	size_t more_len;
	/* Of connections that were added: a part of `given`. */
	const struct conn *added[CHUNK_MAX];
	struct conn copies[CHUNK_MAX];
};

struct printers {
	struct worker *worker;
	const struct printers_job *job;
	unsigned added;		/* connections, and not yet in the output */
	bool is_filling;	/* the next slot of the worker has some */
	struct slot slots[SLOTS];
};

/* ---- a chunk ---- */

static void
chunk_assign_conns(struct chunk *chunk, struct select_walk *walk,
    unsigned count)
{
	const struct conn *conn;

	chunk->count = 0;
	while (chunk->count < count &&
	    (conn = select_walk_next(walk)) != NULL)
		chunk->conns[chunk->count++] = conn;
}

static void
chunk_assign(struct chunk *chunk, struct supply *supply, unsigned count)
{
	if (supply->walk != NULL) {
		chunk_assign_conns(chunk, supply->walk, count);
		return;
	}
	chunk->first = supply->next;
	chunk->count = count < supply->end - supply->next ? count :
	    (unsigned)(supply->end - supply->next);
	supply->next += chunk->count;
}

static ALWAYS_INLINE void
fetch_waits(const struct conn *conn)
{
	PREFETCH(pack_followed_address(conn,
	    offsetof(struct diagnosis, waits)));
	PREFETCH(pack_followed_address(conn,
	    offsetof(struct diagnosis, turns)));
}

static ALWAYS_INLINE void
prefetch_ahead(const struct chunk *chunk, unsigned at)
{
	if (at + AHEAD_FAR < chunk->count)
		conn_fetch(chunk->conns[at + AHEAD_FAR]);
	if (at + AHEAD_NEAR < chunk->count)
		pack_fetch(chunk->conns[at + AHEAD_NEAR]);
	if (at + 1 < chunk->count)
		fetch_waits(chunk->conns[at + 1]);
}

static void
chunk_print_numbers(const struct chunk *chunk, struct outbuf *out,
    const struct printers_job *job)
{
	for (unsigned i = 0; i < chunk->count; i++)
		job->print_number(job->arg, out, chunk->first + i);
}

static void
chunk_print(const struct chunk *chunk, struct outbuf *out,
    const struct printers_job *job)
{
	if (job->print_number != NULL) {
		chunk_print_numbers(chunk, out, job);
		return;
	}
	for (unsigned i = 0; i < AHEAD_FAR && i < chunk->count; i++)
		conn_fetch(chunk->conns[i]);
	for (unsigned i = 0; i < AHEAD_NEAR && i < chunk->count; i++)
		pack_fetch(chunk->conns[i]);
	for (unsigned i = 0; i < chunk->count; i++) {
		prefetch_ahead(chunk, i);
		job->print(job->arg, out, chunk->conns[i]);
	}
}

static unsigned
chunk_size(const struct printers_job *job)
{
	const size_t size = CHUNK_BYTES / job->usual_len;

	return size < CHUNK_MAX ? (unsigned)size + 1 : CHUNK_MAX;
}

/* ---- the worker ---- */

/* The sink of a full buffer: keep its text. */
static int
slot_keep(void *arg, const char *bytes, size_t len)
{
	struct slot *slot = arg;
	char *more = mem_realloc(slot->more, slot->more_len + len);

	if (more == NULL)
		return ENOMEM;
	put_mem(more + slot->more_len, bytes, len);
	slot->more = more;
	slot->more_len += len;
	return 0;
}

static void
print_slot(void *arg, unsigned load)
{
	struct printers *printers = arg;
	struct slot *slot = &printers->slots[load];

	chunk_print(&slot->given, slot->out, printers->job);
}

static void
slot_forget(struct slot *slot)
{
	mem_free(slot->more);
	slot->more = NULL;
	slot->more_len = 0;
}

static void
printers_free(struct printers *printers)
{
	for (unsigned i = 0; i < SLOTS; i++)
		outbuf_free(printers->slots[i].out);
	mem_free(printers);
}

struct printers *
printers_start(void)
{
	struct printers *printers = mem_zalloc(sizeof(*printers));
	bool has_buffers = printers != NULL;

	for (unsigned i = 0; has_buffers && i < SLOTS; i++) {
		struct slot *slot = &printers->slots[i];

		slot->out = outbuf_new(slot_keep, slot);
		has_buffers = slot->out != NULL;
	}
	if (has_buffers)
		printers->worker = worker_start(SLOTS, print_slot, printers);
	if (printers != NULL && printers->worker == NULL) {
		printers_free(printers);
		return NULL;
	}
	return printers;
}

void
printers_stop(struct printers *printers)
{
	if (printers == NULL)
		return;
	worker_stop(printers->worker);
	printers_free(printers);
}

/* ---- both threads ---- */

/* Append the text of the worker; if the worker had no memory, print. */
static void
slot_append(struct slot *slot, struct outbuf *out,
    const struct printers_job *job)
{
	if (outbuf_error(slot->out) == 0) {
		if (slot->more_len > 0)
			outbuf_mem(out, slot->more, slot->more_len);
		outbuf_join(out, slot->out);
	} else {
		outbuf_clear(slot->out);
		chunk_print(&slot->given, out, job);
	}
	slot_forget(slot);
}

/*
 * The caller also writes the output, so its chunks adapt: as large as possible
 * without keeping the worker idle.  Blocking on the worker costs a wake-up:
 * chunks grow faster than they shrink.
 */
static unsigned
adapt_own_size(const struct printers *printers, unsigned size)
{
	if (worker_is_ready(printers->worker))
		return size > 0 ? size - 1 : 0;
	return size + SIZE_STEP < CHUNK_MAX ? size + SIZE_STEP : CHUNK_MAX;
}

static void
print_own(struct chunk *own, struct outbuf *out,
    const struct printers_job *job)
{
	chunk_print(own, out, job);
	own->count = 0;
}

/* Everything is printed after as many empty chunks as there are slots. */
static void
print_with_two(struct printers *printers, struct outbuf *out,
    struct supply *supply)
{
	const struct printers_job *job = printers->job;
	const unsigned given_size = chunk_size(job);
	unsigned own_size = given_size;
	unsigned empty = 0;

	while (empty < SLOTS) {
		const unsigned at = worker_next(printers->worker);
		struct slot *slot = &printers->slots[at];

		slot_append(slot, out, job);
		chunk_assign(&slot->own, supply, own_size);
		chunk_assign(&slot->given, supply, given_size);
		empty = slot->given.count > 0 ? 0 : empty + 1;
		worker_give(printers->worker);
		print_own(&printers->slots[(at + 1) % SLOTS].own, out, job);
		own_size = adapt_own_size(printers, own_size);
	}
	worker_drain(printers->worker);
}

static void
print_with_one(struct outbuf *out, struct supply *supply,
    const struct printers_job *job)
{
	struct chunk chunk;

	do {
		chunk_assign(&chunk, supply, CHUNK_MAX);
		chunk_print(&chunk, out, job);
	} while (chunk.count > 0);
}

static void
print_supply(struct printers *printers, struct outbuf *out,
    struct supply *supply, const struct printers_job *job)
{
	if (printers == NULL) {
		print_with_one(out, supply, job);
		return;
	}
	printers->job = job;
	print_with_two(printers, out, supply);
}

void
printers_print(struct printers *printers, struct outbuf *out,
    struct select_walk *walk, const struct printers_job *job)
{
	struct supply supply = { .walk = walk };

	print_supply(printers, out, &supply, job);
}

void
printers_print_numbers(struct printers *printers, struct outbuf *out,
    size_t first, size_t end, const struct printers_job *job)
{
	struct supply supply = { .next = first, .end = end };

	print_supply(printers, out, &supply, job);
}

/* ---- one by one ---- */

/* The slot that is being filled. Its text of the last time comes first. */
static struct slot *
slot_to_fill(struct printers *printers, struct outbuf *out)
{
	struct slot *slot = &printers->slots[worker_next(printers->worker)];

	if (printers->is_filling)
		return slot;
	slot_append(slot, out, printers->job);
	printers->added -= slot->given.count;
	slot->given.count = 0;
	printers->is_filling = true;
	return slot;
}

void
printers_add(struct printers *printers, struct outbuf *out,
    const struct conn *conn, const struct printers_job *job)
{
	struct slot *slot;
	unsigned at;

	if (printers == NULL) {
		job->print(job->arg, out, conn);
		return;
	}
	if (printers->added == 0)
		printers->job = job;	/* the worker is idle */
	slot = slot_to_fill(printers, out);
	at = slot->given.count++;
	slot->added[at] = conn;
	slot->copies[at] = *conn;
	slot->given.conns[at] = &slot->copies[at];
	printers->added++;
	if (slot->given.count < chunk_size(job))
		return;
	printers->is_filling = false;
	worker_give(printers->worker);
}

bool
printers_have(const struct printers *printers, const struct conn *conn)
{
	if (printers == NULL || printers->added == 0)
		return false;
	for (unsigned i = 0; i < SLOTS; i++) {
		const struct slot *slot = &printers->slots[i];

		for (unsigned j = 0; j < slot->given.count; j++)
			if (slot->added[j] == conn)
				return true;
	}
	return false;
}

/* The slot being filled is the newest, and the slot after it is the oldest. */
void
printers_settle(struct printers *printers, struct outbuf *out)
{
	struct slot *slot;
	unsigned next;

	if (printers == NULL || printers->added == 0)
		return;
	worker_drain(printers->worker);
	next = worker_next(printers->worker);
	for (unsigned i = 0; i < SLOTS; i++) {
		slot = &printers->slots[(next + i) % SLOTS];
		if (i == 0 && printers->is_filling)
			continue;
		slot_append(slot, out, printers->job);
		slot->given.count = 0;
	}
	slot = &printers->slots[next];
	chunk_print(&slot->given, out, printers->job);
	slot->given.count = 0;
	printers->is_filling = false;
	printers->added = 0;
}
