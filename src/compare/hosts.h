/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The point nearer to the originator of pairs that were captured in one
 * direction only: other pairs of the same hosts show it.
 */
#ifndef TCPSTATES_COMPARE_HOSTS_H
#define TCPSTATES_COMPARE_HOSTS_H

#include "base/compiler.h"
#include "compare/pairs.h"
#include "compare/survey.h"

/*
 * Set near_orig of matched pairs without it, where all other pairs of the
 * originator, or else of the responder, agree.  0, or -ERR_NOMEM.
 */
int hosts_find_near(struct pairs *, const struct survey surveys[POINT_COUNT])
    MUST_CHECK;

#endif
