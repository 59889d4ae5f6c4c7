/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "tcp/icmp_error.h"

#include <stddef.h>

#include "base/compiler.h"
#include "base/seq.h"
#include "flow/conn.h"
#include "tcp/analysis.h"
#include "tcp/events.h"
#include "tcp/tracker.h"

static const struct known {
	uint8_t ip_version;
	uint8_t type;
	uint8_t code;
	bool ends;
	const char *words;
} errors[] = {
#define ICMP_ERROR(version, type, code, ends, words)			\
	{ version, type, code, ends, words },
#include "tcp/icmp_errors.def"
#undef ICMP_ERROR
};

static const struct known *
find_known(const struct icmp_error *error)
{
	for (size_t i = 0; i < ARRAY_LEN(errors); i++)
		if (errors[i].ip_version == error->ip_version &&
		    errors[i].type == error->type &&
		    errors[i].code == error->code)
			return &errors[i];
	return NULL;
}

const char *
icmp_error_words(const struct icmp_error *error)
{
	const struct known *known = find_known(error);

	return known != NULL ? known->words : NULL;
}

/* RFC 5927, 4: an error that quotes data not in flight is forged, or late. */
static bool
is_of_flight(const struct conn *conn, const struct icmp_error *error)
{
	const struct endpoint *e = &conn->endpoint[error->side];
	int64_t offset;

	if (!e->has_base)
		return true;
	offset = seq_offset(error->seq, e->isn, e->nxt);
	return offset <= e->nxt && (!e->has_una || offset >= e->una);
}

/* Output only, so for the analysis of a tracker that keeps. */
static void
keep_error(struct analysis *an, const struct conn *conn,
    const struct icmp_error *error)
{
	const struct known *known = find_known(error);

	if (an->first_error.frame == 0)
		an->first_error = *error;
	if (known == NULL || !known->ends || !is_of_flight(conn, error))
		return;
	an->unreachable_ns = error->time_ns;
	an->unreachable_side = !error->side;
	an->was_unreachable = true;
}

void
icmp_error_take(struct tracker *tracker, struct conn *conn,
    const struct icmp_error *error)
{
	const bool was_packed = conn->is_packed;
	struct analysis *an;

	if (error->mtu != 0)
		conn->has_path_mtu = true;
	/* Out of memory, or one SYN so far: the rest goes unnoted. */
	if ((was_packed && analysis_unpack(tracker, conn) != 0) ||
	    conn->analysis == NULL)
		return;
	an = conn->analysis;
	an->unreachable++;
	if (error->mtu != 0)
		an->path_mtu = error->mtu;
	if (tracker->keep)
		keep_error(an, conn, error);
	if (tracker->events.icmp_error != NULL)
		tracker->events.icmp_error(tracker->events.arg, conn, error);
	if (was_packed)
		analysis_pack(tracker, conn);
}

bool
icmp_error_is_end(const struct conn *conn)
{
	const struct analysis *an = conn->analysis;

	/* Where nothing is kept there are no letters, either. */
	return an != NULL && an->history_len > 0 && an->was_unreachable &&
	    (conn->endpoint[an->unreachable_side].pkts == 0 ||
		an->track[an->unreachable_side].last_ns < an->unreachable_ns);
}
