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
	{ "tcp.stream", "" },		/* see write_instead() */
};

static const char *const protocols[] = {
	"tcp.", "ip.", "ipv6.", "eth.", "vlan.", "frame.", "udp.", "http.",
	"http2.", "tls.", "ssl.", "dns.", "icmp.", "sll.", "data.",
};

static const char *const operators[] = {
	"==", "!=", ">=", "<=", ">", "<", "~", "&", "=",
	"eq ", "ne ", "gt ", "lt ", "ge ", "le ", "contains ", "matches ",
	"in ",
};

static bool
begins_with_one(const char *text, const char *const *list, size_t count,
    size_t *ret_len)
{
	for (size_t i = 0; i < count; i++) {
		*ret_len = strlen(list[i]);
		if (strncmp(text, list[i], *ret_len) == 0)
			return true;
	}
	return false;
}

/* tcp.stream counts from 0, connections are numbered from 1. */
static void
write_instead(char instead[DISPLAY_FILTER_SIZE], const char *field,
    size_t field_len, const char *value, size_t value_len)
{
	char digits[24];
	uint64_t number;

	instead[0] = '\0';
	for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
		const char *words = fields[i].instead;
		const size_t len = strlen(words);

		if (strlen(fields[i].field) != field_len ||
		    memcmp(fields[i].field, field, field_len) != 0)
			continue;
		if (len > 0 && words[len - 1] != ' ' &&
		    words[len - 1] != '=') {
			(void)snprintf(instead, DISPLAY_FILTER_SIZE, "%s",
			    words);
		} else if (len > 0) {
			(void)snprintf(instead, DISPLAY_FILTER_SIZE, "%s%.*s",
			    words, (int)(value_len < 60 ? value_len : 60),
			    value);
		} else {
			(void)snprintf(digits, sizeof(digits), "%.*s",
			    (int)(value_len < 20 ? value_len : 20), value);
			if (parse_number(digits, UINT64_MAX - 1,
			    &number) == NULL)
				(void)snprintf(instead, DISPLAY_FILTER_SIZE,
				    "--conn=%" PRIu64, number + 1);
		}
	}
}

/*
 * Is this word a field?  A host may have the name tcp.example.com, so a
 * comparison must follow; tcp.analysis.flags stands alone.
 */
static bool
is_comparison(const char *word, char instead[DISPLAY_FILTER_SIZE])
{
	const size_t len = strcspn(word, ENDS);
	const char *rest = word + len;
	size_t matched;

	rest += strspn(rest, BLANKS);
	if (!begins_with_one(word, protocols, ARRAY_LEN(protocols), &matched))
		return false;
	if (strncmp(word, "tcp.analysis.", strlen("tcp.analysis.")) == 0) {
		(void)snprintf(instead, DISPLAY_FILTER_SIZE, "--segments");
		return true;
	}
	if (!begins_with_one(rest, operators, ARRAY_LEN(operators), &matched))
		return false;
	rest += matched;
	rest += strspn(rest, BLANKS "\"'{");
	write_instead(instead, word, len, rest, strcspn(rest, ENDS "\"'}"));
	return true;
}

bool
display_filter_is(const char *text, char instead[DISPLAY_FILTER_SIZE])
{
	instead[0] = '\0';
	while (*text != '\0') {
		text += strspn(text, ENDS);
		if (is_comparison(text, instead))
			return true;
		text += strcspn(text, ENDS);
	}
	return false;
}
