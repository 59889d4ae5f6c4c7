/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Both points side by side, one line per segment, in the order in which
 * segments passed their first point:
 *
 *	   No.   Time at A        ms        Time at B   No. Flags  Seq ...
 *	    12   0.123456 ->  20.105 ->     0.143561    14  PA      1 ...
 *	    13   0.123512 ->       x                        A    1449 ...  lost
 */
#include "config.h"

#include "views/comparison.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/compiler.h"
#include "base/nstime.h"
#include "base/outbuf.h"
#include "compare/result.h"
#include "compare/rewrites.h"
#include "compare/trail.h"
#include "decode/segment.h"
#include "print/flags.h"
#include "print/ink.h"
#include "print/time.h"

#define FRAME_WIDTH	6
#define DELAY_WIDTH	9

static const char *
fate_words(enum fate fate)
{
	static const char *const words[] = {
		[FATE_MATCHED] = "",
		[FATE_LOST] = "lost",
		[FATE_INJECTED] = "injected",
		[FATE_ALONE] = "lost or injected",
		[FATE_THINNED] = "thinned",
		[FATE_DUPLICATED] = "duplicated",
		[FATE_UNCAPTURED] = "missed by the capture",
		[FATE_OUTSIDE] = "outside the common time",
	};

	return words[fate];
}

static enum ink
fate_ink(enum fate fate)
{
	switch (fate) {
	case FATE_LOST:
	case FATE_INJECTED:
	case FATE_ALONE:
		return INK_BAD;
	case FATE_MATCHED:
	case FATE_THINNED:
	case FATE_DUPLICATED:
	case FATE_UNCAPTURED:
	case FATE_OUTSIDE:
		break;
	}
	return INK_PLAIN;
}

/* The frame and the time at a point; the frame stands outside. */
static void
put_seen(struct outbuf *out, const struct step_seen *seen,
    const struct time_style *time, enum point point)
{
	const int width = (int)time_width(time);
	char when[TIME_BUFSIZE] = "", frame[24] = "";

	if (seen->frame != 0) {
		(void)time_format_instant(when, time, seen->ns);
		(void)snprintf(frame, sizeof(frame), "%" PRIu64, seen->frame);
	}
	if (point == POINT_A)
		outbuf_printf(out, "%*s %*s", FRAME_WIDTH, frame, width, when);
	else
		outbuf_printf(out, "%*s %*s", width, when, FRAME_WIDTH, frame);
}

/* " ->   20.105 -> ": an arrow at each point that the segment passed. */
static void
put_way(struct outbuf *out, const struct trail_step *step, bool has_clock)
{
	const struct step_seen *a = &step->at[POINT_A];
	const struct step_seen *b = &step->at[POINT_B];
	const char *arrow = step->upstream == POINT_A ? "->" : "<-";
	char delay[NSTIME_BUFSIZE] = "x";

	if (a->frame != 0 && b->frame != 0) {
		snprintf(delay, sizeof(delay), "-");
		if (has_clock)
			(void)nstime_format_ratio(delay,
			    step->upstream == POINT_A ? b->ns - a->ns :
			    a->ns - b->ns, NS_PER_MS, 3);
	}
	outbuf_printf(out, " %2s%*s %2s ", a->frame != 0 ? arrow : "",
	    DELAY_WIDTH, delay, b->frame != 0 ? arrow : "");
}

/* What happened on the way, in words. */
static void
put_words(struct outbuf *out, const struct trail_step *step, bool colour)
{
	const enum fate fate = (enum fate)step->fate;
	char rewrites[REWRITES_BUFSIZE];
	const char *const words[] = {
		fate_words(fate), step->is_late ? "late" : "",
		step->is_piece ? "resegmented" : "", rewrites,
	};
	const char *before = "  ";

	rewrites_format(rewrites, step->rewrites);
	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		if (words[i][0] == '\0')
			continue;
		outbuf_str(out, before);
		ink_cell(out, colour, i == 0 ? fate_ink(fate) : INK_PLAIN,
		    words[i], 0);
		before = ", ";
	}
	outbuf_char(out, '\n');
}

static void
put_step(struct outbuf *out, const struct trail_step *step,
    const struct time_style *time, const struct clock_fit *clock)
{
	struct step_seen at_b = step->at[POINT_B];
	char flags[FLAGS_BUFSIZE], ack[24] = "-";

	(void)flags_format(flags, step->flags);
	if ((step->flags & TCP_ACK) != 0)
		(void)snprintf(ack, sizeof(ack), "%" PRIu32, step->ack);
	put_seen(out, &step->at[POINT_A], time, POINT_A);
	put_way(out, step, clock->count > 0);
	/* By the clock of A if that is known, and as captured if not. */
	if (clock->count == 0)
		at_b.ns = nstime_diff(at_b.ns, -clock->rough_ns);
	put_seen(out, &at_b, time, POINT_B);
	outbuf_printf(out, " %-4s%10" PRId64 "%6" PRIu32 "%11s", flags,
	    step->start, step->payload_len, ack);
	put_words(out, step, time->colour);
}

static void
put_heads(struct outbuf *out, const struct time_style *time)
{
	const int width = (int)time_width(time);

	outbuf_printf(out, "%*s %*s   %*s    %*s %*s %-4s%10s%6s%11s\n",
	    FRAME_WIDTH, "No.", width, "Time at A", DELAY_WIDTH, "ms", width,
	    "Time at B", FRAME_WIDTH, "No.", "Flag", "Seq", "Len", "Ack");
}

void
comparison_segments(struct outbuf *out, const struct compare_result *result,
    const struct trail *trail, const struct time_style *time)
{
	comparison_heading(out, result, trail->pair);
	put_heads(out, time);
	for (size_t i = 0; i < trail->count; i++)
		put_step(out, &trail->steps[i], time, &result->pairs->clock);
	if (trail->left_out > 0)
		outbuf_printf(out, "%" PRIu64 " further segments are not "
		    "shown: too many for one list\n", trail->left_out);
}
