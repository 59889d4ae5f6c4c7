/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is said under the line of a segment.  A note is put together first and
 * wrapped afterwards, so that no piece of it need know where it stands.
 *
 * Wireshark's names come first, because readers look them up; what follows
 * the colon is why.
 */
#include "config.h"

#include "views/annotations.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/compiler.h"
#include "base/nstime.h"
#include "base/outbuf.h"
#include "base/seq.h"
#include "decode/segment.h"
#include "flow/conn.h"
#include "print/ink.h"
#include "print/time.h"
#include "tcp/analysis.h"
#include "tcp/judgement.h"
#include "tcp/state.h"

#define NOTE_INDENT	8	/* where the mark of a note stands */
#define NOTE_MAX	512	/* octets of a note: longer ones are cut */

/* What is said under a line. */
struct note {
	size_t len;
	char text[NOTE_MAX];
};

/* ---- notes ---- */

static void note_add(struct note *, const char *fmt, ...) PRINTF_LIKE(2, 3);

static void
note_add(struct note *note, const char *fmt, ...)
{
	const size_t room = sizeof(note->text) - note->len;
	va_list ap;

	va_start(ap, fmt);
	const int len = vsnprintf(note->text + note->len, room, fmt, ap);
	va_end(ap);
	if (len > 0)
		note->len += (size_t)len < room ? (size_t)len : room - 1;
}

/* A further statement: set apart from what the note says already. */
static void
note_begin(struct note *note)
{
	if (note->len > 0)
		note_add(note, "; ");
}

/* How much of `text` goes on a line of `room` columns: whole words. */
static size_t
wrap_at(const char *text, size_t room)
{
	const size_t len = strlen(text);

	if (len <= room)
		return len;
	for (size_t at = room; at > 0; at--) {
		if (text[at] == ' ')
			return at;
	}
	return strcspn(text, " ");
}

static void
note_put(struct outbuf *out, const struct telling *tell,
    const struct note *note, enum ink ink, const char *mark)
{
	const size_t room = (size_t)tell->columns - NOTE_INDENT - 2;
	const char *text = note->text;
	char part[NOTE_MAX];

	while (*text != '\0') {
		const size_t len = wrap_at(text, room);

		memcpy(part, text, len);
		part[len] = '\0';
		ink_cell(out, false, INK_PLAIN, "", NOTE_INDENT);
		ink_cell(out, tell->view->colour, ink,
		    text == note->text ? mark : "", 2);
		ink_cell(out, tell->view->colour, ink, part, 0);
		outbuf_char(out, '\n');
		text += len;
		while (*text == ' ')
			text++;
	}
}

/* ---- names ---- */

/* Three digits are what a round trip is read with: 41us, 20.1ms, 1.20s. */
static void
format_short(char buf[NSTIME_BUFSIZE], int64_t ns)
{
	const char *unit = "us";
	int64_t scale = NS_PER_US;
	unsigned digits = 0;

	if (ns >= NS_PER_SEC) {
		unit = "s";
		scale = NS_PER_SEC;
	} else if (ns >= NS_PER_MS) {
		unit = "ms";
		scale = NS_PER_MS;
	}
	if (ns >= NS_PER_MS && ns < 100 * scale)
		digits = ns < 10 * scale ? 2 : 1;
	const size_t len = nstime_format_ratio(buf, ns, scale, digits);
	(void)snprintf(buf + len, NSTIME_BUFSIZE - len, "%s", unit);
}

bool
annotations_format_covers(char buf[REMARKS_BUFSIZE],
    const struct judgement *judged, size_t columns)
{
	/* Of the first and the last octet: they may have come in any order. */
	const bool is_ordered = judged->covers_first <= judged->covers_last;
	const uint64_t first = is_ordered ? judged->covers_first :
	    judged->covers_last;
	const uint64_t last = is_ordered ? judged->covers_last :
	    judged->covers_first;
	char rtt[1 + NSTIME_BUFSIZE] = "";
	char range[NSTIME_BUFSIZE] = "";
	int len;

	if (first == 0)
		return false;
	if (judged->covers_rtt >= 0) {
		rtt[0] = ' ';
		format_short(rtt + 1, judged->covers_rtt);
	}
	if (first != last)
		(void)snprintf(range, sizeof(range), "%" PRIu64 "-", first);
	len = snprintf(buf, REMARKS_BUFSIZE, "^%s%" PRIu64 "%s", range, last,
	    rtt);
	/* An ACK is cumulative: where it ends says nearly all. */
	if (first != last && (size_t)len > columns)
		(void)snprintf(buf, REMARKS_BUFSIZE, "^-%" PRIu64 "%s", last,
		    rtt);
	return true;
}

/* ---- what was judged ---- */

bool
annotations_was_judged(const struct judgement *judged, enum judged what)
{
	return (judged->bits & (UINT32_C(1) << what)) != 0;
}

/* Why it was sent, where its name does not say so. */
static const char *
cause_words(enum cause cause)
{
	switch (cause) {
	case CAUSE_FAST:
		return "prompted by duplicate ACKs or SACK";
	case CAUSE_TIMEOUT:
		return "prompted by the retransmission timer";
	case CAUSE_TAIL_PROBE:
		return "a tail loss probe";
	case CAUSE_SYN_AGAIN:
		return "as the peer's SYN came again";
	case CAUSE_UNKNOWN:
		return "for no reason seen here";
	case CAUSE_NONE:
		break;
	}
	return NULL;
}

/* The most telling of its names, as Wireshark has it. */
static enum judged
retransmission_name(const struct judgement *judged)
{
	static const enum judged names[] = {
		JUDGED_SPURIOUS, JUDGED_FAST, JUDGED_TIMEOUT,
		JUDGED_TAIL_PROBE
	};

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		if (annotations_was_judged(judged, names[i]))
			return names[i];
	}
	return JUDGED_RETRANSMISSION;
}

/* The next octet that was due, where the segment does not begin with it. */
static void
note_expected(struct note *note, const struct judgement *judged)
{
	if (judged->has_offset && judged->expected != judged->start)
		note_add(note, "%sexpected Seq %" PRId64,
		    note->len > 0 ? ", " : "", judged->expected);
}

static void
note_evidence(struct note *note, const struct judgement *judged,
    const char *separator)
{
	if (judged->evidence != EVIDENCE_NONE)
		note_add(note, "%s%s", separator,
		    evidence_words(judged->evidence));
}

/* Which segment, and how long it had waited when it was sent again. */
static void
note_repeated(struct note *note, const struct judgement *judged)
{
	char since[NSTIME_BUFSIZE];

	note_add(note, " of No. %" PRIu64, judged->repeats_frame);
	if (judged->repeats_ns <= 0)
		return;
	format_short(since, judged->repeats_ns);
	note_add(note, " after %s", since);
}

/* What it repeats and why it was sent; then where the loss was, and why so. */
static void
note_retransmission(struct note *note, const struct telling *tell)
{
	const struct judgement *judged = tell->judged;
	const enum judged name = retransmission_name(judged);
	const bool is_named_by_cause = name != JUDGED_RETRANSMISSION &&
	    name != JUDGED_SPURIOUS;
	const char *cause = cause_words(judged->cause);

	note_add(note, "%s", judged_words(name));
	if (judged->repeats_frame != 0)
		note_repeated(note, judged);
	if (cause != NULL && !is_named_by_cause)
		note_add(note, ", %s", cause);
	note_expected(note, judged);
	if (annotations_was_judged(judged, JUDGED_LOSS_BEFORE))
		note_add(note, "; %s", judged_words(JUDGED_LOSS_BEFORE));
	else if (annotations_was_judged(judged, JUDGED_LOSS_BEHIND))
		note_add(note, "; %s", judged_words(JUDGED_LOSS_BEHIND));
	else {
		note_evidence(note, tell->judged, "; ");
		return;
	}
	note_evidence(note, tell->judged, ": ");
}

static void
note_order(struct note *note, const struct telling *tell)
{
	const enum judged name =
	    annotations_was_judged(tell->judged, JUDGED_OUT_OF_ORDER) ?
	    JUDGED_OUT_OF_ORDER : JUDGED_UNKNOWN_ORDER;

	note_add(note, "%s", judged_words(name));
	note_expected(note, tell->judged);
	note_evidence(note, tell->judged, "; ");
}

static void
note_gap(struct note *note, const struct telling *tell)
{
	const struct judgement *judged = tell->judged;

	note_begin(note);
	note_add(note, "%s", judged_words(JUDGED_LOST_SEGMENT));
	if (judged->has_offset && judged->start > judged->expected)
		note_add(note, ": expected Seq %" PRId64 ", missing %" PRIu64,
		    judged->expected,
		    (uint64_t)judged->start - (uint64_t)judged->expected);
}

/* What became of the order of the octets: worth worrying about, or not. */
static void
put_order(struct outbuf *out, const struct telling *tell)
{
	const struct judgement *judged = tell->judged;
	struct note note = { 0 };
	bool is_bad = true;

	if (annotations_was_judged(judged, JUDGED_RETRANSMISSION)) {
		note_retransmission(&note, tell);
	} else if (annotations_was_judged(judged, JUDGED_OUT_OF_ORDER) ||
	    annotations_was_judged(judged, JUDGED_UNKNOWN_ORDER)) {
		note_order(&note, tell);
		is_bad = false;
	} else if (annotations_was_judged(judged, JUDGED_LOST_SEGMENT)) {
		note_gap(&note, tell);
	} else if ((tell->seg->flags & TCP_SYN) == 0) {
		note_expected(&note, judged);
		is_bad = false;
	}
	note_put(out, tell, &note, is_bad ? INK_BAD : INK_NOTE,
	    is_bad ? "!" : "*");
}

/* Names that say all in two words, in the order in which they are said. */
static const struct {
	enum judged judged;
	enum ink ink;
} short_names[] = {
	{ JUDGED_WINDOW_PROBE_ACK, INK_BAD },
	{ JUDGED_ZERO_WINDOW, INK_BAD },
	{ JUDGED_WINDOW_PROBE, INK_NOTE },
	{ JUDGED_KEEP_ALIVE, INK_NOTE },
	{ JUDGED_KEEP_ALIVE_ACK, INK_NOTE },
	{ JUDGED_WINDOW_UPDATE, INK_GOOD },
	{ JUDGED_DUP_ACK, INK_NOTE },
};

/*
 * Nothing but an ACK of less than was acknowledged before: overtaken on its
 * way.  Wireshark has no name for it.
 */
static bool
is_old_ack(const struct telling *tell)
{
	const struct judgement *judged = tell->judged;
	const struct endpoint *peer = &tell->conn->endpoint[!judged->side];

	return judged->has_ack && peer->has_base && peer->has_una &&
	    judged->ack < peer->una && segment_len(tell->seg) == 0 &&
	    (tell->seg->flags & TCP_RST) == 0;
}

static void
format_name(char buf[REMARKS_BUFSIZE], const struct telling *tell,
    enum judged name)
{
	const struct analysis *analysis = tell->conn->analysis;
	uint32_t run = 0;

	if (name == JUDGED_DUP_ACK && analysis != NULL)
		run = analysis->track[tell->judged->side].dup_run;
	if (run > 0)
		(void)snprintf(buf, REMARKS_BUFSIZE, "%s #%" PRIu32,
		    judged_words(name), run);
	else
		(void)snprintf(buf, REMARKS_BUFSIZE, "%s",
		    judged_words(name));
}

/* Was it found to be so, and does no other name say that already? */
static bool
wants_name(const struct telling *tell, enum judged name)
{
	if (name == JUDGED_ZERO_WINDOW &&
	    annotations_was_judged(tell->judged, JUDGED_WINDOW_PROBE_ACK))
		return false;
	return annotations_was_judged(tell->judged, name);
}

bool
annotations_format_name(char buf[REMARKS_BUFSIZE], const struct telling *tell,
    enum ink *ret_ink)
{
	for (size_t i = 0; i < ARRAY_LEN(short_names); i++) {
		const enum judged name = short_names[i].judged;

		if (wants_name(tell, name)) {
			format_name(buf, tell, name);
			*ret_ink = short_names[i].ink;
			return true;
		}
	}
	if (!is_old_ack(tell))
		return false;
	(void)snprintf(buf, REMARKS_BUFSIZE, "old ACK");
	*ret_ink = INK_FAINT;
	return true;
}

/* Those that the line has not said; each by itself, they are few. */
static void
put_names(struct outbuf *out, const struct telling *tell, size_t said)
{
	char text[REMARKS_BUFSIZE];

	for (size_t i = 0; i < ARRAY_LEN(short_names); i++) {
		const enum ink ink = short_names[i].ink;
		struct note note = { 0 };

		if (!wants_name(tell, short_names[i].judged))
			continue;
		if (said > 0) {
			said--;
			continue;
		}
		format_name(text, tell, short_names[i].judged);
		note_add(&note, "%s", text);
		note_put(out, tell, &note, ink, ink == INK_BAD ? "!" : "*");
	}
}

static void
put_window_full(struct outbuf *out, const struct telling *tell)
{
	const struct judgement *judged = tell->judged;
	struct note note = { 0 };

	if (!annotations_was_judged(judged, JUDGED_WINDOW_FULL))
		return;
	note_add(&note, "%s: ", judged_words(JUDGED_WINDOW_FULL));
	if (judged->in_flight > 0)
		note_add(&note, "%" PRId64 " octets in flight, ",
		    judged->in_flight);
	note_add(&note, "no more may be sent");
	note_put(out, tell, &note, INK_NOTE, "*");
}

/* Octets of the peer, in its own numbers. */
struct block {
	int64_t left;
	int64_t right;
};

static struct block
block_at(const struct telling *tell, unsigned at)
{
	const struct endpoint *peer =
	    &tell->conn->endpoint[!tell->judged->side];
	const int64_t near = tell->judged->has_ack ? tell->judged->ack :
	    peer->una;
	const struct tcp_options *opt = &tell->seg->opt;

	return (struct block){
		.left = seq_offset(opt->sack[at].left, peer->isn, near),
		.right = seq_offset(opt->sack[at].right, peer->isn, near),
	};
}

/* The lowest block that ends above `above`; false when there is none. */
static bool
next_block(const struct telling *tell, unsigned first, int64_t above,
    struct block *ret_block)
{
	bool is_found = false;

	for (unsigned i = first; i < tell->seg->opt.sack_count; i++) {
		const struct block block = block_at(tell, i);

		if (block.right <= above ||
		    (is_found && block.left >= ret_block->left))
			continue;
		*ret_block = block;
		is_found = true;
	}
	return is_found;
}

/* The holes between what is acknowledged and the highest block. */
static void
note_holes(struct note *note, const struct telling *tell, unsigned first)
{
	int64_t above = tell->judged->ack;
	const char *words = ", waits for";
	struct block block = { 0 };

	while (next_block(tell, first, above, &block)) {
		if (block.left > above) {
			note_add(note, "%s %" PRId64 "-%" PRId64, words,
			    above, block.left);
			words = "";
		}
		above = block.right;
	}
}

/* A DSACK is the first block (RFC 2883, 4). */
static void
note_blocks(struct note *note, const struct telling *tell)
{
	const unsigned count = tell->seg->opt.sack_count;
	unsigned first = 0;

	if (count > 0 && annotations_was_judged(tell->judged, JUDGED_DSACK)) {
		const struct block block = block_at(tell, first++);

		note_add(note, "DSACK %" PRId64 "-%" PRId64 " received twice",
		    block.left, block.right);
	}
	if (first == count)
		return;
	note_begin(note);
	note_add(note, "SACK");
	for (unsigned i = first; i < count; i++) {
		const struct block block = block_at(tell, i);

		note_add(note, " %" PRId64 "-%" PRId64, block.left,
		    block.right);
	}
	if (tell->judged->has_ack)
		note_holes(note, tell, first);
}

static void
put_sack(struct outbuf *out, const struct telling *tell)
{
	const struct endpoint *peer =
	    &tell->conn->endpoint[!tell->judged->side];
	struct note note = { 0 };

	if (!peer->has_base)
		return;
	note_blocks(&note, tell);
	note_put(out, tell, &note, INK_NOTE, "*");
}

/* ---- what it offers ---- */

static void
note_mptcp_and_tfo(struct note *note, const struct telling *tell)
{
	const struct tcp_options *opt = &tell->seg->opt;

	if ((opt->present & OPT_TFO) != 0) {
		if (opt->tfo_cookie_len == 0)
			note_add(note, ", TFO cookie asked for");
		else
			note_add(note, ", TFO cookie of %u octets",
			    opt->tfo_cookie_len);
	}
	if ((opt->present & OPT_MPTCP) != 0)
		note_add(note, ", MPTCP %s", opt->mptcp_subtype == 0 ?
		    "MP_CAPABLE" : opt->mptcp_subtype == 1 ? "MP_JOIN" :
		    "(other)");
	if ((opt->present & OPT_AO) != 0)
		note_add(note, ", TCP-AO");
	if ((opt->present & OPT_MD5) != 0)
		note_add(note, ", MD5 signature");
	if (tell->seg->payload_len > 0)
		note_add(note, ", data in the SYN (TFO, RFC 7413)");
}

/*
 * What AE, CWR and ECE say together on a SYN and on a SYN-ACK: RFC 3168,
 * 6.1.1, and RFC 9768, 3.1.  (Five is the nonce of RFC 3540; seven reflects
 * what it does not understand.)
 */
static void
note_ecn(struct note *note, const struct telling *tell)
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
	const unsigned flags = tell->seg->flags;
	const unsigned code = ((flags & TCP_AE) != 0 ? 4U : 0U) |
	    ((flags & TCP_CWR) != 0 ? 2U : 0U) |
	    ((flags & TCP_ECE) != 0 ? 1U : 0U);
	const char *words = (flags & TCP_ACK) != 0 ? answers[code] :
	    offers[code];

	if (words != NULL)
		note_add(note, "%s", words);
}

static void
put_options(struct outbuf *out, const struct telling *tell)
{
	const struct tcp_options *opt = &tell->seg->opt;
	struct note note = { 0 };

	if ((tell->seg->flags & TCP_SYN) == 0 ||
	    tell->seg->depth < DEPTH_FLAGS)
		return;
	note_add(&note, "ISN %" PRIu32, tell->seg->seq);
	if ((opt->present & OPT_MSS) != 0)
		note_add(&note, ", MSS %u", opt->mss);
	if ((opt->present & OPT_SACK_PERMITTED) != 0)
		note_add(&note, ", SACK-permitted");
	if ((opt->present & OPT_TIMESTAMP) != 0)
		note_add(&note, ", timestamps");
	if ((opt->present & OPT_WSCALE) != 0)
		note_add(&note, ", window scale %u", opt->wscale);
	note_ecn(&note, tell);
	note_mptcp_and_tfo(&note, tell);
	if (tell->seg->depth < DEPTH_OPTIONS)
		note_add(&note, ", options cut by the snapshot");
	note_put(out, tell, &note, INK_PLAIN, ".");
}

/* ---- the rest ---- */

static void
put_one(struct outbuf *out, const struct telling *tell, enum judged what,
    enum ink ink)
{
	struct note note = { 0 };

	if (!annotations_was_judged(tell->judged, what))
		return;
	note_add(&note, "%s: %s", judged_words(what), judged_sentence(what));
	note_put(out, tell, &note, ink, ink == INK_BAD ? "!" : "*");
}

static void
put_oddities(struct outbuf *out, const struct telling *tell)
{
	const struct segment *seg = tell->seg;
	struct note note = { 0 };

	if (seg->ecn == 3) {
		note_begin(&note);
		note_add(&note, "CE: marked on its way instead of dropped");
	}
	if ((seg->flags & TCP_URG) != 0) {
		note_begin(&note);
		note_add(&note, "urgent pointer %u", seg->urgent);
	}
	if ((seg->opt.present & OPT_MALFORMED) != 0) {
		note_begin(&note);
		note_add(&note, "malformed options");
	}
	note_put(out, tell, &note, INK_NOTE, "*");
}

/* What it acknowledges, when the line had no room for it. */
static void
put_covers(struct outbuf *out, const struct telling *tell)
{
	char text[REMARKS_BUFSIZE];
	struct note note = { 0 };

	if (annotations_format_covers(text, tell->judged, tell->columns))
		note_add(&note, "%s", text);
	note_put(out, tell, &note, INK_GOOD, ".");
}

void
annotations_put(struct outbuf *out, const struct telling *tell,
    const struct annotations_said *said)
{
	put_options(out, tell);
	if (!said->covers)
		put_covers(out, tell);
	put_order(out, tell);
	put_names(out, tell, said->names);
	put_window_full(out, tell);
	put_one(out, tell, JUDGED_ACK_LOST_SEGMENT, INK_NOTE);
	put_sack(out, tell);
	put_one(out, tell, JUDGED_OLD_TIMESTAMP, INK_NOTE);
	put_one(out, tell, JUDGED_TRUNCATED, INK_NOTE);
	put_oddities(out, tell);
}

void
annotations_put_states(struct outbuf *out, const struct telling *tell,
    const struct transition *changes, unsigned count)
{
	struct note note = { 0 };

	for (unsigned i = 0; i < count; i++) {
		const struct transition *change = &changes[i];

		note_begin(&note);
		note_add(&note, "%s %s -> %s",
		    change->side == tell->conn->orig ? "originator" :
		    "responder", state_name(change->from),
		    state_name(change->to));
	}
	note_put(out, tell, &note, INK_PLAIN, "=");
}
