/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "capture/timed_name.h"

#include <stdio.h>

/* The part of the time that the letter stands for, or -1. */
static int
part_of(const struct tm *tm, char letter)
{
	switch (letter) {
	case 'Y':
		return tm->tm_year + 1900;
	case 'm':
		return tm->tm_mon + 1;
	case 'd':
		return tm->tm_mday;
	case 'H':
		return tm->tm_hour;
	case 'M':
		return tm->tm_min;
	case 'S':
		return tm->tm_sec;
	default:
		return -1;
	}
}

bool
timed_name(char *buf, size_t size, const char *pattern, time_t when)
{
	bool has_time = false;
	size_t at = 0;
	struct tm tm;

	if (gmtime_r(&when, &tm) == NULL)
		return false;
	for (; *pattern != '\0' && at + 1 < size; pattern++) {
		int part;

		if (*pattern != '%' || *++pattern == '%') {
			buf[at++] = *pattern;
			continue;
		}
		part = part_of(&tm, *pattern);
		if (part < 0)
			return false;
		at += (size_t)snprintf(buf + at, size - at, "%02d", part);
		has_time = true;
	}
	if (*pattern != '\0' || at >= size)
		return false;
	buf[at] = '\0';
	return has_time;
}
