/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Findings of losses.  `side` is the sender of what was lost.
 */
#include "config.h"

#include "diagnosis/exam.h"
#include "tcp/loss.h"

#define LOSS_TIMEOUT_NS		(200 * NS_PER_MS)
#define EPISODES_MANY		3
#define BAD_SACKS_MANY		3
#define REORDERED_MANY		10
#define SPURIOUS_MANY		3
#define POLICED_LEAST		15
#define PER_MYRIAD		10000

/* Everything that it retransmitted had arrived. */
static bool
is_needless(const struct exam *x, unsigned side)
{
	const uint32_t resent = exam_judged(x, side, JUDGED_RETRANSMISSION);

	return resent > 0 &&
	    exam_judged(x, side, JUDGED_SPURIOUS) >= resent;
}

/* Losses are of the endpoint that retransmitted more. */
static bool
is_loser(const struct exam *x, unsigned side)
{
	const uint32_t own = exam_judged(x, side, JUDGED_RETRANSMISSION);
	const uint32_t peers = exam_judged(x, !side, JUDGED_RETRANSMISSION);
	const struct sender *sender = exam_sender(x, side);
	const struct sender *peer = exam_sender(x, !side);

	if (is_needless(x, side))
		return false;
	if (own != peers)
		return own > peers;
	if ((sender != NULL) != (peer != NULL))
		return sender != NULL;
	return sender != NULL && (sender->unseen > peer->unseen ||
	    (sender->unseen == peer->unseen && side == !x->client));
}

static void
take_losses(const struct exam *x, unsigned side, struct finding *f)
{
	const struct sender *sender = exam_sender(x, side);
	const uint64_t sent = x->conn->endpoint[side].bytes;

	f->side = SIDE_NETWORK;
	f->sender = exam_role(x, side);
	f->upstream = exam_judged(x, side, JUDGED_LOSS_BEFORE);
	f->downstream = exam_judged(x, side, JUDGED_LOSS_BEHIND);
	f->unseen = sender != NULL ? sender->unseen : 0;
	f->in_a_row = (uint32_t)loss_longest_run(&x->an->stats[side],
	    &x->an->track[side]);
	f->bytes = x->an->stats[side].retrans_bytes;
	if (sent > 0)
		f->resent = (uint32_t)((f->bytes * PER_MYRIAD + sent / 2) /
		    sent);
}

static uint64_t
square_root(uint64_t n)
{
	uint64_t root = 0;

	for (uint64_t bit = UINT64_C(1) << 31; bit > 0; bit /= 2)
		if ((root + bit) * (root + bit) <= n)
			root += bit;
	return root;
}

/*
 * Bytes per second that the losses allow: 1.22 MSS / (RTT sqrt(p)), after Mathis
 * et al., "The Macroscopic Behavior of the TCP Congestion Avoidance Algorithm",
 * 1997; 0 unknown.
 */
static uint64_t
rate_with_losses(const struct exam *x, unsigned side, uint32_t per_myriad)
{
	const uint64_t mss = x->an->track[side].max_payload;

	if (per_myriad == 0 || x->rtt <= 0)
		return 0;
	/* The root is 10000 sqrt(p), so 1.22 becomes 12200. */
	return mss * 122 * 100 / square_root(per_myriad * UINT64_C(10000)) *
	    (uint64_t)NS_PER_SEC / (uint64_t)x->rtt;
}

/* Where nothing of the episodes was captured, there was at least one. */
static uint32_t
timer_episodes(const struct sender *sender)
{
	return sender != NULL && sender->timeouts > 0 ? sender->timeouts : 1;
}

bool
rule_loss_timeout(const struct exam *x, unsigned side, struct finding *f)
{
	const int64_t cost = exam_ns(x, BOOK_LOSS_TIMEOUT);

	/* A silence of the whole connection is no measure of its path. */
	if (cost < LOSS_TIMEOUT_NS || !is_loser(x, side) ||
	    (!exam_is_costly(x, cost) && !exam_is_share(x, cost, 50)))
		return false;
	f->id = FINDING_LOSS_TIMEOUT;
	take_losses(x, side, f);
	(void)exam_name_longest(x, BOOK_LOSS_TIMEOUT, f);
	f->cost_ns = cost;
	f->count = timer_episodes(exam_sender(x, side));
	/* Its receiver may have been silent, or may have closed its window. */
	f->is_suspected = f->is_blind = x->is_one_way;
	return true;
}

bool
rule_tail_loss(const struct exam *x, unsigned side, struct finding *f)
{
	const struct sender *sender = exam_sender(x, side);

	if (sender == NULL || sender->tails == 0 || is_needless(x, side) ||
	    !exam_is_costly(x, sender->tail_ns) ||
	    sender->tail_ns > exam_ns(x, BOOK_LOSS_TIMEOUT))
		return false;
	f->id = FINDING_TAIL_LOSS;
	take_losses(x, side, f);
	(void)exam_name_longest(x, BOOK_LOSS_TIMEOUT, f);
	f->cost_ns = sender->tail_ns;
	f->count = sender->tails;
	return true;
}

bool
rule_loss_fast(const struct exam *x, unsigned side, struct finding *f)
{
	const struct sender *sender = exam_sender(x, side);
	const int64_t cost = exam_ns(x, BOOK_LOSS_FAST);

	if (sender == NULL || sender->episodes < EPISODES_MANY ||
	    cost < 50 * NS_PER_MS || cost < 3 * x->rtt ||
	    !exam_is_share(x, cost, 5) || !is_loser(x, side))
		return false;
	f->id = FINDING_LOSS_FAST;
	take_losses(x, side, f);
	if (exam_name_longest(x, BOOK_LOSS_FAST, f) == NULL)
		(void)exam_name_first_loss(x, side, f);
	f->cost_ns = cost;
	f->count = sender->episodes;
	return true;
}

bool
rule_loss_limited(const struct exam *x, unsigned side, struct finding *f)
{
	const int64_t cost = exam_ns(x, BOOK_LOSS_CWND);

	if (!exam_is_share(x, cost, 20) || !exam_is_costly(x, cost) ||
	    !is_loser(x, side))
		return false;
	f->id = FINDING_LOSS_LIMITED;
	take_losses(x, side, f);
	if (!exam_name_first_loss(x, side, f))
		(void)exam_name_sight(x, SIGHT_REDUCED, f);
	f->cost_ns = cost;
	f->rate = rate_with_losses(x, side, f->resent);
	f->count = x->conn->endpoint[side].pkts;
	return true;
}

bool
rule_policed(const struct exam *x, unsigned side, struct finding *f)
{
	const struct sender *sender = exam_sender(x, side);
	const int64_t cost = exam_ns(x, BOOK_LOSS_CWND) +
	    exam_ns(x, BOOK_LOSS_FAST) + exam_ns(x, BOOK_LOSS_TIMEOUT);
	struct policer policer;

	if (sender == NULL || !exam_is_costly(x, cost) || !is_loser(x, side))
		return false;
	/* What was overtaken looks lost where only later segments pass. */
	if (exam_judged(x, side, JUDGED_LOSS_BEFORE) +
	    exam_judged(x, side, JUDGED_LOSS_BEHIND) < POLICED_LEAST)
		return false;
	policer = diagnosis_policer(x->conn, side);
	if (policer.rate == 0)
		return false;
	f->id = FINDING_POLICED;
	f->cost_ns = cost;
	take_losses(x, side, f);
	if (!exam_name_first_loss(x, side, f))
		exam_name_loss(x, f);
	f->count = sender->timeouts + sender->episodes;
	f->rate = policer.rate;
	f->depth = policer.depth;
	return true;
}

bool
rule_spurious(const struct exam *x, unsigned side, struct finding *f)
{
	const uint32_t count = exam_judged(x, side, JUDGED_SPURIOUS);
	const struct sender *sender = exam_sender(x, side);

	if (count < SPURIOUS_MANY && !is_needless(x, side))
		return false;
	/* Before the first data there was only the handshake to repeat. */
	if (!exam_name_sight(x, sight_of(SIGHT_SPURIOUS, side), f)) {
		if (exam_has_lost_synack(x))
			return false;
		exam_name_handshake(x, f);
	}
	f->id = FINDING_SPURIOUS;
	f->side = SIDE_NETWORK;
	f->count = count;
	if (!is_needless(x, side))
		return true;
	f->cost_ns = exam_ns(x, BOOK_LOSS_TIMEOUT) +
	    exam_ns(x, BOOK_LOSS_FAST) + exam_ns(x, BOOK_LOSS_CWND) +
	    (sender != NULL ? sender->late_ns : 0);
	if (!exam_is_costly(x, f->cost_ns))
		f->cost_ns = 0;
	else
		exam_name_loss(x, f);
	return true;
}

bool
rule_reordering(const struct exam *x, unsigned side, struct finding *f)
{
	const uint32_t count = exam_judged(x, side, JUDGED_OUT_OF_ORDER);

	if (count < REORDERED_MANY &&
	    (uint64_t)count * 100 < x->conn->endpoint[side].pkts)
		return false;
	if (count == 0)
		return false;
	f->id = FINDING_REORDERING;
	(void)exam_name_sight(x, sight_of(SIGHT_OVERTAKEN, side), f);
	f->side = SIDE_NETWORK;
	f->count = count;
	return true;
}

bool
rule_sack_broken(const struct exam *x, unsigned side, struct finding *f)
{
	const struct sender *sender = exam_sender(x, side);

	const int64_t cost = exam_ns(x, BOOK_LOSS_TIMEOUT) +
	    exam_ns(x, BOOK_LOSS_FAST);

	if (sender == NULL || sender->bad_sacks < BAD_SACKS_MANY || cost <= 0)
		return false;
	f->id = FINDING_SACK_BROKEN;
	take_losses(x, side, f);
	f->side = SIDE_MIDDLEBOX;
	f->count = sender->bad_sacks;
	f->cost_ns = cost;
	(void)exam_name_sight(x, sight_of(SIGHT_BAD_SACK, side), f);
	return true;
}

/* Without SACK, each further loss of a window takes a round trip. */
bool
rule_no_sack(const struct exam *x, unsigned side, struct finding *f)
{
	const struct conn *conn = x->conn;
	const struct sender *sender = exam_sender(x, side);
	const int64_t cost = exam_ns(x, BOOK_LOSS_FAST) +
	    exam_ns(x, BOOK_LOSS_TIMEOUT);

	if (!conn->endpoint[0].has_options || !conn->endpoint[1].has_options ||
	    (conn->endpoint[0].has_sack_permitted &&
	    conn->endpoint[1].has_sack_permitted) || sender == NULL ||
	    sender->extra_rounds < 2 || !exam_is_costly(x, cost))
		return false;
	f->id = FINDING_NO_SACK;
	take_losses(x, side, f);
	exam_name_loss(x, f);
	f->is_suspected = true;
	f->count = sender->extra_rounds;
	f->cost_ns = (int64_t)sender->extra_rounds * (x->rtt > 0 ? x->rtt : 0);
	if (f->cost_ns > cost)
		f->cost_ns = cost;
	return true;
}
