/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * See device.h: common to all systems but Linux, where libpcap counts drops.
 */
#include "config.h"

#include "capture/device.h"

#include <net/if.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/compiler.h"

void
device_open(struct device *device, const char *name)
{
	*device = (struct device){
		.control = socket(AF_INET, SOCK_DGRAM, 0),
		.index = if_nametoindex(name),
		.counters = { -1, -1 },
	};
}

void
device_close(struct device *device)
{
	if (device->control >= 0)
		close(device->control);
}

bool
device_name(const struct device *device, char ret_name[DEVICE_NAME_SIZE])
{
	char name[IF_NAMESIZE];

	if (device->index == 0 || if_indextoname(device->index, name) == NULL)
		return false;
	snprintf(ret_name, DEVICE_NAME_SIZE, "%s", name);
	return true;
}

bool
device_lost(struct device *device UNUSED, uint64_t *ret_lost UNUSED)
{
	return false;
}
