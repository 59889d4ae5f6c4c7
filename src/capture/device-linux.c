/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * See device.h.  Names and flags come from netdevice(7)'s ioctls.  Drops are
 * those that libpcap counts, from sysfs; libpcap opens these files for each
 * query, and returns zero when it cannot, as inside the sandbox.
 */
#include "config.h"

#include "capture/device.h"

#include <fcntl.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* Frames dropped because a buffer of the network card was full. */
static const char *const counter_names[DEVICE_COUNTERS] = {
	"rx_missed_errors",
	"rx_fifo_errors",
};

static int
open_counter(const char *interface, const char *counter)
{
	char path[128];

	snprintf(path, sizeof(path), "/sys/class/net/%s/statistics/%s",
	    interface, counter);
	return open(path, O_RDONLY | O_CLOEXEC);
}

/* The sum of the counters; false when one of them cannot be read. */
static bool
read_counters(const struct device *device, uint64_t *ret_sum)
{
	uint64_t sum = 0;

	for (int i = 0; i < DEVICE_COUNTERS; i++) {
		char text[32];
		const ssize_t len = pread(device->counters[i], text,
		    sizeof(text) - 1, 0);

		if (len <= 0)
			return false;
		text[len] = '\0';
		sum += strtoull(text, NULL, 10);
	}
	*ret_sum = sum;
	return true;
}

void
device_open(struct device *device, const char *name)
{
	*device = (struct device){
		.control = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0),
		.index = if_nametoindex(name),
	};
	for (int i = 0; i < DEVICE_COUNTERS; i++)
		device->counters[i] = open_counter(name, counter_names[i]);
	device->has_counters = read_counters(device, &device->last);
}

void
device_close(struct device *device)
{
	if (device->control >= 0)
		close(device->control);
	for (int i = 0; i < DEVICE_COUNTERS; i++)
		if (device->counters[i] >= 0)
			close(device->counters[i]);
}

bool
device_name(const struct device *device, char ret_name[DEVICE_NAME_SIZE])
{
	struct ifreq request = { .ifr_ifindex = (int)device->index };

	if (device->index == 0 ||
	    ioctl(device->control, SIOCGIFNAME, &request) != 0)
		return false;
	snprintf(ret_name, DEVICE_NAME_SIZE, "%s", request.ifr_name);
	return true;
}

bool
device_lost(struct device *device, uint64_t *ret_lost)
{
	uint64_t now;

	if (device->has_counters && read_counters(device, &now)) {
		/* A driver that was restarted counts from zero. */
		device->lost += now >= device->last ? now - device->last : now;
		device->last = now;
	}
	*ret_lost = device->lost;
	return device->has_counters;
}
