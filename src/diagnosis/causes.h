/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The accounts of the ledger, see causes.def.
 */
#ifndef TCPSTATES_DIAGNOSIS_CAUSES_H
#define TCPSTATES_DIAGNOSIS_CAUSES_H

#include <stdbool.h>

enum book_class {
	CLASS_OWN,		/* the endpoint's own: client or server */
	CLASS_SERVER,
	CLASS_NETWORK,
	CLASS_NOBODY,
	CLASS_UNKNOWN,
	CLASS_CAPTURE
};

/*
 * Accounts of an endpoint are two: BOOK_name is that of conn->endpoint[0], and
 * book_of(BOOK_name, side) that of either.
 */
enum book {
#define CAUSE(name, key, class, words, sentence)	BOOK_##name,
#define CAUSE_OF(name, key, class, words, sentence)			\
	BOOK_##name, BOOK_##name##_OF_1,
#include "diagnosis/causes.def"
#undef CAUSE
#undef CAUSE_OF
	BOOK_COUNT
};

#define BOOK_FIRST_OF	BOOK_WAIT	/* from here on: of an endpoint */

static inline enum book
book_of(enum book book, unsigned side)
{
	return (enum book)(book + side);
}

/* Is it an account of one endpoint? */
static inline bool
book_is_sided(enum book book)
{
	return book >= BOOK_FIRST_OF;
}

/* The endpoint of a sided account. */
static inline unsigned
book_side(enum book book)
{
	return (book - BOOK_FIRST_OF) & 1;
}

const char *book_key(enum book);
const char *book_words(enum book);
const char *book_sentence(enum book);
enum book_class book_class(enum book);

#endif
