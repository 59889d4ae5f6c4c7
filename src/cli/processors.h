/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How many processors this process may keep busy.
 */
#ifndef TCPSTATES_CLI_PROCESSORS_H
#define TCPSTATES_CLI_PROCESSORS_H

/*
 * The processors of its affinity, or as many as the CPU quotas of its control
 * group (version 2) and of the groups above allow, rounded up; at least 1.
 * Reads /proc and /sys, so call it before the sandbox.
 */
unsigned processors_usable(void);

/* Internal, for tests: what the text of a file cpu.max allows; 0: no limit. */
unsigned processors_of_quota(const char *text);

#endif
