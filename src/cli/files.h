/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the file system knows about the inputs and outputs of a run before they
 * are opened.
 */
#ifndef TCPSTATES_CLI_FILES_H
#define TCPSTATES_CLI_FILES_H

#include <stdbool.h>

#include "cli/options.h"

/*
 * May the run go on for weeks, so that its output is moved away meanwhile?  An
 * interface or a pipe may; regular files are read once, to their end.
 */
bool files_are_endless(const struct options *);

/*
 * No output may overwrite the input or another output, whatever its name.  Two
 * names of a file that is still to be created are found out when the first
 * output has created it, so this is called before each output is opened.
 * Anything but STATUS_OK was reported.
 */
enum status files_check_outputs(const struct options *);

#endif
