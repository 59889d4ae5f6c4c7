/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "records/group_name.h"

#include <assert.h>
#include <stdio.h>

#include "print/addr.h"

static_assert(GROUP_NAME_BUFSIZE >= ADDR_ENDPOINT_BUFSIZE,
    "an endpoint fits");

void
group_format_name(char buf[GROUP_NAME_BUFSIZE], const struct group_key *key,
    enum grouping_by by)
{
	char addr[ADDR_BUFSIZE];

	switch (by) {
	case GROUPING_SERVER:
		(void)addr_format_port(buf, key->addr, key->ip_version,
		    key->port);
		return;
	case GROUPING_CLIENT:
		(void)addr_format(addr, key->addr, key->ip_version);
		(void)snprintf(buf, GROUP_NAME_BUFSIZE, "%s", addr);
		return;
	case GROUPING_SUBNET:
		(void)addr_format(addr, key->addr, key->ip_version);
		(void)snprintf(buf, GROUP_NAME_BUFSIZE, "%s/%u", addr,
		    key->ip_version == 4 ? 24U : 64U);
		return;
	case GROUPING_PORT:
		(void)snprintf(buf, GROUP_NAME_BUFSIZE, "%u", key->port);
		return;
	case GROUPING_VLAN:
		if (key->vlan != 0)
			(void)snprintf(buf, GROUP_NAME_BUFSIZE, "%u",
			    key->vlan);
		else
			(void)snprintf(buf, GROUP_NAME_BUFSIZE, "untagged");
		return;
	case GROUPING_NONE:
	case GROUPING_COUNT:
		break;
	}
	buf[0] = '\0';
}
