/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * -D and -L: the interfaces, and the link types of an interface.
 */
#ifndef TCPSTATES_CLI_LISTS_H
#define TCPSTATES_CLI_LISTS_H

#include "cli/options.h"

struct outbuf;

enum status lists_interfaces(struct outbuf *);
enum status lists_link_types(struct outbuf *, const struct options *);

#endif
