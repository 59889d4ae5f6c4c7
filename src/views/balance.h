/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How every packet was counted, for -v.
 */
#ifndef TCPSTATES_VIEWS_BALANCE_H
#define TCPSTATES_VIEWS_BALANCE_H

struct outbuf;
struct tcpstates_totals;

/* The packets read, and a line per verdict; the lines add up to the first. */
void balance_print(struct outbuf *, const struct tcpstates_totals *);

#endif
