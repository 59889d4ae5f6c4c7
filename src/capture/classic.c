/* SPDX-License-Identifier: BSD-2-Clause */
/*
 *	 0                   1                   2                   3
 *	+---------------------------------------------------------------+
 *	|                            seconds                            |
 *	+---------------------------------------------------------------+
 *	|                  microseconds or nanoseconds                  |
 *	+---------------------------------------------------------------+
 *	|                        captured length                        |
 *	+---------------------------------------------------------------+
 *	|                        original length                        |
 *	+---------------------------------------------------------------+
 *	|                        captured bytes ...                     |
 */
#include "config.h"

#include "capture/classic.h"

#include <stdint.h>
#include <string.h>

#include "base/nstime.h"
#include "capture/feed.h"
#include "capture/reading.h"
#include "capture/sigs.h"
#include "capture/unzip.h"

#define FILE_HEADER	24	/* bytes */
#define MAGIC_MICRO	UINT32_C(0xa1b2c3d4)
#define MAGIC_NANO	UINT32_C(0xa1b23c4d)
#define CAPTURED_MAX	65535	/* longer records are for libpcap */

struct record {
	uint32_t sec;		/* unsigned by the specification */
	uint32_t fraction;
	uint32_t captured_len;
	uint32_t wire_len;
};

struct classic {
	const struct reading *reading;
	struct feed *feed;
	uint32_t fractions;	/* of a second */
	uint32_t longest;	/* bytes of a record's packet */
	uint64_t at;		/* of the next record, in the file */
	unsigned count;		/* records since the last tick */
};

/* libpcap alters the records of other link types. */
static bool
is_plain_link(int dlt)
{
	return dlt == DLT_EN10MB || dlt == DLT_RAW || dlt == DLT_LINUX_SLL ||
	    dlt == DLT_IPV4 || dlt == DLT_IPV6;
}

/* False: the file is for libpcap. */
static bool
classic_init(struct classic *c, const struct reading *reading)
{
	pcap_t *pcap = reading->feed->pcap;
	const int snaplen = pcap_snapshot(pcap);
	const uint8_t *head;
	uint32_t magic;

	if (input_head(reading->input, &head) < FILE_HEADER ||
	    pcap_is_swapped(pcap) != 0 || pcap_major_version(pcap) != 2 ||
	    pcap_minor_version(pcap) != 4 || snaplen <= 0 ||
	    !is_plain_link(reading->feed->info.dlt))
		return false;
	memcpy(&magic, head, sizeof(magic));
	if (magic != MAGIC_MICRO && magic != MAGIC_NANO)
		return false;
	*c = (struct classic){
		.reading = reading,
		.feed = reading->feed,
		.fractions = (uint32_t)(magic == MAGIC_NANO ? NS_PER_SEC :
		    NS_PER_SEC / NS_PER_US),
		.longest = snaplen < CAPTURED_MAX ? (uint32_t)snaplen :
		    CAPTURED_MAX,
		.at = FILE_HEADER,
	};
	return true;
}

static void
feed_one(const struct classic *c, const struct record *record,
    const uint8_t *bytes)
{
	const struct pcap_pkthdr header = {
		.caplen = record->captured_len,
		.len = record->wire_len,
	};

	feed_packet(c->feed, &header, bytes, nstime_from(record->sec,
	    (int64_t)record->fraction * (NS_PER_SEC / c->fractions)), 0);
}

/* Between two records: true when no more are wanted. */
static bool
is_enough(struct classic *c)
{
	struct feed *feed = c->feed;

	if (feed->is_enough)
		return true;
	if (++c->count < FEED_BATCH)
		return false;
	c->count = 0;
	if (!feed->events.tick(feed->events.arg))
		feed->is_enough = true;
	if (!feed->is_enough && !sigs_stopped())
		return false;
	reading_report_rest(c->reading);
	return true;
}

/* The records of a block.  True: no more are wanted. */
static bool
read_block(struct classic *c, const uint8_t *bytes, size_t left)
{
	struct record record;

	while (left >= sizeof(record)) {
		memcpy(&record, bytes, sizeof(record));
		if (record.captured_len > c->longest ||
		    record.fraction >= c->fractions ||
		    record.captured_len > left - sizeof(record))
			return false;
		feed_one(c, &record, bytes + sizeof(record));
		bytes += sizeof(record) + record.captured_len;
		left -= sizeof(record) + record.captured_len;
		c->at += sizeof(record) + record.captured_len;
		if (is_enough(c))
			return true;
	}
	return false;
}

enum classic_end
classic_read(const struct reading *reading, FILE *stream)
{
	struct classic c;
	const uint8_t *bytes;
	uint64_t before;

	if (!classic_init(&c, reading))
		return CLASSIC_GO_ON;
	do {
		const size_t count = input_window(reading->input, c.at,
		    &bytes);

		before = c.at;
		if (read_block(&c, bytes, count))
			return CLASSIC_OVER;
	} while (c.at > before);
	/* Where nothing was read, the input may not even be able to move. */
	return c.at == FILE_HEADER || fseeko(stream, (off_t)c.at,
	    SEEK_SET) == 0 ? CLASSIC_GO_ON : CLASSIC_FAILED;
}
