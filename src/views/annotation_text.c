/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Annotations in words.  Wireshark's names come first, because readers look
 * them up; the reason follows the colon.
 */
#include "config.h"

#include <inttypes.h>

#include "base/compiler.h"
#include "base/nstime.h"
#include "base/say.h"
#include "base/seq.h"
#include "decode/segment.h"
#include "flow/conn.h"
#include "tcp/icmp_error.h"
#include "tcp/judgement.h"
#include "tcp/state.h"
#include "views/annotations.h"

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
	case CAUSE_SYN_DATA:
		return "the SYN-ACK did not accept all data of the SYN";
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

/* A relative sequence number; "?" below all that the numbers count from. */
static void
say_seq(struct text *text, int64_t seq)
{
	if (seq >= 0)
		say(text, "%" PRId64, seq);
	else
		say(text, "?");
}

static void
say_range(struct text *text, int64_t first, int64_t last)
{
	say_seq(text, first);
	say(text, "-");
	say_seq(text, last);
}

static void
say_expected(struct text *text, const struct annotation *annotation)
{
	if (!annotation->u.order.has_expected)
		return;
	say(text, "%sexpected Seq ", text->len > 0 ? ", " : "");
	say_seq(text, annotation->u.order.expected);
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
	say(text, "TTL %u, but %u in other segments of the sender",
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
	if (!annotation->u.order.has_expected ||
	    annotation->u.order.missing == 0)
		return;
	say(text, ": expected Seq ");
	say_seq(text, annotation->u.order.expected);
	say(text, ", missing %" PRIu64 " bytes", annotation->u.order.missing);
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

	say(text, "DSACK: bytes ");
	say_range(text, block->left, block->right - 1);
	say(text, " received twice");
	if (annotation->u.sack.needless == 0)
		return;
	say(text, ": No. %" PRIu64 " was spurious",
	    annotation->u.sack.needless);
	if (annotation->u.sack.arrived != 0)
		say(text, ", No. %" PRIu64 " had arrived",
		    annotation->u.sack.arrived);
}

/* Ranges of bytes, by their first and their last: "1-1448 2897-4344". */
static void
say_ranges(struct text *text, const struct annotation_range *range,
    unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		say(text, i > 0 ? " " : "");
		say_range(text, range[i].left, range[i].right - 1);
	}
}

static void
say_sack(struct text *text, const struct annotation *annotation)
{
	say(text, "SACK: bytes ");
	say_ranges(text, annotation->u.sack.block, annotation->u.sack.count);
	say(text, " received");
	if (annotation->u.sack.gaps == 0)
		return;
	say(text, ", ");
	say_ranges(text, annotation->u.sack.gap, annotation->u.sack.gaps);
	say(text, " missing");
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
 * flags of a peer without ECN.)
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
	struct text text = text_in(buf, ANNOTATION_BUFSIZE);

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
	struct text text = { .bytes = buf, .size = ANNOTATION_BUFSIZE };

	if (len > columns && annotation->kind == ANNOTATION_COVERS) {
		say_covered(&text, annotation, false);
		len = text.len;
	}
	return len;
}

size_t
annotation_icmp_error_text(char buf[ANNOTATION_BUFSIZE],
    const struct conn *conn, const struct icmp_error *error)
{
	const struct endpoint *quoted = &conn->endpoint[error->side];
	const int64_t seq = !quoted->has_base ? -1 :
	    seq_offset(error->seq, quoted->isn, quoted->nxt);
	const char *words = icmp_error_words(error);
	struct text text = text_in(buf, ANNOTATION_BUFSIZE);

	if (words != NULL)
		say(&text, "%s, ", words);
	say(&text, "type %u, code %u", error->type, error->code);
	if (seq >= 0)
		say(&text, "; quotes Seq %" PRId64, seq);
	return text.len;
}
