/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The TCP header: the last step of a walk that finds a segment.
 */
#ifndef TCPSTATES_DECODE_TCPHDR_H
#define TCPSTATES_DECODE_TCPHDR_H

#include "decode/walk.h"

walk_step tcp_decode;

#endif
