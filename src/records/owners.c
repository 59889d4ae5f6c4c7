/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "records/owners.h"

#include <string.h>

#include "base/compiler.h"
#include "base/pool.h"
#include "flow/conn.h"
#include "tcp/analysis.h"
#include "tcp/judgement.h"
#include "tcp/state.h"

/* Places where a connection can be, by the low bits of its number. */
#define WAYS	8
#define SETS	(OWNERS_MAX / WAYS)

/*
 * What an analysis points to.  A place may get another connection while an
 * older one still points to it, so every reader compares the number.
 */
struct owned {
	struct owner_question question;	/* number 0: a free place */
	struct owner owner[2];
	bool is_over;		/* the connection has closed */
};

struct owners {
	struct owned owned[OWNERS_MAX];
	uint64_t queue[OWNERS_QUEUE];	/* ring of numbers */
	uint64_t asked;			/* read of the ring */
	uint64_t queued;		/* written to it */
	struct owners_counts counts;
};

struct owners *
owners_new(void)
{
	return mem_zalloc(sizeof(struct owners));
}

void
owners_free(struct owners *owners)
{
	mem_free(owners);
}

static struct owned *
owned_set(struct owners *owners, uint64_t number)
{
	return &owners->owned[number % SETS * WAYS];
}

static struct owned *
owned_find(struct owners *owners, uint64_t number)
{
	struct owned *set = owned_set(owners, number);

	for (unsigned i = 0; i < WAYS; i++)
		if (set[i].question.number == number)
			return &set[i];
	return NULL;
}

/* Free places go first, then closed connections, then the oldest. */
static bool
is_cheaper(const struct owned *a, const struct owned *b)
{
	if ((a->question.number == 0) != (b->question.number == 0))
		return a->question.number == 0;
	if (a->is_over != b->is_over)
		return a->is_over;
	return a->question.number < b->question.number;
}

static struct owned *
owned_add(struct owners *owners, const struct conn *conn)
{
	struct owned *set = owned_set(owners, conn->number);
	struct owned *place = set;

	for (unsigned i = 1; i < WAYS; i++)
		if (is_cheaper(&set[i], place))
			place = &set[i];
	*place = (struct owned){
		.question = {
			.number = conn->number,
			.port = { conn->key.port[0], conn->key.port[1] },
			.ip_version = conn->key.ip_version,
		},
		.owner = { OWNER_UNKNOWN, OWNER_UNKNOWN },
	};
	memcpy(place->question.address, conn->key.addr,
	    sizeof(place->question.address));
	owners->counts.conns++;
	return place;
}

static void
enqueue(struct owners *owners, uint64_t number)
{
	if (owners->queued - owners->asked == OWNERS_QUEUE) {
		owners->counts.missed++;
		return;
	}
	owners->queue[owners->queued++ % OWNERS_QUEUE] = number;
}

static bool
is_closing(enum state state)
{
	return state == STATE_FIN_WAIT_1 || state == STATE_CLOSE_WAIT ||
	    state == STATE_CLOSING || state == STATE_LAST_ACK ||
	    state == STATE_CLOSED;
}

/*
 * Is the change a reason to ask?  With the handshake the responder's process
 * gets its socket, and a close takes all sockets away.
 */
static bool
is_reason(const struct owned *owned, enum state state)
{
	if (state == STATE_ESTABLISHED)
		return owned->owner[0].pid == 0 || owned->owner[1].pid == 0;
	return is_closing(state) && !owned->owner[0].is_final &&
	    !owned->owner[1].is_final;
}

void
owners_transition(struct owners *owners, const struct conn *conn,
    const struct transition *change)
{
	struct owned *owned = owned_find(owners, conn->number);
	const bool is_new = owned == NULL;

	/* A VNI has addresses of its own, which are not those of this host. */
	if (conn->key.network != NETWORK_PLAIN)
		return;
	if (is_new)
		owned = owned_add(owners, conn);
	if (change->to == STATE_CLOSED || change->to == STATE_TIME_WAIT)
		owned->is_over = true;
	if (conn->analysis != NULL && !conn->is_packed)
		conn->analysis->owned = owned;
	if (is_new || is_reason(owned, (enum state)change->to))
		enqueue(owners, conn->number);
}

void
owners_ask_open(struct owners *owners)
{
	for (size_t i = 0; i < ARRAY_LEN(owners->owned); i++) {
		const struct owned *owned = &owners->owned[i];

		if (owned->question.number != 0 && !owned->is_over &&
		    (owned->owner[0].has_socket ||
		    owned->owner[1].has_socket))
			enqueue(owners, owned->question.number);
	}
}

bool
owners_question(struct owners *owners, struct owner_question *ret_question)
{
	while (owners->asked != owners->queued) {
		const uint64_t number =
		    owners->queue[owners->asked++ % OWNERS_QUEUE];
		const struct owned *owned = owned_find(owners, number);

		if (owned == NULL)
			continue;
		*ret_question = owned->question;
		return true;
	}
	return false;
}

void
owners_put_back(struct owners *owners)
{
	owners->asked--;
}

static void
copy_text(char *to, size_t size, const char *from)
{
	size_t i = 0;

	for (; i + 1 < size && from[i] != '\0'; i++)
		to[i] = owner_harmless(from[i]);
	to[i] = '\0';
}

static void
take_process(struct owners *owners, struct owned *owned, struct owner *known,
    const struct owner *told)
{
	if (owned->owner[0].pid == 0 && owned->owner[1].pid == 0)
		owners->counts.named++;
	known->pid = told->pid;
	copy_text(known->process, sizeof(known->process), told->process);
	copy_text(known->cgroup, sizeof(known->cgroup), told->cgroup);
}

void
owners_answer(struct owners *owners, const struct owner_answer *answer)
{
	const struct owner *told = &answer->owner;
	struct owned *owned = owned_find(owners, answer->number);
	struct owner *known;

	if (owned == NULL || answer->number == 0 || answer->side > 1 ||
	    !told->has_socket)
		return;
	known = &owned->owner[answer->side];
	if (!owned->owner[0].has_socket && !owned->owner[1].has_socket)
		owners->counts.local++;
	known->has_socket = true;
	if (told->pid != 0)
		take_process(owners, owned, known, told);
	/* Figures only grow, until those of the close. */
	if (!told->has_figures || known->is_final)
		return;
	known->has_figures = true;
	known->is_final = told->is_final;
	known->retrans = told->retrans;
	known->min_rtt_ns = told->min_rtt_ns;
}

const struct owner *
owners_of(const struct conn *conn, unsigned side)
{
	const struct owned *owned = conn->is_packed || conn->analysis == NULL ?
	    NULL : conn->analysis->owned;

	return owned != NULL && owned->question.number == conn->number ?
	    &owned->owner[side] : NULL;
}

struct owners_counts
owners_counts(const struct owners *owners)
{
	return owners->counts;
}
