/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "decode/linktype.h"

#include <stddef.h>

#include "base/compiler.h"

static const char *const names[LINKTYPE_COUNT] = {
#define LINKTYPE(name, words, decoder) [LINKTYPE_##name] = words,
#include "decode/linktypes.def"
#undef LINKTYPE
};

static const struct {
	int number;
	enum linktype type;
} numbers[] = {
#define LINKNUMBER(number, name, type) { number, LINKTYPE_##type },
#include "decode/linknumbers.def"
#undef LINKNUMBER
};

enum linktype
linktype_numbered(int number)
{
	for (size_t i = 0; i < ARRAY_LEN(numbers); i++)
		if (numbers[i].number == number)
			return numbers[i].type;
	return LINKTYPE_UNKNOWN;
}

const char *
linktype_name(enum linktype type)
{
	return type < LINKTYPE_COUNT ? names[type] : names[LINKTYPE_UNKNOWN];
}
