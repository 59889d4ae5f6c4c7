/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * --compare: reads two captures of the same traffic and reports what happened
 * between their points.
 */
#ifndef TCPSTATES_CLI_COMPARE_H
#define TCPSTATES_CLI_COMPARE_H

#include "cli/options.h"

enum status compare_run(const struct options *);

#endif
