/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "views/triage_collect.h"

#include "base/compiler.h"
#include "flow/conn.h"
#include "records/select_walk.h"
#include "tcp/pack.h"
#include "views/print_threads.h"

static void
add_conn(struct triage *triage, const struct conn *packed)
{
	struct pack_room room;
	const struct conn *conn = pack_read(packed, &room);
	struct diagnosed diagnosed;

	if (diagnose(conn, &diagnosed))
		triage_add(triage, conn, &diagnosed);
}

static void
collect_begin(struct triage_collect *collect)
{
	if (!collect->has_begun)
		triage_init(&collect->retired);
	collect->has_begun = true;
}

void
triage_collect_ended(struct triage_collect *collect, const struct conn *conn)
{
	collect_begin(collect);
	add_conn(&collect->retired, conn);
}

static void
add_listed(const void *arg, UNUSED struct outbuf *out,
    const struct conn *conn)
{
	struct triage *triage = *(struct triage *const *)arg;

	if (conn->retired == 0)
		add_conn(triage, conn);
}

/* The order of connections decides, so one thread adds all; it prefetches. */
int
triage_collect_all(struct triage_collect *collect,
    const struct select_rules *rules, const struct conn *first,
    struct triage *ret_triage)
{
	const struct printers_job job = { .print = add_listed,
	    .arg = &ret_triage };
	struct select_walk walk;
	const int error = select_walk_begin(&walk, rules, first);

	collect_begin(collect);
	triage_copy(ret_triage, &collect->retired);
	printers_print(NULL, NULL, &walk, &job);
	select_walk_end(&walk);
	return error;
}

void
triage_collect_fini(struct triage_collect *collect)
{
	if (collect->has_begun)
		triage_fini(&collect->retired);
	collect->has_begun = false;
}
