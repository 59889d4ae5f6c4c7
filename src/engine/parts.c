/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "engine/parts.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>

#include "base/err.h"
#include "base/pool.h"
#include "base/worker.h"
#include "engine/batch.h"
#include "engine/internal.h"
#include "engine/team.h"
#include "flow/key.h"

/*
 * The ring of a part is large enough that a parcel has left the first thread's
 * cache before the part reads it: cache-to-cache transfers are slow.
 */
#define PARCELS		16
#define PARCEL_BYTES	((size_t)64 * 1024)

/* A frame in a parcel; its bytes follow. */
struct dealt {
	int64_t time_ns;
	uint64_t number;
	uint32_t wire_len;
	uint32_t interface;
	uint32_t captured_len;	/* bytes that follow */
	uint16_t linktype;
	bool is_shared;		/* all parts have the frame */
};

static_assert(sizeof(struct dealt) == 32, "a large head per frame");

/* Bytes in a parcel. */
static size_t
dealt_size(uint32_t len)
{
	const size_t unit = _Alignof(struct dealt);

	return sizeof(struct dealt) + (len + unit - 1) / unit * unit;
}

struct parcel {
	size_t used;		/* bytes */
	_Alignas(struct dealt) uint8_t bytes[PARCEL_BYTES];
};

struct part {
	struct tcpstates *engine;
	struct decoder *shared;	/* of frames that all parts have */
	struct share share;
	struct worker *worker;
	struct parcel *parcels;
	struct parcel *parcel;	/* being filled */
};

struct parts {
	unsigned count;
	bool no_peek;		/* all frames take the long way: for tests */
	struct team team;	/* the engines of the parts */
	struct share share;	/* its count alone */
	struct part part[KEY_BUCKETS];
};

/* ---- the threads ---- */

static void
take_dealt(struct part *part, const struct dealt *dealt)
{
	const struct frame frame = {
		.time_ns = dealt->time_ns,
		.number = dealt->number,
		.bytes = (const uint8_t *)(dealt + 1),
		.captured_len = dealt->captured_len,
		.linktype = (enum linktype)dealt->linktype,
		.interface = dealt->interface,
		.wire_len = dealt->wire_len,
	};

	/* Lack of memory is noted in the engine, until the next flush. */
	if (UNLIKELY(dealt->is_shared))
		(void)engine_take_shared(part->engine, part->shared,
		    &part->share, &frame);
	else
		(void)engine_take(part->engine, &frame);
}

/* A load is one parcel. */
static void
work(void *arg, unsigned load)
{
	struct part *part = arg;
	struct parcel *parcel = &part->parcels[load];

	for (size_t at = 0; at < parcel->used;) {
		const struct dealt *dealt = (void *)&parcel->bytes[at];

		at += dealt_size(dealt->captured_len);
		take_dealt(part, dealt);
	}
}

/* ---- beginning and end ---- */

static bool
start_part(struct part *part, const struct tcpstates_options *options,
    struct duplicates *dupes)
{
	part->engine = engine_new_part(options);
	part->shared = engine_new_decoder(options);
	part->parcels = mem_zalloc_lines(PARCELS * sizeof(*part->parcels));
	if (part->engine == NULL || part->shared == NULL ||
	    part->parcels == NULL)
		return false;
	part->engine->dupes = dupes;
	part->worker = worker_start(PARCELS, work, part);
	if (part->worker == NULL)
		return false;
	part->parcel = &part->parcels[worker_next(part->worker)];
	return true;
}

struct parts *
parts_start(const struct tcpstates_options *options, struct duplicates *dupes,
    unsigned count)
{
	struct parts *parts = mem_zalloc_lines(sizeof(*parts));

	if (parts == NULL)
		return NULL;
	parts->count = count < KEY_BUCKETS ? count : KEY_BUCKETS;
	parts->share.count = parts->count;
	parts->no_peek = options->no_fastpath;
	for (unsigned i = 0; i < parts->count; i++) {
		parts->part[i].share = (struct share){ i, parts->count };
		if (!start_part(&parts->part[i], options, dupes)) {
			parts_free(parts);
			return NULL;
		}
		parts->team.engine[i] = parts->part[i].engine;
	}
	parts->team.count = parts->count;
	parts->team.shared = parts->part[0].shared;
	return parts;
}

void
parts_leave(struct parts *parts)
{
	for (unsigned i = 0; i < parts->count; i++) {
		worker_stop(parts->part[i].worker);
		parts->part[i].worker = NULL;
	}
}

void
parts_free(struct parts *parts)
{
	if (parts == NULL)
		return;
	parts_leave(parts);
	team_separate(&parts->team);
	for (unsigned i = 0; i < parts->count; i++) {
		engine_free_part(parts->part[i].engine);
		decoder_free(parts->part[i].shared);
		mem_free(parts->part[i].parcels);
	}
	mem_free(parts);
}

/* ---- frames ---- */

static void
give(struct part *part)
{
	struct conntab *conns = part->engine->conns;

	worker_give(part->worker);
	/* While the ring is full, pre-fault pages for the thread. */
	while (!worker_is_ready(part->worker) && conntab_prepare(conns))
		continue;
	part->parcel = &part->parcels[worker_next(part->worker)];
	part->parcel->used = 0;
}

/* Put `len` bytes of a frame into the parcel, and give it once it is full. */
static int
put(struct part *part, const struct frame *frame, uint32_t len,
    bool is_shared)
{
	const size_t size = dealt_size(len);
	struct dealt *dealt;

	if (UNLIKELY(size > PARCEL_BYTES - part->parcel->used))
		give(part);
	dealt = (void *)&part->parcel->bytes[part->parcel->used];
	*dealt = (struct dealt){
		.time_ns = frame->time_ns,
		.number = frame->number,
		/* Recorded as shorter than what was captured: not than `len`. */
		.wire_len = frame->wire_len < frame->captured_len ?
		    frame->captured_len : frame->wire_len,
		.interface = frame->interface,
		.captured_len = len,
		.linktype = (uint16_t)frame->linktype,
		.is_shared = is_shared,
	};
	memcpy(dealt + 1, frame->bytes, len);
	part->parcel->used += size;
	return UNLIKELY(atomic_load_explicit(
	    &part->engine->counts.is_out_of_memory, memory_order_relaxed)) ?
	    -ERR_NOMEM : 0;
}

/* Block until all that was passed on is decoded. */
static void
drain(struct parts *parts)
{
	for (unsigned i = 0; i < parts->count; i++)
		if (parts->part[i].parcel->used > 0)
			give(&parts->part[i]);
	for (unsigned i = 0; i < parts->count; i++)
		worker_drain(parts->part[i].worker);
}

/* A frame that fits no parcel: this thread does the work of all. */
static NOINLINE int
take_large(struct parts *parts, const struct frame *frame)
{
	int err = 0;

	drain(parts);
	for (unsigned i = 0; i < parts->count; i++) {
		struct part *part = &parts->part[i];

		if (engine_take_shared(part->engine, part->shared,
		    &part->share, frame) != 0)
			err = -ERR_NOMEM;
	}
	return err;
}

static NOINLINE int
deal_to_all(struct parts *parts, const struct frame *frame)
{
	int err = 0;

	if (frame->captured_len > PARCEL_BYTES - sizeof(struct dealt))
		return take_large(parts, frame);
	for (unsigned i = 0; i < parts->count; i++)
		if (put(&parts->part[i], frame, frame->captured_len,
		    true) != 0)
			err = -ERR_NOMEM;
	return err;
}

int
parts_deal(struct parts *parts, const struct frame *frame)
{
	struct frame_ends ends;
	uint32_t len;

	if (UNLIKELY(parts->team.is_united))
		team_separate(&parts->team);
	len = parts->no_peek ? 0 : frame_peek(frame, &ends);
	if (UNLIKELY(len == 0))
		return deal_to_all(parts, frame);
	return put(&parts->part[share_owner(&parts->share,
	    key_fingerprint_of(&ends))], frame, len, false);
}

/* The verdicts of the threads that decode. */
static void
add_verdicts(struct tcpstates_totals *totals, struct tcpstates_totals *part)
{
	for (unsigned i = 0; i < VERDICT_COUNT; i++) {
		totals->verdicts[i] += part->verdicts[i];
		part->verdicts[i] = 0;
	}
}

int
parts_flush(struct parts *parts, struct tcpstates_totals *totals)
{
	int err = 0;

	drain(parts);
	for (unsigned i = 0; i < parts->count; i++) {
		struct tcpstates *engine = parts->part[i].engine;

		if (batch_flush(engine, totals) != 0)
			err = -ERR_NOMEM;
		add_verdicts(totals, &engine->totals);
	}
	return err;
}

struct team *
parts_team(struct parts *parts)
{
	return &parts->team;
}
