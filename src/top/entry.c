/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "top/entry.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/compiler.h"
#include "base/nstime.h"
#include "tcp/state.h"

#define WORDS_MAX	512	/* the text that words are looked for in */

/* ---- order ---- */

unsigned
entry_trouble(const struct entry *e)
{
	const bool is_long = e->waited_ns > NS_PER_SEC;

	if (e->is_finished)
		return e->severity;
	switch (e->figures.limit) {
	case LIMIT_HANDSHAKE:
		return is_long ? 4 : 0;
	case LIMIT_LOSS:
		return 3;
	case LIMIT_WINDOW:
		return 2;
	case LIMIT_RESP:
		return is_long ? 1 : 0;
	case LIMIT_SENDS:
	case LIMIT_ORIG:
	case LIMIT_ENDED:
	case LIMIT_COUNT:
		break;
	}
	return 0;
}

static const struct {
	const char *words;
	char letter;
} orders[ORDER_COUNT] = {
	[ORDER_TROUBLE] = { "trouble", 't' },
	[ORDER_RATE] = { "rate", 'r' },
	[ORDER_RTT] = { "rtt", 'm' },
	[ORDER_P99] = { "p99", 'p' },
	[ORDER_RESENT] = { "rtx", 'x' },
	[ORDER_AGE] = { "age", 'a' },
	[ORDER_BYTES] = { "bytes", 'b' },
	[ORDER_NUMBER] = { "number", 'n' },
};

const char *
order_words(enum order order)
{
	return orders[order].words;
}

char
order_letter(enum order order)
{
	return orders[order].letter;
}

static uint64_t
rate_of(const struct entry *e)
{
	return e->rate[0] + e->rate[1];
}

static uint64_t
resent_permille(const struct entry *e)
{
	return e->carried == 0 ? 0 : e->resent * 1000 / e->carried;
}

static uint64_t
known(int64_t ns)
{
	return ns < 0 ? 0 : (uint64_t)ns + 1;
}

/*
 * Sort by trouble, then live connections before ended ones, then by the
 * measure.
 */
static uint64_t
trouble_weight(const struct entry *e)
{
	const uint64_t most = (UINT64_C(1) << 60) - 1;
	const uint64_t measure = e->is_finished && e->severity != 0 ?
	    (uint64_t)e->cost_ns : rate_of(e);

	return (uint64_t)entry_trouble(e) << 61 |
	    (uint64_t)(e->figures.limit != LIMIT_ENDED) << 60 |
	    (measure < most ? measure : most);
}

uint64_t
entry_weight(const struct entry *e, enum order order)
{
	const struct figures *f = &e->figures;

	switch (order) {
	case ORDER_TROUBLE:
		return trouble_weight(e);
	case ORDER_RATE:
		return rate_of(e);
	case ORDER_RTT:
		return known(f->rtt_ns);
	case ORDER_P99:
		return known(f->rtt_p99_ns);
	case ORDER_RESENT:
		return resent_permille(e);
	case ORDER_AGE:
		/* The earliest first, whatever the sign. */
		return UINT64_MAX - ((uint64_t)f->first_ns ^
		    UINT64_C(1) << 63);
	case ORDER_BYTES:
		return f->bytes[0] + f->bytes[1];
	case ORDER_NUMBER:
	case ORDER_COUNT:
		break;
	}
	return UINT64_MAX - f->number;
}

int
entry_compare(const struct entry *a, const struct entry *b, enum order order)
{
	const uint64_t x = entry_weight(a, order);
	const uint64_t y = entry_weight(b, order);

	if (x != y)
		return x > y ? -1 : 1;
	return (a->figures.number > b->figures.number) -
	    (a->figures.number < b->figures.number);
}

/* ---- filter ---- */

/* "10.0.0.1:80 10.0.0.2:443 established close-wait window curl", lower case. */
static void
entry_text(char text[WORDS_MAX], const struct entry *e)
{
	const struct figures *f = &e->figures;

	snprintf(text, WORDS_MAX, "%s %s %s %s %s %s %s %s", f->endpoint[0],
	    f->endpoint[1], state_name(f->state[0]), state_name(f->state[1]),
	    limit_words(f->limit), e->verdict != NULL ? e->verdict : "",
	    f->process[0], f->process[1]);
	for (char *c = text; *c != '\0'; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c += 'a' - 'A';
}

static const struct {
	const char *word;
	int64_t factor;
} durations[] = {
	{ "us", NS_PER_US }, { "ms", NS_PER_MS }, { "s", NS_PER_SEC },
	{ "m", 60 * NS_PER_SEC }, { "h", 3600 * NS_PER_SEC },
}, amounts[] = {
	{ "k", 1000 }, { "m", 1000 * 1000 }, { "g", 1000 * 1000 * 1000 },
};

/* Digits and a unit; `plain` is the factor without a unit.  -1: neither. */
static int64_t
read_number(const char *text, bool is_duration, int64_t plain)
{
	int64_t n = 0;

	if (*text < '0' || *text > '9')
		return -1;
	for (; *text >= '0' && *text <= '9'; text++)
		n = n < 1000000000 ? n * 10 + (*text - '0') : n;
	if (*text == '\0')
		return n * plain;
	for (size_t i = 0; is_duration && i < ARRAY_LEN(durations); i++)
		if (strcmp(text, durations[i].word) == 0)
			return n < 1000000 ? n * durations[i].factor :
			    INT64_MAX;
	for (size_t i = 0; !is_duration && i < ARRAY_LEN(amounts); i++)
		if (strcmp(text, amounts[i].word) == 0)
			return n * amounts[i].factor;
	return -1;
}

/* The figure with this name in the filter; false: there is none. */
static bool
find_figure(const struct entry *e, const char *name, size_t len,
    int64_t now_ns, int64_t *ret_value, bool *ret_is_duration)
{
	const struct {
		const char *name;
		int64_t value;
		bool is_duration;
	} figures[] = {
		{ "rtt", e->figures.rtt_ns, true },
		{ "p99", e->figures.rtt_p99_ns, true },
		{ "age", nstime_diff(now_ns, e->figures.first_ns), true },
		{ "rtx", (int64_t)resent_permille(e), false },
		{ "rate", (int64_t)(rate_of(e) & INT64_MAX), false },
	};

	for (size_t i = 0; i < ARRAY_LEN(figures); i++) {
		if (strlen(figures[i].name) != len ||
		    strncmp(figures[i].name, name, len) != 0)
			continue;
		*ret_value = figures[i].value;
		*ret_is_duration = figures[i].is_duration;
		return true;
	}
	return false;
}

/* `rtt>10ms`.  A comparison that is not complete yet matches everything. */
static bool
matches_comparison(const struct entry *e, const char *word, size_t sign,
    int64_t now_ns)
{
	bool is_duration;
	int64_t value, limit;

	if (!find_figure(e, word, sign, now_ns, &value, &is_duration))
		return true;
	/* Percent are compared as permille. */
	limit = read_number(word + sign + 1, is_duration,
	    is_duration ? NS_PER_MS : strncmp(word, "rtx", 3) == 0 ? 10 : 1);
	if (limit < 0)
		return true;
	return value >= 0 && (word[sign] == '>' ? value > limit :
	    value < limit);
}

static bool
matches_word(const struct entry *e, const char *text, const char *word,
    int64_t now_ns)
{
	const size_t sign = strcspn(word, "<>");

	if (word[0] == '!')
		return word[1] == '\0' || strstr(text, word + 1) == NULL;
	if (word[sign] != '\0')
		return matches_comparison(e, word, sign, now_ns);
	return strstr(text, word) != NULL;
}

/* Is it the address of one of the endpoints, with or without brackets? */
static bool
matches_host(const struct entry *e, const char *address)
{
	const size_t len = strlen(address);

	for (unsigned i = 0; i < 2; i++) {
		const char *own = e->figures.endpoint[i];
		const size_t brackets = own[0] == '[';

		if (e->figures.address_len[i] - 2 * brackets == len &&
		    strncmp(own + brackets, address, len) == 0)
			return true;
	}
	return false;
}

static bool
matches_port(const struct entry *e, const char *port)
{
	const int64_t number = read_number(port, false, 1);

	return number == e->figures.port[0] || number == e->figures.port[1];
}

bool
entry_matches(const struct entry *e, const char *filter, int64_t now_ns)
{
	char text[WORDS_MAX], copy[FILTER_SIZE];
	char *rest = copy, *word;
	const char *noun = NULL;
	bool matches = true;

	if (filter[0] == '\0')
		return true;
	snprintf(copy, sizeof(copy), "%s", filter);
	for (char *c = copy; *c != '\0'; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c += 'a' - 'A';
	entry_text(text, e);
	while (matches && (word = strtok_r(rest, " ", &rest)) != NULL) {
		if (noun == NULL && (strcmp(word, "host") == 0 ||
		    strcmp(word, "port") == 0)) {
			noun = word;
			continue;
		}
		if (noun == NULL)
			matches = matches_word(e, text, word, now_ns);
		else
			matches = noun[0] == 'h' ? matches_host(e, word) :
			    matches_port(e, word);
		noun = NULL;
	}
	return matches;
}
