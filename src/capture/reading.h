/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A capture file being read, and the messages about where it ends.  Private to
 * capture/.
 */
#ifndef TCPSTATES_CAPTURE_READING_H
#define TCPSTATES_CAPTURE_READING_H

#include <stdbool.h>
#include <stdint.h>

#include "capture/source.h"

struct feed;
struct input;

struct reading {
	struct feed *feed;
	const char *path;	/* as given */
	const char *name;	/* for messages */
	struct input *input;
	uint64_t seen_before;	/* frames of the files before */
};

/* "standard input" for "-". */
const char *reading_name(const char *path);

/*
 * "trace.cap: cut short after packet 71: reason", where the number is that of
 * the file, as Wireshark has it; the numbers of the report go on from file to
 * file.
 */
void reading_report_end(const struct reading *, const char *how,
    const char *reason);
/* The same for contradictions in the file, with a hint. */
void reading_report_damage(const struct reading *, const char *reason);
/* The same for compressed data that are cut or damaged; false: they are not. */
bool reading_report_packing(const struct reading *);
/* After a signal: the rest of a file was not read. */
void reading_report_rest(const struct reading *);

/* The file cannot be read; SOURCE_FAILED. */
enum source_end reading_report_errno(struct feed *, const char *path,
    int error);
enum source_end reading_report_memory(const struct reading *);

#endif
