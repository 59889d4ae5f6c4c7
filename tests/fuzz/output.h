/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a fuzz target printed: collected, and looked at by rules that know
 * nothing of how it was made.
 */
#ifndef TCPSTATES_TESTS_FUZZ_OUTPUT_H
#define TCPSTATES_TESTS_FUZZ_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct output {
	char *bytes;
	size_t len;
	size_t size;
};

/* An outbuf_sink: `arg` is a struct output, zeroed before its first use. */
int output_take(void *arg, const char *bytes, size_t len);
void output_fini(struct output *);

/*
 * The character at *at, which is then behind it; -1, one byte further, when
 * what stands there is no UTF-8 (RFC 3629).
 */
int32_t output_character(const char **at, const char *end);

/* A control, or a format character that nobody sees; -1 too. */
bool output_is_unseen(int32_t c);

/* UTF-8 throughout, all of it seen but the ends of lines. */
bool output_is_text(const struct output *);
/* Each line is a flat JSON object (RFC 8259) with a comma where one belongs. */
bool output_is_json(const struct output *);
/* Every line has as many fields as the first (RFC 4180). */
bool output_is_csv(const struct output *);

/*
 * The JSON string at *at, which is then behind it, as UTF-8 in `decoded`
 * (NULL: not wanted; else as large as the text).  False: it is none.
 */
bool output_json_string(const char **at, const char *end,
    struct output *decoded);

#endif
