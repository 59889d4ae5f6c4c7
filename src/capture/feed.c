/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "capture/feed.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/nstime.h"
#include "base/pool.h"

#define TELL_SIZE	4096	/* octets of the longest sentence */

void
feed_tell(const struct feed *feed, const char *fmt, ...)
{
	char sentence[TELL_SIZE];
	va_list args;

	va_start(args, fmt);
	vsnprintf(sentence, sizeof(sentence), fmt, args);
	va_end(args);
	feed->events.problem(feed->events.arg, sentence);
}

void
feed_use(struct feed *feed, pcap_t *pcap, const char *name)
{
	feed->pcap = pcap;
	feed->info.name = name;
	feed->info.dlt = pcap_datalink(pcap);
	feed->info.snaplen = (uint32_t)pcap_snapshot(pcap);
	feed->linktype = linktype_numbered(feed->info.dlt);
	/* With nanosecond precision, what is called tv_usec holds those. */
	feed->fraction_ns =
	    pcap_get_tstamp_precision(pcap) == PCAP_TSTAMP_PRECISION_NANO ?
	    1 : NS_PER_US;
}

void
feed_drop(struct feed *feed)
{
	if (feed->pcap != NULL)
		pcap_close(feed->pcap);
	feed->pcap = NULL;
}

/*
 * The versions of IP as filters.  In a filter, each `vlan` looks one tag
 * further for all that follows it: none, one or two tags.  Link types that
 * cannot have tags refuse the word; those have the packet itself.
 */
static const char *const ip_filters[][2] = {
	[SOURCE_IP_ANY] = { NULL, NULL },
	[SOURCE_IP4] = { "ip or (vlan and ip) or (vlan and ip)", "ip" },
	[SOURCE_IP6] = { "ip6 or (vlan and ip6) or (vlan and ip6)", "ip6" },
};

static int
compile(struct feed *feed, struct bpf_program *program, const char *filter)
{
	errno = 0;	/* ENOMEM is how libpcap's want of memory is known */
	return pcap_compile(feed->pcap, program, filter, 1,
	    PCAP_NETMASK_UNKNOWN);
}

/* "(filter) and (ip)": the user's comes first, for the reason above. */
static int
compile_with_ip(struct feed *feed, struct bpf_program *program,
    const char *ip)
{
	const char *filter = feed->request->filter;
	char *both;
	size_t size;
	int result;

	if (filter == NULL)
		return compile(feed, program, ip);
	size = strlen(filter) + strlen(ip) + sizeof("() and ()");
	both = mem_zalloc(size);
	if (both == NULL)
		return PCAP_ERROR;
	snprintf(both, size, "(%s) and (%s)", filter, ip);
	result = compile(feed, program, both);
	mem_free(both);
	return result;
}

/* Why the last filter did not compile: want of memory is no misuse. */
static enum source_end
why_uncompiled(const struct feed *feed, const char **ret_reason)
{
	if (errno == ENOMEM) {
		*ret_reason = "out of memory";
		return SOURCE_FAILED;
	}
	*ret_reason = pcap_geterr(feed->pcap);
	return SOURCE_MISUSED;
}

static enum source_end
tell_filter(const struct feed *feed)
{
	const char *reason;
	const enum source_end end = why_uncompiled(feed, &reason);

	feed_tell(feed, "filter '%s': %s", feed->request->filter, reason);
	return end;
}

static enum source_end
tell_ip(const struct feed *feed)
{
	const char *reason;
	const enum source_end end = why_uncompiled(feed, &reason);

	feed_tell(feed, "-%c: %s", feed->request->ip == SOURCE_IP4 ? '4' :
	    '6', reason);
	return end;
}

enum source_end
feed_compile(struct feed *feed, struct bpf_program *ret_program,
    bool *ret_has_program)
{
	const char *filter = feed->request->filter;
	const char *const *ip = ip_filters[feed->request->ip];
	struct bpf_program alone;

	*ret_has_program = false;
	if (filter == NULL && ip[0] == NULL)
		return SOURCE_COMPLETE;
	/* The user's alone first, so that the reason is about that. */
	if (filter != NULL) {
		if (compile(feed, &alone, filter) != 0)
			return tell_filter(feed);
		if (ip[0] == NULL) {
			*ret_program = alone;
			*ret_has_program = true;
			return SOURCE_COMPLETE;
		}
		pcap_freecode(&alone);
	}
	if (compile_with_ip(feed, ret_program, ip[0]) != 0 &&
	    compile_with_ip(feed, ret_program, ip[1]) != 0)
		return tell_ip(feed);
	*ret_has_program = true;
	return SOURCE_COMPLETE;
}

bool
feed_ready(struct feed *feed)
{
	if (feed->is_ready)
		return true;
	feed->is_ready = true;
	return feed->events.ready == NULL ||
	    feed->events.ready(feed->events.arg);
}

/* Of loopback headers, filters know the order of their file's octets. */
static bool
filter_serves(const struct feed *feed, int dlt)
{
	return feed->has_filter && feed->filter_dlt == dlt && dlt != DLT_NULL;
}

enum source_end
feed_filter(struct feed *feed)
{
	const int dlt = pcap_datalink(feed->pcap);

	if (filter_serves(feed, dlt))
		return SOURCE_COMPLETE;
	if (feed->has_filter)
		pcap_freecode(&feed->filter);
	feed->has_filter = false;
	feed->filter_dlt = dlt;
	return feed_compile(feed, &feed->filter, &feed->has_filter);
}

/*
 * The time of a record.  Classic captures hold 32 bits of seconds, unsigned
 * by their specification; libpcap has long read them as signed, so that what
 * lies beyond January 2038 arrives before 1970.
 */
static int64_t
feed_time(const struct feed *feed, const struct timeval *tv)
{
	int64_t sec = tv->tv_sec;

	if (feed->is_unsigned_time && sec < 0 && sec >= INT32_MIN)
		sec += INT64_C(1) << 32;
	return nstime_from(sec, tv->tv_usec * feed->fraction_ns);
}

/* Files end when their own clock says so. */
static bool
is_beyond(struct feed *feed, int64_t time_ns)
{
	if (feed->info.is_live || feed->request->duration_ns == 0)
		return false;
	if (!feed->is_timed) {
		feed->is_timed = true;
		feed->first_ns = time_ns;
	}
	/* Saturated times are far apart: do not subtract them. */
	return time_ns > feed->first_ns && (uint64_t)time_ns -
	    (uint64_t)feed->first_ns > (uint64_t)feed->request->duration_ns;
}

static void
finish(struct feed *feed)
{
	feed->is_enough = true;
	pcap_breakloop(feed->pcap);
}

static void
deliver(struct feed *feed, const struct frame *frame)
{
	struct source_info *info = &feed->info;

	/* Microseconds tell no more than that, whatever number they are. */
	if (info->digits < 9 && feed->fraction_ns == 1 &&
	    frame->time_ns % NS_PER_US != 0)
		info->digits = 9;
	if (feed->linktype == LINKTYPE_UNKNOWN) {
		info->unknown_frames++;
		info->unknown_dlt = info->dlt;
	}
	info->frames++;
	if (!feed->events.frame(feed->events.arg, frame) ||
	    info->frames == feed->request->max_frames)
		finish(feed);
}

void
feed_record(u_char *user, const struct pcap_pkthdr *header,
    const u_char *octets)
{
	struct feed *feed = (struct feed *)(void *)user;
	struct frame frame;

	if (feed->is_enough)
		return;
	feed->info.seen++;
	if (feed->has_filter &&
	    pcap_offline_filter(&feed->filter, header, octets) == 0)
		return;
	frame = (struct frame){
		.time_ns = feed_time(feed, &header->ts),
		.number = feed->info.seen,
		.octets = octets,
		.captured_len = header->caplen,
		.wire_len = header->len,
		.linktype = feed->linktype,
	};
	if (is_beyond(feed, frame.time_ns)) {
		feed->info.seen--;
		finish(feed);
		return;
	}
	deliver(feed, &frame);
}
