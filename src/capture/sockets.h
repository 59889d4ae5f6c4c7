/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The sockets of an interface: one, or several among which the kernel divides
 * the packets.  Private to capture/.
 */
#ifndef TCPSTATES_CAPTURE_SOCKETS_H
#define TCPSTATES_CAPTURE_SOCKETS_H

#include <pcap/pcap.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

#include "capture/source.h"

/*
 * The kernel delivers a block of frames when the block is full or this old.
 * Ten times the age saves nothing measurable.  Of several sockets, frames wait
 * for the blocks of all others.
 */
#define BLOCK_AGE_MS		100
#define BLOCK_AGE_PROMPT_MS	10
#define BLOCK_AGE_SEVERAL_MS	4

struct feed;
struct live_socket;

/* The request's number of sockets. */
unsigned sockets_wanted(const struct feed *);
/* Add the present handle, which captures. */
void sockets_add(struct feed *);
/* All have been added: frames from now on count. */
void sockets_begin(struct feed *);
/* Close all handles. */
void sockets_close(struct feed *);

/*
 * Deliver the available frames of all sockets, or some of them.  Returns their
 * number, or as pcap_dispatch(3PCAP) when one socket has failed.
 */
int sockets_dispatch(struct feed *);
/* The handle of that socket. */
pcap_t *sockets_failed(const struct feed *);
/* See source_read(). */
int64_t sockets_read(struct live_socket *, unsigned most);

/* What to poll for frames.  False: it cannot be polled. */
bool sockets_poll(const struct feed *,
    struct pollfd ret_ready[SOURCE_SOCKETS_MAX]);

/* Update the kernel's counts of packets received and dropped. */
bool sockets_statistics(struct feed *, uint32_t *ret_if_dropped);

#endif
