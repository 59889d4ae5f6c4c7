/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A capture file, or standard input, as the stdio stream that libpcap reads:
 * plain, gzip or zstd, told apart by their first bytes and never by a name.
 *
 *	descriptor -> [inflate] -> FILE * -> pcap_fopen_offline()
 *
 * A plain regular file is an ordinary stream.  Everything else (compressed
 * ones, pipes, whose first bytes cannot be put back) is a stream of our own
 * making.  libpcap closes the stream with its handle; the input is freed
 * after that and knows until then why the data ended.
 */
#ifndef TCPSTATES_CAPTURE_UNZIP_H
#define TCPSTATES_CAPTURE_UNZIP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

struct input;

enum input_packing {
	INPUT_PLAIN,
	INPUT_GZIP,
	INPUT_ZSTD,
	INPUT_OTHER	/* packed in a way that nothing here unpacks */
};

/* What stood in the way of opening. */
enum input_error {
	INPUT_OK,
	INPUT_ERRNO,	/* the system said so */
	INPUT_EMPTY,
	INPUT_PACKED,	/* a packing that this program was built without */
	INPUT_DAMAGED,	/* packed, and broken before its first bytes */
	INPUT_STOPPED	/* told to stop while waiting for the first bytes */
};

/* Why it could not be opened; its words live as long as the program. */
struct input_trouble {
	int error;		/* errno value, with INPUT_ERRNO */
	const char *packing;	/* its name, with INPUT_PACKED... */
	const char *tool;	/* ...and who unpacks it */
	const char *complaint;	/* with INPUT_DAMAGED */
};

/*
 * The descriptor is taken over.  On failure *ret_input is untouched, and
 * *ret_trouble says more.
 *
 * `idle`, which may be NULL, is called whenever a pipe has nothing to read,
 * before waiting for it, and when a signal came meanwhile; and between two
 * buffers of a packed file.  False: enough, the data end here.
 */
enum input_error input_open(int fd, bool (*idle)(void *arg), void *arg,
    struct input **ret_input, struct input_trouble *ret_trouble);
/* The stream, if libpcap took it, is closed before. */
void input_free(struct input *);

/*
 * The stream, once: whoever takes it closes it.  NULL when out of memory.
 */
FILE *input_stream(struct input *);

/*
 * Or the bytes themselves, of which this is a pcapng_source: at least one, 0 at
 * the end, -1 with errno set.  Not together with the stream.
 */
ssize_t input_read(struct input *, uint8_t *to, size_t room);

/* The first bytes of the capture itself: at least 4 unless it is shorter. */
size_t input_head(const struct input *, const uint8_t **ret_octets);

/* Are these the first bytes of something packed, known or not? */
bool input_is_packed(const uint8_t *octets, size_t count);

bool input_is_pipe(const struct input *);

/* Why the packed data ended, in words, or NULL when they did as they should. */
const char *input_complaint(const struct input *);
/* Did they end too early (and not with damage)? */
bool input_is_cut(const struct input *);
/* Did they end because somebody said stop? */
bool input_is_stopped(const struct input *);

/*
 * How far the file was read, and its size; both 0 where that is unknown.
 * Not after the stream was closed.
 */
void input_progress(const struct input *, uint64_t *ret_at,
    uint64_t *ret_size);

#endif
