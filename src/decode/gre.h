/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * GRE in its versions, ERSPAN in its types, EtherIP.
 */
#ifndef TCPSTATES_DECODE_GRE_H
#define TCPSTATES_DECODE_GRE_H

#include "decode/walk.h"

walk_step gre_decode;
walk_step etherip_decode;

/* Could these bytes be GRE of something that we know?  True when cut. */
bool gre_is_plausible(const struct cursor *);

#endif
