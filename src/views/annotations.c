/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "views/annotations.h"

#include <assert.h>

#include "base/compiler.h"
#include "base/seq.h"
#include "decode/segment.h"
#include "flow/conn.h"
#include "tcp/analysis.h"
#include "tcp/judgement.h"
#include "tcp/state.h"

/* A segment and its annotations so far. */
struct annotate_context {
	struct annotations *found;
	const struct conn *conn;
	const struct segment *seg;
	const struct judgement *judged;
};

static bool
was_judged(const struct annotate_context *about, enum judged what)
{
	return (about->judged->bits & UINT32_C(1) << what) != 0;
}

static struct annotation *
add(const struct annotate_context *about, enum annotation_kind kind,
    enum annotation_severity severity, enum judged judged)
{
	struct annotations *found = about->found;
	/* No segment has ANNOTATIONS_MAX; more would overwrite the last. */
	struct annotation *annotation = &found->annotation[
	    found->count < ANNOTATIONS_MAX ? found->count++ :
	    ANNOTATIONS_MAX - 1];

	annotation->kind = kind;
	annotation->severity = severity;
	annotation->judged = judged;
	return annotation;
}

/* ---- order of the bytes ---- */

/* The most specific name of a retransmission, as Wireshark ranks them. */
static enum judged
retransmission_name(const struct annotate_context *about)
{
	static const enum judged names[] = {
		JUDGED_SPURIOUS, JUDGED_FAST, JUDGED_TIMEOUT,
		JUDGED_TAIL_PROBE
	};

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (was_judged(about, names[i]))
			return names[i];
	return JUDGED_RETRANSMISSION;
}

static enum judged
loss_of(const struct annotate_context *about)
{
	static const enum judged losses[] = {
		JUDGED_LOSS_BEFORE, JUDGED_LOSS_BEHIND, JUDGED_REFUSED,
		JUDGED_UNANSWERED
	};

	for (size_t i = 0; i < ARRAY_LEN(losses); i++)
		if (was_judged(about, losses[i]))
			return losses[i];
	return JUDGED_COUNT;
}

static void
add_order(const struct annotate_context *about, enum annotation_kind kind,
    enum annotation_severity severity, enum judged name)
{
	const struct judgement *judged = about->judged;
	struct annotation *annotation = add(about, kind, severity, name);

	annotation->u.order.frame = judged->repeats_frame;
	annotation->u.order.since_ns = judged->repeats_ns;
	annotation->u.order.cause = judged->cause;
	annotation->u.order.evidence = judged->evidence;
	annotation->u.order.loss = loss_of(about);
	annotation->u.order.has_expected = judged->has_offset &&
	    judged->expected != judged->start;
	annotation->u.order.expected = judged->expected;
	annotation->u.order.missing = judged->start > judged->expected ?
	    (uint64_t)judged->start - (uint64_t)judged->expected : 0;
}

static void
find_order(const struct annotate_context *about)
{
	const struct judgement *judged = about->judged;

	if (was_judged(about, JUDGED_RETRANSMISSION))
		add_order(about, ANNOTATION_RETRANSMISSION,
		    ANNOTATION_TROUBLE, retransmission_name(about));
	else if (was_judged(about, JUDGED_OUT_OF_ORDER))
		add_order(about, ANNOTATION_ORDER, ANNOTATION_NOTE,
		    JUDGED_OUT_OF_ORDER);
	else if (was_judged(about, JUDGED_UNKNOWN_ORDER))
		add_order(about, ANNOTATION_ORDER, ANNOTATION_NOTE,
		    JUDGED_UNKNOWN_ORDER);
	else if (was_judged(about, JUDGED_LOST_SEGMENT))
		add_order(about, ANNOTATION_GAP, ANNOTATION_TROUBLE,
		    JUDGED_LOST_SEGMENT);
	else if ((about->seg->flags & TCP_SYN) == 0 && judged->has_offset &&
	    judged->expected != judged->start &&
	    !was_judged(about, JUDGED_UNACCEPTABLE))
		add_order(about, ANNOTATION_EXPECTED, ANNOTATION_NOTE,
		    JUDGED_COUNT);
}

/* ---- acceptance ---- */

/* The IP ID of a segment that its sender sent soon after the last one. */
#define IP_ID_AHEAD	1024

/*
 * A forged RST has seldom the TTL of the segments of its supposed sender, or
 * the IP ID that the sender would have used.
 */
static void
find_other_origin(const struct annotate_context *about)
{
	const struct judgement *judged = about->judged;
	const struct segment *seg = about->seg;
	const uint16_t ahead = (uint16_t)(seg->ip_id - judged->sender_ip_id);
	struct annotation *annotation;

	if (judged->sender_ttl == 0 || judged->sender_ttl == seg->ttl)
		return;
	annotation = add(about, ANNOTATION_OTHER_ORIGIN, ANNOTATION_TROUBLE,
	    JUDGED_COUNT);
	annotation->u.origin.ttl = seg->ttl;
	annotation->u.origin.sender_ttl = judged->sender_ttl;
	annotation->u.origin.ip_id = seg->ip_id;
	annotation->u.origin.sender_ip_id = ahead > IP_ID_AHEAD ?
	    judged->sender_ip_id : 0;
}

static void
find_acceptance(const struct annotate_context *about)
{
	if (was_judged(about, JUDGED_UNACCEPTABLE))
		add_order(about, ANNOTATION_UNACCEPTABLE, ANNOTATION_TROUBLE,
		    JUDGED_UNACCEPTABLE);
	find_other_origin(about);
}

/* ---- judgements ---- */

/* Names that need no explanation, the most important first. */
static const struct {
	enum judged judged;
	enum annotation_severity severity;
} names[] = {
	{ JUDGED_WINDOW_PROBE_ACK, ANNOTATION_TROUBLE },
	{ JUDGED_ZERO_WINDOW, ANNOTATION_TROUBLE },
	{ JUDGED_WINDOW_PROBE, ANNOTATION_NOTE },
	{ JUDGED_KEEP_ALIVE, ANNOTATION_NOTE },
	{ JUDGED_KEEP_ALIVE_ACK, ANNOTATION_NOTE },
	{ JUDGED_WINDOW_UPDATE, ANNOTATION_INFO },
	{ JUDGED_DUP_ACK, ANNOTATION_NOTE },
};

#define BIT(name)	(UINT32_C(1) << JUDGED_##name)

/* Judgements that find_order(), find_names() and others annotate. */
static const uint32_t annotated_elsewhere =
    BIT(RETRANSMISSION) | BIT(FAST) | BIT(TIMEOUT) | BIT(TAIL_PROBE) |
    BIT(SPURIOUS) | BIT(LOSS_BEFORE) | BIT(LOSS_BEHIND) |
    BIT(REFUSED) | BIT(UNANSWERED) |
    BIT(OUT_OF_ORDER) | BIT(UNKNOWN_ORDER) | BIT(LOST_SEGMENT) |
    BIT(WINDOW_PROBE_ACK) | BIT(ZERO_WINDOW) | BIT(WINDOW_PROBE) |
    BIT(KEEP_ALIVE) | BIT(KEEP_ALIVE_ACK) | BIT(WINDOW_UPDATE) |
    BIT(DUP_ACK) | BIT(WINDOW_FULL) | BIT(DSACK) | BIT(UNACCEPTABLE);

/* The answer to a zero-window probe says that the window is zero. */
static bool
needs_name(const struct annotate_context *about, enum judged name)
{
	if (name == JUDGED_ZERO_WINDOW &&
	    was_judged(about, JUDGED_WINDOW_PROBE_ACK))
		return false;
	return was_judged(about, name);
}

/*
 * A pure ACK below an earlier ACK was reordered in the network.  Wireshark has
 * no name for old ACKs.
 */
static bool
is_old_ack(const struct annotate_context *about)
{
	const struct judgement *judged = about->judged;
	const struct endpoint *peer = &about->conn->endpoint[!judged->side];

	return judged->has_ack && peer->has_base && peer->has_una &&
	    judged->ack < peer->una && segment_len(about->seg) == 0 &&
	    (about->seg->flags & TCP_RST) == 0;
}

static void
find_names(const struct annotate_context *about)
{
	const struct analysis *analysis = about->conn->analysis;
	bool has_name = false;

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		struct annotation *annotation;

		if (!needs_name(about, names[i].judged))
			continue;
		annotation = add(about, ANNOTATION_NAME, names[i].severity,
		    names[i].judged);
		annotation->u.run = names[i].judged == JUDGED_DUP_ACK &&
		    analysis != NULL ?
		    analysis->track[about->judged->side].dup_run : 0;
		has_name = true;
	}
	if (!has_name && is_old_ack(about))
		(void)add(about, ANNOTATION_OLD_ACK, ANNOTATION_INFO,
		    JUDGED_COUNT);
}

static void
find_other_judgements(const struct annotate_context *about)
{
	if (was_judged(about, JUDGED_WINDOW_FULL))
		add(about, ANNOTATION_WINDOW_FULL, ANNOTATION_NOTE,
		    JUDGED_WINDOW_FULL)->u.in_flight =
		    about->judged->in_flight;
	for (enum judged what = 0; what < JUDGED_COUNT; what++)
		if ((annotated_elsewhere >> what & 1) == 0 &&
		    was_judged(about, what))
			(void)add(about, ANNOTATION_JUDGED, ANNOTATION_NOTE,
			    what);
}

/* ---- SACK ---- */

/* A SACK block of the segment, in relative sequence numbers of the peer. */
static struct annotation_range
sack_block_at(const struct annotate_context *about, unsigned at)
{
	const struct endpoint *peer =
	    &about->conn->endpoint[!about->judged->side];
	const int64_t near = about->judged->has_ack ? about->judged->ack :
	    peer->una;
	const struct tcp_options *opt = &about->seg->opt;

	return (struct annotation_range){
		.left = seq_offset(opt->sack[at].left, peer->isn, near),
		.right = seq_offset(opt->sack[at].right, peer->isn, near),
	};
}

/* The lowest block that ends above `above`; false if there is none. */
static bool
next_block(const struct annotation *sack, int64_t above,
    struct annotation_range *ret_block)
{
	bool is_found = false;

	for (unsigned i = 0; i < sack->u.sack.count; i++) {
		const struct annotation_range *block = &sack->u.sack.block[i];

		if (block->right <= above ||
		    (is_found && block->left >= ret_block->left))
			continue;
		*ret_block = *block;
		is_found = true;
	}
	return is_found;
}

/* The gaps between the ACK and the highest block. */
static void
find_gaps(struct annotation *sack, int64_t ack)
{
	struct annotation_range block = { 0 };
	int64_t above = ack;

	while (sack->u.sack.gaps < ANNOTATION_RANGES &&
	    next_block(sack, above, &block)) {
		if (block.left > above)
			sack->u.sack.gap[sack->u.sack.gaps++] =
			    (struct annotation_range){ above, block.left };
		above = block.right;
	}
}

static_assert(ANNOTATION_RANGES >= SACK_BLOCKS_MAX, "all blocks fit");

static void
add_blocks(const struct annotate_context *about, enum annotation_kind kind,
    enum judged judged, unsigned first, unsigned end)
{
	struct annotation *sack = add(about, kind, ANNOTATION_NOTE, judged);

	sack->u.sack.count = sack->u.sack.gaps = 0;
	sack->u.sack.needless = about->judged->needless_frame;
	sack->u.sack.arrived = about->judged->arrived_frame;
	for (unsigned i = first; i < end; i++)
		sack->u.sack.block[sack->u.sack.count++] =
		    sack_block_at(about, i);
	if (kind == ANNOTATION_SACK && about->judged->has_ack)
		find_gaps(sack, about->judged->ack);
}

/* The first block is a DSACK if it reports a duplicate (RFC 2883, 4). */
static void
find_sack(const struct annotate_context *about)
{
	const unsigned count = about->seg->opt.sack_count;
	unsigned first = 0;

	if (count == 0 ||
	    !about->conn->endpoint[!about->judged->side].has_base)
		return;
	if (was_judged(about, JUDGED_DSACK))
		add_blocks(about, ANNOTATION_DSACK, JUDGED_DSACK, 0, ++first);
	if (first < count)
		add_blocks(about, ANNOTATION_SACK, JUDGED_COUNT, first, count);
}

/* ---- all of them ---- */

static void
find_syn(const struct annotate_context *about)
{
	if ((about->seg->flags & TCP_SYN) != 0 &&
	    about->seg->depth >= DEPTH_FLAGS)
		add(about, ANNOTATION_SYN, ANNOTATION_INFO,
		    JUDGED_COUNT)->u.syn = about->seg;
}

static void
find_covers(const struct annotate_context *about)
{
	const struct judgement *judged = about->judged;
	/* Frames of the first and of the last byte, in either order. */
	const bool is_ordered = judged->covers_first <= judged->covers_last;
	struct annotation *annotation;

	if (judged->covers_first == 0 || judged->covers_last == 0)
		return;
	annotation = add(about, ANNOTATION_COVERS, ANNOTATION_INFO,
	    JUDGED_COUNT);
	annotation->u.covers.first = is_ordered ? judged->covers_first :
	    judged->covers_last;
	annotation->u.covers.last = is_ordered ? judged->covers_last :
	    judged->covers_first;
	annotation->u.covers.rtt_ns = judged->covers_rtt;
}

static void
find_header(const struct annotate_context *about)
{
	const struct segment *seg = about->seg;

	if (seg->ecn == 3)
		(void)add(about, ANNOTATION_CE, ANNOTATION_NOTE,
		    JUDGED_COUNT);
	if ((seg->flags & TCP_URG) != 0)
		add(about, ANNOTATION_URGENT, ANNOTATION_NOTE,
		    JUDGED_COUNT)->u.urgent = seg->urgent;
	if ((seg->opt.present & OPT_MALFORMED) != 0)
		(void)add(about, ANNOTATION_MALFORMED, ANNOTATION_NOTE,
		    JUDGED_COUNT);
}

void
annotations_find(struct annotations *found, const struct conn *conn,
    const struct segment *seg, const struct judgement *judged)
{
	const struct annotate_context about = {
		.found = found, .conn = conn, .seg = seg, .judged = judged,
	};

	found->count = 0;
	find_syn(&about);
	find_covers(&about);
	find_acceptance(&about);
	find_order(&about);
	find_names(&about);
	find_other_judgements(&about);
	find_sack(&about);
	find_header(&about);
}

struct annotation
annotation_of_transition(const struct conn *conn,
    const struct transition *change)
{
	return (struct annotation){
		.kind = ANNOTATION_STATE,
		.severity = ANNOTATION_CHANGE,
		.judged = JUDGED_COUNT,
		.u.state = {
			.is_orig = change->side == conn->orig,
			.from = (enum state)change->from,
			.to = (enum state)change->to,
		},
	};
}
