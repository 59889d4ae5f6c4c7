/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "diagnosis/findings.h"

#include <assert.h>
#include <string.h>

#include "base/compiler.h"
#include "diagnosis/exam.h"
#include "flow/summary.h"
#include "tcp/close.h"

/* ---- names ---- */

static const struct {
	const char *name;
	enum finding_kind kind;
	bool is_for_one_way;
	const char *text;
	const char *meaning;
	const char *evidence;
	const char *advice;
	const char *mistaken;
} findings[FINDING_COUNT] = {
#define WAYS_ONE	true
#define WAYS_BOTH	false
#define FINDING(name, id, kind, ways, text, meaning, evidence, advice, \
    mistaken)								\
	[FINDING_##name] = { id, KIND_##kind, WAYS_##ways, text, meaning, \
	    evidence, advice, mistaken },
#include "diagnosis/findings.def"
#undef FINDING
#undef WAYS_ONE
#undef WAYS_BOTH
};

const char *
finding_name(enum finding_id id)
{
	return findings[id].name;
}

enum finding_kind
finding_kind(enum finding_id id)
{
	return findings[id].kind;
}

bool
finding_is_problem(enum finding_id id)
{
	return findings[id].kind == KIND_FAILURE ||
	    findings[id].kind == KIND_SPEED;
}

bool
finding_is_doubtful(const struct finding *f)
{
	return f->is_suspected || f->confidence == CONFIDENCE_POSSIBLE;
}

const char *
finding_template(enum finding_id id)
{
	return findings[id].text;
}

const char *
finding_meaning(enum finding_id id)
{
	return findings[id].meaning;
}

const char *
finding_evidence(enum finding_id id)
{
	return findings[id].evidence;
}

const char *
finding_advice(enum finding_id id)
{
	return findings[id].advice;
}

const char *
finding_mistaken(enum finding_id id)
{
	return findings[id].mistaken;
}

const char *
finding_side_words(const struct finding *finding)
{
	static const char *const words[][2] = {
		[SIDE_CLIENT] = { "client", "client?" },
		[SIDE_SERVER] = { "server", "server?" },
		[SIDE_BOTH] = { "both", "both?" },
		[SIDE_NETWORK] = { "network", "network?" },
		[SIDE_MIDDLEBOX] = { "middlebox", "middlebox?" },
		[SIDE_CAPTURE] = { "capture", "capture?" },
		[SIDE_NOBODY] = { "", "" },
	};

	return words[finding->side][finding->is_suspected];
}

const char *
confidence_words(enum confidence confidence)
{
	static const char *const words[] = {
		[CONFIDENCE_POSSIBLE] = "possible",
		[CONFIDENCE_LIKELY] = "likely",
		[CONFIDENCE_SHOWN] = "shown",
	};

	return words[confidence];
}

const char *
tap_words(enum tap tap)
{
	static const char *const words[] = {
		[TAP_UNKNOWN] = NULL,
		[TAP_ORIG] = "orig",
		[TAP_RESP] = "resp",
		[TAP_BETWEEN] = "between",
		[TAP_ONE_SIDED] = "one-sided",
	};

	return words[tap];
}

/* ---- the examination ---- */

/* In an order that decides between findings of equal cost. */
static const struct {
	rule_fn *rule;
	bool is_each;		/* of each endpoint */
} rules[] = {
	{ rule_refused, false },
	{ rule_filtered, false },
	{ rule_queue_full, false },
	{ rule_syn_lost, false },
	{ rule_handshake_slow, false },
	{ rule_half_open, false },
	{ rule_port_reused, false },
	{ rule_syn_cookies, false },
	{ rule_mss_clamped, true },
	{ rule_mtu_black_hole, true },
	{ rule_idle_timeout, true },
	{ rule_peer_vanished, true },
	{ rule_rst_injected, true },
	{ rule_reset_by_peer, true },
	{ rule_ack_storm, false },
	{ rule_no_answer, false },
	{ rule_server_slow, false },
	{ rule_client_slow, false },
	{ rule_client_turns, false },
	{ rule_sender_paused, true },
	{ rule_sender_buffer, true },
	{ rule_nagle, true },
	{ rule_zero_window_dead, true },
	{ rule_zero_window, true },
	{ rule_wscale_broken, true },
	{ rule_wscale_stripped, true },
	{ rule_window_grows_slowly, true },
	{ rule_window_limited, true },
	{ rule_policed, true },
	{ rule_sack_broken, true },
	{ rule_no_sack, true },
	{ rule_loss_limited, true },
	{ rule_tail_loss, true },
	{ rule_loss_timeout, true },
	{ rule_loss_fast, true },
	{ rule_bufferbloat, false },
	{ rule_bottleneck, false },
	{ rule_chatty, false },
	{ rule_spurious, true },
	{ rule_reordering, true },
	{ rule_ecn_marked, false },
	{ rule_keep_alive_only, false },
	{ rule_capture_loss, false },
	{ rule_capture_one_sided, false },
	{ rule_capture_clock, false },
	{ rule_capture_duplicates, false },
	{ rule_capture_offload, false },
};

/* Rules G2 and 4.9: does the capture allow the finding at all? */
static bool
is_allowed(const struct exam *x, enum finding_id id)
{
	if (x->is_one_way && !findings[id].is_for_one_way)
		return false;
	return !x->no_speed || findings[id].kind != KIND_SPEED;
}

/* Costlier first; equal ones stay in the order of the rules. */
static void
insert(struct diagnosed *diagnosed, const struct finding *finding)
{
	unsigned at = diagnosed->count;

	while (at > 0 && diagnosed->finding[at - 1].cost_ns < finding->cost_ns)
		at--;
	if (at == FINDINGS_MAX)
		return;
	if (diagnosed->count < FINDINGS_MAX)
		diagnosed->count++;
	memmove(&diagnosed->finding[at + 1], &diagnosed->finding[at],
	    (diagnosed->count - 1 - at) * sizeof(*finding));
	diagnosed->finding[at] = *finding;
}

/*
 * Waits of which more than the wait may be to blame: the rest of an MPTCP
 * connection takes other subflows, and a clock that goes back again and again
 * measures nothing well.
 */
static bool
is_doubtful(const struct exam *x, const struct finding *finding)
{
	const uint64_t back = (uint64_t)x->an->stats[0].counts.clock_back +
	    x->an->stats[1].counts.clock_back;
	const uint64_t pkts = conn_segments(x->conn);

	if (findings[finding->id].kind != KIND_SPEED &&
	    finding->id != FINDING_NO_ANSWER)
		return false;
	return back * 100 > pkts || (x->an->mptcp &&
	    finding->side != SIDE_NETWORK);
}

/* An assumption about the roles makes nothing sure (rule G4). */
static void
cap_confidence(const struct exam *x, struct finding *finding)
{
	const bool names_role = finding->side == SIDE_CLIENT ||
	    finding->side == SIDE_SERVER;

	if (x->roles_guessed && names_role) {
		if (finding->confidence == CONFIDENCE_SHOWN)
			finding->confidence = CONFIDENCE_LIKELY;
		finding->is_suspected |= !x->ports_tell_roles;
	}
	if (is_doubtful(x, finding))
		finding->confidence = CONFIDENCE_POSSIBLE;
}

/* A finding before any rule has filled it in. */
static void
begin_finding(const struct exam *x, struct finding *finding)
{
	*finding = (struct finding){
		.sender = SIDE_NOBODY,
		.confidence = CONFIDENCE_LIKELY,
		.frame = x->conn->first_frame,
		.typical_ns = -1,
		.p95_ns = -1,
		.longest_ns = -1,
		.delay_ns = -1,
		.rtt_ns = x->rtt,
	};
}

/*
 * Ask a rule.  Nearly all do not hold, and then leave `finding` alone, so it is
 * cleared only after one that does.
 */
static void
find(const struct exam *x, rule_fn *rule, unsigned side,
    struct finding *finding, struct diagnosed *diagnosed)
{
	if (LIKELY(!rule(x, side, finding)))
		return;
	if (is_allowed(x, finding->id)) {
		cap_confidence(x, finding);
		insert(diagnosed, finding);
	}
	begin_finding(x, finding);
}

static void
find_all(const struct exam *x, struct diagnosed *diagnosed)
{
	struct finding finding;

	begin_finding(x, &finding);
	for (size_t i = 0; i < ARRAY_LEN(rules); i++) {
		find(x, rules[i].rule, 0, &finding, diagnosed);
		if (rules[i].is_each)
			find(x, rules[i].rule, 1, &finding, diagnosed);
	}
}

/* ---- one time, two findings ---- */

/*
 * Both findings are about the same time of the ledger. The specific one says
 * more, and takes that time, unless it is less certain.
 */
static const struct overlap {
	enum finding_id general;
	enum finding_id specific;
	bool shares_count;	/* both count the same things */
} overlaps[] = {
	{ FINDING_BOTTLENECK, FINDING_BUFFERBLOAT, false },
	{ FINDING_LOSS_FAST, FINDING_POLICED, false },
	{ FINDING_LOSS_TIMEOUT, FINDING_POLICED, false },
	{ FINDING_LOSS_LIMITED, FINDING_POLICED, false },
	{ FINDING_TAIL_LOSS, FINDING_POLICED, false },
	{ FINDING_LOSS_FAST, FINDING_SACK_BROKEN, false },
	{ FINDING_LOSS_TIMEOUT, FINDING_SACK_BROKEN, false },
	{ FINDING_TAIL_LOSS, FINDING_SACK_BROKEN, false },
	{ FINDING_LOSS_TIMEOUT, FINDING_MTU_BLACK_HOLE, false },
	{ FINDING_TAIL_LOSS, FINDING_MTU_BLACK_HOLE, false },
	{ FINDING_LOSS_TIMEOUT, FINDING_QUEUE_FULL, false },
	{ FINDING_TAIL_LOSS, FINDING_QUEUE_FULL, false },
	{ FINDING_LOSS_TIMEOUT, FINDING_TAIL_LOSS, true },
	{ FINDING_WINDOW_LIMITED, FINDING_WSCALE_STRIPPED, false },
	{ FINDING_WINDOW_LIMITED, FINDING_WINDOW_GROWS_SLOWLY, false },
	{ FINDING_SENDER_BUFFER, FINDING_WSCALE_BROKEN, false },
	{ FINDING_NO_ANSWER, FINDING_RESET_BY_PEER, false },
	{ FINDING_NO_ANSWER, FINDING_RST_INJECTED, false },
};

static struct finding *
find_by_id(struct diagnosed *diagnosed, enum finding_id id)
{
	const unsigned i = diagnosed_place(diagnosed, id);

	return i < diagnosed->count ? &diagnosed->finding[i] : NULL;
}

static void
remove_finding(struct diagnosed *diagnosed, struct finding *finding)
{
	const size_t at = (size_t)(finding - diagnosed->finding);

	memmove(finding, finding + 1,
	    (--diagnosed->count - at) * sizeof(*finding));
}

/* Take the time of the specific finding from the general one. */
static void
settle_overlap(const struct exam *x, const struct overlap *overlap,
    struct diagnosed *diagnosed)
{
	struct finding *general = find_by_id(diagnosed, overlap->general);
	struct finding *specific = find_by_id(diagnosed, overlap->specific);
	struct finding rest;

	if (general == NULL || specific == NULL)
		return;
	if (specific->confidence < general->confidence) {
		specific->is_covered = true;
		return;
	}
	rest = *general;
	rest.cost_ns -= specific->cost_ns;
	if (overlap->shares_count && rest.count > specific->count)
		rest.count -= specific->count;
	remove_finding(diagnosed, general);
	if (rest.cost_ns > 0 && exam_is_costly(x, rest.cost_ns))
		insert(diagnosed, &rest);
}

/* Costs of a connection's findings are not to add up to more than its time. */
static void
settle_overlaps(const struct exam *x, struct diagnosed *diagnosed)
{
	if (diagnosed->count < 2)
		return;
	for (size_t i = 0; i < ARRAY_LEN(overlaps); i++)
		settle_overlap(x, &overlaps[i], diagnosed);
}

static bool
is_one_way(const struct conn *conn)
{
	return conn->endpoint[0].pkts == 0 || conn->endpoint[1].pkts == 0;
}

static void
examine(const struct conn *conn, struct diagnosed *diagnosed, struct exam *x)
{
	const struct diagnosis *d = diagnosis_of(conn);
	const int64_t life = summary_duration(conn);
	const unsigned by_port = ledger_client_by_port(conn);
	const int64_t capture = diagnosed->ledger.ns[BOOK_CAPTURE];

	*x = (struct exam){
		.conn = conn,
		.an = conn->analysis,
		.d = d,
		.ledger = &diagnosed->ledger,
		.turns = &diagnosed->turns,
		.life = life - diagnosed->ledger.ns[BOOK_IDLE],
		.client = d != NULL ? d->client : conn->is_midstream &&
		    by_port != ROLES_UNKNOWN ? by_port : conn->orig,
		.roles_guessed = conn->is_midstream,
		.ports_tell_roles = by_port != ROLES_UNKNOWN,
		.is_duplex = d != NULL && diagnosis_is_duplex(d),
		.is_one_way = is_one_way(conn),
		.no_speed = capture > life / 20,
	};
	for (unsigned side = 0; side < 2; side++)
		x->delay[side] = diagnosis_delay(d, conn, side);
	x->rtt = x->delay[0] < 0 || x->delay[1] < 0 ? -1 :
	    x->delay[0] + x->delay[1];
}

/* ---- what follows from the ledger ---- */

static_assert(BOOK_COUNT <= 32, "claims are a set of 32 bits");

/* SHARE_COUNT: it has none. */
static enum share
share_of_side(enum finding_side side)
{
	switch (side) {
	case SIDE_CLIENT:
		return SHARE_CLIENT;
	case SIDE_SERVER:
		return SHARE_SERVER;
	case SIDE_NETWORK:
	case SIDE_MIDDLEBOX:
		return SHARE_NETWORK;
	case SIDE_BOTH:
	case SIDE_CAPTURE:
	case SIDE_NOBODY:
		break;
	}
	return SHARE_COUNT;
}

/* Of the costliest likely finding that claims the account; or SHARE_COUNT. */
static enum share
claimed_share(const struct diagnosed *diagnosed, enum book book)
{
	for (unsigned i = 0; i < diagnosed->count; i++) {
		const struct finding *f = &diagnosed->finding[i];

		if ((f->claims & BOOK_BIT(book)) != 0 && !f->is_covered &&
		    f->confidence >= CONFIDENCE_LIKELY)
			return share_of_side(f->side);
	}
	return SHARE_COUNT;
}

enum share
diagnosed_share(const struct diagnosed *diagnosed, enum book book)
{
	const enum share claimed = claimed_share(diagnosed, book);

	if (claimed != SHARE_COUNT)
		return claimed;
	switch (book_class(book)) {
	case CLASS_OWN:
		return book_side(book) == diagnosed->client ? SHARE_CLIENT :
		    SHARE_SERVER;
	case CLASS_SERVER:
		return SHARE_SERVER;
	case CLASS_NETWORK:
		return SHARE_NETWORK;
	case CLASS_NOBODY:
		return SHARE_NOBODY;
	case CLASS_UNKNOWN:
	case CLASS_CAPTURE:
		break;
	}
	return SHARE_UNKNOWN;
}

static enum tap
tap_of(const struct exam *x)
{
	const unsigned orig = x->conn->orig;

	if (x->is_one_way && conn_segments(x->conn) > 1)
		return x->conn->handshake_done ? TAP_ONE_SIDED : TAP_UNKNOWN;
	if (x->rtt < 0)
		return TAP_UNKNOWN;
	if (exam_is_near(x, orig))
		return TAP_ORIG;
	return exam_is_near(x, !orig) ? TAP_RESP : TAP_BETWEEN;
}

/* Was everything as it should be, from the handshake to the close? */
static bool
is_clean(const struct exam *x)
{
	const struct conn *conn = x->conn;

	if (x->is_one_way || conn_is_half_open(conn))
		return false;
	return !conn_is_reset(conn) || conn->fin_seen;
}

static void
conclude(const struct exam *x, struct diagnosed *diagnosed)
{
	const int64_t life = summary_duration(x->conn);

	for (unsigned i = 0; i < diagnosed->count; i++) {
		const struct finding *f = &diagnosed->finding[i];

		if (f->confidence < CONFIDENCE_LIKELY ||
		    (finding_kind(f->id) == KIND_NOTE && f->cost_ns == 0) ||
		    f->id == FINDING_CAPTURE_DUPLICATES ||
		    f->id == FINDING_CAPTURE_OFFLOAD)
			continue;
		diagnosed->outcome = OUTCOME_FINDING;
		diagnosed->main = i;
		return;
	}
	/* Where nothing may be said of speed, nothing was found healthy. */
	if (diagnosed->share_ns[SHARE_UNKNOWN] > life / 2 || x->no_speed)
		diagnosed->outcome = OUTCOME_UNKNOWN;
	else if (is_clean(x))
		diagnosed->outcome = OUTCOME_HEALTHY;
}

static void
add_shares(struct diagnosed *diagnosed)
{
	const int64_t *ns = diagnosed->ledger.ns;

	/* Most accounts of a connection are empty. */
	for (unsigned i = 0; i < BOOK_COUNT; i++)
		if (ns[i] != 0)
			diagnosed->share_ns[diagnosed_share(diagnosed,
			    (enum book)i)] += ns[i];
}

bool
diagnose(const struct conn *conn, struct diagnosed *ret_diagnosed)
{
	struct diagnosed *diagnosed = ret_diagnosed;
	struct exam x;

	memset(diagnosed, 0, offsetof(struct diagnosed, finding));
	diagnosed->main = 0;
	if (!ledger_read(conn, &diagnosed->ledger))
		return false;
	diagnosed->turns = turns_read(conn);
	examine(conn, diagnosed, &x);
	diagnosed->client = x.client;
	diagnosed->roles_guessed = x.roles_guessed;
	diagnosed->is_duplex = x.is_duplex;
	diagnosed->is_approximate = x.d != NULL && x.d->is_approximate;
	diagnosed->tap = tap_of(&x);
	find_all(&x, diagnosed);
	settle_overlaps(&x, diagnosed);
	add_shares(diagnosed);
	conclude(&x, diagnosed);
	return true;
}

const struct finding *
diagnosed_main(const struct diagnosed *diagnosed)
{
	if (diagnosed->outcome == OUTCOME_FINDING)
		return &diagnosed->finding[diagnosed->main];
	for (unsigned i = 0; i < diagnosed->count; i++)
		if (finding_is_problem(diagnosed->finding[i].id))
			return &diagnosed->finding[i];
	return NULL;
}

const char *
diagnosed_verdict(const struct diagnosed *diagnosed)
{
	switch (diagnosed->outcome) {
	case OUTCOME_NONE:
		break;
	case OUTCOME_HEALTHY:
		return "healthy";
	case OUTCOME_UNKNOWN:
		return "unknown";
	case OUTCOME_FINDING:
		return finding_name(diagnosed->finding[diagnosed->main].id);
	}
	return NULL;
}
