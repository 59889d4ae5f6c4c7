/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The record `conn`: getters in the order of columns.def.  Each starts from a
 * null value and leaves it so when the figure does not exist.
 */
#include "config.h"

#include "report/record.h"

#include <string.h>

#include "base/compiler.h"
#include "base/nstime.h"
#include "base/put.h"
#include "flow/conn.h"
#include "flow/limits.h"
#include "flow/summary.h"
#include "report/community.h"
#include "report/writer.h"
#include "tcp/analysis.h"
#include "tcp/close.h"
#include "tcp/pack.h"
#include "tcp/rtt.h"
#include "tcp/state.h"
#include "tcp/window.h"

/*
 * Where a getter looks.
 */

static unsigned
side_of(const struct column *column, const struct conn *conn)
{
	return column->side == COLUMN_RESP ? !conn->orig : conn->orig;
}

static const struct endpoint *
endpoint_of(const struct column *column, const struct conn *conn)
{
	return &conn->endpoint[side_of(column, conn)];
}

static const struct ends *
ends_of(const struct column *column, const struct conn *conn)
{
	return &conn->ends[side_of(column, conn)];
}

/* NULL when the connection has no analysis. */
static const struct side_figures *
figures_of(const struct column *column, const struct conn *conn)
{
	return conn->analysis != NULL ?
	    &conn->analysis->figures[side_of(column, conn)] : NULL;
}

/*
 * Of the connection.
 */

#define GETTER(name)							\
	static inline void						\
	get_##name(UNUSED const struct column *column,			\
	    const struct conn *conn, struct value *value)

GETTER(number)
{
	value_number(value, conn->number);
}

GETTER(ts)
{
	value_instant(value, conn->first_ns);
}

GETTER(duration)
{
	value_duration(value, summary_duration(conn));
}

GETTER(community_id)
{
	_Static_assert(VALUE_SCRATCH >= COMMUNITY_BUFSIZE, "fits");

	community_id(value->u.scratch, &conn->key);
	value_text(value, value->u.scratch);
}

static void
set_addr(struct value *value, const struct conn *conn, unsigned side)
{
	value->type = VALUE_ADDR;
	memcpy(value->u.addr.octets, conn->key.addr[side],
	    sizeof(value->u.addr.octets));
	value->u.addr.ip_version = conn->key.ip_version;
}

GETTER(orig_h)
{
	set_addr(value, conn, conn->orig);
}

GETTER(orig_p)
{
	value_number(value, conn->key.port[conn->orig]);
}

GETTER(resp_h)
{
	set_addr(value, conn, !conn->orig);
}

GETTER(resp_p)
{
	value_number(value, conn->key.port[!conn->orig]);
}

GETTER(vni)
{
	if (conn->key.has_vni)
		value_number(value, conn->key.vni);
}

GETTER(state)
{
	_Static_assert(VALUE_SCRATCH >= RECORD_COUNTS_BUFSIZE, "fits");

	record_counts(value->u.scratch, conn);
	value_text(value, value->u.scratch);
}

GETTER(status)
{
	if (conn_is_reset(conn))
		value_text(value, "R");
	else
		get_state(column, conn, value);
}

GETTER(complete)
{
	value_flag(value, conn_is_complete(conn));
}

GETTER(reset)
{
	value_flag(value, conn_is_reset(conn));
}

GETTER(open)
{
	value_flag(value, conn_is_open(conn));
}

GETTER(midstream)
{
	value_flag(value, conn->is_midstream);
}

GETTER(orig_state)
{
	value_text(value, state_name(conn_orig(conn)->state));
}

GETTER(resp_state)
{
	value_text(value, state_name(conn_resp(conn)->state));
}

GETTER(conn_state)
{
	if (conn->analysis != NULL)
		value_text(value, close_zeek_state(conn));
}

GETTER(history)
{
	_Static_assert(VALUE_SCRATCH >= HISTORY_MAX, "fits");
	const struct analysis *analysis = conn->analysis;

	if (analysis == NULL || analysis->history_len == 0)
		return;
	memcpy(value->u.scratch, analysis->history, analysis->history_len);
	value->u.scratch[analysis->history_len] = '\0';
	value_text(value, value->u.scratch);
}

GETTER(completeness)
{
	if (conn->analysis != NULL)
		value_number(value, conn->analysis->completeness);
}

GETTER(end_reason)
{
	value_text(value, end_key(close_end(conn)));
}

static void
set_known_duration(struct value *value, int64_t ns)
{
	if (ns >= 0)
		value_duration(value, ns);
}

GETTER(rtt_syn)
{
	if (conn->analysis != NULL)
		set_known_duration(value, conn->analysis->rtt_syn);
}

GETTER(rtt_ack)
{
	if (conn->analysis != NULL)
		set_known_duration(value, conn->analysis->rtt_ack);
}

GETTER(rtt_initial)
{
	if (conn->analysis != NULL)
		set_known_duration(value, conn->analysis->rtt_initial);
}

GETTER(ecn)
{
	static const char *const names[] = {
		[ECN_NONE] = NULL,
		[ECN_CLASSIC] = "classic",
		[ECN_ACCURATE] = "accurate"
	};

	if (conn->analysis != NULL)
		value_text(value, names[conn->analysis->ecn]);
}

GETTER(tfo)
{
	if (conn->analysis != NULL)
		value_flag(value, conn->analysis->tfo_cookie ||
		    conn->analysis->tfo_data);
}

GETTER(mptcp)
{
	if (conn->analysis != NULL)
		value_flag(value, conn->analysis->mptcp);
}

GETTER(duplicates)
{
	value_number(value, conn->figures.duplicates);
}

GETTER(first_frame)
{
	value_number(value, conn->first_frame);
}

GETTER(last_frame)
{
	value_number(value, conn->last_frame);
}

GETTER(unreachable)
{
	if (conn->analysis != NULL)
		value_number(value, conn->analysis->unreachable);
}

GETTER(path_mtu)
{
	if (conn->analysis != NULL && conn->analysis->path_mtu != 0)
		value_number(value, conn->analysis->path_mtu);
}

GETTER(returned)
{
	value_flag(value, conn->is_returned);
}

/*
 * Section D pools these of the complete connections.  Windows come with every
 * segment; round trips are a matter of the analysis.
 */

GETTER(report_rtt_n)
{
	if (conn->analysis != NULL)
		value_number(value, conn->figures.rtt_count);
}

GETTER(report_rtt_sum)
{
	if (conn->analysis != NULL)
		value_duration(value, conn->figures.rtt_sum);
}

GETTER(report_rtt_min)
{
	if (conn->figures.rtt_count > 0)
		value_duration(value, conn->figures.rtt_min);
}

GETTER(report_rtt_max)
{
	if (conn->figures.rtt_count > 0)
		value_duration(value, conn->figures.rtt_max);
}

GETTER(report_win_n)
{
	value_number(value, conn->figures.win_count);
}

GETTER(report_win_sum)
{
	value_number(value, conn->figures.win_sum);
}

GETTER(report_win_min)
{
	if (conn->figures.win_count > 0)
		value_number(value, conn->figures.win_min);
}

GETTER(report_win_max)
{
	if (conn->figures.win_count > 0)
		value_number(value, conn->figures.win_max);
}

GETTER(ended_by)
{
	value_text(value, retired_word(conn->retired));
}

/*
 * Of an endpoint.
 */

GETTER(pkts)
{
	value_number(value, endpoint_of(column, conn)->pkts);
}

GETTER(bytes)
{
	value_number(value, endpoint_of(column, conn)->bytes);
}

GETTER(ip_bytes)
{
	value_number(value, endpoint_of(column, conn)->ip_bytes);
}

GETTER(syn)
{
	value_number(value, ends_of(column, conn)->syn_count);
}

GETTER(fin)
{
	value_number(value, ends_of(column, conn)->fin_count);
}

GETTER(rst)
{
	value_number(value, endpoint_of(column, conn)->rst_count);
}

GETTER(wscale)
{
	const struct endpoint *endpoint = endpoint_of(column, conn);

	if (endpoint->has_wscale)
		value_number(value, endpoint->wscale);
}

GETTER(mss)
{
	const struct endpoint *endpoint = endpoint_of(column, conn);

	if (endpoint->has_mss)
		value_number(value, endpoint->mss);
}

/* Offered or not is known only from the options of a SYN. */
GETTER(sack_permitted)
{
	const struct endpoint *endpoint = endpoint_of(column, conn);

	if (endpoint->has_options || endpoint->has_sack_permitted)
		value_flag(value, endpoint->has_sack_permitted);
}

GETTER(timestamps)
{
	const struct endpoint *endpoint = endpoint_of(column, conn);

	if (endpoint->has_options || endpoint->has_timestamps)
		value_flag(value, endpoint->has_timestamps);
}

/*
 * Of an endpoint, by the analysis.
 */

/* A uint64_t of struct side_figures. */
GETTER(octets)
{
	const struct side_figures *figures = figures_of(column, conn);
	uint64_t octets;

	if (figures == NULL)
		return;
	memcpy(&octets, (const char *)figures + column->at, sizeof(octets));
	value_number(value, octets);
}

/* A uint32_t of struct side_counts. */
GETTER(count)
{
	const struct side_figures *figures = figures_of(column, conn);
	uint32_t count;

	if (figures == NULL)
		return;
	memcpy(&count, (const char *)&figures->counts + column->at,
	    sizeof(count));
	value_number(value, count);
}

GETTER(zero_window_secs)
{
	if (conn->analysis != NULL)
		value_duration(value, window_zero_ns(conn, conn->analysis,
		    side_of(column, conn)));
}

GETTER(limited_secs)
{
	if (conn->analysis != NULL)
		value_duration(value, window_limited_ns(conn, conn->analysis,
		    side_of(column, conn)));
}

GETTER(max_flight)
{
	const struct side_figures *figures = figures_of(column, conn);

	if (figures != NULL)
		value_number(value, (uint64_t)figures->max_flight);
}

GETTER(win_min)
{
	const struct side_figures *figures = figures_of(column, conn);

	if (figures != NULL && figures->win_count > 0)
		value_number(value, figures->win_min);
}

GETTER(win_mean)
{
	const struct side_figures *figures = figures_of(column, conn);

	if (figures != NULL)
		value_mean(value, (struct sum){ .low = figures->win_sum },
		    figures->win_count, 1);
}

GETTER(win_max)
{
	const struct side_figures *figures = figures_of(column, conn);

	if (figures != NULL && figures->win_count > 0)
		value_number(value, figures->win_max);
}

/* A series of struct side_figures; NULL when there is none, or nothing in it. */
static const struct series *
series_of(const struct column *column, const struct conn *conn)
{
	const struct side_figures *figures = figures_of(column, conn);
	const struct series *series;

	if (figures == NULL)
		return NULL;
	series = column->at == offsetof(struct side_figures, rtt) ? &figures->rtt :
	    &figures->ts_rtt;
	return series->count > 0 ? series : NULL;
}

GETTER(series_n)
{
	const struct series *series = series_of(column, conn);

	if (conn->analysis != NULL)
		value_number(value, series != NULL ? series->count : 0);
}

GETTER(series_min)
{
	const struct series *series = series_of(column, conn);

	if (series != NULL)
		value_duration(value, series->min);
}

GETTER(series_mean)
{
	const struct series *series = series_of(column, conn);

	if (series != NULL)
		value_mean(value, (struct sum){ .low = (uint64_t)series->sum },
		    series->count, NS_PER_SEC);
}

GETTER(series_max)
{
	const struct series *series = series_of(column, conn);

	if (series != NULL)
		value_duration(value, series->max);
}

static void
set_quantile(struct value *value, const struct series *series,
    unsigned permille)
{
	if (series != NULL)
		set_known_duration(value, series_quantile(series, permille));
}

GETTER(series_p50)
{
	set_quantile(value, series_of(column, conn), 500);
}

GETTER(series_p95)
{
	set_quantile(value, series_of(column, conn), 950);
}

GETTER(series_p99)
{
	set_quantile(value, series_of(column, conn), 990);
}

/*
 * The table.
 */

#define SIDE(member)	offsetof(struct side_figures, member)
#define COUNT(member)	offsetof(struct side_counts, member)

#define ENTRY(k, whose, t, o, u, g, where, s) [KEY_##k] = {		\
	.key = #k,							\
	.side = COLUMN_##whose,						\
	.type = VALUE_##t,						\
	.order = COLUMN_##o##_FIRST,					\
	.at = where,							\
	.unit = u,							\
	.sentence = s,							\
	.get = get_##g							\
},

#define COLUMN(key, t, o, u, g, where, s)				\
	ENTRY(key, WHOLE, t, o, u, g, where, s)
#define PAIR(key, t, o, u, g, where, s)					\
	ENTRY(orig_##key, ORIG, t, o, u, g, where, s)			\
	ENTRY(resp_##key, RESP, t, o, u, g, where, s)

static const struct column columns[KEY_COUNT] = {
#include "report/columns.def"
};
#undef ENTRY

size_t
record_column_count(void)
{
	return KEY_COUNT;
}

const struct column *
record_column(size_t at)
{
	return &columns[at];
}

const struct column *
record_find(const char *key)
{
	for (size_t i = 0; i < ARRAY_LEN(columns); i++)
		if (strcmp(columns[i].key, key) == 0)
			return &columns[i];
	return NULL;
}

void
record_get(const struct column *column, const struct conn *conn,
    struct value *ret_value)
{
	struct pack_room room;

	ret_value->type = VALUE_NULL;
	column->get(column, pack_read(conn, &room), ret_value);
}

/*
 * One getter after the other, without a loop and each knowing its column: a
 * million records are a hundred and fifty million values.
 */
void
record_get_all(const struct conn *given, struct value values[KEY_COUNT])
{
	struct pack_room room;
	const struct conn *conn = pack_read(given, &room);

#define ENTRY(k, whose, t, o, u, g, where, s)				\
	values[KEY_##k].type = VALUE_NULL;				\
	get_##g(&columns[KEY_##k], conn, &values[KEY_##k]);
#include "report/columns.def"
#undef ENTRY
}

size_t
record_counts(char buf[RECORD_COUNTS_BUFSIZE], const struct conn *conn)
{
	char *at = buf;

	*at++ = 'S';
	at = put_u64(at, conn_syn_count(conn));
	*at++ = 'F';
	at = put_u64(at, conn_fin_count(conn));
	*at = '\0';
	return (size_t)(at - buf);
}

void
record_conn(struct writer *w, const struct conn *conn)
{
	struct value values[KEY_COUNT];

	if (!w->ops->begin(w, "conn"))
		return;
	record_get_all(conn, values);
	w->ops->columns(w, values);
	w->ops->end(w);
}
