/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "compare/rewrites.h"

#include <stdio.h>

#include "compare/transmission.h"
#include "decode/segment.h"

#define ECN_CE	3	/* Congestion Experienced (RFC 3168, 5) */

static const struct {
	const char *word;
	const char *sentence;
} words[REWRITE_COUNT] = {
#define REWRITE(name, word, sentence)	[REWRITE_##name] = { word, sentence },
#include "compare/rewrites.def"
#undef REWRITE
};

const char *
rewrite_word(enum rewrite rewrite)
{
	return words[rewrite].word;
}

const char *
rewrite_sentence(enum rewrite rewrite)
{
	return words[rewrite].sentence;
}

void
rewrites_format(char buf[REWRITES_BUFSIZE], uint32_t set)
{
	size_t len = 0;

	buf[0] = '\0';
	for (unsigned i = 0; i < REWRITE_COUNT; i++)
		if (rewrites_have(set, (enum rewrite)i))
			len += (size_t)snprintf(buf + len,
			    REWRITES_BUFSIZE - len, "%s%s",
			    len > 0 ? "," : "", words[i].word);
}

/* RFC 3168, 5: a router may set CE where ECT is set, and nothing else. */
static uint32_t
find_ecn(const struct transmission *up, const struct transmission *down)
{
	if (up->ecn == down->ecn)
		return 0;
	if (down->ecn == 0)
		return 1U << REWRITE_ECN_BLEACHED;
	return up->ecn != 0 && down->ecn == ECN_CE ?
	    1U << REWRITE_ECN_MARKED : 1U << REWRITE_ECN_CHANGED;
}

bool
rewrites_erase_mark(const struct transmission *up,
    const struct transmission *down)
{
	return up->ecn == ECN_CE && down->ecn != ECN_CE;
}

/* Options that the second point lacks; not those that its capture cut off. */
static unsigned
options_gone(const struct transmission *up, const struct transmission *down)
{
	return (down->options & OPTIONS_CUT) != 0 ? 0 :
	    up->options & ~(unsigned)down->options;
}

unsigned
rewrites_others_stripped(const struct transmission *up,
    const struct transmission *down)
{
	const unsigned others = OPT_MD5 | OPT_AO | OPT_MPTCP | OPT_TFO |
	    OPT_ACCECN | OPT_UNKNOWN;

	return options_gone(up, down) & others;
}

static uint32_t
find_options(const struct transmission *up,
    const struct transmission *down)
{
	const unsigned gone = options_gone(up, down);
	const unsigned added = options_gone(down, up);
	const unsigned both = up->options & (unsigned)down->options;
	uint32_t set = 0;

	if (((gone | added) & OPT_MSS) != 0 ||
	    ((both & OPT_MSS) != 0 && up->mss != down->mss))
		set |= 1U << REWRITE_MSS;
	if (((gone | added) & OPT_WSCALE) != 0 ||
	    ((both & OPT_WSCALE) != 0 && up->wscale != down->wscale))
		set |= 1U << REWRITE_WSCALE_STRIPPED;
	if ((gone & OPT_SACK_PERMITTED) != 0)
		set |= 1U << REWRITE_SACK_STRIPPED;
	if ((gone & OPT_TIMESTAMP) != 0)
		set |= 1U << REWRITE_TIMESTAMPS_STRIPPED;
	if (rewrites_others_stripped(up, down) != 0)
		set |= 1U << REWRITE_OPTION_STRIPPED;
	return set;
}

/* Where options were added, removed or changed the residue is another. */
static uint32_t
find_checksum(const struct transmission *up, const struct transmission *down)
{
	return up->has_residue && down->has_residue &&
	    up->residue != down->residue && up->len == down->len &&
	    up->options == down->options && up->wscale == down->wscale ?
	    1U << REWRITE_CHECKSUM : 0;
}

/* RFC 3168, 6.1.1, and RFC 9768, 3.1. */
static uint32_t
find_ecn_flags(const struct transmission *up, const struct transmission *down)
{
	const unsigned gone = up->flags & ~(unsigned)down->flags;

	return (gone & (TCP_ECE | TCP_CWR | TCP_AE)) != 0 ?
	    1U << REWRITE_ECN_STRIPPED : 0;
}

uint32_t
rewrites_find(const struct transmission *up, const struct transmission *down)
{
	const uint32_t dscp = up->dscp != down->dscp ? 1U << REWRITE_DSCP : 0;
	const uint32_t set = dscp | find_ecn(up, down) |
	    find_checksum(up, down);

	if ((up->flags & TCP_SYN) == 0)
		return set;
	return set | find_options(up, down) | find_ecn_flags(up, down);
}
