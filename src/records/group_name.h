/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Names of groups of connections.
 */
#ifndef TCPSTATES_RECORDS_GROUP_NAME_H
#define TCPSTATES_RECORDS_GROUP_NAME_H

#include "diagnosis/grouping.h"

#define GROUP_NAME_BUFSIZE	64

/* "192.0.2.1:80", "192.0.2.1", "80", "192.0.2.0/24", "7", "untagged". */
void group_format_name(char buf[GROUP_NAME_BUFSIZE],
    const struct group_key *, enum grouping_by);

#endif
