/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The state of an interface: whether it is up, its present name, the drops of
 * its driver.  All descriptors are opened beforehand, as the sandbox forbids
 * opening any.  Beside device.c there is one file per kind of system.  Private
 * to capture/.
 */
#ifndef TCPSTATES_CAPTURE_DEVICE_H
#define TCPSTATES_CAPTURE_DEVICE_H

#include <stdbool.h>
#include <stdint.h>

#define DEVICE_NAME_SIZE	64	/* bytes */
#define DEVICE_COUNTERS		2	/* of drops */

struct device {
	int control;		/* socket for ioctls, or -1 */
	unsigned index;		/* stays when it is renamed; 0: unknown */
	int counters[DEVICE_COUNTERS];	/* files, or -1 */
	bool has_counters;	/* they could be read when opened */
	uint64_t last;		/* their sum when last read */
	uint64_t lost;		/* its growth since device_open() */
};

/* An interface without an index, such as `any`, is never down nor renamed. */
void device_open(struct device *, const char *name);
void device_close(struct device *);

/* Its present name.  False when it is gone or has no index. */
bool device_name(const struct device *, char ret_name[DEVICE_NAME_SIZE]);
/* `name` is that of device_name(). */
bool device_is_down(const struct device *, const char *name);
/*
 * Frames dropped by the interface or its driver since device_open(), as last
 * read: the interface may be gone.  False when this could never be read.
 */
bool device_lost(struct device *, uint64_t *ret_lost);

#endif
