/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "diagnosis/account.h"

#include <string.h>

#include "base/compiler.h"
#include "base/pool.h"

_Static_assert(BOOK_COUNT <= 32, "a bit for each account");

#define BIT(book)	(UINT32_C(1) << (book))

/* Where the account stands, or would, among the few. */
static unsigned
slot_of(const struct account *account, enum book book)
{
	return count_bits(account->used & (BIT(book) - 1));
}

void
account_read(const struct account *account, int64_t ret_ns[BOOK_COUNT])
{
	const int64_t *next = account->few;

	if (account->all != NULL) {
		memcpy(ret_ns, account->all, BOOK_COUNT * sizeof(*ret_ns));
		return;
	}
	memset(ret_ns, 0, BOOK_COUNT * sizeof(*ret_ns));
	for (uint32_t bits = account->used; bits != 0; bits &= bits - 1)
		ret_ns[LOWEST_BIT(bits)] = *next++;
}

/* Take memory for all accounts; without, nothing changes. */
static void
spread_out(struct account *account)
{
	int64_t *all = mem_zalloc(BOOK_COUNT * sizeof(*all));

	if (all == NULL)
		return;
	account_read(account, all);
	account->all = all;
}

void
account_add_new(struct account *account, enum book book, int64_t ns)
{
	const unsigned slot = slot_of(account, book);
	const unsigned count = slot + count_bits(account->used >> book);

	if (account->all != NULL) {
		account->all[book] += ns;
		return;
	}
	if (count == ACCOUNT_FEW) {
		spread_out(account);
		if (account->all != NULL)
			account->all[book] += ns;
		else
			account->few[ACCOUNT_FEW - 1] += ns;
		return;
	}
	/* Those above move up; memmove() would take longer. */
	for (unsigned i = slot; i <= count; i++) {
		const int64_t moved = account->few[i];

		account->few[i] = ns;
		ns = moved;
	}
	account->used |= BIT(book);
}

void
account_move(struct account *account, enum book from, enum book to, int64_t ns)
{
	if (ns == 0)
		return;
	account_add(account, from, -ns);
	account_add(account, to, ns);
}

int64_t
account_get(const struct account *account, enum book book)
{
	if (account->all != NULL)
		return account->all[book];
	return (account->used & BIT(book)) != 0 ?
	    account->few[slot_of(account, book)] : 0;
}

void
account_fini(struct account *account)
{
	mem_free(account->all);
	account->all = NULL;
}
