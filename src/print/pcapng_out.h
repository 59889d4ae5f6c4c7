/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A writer of pcapng files (draft-ietf-opsawg-pcapng): one section, little
 * endian, whose packets can have comments.  libpcap writes no pcapng.
 *
 *	pcapng_put_section(out, "tcpstates 1.0", NULL);
 *	pcapng_put_interface(out, LINKTYPE_ETHERNET, 0, false);
 *	pcapng_put_packet(out, &packet);	of interface 0
 */
#ifndef TCPSTATES_PRINT_PCAPNG_OUT_H
#define TCPSTATES_PRINT_PCAPNG_OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct outbuf;

struct pcapng_out_packet {
	uint32_t interface;	/* its number, in order, from 0 */
	uint64_t time;		/* since the base of the interface */
	uint32_t captured_len;	/* bytes at `bytes` */
	uint32_t wire_len;
	const uint8_t *bytes;
	/* Each shorter than 64 KiB. */
	const char *const *comments;
	unsigned comment_count;
};

/*
 * The section header, which names the program; the comment may be NULL, and is
 * cut at 64 KiB.
 */
void pcapng_put_section(struct outbuf *, const char *application,
    const char *comment);
/*
 * `linktype`: a number of LINKTYPE_; times are in ns, or in us, since
 * `base_sec` seconds after 1970.
 */
void pcapng_put_interface(struct outbuf *, uint16_t linktype,
    int64_t base_sec, bool is_nanosecond);
void pcapng_put_packet(struct outbuf *, const struct pcapng_out_packet *);

#endif
