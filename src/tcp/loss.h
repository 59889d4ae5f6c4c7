/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What became of the transmission that a retransmission repeats.
 *
 * A retransmission shows that its sender stopped waiting, not that anything
 * was lost.  Each one is counted in exactly one of
 *
 *	LOSS_BEFORE	the original was not seen here, and the hole it left was
 *	LOSS_BEHIND	the original was seen here, and its receiver shows that
 *			it did not arrive
 *	REFUSED		it arrived: it was acknowledged already, reported twice
 *			(DSACK), answered by an RST, or did not fit the window
 *	UNANSWERED	nothing shows which of these it was
 *
 * A retransmission that is judged UNANSWERED is *open*: the entry in flight
 * that holds its first byte counts it (struct inflight), and what comes back
 * later moves it to another of the counts.  What is open at the end of the
 * connection stays unanswered.
 *
 * Lost segments without a gap between them are one run: a queue that overflows
 * drops many in a row, a bad link one here and one there.
 */
#ifndef TCPSTATES_TCP_LOSS_H
#define TCPSTATES_TCP_LOSS_H

#include <stdbool.h>

#include <stdint.h>

struct endpoint_stats;
struct endpoint_track;
struct sack_block;
struct sackboard;
struct step;

/*
 * Judge the retransmission of this step: its bytes `was_seen` here before, or
 * its receiver has shown that it `is_needless`.
 */
void loss_judge(struct step *, bool was_seen, bool is_needless);

/* The segment acknowledges bytes in flight, before these are forgotten. */
void loss_acked(struct step *);

/* It acknowledges nothing new: by then an answer should have come. */
void loss_not_acked(struct step *);

/* The receiver reports by DSACK that the bytes of `block` arrived twice. */
void loss_reported(struct step *, const struct sack_block *block);

/* It advertises a zero window: what its peer has sent does not fit. */
void loss_closed(struct step *);

/* Segments lost in a row that chance alone hardly drops. */
#define LOSS_BURST	3

/* How the segments of an endpoint were lost. */
enum loss_pattern {
	LOSS_PATTERN_NONE,	/* none was */
	LOSS_PATTERN_SINGLE,	/* one segment, once or more */
	LOSS_PATTERN_SPOTTY,	/* one or two here and there */
	LOSS_PATTERN_BURST	/* three or more in a row at least once */
};

enum loss_pattern loss_pattern(const struct endpoint_stats *,
    const struct endpoint_track *);

/* "single", "spotty" or "burst"; NULL if none was lost. */
const char *loss_pattern_name(enum loss_pattern);

/* Segments of the longest run: its bytes by the largest payload sent. */
uint64_t loss_longest_run(const struct endpoint_stats *,
    const struct endpoint_track *);

/* Return the sackboard of an endpoint, made if need be; NULL without memory. */
struct sackboard *loss_sackboard(struct endpoint_track *);

#endif
