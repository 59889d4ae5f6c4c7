/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The table of hosts in a page: what each opened, accepted, sent and lost.
 */
#ifndef TCPSTATES_VIEWS_HTML_HOSTS_H
#define TCPSTATES_VIEWS_HTML_HOSTS_H

struct conn;
struct outbuf;
struct select_rules;

/* Of the connections selected; `first` begins their list, or is NULL. */
void html_put_hosts(struct outbuf *, const struct select_rules *,
    const struct conn *first);

#endif
