/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "cli/naming.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <netdb.h>
#include <poll.h>
#include <string.h>

#include "base/nstime.h"
#include "capture/clock.h"
#include "capture/sigs.h"
#include "cli/deferred.h"
#include "cli/messages.h"
#include "cli/options.h"
#include "engine/engine.h"
#include "flow/conn.h"
#include "print/names.h"
#include "records/select_walk.h"

/* Longest wait for all names: a server that does not answer takes seconds. */
#define RESOLVE_NS	(5 * NS_PER_SEC)
#define WAIT_MS		50
#define SERVICES_MAX	65536	/* lines that are read */

/* A round of questions. */
struct asking {
	struct naming *naming;
	uint32_t asked;
	uint32_t answered;
	uint64_t left_out;	/* endpoints: the table is full */
	int64_t end_ns;
	bool is_over;		/* the time, or the resolver */
};

static void
read_services(struct names *names)
{
	const struct servent *service;

	setservent(0);
	for (unsigned i = 0; i < SERVICES_MAX &&
	    (service = getservent()) != NULL; i++)
		if (strcmp(service->s_proto, "tcp") == 0)
			names_add_service(names, ntohs((uint16_t)
			    service->s_port), service->s_name);
	endservent();
}

void
naming_start(struct naming *naming, const struct options *options,
    const struct account *account)
{
	const struct display_options *display = &options->display;
	int error;

	if (!display->resolve && !display->services)
		return;
	naming->names = names_new();
	if (naming->names == NULL) {
		message("out of memory: hosts and ports are shown as numbers");
		return;
	}
	if (display->services)
		read_services(naming->names);
	if (!display->resolve)
		return;
	error = resolver_start(&naming->resolver, account);
	if (error != 0)
		message("--resolve: hosts are shown as numbers: %s",
		    strerror(error));
}

/* ---- when the file has been read ---- */

static void
read_answers(struct asking *asking)
{
	const struct naming *naming = asking->naming;
	struct resolver_answer answer;
	enum helper_result result;

	while ((result = resolver_read(&naming->resolver, &answer)) ==
	    HELPER_DONE) {
		names_set_host(naming->names, answer.number, answer.name);
		asking->answered++;
	}
	asking->is_over |= result == HELPER_GONE;
}

/* Until something can be read, or a signal ends the wait. */
static void
wait_a_moment(struct asking *asking)
{
	struct pollfd ready = {
		.fd = asking->naming->resolver.fd, .events = POLLIN
	};

	asking->is_over |= clock_now() >= asking->end_ns || sigs_stopped();
	if (!asking->is_over)
		(void)poll(&ready, 1, WAIT_MS);
}

static void
ask_host(struct asking *asking, unsigned at)
{
	const struct names_host *host = names_host_at(asking->naming->names,
	    at);
	struct resolver_question question = {
		.number = at, .ip_version = host->ip_version,
	};
	enum helper_result result;

	memcpy(question.bytes, host->bytes, sizeof(question.bytes));
	while (!asking->is_over && (result = resolver_ask(
	    &asking->naming->resolver, &question)) != HELPER_DONE) {
		asking->is_over |= result == HELPER_GONE;
		read_answers(asking);
		wait_a_moment(asking);
	}
	asking->asked++;
}

static void
ask_conn(struct asking *asking, const struct conn *conn)
{
	for (unsigned side = 0; side < 2; side++) {
		unsigned at;

		switch (names_add_host(asking->naming->names,
		    conn->key.addr[side], conn->key.ip_version, &at)) {
		case NAMES_ADDED:
			ask_host(asking, at);
			break;
		case NAMES_FULL:
			asking->left_out++;
			break;
		case NAMES_KNOWN:
			break;
		}
	}
}

/* In the order of the display, so that what is shown first has names. */
static void
ask_all(struct asking *asking, const struct options *options,
    const struct tcpstates *ts)
{
	struct select_rules rules = options->display.select;
	struct select_walk walk;
	const struct conn *conn;

	/* Of groups, --limit is no limit of connections. */
	rules.has_limit &= options->display.by == GROUPING_NONE;
	/* Without memory, the order is that of the numbers. */
	(void)select_walk_begin(&walk, &rules, tcpstates_first(ts));
	while ((conn = select_walk_next(&walk)) != NULL)
		ask_conn(asking, conn);
	select_walk_end(&walk);
}

void
naming_resolve(struct naming *naming, const struct options *options,
    const struct tcpstates *ts, struct deferred *deferred)
{
	struct asking asking = {
		.naming = naming, .end_ns = clock_now() + RESOLVE_NS,
	};

	if (naming->names == NULL || naming->resolver.fd < 0)
		return;
	ask_all(&asking, options, ts);
	while (asking.answered < asking.asked && !asking.is_over) {
		read_answers(&asking);
		if (asking.answered < asking.asked)
			wait_a_moment(&asking);
	}
	if (deferred == NULL)
		return;
	if (asking.answered < asking.asked)
		deferred_add(deferred, "--resolve: no answer within %d s for "
		    "%" PRIu32 " of %" PRIu32 " addresses", (int)(RESOLVE_NS /
		    NS_PER_SEC), asking.asked - asking.answered,
		    asking.asked);
	if (asking.left_out > 0)
		deferred_add(deferred, "--resolve: only the first %d addresses "
		    "were looked up", NAMES_HOSTS);
}

void
naming_stop(struct naming *naming)
{
	resolver_stop(&naming->resolver);
	names_free(naming->names);
	naming->names = NULL;
}
