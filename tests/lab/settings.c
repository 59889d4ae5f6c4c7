/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "settings.h"

#include <stdlib.h>
#include <string.h>

#include "base/nstime.h"

static bool
parse_real(const char **at, double *ret_value)
{
	char *end;

	*ret_value = strtod(*at, &end);
	if (end == *at)
		return false;
	*at = end;
	return true;
}

static bool
parse_count(const char **at, int64_t *ret_value)
{
	char *end;

	*ret_value = strtoll(*at, &end, 10);
	if (end == *at)
		return false;
	*at = end;
	return true;
}

/* Step over a comma; return whether there is another item. */
static bool
next_item(const char **at)
{
	if (**at != ',')
		return false;
	++*at;
	return true;
}

static bool
parse_numbers(const char **at, struct numbers *numbers)
{
	int64_t first, last;

	do {
		if (!parse_count(at, &first))
			return false;
		last = first;
		if (**at == '-') {
			++*at;
			if (!parse_count(at, &last))
				return false;
		}
		for (; first <= last; first++) {
			if (numbers->count == NUMBERS_MAX)
				return false;
			numbers->number[numbers->count++] = first;
		}
	} while (next_item(at));
	return true;
}

static bool
parse_ranges(const char **at, struct ranges *ranges)
{
	struct range *range;

	do {
		if (ranges->count == NUMBERS_MAX)
			return false;
		range = &ranges->range[ranges->count++];
		if (!parse_count(at, &range->from) || *(*at)++ != '-' ||
		    !parse_count(at, &range->to) || *(*at)++ != ':' ||
		    !parse_count(at, &range->left))
			return false;
	} while (next_item(at));
	return true;
}

static bool
parse_value(enum setting_kind kind, void *where, const char **at)
{
	double ms;

	switch (kind) {
	case SETTING_MS:
		if (!parse_real(at, &ms))
			return false;
		*(int64_t *)where = (int64_t)(ms * (double)NS_PER_MS);
		return true;
	case SETTING_COUNT:
		return parse_count(at, where);
	case SETTING_REAL:
		return parse_real(at, where);
	case SETTING_NUMBERS:
		return parse_numbers(at, where);
	case SETTING_RANGES:
		return parse_ranges(at, where);
	}
	return false;
}

bool
settings_set(const struct setting *settings, void *where, const char *name,
    const char *value)
{
	for (; settings->name != NULL; settings++)
		if (strcmp(settings->name, name) == 0)
			return parse_value(settings->kind,
			    (char *)where + settings->offset, &value) &&
			    *value == '\0';
	return false;
}

bool
numbers_have(const struct numbers *numbers, int64_t n)
{
	size_t i;

	for (i = 0; i < numbers->count; i++)
		if (numbers->number[i] == n)
			return true;
	return false;
}

bool
ranges_take(struct ranges *ranges, int64_t from, int64_t to)
{
	struct range *range;

	for (range = ranges->range; range < ranges->range + ranges->count;
	    range++)
		if (range->left > 0 && from < range->to && range->from < to) {
			range->left--;
			return true;
		}
	return false;
}
