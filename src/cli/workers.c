/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "cli/workers.h"

#include "base/compiler.h"
#include "cli/options.h"
#include "cli/processors.h"

#define WORKERS_USUAL	8	/* by default, at most */

unsigned
workers_choose(const struct options *options)
{
	unsigned processors;

	if (options->workers != 0 && !options->one_thread)
		return options->workers;
	if (options->source.interface != NULL || options->one_thread)
		return 1;
	processors = processors_usable();
	return processors > WORKERS_USUAL ? WORKERS_USUAL : processors;
}

const char *
workers_refused_by(const struct options *options)
{
	const struct {
		bool is_given;
		const char *option;
	} refused[] = {
		{ options->save != NULL, "-w" },
		{ options->source.max_frames > 0, "-c" },
		{ options->top, "--top" },
		{ options->display.processes, "--processes" },
		{ options->source.has_group, "--fanout-group" },
		{ options->shard.count > 1, "--shard" },
	};

	if (options->source.interface == NULL || workers_choose(options) == 1)
		return NULL;
	for (size_t i = 0; i < ARRAY_LEN(refused); i++)
		if (refused[i].is_given)
			return refused[i].option;
	return display_with_events(&options->display);
}
