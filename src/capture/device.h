/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the system tells of an interface besides its packets: whether it is
 * up, what it is called now, what its driver lost.  Everything that is needed
 * to ask is opened beforehand, for inside the sandbox nothing can be; beside
 * device.c there is one file for each kind of system.  Private to capture/.
 */
#ifndef TCPSTATES_CAPTURE_DEVICE_H
#define TCPSTATES_CAPTURE_DEVICE_H

#include <stdbool.h>
#include <stdint.h>

#define DEVICE_NAME_SIZE	64	/* bytes, as interfaces are named */
#define DEVICE_COUNTERS		2	/* of losses, at most */

struct device {
	int control;		/* a socket to ask with, or -1 */
	unsigned index;		/* the same under any name; 0: unknown */
	int counters[DEVICE_COUNTERS];	/* files, or -1 */
	bool has_counters;	/* they could be read when opened */
	uint64_t last;		/* their sum, when last looked at */
	uint64_t lost;		/* by which it has grown since they were opened */
};

/* An interface that cannot be asked, as `any`, is never down nor renamed. */
void device_open(struct device *, const char *name);
void device_close(struct device *);

/* What it is called now.  False when it is gone, or cannot be asked. */
bool device_name(const struct device *, char ret_name[DEVICE_NAME_SIZE]);
/* `name` as device_name() has it. */
bool device_is_down(const struct device *, const char *name);
/*
 * Frames that it or its driver lost since device_open(), as far as they could
 * be read since: an interface may be gone.  False: they never could.
 */
bool device_lost(struct device *, uint64_t *ret_lost);

#endif
