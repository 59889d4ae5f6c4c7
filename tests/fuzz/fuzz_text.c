/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Text from outside, and numbers of any size, as they are written: nothing
 * reaches a terminal that could move its cursor, JSON and CSV parse back to
 * what went in, and no number is longer than its buffer.
 *
 *	| text up to a NUL, or all
 * and the first bytes of it once more, as numbers and as an address, and all
 * of it as arguments of the options that select connections.
 */
#include "config.h"

#include <string.h>

#include "base/nstime.h"
#include "base/outbuf.h"
#include "base/pool.h"
#include "fuzz.h"
#include "output.h"
#include "print/addr.h"
#include "records/record.h"
#include "records/select.h"
#include "records/select_options.h"
#include "print/time.h"
#include "records/writer.h"

#define REPLACEMENT	"\xef\xbf\xbd"

/* The text as JSON or CSV can hold it. */
static void
put_expected(struct output *expected, const char *text, bool is_csv)
{
	const char *end = text + strlen(text);

	while (text < end) {
		const char *from = text;
		const int32_t c = output_character(&text, end);
		const bool is_lost = is_csv && output_is_unseen(c) &&
		    c != '\t' && c != '\r' && c != '\n';

		if (c < 0 || is_lost)
			(void)output_take(expected, REPLACEMENT, 3);
		else
			(void)output_take(expected, from,
			    (size_t)(text - from));
	}
}

static bool
is_same(const struct output *a, const struct output *b)
{
	return a->len == b->len &&
	    (a->len == 0 || memcmp(a->bytes, b->bytes, a->len) == 0);
}

typedef void put_text(struct outbuf *, const char *);

static struct output
printed(put_text *put, const char *text)
{
	struct output output = { .len = 0 };
	struct outbuf *out = outbuf_new(output_take, &output);

	MUST(out != NULL);
	(void)output_take(&output, "", 0);
	put(out, text);
	MUST(outbuf_flush(out) == 0);
	outbuf_free(out);
	return output;
}

static void
check_json(const char *text)
{
	struct output json = printed(outbuf_json, text);
	struct output expected = { .len = 0 }, decoded = { .len = 0 };
	const char *at = json.bytes;

	put_expected(&expected, text, false);
	MUST(output_is_text(&json));
	MUST(output_json_string(&at, json.bytes + json.len, &decoded));
	MUST(at == json.bytes + json.len);
	MUST(is_same(&decoded, &expected));
	output_fini(&json);
	output_fini(&expected);
	output_fini(&decoded);
}

/* The field without its quotes. */
static void
decode_csv(const struct output *csv, struct output *decoded)
{
	const char *at = csv->bytes;
	const char *end = at + csv->len;
	const bool is_quoted = at < end && *at == '"';

	MUST(!is_quoted || (csv->len >= 2 && end[-1] == '"'));
	if (is_quoted) {
		at++;
		end--;
	}
	for (; at < end; at++) {
		MUST(is_quoted || strchr(",\"\r\n", *at) == NULL);
		if (*at == '"')
			MUST(++at < end && *at == '"');
		(void)output_take(decoded, at, 1);
	}
}

static void
check_csv(const char *text)
{
	struct output csv = printed(outbuf_csv, text);
	struct output expected = { .len = 0 }, decoded = { .len = 0 };

	put_expected(&expected, text, true);
	decode_csv(&csv, &decoded);
	MUST(is_same(&decoded, &expected));
	output_fini(&csv);
	output_fini(&expected);
	output_fini(&decoded);
}

static uint8_t
from_hex(const char *digits)
{
	static const char hex[] = "0123456789abcdef";
	const char *high = strchr(hex, digits[0]);
	const char *low = strchr(hex, digits[1]);

	MUST(high != NULL && low != NULL);
	return (uint8_t)((high - hex) << 4 | (low - hex));
}

static void
check_safe(const char *text)
{
	struct output safe = printed(outbuf_safe, text);
	struct output decoded = { .len = 0 };

	MUST(output_is_text(&safe));
	MUST(safe.len == 0 || memchr(safe.bytes, '\n', safe.len) == NULL);
	for (size_t i = 0; i < safe.len; i++) {
		char octet = safe.bytes[i];

		if (octet == '\\') {
			MUST(++i < safe.len);
			if (safe.bytes[i] == 'x') {
				MUST(i + 2 < safe.len);
				octet = (char)from_hex(safe.bytes + i + 1);
				i += 2;
			}
		}
		(void)output_take(&decoded, &octet, 1);
	}
	MUST(decoded.len == strlen(text));
	MUST(memcmp(decoded.bytes != NULL ? decoded.bytes : "", text,
	    decoded.len) == 0);
	output_fini(&safe);
	output_fini(&decoded);
}

static void
put_capture(struct outbuf *out, const char *text)
{
	const struct record_capture capture = {
		.version = "1",
		.input = text,
		.filter = text,
	};
	struct writer writer;

	writer_init(&writer, &ndjson_format, out, 6, false);
	record_capture(&writer, &capture);
	writer_finish(&writer);
}

static void
check_record(const char *text)
{
	struct output record = printed(put_capture, text);

	MUST(output_is_text(&record));
	MUST(output_is_json(&record));
	MUST(memchr(record.bytes, '\n', record.len) ==
	    record.bytes + record.len - 1);
	output_fini(&record);
}

static void
check_length(size_t len, const char *text, size_t size)
{
	MUST(len < size && strlen(text) == len);
}

static void
check_ratio(int64_t num, int64_t den, unsigned digits)
{
	char buf[NSTIME_BUFSIZE];

	if (den <= 0)
		return;
	check_length(nstime_format_ratio(buf, num, den, digits), buf,
	    sizeof(buf));
	/* No further from the truth than half, and never an overflow. */
	const int64_t mean = nstime_mean(num, den);

	MUST(num / den - 1 <= mean && mean - 1 <= num / den);
}

static void
check_numbers(const uint8_t bytes[16])
{
	char buf[NSTIME_BUFSIZE], instant[TIME_BUFSIZE];
	char address[ADDR_BUFSIZE];
	int64_t a, b;

	memcpy(&a, bytes, sizeof(a));
	memcpy(&b, bytes + 8, sizeof(b));
	for (unsigned digits = 0; digits <= 9; digits++) {
		const struct time_style view = { .digits = digits };

		check_length(nstime_format_instant(buf, a, digits), buf,
		    sizeof(buf));
		check_length(nstime_format_duration(buf, a, digits), buf,
		    sizeof(buf));
		check_ratio(a, b, digits);
		for (enum time_format t = TIME_AS_EPOCH; t <= TIME_AS_UTC; t++) {
			struct time_style timed = view;

			timed.format = t;
			timed.base_ns = b;
			check_length(time_format_instant(instant, &timed, a),
			    instant, sizeof(instant));
			MUST(time_width(&timed) < TIME_BUFSIZE);
		}
	}
	check_length(addr_format(address, bytes, 4), address,
	    sizeof(address));
	check_length(addr_format(address, bytes, 6), address,
	    sizeof(address));
	MUST(nstime_diff(a, b) <= 0 || a > b);
	(void)nstime_from(a, b);
}

/* What is refused leaves the rules as they were. */
static void
check_select(const char *text)
{
	struct select_rules rules = { .only = 0 };
	const struct column *sort;
	size_t ranges;

	(void)select_parse_conn(&rules, text);
	ranges = rules.range_count;
	if (select_parse_conn(&rules, text) != NULL)
		MUST(rules.range_count == ranges);
	if (select_parse_only(&rules, text) != NULL)
		MUST(rules.only == 0);
	sort = rules.sort;
	if (select_parse_sort(&rules, text) != NULL)
		MUST(rules.sort == sort);
	if (select_parse_limit(&rules, text) != NULL)
		MUST(!rules.has_limit);
	select_fini(&rules);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t bytes[16] = { 0 };
	char *text = malloc(size + 1);

	MUST(text != NULL);
	if (size > 0) {
		memcpy(text, data, size);
		memcpy(bytes, data, size < 16 ? size : 16);
	}
	text[size] = '\0';
	check_json(text);
	check_csv(text);
	check_safe(text);
	check_record(text);
	check_select(text);
	check_numbers(bytes);
	free(text);
	MUST(mem_outstanding() == 0);
	return 0;
}
