/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "cli/run.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>
#ifdef HAVE_MALLOC_H
#include <malloc.h>	/* not POSIX */
#endif

#include "base/compiler.h"
#include "base/err.h"
#include "base/nstime.h"
#include "base/outbuf.h"
#include "capture/account.h"
#include "capture/clock.h"
#include "capture/opener.h"
#include "capture/timed_name.h"
#include "capture/sandbox.h"
#include "capture/sigs.h"
#include "capture/source.h"
#include "cli/privileges.h"
#include "cli/intervals.h"
#include "cli/messages.h"
#include "cli/clock.h"
#include "cli/deferred.h"
#include "cli/files.h"
#include "cli/folder.h"
#include "cli/foresee.h"
#include "cli/output.h"
#include "cli/naming.h"
#include "cli/pager.h"
#include "cli/page.h"
#include "cli/processes.h"
#include "cli/problems.h"
#include "cli/progress.h"
#include "cli/saver.h"
#include "cli/show.h"
#include "cli/topscreen.h"
#include "cli/warnings.h"
#include "cli/workers.h"
#include "views/print_threads.h"
#include "views/short.h"
#include "engine/engine.h"

#define ROTATE_RETRY_NS	NS_PER_SEC	/* names differ by a second at least */

struct run {
	const struct options *options;
	struct source *source;
	struct tcpstates *engine;
	struct account account;		/* to switch to */
	struct opener opener;		/* of the output, for SIGHUP */
	struct page page;		/* of --metrics */
	struct folder svg, xpl;	/* of these options */
	char path[PATH_MAX];		/* of the first output of --rotate */
	int64_t rotate_due_ns;		/* since the epoch; 0: not by time */
	int64_t rotate_retry_ns;	/* by size: not before */
	struct output output;
	struct pager pager;
	struct show show;
	struct foresee foresee;		/* if displays want foresight */
	struct saver saver;		/* of -w */
	struct progress progress;
	struct capture_clock clock;
	struct intervals intervals;
	struct deferred deferred;
	struct topscreen top;
	struct processes processes;
	struct naming naming;
	int memory_fd;		/* of /proc/self/statm, or -1 */
	uint64_t page_size;	/* bytes */
	int64_t start_ns;	/* monotonic clock */
	int64_t asked_ns;	/* of the last SIGUSR1, or start_ns */
	uint64_t asked_frames;	/* packets then */
	unsigned postponed;	/* signals that cannot be handled yet */
	unsigned workers;	/* threads that track segments */
	bool is_split;		/* those of a file do: not this thread */
	bool is_shared;		/* several read the interface */
	bool wants_frames;	/* a display does: see show_frame() */
	bool is_reading;	/* messages are deferred until the report */
	bool is_out_of_memory;
	bool counts_problems;	/* for a line after the report */
	bool has_terminal;	/* on standard error, at the start */
	bool is_hung_up;	/* the terminal is gone: stop */
};

static void
on_interval(void *arg, const struct interval *interval)
{
	struct run *run = arg;

	displays_interval(&run->show.displays, interval);
}

/* Process queued segments.  False: out of memory. */
static bool
flush(struct run *run)
{
	if (tcpstates_flush(run->engine) != 0)
		run->is_out_of_memory = true;
	return !run->is_out_of_memory;
}

/* Report the intervals that are finished at `now_ns` of the frames' clock. */
static void
advance_intervals(struct run *run, int64_t last_ns, int64_t now_ns)
{
	if (run->intervals.every_ns == 0 ||
	    !intervals_are_due(&run->intervals, now_ns))
		return;
	(void)flush(run);	/* segments of the finished interval */
	intervals_advance(&run->intervals, run->engine,
	    source_info(run->source), last_ns, now_ns);
}

/*
 * Where one of two threads allocates nearly all memory, a heap of its own would
 * grow in small steps; several workers would block each other on one heap.
 */
static void
share_heap(unsigned workers)
{
#ifdef M_ARENA_MAX
	(void)mallopt(M_ARENA_MAX, (int)workers);
#else
	(void)workers;
#endif
}

/* The first reading has no displays, so all workers can track for it. */
static void
split_first_reading(const struct run *run)
{
	if (run->foresee.engine != NULL &&
	    !limits_any(&run->options->limits))
		(void)tcpstates_split(run->foresee.engine, run->workers);
}

static int64_t
read_socket(void *arg, unsigned worker)
{
	struct run *run = arg;

	return source_read(run->source, worker,
	    tcpstates_room(run->engine, worker));
}

/* On the thread of a worker. */
static void
on_socket_frame(void *arg, unsigned worker, const struct frame *frame)
{
	const struct run *run = arg;

	tcpstates_read(run->engine, worker, frame);
}

/* If no thread can be started, this one does all the work. */
static void
start_threads(void *arg)
{
	struct run *run = arg;
	const struct tcpstates_reader reader = {
		.read = read_socket, .arg = run
	};

	share_heap(run->workers);
	if (!run->options->one_thread)
		split_first_reading(run);
	if (run->options->source.interface != NULL)
		run->is_shared = run->workers > 1 &&
		    tcpstates_is_shareable(run->engine) &&
		    tcpstates_share(run->engine, run->workers, &reader);
	else if (!run->options->one_thread)
		run->is_split = tcpstates_split(run->engine,
		    run->wants_frames ? 1 : run->workers);
	if (run->is_split || (run->options->display.stream &&
	    !run->options->one_thread &&
	    run->options->source.interface == NULL))
		run->show.displays.context.printers = printers_start();
}

/* False: an error was printed. */
static bool
check_threads(const struct run *run)
{
	if (run->options->source.interface == NULL || run->workers == 1 ||
	    run->is_shared)
		return true;
	message("--workers=%u: out of memory; try fewer", run->workers);
	return false;
}

static void
read_first(struct run *run)
{
	const char *problem;

	if (run->foresee.source == NULL)
		return;
	problem = foresee_run(&run->foresee, &run->show, &run->progress);
	progress_erase(&run->progress);
	if (problem != NULL)
		deferred_add(&run->deferred, "--annotate: comments lack the "
		    "findings of the diagnosis: %s", problem);
}

/* A file that is still written, or that was replaced, has other packets. */
static void
compare_readings(struct run *run)
{
	if (sigs_stopped() || run->is_out_of_memory ||
	    foresee_matches(&run->foresee, run->engine))
		return;
	deferred_add(&run->deferred, "--annotate: the input changed while it "
	    "was read twice (%" PRIu64 " packets, then %" PRIu64 "): comments "
	    "about findings may be missing, or at the wrong packets; run it "
	    "again", run->foresee.frames,
	    tcpstates_totals(run->engine)->frames);
}

/* On the terminal that a screen fills, messages follow the screen. */
static void
on_message(void *arg, const char *sentence)
{
	struct run *run = arg;

	if (run->deferred.count < DEFERRED_MAX)
		deferred_add(&run->deferred, "%s", sentence);
}

/* False: an error was printed. */
static bool
enter_top(struct run *run)
{
	if (!topscreen_enter(&run->top, run->options))
		return false;
	if (isatty(STDERR_FILENO))
		message_divert(on_message, run);
	return true;
}

static void
leave_top(struct run *run)
{
	topscreen_leave(&run->top);
	message_divert(NULL, NULL);
}

/* Enter the sandbox before the first packet is decoded. */
static bool
on_ready(void *arg)
{
	struct run *run = arg;
	int sockets[SOURCE_SOCKETS_MAX];
	const struct sandbox_needs needs = {
		.capture_fds = sockets,
		.capture_count = source_sockets(run->source, sockets),
		.opener_fd = { run->opener.fd, run->page.creator.opener.fd,
		    run->svg.creator.opener.fd,
		    run->xpl.creator.opener.fd, run->saver.opener.fd },
		.terminal_fd = run->options->top ? terminal_fd() : -1,
		.start_threads = start_threads,
		.arg = run,
	};

	run->workers = workers_choose(run->options);
	if (!privileges_confine(run->options, &needs) || !check_threads(run))
		return false;
	read_first(run);
	return !run->options->top || run->options->source.interface == NULL ||
	    enter_top(run);
}

/* Save or show a frame, unless it belongs to another shard. */
static NOINLINE bool
copy_frame(struct run *run, const struct frame *frame)
{
	const struct source_info *info = source_peek(run->source);

	if (!tcpstates_is_of_shard(run->engine))
		return true;
	if (saver_is_on(&run->saver))
		saver_frame(&run->saver, info, frame);
	return !run->wants_frames ||
	    show_frame(&run->show, run->engine, frame, info);
}

static bool
on_frame(void *arg, const struct frame *frame)
{
	struct run *run = arg;
	bool has_memory;

	if (UNLIKELY(run->show.displays.phase != DISPLAYS_RUNNING))
		show_begin(&run->show, source_peek(run->source),
		    frame->time_ns);
	advance_intervals(run, run->clock.frame_ns, frame->time_ns);
	capture_clock_note(&run->clock, frame->time_ns);
	has_memory = tcpstates_frame(run->engine, frame) == 0;
	if (run->wants_frames || saver_is_on(&run->saver))
		has_memory &= copy_frame(run, frame);
	if (!has_memory)
		run->is_out_of_memory = true;
	return has_memory;
}

/* Process what several workers have read, as far as it is in order. */
static uint64_t
settle(struct run *run)
{
	int64_t next_ns, last_ns = 0;
	uint64_t count = 0;

	while (tcpstates_next(run->engine, &next_ns)) {
		if (run->show.displays.phase != DISPLAYS_RUNNING)
			show_begin(&run->show, source_peek(run->source),
			    next_ns);
		advance_intervals(run, run->clock.frame_ns, next_ns);
		count += tcpstates_settle(run->engine,
		    intervals_end(&run->intervals), &last_ns);
		capture_clock_note(&run->clock, last_ns);
	}
	return count;
}

static uint64_t
on_gather(void *arg, bool *ret_waits)
{
	struct run *run = arg;
	const uint64_t count = tcpstates_gather(run->engine);
	const uint64_t settled = settle(run);

	*ret_waits = tcpstates_has_pending(run->engine);
	return count + settled;
}

#define VITALS_SIZE	192

/* Bytes of resident memory, by a file that was opened before the sandbox. */
static uint64_t
read_memory(const struct run *run)
{
	char text[64];
	const ssize_t len = run->memory_fd < 0 ? -1 :
	    pread(run->memory_fd, text, sizeof(text) - 1, 0);
	unsigned long long pages = 0;

	if (len <= 0)
		return 0;
	text[len] = '\0';
	(void)sscanf(text, "%*u %llu", &pages);
	return pages * run->page_size;
}

/* Packets a second since the last time, memory, and time since the start. */
static void
format_vitals(struct run *run, char buf[VITALS_SIZE], uint64_t frames)
{
	const int64_t now_ns = clock_now();
	const int64_t passed_ns = now_ns - run->asked_ns;
	char rate[SHORT_SIZE], memory[SHORT_SIZE], uptime[SHORT_SIZE];

	(void)short_amount(rate, passed_ns <= 0 ? 0 : (uint64_t)(
	    (frames - run->asked_frames) * (uint64_t)NS_PER_MS /
	    ((uint64_t)passed_ns / 1000 + 1)));
	(void)short_duration(uptime, now_ns - run->start_ns);
	(void)short_amount(memory, read_memory(run));
	(void)snprintf(buf, VITALS_SIZE, "; %s packets/s%s%s, up %s", rate,
	    run->memory_fd >= 0 ? ", memory " : "",
	    run->memory_fd >= 0 ? memory : "", uptime);
	run->asked_ns = now_ns;
	run->asked_frames = frames;
}

/* SIGUSR1 */
static void
print_counters(struct run *run)
{
	const struct source_info *info = source_info(run->source);
	const struct tcpstates_totals *totals =
	    tcpstates_totals(run->engine);
	char kernel[96] = "", limits[128] = "", vitals[VITALS_SIZE];
	char shared[64] = "";

	if (info->has_kernel)
		snprintf(kernel, sizeof(kernel), "; kernel: %" PRIu64
		    " received, %" PRIu64 " dropped", info->received,
		    info->dropped);
	if (limits_any(&run->options->limits))
		snprintf(limits, sizeof(limits), ", %" PRIu64
		    " open; limits: %" PRIu64 " evicted, %" PRIu64 " idle",
		    tcpstates_open(run->engine), totals->evicted,
		    totals->idle);
	if (run->is_shared)
		snprintf(shared, sizeof(shared), "; %" PRIu64
		    " passed between workers",
		    tcpstates_sharing(run->engine).handed);
	format_vitals(run, vitals, info->frames);
	message("%" PRIu64 " packets, %" PRIu64 " connections%s%s%s%s",
	    info->frames, totals->conns, limits, kernel, shared, vitals);
}

/* SIGUSR2 */
static void
report_interim(struct run *run)
{
	tcpstates_sum_up(run->engine);
	run->show.clock_leaps = run->clock.leaps;
	show_interim(&run->show, run->engine, source_info(run->source));
	output_flush(&run->output);
}

/* SIGHUP, or --rotate: the old file was moved away, or is complete. */
static void
reopen(struct run *run)
{
	output_reopen(&run->output, &run->opener);
	if (output_is_empty(&run->output))
		show_begin_again(&run->show, source_peek(run->source));
}

/*
 * SIGHUP asks to open the output again, but a terminal that is closed sends it,
 * too: then a program that nobody sees any longer would run on.
 */
static void
hang_up(struct run *run)
{
	run->is_hung_up = run->has_terminal && !isatty(STDERR_FILENO);
	if (!run->is_hung_up)
		reopen(run);
}

static int64_t
wall_now(void)
{
	struct timespec now = { 0, 0 };

	clock_gettime(CLOCK_REALTIME, &now);
	return nstime_from(now.tv_sec, now.tv_nsec);
}

/* Set the next whole multiple of the interval, in UTC. */
static void
plan_rotation(struct run *run, int64_t now_ns)
{
	const int64_t every_ns = run->options->rotate_ns;

	if (every_ns > 0)
		run->rotate_due_ns = now_ns - now_ns % every_ns + every_ns;
}

static void
rotate(struct run *run)
{
	const uint64_t most = run->options->rotate_size;
	const int64_t now_ns = wall_now();

	if ((run->rotate_due_ns == 0 || now_ns < run->rotate_due_ns) &&
	    (most == 0 || output_size(&run->output) < most))
		return;
	if (now_ns < run->rotate_retry_ns)
		return;
	reopen(run);
	plan_rotation(run, now_ns);
	/* If that failed, the file is as large as before. */
	run->rotate_retry_ns = now_ns + ROTATE_RETRY_NS;
}

/* New and postponed requests by signals, in their order. */
static unsigned
all_signals(struct run *run)
{
	unsigned asked = sigs_take();

	if ((run->postponed & SIGS_REOPEN) != 0 &&
	    (asked & SIGS_REPORT) != 0)
		asked = (asked & ~(unsigned)SIGS_REPORT) | SIGS_REPORT_AFTER;
	asked |= run->postponed;
	run->postponed = 0;
	return asked;
}

/*
 * The requests that can be handled.  The output begins with what the header of
 * a pipe says, so only counters can be printed before that is read.
 */
static unsigned
ready_signals(struct run *run)
{
	unsigned asked = all_signals(run);

	if (source_peek(run->source)->dlt < 0) {
		run->postponed = asked & ~(unsigned)SIGS_COUNTERS;
		asked &= SIGS_COUNTERS;
	}
	return asked;
}

/*
 * Does the live screen fill the terminal that this descriptor writes to?  The
 * pager must not start before the screen is left.
 */
static bool
is_screen(const struct run *run, int fd)
{
	return (run->top.is_on && isatty(fd)) ||
	    (run->options->top && fd >= 0 && fd == run->pager.fd);
}

static void
on_problem(void *arg, const char *sentence)
{
	struct run *run = arg;

	if (run->top.is_on ||
	    (run->is_reading && run->options->source.interface == NULL))
		deferred_add(&run->deferred, "%s", sentence);
	else
		message("%s", sentence);
}

static void
tick_saver(struct run *run, bool now)
{
	const char *problem = saver_is_on(&run->saver) ?
	    saver_tick(&run->saver, now) : NULL;

	if (problem != NULL)
		on_problem(run, problem);
}

static void
handle_signals(struct run *run, unsigned asked)
{
	if (asked == 0)
		return;
	/* Flush first: the answer covers every frame received so far. */
	(void)flush(run);
	displays_tick(&run->show.displays, run->engine);
	progress_erase(&run->progress);
	if ((asked & SIGS_COUNTERS) != 0 && !is_screen(run, STDERR_FILENO))
		print_counters(run);
	if ((asked & SIGS_REPORT) != 0 && !is_screen(run, run->output.fd))
		report_interim(run);
	if (asked & SIGS_REOPEN)
		hang_up(run);
	if ((asked & SIGS_REPORT_AFTER) != 0 &&
	    !is_screen(run, run->output.fd))
		report_interim(run);
	tick_saver(run, true);
}

/* False: an error was printed. */
static bool
write_page(struct run *run)
{
	return page_write(&run->page, &run->show, run->engine,
	    source_info(run->source));
}

/* Live, time advances without frames, too. */
static void
tick_live(struct run *run)
{
	const int64_t now = capture_clock_now(&run->clock);

	tcpstates_expire(run->engine, now);
	if (run->intervals.every_ns == 0)
		return;
	show_begin(&run->show, source_peek(run->source), now);
	advance_intervals(run, now, now);
}

/* False: the user has ended the live screen. */
static bool
tick_top(struct run *run)
{
	const bool goes_on = topscreen_tick(&run->top, run->engine,
	    source_peek(run->source), capture_clock_now(&run->clock));

	source_hurry(run->source, run->top.has_work);
	return goes_on;
}

static void
tick_processes(struct run *run)
{
	const char *problem = processes_tick(&run->processes);

	if (problem != NULL)
		on_problem(run, problem);
}

static bool
on_tick(void *arg)
{
	struct run *run = arg;

	/* A second thread processes queued segments without being flushed. */
	if (!run->is_split && !flush(run))
		return false;
	if (run->options->source.interface != NULL)
		tick_live(run);
	tick_processes(run);
	tick_saver(run, false);
	handle_signals(run, ready_signals(run));
	if (progress_is_due(&run->progress))
		progress_show(&run->progress, source_info(run->source));
	displays_tick(&run->show.displays, run->engine);
	if (page_is_due(&run->page))
		(void)write_page(run);
	if (displays_are_gradual(&run->show.displays)) {
		if (!output_flush(&run->output))
			return false;
		if (options_rotate(run->options))
			rotate(run);
	}
	return !run->is_hung_up && (!run->top.is_on || tick_top(run));
}

/* A key that a sender of packets cannot know. */
void
run_choose_key(const struct options *options, uint64_t key[2])
{
	key[0] = UINT64_C(0x0706050403020100);
	key[1] = UINT64_C(0x0f0e0d0c0b0a0908);
	if (options->deterministic)
		return;
	/* Without random numbers the figures are still right. */
	if (getentropy(key, 2 * sizeof(key[0])) != 0)
		key[0] ^= (uint64_t)time(NULL) ^ (uint64_t)getpid() << 32;
}

static struct tcpstates_options
engine_options(const struct run *run)
{
	struct tcpstates_options engine = {
		.vlan_key = run->options->vlan_key,
		.shard = run->options->shard,
		.no_tunnels = run->options->no_tunnels,
		.decode_as = run->options->decode_as,
		.is_batched = true,
		.no_analysis = run->options->display.no_analysis,
		.limits = run->options->limits,
	};

	run_choose_key(run->options, engine.hash_key);
	return engine;
}

static bool
make_engine(struct run *run)
{
	struct tcpstates_options engine = engine_options(run);

	displays_prepare(&run->show.displays, &engine);
	if (run->options->top) {
		engine.keep_analysis = true;
		engine.diagnose = true;
		/* Files have several threads, which keep no tally. */
		engine.tally |= run->options->source.interface != NULL;
	}
	run->counts_problems = problems_are_wanted(run->options,
	    &run->show.displays);
	if (run->counts_problems)
		engine.keep_analysis = engine.diagnose = true;
	run->engine = tcpstates_new(&engine);
	if (run->engine == NULL)
		message("out of memory");
	return run->engine != NULL;
}

/*
 * SIGHUP or the next rotation may come in a month: report now that it cannot
 * create a file.  False: that is an error.
 */
static bool
check_reopening(const struct run *run)
{
	const int error = run->opener.fd >= 0 ? run->opener.refused : 0;
	const bool rotates = options_rotate(run->options);

	if (error == 0 || !output_is_regular(&run->output) ||
	    (run->options->quiet && !rotates))
		return true;
	message("-o: %s: %s will not be able to create a new file here: %s",
	    run->output.name, rotates ? "--rotate" : "SIGHUP",
	    strerror(error));
	if (run->account.is_other)
		message("hint: make the directory writable for '%s', or "
		    "choose another user with -Z", run->account.name);
	return !rotates;
}

static enum status
open_report(struct run *run)
{
	const struct options *options = run->options;
	const char *path = options->output;
	bool append = options->append;

	/* Standard output may be that of a picture: see display_check(). */
	if (path == NULL && !display_writes_output(&options->display))
		path = "/dev/null";
	if (run->opener.fd >= 0)
		sigs_catch_hangup();
	if (options_rotate(options)) {
		/* A restart must not overwrite today's file. */
		append = true;
		path = run->path;
		plan_rotation(run, wall_now());
		if (!timed_name(run->path, sizeof(run->path),
		    options->output, time(NULL))) {
			message("-o: %s: too long", options->output);
			return STATUS_FAILED;
		}
	}
	if (!output_open(&run->output, "-o", path, append, &run->account))
		return STATUS_FAILED;
	pager_start(&run->pager, options);
	if (run->pager.fd >= 0)
		output_divert(&run->output, run->pager.fd);
	return check_reopening(run) ? STATUS_OK : STATUS_FAILED;
}

static enum status
open_first_reading(struct run *run)
{
	struct tcpstates_options engine = engine_options(run);

	if (!displays_want_foresight(&run->show.displays) ||
	    run->options->display.no_analysis ||
	    foresee_open(&run->foresee, run->options, &engine))
		return STATUS_OK;
	message("--annotate: the files cannot be opened twice: %s",
	    run->foresee.problem[0] != '\0' ? run->foresee.problem :
	    "out of memory");
	return STATUS_FAILED;
}

static enum status
open_displays(struct run *run)
{
	const struct options *options = run->options;

	if (!show_open(&run->show, options, &run->output,
	    (options->append || options_rotate(options)) &&
	    !output_is_empty(&run->output), &run->account))
		return STATUS_FAILED;
	run->wants_frames = displays_want_frames(&run->show.displays);
	return open_first_reading(run);
}

static enum status
open_save(struct run *run)
{
	return saver_open(&run->saver, &run->account);
}

/* A display that writes all the time needs an output of its own. */
static enum status
open_top(struct run *run)
{
	if (!run->options->top)
		return STATUS_OK;
	if (displays_are_gradual(&run->show.displays) &&
	    isatty(run->output.fd)) {
		message("--top: another display writes to the terminal, too; "
		    "choose a file for it with -o");
		return STATUS_USAGE;
	}
	if (!topscreen_open(&run->top, run->options))
		return STATUS_USAGE;
	source_watch(run->source, terminal_fd());
	return STATUS_OK;
}

static enum status
open_outputs(struct run *run)
{
	static enum status (*const steps[])(struct run *) = {
		open_report, open_displays, open_save, open_top,
	};
	enum status status = STATUS_OK;

	for (size_t i = 0; i < ARRAY_LEN(steps) && status == STATUS_OK; i++) {
		status = files_check_outputs(run->options);
		if (status == STATUS_OK)
			status = steps[i](run);
	}
	return status;
}

enum status
run_status(enum source_end end)
{
	switch (end) {
	case SOURCE_COMPLETE:
		return STATUS_OK;
	case SOURCE_INCOMPLETE:
		return STATUS_INCOMPLETE;
	case SOURCE_FAILED:
		return STATUS_FAILED;
	case SOURCE_MISUSED:
		return STATUS_USAGE;
	}
	return STATUS_FAILED;
}

static enum status
read_source(struct run *run)
{
	enum source_end end;

	run->is_reading = true;
	end = source_run(run->source);
	run->is_reading = false;
	leave_top(run);
	if (run->is_shared) {
		tcpstates_end_reading(run->engine);
		(void)settle(run);
	}
	(void)flush(run);
	displays_tick(&run->show.displays, run->engine);
	progress_erase(&run->progress);
	if (run->is_out_of_memory) {
		deferred_add(
		    &run->deferred, "out of memory: the report ends here");
		end = SOURCE_INCOMPLETE;
	}
	if (end == SOURCE_MISUSED)
		options_report_suspect(run->options);
	return run_status(end);
}

/*
 * False: no connection has a number of --conn, and an error was printed.  No
 * report follows, as it would show no connection; only output that has begun is
 * finished.
 */
static bool
check_numbers(const struct run *run)
{
	const struct select_rules *select = &run->options->display.select;
	const uint64_t count = tcpstates_totals(run->engine)->conns;

	for (size_t i = 0; i < select->range_count; i++)
		if (select->ranges[i].first <= count)
			return true;
	if (select->range_count == 0)
		return true;
	message("no connection %" PRIu64 ": there %s %" PRIu64
	    " connection%s", select->ranges[0].first,
	    count == 1 ? "is" : "are", count, count == 1 ? "" : "s");
	return false;
}

static enum status
report(struct run *run, enum status status)
{
	const struct source_info *info = source_info(run->source);
	enum status failed = STATUS_OK;
	bool has_numbers, is_quiet;

	/* Signals that came with the one that stopped the capture, or later. */
	handle_signals(run, all_signals(run));
	tcpstates_finish(run->engine);
	compare_readings(run);
	processes_finish(&run->processes, run->options->quiet ? NULL :
	    &run->deferred);
	intervals_finish(&run->intervals, run->engine, info, info->is_live ?
	    capture_clock_now(&run->clock) : run->clock.frame_ns);
	naming_resolve(&run->naming, run->options, run->engine,
	    run->options->quiet ? NULL : &run->deferred);
	run->show.clock_leaps = run->clock.leaps;
	has_numbers = check_numbers(run);
	if ((has_numbers || displays_are_gradual(&run->show.displays)) &&
	    !show_report(&run->show, run->engine, info))
		deferred_add(&run->deferred, "out of memory: the connections "
		    "are not sorted");
	if (!output_flush(&run->output) || !has_numbers || !write_page(run))
		failed = STATUS_FAILED;
	/* If the pipe was closed, warnings are not wanted, either. */
	is_quiet = run->options->quiet || output_is_broken(&run->output);
	if (warnings_add(is_quiet ? NULL : &run->deferred, run->engine, info,
	    run->clock.leaps) && run->options->strict)
		status = STATUS_INCOMPLETE;
	if (run->counts_problems && !is_quiet)
		problems_add(&run->deferred, run->options, run->engine);
	return failed != STATUS_OK ? failed : status;
}

/* On a terminal, a program that is silent until ^C looks as if it hung. */
static void
announce(const struct run *run)
{
	const struct source_info *info = source_peek(run->source);
	char type[DLT_NAME_BUFSIZE];

	if (!info->is_live || run->options->quiet || run->options->top ||
	    !isatty(STDERR_FILENO))
		return;
	dlt_describe(type, info->dlt);
	message("capturing on %s, %s; ^C ends with the report", info->name,
	    type);
}

/* --top of a file, unless reading was interrupted. */
static void
browse(struct run *run)
{
	const struct source_info *info = source_info(run->source);

	if (!run->options->top || info->is_live || sigs_stopped())
		return;
	tcpstates_finish(run->engine);
	(void)topscreen_browse(&run->top, run->options, run->engine, info);
}

/* Messages follow when the user has read the report. */
static void
end_pager(struct run *run)
{
	if (run->pager.fd < 0)
		return;
	(void)output_flush(&run->output);
	pager_wait(&run->pager);
	if (!output_is_broken(&run->output))
		output_divert(&run->output, STDOUT_FILENO);
}

/* Run when everything is open; this drops the privileges. */
static enum status
run_opened(struct run *run)
{
	enum status status = STATUS_FAILED;

	if (!make_engine(run))
		return STATUS_FAILED;
	processes_attach(&run->processes, run->show.displays.context.owners);
	run->show.displays.context.names = run->naming.names;
	progress_init(&run->progress, !run->options->quiet &&
	    !displays_are_gradual(&run->show.displays) &&
	    run->options->source.interface == NULL);
	capture_clock_init(&run->clock);
	run->intervals = (struct intervals){
		.every_ns = run->options->display.interval_ns,
		.is_live = run->options->source.interface != NULL,
		.has_retrans = !run->options->display.no_analysis,
		.report = on_interval,
		.arg = run,
	};
	announce(run);
	if (privileges_drop(run->options, &run->account))
		status = read_source(run);
	if (status == STATUS_OK || status == STATUS_INCOMPLETE) {
		browse(run);
		status = report(run, status);
	}
	end_pager(run);
	deferred_print(&run->deferred);
	printers_stop(run->show.displays.context.printers);
	tcpstates_leave(run->engine);
	return status;
}

static bool
needs_opener(const struct options *options)
{
	return options->output != NULL && (files_are_endless(options) ||
	    options_rotate(options));
}

static bool
start_page(struct run *run)
{
	const struct display_options *display = &run->options->display;

	return page_start(&run->page, display->argument[DISPLAY_METRICS],
	    display->interval_ns, &run->account, run->options->no_sandbox);
}

static bool
start_folder(struct run *run, struct folder *folder, enum display_id id,
    const char *option)
{
	run->show.folder[id] = &folder->base;
	return folder_start(folder, option,
	    run->options->display.argument[id], &run->account,
	    run->options->no_sandbox);
}

/* Start what SIGHUP needs to open the output again. */
static bool
start_opener(struct run *run)
{
	const struct opener_file file = {
		.path = run->options->output,
		.account = &run->account,
		.no_sandbox = run->options->no_sandbox,
		.is_timed = options_rotate(run->options),
	};
	int error;

	if (!needs_opener(run->options))
		return true;
	error = opener_start(&run->opener, &file);
	if (error != 0)
		message("-o: %s: %s", file.path, strerror(error));
	return error == 0;
}

static enum status
run_source(struct run *run)
{
	enum source_end end;
	enum status status;

	if (!privileges_choose(run->options, &run->account) ||
	    !start_opener(run) || !start_page(run) ||
	    !saver_start(&run->saver, run->options, &run->account) ||
	    !start_folder(run, &run->svg, DISPLAY_SVG, "--svg") ||
	    !start_folder(run, &run->xpl, DISPLAY_XPL, "--xpl"))
		return STATUS_FAILED;
	processes_start(&run->processes, run->options, &run->account);
	naming_start(&run->naming, run->options, &run->account);
	end = source_open(run->source);
	status = run_status(end);
	if (end == SOURCE_MISUSED)
		options_report_suspect(run->options);
	if (status != STATUS_OK)
		return status;
	status = open_outputs(run);
	if (status == STATUS_OK)
		status = run_opened(run);
	topscreen_close(&run->top);
	if (!saver_close(&run->saver, source_peek(run->source)))
		status = STATUS_FAILED;
	if (!show_close(&run->show))
		status = STATUS_FAILED;
	foresee_close(&run->foresee);
	if (run->output.buf != NULL && !output_close(&run->output))
		status = STATUS_FAILED;
	return status;
}

enum status
run_report(const struct options *options)
{
	/* Static, as the engine is not freed and must not look like a leak. */
	static struct run run = {
		.opener = { .fd = -1 }, .page.creator = CREATOR_NONE,
		.svg.creator = CREATOR_NONE, .xpl.creator = CREATOR_NONE,
		.saver = SAVER_NONE, .processes = PROCESSES_NONE,
		.naming = NAMING_NONE,
		.pager = PAGER_NONE, .memory_fd = -1,
	};
	const struct source_events events = {
		.ready = on_ready,
		.frame = on_frame,
		.tick = on_tick,
		.gather = on_gather,
		.socket_frame = on_socket_frame,
		.problem = on_problem,
		.arg = &run,
	};
	enum status status;

	run.options = options;
	run.start_ns = run.asked_ns = clock_now();
	run.memory_fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
	run.page_size = (uint64_t)sysconf(_SC_PAGESIZE);
	run.has_terminal = isatty(STDERR_FILENO);
	/* Log rotation does not know when the output is open. */
	if (needs_opener(options))
		sigs_ignore_hangup();
	run.source = source_new(&options->source, &events);
	if (run.source == NULL) {
		message("out of memory");
		return STATUS_FAILED;
	}
	status = run_source(&run);
	opener_stop(&run.opener);
	page_stop(&run.page);
	saver_stop(&run.saver);
	processes_stop(&run.processes);
	naming_stop(&run.naming);
	if (!folder_stop(&run.svg))
		status = STATUS_FAILED;
	if (!folder_stop(&run.xpl))
		status = STATUS_FAILED;
	source_free(run.source);
	return status;
}
