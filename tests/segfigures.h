/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The figures of the tracker by their names, for the `expect` of segment
 * scripts.  Each answers whether there is a figure of that name.
 */
#ifndef TCPSTATES_TESTS_SEGFIGURES_H
#define TCPSTATES_TESTS_SEGFIGURES_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/engine.h"

/*
 * Of one side: members of endpoint, side and side_counts; rtt_*, ts_rtt_*;
 * columns of the record without orig_ and resp_.
 */
bool segfigures_side(const struct conn *, unsigned side, const char *name,
    int64_t *ret_value);
/*
 * Members of conn, report_stats and analysis; packets, bytes, is_open...;
 * columns of the record.
 */
bool segfigures_conn(const struct conn *, const char *name,
    int64_t *ret_value);
bool segfigures_judgement(const struct judgement *, const char *name,
    int64_t *ret_value);
bool segfigures_totals(const struct tcpstates_totals *, const char *name,
    int64_t *ret_value);

#endif
