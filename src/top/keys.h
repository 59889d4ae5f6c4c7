/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Keys, from the bytes that a terminal sends.
 */
#ifndef TCPSTATES_TOP_KEYS_H
#define TCPSTATES_TOP_KEYS_H

#include <stdbool.h>

/* Keys below KEY_NONE are characters. */
enum key_code {
	KEY_ENTER = '\r',
	KEY_ESCAPE = 27,
	KEY_DELETE = 127,
	KEY_NONE = 256,		/* a sequence goes on, or is unknown */
	KEY_UP,
	KEY_DOWN,
	KEY_LEFT,
	KEY_RIGHT,
	KEY_PAGE_UP,
	KEY_PAGE_DOWN,
	KEY_HOME,
	KEY_END,
	KEY_ANSWER		/* no key: the terminal's "ESC [ 0 n" */
};

/* Zeroed: no sequence has begun. */
struct keys {
	unsigned char state;	/* internal */
	unsigned number;	/* the sequence's parameter */
};

/* The key that a byte completes, or KEY_NONE. */
int keys_byte(struct keys *, unsigned char byte);

/* Is it an ESC after which nothing came, so far? */
bool keys_is_escape(const struct keys *);
/* Nothing came: the ESC is a key. */
void keys_end(struct keys *);

#endif
