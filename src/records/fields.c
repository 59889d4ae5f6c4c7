/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The records beside `conn`: their getters, their tables (capture.def,
 * interval.def, summary.def), and the functions that write them.
 */
#include "config.h"

#include <assert.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/compiler.h"
#include "base/nstime.h"
#include "base/seq.h"
#include "compare/between.h"
#include "compare/result.h"
#include "compare/rewrites.h"
#include "decode/segment.h"
#include "diagnosis/findings.h"
#include "diagnosis/text.h"
#include "diagnosis/triage.h"
#include "flow/conn.h"
#include "flow/summary.h"
#include "print/flags.h"
#include "print/interval.h"
#include "records/group_name.h"
#include "records/record.h"
#include "records/writer.h"
#include "engine/engine.h"
#include "tcp/judgement.h"
#include "tcp/numbers.h"
#include "tcp/pack.h"

#define GETTER(name)							\
	static void							\
	get_##name(UNUSED const struct field *field,			\
	    const struct field_from *from, struct value *value)

/*
 * Of the capture.
 */

GETTER(schema)
{
	(void)from;
	value_number(value, RECORD_SCHEMA);
}

GETTER(program)
{
	(void)from;
	value_text(value, "tcpstates");
}

GETTER(version)
{
	value_text(value, from->capture->version);
}

GETTER(input)
{
	value_text(value, from->capture->input);
}

GETTER(live)
{
	value_flag(value, from->capture->is_live);
}

GETTER(linktype)
{
	value_text(value, from->capture->linktype);
}

GETTER(snaplen)
{
	if (from->capture->snaplen != 0)
		value_number(value, from->capture->snaplen);
}

GETTER(filter)
{
	value_text(value, from->capture->filter);
}

GETTER(precision)
{
	value_text(value, from->capture->is_nanosecond ? "ns" : "us");
}

static uint64_t
number_at(const void *from, size_t at)
{
	uint64_t number;

	memcpy(&number, (const char *)from + at, sizeof(number));
	return number;
}

/*
 * Of an interval.
 */

GETTER(interval_ts)
{
	value_instant(value, from->interval->start_ns);
}

GETTER(interval_duration)
{
	value_duration(value, from->interval->duration_ns);
}

GETTER(interval_count)
{
	value_number(value, number_at(from->interval, field->at));
}

GETTER(interval_retrans)
{
	if (from->interval->has_retrans)
		value_number(value, from->interval->retrans);
}

GETTER(interval_dropped)
{
	if (from->interval->has_dropped)
		value_number(value, from->interval->dropped);
}

/*
 * Of the summary: the figures of the report.
 */

GETTER(figure)
{
	value_number(value, number_at(from->summary, field->at));
}

static const struct spread *
spread_of(const struct field *field, const struct field_from *from)
{
	const char *summary = (const char *)from->summary;

	return (const struct spread *)(const void *)(summary + field->at);
}

GETTER(is_final)
{
	value_flag(value, !from->is_interim);
}

GETTER(samples)
{
	value_number(value, spread_of(field, from)->count);
}

/* Unknown without analysis, which takes the samples. */
GETTER(rtt_samples)
{
	if (!from->totals->no_analysis)
		value_number(value, spread_of(field, from)->count);
}

static void
set_extreme(const struct field *field, const struct spread *spread,
    uint64_t extreme, struct value *value)
{
	if (spread->count == 0)
		return;
	if (field->type == VALUE_DURATION)
		value_duration(value, (int64_t)extreme);
	else
		value_number(value, extreme);
}

GETTER(minimum)
{
	const struct spread *spread = spread_of(field, from);

	set_extreme(field, spread, spread->min, value);
}

GETTER(maximum)
{
	const struct spread *spread = spread_of(field, from);

	set_extreme(field, spread, spread->max, value);
}

GETTER(mean)
{
	const struct spread *spread = spread_of(field, from);

	value_mean(value, spread->sum, spread->count, 1);
}

GETTER(mean_time)
{
	const struct spread *spread = spread_of(field, from);

	value_mean(value, spread->sum, spread->count, NS_PER_SEC);
}

/*
 * Of the summary: frames, and the counts of the kernel.
 */

GETTER(total)
{
	value_number(value, number_at(from->totals, field->at));
}

/* Unknown without analysis. */
GETTER(analysed)
{
	if (!from->totals->no_analysis)
		value_number(value, number_at(from->totals, field->at));
}

GETTER(first_ts)
{
	if (from->totals->frames > 0)
		value_instant(value, from->totals->first_ns);
}

GETTER(last_ts)
{
	if (from->totals->frames > 0)
		value_instant(value, from->totals->last_ns);
}

GETTER(ledger_errors)
{
	if (!from->totals->no_analysis)
		value_number(value, from->ledger_errors);
}

GETTER(kernel)
{
	if (from->kernel != NULL)
		value_number(value, number_at(from->kernel, field->at));
}

/*
 * Of a pair of two captures.
 */

/* Where a field of one direction looks: the direction, and the member. */
#define LANE_AT(direction, member)					\
	((direction) << 12 | offsetof(struct lane_counts, member))
#define LANE_OF(at)	((enum direction)((at) >> 12))
#define LANE_MEMBER(at)	((at) & 0xfff)

static const struct pair *
pair_of(const struct field_from *from)
{
	return &from->compared->pairs->pairs[from->pair];
}

static const struct lane *
lane_of(const struct field *field, const struct field_from *from)
{
	return compare_lane(from->compared->compare, from->pair,
	    LANE_OF(field->at));
}

GETTER(pair)
{
	value_number(value, from->pair + 1);
}

GETTER(pair_conn)
{
	value_number(value, pair_of(from)->conn[field->at]);
}

GETTER(pair_kind)
{
	value_text(value, pair_of(from)->kind == PAIR_MATCHED ? "matched" :
	    "terminated");
}

/* `at`: the point, and in the next bit the direction. */
static const struct conn *
endpoint_of(const struct field *field, const struct field_from *from,
    unsigned *ret_side)
{
	const enum point point = (enum point)(field->at & 1);

	*ret_side = pair_of(from)->side[field->at >> 1][point];
	return result_conn(from->compared, from->pair, point);
}

GETTER(pair_addr)
{
	unsigned side;
	const struct conn *conn = endpoint_of(field, from, &side);

	value->type = VALUE_ADDR;
	memcpy(value->u.addr.bytes, conn->key.addr[side],
	    sizeof(value->u.addr.bytes));
	value->u.addr.ip_version = conn->key.ip_version;
}

GETTER(pair_port)
{
	unsigned side;
	const struct conn *conn = endpoint_of(field, from, &side);

	value_number(value, conn->key.port[side]);
}

GETTER(pair_ts)
{
	value_instant(value, result_conn(from->compared, from->pair,
	    POINT_A)->first_ns);
}

GETTER(pair_duration)
{
	const struct conn *conn = result_conn(from->compared, from->pair,
	    POINT_A);

	value_duration(value, conn->last_ns - conn->first_ns);
}

GETTER(near_orig)
{
	if (pair_of(from)->has_near)
		value_text(value, pair_of(from)->near_orig == POINT_A ? "a" :
		    "b");
}

GETTER(rtt_behind)
{
	const int64_t ns = result_rtt_behind(from->compared, from->pair,
	    (enum point)field->at);

	if (ns >= 0)
		value_duration(value, ns);
}

GETTER(rtt_between)
{
	const int64_t ns = result_rtt_between(from->compared, from->pair);

	if (ns >= 0)
		value_duration(value, ns);
}

/* `at`: the point, and in the next bit the direction. */
GETTER(rtt_to)
{
	const int64_t ns = result_rtt_to(from->compared, from->pair,
	    (enum point)(field->at & 1), (enum direction)(field->at >> 1));

	if (ns >= 0)
		value_duration(value, ns);
}

/* `at`: the same. */
GETTER(conn_sent)
{
	value_number(value, result_sent(from->compared, from->pair,
	    (enum point)(field->at & 1), (enum direction)(field->at >> 1)));
}

/* The segments of a terminated pair are not matched, so nothing is counted. */
GETTER(lane_count)
{
	const struct lane_counts counts = lane_counts(lane_of(field, from));

	if (pair_of(from)->kind == PAIR_MATCHED)
		value_number(value, number_at(&counts,
		    LANE_MEMBER(field->at)));
}

/* Lost or injected segments; null if it is unknown which of both they are. */
GETTER(lost_count)
{
	const struct lane_counts counts = lane_counts(lane_of(field, from));

	if (!result_has_alone(&counts))
		get_lane_count(field, from, value);
}

/* Inferred, if it is known which point is upstream. */
GETTER(inferred_count)
{
	if (pair_of(from)->has_near)
		get_lane_count(field, from, value);
}

static void
set_delay(struct value *value, const struct delays *delays, int64_t ns)
{
	if (delays->count > 0)
		value_duration(value, ns);
}

GETTER(delay_min)
{
	const struct delays *delays = &lane_of(field, from)->delays;

	set_delay(value, delays, delays->min);
}

GETTER(delay_max)
{
	const struct delays *delays = &lane_of(field, from)->delays;

	set_delay(value, delays, delays->max);
}

/* `at` holds the thousandths where others hold a member. */
GETTER(delay_quantile)
{
	const struct delays *delays = &lane_of(field, from)->delays;

	set_delay(value, delays, delays_quantile(delays,
	    LANE_MEMBER(field->at)));
}

GETTER(delay_variation)
{
	const struct delays *delays = &lane_of(field, from)->delays;

	set_delay(value, delays, delays_quantile(delays, 990) - delays->min);
}

GETTER(rewritten)
{
	rewrites_format(from->words, result_rewrites(from->compared,
	    from->pair, LANE_OF(field->at)));
	if (from->words[0] != '\0')
		value_text(value, from->words);
}

/*
 * Of a connection of one capture alone.
 */

GETTER(unpaired_point)
{
	value_text(value, from->point == POINT_A ? "a" : "b");
}

GETTER(unpaired_reason)
{
	static const char *const words[] = {
		[UNPAIRED_OUTSIDE] = "outside",
		[UNPAIRED_BLOCKED] = "blocked",
		[UNPAIRED_UNANSWERED] = "unanswered",
		[UNPAIRED_UNKNOWN] = "unknown",
		[UNPAIRED_AMBIGUOUS] = "ambiguous",
	};

	value_text(value, words[from->compared->pairs->unpaired[from->point][
	    from->conn->number]]);
}

/* `at`: 0 for the originator, 1 for the responder; so in the next two. */
GETTER(unpaired_addr)
{
	value->type = VALUE_ADDR;
	memcpy(value->u.addr.bytes,
	    from->conn->key.addr[from->conn->orig ^ field->at],
	    sizeof(value->u.addr.bytes));
	value->u.addr.ip_version = from->conn->key.ip_version;
}

GETTER(unpaired_port)
{
	value_number(value,
	    from->conn->key.port[from->conn->orig ^ field->at]);
}

GETTER(unpaired_sent)
{
	value_number(value,
	    from->conn->endpoint[from->conn->orig ^ field->at].pkts);
}

GETTER(unpaired_ts)
{
	value_instant(value, from->conn->first_ns);
}

/*
 * Of the comparison as a whole.
 */

GETTER(compared_pairs)
{
	value_number(value, result_pairs(from->compared,
	    (enum pair_kind)field->at));
}

/* `at`: the point. */
GETTER(only)
{
	const enum point point = (enum point)field->at;

	value_number(value, result_only(from->compared, point) -
	    result_unpaired(from->compared, point, UNPAIRED_AMBIGUOUS));
}

GETTER(ambiguous)
{
	value_number(value, result_unpaired(from->compared, POINT_A,
	    UNPAIRED_AMBIGUOUS));
}

GETTER(common_start)
{
	value_instant(value, from->compared->pairs->common_start);
}

GETTER(common_secs)
{
	value_duration(value, pairs_common_ns(from->compared->pairs));
}

static const struct clock_part *
first_clock(const struct field_from *from)
{
	const struct clock_fit *clock = &from->compared->pairs->clock;

	return clock->count > 0 ? &clock->parts[0] : NULL;
}

GETTER(clock_offset)
{
	if (first_clock(from) != NULL)
		value_duration(value, first_clock(from)->clock_ns);
}

/* Parts in a million, printed as a decimal of parts in a milliard. */
GETTER(clock_drift)
{
	if (first_clock(from) != NULL)
		value_duration(value, first_clock(from)->drift_ppb *
		    (NS_PER_SEC / 1000));
}

GETTER(clock_drift_error)
{
	const struct clock_part *part = first_clock(from);

	if (part != NULL && part->drift_error_ppb >= 0 &&
	    !from->compared->pairs->clock.is_trusted)
		value_duration(value, part->drift_error_ppb *
		    (NS_PER_SEC / 1000));
}

GETTER(clock_uncertainty)
{
	if (first_clock(from) != NULL &&
	    !from->compared->pairs->clock.is_trusted)
		value_duration(value, first_clock(from)->uncertainty_ns);
}

GETTER(sum_count)
{
	value_number(value, number_at(&from->compared->sum, field->at));
}

GETTER(sum_alone)
{
	const struct lane_counts *sum = &from->compared->sum;

	value_number(value, sum->alone[POINT_A] + sum->alone[POINT_B]);
}

/*
 * Of a segment.
 */

#define KINDS_BUFSIZE	768	/* bytes of the keys of all judgements */

static bool
has_depth(const struct field_from *from, enum segment_depth depth)
{
	return from->segment->depth >= depth;
}

/* Unknown figures of a judgement are negative. */
static void
set_known(struct value *value, bool is_known, int64_t number)
{
	if (is_known && number >= 0)
		value_number(value, (uint64_t)number);
}

GETTER(segment_conn)
{
	value_number(value, from->conn->number);
}

GETTER(segment_frame)
{
	value_number(value, from->segment->frame);
}

GETTER(segment_ts)
{
	value_instant(value, from->segment->time_ns);
}

GETTER(segment_side)
{
	value_text(value, from->judgement->side == from->conn->orig ? "orig" :
	    "resp");
}

GETTER(segment_flags)
{
	static_assert(FLAGS_BUFSIZE <= VALUE_SCRATCH, "all flags fit");

	if (has_depth(from, DEPTH_FLAGS))
		value_scratch(value, flags_format(value->u.scratch,
		    from->segment->flags));
}

GETTER(segment_seq)
{
	set_known(value, has_depth(from, DEPTH_SEQ), from->segment->seq);
}

GETTER(segment_payload)
{
	set_known(value, has_depth(from, DEPTH_FLAGS),
	    from->segment->payload_len);
}

GETTER(segment_ack)
{
	set_known(value, segment_has(from->segment, TCP_ACK),
	    from->segment->ack);
}

GETTER(segment_win)
{
	set_known(value, has_depth(from, DEPTH_FIXED),
	    from->judgement->window);
}

GETTER(segment_rel_seq)
{
	set_known(value, has_depth(from, DEPTH_SEQ), numbers_rel_seq(from->conn,
	    from->segment, from->judgement));
}

GETTER(segment_rel_ack)
{
	set_known(value, segment_has(from->segment, TCP_ACK), numbers_rel_ack(
	    from->conn, from->segment, from->judgement));
}

GETTER(segment_flight)
{
	set_known(value, true, from->judgement->in_flight);
}

GETTER(segment_window_left)
{
	set_known(value, true, from->judgement->window_left);
}

/* No frame has the number 0. */
GETTER(segment_covers)
{
	const uint64_t frame = number_at(from->judgement, field->at);

	if (frame != 0)
		value_number(value, frame);
}

GETTER(segment_rtt)
{
	if (from->judgement->covers_last != 0 &&
	    from->judgement->covers_rtt >= 0)
		value_duration(value, from->judgement->covers_rtt);
}

GETTER(segment_kind)
{
	size_t len = 0;

	for (enum judged what = 0; what < JUDGED_COUNT; what++) {
		if ((from->judgement->bits & UINT32_C(1) << what) == 0 ||
		    len >= KINDS_BUFSIZE)
			continue;
		len += (size_t)snprintf(from->words + len,
		    KINDS_BUFSIZE - len, "%s%s", len > 0 ? " " : "",
		    judged_key(what));
	}
	if (len > 0)
		value_text(value, from->words);
}

GETTER(segment_loss)
{
	const uint32_t bits = from->judgement->bits;

	if ((bits & UINT32_C(1) << JUDGED_LOSS_BEFORE) != 0)
		value_text(value, "upstream");
	else if ((bits & UINT32_C(1) << JUDGED_LOSS_BEHIND) != 0)
		value_text(value, "downstream");
}

GETTER(segment_sack)
{
	const struct endpoint *peer =
	    &from->conn->endpoint[!from->judgement->side];
	const struct tcp_options *opt = &from->segment->opt;
	const int64_t near = from->judgement->has_ack ? from->judgement->ack :
	    peer->una;
	size_t len = 0;

	if (opt->sack_count == 0 || !peer->has_base)
		return;
	for (unsigned i = 0; i < opt->sack_count; i++) {
		const int64_t left = seq_offset(opt->sack[i].left, peer->isn,
		    near);

		/* Below all that the numbers count from. */
		if (left < 0)
			continue;
		len += (size_t)snprintf(from->words + len,
		    KINDS_BUFSIZE - len, "%s%" PRId64 "-%" PRId64,
		    len > 0 ? " " : "", left,
		    seq_offset(opt->sack[i].right, peer->isn, near));
	}
	if (len > 0)
		value_text(value, from->words);
}

/*
 * Of a finding.
 */

GETTER(finding_conn)
{
	value_number(value, from->conn->number);
}

GETTER(finding_revision)
{
	value_number(value, from->conn->is_revised ? 2 : 1);
}

GETTER(finding_id)
{
	value_text(value, finding_name(from->finding->id));
}

GETTER(finding_side)
{
	if (from->finding->side != SIDE_NOBODY)
		value_text(value, finding_side_words(from->finding));
}

GETTER(finding_confidence)
{
	value_text(value, confidence_words(from->finding->confidence));
}

GETTER(finding_text)
{
	(void)text_finding(from->words, from->finding);
	value_text(value, from->words);
}

GETTER(finding_ns)
{
	const int64_t ns = (int64_t)number_at(from->finding, field->at);

	if (ns >= 0)
		value_duration(value, ns);
}

/* Of what there is nothing, nothing is said. */
GETTER(finding_count)
{
	const uint64_t number = number_at(from->finding, field->at);

	if (number > 0)
		value_number(value, number);
}

GETTER(finding_losses)
{
	const struct finding *f = from->finding;
	uint32_t number;

	memcpy(&number, (const char *)f + field->at, sizeof(number));
	if (f->upstream + f->downstream + f->unseen > 0)
		value_number(value, number);
}

GETTER(finding_ttl)
{
	const uint8_t *ttl = (const uint8_t *)from->finding + field->at;

	if (*ttl > 0)
		value_number(value, *ttl);
}

GETTER(finding_pair)
{
	if (from->between != NULL)
		value_number(value, from->pair + 1);
}

GETTER(finding_direction)
{
	if (from->between != NULL)
		value_text(value, from->between->direction ==
		    DIRECTION_ORIG ? "orig" : "resp");
}

GETTER(finding_point)
{
	if (from->between != NULL)
		value_text(value, from->between->point == POINT_A ? "a" :
		    "b");
}

/*
 * Of a row of the triage; its finding is that of the worst connection.
 */

GETTER(triage_rank)
{
	value_number(value, from->rank);
}

GETTER(triage_failure)
{
	value_flag(value, from->triage->is_failure);
}

GETTER(triage_secs)
{
	value_duration(value, from->triage->tally.cost_ns);
}

GETTER(triage_conns)
{
	value_number(value, from->triage->tally.conns);
}

GETTER(triage_group)
{
	static const char *const words[GROUP_COUNT] = {
		[GROUP_SERVER] = "server",
		[GROUP_SERVER_HOST] = "server-host",
		[GROUP_CLIENT] = "client",
		[GROUP_CLIENT_NET] = "client-net",
		[GROUP_LINK] = "link",
		[GROUP_MANY] = "many",
	};

	value_text(value, words[from->triage->group]);
}

GETTER(triage_group_h)
{
	const struct group_key *key = &from->triage->key;

	if (from->triage->group >= GROUP_LINK)
		return;
	value->type = VALUE_ADDR;
	memcpy(value->u.addr.bytes, key->addr, sizeof(key->addr));
	value->u.addr.ip_version = key->ip_version;
}

GETTER(triage_group_p)
{
	if (from->triage->group == GROUP_SERVER)
		value_number(value, from->triage->key.port);
}

GETTER(triage_group_vlan)
{
	if (from->triage->key.vlan != 0)
		value_number(value, from->triage->key.vlan);
}

GETTER(triage_group_vni)
{
	if (from->triage->key.vni != 0)
		value_number(value, from->triage->key.vni);
}

GETTER(triage_worst_conn)
{
	value_number(value, from->triage->tally.worst_conn);
}

GETTER(triage_worst_frame)
{
	if (from->triage->tally.worst.frame > 0)
		value_number(value, from->triage->tally.worst.frame);
}

GETTER(triage_at_once_conns)
{
	const struct at_once *at = triage_at_once(from->triage);

	if (at != NULL)
		value_number(value, at->conns);
}

GETTER(triage_at_once_secs)
{
	const struct at_once *at = triage_at_once(from->triage);

	if (at != NULL)
		value_duration(value, nstime_diff(at->to_ns, at->from_ns));
}

GETTER(triage_at_once_frame)
{
	const struct at_once *at = triage_at_once(from->triage);

	if (at != NULL)
		value_number(value, at->frame);
}

/*
 * Of a group.
 */

GETTER(group_by)
{
	if (from->by != GROUPING_NONE)
		value_text(value, grouping_words[from->by - 1]);
}

GETTER(group_name)
{
	if (from->by == GROUPING_NONE)
		return;
	group_format_name(from->words, &from->group->key, from->by);
	value_text(value, from->words);
}

GETTER(group_addr)
{
	const struct group_key *key = &from->group->key;

	if (key->ip_version == 0)
		return;
	value->type = VALUE_ADDR;
	memcpy(value->u.addr.bytes, key->addr, sizeof(key->addr));
	value->u.addr.ip_version = key->ip_version;
}

GETTER(group_port)
{
	if (from->by == GROUPING_SERVER || from->by == GROUPING_PORT)
		value_number(value, from->group->key.port);
}

GETTER(group_vlan)
{
	if (from->group->key.vlan != 0)
		value_number(value, from->group->key.vlan);
}

GETTER(group_count)
{
	value_number(value, number_at(from->group, field->at));
}

static const struct spans *
spans_at(const struct field *field, const struct field_from *from)
{
	const char *group = (const char *)from->group;

	return (const struct spans *)(const void *)(group + field->at);
}

static void
set_quantile(const struct field *field, const struct field_from *from,
    unsigned permille, struct value *value)
{
	const struct spans *spans = spans_at(field, from);

	if (spans->count > 0)
		value_duration(value, spans_quantile(spans, permille));
}

GETTER(group_p50)
{
	set_quantile(field, from, 500, value);
}

GETTER(group_p95)
{
	set_quantile(field, from, 950, value);
}

GETTER(group_p99)
{
	set_quantile(field, from, 990, value);
}

GETTER(group_max)
{
	if (spans_at(field, from)->count > 0)
		value_duration(value, spans_at(field, from)->max);
}

GETTER(group_max_frame)
{
	if (spans_at(field, from)->count > 0)
		value_number(value, spans_at(field, from)->max_frame);
}

GETTER(group_spans_count)
{
	value_number(value, spans_at(field, from)->count);
}

GETTER(group_retrans)
{
	struct sum sum = { .high = 0 };

	sum_add(&sum, from->group->retrans_bytes);
	value_mean(value, sum, from->group->bytes, 1);
}

GETTER(group_zero_window)
{
	value_duration(value, from->group->zero_window_ns);
}

/*
 * The table.
 */

#define FIGURE(member)	offsetof(struct summary, member)
#define TOTAL(member)	offsetof(struct tcpstates_totals, member)
#define KERNEL(member)	offsetof(struct record_kernel, member)
#define FINDING_AT(member)	offsetof(struct finding, member)
#define INTERVAL_AT(member)	offsetof(struct interval, member)
#define GROUP_AT(member)	offsetof(struct grouped, member)
#define SEGMENT_AT(member)	offsetof(struct judgement, member)

#define ENTRY(k, t, u, g, where, s)					\
	{ .key = k, .unit = u, .sentence = s, .at = where,		\
	    .type = VALUE_##t, .get = get_##g },

static const struct field capture_fields[] = {
#define FIELD	ENTRY
#include "records/capture.def"
};

static const struct field interval_fields[] = {
#define FIELD	ENTRY
#include "records/interval.def"
};

static const struct field summary_fields[] = {
#define FIELD	ENTRY
#include "records/summary.def"
};

static const struct field pair_fields[] = {
#define FIELD	ENTRY
#include "records/pair.def"
};

static const struct field unpaired_fields[] = {
#define FIELD	ENTRY
#include "records/unpaired.def"
};

static const struct field finding_fields[] = {
#define FIELD	ENTRY
#include "records/finding.def"
};

static const struct field triage_fields[] = {
#define FIELD	ENTRY
#include "records/triage.def"
};

static const struct field group_fields[] = {
#define FIELD	ENTRY
#include "records/group.def"
};

static const struct field compare_fields[] = {
#define FIELD	ENTRY
#include "records/compare.def"
};

static const struct field segment_fields[] = {
#define FIELD	ENTRY
#include "records/segment.def"
};

static const struct {
	const char *name;
	const struct field *fields;
	size_t count;
} records[RECORD_COUNT] = {
	[RECORD_CAPTURE] = { "capture", capture_fields,
	    ARRAY_LEN(capture_fields) },
	[RECORD_INTERVAL] = { "interval", interval_fields,
	    ARRAY_LEN(interval_fields) },
	[RECORD_SUMMARY] = { "summary", summary_fields,
	    ARRAY_LEN(summary_fields) },
	[RECORD_PAIR] = { "pair", pair_fields, ARRAY_LEN(pair_fields) },
	[RECORD_UNPAIRED] = { "unpaired", unpaired_fields,
	    ARRAY_LEN(unpaired_fields) },
	[RECORD_COMPARE] = { "compare", compare_fields,
	    ARRAY_LEN(compare_fields) },
	[RECORD_FINDING] = { "finding", finding_fields,
	    ARRAY_LEN(finding_fields) },
	[RECORD_TRIAGE] = { "triage", triage_fields,
	    ARRAY_LEN(triage_fields) },
	[RECORD_GROUP] = { "group", group_fields, ARRAY_LEN(group_fields) },
	[RECORD_SEGMENT] = { "segment", segment_fields,
	    ARRAY_LEN(segment_fields) },
};

const char *
record_name(enum record record)
{
	return records[record].name;
}

size_t
record_field_count(enum record record)
{
	return records[record].count;
}

const struct field *
record_field(enum record record, size_t at)
{
	return &records[record].fields[at];
}

/*
 * The records.
 */

static void
put_record(struct writer *w, enum record record,
    const struct field_from *from)
{
	if (!w->format->begin(w, records[record].name))
		return;
	for (size_t i = 0; i < records[record].count; i++) {
		const struct field *field = &records[record].fields[i];
		struct value value;

		value.type = VALUE_NULL;
		field->get(field, from, &value);
		w->format->field(w, field->key, &value);
	}
	w->format->end(w);
}

void
record_capture(struct writer *w, const struct record_capture *capture)
{
	put_record(w, RECORD_CAPTURE,
	    &(struct field_from){ .capture = capture });
}

void
record_findings(struct writer *w, const struct conn *conn,
    const struct diagnosed *diagnosed)
{
	char words[TEXT_SIZE];

	for (unsigned i = 0; i < diagnosed->count; i++)
		put_record(w, RECORD_FINDING, &(struct field_from){
		    .finding = &diagnosed->finding[i], .conn = conn,
		    .words = words });
}

void
record_triage(struct writer *w, const struct triage_row *row, size_t rank)
{
	char words[TEXT_SIZE];

	put_record(w, RECORD_TRIAGE, &(struct field_from){
	    .triage = row, .rank = rank, .finding = &row->tally.worst,
	    .words = words });
}

void
record_group(struct writer *w, const struct grouped *group,
    enum grouping_by by)
{
	char words[GROUP_NAME_BUFSIZE];

	put_record(w, RECORD_GROUP, &(struct field_from){
	    .group = group, .by = by, .words = words });
}

void
record_interval(struct writer *w, const struct interval *interval)
{
	put_record(w, RECORD_INTERVAL,
	    &(struct field_from){ .interval = interval });
}

void
record_summary(struct writer *w, const struct conn *first,
    const struct tcpstates_totals *totals, const struct record_kernel *kernel)
{
	struct summary summary = totals->left_out;

	summary_add_all(&summary, first);
	put_record(w, RECORD_SUMMARY, &(struct field_from){
	    .summary = &summary, .totals = totals, .kernel = kernel,
	    .is_interim = w->is_interim,
	    .ledger_errors = atomic_load(w->ledger_errors) });
}

void
record_pair(struct writer *w, const struct compare_result *compared,
    size_t pair)
{
	struct between found[BETWEEN_MAX];
	const unsigned count = between_find(found, compared, pair);
	char words[TEXT_SIZE];

	static_assert(REWRITES_BUFSIZE <= TEXT_SIZE, "room for both");
	put_record(w, RECORD_PAIR, &(struct field_from){
	    .compared = compared, .pair = pair, .words = words });
	if (w->format->has_only_conns)
		return;
	for (unsigned i = 0; i < count; i++)
		put_record(w, RECORD_FINDING, &(struct field_from){
		    .finding = &found[i].finding, .between = &found[i],
		    .conn = result_conn(compared, pair, POINT_A),
		    .pair = pair, .words = words });
}

void
record_unpaired(struct writer *w, const struct compare_result *compared)
{
	if (w->format->has_only_conns)
		return;
	for (unsigned p = 0; p < POINT_COUNT; p++)
		for (uint32_t i = 1; i < compared->pairs->conn_count[p]; i++)
			if (compared->pairs->unpaired[p][i] != UNPAIRED_NONE)
				put_record(w, RECORD_UNPAIRED,
				    &(struct field_from){
				    .compared = compared, .point = (uint8_t)p,
				    .conn = compare_conn(compared->compare,
				    p, i) });
}

void
record_compare(struct writer *w, const struct compare_result *compared)
{
	put_record(w, RECORD_COMPARE,
	    &(struct field_from){ .compared = compared });
}

void
record_segment(struct writer *w, const struct conn *conn,
    const struct segment *segment, const struct judgement *judgement)
{
	char words[KINDS_BUFSIZE];

	put_record(w, RECORD_SEGMENT, &(struct field_from){
	    .conn = conn, .segment = segment, .judgement = judgement,
	    .words = words });
}
