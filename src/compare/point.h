/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Two capture points of the same traffic.  Point A is the first capture given,
 * point B the second; neither need be nearer to the client.
 */
#ifndef TCPSTATES_COMPARE_POINT_H
#define TCPSTATES_COMPARE_POINT_H

#include <stdint.h>

enum point {
	POINT_A,
	POINT_B,
	POINT_COUNT
};

static inline enum point
point_other(enum point point)
{
	return point == POINT_A ? POINT_B : POINT_A;
}

#endif
