/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "records/writer.h"

#include <string.h>

#include "base/compiler.h"

static const struct record_format *const formats[] = {
#define FORMAT(name, letter)	&name##_format,
#include "records/formats.def"
};

const struct record_format *
record_format_at(size_t at)
{
	return at < ARRAY_LEN(formats) ? formats[at] : NULL;
}

const struct record_format *
record_format_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(formats); i++)
		if (strcmp(name, formats[i]->name) == 0 ||
		    (formats[i]->alias != NULL &&
		    strcmp(name, formats[i]->alias) == 0))
			return formats[i];
	return NULL;
}

void
writer_init(struct writer *w, const struct record_format *format,
    struct outbuf *out, unsigned digits, bool wants_header)
{
	*w = (struct writer){
		.format = format,
		.out = out,
		.digits = digits,
		.wants_header = wants_header,
	};
	w->ledger_errors = &w->ledger_error_count;
}

void
writer_finish(struct writer *w)
{
	w->format->finish(w);
}
