/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "top/pane.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/nstime.h"
#include "flow/conn.h"
#include "records/owners.h"
#include "tcp/pack.h"
#include "tcp/state.h"
#include "top/rows.h"
#include "views/short.h"

#define INDENT	2

static void PRINTF_LIKE(4, 5)
pane_add(struct layout_pane *pane, unsigned look, unsigned indent,
    const char *fmt, ...)
{
	struct layout_text *text = &pane->text[pane->count];
	va_list args;

	if (pane->count == LAYOUT_TEXTS)
		return;
	pane->count++;
	text->look = look;
	text->indent = indent;
	va_start(args, fmt);
	vsnprintf(text->text, sizeof(text->text), fmt, args);
	va_end(args);
}

/* ---- the diagnosis ---- */

static void
add_line(struct layout_pane *pane, const struct diagnosis_model *model,
    const struct diagnosis_line *line)
{
	static const char *const labels[] = {
		[DIAGNOSIS_VERDICT] = "",
		[DIAGNOSIS_EVIDENCE] = "  ",
		[DIAGNOSIS_FRAME] = "  ",
		[DIAGNOSIS_DOUBT] = "  ",
		[DIAGNOSIS_ADVICE] = "  ",
		[DIAGNOSIS_ALSO] = "also: ",
		[DIAGNOSIS_NOTE] = "note: ",
	};
	const unsigned look = line->kind != DIAGNOSIS_VERDICT ? LOOK_PLAIN :
	    model->tone == DIAGNOSIS_BAD ? LOOK_BOLD | LOOK_RED : LOOK_BOLD;

	if (line->frame == 0)
		pane_add(pane, look, INDENT, "%s%s", labels[line->kind],
		    line->text);
	else
		pane_add(pane, look, INDENT, "%sframe %" PRIu64 ": %s",
		    labels[line->kind], line->frame, line->text);
}

static void
add_parts(struct layout_pane *pane, const struct diagnosis_model *model)
{
	if (model->has_ledger && model->part_count > 0)
		pane_add(pane, LOOK_BOLD, 0, "Where the time went");
	for (unsigned i = 0; model->has_ledger && i < model->part_count; i++) {
		const struct diagnosis_part *part = &model->part[i];
		char time[SHORT_SIZE];

		short_duration(time, part->ns);
		pane_add(pane, LOOK_PLAIN, INDENT,
		    "  %-22s %6s %3u.%u%%  %s%s%s", part->words, time,
		    part->permille / 10, part->permille % 10,
		    diagnosis_share(part->share),
		    part->remark != NULL ? ", " : "",
		    part->remark != NULL ? part->remark : "");
	}
	for (unsigned i = 0; i < model->turn_count; i++)
		pane_add(pane, LOOK_PLAIN, INDENT, "  %s", model->turns[i]);
	for (unsigned i = 0; i < model->tap_count; i++)
		pane_add(pane, LOOK_PLAIN, INDENT, "  %s%s",
		    i == 0 ? "capture point: " : "", model->tap[i]);
}

/* ---- what is known without it ---- */

/* The state, and on a live screen for how long. */
static void
add_endpoint(struct layout_pane *pane, const struct figures *f,
    const struct rows *rows, const struct row *row, unsigned which)
{
	char sent[SHORT_SIZE], time[SHORT_SIZE] = "";

	short_amount(sent, f->sent[which]);
	if (row != NULL)
		short_duration(time, rows_in_state_ns(rows, row, which));
	pane_add(pane, LOOK_PLAIN, INDENT, "  %-10s %s  %s%s%s  %sB sent",
	    which == FIGURES_ORIG ? "originator" : "responder",
	    f->endpoint[which], state_name(f->state[which]),
	    row == NULL ? "" : row->was_open ? " for at least " : " for ",
	    time, sent);
}

static void
add_figures(struct layout_pane *pane, const struct figures *f,
    const struct rows *rows, const struct row *row)
{
	char rtt[SHORT_SIZE], p99[SHORT_SIZE], flight[SHORT_SIZE];
	char window[SHORT_SIZE];

	pane_add(pane, LOOK_BOLD, 0, "Endpoints");
	add_endpoint(pane, f, rows, row, FIGURES_ORIG);
	add_endpoint(pane, f, rows, row, FIGURES_RESP);
	if (f->rtt_ns >= 0) {
		short_duration(rtt, f->rtt_ns);
		short_duration(p99, f->rtt_p99_ns);
		pane_add(pane, LOOK_PLAIN, INDENT,
		    "  round trip to the receiver of most data: median %s%s%s",
		    rtt, f->rtt_p99_ns >= 0 ? ", 99th percentile " : "",
		    f->rtt_p99_ns >= 0 ? p99 : "");
	}
	if (f->flight >= 0 && f->window >= 0) {
		short_amount(flight, (uint64_t)f->flight);
		short_amount(window, (uint64_t)f->window);
		pane_add(pane, LOOK_PLAIN, INDENT,
		    "  %sB in flight, window %sB", flight, window);
	}
	pane_add(pane, LOOK_PLAIN, INDENT, "  lost segments: %" PRIu64
	    " upstream, %" PRIu64 " downstream of the capture point",
	    f->lost_upstream, f->lost_downstream);
}

/* The process at one end, and the kernel's figures to compare with ours. */
static void
add_owner(struct layout_pane *pane, const struct owner *owner, const char *end)
{
	char rtt[SHORT_SIZE];

	if (owner == NULL || !owner->has_socket)
		return;
	if (owner->pid != 0)
		pane_add(pane, LOOK_PLAIN, INDENT, "  %-10s %s, pid %u%s%s",
		    end, owner->process, (unsigned)owner->pid,
		    owner->cgroup[0] != '\0' ? ", in " : "", owner->cgroup);
	else
		pane_add(pane, LOOK_PLAIN, INDENT, "  %-10s process unknown",
		    end);
	if (!owner->has_figures)
		return;
	if (owner->min_rtt_ns >= 0)
		short_duration(rtt, owner->min_rtt_ns);
	pane_add(pane, LOOK_PLAIN, INDENT, "  %-10s its kernel counts %u "
	    "retransmissions%s%s", "", (unsigned)owner->retrans,
	    owner->min_rtt_ns >= 0 ? ", minimum round trip " : "",
	    owner->min_rtt_ns >= 0 ? rtt : "");
}

static void
add_owners(struct layout_pane *pane, const struct conn *conn)
{
	struct pack_room room;
	const struct conn *readable = pack_read(conn, &room);
	const struct owner *orig = owners_of(readable, conn->orig);
	const struct owner *resp = owners_of(readable, !conn->orig);

	if ((orig == NULL || !orig->has_socket) &&
	    (resp == NULL || !resp->has_socket))
		return;
	pane_add(pane, LOOK_BOLD, 0, "Processes of this host");
	add_owner(pane, orig, "originator");
	add_owner(pane, resp, "responder");
}

/* What a trend shows of a second. */
enum trend {
	TREND_ORIG,
	TREND_RESP,
	TREND_RTT,
	TREND_FLIGHT
};

static uint64_t
trend_value(const struct second *second, enum trend trend)
{
	switch (trend) {
	case TREND_ORIG:
		return second->sent[FIGURES_ORIG] * 8;
	case TREND_RESP:
		return second->sent[FIGURES_RESP] * 8;
	case TREND_RTT:
		return second->rtt_us;
	case TREND_FLIGHT:
		return second->flight;
	}
	return 0;
}

#define TREND_HEAD_SIZE	32

static void
format_head(char head[TREND_HEAD_SIZE], enum trend trend, uint64_t most)
{
	char amount[SHORT_SIZE];

	if (trend == TREND_RTT)
		short_duration(amount, (int64_t)most * NS_PER_US);
	else
		short_amount(amount, most);
	(void)snprintf(head, TREND_HEAD_SIZE,
	    trend == TREND_ORIG ? "-> %5sbit/s" :
	    trend == TREND_RESP ? "<- %5sbit/s" :
	    trend == TREND_RTT ? "rtt %5s" : "in flight %5sB", amount);
}

/* The last seconds, a bar for each. */
static void
add_trend(struct layout_pane *pane, const struct rows *rows,
    const struct row *row, enum trend trend)
{
	char bar[ROWS_SECONDS + 1] = "", head[TREND_HEAD_SIZE];
	uint64_t most = 0;

	for (unsigned i = 0; i < row->seconds_known; i++) {
		const uint64_t n = trend_value(rows_second(rows, row, i),
		    trend);

		most = n > most ? n : most;
	}
	for (unsigned i = 0; i < ROWS_SECONDS; i++) {
		const unsigned ago = ROWS_SECONDS - 1 - i;
		const uint64_t n = ago < row->seconds_known ?
		    trend_value(rows_second(rows, row, ago), trend) : 0;

		bar[i] = (char)(n == 0 ? ' ' : 1 + n / (most / 7 + 1));
	}
	format_head(head, trend, most);
	pane_add(pane, LOOK_PLAIN, INDENT, "%-16s |%s|", head, bar);
}

void
pane_fill(struct pane *pane, const struct entry *entry,
    const struct conn *conn, const struct rows *rows, const struct row *row)
{
	struct layout_pane *layout = &pane->layout;
	const unsigned scroll = pane->number == entry->figures.number ?
	    layout->scroll : 0;

	if (conn == NULL && pane->number == entry->figures.number)
		return;
	pane->number = entry->figures.number;
	layout->count = 0;
	layout->scroll = scroll;
	if (conn != NULL) {
		diagnosis_describe(&pane->model, conn);
		for (unsigned i = 0; i < pane->model.line_count; i++)
			add_line(layout, &pane->model, &pane->model.line[i]);
		add_parts(layout, &pane->model);
	} else {
		pane_add(layout, LOOK_PLAIN, 0,
		    "The connection is not followed any longer.");
	}
	add_figures(layout, &entry->figures, rows, row);
	if (conn != NULL)
		add_owners(layout, conn);
	if (row == NULL && entry->is_finished)
		pane_add(layout, LOOK_PLAIN, 0, "--segments=%" PRIu64
		    " shows its segments", entry->figures.number);
	if (row == NULL)
		return;
	pane_add(layout, LOOK_BOLD, 0,
	    "The last 60 seconds, and the most in one of them");
	for (enum trend trend = TREND_ORIG; trend <= TREND_FLIGHT; trend++)
		add_trend(layout, rows, row, trend);
}
