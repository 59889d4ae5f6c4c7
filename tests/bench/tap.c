/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What watching an interface costs at least: a bare pcap_dispatch() that
 * counts, with the ring and the waiting of tcpstates; for `make bench-live`.
 *
 *	tap IFACE	until SIGINT; prints received and dropped packets
 */
#include "config.h"

#include <pcap/pcap.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>

#define SNAPLEN		256
#define RING		(16 << 20)	/* bytes */
#define BLOCK_AGE_MS	100
#define PATIENCE_MS	200

static volatile sig_atomic_t is_over;

static void
on_signal(int signo)
{
	(void)signo;
	is_over = 1;
}

static void
count(u_char *user, const struct pcap_pkthdr *header, const u_char *bytes)
{
	(void)header;
	(void)bytes;
	++*(uint64_t *)(void *)user;
}

static pcap_t *
open_interface(const char *name)
{
	char reason[PCAP_ERRBUF_SIZE] = "";
	pcap_t *pcap = pcap_create(name, reason);

	if (pcap == NULL || pcap_set_snaplen(pcap, SNAPLEN) != 0 ||
	    pcap_set_promisc(pcap, 1) != 0 ||
	    pcap_set_timeout(pcap, BLOCK_AGE_MS) != 0 ||
	    pcap_set_buffer_size(pcap, RING) != 0 ||
	    pcap_activate(pcap) < 0 || pcap_setnonblock(pcap, 1, reason) != 0)
		return NULL;
	return pcap;
}

int
main(int argc, char **argv)
{
	pcap_t *pcap = argc == 2 ? open_interface(argv[1]) : NULL;
	struct sigaction action = { .sa_handler = on_signal };
	struct pcap_stat stat = { 0, 0, 0 };
	uint64_t packets = 0;
	int got = 0;

	if (pcap == NULL) {
		fprintf(stderr, "usage: tap IFACE, as root\n");
		return 2;
	}
	sigaction(SIGINT, &action, NULL);
	/* After the signal, what is still there. */
	while (got > 0 || !is_over) {
		struct pollfd ready = { .fd = pcap_get_selectable_fd(pcap),
		    .events = POLLIN };

		got = pcap_dispatch(pcap, -1, count, (u_char *)&packets);
		if (got == 0)
			got = poll(&ready, 1, PATIENCE_MS) != 0;
	}
	pcap_stats(pcap, &stat);
	printf("%llu %u %u\n", (unsigned long long)packets, stat.ps_recv,
	    stat.ps_drop);
	pcap_close(pcap);
	return 0;
}
