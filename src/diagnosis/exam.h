/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A connection under examination, for the rules of its findings: one short
 * function for each, in the files find_*.c, with its guards.
 */
#ifndef TCPSTATES_DIAGNOSIS_EXAM_H
#define TCPSTATES_DIAGNOSIS_EXAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/nstime.h"
#include "diagnosis/diagnosis.h"
#include "diagnosis/findings.h"
#include "diagnosis/long_waits.h"
#include "flow/conn.h"
#include "tcp/analysis.h"

struct exam {
	const struct conn *conn;
	const struct analysis *an;
	const struct diagnosis *d;	/* NULL: no data was sent */
	const struct ledger *ledger;
	const struct turn_figures *turns;
	int64_t life;			/* its duration without idle time */
	int64_t delay[2];		/* R of each endpoint, -1 unknown */
	int64_t rtt;			/* both together, -1 unknown */
	unsigned client;		/* index of conn->endpoint[] */
	bool roles_guessed;
	bool ports_tell_roles;		/* the guess is a good one */
	bool is_duplex;
	bool is_one_way;		/* segments of one endpoint only */
	bool no_speed;			/* the capture lost too much: rule G2 */
};

/* ---- facts ---- */

static inline int64_t
exam_ns(const struct exam *x, enum book book)
{
	return x->ledger->ns[book];
}

static inline int64_t
exam_side_ns(const struct exam *x, enum book book, unsigned side)
{
	return x->ledger->ns[book_of(book, side)];
}

static inline uint32_t
exam_judged(const struct exam *x, unsigned side, enum judged what)
{
	return x->an->stats[side].judged[what];
}

static inline enum finding_side
exam_role(const struct exam *x, unsigned side)
{
	return side == x->client ? SIDE_CLIENT : SIDE_SERVER;
}

static inline const char *
exam_role_words(const struct exam *x, unsigned side)
{
	return side == x->client ? "client" : "server";
}

/* Of an endpoint as a bulk sender, or NULL. */
static inline const struct sender *
exam_sender(const struct exam *x, unsigned side)
{
	return x->d != NULL ? x->d->marks[side].sender : NULL;
}

static inline const struct longest *
exam_longest(const struct exam *x, enum book book)
{
	return x->d != NULL ? long_waits_of(x->d->waits, book) : NULL;
}

/* Is `ns` at least this percentage of the connection's life? */
static inline bool
exam_is_share(const struct exam *x, int64_t ns, int64_t percent)
{
	return ns >= x->life / 100 * percent;
}

/*
 * Rule G1: at least 50 ms, three round trips, and a tenth of the life, so that
 * it mattered.  On a long path one round trip is enough if the cost is half of
 * the life, which a single wait may be.
 */
static inline bool
exam_is_costly(const struct exam *x, int64_t ns)
{
	return ns >= 50 * NS_PER_MS && exam_is_share(x, ns, 10) &&
	    (ns >= 3 * x->rtt || (ns >= x->rtt && exam_is_share(x, ns, 50)));
}

/* Is the capture point near an endpoint, as seen from the other? */
static inline bool
exam_is_near(const struct exam *x, unsigned side)
{
	return x->rtt >= 0 && x->delay[side] <= x->rtt / 8;
}

/* Of a long round trip an eighth may be a path that loses segments. */
#define SITE_NS		(10 * NS_PER_MS)

/* Is the capture point at the endpoint's site, so that nothing is lost between? */
static inline bool
exam_is_beside(const struct exam *x, unsigned side)
{
	return exam_is_near(x, side) && x->delay[side] <= SITE_NS;
}

/* The TTL of another path differs by no more. */
#define TTL_FAR		3

/* ---- what several rules ask ---- */

/* Name the longest wait of an account, which is returned; NULL: none is. */
const struct longest *exam_name_longest(const struct exam *, enum book,
    struct finding *);
/* Name the longest wait of the costliest of the accounts of losses. */
void exam_name_loss(const struct exam *, struct finding *);
/* Name the frames of a sight.  False: there is none. */
bool exam_name_sight(const struct exam *, enum sight, struct finding *);
/* Add what there is to see in these frames. */
void exam_add_spot(struct finding *, const struct spot *);
/* Name the first loss of an endpoint.  False: none is known. */
bool exam_name_first_loss(const struct exam *, unsigned side,
    struct finding *);
/* Name the handshake, with all that was repeated of it. */
void exam_name_handshake(const struct exam *, struct finding *);
/* Name the frames from `from_frame` to the end of the connection. */
void exam_name_rest(const struct exam *, uint64_t from_frame,
    struct finding *);
/* The server's host dropped the handshake. */
bool exam_is_queue_full(const struct exam *);
/* Was a SYN-ACK lost after it had passed the capture point? */
bool exam_has_lost_synack(const struct exam *);
/*
 * Bytes of an endpoint that never came here, where what did is smaller than a
 * segment may be: the hole is upstream of the capture point.  0: none.
 */
int64_t exam_missing(const struct exam *, unsigned side);
/* Large segments of an endpoint never arrive. */
bool exam_is_mtu_hole(const struct exam *, unsigned side);
/* Something has forgotten the connection in a silence: its length, or 0. */
int64_t exam_forgotten_after(const struct exam *, unsigned side);
/* An RST with an endpoint's address is not its own. */
bool exam_is_injected(const struct exam *, unsigned side);

/* ---- rules ---- */

/*
 * Does the rule hold?  Then it has filled in the finding, but for what find()
 * knows.  A rule that does not hold must not have written to the finding.
 * Rules of an endpoint are asked for each; the others for 0.
 */
typedef bool rule_fn(const struct exam *, unsigned side, struct finding *);

/* find_handshake.c */
rule_fn rule_refused, rule_filtered, rule_syn_lost, rule_queue_full,
    rule_handshake_slow, rule_half_open, rule_port_reused, rule_syn_cookies,
    rule_mss_clamped;
/* find_application.c */
rule_fn rule_server_slow, rule_no_answer, rule_client_slow, rule_client_turns,
    rule_chatty, rule_sender_paused, rule_sender_buffer, rule_nagle,
    rule_keep_alive_only;
/* find_window.c */
rule_fn rule_zero_window, rule_zero_window_dead, rule_window_grows_slowly,
    rule_wscale_stripped, rule_wscale_broken, rule_window_limited;
/* find_loss.c */
rule_fn rule_loss_timeout, rule_tail_loss, rule_loss_fast, rule_loss_limited,
    rule_spurious, rule_reordering, rule_sack_broken, rule_no_sack,
    rule_policed;
/* find_path.c */
rule_fn rule_mtu_black_hole, rule_bottleneck, rule_bufferbloat,
    rule_idle_timeout, rule_peer_vanished, rule_ecn_marked, rule_ack_storm;
/* find_reset.c */
rule_fn rule_rst_injected, rule_reset_by_peer;
/* find_capture.c */
rule_fn rule_capture_loss, rule_capture_duplicates, rule_capture_one_sided,
    rule_capture_clock, rule_capture_offload;

#endif
