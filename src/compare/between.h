/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Findings that only two points can prove: what was lost, injected, removed or
 * queued between them.  They join those of one capture (diagnosis/findings.h).
 */
#ifndef TCPSTATES_COMPARE_BETWEEN_H
#define TCPSTATES_COMPARE_BETWEEN_H

#include <stddef.h>

#include "compare/pairs.h"
#include "compare/point.h"
#include "diagnosis/findings.h"

struct compare_result;

/* Findings of a pair: once per direction, and per option. */
#define BETWEEN_MAX	32

struct between {
	struct finding finding;
	enum direction direction;	/* of the segments it is about */
	enum point point;		/* whose frame it names */
};

/* Find those of a pair, in the order of findings.def; returns their number. */
unsigned between_find(struct between ret_found[BETWEEN_MAX],
    const struct compare_result *, size_t pair);

#endif
