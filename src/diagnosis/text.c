/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "diagnosis/text.h"

#include <stdbool.h>
#include <string.h>

#include "base/compiler.h"
#include "base/nstime.h"
#include "base/put.h"
#include "diagnosis/findings.h"
#include "tcp/loss.h"

/* ---- numbers with units ---- */

struct unit {
	uint64_t value;
	const char *name;
};

/* Three digits: decimals while the number of units is below 10, or 100. */
static unsigned
digits_for(uint64_t n, uint64_t unit)
{
	if (unit == 1 || n >= 100 * unit)
		return 0;
	return n >= 10 * unit ? 1 : 2;
}

static size_t
put_amount(char buf[TEXT_NUMBER], uint64_t n, const struct unit *units,
    size_t count)
{
	size_t at = 0, len;

	while (at + 1 < count && n < units[at].value)
		at++;
	len = nstime_format_mixed(buf, n / units[at].value,
	    n % units[at].value, units[at].value,
	    digits_for(n, units[at].value));
	buf[len++] = ' ';
	memcpy(buf + len, units[at].name, strlen(units[at].name) + 1);
	return len + strlen(units[at].name);
}

size_t
text_ns(char buf[TEXT_NUMBER], int64_t ns)
{
	static const struct unit units[] = {
		{ (uint64_t)NS_PER_SEC, "s" },
		{ (uint64_t)NS_PER_MS, "ms" },
		{ (uint64_t)NS_PER_US, "us" },
		{ 1, "ns" },
	};

	return put_amount(buf, ns > 0 ? (uint64_t)ns : 0, units,
	    ARRAY_LEN(units));
}

size_t
text_bytes(char buf[TEXT_NUMBER], uint64_t bytes)
{
	static const struct unit units[] = {
		{ 1000000000, "GB" }, { 1000000, "MB" }, { 1000, "kB" },
		{ 1, "B" },
	};

	return put_amount(buf, bytes, units, ARRAY_LEN(units));
}

size_t
text_rate(char buf[TEXT_NUMBER], uint64_t rate)
{
	static const struct unit units[] = {
		{ 1000000000, "Gbit/s" }, { 1000000, "Mbit/s" },
		{ 1000, "kbit/s" }, { 1, "bit/s" },
	};

	return put_amount(buf, rate > UINT64_MAX / 8 ? UINT64_MAX : 8 * rate,
	    units, ARRAY_LEN(units));
}

/* ---- text ---- */

struct phrase {
	char *buf;
	size_t len;
};

static void
phrase_mem(struct phrase *phrase, const char *text, size_t len)
{
	const size_t room = TEXT_SIZE - 1 - phrase->len;

	if (len > room)
		len = room;
	memcpy(phrase->buf + phrase->len, text, len);
	phrase->len += len;
}

static void
phrase_str(struct phrase *phrase, const char *text)
{
	phrase_mem(phrase, text, strlen(text));
}

static void
phrase_number(struct phrase *phrase, uint64_t number)
{
	char buf[TEXT_NUMBER];
	const char *const end = put_u64(buf, number);

	phrase_mem(phrase, buf, (size_t)(end - buf));
}

/* A full queue drops many in a row, a bad link here and there. */
static void
phrase_pattern(struct phrase *phrase, const struct finding *f)
{
	if (f->in_a_row >= LOSS_BURST) {
		phrase_str(phrase, ", up to ");
		phrase_number(phrase, f->in_a_row);
		phrase_str(phrase, " in a row");
	} else if (f->in_a_row > 0 && f->upstream + f->downstream > 2) {
		phrase_str(phrase, f->in_a_row == 1 ? ", one at a time" :
		    ", one or two at a time");
	}
}

/* Put the share of the bytes that were retransmissions. */
static void
phrase_resent(struct phrase *phrase, const struct finding *f)
{
	char buf[NSTIME_BUFSIZE];

	if (f->resent == 0 || f->upstream + f->downstream < 2)
		return;
	phrase_str(phrase, "; ");
	phrase_mem(phrase, buf, nstime_format_ratio(buf, f->resent, 100, 2));
	phrase_str(phrase, " % of the bytes were retransmissions");
}

/* "3 segments lost downstream of the capture point (client's side)" */
static void
phrase_lost(struct phrase *phrase, const char *before, uint64_t count,
    const char *where, enum finding_side side)
{
	phrase_str(phrase, before);
	phrase_number(phrase, count);
	phrase_str(phrase, count == 1 ? " segment" : " segments");
	phrase_str(phrase, " lost ");
	phrase_str(phrase, where);
	phrase_str(phrase, " of the capture point");
	if (side == SIDE_CLIENT || side == SIDE_SERVER)
		phrase_str(phrase, side == SIDE_CLIENT ? " (client's side)" :
		    " (server's side)");
}

/* Segments, where {count} of the text may be episodes. */
static void
phrase_losses(struct phrase *phrase, const struct finding *f)
{
	const char *before = ": ";

	if (f->upstream > 0) {
		phrase_lost(phrase, before, f->upstream, "upstream", f->sender);
		before = ", ";
	}
	/* The IP IDs count these, and retransmissions that were lost, too. */
	if (f->unseen > f->upstream && f->upstream > 0) {
		phrase_str(phrase, " (");
		phrase_number(phrase, f->unseen);
		phrase_str(phrase, " with lost retransmissions, by gaps in IP "
		    "IDs)");
	} else if (f->unseen > f->upstream) {
		phrase_lost(phrase, before, f->unseen, "upstream", f->sender);
		phrase_str(phrase, ", by gaps in IP IDs");
		before = ", ";
	}
	if (f->downstream > 0)
		phrase_lost(phrase, before, f->downstream, "downstream",
		    f->sender == SIDE_CLIENT ? SIDE_SERVER :
		    f->sender == SIDE_SERVER ? SIDE_CLIENT : f->sender);
	phrase_pattern(phrase, f);
	phrase_resent(phrase, f);
}

static void
phrase_times(struct phrase *phrase, uint64_t count)
{
	if (count == 1 || count == 2) {
		phrase_str(phrase, count == 1 ? "once" : "twice");
		return;
	}
	phrase_number(phrase, count);
	phrase_str(phrase, " times");
}

/* "one|more" */
static void
phrase_choice(struct phrase *phrase, const char *words, bool is_one)
{
	const char *bar = strchr(words, '|');

	if (is_one)
		phrase_mem(phrase, words, (size_t)(bar - words));
	else
		phrase_str(phrase, bar + 1);
}

/* Return the words that a name stands for in this finding, maybe "". */
static const char *
remark_words(const struct finding *f, const char *name)
{
	const struct {
		const char *name;
		bool holds;
		const char *words;
	} remarks[] = {
		{ "s", f->count != 1, "s" },
		{ "down-s", f->downstream != 1, "s" },
		{ "what", f->what != NULL, f->what },
		{ "icmp", f->has_icmp, " but an ICMP error" },
		{ "timer", f->is_timer, "; these look like a timer (long "
		    "polling, keep-alive, back-off)" },
		{ "reset", f->has_reset, ", with an RST" },
		{ "for-answer", f->bytes == 0, " for an answer" },
		{ "queue", f->is_blind, "; a full accept queue of the server "
		    "would look the same from this capture point" },
		{ "queue", f->has_passed, "; the SYN was answered here, so "
		    "the loss was on the client's side of the capture point" },
		{ "blind", f->is_blind, "; whether they were lost, or the peer "
		    "was silent, cannot be known, because only one direction "
		    "was captured" },
		{ "varies", f->is_blind, "; a path whose delay varies would "
		    "look the same" },
		{ "lost-ack", f->is_blind, "; a lost ACK would look the same" },
		{ "upstream-queue", f->is_blind, "; a queue upstream of the "
		    "capture point would look the same" },
		{ "or-injected", f->is_blind, ", or injected: nothing shows "
		    "which point is upstream" },
		{ "or-lost", f->is_blind, ", or lost: nothing shows which "
		    "point is upstream" },
	};

	for (size_t i = 0; i < ARRAY_LEN(remarks); i++)
		if (remarks[i].holds && strcmp(name, remarks[i].name) == 0)
			return remarks[i].words;
	return "";
}

static void
phrase_remark(struct phrase *phrase, const struct finding *f, const char *name)
{
	if (strcmp(name, "where") == 0)
		phrase_losses(phrase, f);
	else if (strcmp(name, "times") == 0)
		phrase_times(phrase, f->count);
	else if (strchr(name, '|') != NULL)
		phrase_choice(phrase, name, f->count == 1);
	else
		phrase_str(phrase, remark_words(f, name));
}

enum number_type {
	NUMBER_NS,
	NUMBER_BYTES,
	NUMBER_RATE,
	NUMBER_COUNT,
	NUMBER_NONE
};

struct number {
	enum number_type type;
	int64_t value;		/* unknown if negative */
};

/* A number of the finding by its name; a remark is none. */
static struct number
number_named(const struct finding *f, const char *name)
{
	const struct {
		const char *name;
		struct number number;
	} numbers[] = {
		{ "count", { NUMBER_COUNT, (int64_t)f->count } },
		{ "down", { NUMBER_COUNT, f->downstream } },
		{ "ttl", { NUMBER_COUNT, f->ttl } },
		{ "usual", { NUMBER_COUNT, f->usual_ttl } },
		{ "bytes", { NUMBER_BYTES, (int64_t)f->bytes } },
		{ "missing", { NUMBER_BYTES, (int64_t)f->missing } },
		{ "depth", { NUMBER_BYTES, f->depth } },
		{ "window", { NUMBER_BYTES, (int64_t)f->window } },
		{ "grown", { NUMBER_BYTES, f->window > f->bytes +
		    f->bytes / 4 && f->shrunk_from == 0 ?
		    (int64_t)f->window : 0 } },
		{ "shrunk", { NUMBER_BYTES, (int64_t)f->shrunk_from } },
		{ "rate", { NUMBER_RATE, (int64_t)f->rate } },
		{ "ceiling", { NUMBER_RATE, f->shrunk_from == 0 ?
		    (int64_t)f->rate : 0 } },
		{ "cost", { NUMBER_NS, f->cost_ns } },
		{ "typical", { NUMBER_NS, f->typical_ns } },
		{ "longest", { NUMBER_NS, f->longest_ns } },
		{ "delay", { NUMBER_NS, f->delay_ns } },
		{ "rtt", { NUMBER_NS, f->rtt_ns } },
	};

	for (size_t i = 0; i < ARRAY_LEN(numbers); i++)
		if (strcmp(name, numbers[i].name) == 0)
			return numbers[i].number;
	return (struct number){ NUMBER_NONE, 0 };
}

static void
phrase_named(struct phrase *phrase, const struct finding *f, const char *name)
{
	const struct number number = number_named(f, name);
	const uint64_t value = number.value > 0 ? (uint64_t)number.value : 0;
	char buf[TEXT_NUMBER];

	switch (number.type) {
	case NUMBER_NS:
		phrase_mem(phrase, buf, text_ns(buf, number.value));
		break;
	case NUMBER_BYTES:
		phrase_mem(phrase, buf, text_bytes(buf, value));
		break;
	case NUMBER_RATE:
		phrase_mem(phrase, buf, text_rate(buf, value));
		break;
	case NUMBER_COUNT:
		phrase_number(phrase, value);
		break;
	case NUMBER_NONE:
		phrase_remark(phrase, f, name);
		break;
	}
}

#define NAME_SIZE	32	/* of a number, and its NUL */

/* Find the name that begins at `at`, after its brace. Return the rest. */
static const char *
read_name(const char *at, char name[NAME_SIZE])
{
	size_t len = strcspn(at, "}");

	if (len > NAME_SIZE - 1)
		len = NAME_SIZE - 1;
	memcpy(name, at, len);
	name[len] = '\0';
	return at + len + 1;
}

/* Is every number up to the closing bracket known, and not zero? */
static bool
is_known(const char *at, const struct finding *f)
{
	char name[NAME_SIZE];

	while (*at != ']') {
		if (*at++ != '{')
			continue;
		at = read_name(at, name);
		if (strcmp(name, "many") == 0 && f->count < 2)
			return false;
		if (strcmp(name, "times") == 0 && f->count == 0)
			return false;
		if (number_named(f, name).type != NUMBER_NONE &&
		    number_named(f, name).value <= 0)
			return false;
	}
	return true;
}

size_t
text_finding(char buf[TEXT_SIZE], const struct finding *f)
{
	struct phrase phrase = { .buf = buf };
	const char *at = finding_template(f->id);
	char name[NAME_SIZE];

	while (*at != '\0') {
		if (*at == '{') {
			at = read_name(at + 1, name);
			phrase_named(&phrase, f, name);
		} else if (*at == '[' && !is_known(at, f)) {
			at = strchr(at, ']') + 1;
		} else if (*at == '[' || *at == ']') {
			at++;
		} else {
			phrase_mem(&phrase, at++, 1);
		}
	}
	buf[phrase.len] = '\0';
	return phrase.len;
}
