/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A capture file or standard input, decompressed: plain, gzip or zstd, which
 * are recognised by their first bytes and never by a name.
 *
 *	descriptor -> [decompress] -> input_read()
 *	                           -> FILE * -> pcap_fopen_offline()
 *
 * libpcap reads a stdio stream.  That of a plain regular file is an ordinary
 * one; that of compressed files, and of pipes, whose first bytes cannot be put
 * back, calls this module.  libpcap closes the stream together with its handle;
 * the input is freed after that and reports until then why the data ended.
 */
#ifndef TCPSTATES_CAPTURE_UNZIP_H
#define TCPSTATES_CAPTURE_UNZIP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

struct input;

/* Why an input could not be opened. */
enum input_error {
	INPUT_OK,
	INPUT_ERRNO,	/* a system call failed */
	INPUT_EMPTY,
	INPUT_PACKED,	/* compressed, in a format that is not supported */
	INPUT_DAMAGED,	/* compressed, and damaged before the first bytes */
	INPUT_STOPPED	/* a signal came before the first bytes */
};

/* Details of an error; the strings live as long as the program. */
struct input_trouble {
	int error;		/* errno value, with INPUT_ERRNO */
	const char *packing;	/* with INPUT_PACKED: name of the format, */
	const char *tool;	/* and a program that decompresses it */
	const char *complaint;	/* with INPUT_DAMAGED */
};

/*
 * Open an input; the descriptor belongs to it from now on, and is closed on
 * failure.  On failure *ret_input is untouched, and *ret_trouble has details.
 *
 * `idle`, which may be NULL, is called when a pipe has nothing to read, before
 * blocking on it and after each signal, and between two buffers of a compressed
 * file.  When it returns false, the data end there.
 */
enum input_error input_open(int fd, bool (*idle)(void *arg), void *arg,
    struct input **ret_input, struct input_trouble *ret_trouble);
/* Close the stream before, if there is one. */
void input_free(struct input *);

/* The stream, which the caller closes; once.  NULL when out of memory. */
FILE *input_stream(struct input *);

/*
 * Read decompressed bytes, without a stream: at least one unless the data end;
 * 0 at the end; -1 with errno set.
 */
ssize_t input_read(struct input *, uint8_t *to, size_t room);

/*
 * Of a plain regular file that has a stream: bytes from `at` on, read without
 * moving the stream, in a block that is valid until the next call.  Returns
 * their number; 0 at the end, on an error, and of other inputs.
 */
size_t input_window(struct input *, uint64_t at, const uint8_t **ret_bytes);

/* The first decompressed bytes: at least 4 unless there are fewer. */
size_t input_head(const struct input *, const uint8_t **ret_bytes);

/* Are these the first bytes of a compressed file, supported or not? */
bool input_is_packed(const uint8_t *bytes, size_t count);

bool input_is_pipe(const struct input *);

/* What is wrong with the compressed data, in words; NULL if nothing is. */
const char *input_complaint(const struct input *);
/* Do they end too early, without damage? */
bool input_is_cut(const struct input *);
/* Did a signal or `idle` end the data? */
bool input_is_stopped(const struct input *);

/*
 * The bytes read of the file so far, and its size; both 0 where unknown.  Not
 * after the stream was closed.
 */
void input_progress(const struct input *, uint64_t *ret_at,
    uint64_t *ret_size);

#endif
