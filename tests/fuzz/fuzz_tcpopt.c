/* SPDX-License-Identifier: BSD-2-Clause */
/*
 *	| bytes of options declared | those captured...
 *
 * What the decoder finds must be what the iterator shows, and a cut must not
 * invent anything.
 */
#include "config.h"

#include <string.h>

#include "decode/tcpopt.h"
#include "fuzz.h"

#define OPTIONS_MAX	40	/* RFC 9293, 3.1: data offset of 15 */

static size_t
count_shown(const uint8_t *bytes, size_t captured, size_t declared)
{
	struct tcpopt_iter it = tcpopt_iter(bytes, captured, declared);
	struct tcpopt o;
	size_t count = 0;

	while (tcpopt_next(&it, &o)) {
		MUST(o.kind > 1);
		MUST(o.value >= bytes + 2);
		MUST(o.value + o.value_len <= bytes + captured);
		count++;
	}
	return count;
}

static void
check(const uint8_t *bytes, size_t captured, size_t declared)
{
	struct tcp_options whole, part;
	const size_t shown = count_shown(bytes, captured, declared);

	tcpopt_decode(bytes, captured, declared, &whole);
	MUST(whole.sack_count <= SACK_BLOCKS_MAX);
	MUST(whole.unknown_count <= shown);
	MUST((whole.present & OPT_SACK) != 0 || whole.sack_count == 0);
	MUST((whole.present & OPT_MSS) != 0 || whole.mss == 0);
	for (size_t n = 0; n < captured; n++) {
		tcpopt_decode(bytes, n, declared, &part);
		MUST((part.present & ~(unsigned)whole.present) == 0);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *block;
	size_t declared, captured;

	if (size < 1)
		return 0;
	declared = data[0] % (OPTIONS_MAX + 1);
	captured = size - 1 < declared ? size - 1 : declared;
	block = malloc(captured);
	if (captured > 0 && block != NULL)
		memcpy(block, data + 1, captured);
	if (block != NULL)
		check(block, captured, declared);
	free(block);
	return 0;
}
