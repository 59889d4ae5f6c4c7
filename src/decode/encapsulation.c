/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "decode/encapsulation.h"

#include "base/compiler.h"
#include "decode/esp.h"
#include "decode/ether.h"
#include "decode/fabric.h"
#include "decode/gre.h"
#include "decode/ip.h"
#include "decode/mpls.h"
#include "decode/overlay.h"
#include "decode/ppp.h"
#include "decode/tunnel.h"

static const struct encapsulation rows[] = {
#define ENCAPSULATION(kind, number, decoder, words, reference) \
	{ NUMBER_##kind, number, decoder, words, reference },
#include "decode/encapsulations.def"
#undef ENCAPSULATION
};

walk_step *
encapsulation_decoder(enum number_kind kind, unsigned number)
{
	const uint64_t want = number_key(kind, number);
	size_t low = 0, high = ARRAY_LEN(rows);

	while (low < high) {
		const size_t mid = (low + high) / 2;
		const uint64_t key = number_key(rows[mid].kind,
		    rows[mid].number);

		if (key == want)
			return rows[mid].decoder;
		if (key < want)
			low = mid + 1;
		else
			high = mid;
	}
	return NULL;
}

const struct encapsulation *
encapsulation_row(unsigned index)
{
	return index < ARRAY_LEN(rows) ? &rows[index] : NULL;
}
