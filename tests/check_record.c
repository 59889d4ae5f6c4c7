/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The columns of the records, and what JSON and CSV make of them.
 */
#include "config.h"

#include <check.h>
#include <stdio.h>

#include "base/compiler.h"
#include "check_main.h"
#include "conns.h"
#include "flow/summary.h"
#include "printed.h"
#include "print/interval.h"
#include "records/record.h"
#include "records/writer.h"
#include "engine/engine.h"
#include "xorshift.h"

static struct writer w;

static void
setup(void)
{
	printed_setup();
	conns_setup(2);
	writer_init(&w, &ndjson_format, printed_out, 6, false);
}

/* The value of a key in the line printed last, up to what ends it. */
static const char *
value_of(const char *key)
{
	static char text[256];
	char quoted[80];
	const char *at;
	size_t len = 0;

	record_conn(&w, &conns[0]);
	(void)snprintf(quoted, sizeof(quoted), ",\"%s\":", key);
	at = strstr(printed(), quoted);
	ck_assert_msg(at != NULL, "no key %s", key);
	at += strlen(quoted);
	if (*at == '"')
		len = strcspn(at + 1, "\"") + 2;
	else
		len = strcspn(at, ",}");
	ck_assert_uint_lt(len, sizeof(text));
	memcpy(text, at, len);
	text[len] = '\0';
	printed_forget();
	return text;
}

#define assert_value(key, text)	ck_assert_str_eq(value_of(key), text)

/*
 * The table.
 */

START_TEST(every_column_is_described)
{
	for (size_t i = 0; i < record_column_count(); i++) {
		const struct column *column = record_column(i);

		ck_assert_ptr_eq(record_find(column->key), column);
		ck_assert_uint_gt(strlen(column->sentence), 0);
		ck_assert_ptr_nonnull(column->unit);
		ck_assert_int_ne(column->type, VALUE_NULL);
		ck_assert_uint_eq(strspn(column->key,
		    "abcdefghijklmnopqrstuvwxyz0123456789_"),
		    strlen(column->key));
		ck_assert_int_eq(column->side == COLUMN_ORIG &&
		    strncmp(column->key, "orig_", 5) != 0, 0);
		ck_assert_int_eq(column->side == COLUMN_RESP &&
		    strncmp(column->key, "resp_", 5) != 0, 0);
	}
	ck_assert_ptr_null(record_find("bytes"));
	ck_assert_ptr_null(record_find(""));
}
END_TEST

START_TEST(values_are_of_the_type_of_their_column_or_null)
{
	struct value value;

	conns_analyse(0, "ShADad");
	for (unsigned with = 0; with < 2; with++) {
		for (size_t i = 0; i < record_column_count(); i++) {
			const struct column *column = record_column(i);

			record_get(column, &conns[!with], &value);
			if (value.type != VALUE_NULL)
				ck_assert_msg(value.type == column->type,
				    "%s is of another type", column->key);
		}
	}
}
END_TEST

START_TEST(keys_come_in_a_stable_order)
{
	/* What others have loaded into databases: only the end may grow. */
	static const char *const first[] = {
		"conn", "ts", "duration", "community_id", "orig_h", "orig_p",
		"resp_h", "resp_p", "vni", "status", "state", "complete",
		"reset", "open", "midstream", "orig_state", "resp_state",
		"conn_state", "history", "completeness", "end_reason",
		"orig_pkts", "resp_pkts", "orig_bytes", "resp_bytes"
	};

	for (size_t i = 0; i < ARRAY_LEN(first); i++)
		ck_assert_str_eq(record_column(i)->key, first[i]);
}
END_TEST

START_TEST(fields_of_the_other_records_are_described)
{
	ck_assert_str_eq(record_name(RECORD_CAPTURE), "capture");
	ck_assert_str_eq(record_name(RECORD_INTERVAL), "interval");
	ck_assert_str_eq(record_name(RECORD_SUMMARY), "summary");
	for (unsigned r = 0; r < RECORD_COUNT; r++) {
		for (size_t i = 0; i < record_field_count(r); i++) {
			const struct field *field = record_field(r, i);

			ck_assert_uint_gt(strlen(field->sentence), 0);
			ck_assert_ptr_nonnull(field->unit);
			ck_assert_int_ne(field->type, VALUE_NULL);
			ck_assert_ptr_nonnull(field->get);
			ck_assert_uint_eq(strspn(field->key,
			    "abcdefghijklmnopqrstuvwxyz0123456789_"),
			    strlen(field->key));
		}
	}
}
END_TEST

START_TEST(values_are_of_the_type_of_their_field_or_null)
{
	const struct record_capture capture = { .version = "0" };
	const struct tcpstates_totals totals = { .frames = 1 };
	const struct record_kernel kernel = { .received = 1 };
	struct summary summary = { .total = 1 };
	struct interval interval = { .frames = 1 };
	const struct field_from from = {
		.capture = &capture,
		.interval = &interval,
		.summary = &summary,
		.totals = &totals,
		.kernel = &kernel,
	};
	struct value value;

	for (unsigned samples = 0; samples < 2; samples++) {
		/* Those of two captures are compared in tests/compare.py. */
		for (unsigned r = 0; r < RECORD_PAIR; r++) {
			for (size_t i = 0; i < record_field_count(r); i++) {
				const struct field *field = record_field(r, i);

				value.type = VALUE_NULL;
				field->get(field, &from, &value);
				if (value.type != VALUE_NULL)
					ck_assert_msg(
					    value.type == field->type,
					    "%s is of another type",
					    field->key);
			}
		}
		spread_add(&summary.duration, 1);
		spread_add(&summary.rtt, 1);
		spread_add(&summary.packets, 1);
		spread_add(&summary.window, 1);
		interval.has_retrans = true;
		interval.has_dropped = true;
	}
}
END_TEST

/*
 * Values.
 */

START_TEST(a_bare_connection_has_what_is_known)
{
	assert_value("conn", "1");
	assert_value("ts", "1139256717.834392");
	assert_value("duration", "1.000000");
	assert_value("orig_h", "\"10.0.0.1\"");
	assert_value("orig_p", "40000");
	assert_value("resp_h", "\"10.0.0.2\"");
	assert_value("resp_p", "80");
	assert_value("vni", "null");
	assert_value("status", "\"S1F0\"");
	assert_value("state", "\"S1F0\"");
	assert_value("complete", "false");
	assert_value("reset", "false");
	assert_value("open", "true");
	assert_value("midstream", "false");
	assert_value("orig_state", "null");
	assert_value("resp_state", "null");
	assert_value("end_reason", "null");
	assert_value("orig_pkts", "1");
	assert_value("resp_pkts", "0");
	assert_value("capture_duplicates", "0");
	assert_value("first_frame", "1");
	assert_value("last_frame", "100");
	assert_value("returned", "false");
}
END_TEST

START_TEST(what_only_the_analysis_knows_is_null_without_it)
{
	static const char *const keys[] = {
		"conn_state", "history", "completeness", "orig_unique_bytes",
		"resp_missed_bytes", "orig_retrans", "resp_dup_acks",
		"orig_zero_window_secs", "rtt_syn", "rtt_ack", "rtt_initial",
		"orig_rtt_n", "orig_rtt_min", "orig_rtt_mean", "orig_rtt_p50",
		"orig_rtt_max", "orig_win_min", "orig_win_mean",
		"orig_win_max", "ecn", "tfo", "mptcp", "orig_max_flight",
		"orig_window_limited_secs", "unreachable", "path_mtu"
	};

	for (size_t i = 0; i < ARRAY_LEN(keys); i++)
		assert_value(keys[i], "null");
}
END_TEST

START_TEST(the_status_hides_the_counts_of_a_reset_but_the_state_does_not)
{
	conns_count(0, "ShAFr");
	assert_value("status", "\"R\"");
	assert_value("state", "\"S2F1\"");
	assert_value("complete", "true");
	assert_value("reset", "true");
	assert_value("orig_syn", "1");
	assert_value("resp_syn", "1");
	assert_value("orig_fin", "1");
	assert_value("resp_rst", "1");
}
END_TEST

START_TEST(counts_of_any_size_are_printed)
{
	conns[0].lifecycle[0].syn_count = UINT32_MAX;
	conns[0].lifecycle[1].syn_count = UINT32_MAX;
	conns[0].lifecycle[0].fin_count = 10;
	assert_value("state", "\"S8589934590F10\"");
	conns[0].endpoint[0].bytes = UINT64_MAX;
	assert_value("orig_bytes", "18446744073709551615");
}
END_TEST

START_TEST(sides_follow_the_originator)
{
	conns[0].orig = 1;
	conns[0].endpoint[1].bytes = 7;
	conns_analyse(0, "")->stats[1].judged[JUDGED_RETRANSMISSION] = 3;
	analyses[0].stats[0].retrans_bytes = 1460;
	assert_value("orig_h", "\"10.0.0.2\"");
	assert_value("orig_p", "80");
	assert_value("resp_p", "40000");
	assert_value("orig_bytes", "7");
	assert_value("resp_bytes", "0");
	assert_value("orig_retrans", "3");
	assert_value("resp_retrans", "0");
	assert_value("resp_retrans_bytes", "1460");
	assert_value("history", "null");
}
END_TEST

START_TEST(every_count_has_its_own_column)
{
	static const char *const keys[] = {
		"retrans", "fast_retrans", "rto_retrans", "tlp_retrans",
		"spurious_retrans", "loss_before", "loss_behind",
		"out_of_order", "unknown_order", "lost_segment",
		"ack_lost_segment", "dup_acks", "zero_window", "window_full",
		"window_update", "keep_alive", "keep_alive_ack",
		"zero_window_probe", "zero_window_probe_ack", "dsack", "ece",
		"cwr", "ce", "unknown_options"
	};
	struct endpoint_stats *stats = &conns_analyse(0, "S")->stats[1];
	uint32_t *const members[] = {
		&stats->judged[JUDGED_RETRANSMISSION], &stats->judged[JUDGED_FAST], &stats->judged[JUDGED_TIMEOUT],
		&stats->judged[JUDGED_TAIL_PROBE], &stats->judged[JUDGED_SPURIOUS],
		&stats->judged[JUDGED_LOSS_BEFORE], &stats->judged[JUDGED_LOSS_BEHIND],
		&stats->judged[JUDGED_OUT_OF_ORDER], &stats->judged[JUDGED_UNKNOWN_ORDER],
		&stats->judged[JUDGED_LOST_SEGMENT], &stats->judged[JUDGED_ACK_LOST_SEGMENT],
		&stats->judged[JUDGED_DUP_ACK], &stats->judged[JUDGED_ZERO_WINDOW], &stats->judged[JUDGED_WINDOW_FULL],
		&stats->judged[JUDGED_WINDOW_UPDATE], &stats->judged[JUDGED_KEEP_ALIVE],
		&stats->judged[JUDGED_KEEP_ALIVE_ACK], &stats->judged[JUDGED_WINDOW_PROBE],
		&stats->judged[JUDGED_WINDOW_PROBE_ACK], &stats->judged[JUDGED_DSACK], &stats->counts.ece,
		&stats->counts.cwr, &stats->counts.ce, &stats->counts.unknown_options
	};
	char key[64];

	ck_assert_uint_eq(ARRAY_LEN(keys), ARRAY_LEN(members));
	for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
		*members[i] = 77;
		(void)snprintf(key, sizeof(key), "resp_%s", keys[i]);
		assert_value(key, "77");
		(void)snprintf(key, sizeof(key), "orig_%s", keys[i]);
		assert_value(key, "0");
		*members[i] = 0;
		(void)snprintf(key, sizeof(key), "resp_%s", keys[i]);
		assert_value(key, "0");
	}
}
END_TEST

START_TEST(offers_are_known_only_from_options)
{
	struct endpoint *orig = &conns[0].endpoint[0];

	assert_value("orig_wscale", "null");
	assert_value("orig_mss", "null");
	assert_value("orig_sack_permitted", "null");
	assert_value("orig_timestamps", "null");
	orig->has_options = true;
	assert_value("orig_wscale", "null");
	assert_value("orig_sack_permitted", "false");
	assert_value("orig_timestamps", "false");
	orig->has_wscale = orig->has_mss = true;
	orig->has_sack_permitted = orig->has_timestamps = true;
	orig->wscale = 7;
	orig->mss = 1460;
	assert_value("orig_wscale", "7");
	assert_value("orig_mss", "1460");
	assert_value("orig_sack_permitted", "true");
	assert_value("orig_timestamps", "true");
	assert_value("resp_timestamps", "null");
	/* A snapshot that ends among the options. */
	orig->has_options = false;
	assert_value("orig_timestamps", "true");
}
END_TEST

START_TEST(round_trips_have_quantiles)
{
	static const int64_t many[SERIES_FEW + 1] = {
		1000000, 1000000, 2000000, 2000000, 5000000, 8000000, 9000000,
	};
	struct hist hist = { { 0 } };
	struct series *rtt = &conns_analyse(0, "S")->stats[0].rtt;

	assert_value("orig_rtt_n", "0");
	assert_value("orig_rtt_min", "null");
	assert_value("orig_rtt_mean", "null");
	assert_value("orig_rtt_p50", "null");
	/* A few samples: a quantile is one of them. */
	*rtt = (struct series){ .count = 1, .sum = 39433500,
	    .min = 39433500, .max = 39433500, .few = { 39433500 } };
	assert_value("orig_rtt_p50", "0.039434");
	assert_value("orig_rtt_mean", "0.039434");
	*rtt = (struct series){ .count = 3, .sum = 12000000,
	    .min = 1000000, .max = 9000000,
	    .few = { 1000000, 2000000, 9000000 } };
	assert_value("orig_rtt_mean", "0.004000");
	assert_value("orig_rtt_p50", "0.002000");
	assert_value("orig_rtt_p95", "0.009000");
	/* Many, without and with memory for their histogram. */
	*rtt = (struct series){ .count = ARRAY_LEN(many), .sum = 28000000,
	    .min = 1000000, .max = 9000000 };
	assert_value("orig_rtt_p50", "null");
	assert_value("orig_rtt_max", "0.009000");
	rtt->hist = &hist;
	for (unsigned i = 0; i < ARRAY_LEN(many); i++)
		hist_add(&hist, many[i]);
	assert_value("orig_rtt_n", "7");
	assert_value("orig_rtt_min", "0.001000");
	assert_value("orig_rtt_mean", "0.004000");
	assert_value("orig_rtt_p50", "0.002032");
	assert_value("orig_rtt_p95", "0.009000");
	assert_value("orig_rtt_p99", "0.009000");
	assert_value("resp_rtt_n", "0");
	analyses[0].stats[1].ts_rtt = *rtt;
	assert_value("resp_ts_rtt_n", "7");
	assert_value("resp_ts_rtt_mean", "0.004000");
	assert_value("resp_ts_rtt_p50", "0.002032");
	assert_value("orig_ts_rtt_n", "0");
}
END_TEST

START_TEST(halves_of_the_handshake_are_null_when_unknown)
{
	conns_analyse(0, "S");
	assert_value("rtt_syn", "null");
	assert_value("rtt_initial", "null");
	analyses[0].rtt_syn = 13056000;
	analyses[0].rtt_ack = 0;
	analyses[0].rtt_initial = 13056000;
	assert_value("rtt_syn", "0.013056");
	assert_value("rtt_ack", "0.000000");
	assert_value("rtt_initial", "0.013056");
}
END_TEST

START_TEST(windows_are_null_while_none_was_seen)
{
	struct endpoint_stats *side = &conns_analyse(0, "S")->stats[0];

	assert_value("orig_win_min", "null");
	assert_value("orig_win_mean", "null");
	assert_value("orig_win_max", "null");
	side->win_count = 3;
	side->win_sum = 100;
	side->win_max = 90;
	assert_value("orig_win_min", "0");
	assert_value("orig_win_mean", "33.333333");
	assert_value("orig_win_max", "90");
}
END_TEST

START_TEST(what_section_d_pools_is_there_to_be_pooled_again)
{
	assert_value("report_rtt_n", "null");
	assert_value("report_rtt_sum", "null");
	conns_analyse(0, "");
	assert_value("report_rtt_n", "0");
	assert_value("report_rtt_sum", "0.000000");
	assert_value("report_rtt_min", "null");
	assert_value("report_rtt_max", "null");
	assert_value("report_win_n", "0");
	assert_value("report_win_sum", "0");
	assert_value("report_win_min", "null");
	assert_value("report_win_max", "null");
	conns[0].report = (struct report_stats){ .rtt_sum = 3000,
	    .rtt_min = 1000, .rtt_max = 2000, .rtt_count = 2,
	    .win_sum = 10, .win_count = 4, .win_min = 0, .win_max = 4 };
	assert_value("report_rtt_n", "2");
	assert_value("report_rtt_sum", "0.000003");
	assert_value("report_rtt_min", "0.000001");
	assert_value("report_rtt_max", "0.000002");
	assert_value("report_win_n", "4");
	assert_value("report_win_sum", "10");
	assert_value("report_win_min", "0");
	assert_value("report_win_max", "4");
}
END_TEST

START_TEST(a_window_still_closed_counts_to_the_end)
{
	struct endpoint_stats *side = &conns_analyse(0, "S")->stats[0];

	side->zero_ns = 250000000;
	assert_value("orig_zero_window_secs", "0.250000");
	analyses[0].track[0].in_zero_window = true;
	side->zero_since_ns = conns[0].last_ns - 500000000;
	assert_value("orig_zero_window_secs", "0.750000");
	side->zero_since_ns = conns[0].last_ns + 1;
	assert_value("orig_zero_window_secs", "0.250000");
	side->limited_ns = 1;
	analyses[0].track[0].window_limited = true;
	side->full_since_ns = conns[0].last_ns - 2000000000;
	assert_value("orig_window_limited_secs", "2.000000");
}
END_TEST

START_TEST(negotiated_things_have_names)
{
	conns_analyse(0, "ShADadFf");
	assert_value("history", "\"ShADadFf\"");
	assert_value("conn_state", "\"SF\"");
	assert_value("ecn", "null");
	assert_value("tfo", "false");
	assert_value("mptcp", "false");
	analyses[0].ecn = ECN_CLASSIC;
	analyses[0].tfo_data = true;
	analyses[0].mptcp = true;
	analyses[0].completeness = 31;
	conns[0].endpoint[0].pkts = 2;
	assert_value("ecn", "\"classic\"");
	assert_value("tfo", "true");
	assert_value("mptcp", "true");
	assert_value("completeness", "31");
	analyses[0].ecn = ECN_ACCURATE;
	analyses[0].tfo_data = false;
	analyses[0].tfo_cookie = true;
	assert_value("ecn", "\"accurate\"");
	assert_value("tfo", "true");
	analyses[0].path_mtu = 1400;
	assert_value("path_mtu", "1400");
}
END_TEST

START_TEST(a_full_history_fits)
{
	char history[HISTORY_MAX];

	memset(history, 'D', sizeof(history) - 1);
	history[sizeof(history) - 1] = '\0';
	conns_analyse(0, history);
	ck_assert_uint_eq(strlen(value_of("history")), HISTORY_MAX - 1 + 2);
}
END_TEST

START_TEST(identities_are_printed)
{
	assert_value("community_id", "\"1:3k1SoWXs/FltHw2aBCgUTgbDQF4=\"");
	conns[0].key.network = NETWORK_VNI;
	conns[0].key.vni = 123;
	assert_value("vni", "123");
	conns[0].key.ip_version = 6;
	assert_value("orig_h", "\"a00:1::\"");
}
END_TEST

START_TEST(nanoseconds_are_printed_where_the_source_has_them)
{
	writer_init(&w, &ndjson_format, printed_out, 9, false);
	conns[0].first_ns += 7;
	conns_analyse(0, "S")->rtt_syn = 1;
	assert_value("ts", "1139256717.834392007");
	assert_value("duration", "0.999999993");
	assert_value("rtt_syn", "0.000000001");
}
END_TEST

/*
 * The short way to a record, all values at once and each column's text known
 * when it was compiled, against the long one: a value at a time, by its key.
 */

static struct xorshift chance;

static uint32_t
below(uint32_t bound)
{
	return xorshift_below(&chance, bound);
}

/* Bytes that are mostly zero, or anything. */
static void
scramble(void *at, size_t len)
{
	uint8_t *bytes = at;
	const unsigned zeroes = below(3);

	for (size_t i = 0; i < len; i++)
		bytes[i] = below(4) < zeroes ? 0 : (uint8_t)below(256);
}

static int64_t
some_ns(void)
{
	return (int64_t)(xorshift_next(&chance) >> (2 + below(60)));
}

/* Positions in a stream: their differences fit in 64 bits. */
static int64_t
some_number(void)
{
	return (int64_t)xorshift_next(&chance) >> 1;
}

static void
scramble_series(struct series *series)
{
	*series = (struct series){ .count = below(4) > 0 ? below(7) : 0,
	    .sum = some_ns(), .min = some_ns(), .max = some_ns() };
	for (unsigned i = 0; i < SERIES_FEW; i++)
		series->few[i] = some_ns();
}

/* Any connection that has one, and some that none ever will have. */
static void
scramble_conn(unsigned i)
{
	struct conn *conn = &conns[i];
	struct analysis *analysis = &analyses[i];

	scramble(conn, sizeof(*conn));
	conn->next = NULL;
	conn->key.ip_version = below(2) ? 4 : 6;
	conn->orig = below(2) != 0;
	conn->retired = below(RETIRED_COUNT) & RETIRED_MASK;
	conn->first_ns = some_ns();
	conn->last_ns = some_ns();
	scramble(analysis, sizeof(*analysis));
	scramble(endpoint_stats[i], sizeof(endpoint_stats[i]));
	analysis->stats = endpoint_stats[i];
	analysis->is_followed = false;
	analysis->owned = NULL;
	for (unsigned side = 0; side < 2; side++) {
		conn->endpoint[side].state = (uint8_t)below(STATE_COUNT);
		conn->endpoint[side].nxt = some_number();
		conn->endpoint[side].una = some_number();
		analysis->track[side].lowest_seen = some_number();
		analysis->stats[side].zero_ns = some_ns();
		analysis->stats[side].zero_since_ns = some_ns();
		analysis->stats[side].limited_ns = some_ns();
		analysis->stats[side].full_since_ns = some_ns();
		scramble_series(&analysis->stats[side].rtt);
		scramble_series(&analysis->stats[side].ts_rtt);
	}
	analysis->ecn = (uint8_t)below(ECN_ACCURATE + 1);
	analysis->history_len = (uint8_t)below(HISTORY_MAX);
	for (unsigned at = 0; at < analysis->history_len; at++)
		analysis->history[at] = "ShAaDdFfRrIiQqCcTtWwGgXx^"[below(25)];
	conn->is_packed = false;
	conn->analysis = below(8) > 0 ? analysis : NULL;
}

/* Texts of columns are quoted without a look at them. */
static void
assert_plain(const char *text)
{
	ck_assert_uint_lt(strlen(text), VALUE_SCRATCH);
	ck_assert_uint_gt(strlen(text), 0);
	for (; *text != '\0'; text++)
		ck_assert(*text > ' ' && *text <= '~' && *text != '"' &&
		    *text != '\\' && *text != ',');
}

static void
record_the_long_way(const struct conn *conn)
{
	struct value value;

	ck_assert(w.format->begin(&w, "conn"));
	for (size_t i = 0; i < record_column_count(); i++) {
		record_get(record_column(i), conn, &value);
		if (value.type == VALUE_TEXT)
			assert_plain(value.u.text);
		w.format->field(&w, record_column(i)->key, &value);
	}
	w.format->end(&w);
}

START_TEST(both_ways_to_a_record_print_the_same)
{
	static char expected[16384];
	const unsigned digits = _i % 2 == 0 ? 6 : 9;

	chance.state = 1;
	if (_i < 2)
		writer_init(&w, &ndjson_format, printed_out, digits, false);
	else
		writer_init(&w, &csv_format, printed_out, digits, false);
	for (unsigned n = 0; n < 500; n++) {
		scramble_conn(0);
		printed_forget();
		record_the_long_way(&conns[0]);
		ck_assert_uint_lt(printed_len, sizeof(expected));
		memcpy(expected, printed(), strlen(printed()) + 1);
		printed_forget();
		record_conn(&w, &conns[0]);
		ck_assert_str_eq(printed(), expected);
	}
}
END_TEST

/*
 * Whole records.
 */

START_TEST(the_capture_record_is_a_line)
{
	record_capture(&w, &(struct record_capture){ .version = "0.1.0",
	    .input = "tr\"ace\033[2J.pcap", .linktype = "Ethernet",
	    .snaplen = 65535 });
	ck_assert_str_eq(printed(), "{\"type\":\"capture\",\"schema\":1,"
	    "\"program\":\"tcpstates\",\"version\":\"0.1.0\","
	    "\"input\":\"tr\\\"ace\\u001b[2J.pcap\",\"live\":false,"
	    "\"linktype\":\"Ethernet\",\"snaplen\":65535,\"filter\":null,"
	    "\"precision\":\"us\"}\n");
	printed_forget();
	record_capture(&w, &(struct record_capture){ .version = "0.1.0",
	    .input = "eth0", .filter = "tcp port 80", .is_live = true,
	    .is_nanosecond = true });
	ck_assert_str_eq(printed(), "{\"type\":\"capture\",\"schema\":1,"
	    "\"program\":\"tcpstates\",\"version\":\"0.1.0\","
	    "\"input\":\"eth0\",\"live\":true,\"linktype\":null,"
	    "\"snaplen\":null,\"filter\":\"tcp port 80\","
	    "\"precision\":\"ns\"}\n");
}
END_TEST

START_TEST(the_summary_has_the_figures_and_the_frames)
{
	struct tcpstates_totals totals = { .frames = 7, .bytes = 900,
	    .first_ns = CONNS_START_NS, .last_ns = CONNS_START_NS + 1000,
	    .clock_back = 2, .evicted = 3, .forgotten = 4 };
	const struct record_kernel kernel = { .received = 10, .dropped = 1,
	    .clock_leaps = 3 };

	totals.verdicts[VERDICT_SEGMENT] = 5;
	totals.verdicts[VERDICT_DUPLICATE] = 2;
	totals.retired[RETIRED_CLOSED] = 5;
	totals.retired[RETIRED_IDLE] = 6;
	totals.retired[RETIRED_EVICTED_IDLE] = 3;
	totals.returned = 2;
	totals.cut = 7;
	totals.wire_len_wrong = 8;
	totals.fragments_evicted = 9;
	totals.merged = 10;
	/* Connections that are not in the list count all the same. */
	totals.left_out.total = 14;
	totals.unreported = 13;
	totals.left_out.reset = 1;
	conns_count(0, "ShAFf");
	conns[0].report = (struct report_stats){ .rtt_sum = 3000,
	    .rtt_min = 1000, .rtt_max = 2000, .rtt_count = 2,
	    .win_sum = 10, .win_count = 4, .win_min = 1, .win_max = 4 };
	record_summary(&w, conns, &totals, &kernel);
	ck_assert_str_eq(printed(), "{\"type\":\"summary\",\"conns\":16,"
	    "\"complete\":1,\"reset\":1,\"open\":1,\"midstream\":0,"
	    "\"duration_min\":1.000000,\"duration_mean\":1.000000,"
	    "\"duration_max\":1.000000,\"rtt_n\":2,\"rtt_min\":0.000001,"
	    "\"rtt_mean\":0.000002,\"rtt_max\":0.000002,\"pkts_min\":5,"
	    "\"pkts_mean\":5.000000,\"pkts_max\":5,\"win_n\":4,"
	    "\"win_min\":1,\"win_mean\":2.500000,\"win_max\":4,"
	    "\"frames\":7,\"segments\":5,\"capture_duplicates\":2,"
	    "\"not_tcp\":0,\"not_ip\":0,\"fragments\":0,\"too_short\":0,"
	    "\"malformed_link\":0,\"malformed_ip\":0,\"malformed_tcp\":0,"
	    "\"malformed_tunnel\":0,\"too_deep\":0,\"unsupported\":0,"
	    "\"frame_bytes\":900,\"first_ts\":1139256717.834392,"
	    "\"last_ts\":1139256717.834393,\"kernel_received\":10,"
	    "\"kernel_dropped\":1,\"kernel_if_dropped\":0,\"evictions\":3,"
	    "\"forgotten\":4,\"clock_reversals\":2,\"ended_closed\":5,"
	    "\"ended_replaced\":0,\"ended_half_open\":0,\"ended_idle\":6,"
	    "\"evicted_closed\":0,\"evicted_half_open\":0,"
	    "\"evicted_idle\":3,\"returned\":2,\"left_out\":13,\"clock_clamped\":0,"
	    "\"short_headers\":7,\"wire_len_wrong\":8,"
	    "\"fragments_evicted\":9,\"merged\":10,\"one_sided\":1,"
	    "\"clock_leaps\":3,\"ledger_errors\":0,\"final\":true}\n");
}
END_TEST

START_TEST(an_interval_has_its_counts_and_null_for_what_is_not_known)
{
	struct interval interval = { .start_ns = CONNS_START_NS,
	    .duration_ns = 2 * NS_PER_SEC, .frames = 1, .bytes = 2,
	    .segments = 3, .conns = 4, .ended = 5, .reset = 6, .open = 7,
	    .retrans = 8, .dropped = 9 };

	record_interval(&w, &interval);
	ck_assert_str_eq(printed(), "{\"type\":\"interval\","
	    "\"ts\":1139256717.834392,\"duration\":2.000000,\"frames\":1,"
	    "\"frame_bytes\":2,\"segments\":3,\"conns\":4,\"ended\":5,"
	    "\"reset\":6,\"open\":7,\"retrans\":null,\"dropped\":null}\n");
	interval.has_retrans = true;
	interval.has_dropped = true;
	printed_forget();
	record_interval(&w, &interval);
	ck_assert_ptr_nonnull(strstr(printed(),
	    "\"retrans\":8,\"dropped\":9}"));
}
END_TEST

START_TEST(a_summary_of_nothing_is_null_where_nothing_is)
{
	const struct tcpstates_totals totals = { .frames = 0 };

	record_summary(&w, NULL, &totals, NULL);
	ck_assert_ptr_nonnull(strstr(printed(), "\"duration_mean\":null"));
	ck_assert_ptr_nonnull(strstr(printed(), "\"rtt_n\":0"));
	ck_assert_ptr_nonnull(strstr(printed(), "\"win_max\":null"));
	ck_assert_ptr_nonnull(strstr(printed(), "\"first_ts\":null"));
	ck_assert_ptr_nonnull(strstr(printed(), "\"kernel_dropped\":null"));
}
END_TEST

START_TEST(json_lines_stand_alone)
{
	record_conn(&w, &conns[0]);
	record_conn(&w, &conns[1]);
	writer_finish(&w);
	ck_assert_int_eq(strncmp(printed(), "{\"type\":\"conn\",\"conn\":1,",
	    24), 0);
	ck_assert_ptr_nonnull(strstr(printed(),
	    "}\n{\"type\":\"conn\",\"conn\":2,"));
	ck_assert_str_eq(printed() + printed_len - 2, "}\n");
}
END_TEST

/* Columns of a line without quotes: its commas, and one. */
static size_t
count_fields(const char *line)
{
	size_t fields = 1;

	for (; *line != '\n' && *line != '\0'; line++)
		fields += *line == ',';
	return fields;
}

START_TEST(csv_has_a_header_and_a_field_for_every_column)
{
	const char *line;

	writer_init(&w, &csv_format, printed_out, 6, true);
	record_capture(&w, &(struct record_capture){ .version = "0",
	    .input = "x" });
	record_conn(&w, &conns[0]);
	record_conn(&w, &conns[1]);
	record_summary(&w, conns, &(struct tcpstates_totals){ .frames = 0 },
	    NULL);
	writer_finish(&w);
	line = printed();
	ck_assert_int_eq(strncmp(line, "conn,ts,duration,community_id,", 30),
	    0);
	ck_assert_uint_eq(count_fields(line), record_column_count());
	line = strchr(line, '\n') + 1;
	ck_assert_int_eq(strncmp(line, "1,1139256717.834392,1.000000,1:", 31),
	    0);
	ck_assert_ptr_nonnull(strstr(line,
	    ",10.0.0.1,40000,10.0.0.2,80,,S1F0,S1F0,0,0,1,0,,"
	    ",,,,,1,0,"));
	ck_assert_uint_eq(count_fields(line), record_column_count());
	line = strchr(line, '\n') + 1;
	ck_assert_uint_eq(count_fields(line), record_column_count());
	ck_assert_str_eq(strchr(line, '\n'), "\n");
}
END_TEST

START_TEST(csv_without_records_is_its_header)
{
	writer_init(&w, &csv_format, printed_out, 6, true);
	writer_finish(&w);
	ck_assert_uint_eq(count_fields(printed()), record_column_count());
	ck_assert_ptr_nonnull(strchr(printed(), '\n'));
	printed_forget();
	writer_init(&w, &csv_format, printed_out, 6, false);
	record_conn(&w, &conns[0]);
	writer_finish(&w);
	ck_assert_int_eq(strncmp(printed(), "1,", 2), 0);
}
END_TEST

START_TEST(a_ratio_of_nothing_is_empty)
{
	const struct value value = { .type = VALUE_RATIO };

	writer_init(&w, &csv_format, printed_out, 6, false);
	ck_assert(w.format->begin(&w, "conn"));
	w.format->field(&w, "a", &value);
	w.format->field(&w, "b", &value);
	w.format->end(&w);
	ck_assert_str_eq(printed(), ",\n");
	printed_forget();
	writer_init(&w, &ndjson_format, printed_out, 6, false);
	ck_assert(w.format->begin(&w, "x"));
	w.format->field(&w, "a", &value);
	w.format->end(&w);
	ck_assert_str_eq(printed(), "{\"type\":\"x\",\"a\":null}\n");
}
END_TEST

static TCase *
case_of(const char *name)
{
	TCase *tc = tcase_create(name);

	tcase_add_checked_fixture(tc, setup, printed_teardown);
	return tc;
}

static Suite *
suite(void)
{
	Suite *s = suite_create("record");
	TCase *columns = case_of("columns");
	TCase *values = case_of("values");
	TCase *records = case_of("records");

	tcase_add_test(columns, every_column_is_described);
	tcase_add_test(columns,
	    values_are_of_the_type_of_their_column_or_null);
	tcase_add_test(columns, keys_come_in_a_stable_order);
	tcase_add_test(columns, fields_of_the_other_records_are_described);
	tcase_add_test(columns, values_are_of_the_type_of_their_field_or_null);
	suite_add_tcase(s, columns);
	tcase_add_test(values, a_bare_connection_has_what_is_known);
	tcase_add_test(values,
	    what_only_the_analysis_knows_is_null_without_it);
	tcase_add_test(values,
	    the_status_hides_the_counts_of_a_reset_but_the_state_does_not);
	tcase_add_test(values, counts_of_any_size_are_printed);
	tcase_add_test(values, sides_follow_the_originator);
	tcase_add_test(values, every_count_has_its_own_column);
	tcase_add_test(values, offers_are_known_only_from_options);
	tcase_add_test(values, round_trips_have_quantiles);
	tcase_add_test(values, halves_of_the_handshake_are_null_when_unknown);
	tcase_add_test(values, windows_are_null_while_none_was_seen);
	tcase_add_test(values,
	    what_section_d_pools_is_there_to_be_pooled_again);
	tcase_add_test(values, a_window_still_closed_counts_to_the_end);
	tcase_add_test(values, negotiated_things_have_names);
	tcase_add_test(values, a_full_history_fits);
	tcase_add_test(values, identities_are_printed);
	tcase_add_test(values,
	    nanoseconds_are_printed_where_the_source_has_them);
	suite_add_tcase(s, values);
	tcase_add_loop_test(records, both_ways_to_a_record_print_the_same, 0,
	    4);
	tcase_add_test(records, the_capture_record_is_a_line);
	tcase_add_test(records, the_summary_has_the_figures_and_the_frames);
	tcase_add_test(records,
	    a_summary_of_nothing_is_null_where_nothing_is);
	tcase_add_test(records,
	    an_interval_has_its_counts_and_null_for_what_is_not_known);
	tcase_add_test(records, json_lines_stand_alone);
	tcase_add_test(records,
	    csv_has_a_header_and_a_field_for_every_column);
	tcase_add_test(records, csv_without_records_is_its_header);
	tcase_add_test(records, a_ratio_of_nothing_is_empty);
	suite_add_tcase(s, records);
	return s;
}

int
main(void)
{
	return check_main(suite());
}
