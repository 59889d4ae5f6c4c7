/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Wireshark's names come first, because readers look them up; what follows
 * the colon is why.
 */
#include "config.h"

#include "views/annotations.h"

#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/compiler.h"
#include "base/nstime.h"
#include "base/seq.h"
#include "decode/segment.h"
#include "flow/conn.h"
#include "tcp/analysis.h"
#include "tcp/judgement.h"
#include "tcp/state.h"

/* What annotations are found in. */
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
	/* There are fewer than ANNOTATIONS_MAX; more would share the last. */
	struct annotation *annotation = &found->annotation[
	    found->count < ANNOTATIONS_MAX ? found->count++ :
	    ANNOTATIONS_MAX - 1];

	annotation->kind = kind;
	annotation->severity = severity;
	annotation->judged = judged;
	return annotation;
}

/* ---- order of the bytes ---- */

/* The most specific name of a retransmission, as Wireshark has it. */
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
	return was_judged(about, JUDGED_LOSS_BEFORE) ? JUDGED_LOSS_BEFORE :
	    was_judged(about, JUDGED_LOSS_BEHIND) ? JUDGED_LOSS_BEHIND :
	    JUDGED_COUNT;
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
 * A pure ACK of less than was acknowledged before was reordered in the
 * network.  Wireshark has no name for it.
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
block_at(const struct annotate_context *about, unsigned at)
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

/* The gaps between what is acknowledged and the highest block. */
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
	for (unsigned i = first; i < end; i++)
		sack->u.sack.block[sack->u.sack.count++] = block_at(about, i);
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
	/* Of the first and the last byte: these may come in any order. */
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

/* ---- words ---- */

/* A text that grows to the right; what does not fit is cut. */
struct text {
	size_t len;
	char *bytes;		/* ANNOTATION_BUFSIZE of them */
};

static void say(struct text *, const char *fmt, ...) PRINTF_LIKE(2, 3);

static void
say(struct text *text, const char *fmt, ...)
{
	const size_t room = ANNOTATION_BUFSIZE - text->len;
	va_list args;
	int len;

	va_start(args, fmt);
	len = vsnprintf(text->bytes + text->len, room, fmt, args);
	va_end(args);
	if (len > 0)
		text->len += (size_t)len < room ? (size_t)len : room - 1;
}

/* A time with three digits, as precise as an RTT needs: 41us, 20.1ms. */
static void
say_time(struct text *text, int64_t ns)
{
	const char *unit = "us";
	int64_t scale = NS_PER_US;
	unsigned digits = 0;
	char buf[NSTIME_BUFSIZE];

	if (ns >= NS_PER_SEC) {
		unit = "s";
		scale = NS_PER_SEC;
	} else if (ns >= NS_PER_MS) {
		unit = "ms";
		scale = NS_PER_MS;
	}
	if (ns >= NS_PER_MS && ns < 100 * scale)
		digits = ns < 10 * scale ? 2 : 1;
	(void)nstime_format_ratio(buf, ns, scale, digits);
	say(text, "%s%s", buf, unit);
}

/* "^5-7 20.1ms"; or "^-7 20.1ms", as an ACK is cumulative. */
static void
say_covered(struct text *text, const struct annotation *annotation,
    bool is_range)
{
	const uint64_t first = annotation->u.covers.first;
	const uint64_t last = annotation->u.covers.last;

	say(text, "^");
	if (first != last && is_range)
		say(text, "%" PRIu64, first);
	say(text, "%s%" PRIu64, first != last ? "-" : "", last);
	if (annotation->u.covers.rtt_ns < 0)
		return;
	say(text, " ");
	say_time(text, annotation->u.covers.rtt_ns);
}

static void
say_covers(struct text *text, const struct annotation *annotation)
{
	say_covered(text, annotation, true);
}

/* Why a segment was retransmitted, unless its name says so. */
static const char *
cause_words(enum cause cause)
{
	switch (cause) {
	case CAUSE_FAST:
		return "fast retransmit";
	case CAUSE_TIMEOUT:
		return "RTO";
	case CAUSE_TAIL_PROBE:
		return "tail loss probe";
	case CAUSE_SYN_AGAIN:
		return "the peer's SYN was retransmitted";
	case CAUSE_UNKNOWN:
		return "cause unknown";
	case CAUSE_NONE:
		break;
	}
	return NULL;
}

static void
say_evidence(struct text *text, const struct annotation *annotation,
    const char *separator)
{
	if (annotation->u.order.evidence != EVIDENCE_NONE)
		say(text, "%s%s", separator,
		    evidence_words(annotation->u.order.evidence));
}

static void
say_expected(struct text *text, const struct annotation *annotation)
{
	if (annotation->u.order.has_expected)
		say(text, "%sexpected Seq %" PRId64,
		    text->len > 0 ? ", " : "", annotation->u.order.expected);
}

/* The original, and the cause; then where the loss was, and the evidence. */
static void
say_retransmission(struct text *text, const struct annotation *annotation)
{
	const enum judged name = annotation->judged;
	const enum judged loss = annotation->u.order.loss;
	const bool is_named_by_cause = name != JUDGED_RETRANSMISSION &&
	    name != JUDGED_SPURIOUS;
	const char *cause = cause_words(annotation->u.order.cause);

	say(text, "%s", judged_words(name));
	if (annotation->u.order.frame != 0)
		say(text, " of No. %" PRIu64, annotation->u.order.frame);
	if (annotation->u.order.frame != 0 &&
	    annotation->u.order.since_ns > 0) {
		say(text, " after ");
		say_time(text, annotation->u.order.since_ns);
	}
	if (cause != NULL && !is_named_by_cause)
		say(text, ", %s", cause);
	say_expected(text, annotation);
	if (loss != JUDGED_COUNT)
		say(text, "; %s", judged_words(loss));
	say_evidence(text, annotation, loss != JUDGED_COUNT ? ": " : "; ");
}

static void
say_order(struct text *text, const struct annotation *annotation)
{
	say(text, "%s", judged_words(annotation->judged));
	say_expected(text, annotation);
	say_evidence(text, annotation, "; ");
}

static void
say_unacceptable(struct text *text, const struct annotation *annotation)
{
	say(text, "%s", judged_words(annotation->judged));
	say_evidence(text, annotation, ": ");
	if (annotation->u.order.evidence == EVIDENCE_SEQ_OUTSIDE ||
	    annotation->u.order.evidence == EVIDENCE_RST_INEXACT)
		say_expected(text, annotation);
}

static void
say_other_origin(struct text *text, const struct annotation *annotation)
{
	say(text, "TTL %u, but %u in other segments of its sender",
	    annotation->u.origin.ttl, annotation->u.origin.sender_ttl);
	if (annotation->u.origin.sender_ip_id != 0)
		say(text, "; IP ID %u after %u", annotation->u.origin.ip_id,
		    annotation->u.origin.sender_ip_id);
	say(text, ": the RST may be forged");
}

static void
say_gap(struct text *text, const struct annotation *annotation)
{
	say(text, "%s", judged_words(annotation->judged));
	if (annotation->u.order.has_expected &&
	    annotation->u.order.missing > 0)
		say(text, ": expected Seq %" PRId64 ", missing %" PRIu64
		    " bytes", annotation->u.order.expected,
		    annotation->u.order.missing);
}

static void
say_name(struct text *text, const struct annotation *annotation)
{
	say(text, "%s", judged_words(annotation->judged));
	if (annotation->u.run > 0)
		say(text, " #%" PRIu32, annotation->u.run);
}

static void
say_old_ack(struct text *text, const struct annotation *annotation UNUSED)
{
	say(text, "old ACK");
}

static void
say_window_full(struct text *text, const struct annotation *annotation)
{
	say(text, "%s: ", judged_words(annotation->judged));
	if (annotation->u.in_flight > 0)
		say(text, "%" PRId64 " bytes in flight, ",
		    annotation->u.in_flight);
	say(text, "0 left");
}

static void
say_judged(struct text *text, const struct annotation *annotation)
{
	say(text, "%s: %s", judged_words(annotation->judged),
	    judged_sentence(annotation->judged));
}

static void
say_dsack(struct text *text, const struct annotation *annotation)
{
	const struct annotation_range *block = &annotation->u.sack.block[0];

	say(text, "DSACK %" PRId64 "-%" PRId64 " received twice",
	    block->left, block->right);
}

/* Blocks with the edges of the option; gaps by their first and last byte. */
static void
say_sack(struct text *text, const struct annotation *annotation)
{
	const char *before = ", missing: ";

	say(text, "SACK");
	for (unsigned i = 0; i < annotation->u.sack.count; i++)
		say(text, " %" PRId64 "-%" PRId64,
		    annotation->u.sack.block[i].left,
		    annotation->u.sack.block[i].right);
	for (unsigned i = 0; i < annotation->u.sack.gaps; i++) {
		say(text, "%s%" PRId64 "-%" PRId64, before,
		    annotation->u.sack.gap[i].left,
		    annotation->u.sack.gap[i].right - 1);
		before = " ";
	}
}

static void
say_ce(struct text *text, const struct annotation *annotation UNUSED)
{
	say(text, "CE: a router marked the packet instead of dropping it");
}

static void
say_urgent(struct text *text, const struct annotation *annotation)
{
	say(text, "urgent pointer %u", annotation->u.urgent);
}

static void
say_malformed(struct text *text, const struct annotation *annotation UNUSED)
{
	say(text, "malformed options");
}

static void
say_state(struct text *text, const struct annotation *annotation)
{
	say(text, "%s %s -> %s",
	    annotation->u.state.is_orig ? "originator" : "responder",
	    state_name(annotation->u.state.from),
	    state_name(annotation->u.state.to));
}

/*
 * What AE, CWR and ECE mean together on a SYN and on a SYN-ACK: RFC 3168,
 * 6.1.1, and RFC 9768, 3.1.  (Five is the nonce of RFC 3540; seven reflects
 * flags that the peer does not understand.)
 */
static const char *
ecn_words(unsigned flags)
{
	static const char *const offers[8] = {
		[3] = ", ECN offered",
		[7] = ", AccECN offered",
	};
	static const char *const answers[8] = {
		[1] = ", ECN accepted",
		[2] = ", AccECN accepted",
		[3] = ", AccECN accepted",
		[4] = ", AccECN accepted",
		[5] = ", ECN accepted",
		[6] = ", AccECN accepted",
	};
	const unsigned code = ((flags & TCP_AE) != 0 ? 4U : 0U) |
	    ((flags & TCP_CWR) != 0 ? 2U : 0U) |
	    ((flags & TCP_ECE) != 0 ? 1U : 0U);
	const char *words = (flags & TCP_ACK) != 0 ? answers[code] :
	    offers[code];

	return words != NULL ? words : "";
}

static void
say_extensions(struct text *text, const struct segment *seg)
{
	const struct tcp_options *opt = &seg->opt;

	if ((opt->present & OPT_TFO) != 0) {
		if (opt->tfo_cookie_len == 0)
			say(text, ", TFO cookie requested");
		else
			say(text, ", TFO cookie of %u bytes",
			    opt->tfo_cookie_len);
	}
	if ((opt->present & OPT_MPTCP) != 0)
		say(text, ", MPTCP %s", opt->mptcp_subtype == 0 ?
		    "MP_CAPABLE" : opt->mptcp_subtype == 1 ? "MP_JOIN" :
		    "(other)");
	if ((opt->present & OPT_AO) != 0)
		say(text, ", TCP-AO");
	if ((opt->present & OPT_MD5) != 0)
		say(text, ", MD5 signature");
	if (seg->payload_len > 0)
		say(text, ", data in the SYN (TFO, RFC 7413)");
}

static void
say_syn(struct text *text, const struct annotation *annotation)
{
	const struct segment *seg = annotation->u.syn;
	const struct tcp_options *opt = &seg->opt;

	say(text, "ISN %" PRIu32, seg->seq);
	if ((opt->present & OPT_MSS) != 0)
		say(text, ", MSS %u", opt->mss);
	if ((opt->present & OPT_SACK_PERMITTED) != 0)
		say(text, ", SACK-permitted");
	if ((opt->present & OPT_TIMESTAMP) != 0)
		say(text, ", timestamps");
	if ((opt->present & OPT_WSCALE) != 0)
		say(text, ", window scale %u", opt->wscale);
	say(text, "%s", ecn_words(seg->flags));
	say_extensions(text, seg);
	if (seg->depth < DEPTH_OPTIONS)
		say(text, ", options cut by the snapshot length");
}

size_t
annotation_text(char buf[ANNOTATION_BUFSIZE],
    const struct annotation *annotation)
{
	static void (*const say_kind[ANNOTATION_KINDS])(struct text *,
	    const struct annotation *) = {
		[ANNOTATION_SYN] = say_syn,
		[ANNOTATION_COVERS] = say_covers,
		[ANNOTATION_RETRANSMISSION] = say_retransmission,
		[ANNOTATION_ORDER] = say_order,
		[ANNOTATION_GAP] = say_gap,
		[ANNOTATION_EXPECTED] = say_expected,
		[ANNOTATION_UNACCEPTABLE] = say_unacceptable,
		[ANNOTATION_OTHER_ORIGIN] = say_other_origin,
		[ANNOTATION_NAME] = say_name,
		[ANNOTATION_OLD_ACK] = say_old_ack,
		[ANNOTATION_WINDOW_FULL] = say_window_full,
		[ANNOTATION_JUDGED] = say_judged,
		[ANNOTATION_DSACK] = say_dsack,
		[ANNOTATION_SACK] = say_sack,
		[ANNOTATION_CE] = say_ce,
		[ANNOTATION_URGENT] = say_urgent,
		[ANNOTATION_MALFORMED] = say_malformed,
		[ANNOTATION_STATE] = say_state,
	};
	struct text text = { .bytes = buf };

	buf[0] = '\0';
	say_kind[annotation->kind](&text, annotation);
	return text.len;
}

bool
annotation_is_short(const struct annotation *annotation)
{
	return annotation->kind == ANNOTATION_COVERS ||
	    annotation->kind == ANNOTATION_NAME ||
	    annotation->kind == ANNOTATION_OLD_ACK;
}

size_t
annotation_short_text(char buf[ANNOTATION_BUFSIZE],
    const struct annotation *annotation, size_t columns)
{
	size_t len = annotation_text(buf, annotation);
	struct text text = { .bytes = buf };

	if (len > columns && annotation->kind == ANNOTATION_COVERS) {
		say_covered(&text, annotation, false);
		len = text.len;
	}
	return len;
}
