/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The triage of a capture for people, in 80 columns: what the capture is and
 * how far it can be trusted, whose time it was, a row for each problem, what
 * is healthy, and the command to go on with.
 */
#ifndef TCPSTATES_VIEWS_TRIAGE_TEXT_H
#define TCPSTATES_VIEWS_TRIAGE_TEXT_H

#include <stdint.h>

#include "diagnosis/triage.h"

struct diagnosis_style;
struct display_context;
struct outbuf;
struct tcpstates;

void triage_print(struct outbuf *, const struct diagnosis_style *,
    const struct display_context *, const struct tcpstates *,
    const struct triage *);

#define TRIAGE_WHERE_SIZE	64	/* the longest group, and its NUL */

/* "server 10.0.9.4:80", "clients 10.1.7.0/24" */
void triage_where(char buf[TRIAGE_WHERE_SIZE], const struct triage_row *);

#endif
