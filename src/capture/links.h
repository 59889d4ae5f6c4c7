/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The link types of one pcapng file: a handle of libpcap's for each, for its
 * filter and its number.  Private to capture/.
 */
#ifndef TCPSTATES_CAPTURE_LINKS_H
#define TCPSTATES_CAPTURE_LINKS_H

#include <pcap/pcap.h>
#include <stdbool.h>

#include "capture/pcapng.h"
#include "capture/source.h"

/* At a time; a file with more of them is read all the same. */
#define LINKS_MAX	16

struct feed;

struct link {
	struct pcapng_link key;
	pcap_t *pcap;
	enum source_end end;	/* SOURCE_COMPLETE if the filter fits it */
	bool is_reported;	/* what is wrong with the filter */
};

struct links {
	struct link links[LINKS_MAX];
	unsigned count;
	const struct link *current;
	uint32_t snaplen;	/* bytes: the largest so far */
};

/*
 * Make this link type the feed's: its handle, number and filter.  NULL when out
 * of memory.
 */
struct link *links_use(struct links *, struct feed *,
    const struct pcapng_link *);

/* The feed has no handle any more. */
void links_close(struct links *, struct feed *);

#endif
