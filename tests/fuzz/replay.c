/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The main() of a fuzz target where there is no libFuzzer: feeds it every
 * file of its corpus and speaks TAP about each.
 *
 *	fuzz_x [file or directory...]
 *
 * Without operands the corpus is tests/fuzz/corpus/x under $top_srcdir.
 */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "fuzz.h"

#define PATH_SIZE	1024
#define INPUT_MAX	(1024 * 1024)	/* bytes of a file that are read */

static unsigned count;

static void
replay_file(const char *path)
{
	FILE *f = fopen(path, "rb");
	uint8_t *data = malloc(INPUT_MAX);
	size_t size;

	if (f == NULL || data == NULL) {
		printf("not ok %u - %s: %s\n", ++count, path,
		    strerror(errno));
	} else {
		size = fread(data, 1, INPUT_MAX, f);
		/* A crash must not swallow the name of its cause. */
		printf("# %s\n", path);
		(void)fflush(stdout);
		(void)LLVMFuzzerTestOneInput(data, size);
		printf("ok %u - %s\n", ++count, path);
	}
	free(data);
	if (f != NULL)
		(void)fclose(f);
}

static void replay(const char *path);

static int
by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static void
replay_directory(const char *path)
{
	struct dirent **entries;
	char name[PATH_SIZE];
	int n = scandir(path, &entries, NULL, by_name);

	for (int i = 0; i < n; i++) {
		if (entries[i]->d_name[0] != '.' &&
		    snprintf(name, sizeof(name), "%s/%s", path,
		    entries[i]->d_name) < (int)sizeof(name))
			replay(name);
		free(entries[i]);
	}
	if (n >= 0)
		free(entries);
}

static void
replay(const char *path)
{
	struct stat st;

	if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
		replay_directory(path);
	else
		replay_file(path);
}

/* fuzz_frame, lt-fuzz_frame, fuzz_frame.exe: the corpus of "frame". */
static void
replay_own_corpus(const char *program)
{
	const char *top = getenv("top_srcdir");
	const char *name = strstr(program, "fuzz_");
	char path[PATH_SIZE];

	for (const char *p = name; p != NULL; p = strstr(p + 1, "fuzz_"))
		name = p;
	if (name == NULL)
		return;
	name += strlen("fuzz_");
	(void)snprintf(path, sizeof(path), "%s/tests/fuzz/corpus/%.*s",
	    top != NULL ? top : ".", (int)strcspn(name, "."), name);
	replay_directory(path);
}

int
main(int argc, char *argv[])
{
	if (argc < 2)
		replay_own_corpus(argv[0]);
	for (int i = 1; i < argc; i++)
		replay(argv[i]);
	if (count == 0)
		printf("1..0 # SKIP no corpus\n");
	else
		printf("1..%u\n", count);
	return 0;
}
