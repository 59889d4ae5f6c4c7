/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Findings of the programs that speak.
 */
#include "config.h"

#include "base/compiler.h"
#include "diagnosis/exam.h"
#include "diagnosis/related.h"

#define SERVER_SLOW_NS	(100 * NS_PER_MS)
#define NO_ANSWER_NS	NS_PER_SEC
#define CLIENT_SLOW_NS	(200 * NS_PER_MS)
#define MACHINE_NS	(1500 * NS_PER_MS)
#define MACHINE_FAST_NS	(200 * NS_PER_MS)
#define TYPED_NS	(50 * NS_PER_MS)
#define TYPED_BYTES	100	/* a key, with the padding of SSH */
#define PAUSED_BYTES	20000
#define TURNS_MANY	20
#define THINKS_MANY	5
#define ACK_DELAYS_MANY	3
#define KEEP_ALIVES_MANY	3

static void
take_longest(const struct exam *x, enum book book, struct finding *f)
{
	const struct longest *longest = exam_name_longest(x, book, f);

	if (longest != NULL)
		f->count = longest->count;
}

#define STEADY_MANY	5

/* Is the shortest wait long?  Of a path whose delay varies it would be short. */
static bool
is_steady(int64_t cost, uint32_t count, int64_t min)
{
	return count >= STEADY_MANY && nstime_times(min, count) >= cost / 2;
}

/* Return the time of waits, or pauses, that the path may have caused. */
static int64_t
unsure_ns(const struct exam *x, enum sight sight, unsigned side)
{
	const struct longest *sum = x->d != NULL ? long_waits_sight(
	    x->d->waits, sight_of(sight, side)) : NULL;

	return sum != NULL ? sum->ns : 0;
}

/* Likewise; but a delay that varies makes no pauses that are nearly equal. */
static int64_t
unsure_pauses(const struct exam *x, unsigned side)
{
	const struct longest *longest = exam_longest(x,
	    book_of(BOOK_PAUSE, side));
	const int64_t all = exam_side_ns(x, BOOK_PAUSE, side);

	return longest != NULL && longest->count >= STEADY_MANY &&
	    nstime_times(longest->ns, longest->count) / 10 * 9 <= all ? 0 :
	    unsure_ns(x, SIGHT_UNSURE_PAUSE, side);
}

/* Only suspect the side, if the path may have caused most of the cost. */
static void
take_doubt(int64_t unsure, struct finding *f)
{
	if (unsure <= f->cost_ns / 2)
		return;
	f->is_suspected = f->is_blind = true;
	if (f->confidence == CONFIDENCE_SHOWN)
		f->confidence = CONFIDENCE_LIKELY;
}

/*
 * Waits that are the same within 2 % and a round number of seconds are those
 * of a timer: long polling, keep-alives, back-off (rule G6).
 */
static bool
is_timer(const struct turn_figures *turns)
{
	static const int64_t rounds[] = { 1, 5, 10, 15, 20, 30, 60, 120, 300 };
	const int64_t min = turns->first_min;
	const int64_t max = turns->first_max;

	if (turns->count < 3 || max - min > max / 50)
		return false;
	for (size_t i = 0; i < ARRAY_LEN(rounds); i++) {
		const int64_t round = rounds[i] * NS_PER_SEC;

		if (min >= round - round / 50 && max <= round + round / 50)
			return true;
	}
	return false;
}

/* Many answers that are quick make no slow server. */
static bool
has_slow_answer(const struct exam *x)
{
	const struct longest *longest = exam_longest(x,
	    book_of(BOOK_WAIT, !x->client));

	return x->d != NULL && ((longest != NULL &&
	    longest->ns >= SERVER_SLOW_NS) ||
	    x->d->pipelined_ns >= SERVER_SLOW_NS);
}

/*
 * May the answers of a far server have been lost upstream of the capture point,
 * and retransmitted by a timer (RFC 6298, 5.4)?  IP IDs that count would show a
 * gap, and it is unlikely that many answers were all lost.
 */
static bool
may_be_repeated(const struct exam *x, unsigned server)
{
	return x->turns->count < STEADY_MANY && !exam_is_near(x, server) &&
	    !x->an->track[server].ip_id_increments;
}

bool
rule_server_slow(const struct exam *x, unsigned side, struct finding *f)
{
	const unsigned server = !x->client;
	const int64_t cost = exam_side_ns(x, BOOK_WAIT, server) +
	    (x->d != NULL ? x->d->pipelined_ns : 0);

	(void)side;
	if (!has_slow_answer(x) || !exam_is_costly(x, cost) ||
	    x->is_duplex || x->delay[server] < 0)
		return false;
	take_longest(x, exam_side_ns(x, BOOK_WAIT, server) > cost / 2 ?
	    book_of(BOOK_WAIT, server) : book_of(BOOK_PAUSE, server), f);
	f->id = FINDING_SERVER_SLOW;
	f->side = SIDE_SERVER;
	f->confidence = may_be_repeated(x, server) ? CONFIDENCE_LIKELY :
	    CONFIDENCE_SHOWN;
	f->cost_ns = cost;
	f->count = x->turns->count;
	f->typical_ns = x->turns->first_p50;
	f->p95_ns = x->turns->first_p95;
	f->bytes = x->d->turn.request_len;
	if (x->d->pipelined_ns > 0)
		f->delay_ns = x->d->pipelined_ns;
	if (!is_steady(cost, x->turns->count, x->turns->first_min))
		take_doubt(unsure_ns(x, SIGHT_UNSURE_WAIT, server) +
		    (x->d->pipelined_ns > 0 ? unsure_pauses(x, server) : 0),
		    f);
	f->is_timer = is_timer(x->turns);
	if (f->is_timer)
		f->confidence = CONFIDENCE_POSSIBLE;
	return true;
}

/*
 * A client that goes on without answers does not wait for any: after several
 * pauses, or after one that is itself as long as an answer that is missed.
 */
static bool
is_pushing(const struct exam *x)
{
	const struct longest *pause = exam_longest(x,
	    book_of(BOOK_PAUSE, x->client));

	if (pause == NULL)
		return false;
	return (x->d->turn.requests >= 3 && pause->count >= 2) ||
	    pause->ns >= NO_ANSWER_NS;
}

/* The number of a FIN shows that its sender sent no byte before it. */
static bool
closed_in_silence(const struct conn *conn, unsigned side)
{
	const struct endpoint *e = &conn->endpoint[side];

	return e->has_isn && e->has_fin && e->bytes == 0 &&
	    conn->lifecycle[side].fin_end == 2;
}

bool
rule_no_answer(const struct exam *x, unsigned side, struct finding *f)
{
	const int64_t cost = exam_ns(x, BOOK_NO_ANSWER);

	(void)side;
	/* What the server did send never came here: see rule_mtu_black_hole(). */
	if (x->d == NULL || cost < NO_ANSWER_NS || is_pushing(x) ||
	    exam_missing(x, !x->client) > 0)
		return false;
	f->id = FINDING_NO_ANSWER;
	f->side = SIDE_SERVER;
	/* Else an answer may have been lost upstream. */
	f->is_suspected = !closed_in_silence(x->conn, !x->client);
	if (!f->is_suspected)
		f->confidence = CONFIDENCE_SHOWN;
	f->cost_ns = cost;
	f->bytes = x->d->turn.request_len;
	f->delay_ns = x->delay[!x->client];
	exam_name_rest(x, x->d->cut_frame, f);
	take_longest(x, BOOK_NO_ANSWER, f);
	f->count = exam_judged(x, !x->client, JUDGED_KEEP_ALIVE_ACK);
	return true;
}

bool
rule_client_slow(const struct exam *x, unsigned side, struct finding *f)
{
	const int64_t lead = x->d != NULL ? x->d->lead_ns : 0;

	(void)side;
	if (lead < CLIENT_SLOW_NS || lead < 3 * x->rtt ||
	    !exam_is_share(x, lead, 10))
		return false;
	f->id = FINDING_CLIENT_SLOW;
	if (exam_name_sight(x, SIGHT_LEAD, f))
		f->is_sight = false;
	f->side = SIDE_CLIENT;
	f->confidence = CONFIDENCE_SHOWN;
	f->delay_ns = lead;
	if (conn_is_related(x->conn, RELATION_POOLED)) {
		/* The connection was not needed yet: nothing is lost. */
		f->id = FINDING_PRECONNECTED;
		f->confidence = CONFIDENCE_LIKELY;
		return true;
	}
	f->cost_ns = lead;
	return true;
}

/*
 * People are slow, and irregular (rule G7): nobody reads an answer in less than
 * MACHINE_FAST_NS, and what takes longer has to be regular.
 */
static bool
is_machine(const struct turn_figures *turns)
{
	if (turns->think_count < THINKS_MANY)
		return false;
	if (turns->think_p50 < MACHINE_FAST_NS)
		return turns->think_max <
		    nstime_times(turns->think_p50, 20);
	return turns->think_p50 < MACHINE_NS &&
	    turns->think_max < turns->think_min + turns->think_min / 2;
}

/* Requests so small and so far apart may be the keys that a person presses. */
static bool
is_typed(const struct exam *x)
{
	return x->turns->think_p50 >= TYPED_NS &&
	    x->an->stats[x->client].unique_bytes / x->turns->think_count <=
	    TYPED_BYTES;
}

bool
rule_client_turns(const struct exam *x, unsigned side, struct finding *f)
{
	const int64_t lead = x->d != NULL ? x->d->lead_ns : 0;
	const int64_t cost = exam_side_ns(x, BOOK_WAIT, x->client) - lead;

	(void)side;
	if (!is_machine(x->turns) || !exam_is_share(x, cost, 30) ||
	    !exam_is_costly(x, cost) || x->is_duplex)
		return false;
	take_longest(x, book_of(BOOK_WAIT, x->client), f);
	f->id = FINDING_CLIENT_TURNS;
	f->side = SIDE_CLIENT;
	f->cost_ns = cost;
	f->count = x->turns->think_count;
	f->typical_ns = x->turns->think_p50;
	if (!is_steady(cost, x->turns->think_count, x->turns->think_min))
		take_doubt(unsure_ns(x, SIGHT_UNSURE_WAIT, x->client), f);
	if (is_typed(x))
		f->confidence = CONFIDENCE_POSSIBLE;
	return true;
}

bool
rule_chatty(const struct exam *x, unsigned side, struct finding *f)
{
	const int64_t path = exam_ns(x, BOOK_PATH);

	(void)side;
	if (x->turns->count < TURNS_MANY || x->rtt < 0 ||
	    x->turns->first_p50 >= x->rtt || !exam_is_share(x, path, 60) ||
	    !exam_is_costly(x, path) || x->is_duplex)
		return false;
	f->id = FINDING_CHATTY;
	f->side = SIDE_BOTH;
	f->cost_ns = path;
	f->count = x->turns->count;
	return true;
}

bool
rule_sender_paused(const struct exam *x, unsigned side, struct finding *f)
{
	const int64_t pipelined = side != x->client && x->d != NULL ?
	    x->d->pipelined_ns : 0;
	const int64_t cost = exam_side_ns(x, BOOK_PAUSE, side) - pipelined;

	if (!exam_is_costly(x, cost) || x->delay[side] < 0 ||
	    x->an->stats[side].unique_bytes < PAUSED_BYTES)
		return false;
	take_longest(x, book_of(BOOK_PAUSE, side), f);
	f->id = FINDING_SENDER_PAUSED;
	f->side = exam_role(x, side);
	f->cost_ns = cost;
	take_doubt(unsure_pauses(x, side), f);
	return true;
}

/*
 * A queue upstream of the capture point keeps as much of a far sender in flight
 * from here on as a send buffer would.  Echoes of timestamps would show it, and
 * what comes out of a queue comes evenly.
 */
static bool
is_queue_hidden(const struct exam *x, unsigned side)
{
	const struct sender *sender = exam_sender(x, side);

	return sender->echo_min == 0 && sender->rounds.is_even &&
	    x->delay[side] > NS_PER_MS && !exam_is_near(x, side);
}

bool
rule_sender_buffer(const struct exam *x, unsigned side, struct finding *f)
{
	const int64_t cost = exam_side_ns(x, BOOK_BUFFER, side);
	const struct sender *sender = exam_sender(x, side);

	if (sender == NULL || !exam_is_costly(x, cost))
		return false;
	f->id = FINDING_SENDER_BUFFER;
	(void)exam_name_sight(x, sight_of(SIGHT_PLATEAU, side), f);
	f->side = exam_role(x, side);
	f->cost_ns = cost;
	f->bytes = sender->max_flight;
	f->is_suspected = f->is_blind = is_queue_hidden(x, side);
	f->window = x->an->stats[!side].win_max;
	if (x->rtt > 0)
		f->rate = f->bytes * (uint64_t)NS_PER_SEC / (uint64_t)x->rtt;
	return true;
}

/* The endpoint that delays its acknowledgments. */
bool
rule_nagle(const struct exam *x, unsigned side, struct finding *f)
{
	const enum book book = book_of(BOOK_ACKDELAY, side);
	const struct longest *longest = exam_longest(x, book);
	const int64_t cost = exam_ns(x, book);

	if (longest == NULL || (longest->count < ACK_DELAYS_MANY &&
	    !exam_is_costly(x, cost)))
		return false;
	if (cost < 50 * NS_PER_MS)
		return false;
	take_longest(x, book, f);
	f->id = FINDING_NAGLE;
	f->side = SIDE_BOTH;
	f->what = exam_role_words(x, !side);
	f->cost_ns = cost;
	f->typical_ns = cost / (longest->count > 0 ? longest->count : 1);
	return true;
}

bool
rule_keep_alive_only(const struct exam *x, unsigned side, struct finding *f)
{
	const uint32_t count = exam_judged(x, 0, JUDGED_KEEP_ALIVE) +
	    exam_judged(x, 1, JUDGED_KEEP_ALIVE);

	(void)side;
	if (count < KEEP_ALIVES_MANY)
		return false;
	f->id = FINDING_KEEP_ALIVE_ONLY;
	(void)exam_name_sight(x, SIGHT_KEEP_ALIVE, f);
	f->side = SIDE_NOBODY;
	f->count = count;
	f->confidence = CONFIDENCE_SHOWN;
	return true;
}
