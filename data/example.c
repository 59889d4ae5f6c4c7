/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * libtcpstates in forty lines: which connections of a capture retransmitted?
 *
 *	cc example.c $(pkg-config --cflags --libs libtcpstates libpcap)
 *	./a.out data/web.pcap
 */
#include <libtcpstates.h>
#include <pcap/pcap.h>
#include <stdio.h>

int
main(int argc, char **argv)
{
	static const char *const keys[] = { "conn", "orig_h", "orig_p",
	    "resp_h", "resp_p", "duration", "resp_retrans", "end_reason" };
	char error[PCAP_ERRBUF_SIZE] = "which capture?", text[64];
	pcap_t *pcap = argc != 2 ? NULL :
	    pcap_open_offline_with_tstamp_precision(argv[1],
	    PCAP_TSTAMP_PRECISION_NANO, error);
	struct tcpstates_run *run = tcpstates_run_new(0, NULL);
	const struct tcpstates_conn *conn = NULL;
	struct pcap_pkthdr *head;
	const u_char *bytes;
	int64_t count;

	if (pcap == NULL || run == NULL)
		return fprintf(stderr, "%s\n", error), 1;
	while (pcap_next_ex(pcap, &head, &bytes) == 1)
		tcpstates_run_frame(run, pcap_datalink(pcap),
		    head->ts.tv_sec * INT64_C(1000000000) + head->ts.tv_usec,
		    bytes, head->caplen, head->len);
	tcpstates_run_finish(run);
	while ((conn = tcpstates_next_conn(run, conn)) != NULL) {
		if (tcpstates_number(conn, tcpstates_column_find(
		    "resp_retrans"), &count) && count == 0)
			continue;
		for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
			tcpstates_text(conn, tcpstates_column_find(keys[i]),
			    text, sizeof(text));
			printf("%s%c", text, i + 1 < 8 ? ' ' : '\n');
		}
	}
	tcpstates_run_free(run);
	pcap_close(pcap);
	return 0;
}
