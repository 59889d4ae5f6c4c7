/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "decode/frame.h"

#include <string.h>

#include "base/compiler.h"
#include "base/pool.h"
#include "decode/frag.h"
#include "decode/link.h"
#include "decode/fastpath.h"
#include "decode/walk.h"

static const struct {
	const char *key;
	const char *words;
	const char *sentence;
} verdicts[VERDICT_COUNT] = {
#define VERDICT(name, key, words, sentence) \
	[VERDICT_##name] = { key, words, sentence },
#include "decode/verdicts.def"
#undef VERDICT
};

const char *
verdict_key(enum verdict verdict)
{
	return verdicts[verdict].key;
}

const char *
verdict_words(enum verdict verdict)
{
	return verdicts[verdict].words;
}

const char *
verdict_sentence(enum verdict verdict)
{
	return verdicts[verdict].sentence;
}

struct decoder *
decoder_new(const struct decoder_options *options, const uint64_t key[2])
{
	struct decoder *d = mem_zalloc(sizeof(*d));

	if (d == NULL)
		return NULL;
	d->options = *options;
	d->hash_key = (struct siphash_key){ .word = { key[0], key[1] } };
	return d;
}

void
decoder_free(struct decoder *d)
{
	if (d != NULL)
		frags_free(d->frags);
	mem_free(d);
}

const struct decoder_stats *
decoder_stats(const struct decoder *d)
{
	return &d->stats;
}

const char *
decoder_last_protocol(const struct decoder *d)
{
	return d->words;
}

const struct quoted *
decoder_last_quoted(const struct decoder *d)
{
	return d->has_quoted ? &d->quoted : NULL;
}

static void
count_segment(struct decoder_stats *stats, const struct segment *seg)
{
	if (UNLIKELY(seg->is_wire_len_wrong))
		stats->wire_len_wrong++;
	if (UNLIKELY(seg->is_offloaded))
		stats->offloaded++;
	if (UNLIKELY(seg->opt.present & OPT_MALFORMED))
		stats->options_malformed++;
}

/* Equal words of one decoder have equal addresses. */
static bool
is_same_reason(const char *a, const char *b)
{
	return a == b || strcmp(a, b) == 0;
}

static void
count_unsupported(struct decoder_stats *stats, const char *words,
    uint64_t frames)
{
	struct unsupported *entry = stats->unsupported;
	struct unsupported *last = entry + UNSUPPORTED_MAX - 1;

	while (entry < last && entry->frames > 0 &&
	    !is_same_reason(entry->words, words))
		entry++;
	entry->words = entry < last ? words : "other encapsulations";
	entry->frames += frames;
}

void
decoder_stats_add(struct decoder_stats *sum, const struct decoder_stats *more)
{
	sum->fragments_evicted += more->fragments_evicted;
	sum->fragments_incomplete += more->fragments_incomplete;
	sum->wire_len_wrong += more->wire_len_wrong;
	sum->offloaded += more->offloaded;
	sum->options_malformed += more->options_malformed;
	for (unsigned i = 0; i < UNSUPPORTED_MAX; i++)
		if (more->unsupported[i].frames > 0)
			count_unsupported(sum, more->unsupported[i].words,
			    more->unsupported[i].frames);
}

/*
 * Clear the fields that decoders add to or may leave alone.  The decoders of IP
 * and TCP set all others for each frame; clearing those would cost a good part
 * of the time per frame.
 */
static void
begin_segment(struct segment *seg, const struct frame *frame)
{
	seg->time_ns = frame->time_ns;
	seg->frame = frame->number;
	seg->vni = 0;
	seg->interface = frame->interface;
	seg->vlan = 0;
	seg->link_hash = 0;
	seg->wifi_seq = 0;
	seg->is_wifi_retry = false;
	seg->vni_known = false;
	seg->is_wire_len_wrong = false;
}

/* Walk through all headers. */
static enum verdict
decode_by_chain(struct decoder *d, const struct frame *frame,
    struct segment *ret_segment)
{
	struct walk w = {
		.at = cursor_over(frame->bytes, frame->captured_len,
		    frame->wire_len),
		.seg = ret_segment,
		.decoder = d,
	};
	enum verdict verdict;

	begin_segment(ret_segment, frame);
	verdict = walk_run(&w, link_decoder(frame->linktype));
	d->words = w.words;
	return verdict;
}

enum verdict
frame_decode(struct decoder *d, const struct frame *frame,
    struct segment *ret_segment)
{
	enum verdict verdict = VERDICT_SEGMENT;

	d->has_quoted = false;
	if (LIKELY(frame->linktype == LINKTYPE_ETHERNET &&
	    !d->options.no_fastpath && fastpath_decode(frame, ret_segment)))
		d->words = NULL;
	else
		verdict = decode_by_chain(d, frame, ret_segment);
	if (LIKELY(verdict == VERDICT_SEGMENT))
		count_segment(&d->stats, ret_segment);
	else if (verdict == VERDICT_UNSUPPORTED &&
	    frame->linktype != LINKTYPE_UNKNOWN)
		count_unsupported(&d->stats, d->words, 1);
	return verdict;
}

uint32_t
frame_peek(const struct frame *frame, struct frame_ends *ret_ends)
{
	return LIKELY(frame->linktype == LINKTYPE_ETHERNET) ?
	    fastpath_peek(frame, ret_ends) : 0;
}
