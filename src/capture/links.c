/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "capture/links.h"

#include <stdio.h>
#include <string.h>

#include "capture/feed.h"

#define MAGIC_NANO	0xa1b23c4dU
#define SNAPLEN_MAX	262144	/* bytes: what libpcap allows */

static void
put16(uint8_t *to, unsigned value, bool is_big)
{
	to[is_big ? 0 : 1] = (uint8_t)(value >> 8);
	to[is_big ? 1 : 0] = (uint8_t)value;
}

static void
put32(uint8_t *to, uint32_t value, bool is_big)
{
	put16(to + (is_big ? 0 : 2), value >> 16, is_big);
	put16(to + (is_big ? 2 : 0), value & UINT16_MAX, is_big);
}

/*
 * libpcap alone knows which of its link types (DLT_...) the number in a file
 * means, and in which order a loopback header is: it takes both from the header
 * of a capture without packets.
 */
static pcap_t *
open_handle(const struct pcapng_link *key)
{
	char reason[PCAP_ERRBUF_SIZE];
	uint8_t header[24] = { 0 };
	FILE *stream;
	pcap_t *pcap;

	put32(header, MAGIC_NANO, key->is_big);
	put16(header + 4, 2, key->is_big);	/* version 2.4 */
	put16(header + 6, 4, key->is_big);
	put32(header + 16, SNAPLEN_MAX, key->is_big);
	put32(header + 20, key->type, key->is_big);
	stream = fmemopen(header, sizeof(header), "rb");
	if (stream == NULL)
		return NULL;
	pcap = pcap_fopen_offline_with_tstamp_precision(stream,
	    PCAP_TSTAMP_PRECISION_NANO, reason);
	if (pcap == NULL)
		fclose(stream);
	return pcap;
}

static bool
is_same(const struct pcapng_link *a, const struct pcapng_link *b)
{
	return a->type == b->type && a->is_big == b->is_big;
}

static struct link *
find_or_add(struct links *links, const struct pcapng_link *key)
{
	struct link *link;

	for (unsigned i = 0; i < links->count; i++)
		if (is_same(&links->links[i].key, key))
			return &links->links[i];
	if (links->count == LINKS_MAX)
		pcap_close(links->links[--links->count].pcap);
	link = &links->links[links->count];
	*link = (struct link){ .key = *key, .pcap = open_handle(key) };
	if (link->pcap == NULL)
		return NULL;
	links->count++;
	links->current = NULL;	/* it may have had this place */
	return link;
}

/* The largest of the interfaces. */
static void
note_snaplen(struct links *links, const struct pcapng_link *key)
{
	const uint32_t snaplen = key->snaplen != 0 &&
	    key->snaplen < SNAPLEN_MAX ? key->snaplen : SNAPLEN_MAX;

	if (links->snaplen < snaplen)
		links->snaplen = snaplen;
}

struct link *
links_use(struct links *links, struct feed *feed,
    const struct pcapng_link *key)
{
	struct link *link = find_or_add(links, key);

	note_snaplen(links, key);
	if (link != NULL && link != links->current) {
		feed_use(feed, link->pcap, feed->info.name);
		link->end = feed_filter(feed);
		links->current = link;
	}
	feed->info.snaplen = links->snaplen;
	return link;
}

void
links_close(struct links *links, struct feed *feed)
{
	for (unsigned i = 0; i < links->count; i++)
		pcap_close(links->links[i].pcap);
	links->count = 0;
	links->current = NULL;
	feed->pcap = NULL;
}
