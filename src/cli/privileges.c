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

/*
 * Without an account to switch to, a file is read all the same, unless the
 * user named the account.
 */
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
	message("cannot drop root privileges: '%s' %s", account->name, wrong);
	if (is_fatal(options))
		message("hint: name another account with -Z, or keep the "
		    "privileges with -Z root");
	return !is_fatal(options);
}

static bool
become(const struct options *options, const struct account *account)
{
	const int error = account_become(account);

	if (error == 0)
		return true;
	message("cannot drop root privileges by switching to '%s': %s",
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
	message("cannot drop capabilities: %s", strerror(error));
	return !is_live(options);
}

bool
privileges_drop(const struct options *options, const struct account *account)
{
	return become(options, account) && renounce(options);
}

static bool
report_open(const struct options *options, const char *reason)
{
	message("cannot enter the sandbox: %s", reason);
	if (is_live(options))
		message("hint: --no-sandbox captures without one");
	return !is_live(options);
}

bool
privileges_confine(const struct options *options,
    const struct sandbox_needs *needs)
{
	char reason[SANDBOX_REASON_SIZE];

	if (options->no_sandbox) {
		needs->start_threads(needs->arg);
		return true;
	}
	switch (sandbox_enter(needs, reason)) {
	case SANDBOX_ENTERED:
	case SANDBOX_NONE:
		return true;
	case SANDBOX_MISSING:
		/* On an old kernel a warning for each file would be noise. */
		return !is_live(options) || report_open(options, reason);
	case SANDBOX_FAILED:
		return report_open(options, reason);
	}
	return false;
}
