/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "cli/foresee.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/compiler.h"
#include "base/pool.h"
#include "capture/source.h"
#include "cli/files.h"
#include "cli/options.h"
#include "cli/show.h"
#include "engine/engine.h"

/* Standard input, even if it is a file, has one position for all readers. */
static bool
can_read_twice(const struct options *options)
{
	for (size_t i = 0; i < options->source.file_count; i++)
		if (strcmp(options->source.files[i], "-") == 0)
			return false;
	return !files_are_endless(options);
}

static bool
on_frame(void *arg, const struct frame *frame)
{
	struct foresee *foresee = arg;

	if (tcpstates_frame(foresee->engine, frame) != 0)
		foresee->is_out_of_memory = true;
	return !foresee->is_out_of_memory;
}

static bool
on_tick(void *arg)
{
	struct foresee *foresee = arg;

	if (progress_is_due(foresee->progress))
		progress_show(foresee->progress,
		    source_info(foresee->source));
	return true;
}

/* The second reading reports the same problem, if there is one. */
static void
on_problem(void *arg, const char *sentence)
{
	struct foresee *foresee = arg;

	(void)snprintf(foresee->problem, sizeof(foresee->problem), "%s",
	    sentence);
}

static bool
make_engine(struct foresee *foresee, struct tcpstates_options *engine)
{
	engine->keep_analysis = true;
	engine->diagnose = true;
	engine->events.ended = foresight_ended;
	engine->events.arg = &foresee->foresight;
	foresee->engine = tcpstates_new(engine);
	return foresee->engine != NULL;
}

bool
foresee_open(struct foresee *foresee, const struct options *options,
    struct tcpstates_options *engine)
{
	const struct source_events events = {
		.frame = on_frame,
		.tick = on_tick,
		.problem = on_problem,
		.arg = foresee,
	};

	foresight_init(&foresee->foresight, &options->display);
	if (!can_read_twice(options))
		return true;
	foresee->source = source_new(&options->source, &events);
	if (foresee->source == NULL || !make_engine(foresee, engine))
		return false;
	return source_open(foresee->source) == SOURCE_COMPLETE;
}

static void
note_counts(struct foresee *foresee)
{
	const struct tcpstates_totals *totals =
	    tcpstates_totals(foresee->engine);

	foresee->is_read = true;
	foresee->frames = totals->frames;
	foresee->bytes = totals->bytes;
	foresee->conns = totals->conns;
	foresee->last_ns = totals->last_ns;
}

bool
foresee_matches(const struct foresee *foresee, const struct tcpstates *ts)
{
	const struct tcpstates_totals *totals = tcpstates_totals(ts);

	return !foresee->is_read || (foresee->frames == totals->frames &&
	    foresee->bytes == totals->bytes &&
	    foresee->conns == totals->conns &&
	    foresee->last_ns == totals->last_ns);
}

const char *
foresee_run(struct foresee *foresee, struct show *show,
    struct progress *progress)
{
	const uint64_t failures = mem_failures();
	enum source_end end;

	foresee->progress = progress;
	end = source_run(foresee->source);
	if (end != SOURCE_COMPLETE && end != SOURCE_INCOMPLETE)
		return "the files cannot be read twice";
	/* Workers may have been the ones without memory. */
	if (tcpstates_flush(foresee->engine) != 0)
		foresee->is_out_of_memory = true;
	tcpstates_finish(foresee->engine);
	if (show_foresee(show, &foresee->foresight, foresee->engine,
	    source_info(foresee->source)) != 0 ||
	    mem_failures() != failures || foresee->is_out_of_memory) {
		show_forget(show);
		return "out of memory";
	}
	note_counts(foresee);
	/* Before the second reading takes as much. */
	tcpstates_free(foresee->engine);
	foresee->engine = NULL;
	return NULL;
}

void
foresee_close(struct foresee *foresee)
{
	if (foresee->source != NULL)
		source_free(foresee->source);
	if (foresee->engine != NULL)
		tcpstates_free(foresee->engine);
	foresee->source = NULL;
	foresee->engine = NULL;
	foresight_fini(&foresee->foresight);
}
