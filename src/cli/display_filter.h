/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Display filters of Wireshark, typed where a capture filter belongs.
 */
#ifndef TCPSTATES_CLI_DISPLAY_FILTER_H
#define TCPSTATES_CLI_DISPLAY_FILTER_H

#include <stdbool.h>

#define DISPLAY_FILTER_SIZE	128

/*
 * Is the text a display filter rather than a capture filter?  If so, write what
 * to use instead: "port 80", "host 10.0.0.1 and not port 22", "--conn=4".  The
 * text is empty if a part of the filter has no counterpart here.
 */
bool display_filter_is(const char *text, char instead[DISPLAY_FILTER_SIZE]);

#endif
