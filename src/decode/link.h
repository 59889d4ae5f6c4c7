/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Link types: where the walk through a frame begins.
 */
#ifndef TCPSTATES_DECODE_LINK_H
#define TCPSTATES_DECODE_LINK_H

#include "decode/walk.h"

/* The first step for a link type; never NULL. */
walk_step *link_decoder(enum linktype);

#endif
