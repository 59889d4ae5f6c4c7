/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "diagnosis/long_waits.h"

#include <assert.h>
#include <stddef.h>

#include "base/pool.h"

#define SIZE_FIRST	2

/*
 * Keys: accounts, then sights, then of each sight the stretch that goes on,
 * whose `ns` is its beginning.
 */
#define KEY_OF_SIGHT	BOOK_COUNT
#define KEY_OF_CURRENT	(BOOK_COUNT + SIGHT_COUNT)

static_assert(KEY_OF_CURRENT + SIGHT_COUNT <= UINT8_MAX, "a key fits");

/* The index of a key; the count if there is none. */
static unsigned
index_of(const struct long_waits *waits, unsigned key)
{
	const unsigned count = waits == NULL ? 0 : waits->count;
	unsigned i = 0;

	while (i < count && waits->longest[i].key != key)
		i++;
	return i;
}

static const struct longest *
find(const struct long_waits *waits, unsigned key)
{
	const unsigned i = index_of(waits, key);

	return waits != NULL && i < waits->count ? &waits->longest[i] : NULL;
}

/* Room for one more key, or NULL. */
static struct longest *
append(struct long_waits **waits, unsigned key)
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
	*longest = (struct longest){ .key = (uint8_t)key };
	return longest;
}

/* That of the key, a new one if need be; NULL: out of memory. */
static struct longest *
take(struct long_waits **waits, unsigned key)
{
	struct long_waits *e = *waits;
	const unsigned i = index_of(e, key);

	return e != NULL && i < e->count ? &e->longest[i] :
	    append(waits, key);
}

/* Note a wait or a stretch, if it is the longest so far. */
static void
note(struct longest *longest, int64_t ns, int64_t end_ns, uint64_t from_frame,
    uint64_t frame)
{
	longest->count++;
	if (ns <= longest->ns)
		return;
	longest->ns = ns;
	longest->end_ns = end_ns;
	longest->from_frame = from_frame;
	longest->frame = frame;
}

void
long_waits_add(struct long_waits **waits, enum book book, int64_t ns,
    int64_t end_ns, uint64_t from_frame, uint64_t frame)
{
	struct longest *longest = take(waits, book);

	if (longest != NULL)
		note(longest, ns, end_ns, from_frame, frame);
}

void
long_waits_stretch(struct long_waits **waits, const struct seen *seen,
    int64_t gap_ns)
{
	struct longest *current = take(waits, KEY_OF_CURRENT + seen->sight);
	struct longest *longest, stretch;

	if (current == NULL)
		return;
	if (current->count == 0 ||
	    nstime_diff(seen->begin_ns, current->end_ns) > gap_ns) {
		current->count = 1;
		current->ns = seen->begin_ns;
		current->from_frame = seen->from_frame;
	}
	current->end_ns = seen->end_ns;
	stretch = *current;	/* which may move now */
	longest = take(waits, KEY_OF_SIGHT + seen->sight);
	if (longest != NULL)
		note(longest, nstime_diff(stretch.end_ns, stretch.ns) + 1,
		    stretch.end_ns, stretch.from_frame, seen->frame);
}

void
long_waits_queue(struct long_waits **waits, enum sight sight, int64_t ns,
    int64_t whole_ns, uint64_t frame)
{
	struct longest *longest = take(waits, KEY_OF_SIGHT + sight);

	if (longest != NULL)
		note(longest, ns, whole_ns, 0, frame);
}

void
long_waits_sum(struct long_waits **waits, enum sight sight, int64_t ns)
{
	struct longest *sum = take(waits, KEY_OF_SIGHT + sight);

	if (sum == NULL)
		return;
	sum->ns = nstime_add(sum->ns, ns);
	sum->count++;
}

void
long_waits_first(struct long_waits **waits, enum sight sight,
    uint64_t from_frame, uint64_t frame)
{
	struct longest *longest = take(waits, KEY_OF_SIGHT + sight);

	if (longest != NULL)
		note(longest, 1, 0, from_frame, frame);
}

void
long_waits_span(struct long_waits **waits, enum sight sight,
    uint64_t from_frame, uint64_t frame)
{
	struct longest *longest = take(waits, KEY_OF_SIGHT + sight);

	if (longest == NULL)
		return;
	note(longest, 1, 0, from_frame, frame);
	longest->frame = frame;
}

const struct longest *
long_waits_of(const struct long_waits *waits, enum book book)
{
	return find(waits, book);
}

const struct longest *
long_waits_sight(const struct long_waits *waits, enum sight sight)
{
	return find(waits, KEY_OF_SIGHT + sight);
}
