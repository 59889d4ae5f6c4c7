/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ICMP errors: never TCP themselves, but those that quote a TCP header are
 * evidence for its connection.
 */
#ifndef TCPSTATES_DECODE_ICMP_H
#define TCPSTATES_DECODE_ICMP_H

#include "decode/walk.h"

walk_step icmp4_decode;
walk_step icmp6_decode;

#endif
