/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "engine/team.h"

#include "engine/internal.h"
#include "flow/summary.h"

struct conn *
team_first(struct team *team)
{
	struct conntab *tabs[KEY_BUCKETS];

	if (team->is_united)
		return team->first;
	for (unsigned i = 0; i < team->count; i++)
		tabs[i] = team->engine[i]->conns;
	team->first = conntab_unite(tabs, team->count);
	team->is_united = true;
	return team->first;
}

void
team_separate(struct team *team)
{
	for (unsigned i = 0; team->is_united && i < team->count; i++)
		conntab_separate(team->engine[i]->conns);
	team->is_united = false;
}

struct track_findings
team_findings(struct team *team)
{
	struct track_findings sum = { .forgotten = 0 };

	team_separate(team);
	for (unsigned i = 0; i < team->count; i++) {
		const struct tcpstates *engine = team->engine[i];
		const struct track_findings found = tracker_findings(
		    &engine->tracker, conntab_first(engine->conns));

		sum.forgotten += found.forgotten;
		sum.merged += found.merged;
		sum.unquantified += found.unquantified;
	}
	return sum;
}

uint64_t
team_cut(const struct team *team)
{
	uint64_t cut = 0;

	for (unsigned i = 0; i < team->count; i++)
		cut += team->engine[i]->tracker.cut;
	return cut;
}

uint64_t
team_copies_forgotten(const struct team *team)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < team->count; i++)
		sum += duplicates_forgotten(team->engine[i]->dupes);
	return sum;
}

const struct decoder_stats *
team_decoder_stats(struct team *team)
{
	team->stats = (struct decoder_stats){ .fragments_evicted = 0 };
	if (team->shared != NULL)
		decoder_stats_add(&team->stats, decoder_stats(team->shared));
	for (unsigned i = 0; i < team->count; i++)
		decoder_stats_add(&team->stats,
		    decoder_stats(team->engine[i]->decoder));
	return &team->stats;
}

static void
move_totals(struct tcpstates_totals *sum, struct tcpstates_totals *part)
{
	for (unsigned i = 0; i < VERDICT_COUNT; i++)
		sum->verdicts[i] += part->verdicts[i];
	for (unsigned i = 0; i < RETIRED_COUNT; i++)
		sum->retired[i] += part->retired[i];
	sum->conns += part->conns;
	sum->twins += part->twins;
	sum->copies_unknown += part->copies_unknown;
	sum->evicted += part->evicted;
	sum->idle += part->idle;
	sum->returned += part->returned;
	sum->unreported += part->unreported;
	/* What one engine counts down may be what another one counted up. */
	sum->tally.open += part->tally.open;
	sum->tally.closed += part->tally.closed;
	sum->tally.reset += part->tally.reset;
	sum->tally.retrans += part->tally.retrans;
	sum->tally.lost_upstream += part->tally.lost_upstream;
	sum->tally.lost_downstream += part->tally.lost_downstream;
	summary_merge(&sum->left_out, &part->left_out);
	*part = (struct tcpstates_totals){
		.no_analysis = part->no_analysis
	};
}

void
team_move_totals(struct team *team, struct tcpstates_totals *totals)
{
	for (unsigned i = 0; i < team->count; i++)
		move_totals(totals, &team->engine[i]->totals);
}

void
team_number(struct team *team, uint64_t *last)
{
	struct conntab *tabs[KEY_BUCKETS];

	for (unsigned i = 0; i < team->count; i++)
		tabs[i] = team->engine[i]->conns;
	conntab_number(tabs, team->count, last);
}

uint64_t
team_count_queued(const struct team *team, enum queue queue)
{
	uint64_t count = 0;

	for (unsigned i = 0; i < team->count; i++)
		count += queues_count(&team->engine[i]->expiry.queues, queue);
	return count;
}
