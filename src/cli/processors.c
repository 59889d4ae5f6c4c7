/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "cli/processors.h"

#include <inttypes.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/worker.h"

#define GROUPS		"/sys/fs/cgroup"
#define UNIFIED		"0::"	/* begins the line of version 2 */
#define TEXT_MAX	64	/* bytes of a file cpu.max */

/* "max 100000", or "150000 100000": a quota of a period, in microseconds. */
unsigned
processors_of_quota(const char *text)
{
	uint64_t quota, period, count;

	if (sscanf(text, "%" SCNu64 " %" SCNu64, &quota, &period) != 2 ||
	    period == 0)
		return 0;
	count = quota / period + (quota % period != 0);
	if (count == 0)
		return 1;
	return count < UINT_MAX ? (unsigned)count : 0;
}

static bool
read_line(const char *path, char *line, int size)
{
	FILE *file = fopen(path, "re");
	bool is_read = false;

	if (file == NULL)
		return false;
	is_read = fgets(line, size, file) != NULL;
	fclose(file);
	return is_read;
}

/* The path of this process's group of version 2.  False: there is none. */
static bool
find_group(char group[PATH_MAX])
{
	FILE *file = fopen("/proc/self/cgroup", "re");
	bool is_found = false;

	if (file == NULL)
		return false;
	while (!is_found && fgets(group, PATH_MAX, file) != NULL)
		is_found = strncmp(group, UNIFIED, strlen(UNIFIED)) == 0;
	fclose(file);
	if (!is_found)
		return false;
	group[strcspn(group, "\n")] = '\0';
	memmove(group, group + strlen(UNIFIED),
	    strlen(group) + 1 - strlen(UNIFIED));
	return true;
}

static unsigned
lower(unsigned count, const char *group)
{
	char path[sizeof(GROUPS) + PATH_MAX + sizeof("/cpu.max")];
	char text[TEXT_MAX];
	unsigned allowed = 0;

	snprintf(path, sizeof(path), GROUPS "%s/cpu.max", group);
	if (read_line(path, text, sizeof(text)))
		allowed = processors_of_quota(text);
	return allowed != 0 && allowed < count ? allowed : count;
}

/* The quota of a group is also one of the groups in it. */
unsigned
processors_usable(void)
{
	unsigned count = worker_processors();
	char group[PATH_MAX];

	if (!find_group(group))
		return count;
	for (;;) {
		char *slash = strrchr(group, '/');

		count = lower(count, group);
		if (slash == NULL)
			return count;
		*slash = '\0';
	}
}
