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

static uint32_t
find_ip(const struct transmission *up, const struct transmission *down)
{
	uint32_t set = 0;

	if (up->dscp != down->dscp)
		set |= 1U << REWRITE_DSCP;
	if (up->ecn != 0 && down->ecn == 0)
		set |= 1U << REWRITE_ECN_BLEACHED;
	if (up->ecn != ECN_CE && up->ecn != 0 && down->ecn == ECN_CE)
		set |= 1U << REWRITE_ECN_MARKED;
	return set;
}

static uint32_t
find_options(const struct transmission *up,
    const struct transmission *down)
{
	const unsigned gone = up->options & ~(unsigned)down->options;
	const unsigned known = OPT_MSS | OPT_WSCALE | OPT_SACK_PERMITTED |
	    OPT_TIMESTAMP | OPT_SACK;
	uint32_t set = 0;

	if (((up->options ^ down->options) & OPT_MSS) != 0 ||
	    up->mss != down->mss)
		set |= 1U << REWRITE_MSS;
	if ((gone & OPT_WSCALE) != 0 || up->wscale != down->wscale)
		set |= 1U << REWRITE_WSCALE_STRIPPED;
	if ((gone & OPT_SACK_PERMITTED) != 0)
		set |= 1U << REWRITE_SACK_STRIPPED;
	if ((gone & OPT_TIMESTAMP) != 0)
		set |= 1U << REWRITE_TIMESTAMPS_STRIPPED;
	if ((gone & ~known) != 0)
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

uint32_t
rewrites_find(const struct transmission *up, const struct transmission *down)
{
	return find_ip(up, down) | find_checksum(up, down) |
	    ((up->flags & TCP_SYN) != 0 ? find_options(up, down) : 0);
}
