/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * MPLS label stacks.  A stack does not say what it carries; the first bytes
 * after it, and what could follow them, do.
 */
#ifndef TCPSTATES_DECODE_MPLS_H
#define TCPSTATES_DECODE_MPLS_H

#include "decode/walk.h"

walk_step mpls_decode;

/*
 * Could these bytes be labels with something known behind them?  True when
 * too few were captured.
 */
bool mpls_is_plausible(const struct cursor *);

#endif
