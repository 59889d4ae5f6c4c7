/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Privileges and the sandbox: what is given up before the first packet, and
 * what is said when that cannot be.  Who watches an interface looks at what
 * strangers send now, and does not without; who reads a file may.
 */
#ifndef TCPSTATES_CLI_PRIVILEGES_H
#define TCPSTATES_CLI_PRIVILEGES_H

#include <stdbool.h>

struct account;
struct options;

/* Who to go on as.  False: it was said why not. */
bool privileges_choose(const struct options *, struct account *);

/*
 * Everything is open: become that account, and later, when everything is
 * ready, close the sandbox.  `directory` is that of a file which may be opened
 * again, or -1; start_threads(arg) is called where threads can be started that
 * will be inside, if that point is reached.  False: it was said why not, and
 * nothing is to be read.
 */
bool privileges_become(const struct options *, const struct account *);
bool privileges_close(const struct options *, int directory,
    void (*start_threads)(void *arg), void *arg);

#endif
