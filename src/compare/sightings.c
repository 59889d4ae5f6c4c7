/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "compare/sightings.h"

#include "base/compiler.h"
#include "compare/residue.h"
#include "decode/segment.h"
#include "flow/conn.h"

static void
fill_transmission(struct transmission *t, const struct segment *seg,
    unsigned side, uint32_t judged)
{
	*t = (struct transmission){
	    .ns = seg->time_ns,
	    .frame = seg->frame,
	    .start = seg->seq,
	    .len = segment_len(seg),
	    .ack = seg->ack,
	    .tsval = seg->opt.tsval,
	    .judged = judged,
	    .side = side,
	    .window = seg->window,
	    .ip_id = seg->ip_id,
	    .options = transmission_options(seg),
	    .mss = seg->opt.mss,
	    .flags = seg->flags,
	    .ttl = seg->ttl,
	    .dscp = seg->dscp,
	    .wscale = seg->opt.wscale,
	    .ecn = seg->ecn & 3U,
	};
	t->has_residue = residue_of(seg, &t->residue);
}

bool
sightings_add(struct sightings *batch, const struct conn *conn,
    const struct segment *seg, unsigned side, uint32_t judged)
{
	PREFETCH(&conn->number);
	fill_transmission(&batch->items[batch->count], seg, side, judged);
	batch->conns[batch->count++] = conn;
	return batch->count == SIGHTINGS_MAX;
}

unsigned
sightings_flush(struct sightings *batch)
{
	const unsigned count = batch->count;

	for (unsigned i = 0; i < count; i++) {
		const uint64_t number = batch->conns[i]->number;

		batch->items[i].conn = number <= TRANSMISSION_CONN_MAX ?
		    (uint32_t)number : 0;
	}
	batch->count = 0;
	return count;
}
