/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Messages of sock_diag(7): a question about one TCP socket, and the kernel's
 * answer.  Functions of bytes, which open nothing.
 */
#ifndef TCPSTATES_CAPTURE_SOCKDIAG_H
#define TCPSTATES_CAPTURE_SOCKDIAG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct owner_question;

#define SOCKDIAG_QUESTION_SIZE	128	/* bytes: more than a question takes */
#define SOCKDIAG_ANSWER_SIZE	4096	/* room for one answer */

/* A connected socket.  Once it is destroyed, its local port may be 0. */
struct sockdiag {
	uint8_t ip_version;
	uint8_t local[16];	/* IPv4: the first four bytes, then zeros */
	uint8_t remote[16];
	uint16_t local_port;
	uint16_t remote_port;
	uint64_t cookie;	/* the same until the socket is destroyed */
	uint32_t inode;		/* 0: no process has accepted it, or any more */
	bool has_info;		/* the two below */
	uint32_t retrans;	/* segments */
	int64_t min_rtt_ns;	/* -1: unknown */
};

/*
 * Write a question about the socket whose local endpoint is that of `side`.
 * Return its length.
 */
size_t sockdiag_ask(uint8_t buf[SOCKDIAG_QUESTION_SIZE],
    const struct owner_question *, unsigned side);

/*
 * Read the socket of an answer, or of a multicast message on its destruction.
 * False: an error, another message, a damaged one, a socket that listens, or
 * one that has no owner any more (TIME-WAIT).
 */
bool sockdiag_read(const uint8_t *bytes, size_t len, struct sockdiag *);

#endif
