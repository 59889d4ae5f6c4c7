/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who the program goes on as once everything is open.  Only root can become
 * somebody else; for everybody else there is nothing to do.
 */
#ifndef TCPSTATES_CAPTURE_ACCOUNT_H
#define TCPSTATES_CAPTURE_ACCOUNT_H

#include <stdbool.h>
#include <sys/types.h>

struct account {
	char name[64];		/* or a number; for messages */
	uid_t uid;
	gid_t gid;
	bool is_other;		/* than who we are */
	bool is_named;		/* chosen for this run, not when compiled */
};

/*
 * `wanted` (a name or a number; root stays root), else the account that
 * called sudo(8), else the one that the program was configured with.  NULL,
 * or what is wrong with it in a phrase; its name is there in either case.
 */
const char *account_choose(struct account *, const char *wanted);

/*
 * Open a file to write it, from its start or `append` to it.  A new one
 * belongs to the account, if that was named: who wanted it can open it again.
 * -1 with errno.
 */
int account_create(const struct account *, const char *path, bool append);

/* For good, without any other group.  0 or an errno value. */
int account_become(const struct account *);

#endif
