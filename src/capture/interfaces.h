/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The interfaces of this machine, as libpcap lists and numbers them.
 */
#ifndef TCPSTATES_CAPTURE_INTERFACES_H
#define TCPSTATES_CAPTURE_INTERFACES_H

#include <stdbool.h>
#include <stddef.h>

#define INTERFACES_REASON_SIZE	256

struct interface {
	unsigned number;		/* from 1 */
	const char *name;
	const char *state;		/* "up", "down", "no link" or "-" */
	const char *addresses;		/* "192.0.2.1, 2001:db8::1" or "" */
	const char *description;	/* or "" */
};

/*
 * Call `each` for all interfaces in order.  False when they cannot be listed,
 * with the reason in ret_reason.
 */
bool interfaces_walk(void (*each)(void *arg, const struct interface *),
    void *arg, char ret_reason[INTERFACES_REASON_SIZE]);

/* All names: "eth0, lo, any", or "none".  Cut to fit. */
void interfaces_names(char *buf, size_t size);

/* The name of the interface with this number in -D.  False: there is none. */
bool interfaces_by_number(const char *number, char *buf, size_t size);

/* Is there an interface of this name? */
bool interfaces_has(const char *name);

#endif
