/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "tcp/judgement.h"

struct judged_row {
	const char *key;
	const char *words;
	const char *sentence;
};

static const struct judged_row rows[JUDGED_COUNT] = {
#define JUDGED(name, key, words, sentence)				\
	[JUDGED_##name] = { #key, words, sentence },
#define JUDGED_COUNTED(name, key, words, sentence, count)		\
	JUDGED(name, key, words, sentence)
#include "tcp/judged.def"
#undef JUDGED
#undef JUDGED_COUNTED
};

static const char *const evidences[EVIDENCE_COUNT] = {
#define EVIDENCE(name, words) [EVIDENCE_##name] = (words),
#include "tcp/evidence.def"
#undef EVIDENCE
};

const char *
judged_key(enum judged judged)
{
	return rows[judged].key;
}

const char *
judged_words(enum judged judged)
{
	return rows[judged].words;
}

const char *
judged_sentence(enum judged judged)
{
	return rows[judged].sentence;
}

const char *
evidence_words(enum evidence evidence)
{
	return evidences[evidence];
}
