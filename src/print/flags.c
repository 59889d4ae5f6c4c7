/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "print/flags.h"

#include "base/compiler.h"
#include "decode/segment.h"

size_t
flags_format(char buf[FLAGS_BUFSIZE], unsigned flags)
{
	static const struct {
		unsigned flag;
		char letter;
	} letters[] = {
		{ TCP_SYN, 'S' }, { TCP_FIN, 'F' }, { TCP_RST, 'R' },
		{ TCP_PSH, 'P' }, { TCP_ACK, 'A' }, { TCP_URG, 'U' },
		{ TCP_ECE, 'E' }, { TCP_CWR, 'W' }, { TCP_AE, 'e' },
	};
	size_t len = 0;

	for (size_t i = 0; i < ARRAY_LEN(letters); i++) {
		if ((flags & letters[i].flag) != 0)
			buf[len++] = letters[i].letter;
	}
	if (len == 0)
		buf[len++] = '-';
	buf[len] = '\0';
	return len;
}
