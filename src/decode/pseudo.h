/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Headers that capturing devices put before the frame.
 */
#ifndef TCPSTATES_DECODE_PSEUDO_H
#define TCPSTATES_DECODE_PSEUDO_H

#include "decode/walk.h"

walk_step link_erf;		/* Endace */
walk_step link_ipnet;		/* Solaris */
walk_step link_juniper;		/* with Ethernet */
walk_step link_netanalyzer;
walk_step link_mpacket;	/* Hilscher */

#endif
