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
#include "capture/dlt.h"
#include "capture/feed.h"
#include "capture/links.h"
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
	struct links links;	/* of a pcapng file */
};

/* First four bytes of what libpcap reads. */
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

/* The first bytes of a regular file. */
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

static void
tell_damaged(struct reading *reading, const char *reason)
{
	tell_where(reading, "damaged", reason);
	feed_tell(reading->feed, "hint: Wireshark may read on; try: "
	    "editcap -F pcap %s out.pcap", reading->path);
}

/* Packed data end where they are cut or damaged, whatever is in them. */
static bool
tell_packing(struct reading *reading)
{
	const char *complaint = input_complaint(reading->input);

	if (complaint != NULL)
		tell_where(reading, input_is_cut(reading->input) ?
		    "cut short" : "damaged", complaint);
	return complaint != NULL;
}

/* libpcap stopped in the middle: what it said. */
static void
tell_stopped(struct reading *reading, const char *reason)
{
	if (tell_packing(reading))
		return;
	if (strstr(reason, "truncated") != NULL)
		tell_where(reading, "cut short", reason);
	else if (strstr(reason, "error reading") != NULL)
		tell_where(reading, "could not be read on", reason);
	else
		tell_damaged(reading, reason);
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
read_classic(struct reading *reading)
{
	struct feed *feed = reading->feed;
	char reason[PCAP_ERRBUF_SIZE] = "";
	FILE *stream = input_stream(reading->input);
	enum source_end end;
	pcap_t *pcap;

	if (stream == NULL)
		return tell_errno(feed, reading->path, ENOMEM);
	pcap = pcap_fopen_offline_with_tstamp_precision(stream,
	    PCAP_TSTAMP_PRECISION_NANO, reason);
	if (pcap == NULL) {
		feed->input = NULL;
		fclose(stream);
		return tell_refused(reading, reason);
	}
	feed_use(feed, pcap, reading->name);
	end = feed_filter(feed);
	if (end != SOURCE_COMPLETE)
		feed_tell_filter(feed);
	else
		end = feed_ready(feed) ? read_records(reading) : SOURCE_FAILED;
	/* The handle closes the stream, which tells the progress. */
	feed->input = NULL;
	feed_drop(feed);
	return end;
}

/* ---- pcapng ---- */

/* A pcapng_source. */
static ssize_t
read_input(void *arg, uint8_t *to, size_t room)
{
	return input_read(arg, to, room);
}

/* Why there are no more blocks. */
static enum source_end
end_of_blocks(struct reading *reading, const struct pcapng *ng,
    enum pcapng_result result)
{
	const char *complaint = pcapng_complaint(ng);

	if (input_is_stopped(reading->input)) {
		tell_left(reading);
		return SOURCE_COMPLETE;
	}
	if (result == PCAPNG_END && input_complaint(reading->input) == NULL)
		return SOURCE_COMPLETE;
	if (reading->feed->info.seen == reading->seen_before) {
		if (input_complaint(reading->input) != NULL)
			complaint = input_complaint(reading->input);
		feed_tell(reading->feed, "%s: holds no packet: %s",
		    reading->name, complaint);
		return SOURCE_FAILED;
	}
	if (tell_packing(reading))
		return SOURCE_INCOMPLETE;
	if (result == PCAPNG_CUT)
		tell_where(reading, "cut short", complaint);
	else if (result == PCAPNG_UNREADABLE)
		tell_where(reading, "could not be read on", complaint);
	else
		tell_damaged(reading, complaint);
	return SOURCE_INCOMPLETE;
}

/*
 * Compile the filter for all link types described before the first packet,
 * while names can be looked up.  Fails if none of them takes it.
 */
static enum source_end
prepare_links(struct reading *reading, const struct pcapng *ng)
{
	struct feed *feed = reading->feed;
	enum source_end best = SOURCE_MISUSED;
	struct pcapng_link key;

	for (uint32_t i = 0; reading->links.count < LINKS_MAX &&
	    pcapng_interface(ng, i, &key); i++) {
		const struct link *link = links_use(&reading->links, feed,
		    &key);

		if (link == NULL)
			return tell_errno(feed, reading->path, ENOMEM);
		if (link->end < best)
			best = link->end;
	}
	if (best != SOURCE_COMPLETE)
		feed_tell_filter(feed);
	return best;
}

/* Packets of a link type that the filter does not fit do not match. */
static void
leave_out(struct reading *reading, struct link *link)
{
	struct feed *feed = reading->feed;
	char name[DLT_NAME_BUFSIZE];

	feed->info.seen++;
	if (link->is_told)
		return;
	link->is_told = true;
	feed_tell_filter(feed);
	dlt_describe(name, feed->info.dlt);
	feed_tell(feed, "%s: packets of link type %s are left out, since the "
	    "filter is not possible there", reading->name, name);
}

/* SOURCE_INCOMPLETE when it was left out; SOURCE_FAILED: no memory. */
static enum source_end
take_packet(struct reading *reading, const struct pcapng_packet *packet)
{
	struct feed *feed = reading->feed;
	const struct pcap_pkthdr header = {
		.caplen = packet->captured_len,
		.len = packet->wire_len,
	};
	struct link *link = links_use(&reading->links, feed, &packet->link);

	if (link == NULL)
		return tell_errno(feed, reading->path, ENOMEM);
	if (link->end != SOURCE_COMPLETE) {
		leave_out(reading, link);
		return SOURCE_INCOMPLETE;
	}
	feed->info.untimed += !packet->has_time;
	feed_packet(feed, &header, packet->octets, packet->time_ns);
	return SOURCE_COMPLETE;
}

/* True when no more packets are wanted. */
static bool
is_enough(struct reading *reading)
{
	struct feed *feed = reading->feed;

	if (!feed->events.tick(feed->events.arg))
		feed->is_enough = true;
	if (!feed->is_enough &&
	    (!sigs_stopped() || input_is_pipe(reading->input)))
		return false;
	tell_left(reading);
	return true;
}

/* From the first packet on, which was read. */
static enum source_end
read_packets(struct reading *reading, struct pcapng *ng,
    struct pcapng_packet *packet)
{
	enum pcapng_result result = PCAPNG_PACKET;
	enum source_end worst = SOURCE_COMPLETE, end;

	for (unsigned n = 1; result == PCAPNG_PACKET; n++) {
		end = take_packet(reading, packet);
		if (end > worst)
			worst = end;
		if (end == SOURCE_FAILED || ((n % FEED_BATCH == 0 ||
		    reading->feed->is_enough) && is_enough(reading)))
			return worst;
		result = pcapng_next(ng, packet);
	}
	(void)reading->feed->events.tick(reading->feed->events.arg);
	end = end_of_blocks(reading, ng, result);
	return end > worst ? end : worst;
}

static enum source_end
read_blocks(struct reading *reading, struct pcapng *ng)
{
	struct feed *feed = reading->feed;
	struct pcapng_packet packet;
	const enum pcapng_result result = pcapng_next(ng, &packet);
	enum source_end end;

	if (pcapng_is_fine(ng))
		feed->info.digits = 9;
	if (result == PCAPNG_END && !feed_ready(feed))
		return SOURCE_FAILED;
	if (result != PCAPNG_PACKET)
		return end_of_blocks(reading, ng, result);
	end = prepare_links(reading, ng);
	if (end != SOURCE_COMPLETE)
		return end;
	return feed_ready(feed) ? read_packets(reading, ng, &packet) :
	    SOURCE_FAILED;
}

static enum source_end
read_pcapng(struct reading *reading)
{
	struct pcapng *ng = pcapng_new(read_input, reading->input);
	enum source_end end;

	if (ng == NULL)
		return tell_errno(reading->feed, reading->path, ENOMEM);
	reading->feed->info.name = reading->name;
	end = read_blocks(reading, ng);
	links_close(&reading->links, reading->feed);
	pcapng_free(ng);
	return end;
}

static enum source_end
read_opened(struct reading *reading)
{
	return look_at_format(reading) == FORMAT_PCAPNG ?
	    read_pcapng(reading) : read_classic(reading);
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
	if (feed->input != NULL)
		input_progress(feed->input, &feed->info.at,
		    &feed->info.size);
}
