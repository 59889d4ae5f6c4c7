/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Everything a segment can be judged to be: the rows of judged.def.
 */
#ifndef TCPSTATES_TCP_JUDGED_H
#define TCPSTATES_TCP_JUDGED_H

/* The judgements of one segment are a set of bits 1 << JUDGED_x. */
enum judged {
#define JUDGED(name, key, words, sentence)	JUDGED_##name,
#define JUDGED_COUNTED(name, key, words, sentence, count)	JUDGED_##name,
#include "tcp/judged.def"
#undef JUDGED
#undef JUDGED_COUNTED
	JUDGED_COUNT
};

/* "retransmission"; the words, and the sentence of the manual: judged.def. */
const char *judged_key(enum judged);
const char *judged_words(enum judged);
const char *judged_sentence(enum judged);

#endif
