/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "capture/blocks.h"

#include "capture/dlt.h"
#include "capture/feed.h"
#include "capture/links.h"
#include "capture/pcapng.h"
#include "capture/reading.h"
#include "capture/sigs.h"
#include "capture/unzip.h"

struct blocks {
	const struct reading *reading;
	struct feed *feed;
	struct pcapng *ng;
	struct pcapng_packet packet;	/* the present one */
	struct links links;
};

/* A pcapng_source. */
static ssize_t
read_input(void *arg, uint8_t *to, size_t room)
{
	return input_read(arg, to, room);
}

/* Nothing came of the file: the compressed data or its blocks say why. */
static enum source_end
end_without_packet(const struct blocks *b)
{
	const char *complaint = input_complaint(b->reading->input);

	feed_report(b->feed, "%s: holds no packet: %s", b->reading->name,
	    complaint != NULL ? complaint : pcapng_complaint(b->ng));
	return SOURCE_FAILED;
}

/* There are no more blocks: report why, unless that is as it should be. */
static enum source_end
end_of_blocks(const struct blocks *b, enum pcapng_result result)
{
	const struct reading *reading = b->reading;

	if (input_is_stopped(reading->input)) {
		reading_report_rest(reading);
		return SOURCE_COMPLETE;
	}
	if (result == PCAPNG_END && input_complaint(reading->input) == NULL)
		return SOURCE_COMPLETE;
	if (b->feed->info.seen == reading->seen_before)
		return end_without_packet(b);
	if (reading_report_packing(reading))
		return SOURCE_INCOMPLETE;
	if (result == PCAPNG_CUT)
		reading_report_end(reading, "cut short",
		    pcapng_complaint(b->ng));
	else if (result == PCAPNG_UNREADABLE)
		reading_report_end(reading, "could not be read further",
		    pcapng_complaint(b->ng));
	else
		reading_report_damage(reading, pcapng_complaint(b->ng));
	return SOURCE_INCOMPLETE;
}

/*
 * Compile the filter for all link types described before the first packet,
 * while names can be looked up.  Fails if it fits none of them.
 */
static enum source_end
prepare_links(struct blocks *b)
{
	enum source_end best = SOURCE_MISUSED;
	struct pcapng_link key;

	for (uint32_t i = 0; b->links.count < LINKS_MAX &&
	    pcapng_interface(b->ng, i, &key); i++) {
		const struct link *link = links_use(&b->links, b->feed, &key);

		if (link == NULL)
			return reading_report_memory(b->reading);
		if (link->end < best)
			best = link->end;
	}
	if (best != SOURCE_COMPLETE)
		feed_report_filter(b->feed);
	return best;
}

/* Packets of a link type that the filter does not fit do not match. */
static void
leave_out(struct blocks *b, struct link *link)
{
	char name[DLT_NAME_BUFSIZE];

	b->feed->info.seen++;
	if (link->is_reported)
		return;
	link->is_reported = true;
	feed_report_filter(b->feed);
	dlt_describe(name, b->feed->info.dlt);
	feed_report(b->feed, "%s: packets of link type %s are left out, since "
	    "the filter is not possible there", b->reading->name, name);
}

/* SOURCE_INCOMPLETE: the packet was left out; SOURCE_FAILED: no memory. */
static enum source_end
take_packet(struct blocks *b)
{
	const struct pcapng_packet *packet = &b->packet;
	const struct pcap_pkthdr header = {
		.caplen = packet->captured_len,
		.len = packet->wire_len,
	};
	struct link *link = links_use(&b->links, b->feed, &packet->link);

	if (link == NULL)
		return reading_report_memory(b->reading);
	if (link->end != SOURCE_COMPLETE) {
		leave_out(b, link);
		return SOURCE_INCOMPLETE;
	}
	b->feed->info.untimed += !packet->has_time;
	feed_packet(b->feed, &header, packet->bytes, packet->time_ns,
	    packet->interface);
	return SOURCE_COMPLETE;
}

/* Between two packets: true when no more are wanted. */
static bool
is_enough(struct blocks *b)
{
	if (!b->feed->events.tick(b->feed->events.arg))
		b->feed->is_enough = true;
	if (!b->feed->is_enough &&
	    (!sigs_stopped() || input_is_pipe(b->reading->input)))
		return false;
	reading_report_rest(b->reading);
	return true;
}

/* From the first packet on, which has been read. */
static enum source_end
read_packets(struct blocks *b)
{
	enum pcapng_result result = PCAPNG_PACKET;
	enum source_end worst = SOURCE_COMPLETE, end;

	for (unsigned n = 1; result == PCAPNG_PACKET; n++) {
		end = take_packet(b);
		if (end > worst)
			worst = end;
		if (end == SOURCE_FAILED || ((n % FEED_BATCH == 0 ||
		    b->feed->is_enough) && is_enough(b)))
			return worst;
		result = pcapng_next(b->ng, &b->packet);
	}
	(void)b->feed->events.tick(b->feed->events.arg);
	end = end_of_blocks(b, result);
	return end > worst ? end : worst;
}

static enum source_end
read_blocks(struct blocks *b)
{
	const enum pcapng_result result = pcapng_next(b->ng, &b->packet);
	enum source_end end;

	if (pcapng_is_fine(b->ng))
		b->feed->info.digits = 9;
	if (result == PCAPNG_END && !feed_ready(b->feed))
		return SOURCE_FAILED;
	if (result != PCAPNG_PACKET)
		return end_of_blocks(b, result);
	end = prepare_links(b);
	if (end != SOURCE_COMPLETE)
		return end;
	return feed_ready(b->feed) ? read_packets(b) : SOURCE_FAILED;
}

enum source_end
blocks_read(const struct reading *reading)
{
	struct blocks b = {
		.reading = reading,
		.feed = reading->feed,
		.ng = pcapng_new(read_input, reading->input),
	};
	enum source_end end;

	if (b.ng == NULL)
		return reading_report_memory(reading);
	b.feed->info.name = reading->name;
	end = read_blocks(&b);
	links_close(&b.links, b.feed);
	pcapng_free(b.ng);
	return end;
}
