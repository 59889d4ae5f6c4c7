/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The main loop: pass frames from the source to the engine, write the report
 * to the output, and warn about what was wrong with either.
 */
#ifndef TCPSTATES_CLI_RUN_H
#define TCPSTATES_CLI_RUN_H

#include "cli/options.h"

enum status run_report(const struct options *);

/* What the end of a source means to the user. */
enum status run_status(enum source_end);

/* A key that no sender of packets can know; fixed with --deterministic. */
void run_choose_key(const struct options *, uint64_t key[2]);

#endif
