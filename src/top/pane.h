/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is shown of the selected connection: the verdict of the diagnosis and
 * its evidence, then where the time went, and what was carried lately.
 */
#ifndef TCPSTATES_TOP_PANE_H
#define TCPSTATES_TOP_PANE_H

#include <stdint.h>

#include "top/layout.h"
#include "views/diagnosis_model.h"

struct conn;
struct row;
struct rows;

struct pane {
	uint64_t number;	/* of the connection; 0: none */
	struct layout_pane layout;
	struct diagnosis_model model;
};

/*
 * Describe a connection.  `conn` NULL: it is not followed any longer, and what
 * was described before remains.  `row` NULL: nothing is known of its seconds.
 */
void pane_fill(struct pane *, const struct entry *, const struct conn *conn,
    const struct rows *, const struct row *row);

#endif
