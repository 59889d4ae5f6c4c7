/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "flow/limits.h"

#include <stddef.h>

#include "base/compiler.h"

static const struct {
	const char *word;
	const char *key;
	const char *sentence;
} texts[RETIRED_COUNT] = {
#define RETIRED(name, word, key, sentence)				\
	[RETIRED_##name] = { word, key, sentence },
#include "flow/retired.def"
#undef RETIRED
};

/* How the connections of each queue end, in the order of eviction. */
static const struct {
	enum queue queue;
	enum retired silent;
	enum retired evicted;
} orders[] = {
	{ QUEUE_CLOSED, RETIRED_CLOSED, RETIRED_EVICTED_CLOSED },
	{ QUEUE_HALF_OPEN, RETIRED_HALF_OPEN, RETIRED_EVICTED_HALF_OPEN },
	{ QUEUE_ACTIVE, RETIRED_IDLE, RETIRED_EVICTED_IDLE },
};

const char *
retired_word(enum retired why)
{
	return texts[why].word;
}

const char *
retired_key(enum retired why)
{
	return texts[why].key;
}

const char *
retired_sentence(enum retired why)
{
	return texts[why].sentence;
}

bool
retired_is_evicted(enum retired why)
{
	return why == RETIRED_EVICTED_HALF_OPEN ||
	    why == RETIRED_EVICTED_IDLE;
}

bool
retired_is_idle(enum retired why)
{
	return why == RETIRED_HALF_OPEN || why == RETIRED_IDLE;
}

bool
limits_any(const struct limits *limits)
{
	return limits->max_conns != 0 || limits->max_ended != 0 ||
	    limits->half_open_ns != 0 || limits->idle_ns != 0 ||
	    limits->linger_ns != 0 || limits->drop_ended;
}

/* Idle timeout of the connections in a queue, in ns; 0: none. */
static int64_t
timeout_of(const struct limits *limits, enum queue queue)
{
	switch (queue) {
	case QUEUE_HALF_OPEN:
		return limits->half_open_ns;
	case QUEUE_ACTIVE:
		return limits->idle_ns;
	case QUEUE_CLOSED:
		return limits->linger_ns;
	case QUEUE_NONE:
	case QUEUE_ENDED:
	case QUEUE_COUNT:
		break;
	}
	return 0;
}

enum retired
limits_is_over(const struct limits *limits, const struct conn *conn,
    uint64_t now_ns)
{
	const struct tracked *t = tracked_of_const(conn);
	const int64_t most = timeout_of(limits, t->queue);

	if (most == 0 || now_ns - t->moved_ns <= (uint64_t)most)
		return RETIRED_NOT;
	for (size_t i = 0; i < ARRAY_LEN(orders); i++)
		if (orders[i].queue == t->queue)
			return orders[i].silent;
	return RETIRED_NOT;
}

struct conn *
limits_due(const struct limits *limits, const struct queues *queues,
    uint64_t now_ns, enum retired *ret_why)
{
	for (size_t i = 0; i < ARRAY_LEN(orders); i++) {
		struct conn *conn = queues_oldest(queues, orders[i].queue);

		if (conn == NULL)
			continue;
		*ret_why = limits_is_over(limits, conn, now_ns);
		if (*ret_why != RETIRED_NOT)
			return conn;
	}
	return NULL;
}

uint64_t
limits_quiet(const struct limits *limits, const struct queues *queues,
    uint64_t now_ns)
{
	uint64_t least = UINT64_MAX;

	for (size_t i = 0; i < ARRAY_LEN(orders); i++) {
		const struct conn *conn = queues_oldest(queues,
		    orders[i].queue);
		uint64_t left = (uint64_t)timeout_of(limits, orders[i].queue);

		if (left == 0)
			continue;
		if (conn != NULL)
			left -= now_ns - tracked_of_const(conn)->moved_ns;
		if (left < least)
			least = left;
	}
	return least;
}

struct conn *
limits_victim(const struct limits *limits, const struct queues *queues,
    enum retired *ret_why)
{
	uint64_t count = 0;

	if (limits->max_conns == 0)
		return NULL;
	for (size_t i = 0; i < ARRAY_LEN(orders); i++)
		count += queues_count(queues, orders[i].queue);
	if (count < limits->max_conns)
		return NULL;
	for (size_t i = 0; i < ARRAY_LEN(orders); i++) {
		struct conn *conn = queues_oldest(queues, orders[i].queue);

		*ret_why = orders[i].evicted;
		if (conn != NULL)
			return conn;
	}
	return NULL;
}
