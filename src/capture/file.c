/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * See file.h.  libpcap does the reading; what it says when it stops in the
 * middle is translated into what a person can do about it.
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
#include "capture/feed.h"
#include "capture/pcapng.h"
#include "capture/sigs.h"
#include "capture/unzip.h"

/* One file being read. */
struct reading {
	struct feed *feed;
	const char *path;	/* as given */
	const char *name;	/* for messages */
	struct input *input;
	uint64_t seen_before;	/* frames of the files before */
};

/* First four octets of what libpcap reads. */
enum format {
	FORMAT_OTHER,
	FORMAT_CLASSIC,		/* microseconds; the modified one too */
	FORMAT_CLASSIC_NANO,
	FORMAT_PCAPNG
};

static const struct {
	uint8_t octets[4];
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
format_of(const uint8_t *octets, size_t count)
{
	if (count < sizeof(magics[0].octets))
		return FORMAT_OTHER;
	for (size_t i = 0; i < ARRAY_LEN(magics); i++)
		if (memcmp(octets, magics[i].octets, 4) == 0)
			return magics[i].format;
	return FORMAT_OTHER;
}

static const char *
name_of(const char *path)
{
	return strcmp(path, "-") == 0 ? "standard input" : path;
}

static enum source_end
tell_errno(struct feed *feed, const char *path, int error)
{
	const char *name = name_of(path);

	if (error == ENOENT || error == ENOTDIR)
		feed_tell(feed, "%s: no such file", name);
	else if (error == EACCES || error == EPERM)
		feed_tell(feed, "%s: permission denied; make it readable for "
		    "you, or use sudo", name);
	else if (error == EMFILE)
		feed_tell(feed, "%s: too many files at once; join some "
		    "(mergecap), or allow more (ulimit -n)", name);
	else
		feed_tell(feed, "%s: cannot be read: %s", name,
		    strerror(error));
	return SOURCE_FAILED;
}

static enum source_end
tell_directory(struct feed *feed, const char *path)
{
	if (strcmp(path, "-") == 0) {
		feed_tell(feed, "standard input is a directory, not a "
		    "capture");
		return SOURCE_FAILED;
	}
	feed_tell(feed, "%s: is a directory; name the captures in it, "
	    "as in -r %s%s*.pcap", path, path,
	    path[strlen(path) - 1] == '/' ? "" : "/");
	return SOURCE_FAILED;
}

static enum source_end
tell_empty(struct feed *feed, const char *path)
{
	feed_tell(feed, "%s: is empty; a capture has a header at least: "
	    "was it written?", name_of(path));
	return SOURCE_FAILED;
}

static enum source_end
tell_packed(struct feed *feed, const char *path,
    const struct input_trouble *trouble)
{
	const bool is_stdin = strcmp(path, "-") == 0;

	feed_tell(feed, "%s: is packed with %s, which this program was "
	    "compiled without; try: %s%s%s | %s -r -", name_of(path),
	    trouble->packing, trouble->tool, is_stdin ? "" : " ",
	    is_stdin ? "" : path, feed->request->program);
	return SOURCE_FAILED;
}

static enum source_end
tell_foreign(struct feed *feed, const char *path)
{
	feed_tell(feed, "%s: is not a capture that libpcap knows; if "
	    "Wireshark does, convert it: editcap -F pcap %s out.pcap",
	    name_of(path), path);
	return SOURCE_FAILED;
}

static enum source_end
tell_unopened(struct feed *feed, const char *path, enum input_error why,
    const struct input_trouble *trouble)
{
	switch (why) {
	case INPUT_ERRNO:
		return tell_errno(feed, path, trouble->error);
	case INPUT_EMPTY:
		return tell_empty(feed, path);
	case INPUT_PACKED:
		return tell_packed(feed, path, trouble);
	case INPUT_DAMAGED:
		feed_tell(feed, "%s: holds no packet: %s", name_of(path),
		    trouble->complaint);
		return SOURCE_FAILED;
	case INPUT_STOPPED:
	case INPUT_OK:
		break;
	}
	return SOURCE_COMPLETE;
}

/*
 * Nobody may have opened the other end of a named pipe yet, or ever will:
 * that is waited for when its turn comes, and not here.
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

/* The first octets of a regular file. */
static enum source_end
look_at_head(struct feed *feed, const char *path, int fd)
{
	uint8_t octets[8];
	const ssize_t count = pread(fd, octets, sizeof(octets), 0);

	if (count < 0)
		return tell_errno(feed, path, errno);
	if (count == 0)
		return tell_empty(feed, path);
	if (format_of(octets, (size_t)count) == FORMAT_OTHER &&
	    !input_is_packed(octets, (size_t)count))
		return tell_foreign(feed, path);
	return SOURCE_COMPLETE;
}

static enum source_end
look_at(struct feed *feed, const char *path, int fd)
{
	const bool is_stdin = strcmp(path, "-") == 0;
	struct stat st;

	if (fstat(fd, &st) != 0)
		return tell_errno(feed, path, errno);
	if (S_ISDIR(st.st_mode))
		return tell_directory(feed, path);
	if (is_stdin && isatty(fd)) {
		feed_tell(feed, "standard input is a terminal, not a "
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
		return tell_errno(feed, path, errno);
	end = look_at(feed, path, fd);
	if (end == SOURCE_COMPLETE)
		*ret_fd = fd;
	else
		close(fd);
	return end;
}

/*
 * "ended after packet 71", and where that is in several files: the numbers
 * of the report go on from file to file, those of Wireshark do not.
 */
static void
tell_where(struct reading *reading, const char *how, const char *why)
{
	const struct feed *feed = reading->feed;
	const uint64_t number = feed->info.seen - reading->seen_before;

	feed_tell(feed, "%s: %s after packet %" PRIu64 "%s%s", reading->name,
	    how, number, why[0] != '\0' ? ": " : "", why);
}

/*
 * A number too large to be the length of a block, and plausible with its
 * octets turned round: a section in the other byte order, which libpcap
 * reads as if it were in that of the first.
 */
static bool
is_turned_round(const char *reason)
{
	const char *number = strstr(reason, "block size ");
	unsigned long length;

	if (number == NULL)
		return false;
	length = strtoul(number + strlen("block size "), NULL, 10);
	length = (length & 0xff) << 24 | (length & 0xff00) << 8 |
	    (length >> 8 & 0xff00) | (length >> 24 & 0xff);
	return length >= 28 && length < 65536 && length % 4 == 0;
}

static void
tell_hint_sections(const struct reading *reading, const char *what)
{
	feed_tell(reading->feed, "hint: %s; rewrite it as one section: "
	    "editcap %s whole.pcapng", what, reading->path);
}

static void
tell_hint_types(const struct reading *reading)
{
	feed_tell(reading->feed, "hint: libpcap reads one link type a file; "
	    "split it by interface: tshark -r %s -Y 'frame.interface_id==1' "
	    "-w 1.pcapng; editcap -F pcap -T TYPE 1.pcapng 1.pcap",
	    reading->path);
}

static void
tell_hint_snaplen(const struct reading *reading)
{
	feed_tell(reading->feed, "hint: libpcap reads one snapshot length a "
	    "file; convert it: editcap -F nsecpcap %s out.pcap",
	    reading->path);
}

/* libpcap stopped in the middle: what it said, and what helps. */
static void
tell_stopped(struct reading *reading, const char *reason)
{
	if (input_complaint(reading->input) != NULL) {
		tell_where(reading, input_is_cut(reading->input) ?
		    "cut short" : "damaged", input_complaint(reading->input));
	} else if (strstr(reason, "truncated") != NULL) {
		tell_where(reading, "cut short", reason);
	} else if (strstr(reason, "error reading") != NULL) {
		tell_where(reading, "could not be read on", reason);
	} else if (strstr(reason, "different from the type") != NULL) {
		tell_where(reading, "mixes link types: ended", reason);
		tell_hint_types(reading);
	} else if (strstr(reason, "different from the snap") != NULL) {
		tell_where(reading, "mixes snapshot lengths: ended", reason);
		tell_hint_snaplen(reading);
	} else if (strstr(reason, "byte order") != NULL ||
	    is_turned_round(reason)) {
		tell_where(reading, "mixes byte orders: ended", reason);
		tell_hint_sections(reading, "a section is in another byte "
		    "order than the first");
	} else {
		tell_where(reading, "damaged", reason);
		feed_tell(reading->feed, "hint: Wireshark may read on; try: "
		    "editcap -F pcap %s out.pcap", reading->path);
	}
}

/* A file goes on where reading it stopped; who writes a pipe stopped, too. */
static void
tell_left(struct reading *reading)
{
	if (!sigs_stopped() || input_is_pipe(reading->input))
		return;
	feed_tell(reading->feed, "%s: stopped after packet %" PRIu64 "; the "
	    "rest was not read", reading->name,
	    reading->feed->info.seen - reading->seen_before);
}

static enum source_end
end_in_the_middle(struct reading *reading)
{
	struct feed *feed = reading->feed;

	/* Told to stop in the middle of a record. */
	if (input_is_stopped(reading->input)) {
		tell_left(reading);
		return SOURCE_COMPLETE;
	}
	tell_stopped(reading, pcap_geterr(feed->pcap));
	return feed->info.seen > reading->seen_before ? SOURCE_INCOMPLETE :
	    SOURCE_FAILED;
}

/* All its records, a batch at a time. */
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
		tell_left(reading);
	/* Packed data may end badly exactly where a record does. */
	if (count == 0 && input_complaint(reading->input) != NULL)
		return end_in_the_middle(reading);
	return SOURCE_COMPLETE;
}

static void
look_at_format(struct reading *reading)
{
	struct feed *feed = reading->feed;
	const uint8_t *head;
	const size_t count = input_head(reading->input, &head);
	const enum format format = format_of(head, count);

	feed->is_unsigned_time = format == FORMAT_CLASSIC ||
	    format == FORMAT_CLASSIC_NANO;
	if (format == FORMAT_CLASSIC_NANO ||
	    (format == FORMAT_PCAPNG && pcapng_is_fine(head, count)))
		feed->info.digits = 9;
}

/* libpcap did not take it: a header that is cut or wrong, or no capture. */
static enum source_end
tell_refused(struct reading *reading, const char *reason)
{
	const uint8_t *head;
	const size_t count = input_head(reading->input, &head);

	if (input_is_stopped(reading->input))
		return SOURCE_COMPLETE;
	if (format_of(head, count) == FORMAT_OTHER)
		return tell_foreign(reading->feed, reading->path);
	feed_tell(reading->feed, "%s: holds no packet: %s", reading->name,
	    reason);
	return SOURCE_FAILED;
}

static enum source_end
read_opened(struct reading *reading)
{
	struct feed *feed = reading->feed;
	char reason[PCAP_ERRBUF_SIZE] = "";
	FILE *stream = input_stream(reading->input);
	enum source_end end;
	pcap_t *pcap;

	if (stream == NULL)
		return tell_errno(feed, reading->path, ENOMEM);
	look_at_format(reading);
	pcap = pcap_fopen_offline_with_tstamp_precision(stream,
	    PCAP_TSTAMP_PRECISION_NANO, reason);
	if (pcap == NULL) {
		fclose(stream);
		return tell_refused(reading, reason);
	}
	feed_use(feed, pcap, reading->name);
	end = feed_filter(feed);
	if (end == SOURCE_COMPLETE)
		end = feed_ready(feed) ? read_records(reading) : SOURCE_FAILED;
	feed_drop(feed);
	return end;
}

enum source_end
file_read(struct feed *feed, const char *path, int fd)
{
	struct reading reading = {
		.feed = feed,
		.path = path,
		.name = name_of(path),
		.seen_before = feed->info.seen,
	};
	struct input_trouble trouble;
	const enum input_error why = input_open(fd, feed->events.tick,
	    feed->events.arg, &reading.input, &trouble);
	enum source_end end;

	if (why != INPUT_OK)
		return tell_unopened(feed, path, why, &trouble);
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
	/* The stream lives as long as libpcap's handle. */
	if (feed->input != NULL && feed->pcap != NULL)
		input_progress(feed->input, &feed->info.at,
		    &feed->info.size);
}
