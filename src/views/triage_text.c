/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "views/triage_text.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/compiler.h"
#include "base/nstime.h"
#include "base/outbuf.h"
#include "base/say.h"
#include "diagnosis/text.h"
#include "engine/engine.h"
#include "print/addr.h"
#include "print/ink.h"
#include "print/time.h"
#include "views/diagnosis_model.h"
#include "views/diagnosis_text.h"
#include "views/display.h"

#define LABEL		9	/* "capture  " */
#define LINE_SIZE	1024	/* the longest paragraph, and its NUL */

/* Columns of the table. */
#define COLUMNS		80
#define LOST_WIDTH	7
#define CONNS_WIDTH	6
#define WHAT_WIDTH	24
#define TEXT_COLUMN	(LOST_WIDTH + CONNS_WIDTH + 2)
#define WORST_COLUMN	(TEXT_COLUMN + WHAT_WIDTH)
#define WORST_SIZE	56	/* "#14 frame 812", and its NUL */

/* ---- paragraphs ---- */

/* A part of a list that is separated by commas. */
static PRINTF_LIKE(3, 4) void
add_part(struct text *p, const char *separator, const char *fmt, ...)
{
	char part[LINE_SIZE];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(part, sizeof(part), fmt, ap);
	va_end(ap);
	say(p, "%s%s", p->len > 0 ? separator : "", part);
}

static void
put_paragraph(struct outbuf *out, bool colour, const char *label,
    const struct text *p)
{
	ink_cell(out, colour, INK_HEADING, label, LABEL);
	diagnosis_put_wrapped(out, p->bytes, LABEL, LABEL);
}

static const char *
plural(uint64_t count)
{
	return count == 1 ? "" : "s";
}

/* ---- what the capture is ---- */

static void
put_head(struct outbuf *out, const struct display_context *context,
    const struct tcpstates *ts, const struct triage *triage)
{
	const struct tcpstates_totals *totals = tcpstates_totals(ts);
	const int64_t life = nstime_diff(totals->last_ns, totals->first_ns);
	struct time_style style = context->time;
	char when[TIME_BUFSIZE], span[TEXT_NUMBER];

	outbuf_safe(out, context->capture.record.input);
	if (totals->frames == 0) {
		outbuf_str(out, ": holds no packets\n");
		return;
	}
	outbuf_char(out, '\n');
	if (style.format == TIME_AS_CLOCK)
		style.format = TIME_AS_LOCAL;
	if (style.format != TIME_AS_LOCAL)
		style.format = TIME_AS_UTC;
	style.digits = 0;
	(void)time_format_instant(when, &style, totals->first_ns);
	(void)text_ns(span, life);
	outbuf_printf(out, "%*s%s from %s%s, %" PRIu64 " connection%s, %"
	    PRIu64 " segment%s\n", LABEL, "", span, when,
	    style.format == TIME_AS_UTC ? " UTC" : "", triage->conns,
	    plural(triage->conns), totals->verdicts[VERDICT_SEGMENT],
	    plural(totals->verdicts[VERDICT_SEGMENT]));
}

/* ---- how far it can be trusted ---- */

/* Shorter than the usual frames: there are headers, and little else. */
#define SNAPLEN_USUAL	1500

static bool
is_snapped(const struct record_capture *capture)
{
	return capture->snaplen > 0 && capture->snaplen < SNAPLEN_USUAL;
}

static void
add_losses(struct text *p, const struct display_context *context,
    const struct tcpstates_totals *totals, const struct triage *triage)
{
	const struct record_kernel *kernel = &context->capture.kernel;
	const uint64_t holes = triage_count(triage, FINDING_CAPTURE_LOSS);

	if (context->capture.has_kernel && kernel->dropped > 0)
		add_part(p, "; ", "the kernel dropped %" PRIu64 " of %" PRIu64
		    " packets", kernel->dropped, kernel->received);
	if (holes > 0)
		add_part(p, "; ", "segments are missing in %" PRIu64
		    " connection%s", holes, plural(holes));
	if (totals->verdicts[VERDICT_SHORT] > 0)
		add_part(p, "; ", "%" PRIu64 " packets were cut too short",
		    totals->verdicts[VERDICT_SHORT]);
	if (context->capture.cut_files == 1)
		add_part(p, "; ", "a file is cut short: its last packets are "
		    "missing");
	if (context->capture.cut_files > 1)
		add_part(p, "; ", "%" PRIu64 " files are cut short: their last "
		    "packets are missing", context->capture.cut_files);
	if (totals->cut > 0)
		add_part(p, "; ", "the snapshot length cut the TCP header of %"
		    PRIu64 " segment%s", totals->cut, plural(totals->cut));
	if (p->len == 0)
		say(p, "nothing that passed is missing");
	if (is_snapped(&context->capture.record))
		add_part(p, "; ", "packets cut to %" PRIu32 " bytes",
		    context->capture.record.snaplen);
}

static void
add_oddities(struct text *p, const struct tcpstates_totals *totals,
    const struct triage *triage)
{
	if (totals->verdicts[VERDICT_DUPLICATE] > 0)
		add_part(p, "; ", "copies left out: %" PRIu64,
		    totals->verdicts[VERDICT_DUPLICATE]);
	if (triage->one_sided > 0)
		add_part(p, "; ", "one direction only of %" PRIu64
		    " connection%s", triage->one_sided,
		    plural(triage->one_sided));
	if (triage->midstream > 0)
		add_part(p, "; ", "%" PRIu64 " connection%s began before it",
		    triage->midstream, plural(triage->midstream));
	if (totals->clock_back > 0)
		add_part(p, "; ", "the clock went back %" PRIu64 " time%s",
		    totals->clock_back, plural(totals->clock_back));
	if (triage->is_incomplete)
		add_part(p, "; ", "out of memory: something is missing below");
	if (triage->ledger_errors > 0)
		add_part(p, "; ", "%" PRIu64 " ledgers do not add up: please "
		    "report this", triage->ledger_errors);
}

/* Where most connections have the capture point. */
static enum tap
usual_tap(const struct triage *triage)
{
	enum tap usual = TAP_UNKNOWN;

	for (enum tap tap = TAP_ORIG; tap < TAP_COUNT; tap++)
		if (triage->tap[tap] > 0 && (usual == TAP_UNKNOWN ||
		    triage->tap[tap] > triage->tap[usual]))
			usual = tap;
	return usual;
}

static void
add_tap(struct text *p, const struct triage *triage)
{
	static const char *const places[] = {
		[TAP_UNKNOWN] = NULL,
		[TAP_ORIG] = "near the clients",
		[TAP_RESP] = "near the servers",
		[TAP_BETWEEN] = "between clients and servers",
		[TAP_ONE_SIDED] = NULL,
	};
	const enum tap tap = usual_tap(triage);
	const uint64_t known = triage->tap[TAP_ORIG] + triage->tap[TAP_RESP] +
	    triage->tap[TAP_BETWEEN];
	char near[TEXT_NUMBER], whole[TEXT_NUMBER];

	if (places[tap] == NULL)
		return;
	add_part(p, "; ", "capture point %s", places[tap]);
	if (triage->rtt.count > 0) {
		(void)text_ns(near, spans_quantile(&triage->client_side, 500));
		(void)text_ns(whole, spans_quantile(&triage->rtt, 500));
		say(p, " (round trip %s, of which %s on the clients' side)",
		    whole, near);
	}
	if (known > triage->tap[tap])
		say(p, ", elsewhere for %" PRIu64 " of %" PRIu64,
		    known - triage->tap[tap], known);
}

static void
put_trust(struct outbuf *out, bool colour,
    const struct display_context *context, const struct tcpstates *ts,
    const struct triage *triage)
{
	char line[LINE_SIZE];
	struct text p = text_in(line, sizeof(line));

	add_losses(&p, context, tcpstates_totals(ts), triage);
	add_oddities(&p, tcpstates_totals(ts), triage);
	add_tap(&p, triage);
	put_paragraph(out, colour, "capture", &p);
}

/* ---- whose time it was ---- */

static unsigned
percent_of(int64_t ns, int64_t whole)
{
	const int64_t unit = whole / 100;

	return unit <= 0 ? 0 : (unsigned)(((uint64_t)ns + (uint64_t)unit / 2) /
	    (uint64_t)unit);
}

static void
put_shares(struct outbuf *out, bool colour, const struct triage *triage)
{
	char line[LINE_SIZE];
	struct text p = text_in(line, sizeof(line));
	char time[TEXT_NUMBER];

	if (triage->time_ns <= 0)
		return;
	(void)text_ns(time, triage->time_ns);
	say(&p, "of %s of connections:", time);
	for (enum share share = 0; share < SHARE_COUNT; share++) {
		const unsigned percent = percent_of(triage->share_ns[share],
		    triage->time_ns);

		if (percent == 0 && share > SHARE_NETWORK)
			continue;
		say(&p, " %s %u %%", diagnosis_share(share), percent);
		if (share == SHARE_NETWORK && percent > 0)
			say(&p, " (round trips %u %%)", percent_of(
			    triage->round_trips_ns, triage->time_ns));
		say(&p, ",");
	}
	p.bytes[--p.len] = '\0';
	put_paragraph(out, colour, "time", &p);
}

/* ---- problems ---- */

static void
format_net(char buf[TRIAGE_WHERE_SIZE], const struct group_key *key)
{
	char addr[ADDR_BUFSIZE];

	(void)addr_format(addr, key->addr, key->ip_version);
	(void)snprintf(buf, TRIAGE_WHERE_SIZE, "clients %s/%s", addr,
	    key->ip_version == 4 ? "24" : "64");
}

static void
format_host(char buf[TRIAGE_WHERE_SIZE], const char *what,
    const struct group_key *key)
{
	char addr[ADDR_BUFSIZE];

	(void)addr_format(addr, key->addr, key->ip_version);
	(void)snprintf(buf, TRIAGE_WHERE_SIZE, "%s %s", what, addr);
}

void
triage_where(char buf[TRIAGE_WHERE_SIZE], const struct triage_row *row)
{
	const struct group_key *key = &row->key;
	char server[ADDR_ENDPOINT_BUFSIZE];

	switch (row->group) {
	case GROUP_SERVER:
		(void)addr_format_port(server, key->addr, key->ip_version,
		    key->port);
		(void)snprintf(buf, TRIAGE_WHERE_SIZE, "server %s", server);
		break;
	case GROUP_SERVER_HOST:
		format_host(buf, "server", key);
		break;
	case GROUP_CLIENT:
		format_host(buf, "client", key);
		break;
	case GROUP_CLIENT_NET:
		format_net(buf, key);
		break;
	case GROUP_LINK:
		if (key->vni != 0)
			(void)snprintf(buf, TRIAGE_WHERE_SIZE, "VNI %u",
			    key->vni);
		else
			(void)snprintf(buf, TRIAGE_WHERE_SIZE, "VLAN %u",
			    key->vlan);
		break;
	case GROUP_MANY:
	case GROUP_COUNT:
		(void)snprintf(buf, TRIAGE_WHERE_SIZE, "many");
		break;
	}
}

/* How long a server took for all its answers, in all its connections. */
static void
add_server(struct text *p, const struct triage_row *row)
{
	const struct spans *first = row->server != NULL ?
	    &row->server->first : NULL;
	char p50[TEXT_NUMBER], p95[TEXT_NUMBER], max[TEXT_NUMBER];

	if (row->id != FINDING_SERVER_SLOW || first == NULL ||
	    first->count < 2 || first->max < row->tally.worst.longest_ns)
		return;
	(void)text_ns(p50, spans_quantile(first, 500));
	(void)text_ns(p95, spans_quantile(first, 950));
	(void)text_ns(max, first->max);
	say(p, "its %" PRIu32 " answers began after %s at median, %s p95, "
	    "%s at most", first->count, p50, p95, max);
}

/* A common cause: an outage, a garbage collection, a backup. */
static void
add_at_once(struct text *p, const struct triage_row *row)
{
	const struct at_once *at = triage_at_once(row);
	char span[TEXT_NUMBER];

	if (at == NULL)
		return;
	(void)text_ns(span, nstime_diff(at->to_ns, at->from_ns));
	say(p, "; %" PRIu64 " waited at the same time, for %s from frame %"
	    PRIu64 " on", at->conns, span, at->frame);
}

static void
format_worst(char buf[WORST_SIZE], const struct triage_row *row)
{
	(void)snprintf(buf, WORST_SIZE, "#%" PRIu64 " frame %" PRIu64,
	    row->tally.worst_conn, row->tally.worst.frame);
}

/*
 * Columns of the worst connection; 0: with these groups there is no room, and
 * it stands in the text below.
 */
static unsigned
worst_width(const struct triage_row *row, unsigned count)
{
	size_t worst_len = strlen("worst"), where_len = 0;
	char worst[WORST_SIZE], where[TRIAGE_WHERE_SIZE];

	for (unsigned i = 0; i < count; i++) {
		format_worst(worst, &row[i]);
		triage_where(where, &row[i]);
		if (strlen(worst) > worst_len)
			worst_len = strlen(worst);
		if (strlen(where) > where_len)
			where_len = strlen(where);
	}
	return WORST_COLUMN + worst_len + 2 + where_len > COLUMNS ? 0 :
	    (unsigned)worst_len + 2;
}

/* Print the subject: the server, or the worst connection. */
static void
make_row_text(struct text *p, const struct triage_row *row,
    bool has_column)
{
	char text[TEXT_SIZE], worst[WORST_SIZE];

	add_server(p, row);
	if (p->len == 0) {
		(void)text_finding(text, &row->tally.worst);
		say(p, "%s", text);
	}
	add_at_once(p, row);
	if (has_column)
		return;
	format_worst(worst, row);
	say(p, "; %s%s", row->tally.conns > 1 ? "worst: " : "", worst);
}

static void
put_row_text(struct outbuf *out, bool colour, const struct triage_row *row,
    bool has_column)
{
	const char *side = diagnosis_side(row->side);
	const char *doubt = finding_is_doubtful(&row->tally.worst) ?
	    ", suspected: " : ": ";
	char line[LINE_SIZE];
	struct text p = text_in(line, sizeof(line));

	make_row_text(&p, row, has_column);
	ink_cell(out, false, INK_PLAIN, "", TEXT_COLUMN);
	ink_cell(out, colour, INK_BAD, side, 0);
	outbuf_str(out, doubt);
	diagnosis_put_wrapped(out, p.bytes, TEXT_COLUMN +
	    (unsigned)(strlen(side) + strlen(doubt)), TEXT_COLUMN);
}

static void
put_row(struct outbuf *out, bool colour, const struct triage_row *row,
    unsigned worst)
{
	char lost[TEXT_NUMBER], text[WORST_SIZE], where[TRIAGE_WHERE_SIZE];

	if (row->tally.cost_ns >= NS_PER_MS)
		(void)text_ns(lost, row->tally.cost_ns);
	else
		(void)snprintf(lost, sizeof(lost), "-");
	ink_cell(out, false, INK_PLAIN, lost, -LOST_WIDTH);
	(void)snprintf(text, sizeof(text), "%" PRIu64, row->tally.conns);
	ink_cell(out, false, INK_PLAIN, text, -CONNS_WIDTH);
	outbuf_str(out, "  ");
	ink_cell(out, colour, INK_HEADING, finding_name(row->id), WHAT_WIDTH);
	format_worst(text, row);
	if (worst > 0)
		ink_cell(out, false, INK_PLAIN, text, (int)worst);
	triage_where(where, row);
	outbuf_str(out, where);
	outbuf_char(out, '\n');
	put_row_text(out, colour, row, worst > 0);
}

static void
put_table_heading(struct outbuf *out, bool colour, unsigned worst)
{
	ink_cell(out, colour, INK_HEADING, "lost", -LOST_WIDTH);
	ink_cell(out, colour, INK_HEADING, "conns", -CONNS_WIDTH);
	outbuf_str(out, "  ");
	ink_cell(out, colour, INK_HEADING, "what", WHAT_WIDTH);
	if (worst > 0)
		ink_cell(out, colour, INK_HEADING, "worst", (int)worst);
	ink_cell(out, colour, INK_HEADING, "where", 0);
	outbuf_char(out, '\n');
}

static void
put_rows(struct outbuf *out, bool colour, const struct triage_row *row,
    unsigned count, const struct triage_rest *rest)
{
	const unsigned worst = worst_width(row, count);
	char lost[TEXT_NUMBER];

	if (count == 0)
		return;
	outbuf_char(out, '\n');
	put_table_heading(out, colour, worst);
	for (unsigned i = 0; i < count; i++)
		put_row(out, colour, &row[i], worst);
	if (rest->rows == 0)
		return;
	(void)text_ns(lost, rest->cost_ns);
	ink_cell(out, false, INK_PLAIN, lost, -LOST_WIDTH);
	outbuf_printf(out, "%*s%" PRIu64 " more kind%s\n", CONNS_WIDTH + 2, "",
	    rest->rows, plural(rest->rows));
}

/* ---- what is healthy, and where to go on ---- */

/* What is neither healthy nor a problem. */
static void
add_others(struct text *p, const struct triage *triage)
{
	const uint64_t unknown = triage->outcome[OUTCOME_UNKNOWN] +
	    triage->captures;
	const uint64_t none = triage->outcome[OUTCOME_NONE];

	if (unknown > 0)
		say(p, "; %" PRIu64 " cannot be known from this capture "
		    "point, or the capture lacks too much", unknown);
	if (none > 0)
		say(p, "; %" PRIu64 " without a verdict: half open, one "
		    "direction only, or reset with nothing left unanswered", none);
}

static void
put_healthy(struct outbuf *out, bool colour, const struct triage *triage,
    bool has_problems)
{
	const uint64_t healthy = triage->outcome[OUTCOME_HEALTHY];
	const uint64_t servers = servers_healthy(&triage->servers);
	char line[LINE_SIZE];
	struct text p = text_in(line, sizeof(line));

	say(&p, "%" PRIu64 " of %" PRIu64 " connection%s", healthy,
	    triage->conns, plural(triage->conns));
	if (healthy > 0)
		say(&p, ", to %" PRIu64 " server%s", servers, plural(servers));
	if (triage->without_data > 0)
		say(&p, "; %" PRIu64 " of these sent no data",
		    triage->without_data);
	add_others(&p, triage);
	if (!has_problems && healthy > 0)
		say(&p, ". No problem found in handshakes, answers, pauses, "
		    "windows, losses, queues, resets and closes");
	put_paragraph(out, colour, "healthy", &p);
}

static void
put_next(struct outbuf *out, const struct diagnosis_style *style,
    const struct triage_row *row)
{
	char options[48];

	(void)snprintf(options, sizeof(options), "--diagnose=%" PRIu64,
	    row->tally.worst_conn);
	diagnosis_put_command(out, style, "next     ", options);
}

void
triage_print(struct outbuf *out, const struct diagnosis_style *style,
    const struct display_context *context, const struct tcpstates *ts,
    const struct triage *triage)
{
	struct triage_row row[TRIAGE_ROWS];
	struct triage_rest rest;
	const unsigned count = triage_rows(triage, row, &rest);

	put_head(out, context, ts, triage);
	if (triage->conns == 0)
		return;
	put_trust(out, style->colour, context, ts, triage);
	put_shares(out, style->colour, triage);
	put_rows(out, style->colour, row, count, &rest);
	if (count > 0)
		outbuf_char(out, '\n');
	put_healthy(out, style->colour, triage, count > 0);
	if (count > 0)
		put_next(out, style, &row[0]);
}
