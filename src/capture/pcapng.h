/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A reader of pcapng files: sections in either byte order, any number of
 * interfaces with their own link types, snapshot lengths and clocks.
 *
 *	struct pcapng *ng = pcapng_new(read, arg);
 *	while ((result = pcapng_next(ng, &packet)) == PCAPNG_PACKET)
 *		...
 *	pcapng_free(ng);
 *
 * libpcap stops where a second link type, snapshot length or byte order begins,
 * so this reader comes before its filters.  Any byte of a file may be wrong;
 * memory is bounded by the largest block that is accepted.
 */
#ifndef TCPSTATES_CAPTURE_PCAPNG_H
#define TCPSTATES_CAPTURE_PCAPNG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/compiler.h"

/* Largest block with a packet in it; others are stepped over at any size. */
#define PCAPNG_BLOCK_MAX	(UINT32_C(16) << 20)
/* Interfaces of a section. */
#define PCAPNG_INTERFACES_MAX	UINT32_C(65536)

struct pcapng;

/* Bytes put at `to`, at least one if there are any; 0 at the end; -1: errno. */
typedef ssize_t pcapng_source(void *arg, uint8_t *to, size_t room);

/* What a packet's interface and section say of it. */
struct pcapng_link {
	uint16_t type;		/* LINKTYPE_... number */
	bool is_big;		/* byte order of the section */
	uint32_t snaplen;	/* bytes; 0: no limit */
};

struct pcapng_packet {
	int64_t time_ns;	/* since 1970 */
	bool has_time;		/* else the time of the packet before */
	struct pcapng_link link;
	uint32_t interface;	/* number in its section */
	uint32_t captured_len;	/* bytes captured */
	uint32_t wire_len;
	const uint8_t *bytes;	/* valid until the next call */
};

enum pcapng_result {
	PCAPNG_PACKET,
	PCAPNG_END,		/* the file ends where a block does */
	PCAPNG_CUT,		/* it ends inside a block */
	PCAPNG_DAMAGED,		/* it contradicts itself */
	PCAPNG_UNREADABLE	/* the source failed, or there is no memory */
};

/* NULL when out of memory. */
struct pcapng *pcapng_new(pcapng_source *, void *arg) MUST_CHECK;
/* NULL is allowed. */
void pcapng_free(struct pcapng *);

/* The next packet.  Everything but PCAPNG_PACKET is final. */
enum pcapng_result pcapng_next(struct pcapng *, struct pcapng_packet *);

/* Why it ended, in words, unless it was PCAPNG_PACKET or PCAPNG_END. */
const char *pcapng_complaint(const struct pcapng *);

/* The interfaces of the present section; false when there is none of this. */
bool pcapng_interface(const struct pcapng *, uint32_t index,
    struct pcapng_link *ret_link);

/* Has any interface so far a clock that is finer than microseconds? */
bool pcapng_is_fine(const struct pcapng *);

#endif
