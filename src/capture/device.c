/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * See device.h: common to all systems.
 */
#include "config.h"

#include "capture/device.h"

#include <net/if.h>
#include <stdio.h>
#include <sys/ioctl.h>

bool
device_is_down(const struct device *device, const char *name)
{
	struct ifreq request = { .ifr_flags = IFF_UP };

	if (device->index == 0)
		return false;
	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name);
	return ioctl(device->control, SIOCGIFFLAGS, &request) == 0 &&
	    (request.ifr_flags & IFF_UP) == 0;
}
