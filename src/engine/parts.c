/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "engine/parts.h"

#include "base/err.h"
#include "base/pool.h"
#include "engine/batch.h"
#include "engine/internal.h"
#include "flow/key.h"

struct parts {
	unsigned count;
	bool is_united;		/* the lists are merged */
	struct conn *first;	/* of the merged list */
	struct tcpstates *part[KEY_BUCKETS];
};

struct parts *
parts_start(const struct tcpstates_options *options, unsigned count)
{
	struct parts *parts = mem_zalloc(sizeof(*parts));

	if (parts == NULL)
		return NULL;
	for (; parts->count < count && parts->count < KEY_BUCKETS;
	    parts->count++) {
		struct tcpstates *part = engine_new_part(options);

		if (part == NULL || !batch_start_worker(part)) {
			tcpstates_free(part);
			parts_free(parts);
			return NULL;
		}
		parts->part[parts->count] = part;
	}
	return parts;
}

void
parts_leave(struct parts *parts)
{
	for (unsigned i = 0; i < parts->count; i++)
		tcpstates_leave(parts->part[i]);
}

/* Give each part its own list back: segments can be tracked again. */
static void
separate(struct parts *parts)
{
	for (unsigned i = 0; parts->is_united && i < parts->count; i++)
		conntab_separate(parts->part[i]->conns);
	parts->is_united = false;
}

void
parts_free(struct parts *parts)
{
	if (parts == NULL)
		return;
	separate(parts);
	for (unsigned i = 0; i < parts->count; i++)
		tcpstates_free(parts->part[i]);
	mem_free(parts);
}

static struct tcpstates *
part_of(const struct parts *parts, const struct lookup *lookup)
{
	return parts->part[key_bucket(lookup->fingerprint) * parts->count /
	    KEY_BUCKETS];
}

bool
parts_pass_on(struct parts *parts, struct batch *batch)
{
	bool has_memory = true;

	separate(parts);
	for (unsigned i = 0; i < batch->count; i++) {
		const struct queued_segment *queued = &batch->queue[i];
		struct tcpstates *part = part_of(parts, &queued->lookup);

		*batch_next(part) = *queued;
		if (++part->batch->count == BATCH_MAX)
			batch_give(part);
	}
	batch->count = 0;
	for (unsigned i = 0; i < parts->count; i++)
		has_memory &= !atomic_load(
		    &parts->part[i]->counts.is_out_of_memory);
	return has_memory;
}

int
parts_flush(struct parts *parts, struct tcpstates_totals *totals)
{
	int err = 0;

	for (unsigned i = 0; i < parts->count; i++)
		if (parts->part[i]->batch->count > 0)
			batch_give(parts->part[i]);
	for (unsigned i = 0; i < parts->count; i++)
		if (batch_drain(parts->part[i], totals) != 0)
			err = -ERR_NOMEM;
	return err;
}

void
parts_unite(struct parts *parts)
{
	struct conntab *tabs[KEY_BUCKETS];

	if (parts->is_united)
		return;
	for (unsigned i = 0; i < parts->count; i++)
		tabs[i] = parts->part[i]->conns;
	parts->first = conntab_unite(tabs, parts->count);
	parts->is_united = true;
}

struct conn *
parts_first(const struct parts *parts)
{
	return parts->first;
}

struct track_findings
parts_findings(struct parts *parts)
{
	struct track_findings sum = { .forgotten = 0 };

	separate(parts);
	for (unsigned i = 0; i < parts->count; i++) {
		const struct tcpstates *part = parts->part[i];
		const struct track_findings found = tracker_findings(
		    &part->tracker, conntab_first(part->conns));

		sum.forgotten += found.forgotten;
		sum.merged += found.merged;
		sum.unquantified += found.unquantified;
	}
	return sum;
}

uint64_t
parts_cut(const struct parts *parts)
{
	uint64_t cut = 0;

	for (unsigned i = 0; i < parts->count; i++)
		cut += parts->part[i]->tracker.cut;
	return cut;
}
