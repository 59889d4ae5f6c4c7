/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How pictures show booked time: a colour, and whether it is work or a wait
 * that nobody is to blame for.
 */
#ifndef TCPSTATES_PICTURES_WAITS_H
#define TCPSTATES_PICTURES_WAITS_H

#include <stdbool.h>
#include <stdint.h>

#include "pictures/markup.h"

struct collector;
struct conn;
struct picture;
struct span;

enum wait_kind {
	WAIT_CONNECT,		/* handshake */
	WAIT_ORIG,		/* data of the originator travels */
	WAIT_RESP,
	WAIT_FOR_SERVER,
	WAIT_FOR_CLIENT,	/* or idle */
	WAIT_LOST,		/* loss, retries, no answer */
	WAIT_WINDOW,
	WAIT_CLOSING,
	WAIT_UNSEEN,		/* the capture lost segments */
	WAIT_KINDS
};

enum paint wait_paint(enum wait_kind);
/* Thin, as nobody is to blame. */
bool wait_is_thin(enum wait_kind);
/* For the key: "waits for the server". */
const char *wait_words(enum wait_kind);

enum wait_kind wait_kind_of(const struct conn *, const struct span *);

/*
 * The waits of a connection, the one at its end included: `i` from 0.  False:
 * there are no more.  `picture` may be NULL.
 */
bool wait_next(const struct conn *, const struct picture *, uint32_t i,
    struct span *ret_span);

/* "server wait", "path": the cause in words, with its endpoint. */
#define WAIT_WORDS_SIZE	48
void wait_format_cause(char buf[WAIT_WORDS_SIZE], const struct conn *,
    unsigned book);

#endif
