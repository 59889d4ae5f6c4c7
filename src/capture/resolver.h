/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A process of its own that asks the system for the names of addresses, for
 * --resolve: from inside the sandbox nothing could be asked.  It never sees a
 * packet: it receives addresses and sends names, asks for several at once, and
 * has no privileges.  It cannot have a sandbox, because how names are found is
 * the affair of the C library and its configuration.
 */
#ifndef TCPSTATES_CAPTURE_RESOLVER_H
#define TCPSTATES_CAPTURE_RESOLVER_H

#include <stdint.h>

#include "capture/helper.h"

struct account;

#define RESOLVER_NAME_SIZE	256

struct resolver {
	int fd;			/* of a socket; -1: there is no such process */
};

struct resolver_question {
	uint32_t number;	/* of the caller, and in the answer */
	uint8_t ip_version;
	uint8_t bytes[16];	/* IPv4: the first four */
};

struct resolver_answer {
	uint32_t number;
	char name[RESOLVER_NAME_SIZE];	/* as the network gave it; "": none */
};

/*
 * Start the process, before the sandbox is entered.  Return 0 or an errno
 * value; ENOTSUP: not on this system.
 */
int resolver_start(struct resolver *, const struct account *);

/* Neither blocks. */
enum helper_result resolver_ask(const struct resolver *,
    const struct resolver_question *);
enum helper_result resolver_read(const struct resolver *,
    struct resolver_answer *);

/* End the process; it ends with its parent, too. */
void resolver_stop(struct resolver *);

#endif
