/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ESP without encryption (RFC 2410, RFC 4543).
 *
 * Nothing in an ESP packet says whether it is encrypted: the endpoints
 * negotiate that beforehand.  An unencrypted packet is recognised by its
 * trailer and its content together (RFC 5879), strictly enough that no
 * encrypted packet is taken for one.
 */
#ifndef TCPSTATES_DECODE_ESP_H
#define TCPSTATES_DECODE_ESP_H

#include "decode/walk.h"

walk_step esp_decode;
walk_step esp_udp_decode;	/* RFC 3948 */

#endif
