/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * -D and -L: what there is to capture on, and how.
 */
#ifndef TCPSTATES_CLI_LISTS_H
#define TCPSTATES_CLI_LISTS_H

#include "cli/options.h"

struct outbuf;

enum status lists_interfaces(struct outbuf *);
enum status lists_link_types(struct outbuf *, const struct options *);

#endif
