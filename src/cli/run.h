/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The main job: frames from the source into the engine, the report to the
 * output, the truth about both to the person.
 */
#ifndef TCPSTATES_CLI_RUN_H
#define TCPSTATES_CLI_RUN_H

#include "cli/options.h"

enum status run_report(const struct options *);

#endif
