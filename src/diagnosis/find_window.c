/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Findings of the receive window.  `side` is the receiver.
 */
#include "config.h"

#include "diagnosis/exam.h"
#include "diagnosis/related.h"

#define ZERO_NS		(50 * NS_PER_MS)
#define PROBES_MANY	3
#define UNSCALED_MANY	20

static void
take_window(const struct exam *x, unsigned side, enum book book,
    struct finding *f)
{
	const struct longest *longest;

	f->side = exam_role(x, side);
	f->cost_ns = exam_side_ns(x, book, side);
	f->window = x->an->stats[side].win_max;
	if (x->rtt > 0)
		f->rate = f->window * (uint64_t)NS_PER_SEC / (uint64_t)x->rtt;
	if (book == BOOK_WINDOW)
		(void)exam_name_sight(x, sight_of(SIGHT_WINDOW, side), f);
	longest = exam_name_longest(x, book_of(book, side), f);
	if (longest != NULL)
		f->count = longest->count;
	else if (book == BOOK_ZERO)
		exam_name_rest(x, x->d != NULL ? x->d->cut_frame :
		    x->conn->first_frame, f);
}

/* Is its window closed at the end, and does it hold its peer up? */
static bool
is_closed_at_end(const struct exam *x, unsigned side)
{
	return x->an->track[side].last_window == 0 &&
	    exam_judged(x, !side, JUDGED_WINDOW_PROBE) >= PROBES_MANY;
}

bool
rule_zero_window_dead(const struct exam *x, unsigned side, struct finding *f)
{
	if (!is_closed_at_end(x, side) ||
	    exam_side_ns(x, BOOK_ZERO, side) < ZERO_NS)
		return false;
	f->id = FINDING_ZERO_WINDOW_DEAD;
	take_window(x, side, BOOK_ZERO, f);
	f->confidence = CONFIDENCE_SHOWN;
	f->count = exam_judged(x, !side, JUDGED_WINDOW_PROBE);
	return true;
}

bool
rule_zero_window(const struct exam *x, unsigned side, struct finding *f)
{
	const int64_t cost = exam_side_ns(x, BOOK_ZERO, side);

	/* The receiver says so: no round trip makes that doubtful. */
	if (cost < ZERO_NS || !exam_is_share(x, cost, 10) ||
	    is_closed_at_end(x, side))
		return false;
	f->id = FINDING_ZERO_WINDOW;
	take_window(x, side, BOOK_ZERO, f);
	f->confidence = CONFIDENCE_SHOWN;
	return true;
}

static bool
is_window_limited(const struct exam *x, unsigned side)
{
	return exam_is_costly(x, exam_side_ns(x, BOOK_WINDOW, side));
}

/*
 * A receiver should not shrink its window from the right (RFC 9293, 3.8.6), so
 * a window becomes smaller by bytes that arrive and are not read.
 */
static bool
has_unread(const struct sender *sender)
{
	return sender != NULL && sender->filled > 0 &&
	    sender->filled < sender->filled_of / 2;
}

/* The largest window but that of the SYN, which the peer could not use. */
static uint32_t
largest_window(const struct exam *x, unsigned side)
{
	const struct sender *sender = exam_sender(x, !side);
	const int32_t last = x->an->track[side].last_window;
	const uint32_t max = sender != NULL ? sender->window_max : 0;

	return last > 0 && (uint32_t)last > max ? (uint32_t)last : max;
}

bool
rule_window_limited(const struct exam *x, unsigned side, struct finding *f)
{
	const struct sender *sender = exam_sender(x, !side);

	if (!is_window_limited(x, side))
		return false;
	f->id = FINDING_WINDOW_LIMITED;
	take_window(x, side, BOOK_WINDOW, f);
	f->window = largest_window(x, side);
	f->bytes = sender != NULL && sender->filled > 0 ? sender->filled :
	    f->window;
	f->rate = x->rtt > 0 ? f->bytes * (uint64_t)NS_PER_SEC /
	    (uint64_t)x->rtt : 0;
	if (has_unread(sender))
		f->shrunk_from = sender->filled_of;
	return true;
}

bool
rule_window_grows_slowly(const struct exam *x, unsigned side,
    struct finding *f)
{
	const struct sender *sender = exam_sender(x, !side);
	const uint32_t largest = largest_window(x, side);
	const int64_t cost = exam_side_ns(x, BOOK_WINDOW, side);

	if (!is_window_limited(x, side) || sender == NULL ||
	    has_unread(sender) || sender->window_first == 0 ||
	    largest / 4 < sender->window_first)
		return false;
	/* If the window grew after the last data, all waits were early. */
	if (largest <= sender->window_max && sender->window_early_ns < cost / 2)
		return false;
	f->id = FINDING_WINDOW_GROWS_SLOWLY;
	take_window(x, side, BOOK_WINDOW, f);
	f->window = largest;
	f->bytes = sender->window_first;
	return true;
}

/* One endpoint offered scaling and the other did not. */
static bool
is_scaling_missing(const struct conn *conn)
{
	return conn->endpoint[0].has_options && conn->endpoint[1].has_options &&
	    conn->endpoint[0].has_wscale != conn->endpoint[1].has_wscale;
}

bool
rule_wscale_stripped(const struct exam *x, unsigned side, struct finding *f)
{
	const bool is_elsewhere = conn_is_related(x->conn, RELATION_SCALES);

	if (!is_window_limited(x, side) ||
	    (!is_scaling_missing(x->conn) && !is_elsewhere))
		return false;
	f->id = FINDING_WSCALE_STRIPPED;
	take_window(x, side, BOOK_WINDOW, f);
	f->side = SIDE_MIDDLEBOX;
	f->claims = BOOK_BIT(book_of(BOOK_WINDOW, side));
	f->is_suspected = !is_elsewhere;
	if (!is_elsewhere)
		f->confidence = CONFIDENCE_POSSIBLE;
	return true;
}

/* X never has more in flight than the window field says, and exactly that. */
bool
rule_wscale_broken(const struct exam *x, unsigned side, struct finding *f)
{
	const struct sender *sender = exam_sender(x, !side);

	if (sender == NULL || !conn_has_scaling(x->conn) ||
	    conn_shift(&x->conn->endpoint[side]) == 0 ||
	    sender->unscaled_fills < UNSCALED_MANY || sender->beyond_unscaled)
		return false;
	f->id = FINDING_WSCALE_BROKEN;
	(void)exam_name_sight(x, sight_of(SIGHT_FILLED, !side), f);
	f->side = SIDE_MIDDLEBOX;
	f->count = sender->unscaled_fills;
	f->window = x->an->stats[side].win_max;
	f->bytes = sender->max_flight;
	f->cost_ns = exam_ns(x, BOOK_PATH) + exam_side_ns(x, BOOK_BUFFER,
	    !side);
	f->claims = BOOK_BIT(book_of(BOOK_BUFFER, !side));
	return true;
}
