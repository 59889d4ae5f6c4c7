/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The options that read the same packets again, as words for a shell: commands
 * that are printed begin with them.
 */
#ifndef TCPSTATES_CLI_AGAIN_H
#define TCPSTATES_CLI_AGAIN_H

struct options;

/*
 * " -r trace.pcap 'port 80'": everything that the numbers of connections and
 * frames depend on.  To be freed; NULL if the packets are not in a file, or
 * out of memory.
 */
char *again_words(const struct options *);

#endif
