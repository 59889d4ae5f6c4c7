/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What reading a capture costs at least; for `make bench`.
 *
 *	floor count FILE	a bare pcap_loop() that counts: the measure
 *	floor buffer FILE	the same, with a large buffer and no locking
 *	floor parse FILE	and with a look at the headers of TCP
 */
#include "config.h"

#include <pcap/pcap.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifdef HAVE___FSETLOCKING
#include <stdio_ext.h>
#endif

#include "base/cursor.h"

#define BUFFER_BYTES	(256 * 1024)

struct tally {
	uint64_t packets;
	uint64_t bytes;
	uint64_t sum;		/* of what was parsed, so that it is */
};

static void
count(u_char *user, const struct pcap_pkthdr *header, const u_char *bytes)
{
	struct tally *tally = (struct tally *)(void *)user;

	(void)bytes;
	tally->packets++;
	tally->bytes += header->len;
}

/* Ethernet, IPv4 or IPv6 without extensions, TCP: no check but of length. */
static void
parse(u_char *user, const struct pcap_pkthdr *header, const u_char *bytes)
{
	struct tally *tally = (struct tally *)(void *)user;
	const unsigned type = header->caplen < 74 ? 0 : load_be16(bytes + 12);
	const u_char *ip = bytes + 14, *tcp;

	count(user, header, bytes);
	if (type == 0x0800 && ip[9] == 6)
		tcp = ip + (ip[0] & 15) * 4;
	else if (type == 0x86dd && ip[6] == 6)
		tcp = ip + 40;
	else
		return;
	tally->sum += load_be16(ip + 2) + load_be32(ip + 12) +
	    load_be32(ip + 16) + load_be32(tcp) + load_be32(tcp + 4) +
	    load_be32(tcp + 8) + load_be32(tcp + 12);
}

static pcap_t *
open_file(const char *path, int is_buffered, char *error)
{
	FILE *stream;

	if (!is_buffered)
		return pcap_open_offline(path, error);
	stream = fopen(path, "rb");
	if (stream == NULL) {
		perror(path);
		exit(1);
	}
	setvbuf(stream, NULL, _IOFBF, BUFFER_BYTES);
#ifdef HAVE___FSETLOCKING
	__fsetlocking(stream, FSETLOCKING_BYCALLER);
#endif
	return pcap_fopen_offline(stream, error);
}

int
main(int argc, char *argv[])
{
	char error[PCAP_ERRBUF_SIZE] = "";
	struct tally tally = { 0 };
	pcap_t *pcap;

	if (argc != 3)
		return 2;
	pcap = open_file(argv[2], strcmp(argv[1], "count") != 0, error);
	if (pcap == NULL || pcap_loop(pcap, -1, strcmp(argv[1], "parse") == 0 ?
	    parse : count, (u_char *)&tally) != 0) {
		fprintf(stderr, "floor: %s: %s\n", argv[2],
		    pcap == NULL ? error : pcap_geterr(pcap));
		return 1;
	}
	pcap_close(pcap);
	printf("%llu packets, %llu bytes, sum %llx\n",
	    (unsigned long long)tally.packets,
	    (unsigned long long)tally.bytes, (unsigned long long)tally.sum);
	return 0;
}
