/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "capture/source.h"

#include <sys/resource.h>
#include <unistd.h>

#include "base/pool.h"
#include "capture/feed.h"
#include "capture/file.h"
#include "capture/live.h"
#include "capture/sigs.h"
#include "capture/sockets.h"

/* Descriptors besides those of the inputs: outputs, inherited ones. */
#define OTHER_FILES	32

struct source {
	struct feed feed;
	struct source_request request;
	int *fds;		/* of the files, -1 when they were read */
};

struct source *
source_new(const struct source_request *request,
    const struct source_events *events)
{
	struct source *source = mem_zalloc_lines(sizeof(*source));

	if (source == NULL)
		return NULL;
	source->request = *request;
	source->feed.request = &source->request;
	source->feed.events = *events;
	source->feed.info.is_live = request->interface != NULL;
	source->feed.info.dlt = -1;
	source->feed.info.digits = 6;
	source->feed.watched_fd = -1;
	return source;
}

void
source_free(struct source *source)
{
	if (source == NULL)
		return;
	live_close(&source->feed);
	feed_free_filters(&source->feed);
	for (size_t i = 0; source->fds != NULL &&
	    i < source->request.file_count; i++)
		if (source->fds[i] >= 0)
			close(source->fds[i]);
	mem_free(source->fds);
	mem_free(source);
}

/* All files are open at once, which may be more than shells allow. */
static void
raise_limit(size_t count)
{
	const rlim_t wanted = count + OTHER_FILES;
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= wanted)
		return;
	limit.rlim_cur = wanted < limit.rlim_max ? wanted : limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

/* Check every file, so that all problems are reported at once. */
static enum source_end
open_files(struct source *source)
{
	const struct source_request *request = &source->request;
	enum source_end worst = SOURCE_COMPLETE;

	source->fds = mem_zalloc(request->file_count * sizeof(*source->fds));
	if (source->fds == NULL) {
		feed_report(&source->feed, "out of memory");
		return SOURCE_FAILED;
	}
	for (size_t i = 0; i < request->file_count; i++)
		source->fds[i] = -1;
	raise_limit(request->file_count);
	for (size_t i = 0; i < request->file_count; i++) {
		const enum source_end end = file_open(&source->feed,
		    request->files[i], &source->fds[i]);

		if (end > worst)
			worst = end;
	}
	return worst;
}

enum source_end
source_open(struct source *source)
{
	if (source->request.interface != NULL)
		return live_open(&source->feed);
	return open_files(source);
}

/*
 * A broken file does not keep the next one from being read.  If any frame was
 * read, the input is incomplete rather than unreadable.
 */
static enum source_end
run_files(struct source *source)
{
	const struct source_request *request = &source->request;
	struct feed *feed = &source->feed;
	enum source_end worst = SOURCE_COMPLETE;

	for (size_t i = 0; i < request->file_count; i++) {
		const int fd = source->fds[i];
		enum source_end end;

		source->fds[i] = -1;
		end = file_read(feed, request->files[i], fd);
		if (end == SOURCE_MISUSED && feed->info.seen == 0)
			return end;
		if (end > worst)
			worst = end;
		if (feed->is_enough || sigs_stopped())
			break;
	}
	if (worst > SOURCE_INCOMPLETE && feed->info.seen > 0)
		worst = SOURCE_INCOMPLETE;
	return worst;
}

unsigned
source_sockets(const struct source *source,
    int ret_sockets[SOURCE_SOCKETS_MAX])
{
	const struct feed *feed = &source->feed;

	for (unsigned i = 0; i < feed->socket_count; i++)
		ret_sockets[i] = pcap_fileno(feed->sockets[i].pcap);
	return feed->socket_count;
}

int64_t
source_read(struct source *source, unsigned socket, unsigned most)
{
	return sockets_read(&source->feed.sockets[socket], most);
}

void
source_watch(struct source *source, int fd)
{
	source->feed.watched_fd = fd;
}

void
source_hurry(struct source *source, bool has_work)
{
	source->feed.has_work = has_work;
}

enum source_end
source_run(struct source *source)
{
	const struct source_request *request = &source->request;

	/* The filter for files is compiled when their link type is known. */
	if ((request->interface != NULL || request->filter == NULL) &&
	    !feed_ready(&source->feed))
		return SOURCE_FAILED;
	if (request->interface != NULL)
		return live_run(&source->feed);
	return run_files(source);
}

enum source_end
source_link_types(struct source *source,
    void (*each)(void *arg, const char *name, const char *words,
    bool is_known), void *arg)
{
	return live_link_types(&source->feed, each, arg);
}

const struct source_info *
source_info(struct source *source)
{
	if (source->request.interface != NULL)
		live_statistics(&source->feed);
	else
		file_progress(&source->feed);
	return &source->feed.info;
}

const struct source_info *
source_peek(const struct source *source)
{
	return &source->feed.info;
}
