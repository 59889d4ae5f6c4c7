/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "report/writer.h"

void
writer_finish(struct writer *w)
{
	w->ops->finish(w);
}
