/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The short way of a segment.  Nearly all in mid-connection are the same: data
 * in order, or an ACK of something, with a timestamp at most, between two ends
 * that are open and have nothing to repair.  For them each step of track.c has
 * one outcome or none, and what is left of all is one function.
 */
#ifndef TCPSTATES_TCP_USUAL_H
#define TCPSTATES_TCP_USUAL_H

#include <stdbool.h>

struct conn;
struct segment;
struct tracker;

/*
 * Takes a segment of `side` into its connection, to the same effect as the
 * pipeline of track.c, if it is one that would be judged to be nothing.
 * False: it is none, or that would take a closer look; nothing has changed.
 */
bool usual_take(struct tracker *, struct conn *, unsigned side,
    const struct segment *);

#endif
