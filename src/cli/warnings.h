/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What makes the figures less than they seem: a line each.
 */
#ifndef TCPSTATES_CLI_WARNINGS_H
#define TCPSTATES_CLI_WARNINGS_H

struct notes;
struct source_info;
struct tcpstates;

/* Everything that there is to say at the end. */
void warnings_add(struct notes *, const struct tcpstates *,
    const struct source_info *);

#endif
