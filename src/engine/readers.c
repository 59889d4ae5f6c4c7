/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "engine/readers.h"

#include <pthread.h>
#include <stdatomic.h>

#include "base/err.h"
#include "base/pool.h"
#include "base/spread.h"
#include "base/worker.h"
#include "diagnosis/related.h"
#include "engine/batch.h"
#include "engine/internal.h"
#include "engine/ring.h"
#include "engine/team.h"
#include "flow/duplicates.h"

/*
 * Frames of one socket that were read and not processed, at most: at two million
 * a second those of 8 ms, for which the kernel may keep frames of another socket
 * in a block that is not full.  A power of two, as the sizes of queues are.
 */
#define FRAMES_MAX	((uint32_t)16384)
/* Queues of a thread for others share as much, but each has so much room. */
#define BETWEEN_LEAST	((uint32_t)512)
/* Frames that one thread reads in a round: their segments stay in its cache. */
#define GATHER_MOST	2048U
/* Rounds without progress before frames are processed out of order. */
#define STALLS_MOST	256

enum task {
	TASK_GATHER,
	TASK_SETTLE
};

/* A frame that was read. */
struct noted {
	int64_t time_ns;
	uint64_t number;	/* once it is ordered */
	uint32_t wire_len;
	enum verdict verdict;
};

/* One thread, with its socket and its engine. */
struct member {
	_Alignas(LINE_BYTES) struct readers *readers;
	unsigned index;
	struct worker *thread;	/* NULL: the caller's thread works for it */
	struct tcpstates *engine;
	enum task task;

	/* Written by the gathering thread. */
	struct noted *noted;	/* a ring: of frames from settled to read */
	uint64_t read;		/* frames */
	int64_t reached_ns;	/* frames up to this time were read */
	/* `frame` of the segments is their place among those read. */
	struct ring to[KEY_BUCKETS];
	uint64_t handed;	/* segments for other engines */

	/* Written by the ordering thread. */
	uint64_t ordered;	/* frames that have a number */
	uint64_t settled;	/* frames whose segments were processed */
};

struct readers {
	struct tcpstates *whole;	/* has the totals */
	struct tcpstates_reader reader;
	struct team team;
	uint64_t conns;		/* numbered */
	unsigned stalls;	/* rounds */
	bool has_settled;	/* frames, since the last gathering */
	bool is_ending;
	struct tcpstates_sharing sharing;
	pthread_mutex_t reporting;
	struct member member[KEY_BUCKETS];
};

/* ---- gather ---- */

unsigned
tcpstates_room(const struct tcpstates *ts, unsigned worker)
{
	const struct readers *readers = ts->readers;
	const struct member *member = &readers->member[worker];
	uint64_t room = FRAMES_MAX - (member->read - member->settled);

	for (unsigned i = 0; i < readers->team.count; i++) {
		const struct ring *queue = &member->to[i];

		if (queue->size - queue->count < room)
			room = queue->size - queue->count;
	}
	return room < GATHER_MOST ? (unsigned)room : GATHER_MOST;
}

static uint32_t
spread_address(const uint8_t *address, uint8_t ip_version)
{
	uint32_t sum = load_be32(address);

	for (unsigned i = 4; ip_version == 6 && i < 16; i += 4)
		sum = spread_word(sum, load_be32(address + i));
	return sum;
}

/* The engine that has the connections of two endpoints. */
static unsigned
owner_of(const struct readers *readers, const struct segment *ends)
{
	const uint32_t src = spread_end(spread_address(ends->src,
	    ends->ip_version), ends->src_port);
	const uint32_t dst = spread_end(spread_address(ends->dst,
	    ends->ip_version), ends->dst_port);

	return spread_finish(src + dst) % readers->team.count;
}

/* The segment at the end of the thread's own queue has an owner. */
static void
pass_on(struct member *member, unsigned owner)
{
	struct ring *own = &member->to[member->index];
	struct ring *queue = &member->to[owner];

	if (UNLIKELY(queue != own)) {
		*ring_end(queue) = *ring_end(own);
		member->handed++;
	}
	queue->count++;
}

void
tcpstates_read(struct tcpstates *ts, unsigned worker,
    const struct frame *frame)
{
	struct readers *readers = ts->readers;
	struct member *member = &readers->member[worker];
	struct ring *own = &member->to[worker];
	struct noted *noted = &member->noted[member->read & (FRAMES_MAX - 1)];
	struct frame placed = *frame;
	const struct segment *ends;
	struct segment scratch;

	placed.number = member->read++;
	*noted = (struct noted){
		.time_ns = frame->time_ns,
		.wire_len = frame->wire_len,
	};
	ends = engine_decode(member->engine, &placed, ring_end(own),
	    &noted->verdict, &scratch);
	if (ends != NULL)
		pass_on(member, owner_of(readers, ends));
}

/* ---- settle ---- */

static uint64_t
place_of(const struct queued_segment *queued)
{
	return queued->is_quoted ? queued->error.frame : queued->seg.frame;
}

/* The number of the first segment of a queue, or UINT64_MAX. */
static uint64_t
number_of_first(const struct member *from, const struct ring *queue)
{
	uint64_t place;

	if (queue->count == 0)
		return UINT64_MAX;
	place = place_of(ring_first(queue));
	return place < from->ordered ?
	    from->noted[place & (FRAMES_MAX - 1)].number : UINT64_MAX;
}

static void
process_first(struct member *member, struct ring *queue, uint64_t number)
{
	struct queued_segment *next = batch_next(member->engine);

	*next = *ring_first(queue);
	ring_pop(queue);
	if (next->is_quoted)
		next->error.frame = number;
	else
		next->seg.frame = number;
	/* Lack of memory is noted in the engine, until the next flush. */
	(void)batch_enqueue(member->engine);
}

/* Process the segments of one engine, from all queues in order of number. */
static void
settle(struct member *member)
{
	struct readers *readers = member->readers;
	const unsigned count = readers->team.count;
	uint64_t number[KEY_BUCKETS] = { UINT64_MAX };
	unsigned best;

	for (unsigned i = 0; i < count; i++)
		number[i] = number_of_first(&readers->member[i],
		    &readers->member[i].to[member->index]);
	for (;;) {
		struct ring *queue;

		best = 0;
		for (unsigned i = 1; i < count; i++)
			if (number[i] < number[best])
				best = i;
		if (number[best] == UINT64_MAX)
			break;
		queue = &readers->member[best].to[member->index];
		process_first(member, queue, number[best]);
		number[best] = number_of_first(&readers->member[best], queue);
	}
	if (batch_flush(member->engine, &member->engine->totals) != 0)
		atomic_store(&member->engine->counts.is_out_of_memory, true);
}

/* ---- the threads ---- */

static void
do_task(struct member *member)
{
	const struct tcpstates_reader *reader = &member->readers->reader;

	if (member->task == TASK_GATHER)
		member->reached_ns = reader->read(reader->arg, member->index);
	else
		settle(member);
}

static void
work(void *arg, unsigned load UNUSED)
{
	do_task(arg);
}

/* All threads take a step, and this one the steps of those without a thread. */
static void
all_do(struct readers *readers, enum task task)
{
	for (unsigned i = 0; i < readers->team.count; i++) {
		struct member *member = &readers->member[i];

		member->task = task;
		if (member->thread == NULL)
			continue;
		(void)worker_next(member->thread);
		worker_give(member->thread);
	}
	for (unsigned i = 0; i < readers->team.count; i++)
		if (readers->member[i].thread == NULL)
			do_task(&readers->member[i]);
	for (unsigned i = 0; i < readers->team.count; i++)
		if (readers->member[i].thread != NULL)
			worker_drain(readers->member[i].thread);
}

/* ---- beginning and end ---- */

/* Each engine has its part of the limits; none becomes no limit. */
static uint64_t
part_of(uint64_t limit, unsigned count)
{
	return limit / count + (limit % count != 0);
}

static struct tcpstates_options
options_of_part(const struct tcpstates_options *options, unsigned count)
{
	struct tcpstates_options part = *options;

	part.limits.max_conns = part_of(options->limits.max_conns, count);
	part.limits.max_ended = part_of(options->limits.max_ended, count);
	part.limits.max_pending = part_of(options->limits.max_pending, count);
	return part;
}

/* The evidence from other connections is of those of all engines. */
static void
lend_related(struct tcpstates *engine, struct tcpstates *whole)
{
	related_free(engine->related);
	engine->related = whole->related;
}

static bool
init_rings(struct member *member, unsigned count)
{
	uint32_t between = FRAMES_MAX;

	while (between > BETWEEN_LEAST && between > FRAMES_MAX / count)
		between /= 2;
	for (unsigned i = 0; i < count; i++)
		if (!ring_init(&member->to[i], i == member->index ?
		    FRAMES_MAX : between))
			return false;
	return true;
}

static bool
start_member(struct readers *readers, unsigned index, unsigned count)
{
	struct member *member = &readers->member[index];
	const struct tcpstates_options options = options_of_part(
	    &readers->whole->options, count);

	*member = (struct member){ .readers = readers, .index = index };
	member->engine = engine_new_part(&options);
	readers->team.engine[index] = member->engine;
	readers->team.count = index + 1;
	if (member->engine == NULL)
		return false;
	lend_related(member->engine, readers->whole);
	member->engine->member_of = readers;
	member->engine->dupes = duplicates_new();
	member->noted = mem_zalloc(FRAMES_MAX * sizeof(*member->noted));
	if (member->engine->dupes == NULL || member->noted == NULL ||
	    !init_rings(member, count))
		return false;
	if (member->engine->expiry.is_on)
		conntab_number_later(member->engine->conns);
	return true;
}

/* The caller's thread is the first one. */
static void
start_threads(struct readers *readers)
{
	for (unsigned i = 1; i < readers->team.count; i++)
		readers->member[i].thread = worker_start(1, work,
		    &readers->member[i]);
}

bool
tcpstates_is_shareable(const struct tcpstates *ts)
{
	return ts->is_batched && ts->options.shard.count <= 1 &&
	    ts->events.segment == NULL && ts->events.processed == NULL &&
	    ts->events.transition == NULL && ts->events.icmp_error == NULL &&
	    ts->events.booked == NULL;
}

bool
tcpstates_share(struct tcpstates *ts, unsigned workers,
    const struct tcpstates_reader *reader)
{
	struct readers *readers = mem_zalloc_lines(sizeof(*readers));

	if (readers == NULL)
		return false;
	if (pthread_mutex_init(&readers->reporting, NULL) != 0) {
		mem_free(readers);
		return false;
	}
	readers->whole = ts;
	readers->reader = *reader;
	for (unsigned i = 0; i < workers; i++)
		if (!start_member(readers, i, workers)) {
			readers_free(readers);
			return false;
		}
	start_threads(readers);
	ts->readers = readers;
	ts->team = &readers->team;
	return true;
}

void
readers_leave(struct readers *readers)
{
	for (unsigned i = 0; i < readers->team.count; i++) {
		worker_stop(readers->member[i].thread);
		readers->member[i].thread = NULL;
	}
}

static void
free_member(struct member *member)
{
	if (member->engine != NULL) {
		duplicates_free(member->engine->dupes);
		member->engine->related = NULL;
	}
	engine_free_part(member->engine);
	mem_free(member->noted);
	for (unsigned i = 0; i < KEY_BUCKETS; i++)
		mem_free(member->to[i].memory);
}

void
readers_free(struct readers *readers)
{
	if (readers == NULL)
		return;
	readers_leave(readers);
	team_separate(&readers->team);
	for (unsigned i = 0; i < readers->team.count; i++)
		free_member(&readers->member[i]);
	pthread_mutex_destroy(&readers->reporting);
	mem_free(readers);
}

/* ---- rounds ---- */

static bool
has_pending(const struct readers *readers)
{
	for (unsigned i = 0; i < readers->team.count; i++)
		if (readers->member[i].read != readers->member[i].ordered)
			return true;
	return false;
}

uint64_t
tcpstates_gather(struct tcpstates *ts)
{
	struct readers *readers = ts->readers;
	uint64_t count = 0;

	for (unsigned i = 0; i < readers->team.count; i++)
		count -= readers->member[i].read;
	all_do(readers, TASK_GATHER);
	for (unsigned i = 0; i < readers->team.count; i++)
		count += readers->member[i].read;
	readers->stalls = count > 0 || readers->has_settled ||
	    !has_pending(readers) ? 0 : readers->stalls + 1;
	readers->has_settled = false;
	return count;
}

void
tcpstates_end_reading(struct tcpstates *ts)
{
	ts->readers->is_ending = true;
}

bool
tcpstates_has_pending(const struct tcpstates *ts)
{
	return has_pending(ts->readers);
}

static struct noted *
next_noted(const struct member *member)
{
	return &member->noted[member->ordered & (FRAMES_MAX - 1)];
}

/* The socket whose next frame is the earliest; or NULL. */
static struct member *
earliest(struct readers *readers)
{
	struct member *best = NULL;

	for (unsigned i = 0; i < readers->team.count; i++) {
		struct member *member = &readers->member[i];

		if (member->ordered != member->read && (best == NULL ||
		    next_noted(member)->time_ns <
		    next_noted(best)->time_ns))
			best = member;
	}
	return best;
}

/* All frames up to this time were read. */
static int64_t
reached(const struct readers *readers)
{
	int64_t least = INT64_MAX;

	if (readers->is_ending || readers->stalls > STALLS_MOST)
		return least;
	for (unsigned i = 0; i < readers->team.count; i++)
		if (readers->member[i].reached_ns < least)
			least = readers->member[i].reached_ns;
	return least;
}

bool
tcpstates_next(const struct tcpstates *ts, int64_t *ret_ns)
{
	const struct readers *readers = ts->readers;
	const int64_t until_ns = reached(readers);
	bool is_found = false;

	for (unsigned i = 0; i < readers->team.count; i++) {
		const struct member *member = &readers->member[i];

		if (member->ordered == member->read ||
		    next_noted(member)->time_ns > until_ns ||
		    (is_found && next_noted(member)->time_ns >= *ret_ns))
			continue;
		*ret_ns = next_noted(member)->time_ns;
		is_found = true;
	}
	return is_found;
}

/* The next frame of all. */
static void
order_one(struct readers *readers, struct member *member)
{
	struct tcpstates_totals *totals = &readers->whole->totals;
	struct noted *noted = next_noted(member);
	const struct frame frame = {
		.time_ns = noted->time_ns,
		.wire_len = noted->wire_len,
	};

	engine_count_frame(readers->whole, &frame);
	if (noted->verdict != VERDICT_SEGMENT)
		totals->verdicts[noted->verdict]++;
	noted->number = totals->frames;
	member->ordered++;
}

static uint64_t
order(struct readers *readers, int64_t before_ns, int64_t *ret_last_ns)
{
	const int64_t until_ns = reached(readers);
	struct member *member;
	uint64_t count = 0;

	while ((member = earliest(readers)) != NULL) {
		const int64_t ns = next_noted(member)->time_ns;

		if (ns > until_ns || ns >= before_ns)
			break;
		order_one(readers, member);
		*ret_last_ns = ns;
		count++;
	}
	if (readers->stalls > STALLS_MOST)
		readers->sharing.unordered += count;
	return count;
}

int
readers_flush(struct readers *readers)
{
	int err = 0;

	team_move_totals(&readers->team, &readers->whole->totals);
	for (unsigned i = 0; i < readers->team.count; i++)
		if (atomic_exchange(
		    &readers->team.engine[i]->counts.is_out_of_memory, false))
			err = -ERR_NOMEM;
	return err;
}

uint64_t
tcpstates_settle(struct tcpstates *ts, int64_t before_ns, int64_t *ret_last_ns)
{
	struct readers *readers = ts->readers;
	const uint64_t count = order(readers, before_ns, ret_last_ns);

	if (count == 0)
		return 0;
	readers->has_settled = true;
	team_separate(&readers->team);
	all_do(readers, TASK_SETTLE);
	team_number(&readers->team, &readers->conns);
	for (unsigned i = 0; i < readers->team.count; i++)
		readers->member[i].settled = readers->member[i].ordered;
	return count;
}

struct tcpstates_sharing
tcpstates_sharing(const struct tcpstates *ts)
{
	const struct readers *readers = ts->readers;
	struct tcpstates_sharing sharing = { 0, 0 };

	if (readers == NULL)
		return sharing;
	sharing = readers->sharing;
	for (unsigned i = 0; i < readers->team.count; i++)
		sharing.handed += readers->member[i].handed;
	return sharing;
}

/* ---- reports ---- */

void
readers_enter(struct readers *readers, struct conn *conn)
{
	pthread_mutex_lock(&readers->reporting);
	conntab_number_early(conn, &readers->conns);
}

void
readers_exit(struct readers *readers)
{
	pthread_mutex_unlock(&readers->reporting);
}
