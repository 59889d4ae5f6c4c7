/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The annotated capture: every packet as it was read, and each remark of
 * --segments as a comment of the packet that caused it.  Comments begin with
 * "tcpstates: ", so that the display filter
 *
 *	frame.comment contains "tcpstates"
 *
 * of Wireshark finds them.  A packet is written when the engine has processed
 * it; remarks are stored until then.  Where the capture is read twice, findings
 * are comments of the frames that show them, and the section has the triage.
 */
#include "config.h"

#include <stdio.h>

#include "base/nstime.h"
#include "base/outbuf.h"
#include "decode/frame.h"
#include "print/pcapng_out.h"
#include "views/annotations.h"
#include "diagnosis/findings.h"
#include "views/display.h"
#include "views/foresight.h"

/* Of one packet; a segment has at most ANNOTATIONS_MAX. */
#define REMARKS_MAX	(ANNOTATIONS_MAX + 8)
/* Findings of one frame: where they begin, and where they end. */
#define FINDINGS_HERE	(2 * FINDINGS_MAX)
#define TEXTS_MAX	(REMARKS_MAX + FINDINGS_HERE)
/* Interfaces remembered; beyond this number an interface is described again. */
#define LINKS_MAX	16

struct remark {
	enum annotation_severity severity;
	char text[sizeof(ANNOTATION_PREFIX) + ANNOTATION_BUFSIZE];
};

struct annotate {
	size_t foreseen;	/* index of the next remark of foresight */
	unsigned remark_count;
	struct remark remark[REMARKS_MAX];
	/* Interfaces described so far, and the last ones. */
	uint32_t link_count;
	struct link {
		uint16_t linktype;
		int64_t base_sec;
	} link[LINKS_MAX];
};

/* ---- remarks ---- */

static void
add_text(struct annotate *state, enum annotation_severity severity,
    const char text[ANNOTATION_BUFSIZE])
{
	struct remark *remark;

	if (state->remark_count >= REMARKS_MAX)
		return;
	remark = &state->remark[state->remark_count++];
	remark->severity = severity;
	(void)snprintf(remark->text, sizeof(remark->text),
	    ANNOTATION_PREFIX "%s", text);
}

static void
add_remark(struct annotate *state, const struct annotation *annotation)
{
	char text[ANNOTATION_BUFSIZE];

	(void)annotation_text(text, annotation);
	add_text(state, annotation->severity, text);
}

static void
annotate_segment(struct display *display, const struct conn *conn,
    const struct segment *seg, const struct judgement *judged)
{
	struct annotations found;

	annotations_find(&found, conn, seg, judged);
	for (unsigned i = 0; i < found.count; i++)
		add_remark(display->state, &found.annotation[i]);
}

static void
annotate_transition(struct display *display, const struct conn *conn,
    const struct transition *change)
{
	const struct annotation annotation =
	    annotation_of_transition(conn, change);

	add_remark(display->state, &annotation);
}

static void
annotate_icmp_error(struct display *display, const struct conn *conn,
    const struct icmp_error *error)
{
	char text[ANNOTATION_BUFSIZE];

	(void)annotation_icmp_error_text(text, conn, error);
	add_text(display->state, ANNOTATION_TROUBLE, text);
}

/* The remarks about findings at a frame, of which the prefix is part. */
struct here {
	const struct foreseen *first;
	unsigned count;
};

static struct here
findings_at(struct display *display, uint64_t frame)
{
	const struct foresight *foresight = display->context->foresight;
	struct annotate *state = display->state;
	struct here here = { NULL, 0 };

	if (foresight == NULL)
		return here;
	while (state->foreseen < foresight->count &&
	    foresight->found[state->foreseen].frame < frame)
		state->foreseen++;
	here.first = foresight->found + state->foreseen;
	while (state->foreseen < foresight->count && here.count <
	    FINDINGS_HERE && foresight->found[state->foreseen].frame == frame) {
		state->foreseen++;
		here.count++;
	}
	return here;
}

static unsigned
add_here(const struct here *here, bool are_problems, const char **texts)
{
	unsigned count = 0;

	for (unsigned i = 0; i < here->count; i++)
		if (here->first[i].is_problem == are_problems)
			texts[count++] = here->first[i].text;
	return count;
}

/*
 * The texts, the most severe first, and findings before remarks.  Returns their
 * number.
 */
static unsigned
sort_remarks(const struct annotate *state, const struct here *here,
    bool only_trouble, const char *texts[TEXTS_MAX])
{
	unsigned count = add_here(here, true, texts);

	for (int severity = ANNOTATION_TROUBLE; severity >= ANNOTATION_CHANGE;
	    severity--) {
		if (severity == ANNOTATION_NOTE)
			count += add_here(here, false, texts + count);
		for (unsigned i = 0; i < state->remark_count; i++)
			if ((int)state->remark[i].severity == severity)
				texts[count++] = state->remark[i].text;
		if (only_trouble && count == 0)
			break;
	}
	return count;
}

/* ---- packets ---- */

/* The number of such an interface, which is described once. */
static uint32_t
interface_of(struct display *display, uint16_t linktype, int64_t base_sec)
{
	struct annotate *state = display->state;
	const struct display_capture *capture = &display->context->capture;
	const uint32_t known = state->link_count < LINKS_MAX ?
	    state->link_count : LINKS_MAX;

	for (uint32_t i = 1; i <= known; i++) {
		const uint32_t number = state->link_count - i;

		const struct link *link = &state->link[number % LINKS_MAX];

		if (link->linktype == linktype && link->base_sec == base_sec)
			return number;
	}
	state->link[state->link_count % LINKS_MAX] = (struct link){
		.linktype = linktype, .base_sec = base_sec,
	};
	pcapng_put_interface(display->out, linktype, base_sec,
	    capture->digits > 6);
	return state->link_count++;
}

/* Times of packets are unsigned: those before 1970 count from here. */
#define EARLY_BASE_SEC	(-INT64_C(9223372037))

static uint64_t
time_of(const struct display *display, int64_t ns, int64_t base_sec)
{
	/* Unsigned, as the base in nanoseconds can be below INT64_MIN. */
	const uint64_t since = (uint64_t)ns - (uint64_t)base_sec * NS_PER_SEC;

	return display->context->capture.digits > 6 ? since :
	    since / NS_PER_US;
}

static void
annotate_frame(struct display *display, const struct frame *frame,
    uint16_t linktype)
{
	struct annotate *state = display->state;
	const int64_t base_sec = frame->time_ns < 0 ? EARLY_BASE_SEC : 0;
	const struct here here = findings_at(display, frame->number);
	const char *texts[TEXTS_MAX];
	const struct pcapng_out_packet packet = {
		.interface = interface_of(display, linktype, base_sec),
		.time = time_of(display, frame->time_ns, base_sec),
		.captured_len = frame->captured_len,
		.wire_len = frame->wire_len,
		.bytes = frame->bytes,
		.comments = texts,
		.comment_count = sort_remarks(state, &here,
		    display->context->options->trouble, texts),
	};

	pcapng_put_packet(display->out, &packet);
	state->remark_count = 0;
}

static void
annotate_begin(struct display *display)
{
	const struct foresight *foresight = display->context->foresight;

	pcapng_put_section(display->out, PACKAGE_STRING, foresight != NULL ?
	    foresight->triage : NULL);
}

const struct display_type annotate_display = {
	.place = DISPLAY_FILE,
	.has_frames = true,
	.argument = DISPLAY_ARG_FILE,
	.needs = DISPLAY_NEEDS_ANALYSIS | DISPLAY_NEEDS_FORESIGHT,
	.state_size = sizeof(struct annotate),
	.begin = annotate_begin,
	.segment = annotate_segment,
	.transition = annotate_transition,
	.icmp_error = annotate_icmp_error,
	.frame = annotate_frame,
};
