/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The connections are dealt out: a hand to the caller, a hand to the worker, in
 * turn.  What the caller prints goes to where it belongs at once, for all that
 * comes before it is there by then.  What the worker prints is kept in a buffer
 * of its own, and handed over once the caller has printed what comes before.
 *
 *	in order	own 0, given 0, own 1, given 1, own 2, ...
 *	the worker	given 0, given 1, given 2, ...
 *	the caller	hands given 0 over, deals round 4, prints own 1,
 *			hands given 1 over, deals round 5, prints own 2, ...
 */
#include "config.h"

#include "views/print_threads.h"

#include <errno.h>
#include <stdbool.h>

#include "base/outbuf.h"
#include "base/pool.h"
#include "base/worker.h"
#include "flow/conn.h"
#include "records/select.h"
#include "tcp/pack.h"

#define ROUNDS		4	/* under way */
#define HAND_MAX	256	/* connections dealt out at a time */
#define SIZE_STEP	8
/* What is printed of them fits a buffer nearly always, and a cache. */
#define HAND_OCTETS	(OUTBUF_SIZE / 4 * 3)

/* So many connections ahead one is fetched, and what hangs off it. */
#define AHEAD_FAR	6
#define AHEAD_NEAR	3

struct hand {
	const struct conn *conns[HAND_MAX];
	unsigned count;
};

struct round {
	struct hand own;	/* the caller's */
	struct hand given;	/* to the worker */
	struct outbuf *out;	/* what the worker prints... */
	char *more;		/* ... and what it printed before that */
	size_t more_len;
};

struct printers {
	struct worker *worker;
	const struct printers_job *job;
	struct round rounds[ROUNDS];
};

/* ---- a hand ---- */

static void
deal(struct hand *hand, struct select_walk *walk, unsigned count)
{
	const struct conn *conn;

	hand->count = 0;
	while (hand->count < count && (conn = select_next(walk)) != NULL)
		hand->conns[hand->count++] = conn;
}

static ALWAYS_INLINE void
fetch_ahead(const struct hand *hand, unsigned at)
{
	if (at + AHEAD_FAR < hand->count)
		conn_fetch(hand->conns[at + AHEAD_FAR]);
	if (at + AHEAD_NEAR < hand->count)
		pack_fetch(hand->conns[at + AHEAD_NEAR]);
}

static void
print(
    const struct hand *hand, struct outbuf *out, const struct printers_job *job)
{
	for (unsigned i = 0; i < AHEAD_FAR && i < hand->count; i++)
		conn_fetch(hand->conns[i]);
	for (unsigned i = 0; i < AHEAD_NEAR && i < hand->count; i++)
		pack_fetch(hand->conns[i]);
	for (unsigned i = 0; i < hand->count; i++) {
		fetch_ahead(hand, i);
		job->print(job->arg, out, hand->conns[i]);
	}
}

static unsigned
hand_size(const struct printers_job *job)
{
	const size_t size = HAND_OCTETS / job->usual_len;

	return size < HAND_MAX ? (unsigned)size + 1 : HAND_MAX;
}

/* ---- the worker ---- */

/* A full buffer: its sink. */
static int
keep(void *arg, const char *octets, size_t len)
{
	struct round *round = arg;
	char *more = mem_realloc(round->more, round->more_len + len);

	if (more == NULL)
		return ENOMEM;
	put_mem(more + round->more_len, octets, len);
	round->more = more;
	round->more_len += len;
	return 0;
}

static void
work(void *arg, unsigned load)
{
	struct printers *crew = arg;
	struct round *round = &crew->rounds[load];

	print(&round->given, round->out, crew->job);
}

static void
forget(struct round *round)
{
	mem_free(round->more);
	round->more = NULL;
	round->more_len = 0;
}

static void
free_crew(struct printers *crew)
{
	for (unsigned i = 0; i < ROUNDS; i++)
		outbuf_free(crew->rounds[i].out);
	mem_free(crew);
}

struct printers *
printers_start(void)
{
	struct printers *crew = mem_zalloc(sizeof(*crew));
	bool has_room = crew != NULL;

	for (unsigned i = 0; has_room && i < ROUNDS; i++) {
		crew->rounds[i].out = outbuf_new(keep, &crew->rounds[i]);
		has_room = crew->rounds[i].out != NULL;
	}
	if (has_room)
		crew->worker = worker_start(ROUNDS, work, crew);
	if (crew != NULL && crew->worker == NULL) {
		free_crew(crew);
		return NULL;
	}
	return crew;
}

void
printers_stop(struct printers *crew)
{
	if (crew == NULL)
		return;
	worker_stop(crew->worker);
	free_crew(crew);
}

/* ---- both ---- */

/* What the worker has printed; or if it had no memory, the same once more. */
static void
hand_over(
    struct round *round, struct outbuf *out, const struct printers_job *job)
{
	if (outbuf_error(round->out) == 0) {
		if (round->more_len > 0)
			outbuf_mem(out, round->more, round->more_len);
		outbuf_join(out, round->out);
	} else {
		outbuf_clear(round->out);
		print(&round->given, out, job);
	}
	forget(round);
}

/*
 * The caller has the output to write beside: its hands are as large as they can
 * be without letting the worker wait.  To wait for the worker, and be woken, is
 * dear: so they grow faster than they shrink.
 */
static unsigned
own_size(const struct printers *crew, unsigned size)
{
	if (worker_is_ready(crew->worker))
		return size > 0 ? size - 1 : 0;
	return size + SIZE_STEP < HAND_MAX ? size + SIZE_STEP : HAND_MAX;
}

static void
print_own(struct hand *own, struct outbuf *out, const struct printers_job *job)
{
	print(own, out, job);
	own->count = 0;
}

/* Until as many rounds were empty as are under way: then all is printed. */
static void
print_by_two(
    struct printers *crew, struct outbuf *out, struct select_walk *walk)
{
	const struct printers_job *job = crew->job;
	const unsigned most = hand_size(job);
	unsigned size = most;
	unsigned empty = 0;

	while (empty < ROUNDS) {
		const unsigned at = worker_next(crew->worker);
		struct round *round = &crew->rounds[at];

		hand_over(round, out, job);
		deal(&round->own, walk, size);
		deal(&round->given, walk, most);
		empty = round->given.count > 0 ? 0 : empty + 1;
		worker_give(crew->worker);
		print_own(&crew->rounds[(at + 1) % ROUNDS].own, out, job);
		size = own_size(crew, size);
	}
	worker_drain(crew->worker);
}

static void
print_by_one(struct outbuf *out, struct select_walk *walk,
    const struct printers_job *job)
{
	struct hand hand;

	do {
		deal(&hand, walk, HAND_MAX);
		print(&hand, out, job);
	} while (hand.count > 0);
}

void
printers_print(struct printers *crew, struct outbuf *out,
    struct select_walk *walk, const struct printers_job *job)
{
	if (crew == NULL) {
		print_by_one(out, walk, job);
		return;
	}
	crew->job = job;
	print_by_two(crew, out, walk);
}
