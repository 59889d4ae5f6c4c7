/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The keys of --columns, in the order given.
 */
#ifndef TCPSTATES_RECORDS_CHOICE_H
#define TCPSTATES_RECORDS_CHOICE_H

#include <stddef.h>

struct column;

struct column_choice {
	const struct column **columns;	/* NULL: all */
	size_t count;
};

/*
 * Add the key; the name of a pair without orig_ or resp_ adds both columns.
 * Return NULL, or what is wrong with the key, as a phrase.
 */
const char *column_choice_add(struct column_choice *, const char *key);
void column_choice_fini(struct column_choice *);

#endif
