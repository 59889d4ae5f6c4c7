/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The frames that a finding names.
 */
#include "config.h"

#include "diagnosis/exam.h"

const struct longest *
exam_name_longest(const struct exam *x, enum book book, struct finding *f)
{
	const struct longest *longest = exam_longest(x, book);

	if (longest == NULL)
		return NULL;
	f->is_sight = false;
	f->longest_ns = longest->ns;
	f->wait_ns = longest->ns;
	f->end_ns = longest->end_ns;
	f->frame = longest->frame;
	f->from_frame = longest->from_frame;
	return longest;
}

void
exam_name_loss(const struct exam *x, struct finding *f)
{
	static const enum book books[] = { BOOK_LOSS_TIMEOUT, BOOK_LOSS_FAST };
	const bool is_fast = exam_ns(x, BOOK_LOSS_FAST) >
	    exam_ns(x, BOOK_LOSS_TIMEOUT);

	if (exam_name_longest(x, books[is_fast], f) == NULL)
		(void)exam_name_longest(x, books[!is_fast], f);
}

bool
exam_name_sight(const struct exam *x, enum sight sight, struct finding *f)
{
	const struct longest *seen = x->d != NULL ?
	    long_waits_sight(x->d->waits, sight) : NULL;

	if (seen == NULL)
		return false;
	f->frame = seen->frame;
	f->from_frame = seen->from_frame;
	f->is_sight = true;
	return true;
}

void
exam_add_spot(struct finding *f, const struct spot *spot)
{
	if (f->spots < SPOTS_MAX)
		f->spot[f->spots++] = *spot;
}

bool
exam_name_first_loss(const struct exam *x, unsigned side, struct finding *f)
{
	const struct longest *seen = x->d != NULL ? long_waits_sight(
	    x->d->waits, sight_of(SIGHT_LOST, side)) : NULL;
	const bool is_upstream = f->downstream == 0;

	if (seen == NULL)
		return false;
	f->frame = seen->frame;
	f->from_frame = seen->from_frame;
	f->is_sight = true;
	if (seen->from_frame != 0)
		exam_add_spot(f, &(struct spot){ seen->from_frame, 0, 0,
		    is_upstream ? "the first loss: bytes before these never "
		    "came here" : f->upstream == 0 ?
		    "the first segment that was lost" : "the first loss" });
	exam_add_spot(f, &(struct spot){ seen->frame, 0, 0,
	    seen->from_frame == 0 ? "the first loss is repaired" :
	    is_upstream ? "their retransmission" : "its retransmission" });
	return true;
}

void
exam_name_handshake(const struct exam *x, struct finding *f)
{
	const uint64_t end = x->an->notes.handshake_frame;

	f->wait_ns = x->an->notes.handshake_ns;
	f->end_ns = nstime_add(x->conn->first_ns, f->wait_ns);
	f->frame = end != 0 ? end : x->conn->last_frame;
	f->from_frame = x->conn->first_frame;
	f->is_sight = true;
}

void
exam_name_rest(const struct exam *x, uint64_t from_frame, struct finding *f)
{
	f->frame = x->conn->last_frame;
	f->from_frame = from_frame < f->frame ? from_frame : 0;
	f->is_sight = true;
}
