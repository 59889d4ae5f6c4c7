/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Compresses an output whose name ends in .gz or .zst.
 */
#ifndef TCPSTATES_CLI_PACKER_H
#define TCPSTATES_CLI_PACKER_H

#include <stddef.h>

struct packer;

/* The end of a name that asks for compression, ".gz" or ".zst"; else "". */
const char *packer_suffix(const char *path);

/*
 * Make a packer for such a name, which writes to *fd.  NULL with errno: ENOMEM,
 * or ENOTSUP if the program was compiled without the library.
 */
struct packer *packer_new(const char *path, const int *fd);
void packer_free(struct packer *);

/* The sink of an outbuf; `arg` is the packer. */
int packer_sink(void *arg, const char *bytes, size_t len);
/* Write what was compressed so far.  0 or an errno value. */
int packer_sync(struct packer *);
/* End the compressed data; what follows begins anew.  0 or an errno value. */
int packer_finish(struct packer *);

#endif
