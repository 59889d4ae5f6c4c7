/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "cli/parse.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "base/compiler.h"
#include "base/nstime.h"
#include "flow/key.h"

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Parse digits.  False: the number is larger than `most`. */
static bool
take_digits(const char **text, uint64_t most, uint64_t *ret_number)
{
	uint64_t number = 0;

	for (; is_digit(**text); ++*text) {
		const unsigned digit = (unsigned)(**text - '0');

		if (number > (most - digit) / 10)
			return false;
		number = number * 10 + digit;
	}
	*ret_number = number;
	return true;
}

const char *
parse_number(const char *text, uint64_t most, uint64_t *ret_number)
{
	uint64_t number;

	if (!is_digit(text[0]))
		return "is not a number";
	if (!take_digits(&text, most, &number))
		return "is too large";
	if (text[0] != '\0')
		return "is not a number";
	*ret_number = number;
	return NULL;
}

const char *
parse_shard(const char *text, struct shard *ret_shard)
{
	uint64_t index, count;

	if (!is_digit(text[0]) || !take_digits(&text, SHARDS_MAX, &index) ||
	    text[0] != '/' || !is_digit(text[1]))
		return "is not a shard such as 1/4";
	text++;
	if (!take_digits(&text, SHARDS_MAX, &count))
		return "is too large";
	if (text[0] != '\0' || index == 0 || index > count)
		return "is not a shard such as 1/4";
	*ret_shard = (struct shard){
		.index = (unsigned)index - 1,
		.count = (unsigned)count,
	};
	return NULL;
}

const char *
parse_size(const char *text, uint64_t unit, uint64_t *ret_size)
{
	static const char suffixes[] = "KMG";
	uint64_t number;

	if (!is_digit(text[0]))
		return "is not a size such as 64M";
	if (!take_digits(&text, UINT64_MAX, &number))
		return "is too large";
	if (text[0] != '\0') {
		const char *suffix = strchr(suffixes, text[0] & ~0x20);

		if (suffix == NULL || text[1] != '\0')
			return "is not a size such as 64M";
		unit = UINT64_C(1) << (10 * (suffix - suffixes + 1));
	}
	if (number > UINT64_MAX / unit)
		return "is too large";
	*ret_size = number * unit;
	return NULL;
}

static const struct {
	const char *name;
	int64_t ns;
} units[] = {
	{ "ns", 1 },
	{ "us", NS_PER_US },
	{ "ms", NS_PER_MS },
	{ "s", NS_PER_SEC },
	{ "m", 60 * NS_PER_SEC },
	{ "h", 3600 * NS_PER_SEC },
	{ "d", 86400 * NS_PER_SEC },
};

/* The unit that follows; seconds if none does; 0 if there is no such unit. */
static int64_t
take_unit(const char **text)
{
	size_t len = 0;

	while ((*text)[len] != '\0' && !is_digit((*text)[len]))
		len++;
	if (len == 0)
		return NS_PER_SEC;
	for (size_t i = 0; i < ARRAY_LEN(units); i++) {
		if (strlen(units[i].name) == len &&
		    strncmp(units[i].name, *text, len) == 0) {
			*text += len;
			return units[i].ns;
		}
	}
	return 0;
}

/* Parse digits after a decimal point into billionths. */
static int64_t
take_fraction(const char **text)
{
	int64_t fraction = 0;
	int64_t weight = NS_PER_SEC / 10;

	if (**text != '.')
		return 0;
	for (++*text; is_digit(**text); ++*text) {
		fraction += (**text - '0') * weight;
		weight /= 10;
	}
	return fraction;
}

/* Parse one part, such as "30m", and add it to *ns. */
static const char *
take_part(const char **text, int64_t *ns)
{
	uint64_t whole;
	int64_t fraction, unit;

	if (!is_digit(**text))
		return "is not a time such as 1h30m";
	if (!take_digits(text, INT64_MAX, &whole))
		return "is too long";
	fraction = take_fraction(text);
	unit = take_unit(text);
	if (unit == 0)
		return "is not a time such as 1h30m";
	if ((int64_t)whole > (INT64_MAX - *ns) / unit - 1)
		return "is too long";
	/* The fraction is below 1, so the product is below the unit. */
	*ns += (int64_t)whole * unit +
	    (unit >= NS_PER_SEC ? fraction * (unit / NS_PER_SEC) :
	    fraction / (NS_PER_SEC / unit));
	return NULL;
}

const char *
parse_time(const char *text, int64_t *ret_ns)
{
	int64_t ns = 0;

	do {
		const char *wrong = take_part(&text, &ns);

		if (wrong != NULL)
			return wrong;
	} while (*text != '\0');
	*ret_ns = ns;
	return NULL;
}
