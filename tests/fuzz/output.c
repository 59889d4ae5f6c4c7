/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "output.h"

#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

int
output_take(void *arg, const char *bytes, size_t len)
{
	struct output *output = arg;

	/* Even for nothing: what was printed has an address. */
	if (len >= output->size - output->len) {
		output->size = 2 * (output->len + len) + 64;
		output->bytes = realloc(output->bytes, output->size);
		MUST(output->bytes != NULL);
	}
	memcpy(output->bytes + output->len, bytes, len);
	output->len += len;
	return 0;
}

void
output_fini(struct output *output)
{
	free(output->bytes);
	*output = (struct output){ .len = 0 };
}

/* ---- UTF-8 ---- */

/* Bytes that follow the first, by its upper bits; -1: it is no first. */
static int
followers(uint8_t first)
{
	if (first < 0x80)
		return 0;
	if (first < 0xc0)
		return -1;
	if (first < 0xe0)
		return 1;
	if (first < 0xf0)
		return 2;
	return first < 0xf8 ? 3 : -1;
}

/* What is written in this many bytes, and could not be in fewer. */
static bool
is_character(int32_t c, int count)
{
	static const int32_t least[] = { 0, 0x80, 0x800, 0x10000 };

	return c >= least[count] && c <= 0x10ffff &&
	    (c < 0xd800 || c > 0xdfff);
}

int32_t
output_character(const char **at, const char *end)
{
	const uint8_t *p = (const uint8_t *)*at;
	const int count = followers(p[0]);
	int32_t c;

	++*at;
	if (count <= 0)
		return count < 0 ? -1 : p[0];
	if (end - *at < count)
		return -1;
	c = p[0] & (0x3f >> count);
	for (int i = 1; i <= count; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return -1;
		c = c << 6 | (p[i] & 0x3f);
	}
	if (!is_character(c, count))
		return -1;
	*at += count;
	return c;
}

bool
output_is_unseen(int32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0xad ||
	    c == 0x61c || c == 0x180e || (c >= 0x200b && c <= 0x200f) ||
	    (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) ||
	    c == 0xfeff || (c >= 0xfff9 && c <= 0xfffb) ||
	    (c >= 0xe0000 && c <= 0xe007f);
}

bool
output_is_text(const struct output *output)
{
	const char *at = output->bytes;
	const char *end = at + output->len;

	while (at < end) {
		const char first = *at;

		/* Nearly all of it, and there is much. */
		if (first >= 0x20 && first < 0x7f)
			at++;
		else if (output_is_unseen(output_character(&at, end)) &&
		    first != '\n')
			return false;
	}
	return true;
}

/* ---- JSON ---- */

static bool
skip(const char **at, const char *end, char what)
{
	if (*at == end || **at != what)
		return false;
	++*at;
	return true;
}

static bool
skip_word(const char **at, const char *end, const char *word)
{
	const size_t len = strlen(word);

	if ((size_t)(end - *at) < len || memcmp(*at, word, len) != 0)
		return false;
	*at += len;
	return true;
}

/* At least one, and how many. */
static bool
skip_digits(const char **at, const char *end, size_t *ret_count)
{
	const char *from = *at;

	while (*at < end && **at >= '0' && **at <= '9')
		++*at;
	*ret_count = (size_t)(*at - from);
	return *at > from;
}

/* RFC 8259, 6; our numbers have no exponents. */
static bool
skip_number(const char **at, const char *end)
{
	const char *first;
	size_t count;

	(void)skip(at, end, '-');
	first = *at;
	if (!skip_digits(at, end, &count) || (count > 1 && *first == '0'))
		return false;
	return !skip(at, end, '.') || skip_digits(at, end, &count);
}

static int32_t
hex_value(char c)
{
	static const char hex[] = "0123456789abcdef";
	const char *at = c != '\0' ? strchr(hex, c) : NULL;

	return at != NULL ? (int32_t)(at - hex) : -1;
}

/* As UTF-8 (RFC 3629, 3). */
static void
put_character(struct output *decoded, int32_t c)
{
	static const uint8_t first[] = { 0, 0xc0, 0xe0, 0xf0 };
	const int count = (c >= 0x80) + (c >= 0x800) + (c >= 0x10000);
	char bytes[4];

	bytes[0] = (char)(first[count] | c >> 6 * count);
	for (int i = 1; i <= count; i++)
		bytes[i] = (char)(0x80 | (c >> 6 * (count - i) & 0x3f));
	(void)output_take(decoded, bytes, (size_t)count + 1);
}

/* One unit of UTF-16, behind a backslash; -1: none. */
static int32_t
take_unit(const char **at, const char *end)
{
	int32_t unit = 0;

	if (!skip(at, end, 'u') || end - *at < 4)
		return -1;
	for (int i = 0; i < 4; i++) {
		const int32_t digit = hex_value(*(*at)++);

		if (digit < 0)
			return -1;
		unit = unit << 4 | digit;
	}
	return unit;
}

/* Behind a backslash. */
static bool
take_escape(const char **at, const char *end, struct output *decoded)
{
	int32_t c;

	if (skip(at, end, '"'))
		c = '"';
	else if (skip(at, end, '\\'))
		c = '\\';
	else
		c = take_unit(at, end);
	if (c >= 0xd800 && c < 0xdc00) {
		const int32_t low = skip(at, end, '\\') ?
		    take_unit(at, end) : -1;

		if (low < 0xdc00 || low > 0xdfff)
			return false;
		c = 0x10000 + ((c & 0x3ff) << 10 | (low & 0x3ff));
	}
	if (c < 0 || (c >= 0xdc00 && c <= 0xdfff))
		return false;
	if (decoded != NULL)
		put_character(decoded, c);
	return true;
}

bool
output_json_string(const char **at, const char *end, struct output *decoded)
{
	if (!skip(at, end, '"'))
		return false;
	while (*at < end) {
		const char *from = *at;
		const int32_t c = output_character(at, end);

		if (c == '"')
			return true;
		if (output_is_unseen(c))
			return false;
		if (c == '\\') {
			if (!take_escape(at, end, decoded))
				return false;
		} else if (decoded != NULL) {
			(void)output_take(decoded, from,
			    (size_t)(*at - from));
		}
	}
	return false;
}

static bool
skip_value(const char **at, const char *end)
{
	return skip_word(at, end, "null") || skip_word(at, end, "true") ||
	    skip_word(at, end, "false") ||
	    (*at < end && **at == '"' ? output_json_string(at, end, NULL) :
	    skip_number(at, end));
}

static bool
skip_object(const char **at, const char *end)
{
	if (!skip(at, end, '{'))
		return false;
	do {
		if (!output_json_string(at, end, NULL) ||
		    !skip(at, end, ':') || !skip_value(at, end))
			return false;
	} while (skip(at, end, ','));
	return skip(at, end, '}');
}

bool
output_is_json(const struct output *output)
{
	const char *at = output->bytes;
	const char *end = at + output->len;

	while (at < end)
		if (!skip_object(&at, end) || !skip(&at, end, '\n'))
			return false;
	return true;
}

/* ---- CSV ---- */

static bool
skip_quoted(const char **at, const char *end)
{
	while (*at < end) {
		if (*(*at)++ != '"')
			continue;
		if (!skip(at, end, '"'))
			return true;
	}
	return false;
}

/* One field; false when a quote stands where none may. */
static bool
skip_field(const char **at, const char *end)
{
	if (skip(at, end, '"'))
		return skip_quoted(at, end);
	while (*at < end && **at != ',' && **at != '\n') {
		if (**at == '"')
			return false;
		++*at;
	}
	return true;
}

bool
output_is_csv(const struct output *output)
{
	const char *at = output->bytes;
	const char *end = at + output->len;
	size_t wanted = 0;

	while (at < end) {
		size_t fields = 0;

		do {
			if (!skip_field(&at, end))
				return false;
			fields++;
		} while (skip(&at, end, ','));
		if (!skip(&at, end, '\n') || (wanted != 0 && fields != wanted))
			return false;
		wanted = fields;
	}
	return true;
}
