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
#include "capture/sockets.h"

/* Longest time between two ticks. */
#define IDLE_MS		1000
/* Sleep where a handle has no descriptor to poll. */
#define BLIND_MS	10
/* Sleep while frames of one socket wait for those of another. */
#define WAITING_MS	2
/* At the end, the last block takes up to twice its age to be delivered. */
#define DRAIN_NS	((2 * BLOCK_AGE_MS + 100) * NS_PER_MS)
/* On a busy machine, try at least this often. */
#define DRAIN_LOOKS	(DRAIN_NS / NS_PER_MS / BLIND_MS)
/* While frames keep coming, drain no longer than this. */
#define DRAIN_MOST_NS	(5 * NS_PER_SEC)

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

static int
block_age(const struct feed *feed)
{
	if (sockets_wanted(feed) > 1)
		return BLOCK_AGE_SEVERAL_MS;
	return feed->request->is_prompt ? BLOCK_AGE_PROMPT_MS : BLOCK_AGE_MS;
}

static void
configure(const struct feed *feed, pcap_t *pcap)
{
	const struct source_request *request = feed->request;
	const uint64_t each = request->ring_size / sockets_wanted(feed);
	const uint64_t ring = each < INT_MAX ? each : INT_MAX;

	pcap_set_snaplen(pcap, (int)request->snaplen);
	/* The kernel refuses promiscuous mode on `any`. */
	pcap_set_promisc(pcap, !request->no_promiscuous &&
	    !is_any(feed->info.name));
	pcap_set_timeout(pcap, block_age(feed));
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

/* Several sockets have a group of their own. */
static enum source_end
divide(struct feed *feed)
{
	const int fd = pcap_fileno(feed->pcap);

	if ((feed->socket_count == 0 ? fanout_begin(fd, &feed->group) :
	    fanout_join(fd, feed->group)) == 0)
		return SOURCE_COMPLETE;
	feed_report(feed, "%s: the packets cannot be divided among several "
	    "workers: %s", feed->info.name, strerror(errno));
	feed_report(feed, "hint: leave --workers out; several need Linux 4.12 "
	    "and an interface that packet(7) sockets capture on");
	return SOURCE_FAILED;
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
	if (end != SOURCE_COMPLETE)
		return end;
	return sockets_wanted(feed) > 1 ? divide(feed) : join_group(feed);
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

/* Open the next socket. */
static enum source_end
open_socket(struct feed *feed)
{
	char reason[PCAP_ERRBUF_SIZE] = "";
	enum source_end end;
	int status;

	feed->pcap = pcap_create(feed->info.name, reason);
	if (feed->pcap == NULL) {
		feed_report(feed, "%s: %s", feed->info.name, reason);
		return SOURCE_FAILED;
	}
	configure(feed, feed->pcap);
	status = pcap_activate(feed->pcap);
	if (status < 0)
		return report_refused(feed, status);
	if (status == PCAP_WARNING && feed->socket_count == 0)
		feed_report(feed, "%s: %s", feed->info.name,
		    pcap_geterr(feed->pcap));
	end = prepare(feed);
	if (end == SOURCE_COMPLETE)
		sockets_add(feed);
	return end;
}

enum source_end
live_open(struct feed *feed)
{
	enum source_end end = SOURCE_COMPLETE;

	choose_name(feed);
	feed->info.ring_size = feed->request->ring_size;
	while (end == SOURCE_COMPLETE &&
	    feed->socket_count < sockets_wanted(feed))
		end = open_socket(feed);
	if (end != SOURCE_COMPLETE)
		return end;
	sockets_begin(feed);
	watch_device(feed);
	return SOURCE_COMPLETE;
}

void
live_close(struct feed *feed)
{
	sockets_close(feed);
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
	uint32_t if_dropped;

	if (sockets_statistics(feed, &if_dropped) &&
	    !device_lost(&feed->device, &feed->info.if_dropped))
		counts_widen(&feed->info.if_dropped, if_dropped);
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
	if (feed->waits)
		ms = ms < WAITING_MS ? ms : WAITING_MS;
	if (feed->has_work)
		ms = 0;
	return ms > 0 ? (int)ms : 0;
}

/*
 * Block until there are frames or a signal, or it is time for a tick.  Frames
 * that wait for those of another socket may leave no room to read more.
 */
static void
wait_for_frames(struct feed *feed, int64_t deadline)
{
	struct pollfd ready[2 + SOURCE_SOCKETS_MAX] = {
		{ .fd = sigs_fd(), .events = POLLIN },
		{ .fd = feed->watched_fd, .events = POLLIN },
	};
	const nfds_t count = 2 + (feed->waits ? 0 : feed->socket_count);
	int ms = sleep_ms(feed, deadline);

	if (!sockets_poll(feed, ready + 2) && ms > BLIND_MS)
		ms = BLIND_MS;
	if (poll(ready, count, ms) < 0)
		return;
	if (ready[0].revents != 0)
		sigs_drain();
	/* A terminal that was hung up stays readable. */
	if ((ready[1].revents & (POLLERR | POLLHUP | POLLNVAL)) != 0)
		feed->watched_fd = -1;
	for (nfds_t i = 2; i < count; i++)
		if ((ready[i].revents &
		    (POLLERR | POLLHUP | POLLNVAL)) != 0)
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
		struct pollfd ready[SOURCE_SOCKETS_MAX];

		count = sockets_dispatch(feed);
		/* A large ring takes longer. */
		patience_ns = count > 0 ? DRAIN_MOST_NS : DRAIN_NS;
		if (count == 0 || (count < 0 && is_gone)) {
			looks++;
			(void)sockets_poll(feed, ready);
			poll(ready, feed->socket_count, BLIND_MS);
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

	snprintf(reason, sizeof(reason), "%s",
	    pcap_geterr(sockets_failed(feed)));
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

	if (strstr(pcap_geterr(sockets_failed(feed)), "disappeared") == NULL ||
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
		count = sockets_dispatch(feed);
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

	end = watch(feed);
	/* Close now: drops from here on do not count. */
	sockets_close(feed);
	return end;
}
