/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "cli/display_filter.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/compiler.h"
#include "cli/parse.h"

#define BLANKS	" \t\r\n"
/* What ends a word of a display filter. */
#define ENDS	BLANKS "=!<>&|()~"

/* The fields that have a counterpart here. */
static const struct {
	const char *field;
	const char *instead;	/* the value follows, unless it ends so */
} fields[] = {
	{ "tcp.port", "port " },
	{ "tcp.srcport", "src port " },
	{ "tcp.dstport", "dst port " },
	{ "ip.addr", "host " },
	{ "ip.host", "host " },
	{ "ip.src", "src host " },
	{ "ip.dst", "dst host " },
	{ "ipv6.addr", "host " },
	{ "ipv6.src", "src host " },
	{ "ipv6.dst", "dst host " },
	{ "eth.addr", "ether host " },
	{ "eth.src", "ether src " },
	{ "eth.dst", "ether dst " },
	{ "vlan.id", "vlan " },
	{ "frame.len", "len = " },
	{ "tcp.flags.syn", "'tcp[tcpflags] & tcp-syn != 0'" },
	{ "tcp.flags.fin", "'tcp[tcpflags] & tcp-fin != 0'" },
	{ "tcp.flags.reset", "--only=reset" },
	{ "tcp.connection.rst", "--only=reset" },
	{ "frame.number", "--segments --frames=" },
	{ "tcp.stream", "" },		/* see write_number() */
};

/* Longer values are not repeated. */
#define VALUE_MAX	59

static const char *const protocols[] = {
	"tcp.", "ip.", "ipv6.", "eth.", "vlan.", "frame.", "udp.", "http.",
	"http2.", "tls.", "ssl.", "dns.", "icmp.", "sll.", "data.",
};

/* The operators, of which some have a counterpart. */
enum relation {
	RELATION_EQUAL,
	RELATION_UNEQUAL,
	RELATION_OTHER
};

static const struct {
	const char *text;
	enum relation relation;
} operators[] = {
	{ "==", RELATION_EQUAL }, { "!=", RELATION_UNEQUAL },
	{ ">=", RELATION_OTHER }, { "<=", RELATION_OTHER },
	{ ">", RELATION_OTHER }, { "<", RELATION_OTHER },
	{ "~", RELATION_OTHER }, { "&", RELATION_OTHER },
	{ "=", RELATION_EQUAL }, { "eq ", RELATION_EQUAL },
	{ "ne ", RELATION_UNEQUAL }, { "gt ", RELATION_OTHER },
	{ "lt ", RELATION_OTHER }, { "ge ", RELATION_OTHER },
	{ "le ", RELATION_OTHER }, { "contains ", RELATION_OTHER },
	{ "matches ", RELATION_OTHER }, { "in ", RELATION_EQUAL },
};

/* Words between comparisons. */
static const struct {
	const char *text;
	const char *instead;	/* NULL: the sense of the whole is not kept */
} joints[] = {
	{ "&&", " and " }, { "and", " and " }, { "||", " or " },
	{ "or", " or " }, { "!", NULL }, { "not", NULL }, { "xor", NULL },
};

static bool
is_protocol(const char *word)
{
	for (size_t i = 0; i < ARRAY_LEN(protocols); i++)
		if (strncmp(word, protocols[i], strlen(protocols[i])) == 0)
			return true;
	return false;
}

/* The index of the operator at the beginning of the text, or -1. */
static int
find_operator(const char *text)
{
	for (size_t i = 0; i < ARRAY_LEN(operators); i++)
		if (strncmp(text, operators[i].text,
		    strlen(operators[i].text)) == 0)
			return (int)i;
	return -1;
}

/* tcp.stream counts from 0, connections are numbered from 1. */
static void
write_number(char *instead, size_t size, const char *value, size_t len)
{
	char digits[VALUE_MAX + 1];
	uint64_t number;

	(void)snprintf(digits, sizeof(digits), "%.*s", (int)len, value);
	if (parse_number(digits, UINT64_MAX - 1, &number) == NULL)
		(void)snprintf(instead, size, "--conn=%" PRIu64, number + 1);
}

/* A part of a network is "net" in a capture filter, and no "host". */
static bool
is_network(const char *words, const char *value, size_t value_len)
{
	const char *host = strstr(words, "host ");

	return host != NULL && strncmp(words, "ether", 5) != 0 &&
	    memchr(value, '/', value_len) != NULL;
}

/* What the field, compared with the value, is here; or "". */
static void
write_instead(char *instead, size_t size, const char *words,
    enum relation relation, const char *value, size_t value_len)
{
	const size_t len = strlen(words);
	const char last = words[len > 0 ? len - 1 : 0];

	instead[0] = '\0';
	if (relation == RELATION_OTHER ||
	    (relation == RELATION_UNEQUAL && last != ' '))
		return;
	if (len == 0)
		write_number(instead, size, value, value_len);
	else if (last == ' ' || last == '=')
		(void)snprintf(instead, size, "%s%.*s%s%.*s",
		    relation == RELATION_UNEQUAL ? "not " : "",
		    (int)(is_network(words, value, value_len) ?
		    len - strlen("host ") : len), words,
		    is_network(words, value, value_len) ? "net " : "",
		    (int)value_len, value);
	else if (value_len == 1 && *value == '1')
		(void)snprintf(instead, size, "%s", words);
}

/* A comparison of a display filter. */
struct comparison {
	char instead[DISPLAY_FILTER_SIZE];
	const char *end;	/* behind it */
};

/* The value of a comparison. */
struct value {
	const char *text;
	size_t len;
	bool is_one;		/* no set, no range, and not too long */
	const char *end;	/* behind it */
};

static struct value
read_value(const char *text)
{
	const size_t before = strspn(text, BLANKS "\"'{");
	const bool is_set = memchr(text, '{', before) != NULL;
	struct value value = { .text = text + before };
	const char *rest;

	value.len = strcspn(value.text, ENDS ",\"'}");
	value.end = value.text + value.len;
	rest = value.end + strspn(value.end, BLANKS "\"'");
	value.is_one = value.len > 0 && value.len <= VALUE_MAX &&
	    *rest != ',' && (!is_set || *rest == '}');
	for (size_t i = 1; i < value.len; i++)
		value.is_one &= value.text[i - 1] != '.' ||
		    value.text[i] != '.';
	if (is_set)
		value.end = rest + strcspn(rest, "}");
	return value;
}

/*
 * Is this word a field?  A host may have the name tcp.example.com, so a
 * comparison must follow; tcp.analysis.flags stands alone.
 */
static bool
read_comparison(const char *word, struct comparison *c)
{
	const size_t len = strcspn(word, ENDS);
	const char *rest = word + len;
	int operator;
	struct value value;

	c->instead[0] = '\0';
	c->end = rest;
	if (!is_protocol(word))
		return false;
	if (strncmp(word, "tcp.analysis.", strlen("tcp.analysis.")) == 0) {
		(void)snprintf(c->instead, sizeof(c->instead), "--segments");
		return true;
	}
	rest += strspn(rest, BLANKS);
	operator = find_operator(rest);
	if (operator < 0)
		return false;
	value = read_value(rest + strlen(operators[operator].text));
	c->end = value.end;
	for (size_t i = 0; i < ARRAY_LEN(fields) && value.is_one; i++)
		if (strlen(fields[i].field) == len &&
		    memcmp(fields[i].field, word, len) == 0)
			write_instead(c->instead, sizeof(c->instead),
			    fields[i].instead, operators[operator].relation,
			    value.text, value.len);
	return true;
}

/* The joint at the beginning of the text, or -1. */
static int
find_joint(const char *text, size_t *ret_len)
{
	for (size_t i = 0; i < ARRAY_LEN(joints); i++) {
		const size_t len = strlen(joints[i].text);
		const bool is_word = joints[i].text[0] >= 'a' &&
		    joints[i].text[0] <= 'z';

		*ret_len = len;
		if (strncmp(text, joints[i].text, len) == 0 &&
		    (!is_word || strcspn(text, ENDS) == len))
			return (int)i;
	}
	return -1;
}

/* What is found of a filter, from its beginning. */
struct translation {
	const char *joint;	/* before the next comparison, or NULL */
	const char *first_joint;	/* before the second */
	bool is_display_filter;
	bool is_lost;		/* a part has no counterpart */
	bool has_tcp;		/* the word alone: true of all that is read */
	bool has_or;
};

/* Go past a word that is neither a comparison nor a joint. */
static const char *
skip_word(struct translation *t, const char *text)
{
	const size_t len = strcspn(text, ENDS);

	if (len == 3 && memcmp(text, "tcp", 3) == 0)
		t->has_tcp = true;
	else
		t->is_lost = true;
	text += len;
	return text + strspn(text, "=<>&|~");
}

/* Add a comparison to the text. */
static void
add_comparison(struct translation *t, char instead[DISPLAY_FILTER_SIZE],
    const struct comparison *c)
{
	const size_t len = strlen(instead);
	const char *joint = t->joint != NULL ? t->joint : " and ";

	t->joint = NULL;
	if (!t->is_display_filter) {
		memcpy(instead, c->instead, DISPLAY_FILTER_SIZE);
		t->is_lost |= instead[0] == '\0';
		t->is_display_filter = true;
		return;
	}
	/* Options cannot be joined, and mixed joints need parentheses. */
	t->is_lost |= c->instead[0] == '\0' || c->instead[0] == '-' ||
	    instead[0] == '-' || (t->first_joint != NULL &&
	    t->first_joint != joint && strcmp(t->first_joint, joint) != 0);
	t->first_joint = joint;
	t->is_lost |= snprintf(instead + len, DISPLAY_FILTER_SIZE - len,
	    "%s%s", joint, c->instead) >= (int)(DISPLAY_FILTER_SIZE - len);
}

bool
display_filter_is(const char *text, char instead[DISPLAY_FILTER_SIZE])
{
	struct translation t = { .joint = NULL };
	struct comparison c;

	instead[0] = '\0';
	while (*(text += strspn(text, BLANKS "()")) != '\0') {
		size_t len;
		const int joint = find_joint(text, &len);

		if (joint >= 0) {
			t.joint = joints[joint].instead;
			t.is_lost |= t.joint == NULL;
			t.has_or |= t.joint != NULL &&
			    strcmp(t.joint, " or ") == 0;
			text += len;
		} else if (read_comparison(text, &c)) {
			add_comparison(&t, instead, &c);
			text = c.end + strspn(c.end, "\"'}");
		} else {
			text = skip_word(&t, text);
		}
	}
	if (t.is_lost || (t.has_tcp && t.has_or))
		instead[0] = '\0';
	return t.is_display_filter;
}
