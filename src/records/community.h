/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Community ID, version 1, seed 0: a hash of the four-tuple that other tools
 * compute, too (github.com/corelight/community-id-spec).
 */
#ifndef TCPSTATES_RECORDS_COMMUNITY_H
#define TCPSTATES_RECORDS_COMMUNITY_H

struct key;

#define COMMUNITY_BUFSIZE	31	/* "1:", 28 of base64, NUL */

void community_id(char buf[COMMUNITY_BUFSIZE], const struct key *);

#endif
