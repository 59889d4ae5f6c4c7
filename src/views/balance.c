/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "views/balance.h"

#include "base/outbuf.h"
#include "engine/engine.h"

void
balance_print(struct outbuf *out, const struct tcpstates_totals *totals)
{
	outbuf_str(out, "\nPackets read: ");
	outbuf_u64(out, totals->frames);
	outbuf_char(out, '\n');
	for (enum verdict v = 0; v < VERDICT_COUNT; v++) {
		outbuf_str(out, "  ");
		outbuf_str(out, verdict_words(v));
		outbuf_str(out, ": ");
		outbuf_u64(out, totals->verdicts[v]);
		outbuf_char(out, '\n');
	}
}
