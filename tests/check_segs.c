/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every script of tests/segs, one case each, under ISNs that wrap in every
 * way and with the endpoints in both orders of the key; then whether the
 * scripts together have reached every cell of the table of states.
 *
 *	check_segs SCRIPT [PCAP]	runs one, and writes its frames
 */
#include "config.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/compiler.h"
#include "base/pool.h"
#include "check_main.h"
#include "seg.h"
#include "tcp/state.h"

#define SCRIPTS_MAX	400
#define SUFFIX		".seg"

/* ISNs of A and B: each of the five stands once on either side. */
static const uint32_t isns[][2] = {
	{ 0, 0xffffffff },
	{ 1, 0x80000000 },
	{ 0x7fffffff, 0 },
	{ 0x80000000, 0x7fffffff },
	{ 0xffffffff, 1 },
};

static char *scripts[SCRIPTS_MAX];
static int script_count;

/*
 * Cells looked up, in memory that the processes of the cases share.  The
 * linker sends the tracker's calls of state_cell() by here.
 */
static unsigned char (*reached)[EVENT_COUNT];

const struct state_cell *__real_state_cell(enum state, enum event);
const struct state_cell *__wrap_state_cell(enum state, enum event);

const struct state_cell *
__wrap_state_cell(enum state state, enum event event)
{
	if (reached != NULL)
		reached[state][event] = 1;
	return __real_state_cell(state, event);
}

START_TEST(script_holds)
{
	char message[SEG_MESSAGE];
	struct seg_run run = { .pcap = NULL };

	for (size_t i = 0; i < ARRAY_LEN(isns) * 2; i++) {
		run.isn[0] = isns[i / 2][0];
		run.isn[1] = isns[i / 2][1];
		run.is_mirrored = i % 2 != 0;
		if (!seg_holds(scripts[_i], &run, message))
			ck_abort_msg("%s", message);
		ck_assert_uint_eq(mem_outstanding(), 0);
	}
}
END_TEST

START_TEST(every_cell_is_reached_by_some_script)
{
	int missed = 0;

	for (int s = 0; s < STATE_COUNT; s++)
		for (int e = 0; e < EVENT_COUNT; e++)
			if (reached[s][e] == 0 && !__real_state_cell(
			    (enum state)s, (enum event)e)->is_odd) {
				printf("# not reached: %s %s\n",
				    state_name((enum state)s),
				    event_name((enum event)e));
				missed++;
			}
	fflush(stdout);
	ck_assert_int_eq(missed, 0);
}
END_TEST

static int
by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void
find_scripts(const char *dir)
{
	DIR *d = opendir(dir);
	const struct dirent *entry;

	while (d != NULL && (entry = readdir(d)) != NULL &&
	    script_count < SCRIPTS_MAX) {
		const size_t len = strlen(entry->d_name);
		const size_t size = strlen(dir) + len + 2;

		if (len <= strlen(SUFFIX) || strcmp(entry->d_name + len -
		    strlen(SUFFIX), SUFFIX) != 0)
			continue;
		scripts[script_count] = malloc(size);
		if (scripts[script_count] != NULL)
			snprintf(scripts[script_count++], size, "%s/%s", dir,
			    entry->d_name);
	}
	if (d != NULL)
		closedir(d);
	qsort(scripts, (size_t)script_count, sizeof(*scripts), by_name);
}

/* The case is named after the script. */
static void
add_script(Suite *suite, int i)
{
	const char *slash = strrchr(scripts[i], '/');
	TCase *tcase = tcase_create(slash != NULL ? slash + 1 : scripts[i]);

	tcase_set_timeout(tcase, 60);
	tcase_add_loop_test(tcase, script_holds, i, i + 1);
	suite_add_tcase(suite, tcase);
}

static Suite *
segs_suite(void)
{
	Suite *suite = suite_create("segs");
	TCase *cells = tcase_create("cells");

	for (int i = 0; i < script_count; i++)
		add_script(suite, i);
	tcase_add_test(cells, every_cell_is_reached_by_some_script);
	suite_add_tcase(suite, cells);
	return suite;
}

static int
run_one(const char *path, const char *pcap)
{
	const struct seg_run run = { .isn = { 1000, 5000 }, .pcap = pcap };
	char message[SEG_MESSAGE];
	const bool holds = seg_holds(path, &run, message);

	puts(holds ? "holds" : message);
	return !holds;
}

int
main(int argc, char **argv)
{
	const char *srcdir = getenv("srcdir");
	char dir[1000];

	if (argc > 1)
		return run_one(argv[1], argc > 2 ? argv[2] : NULL);
	snprintf(dir, sizeof(dir), "%s/tests/segs",
	    srcdir != NULL ? srcdir : ".");
	find_scripts(dir);
	reached = mmap(NULL, sizeof(*reached) * STATE_COUNT,
	    PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (script_count == 0 || reached == MAP_FAILED) {
		printf("Bail out! no scripts in %s\n", dir);
		return 1;
	}
	return check_main(segs_suite());
}
