/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "base/err.h"

#include "base/compiler.h"

static const char *const sentences[] = {
	[ERR_NONE] = "no error",
#define ERR(name, sentence) [ERR_##name] = (sentence),
#include "base/err.def"
#undef ERR
};

const char *
err_sentence(int code)
{
	const int index = code < 0 ? -code : code;

	if (index < 0 || (size_t)index >= ARRAY_LEN(sentences))
		return "unknown error";
	return sentences[index];
}
