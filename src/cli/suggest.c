/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "cli/suggest.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "cli/rows.h"
#include "records/record.h"

#define WORD_MAX	40	/* bytes of a word that is compared */
#define LIST_MAX	4	/* options in a list */
#define KEYS_MAX	6	/* keys in a list */

static size_t
smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

/*
 * The number of letters to insert, delete, replace or swap with their
 * neighbour that turns `a` into `b` (the optimal string alignment).
 */
static size_t
edit_distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
	size_t row[3][WORD_MAX + 1];	/* i - 2, i - 1, i; modulo 3 */

	for (size_t j = 0; j <= b_len; j++)
		row[0][j] = j;
	for (size_t i = 1; i <= a_len; i++) {
		const size_t *before = row[(i + 2) % 3];
		size_t *now = row[i % 3];

		now[0] = i;
		for (size_t j = 1; j <= b_len; j++) {
			now[j] = smaller(before[j - 1] +
			    (a[i - 1] != b[j - 1]),
			    smaller(before[j], now[j - 1]) + 1);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
			    a[i - 2] == b[j - 1])
				now[j] = smaller(now[j],
				    row[(i + 1) % 3][j - 2] + 1);
		}
	}
	return row[a_len % 3][b_len];
}

/* A third of the letters may be wrong, as in --tabel or --idel-tmeout. */
static bool
resembles(const char *typed, size_t typed_len, const char *word,
    size_t *ret_distance)
{
	const size_t word_len = strlen(word);

	if (typed_len > WORD_MAX || word_len > WORD_MAX)
		return false;
	*ret_distance = edit_distance(typed, typed_len, word, word_len);
	return *ret_distance <= typed_len / 3 &&
	    *ret_distance < word_len;
}

static const char *
nearest_option(const char *typed, size_t len)
{
	const char *nearest = NULL;
	size_t distance, least = SIZE_MAX;

	for (size_t i = 0; i < optrow_count(); i++) {
		const char *name = optrow_at(i)->name;

		if (resembles(typed, len, name, &distance) &&
		    distance < least) {
			nearest = name;
			least = distance;
		}
	}
	return nearest;
}

static size_t
count_abbreviated(const char *typed, size_t len)
{
	size_t count = 0;

	for (size_t i = 0; i < optrow_count(); i++)
		count += strncmp(optrow_at(i)->name, typed, len) == 0;
	return count;
}

static void
list_abbreviated(char buf[SUGGEST_SIZE], const char *typed, size_t len,
    size_t count)
{
	size_t at = 0, listed = 0;

	for (size_t i = 0; i < optrow_count() && listed < LIST_MAX; i++) {
		const char *name = optrow_at(i)->name;

		if (strncmp(name, typed, len) != 0)
			continue;
		listed++;
		at += (size_t)snprintf(buf + at, SUGGEST_SIZE - at, "%s--%s",
		    listed == 1 ? ": " : listed == count ? " or " : ", ",
		    name);
	}
	(void)snprintf(buf + at, SUGGEST_SIZE - at, "%s",
	    count > LIST_MAX ? "..." : "?");
}

void
suggest_option(char buf[SUGGEST_SIZE], const char *typed)
{
	const char *name = typed + strspn(typed, "-");
	const size_t len = strcspn(name, "=");
	const size_t count = len > 0 ? count_abbreviated(name, len) : 0;
	const char *nearest = len > 1 ? nearest_option(name, len) : NULL;

	buf[0] = '\0';
	if (count > 1)
		list_abbreviated(buf, name, len, count);
	else if (nearest != NULL)
		(void)snprintf(buf, SUGGEST_SIZE, ": did you mean --%s?",
		    nearest);
}

/* Add ", key" to the list, unless the list is full. */
static size_t
add_key(char buf[SUGGEST_SIZE], size_t at, size_t count, const char *key)
{
	if (count >= KEYS_MAX)
		return at;
	return at + (size_t)snprintf(buf + at, SUGGEST_SIZE - at, "%s%s",
	    count == 0 ? "; similar keys: " : ", ", key);
}

/* The name of a pair stands for both columns, as in --sort=rtt_min. */
static const char *
name_of_column(const struct column *column)
{
	return column->side == COLUMN_ORIG ?
	    column->key + strlen("orig_") : column->key;
}

/* Does the typed key begin like those of one endpoint? */
static bool
names_side(const char *typed)
{
	return strncmp(typed, "orig_", strlen("orig_")) == 0 ||
	    strncmp(typed, "resp_", strlen("resp_")) == 0;
}

/* List the keys that contain the text, or else those that resemble it. */
static size_t
list_keys(char buf[SUGGEST_SIZE], size_t at, const char *typed,
    bool by_resemblance)
{
	const size_t len = strlen(typed);
	const bool is_side = names_side(typed);
	size_t count = 0, distance;

	for (size_t i = 0; i < record_column_count(); i++) {
		const struct column *column = record_column(i);
		const char *name = is_side ? column->key :
		    name_of_column(column);
		const bool fits = by_resemblance ?
		    resembles(typed, len, name, &distance) :
		    strstr(name, typed) != NULL;

		if (fits && (is_side || column->side != COLUMN_RESP))
			at = add_key(buf, at, count++, name);
	}
	if (count > KEYS_MAX)
		(void)snprintf(buf + at, SUGGEST_SIZE - at, "...");
	return count;
}

void
suggest_key(char buf[SUGGEST_SIZE], const char *typed)
{
	const size_t at = (size_t)snprintf(buf, SUGGEST_SIZE,
	    "is not a key of the records");

	if (typed[0] != '\0' && list_keys(buf, at, typed, false) == 0 &&
	    list_keys(buf, at, typed, true) == 0)
		(void)snprintf(buf + at, SUGGEST_SIZE - at,
		    ": tcpstates-records(5) has them");
}
