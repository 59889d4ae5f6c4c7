/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "flow/queues.h"

#include <stddef.h>

#include "base/compiler.h"

static void
queue_leave(struct queues *queues, struct tracked *t)
{
	if (t->queue == QUEUE_NONE)
		return;
	if (t->older != NULL)
		t->older->newer = t->newer;
	else
		queues->of[t->queue].oldest = t->newer;
	if (t->newer != NULL)
		t->newer->older = t->older;
	else
		queues->of[t->queue].newest = t->older;
	queues->of[t->queue].count--;
	t->queue = QUEUE_NONE;
}

static void
queue_join(struct queues *queues, struct tracked *t, enum queue queue)
{
	t->queue = queue;
	t->newer = NULL;
	t->older = queues->of[queue].newest;
	if (t->older != NULL)
		t->older->newer = t;
	else
		queues->of[queue].oldest = t;
	queues->of[queue].newest = t;
	queues->of[queue].count++;
}

void
queues_change(struct queues *queues, struct tracked *t, enum queue queue)
{
	queue_leave(queues, t);
	if (queue != QUEUE_NONE)
		queue_join(queues, t, queue);
}

/* The neighbours in the queue will be linked with each other. */
void
queues_prefetch(const struct conn *conn)
{
	const struct tracked *t = tracked_of_const(conn);

	if (t->older != NULL)
		PREFETCH(&t->older->newer);
	if (t->newer != NULL)
		PREFETCH(&t->newer->older);
}

struct conn *
queues_oldest(const struct queues *queues, enum queue queue)
{
	struct tracked *t = queues->of[queue].oldest;

	return t != NULL ? &t->conn : NULL;
}

const struct conn *
queues_newest(const struct queues *queues, enum queue queue)
{
	const struct tracked *newest = queues->of[queue].newest;

	return newest != NULL ? &newest->conn : NULL;
}

const struct conn *
queues_older(const struct conn *conn)
{
	const struct tracked *older = tracked_of_const(conn)->older;

	return older != NULL ? &older->conn : NULL;
}

uint64_t
queues_count(const struct queues *queues, enum queue queue)
{
	return queues->of[queue].count;
}
