/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The sums of a ledger, in nanoseconds.  Few accounts of a connection are ever
 * booked to: they stand in the order of their numbers, and only a connection
 * with more of them takes memory for all.
 */
#ifndef TCPSTATES_DIAGNOSIS_ACCOUNT_H
#define TCPSTATES_DIAGNOSIS_ACCOUNT_H

#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "diagnosis/causes.h"

#define ACCOUNT_FEW	6

/* Zeroed is empty. */
struct account {
	uint32_t used;			/* set of 1 << enum book, while few */
	int64_t few[ACCOUNT_FEW];	/* of these, in order */
	int64_t *all;			/* BOOK_COUNT of them, or NULL */
};

/*
 * Add `ns` to an account.  Out of memory for a new one, it is added to another,
 * so that the sum stays right.
 */
void account_add_new(struct account *, enum book, int64_t ns);

static inline void
account_add(struct account *account, enum book book, int64_t ns)
{
	const uint32_t bit = UINT32_C(1) << book;

	if (LIKELY(account->all == NULL && (account->used & bit) != 0))
		account->few[count_bits(account->used & (bit - 1))] += ns;
	else if (ns != 0)
		account_add_new(account, book, ns);
}

/* Move time between accounts: the sum stays. */
void account_move(struct account *, enum book from, enum book to, int64_t ns);

int64_t account_get(const struct account *, enum book);

/* All of them. */
void account_read(const struct account *, int64_t ret_ns[BOOK_COUNT]);

void account_fini(struct account *);

#endif
