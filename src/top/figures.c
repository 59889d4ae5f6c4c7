/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "top/figures.h"

#include <assert.h>
#include <string.h>

#include "base/nstime.h"
#include "base/series.h"
#include "flow/conn.h"
#include "print/addr.h"
#include "records/owners.h"
#include "tcp/analysis.h"
#include "tcp/pack.h"
#include "tcp/state.h"

static_assert(FIGURES_ENDPOINT_SIZE >= ADDR_ENDPOINT_BUFSIZE, "it fits");

/* Silence after which an ACK that has not come is overdue: an RTO. */
#define OVERDUE_NS	NS_PER_SEC
/* Data flows if some came within this time. */
#define FLOWS_NS	(NS_PER_SEC / 2)

char
limit_letter(enum limit limit)
{
	static const char letters[] = ".hnwor-";

	static_assert(sizeof(letters) == LIMIT_COUNT + 1, "a letter each");
	return letters[limit];
}

const char *
limit_words(enum limit limit)
{
	static const char *const words[LIMIT_COUNT] = {
		[LIMIT_SENDS] = "sends",
		[LIMIT_HANDSHAKE] = "handshake",
		[LIMIT_LOSS] = "loss",
		[LIMIT_WINDOW] = "window",
		[LIMIT_ORIG] = "originator",
		[LIMIT_RESP] = "responder",
		[LIMIT_ENDED] = "ended",
	};

	return words[limit];
}

/* ---- what it waits for ---- */

static bool
has_unacked(const struct conn *conn, unsigned side)
{
	const struct endpoint *hot = &conn->endpoint[side];

	return hot->has_base && hot->has_una && hot->nxt > hot->una;
}

static bool
waits_for_loss(const struct conn *conn, unsigned side, int64_t now_ns)
{
	const struct endpoint_track *track = &conn->analysis->track[side];

	if (!has_unacked(conn, side))
		return false;
	return track->is_recovering || track->has_open ||
	    nstime_diff(now_ns, track->last_ns) > OVERDUE_NS;
}

static bool
waits_for_window(const struct conn *conn, unsigned side)
{
	const struct endpoint_track *track = conn->analysis->track;

	return track[side].window_limited || track[!side].in_zero_window;
}

static bool
sent_lately(const struct conn *conn, unsigned side, int64_t now_ns)
{
	return conn->endpoint[side].sent_data && nstime_diff(now_ns,
	    conn->analysis->track[side].last_data_ns) < FLOWS_NS;
}

/* All data is acknowledged: the endpoint that did not send last is next. */
static enum limit
next_to_send(const struct conn *conn)
{
	const unsigned orig = conn->orig;
	const struct endpoint_track *track = conn->analysis->track;
	const bool orig_sent = conn->endpoint[orig].sent_data;
	const bool resp_sent = conn->endpoint[!orig].sent_data;

	if (!orig_sent)
		return LIMIT_ORIG;
	return resp_sent && track[!orig].last_data_ns >=
	    track[orig].last_data_ns ? LIMIT_ORIG : LIMIT_RESP;
}

static enum limit
limit_of(const struct conn *conn, int64_t now_ns)
{
	if (conn->is_closed || conn->retired != 0)
		return LIMIT_ENDED;
	if (conn_is_half_open(conn))
		return LIMIT_HANDSHAKE;
	if (conn->analysis == NULL)
		return LIMIT_SENDS;
	if (waits_for_loss(conn, 0, now_ns) || waits_for_loss(conn, 1, now_ns))
		return LIMIT_LOSS;
	if (waits_for_window(conn, 0) || waits_for_window(conn, 1))
		return LIMIT_WINDOW;
	if (sent_lately(conn, 0, now_ns) || sent_lately(conn, 1, now_ns))
		return LIMIT_SENDS;
	return next_to_send(conn);
}

/* ---- numbers ---- */

static void
take_rtt(struct figures *f, const struct conn *conn, unsigned side)
{
	const struct series *rtt = &conn->analysis->stats[side].rtt;

	f->rtt_count = rtt->count;
	f->rtt_sum = rtt->sum;
	f->rtt_side = side == conn->orig ? FIGURES_ORIG : FIGURES_RESP;
	f->rtt_ns = series_quantile(rtt, 500);
	f->rtt_p99_ns = series_quantile(rtt, 990);
	/* Of the handshake alone there is no distribution. */
	if (f->rtt_ns < 0)
		f->rtt_ns = side == conn->orig ? conn->analysis->rtt_syn :
		    conn->analysis->rtt_ack;
}

static void
take_flight(struct figures *f, const struct conn *conn, unsigned side)
{
	const struct endpoint *hot = &conn->endpoint[side];

	f->flight = has_unacked(conn, side) ? hot->nxt - hot->una : 0;
	f->window = conn->analysis->track[!side].last_window;
}

static void
take_side(struct figures *f, const struct conn *conn, unsigned side)
{
	const struct endpoint_stats *stats = &conn->analysis->stats[side];
	const unsigned which = side == conn->orig ? FIGURES_ORIG : FIGURES_RESP;

	f->sent[which] = stats->unique_bytes;
	f->resent += stats->retrans_bytes;
	f->lost_upstream += stats->judged[JUDGED_LOSS_BEFORE];
	f->lost_downstream += stats->judged[JUDGED_LOSS_BEHIND];
}

static void
format_endpoint(struct figures *f, const struct conn *conn, unsigned which)
{
	const unsigned side = which == FIGURES_ORIG ? conn->orig : !conn->orig;

	addr_format_endpoint(f->endpoint[which], conn, side);
	f->address_len[which] = (uint8_t)(strrchr(f->endpoint[which], ':') -
	    f->endpoint[which]);
	f->port[which] = conn->key.port[side];
}

/* Formatting addresses would be most of the work of a line. */
static void
take_addresses(struct figures *f, const struct conn *conn,
    const struct figures *before)
{
	if (before->number != conn->number || before->orig != conn->orig) {
		format_endpoint(f, conn, FIGURES_ORIG);
		format_endpoint(f, conn, FIGURES_RESP);
		return;
	}
	memcpy(f->endpoint, before->endpoint, sizeof(f->endpoint));
	memcpy(f->address_len, before->address_len, sizeof(f->address_len));
	memcpy(f->port, before->port, sizeof(f->port));
}

static void
take_endpoint(struct figures *f, const struct conn *conn, unsigned which)
{
	const unsigned side = which == FIGURES_ORIG ? conn->orig : !conn->orig;
	const struct owner *owner = owners_of(conn, side);

	f->state[which] = conn->endpoint[side].state;
	f->bytes[which] = f->sent[which] = conn->endpoint[side].bytes;
	if (owner != NULL)
		memcpy(f->process[which], owner->process,
		    sizeof(f->process[which]));
}

void
figures_take(struct figures *f, const struct conn *given, int64_t now_ns)
{
	const struct figures before = *f;
	struct pack_room room;
	const struct conn *conn = pack_read(given, &room);
	unsigned faster;

	*f = (struct figures){
		.number = conn->number,
		.orig = conn->orig,
		.is_closed = conn->is_closed,
		.is_half_open = conn_is_half_open(conn),
		.limit = limit_of(conn, now_ns),
		.first_ns = conn->first_ns,
		.last_ns = conn->last_ns,
		.rtt_ns = -1,
		.rtt_p99_ns = -1,
		.flight = -1,
		.window = -1,
	};
	take_addresses(f, conn, &before);
	take_endpoint(f, conn, FIGURES_ORIG);
	take_endpoint(f, conn, FIGURES_RESP);
	if (conn->analysis == NULL || conn->analysis->stats == NULL)
		return;
	take_side(f, conn, 0);
	take_side(f, conn, 1);
	faster = f->sent[FIGURES_ORIG] >= f->sent[FIGURES_RESP] ?
	    conn->orig : !conn->orig;
	take_rtt(f, conn, faster);
	take_flight(f, conn, faster);
}
