/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "compare/survey.h"

#include <string.h>

#include "base/err.h"
#include "base/pool.h"
#include "decode/frame.h"
#include "decode/segment.h"
#include "flow/conn.h"

static bool
grow_handshakes(struct survey *survey, size_t number)
{
	size_t room = survey->handshake_room;
	struct handshake *grown;

	if (number < room)
		return true;
	room = number < 512 ? 1024 : number * 2;
	grown = mem_realloc(survey->handshakes, room * sizeof(*grown));
	if (grown == NULL) {
		survey->is_out_of_memory = true;
		return false;
	}
	memset(grown + survey->handshake_room, 0,
	    (room - survey->handshake_room) * sizeof(*grown));
	survey->handshakes = grown;
	survey->handshake_room = room;
	return true;
}

/* Handshakes that are fetched before they begin. */
#define HANDSHAKES_AHEAD	4

/* Repeated ones were delayed by more than the path: the first counts. */
static void
note_handshake(struct survey *survey, const struct conn *conn,
    const struct segment *seg)
{
	const unsigned at = segment_has(seg, TCP_ACK) ? HANDSHAKE_SYNACK :
	    HANDSHAKE_SYN;
	struct handshake *h;

	if (conn->number > UINT32_MAX ||
	    !grow_handshakes(survey, (size_t)conn->number))
		return;
	h = &survey->handshakes[conn->number];
	/* The connections to come have the next numbers. */
	if (conn->number + HANDSHAKES_AHEAD < survey->handshake_room)
		PREFETCH(h + HANDSHAKES_AHEAD);
	h->latest[at] = (struct syn_view){ seg->opt.tsval, seg->ip_id,
	    seg->ttl };
	if (h->has[at])
		return;
	h->has[at] = true;
	h->ns[at] = seg->time_ns;
	h->syn[at] = h->latest[at];
	h->tsecr[at] = seg->opt.tsecr;
	h->wscale[at] = seg->opt.wscale;
	h->options[at] = transmission_options(seg);
}

/* The originator's second segment, as long as nothing was repeated. */
static void
note_ack(struct survey *survey, const struct conn *conn,
    const struct segment *seg)
{
	struct handshake *h;

	if (conn->number >= survey->handshake_room)
		return;
	h = &survey->handshakes[conn->number];
	if (!h->has[HANDSHAKE_SYNACK] || h->has[HANDSHAKE_ACK] ||
	    seg->ack != conn_resp(conn)->isn + 1)
		return;
	h->has[HANDSHAKE_ACK] = true;
	h->ns[HANDSHAKE_ACK] = seg->time_ns;
	h->tsecr[HANDSHAKE_ACK] = seg->opt.tsecr;
}

static void
spool_batch(struct survey *survey)
{
	const unsigned count = sightings_flush(&survey->batch);

	spool_add(&survey->spool, survey->batch.items, count);
}

static void
on_processed(void *arg, const struct conn *conn, const struct segment *seg,
    unsigned side, uint32_t judged)
{
	struct survey *survey = arg;
	uint64_t hash;

	if (seg->depth < DEPTH_FLAGS)
		return;
	if (spool_is_whole(&survey->spool) &&
	    sightings_add(&survey->batch, conn, seg, side, judged))
		spool_batch(survey);
	if (segment_has(seg, TCP_SYN))
		note_handshake(survey, conn, seg);
	else if (side == conn->orig && conn->endpoint[side].pkts == 2)
		note_ack(survey, conn, seg);
	hash = sketch_hash(seg);
	if (!sketch_wants(&survey->sketch, hash))
		return;
	sketch_add(&survey->sketch, &(struct sample){
	    .hash = hash,
	    .ns = seg->time_ns,
	    .conn = (uint32_t)conn->number,
	    .seq = seg->seq,
	    .ack = seg->ack,
	    .side = (uint8_t)side,
	    .has_ack = segment_has(seg, TCP_ACK),
	    .has_data = seg->payload_len > 0,
	    .ttl = seg->ttl,
	});
}

struct tcpstates_options
survey_engine(const struct survey_options *options)
{
	return (struct tcpstates_options){
		.hash_key = { options->hash_key[0], options->hash_key[1] },
		.vlan_key = options->vlan_key,
		.no_tunnels = options->no_tunnels,
		.decode_as = options->decode_as,
		.is_batched = true,
	};
}

int
survey_init(struct survey *survey, const struct survey_options *options)
{
	struct tcpstates_options engine = survey_engine(options);

	*survey = (struct survey){ .conn_count = 1 };
	engine.events.processed = on_processed;
	engine.events.arg = survey;
	spool_init(&survey->spool);
	survey->engine = tcpstates_new(&engine);
	if (survey->engine == NULL || sketch_init(&survey->sketch) != 0 ||
	    !grow_handshakes(survey, 0)) {
		survey_fini(survey);
		return -ERR_NOMEM;
	}
	return 0;
}

void
survey_fini(struct survey *survey)
{
	tcpstates_free(survey->engine);
	survey->engine = NULL;
	sketch_fini(&survey->sketch);
	spool_fini(&survey->spool);
	mem_free(survey->handshakes);
	survey->handshakes = NULL;
	mem_free(survey->conns);
	survey->conns = NULL;
}

void
survey_reduce(struct survey *survey)
{
	if (!spool_is_whole(&survey->spool)) {
		survey_fini(survey);
		return;
	}
	sketch_fini(&survey->sketch);
	mem_free(survey->handshakes);
	survey->handshakes = NULL;
}

bool
survey_frame(struct survey *survey, const struct frame *frame)
{
	struct frame room;

	return tcpstates_frame(survey->engine,
	    timeline_straighten(&survey->timeline, frame, &room)) == 0 &&
	    !survey->is_out_of_memory;
}

int
survey_finish(struct survey *survey)
{
	const struct tcpstates_totals *totals;

	tcpstates_finish(survey->engine);
	spool_batch(survey);
	spool_end(&survey->spool);
	totals = tcpstates_totals(survey->engine);
	survey->first_ns = totals->first_ns;
	survey->last_ns = totals->last_ns;
	sketch_finish(&survey->sketch);
	survey->conn_count = (size_t)totals->conns + 1;
	survey->conns = mem_zalloc(survey->conn_count *
	    sizeof(*survey->conns));
	if (survey->conns == NULL || survey->is_out_of_memory ||
	    !grow_handshakes(survey, survey->conn_count))
		return -ERR_NOMEM;
	for (const struct conn *conn = tcpstates_first(survey->engine);
	    conn != NULL; conn = conn->next)
		if (conn->number < survey->conn_count)
			survey->conns[conn->number] = conn;
	return 0;
}
