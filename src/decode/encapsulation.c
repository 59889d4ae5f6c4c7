/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "decode/encapsulation.h"

#include "base/compiler.h"
#include "decode/ether.h"
#include "decode/gre.h"
#include "decode/ip.h"
#include "decode/mpls.h"
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
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (rows[i].number == number && rows[i].kind == kind)
			return rows[i].decoder;
	return NULL;
}

const struct encapsulation *
encapsulation_row(unsigned index)
{
	return index < ARRAY_LEN(rows) ? &rows[index] : NULL;
}
