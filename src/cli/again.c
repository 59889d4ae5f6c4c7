/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "cli/again.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/put.h"
#include "cli/options.h"

#define QUOTED_MAX	5	/* bytes that one byte becomes at most */
#define FLAGS_MAX	96	/* bytes of all flags together */

static bool
is_plain(const char *word)
{
	static const char plain[] =
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
	    "%+,-./:=@_";

	return word[0] != '\0' && word[strspn(word, plain)] == '\0';
}

/*
 * The word as a shell reads it back.  Without backslashes, which are escaped
 * when they are printed.
 */
static char *
put_quoted(char *at, const char *word)
{
	if (is_plain(word))
		return put_str(at, word);
	*at++ = '\'';
	for (; *word != '\0'; word++) {
		if (*word == '\'')
			at = put_str(at, "'\"'\"'");
		else
			*at++ = *word;
	}
	*at++ = '\'';
	return at;
}

/* Options that change which packets form a connection, and so its number. */
static char *
put_flags(char *at, const struct options *o)
{
	if (o->vlan_key)
		at = put_str(at, " --vlan-key");
	if (o->no_tunnels)
		at = put_str(at, " --no-tunnels");
	if (o->shard.count > 1) {
		at = put_str(at, " --shard=");
		at = put_digits(at, o->shard.index + 1);
		*at++ = '/';
		at = put_digits(at, o->shard.count);
	}
	if (o->source.ip == SOURCE_IP4)
		at = put_str(at, " -4");
	if (o->source.ip == SOURCE_IP6)
		at = put_str(at, " -6");
	return at;
}

static size_t
size_needed(const struct options *o)
{
	size_t size = FLAGS_MAX + 1;

	for (size_t i = 0; i < o->source.file_count; i++)
		size += QUOTED_MAX * strlen(o->files[i]) + sizeof(" -r ''");
	if (o->save != NULL)
		size += QUOTED_MAX * strlen(o->save) + sizeof(" -r ''");
	if (o->source.filter != NULL)
		size += QUOTED_MAX * strlen(o->source.filter) + sizeof(" ''");
	return size;
}

char *
again_words(const struct options *o)
{
	const bool is_live = o->source.interface != NULL;
	char *words, *at;

	if (is_live && (o->save == NULL || o->saves_to_stdout))
		return NULL;
	words = at = malloc(size_needed(o));
	if (words == NULL)
		return NULL;
	at = put_flags(at, o);
	if (is_live)
		at = put_quoted(put_str(at, " -r "), o->save);
	for (size_t i = 0; i < o->source.file_count; i++)
		at = put_quoted(put_str(at, " -r "), o->files[i]);
	/* A file of -w holds what the filter let through. */
	if (!is_live && o->source.filter != NULL)
		at = put_quoted(put_str(at, " "), o->source.filter);
	*at = '\0';
	return words;
}
