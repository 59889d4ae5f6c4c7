/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Packets onto an interface, as fast as sendmmsg(2) can or at a given pace;
 * for `make bench-live` and tests/soak.sh.
 *
 *	blast [-l BYTES] [-c CONNECTIONS] [-b TRAIN] [-g SEGMENTS]
 *	    [-p PACKETS] [-n FRAMES] [-r RATE] [-t SECONDS] IFACE
 *	blast -s [-n FRAMES] [-r RATE] [-t SECONDS] IFACE
 *
 * CONNECTIONS (1000) take turns, TRAIN frames (12) each.  One is a handshake,
 * two data segments and an ACK again and again, and a close: PACKETS in all
 * (0: it goes on for ever), then the next begins with a source of its own.
 * With -g the data of a train is sent as one superframe of SEGMENTS, and then an
 * ACK for every second one.  The kernel splits a superframe for an interface
 * without segmentation offload, which costs less than a message for each frame.
 * With -s every frame is a SYN of another source.  Frames with data have
 * BYTES, all others 60.  It ends after FRAMES or SECONDS; RATE is in frames
 * a second.
 */
#include "config.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <linux/virtio_net.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "../big_endian.h"
#include "base/nstime.h"
#include "capture/clock.h"

#define BATCH		64	/* frames a system call */
#define FRAME_MAX	1514
#define PACKET_MAX	65535	/* bytes of a superframe's IP packet */
#define FRAME_MIN	60	/* bytes */
#define HEADERS		54	/* Ethernet, IPv4, TCP */
#define OPEN_PACKETS	3	/* SYN, SYN-ACK, ACK */
#define CLOSE_PACKETS	3	/* FIN, FIN, ACK */
#define FIRST_PORT	1024

#define FIN	0x01
#define SYN	0x02
#define ACK	0x10

/* Where things are in a frame. */
enum {
	AT_IP = 14,
	AT_LENGTH = AT_IP + 2,
	AT_ID = AT_IP + 4,
	AT_SOURCE = AT_IP + 12,
	AT_DESTINATION = AT_IP + 16,
	AT_TCP = AT_IP + 20,
	AT_SEQ = AT_TCP + 4,
	AT_ACK = AT_TCP + 8,
	AT_FLAGS = AT_TCP + 13,
	AT_CHECKSUM = AT_TCP + 16,
	AT_END = AT_TCP + 20
};

struct setting {
	const char *interface;
	size_t bytes;
	uint32_t conns;
	uint32_t train;		/* frames of a turn */
	uint32_t segments;	/* of a superframe; 0: none is sent */
	uint32_t packets;	/* of a connection; 0: no end */
	uint64_t frames;	/* 0: no limit */
	uint64_t rate;		/* 0: no limit */
	int64_t end_ns;		/* on the monotonic clock; 0: none */
	bool is_flood;
};

struct talk {
	uint64_t number;	/* of the connection, from 0 */
	uint32_t step;		/* packets sent */
	uint32_t next[2];	/* sequence numbers, absolute */
};

struct blast {
	const struct setting *setting;
	struct talk *talks;
	uint64_t begun;		/* connections */
	uint64_t made;		/* frames */
	uint8_t *frames[BATCH];
	struct virtio_net_hdr offload[BATCH];
	struct iovec parts[BATCH][2];	/* offload, if wanted, and frame */
	struct mmsghdr messages[BATCH];
};

static void
die(const char *what)
{
	fprintf(stderr, "blast: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* What is the same in all frames; nobody here has this address. */
static uint8_t *
make_frame(void)
{
	static const uint8_t head[] = {
		0x02, 0, 0, 0, 0, 0xee, 0x02, 0, 0, 0, 0, 0x01, 0x08, 0x00,
		0x45, 0, 0, 0, 0, 0, 0x40, 0, 64, 6, 0, 0
	};

	uint8_t *frame = calloc(1, AT_IP + PACKET_MAX);

	if (frame == NULL)
		die("memory");
	memcpy(frame, head, sizeof(head));
	frame[AT_TCP + 12] = 5 << 4;	/* data offset: no options */
	put16(frame + AT_TCP + 14, 65535);
	return frame;
}

static void
write_addresses(uint8_t *frame, uint64_t number, bool by_resp)
{
	/* 10/8 has room for sixteen million; then come other ports. */
	const uint32_t orig = 0x0a000000 | (uint32_t)(number & 0xffffff);
	const uint32_t resp = 0xc0000201;	/* 192.0.2.1 */
	const uint32_t port = FIRST_PORT +
	    (uint32_t)((number >> 24) % (65536 - FIRST_PORT));

	put32(frame + AT_SOURCE, by_resp ? resp : orig);
	put32(frame + AT_DESTINATION, by_resp ? orig : resp);
	put16(frame + AT_TCP, by_resp ? 443 : port);
	put16(frame + AT_TCP + 2, by_resp ? port : 443);
}

static void
write_segment(struct blast *blast, uint8_t *frame, struct talk *talk,
    bool by_resp, uint8_t flags, uint32_t len)
{
	write_addresses(frame, talk->number, by_resp);
	put16(frame + AT_LENGTH, AT_END - AT_IP + len);
	put16(frame + AT_ID, (uint32_t)blast->made);
	put32(frame + AT_SEQ, talk->next[by_resp]);
	put32(frame + AT_ACK, flags & ACK ? talk->next[!by_resp] : 0);
	frame[AT_FLAGS] = flags;
	talk->next[by_resp] += len + ((flags & (SYN | FIN)) != 0);
}

static void
begin_talk(struct blast *blast, struct talk *talk)
{
	*talk = (struct talk){ .number = blast->begun++ };
	talk->next[0] = (uint32_t)talk->number * 2654435761U;
	talk->next[1] = ~talk->next[0];
}

static uint32_t
payload_len(const struct setting *setting)
{
	return (uint32_t)setting->bytes - HEADERS;
}

/* A superframe, or an ACK of two of its segments.  Returns their number. */
static uint32_t
write_train(struct blast *blast, uint8_t *frame, struct talk *talk)
{
	const uint32_t segments = blast->setting->segments;
	const uint32_t acks = segments / 2;
	const uint32_t len = payload_len(blast->setting);
	const uint32_t at = (talk->step++ - OPEN_PACKETS) % (1 + acks);

	if (at == 0) {
		write_segment(blast, frame, talk, false, ACK, segments * len);
		return segments;
	}
	write_segment(blast, frame, talk, true, ACK, 0);
	put32(frame + AT_ACK, talk->next[0] - (acks - at) * 2 * len);
	return 1;
}

/* The next segment of a connection, or the last and then another one. */
static void
write_next(struct blast *blast, uint8_t *frame, struct talk *talk)
{
	const uint32_t packets = blast->setting->packets;
	const uint32_t payload = payload_len(blast->setting);
	const uint32_t close = packets - CLOSE_PACKETS;
	const uint32_t step = talk->step++;

	if (step == 0)
		write_segment(blast, frame, talk, false, SYN, 0);
	else if (step == 1)
		write_segment(blast, frame, talk, true, SYN | ACK, 0);
	else if (step == 2)
		write_segment(blast, frame, talk, false, ACK, 0);
	else if (packets == 0 || step < close)
		write_segment(blast, frame, talk, step % 3 == 2, ACK,
		    step % 3 == 2 ? 0 : payload);
	else if (step == close)
		write_segment(blast, frame, talk, false, FIN | ACK, 0);
	else if (step == close + 1)
		write_segment(blast, frame, talk, true, FIN | ACK, 0);
	else {
		write_segment(blast, frame, talk, false, ACK, 0);
		begin_talk(blast, talk);
	}
}

/* What the kernel needs to split a superframe; zeros for a frame. */
static struct virtio_net_hdr
offload_of(const struct setting *setting, uint32_t segments)
{
	if (segments == 1)
		return (struct virtio_net_hdr){ 0 };
	return (struct virtio_net_hdr){
		.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
		.gso_type = VIRTIO_NET_HDR_GSO_TCPV4,
		.hdr_len = HEADERS,
		.gso_size = (uint16_t)payload_len(setting),
		.csum_start = AT_TCP,
		.csum_offset = AT_CHECKSUM - AT_TCP,
	};
}

/* Write one message: a frame or a superframe. */
static void
write_message(struct blast *blast, unsigned at)
{
	const struct setting *setting = blast->setting;
	struct talk *talk = &blast->talks[blast->made / setting->train %
	    setting->conns];
	uint8_t *frame = blast->frames[at];
	const uint8_t *total = frame + AT_LENGTH;
	uint32_t segments = 1;
	size_t len;

	if (setting->is_flood) {
		begin_talk(blast, talk);
		write_segment(blast, frame, talk, false, SYN, 0);
	} else if (setting->segments > 0 && talk->step >= OPEN_PACKETS) {
		segments = write_train(blast, frame, talk);
	} else {
		write_next(blast, frame, talk);
	}
	blast->made += segments;
	blast->offload[at] = offload_of(setting, segments);
	len = AT_IP + total[0] * 256U + total[1];
	blast->parts[at][1].iov_len = len < FRAME_MIN ? FRAME_MIN : len;
}

static void
send_all(struct blast *blast, int fd, unsigned count)
{
	for (unsigned at = 0; at < count;) {
		const int sent = sendmmsg(fd, blast->messages + at,
		    count - at, 0);

		if (sent > 0)
			at += (unsigned)sent;
		/* The receiving side had no room for it. */
		else if (errno != ENOBUFS && errno != EAGAIN &&
		    errno != EINTR)
			die("sendmmsg");
	}
}

/* Send until all frames due at the pace are out. */
static void
keep_pace(uint64_t rate, uint64_t made, int64_t start_ns)
{
	const int64_t due = start_ns + (int64_t)(made / rate) * NS_PER_SEC +
	    (int64_t)(made % rate) * NS_PER_SEC / (int64_t)rate;
	const int64_t now = clock_now();
	struct timespec pause;

	if (due <= now)
		return;
	pause.tv_sec = (time_t)((due - now) / NS_PER_SEC);
	pause.tv_nsec = (long)((due - now) % NS_PER_SEC);
	nanosleep(&pause, NULL);
}

static uint64_t
run(struct blast *blast, int fd, int64_t start_ns)
{
	const struct setting *setting = blast->setting;

	while (setting->end_ns == 0 || clock_now() < setting->end_ns) {
		unsigned count = 0;

		while (count < BATCH && (setting->frames == 0 ||
		    blast->made < setting->frames))
			write_message(blast, count++);
		if (count == 0)
			break;
		send_all(blast, fd, count);
		if (setting->rate > 0)
			keep_pace(setting->rate, blast->made, start_ns);
	}
	return blast->made;
}

static int
open_interface(const char *name, bool superframes)
{
	struct sockaddr_ll address = {
		.sll_family = AF_PACKET,
		.sll_ifindex = (int)if_nametoindex(name),
	};
	const int fd = socket(AF_PACKET, SOCK_RAW, 0);
	const int one = 1;

	if (fd < 0 || address.sll_ifindex == 0 || bind(fd,
	    (struct sockaddr *)&address, sizeof(address)) != 0)
		die(name);
	/* Straight to the driver, which takes no superframes. */
	if (!superframes)
		setsockopt(fd, SOL_PACKET, PACKET_QDISC_BYPASS, &one,
		    sizeof(one));
	else if (setsockopt(fd, SOL_PACKET, PACKET_VNET_HDR, &one,
	    sizeof(one)) != 0)
		die("superframes");
	return fd;
}

static struct blast *
make_blast(const struct setting *setting)
{
	struct blast *blast = calloc(1, sizeof(*blast));

	if (blast != NULL)
		blast->talks = calloc(setting->conns, sizeof(*blast->talks));
	if (blast == NULL || blast->talks == NULL)
		die("memory");
	blast->setting = setting;
	for (uint32_t i = 0; !setting->is_flood && i < setting->conns; i++)
		begin_talk(blast, &blast->talks[i]);
	for (unsigned i = 0; i < BATCH; i++) {
		struct msghdr *message = &blast->messages[i].msg_hdr;

		blast->frames[i] = make_frame();
		blast->parts[i][0].iov_base = &blast->offload[i];
		blast->parts[i][0].iov_len = sizeof(blast->offload[i]);
		blast->parts[i][1].iov_base = blast->frames[i];
		message->msg_iov = &blast->parts[i][setting->segments == 0];
		message->msg_iovlen = setting->segments == 0 ? 1 : 2;
	}
	return blast;
}

/* A superframe holds data, of connections that do not end. */
static bool
fits_superframe(const struct setting *setting)
{
	return setting->segments == 0 || (setting->segments > 1 &&
	    setting->packets == 0 && setting->bytes > HEADERS &&
	    AT_END - AT_IP + setting->segments * (setting->bytes -
	    HEADERS) <= PACKET_MAX);
}

static bool
parse(struct setting *setting, int argc, char **argv)
{
	int letter;

	while ((letter = getopt(argc, argv, "l:c:b:g:p:n:r:t:s")) != -1) {
		const uint64_t value = optarg != NULL ?
		    strtoull(optarg, NULL, 10) : 0;

		if (letter == 'l')
			setting->bytes = value;
		else if (letter == 'c')
			setting->conns = (uint32_t)value;
		else if (letter == 'b')
			setting->train = (uint32_t)value;
		else if (letter == 'g')
			setting->segments = (uint32_t)value;
		else if (letter == 'p')
			setting->packets = (uint32_t)value;
		else if (letter == 'n')
			setting->frames = value;
		else if (letter == 'r')
			setting->rate = value;
		else if (letter == 't')
			setting->end_ns = clock_now() +
			    (int64_t)value * NS_PER_SEC;
		else if (letter == 's')
			setting->is_flood = true;
		else
			return false;
	}
	setting->interface = argv[optind];
	return argc - optind == 1 && setting->bytes >= FRAME_MIN &&
	    setting->bytes <= FRAME_MAX && setting->conns > 0 &&
	    setting->train > 0 && fits_superframe(setting) &&
	    (setting->packets == 0 || setting->packets > CLOSE_PACKETS + 3);
}

int
main(int argc, char **argv)
{
	struct setting setting = { .bytes = FRAME_MIN, .conns = 1000,
	    .train = 12 };
	struct blast *blast;
	int64_t start_ns, took_ns;
	uint64_t sent;
	int fd;

	if (!parse(&setting, argc, argv)) {
		fprintf(stderr, "blast: see its source\n");
		return 2;
	}
	fd = open_interface(setting.interface, setting.segments > 0);
	blast = make_blast(&setting);
	start_ns = clock_now();
	sent = run(blast, fd, start_ns);
	took_ns = clock_now() - start_ns;
	printf("%llu %lld\n", (unsigned long long)sent, (long long)took_ns);
	for (unsigned i = 0; i < BATCH; i++)
		free(blast->frames[i]);
	free(blast->talks);
	free(blast);
	close(fd);
	return 0;
}
