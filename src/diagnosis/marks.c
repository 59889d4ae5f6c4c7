/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "diagnosis/marks.h"

#include "base/pool.h"
#include "diagnosis/ack_ring.h"

void
marks_forget_acks(struct marks *m, struct pool *rings)
{
	ack_ring_free(rings, m->acks);
	m->acks = NULL;
}

void
marks_fini(struct marks *m, struct pool *rings)
{
	marks_forget_acks(m, rings);
	if (m->sender != NULL)
		mem_free(m->sender->passes);
	mem_free(m->sender);
	m->sender = NULL;
}

void
marks_add_least_echo(struct marks *m, int64_t ns)
{
	struct sender *sender = m->sender;
	const uint32_t echo = marks_clamp_delay(ns);

	if (sender != NULL && echo > 0 &&
	    (sender->echo_min == 0 || echo < sender->echo_min))
		sender->echo_min = echo;
}

void
marks_add_echo(struct marks *m, int64_t ns)
{
	if (m->sender == NULL || ns <= 0)
		return;
	m->sender->echo = marks_clamp_delay(ns);
	if (m->sender->echo > m->sender->echo_max)
		m->sender->echo_max = m->sender->echo;
	marks_smooth_delay(m, m->sender->echo);
}

void
marks_add_reaction(struct sender *sender, int64_t ns)
{
	const int64_t error = ns - sender->reaction;
	const int64_t dev = sender->reaction_dev;

	sender->reaction = (uint32_t)(sender->reaction + error / 4);
	sender->reaction_dev = (uint32_t)(dev +
	    ((error < 0 ? -error : error) - dev) / 4);
}

struct sender *
marks_sender(struct marks *m)
{
	if (m->sender == NULL)
		m->sender = mem_zalloc(sizeof(*m->sender));
	return m->sender;
}

/* ---- busy ---- */

int64_t
marks_busy_time(const struct marks *m, int64_t delay_ns, int64_t now_ns)
{
	int64_t ns = m->busy_ns;

	if (m->is_busy)
		ns += now_ns - m->busy_from_ns;
	else if (m->all_ns != NEVER && m->busy_periods > 0)
		ns += m->all_ns - m->busy_from_ns;
	return nstime_add(ns, m->busy_periods * delay_ns);
}
