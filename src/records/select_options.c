/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "records/select_options.h"

#include <string.h>

#include "base/compiler.h"
#include "base/err.h"
#include "base/pool.h"
#include "records/record.h"
#include "records/select.h"

/* Take decimal digits from *text.  False: there are none, or too many. */
static bool
take_number(const char **text, uint64_t *ret_number)
{
	const char *at = *text;
	uint64_t number = 0;

	if (*at < '0' || *at > '9')
		return false;
	for (; *at >= '0' && *at <= '9'; at++) {
		const unsigned digit = (unsigned)(*at - '0');

		if (number > (UINT64_MAX - digit) / 10)
			return false;
		number = number * 10 + digit;
	}
	*text = at;
	*ret_number = number;
	return true;
}

/* N, N-M or N-, up to a comma or the end. */
static const char *
take_range(const char **text, struct select_range *ret_range)
{
	static const char *const syntax =
	    "is not a list of numbers or ranges (1,4-7,12-)";
	struct select_range range;

	if (!take_number(text, &range.first))
		return syntax;
	range.last = range.first;
	if (**text == '-') {
		(*text)++;
		range.last = UINT64_MAX;
		if (**text != '\0' && **text != ',' &&
		    !take_number(text, &range.last))
			return syntax;
	}
	if (**text != '\0' && **text != ',')
		return syntax;
	if (range.first == 0)
		return "begins with 0, but numbers begin with 1";
	if (range.last < range.first)
		return "has a range that ends before it begins";
	*ret_range = range;
	return NULL;
}

/* The ranges of an option, which grow. */
struct ranges {
	struct select_range **ranges;
	size_t *count;
};

static const char *
add_range(const struct ranges *to, const struct select_range *range)
{
	struct select_range *ranges = mem_realloc(*to->ranges,
	    (*to->count + 1) * sizeof(*ranges));

	if (ranges == NULL)
		return err_sentence(ERR_NOMEM);
	ranges[*to->count] = *range;
	*to->ranges = ranges;
	(*to->count)++;
	return NULL;
}

static const char *
parse_ranges(const struct ranges *to, const char *text)
{
	const size_t count_before = *to->count;
	struct select_range range;
	const char *wrong;

	for (;;) {
		wrong = take_range(&text, &range);
		if (wrong == NULL)
			wrong = add_range(to, &range);
		if (wrong != NULL || *text == '\0')
			break;
		text++;		/* the comma */
	}
	if (wrong != NULL)
		*to->count = count_before;
	return wrong;
}

const char *
select_parse_conn(struct select_rules *rules, const char *text)
{
	return parse_ranges(&(struct ranges){ &rules->ranges,
	    &rules->range_count }, text);
}

const char *
select_parse_frames(struct select_rules *rules, const char *text)
{
	return parse_ranges(&(struct ranges){ &rules->frames,
	    &rules->frame_count }, text);
}

const char *const select_class_names[] = {
	"complete", "reset", "open", "midstream", NULL
};

/* The bit of enum select_class, or 0. */
static unsigned
class_named(const char *text, size_t len)
{
	for (unsigned i = 0; select_class_names[i] != NULL; i++)
		if (strlen(select_class_names[i]) == len &&
		    memcmp(select_class_names[i], text, len) == 0)
			return 1U << i;
	return 0;
}

const char *
select_parse_only(struct select_rules *rules, const char *text)
{
	unsigned only = 0;

	for (;;) {
		const size_t len = strcspn(text, ",");
		const unsigned bit = class_named(text, len);

		if (bit == 0)
			return "is not a list of classes";
		only |= bit;
		if (text[len] == '\0')
			break;
		text += len + 1;
	}
	rules->only |= only;
	return NULL;
}

const char select_unknown_key[] = "is not a key of the records";

const char *
select_parse_sort(struct select_rules *rules, const char *text)
{
	const bool is_reversed = *text == '-';
	const char *key = text + is_reversed;
	const struct column *column = record_find(key);
	const struct column *too = NULL;

	if (column == NULL) {
		column = record_find_side("orig_", key);
		too = record_find_side("resp_", key);
	}
	if (column == NULL)
		return select_unknown_key;
	if (too != NULL && (column->type == VALUE_TEXT ||
	    column->type == VALUE_ADDR))
		return "needs orig_ or resp_ before it";
	rules->sort = column;
	rules->sort_too = too;
	rules->is_reversed = is_reversed;
	return NULL;
}

const char *
select_parse_limit(struct select_rules *rules, const char *text)
{
	uint64_t limit;

	if (!take_number(&text, &limit) || *text != '\0')
		return "is not a number";
	rules->has_limit = true;
	rules->limit = limit;
	return NULL;
}
