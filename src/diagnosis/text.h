/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Findings in words.  The text of a finding (findings.def) holds names of its
 * numbers in braces:
 *
 *	{count} {bytes} {window} {rate} {ttl} {usual} {down}
 *	{grown}	a {window} that is larger than {bytes}
 *	{cost} {typical} {longest} {delay} {rtt}	durations
 *	{where}	losses upstream, downstream, unseen
 *	{times}	"once", "twice", "3 times": {count}
 *	{icmp} {timer} {reset} {queue} {blind}	a remark, if there is one
 *	{what}	the name of an option
 *	{s} {down-s}	"s", unless {count} or {down} is 1
 *	{one|more}	"one" if {count} is 1, else "more"
 *
 * What stands in brackets is left out if a number in it is unknown or zero, and
 * with {many}, which prints nothing, if {count} is less than 2.
 */
#ifndef TCPSTATES_DIAGNOSIS_TEXT_H
#define TCPSTATES_DIAGNOSIS_TEXT_H

#include <stddef.h>
#include <stdint.h>

struct finding;

#define TEXT_SIZE	320	/* the longest text, and its NUL */
#define TEXT_NUMBER	40	/* the longest number with its unit */

/* What a finding says of its connection; returns the length. */
size_t text_finding(char buf[TEXT_SIZE], const struct finding *);

/* To three digits or so, with units: "1.20 s", "39 ms", "87 us". */
size_t text_ns(char buf[TEXT_NUMBER], int64_t ns);
/* "412 B", "64.2 kB". */
size_t text_bytes(char buf[TEXT_NUMBER], uint64_t bytes);
/* Bytes a second as "12.1 Mbit/s". */
size_t text_rate(char buf[TEXT_NUMBER], uint64_t rate);

#endif
