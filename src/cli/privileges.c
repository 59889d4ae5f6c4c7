/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "cli/privileges.h"

#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "capture/account.h"
#include "capture/sandbox.h"
#include "cli/messages.h"
#include "cli/options.h"

static bool
is_live(const struct options *options)
{
	return options->source.interface != NULL;
}

/* Whom the user did not name may be missing where nothing is watched. */
static bool
is_fatal(const struct options *options)
{
	return is_live(options) || options->account != NULL;
}

bool
privileges_choose(const struct options *options, struct account *account)
{
	const char *wrong = account_choose(account, options->account);

	if (wrong == NULL)
		return true;
	if (options->account != NULL) {
		message("-Z: '%s' %s", account->name, wrong);
		return false;
	}
	message("'%s', to go on as without the rights of root, %s",
	    account->name, wrong);
	if (is_fatal(options))
		message("hint: name another with -Z, or keep them with "
		    "-Z root");
	return !is_fatal(options);
}

/* As an account that is none of root's. */
static bool
become(const struct options *options, const struct account *account)
{
	const int error = account_become(account);

	if (error == 0)
		return true;
	message("cannot go on as '%s', without the rights of root: %s",
	    account->name, strerror(error));
	if (is_fatal(options))
		message("hint: -Z root keeps them");
	return !is_fatal(options);
}

static bool
renounce(const struct options *options)
{
	const int error = sandbox_renounce(geteuid() == 0);

	if (error == 0)
		return true;
	message("cannot give up capabilities: %s", strerror(error));
	return !is_live(options);
}

bool
privileges_become(const struct options *options, const struct account *account)
{
	return become(options, account) && renounce(options);
}

static bool
tell_open(const struct options *options, const char *reason)
{
	message("cannot enter the sandbox: %s", reason);
	if (is_live(options))
		message("hint: --no-sandbox watches without one");
	return !is_live(options);
}

bool
privileges_close(const struct options *options, int directory,
    void (*start_threads)(void *arg), void *arg)
{
	const struct sandbox_needs needs = {
		.is_live = is_live(options),
		.directory = directory,
		.start_threads = start_threads,
		.arg = arg,
	};
	char reason[SANDBOX_REASON_SIZE];

	if (options->no_sandbox) {
		start_threads(arg);
		return true;
	}
	switch (sandbox_enter(&needs, reason)) {
	case SANDBOX_ENTERED:
	case SANDBOX_NONE:
		return true;
	case SANDBOX_MISSING:
		/* An old kernel is no news to whoever reads a file. */
		return !is_live(options) || tell_open(options, reason);
	case SANDBOX_FAILED:
		return tell_open(options, reason);
	}
	return false;
}
