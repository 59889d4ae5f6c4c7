/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "cli/processes.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <string.h>

#include "base/nstime.h"
#include "capture/clock.h"
#include "cli/deferred.h"
#include "cli/messages.h"
#include "cli/options.h"
#include "records/owners.h"

/* Questions a second, and in a burst: the finder takes some 20 us for each. */
#define RATE		2000
/* Answers between two batches of frames: each takes a system call. */
#define ANSWERS_AT_ONCE	256
/* Longest wait for the last answers, and between two looks for them. */
#define FINISH_NS	(500 * NS_PER_MS)
#define FINISH_MS	10

void
processes_start(struct processes *p, const struct options *options,
    const struct account *account)
{
	int error;

	if (!options->display.processes)
		return;
	error = finder_start(&p->finder, account, options->no_sandbox);
	if (error != 0)
		message("--processes: owners stay unknown: %s", error ==
		    ENOTSUP ? "this system has no sock_diag(7)" :
		    strerror(error));
	if (error != 0 || options->quiet)
		return;
	if (!p->finder.sees_all)
		message("--processes: processes of other users stay unknown: "
		    "CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH are missing; run "
		    "as root");
	if (!p->finder.sees_closes)
		message("--processes: this kernel does not report closed "
		    "sockets: its figures are those of the last sample");
}

void
processes_attach(struct processes *p, struct owners *owners)
{
	p->owners = p->finder.fd >= 0 ? owners : NULL;
	p->credit = RATE;
	p->credit_ns = clock_now();
}

/* The finder has ended. */
static const char *
give_up(struct processes *p)
{
	p->owners = NULL;
	return "--processes: the process that finds owners has ended; owners "
	    "of later connections stay unknown";
}

static enum helper_result
read_answers(struct processes *p)
{
	enum helper_result result = HELPER_DONE;

	for (unsigned i = 0; i < ANSWERS_AT_ONCE; i++) {
		struct owner_answer answer;

		result = finder_read(&p->finder, &answer);
		if (result != HELPER_DONE)
			break;
		if (answer.is_last && p->unanswered > 0)
			p->unanswered--;
		owners_answer(p->owners, &answer);
	}
	return result;
}

/* Ask at most `count` questions. */
static enum helper_result
write_questions(struct processes *p, int64_t count)
{
	struct owner_question question;

	for (; count > 0 && owners_question(p->owners, &question); count--) {
		const enum helper_result result = finder_ask(&p->finder,
		    &question);

		if (result != HELPER_DONE) {
			owners_put_back(p->owners);
			return result;
		}
		p->unanswered++;
		p->credit--;
	}
	return HELPER_DONE;
}

static void
earn_credit(struct processes *p)
{
	const int64_t now_ns = clock_now();
	const int64_t earned = (now_ns - p->credit_ns) / (NS_PER_SEC / RATE);

	p->credit_ns += earned * (NS_PER_SEC / RATE);
	p->credit = p->credit + earned < RATE ? p->credit + earned : RATE;
}

const char *
processes_tick(struct processes *p)
{
	if (p->owners == NULL)
		return NULL;
	earn_credit(p);
	if (write_questions(p, p->credit) == HELPER_GONE ||
	    read_answers(p) == HELPER_GONE)
		return give_up(p);
	return NULL;
}

/* ---- the end ---- */

static bool
is_complete(const struct processes *p)
{
	const struct owners_counts counts = owners_counts(p->owners);

	return p->unanswered == 0 && counts.named == counts.local;
}

/* False: the finder has ended. */
static bool
ask_last(struct processes *p)
{
	const int64_t end_ns = clock_now() + FINISH_NS;
	struct pollfd ready = { .fd = p->finder.fd, .events = POLLIN };

	owners_ask_open(p->owners);
	do {
		if (write_questions(p, INT64_MAX) == HELPER_GONE)
			return false;
		(void)poll(&ready, 1, FINISH_MS);
		if (read_answers(p) == HELPER_GONE)
			return false;
	} while (!is_complete(p) && clock_now() < end_ns);
	return true;
}

static void
report_missed(const struct owners_counts *counts, struct deferred *deferred)
{
	const uint64_t remote = counts->conns - counts->local;

	deferred_add(deferred, "--processes: found the process of %" PRIu64
	    " of %" PRIu64 " connections", counts->named, counts->conns);
	if (counts->local > counts->named)
		deferred_add(deferred, "--processes: %" PRIu64 " had a local "
		    "socket, but its process had ended or is hidden from this "
		    "account", counts->local - counts->named);
	if (remote > 0)
		deferred_add(deferred, "--processes: %" PRIu64 " had no socket "
		    "here: closed within milliseconds, open before, of "
		    "another host, or of another network namespace", remote);
	if (counts->missed > 0)
		deferred_add(deferred, "--processes: %" PRIu64 " were not "
		    "looked up: too many connections at once",
		    counts->missed);
}

void
processes_finish(struct processes *p, struct deferred *deferred)
{
	struct owners_counts counts;
	struct owners *owners = p->owners;

	if (owners == NULL)
		return;
	if (!ask_last(p) && deferred != NULL)
		deferred_add(deferred, "%s", give_up(p));
	counts = owners_counts(owners);
	if (deferred != NULL)
		report_missed(&counts, deferred);
	p->owners = NULL;
}

void
processes_stop(struct processes *p)
{
	finder_stop(&p->finder);
}
