/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * --help and --version.
 */
#ifndef TCPSTATES_CLI_HELP_H
#define TCPSTATES_CLI_HELP_H

struct outbuf;

/* The options that most people use, on one screen. */
void help_usage(struct outbuf *, const char *program);
/* Usage and every option, by groups, in 80 columns. */
void help_options(struct outbuf *, const char *program);
/* The versions of the program and of the libraries it is linked with. */
void help_version(struct outbuf *);

#endif
