/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "capture/feed.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/nstime.h"
#include "base/pool.h"

#define SENTENCE_SIZE	4096	/* bytes, of a problem */

void
feed_report(const struct feed *feed, const char *fmt, ...)
{
	char sentence[SENTENCE_SIZE];
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
	/* With nanosecond precision, tv_usec holds nanoseconds. */
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
 * The versions of IP as filters.  In a filter, each `vlan` moves everything
 * behind it by one tag: none, one or two tags.  Link types without tags refuse
 * that word and get the second filter.
 */
static const char *const ip_filters[][2] = {
	[SOURCE_IP_ANY] = { NULL, NULL },
	[SOURCE_IP4] = { "ip or (vlan and ip) or (vlan and ip)", "ip" },
	[SOURCE_IP6] = { "ip6 or (vlan and ip6) or (vlan and ip6)", "ip6" },
};

static int
compile(struct feed *feed, struct bpf_program *program, const char *text)
{
	errno = 0;	/* libpcap reports lack of memory as ENOMEM */
	return pcap_compile(feed->pcap, program, text, 1,
	    PCAP_NETMASK_UNKNOWN);
}

/* "(filter) and (ip)": the user's comes first, for the reason above. */
static int
compile_with_ip(struct feed *feed, struct bpf_program *program,
    const char *ip)
{
	const char *text = feed->request->filter;
	char *both;
	size_t size;
	int result;

	if (text == NULL)
		return compile(feed, program, ip);
	size = strlen(text) + strlen(ip) + sizeof("() and ()");
	both = mem_zalloc(size);
	if (both == NULL)
		return PCAP_ERROR;
	snprintf(both, size, "(%s) and (%s)", text, ip);
	result = compile(feed, program, both);
	mem_free(both);
	return result;
}

/* Why the last one did not compile: lack of memory is no misuse. */
static void PRINTF_LIKE(3, 4)
note_failure(struct feed *feed, struct feed_filter *filter, const char *fmt,
    ...)
{
	const bool is_memory = errno == ENOMEM;
	char sentence[SENTENCE_SIZE];
	va_list args;
	size_t len;

	va_start(args, fmt);
	vsnprintf(sentence, sizeof(sentence), fmt, args);
	va_end(args);
	len = strlen(sentence);
	snprintf(sentence + len, sizeof(sentence) - len, ": %s",
	    is_memory ? "out of memory" : pcap_geterr(feed->pcap));
	filter->end = is_memory ? SOURCE_FAILED : SOURCE_MISUSED;
	filter->sentence = mem_zalloc(strlen(sentence) + 1);
	if (filter->sentence != NULL)
		memcpy(filter->sentence, sentence, strlen(sentence) + 1);
}

static void
compile_request(struct feed *feed, struct feed_filter *filter)
{
	const char *text = feed->request->filter;
	const char *const *ip = ip_filters[feed->request->ip];

	/* The user's alone first, so that the reason is about that. */
	if (text != NULL) {
		if (compile(feed, &filter->program, text) != 0) {
			note_failure(feed, filter, "filter '%s'", text);
			return;
		}
		if (ip[0] == NULL)
			return;
		pcap_freecode(&filter->program);
	}
	if (compile_with_ip(feed, &filter->program, ip[0]) != 0 &&
	    compile_with_ip(feed, &filter->program, ip[1]) != 0)
		note_failure(feed, filter, "-%c",
		    feed->request->ip == SOURCE_IP4 ? '4' : '6');
}

static void
free_filter(struct feed_filter *filter)
{
	if (filter->end == SOURCE_COMPLETE)
		pcap_freecode(&filter->program);
	mem_free(filter->sentence);
}

void
feed_free_filters(struct feed *feed)
{
	for (unsigned i = 0; i < feed->filter_count; i++)
		free_filter(&feed->filters[i]);
	feed->filter_count = 0;
	feed->filter = NULL;
}

bool
feed_has_filter(const struct feed *feed)
{
	return feed->request->filter != NULL ||
	    feed->request->ip != SOURCE_IP_ANY;
}

/* The entry for the present handle; a new one has no link type yet. */
static struct feed_filter *
filter_for(struct feed *feed, int dlt, bool is_swapped)
{
	struct feed_filter *filter;

	for (unsigned i = 0; i < feed->filter_count; i++)
		if (feed->filters[i].dlt == dlt &&
		    feed->filters[i].is_swapped == is_swapped)
			return &feed->filters[i];
	if (feed->filter_count == FEED_FILTERS_MAX)
		free_filter(&feed->filters[--feed->filter_count]);
	filter = &feed->filters[feed->filter_count++];
	*filter = (struct feed_filter){ .dlt = -1 };
	return filter;
}

enum source_end
feed_filter(struct feed *feed)
{
	const int dlt = pcap_datalink(feed->pcap);
	/* The family in a loopback header is in the order of its file. */
	const bool is_swapped = dlt == DLT_NULL && pcap_is_swapped(feed->pcap);
	struct feed_filter *filter;

	feed->filter = NULL;
	if (!feed_has_filter(feed))
		return SOURCE_COMPLETE;
	filter = filter_for(feed, dlt, is_swapped);
	if (filter->dlt != dlt) {
		filter->dlt = dlt;
		filter->is_swapped = is_swapped;
		compile_request(feed, filter);
	}
	feed->filter = filter;
	return filter->end;
}

void
feed_report_filter(const struct feed *feed)
{
	const char *sentence = feed->filter->sentence;

	feed_report(feed, "%s", sentence != NULL ? sentence : "out of memory");
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

/*
 * The time of a record.  Classic captures hold 32 bits of seconds, unsigned by
 * their specification; older versions of libpcap read them as signed, so that
 * times after January 2038 arrive as times before 1970.
 */
int64_t
feed_time(const struct feed *feed, const struct timeval *tv)
{
	int64_t sec = tv->tv_sec;

	if (feed->is_unsigned_time && sec < 0 && sec >= INT32_MIN)
		sec += INT64_C(1) << 32;
	return nstime_from(sec, tv->tv_usec * feed->fraction_ns);
}

/* A duration is one by the clock of the file. */
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

static ALWAYS_INLINE void
deliver(struct feed *feed, const struct frame *frame)
{
	struct source_info *info = &feed->info;

	/* Whole microseconds do not need more digits. */
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

/* Inline: most packets come from feed_record(), and without an interface. */
static ALWAYS_INLINE void
feed_take(struct feed *feed, const struct pcap_pkthdr *header,
    const u_char *bytes, int64_t time_ns, uint32_t interface)
{
	struct frame frame;

	if (feed->is_enough)
		return;
	feed->info.seen++;
	if (feed->filter != NULL && pcap_offline_filter(
	    &feed->filter->program, header, bytes) == 0)
		return;
	frame = (struct frame){
		.time_ns = time_ns,
		.number = feed->info.seen,
		.bytes = bytes,
		.captured_len = header->caplen,
		.wire_len = header->len,
		.linktype = feed->linktype,
		.interface = interface,
	};
	if (is_beyond(feed, frame.time_ns)) {
		feed->info.seen--;
		finish(feed);
		return;
	}
	deliver(feed, &frame);
}

void
feed_packet(struct feed *feed, const struct pcap_pkthdr *header,
    const u_char *bytes, int64_t time_ns, uint32_t interface)
{
	feed_take(feed, header, bytes, time_ns, interface);
}

void
feed_record(u_char *user, const struct pcap_pkthdr *header,
    const u_char *bytes)
{
	struct feed *feed = (struct feed *)(void *)user;

	feed_take(feed, header, bytes, feed_time(feed, &header->ts), 0);
}
