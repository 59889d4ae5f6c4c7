/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "views/detail_rows.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/put.h"
#include "flow/conn.h"
#include "tcp/analysis.h"

const struct endpoint *
detail_endpoint(const struct detail_source *from, unsigned column)
{
	return &from->conn->endpoint[from->side[column]];
}

const struct endpoint_stats *
detail_stats(const struct detail_source *from, unsigned column)
{
	return &from->conn->analysis->stats[from->side[column]];
}

const struct endpoint_track *
detail_track(const struct detail_source *from, unsigned column)
{
	return &from->conn->analysis->track[from->side[column]];
}

/* ---- figures ---- */

/*
 * The arena has room for all rows with the longest figures.  Beyond that, the
 * last figure is overwritten, never the memory after the arena.
 */
char *
detail_room(struct detail *detail, unsigned size)
{
	assert(size <= DETAIL_ARENA);
	if (size > DETAIL_ARENA - detail->arena_len)
		detail->arena_len = DETAIL_ARENA - size;
	return detail->arena + detail->arena_len;
}

const char *
detail_took(struct detail *detail, char *end)
{
	const char *start = detail->arena + detail->arena_len;

	*end = '\0';
	detail->arena_len = (unsigned)(end + 1 - detail->arena);
	return start;
}

const char *
detail_text(const struct detail_source *from, const char *fmt, ...)
{
	char *at = detail_room(from->detail, DETAIL_TEXT_MAX);
	va_list args;
	int len;

	va_start(args, fmt);
	len = vsnprintf(at, DETAIL_TEXT_MAX, fmt, args);
	va_end(args);
	if (len < 0)
		len = 0;
	if (len >= DETAIL_TEXT_MAX)
		len = DETAIL_TEXT_MAX - 1;
	return detail_took(from->detail, at + len);
}

const char *
detail_count(const struct detail_source *from, uint64_t count)
{
	char *at = detail_room(from->detail, DETAIL_FIGURE_MAX);

	return detail_took(from->detail, put_u64(at, count));
}

const char *
detail_duration(const struct detail_source *from, int64_t ns)
{
	char *at = detail_room(from->detail, DETAIL_FIGURE_MAX);

	return detail_took(from->detail,
	    nstime_put_duration(at, ns, from->digits));
}

const char *
detail_ratio(const struct detail_source *from, int64_t num, int64_t den,
    unsigned digits)
{
	char *at = detail_room(from->detail, DETAIL_FIGURE_MAX);

	return detail_took(from->detail,
	    at + nstime_format_ratio(at, num, den, digits));
}

const char *
detail_ms(const struct detail_source *from, int64_t ns)
{
	return ns < 0 ? "-" : detail_ratio(from, ns, NS_PER_MS,
	    ns < 10 * NS_PER_SEC ? 3 : ns < 1000 * NS_PER_SEC ? 1 : 0);
}

/* ---- rows ---- */

struct detail_row *
detail_add(const struct detail_source *from, unsigned level, const char *label)
{
	struct detail *detail = from->detail;
	struct detail_row *row = &detail->row[detail->row_count];

	assert(detail->row_count < DETAIL_ROWS);
	*row = (struct detail_row){
		.label = label,
		.level = (unsigned char)level,
		.unit = "",
	};
	detail->row_count++;
	return row;
}

struct detail_row *
detail_add_pair(const struct detail_source *from, unsigned level,
    const char *label, const char *orig, const char *resp)
{
	struct detail_row *row = detail_add(from, level, label);

	row->cells = 2;
	row->cell[DETAIL_ORIG] = orig;
	row->cell[DETAIL_RESP] = resp;
	return row;
}

struct detail_row *
detail_add_whole(const struct detail_source *from, const char *label,
    const char *text)
{
	struct detail_row *row = detail_add(from, 0, label);

	row->text = text;
	return row;
}

struct detail_row *
detail_add_counts(const struct detail_source *from, unsigned level,
    const char *label, uint64_t orig, uint64_t resp)
{
	if (orig == 0 && resp == 0)
		return NULL;
	return detail_add_pair(from, level, label, detail_count(from, orig),
	    detail_count(from, resp));
}

void
detail_add_durations(const struct detail_source *from, const char *label,
    int64_t orig, int64_t resp)
{
	if (orig == 0 && resp == 0)
		return;
	detail_add_pair(from, 0, label, detail_duration(from, orig),
	    detail_duration(from, resp))->unit = "s";
}

void
detail_add_whole_count(const struct detail_source *from, const char *label,
    uint64_t count, const char *unit)
{
	if (count > 0)
		detail_add_whole(from, label, detail_count(from, count))->unit =
		    unit;
}
