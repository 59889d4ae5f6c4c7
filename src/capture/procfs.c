/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "capture/procfs.h"

#include <string.h>

#include "base/compiler.h"

#define CONTAINER_DIGITS	64	/* hexadecimal */
#define CONTAINER_SHOWN		12

/* Decimal digits up to `end`; 0: something else, or too large. */
static uint32_t
read_decimal(const char *at, const char *end)
{
	uint64_t n = 0;

	if (at == end)
		return 0;
	for (; at < end; at++) {
		if (*at < '0' || *at > '9')
			return 0;
		n = n * 10 + (uint64_t)(*at - '0');
		if (n > UINT32_MAX)
			return 0;
	}
	return (uint32_t)n;
}

uint32_t
procfs_pid(const char *name)
{
	return read_decimal(name, name + strlen(name));
}

uint32_t
procfs_socket(const char *target, size_t len)
{
	static const char before[] = "socket:[";
	const size_t begin = sizeof(before) - 1;

	if (len < begin + 2 || memcmp(target, before, begin) != 0 ||
	    target[len - 1] != ']')
		return 0;
	return read_decimal(target + begin, target + len - 1);
}

void
procfs_process(const char *text, size_t len,
    char ret_name[OWNER_PROCESS_SIZE])
{
	size_t n = 0;

	if (len > 0 && text[len - 1] == '\n')
		len--;
	for (; n < len && n < OWNER_PROCESS_SIZE - 1; n++)
		ret_name[n] = owner_harmless(text[n]);
	ret_name[n] = '\0';
}

/* ---- control groups ---- */

/* Part of a text, without NUL. */
struct part {
	const char *at;
	size_t len;
};

static bool
begins_with(struct part line, const char *word)
{
	return line.len >= strlen(word) &&
	    memcmp(line.at, word, strlen(word)) == 0;
}

/* "12:memory,cpu:/path": what is after the second colon. */
static struct part
path_of(struct part line)
{
	for (unsigned colons = 0; colons < 2; colons++) {
		const char *colon = memchr(line.at, ':', line.len);

		if (colon == NULL)
			return (struct part){ line.at, 0 };
		line.len -= (size_t)(colon + 1 - line.at);
		line.at = colon + 1;
	}
	return line;
}

static bool
names_systemd(struct part line)
{
	const char *colon = memchr(line.at, ':', line.len);

	return colon != NULL && begins_with((struct part){ colon,
	    line.len - (size_t)(colon - line.at) }, ":name=systemd:");
}

/* The path of the hierarchy that says most. */
static struct part
choose_path(const char *text, size_t len)
{
	struct part best = { text, 0 };
	unsigned best_rank = 0;

	while (len > 0) {
		const char *end = memchr(text, '\n', len);
		const struct part line = { text, end != NULL ?
		    (size_t)(end - text) : len };
		const unsigned rank = begins_with(line, "0::") ? 3 :
		    names_systemd(line) ? 2 : 1;

		/* The path of version 2 is "/" where version 1 is in use. */
		if (rank > best_rank && path_of(line).len > 1) {
			best = path_of(line);
			best_rank = rank;
		}
		if (end == NULL)
			break;
		len -= line.len + 1;
		text = end + 1;
	}
	return best;
}

static struct part
last_part(struct part path)
{
	struct part last = path;

	for (size_t i = 0; i < path.len; i++)
		if (path.at[i] == '/')
			last = (struct part){ path.at + i + 1,
			    path.len - i - 1 };
	return last;
}

static size_t
count_hex_digits(struct part text)
{
	size_t n = 0;

	while (n < text.len && ((text.at[n] >= '0' && text.at[n] <= '9') ||
	    (text.at[n] >= 'a' && text.at[n] <= 'f')))
		n++;
	return n;
}

void
procfs_cgroup(const char *text, size_t len,
    char ret_cgroup[OWNER_CGROUP_SIZE])
{
	struct part from = last_part(choose_path(text, len));
	size_t n = 0;

	while (from.len > 0 && n < OWNER_CGROUP_SIZE - 1) {
		size_t digits = count_hex_digits(from);
		size_t skipped = 1;

		if (digits == CONTAINER_DIGITS) {
			digits = CONTAINER_SHOWN;
			skipped = CONTAINER_DIGITS;
		} else if (digits > 0) {
			skipped = digits;
		} else {
			digits = 1;
		}
		for (size_t i = 0; i < digits && n < OWNER_CGROUP_SIZE - 1;
		    i++)
			ret_cgroup[n++] = owner_harmless(from.at[i]);
		from.at += skipped;
		from.len -= skipped;
	}
	ret_cgroup[n] = '\0';
}
