/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * TCP options: an iterator that hides their framing, and the decoder of the
 * ones that we know.
 */
#ifndef TCPSTATES_DECODE_TCPOPT_H
#define TCPSTATES_DECODE_TCPOPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cursor.h"
#include "decode/segment.h"

/* One option; End of List and No-Operation are never shown. */
struct tcpopt {
	uint8_t kind;
	uint8_t value_len;	/* bytes at `value` */
	const uint8_t *value;	/* after kind and length */
};

struct tcpopt_iter {
	struct cursor at;
	bool is_malformed;	/* a length below 2, or beyond the header */
};

/* Walk over `declared` bytes of options, of which `captured` are there. */
struct tcpopt_iter tcpopt_iter(const uint8_t *bytes, size_t captured,
    size_t declared);

/*
 * The next option.  False at the end: of the list, of what was captured, or
 * at one that is malformed.
 */
bool tcpopt_next(struct tcpopt_iter *, struct tcpopt *ret_option);

/*
 * Decode all of them into *ret_opt; none leave it zero.  When the snapshot
 * ended among them, those captured whole.
 */
void tcpopt_decode(const uint8_t *bytes, size_t captured, size_t declared,
    struct tcp_options *ret_opt);

#endif
