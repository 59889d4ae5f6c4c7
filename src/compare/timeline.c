/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "compare/timeline.h"

#include "decode/frame.h"

static int64_t
moved_now(const struct timeline *line)
{
	return line->count > 0 ? line->folds[line->count - 1].back_ns : 0;
}

static void
fold(struct timeline *line, int64_t time_ns)
{
	const int64_t at = nstime_add(line->last_ns, 1);

	line->folds[line->count++] = (struct fold){
	    .at_ns = at,
	    .back_ns = nstime_diff(at, time_ns),
	};
}

const struct frame *
timeline_move(struct timeline *line, const struct frame *frame,
    struct frame *room)
{
	int64_t ns = nstime_diff(frame->time_ns, -moved_now(line));

	if (line->has_last && nstime_diff(line->last_ns, ns) > FOLD_MIN_NS &&
	    line->count < FOLDS_MAX) {
		fold(line, frame->time_ns);
		ns = line->folds[line->count - 1].at_ns;
	}
	if (!line->has_last || ns > line->last_ns)
		line->last_ns = ns;
	line->has_last = true;
	if (line->count == 0)
		return frame;
	*room = *frame;
	room->time_ns = ns;
	return room;
}

unsigned
timeline_steps(const struct timeline *line, int64_t ns)
{
	unsigned count = 0;

	while (count < line->count && line->folds[count].at_ns <= ns)
		count++;
	return count;
}

int64_t
timeline_moved(const struct timeline *line, int64_t ns)
{
	const unsigned steps = timeline_steps(line, ns);

	return steps > 0 ? line->folds[steps - 1].back_ns : 0;
}
