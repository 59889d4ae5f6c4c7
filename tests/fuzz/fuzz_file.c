/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A whole capture file, packed or not, the way the program reads it: looked
 * at, unpacked, through libpcap and the engine into a report.  The input is
 * the file, so any capture will do for the corpus.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/outbuf.h"
#include "base/pool.h"
#include "capture/source.h"
#include "fuzz.h"
#include "output.h"
#include "views/text.h"
#include "engine/engine.h"

#define PATH_SIZE	256
#define FRAMES_MAX	20000	/* packed files may grow a thousandfold */

struct reading {
	struct tcpstates *engine;
	uint64_t frames;
};

static bool
on_frame(void *arg, const struct frame *frame)
{
	struct reading *reading = arg;

	MUST(frame->number > reading->frames);
	MUST(tcpstates_frame(reading->engine, frame) == 0);
	return ++reading->frames < FRAMES_MAX;
}

static bool
on_tick(void *arg)
{
	(void)arg;
	return true;
}

static void
on_problem(void *arg, const char *sentence)
{
	const size_t len = strlen(sentence);

	(void)arg;
	MUST(len > 0 && sentence[len - 1] != '\n');
}

static void
write_file(char path[PATH_SIZE], const uint8_t *data, size_t size)
{
	const char *directory = getenv("TMPDIR");
	int fd;

	MUST(snprintf(path, PATH_SIZE, "%s/fuzz_file.XXXXXX",
	    directory != NULL ? directory : "/tmp") < PATH_SIZE);
	fd = mkstemp(path);
	MUST(fd >= 0);
	MUST(write(fd, data, size) == (ssize_t)size);
	MUST(close(fd) == 0);
}

/* Whatever the file, the result can be reported. */
static void
report(const struct tcpstates *ts)
{
	const struct report_options options = {
		.style = { .digits = 6 },
		.detail = true,
	};
	struct output text = { .len = 0 };
	struct outbuf *out = outbuf_new(output_take, &text);

	MUST(out != NULL);
	MUST(text_report(out, tcpstates_first(ts), &options) == 0);
	MUST(outbuf_flush(out) == 0);
	MUST(output_is_text(&text));
	outbuf_free(out);
	output_fini(&text);
}

static void
check_books(const struct reading *reading, const struct source_info *info)
{
	const struct tcpstates_totals *totals =
	    tcpstates_totals(reading->engine);
	uint64_t frames = 0;

	for (unsigned i = 0; i < VERDICT_COUNT; i++)
		frames += totals->verdicts[i];
	MUST(frames == reading->frames && totals->frames == frames);
	MUST(info->frames == frames && info->seen >= frames);
	MUST(info->digits == 6 || info->digits == 9);
}

static void
read_file(const char *path, const char *filter)
{
	const char *const files[] = { path };
	const struct source_request request = {
		.files = files,
		.file_count = 1,
		.filter = filter,
		.program = "tcpstates",
	};
	struct reading reading = { .frames = 0 };
	const struct source_events events = {
		.frame = on_frame,
		.tick = on_tick,
		.problem = on_problem,
		.arg = &reading,
	};
	const struct tcpstates_options options = { .keep_analysis = true };
	struct source *source = source_new(&request, &events);
	enum source_end end;

	reading.engine = tcpstates_new(&options);
	MUST(source != NULL && reading.engine != NULL);
	end = source_open(source);
	if (end == SOURCE_COMPLETE)
		end = source_run(source);
	MUST(end != SOURCE_INCOMPLETE || source_peek(source)->seen > 0);
	MUST(end != SOURCE_FAILED || reading.frames == 0);
	tcpstates_finish(reading.engine);
	check_books(&reading, source_peek(source));
	report(reading.engine);
	tcpstates_free(reading.engine);
	source_free(source);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char path[PATH_SIZE];

	write_file(path, data, size);
	read_file(path, size % 2 == 0 ? NULL : "tcp or vlan");
	MUST(unlink(path) == 0);
	MUST(mem_outstanding() == 0);
	return 0;
}
