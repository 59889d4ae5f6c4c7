/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "capture/timed_name.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

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

const char *
name_of_path(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL ? slash + 1 : path;
}

bool
series_name(char *buf, size_t size, const char *pattern, const char *suffix,
    const struct series_place *place)
{
	const size_t len = strlen(pattern), suffix_len = strlen(suffix);
	const bool has_suffix = len >= suffix_len &&
	    strcmp(pattern + len - suffix_len, suffix) == 0;
	char stem[NAME_MAX + 1], number[16] = "";
	int written;

	if (!timed_name(stem, sizeof(stem), pattern, (time_t)place->when) &&
	    snprintf(stem, sizeof(stem), "%s", pattern) >= (int)sizeof(stem))
		return false;
	if (has_suffix)
		stem[strlen(stem) - suffix_len] = '\0';
	if (place->is_numbered)
		(void)snprintf(number, sizeof(number), "%0*" PRIu32,
		    (int)place->digits, place->number);
	written = snprintf(buf, size, "%s%s%s", stem, number,
	    has_suffix ? suffix : "");
	return written >= 0 && (size_t)written < size;
}
