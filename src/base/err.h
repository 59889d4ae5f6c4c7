/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Error codes of the core.  Functions that can fail return 0 or the negative
 * of one of these; malformed packets are not errors but verdicts.
 */
#ifndef TCPSTATES_BASE_ERR_H
#define TCPSTATES_BASE_ERR_H

enum err {
	ERR_NONE,
#define ERR(name, sentence) ERR_##name,
#include "base/err.def"
#undef ERR
};

/* The sentence for a code, positive or negative; never NULL. */
const char *err_sentence(int code);

#endif
