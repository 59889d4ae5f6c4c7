/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Common to capture files (file.c) and interfaces (live.c): the path of a
 * record of libpcap to events.frame(), through filter and limits.  Private to
 * capture/.
 */
#ifndef TCPSTATES_CAPTURE_FEED_H
#define TCPSTATES_CAPTURE_FEED_H

#include <pcap/pcap.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "capture/device.h"
#include "capture/source.h"

/* Frames between two looks at signals and progress. */
#define FEED_BATCH	4096

struct input;

/*
 * The filter of the request for one link type.  Kept from file to file, since
 * names can be looked up only until feed_ready().
 */
struct feed_filter {
	int dlt;
	bool is_swapped;	/* loopback headers in the other byte order */
	enum source_end end;	/* SOURCE_COMPLETE, or what is wrong with it */
	char *sentence;		/* then: for a person; or NULL */
	struct bpf_program program;
};

#define FEED_FILTERS_MAX	16

/*
 * One of the sockets of an interface.  Whatever is not constant belongs to the
 * thread that reads the socket, and between events.gather() to the first one.
 */
struct live_socket {
	_Alignas(LINE_BYTES) pcap_t *pcap;
	struct feed *feed;	/* constant while it is read */
	unsigned index;
	bool has_failed;	/* the last attempt to read */
	uint64_t seen;		/* frames */
	uint64_t early;		/* of them, before feed->since_ns */
	uint64_t received;	/* as the kernel counts */
	uint64_t dropped;
	int64_t last_ns;	/* the latest time of any frame */
};

struct feed {
	const struct source_request *request;
	struct source_events events;
	struct source_info info;

	pcap_t *pcap;		/* the present handle, or NULL */
	struct input *input;	/* that is being read, or NULL */
	enum linktype linktype;	/* of pcap */
	struct feed_filter filters[FEED_FILTERS_MAX];
	unsigned filter_count;
	const struct feed_filter *filter;	/* applied here, or NULL */
	bool is_ready;		/* events.ready() was called */
	int64_t fraction_ns;	/* unit of the fractions of its seconds */
	/* Seconds before 1970 stand for seconds after 2038: see feed_time(). */
	bool is_unsigned_time;
	/* Live. */
	char interface[64];	/* name, if a number was given */
	struct live_socket sockets[SOURCE_SOCKETS_MAX];
	unsigned socket_count;	/* pcap is the handle of the first one */
	unsigned group;		/* of several sockets: see fanout.h */
	int64_t since_ns;	/* when all of them were in it */
	bool waits;		/* frames wait for those of another socket */
	struct device device;	/* open if has_device */
	bool has_device;
	int64_t look_ns;	/* when to check the device again */
	char called[DEVICE_NAME_SIZE];	/* its name at the last check */
	bool is_down;
	int watched_fd;		/* poll(2) this, too; -1: none */
	bool has_work;		/* do not sleep: the caller has work */

	bool is_enough;		/* a limit was reached */
	bool is_timed;		/* first_ns is known */
	int64_t first_ns;	/* time of the first frame of all */
};

/* A pcap_handler: `user` is a struct feed. */
void feed_record(u_char *user, const struct pcap_pkthdr *, const u_char *);
/* The same with another time than that of the header, and an interface. */
void feed_packet(struct feed *, const struct pcap_pkthdr *, const u_char *,
    int64_t time_ns, uint32_t interface);

/* The time of a record. */
int64_t feed_time(const struct feed *, const struct timeval *);

/* Set the present handle, its link type and name; close the handle. */
void feed_use(struct feed *, pcap_t *, const char *name);
void feed_drop(struct feed *);

/* Call events.ready(), once.  False: reading must not begin. */
bool feed_ready(struct feed *);

/* Does the request filter packets? */
bool feed_has_filter(const struct feed *);

/*
 * The filter of the request, compiled for the present handle, as feed->filter
 * (NULL if there is none).  What is wrong with it is not reported yet.
 */
enum source_end feed_filter(struct feed *);
/* Report it. */
void feed_report_filter(const struct feed *);
void feed_free_filters(struct feed *);

/* Report a problem to events.problem(). */
void feed_report(const struct feed *, const char *fmt, ...) PRINTF_LIKE(2, 3);

#endif
