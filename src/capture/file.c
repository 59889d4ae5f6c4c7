/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * See file.h.  libpcap reads classic captures; its error messages are translated
 * into advice.  pcapng files are read by blocks.c.
 */
#include "config.h"

#include "capture/file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/compiler.h"
#include "capture/blocks.h"
#include "capture/classic.h"
#include "capture/feed.h"
#include "capture/reading.h"
#include "capture/sigs.h"
#include "capture/unzip.h"

/* By the first four bytes. */
enum format {
	FORMAT_OTHER,
	FORMAT_CLASSIC,		/* microseconds; the modified one too */
	FORMAT_CLASSIC_NANO,
	FORMAT_PCAPNG
};

static const struct {
	uint8_t bytes[4];
	enum format format;
} magics[] = {
	{ { 0xa1, 0xb2, 0xc3, 0xd4 }, FORMAT_CLASSIC },
	{ { 0xd4, 0xc3, 0xb2, 0xa1 }, FORMAT_CLASSIC },
	{ { 0xa1, 0xb2, 0xcd, 0x34 }, FORMAT_CLASSIC },
	{ { 0x34, 0xcd, 0xb2, 0xa1 }, FORMAT_CLASSIC },
	{ { 0xa1, 0xb2, 0x3c, 0x4d }, FORMAT_CLASSIC_NANO },
	{ { 0x4d, 0x3c, 0xb2, 0xa1 }, FORMAT_CLASSIC_NANO },
	{ { 0x0a, 0x0d, 0x0d, 0x0a }, FORMAT_PCAPNG },
};

static enum format
format_of(const uint8_t *bytes, size_t count)
{
	if (count < sizeof(magics[0].bytes))
		return FORMAT_OTHER;
	for (size_t i = 0; i < ARRAY_LEN(magics); i++)
		if (memcmp(bytes, magics[i].bytes, 4) == 0)
			return magics[i].format;
	return FORMAT_OTHER;
}

bool
source_is_capture(const char *path)
{
	const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	uint8_t bytes[4];
	ssize_t count;

	if (fd < 0)
		return false;
	count = read(fd, bytes, sizeof(bytes));
	(void)close(fd);
	return count > 0 && format_of(bytes, (size_t)count) != FORMAT_OTHER;
}

static enum source_end
report_directory(struct feed *feed, const char *path)
{
	if (strcmp(path, "-") == 0) {
		feed_report(feed, "standard input is a directory, not a "
		    "capture");
		return SOURCE_FAILED;
	}
	feed_report(feed, "%s: is a directory; name the captures in it, "
	    "as in -r %s%s*.pcap", path, path,
	    path[strlen(path) - 1] == '/' ? "" : "/");
	return SOURCE_FAILED;
}

static enum source_end
report_empty(struct feed *feed, const char *path)
{
	feed_report(feed, "%s: is empty; a capture has a header at least: "
	    "was it written?", reading_name(path));
	return SOURCE_FAILED;
}

static enum source_end
report_packed(struct feed *feed, const char *path,
    const struct input_trouble *trouble)
{
	const bool is_stdin = strcmp(path, "-") == 0;

	feed_report(feed, "%s: is compressed with %s, which this program was "
	    "built without; try: %s%s%s | %s -r -", reading_name(path),
	    trouble->packing, trouble->tool, is_stdin ? "" : " ",
	    is_stdin ? "" : path, feed->request->program);
	return SOURCE_FAILED;
}

static enum source_end
report_foreign(struct feed *feed, const char *path)
{
	feed_report(feed, "%s: is not a pcap or pcapng capture; if "
	    "Wireshark reads it, convert it: editcap -F pcap %s out.pcap",
	    reading_name(path), path);
	return SOURCE_FAILED;
}

static enum source_end
report_unopened(struct feed *feed, const char *path, enum input_error why,
    const struct input_trouble *trouble)
{
	switch (why) {
	case INPUT_ERRNO:
		return reading_report_errno(feed, path, trouble->error);
	case INPUT_EMPTY:
		return report_empty(feed, path);
	case INPUT_PACKED:
		return report_packed(feed, path, trouble);
	case INPUT_DAMAGED:
		feed_report(feed, "%s: holds no packet: %s", reading_name(path),
		    trouble->complaint);
		return SOURCE_FAILED;
	case INPUT_STOPPED:
	case INPUT_OK:
		break;
	}
	return SOURCE_COMPLETE;
}

/*
 * A named pipe may have no writer yet: do not block here, but when it is its
 * turn to be read.
 */
static int
open_path(const char *path)
{
	int flags = O_RDONLY | O_CLOEXEC;
	struct stat st;

	if (strcmp(path, "-") == 0)
		return fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0);
	if (stat(path, &st) == 0 && S_ISFIFO(st.st_mode))
		flags |= O_NONBLOCK;
	return open(path, flags);
}

/* Check the first bytes of a regular file. */
static enum source_end
look_at_head(struct feed *feed, const char *path, int fd)
{
	uint8_t bytes[8];
	const ssize_t count = pread(fd, bytes, sizeof(bytes), 0);

	if (count < 0)
		return reading_report_errno(feed, path, errno);
	if (count == 0)
		return report_empty(feed, path);
	if (format_of(bytes, (size_t)count) == FORMAT_OTHER &&
	    !input_is_packed(bytes, (size_t)count))
		return report_foreign(feed, path);
	return SOURCE_COMPLETE;
}

static enum source_end
look_at(struct feed *feed, const char *path, int fd)
{
	const bool is_stdin = strcmp(path, "-") == 0;
	struct stat st;

	if (fstat(fd, &st) != 0)
		return reading_report_errno(feed, path, errno);
	if (S_ISDIR(st.st_mode))
		return report_directory(feed, path);
	if (is_stdin && isatty(fd)) {
		feed_report(feed, "standard input is a terminal, not a "
		    "capture; try: tcpdump -w - | %s -r -",
		    feed->request->program);
		return SOURCE_FAILED;
	}
	if (is_stdin || !S_ISREG(st.st_mode))
		return SOURCE_COMPLETE;
	return look_at_head(feed, path, fd);
}

enum source_end
file_open(struct feed *feed, const char *path, int *ret_fd)
{
	const int fd = open_path(path);
	enum source_end end;

	if (fd < 0)
		return reading_report_errno(feed, path, errno);
	end = look_at(feed, path, fd);
	if (end == SOURCE_COMPLETE)
		*ret_fd = fd;
	else
		close(fd);
	return end;
}

/* libpcap stopped in the middle: report its reason. */
static void
report_stopped(struct reading *reading, const char *reason)
{
	if (reading_report_packing(reading))
		return;
	if (strstr(reason, "truncated") != NULL)
		reading_report_end(reading, "cut short", reason);
	else if (strstr(reason, "error reading") != NULL)
		reading_report_end(reading, "could not be read further", reason);
	else
		reading_report_damage(reading, reason);
}

static enum source_end
end_in_the_middle(struct reading *reading)
{
	struct feed *feed = reading->feed;

	/* A signal ended the input in the middle of a record. */
	if (input_is_stopped(reading->input)) {
		reading_report_rest(reading);
		return SOURCE_COMPLETE;
	}
	report_stopped(reading, pcap_geterr(feed->pcap));
	return feed->info.seen > reading->seen_before ? SOURCE_INCOMPLETE :
	    SOURCE_FAILED;
}

/* Read all records, one batch at a time. */
static enum source_end
read_records(struct reading *reading)
{
	struct feed *feed = reading->feed;
	int count;

	do {
		count = pcap_dispatch(feed->pcap, FEED_BATCH, feed_record,
		    (u_char *)feed);
		if (count == PCAP_ERROR)
			return end_in_the_middle(reading);
		if (!feed->events.tick(feed->events.arg))
			feed->is_enough = true;
	} while (count > 0 && !feed->is_enough &&
	    (!sigs_stopped() || input_is_pipe(reading->input)));
	if (count > 0 || input_is_stopped(reading->input))
		reading_report_rest(reading);
	/* Compressed data may be cut exactly where a record ends. */
	if (count == 0 && input_complaint(reading->input) != NULL)
		return end_in_the_middle(reading);
	return SOURCE_COMPLETE;
}

static enum source_end
read_all(struct reading *reading, FILE *stream)
{
	switch (classic_read(reading, stream)) {
	case CLASSIC_OVER:
		return SOURCE_COMPLETE;
	case CLASSIC_GO_ON:
		return read_records(reading);
	case CLASSIC_FAILED:
		break;
	}
	reading_report_end(reading, "could not be read further", strerror(errno));
	return SOURCE_INCOMPLETE;
}

static enum format
look_at_format(struct reading *reading)
{
	struct feed *feed = reading->feed;
	const uint8_t *head;
	const size_t count = input_head(reading->input, &head);
	const enum format format = format_of(head, count);

	feed->is_unsigned_time = format == FORMAT_CLASSIC ||
	    format == FORMAT_CLASSIC_NANO;
	if (format == FORMAT_CLASSIC_NANO)
		feed->info.digits = 9;
	return format;
}

/* libpcap did not accept the header: it is cut or wrong, or no capture. */
static enum source_end
report_refused(struct reading *reading, const char *reason)
{
	const uint8_t *head;
	const size_t count = input_head(reading->input, &head);

	if (input_is_stopped(reading->input))
		return SOURCE_COMPLETE;
	if (format_of(head, count) == FORMAT_OTHER)
		return report_foreign(reading->feed, reading->path);
	feed_report(reading->feed, "%s: holds no packet: %s", reading->name,
	    reason);
	return SOURCE_FAILED;
}

static enum source_end
read_classic(struct reading *reading)
{
	struct feed *feed = reading->feed;
	char reason[PCAP_ERRBUF_SIZE] = "";
	FILE *stream = input_stream(reading->input);
	enum source_end end;
	pcap_t *pcap;

	if (stream == NULL)
		return reading_report_memory(reading);
	pcap = pcap_fopen_offline_with_tstamp_precision(stream,
	    PCAP_TSTAMP_PRECISION_NANO, reason);
	if (pcap == NULL) {
		feed->input = NULL;
		fclose(stream);
		return report_refused(reading, reason);
	}
	feed_use(feed, pcap, reading->name);
	end = feed_filter(feed);
	if (end != SOURCE_COMPLETE)
		feed_report_filter(feed);
	else
		end = feed_ready(feed) ? read_all(reading, stream) :
		    SOURCE_FAILED;
	/* The handle closes the stream, from which progress is known. */
	feed->input = NULL;
	feed_drop(feed);
	return end;
}

static enum source_end
read_opened(struct reading *reading)
{
	return look_at_format(reading) == FORMAT_PCAPNG ?
	    blocks_read(reading) : read_classic(reading);
}

enum source_end
file_read(struct feed *feed, const char *path, int fd)
{
	struct reading reading = {
		.feed = feed,
		.path = path,
		.name = reading_name(path),
		.seen_before = feed->info.seen,
	};
	struct input_trouble trouble;
	const enum input_error why = input_open(fd, feed->events.tick,
	    feed->events.arg, &reading.input, &trouble);
	enum source_end end;

	if (why != INPUT_OK)
		return report_unopened(feed, path, why, &trouble);
	feed->input = reading.input;
	end = read_opened(&reading);
	feed->input = NULL;
	input_free(reading.input);
	return end;
}

void
file_progress(struct feed *feed)
{
	feed->info.at = 0;
	feed->info.size = 0;
	if (feed->input != NULL)
		input_progress(feed->input, &feed->info.at,
		    &feed->info.size);
}
