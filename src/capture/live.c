/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * See live.h.  libpcap is non-blocking, in a loop of our own:
 *
 *	dispatch available frames -> check signals and limits -> poll -> ...
 *
 * The read timeout of libpcap is not a timer: on a quiet link a blocking read
 * with TPACKET_V3 never returns.  In immediate mode it does, but without
 * TPACKET_V3, at ten times the cost per frame.
 */
#include "config.h"

#include "capture/live.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "capture/clock.h"
#include "capture/counts.h"
#include "capture/device.h"
#include "capture/fanout.h"
#include "capture/feed.h"
#include "capture/interfaces.h"
#include "capture/sigs.h"

/*
 * The kernel delivers a block of frames when it is full or this old.  Ten times
 * the age saves nothing measurable.
 */
#define BLOCK_AGE_MS	100
#define BLOCK_AGE_PROMPT_MS	10
/*
 * Frames of up to SMALL_LEN bytes are close together in the ring: prefetch
 * SMALL_BYTES of it, AHEAD_BYTES behind the present frame.
 */
#define SMALL_LEN	128
#define AHEAD_BYTES	768
#define SMALL_BYTES	(3 * LINE_BYTES)
/* Longest time between two ticks. */
#define IDLE_MS		1000
/* Sleep where a handle has no descriptor to poll. */
#define BLIND_MS	10
/* At the end, the last block takes up to twice its age to be delivered. */
#define DRAIN_NS	((2 * BLOCK_AGE_MS + 100) * NS_PER_MS)
/* On a busy machine, try at least this often. */
#define DRAIN_LOOKS	(DRAIN_NS / NS_PER_MS / BLIND_MS)
/* While frames keep coming, drain no longer than this. */
#define DRAIN_MOST_NS	(5 * NS_PER_SEC)

/*
 * Frames written by another processor are slow to load.  The prefetch does not
 * go into the second-level cache, from which the ring would evict connections.
 */
static void
take_record(u_char *user, const struct pcap_pkthdr *header,
    const u_char *bytes)
{
	const uintptr_t ahead = (uintptr_t)bytes + AHEAD_BYTES;

	if (header->caplen <= SMALL_LEN)
		for (size_t i = 0; i < SMALL_BYTES; i += LINE_BYTES)
			/* NOLINTNEXTLINE(*-no-int-to-ptr): only prefetched */
			PREFETCH_ONCE((const void *)(ahead + i));
	feed_record(user, header, bytes);
}

/* The path of the program, for the hint. */
static void
own_path(const struct feed *feed, char *buf, size_t size)
{
	const ssize_t len = readlink("/proc/self/exe", buf, size - 1);

	if (len > 0)
		buf[len] = '\0';
	else
		snprintf(buf, size, "$(command -v %s)",
		    feed->request->program);
}

static enum source_end
report_no_device(const struct feed *feed)
{
	char names[1024];

	interfaces_names(names, sizeof(names));
	feed_report(feed, "%s: no such interface; there are: %s (see -D)",
	    feed->info.name, names);
	return SOURCE_FAILED;
}

static enum source_end
report_no_permission(const struct feed *feed, const char *what)
{
	char path[PATH_MAX];

	own_path(feed, path, sizeof(path));
	feed_report(feed, "%s: no permission to capture%s", feed->info.name,
	    what);
	feed_report(feed, "hint: use sudo, or: sudo setcap cap_net_raw=eip %s",
	    path);
	return SOURCE_FAILED;
}

static enum source_end
report_not_up(const struct feed *feed)
{
	feed_report(feed, "%s: the interface is down; bring it up: "
	    "sudo ip link set dev %s up", feed->info.name, feed->info.name);
	return SOURCE_FAILED;
}

/* Report why pcap_activate() failed, and what to do about it. */
static enum source_end
report_refused(const struct feed *feed, int status)
{
	const char *reason = pcap_geterr(feed->pcap);

	switch (status) {
	case PCAP_ERROR_NO_SUCH_DEVICE:
		return report_no_device(feed);
	case PCAP_ERROR_PERM_DENIED:
		/* The kernel checks permission before existence. */
		if (!interfaces_has(feed->info.name))
			return report_no_device(feed);
		return report_no_permission(feed, "");
	case PCAP_ERROR_PROMISC_PERM_DENIED:
		return report_no_permission(feed,
		    " in promiscuous mode (-p does without)");
	case PCAP_ERROR_IFACE_NOT_UP:
		return report_not_up(feed);
	default:
		feed_report(feed, "%s: cannot capture: %s", feed->info.name,
		    reason[0] != '\0' ? reason : pcap_statustostr(status));
		return SOURCE_FAILED;
	}
}

static bool
is_any(const char *name)
{
	return strcmp(name, "any") == 0;
}

static void
configure(const struct feed *feed, pcap_t *pcap)
{
	const struct source_request *request = feed->request;
	const uint64_t ring = request->ring_size < INT_MAX ?
	    request->ring_size : INT_MAX;

	pcap_set_snaplen(pcap, (int)request->snaplen);
	/* The kernel refuses promiscuous mode on `any`. */
	pcap_set_promisc(pcap, !request->no_promiscuous &&
	    !is_any(feed->info.name));
	pcap_set_timeout(pcap, request->is_prompt ? BLOCK_AGE_PROMPT_MS :
	    BLOCK_AGE_MS);
	pcap_set_buffer_size(pcap, (int)ring);
	if (request->immediate)
		pcap_set_immediate_mode(pcap, 1);
	/* Where this fails, times are in microseconds. */
	pcap_set_tstamp_precision(pcap, PCAP_TSTAMP_PRECISION_NANO);
}

static bool
offers(pcap_t *pcap, int dlt)
{
	int *dlts;
	const int count = pcap_list_datalinks(pcap, &dlts);
	bool found = false;

	for (int i = 0; i < count; i++)
		found |= dlts[i] == dlt;
	if (count >= 0)
		pcap_free_datalinks(dlts);
	return found;
}

struct words {
	char *buf;
	size_t size;
};

static void
add_word(void *arg, const char *name, const char *words UNUSED,
    bool is_known UNUSED)
{
	const struct words *list = arg;
	const size_t len = strlen(list->buf);

	snprintf(list->buf + len, list->size - len, "%s%s",
	    len > 0 ? ", " : "", name);
}

/* -y, or on `any` the version that has the interface of each frame. */
static enum source_end
choose_link_type(struct feed *feed)
{
	const char *name = feed->request->link_type;
	char names[512] = "";
	int dlt;

	if (name == NULL) {
#ifdef DLT_LINUX_SLL2
		if (is_any(feed->info.name) &&
		    offers(feed->pcap, DLT_LINUX_SLL2))
			pcap_set_datalink(feed->pcap, DLT_LINUX_SLL2);
#endif
		return SOURCE_COMPLETE;
	}
	dlt = pcap_datalink_name_to_val(name);
	if (dlt >= 0 && pcap_set_datalink(feed->pcap, dlt) == 0)
		return SOURCE_COMPLETE;
	live_link_types(feed, add_word, &(struct words){ names,
	    sizeof(names) });
	feed_report(feed, "%s: has no link type '%s'; it offers: %s (see -L)",
	    feed->info.name, name, names);
	return SOURCE_MISUSED;
}

static enum source_end
choose_direction(struct feed *feed)
{
	static const pcap_direction_t directions[] = {
		[SOURCE_INOUT] = PCAP_D_INOUT,
		[SOURCE_IN] = PCAP_D_IN,
		[SOURCE_OUT] = PCAP_D_OUT,
	};
	const enum source_direction wanted = feed->request->direction;

	if (wanted == SOURCE_INOUT ||
	    pcap_setdirection(feed->pcap, directions[wanted]) == 0)
		return SOURCE_COMPLETE;
	feed_report(feed, "%s: -Q is not possible here: %s", feed->info.name,
	    pcap_geterr(feed->pcap));
	return SOURCE_FAILED;
}

static enum source_end
install_filter(struct feed *feed)
{
	struct bpf_program program;
	enum source_end end = feed_filter(feed);

	if (end != SOURCE_COMPLETE) {
		feed_report_filter(feed);
		return end;
	}
	if (feed->filter == NULL)
		return SOURCE_COMPLETE;
	program = feed->filter->program;
	if (pcap_setfilter(feed->pcap, &program) != 0) {
		feed_report(feed, "%s: the filter was refused: %s",
		    feed->info.name, pcap_geterr(feed->pcap));
		end = SOURCE_FAILED;
	}
	/* The kernel applies it from here on. */
	feed->filter = NULL;
	return end;
}

/* The last step, as packets are shared from here on. */
static enum source_end
join_group(struct feed *feed)
{
	const struct source_request *request = feed->request;

	if (!request->has_group ||
	    fanout_join(pcap_fileno(feed->pcap), request->group) == 0)
		return SOURCE_COMPLETE;
	if (errno == EINVAL)
		feed_report(feed, "%s: cannot join group %u of "
		    "--fanout-group: another program uses the group in "
		    "another way, or on another interface", feed->info.name,
		    request->group);
	else
		feed_report(feed, "%s: --fanout-group is not possible here: "
		    "%s", feed->info.name, strerror(errno));
	return SOURCE_FAILED;
}

static enum source_end
prepare(struct feed *feed)
{
	char reason[PCAP_ERRBUF_SIZE] = "";
	enum source_end end = choose_link_type(feed);

	if (end != SOURCE_COMPLETE)
		return end;
	feed_use(feed, feed->pcap, feed->info.name);
	if (feed->fraction_ns == 1)
		feed->info.digits = 9;
	end = install_filter(feed);
	if (end == SOURCE_COMPLETE)
		end = choose_direction(feed);
	if (end == SOURCE_COMPLETE &&
	    pcap_setnonblock(feed->pcap, 1, reason) != 0) {
		feed_report(feed, "%s: cannot be read without waiting: %s",
		    feed->info.name, reason);
		end = SOURCE_FAILED;
	}
	return end == SOURCE_COMPLETE ? join_group(feed) : end;
}

static void
watch_device(struct feed *feed)
{
	device_open(&feed->device, feed->info.name);
	feed->has_device = true;
	snprintf(feed->called, sizeof(feed->called), "%s", feed->info.name);
}

/* -i: a name, or a number of -D when nothing has that name. */
static void
choose_name(struct feed *feed)
{
	const char *wanted = feed->request->interface;

	feed->info.name = wanted;
	if (!interfaces_has(wanted) && interfaces_by_number(wanted,
	    feed->interface, sizeof(feed->interface)))
		feed->info.name = feed->interface;
}

enum source_end
live_open(struct feed *feed)
{
	char reason[PCAP_ERRBUF_SIZE] = "";
	int status;

	choose_name(feed);
	feed->info.ring_size = feed->request->ring_size;
	feed->pcap = pcap_create(feed->info.name, reason);
	if (feed->pcap == NULL) {
		feed_report(feed, "%s: %s", feed->info.name, reason);
		return SOURCE_FAILED;
	}
	configure(feed, feed->pcap);
	status = pcap_activate(feed->pcap);
	if (status < 0)
		return report_refused(feed, status);
	if (status == PCAP_WARNING)
		feed_report(feed, "%s: %s", feed->info.name,
		    pcap_geterr(feed->pcap));
	watch_device(feed);
	return prepare(feed);
}

void
live_close(struct feed *feed)
{
	feed_drop(feed);
	if (feed->has_device)
		device_close(&feed->device);
	feed->has_device = false;
}

enum source_end
live_link_types(struct feed *feed, void (*each)(void *arg, const char *name,
    const char *words, bool is_known), void *arg)
{
	int *dlts;
	const int count = pcap_list_datalinks(feed->pcap, &dlts);

	if (count < 0) {
		feed_report(feed, "%s: its link types cannot be listed: %s",
		    feed->info.name, pcap_geterr(feed->pcap));
		return SOURCE_FAILED;
	}
	for (int i = 0; i < count; i++) {
		const char *name = pcap_datalink_val_to_name(dlts[i]);
		const char *words =
		    pcap_datalink_val_to_description(dlts[i]);
		char number[32];

		snprintf(number, sizeof(number), "DLT_%d", dlts[i]);
		each(arg, name != NULL ? name : number,
		    words != NULL ? words : "",
		    linktype_numbered(dlts[i]) != LINKTYPE_UNKNOWN);
	}
	pcap_free_datalinks(dlts);
	return SOURCE_COMPLETE;
}

void
live_statistics(struct feed *feed)
{
	struct pcap_stat stat;

	if (feed->pcap == NULL || pcap_stats(feed->pcap, &stat) != 0)
		return;
	feed->info.has_kernel = true;
	counts_widen(&feed->received, stat.ps_recv);
	counts_widen(&feed->info.dropped, stat.ps_drop);
	if (!device_lost(&feed->device, &feed->info.if_dropped))
		counts_widen(&feed->info.if_dropped, stat.ps_ifdrop);
	feed->info.received = feed->received;
	/* Where the kernel does not count drops as received. */
	if (feed->received < feed->info.dropped)
		feed->info.received += feed->info.dropped;
}

/*
 * Report when the interface goes down or up, or is renamed; its index stays the
 * same.
 */
static void
check_link(struct feed *feed)
{
	char name[DEVICE_NAME_SIZE];
	bool down;

	if (!device_name(&feed->device, name))
		return;
	if (strcmp(name, feed->called) != 0)
		feed_report(feed, "%s: the interface is called %s now",
		    feed->called, name);
	memcpy(feed->called, name, sizeof(name));
	down = device_is_down(&feed->device, name);
	if (down && !feed->is_down)
		feed_report(feed, "%s: the interface went down; waiting for "
		    "it", name);
	if (!down && feed->is_down)
		feed_report(feed, "%s: the interface is up again", name);
	feed->is_down = down;
}

/* Longest time without a tick, in milliseconds. */
static int64_t
idle_ms(const struct feed *feed)
{
	const int64_t tick = feed->request->tick_ns;

	if (tick == 0 || tick >= IDLE_MS * NS_PER_MS)
		return IDLE_MS;
	return tick < NS_PER_MS ? 1 : tick / NS_PER_MS;
}

/* How long to sleep, in milliseconds. */
static int
sleep_ms(const struct feed *feed, int64_t deadline)
{
	int64_t ms = idle_ms(feed);

	if (deadline != 0) {
		const int64_t left = (deadline - clock_now()) / NS_PER_MS + 1;

		ms = left < ms ? left : ms;
	}
	if (feed->fd < 0)
		ms = ms < BLIND_MS ? ms : BLIND_MS;
	if (feed->has_work)
		ms = 0;
	return ms > 0 ? (int)ms : 0;
}

/* Block until there are frames or a signal, or it is time for a tick. */
static void
wait_for_frames(struct feed *feed, int64_t deadline)
{
	struct pollfd ready[] = {
		{ .fd = feed->fd, .events = POLLIN },
		{ .fd = sigs_fd(), .events = POLLIN },
		{ .fd = feed->watched_fd, .events = POLLIN },
	};
	const int count = poll(ready, ARRAY_LEN(ready),
	    sleep_ms(feed, deadline));

	if (ready[1].revents != 0)
		sigs_drain();
	/* A terminal that was hung up stays readable. */
	if ((ready[2].revents & (POLLERR | POLLHUP | POLLNVAL)) != 0)
		feed->watched_fd = -1;
	if (count > 0 &&
	    (ready[0].revents & (POLLERR | POLLHUP | POLLNVAL)) != 0)
		feed->look_ns = 0;
}

/*
 * Once a second, even on a busy link: check the link, and read the kernel's
 * counts before they wrap.
 */
static void
check_device(struct feed *feed)
{
	const int64_t now = clock_now();

	if (now < feed->look_ns)
		return;
	feed->look_ns = now + IDLE_MS * NS_PER_MS;
	check_link(feed);
	live_statistics(feed);
}

/*
 * Deliver the frames received before the stop.  The kernel's counts say how
 * many there are, so that a quiet link ends at once.  When the device is gone,
 * libpcap returns errors until the kernel delivers the last block.
 */
static int
drain(struct feed *feed, bool is_gone)
{
	const int64_t start = clock_now();
	uint64_t wanted = UINT64_MAX;
	int64_t patience_ns = DRAIN_NS;
	int count = 0, looks = 0;

	live_statistics(feed);
	if (feed->info.has_kernel)
		wanted = feed->info.received - feed->info.dropped;
	while (feed->info.seen < wanted && !feed->is_enough &&
	    (count >= 0 || is_gone) && ((count == 0 && looks < DRAIN_LOOKS) ||
	    clock_now() < start + patience_ns)) {
		struct pollfd ready = { .fd = feed->fd, .events = POLLIN };

		count = pcap_dispatch(feed->pcap, FEED_BATCH, take_record,
		    (u_char *)feed);
		/* A large ring takes longer. */
		patience_ns = count > 0 ? DRAIN_MOST_NS : DRAIN_NS;
		if (count == 0 || (count < 0 && is_gone)) {
			looks++;
			poll(&ready, 1, BLIND_MS);
		}
	}
	return count;
}

static enum source_end
report_gone(const struct feed *feed, const char *reason)
{
	const uint64_t seen = feed->info.seen;
	char name[DEVICE_NAME_SIZE];

	if (feed->device.index != 0 && !device_name(&feed->device, name))
		feed_report(feed, "%s: the interface disappeared after packet %"
		    PRIu64, feed->called, seen);
	else
		feed_report(feed, "%s: capturing ended after packet %" PRIu64
		    ": %s", feed->called, seen, reason);
	return SOURCE_INCOMPLETE;
}

static enum source_end
end_of_device(struct feed *feed)
{
	char reason[PCAP_ERRBUF_SIZE];

	snprintf(reason, sizeof(reason), "%s", pcap_geterr(feed->pcap));
	drain(feed, true);
	return report_gone(feed, reason);
}

/*
 * When an interface goes down, libpcap looks for it by the name it was opened
 * with, and reports an error if it was renamed.  The socket is bound to its
 * index and delivers frames again when the interface is up.
 */
static bool
is_only_renamed(struct feed *feed)
{
	char name[DEVICE_NAME_SIZE];

	if (strstr(pcap_geterr(feed->pcap), "disappeared") == NULL ||
	    !device_name(&feed->device, name))
		return false;
	check_link(feed);
	return true;
}

static enum source_end
watch(struct feed *feed)
{
	const int64_t duration = feed->request->duration_ns;
	const int64_t deadline = duration > 0 ? clock_now() + duration : 0;
	int count;

	while (!sigs_stopped() && !feed->is_enough &&
	    (deadline == 0 || clock_now() < deadline)) {
		count = pcap_dispatch(feed->pcap, FEED_BATCH, take_record,
		    (u_char *)feed);
		if (count == PCAP_ERROR && !is_only_renamed(feed))
			return end_of_device(feed);
		if (count > 0 && feed->is_down)
			check_link(feed);
		check_device(feed);
		if (!feed->events.tick(feed->events.arg))
			break;
		if (count <= 0)
			wait_for_frames(feed, deadline);
	}
	count = drain(feed, false);
	return count == PCAP_ERROR && !is_only_renamed(feed) ?
	    end_of_device(feed) : SOURCE_COMPLETE;
}

enum source_end
live_run(struct feed *feed)
{
	enum source_end end;

	feed->fd = pcap_get_selectable_fd(feed->pcap);
	end = watch(feed);
	/* Close now: drops from here on do not count. */
	feed_drop(feed);
	return end;
}
