/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sequences of xterm, linux, tmux, screen, PuTTY and the consoles of the BSDs:
 * ESC [ or ESC O, at most one number that matters, and a final byte.
 */
#include "config.h"

#include "top/keys.h"

#include <stddef.h>

#include "base/compiler.h"

enum keys_state {
	STATE_GROUND,
	STATE_AFTER_ESCAPE,
	STATE_IN_SEQUENCE
};

#define NUMBER_MAX	1000

static const struct {
	unsigned char last;	/* byte of the sequence */
	unsigned char number;	/* before it, or 0 */
	enum key_code key;
} sequences[] = {
	{ 'A', 0, KEY_UP }, { 'B', 0, KEY_DOWN },
	{ 'C', 0, KEY_RIGHT }, { 'D', 0, KEY_LEFT },
	{ 'H', 0, KEY_HOME }, { 'F', 0, KEY_END },
	{ '~', 1, KEY_HOME }, { '~', 7, KEY_HOME },
	{ '~', 4, KEY_END }, { '~', 8, KEY_END },
	{ '~', 5, KEY_PAGE_UP }, { '~', 6, KEY_PAGE_DOWN },
	{ 'M', 0, KEY_ENTER },	/* of the number pad */
	{ 'n', 0, KEY_ANSWER },
};

static int
find_sequence(unsigned char last, unsigned number)
{
	/* A modifier key makes "1;5A" of "A". */
	if (last != '~')
		number = 0;
	for (size_t i = 0; i < ARRAY_LEN(sequences); i++)
		if (sequences[i].last == last &&
		    sequences[i].number == number)
			return (int)sequences[i].key;
	return KEY_NONE;
}

static int
key_in_sequence(struct keys *keys, unsigned char byte)
{
	if (byte >= '0' && byte <= '9' && keys->number < NUMBER_MAX)
		keys->number = keys->number * 10 + (byte - '0');
	if (byte < '@' || byte > '~')
		return KEY_NONE;
	keys->state = STATE_GROUND;
	return find_sequence(byte, keys->number);
}

int
keys_byte(struct keys *keys, unsigned char byte)
{
	if (byte == KEY_ESCAPE) {
		const bool is_second = keys->state == STATE_AFTER_ESCAPE;

		keys->state = STATE_AFTER_ESCAPE;
		return is_second ? KEY_ESCAPE : KEY_NONE;
	}
	if (keys->state == STATE_IN_SEQUENCE)
		return key_in_sequence(keys, byte);
	if (keys->state == STATE_AFTER_ESCAPE) {
		keys->state = byte == '[' || byte == 'O' ?
		    STATE_IN_SEQUENCE : STATE_GROUND;
		keys->number = 0;
		return KEY_NONE;
	}
	return byte == '\n' ? KEY_ENTER : byte == '\b' ? KEY_DELETE : byte;
}

bool
keys_is_escape(const struct keys *keys)
{
	return keys->state == STATE_AFTER_ESCAPE;
}

void
keys_end(struct keys *keys)
{
	keys->state = STATE_GROUND;
}
