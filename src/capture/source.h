/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The source of frames: capture files, one after the other as one stream, or
 * an interface.
 *
 *	struct source *source = source_new(&request, &events);
 *	end = source_open(source);		devices and files are there
 *	if (end == SOURCE_COMPLETE)
 *		end = source_run(source);	events.frame() for each frame
 *	info = source_info(source);		counts and losses
 *	source_free(source);
 *
 * Between opening and running, privileges can be dropped; events.ready() is the
 * moment to enter a sandbox.  Nothing here prints: messages for the user go to
 * events.problem().
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

#define SOURCE_GROUP_MAX	65535

/* What to read.  Pointers live as long as the source. */
struct source_request {
	const char *const *files;	/* in this order; "-": standard input */
	size_t file_count;
	const char *interface;		/* instead of files; name or number */
	const char *program;		/* its name, for hints */

	const char *filter;		/* pcap-filter(7), or NULL */
	enum source_ip ip;		/* outer packets of one version only */
	uint64_t max_frames;		/* that pass the filter; 0: no limit */
	int64_t duration_ns;		/* live: by the clock; files: by their
					   own times; 0: no limit */

	/* Live. */
	int64_t tick_ns;		/* longest time between ticks, if less
					   than a second; 0: a second */
	const char *link_type;		/* name of a DLT, or NULL */
	enum source_direction direction;
	uint32_t snaplen;		/* bytes */
	uint64_t ring_size;		/* bytes of the kernel's buffer */
	bool no_promiscuous;
	bool has_group;			/* share the packets with others: */
	unsigned group;			/* see capture/fanout.h */
	/*
	 * Sockets among which the kernel divides the packets: with several of
	 * them events.gather() has them read.  0 is 1.
	 */
	unsigned sockets;
	bool immediate;			/* deliver each frame at once */
	bool is_prompt;			/* within 10 ms, instead of 100 */
};

/* How reading ended; worse ends are larger. */
enum source_end {
	SOURCE_COMPLETE,	/* end of the input, a limit or a signal */
	SOURCE_INCOMPLETE,	/* some frames came, others could not be read */
	SOURCE_FAILED,		/* nothing could be read */
	SOURCE_MISUSED		/* impossible filter or link type */
};

/* The state of a source; valid at any time between new and free. */
struct source_info {
	bool is_live;
	const char *name;	/* of the present file or interface */
	int dlt;		/* of the present frame; -1 before the first */
	uint32_t snaplen;	/* bytes; 0: unknown */
	unsigned digits;	/* decimals of its times: 6, or 9 */
	uint64_t seen;		/* frames, with those filtered out */
	uint64_t frames;	/* frames given to events.frame() */

	uint64_t cut_files;	/* files that ended early: cut, or damaged */
	/* Frames that the file has no time for. */
	uint64_t untimed;
	/* Frames whose link type has no decoder, and the last such type. */
	uint64_t unknown_frames;
	int unknown_dlt;

	/* Bytes read of the present file, and its size; 0: unknown. */
	uint64_t at;
	uint64_t size;

	/* By the kernel's count, see pcap_stats(3PCAP). */
	bool has_kernel;
	uint64_t received;	/* with those dropped */
	uint64_t dropped;	/* because the buffer was full */
	uint64_t if_dropped;	/* by the interface or its driver */
	uint64_t ring_size;	/* bytes requested */
};

struct source_events {
	/*
	 * Called once by source_run(): from here on no file is opened and no
	 * name is looked up.  No frame was delivered yet; with a filter, which
	 * may contain names, the header of the first file was read.  False
	 * ends the run: the callback has reported why.  May be NULL.
	 */
	bool (*ready)(void *arg);
	/* A frame.  False: no more frames are wanted. */
	bool (*frame)(void *arg, const struct frame *);
	/*
	 * Called between frames: after each batch, and without frames at least
	 * once a second and after each signal.  False: no more are wanted.
	 */
	bool (*tick)(void *arg);
	/*
	 * With several sockets, instead of frame(): read all of them, with
	 * source_read(), and process what was read.  Returns the number of
	 * frames that were read or processed; *ret_waits: frames wait for
	 * those of another socket.
	 */
	uint64_t (*gather)(void *arg, bool *ret_waits);
	/* A frame of one socket; called by source_read(). */
	void (*socket_frame)(void *arg, unsigned socket,
	    const struct frame *);
	/* A message for the user, without full stop. */
	void (*problem)(void *arg, const char *sentence);
	void *arg;
};

struct source;

/* Does a file begin as an unpacked capture does?  False if it is unreadable. */
bool source_is_capture(const char *path);

/* NULL when out of memory. */
struct source *source_new(const struct source_request *,
    const struct source_events *);
void source_free(struct source *);

/*
 * Open the interface and install its filter, or open all files, so that
 * source_run() opens nothing.  Anything but SOURCE_COMPLETE is final and has
 * been reported.
 */
enum source_end source_open(struct source *);
#define SOURCE_SOCKETS_MAX	32

/* The sockets that capture, and their number; none for files. */
unsigned source_sockets(const struct source *,
    int ret_sockets[SOURCE_SOCKETS_MAX]);

/*
 * Within events.gather(): read at most this many frames of one socket.  Each
 * socket may be read by a thread of its own.  The result is the time of the
 * frames up to which all were read, as far as the clock of the machine and the
 * kernel's counts tell.
 */
int64_t source_read(struct source *, unsigned socket, unsigned most);

/*
 * Of an interface: tick also when this descriptor becomes readable, as that of
 * a terminal does.
 */
void source_watch(struct source *, int fd);
/* From now on: does work remain that is to be done when no frames wait? */
void source_hurry(struct source *, bool has_work);

/* Deliver until the end, a limit, or SIGINT. */
enum source_end source_run(struct source *);

/*
 * After source_open() of an interface: the link types it offers, and whether
 * the decoders know them.
 */
enum source_end source_link_types(struct source *,
    void (*each)(void *arg, const char *name, const char *words,
    bool is_known), void *arg);

/* Update the kernel's counts and the progress, and return all. */
const struct source_info *source_info(struct source *);
/* Return what was last known: cheap. */
const struct source_info *source_peek(const struct source *);

#endif
