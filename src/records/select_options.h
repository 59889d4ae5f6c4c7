/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The arguments of --conn, --only, --sort and --limit.
 *
 * Each function returns NULL, or what is wrong with the text in a phrase that
 * lives as long as the program ("is not a number or a range of numbers"); the
 * rules are then unchanged.
 */
#ifndef TCPSTATES_RECORDS_SELECT_OPTIONS_H
#define TCPSTATES_RECORDS_SELECT_OPTIONS_H

struct select_rules;

/* The words of --only, in the order of enum select_class; NULL is last. */
extern const char *const select_class_names[];

/* N[-M][,N[-M]...]; N- means N and all above.  Adds to earlier calls. */
const char *select_parse_conn(struct select_rules *, const char *text);
/* The same for the numbers of frames. */
const char *select_parse_frames(struct select_rules *, const char *text);
/*
 * complete, reset, open, midstream, or several with commas: connections of
 * any of these classes.  Adds to earlier calls.
 */
const char *select_parse_only(struct select_rules *, const char *text);
/*
 * The key of a record, with a minus sign before it for the reverse order.
 * Counts, bytes, durations and flags begin with the largest; numbers, times,
 * addresses, ports and names with the smallest; unknown values come last and
 * equal values stay in order of number.  The key of a pair without orig_ or
 * resp_ combines both endpoints: counts by their sum, all others by the larger
 * value.
 */
extern const char select_unknown_key[];	/* its phrase if there is none */
const char *select_parse_sort(struct select_rules *, const char *text);
/* N */
const char *select_parse_limit(struct select_rules *, const char *text);

#endif
