/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The walk through the headers of one frame, as the decoders see it.  Private
 * to decode/.
 *
 *	Ethernet | VLAN | IPv4 | UDP | VXLAN | Ethernet | IPv6 | TCP
 *	^ step     ^ step ^ step ...                            ^ last step
 *
 * A step takes its own header from the cursor and nothing else, notes in the
 * segment what it learned, and ends with one of
 *
 *	return walk_on(w, step);		go on with what comes next
 *	return walk_end(w, verdict, words);	that was all
 *	return walk_cut(w, verdict, words);	a read failed: the snapshot
 *						ended, or the frame did
 *
 * The loop that runs the steps is the only one, so one constant bounds tags,
 * labels, extension headers and tunnels together, whatever the frame says.
 */
#ifndef TCPSTATES_DECODE_WALK_H
#define TCPSTATES_DECODE_WALK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cursor.h"
#include "base/siphash.h"
#include "decode/frame.h"

/*
 * Headers that are followed in one frame.  A stack of VLAN tags, MPLS labels,
 * two tunnels and IPv6 extension headers in each stays below 20.
 */
#define WALK_HEADERS_MAX	32

struct frags;
struct walk;

/* A decoder: false when the walk is over. */
typedef bool walk_step(struct walk *);

struct walk {
	struct cursor at;	/* the rest of the frame */
	struct segment *seg;	/* receives what the headers say */
	walk_step *next;	/* decodes the next header */
	struct decoder *decoder;
	const char *words;	/* protocol, or what was malformed; or NULL */
	enum verdict verdict;	/* once the walk is over */
	bool is_quote;		/* inside an ICMP error: no tunnels, no state */
	bool is_granted;	/* the declared end is that of a header */
};

/* Numbers that name a protocol, by the field that holds them. */
enum number_kind {
	NUMBER_ETHERTYPE,
	NUMBER_IP_PROTOCOL,
	NUMBER_PPP_PROTOCOL,
	NUMBER_LLC_SAP,
	NUMBER_FAMILY,
	NUMBER_UDP_PORT,
	NUMBER_KINDS
};

/* The order of the tables that are searched by kind and number. */
static inline uint64_t
number_key(enum number_kind kind, unsigned number)
{
	return (uint64_t)kind << 32 | number;
}

/* Unknown numbers with a name of their own; further ones share one. */
#define NAMES_MAX	32

struct number_name {
	enum number_kind kind;
	unsigned number;
	char text[24];		/* "ethertype 0x88cc" */
};

struct decoder {
	struct decoder_options options;
	struct decoder_stats stats;
	struct siphash_key hash_key;
	struct frags *frags;	/* NULL until the first fragment */
	const char *words;	/* of the last frame, see struct walk */
	struct quoted quoted;	/* by the last frame, if has_quoted */
	bool has_quoted;
	unsigned name_count;
	struct number_name names[NAMES_MAX];
};

/* Link-layer addresses, as struct segment.link_hash adds them up. */
static inline uint16_t
link_hash(uint64_t high, uint64_t low)
{
	return (uint16_t)((high * UINT64_C(0x9e3779b97f4a7c15) +
	    low * UINT64_C(0xd1b54a32d192ed03)) >> 48);
}

static inline void
walk_add_link(struct walk *w, uint16_t hash)
{
	w->seg->link_hash = (uint16_t)(w->seg->link_hash + hash);
}

static inline bool
walk_on(struct walk *w, walk_step *next)
{
	w->next = next;
	return true;
}

static inline bool
walk_end(struct walk *w, enum verdict verdict, const char *words)
{
	w->verdict = verdict;
	w->words = words;
	return false;
}

/* May the walk enter an IP packet inside another? */
static inline bool
walk_opens_tunnels(const struct walk *w)
{
	return !w->decoder->options.no_tunnels && !w->is_quote;
}

/*
 * A read failed: VERDICT_SHORT when the bytes existed, else `malformed`,
 * with `words` for the header that ended early.
 */
bool walk_cut(struct walk *, enum verdict malformed, const char *words);

/* Run steps from `first` on until one ends the walk, and return its verdict. */
enum verdict walk_run(struct walk *, walk_step *first);

/*
 * End of the walk at a protocol that is not followed: `verdict`, or
 * VERDICT_UNSUPPORTED for one that may hide TCP (protocols.def).
 */
bool walk_stop(struct walk *, enum verdict verdict, enum number_kind,
    unsigned number);

/* Does protocols.def have a name for it? */
bool walk_knows(enum number_kind, unsigned number);

/*
 * Go on inside a tunnel.  The network inside is not in the VLAN of the
 * network outside.
 */
bool walk_into(struct walk *, walk_step *inner);

#endif
