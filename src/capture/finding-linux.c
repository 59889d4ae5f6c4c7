/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A question is answered in two steps.  The kernel finds the socket of an
 * endpoint at once, with its inode and its figures.  The process that has the
 * inode open is found by reading the links of all descriptors in /proc: one
 * search for all sockets that are wanted, at most a fifth of the time.
 */
#include "config.h"

#include "capture/finding-linux.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/nstime.h"
#include "base/owner.h"
#include "capture/clock.h"
#include "capture/procfs.h"
#include "capture/sockdiag.h"

/* Sockets whose process is wanted: more are answered without. */
#define WANTED_MAX	512
/* A socket that no process has accepted yet is asked for again. */
#define TRIES		6
#define TRIES_ACCEPTED	2
#define RETRY_NS	(20 * NS_PER_MS)	/* doubled each time */
/* Pause after a search: this time, and this multiple of what it took. */
#define PAUSE_NS	(5 * NS_PER_MS)
#define PAUSE_FACTOR	4
/* Sockets whose close is awaited, and whose process was found: caches. */
#define WATCHED_MAX	8192
#define KNOWN_MAX	2048
/* Questions, or closes, between two looks at other work. */
#define AT_ONCE		64
/* Processes that owned sockets lately are searched first. */
#define LATELY_MAX	32
#define ENTRIES_SIZE	8192	/* bytes of directory entries at a time */
#define TEXT_SIZE	4096	/* of a control group's file */
#define BITS		4096	/* of a set of inodes, by their low bits */

/* A socket whose process is wanted. */
struct wanted {
	struct owner_question question;
	unsigned side;
	struct owner owner;
	uint32_t inode;		/* 0: not accepted yet */
	unsigned tries;
	int64_t due_ns;
};

struct watched {
	uint64_t cookie;	/* 0: a free place */
	uint64_t number;	/* of the connection */
	unsigned side;
};

/* The process of an inode. */
struct known {
	uint32_t inode;		/* 0: a free place */
	uint32_t pid;
	char process[OWNER_PROCESS_SIZE];
	char cgroup[OWNER_CGROUP_SIZE];
};

struct finding {
	struct finding_descriptors fd;
	int64_t search_ns;	/* no search before */
	unsigned wanted_count;
	struct wanted wanted[WANTED_MAX];
	uint64_t inodes[BITS / 64];	/* of `wanted`: a set */
	unsigned unfound;		/* of `wanted`: in this search */
	struct watched watched[WATCHED_MAX];
	struct known known[KNOWN_MAX];
	uint32_t lately[LATELY_MAX];	/* ring */
	unsigned lately_at;
};

/* ---- answers ---- */

/* `owner` NULL: the last answer. */
static void
answer(const struct finding *f, uint64_t number, unsigned side,
    const struct owner *owner)
{
	struct owner_answer message;

	/* Padding travels, too. */
	memset(&message, 0, sizeof(message));
	message.number = number;
	message.side = side;
	message.is_last = owner == NULL;
	if (owner != NULL)
		message.owner = *owner;
	if (write(f->fd.socket, &message, sizeof(message)) < 0)
		_exit(0);
}

static void
take_figures(struct owner *owner, const struct sockdiag *found)
{
	owner->has_socket = true;
	owner->has_figures = found->has_info;
	owner->retrans = found->retrans;
	owner->min_rtt_ns = found->min_rtt_ns;
}

static void
take_process(struct owner *owner, const struct known *known)
{
	owner->pid = known->pid;
	memcpy(owner->process, known->process, sizeof(owner->process));
	memcpy(owner->cgroup, known->cgroup, sizeof(owner->cgroup));
}

static struct known *
known_place(struct finding *f, uint32_t inode)
{
	return &f->known[inode % KNOWN_MAX];
}

/* ---- sockets ---- */

static bool
is_endpoint(const struct sockdiag *s, const struct owner_question *q,
    unsigned side)
{
	return s->ip_version == q->ip_version &&
	    s->local_port == q->port[side] &&
	    s->remote_port == q->port[!side] &&
	    memcmp(s->local, q->address[side], sizeof(s->local)) == 0 &&
	    memcmp(s->remote, q->address[!side], sizeof(s->remote)) == 0;
}

/* Ask the kernel.  False: this endpoint has no socket here. */
static bool
find_socket(const struct finding *f, const struct owner_question *question,
    unsigned side, struct sockdiag *ret_found)
{
	uint8_t request[SOCKDIAG_QUESTION_SIZE];
	uint8_t reply[SOCKDIAG_ANSWER_SIZE];
	const size_t len = sockdiag_ask(request, question, side);
	ssize_t got;

	if (send(f->fd.query, request, len, 0) != (ssize_t)len)
		return false;
	got = recv(f->fd.query, reply, sizeof(reply), 0);
	return got > 0 && sockdiag_read(reply, (size_t)got, ret_found) &&
	    is_endpoint(ret_found, question, side);
}

/* Where a socket is watched: the latest with that place displaces others. */
static struct watched *
watched_place(struct finding *f, uint64_t cookie)
{
	return &f->watched[cookie % WATCHED_MAX];
}

/* Have the process searched for, unless too many are. */
static void
want(struct finding *f, const struct owner_question *question, unsigned side,
    const struct owner *owner, uint32_t inode)
{
	if (f->wanted_count == WANTED_MAX)
		return;
	f->wanted[f->wanted_count++] = (struct wanted){
		.question = *question,
		.side = side,
		.owner = *owner,
		.inode = inode,
	};
}

static void
answer_side(struct finding *f, const struct owner_question *question,
    unsigned side)
{
	struct owner owner = OWNER_UNKNOWN;
	struct sockdiag found;
	const struct known *known;

	if (!find_socket(f, question, side, &found))
		return;
	take_figures(&owner, &found);
	*watched_place(f, found.cookie) = (struct watched){
		.cookie = found.cookie,
		.number = question->number,
		.side = side,
	};
	known = known_place(f, found.inode);
	if (found.inode != 0 && known->inode == found.inode)
		take_process(&owner, known);
	else
		want(f, question, side, &owner, found.inode);
	answer(f, question->number, side, &owner);
}

static void
answer_question(struct finding *f, const struct owner_question *question)
{
	answer_side(f, question, 0);
	answer_side(f, question, 1);
	answer(f, question->number, 0, NULL);
}

static void
read_questions(struct finding *f)
{
	for (unsigned i = 0; i < AT_ONCE; i++) {
		struct owner_question question;
		const ssize_t len = recv(f->fd.socket, &question,
		    sizeof(question), MSG_DONTWAIT);

		if (len < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (len != (ssize_t)sizeof(question))
			_exit(0);
		answer_question(f, &question);
	}
}

/* A socket closes: its last figures, if it is one of those asked for. */
static void
read_close(struct finding *f, const uint8_t *message, size_t len)
{
	struct owner owner = OWNER_UNKNOWN;
	struct sockdiag closed;
	struct watched *watched;

	if (!sockdiag_read(message, len, &closed) || !closed.has_info)
		return;
	watched = watched_place(f, closed.cookie);
	if (watched->cookie == 0 || watched->cookie != closed.cookie)
		return;
	take_figures(&owner, &closed);
	owner.is_final = true;
	answer(f, watched->number, watched->side, &owner);
	watched->cookie = 0;
}

static void
read_closes(struct finding *f)
{
	for (unsigned i = 0; i < AT_ONCE; i++) {
		uint8_t message[SOCKDIAG_ANSWER_SIZE];
		const ssize_t len = recv(f->fd.closes, message,
		    sizeof(message), MSG_DONTWAIT);

		/* ENOBUFS: some were missed, and more may come. */
		if (len < 0 && errno != ENOBUFS)
			return;
		if (len > 0)
			read_close(f, message, (size_t)len);
	}
}

/* ---- the search for processes ---- */

/* As getdents64(2) writes it. */
struct entry {
	uint64_t inode;
	int64_t offset;
	uint16_t len;
	uint8_t type;
	char name[];
};

/*
 * Call a function for each name in a directory, until it returns false.
 */
static void
each_name(struct finding *f, int directory,
    bool (*each)(struct finding *, int directory, const char *name,
    void *arg), void *arg)
{
	union {
		uint64_t align;
		uint8_t bytes[ENTRIES_SIZE];
	} buf;

	for (;;) {
		const long len = syscall(SYS_getdents64, directory, &buf,
		    sizeof(buf));

		if (len <= 0)
			return;
		for (long at = 0; at < len;) {
			const struct entry *entry =
			    (const void *)(buf.bytes + at);

			if (entry->len == 0 || !each(f, directory,
			    entry->name, arg))
				return;
			at += entry->len;
		}
	}
}

/* The text of a file beneath /proc/PID; its length, 0 on errors. */
static size_t
read_text(const struct finding *f, uint32_t pid, const char *file, char *buf,
    size_t size)
{
	char path[64];
	ssize_t len = 0;
	int fd;

	snprintf(path, sizeof(path), "%u/%s", (unsigned)pid, file);
	fd = openat(f->fd.proc, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	len = read(fd, buf, size);
	close(fd);
	return len > 0 ? (size_t)len : 0;
}

static void
remember_process(struct finding *f, uint32_t inode, uint32_t pid)
{
	struct known *known = known_place(f, inode);
	char text[TEXT_SIZE];
	size_t len = read_text(f, pid, "comm", text, sizeof(text));

	*known = (struct known){ .inode = inode, .pid = pid };
	procfs_process(text, len, known->process);
	len = read_text(f, pid, "cgroup", text, sizeof(text));
	procfs_cgroup(text, len, known->cgroup);
	f->lately[f->lately_at++ % LATELY_MAX] = pid;
}

static bool
is_inode_wanted(const struct finding *f, uint32_t inode)
{
	return (f->inodes[inode % BITS / 64] >> inode % 64 & 1) != 0;
}

/* The process has this socket open. */
static void
found_process(struct finding *f, uint32_t inode, uint32_t pid)
{
	bool is_known = false;

	for (unsigned i = 0; i < f->wanted_count; i++) {
		struct wanted *wanted = &f->wanted[i];

		if (wanted->inode != inode || wanted->owner.pid != 0)
			continue;
		if (!is_known)
			remember_process(f, inode, pid);
		is_known = true;
		take_process(&wanted->owner, known_place(f, inode));
		answer(f, wanted->question.number, wanted->side,
		    &wanted->owner);
		f->unfound--;
	}
}

static bool
search_descriptor(struct finding *f, int directory, const char *name,
    void *arg)
{
	const uint32_t *pid = arg;
	char target[64];
	const ssize_t len = readlinkat(directory, name, target,
	    sizeof(target));
	const uint32_t inode = len > 0 ?
	    procfs_socket(target, (size_t)len) : 0;

	if (inode != 0 && is_inode_wanted(f, inode))
		found_process(f, inode, *pid);
	return f->unfound > 0;
}

static void
search_process(struct finding *f, uint32_t pid)
{
	char path[32];
	int fd;

	snprintf(path, sizeof(path), "%u/fd", (unsigned)pid);
	fd = openat(f->fd.proc, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return;
	each_name(f, fd, search_descriptor, &pid);
	close(fd);
}

static bool
search_named(struct finding *f, int directory UNUSED, const char *name,
    void *arg UNUSED)
{
	const uint32_t pid = procfs_pid(name);

	if (pid != 0)
		search_process(f, pid);
	return f->unfound > 0;
}

/* The socket had no inode when it was found: no process had accepted it. */
static void
ask_again(struct finding *f, struct wanted *wanted)
{
	struct sockdiag found;

	if (find_socket(f, &wanted->question, wanted->side, &found)) {
		take_figures(&wanted->owner, &found);
		wanted->inode = found.inode;
	}
}

/* Collect the inodes that are due; false: there are none. */
static bool
begin_search(struct finding *f, int64_t now_ns)
{
	memset(f->inodes, 0, sizeof(f->inodes));
	f->unfound = 0;
	for (unsigned i = 0; i < f->wanted_count; i++) {
		struct wanted *wanted = &f->wanted[i];

		if (wanted->due_ns > now_ns)
			continue;
		if (wanted->inode == 0)
			ask_again(f, wanted);
		if (wanted->inode == 0)
			continue;
		f->unfound++;
		f->inodes[wanted->inode % BITS / 64] |=
		    UINT64_C(1) << wanted->inode % 64;
	}
	return f->unfound > 0;
}

/*
 * A socket that was accepted and is in no process belongs to a user whose
 * processes are hidden, or to one that has just ended.
 */
static unsigned
tries_of(const struct wanted *wanted)
{
	return wanted->inode != 0 ? TRIES_ACCEPTED : TRIES;
}

/* Sockets whose process was not found are tried again, at growing intervals. */
static void
end_search(struct finding *f, int64_t now_ns)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < f->wanted_count; i++) {
		struct wanted *wanted = &f->wanted[i];

		if (wanted->owner.pid != 0)
			continue;
		if (wanted->due_ns <= now_ns) {
			if (++wanted->tries >= tries_of(wanted))
				continue;
			wanted->due_ns = now_ns + (RETRY_NS << wanted->tries);
		}
		if (kept != i)
			f->wanted[kept] = *wanted;
		kept++;
	}
	f->wanted_count = kept;
}

static void
search(struct finding *f)
{
	const int64_t start_ns = clock_now();
	int64_t took_ns;

	if (begin_search(f, start_ns)) {
		for (unsigned i = 0; i < LATELY_MAX && f->unfound > 0; i++)
			if (f->lately[i] != 0)
				search_process(f, f->lately[i]);
		(void)lseek(f->fd.proc, 0, SEEK_SET);
		if (f->unfound > 0)
			each_name(f, f->fd.proc, search_named, NULL);
	}
	end_search(f, start_ns);
	took_ns = clock_now() - start_ns;
	f->search_ns = start_ns + took_ns + PAUSE_NS + PAUSE_FACTOR * took_ns;
}

/* ---- the loop ---- */

/* Milliseconds until the next search, -1: none is due. */
static int
sleep_ms(const struct finding *f)
{
	int64_t due_ns = INT64_MAX, left_ns;

	for (unsigned i = 0; i < f->wanted_count; i++)
		if (f->wanted[i].due_ns < due_ns)
			due_ns = f->wanted[i].due_ns;
	if (due_ns == INT64_MAX)
		return -1;
	if (due_ns < f->search_ns)
		due_ns = f->search_ns;
	left_ns = due_ns - clock_now();
	return left_ns <= 0 ? 0 : (int)(left_ns / NS_PER_MS) + 1;
}

void NORETURN
finding_serve(const struct finding_descriptors *descriptors)
{
	static struct finding finding;
	struct finding *f = &finding;

	f->fd = *descriptors;
	for (;;) {
		struct pollfd ready[] = {
			{ .fd = f->fd.socket, .events = POLLIN },
			{ .fd = f->fd.closes, .events = POLLIN },
		};
		const int ms = sleep_ms(f);

		if (poll(ready, ARRAY_LEN(ready), ms) < 0 && errno != EINTR)
			_exit(0);
		if (ready[0].revents != 0)
			read_questions(f);
		if (ready[1].revents != 0)
			read_closes(f);
		if (f->wanted_count > 0 && ready[0].revents == 0 &&
		    clock_now() >= f->search_ns)
			search(f);
	}
}
