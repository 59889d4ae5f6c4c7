/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "diagnosis/long_waits.h"

#include <stddef.h>

#include "base/pool.h"

#define SIZE_FIRST	2

static struct longest *
find(struct long_waits *waits, enum book book)
{
	for (unsigned i = 0; waits != NULL && i < waits->count; i++)
		if (waits->longest[i].book == book)
			return &waits->longest[i];
	return NULL;
}

/* Room for one more account, or NULL. */
static struct longest *
append(struct long_waits **waits, enum book book)
{
	struct long_waits *e = *waits;
	struct longest *longest;

	if (e == NULL || e->count == e->size) {
		const uint8_t size = e == NULL ? SIZE_FIRST :
		    (uint8_t)(2 * e->size);

		e = mem_realloc(e, sizeof(*e) + size * sizeof(e->longest[0]));
		if (e == NULL)
			return NULL;
		if (*waits == NULL)
			e->count = 0;
		e->size = size;
		*waits = e;
	}
	longest = &e->longest[e->count++];
	*longest = (struct longest){ .book = (uint8_t)book };
	return longest;
}

void
long_waits_add(struct long_waits **waits, enum book book, int64_t ns,
    int64_t end_ns, uint64_t from_frame, uint64_t frame)
{
	struct longest *longest = find(*waits, book);

	if (longest == NULL)
		longest = append(waits, book);
	if (longest == NULL)
		return;
	longest->count++;
	if (ns <= longest->ns)
		return;
	longest->ns = ns;
	longest->end_ns = end_ns;
	longest->from_frame = from_frame;
	longest->frame = frame;
}

const struct longest *
long_waits_of(const struct long_waits *waits, enum book book)
{
	for (unsigned i = 0; waits != NULL && i < waits->count; i++)
		if (waits->longest[i].book == book)
			return &waits->longest[i];
	return NULL;
}
