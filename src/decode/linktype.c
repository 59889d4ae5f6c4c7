/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "decode/linktype.h"

static const char *const names[LINKTYPE_COUNT] = {
#define LINKTYPE(name, words, decoder) [LINKTYPE_##name] = words,
#include "decode/linktypes.def"
#undef LINKTYPE
};

const char *
linktype_name(enum linktype type)
{
	return type < LINKTYPE_COUNT ? names[type] : names[LINKTYPE_UNKNOWN];
}
