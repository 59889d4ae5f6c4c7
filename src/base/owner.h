/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The process that owns a local socket, and the kernel's figures of that
 * socket: what --processes adds to a connection.
 */
#ifndef TCPSTATES_BASE_OWNER_H
#define TCPSTATES_BASE_OWNER_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define OWNER_PROCESS_SIZE	16	/* bytes of a name, with its NUL */
#define OWNER_CGROUP_SIZE	48

/*
 * Processes choose their names: of a byte that no format has to escape and no
 * terminal obeys, the byte, else '?'.
 */
static inline char
owner_harmless(char c)
{
	return c >= ' ' && c <= '~' && strchr("\"',\\<>&", c) == NULL ? c :
	    '?';
}

/* One endpoint of a connection.  Texts consist of harmless bytes. */
struct owner {
	bool has_socket;	/* a socket of this host has this endpoint */
	bool has_figures;	/* the kernel's, below */
	bool is_final;		/* the figures are those of the close */
	uint32_t pid;		/* 0: no process was found */
	char process[OWNER_PROCESS_SIZE];	/* its name, or "" */
	char cgroup[OWNER_CGROUP_SIZE];	/* last part of the path, or "" */
	uint32_t retrans;	/* segments that the kernel retransmitted */
	int64_t min_rtt_ns;	/* smallest RTT that it measured; -1 unknown */
};
#define OWNER_UNKNOWN	{ .min_rtt_ns = -1 }

/* A connection whose owners are wanted. */
struct owner_question {
	uint64_t number;	/* of the connection: comes with the answer */
	uint8_t address[2][16];
	uint16_t port[2];
	uint8_t ip_version;	/* 4 or 6 */
};

/*
 * News of an endpoint of the connection.  Those that were found at once come
 * first, then an answer that is the last one and says nothing else.  The
 * process, and the close, may follow later.
 */
struct owner_answer {
	uint64_t number;
	bool is_last;
	unsigned side;		/* index of the question's endpoints */
	struct owner owner;
};

#endif
