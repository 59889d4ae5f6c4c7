/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * See live.h.  The loop is our own around libpcap, non-blocking:
 *
 *	dispatch what there is -> look at signals, limits -> poll, and again
 *
 * because the read timeout of libpcap is no timer: on a quiet link
 * TPACKET_V3 never comes back from a blocking read.  Immediate mode would,
 * but costs TPACKET_V3 itself, and ten times the work a frame.
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
#include "capture/feed.h"
#include "capture/interfaces.h"
#include "capture/sigs.h"

/*
 * The kernel hands over a block of frames when it is full or this old.  Ten
 * times longer delays as much and saves nothing that can be measured.
 */
#define BLOCK_AGE_MS	100
/*
 * Small frames lie so close in the ring that those to come are known to be
 * this far behind the present one, and that one takes so many bytes there.
 */
#define SMALL_LEN	128
#define AHEAD_OCTETS	768
#define SMALL_OCTETS	(3 * LINE_BYTES)
/* The longest sleep: whoever is told of ticks gets one a second. */
#define IDLE_MS		1000
/* Of a handle without a descriptor to poll. */
#define BLIND_MS	10
/* At the end, the last block needs up to two of its lives. */
#define DRAIN_NS	((2 * BLOCK_AGE_MS + 100) * NS_PER_MS)
/* ... and, where others keep the processors busy, is looked for so often. */
#define DRAIN_LOOKS	(DRAIN_NS / NS_PER_MS / BLIND_MS)
/* ... and is read on so long at most while frames come. */
#define DRAIN_MOST_NS	(5 * NS_PER_SEC)

/*
 * What another processor wrote takes long to come, and a ring that streams
 * through the second cache drives the connections out of it.
 */
static void
take_record(u_char *user, const struct pcap_pkthdr *header,
    const u_char *octets)
{
	const uintptr_t ahead = (uintptr_t)octets + AHEAD_OCTETS;

	if (header->caplen <= SMALL_LEN)
		for (size_t i = 0; i < SMALL_OCTETS; i += LINE_BYTES)
			/* NOLINTNEXTLINE(*-no-int-to-ptr): as far as it goes */
			PREFETCH_ONCE((const void *)(ahead + i));
	feed_record(user, header, octets);
}

/* Whoever the program is, for the hint. */
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
tell_no_device(const struct feed *feed)
{
	char names[1024];

	interfaces_names(names, sizeof(names));
	feed_tell(feed, "%s: no such interface; there are: %s (see -D)",
	    feed->info.name, names);
	return SOURCE_FAILED;
}

static enum source_end
tell_no_permission(const struct feed *feed, const char *what)
{
	char path[PATH_MAX];

	own_path(feed, path, sizeof(path));
	feed_tell(feed, "%s: no permission to capture%s", feed->info.name,
	    what);
	feed_tell(feed, "hint: use sudo, or: sudo setcap cap_net_raw=eip %s",
	    path);
	return SOURCE_FAILED;
}

static enum source_end
tell_not_up(const struct feed *feed)
{
	feed_tell(feed, "%s: the interface is down; bring it up: "
	    "sudo ip link set dev %s up", feed->info.name, feed->info.name);
	return SOURCE_FAILED;
}

/* What pcap_activate() refused, and what to do about it. */
static enum source_end
tell_refused(const struct feed *feed, int status)
{
	const char *reason = pcap_geterr(feed->pcap);

	switch (status) {
	case PCAP_ERROR_NO_SUCH_DEVICE:
		return tell_no_device(feed);
	case PCAP_ERROR_PERM_DENIED:
		/* The kernel asks who we are before which one we want. */
		if (!interfaces_has(feed->info.name))
			return tell_no_device(feed);
		return tell_no_permission(feed, "");
	case PCAP_ERROR_PROMISC_PERM_DENIED:
		return tell_no_permission(feed,
		    " in promiscuous mode (-p does without)");
	case PCAP_ERROR_IFACE_NOT_UP:
		return tell_not_up(feed);
	default:
		feed_tell(feed, "%s: cannot capture: %s", feed->info.name,
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
	/* On `any` the kernel refuses it and libpcap would warn. */
	pcap_set_promisc(pcap, !request->no_promiscuous &&
	    !is_any(feed->info.name));
	pcap_set_timeout(pcap, BLOCK_AGE_MS);
	pcap_set_buffer_size(pcap, (int)ring);
	if (request->immediate)
		pcap_set_immediate_mode(pcap, 1);
	/* Refused where there is none: then microseconds it is. */
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

/* -y, or on `any` the version that knows the interface of each frame. */
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
	feed_tell(feed, "%s: has no link type '%s'; it offers: %s (see -L)",
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
	feed_tell(feed, "%s: -Q is not possible here: %s", feed->info.name,
	    pcap_geterr(feed->pcap));
	return SOURCE_FAILED;
}

static enum source_end
install_filter(struct feed *feed)
{
	struct bpf_program program;
	enum source_end end = feed_filter(feed);

	if (end != SOURCE_COMPLETE) {
		feed_tell_filter(feed);
		return end;
	}
	if (feed->filter == NULL)
		return SOURCE_COMPLETE;
	program = feed->filter->program;
	if (pcap_setfilter(feed->pcap, &program) != 0) {
		feed_tell(feed, "%s: the filter was refused: %s",
		    feed->info.name, pcap_geterr(feed->pcap));
		end = SOURCE_FAILED;
	}
	/* The kernel applies it from here on. */
	feed->filter = NULL;
	return end;
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
		feed_tell(feed, "%s: cannot be read without waiting: %s",
		    feed->info.name, reason);
		end = SOURCE_FAILED;
	}
	return end;
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
		feed_tell(feed, "%s: %s", feed->info.name, reason);
		return SOURCE_FAILED;
	}
	configure(feed, feed->pcap);
	status = pcap_activate(feed->pcap);
	if (status < 0)
		return tell_refused(feed, status);
	if (status == PCAP_WARNING)
		feed_tell(feed, "%s: %s", feed->info.name,
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
		feed_tell(feed, "%s: its link types cannot be listed: %s",
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
	/* Where lost frames are not counted as received. */
	if (feed->received < feed->info.dropped)
		feed->info.received += feed->info.dropped;
}

/*
 * A quiet link may be a dead one: say so once, and when it lives again.  An
 * interface that gets another name is still the same.
 */
static void
look_at_link(struct feed *feed)
{
	char name[DEVICE_NAME_SIZE];
	bool down;

	if (!device_name(&feed->device, name))
		return;
	if (strcmp(name, feed->called) != 0)
		feed_tell(feed, "%s: the interface is called %s now",
		    feed->called, name);
	memcpy(feed->called, name, sizeof(name));
	down = device_is_down(&feed->device, name);
	if (down && !feed->is_down)
		feed_tell(feed, "%s: the interface went down; waiting for "
		    "it", name);
	if (!down && feed->is_down)
		feed_tell(feed, "%s: the interface is up again", name);
	feed->is_down = down;
}

/* Milliseconds without a tick. */
static int64_t
idle_ms(const struct feed *feed)
{
	const int64_t tick = feed->request->tick_ns;

	if (tick == 0 || tick >= IDLE_MS * NS_PER_MS)
		return IDLE_MS;
	return tick < NS_PER_MS ? 1 : tick / NS_PER_MS;
}

/* Milliseconds that may be slept. */
static int
patience(const struct feed *feed, int64_t deadline)
{
	int64_t ms = idle_ms(feed);

	if (deadline != 0) {
		const int64_t left = (deadline - clock_now()) / NS_PER_MS + 1;

		ms = left < ms ? left : ms;
	}
	if (feed->fd < 0)
		ms = ms < BLIND_MS ? ms : BLIND_MS;
	return ms > 0 ? (int)ms : 0;
}

/* Until there are frames, a signal, or a second is over. */
static void
wait_for_frames(struct feed *feed, int64_t deadline)
{
	struct pollfd ready[] = {
		{ .fd = feed->fd, .events = POLLIN },
		{ .fd = sigs_fd(), .events = POLLIN },
	};
	const int count = poll(ready, ARRAY_LEN(ready),
	    patience(feed, deadline));

	if (ready[1].revents != 0)
		sigs_drain();
	if (count > 0 &&
	    (ready[0].revents & (POLLERR | POLLHUP | POLLNVAL)) != 0)
		feed->look_ns = 0;
}

/*
 * Every second, on a busy link too: how it is, and the kernel's counts, which
 * run over.
 */
static void
look_around(struct feed *feed)
{
	const int64_t now = clock_now();

	if (now < feed->look_ns)
		return;
	feed->look_ns = now + IDLE_MS * NS_PER_MS;
	look_at_link(feed);
	live_statistics(feed);
}

/*
 * What was received before the stop is still delivered.  The kernel's counts
 * say how much that is, so a quiet link ends at once.  Of a device that is
 * gone libpcap has errors until the kernel hands over its last block.
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
		/* A large ring may take its time. */
		patience_ns = count > 0 ? DRAIN_MOST_NS : DRAIN_NS;
		if (count == 0 || (count < 0 && is_gone)) {
			looks++;
			poll(&ready, 1, BLIND_MS);
		}
	}
	return count;
}

static enum source_end
tell_gone(const struct feed *feed, const char *reason)
{
	const uint64_t seen = feed->info.seen;
	char name[DEVICE_NAME_SIZE];

	if (feed->device.index != 0 && !device_name(&feed->device, name))
		feed_tell(feed, "%s: the interface disappeared after packet %"
		    PRIu64, feed->called, seen);
	else
		feed_tell(feed, "%s: capturing ended after packet %" PRIu64
		    ": %s", feed->called, seen, reason);
	return SOURCE_INCOMPLETE;
}

static enum source_end
end_of_device(struct feed *feed)
{
	char reason[PCAP_ERRBUF_SIZE];

	snprintf(reason, sizeof(reason), "%s", pcap_geterr(feed->pcap));
	drain(feed, true);
	return tell_gone(feed, reason);
}

/*
 * libpcap looks for an interface that went down by the name it was opened
 * with, and gives it up when it was renamed meanwhile.  The socket goes by
 * the number and brings frames again when the interface is up.
 */
static bool
is_only_renamed(struct feed *feed)
{
	char name[DEVICE_NAME_SIZE];

	if (strstr(pcap_geterr(feed->pcap), "disappeared") == NULL ||
	    !device_name(&feed->device, name))
		return false;
	look_at_link(feed);
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
			look_at_link(feed);
		look_around(feed);
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
	/* What the kernel loses from here on is not missed. */
	feed_drop(feed);
	return end;
}
