/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The getters of the record `conn`, in the order of columns.def.  Each is given
 * a null value and leaves it null if there is no figure.
 *
 * Inline, because each user unrolls the table (each_column.def): record.c to
 * have a function per column, a format to print each figure where it is read,
 * with everything that is known about it at compile time.
 */
#ifndef TCPSTATES_RECORDS_GETTERS_H
#define TCPSTATES_RECORDS_GETTERS_H

#include <assert.h>
#include <stddef.h>
#include <string.h>

#include "base/compiler.h"
#include "base/nstime.h"
#include "diagnosis/diagnosis.h"
#include "diagnosis/findings.h"
#include "diagnosis/ledger.h"
#include "flow/conn.h"
#include "flow/limits.h"
#include "flow/summary.h"
#include "records/community.h"
#include "records/owners.h"
#include "records/record.h"
#include "records/value.h"
#include "tcp/analysis.h"
#include "tcp/close.h"
#include "tcp/history.h"
#include "tcp/loss.h"
#include "tcp/pack.h"
#include "tcp/probe.h"
#include "tcp/rtt.h"
#include "tcp/machine.h"
#include "tcp/state.h"
#include "tcp/window.h"

/* Memory that a record needs: it is valid as long as that is. */
struct record_room {
	struct pack_room pack;
	bool is_asked;			/* is_known is valid */
	bool is_known;			/* diagnosed is valid */
	struct diagnosed diagnosed;
};

/*
 * What getters read.  Cached locally, because output stores may alias
 * everything reachable by pointer.
 */
struct record_source {
	const struct conn *conn;
	const struct analysis *analysis;	/* NULL: there is none */
	/* By enum column_side; COLUMN_WHOLE is not used. */
	unsigned side[COLUMN_RESP + 1];		/* index of conn->endpoint[] */
	const struct endpoint *endpoint[COLUMN_RESP + 1];
	const struct lifecycle *lifecycle[COLUMN_RESP + 1];
	/* NULL without analysis. */
	const struct endpoint_stats *figures[COLUMN_RESP + 1];
	struct record_room *room;
};

static inline struct record_source
record_source_of(const struct conn *given, struct record_room *room)
{
	const struct conn *conn = pack_read(given, &room->pack);
	struct record_source from = {
		.conn = conn,
		.analysis = conn->analysis,
		.side = { [COLUMN_ORIG] = conn->orig,
		    [COLUMN_RESP] = !conn->orig },
		.room = room,
	};

	for (unsigned i = COLUMN_ORIG; i <= COLUMN_RESP; i++) {
		from.endpoint[i] = &conn->endpoint[from.side[i]];
		from.lifecycle[i] = &conn->lifecycle[from.side[i]];
		from.figures[i] = conn->analysis != NULL ?
		    &conn->analysis->stats[from.side[i]] : NULL;
	}
	room->is_asked = false;
	return from;
}

/* The diagnosis, made when first asked for; NULL: there is none. */
static inline const struct diagnosed *
source_diagnosed(const struct record_source *from)
{
	struct record_room *room = from->room;

	if (!room->is_asked)
		room->is_known = diagnose(from->conn, &room->diagnosed);
	room->is_asked = true;
	return room->is_known ? &room->diagnosed : NULL;
}

/*
 * Of the connection.
 */

#define GETTER(name)							\
	static ALWAYS_INLINE void					\
	get_##name(UNUSED const struct record_source *from,		\
	    UNUSED enum column_side whose, UNUSED size_t at,		\
	    struct value *value)

GETTER(number)
{
	value_number(value, from->conn->number);
}

GETTER(ts)
{
	value_instant(value, from->conn->first_ns);
}

GETTER(duration)
{
	value_duration(value, summary_duration(from->conn));
}

GETTER(community_id)
{
	static_assert(VALUE_SCRATCH >= COMMUNITY_BUFSIZE, "fits");

	community_id(value->u.scratch, &from->conn->key);
	value_scratch(value, COMMUNITY_BUFSIZE - 1);
}

static inline void
set_addr(struct value *value, const struct conn *conn, unsigned side)
{
	value->type = VALUE_ADDR;
	memcpy(value->u.addr.bytes, conn->key.addr[side],
	    sizeof(value->u.addr.bytes));
	value->u.addr.ip_version = conn->key.ip_version;
}

GETTER(orig_h)
{
	set_addr(value, from->conn, from->conn->orig);
}

GETTER(orig_p)
{
	value_number(value, from->conn->key.port[from->conn->orig]);
}

GETTER(resp_h)
{
	set_addr(value, from->conn, !from->conn->orig);
}

GETTER(resp_p)
{
	value_number(value, from->conn->key.port[!from->conn->orig]);
}

GETTER(vni)
{
	if (from->conn->key.network != NETWORK_PLAIN)
		value_number(value, from->conn->key.vni);
}

GETTER(state)
{
	static_assert(VALUE_SCRATCH >= RECORD_COUNTS_BUFSIZE, "fits");

	value_scratch(value, record_counts(value->u.scratch, from->conn));
}

GETTER(status)
{
	if (conn_is_reset(from->conn))
		value_text(value, "R");
	else
		get_state(from, whose, at, value);
}

GETTER(complete)
{
	value_flag(value, conn_is_complete(from->conn));
}

GETTER(reset)
{
	value_flag(value, conn_is_reset(from->conn));
}

GETTER(open)
{
	value_flag(value, conn_is_open(from->conn));
}

GETTER(midstream)
{
	value_flag(value, from->conn->is_midstream);
}

GETTER(orig_state)
{
	if (from->analysis != NULL)
		value_text(value, state_name(machine_state(from->conn,
		    from->conn->orig)));
}

GETTER(resp_state)
{
	if (from->analysis != NULL)
		value_text(value, state_name(machine_state(from->conn,
		    !from->conn->orig)));
}

GETTER(conn_state)
{
	if (from->analysis != NULL)
		value_text(value, close_zeek_state(from->conn));
}

GETTER(history)
{
	static_assert(VALUE_SCRATCH >= HISTORY_MAX, "fits");
	const struct analysis *analysis = from->analysis;

	if (analysis == NULL || analysis->history_len == 0)
		return;
	memcpy(value->u.scratch, analysis->history, analysis->history_len);
	value->u.scratch[analysis->history_len] = '\0';
	value_scratch(value, analysis->history_len);
}

GETTER(completeness)
{
	if (from->analysis != NULL)
		value_number(value, history_completeness(from->conn,
		    from->analysis));
}

/* Counts of FIN and RST do not say which came first, and which were obeyed. */
GETTER(end_reason)
{
	if (from->analysis != NULL)
		value_text(value, end_key(close_end(from->conn)));
}

static inline void
set_known_duration(struct value *value, int64_t ns)
{
	if (ns >= 0)
		value_duration(value, ns);
}

GETTER(rtt_syn)
{
	if (from->analysis != NULL)
		set_known_duration(value, from->analysis->rtt_syn);
}

GETTER(rtt_ack)
{
	if (from->analysis != NULL)
		set_known_duration(value, from->analysis->rtt_ack);
}

GETTER(rtt_initial)
{
	if (from->analysis != NULL)
		set_known_duration(value, from->analysis->rtt_initial);
}

GETTER(ecn)
{
	static const char *const names[] = {
		[ECN_NONE] = NULL,
		[ECN_CLASSIC] = "classic",
		[ECN_ACCURATE] = "accurate"
	};

	if (from->analysis != NULL)
		value_text(value, names[from->analysis->ecn]);
}

GETTER(tfo)
{
	if (from->analysis != NULL)
		value_flag(value, from->analysis->tfo_cookie ||
		    from->analysis->tfo_data);
}

GETTER(mptcp)
{
	if (from->analysis != NULL)
		value_flag(value, from->analysis->mptcp);
}

GETTER(duplicates)
{
	value_number(value, from->conn->report.duplicates);
}

GETTER(first_frame)
{
	value_number(value, from->conn->first_frame);
}

GETTER(last_frame)
{
	value_number(value, from->conn->last_frame);
}

GETTER(unreachable)
{
	if (from->analysis != NULL)
		value_number(value, from->analysis->unreachable);
}

GETTER(path_mtu)
{
	if (from->analysis != NULL && from->analysis->path_mtu != 0)
		value_number(value, from->analysis->path_mtu);
}

static inline const struct icmp_error *
first_error_of(const struct record_source *from)
{
	return from->analysis != NULL &&
	    from->analysis->first_error.frame != 0 ?
	    &from->analysis->first_error : NULL;
}

GETTER(icmp_type)
{
	const struct icmp_error *error = first_error_of(from);

	if (error != NULL)
		value_number(value, error->type);
}

GETTER(icmp_code)
{
	const struct icmp_error *error = first_error_of(from);

	if (error != NULL)
		value_number(value, error->code);
}

GETTER(icmp_from)
{
	const struct icmp_error *error = first_error_of(from);

	if (error == NULL)
		return;
	value->type = VALUE_ADDR;
	memcpy(value->u.addr.bytes, error->from, sizeof(error->from));
	value->u.addr.ip_version = error->ip_version;
}

GETTER(icmp_frame)
{
	const struct icmp_error *error = first_error_of(from);

	if (error != NULL)
		value_number(value, error->frame);
}

GETTER(returned)
{
	value_flag(value, from->conn->is_returned);
}

/*
 * Section D pools these figures of complete connections.  Windows are counted
 * with every segment, RTT only with an analysis.
 */

GETTER(report_rtt_n)
{
	if (from->analysis != NULL)
		value_number(value, from->conn->report.rtt_count);
}

GETTER(report_rtt_sum)
{
	if (from->analysis != NULL)
		value_duration(value, from->conn->report.rtt_sum);
}

GETTER(report_rtt_min)
{
	if (from->conn->report.rtt_count > 0)
		value_duration(value, from->conn->report.rtt_min);
}

GETTER(report_rtt_max)
{
	if (from->conn->report.rtt_count > 0)
		value_duration(value, from->conn->report.rtt_max);
}

GETTER(report_win_n)
{
	value_number(value, from->conn->report.win_count);
}

GETTER(report_win_sum)
{
	value_number(value, from->conn->report.win_sum);
}

GETTER(report_win_min)
{
	if (from->conn->report.win_count > 0)
		value_number(value, from->conn->report.win_min);
}

GETTER(report_win_max)
{
	if (from->conn->report.win_count > 0)
		value_number(value, from->conn->report.win_max);
}

GETTER(ended_by)
{
	value_text(value, retired_word(from->conn->retired));
}

GETTER(revision)
{
	value_number(value, from->conn->is_revised ? 2 : 1);
}

/*
 * Of an endpoint.
 */

GETTER(pkts)
{
	value_number(value, from->endpoint[whose]->pkts);
}

GETTER(bytes)
{
	value_number(value, from->endpoint[whose]->bytes);
}

GETTER(ip_bytes)
{
	value_number(value, from->endpoint[whose]->ip_bytes);
}

GETTER(syn)
{
	value_number(value, from->lifecycle[whose]->syn_count);
}

GETTER(fin)
{
	value_number(value, from->lifecycle[whose]->fin_count);
}

GETTER(rst)
{
	value_number(value, from->endpoint[whose]->rst_count);
}

GETTER(wscale)
{
	const struct endpoint *endpoint = from->endpoint[whose];

	if (endpoint->has_wscale)
		value_number(value, endpoint->wscale);
}

GETTER(mss)
{
	const struct endpoint *endpoint = from->endpoint[whose];

	if (endpoint->has_mss)
		value_number(value, endpoint->mss);
}

/* Only the options of a SYN show whether SACK was offered. */
GETTER(sack_permitted)
{
	const struct endpoint *endpoint = from->endpoint[whose];

	if (endpoint->has_options || endpoint->has_sack_permitted)
		value_flag(value, endpoint->has_sack_permitted);
}

GETTER(timestamps)
{
	const struct endpoint *endpoint = from->endpoint[whose];

	if (endpoint->has_options || endpoint->has_timestamps)
		value_flag(value, endpoint->has_timestamps);
}

/*
 * Of an endpoint, by the analysis.
 */

/* A uint64_t of struct endpoint_stats. */
GETTER(bytes_at)
{
	const struct endpoint_stats *figures = from->figures[whose];
	uint64_t bytes;

	if (figures == NULL)
		return;
	memcpy(&bytes, (const char *)figures + at, sizeof(bytes));
	value_number(value, bytes);
}

/* The count of an enum judged. */
GETTER(judged)
{
	const struct endpoint_stats *figures = from->figures[whose];

	if (figures != NULL)
		value_number(value, figures->judged[at]);
}

GETTER(unacked_bytes)
{
	const int64_t bytes = from->analysis == NULL ? -1 :
	    close_unacked(from->conn, from->side[whose]);

	if (bytes >= 0)
		value_number(value, (uint64_t)bytes);
}

GETTER(timeouts)
{
	if (from->figures[whose] != NULL)
		value_number(value, from->figures[whose]->timeouts);
}

GETTER(loss_runs)
{
	if (from->figures[whose] != NULL)
		value_number(value, from->figures[whose]->loss_runs);
}

GETTER(loss_run_segments)
{
	if (from->figures[whose] != NULL)
		value_number(value, loss_longest_run(from->figures[whose],
		    &from->analysis->track[from->side[whose]]));
}

GETTER(loss_pattern)
{
	if (from->figures[whose] != NULL)
		value_text(value, loss_pattern_name(loss_pattern(
		    from->figures[whose],
		    &from->analysis->track[from->side[whose]])));
}

GETTER(port_state)
{
	if (from->analysis != NULL)
		value_text(value, probe_port_name(probe_port(from->conn)));
}

GETTER(probe)
{
	if (from->analysis != NULL)
		value_text(value, probe_name(probe_kind(from->conn)));
}

/* A uint32_t of struct header_counts. */
GETTER(count)
{
	const struct endpoint_stats *figures = from->figures[whose];
	uint32_t count;

	if (figures == NULL)
		return;
	memcpy(&count, (const char *)&figures->counts + at,
	    sizeof(count));
	value_number(value, count);
}

GETTER(zero_window_secs)
{
	if (from->analysis != NULL)
		value_duration(value, window_zero_ns(from->conn, from->analysis,
		    from->side[whose]));
}

/* Without a diagnosis as far as the capture point shows it. */
GETTER(limited_secs)
{
	const struct diagnosed *diagnosed = source_diagnosed(from);

	if (diagnosed != NULL)
		value_duration(value, ledger_limited_ns(&diagnosed->ledger,
		    from->side[whose]));
	else if (from->analysis != NULL)
		value_duration(value, window_limited_ns(from->conn,
		    from->analysis, from->side[whose]));
}

GETTER(max_flight)
{
	const struct endpoint_stats *figures = from->figures[whose];

	if (figures != NULL)
		value_number(value, (uint64_t)figures->max_flight);
}

GETTER(win_min)
{
	const struct endpoint_stats *figures = from->figures[whose];

	if (figures != NULL && figures->win_count > 0)
		value_number(value, figures->win_min);
}

GETTER(win_mean)
{
	const struct endpoint_stats *figures = from->figures[whose];

	if (figures != NULL)
		value_mean(value, (struct sum){ .low = figures->win_sum },
		    figures->win_count, 1);
}

GETTER(win_max)
{
	const struct endpoint_stats *figures = from->figures[whose];

	if (figures != NULL && figures->win_count > 0)
		value_number(value, figures->win_max);
}

/* A series of an endpoint; NULL if there is no sample. */
static inline const struct series *
series_of(const struct record_source *from, enum column_side whose, size_t at)
{
	const struct endpoint_stats *figures = from->figures[whose];
	const struct series *series;

	if (figures == NULL)
		return NULL;
	series = at == offsetof(struct endpoint_stats, rtt) ? &figures->rtt :
	    &figures->ts_rtt;
	return series->count > 0 ? series : NULL;
}

GETTER(series_n)
{
	const struct series *series = series_of(from, whose, at);

	if (from->analysis != NULL)
		value_number(value, series != NULL ? series->count : 0);
}

GETTER(series_min)
{
	const struct series *series = series_of(from, whose, at);

	if (series != NULL)
		value_duration(value, series->min);
}

GETTER(series_mean)
{
	const struct series *series = series_of(from, whose, at);

	if (series != NULL)
		value_mean(value, (struct sum){ .low = (uint64_t)series->sum },
		    series->count, NS_PER_SEC);
}

GETTER(series_max)
{
	const struct series *series = series_of(from, whose, at);

	if (series != NULL)
		value_duration(value, series->max);
}

static inline void
set_quantile(struct value *value, const struct series *series,
    unsigned permille)
{
	if (series != NULL)
		set_known_duration(value, series_quantile(series, permille));
}

GETTER(series_p50)
{
	set_quantile(value, series_of(from, whose, at), 500);
}

GETTER(series_p95)
{
	set_quantile(value, series_of(from, whose, at), 950);
}

GETTER(series_p99)
{
	set_quantile(value, series_of(from, whose, at), 990);
}

/*
 * Where the time went.
 */

GETTER(booked)
{
	const size_t book = whose == COLUMN_WHOLE ? at : at + from->side[whose];
	const struct diagnosed *diagnosed = source_diagnosed(from);

	if (diagnosed != NULL)
		value_duration(value, diagnosed->ledger.ns[book]);
}

/* The finding that is the verdict, or NULL. */
static inline const struct finding *
main_finding(const struct record_source *from)
{
	const struct diagnosed *diagnosed = source_diagnosed(from);

	return diagnosed != NULL && diagnosed->outcome == OUTCOME_FINDING ?
	    &diagnosed->finding[diagnosed->main] : NULL;
}

GETTER(verdict)
{
	const struct diagnosed *diagnosed = source_diagnosed(from);

	if (diagnosed != NULL)
		value_text(value, diagnosed_verdict(diagnosed));
}

GETTER(verdict_side)
{
	const struct finding *finding = main_finding(from);

	if (finding != NULL && finding->side != SIDE_NOBODY)
		value_text(value, finding_side_words(finding));
}

GETTER(verdict_confidence)
{
	const struct finding *finding = main_finding(from);

	if (finding != NULL)
		value_text(value, confidence_words(finding->confidence));
}

GETTER(verdict_secs)
{
	const struct finding *finding = main_finding(from);

	if (finding != NULL)
		value_duration(value, finding->cost_ns);
}

GETTER(verdict_frame)
{
	const struct finding *finding = main_finding(from);

	if (finding != NULL)
		value_number(value, finding->frame);
}

GETTER(share)
{
	const struct diagnosed *diagnosed = source_diagnosed(from);
	const int64_t duration = summary_duration(from->conn);

	if (diagnosed == NULL || duration <= 0)
		return;
	value_mean(value, (struct sum){ .low = (uint64_t)
	    diagnosed->share_ns[at] }, (uint64_t)duration, 1);
}

GETTER(tap)
{
	const struct diagnosed *diagnosed = source_diagnosed(from);

	if (diagnosed != NULL)
		value_text(value, tap_words(diagnosed->tap));
}

GETTER(roles_guessed)
{
	const struct diagnosed *diagnosed = source_diagnosed(from);

	if (diagnosed != NULL)
		value_flag(value, diagnosed->roles_guessed);
}

GETTER(duplex)
{
	const struct diagnosed *diagnosed = source_diagnosed(from);

	if (diagnosed != NULL)
		value_flag(value, diagnosed->is_duplex);
}

GETTER(view_approximate)
{
	const struct diagnosed *diagnosed = source_diagnosed(from);

	if (diagnosed != NULL)
		value_flag(value, diagnosed->is_approximate);
}

/* Turns mean something where the endpoints take turns. */
static inline const struct turn_figures *
source_turns(const struct record_source *from)
{
	const struct diagnosed *diagnosed = source_diagnosed(from);

	return diagnosed != NULL && !diagnosed->is_duplex ?
	    &diagnosed->turns : NULL;
}

GETTER(turns)
{
	const struct turn_figures *turns = source_turns(from);

	if (turns != NULL)
		value_number(value, turns->count);
}

GETTER(turn_ns)
{
	const struct turn_figures *turns = source_turns(from);
	int64_t ns;

	if (turns == NULL || turns->count == 0)
		return;
	memcpy(&ns, (const char *)turns + at, sizeof(ns));
	set_known_duration(value, ns);
}

GETTER(first_max_frame)
{
	const struct turn_figures *turns = source_turns(from);

	if (turns != NULL && turns->count > 0)
		value_number(value, turns->first_max_frame);
}

static inline const struct sender *
source_sender(const struct record_source *from, enum column_side whose)
{
	const struct diagnosis *d = diagnosis_of(from->conn);

	return d != NULL ? d->marks[from->side[whose]].sender : NULL;
}

GETTER(loss_unseen)
{
	const struct sender *sender = source_sender(from, whose);

	if (diagnosis_of(from->conn) != NULL)
		value_number(value, sender != NULL ? sender->unseen : 0);
}

GETTER(cwnd_est)
{
	const struct sender *sender = source_sender(from, whose);

	if (sender != NULL)
		value_number(value, sender->max_flight);
}

GETTER(busy)
{
	set_known_duration(value, ledger_busy_ns(from->conn,
	    from->side[whose]));
}

/*
 * With --processes.
 */

GETTER(pid)
{
	const struct owner *owner = owners_of(from->conn, from->side[whose]);

	if (owner != NULL && owner->pid != 0)
		value_number(value, owner->pid);
}

static inline void
set_owner_text(struct value *value, const char *text)
{
	if (text[0] != '\0')
		value_text(value, text);
}

GETTER(process)
{
	const struct owner *owner = owners_of(from->conn, from->side[whose]);

	if (owner != NULL)
		set_owner_text(value, owner->process);
}

GETTER(cgroup)
{
	const struct owner *owner = owners_of(from->conn, from->side[whose]);

	static_assert(VALUE_SCRATCH >= OWNER_CGROUP_SIZE, "as all texts");
	if (owner != NULL)
		set_owner_text(value, owner->cgroup);
}

GETTER(kernel_retrans)
{
	const struct owner *owner = owners_of(from->conn, from->side[whose]);

	if (owner != NULL && owner->has_figures)
		value_number(value, owner->retrans);
}

GETTER(kernel_min_rtt)
{
	const struct owner *owner = owners_of(from->conn, from->side[whose]);

	if (owner != NULL && owner->has_figures)
		set_known_duration(value, owner->min_rtt_ns);
}

GETTER(kernel_final)
{
	const struct owner *owner = owners_of(from->conn, from->side[whose]);

	if (owner != NULL && owner->has_figures)
		value_flag(value, owner->is_final);
}

#undef GETTER

#endif
