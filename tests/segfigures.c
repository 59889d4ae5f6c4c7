/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Plain members are read by their own names, so that a script says what the
 * headers say and a renamed member is found by the compiler.
 */
#include "config.h"

#include "segfigures.h"

#include <stdio.h>
#include <string.h>

#include "records/record.h"
#include "tcp/analysis.h"
#include "tcp/window.h"

#define FIGURE(object, member)						\
	do {								\
		if (strcmp(name, #member) == 0) {			\
			*ret_value = (int64_t)(object)->member;		\
			return true;					\
		}							\
	} while (0)

/* A judgement goes by the key of its column. */
static bool
of_judged(const struct endpoint_stats *stats, const char *name,
    int64_t *ret_value)
{
	char key[64];
	const struct column *column;

	(void)snprintf(key, sizeof(key), "orig_%s", name);
	column = record_find(key);
	if (column == NULL || column->get != record_find("orig_retrans")->get)
		return false;
	*ret_value = stats->judged[column->at];
	return true;
}

static bool
of_counts(const struct header_counts *c, const char *name, int64_t *ret_value)
{
	FIGURE(c, sack);
	FIGURE(c, clock_back);
	FIGURE(c, unknown_options);
	FIGURE(c, malformed_options);
	FIGURE(c, urgent);
	FIGURE(c, ece);
	FIGURE(c, cwr);
	FIGURE(c, ce);
	return false;
}

static bool
of_side(const struct endpoint_track *s, const char *name, int64_t *ret_value)
{
	FIGURE(s, inflight_count);
	FIGURE(s, holes_count);
	FIGURE(s, last_window);
	FIGURE(s, max_payload);
	FIGURE(s, srtt);
	FIGURE(s, rttvar);
	FIGURE(s, forgotten);
	return false;
}

static bool
of_series(const struct series *s, const char *name, int64_t *ret_value)
{
	FIGURE(s, count);
	FIGURE(s, sum);
	FIGURE(s, min);
	FIGURE(s, max);
	return false;
}

static bool
of_side_figures(const struct endpoint_stats *f, const char *name,
    int64_t *ret_value)
{
	FIGURE(f, unique_bytes);
	FIGURE(f, retrans_bytes);
	FIGURE(f, repeated_bytes);
	FIGURE(f, timeouts);
	FIGURE(f, loss_runs);
	FIGURE(f, loss_run_max);
	FIGURE(f, missed_bytes);
	FIGURE(f, max_flight);
	FIGURE(f, win_sum);
	FIGURE(f, win_count);
	FIGURE(f, win_min);
	FIGURE(f, win_max);
	if (strncmp(name, "rtt_", 4) == 0)
		return of_series(&f->rtt, name + 4, ret_value);
	if (strncmp(name, "ts_rtt_", 7) == 0)
		return of_series(&f->ts_rtt, name + 7, ret_value);
	return of_judged(f, name, ret_value) ||
	    of_counts(&f->counts, name, ret_value);
}

static bool
of_endpoint(const struct endpoint *e, const char *name, int64_t *ret_value)
{
	FIGURE(e, pkts);
	FIGURE(e, bytes);
	FIGURE(e, ip_bytes);
	FIGURE(e, nxt);
	FIGURE(e, una);
	FIGURE(e, window);
	FIGURE(e, mss);
	FIGURE(e, rst_count);
	FIGURE(e, wscale);
	FIGURE(e, has_isn);
	FIGURE(e, has_mss);
	FIGURE(e, has_wscale);
	FIGURE(e, has_sack_permitted);
	FIGURE(e, has_timestamps);
	FIGURE(e, has_fin);
	FIGURE(e, fin_acked);
	return false;
}

static bool
of_ends(const struct lifecycle *e, const char *name, int64_t *ret_value)
{
	FIGURE(e, syn_count);
	FIGURE(e, fin_count);
	FIGURE(e, fin_end);
	return false;
}

/* Times that may still run: up to the connection's last segment. */
static bool
of_times(const struct conn *conn, unsigned side, const char *name,
    int64_t *ret_value)
{
	if (strcmp(name, "zero_ns") == 0)
		*ret_value = window_zero_ns(conn, conn->analysis, side);
	else if (strcmp(name, "limited_ns") == 0)
		*ret_value = window_limited_ns(conn, conn->analysis, side);
	else
		return false;
	return true;
}

/* A number or a duration of the record. */
static bool
of_column(const struct conn *conn, const char *key, int64_t *ret_value)
{
	const struct column *column = record_find(key);
	struct value value;

	if (column == NULL)
		return false;
	record_get(column, conn, &value);
	if (value.type == VALUE_NUMBER)
		*ret_value = (int64_t)value.u.number;
	else if (value.type == VALUE_DURATION)
		*ret_value = value.u.ns;
	else
		return false;
	return true;
}

static bool
of_side_column(const struct conn *conn, unsigned side, const char *name,
    int64_t *ret_value)
{
	char key[64];

	(void)snprintf(key, sizeof(key), "%s_%s",
	    side == conn->orig ? "orig" : "resp", name);
	return of_column(conn, key, ret_value);
}

bool
segfigures_side(const struct conn *conn, unsigned side, const char *name,
    int64_t *ret_value)
{
	const struct analysis *an = conn->analysis;

	if (of_endpoint(&conn->endpoint[side], name, ret_value) ||
	    of_ends(&conn->lifecycle[side], name, ret_value))
		return true;
	return an != NULL && (of_times(conn, side, name, ret_value) ||
	    of_side(&an->track[side], name, ret_value) ||
	    of_side_figures(&an->stats[side], name, ret_value) ||
	    of_side_column(conn, side, name, ret_value));
}

static bool
of_analysis(const struct analysis *a, const char *name, int64_t *ret_value)
{
	FIGURE(a, rtt_initial);
	FIGURE(a, rtt_syn);
	FIGURE(a, rtt_ack);
	FIGURE(a, ecn);
	FIGURE(a, unreachable);
	FIGURE(a, path_mtu);
	FIGURE(a, tfo_cookie);
	FIGURE(a, tfo_data);
	FIGURE(a, mptcp);
	FIGURE(a, ecn_offered);
	FIGURE(a, history_full);
	return false;
}

static bool
of_figures(const struct report_stats *f, const char *name, int64_t *ret_value)
{
	FIGURE(f, rtt_sum);
	FIGURE(f, rtt_min);
	FIGURE(f, rtt_max);
	FIGURE(f, rtt_count);
	FIGURE(f, win_sum);
	FIGURE(f, win_count);
	FIGURE(f, win_min);
	FIGURE(f, win_max);
	return false;
}

/* The questions of flow/conn.h. */
static bool
of_classes(const struct conn *conn, const char *name, int64_t *ret_value)
{
	const struct {
		const char *name;
		int64_t value;
	} classes[] = {
		{ "is_complete", conn_is_complete(conn) },
		{ "is_reset", conn_is_reset(conn) },
		{ "is_open", conn_is_open(conn) },
		{ "has_scaling", conn_has_scaling(conn) },
		{ "knows_scaling", conn_knows_scaling(conn) },
		{ "packets", (int64_t)(conn->endpoint[0].pkts +
		    conn->endpoint[1].pkts) },
		{ "bytes", (int64_t)(conn->endpoint[0].bytes +
		    conn->endpoint[1].bytes) },
		{ "duration", conn->last_ns - conn->first_ns },
	};

	for (size_t i = 0; i < ARRAY_LEN(classes); i++)
		if (strcmp(name, classes[i].name) == 0) {
			*ret_value = classes[i].value;
			return true;
		}
	return false;
}

bool
segfigures_conn(const struct conn *conn, const char *name, int64_t *ret_value)
{
	FIGURE(conn, number);
	FIGURE(&conn->report, duplicates);
	FIGURE(conn, first_frame);
	FIGURE(conn, last_frame);
	FIGURE(conn, is_closed);
	FIGURE(conn, rst_pending);
	FIGURE(conn, is_midstream);
	FIGURE(conn, data_after_fin);
	FIGURE(conn, is_reported);
	FIGURE(conn, is_revised);
	FIGURE(conn, is_returned);
	if (strncmp(name, "d.", 2) == 0)	/* section D of the report */
		return of_figures(&conn->report, name + 2, ret_value);
	return of_classes(conn, name, ret_value) || (conn->analysis != NULL &&
	    of_analysis(conn->analysis, name, ret_value)) ||
	    of_column(conn, name, ret_value);
}

bool
segfigures_judgement(const struct judgement *j, const char *name,
    int64_t *ret_value)
{
	FIGURE(j, start);
	FIGURE(j, end);
	FIGURE(j, expected);
	FIGURE(j, ack);
	FIGURE(j, has_offset);
	FIGURE(j, has_ack);
	FIGURE(j, covers_first);
	FIGURE(j, covers_last);
	FIGURE(j, covers_count);
	FIGURE(j, covers_rtt);
	FIGURE(j, repeats_frame);
	FIGURE(j, repeats_ns);
	FIGURE(j, window);
	FIGURE(j, in_flight);
	FIGURE(j, window_left);
	FIGURE(j, delta_ns);
	return false;
}

bool
segfigures_totals(const struct tcpstates_totals *t, const char *name,
    int64_t *ret_value)
{
	FIGURE(t, frames);
	FIGURE(t, bytes);
	FIGURE(t, conns);
	FIGURE(t, clock_back);
	FIGURE(t, twins);
	FIGURE(t, forgotten);
	FIGURE(t, evicted);
	return false;
}
