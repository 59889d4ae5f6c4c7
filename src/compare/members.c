/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "compare/members.h"

#include "base/err.h"
#include "base/pool.h"
#include "base/seq.h"
#include "decode/segment.h"

static void
begin_member(struct members *members, size_t at)
{
	const struct pair *pair = &members->pairs->pairs[at];
	const enum point point = members->point;
	const uint32_t lane = (uint32_t)at * DIRECTION_COUNT;
	struct member *member = members_at(members, lane);

	for (unsigned d = 0; d < DIRECTION_COUNT; d++) {
		members->lanes[2 * pair->conn[point] +
		    pair->side[d][point]] = lane + d + 1;
		member->base[d] = pair->base[d][point];
		member->ts_shift[d] = point == POINT_A ? 0 :
		    pair->ts_shift[d];
	}
}

int
members_init(struct members *members, const struct pairs *pairs,
    enum point point)
{
	const size_t room = pairs->count / PARTS + 1;

	*members = (struct members){ .pairs = pairs, .point = point };
	members->lanes = mem_zalloc(2 * pairs->conn_count[point] *
	    sizeof(*members->lanes));
	if (members->lanes == NULL)
		return -ERR_NOMEM;
	for (unsigned i = 0; i < PARTS; i++) {
		members->parts[i] = mem_zalloc_lines(room *
		    sizeof(*members->parts[i]));
		if (members->parts[i] == NULL)
			return -ERR_NOMEM;
	}
	for (size_t i = 0; i < pairs->count; i++)
		if (pairs->pairs[i].kind == PAIR_MATCHED)
			begin_member(members, i);
	return 0;
}

void
members_fini(struct members *members)
{
	mem_free(members->lanes);
	for (unsigned i = 0; i < PARTS; i++)
		mem_free(members->parts[i]);
	*members = (struct members){ .lanes = NULL };
}

int64_t
members_time(const struct members *members, int64_t ns)
{
	const struct clock_fit *clock = &members->pairs->clock;

	return members->point == POINT_A ? clockfit_of_a(clock, ns) :
	    clockfit_to_a(clock, ns);
}

void
members_number(struct members *members, uint32_t lane, struct transmission *t)
{
	struct member *member = members_at(members, lane);
	const enum direction direction = (enum direction)(lane %
	    DIRECTION_COUNT);

	t->lane = lane;
	t->tsval -= member->ts_shift[direction];
	t->start = seq_offset((uint32_t)t->start, member->base[direction],
	    member->near[direction]);
	if ((t->flags & TCP_RST) == 0)
		member->near[direction] = transmission_end(t);
	t->ack = (t->flags & TCP_ACK) != 0 ?
	    t->ack - member->base[!direction] : 0;
}
