/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "cli/problems.h"

#include <inttypes.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/deferred.h"
#include "cli/messages.h"
#include "cli/options.h"
#include "engine/engine.h"
#include "views/triage_collect.h"

/* Bytes of all files: half a second of diagnosis. */
#define FILES_MAX	(INT64_C(128) << 20)

static bool
are_small(const struct options *options)
{
	int64_t size = 0;
	struct stat st;

	for (size_t i = 0; i < options->source.file_count; i++) {
		if (stat(options->files[i], &st) != 0 || !S_ISREG(st.st_mode))
			return false;
		size += st.st_size;
	}
	return size > 0 && size <= FILES_MAX;
}

bool
problems_are_wanted(const struct options *options,
    const struct displays *displays)
{
	return display_shows(&displays->context, DISPLAY_REPORT) &&
	    !options->display.no_analysis && !options->quiet &&
	    options->source.interface == NULL && options->again != NULL &&
	    isatty(STDERR_FILENO) && are_small(options);
}

void
problems_add(struct deferred *deferred, const struct options *options,
    const struct tcpstates *ts)
{
	struct triage_collect collect = { .has_begun = false };
	struct triage_row row[TRIAGE_ROWS];
	struct triage_rest rest;
	struct triage triage;
	uint64_t count;

	(void)triage_collect_all(&collect, NULL, tcpstates_first(ts),
	    &triage);
	count = triage_rows(&triage, row, &rest) + rest.rows;
	triage_fini(&triage);
	triage_collect_fini(&collect);
	if (count > 0)
		deferred_add(deferred, "%" PRIu64 " problem%s found: see %s "
		    "--diagnose%s", count, count == 1 ? "" : "s",
		    message_prefix(), options->again);
}
