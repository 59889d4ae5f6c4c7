/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "diagnosis/causes.h"

static const struct {
	const char *key;
	const char *words;
	const char *sentence;
	enum book_class class;
} books[BOOK_COUNT] = {
#define CAUSE(name, key, class, words, sentence)			\
	[BOOK_##name] = { #key, words, sentence, CLASS_##class },
#define CAUSE_OF(name, key, class, words, sentence)			\
	[BOOK_##name] = { #key, words, sentence, CLASS_##class },	\
	[BOOK_##name##_OF_1] = { #key, words, sentence, CLASS_##class },
#include "diagnosis/causes.def"
#undef CAUSE
#undef CAUSE_OF
};

const char *
book_key(enum book book)
{
	return books[book].key;
}

const char *
book_words(enum book book)
{
	return books[book].words;
}

const char *
book_sentence(enum book book)
{
	return books[book].sentence;
}

enum book_class
book_class(enum book book)
{
	return books[book].class;
}
