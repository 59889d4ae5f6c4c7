/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nofence missing|failing PROGRAM [ARGUMENT...]
 *
 * Runs a program as on a kernel that knows neither Landlock nor seccomp, or
 * as where both are there and forbidden, as inside some containers.  Exits
 * with 77 where that cannot be made.
 */
#include "config.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#define EXIT_SKIP	77

#ifdef HAVE_LIBSECCOMP

#include <seccomp.h>

#include "base/compiler.h"

static bool
refuse(scmp_filter_ctx filter, int call, int error)
{
	return seccomp_rule_add(filter, SCMP_ACT_ERRNO((uint32_t)error), call,
	    0) == 0;
}

static bool
refuse_prctl(scmp_filter_ctx filter, unsigned long option)
{
	const struct scmp_arg_cmp is_option = SCMP_CMP(0, SCMP_CMP_EQ, option,
	    0);

	return seccomp_rule_add_array(filter, SCMP_ACT_ERRNO(EINVAL),
	    SCMP_SYS(prctl), 1, &is_option) == 0;
}

static bool
take_away(bool missing)
{
	static const char *const landlock[] = {
		"landlock_create_ruleset",
		"landlock_add_rule",
		"landlock_restrict_self",
	};
	const scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
	bool good = filter != NULL;

	for (size_t i = 0; good && i < ARRAY_LEN(landlock); i++)
		good = refuse(filter, seccomp_syscall_resolve_name(
		    landlock[i]), ENOSYS);
	good = good && refuse_prctl(filter, PR_SET_SECCOMP) &&
	    refuse(filter, SCMP_SYS(seccomp), missing ? ENOSYS : EPERM);
	if (missing)
		good = good && refuse_prctl(filter, PR_GET_SECCOMP);
	return good && seccomp_load(filter) == 0;
}

#else

static bool
take_away(bool missing)
{
	return missing && false;
}

#endif

int
main(int argc, char **argv)
{
	if (argc < 3)
		return 2;
	if (!take_away(strcmp(argv[1], "missing") == 0))
		return EXIT_SKIP;
	execv(argv[2], argv + 2);
	perror(argv[2]);
	return EXIT_SKIP;
}
