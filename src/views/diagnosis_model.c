/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "views/diagnosis_model.h"

#include <stddef.h>
#include <string.h>

#include "base/compiler.h"
#include "base/nstime.h"
#include "base/put.h"
#include "diagnosis/diagnosis.h"
#include "diagnosis/long_waits.h"
#include "diagnosis/text.h"
#include "flow/conn.h"
#include "flow/summary.h"
#include "tcp/pack.h"

/* A part below 0.5 % of the duration is not worth a line. */
#define PART_LEAST_PERMILLE	5
#define SPOT_SIZE	64	/* words before the duration, and a NUL */

const char *
diagnosis_side(enum finding_side side)
{
	static const char *const words[] = {
		[SIDE_CLIENT] = "CLIENT",
		[SIDE_SERVER] = "SERVER",
		[SIDE_BOTH] = "BOTH ENDPOINTS",
		[SIDE_NETWORK] = "NETWORK",
		[SIDE_MIDDLEBOX] = "MIDDLEBOX",
		[SIDE_CAPTURE] = "CAPTURE",
		[SIDE_NOBODY] = "",
	};

	return words[side];
}

const char *
diagnosis_share(enum share share)
{
	static const char *const words[] = {
		[SHARE_CLIENT] = "client",
		[SHARE_SERVER] = "server",
		[SHARE_NETWORK] = "network",
		[SHARE_NOBODY] = "nobody",
		[SHARE_UNKNOWN] = "unknown",
	};

	return words[share];
}

/* ---- texts ---- */

/* Texts of a model in a row, as one. */
#define JOIN(model, ...)						\
	join(model, (const char *const[]){ __VA_ARGS__, NULL })

static const char *
join(struct diagnosis_model *model, const char *const texts[])
{
	char *const begin = model->arena + model->arena_len;
	size_t left = DIAGNOSIS_ARENA - model->arena_len;
	char *at = begin;

	for (size_t i = 0; texts[i] != NULL; i++) {
		const size_t len = strlen(texts[i]);

		if (len >= left)
			return "";	/* the arena is larger than all texts */
		at = put_mem(at, texts[i], len);
		left -= len;
	}
	*at = '\0';
	model->arena_len += (unsigned)(at + 1 - begin);
	return begin;
}

static void
add_line(struct diagnosis_model *model, enum diagnosis_line_kind kind,
    uint64_t frame, const char *text)
{
	if (model->line_count < DIAGNOSIS_LINES)
		model->line[model->line_count++] = (struct diagnosis_line){
			.kind = (unsigned char)kind,
			.frame = frame,
			.text = text,
		};
}

static unsigned
permille_of(int64_t ns, int64_t whole)
{
	/* In units that cannot overflow. */
	const int64_t unit = whole / INT64_C(1000000) + 1;

	return whole <= 0 || ns <= 0 ? 0 :
	    (unsigned)((ns / unit * 1000 + whole / unit / 2) /
	    (whole / unit));
}

/* ---- one finding ---- */

static void
add_verdict(struct diagnosis_model *model, const struct finding *f)
{
	model->side = diagnosis_side(f->side);
	model->tone = f->confidence >= CONFIDENCE_LIKELY ? DIAGNOSIS_BAD :
	    DIAGNOSIS_OPEN;
	add_line(model, DIAGNOSIS_VERDICT, 0, JOIN(model,
	    model->side[0] == '\0' ? "Nobody" : model->side,
	    finding_is_doubtful(f) ? ", suspected" : "", " (",
	    finding_name(f->id), "): ", finding_meaning(f->id)));
}

/* "412 ms of 25.4 s (1.6 %)": what it cost, if that says more. */
static const char *
cost_words(struct diagnosis_model *model, const struct finding *f)
{
	const unsigned permille = permille_of(f->cost_ns, model->duration_ns);
	char cost[TEXT_NUMBER], life[TEXT_NUMBER];
	char percent[PUT_DIGITS_MAX + 1], tenth[2] = { '0' };

	if (permille == 0 || permille >= 1000)
		return NULL;
	(void)text_ns(cost, f->cost_ns);
	(void)text_ns(life, model->duration_ns);
	*put_u64(percent, permille / 10) = '\0';
	tenth[0] = (char)('0' + permille % 10);
	return JOIN(model, cost, " of ", life, ", ", percent, ".", tenth,
	    " % of the time");
}

static void
add_numbers(struct diagnosis_model *model, const struct finding *f)
{
	const char *cost = cost_words(model, f);
	char text[TEXT_SIZE];

	(void)text_finding(text, f);
	add_line(model, DIAGNOSIS_EVIDENCE, 0, JOIN(model, text));
	if (cost != NULL)
		add_line(model, DIAGNOSIS_EVIDENCE, 0, cost);
}

/* The frames between which the longest wait passed. */
static void
add_wait_frames(struct diagnosis_model *model, const struct finding *f)
{
	char longest[TEXT_NUMBER];

	(void)text_ns(longest, f->longest_ns);
	add_line(model, DIAGNOSIS_FRAME, f->from_frame, f->count > 1 ?
	    "the longest wait begins" : "the wait begins");
	add_line(model, DIAGNOSIS_FRAME, f->frame, f->longest_ns < 0 ?
	    "the wait ends" : JOIN(model, "the wait ends, ", longest, " later"));
}

/* The words of a spot, with its duration. */
static const char *
spot_words(struct diagnosis_model *model, const struct spot *spot)
{
	const char *const mark = strchr(spot->words, '%');
	char before[SPOT_SIZE], ns[TEXT_NUMBER];

	if (mark == NULL || mark - spot->words >= SPOT_SIZE)
		return spot->words;
	memcpy(before, spot->words, (size_t)(mark - spot->words));
	before[mark - spot->words] = '\0';
	(void)text_ns(ns, spot->ns);
	return JOIN(model, before, ns, mark + 1);
}

static void
add_spots(struct diagnosis_model *model, const struct finding *f)
{
	for (unsigned i = 0; i < f->spots; i++) {
		const struct spot *spot = &f->spot[i];

		add_line(model, DIAGNOSIS_FRAME, spot->frame,
		    spot_words(model, spot));
		model->line[model->line_count - 1].last_frame = spot->last;
	}
}

/* What the frames show where they show one thing. */
static const char *
sight_words(const struct finding *f)
{
	static const char handshake[] = "the handshake";
	static const char hole[] =
	    "the large segments, and their retransmissions";
	static const char missing[] =
	    "from the last segment before the silence to the end";
	static const char vanished[] =
	    "from the first unanswered segment to the end";
	static const char *const words[FINDING_COUNT] = {
		[FINDING_SYN_LOST] = handshake,
		[FINDING_QUEUE_FULL] = handshake,
		[FINDING_HANDSHAKE_SLOW] = handshake,
		[FINDING_PORT_REUSED] = handshake,
		[FINDING_SYN_COOKIES] = handshake,
		[FINDING_MSS_CLAMPED] = handshake,
		[FINDING_MTU_BLACK_HOLE] = hole,
		[FINDING_RESET_BY_PEER] = "from the last data to the RST",
		[FINDING_RST_INJECTED] = "from the last data to the RST",
		[FINDING_PEER_VANISHED] = vanished,
	};

	if (f->id == FINDING_MTU_BLACK_HOLE && f->missing > 0)
		return missing;
	return words[f->id] != NULL ? words[f->id] : "look here first";
}

static void
add_frames(struct diagnosis_model *model, const struct conn *conn,
    const struct finding *f)
{
	const bool is_range = f->from_frame != 0 && f->from_frame < f->frame;
	const uint64_t first = is_range ? f->from_frame : f->frame;
	const uint64_t last = is_range || f->frame != conn->first_frame ?
	    f->frame : conn->last_frame;

	if (f->frame == 0)
		return;
	if (f->spots > 0) {
		add_spots(model, f);
		return;
	}
	if (is_range && !f->is_sight) {
		add_wait_frames(model, f);
		return;
	}
	add_line(model, DIAGNOSIS_FRAME, first,
	    conn->first_frame == conn->last_frame ? "the only segment" :
	    first == conn->first_frame && last == conn->last_frame ?
	    "the whole connection" :
	    first == conn->last_frame ? "the connection's last segment" :
	    sight_words(f));
	model->line[model->line_count - 1].last_frame = last;
}

static void
add_doubt(struct diagnosis_model *model, const struct finding *f)
{
	const char *mistaken = finding_mistaken(f->id);

	/* The text of a lost SYN says where it could be a full queue. */
	if (f->confidence == CONFIDENCE_SHOWN || mistaken[0] == '\0' ||
	    f->id == FINDING_SYN_LOST)
		return;
	add_line(model, DIAGNOSIS_DOUBT, 0, JOIN(model,
	    "Could also be: ", mistaken, "."));
}

static void
describe_finding(struct diagnosis_model *model, const struct conn *conn,
    const struct finding *f)
{
	add_verdict(model, f);
	add_numbers(model, f);
	add_frames(model, conn, f);
	add_doubt(model, f);
	add_line(model, DIAGNOSIS_ADVICE, 0, finding_advice(f->id));
}

/* ---- no finding ---- */

static void
describe_healthy(struct diagnosis_model *model, const struct conn *conn)
{
	model->tone = DIAGNOSIS_GOOD;
	if (!conn->is_midstream && !conn_has_data(conn)) {
		add_line(model, DIAGNOSIS_VERDICT, 0, "No problem found, but "
		    "no data was sent. Checked: handshake, resets and the "
		    "close.");
		return;
	}
	add_line(model, DIAGNOSIS_VERDICT, 0, conn->is_midstream ?
	    "No problem found in what was captured. Checked: answers, pauses, "
	    "zero windows, losses, queues, resets and the close. Not known, "
	    "because the connection began before the capture: its handshake, "
	    "and how large its windows are." :
	    "No problem found. Checked: handshake, answers, pauses, "
	    "windows, losses, queues, resets and the close.");
}

static bool
is_one_way(const struct conn *conn)
{
	return conn->endpoint[0].pkts == 0 || conn->endpoint[1].pkts == 0;
}

static const char *
unknown_reason(const struct diagnosis_model *model, const struct conn *conn)
{
	if (is_one_way(conn))
		return "only one direction was captured";
	if (model->diagnosed.ledger.ns[BOOK_CAPTURE] > model->duration_ns / 4)
		return "the capture lost too many segments";
	if (conn->is_midstream)
		return "the capture began in the middle of the connection and "
		    "holds no measure of the round-trip time";
	return "the round-trip time to one of the endpoints is unknown";
}

static void
describe_unknown(struct diagnosis_model *model, const struct conn *conn)
{
	model->tone = DIAGNOSIS_OPEN;
	add_line(model, DIAGNOSIS_VERDICT, 0, JOIN(model,
	    "Cannot be known from this capture point, because ",
	    unknown_reason(model, conn), "."));
}

static const char *
unfinished_words(const struct conn *conn)
{
	if (is_one_way(conn))
		return "one direction only was captured, so waits cannot be "
		    "judged";
	if (conn_is_half_open(conn))
		return "the handshake is not complete, so little can be "
		    "judged";
	return "the connection was reset with nothing left unanswered";
}

static void
describe_unfinished(struct diagnosis_model *model, const struct conn *conn)
{
	model->tone = DIAGNOSIS_OPEN;
	add_line(model, DIAGNOSIS_VERDICT, 0, JOIN(model,
	    "No problem found, but ", unfinished_words(conn), "."));
}

static void
describe_verdict(struct diagnosis_model *model, const struct conn *conn,
    const struct finding *main)
{
	if (main != NULL) {
		describe_finding(model, conn, main);
		return;
	}
	switch (model->diagnosed.outcome) {
	case OUTCOME_UNKNOWN:
		describe_unknown(model, conn);
		break;
	case OUTCOME_NONE:
		describe_unfinished(model, conn);
		break;
	case OUTCOME_HEALTHY:
	case OUTCOME_FINDING:
		describe_healthy(model, conn);
		break;
	}
}

/* ---- further findings, and what limits the diagnosis ---- */

static void
add_further(struct diagnosis_model *model, const struct finding *f)
{
	const bool is_problem = finding_is_problem(f->id);
	const char *side = finding_side_words(f);
	char text[TEXT_SIZE];

	(void)text_finding(text, f);
	add_line(model, is_problem ? DIAGNOSIS_ALSO : DIAGNOSIS_NOTE,
	    is_problem ? f->frame : 0, JOIN(model,
	    finding_name(f->id), is_problem && side[0] != '\0' ? ", " : "",
	    is_problem ? side : "", ": ", text));
}

/* Losses that a reader of the ledger or of a picture sees. */
#define LOSSES_SEEN_NS		(200 * NS_PER_MS)
#define LOSSES_SEEN_PERMILLE	50
#define LOSSES_MANY_PERMILLE	100
#define LOSSES_MANY_NS		(50 * NS_PER_MS)
#define WAITS_SEEN_PERMILLE	100
#define WAITS_SEEN_NS		(200 * NS_PER_MS)

/* "No problem", and the ledger below shows losses: say why. */
static void
note_losses(struct diagnosis_model *model)
{
	const int64_t *ns = model->diagnosed.ledger.ns;
	const int64_t losses = ns[BOOK_LOSS_TIMEOUT] + ns[BOOK_LOSS_FAST] +
	    ns[BOOK_LOSS_CWND];
	char text[TEXT_NUMBER], life[TEXT_NUMBER];

	if (losses < LOSSES_SEEN_NS && permille_of(losses,
	    model->duration_ns) < LOSSES_SEEN_PERMILLE)
		return;
	(void)text_ns(text, losses);
	(void)text_ns(life, model->duration_ns);
	add_line(model, DIAGNOSIS_NOTE, 0, JOIN(model, "losses took ",
	    text, " of ", life, losses < LOSSES_MANY_NS || permille_of(losses,
	    model->duration_ns) < LOSSES_MANY_PERMILLE ? ", too little to count as a problem" :
	    ", in too few round trips to count as a problem"));
}

/*
 * Most of the time that no finding is about, in words; NULL: there is no such
 * account, or time passed while something was travelling.
 */
static const char *
unjudged_words(const struct diagnosed *diagnosed, int64_t least,
    int64_t *ret_ns)
{
	const int64_t *ns = diagnosed->ledger.ns;
	const unsigned client = diagnosed->client;
	const struct {
		int64_t ns;
		const char *words;
	} parts[] = {
		{ ns[BOOK_IDLE] + ns[book_of(BOOK_WAIT, client)],
		    "the connection was quiet between turns: not judged" },
		{ ns[book_of(BOOK_WAIT, !client)], "the server had not begun "
		    "its answer: not judged, as the waits were short" },
		{ ns[book_of(BOOK_PAUSE, client)], "the client paused within "
		    "a message: not judged, as it sent little, and segments "
		    "lost upstream of the capture point look the same" },
		{ ns[book_of(BOOK_PAUSE, !client)], "the server paused within "
		    "a message: not judged, as it sent little, and segments "
		    "lost upstream of the capture point look the same" },
	};

	for (size_t i = 0; i < ARRAY_LEN(parts); i++)
		if (parts[i].ns > least) {
			*ret_ns = parts[i].ns;
			return parts[i].words;
		}
	return NULL;
}

/* "No problem", and nearly nothing happened: say that. */
static void
note_unjudged(struct diagnosis_model *model)
{
	char text[TEXT_NUMBER], life[TEXT_NUMBER];
	const char *words;
	int64_t ns;

	if (model->duration_ns < NS_PER_SEC)
		return;
	words = unjudged_words(&model->diagnosed, model->duration_ns / 2, &ns);
	if (words == NULL)
		return;
	(void)text_ns(text, ns);
	(void)text_ns(life, model->duration_ns);
	add_line(model, DIAGNOSIS_NOTE, 0, JOIN(model, "most of the time (",
	    text, " of ", life, ") ", words));
}

/* "3.00 s", or "5 times before it went on, 2.51 s in all, 502 ms at most". */
static const char *
wait_words(struct diagnosis_model *model, const struct longest *longest,
    int64_t ns)
{
	char total[TEXT_NUMBER], most[TEXT_NUMBER], count[PUT_DIGITS_MAX + 1];

	(void)text_ns(total, ns);
	(void)text_ns(most, longest->ns);
	*put_u64(count, longest->count) = '\0';
	if (longest->count == 1)
		return JOIN(model, total, " before it went on");
	return JOIN(model, count, " times before it went on, ", total,
	    " in all, ", most, " at most");
}

/* The client's waits between turns are no fault, but may be most of the time. */
static bool
note_client_waits(struct diagnosis_model *model, const struct conn *conn)
{
	const struct diagnosed *diagnosed = &model->diagnosed;
	const struct diagnosis *d = diagnosis_of(conn);
	const enum book book = book_of(BOOK_WAIT, diagnosed->client);
	const struct longest *longest = d != NULL ?
	    long_waits_of(d->waits, book) : NULL;
	const int64_t ns = d != NULL ?
	    diagnosed->ledger.ns[book] - d->lead_ns : 0;
	char from[PUT_DIGITS_MAX + 1], to[PUT_DIGITS_MAX + 1];

	if (longest == NULL || ns < WAITS_SEEN_NS || permille_of(ns,
	    model->duration_ns) < WAITS_SEEN_PERMILLE ||
	    diagnosed_has(diagnosed, FINDING_CLIENT_TURNS) ||
	    diagnosed_has(diagnosed, FINDING_IDLE_TIMEOUT))
		return false;
	*put_u64(from, longest->from_frame) = '\0';
	*put_u64(to, longest->frame) = '\0';
	add_line(model, DIAGNOSIS_NOTE, 0, JOIN(model, "the client waited ",
	    wait_words(model, longest, ns), " (frames ", from, "-", to,
	    "): its own time, not judged"));
	return true;
}

static void
describe_further(struct diagnosis_model *model, const struct conn *conn,
    const struct finding *main)
{
	const struct diagnosed *diagnosed = &model->diagnosed;

	for (unsigned i = 0; i < diagnosed->count; i++)
		if (&diagnosed->finding[i] != main)
			add_further(model, &diagnosed->finding[i]);
	if (main == NULL)
		note_losses(model);
	if (!note_client_waits(model, conn) && main == NULL)
		note_unjudged(model);
	if (diagnosed->roles_guessed)
		add_line(model, DIAGNOSIS_NOTE, 0, "the capture began in the "
		    "middle of the connection: client and server are guessed");
	if (diagnosed->is_duplex)
		add_line(model, DIAGNOSIS_NOTE, 0, "both endpoints sent at the "
		    "same time: there are no turns");
	if (diagnosed->is_approximate)
		add_line(model, DIAGNOSIS_NOTE, 0, "more acknowledgments were "
		    "on the way than are kept: times are approximate");
}

/* ---- the ledger ---- */

static const char *
part_words(struct diagnosis_model *model, enum book book)
{
	const char *words = book_words(book);

	if (!book_is_sided(book))
		return words;
	return JOIN(model, book_side(book) == model->diagnosed.client ?
	    "client " : "server ", words);
}

/* What a finding adds to the account that it is about. */
static const char *
part_remark(struct diagnosis_model *model, enum book book)
{
	const struct diagnosed *diagnosed = &model->diagnosed;
	char rate[TEXT_NUMBER], delay[TEXT_NUMBER];

	for (unsigned i = 0; book == BOOK_BOTTLENECK && i < diagnosed->count;
	    i++) {
		const struct finding *f = &diagnosed->finding[i];

		if ((f->id != FINDING_BOTTLENECK &&
		    f->id != FINDING_BUFFERBLOAT) || f->rate == 0)
			continue;
		(void)text_rate(rate, f->rate);
		(void)text_ns(delay, f->delay_ns);
		return JOIN(model, "at ", rate, ", queue ", delay);
	}
	return NULL;
}

static void
add_part(struct diagnosis_model *model, const char *words, int64_t ns,
    enum share share, const char *remark)
{
	model->part[model->part_count++] = (struct diagnosis_part){
		.words = words,
		.ns = ns,
		.permille = permille_of(ns, model->duration_ns),
		.share = share,
		.remark = remark,
	};
}

static void
describe_ledger(struct diagnosis_model *model, const struct conn *conn)
{
	const struct diagnosed *diagnosed = &model->diagnosed;
	int64_t other = 0;

	model->is_balanced = ledger_is_balanced(conn, &diagnosed->ledger);
	for (unsigned i = 0; i < BOOK_COUNT; i++) {
		const enum book book = (enum book)i;
		const int64_t ns = diagnosed->ledger.ns[i];

		if (ns == 0)
			continue;
		if (permille_of(ns, model->duration_ns) < PART_LEAST_PERMILLE)
			other += ns;
		else
			add_part(model, part_words(model, book), ns,
			    diagnosed_share(diagnosed, book),
			    part_remark(model, book));
	}
	if (other > 0 && model->part_count > 0)
		add_part(model, "other", other, SHARE_UNKNOWN, NULL);
	for (unsigned i = 0; i < SHARE_COUNT; i++)
		model->share_permille[i] = permille_of(diagnosed->share_ns[i],
		    model->duration_ns);
}

/* ---- the capture point ---- */

static const char *
tap_place(struct diagnosis_model *model, const struct conn *conn)
{
	const struct diagnosed *diagnosed = &model->diagnosed;

	switch (diagnosed->tap) {
	case TAP_ORIG:
	case TAP_RESP:
		return JOIN(model, "near the ",
		    (diagnosed->tap == TAP_ORIG) ==
		    (conn->orig == diagnosed->client) ? "client" : "server");
	case TAP_BETWEEN:
		return "between the two";
	case TAP_ONE_SIDED:
		return "one direction only";
	case TAP_UNKNOWN:
		break;
	}
	return "unknown";
}

static void
describe_tap(struct diagnosis_model *model, const struct conn *conn)
{
	const struct diagnosis *d = diagnosis_of(conn);
	const unsigned client = model->diagnosed.client;
	char text[TEXT_NUMBER];

	model->tap[model->tap_count++] = tap_place(model, conn);
	for (unsigned i = 0; i < 2; i++) {
		const int64_t delay = diagnosis_delay(d, conn,
		    i == 0 ? client : !client);

		if (delay < 0)
			continue;
		(void)text_ns(text, delay);
		model->tap[model->tap_count++] = JOIN(model,
		    i == 0 ? "client side " : "server side ", text);
	}
}

/* ---- turns ---- */

static const char *
turn_words(struct diagnosis_model *model, const char *what, int64_t p50,
    int64_t p95, int64_t max)
{
	char text[3][TEXT_NUMBER];

	(void)text_ns(text[0], p50);
	(void)text_ns(text[1], p95);
	(void)text_ns(text[2], max);
	if (model->diagnosed.turns.count == 1)
		return JOIN(model, what, " after ", text[2]);
	return JOIN(model, what, " p50 ", text[0], ", p95 ", text[1],
	    ", max ", text[2]);
}

static void
describe_turns(struct diagnosis_model *model)
{
	const struct turn_figures *turns = &model->diagnosed.turns;
	char frame[PUT_DIGITS_MAX + 1];

	if (turns->count == 0 || model->diagnosed.is_duplex)
		return;
	*put_u64(frame, turns->first_max_frame) = '\0';
	model->turns[model->turn_count++] = JOIN(model,
	    turn_words(model, "first byte", turns->first_p50,
	    turns->first_p95, turns->first_max), " (frame ", frame, ")");
	if (turns->last_max >= 0)
		model->turns[model->turn_count++] = turn_words(model,
		    "last byte ", turns->last_p50, turns->last_p95,
		    turns->last_max);
}

void
diagnosis_describe(struct diagnosis_model *model, const struct conn *packed)
{
	struct pack_room room;
	const struct conn *conn = pack_read(packed, &room);
	const struct finding *main;

	memset(model, 0, offsetof(struct diagnosis_model, diagnosed));
	model->side = "";
	model->duration_ns = summary_duration(conn);
	model->has_ledger = diagnose(conn, &model->diagnosed);
	if (!model->has_ledger) {
		model->tone = DIAGNOSIS_OPEN;
		add_line(model, DIAGNOSIS_VERDICT, 0,
		    "Nothing is known: the connection was not analysed.");
		return;
	}
	main = diagnosed_main(&model->diagnosed);
	describe_verdict(model, conn, main);
	describe_further(model, conn, main);
	describe_ledger(model, conn);
	describe_tap(model, conn);
	describe_turns(model);
}
