/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The records beside `conn`: their getters, their tables (capture.def,
 * interval.def, summary.def), and the functions that write them.
 */
#include "config.h"

#include <stddef.h>
#include <string.h>

#include "base/compiler.h"
#include "base/nstime.h"
#include "flow/summary.h"
#include "print/interval.h"
#include "records/record.h"
#include "records/writer.h"
#include "engine/engine.h"

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

GETTER(samples)
{
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

GETTER(kernel)
{
	if (from->kernel != NULL)
		value_number(value, number_at(from->kernel, field->at));
}

/*
 * The table.
 */

#define FIGURE(member)	offsetof(struct summary, member)
#define TOTAL(member)	offsetof(struct tcpstates_totals, member)
#define KERNEL(member)	offsetof(struct record_kernel, member)
#define INTERVAL_AT(member)	offsetof(struct interval, member)

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
	    .summary = &summary, .totals = totals, .kernel = kernel });
}
