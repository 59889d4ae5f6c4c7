/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "diagnosis/marks.h"

#include "base/pool.h"
#include "diagnosis/ack_ring.h"

void
marks_init(struct marks *m)
{
	m->first_ack_ns = NEVER;
	m->all_ns = NEVER;
	m->open_ns = NEVER;
	m->room = ROOM_UNKNOWN;
	m->window = WINDOW_UNKNOWN;
}

void
marks_forget_acks(struct marks *m)
{
	mem_free(m->acks);
	m->acks = NULL;
}

void
marks_fini(struct marks *m)
{
	marks_forget_acks(m);
	if (m->sender != NULL)
		mem_free(m->sender->passes);
	mem_free(m->sender);
	m->sender = NULL;
}

static uint32_t
clamp_delay(int64_t ns)
{
	if (ns < 0)
		return 0;
	return ns > DELAY_MAX ? DELAY_MAX : (uint32_t)ns;
}

/* RFC 6298, 2.3, with a gain of 1/4 for both. */
static void
smooth_delay(struct marks *m, uint32_t delay)
{
	int64_t error;

	if (!m->has_mean) {
		m->has_mean = true;
		m->delay_mean = delay;
		return;
	}
	error = (int64_t)delay - m->delay_mean;
	m->delay_dev = (uint32_t)(m->delay_dev +
	    ((error < 0 ? -error : error) - (int64_t)m->delay_dev) / 4);
	m->delay_mean = (uint32_t)(m->delay_mean + error / 4);
}

void
marks_add_delay(struct marks *m, int64_t ns)
{
	m->delay = clamp_delay(ns);
	m->has_delay = true;
	smooth_delay(m, m->delay);
}

void
marks_add_least_echo(struct marks *m, int64_t ns)
{
	struct sender *sender = m->sender;
	const uint32_t echo = clamp_delay(ns);

	if (sender != NULL && echo > 0 &&
	    (sender->echo_min == 0 || echo < sender->echo_min))
		sender->echo_min = echo;
}

void
marks_add_echo(struct marks *m, int64_t ns)
{
	if (m->sender == NULL || ns <= 0)
		return;
	m->sender->echo = clamp_delay(ns);
	if (m->sender->echo > m->sender->echo_max)
		m->sender->echo_max = m->sender->echo;
	smooth_delay(m, m->sender->echo);
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

void
marks_begin_busy(struct marks *m, int64_t delay_ns, int64_t now_ns,
    bool was_held)
{
	if (m->is_busy)
		return;
	m->is_busy = true;
	if (m->busy_periods > 0 && m->all_ns != NEVER) {
		/* With the path to it, the two periods touch. */
		if (was_held || now_ns - m->all_ns <= delay_ns)
			return;
		m->busy_ns += m->all_ns - m->busy_from_ns;
	}
	m->busy_periods++;
	m->busy_from_ns = now_ns;
}

void
marks_end_busy(struct marks *m, int64_t now_ns)
{
	m->is_busy = false;
	m->all_ns = now_ns;
}
