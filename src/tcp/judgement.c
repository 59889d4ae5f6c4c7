/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "tcp/judgement.h"

static const char *const keys[JUDGED_COUNT] = {
#define JUDGED(name, key, words, sentence) [JUDGED_##name] = (key),
#include "tcp/judged.def"
#undef JUDGED
};

static const char *const words[JUDGED_COUNT] = {
#define JUDGED(name, key, words, sentence) [JUDGED_##name] = (words),
#include "tcp/judged.def"
#undef JUDGED
};

static const char *const sentences[JUDGED_COUNT] = {
#define JUDGED(name, key, words, sentence) [JUDGED_##name] = (sentence),
#include "tcp/judged.def"
#undef JUDGED
};

static const char *const evidences[EVIDENCE_COUNT] = {
#define EVIDENCE(name, words) [EVIDENCE_##name] = (words),
#include "tcp/evidence.def"
#undef EVIDENCE
};

const char *
judged_key(enum judged judged)
{
	return keys[judged];
}

const char *
judged_words(enum judged judged)
{
	return words[judged];
}

const char *
judged_sentence(enum judged judged)
{
	return sentences[judged];
}

const char *
evidence_words(enum evidence evidence)
{
	return evidences[evidence];
}
