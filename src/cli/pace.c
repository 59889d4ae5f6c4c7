/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "cli/pace.h"

#include "base/nstime.h"

/* A terminal that has not answered by now does not read, or never answers. */
#define PATIENCE_NS	(10 * NS_PER_SEC)
/* Longest wait at the end, for a terminal that has answered before, or not. */
#define END_NS		(3 * NS_PER_SEC)
#define END_UNKNOWN_NS	(NS_PER_SEC / 5)
/* An answer within this time is that of a fast line... */
#define FAST_NS		(NS_PER_SEC / 10)
/* ...which is asked again after this. */
#define AGAIN_NS	(5 * NS_PER_SEC)

bool
pace_is_free(struct pace *pace, int64_t now_ns)
{
	if (!pace->is_waiting || !pace->has_answered)
		return true;
	if (now_ns - pace->asked_ns < PATIENCE_NS)
		return false;
	*pace = (struct pace){ .due_ns = now_ns + AGAIN_NS };
	return true;
}

bool
pace_ask(struct pace *pace, int64_t now_ns)
{
	if (pace->is_waiting || now_ns < pace->due_ns)
		return false;
	pace->is_waiting = true;
	pace->asked_ns = now_ns;
	return true;
}

void
pace_answer(struct pace *pace, int64_t now_ns)
{
	const bool is_fast = now_ns - pace->asked_ns < FAST_NS;

	pace->has_answered = true;
	/* An answer that came too late is not that of the last request. */
	if (!pace->is_waiting)
		return;
	pace->is_waiting = false;
	pace->due_ns = is_fast ? now_ns + AGAIN_NS : now_ns;
}

int64_t
pace_left_ns(const struct pace *pace, int64_t now_ns)
{
	const int64_t most_ns = pace->has_answered ? END_NS : END_UNKNOWN_NS;
	const int64_t left_ns = pace->asked_ns + most_ns - now_ns;

	return pace->is_waiting && left_ns > 0 ? left_ns : 0;
}
