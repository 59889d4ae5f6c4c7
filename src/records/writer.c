/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "records/writer.h"

void
writer_finish(struct writer *w)
{
	w->ops->finish(w);
}
