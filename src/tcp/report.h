/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The figures of the A-D report.  Every segment counts, analysed or not; the
 * rules are the report's own (manual, "THE REPORT"), and the analysis neither
 * reads nor changes them.
 */
#ifndef TCPSTATES_TCP_REPORT_H
#define TCPSTATES_TCP_REPORT_H

struct step;

/* The pipeline's steps. */
void report_originator(struct step *);
void report_packet(struct step *);
void report_window(struct step *);

#endif
