/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "views/foresight.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/outbuf.h"
#include "base/pool.h"
#include "diagnosis/findings.h"
#include "diagnosis/text.h"
#include "engine/engine.h"
#include "flow/conn.h"
#include "tcp/pack.h"
#include "views/annotations.h"
#include "views/diagnosis_text.h"
#include "views/display.h"
#include "views/triage_text.h"

#define SIZE_FIRST	64
#define REMARK_SIZE	(TEXT_SIZE + 128)

void
foresight_init(struct foresight *f, const struct display_options *options)
{
	*f = (struct foresight){ .options = options };
}

void
foresight_fini(struct foresight *f)
{
	for (size_t i = 0; i < f->count; i++)
		mem_free(f->found[i].text);
	mem_free(f->found);
	mem_free(f->triage);
	triage_collect_fini(&f->collect);
	*f = (struct foresight){ .options = f->options };
}

/* ---- findings ---- */

static char *
copy_text(const char *text, size_t len)
{
	char *copy = mem_zalloc(len + 1);

	if (copy != NULL)
		memcpy(copy, text, len);
	return copy;
}

/* Room for one more.  False: out of memory. */
static bool
grow(struct foresight *f)
{
	const size_t size = f->size == 0 ? SIZE_FIRST : 2 * f->size;
	struct foreseen *found;

	if (f->count < f->size)
		return true;
	found = mem_realloc(f->found, size * sizeof(*found));
	if (found == NULL)
		return false;
	f->found = found;
	f->size = size;
	return true;
}

static void
add(struct foresight *f, uint64_t frame, bool is_problem, const char *text)
{
	char *copy;

	if (!select_has_frame(&f->options->select, frame))
		return;
	if (f->count >= FORESEEN_MAX) {
		f->left_out++;
		return;
	}
	copy = copy_text(text, strlen(text));
	if (copy == NULL || !grow(f)) {
		mem_free(copy);
		f->is_out_of_memory = true;
		return;
	}
	f->found[f->count] = (struct foreseen){
		.frame = frame,
		.at = f->count,
		.is_problem = is_problem,
		.text = copy,
	};
	f->count++;
}

/* At the frame with which it ends, and a short one where it begins. */
static void
add_finding(struct foresight *f, const struct conn *conn,
    const struct finding *finding)
{
	const bool is_problem = finding_is_problem(finding->id);
	const bool is_range = finding->from_frame != 0 &&
	    finding->from_frame < finding->frame;
	const char *side = finding_side_words(finding);
	char text[TEXT_SIZE], remark[REMARK_SIZE];

	if (is_range) {
		(void)snprintf(remark, sizeof(remark), ANNOTATION_PREFIX
		    "finding %s begins, connection %" PRIu64 ": see frame %"
		    PRIu64, finding_name(finding->id), conn->number,
		    finding->frame);
		add(f, finding->from_frame, is_problem, remark);
	}
	(void)text_finding(text, finding);
	(void)snprintf(remark, sizeof(remark), ANNOTATION_PREFIX
	    "finding %s, connection %" PRIu64 "%s%s, %s: %s",
	    finding_name(finding->id), conn->number,
	    side[0] != '\0' ? ", " : "", side,
	    confidence_words(finding->confidence), text);
	add(f, finding->frame, is_problem, remark);
}

static void
add_conn(struct foresight *f, const struct conn *packed)
{
	struct pack_room room;
	const struct conn *conn = pack_read(packed, &room);
	struct diagnosed diagnosed;

	if (!select_matches(&f->options->select, conn) ||
	    !diagnose(conn, &diagnosed))
		return;
	for (unsigned i = 0; i < diagnosed.count; i++)
		if (diagnosed.finding[i].frame != 0)
			add_finding(f, conn, &diagnosed.finding[i]);
}

void
foresight_ended(void *arg, const struct conn *conn)
{
	struct foresight *f = arg;

	add_conn(f, conn);
	triage_collect_ended(&f->collect, conn);
}

/* ---- the triage ---- */

/* A sink that appends to a string. */
struct string {
	char *bytes;
	size_t len;
};

static int
append(void *arg, const char *bytes, size_t len)
{
	struct string *string = arg;
	char *longer = mem_realloc(string->bytes, string->len + len + 1);

	if (longer == NULL)
		return -ERR_NOMEM;
	memcpy(longer + string->len, bytes, len);
	string->bytes = longer;
	string->len += len;
	longer[string->len] = '\0';
	return 0;
}

static void
print_triage(struct foresight *f, struct outbuf *out,
    const struct tcpstates *ts, const struct display_capture *capture,
    const struct triage *triage)
{
	const struct display_context context = {
		.options = f->options,
		.capture = *capture,
		.time = { .digits = capture->digits },
	};
	const struct diagnosis_style style = { .again = capture->again };

	triage_print(out, &style, &context, ts, triage);
	if (f->left_out > 0)
		outbuf_printf(out, "%" PRIu64 " more findings have no comment "
		    "in this file\n", f->left_out);
}

static int
take_triage(struct foresight *f, const struct tcpstates *ts,
    const struct display_capture *capture)
{
	struct string string = { NULL, 0 };
	struct outbuf *out = outbuf_new(append, &string);
	struct triage triage;
	int error;

	if (out == NULL)
		return -ERR_NOMEM;
	error = triage_collect_all(&f->collect, &f->options->select,
	    tcpstates_first(ts), &triage);
	print_triage(f, out, ts, capture, &triage);
	triage_fini(&triage);
	if (outbuf_flush(out) != 0)
		error = -ERR_NOMEM;
	outbuf_free(out);
	f->triage = string.bytes;
	return error;
}

/* ---- all ---- */

/* Of one frame: problems first, then as they were found. */
static int
compare_foreseen(const void *left, const void *right)
{
	const struct foreseen *a = left;
	const struct foreseen *b = right;

	if (a->frame != b->frame)
		return a->frame < b->frame ? -1 : 1;
	if (a->is_problem != b->is_problem)
		return a->is_problem ? -1 : 1;
	return a->at < b->at ? -1 : a->at > b->at;
}

int
foresight_finish(struct foresight *f, const struct tcpstates *ts,
    const struct display_capture *capture)
{
	int error;

	for (const struct conn *conn = tcpstates_first(ts); conn != NULL;
	    conn = conn->next)
		if (conn->retired == 0)
			add_conn(f, conn);
	error = take_triage(f, ts, capture);
	if (f->count > 1)
		qsort(f->found, f->count, sizeof(f->found[0]),
		    compare_foreseen);
	return f->is_out_of_memory ? -ERR_NOMEM : error;
}
