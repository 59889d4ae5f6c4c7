/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Capture duplicates: one segment that the capture saw twice, because both
 * ports of a switch are mirrored, because `any` sees it on two interfaces,
 * or because it was taken before and behind a VLAN tag or a router.
 *
 * Such a copy is identical in addresses, ports, sequence and acknowledgement
 * numbers, flags, window, options, length and IP ID, and comes soon.  A
 * retransmission has a new IP ID or timestamp, or comes later.  Where there
 * is no IP ID to tell (IPv6, zero, or a sender that knows only one), the same
 * fields are weaker evidence and the tracker, which knows the connection,
 * decides.  But once there was a copy from another place (interface, TTL, VLAN),
 * one that comes from the first place again is no third: its sender has sent
 * the same twice.  Nor is it a second, where the copies of this connection come
 * from other interfaces: a kernel may have looked at several on one of them
 * before it passes them on.
 *
 * Memory is one fixed array, whatever the input: a newer segment takes the
 * place of an older one that falls on the same entry.
 */
#ifndef TCPSTATES_FLOW_DUPLICATES_H
#define TCPSTATES_FLOW_DUPLICATES_H

#include <stdint.h>

#include "base/compiler.h"
#include "base/nstime.h"

struct segment;

/*
 * How late the second copy may come.  With an IP ID, or from another interface,
 * with another TTL or VLAN than the first, nothing but a copy looks like that,
 * and a loaded router may hold it back for tens of milliseconds (RFC 6298's shortest RTO
 * in practice is 200 ms).  Without, it has to come before any sender could
 * have sent it again.
 */
#define DUPES_SURE_NS	(50 * NS_PER_MS)
#define DUPES_LIKELY_NS	(NS_PER_MS / 2)

enum dupe {
	DUPE_NO,
	DUPE_LIKELY,	/* the same as far as one can see, and very soon */
	DUPE_SAME_ID,	/* with the same IP ID, soon */
	DUPE_SAME_ID_LIKELY,	/* the same, and very soon */
	DUPE_SURE	/* the same datagram, from another place */
};

struct duplicates;

/* NULL when out of memory. */
struct duplicates *duplicates_new(void) MUST_CHECK;
void duplicates_free(struct duplicates *);

/*
 * What it is recognised by, all that two copies have in common: the argument is
 * key_fingerprint() of its key, and `side` that of key_of().
 */
uint64_t duplicates_fingerprint(
    const struct segment *, uint64_t fingerprint, unsigned side);

/* It will soon be checked. */
void duplicates_prefetch(const struct duplicates *, uint64_t print);

/* Was this segment, with its print, seen just now?  Remembers it if not. */
enum dupe duplicates_check(
    struct duplicates *, uint64_t print, const struct segment *);

#endif
