/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where frames come from: capture files, one after the other as one stream,
 * or an interface.
 *
 *	struct source *source = source_new(&request, &events);
 *	end = source_open(source);		devices and files are there
 *	if (end == SOURCE_COMPLETE)
 *		end = source_run(source);	events.frame() for each frame
 *	info = source_info(source);		what came, what was lost
 *	source_free(source);
 *
 * Between opening and running, privileges can be given up, and a sandbox
 * closed when all is ready.  Nothing here prints: what a person should know is told to events.problem().
 */
#ifndef TCPSTATES_CAPTURE_SOURCE_H
#define TCPSTATES_CAPTURE_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "capture/dlt.h"
#include "decode/frame.h"

enum source_direction {
	SOURCE_INOUT,
	SOURCE_IN,
	SOURCE_OUT
};

enum source_ip {
	SOURCE_IP_ANY,
	SOURCE_IP4,
	SOURCE_IP6
};

/* What is wanted.  Pointers live as long as the source. */
struct source_request {
	const char *const *files;	/* in this order; "-": standard input */
	size_t file_count;
	const char *interface;		/* instead of files; name or number */
	const char *program;		/* how its user calls it, for hints */

	const char *filter;		/* pcap-filter(7), or NULL */
	enum source_ip ip;		/* outer packets of one version only */
	uint64_t max_frames;		/* that pass the filter; 0: no limit */
	int64_t duration_ns;		/* live: so long; files: by their own
					   clocks; 0: no limit */

	/* Live. */
	int64_t tick_ns;		/* between ticks at most, if shorter
					   than a second; 0: a second */
	const char *link_type;		/* name of a DLT, or NULL */
	enum source_direction direction;
	uint32_t snaplen;		/* bytes */
	uint64_t ring_size;		/* bytes of the kernel's buffer */
	bool no_promiscuous;
	bool immediate;			/* deliver at once, at a price */
};

/* How it went; worse ones are larger. */
enum source_end {
	SOURCE_COMPLETE,	/* end of the input, or told to stop */
	SOURCE_INCOMPLETE,	/* frames came, more were there or are gone */
	SOURCE_FAILED,		/* nothing could be read */
	SOURCE_MISUSED		/* filter or link type that cannot be */
};

/* What came so far; valid at any time between new and free. */
struct source_info {
	bool is_live;
	const char *name;	/* file or interface at present */
	int dlt;		/* of it; -1 before the first */
	uint32_t snaplen;	/* bytes; 0 unknown */
	unsigned digits;	/* decimals of its times: 6, or 9 */
	uint64_t seen;		/* frames, by number: those filtered out too */
	uint64_t frames;	/* frames given to events.frame() */

	/* Frames that the file has no time for. */
	uint64_t untimed;
	/* Frames whose link type has no decoder, and the last such type. */
	uint64_t unknown_frames;
	int unknown_dlt;

	/* Bytes read of the present file, of how many; 0: unknown. */
	uint64_t at;
	uint64_t size;

	/* By the kernel's count, see pcap_stats(3PCAP). */
	bool has_kernel;
	uint64_t received;	/* lost ones included */
	uint64_t dropped;	/* for want of room in the buffer */
	uint64_t if_dropped;	/* by the interface or its driver */
	uint64_t ring_size;	/* bytes asked for */
};

struct source_events {
	/*
	 * Once, by source_run(): from here on nothing is opened, and no name
	 * looked up, any more.  The first frame comes later; with a filter,
	 * which may hold names, the header of its file has been read.  False:
	 * it is not to go on, and was told.  NULL: nobody wants to know.
	 */
	bool (*ready)(void *arg);
	/* A frame.  False: enough. */
	bool (*frame)(void *arg, const struct frame *);
	/*
	 * Between frames, now and then: after each batch, and while nothing
	 * comes at least once a second or when a signal came.  False: enough.
	 */
	bool (*tick)(void *arg);
	/* A sentence for a person, without full stop. */
	void (*problem)(void *arg, const char *sentence);
	void *arg;
};

struct source;

/* NULL when out of memory. */
struct source *source_new(const struct source_request *,
    const struct source_events *);
void source_free(struct source *);

/*
 * Open everything: the interface with its filter, or all files, so that
 * source_run() opens nothing any more.  Anything but SOURCE_COMPLETE was told
 * and is final.
 */
enum source_end source_open(struct source *);
/* The socket that captures, or -1: of files there is none. */
int source_socket(const struct source *);

/* Deliver until the end, a limit, or SIGINT. */
enum source_end source_run(struct source *);

/*
 * After source_open() of an interface: the link types it offers, and whether
 * the decoders know them.
 */
enum source_end source_link_types(struct source *,
    void (*each)(void *arg, const char *name, const char *words,
    bool is_known), void *arg);

/* Brings the kernel's counts and the progress up to date, where they are. */
const struct source_info *source_info(struct source *);
/* The same as they were last known: cheap. */
const struct source_info *source_peek(const struct source *);

#endif
