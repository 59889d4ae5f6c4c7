/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Capabilities of this process on Linux, see capabilities(7).
 */
#ifndef TCPSTATES_CAPTURE_CAPABILITIES_H
#define TCPSTATES_CAPTURE_CAPABILITIES_H

#include <stdint.h>

/*
 * Keep those of a set (1 << CAP_...) that the process is permitted, and drop
 * all others for good.  `ret_kept`: the set that it has now.  Return 0 or an
 * errno value.
 */
int capabilities_limit(uint32_t wanted, uint32_t *ret_kept);

/*
 * Stay permitted what root is when the process switches to another account.
 * Return 0 or an errno value.
 */
int capabilities_outlive_root(void);

#endif
