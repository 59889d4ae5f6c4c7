/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Privileges and the sandbox: what is given up before the first packet is
 * decoded, and the messages when that fails.  Live capture refuses to run
 * unconfined; reading a file only warns.
 */
#ifndef TCPSTATES_CLI_PRIVILEGES_H
#define TCPSTATES_CLI_PRIVILEGES_H

#include <stdbool.h>

struct account;
struct options;
struct sandbox_needs;

/* Choose the account to switch to.  False: the reason was printed. */
bool privileges_choose(const struct options *, struct account *);

/*
 * Switch to that account when everything is open, and enter the sandbox when
 * everything is ready.  False: the reason was printed, and no packet may be
 * read.
 */
bool privileges_drop(const struct options *, const struct account *);
bool privileges_confine(const struct options *,
    const struct sandbox_needs *);

#endif
