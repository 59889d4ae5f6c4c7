/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Zeek's conn_state is a function of two endpoint states of its own, and
 * these change only at the first SYN, FIN, RST or other segment of a side.
 * Its history string holds exactly these firsts, in order: so the states
 * need not be kept for each connection but are replayed from the history
 * when somebody asks.
 */
#include "config.h"

#include "tcp/close.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/compiler.h"
#include "flow/conn.h"
#include "flow/limits.h"
#include "tcp/analysis.h"
#include "tcp/icmp_error.h"

static const struct {
	const char *key;
	const char *words;
	const char *sentence;
} ends[END_COUNT] = {
#define END(name, key, words, sentence)					\
	[END_##name] = { key, words, sentence },
#include "tcp/ends.def"
#undef END
};

const char *
end_key(enum end end)
{
	return ends[end].key;
}

const char *
end_words(enum end end)
{
	return ends[end].words;
}

const char *
end_sentence(enum end end)
{
	return ends[end].sentence;
}

/* What a letter of the history says, of either endpoint. */
static char
upper(char letter)
{
	return letter >= 'a' && letter <= 'z' ? (char)(letter - 'a' + 'A') :
	    letter;
}

static bool
is_of_orig(char letter)
{
	return letter >= 'A' && letter <= 'Z';
}

/* Did both send a FIN before anybody sent an RST? */
static bool
is_fin_first(const struct conn *conn)
{
	const struct analysis *analysis = conn->analysis;
	bool orig = false, resp = false;

	if (analysis == NULL)
		return false;
	for (unsigned i = 0; i < analysis->history_len; i++) {
		const char letter = analysis->history[i];

		if (upper(letter) == 'R' || upper(letter) == 'I')
			break;
		orig = orig || letter == 'F';
		resp = resp || letter == 'f';
	}
	return orig && resp;
}

/* SYNs and nothing else. */
static bool
is_only_syns(const struct conn *conn, unsigned side)
{
	return conn->lifecycle[side].syn_count > 0 &&
	    !conn->endpoint[side].sent_non_syn;
}

bool
close_is_unanswered(const struct conn *conn)
{
	return is_only_syns(conn, conn->orig) && conn_resp(conn)->pkts == 0;
}

int64_t
close_unacked(const struct conn *conn, unsigned side)
{
	const struct endpoint *e = &conn->endpoint[side];
	const struct lifecycle *life = &conn->lifecycle[side];
	int64_t start = conn->analysis->track[side].lowest_seen;
	int64_t end = e->nxt;

	if (e->bytes == 0 || !e->has_base)
		return 0;
	if (conn->endpoint[!side].pkts == 0)
		return -1;
	if (e->has_una && e->una > start)
		start = e->una;
	if (start == 0)
		start = 1;		/* the SYN is no payload */
	if (e->has_fin && end == life->fin_end)
		end--;
	return end > start ? end - start : 0;
}

/*
 * A close by FINs leaves nothing unacknowledged; an RST in answer to
 * unacknowledged bytes shows their sender that the bytes are lost (RFC 9293,
 * 3.6.1; RFC 1122, 4.2.2.13).
 */
static bool
is_closed_before_reset(const struct conn *conn)
{
	const struct analysis *analysis = conn->analysis;

	return is_fin_first(conn) && (analysis->reset_by == 0 ||
	    close_unacked(conn, !(analysis->reset_by - 1U)) <= 0);
}

static enum end
reset_end(const struct conn *conn)
{
	const unsigned by = conn->analysis != NULL ?
	    conn->analysis->reset_by : 0;

	if (is_only_syns(conn, conn->orig) &&
	    conn_sent_only_resets(conn, !conn->orig))
		return END_REFUSED;
	if (is_closed_before_reset(conn))
		return END_FIN;
	if (by != 0)
		return by - 1 == conn->orig ? END_RESET_ORIG : END_RESET_RESP;
	return conn_orig(conn)->rst_count > 0 ? END_RESET_ORIG : END_RESET_RESP;
}

/* Did an RST end it, or were all rejected or ignored? */
static bool
is_ended_by_reset(const struct conn *conn)
{
	return conn_is_reset(conn) && (conn->analysis == NULL ||
	    conn->analysis->reset_by != 0 || conn->rst_pending);
}

enum end
close_end(const struct conn *conn)
{
	const struct lifecycle *orig = &conn->lifecycle[conn->orig];
	const struct lifecycle *resp = &conn->lifecycle[!conn->orig];

	if (is_ended_by_reset(conn))
		return reset_end(conn);
	if (orig->fin_count > 0 && resp->fin_count > 0)
		return END_FIN;
	if (retired_is_evicted((enum retired)conn->retired))
		return END_EVICTED;
	if (icmp_error_is_end(conn))
		return END_UNREACHABLE;
	/* "No answer" is more specific than "expired". */
	if (close_is_unanswered(conn))
		return END_NO_ANSWER;
	if (retired_is_idle((enum retired)conn->retired))
		return END_IDLE;
	if (orig->fin_count > 0 || resp->fin_count > 0)
		return END_HALF_CLOSED;
	return END_OPEN;
}

/* Zeek's states of an endpoint. */
enum zeek {
	ZEEK_INACTIVE,		/* has sent nothing */
	ZEEK_SYN_SENT,		/* a SYN, not answered yet */
	ZEEK_SYN_ACK_SENT,	/* the originator, surprisingly, a SYN-ACK */
	ZEEK_PARTIAL,		/* something before any SYN */
	ZEEK_ESTABLISHED,
	ZEEK_CLOSED,		/* a FIN */
	ZEEK_RESET
};

struct replay {
	enum zeek state[2];	/* of originator and responder */
	enum zeek before[2];	/* what it was before the last change */
};

static void
change(struct replay *replay, unsigned side, enum zeek state)
{
	replay->before[side] = replay->state[side];
	replay->state[side] = state;
}

/* The first SYN of the responder answers, whatever it looks like. */
static void
first_syn(struct replay *replay, unsigned side, bool is_synack)
{
	if (side == 0) {
		change(replay, 0, is_synack ? ZEEK_SYN_ACK_SENT :
		    ZEEK_SYN_SENT);
		return;
	}
	if (replay->state[0] == ZEEK_SYN_SENT)
		change(replay, 0, ZEEK_ESTABLISHED);
	change(replay, 1, ZEEK_ESTABLISHED);
}

/* Data or an ACK from a side that had sent nothing. */
static void
first_other(struct replay *replay, unsigned side, bool is_data)
{
	const enum zeek peer = replay->state[!side];

	/* Some stacks acknowledge a SYN before they send their own. */
	if (side == 1 && !is_data && peer == ZEEK_SYN_SENT)
		return;
	change(replay, side, peer == ZEEK_ESTABLISHED ? ZEEK_ESTABLISHED :
	    ZEEK_PARTIAL);
}

static void
got_fin(struct replay *replay, unsigned side)
{
	const enum zeek state = replay->state[side];

	if (state == ZEEK_CLOSED || state == ZEEK_RESET)
		return;
	change(replay, side, ZEEK_CLOSED);
	/* A FIN answers one that an RST had followed: closed after all. */
	if ((state == ZEEK_ESTABLISHED || state == ZEEK_PARTIAL) &&
	    replay->state[!side] == ZEEK_RESET &&
	    replay->before[!side] == ZEEK_CLOSED)
		change(replay, !side, ZEEK_CLOSED);
}

static void
got_reset(struct replay *replay, unsigned side)
{
	if (replay->state[side] == ZEEK_RESET)
		return;
	if (replay->state[side] == ZEEK_CLOSED &&
	    replay->state[!side] == ZEEK_CLOSED)
		return;
	change(replay, side, ZEEK_RESET);
}

static void
got_syn(struct replay *replay, unsigned side, bool is_synack)
{
	if (replay->state[side] == ZEEK_INACTIVE)
		first_syn(replay, side, is_synack);
	else if (replay->state[side] == ZEEK_PARTIAL &&
	    replay->state[!side] == ZEEK_INACTIVE && !is_synack)
		change(replay, side, ZEEK_SYN_SENT);
}

/*
 * SYN+FIN or SYN+RST: the letter does not distinguish the two, but the counters
 * do (nearly: scanners with such segments send nothing else).
 */
static void
got_odd_syn(struct replay *replay, const struct lifecycle *sent, unsigned side)
{
	got_syn(replay, side, false);
	if (sent->fin_count > 0)
		got_fin(replay, side);
	else
		got_reset(replay, side);
}

static void
replay_letter(struct replay *replay, const struct conn *conn, char letter)
{
	const unsigned side = !is_of_orig(letter);

	switch (upper(letter)) {
	case 'S':
	case 'H':
		got_syn(replay, side, upper(letter) == 'H');
		break;
	case 'A':
	case 'D':
		if (replay->state[side] == ZEEK_INACTIVE)
			first_other(replay, side, upper(letter) == 'D');
		break;
	case 'F':
		got_fin(replay, side);
		break;
	case 'Q':
		got_odd_syn(replay, &conn->lifecycle[side == 0 ? conn->orig :
		    !conn->orig], side);
		break;
	case 'R':
	case 'I':	/* FIN and RST */
		got_reset(replay, side);
		break;
	default:	/* gaps, repeats, windows: no change of state */
		break;
	}
}

/* A SYN, then an RST, and between them no letter of the originator. */
static bool
is_syn_then_reset(const struct analysis *analysis)
{
	size_t at = 0;

	if (at < analysis->history_len && analysis->history[at] == '^')
		at++;
	if (at >= analysis->history_len || analysis->history[at] != 'S')
		return false;
	while (++at < analysis->history_len) {
		if (analysis->history[at] == 'R')
			return true;
		if (memchr("HAFGIQ", analysis->history[at], 6) != NULL)
			return false;
	}
	return false;
}

static bool
is_silent(enum zeek state)
{
	return state == ZEEK_INACTIVE || state == ZEEK_PARTIAL;
}

static const char *
resp_reset_code(const struct conn *conn, enum zeek orig)
{
	const bool is_empty = conn->endpoint[0].bytes == 0 &&
	    conn->endpoint[1].bytes == 0;

	if (orig == ZEEK_SYN_SENT || orig == ZEEK_SYN_ACK_SENT ||
	    (orig == ZEEK_RESET && is_empty))
		return "REJ";
	return is_silent(orig) ? "RSTRH" : "RSTR";
}

static const char *
orig_reset_code(const struct conn *conn, enum zeek resp)
{
	if (!is_silent(resp))
		return "RSTO";
	return is_syn_then_reset(conn->analysis) ? "RSTOS0" : "OTH";
}

static const char *
other_code(enum zeek orig, enum zeek resp)
{
	if (orig == ZEEK_CLOSED && resp == ZEEK_CLOSED)
		return "SF";
	if (orig == ZEEK_CLOSED)
		return is_silent(resp) ? "SH" : "S2";
	if (resp == ZEEK_CLOSED)
		return is_silent(orig) ? "SHR" : "S3";
	if (orig == ZEEK_SYN_SENT && resp == ZEEK_INACTIVE)
		return "S0";
	if (orig == ZEEK_ESTABLISHED && resp == ZEEK_ESTABLISHED)
		return "S1";
	return "OTH";
}

const char *
close_zeek_state(const struct conn *conn)
{
	const struct analysis *analysis = conn->analysis;
	struct replay replay = { .state = { ZEEK_INACTIVE, ZEEK_INACTIVE } };

	for (unsigned i = 0; i < analysis->history_len; i++)
		replay_letter(&replay, conn, analysis->history[i]);
	if (replay.state[1] == ZEEK_RESET)
		return resp_reset_code(conn, replay.state[0]);
	if (replay.state[0] == ZEEK_RESET)
		return orig_reset_code(conn, replay.state[1]);
	return other_code(replay.state[0], replay.state[1]);
}
