/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "capture/sockets.h"

#include <limits.h>
#include <time.h>

#include "base/compiler.h"
#include "base/nstime.h"
#include "capture/counts.h"
#include "capture/feed.h"

/*
 * Frames of up to SMALL_LEN bytes are close together in the ring: prefetch
 * SMALL_BYTES of it, AHEAD_BYTES behind the present frame.
 */
#define SMALL_LEN	128
#define AHEAD_BYTES	768
#define SMALL_BYTES	(3 * LINE_BYTES)
/* A frame has its time so long before the kernel counts it, at most. */
#define SLACK_NS	(2 * NS_PER_MS)
/*
 * A block that is not full is delivered after twice its age at most, which the
 * kernel rounds up to a tick of at most 10 ms.
 */
#define HELD_NS		(30 * NS_PER_MS)

/*
 * Frames written by another processor are slow to load.  The prefetch does not
 * go into the second-level cache, from which the ring would evict connections.
 */
static ALWAYS_INLINE void
fetch_ahead(const struct pcap_pkthdr *header, const u_char *bytes)
{
	const uintptr_t ahead = (uintptr_t)bytes + AHEAD_BYTES;

	if (header->caplen <= SMALL_LEN)
		for (size_t i = 0; i < SMALL_BYTES; i += LINE_BYTES)
			/* NOLINTNEXTLINE(*-no-int-to-ptr): only prefetched */
			PREFETCH_ONCE((const void *)(ahead + i));
}

static void
take_record(u_char *user, const struct pcap_pkthdr *header,
    const u_char *bytes)
{
	fetch_ahead(header, bytes);
	feed_record(user, header, bytes);
}

/* `user` is a struct live_socket, whose thread this is. */
static void
take_of_socket(u_char *user, const struct pcap_pkthdr *header,
    const u_char *bytes)
{
	struct live_socket *s = (struct live_socket *)(void *)user;
	const struct feed *feed = s->feed;
	const struct frame frame = {
		.time_ns = feed_time(feed, &header->ts),
		.bytes = bytes,
		.captured_len = header->caplen,
		.wire_len = header->len,
		.linktype = feed->linktype,
	};

	fetch_ahead(header, bytes);
	s->seen++;
	/* A socket gets all packets until it is in the group. */
	if (UNLIKELY(frame.time_ns < feed->since_ns)) {
		s->early++;
		return;
	}
	if (frame.time_ns > s->last_ns)
		s->last_ns = frame.time_ns;
	feed->events.socket_frame(feed->events.arg, s->index, &frame);
}

/* The clock by which the kernel tells the times of frames. */
static int64_t
wall_now(void)
{
	struct timespec now = { 0, 0 };

	clock_gettime(CLOCK_REALTIME, &now);
	return nstime_from(now.tv_sec, now.tv_nsec);
}

unsigned
sockets_wanted(const struct feed *feed)
{
	return feed->request->sockets > 0 ? feed->request->sockets : 1;
}

void
sockets_add(struct feed *feed)
{
	const unsigned index = feed->socket_count++;

	feed->sockets[index] = (struct live_socket){
		.pcap = feed->pcap,
		.feed = feed,
		.index = index,
		.last_ns = INT64_MIN,
	};
}

void
sockets_begin(struct feed *feed)
{
	feed->pcap = feed->sockets[0].pcap;
	feed->since_ns = feed->socket_count > 1 ? wall_now() : INT64_MIN;
}

void
sockets_close(struct feed *feed)
{
	for (unsigned i = 0; i < feed->socket_count; i++)
		if (feed->sockets[i].pcap != feed->pcap)
			pcap_close(feed->sockets[i].pcap);
	feed->socket_count = 0;
	feed_drop(feed);
}

/* ---- statistics ---- */

static bool
count_kernel(struct live_socket *s, struct pcap_stat *ret_stat)
{
	if (pcap_stats(s->pcap, ret_stat) != 0)
		return false;
	counts_widen(&s->received, ret_stat->ps_recv);
	counts_widen(&s->dropped, ret_stat->ps_drop);
	return true;
}

bool
sockets_statistics(struct feed *feed, uint32_t *ret_if_dropped)
{
	uint64_t received = 0, dropped = 0;
	struct pcap_stat stat;

	for (unsigned i = 0; i < feed->socket_count; i++) {
		struct live_socket *s = &feed->sockets[i];

		if (!count_kernel(s, &stat))
			return false;
		received += s->received - s->early;
		dropped += s->dropped;
	}
	if (feed->socket_count == 0)
		return false;
	*ret_if_dropped = stat.ps_ifdrop;
	feed->info.has_kernel = true;
	feed->info.dropped = dropped;
	feed->info.received = received;
	/* Where the kernel does not count drops as received. */
	if (received < dropped)
		feed->info.received += dropped;
	return true;
}

/* ---- reading ---- */

/* Does no block hold frames that were received? */
static bool
is_drained(struct live_socket *s)
{
	struct pcap_stat stat;

	return count_kernel(s, &stat) && s->received - s->dropped == s->seen;
}

int64_t
sockets_read(struct live_socket *s, unsigned most)
{
	const int64_t now_ns = wall_now();
	int64_t read_ns;
	int count;

	if (most == 0)
		return s->last_ns;
	count = pcap_dispatch(s->pcap, (int)most, take_of_socket,
	    (u_char *)s);
	s->has_failed = count == PCAP_ERROR;
	if (count >= 0 && (unsigned)count >= most)
		return s->last_ns;
	read_ns = now_ns - (is_drained(s) ? SLACK_NS : HELD_NS);
	return read_ns > s->last_ns ? read_ns : s->last_ns;
}

pcap_t *
sockets_failed(const struct feed *feed)
{
	for (unsigned i = 0; i < feed->socket_count; i++)
		if (feed->sockets[i].has_failed)
			return feed->sockets[i].pcap;
	return feed->pcap;
}

static void
add_up(struct feed *feed)
{
	struct source_info *info = &feed->info;

	info->seen = 0;
	for (unsigned i = 0; i < feed->socket_count; i++)
		info->seen += feed->sockets[i].seen -
		    feed->sockets[i].early;
	info->frames = info->seen;
	if (feed->linktype != LINKTYPE_UNKNOWN)
		return;
	info->unknown_frames = info->seen;
	info->unknown_dlt = info->dlt;
}

static int
gather(struct feed *feed)
{
	const uint64_t count = feed->events.gather(feed->events.arg,
	    &feed->waits);

	add_up(feed);
	if (count > 0)
		return count < INT_MAX ? (int)count : INT_MAX;
	for (unsigned i = 0; i < feed->socket_count; i++)
		if (feed->sockets[i].has_failed)
			return PCAP_ERROR;
	return 0;
}

int
sockets_dispatch(struct feed *feed)
{
	return feed->socket_count > 1 ? gather(feed) :
	    pcap_dispatch(feed->pcap, FEED_BATCH, take_record,
	    (u_char *)feed);
}

bool
sockets_poll(const struct feed *feed,
    struct pollfd ret_ready[SOURCE_SOCKETS_MAX])
{
	bool can_poll = true;

	for (unsigned i = 0; i < feed->socket_count; i++) {
		ret_ready[i] = (struct pollfd){
			.fd = pcap_get_selectable_fd(feed->sockets[i].pcap),
			.events = POLLIN,
		};
		can_poll &= ret_ready[i].fd >= 0;
	}
	return can_poll;
}
