/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The one thing about pcapng files that libpcap does not tell: how fine
 * their clocks are.
 */
#ifndef TCPSTATES_CAPTURE_PCAPNG_H
#define TCPSTATES_CAPTURE_PCAPNG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Does an interface described at the head of the file promise more than
 * microseconds?  A look at what there is: what does not fit into the head is
 * found out when a frame has such a time.
 */
bool pcapng_is_fine(const uint8_t *head, size_t count);

#endif
