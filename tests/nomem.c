/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * To be preloaded: an allocator that fails when the environment says so.
 *
 *	NOMEM_FROM=N	the Nth allocation, and all after it
 *	NOMEM_AT=N	the Nth alone
 *	NOMEM_COUNT=1	none; says at the end how many there were
 */
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

/* glibc's own, under the names that remain. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);

static long asked;
static long from;
static long at;

static long
number_of(const char *name)
{
	const char *text = getenv(name);

	return text != NULL ? strtol(text, NULL, 10) : 0;
}

__attribute__((constructor)) static void
begin(void)
{
	from = number_of("NOMEM_FROM");
	at = number_of("NOMEM_AT");
	asked = 0;
}

__attribute__((destructor)) static void
end(void)
{
	if (number_of("NOMEM_COUNT") != 0)
		fprintf(stderr, "allocations: %ld\n", asked);
}

static bool
is_refused(void)
{
	asked++;
	if (asked != at && (from == 0 || asked < from))
		return false;
	errno = ENOMEM;
	return true;
}

void *
malloc(size_t size)
{
	return is_refused() ? NULL : __libc_malloc(size);
}

void *
calloc(size_t count, size_t size)
{
	return is_refused() ? NULL : __libc_calloc(count, size);
}

void *
realloc(void *old, size_t size)
{
	return is_refused() ? NULL : __libc_realloc(old, size);
}
