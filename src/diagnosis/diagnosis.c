/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "diagnosis/diagnosis.h"

#include <assert.h>

#include "decode/segment.h"
#include "diagnosis/ack_ring.h"
#include "diagnosis/long_waits.h"
#include "diagnosis/ledger.h"
#include "flow/conn.h"
#include "tcp/analysis.h"

static_assert(sizeof(struct diagnosis) <= FOLLOWED_BYTES,
    "a diagnosis is larger than the manual says");

/* Connections of one segment are many: their packs are to stay small. */
static void
note_handshake_frame(const struct followed *f)
{
	if (f->seg->frame != f->conn->first_frame)
		f->an->notes.handshake_frame = f->seg->frame;
}

/* A segment of the handshake: how long it has taken, and to repeat what. */
static void
note_handshake(const struct followed *f)
{
	const struct conn *conn = f->conn;
	struct follow_notes *notes = &f->an->notes;
	const int64_t since = conn->last_ns - conn->first_ns;
	const bool is_syn = segment_has(f->seg, TCP_SYN);

	if (!is_syn && !conn->handshake_done &&
	    !segment_has(f->seg, TCP_RST))
		return;
	if (is_syn && conn->lifecycle[f->side].syn_count > 1) {
		notes->retry_ns += since - notes->handshake_ns;
		if (conn->lifecycle[!f->side].syn_count == 0)
			notes->is_unanswered = true;
	}
	notes->handshake_ns = since;
	note_handshake_frame(f);
	notes->is_shaken = !is_syn;
}

/* No timer that repeats a SYN-ACK is shorter. */
#define SYNACK_TIMER_NS	(180 * NS_PER_MS)

/*
 * A SYN-ACK although the ACK of an earlier one has passed; one that comes soon
 * after that answers another SYN.
 */
static bool
is_late_synack(const struct followed *f)
{
	return segment_has(f->seg, TCP_SYN) && segment_has(f->seg, TCP_ACK) &&
	    f->an->notes.is_shaken && f->conn->last_ns - f->an->synack_ns >=
	    SYNACK_TIMER_NS &&
	    f->conn->lifecycle[f->side].syn_count > 1;
}

/*
 * On a path whose round trip is longer than the timer of the SYN, the first
 * SYN-ACK answers the first SYN, and the second SYN-ACK the second.
 */
static void
note_late_synack(const struct followed *f)
{
	const struct lifecycle *lifecycle = f->conn->lifecycle;
	struct follow_notes *notes = &f->an->notes;
	const int64_t since = f->conn->last_ns - f->conn->first_ns;

	if (lifecycle[f->side].syn_count > lifecycle[!f->side].syn_count)
		notes->late_synacks++;
	else
		notes->has_second_synack = true;
	note_handshake_frame(f);
	if (notes->diagnosis != NULL)
		return;		/* the ledger books it */
	notes->retry_ns += since - notes->handshake_ns;
	notes->handshake_ns = since;
}

#define IGNORED_MAX	15

/*
 * The first data of the originator, until the responder sends anything after
 * the handshake: a host whose queue is full ignores the data like the ACK.
 */
static void
note_ignored(const struct followed *f)
{
	struct follow_notes *notes = &f->an->notes;

	if (!notes->is_shaken || segment_has(f->seg, TCP_SYN))
		return;
	if (f->side != f->conn->orig)
		notes->is_heard = true;
	else if (followed_is(f, JUDGED_RETRANSMISSION) &&
	    f->seg->payload_len > 0 && notes->ignored < IGNORED_MAX) {
		notes->ignored++;
		note_handshake_frame(f);
	}
}

/* An RST with the endpoint's address, whether it is acceptable or not. */
static void
note_reset(const struct followed *f)
{
	struct follow_notes *notes = &f->an->notes;

	if (notes->reset_ttl[f->side] == 0)
		notes->reset_ttl[f->side] = f->seg->ttl;
	if (notes->diagnosis != NULL)
		long_waits_first(&notes->diagnosis->waits,
		    sight_of(SIGHT_RESET, f->side),
		    notes->diagnosis->cut_frame, f->seg->frame);
}

/*
 * Data behind the RST, with the number that the RST has: it was not its own.
 * (One before the handshake refused an earlier SYN.)
 */
static void
note_outlived(const struct followed *f)
{
	struct follow_notes *notes = &f->an->notes;

	if (notes->reset_ttl[f->side] != 0 &&
	    notes->close_ns - f->conn->first_ns >= notes->handshake_ns &&
	    f->seg->payload_len > 0 &&
	    f->has_offset && f->end > f->expected &&
	    !segment_has(f->seg, TCP_RST))
		notes->outlived = (notes->outlived | 1U << f->side) & 3;
}

/* What is kept of every connection: of segments that the fast path declines. */
static void
take_notes(const struct followed *f)
{
	const struct segment *seg = f->seg;
	struct follow_notes *notes = &f->an->notes;

	if (is_late_synack(f))
		note_late_synack(f);
	else if (!notes->is_shaken && !f->conn->is_midstream)
		note_handshake(f);
	if (segment_has(seg, TCP_FIN | TCP_RST) && !notes->has_close) {
		notes->has_close = true;
		notes->close_ns = f->conn->last_ns;
	}
	if (segment_has(seg, TCP_RST))
		note_reset(f);
}

static NOINLINE struct diagnosis *
begin(struct diagnoser *diagnoser, const struct followed *f)
{
	struct diagnosis *d = pool_take(&diagnoser->follower.states);

	if (d == NULL)
		return NULL;
	f->an->notes.diagnosis = d;
	ledger_begin(d, f);
	return d;
}

/* False: the segment is not acceptable. */
static bool
take_notes_of(const struct followed *f)
{
	const struct follow_notes *notes = &f->an->notes;

	if (UNLIKELY(followed_is(f, JUDGED_UNACCEPTABLE))) {
		if (segment_has(f->seg, TCP_RST))
			note_reset(f);
		return false;
	}
	if (notes->has_close)
		note_outlived(f);
	if (UNLIKELY(!notes->is_heard))
		note_ignored(f);
	if (!notes->is_shaken ||
	    segment_has(f->seg, TCP_SYN | TCP_FIN | TCP_RST))
		take_notes(f);
	return true;
}

/* Nothing is to be noted: the handshake is over, and no close has begun. */
static inline bool
is_usual(const struct followed *f)
{
	const struct follow_notes *notes = &f->an->notes;

	return notes->is_shaken && notes->is_heard && !notes->has_close &&
	    !segment_has(f->seg, TCP_SYN | TCP_FIN | TCP_RST) &&
	    !followed_is(f, JUDGED_UNACCEPTABLE);
}

static void
book_segment(struct diagnoser *diagnoser, const struct followed *f)
{
	struct diagnosis *d = f->an->notes.diagnosis;

	if (!is_usual(f) && !take_notes_of(f)) {
		if (d != NULL)
			ledger_barren(d, f);
		return;
	}
	if (d == NULL) {
		if (f->seg->payload_len == 0 || !f->has_offset)
			return;
		d = begin(diagnoser, f);
		if (d == NULL)
			return;
	}
	ledger_segment(diagnoser, d, f);
}

/*
 * Without memory a ledger adds up, but no longer says what it should.  Nothing
 * is allocated before data flows.
 */
static void
diagnose_segment(struct follower *follower, const struct followed *f)
{
	struct diagnoser *diagnoser = (struct diagnoser *)follower;
	uint64_t failures;

	if (f->an->notes.diagnosis == NULL && f->seg->payload_len == 0) {
		(void)take_notes_of(f);
		return;
	}
	failures = mem_failures();
	book_segment(diagnoser, f);
	if (UNLIKELY(mem_failures() != failures))
		diagnoser->is_out_of_memory = true;
}

static void
diagnose_settle(struct follower *follower, const struct conn *conn)
{
	struct diagnoser *diagnoser = (struct diagnoser *)follower;
	struct diagnosis *d = conn->analysis->notes.diagnosis;

	for (unsigned side = 0; d != NULL && side < 2; side++) {
		struct sender *sender = d->marks[side].sender;

		marks_forget_acks(&d->marks[side], &diagnoser->rings);
		if (sender == NULL || sender->passes == NULL)
			continue;
		sender->policer = diagnosis_policer(conn, side);
		mem_free(sender->passes);
		sender->passes = NULL;
	}
}

static void
diagnose_end(struct follower *follower, struct analysis *an)
{
	struct diagnoser *diagnoser = (struct diagnoser *)follower;
	struct diagnosis *d = an->notes.diagnosis;

	if (d == NULL)
		return;
	account_fini(&d->account);
	marks_fini(&d->marks[0], &diagnoser->rings);
	marks_fini(&d->marks[1], &diagnoser->rings);
	turns_free(&diagnoser->turns, d->turns);
	mem_free(d->waits);
}

void
diagnoser_init(struct diagnoser *diagnoser)
{
	*diagnoser = (struct diagnoser){
	    .follower = {
		.segment = diagnose_segment,
		.settle = diagnose_settle,
		.end = diagnose_end,
	    },
	};
	pool_init(&diagnoser->follower.states, FOLLOWED_BYTES);
	ack_ring_pool_init(&diagnoser->rings);
	pool_init(&diagnoser->turns, sizeof(struct turns));
}

void
diagnoser_fini(struct diagnoser *diagnoser)
{
	pool_fini(&diagnoser->follower.states);
	pool_fini(&diagnoser->rings);
	pool_fini(&diagnoser->turns);
}

#define MSS_LEAST	536
#define MSS_MOST	8960
#define MSS_USUAL	1448

/* The size of full segments: not that of superframes, nor of small writes. */
static uint32_t
segment_size(const struct conn *conn, unsigned side)
{
	const uint32_t largest = conn->analysis->track[side].max_payload;

	return largest < MSS_LEAST || largest > MSS_MOST ? MSS_USUAL : largest;
}

struct policer
diagnosis_policer(const struct conn *conn, unsigned side)
{
	const struct diagnosis *d = diagnosis_of(conn);
	const struct sender *sender = d != NULL ? d->marks[side].sender : NULL;

	if (sender == NULL)
		return (struct policer){ .rate = 0 };
	if (sender->passes == NULL)
		return sender->policer;
	return policer_find(sender->passes, segment_size(conn, side),
	    diagnosis_delay(d, conn, 0) + diagnosis_delay(d, conn, 1));
}

uint32_t
diagnosis_repeats(const struct conn *conn)
{
	const uint32_t orig = conn->lifecycle[conn->orig].syn_count;
	const uint32_t resp = conn->lifecycle[!conn->orig].syn_count;
	uint32_t count = conn->analysis->notes.ignored;

	if (orig > 1)
		count += orig - 1;
	return resp > 1 ? count + resp - 1 : count;
}

int64_t
diagnosis_data_rtt(const struct conn *conn)
{
	const struct endpoint_track *track = conn->analysis->track;

	return !track[0].has_min_rtt || !track[1].has_min_rtt ? -1 :
	    track[0].rtt_min + track[1].rtt_min;
}

bool
diagnosis_is_timer_early(const struct conn *conn, int64_t retry_ns)
{
	const uint32_t orig = conn->lifecycle[conn->orig].syn_count;
	const uint32_t resp = conn->lifecycle[!conn->orig].syn_count;
	const uint32_t repeats = diagnosis_repeats(conn);

	return resp >= orig && repeats > 0 && retry_ns > 0 &&
	    diagnosis_data_rtt(conn) >= retry_ns / repeats;
}

bool
diagnosis_has_late_synack(const struct conn *conn, int64_t retry_ns)
{
	const struct follow_notes *notes = &conn->analysis->notes;

	return (notes->late_synacks > 0 || (notes->has_second_synack &&
	    diagnosis_data_rtt(conn) >= 0)) &&
	    !diagnosis_is_timer_early(conn, retry_ns);
}

const struct diagnosis *
diagnosis_of(const struct conn *conn)
{
	return conn->analysis != NULL && conn->analysis->is_followed ?
	    conn->analysis->notes.diagnosis : NULL;
}
