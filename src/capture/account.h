/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The account that the program switches to when everything is open.  Only root
 * can switch; for other users these functions do nothing.
 */
#ifndef TCPSTATES_CAPTURE_ACCOUNT_H
#define TCPSTATES_CAPTURE_ACCOUNT_H

#include <stdbool.h>
#include <sys/types.h>

struct account {
	char name[64];		/* or a number; for messages */
	uid_t uid;
	gid_t gid;
	bool is_other;		/* differs from the current one */
	bool is_named;		/* by -Z or sudo, not by configure */
};

/*
 * Choose `wanted`, a name or a number (root stays root); else the caller of
 * sudo(8); else the account that the program was configured with.  Return
 * NULL, or what is wrong with the account, as a phrase; the name is set in
 * either case.
 */
const char *account_choose(struct account *, const char *wanted);

/*
 * Open a file to overwrite it, or to append to it.  A new file is owned by the
 * account if is_named, so that its user can open it again.  -1 with errno.
 */
int account_create(const struct account *, const char *path, bool append);

/*
 * Switch for good, without supplementary groups.  Return 0 or an errno value.
 */
int account_become(const struct account *);

#endif
