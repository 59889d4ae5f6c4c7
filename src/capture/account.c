/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "capture/account.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Parse the number of an account or group; false if it is not one. */
static bool
parse_id(const char *text, uint32_t *ret_id)
{
	unsigned long long id;
	char *end;

	if (text == NULL || text[0] < '0' || text[0] > '9')
		return false;
	errno = 0;
	id = strtoull(text, &end, 10);
	/* setuid(2) and its kin take the highest number as "no change". */
	if (*end != '\0' || errno != 0 || id >= UINT32_MAX)
		return false;
	*ret_id = (uint32_t)id;
	return true;
}

static void
set_name(struct account *account, const char *name)
{
	snprintf(account->name, sizeof(account->name), "%s", name);
}

/* Use a number, which need not have a name. */
static void
use_number(struct account *account, uint32_t uid)
{
	const struct passwd *entry = getpwuid((uid_t)uid);

	account->uid = (uid_t)uid;
	account->gid = entry != NULL ? entry->pw_gid : (gid_t)uid;
	if (entry != NULL)
		set_name(account, entry->pw_name);
	else
		snprintf(account->name, sizeof(account->name), "%lu",
		    (unsigned long)uid);
}

static bool
use_name(struct account *account, const char *name)
{
	const struct passwd *entry;
	uint32_t uid;

	errno = 0;
	entry = getpwnam(name);
	set_name(account, name);
	if (entry != NULL) {
		account->uid = entry->pw_uid;
		account->gid = entry->pw_gid;
		return true;
	}
	if (!parse_id(name, &uid))
		return false;
	use_number(account, uid);
	return true;
}

/* Use the caller of sudo(8), unless that is root. */
static bool
use_caller(struct account *account)
{
	uint32_t uid, gid;

	if (!parse_id(getenv("SUDO_UID"), &uid) || uid == 0)
		return false;
	use_number(account, uid);
	if (parse_id(getenv("SUDO_GID"), &gid) && gid != 0)
		account->gid = (gid_t)gid;
	return true;
}

/* Why a name was not found. */
static const char *
reason_of(int error)
{
	return error == ENOMEM ? "cannot be looked up: out of memory" :
	    "is not an account on this machine";
}

const char *
account_choose(struct account *account, const char *wanted)
{
	const uid_t self = geteuid();

	*account = (struct account){ .uid = self, .gid = getegid() };
	account->is_named = wanted != NULL;
	if (wanted != NULL && !use_name(account, wanted))
		return reason_of(errno);
	if (self != 0) {
		return account->uid == self ? NULL :
		    "is another account, and only root can switch";
	}
	if (wanted == NULL) {
		account->is_named = use_caller(account);
		if (!account->is_named && !use_name(account, ACCOUNT_DEFAULT))
			return reason_of(errno);
	}
	account->is_other = account->uid != 0;
	return NULL;
}

int
account_create(const struct account *account, const char *path, bool append)
{
	const int flags = O_WRONLY | O_CREAT | O_CLOEXEC |
	    (append ? O_APPEND : O_TRUNC);
	const int fd = open(path, flags | O_EXCL, 0666);
	int error;

	if (fd < 0)
		return errno == EEXIST ? open(path, flags, 0666) : -1;
	if (!account->is_other || !account->is_named ||
	    fchown(fd, account->uid, account->gid) == 0)
		return fd;
	error = errno;
	close(fd);
	errno = error;
	return -1;
}

int
account_become(const struct account *account)
{
	if (!account->is_other)
		return 0;
	if (setgroups(0, NULL) != 0 || setgid(account->gid) != 0 ||
	    setuid(account->uid) != 0)
		return errno;
	/* Check that root cannot be regained. */
	return setuid(0) == 0 ? EPERM : 0;
}
