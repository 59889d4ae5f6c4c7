/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The headers between the link header and TCP: the table in encapsulations.def
 * as decoders and as rows of the manual.
 */
#ifndef TCPSTATES_DECODE_ENCAPSULATION_H
#define TCPSTATES_DECODE_ENCAPSULATION_H

#include "decode/walk.h"

struct encapsulation {
	enum number_kind kind;	/* of the number that announces it */
	unsigned number;
	walk_step *decoder;
	const char *words;
	const char *reference;	/* "RFC 7348" */
};

/* The decoder of the header that this number announces; NULL: there is none. */
walk_step *encapsulation_decoder(enum number_kind, unsigned number);

/* The rows in order; NULL after the last. */
const struct encapsulation *encapsulation_row(unsigned index);

#endif
