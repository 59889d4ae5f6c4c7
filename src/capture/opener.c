/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "capture/opener.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/compiler.h"
#include "base/pool.h"
#include "capture/account.h"
#include "capture/helper.h"
#include "capture/sandbox.h"
#include "capture/timed_name.h"

/* The flag for a directory that is named and not read, where there is one. */
#if defined(O_SEARCH)
#define OPEN_TO_SEARCH	O_SEARCH
#elif defined(O_PATH)
#define OPEN_TO_SEARCH	O_PATH
#else
#define OPEN_TO_SEARCH	O_RDONLY
#endif

/* Requests. */
#define REQUEST_OPEN	'o'
#define REQUEST_REPLACE	'r'
#define REQUEST_CREATE	'c'	/* and OPENER_NAME_SIZE bytes */
#define REQUEST_SERIES	's'	/* and a struct series_place */

/* A message with room for one descriptor beside the answer, an errno value. */
struct answer {
	struct msghdr header;
	struct iovec iov;
	int error;		/* 0: a descriptor comes with it */
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control;
};

static void
init_answer(struct answer *answer, int error)
{
	memset(answer, 0, sizeof(*answer));
	answer->error = error;
	answer->iov.iov_base = &answer->error;
	answer->iov.iov_len = sizeof(answer->error);
	answer->header.msg_iov = &answer->iov;
	answer->header.msg_iovlen = 1;
}

static void
use_control(struct answer *answer)
{
	answer->header.msg_control = answer->control.bytes;
	answer->header.msg_controllen = sizeof(answer->control.bytes);
}

/* ---- in the process of its own ---- */

/* Open the directory of a path.  -1 with errno. */
static int
open_directory(const char *path)
{
	const size_t len = (size_t)(name_of_path(path) - path);
	char name[PATH_MAX] = ".";

	if (len >= sizeof(name)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	if (len > 0)
		memcpy(name, path, len);
	name[len > 0 ? len : 1] = '\0';
	return open(name, OPEN_TO_SEARCH | O_DIRECTORY | O_CLOEXEC);
}

static bool
send_answer(int socket, int fd, int error)
{
	struct answer answer;

	init_answer(&answer, error);
	if (fd >= 0) {
		struct cmsghdr *rights;

		use_control(&answer);
		rights = CMSG_FIRSTHDR(&answer.header);
		rights->cmsg_level = SOL_SOCKET;
		rights->cmsg_type = SCM_RIGHTS;
		rights->cmsg_len = CMSG_LEN(sizeof(fd));
		memcpy(CMSG_DATA(rights), &fd, sizeof(fd));
	}
	return sendmsg(socket, &answer.header, 0) > 0;
}

/* A file, by whatever name. */
struct identity {
	dev_t device;
	ino_t inode;
};

/* What the process serves. */
struct service {
	int socket;
	int directory;
	const char *name;		/* in the directory */
	/* The name until it is replaced, or of the file created; or "". */
	char beside[NAME_MAX + 1];
	const struct opener_file *file;
	struct identity *inputs;	/* that are not overwritten */
	size_t input_count;
};

/* Open the file to append, or a new one beside it.  -1 with errno. */
static int
open_file(const struct service *service)
{
	char timed[NAME_MAX + 1];
	const char *name = service->name;

	if (service->file->is_timed) {
		errno = ENAMETOOLONG;
		if (!timed_name(timed, sizeof(timed), name, time(NULL)))
			return -1;
		name = timed;
	}
	if (service->beside[0] == '\0')
		return openat(service->directory, name, O_WRONLY | O_CREAT |
		    O_APPEND | O_CLOEXEC, 0666);
	/* O_EXCL follows no symbolic link that somebody left there. */
	(void)unlinkat(service->directory, service->beside, 0);
	return openat(service->directory, service->beside, O_WRONLY |
	    O_CREAT | O_EXCL | O_CLOEXEC, 0666);
}

static bool
answer_open(const struct service *service)
{
	const int fd = open_file(service);
	const int error = fd < 0 ? errno : 0;
	const bool is_sent = send_answer(service->socket, fd, error);

	if (fd >= 0)
		close(fd);
	return is_sent;
}

static bool
answer_replace(const struct service *service)
{
	const int error = service->beside[0] == '\0' ? EINVAL :
	    renameat(service->directory, service->beside, service->directory,
	    service->name) == 0 ? 0 : errno;

	return send_answer(service->socket, -1, error);
}

/* The process that decodes packets asks: nothing but a plain name is opened. */
static bool
is_plain_name(const char name[OPENER_NAME_SIZE])
{
	const size_t len = strspn(name, "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.");

	return len > 0 && name[len] == '\0' && name[0] != '.';
}

/* False: the parent has closed the socket. */
static bool
read_all(int socket, void *ret_bytes, size_t size)
{
	char *at = ret_bytes;
	ssize_t part = 1;

	for (; size > 0 && part > 0; size -= (size_t)part, at += part)
		part = read(socket, at, size);
	return part > 0;
}

static bool
answer_create(struct service *service)
{
	if (!read_all(service->socket, service->beside, OPENER_NAME_SIZE))
		return false;
	service->beside[OPENER_NAME_SIZE - 1] = '\0';
	if (!service->file->is_directory || !is_plain_name(service->beside))
		return send_answer(service->socket, -1, EINVAL);
	return answer_open(service);
}

/* Does one of the inputs have this name in the directory? */
static bool
is_input(const struct service *service, const char *name)
{
	struct stat st;

	if (service->input_count == 0 ||
	    fstatat(service->directory, name, &st, 0) != 0)
		return false;
	for (size_t i = 0; i < service->input_count; i++)
		if (service->inputs[i].device == st.st_dev &&
		    service->inputs[i].inode == st.st_ino)
			return true;
	return false;
}

static bool
answer_series(struct service *service)
{
	struct series_place place;
	int error = 0;

	if (!read_all(service->socket, &place, sizeof(place)))
		return false;
	if (!service->file->is_series)
		error = EINVAL;
	else if (!series_name(service->beside, sizeof(service->beside),
	    service->name, service->file->suffix, &place))
		error = ENAMETOOLONG;
	else if (is_input(service, service->beside))
		error = EEXIST;
	return error == 0 ? answer_open(service) :
	    send_answer(service->socket, -1, error);
}

static bool
answer_request(struct service *service, char request)
{
	switch (request) {
	case REQUEST_SERIES:
		return answer_series(service);
	case REQUEST_REPLACE:
		return answer_replace(service);
	case REQUEST_CREATE:
		return answer_create(service);
	default:
		return answer_open(service);
	}
}

/* Answer each request, until the parent has closed the socket. */
static void
serve(struct service *service)
{
	char request;

	while (read(service->socket, &request, 1) == 1)
		if (!answer_request(service, request))
			break;
}

/*
 * Where privileges or the sandbox fail, the parent's fail, too, and it decides
 * whether to go on: nothing is decoded here.
 */
static void
renounce(const struct opener_file *file)
{
	(void)account_become(file->account);
	(void)sandbox_renounce(geteuid() == 0);
}

/* Out of memory, no file is known, and the check at the start must do. */
static void
identify_inputs(struct service *service)
{
	const struct opener_file *file = service->file;
	struct stat st;

	if (file->input_count > 0)
		service->inputs = mem_zalloc(file->input_count *
		    sizeof(*service->inputs));
	for (size_t i = 0; service->inputs != NULL && i < file->input_count;
	    i++)
		if (stat(file->inputs[i], &st) == 0)
			service->inputs[service->input_count++] =
			    (struct identity){ st.st_dev, st.st_ino };
}

/* Tell the parent whether the account can create files. */
static bool
answer_access(const struct service *service)
{
	const int error = faccessat(service->directory, ".", W_OK | X_OK,
	    AT_EACCESS) == 0 ? 0 : errno;

	return send_answer(service->socket, -1, error);
}

static void NORETURN
run(const struct opener_file *file, int directory, int socket)
{
	struct service service = {
		.socket = socket,
		.directory = directory,
		.name = name_of_path(file->path),
		.file = file,
	};
	char reason[SANDBOX_REASON_SIZE];

	if (file->is_replaced) {
		(void)umask(S_IWGRP | S_IWOTH);
		(void)snprintf(service.beside, sizeof(service.beside),
		    "%s.tmp", service.name);
	}
	identify_inputs(&service);
	helper_detach();
	renounce(file);
	if (!answer_access(&service))
		_exit(0);
	if (!file->no_sandbox)
		(void)sandbox_enter_opener(directory, socket,
		    file->is_replaced || file->is_directory || file->is_series,
		    reason);
	serve(&service);
	_exit(0);
}

/* ---- in the parent ---- */

/*
 * Wait for an answer.  Return 0 or an errno value, and the descriptor, if
 * one is expected.
 */
static int
receive(const struct opener *opener, int *ret_fd)
{
	struct answer answer;
	struct cmsghdr *rights;
	ssize_t len;

	init_answer(&answer, 0);
	use_control(&answer);
	do
		len = recvmsg(opener->fd, &answer.header, 0);
	while (len < 0 && errno == EINTR);
	if (len <= 0)
		return len < 0 ? errno : EPIPE;
	rights = CMSG_FIRSTHDR(&answer.header);
	if (ret_fd == NULL || rights == NULL)
		return answer.error;
	memcpy(ret_fd, CMSG_DATA(rights), sizeof(*ret_fd));
	return 0;
}

/* Open a directory, which is made for the account.  -1 with errno. */
static int
make_directory(const char *path, const struct account *account)
{
	const bool is_new = mkdir(path, 0777) == 0;
	int fd;

	if (!is_new && errno != EEXIST)
		return -1;
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0 && is_new && account->is_other &&
	    fchown(fd, account->uid, account->gid) != 0) {
		close(fd);
		return -1;
	}
	return fd;
}

int
opener_start(struct opener *opener, const struct opener_file *file)
{
	const int directory = file->is_directory ?
	    make_directory(file->path, file->account) :
	    open_directory(file->path);
	int pair[2] = { -1, -1 };
	int error = 0;
	pid_t pid = -1;

	opener->fd = -1;
	if (directory < 0)
		return errno;
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0)
		pid = fork();
	if (pid == 0) {
		close(pair[0]);
		run(file, directory, pair[1]);
	}
	if (pid < 0)
		error = errno;
	close(directory);
	if (pair[1] >= 0)
		close(pair[1]);
	if (error == 0) {
		opener->fd = pair[0];
		opener->refused = receive(opener, NULL);
	} else if (pair[0] >= 0) {
		close(pair[0]);
	}
	return error;
}

/* Send a request, and wait for its answer: a descriptor, or -1 with errno. */
static int
ask_once(const struct opener *opener, const char *request, size_t len)
{
	int fd = -1;

	if (write(opener->fd, request, len) != (ssize_t)len)
		return -1;
	errno = receive(opener, &fd);
	return fd;
}

/*
 * The number of a capture socket that was closed cannot be written to, see
 * sandbox.h: while one descriptor has that number, the next gets another.
 */
static int
ask(const struct opener *opener, const char *request, size_t len)
{
	const int fd = ask_once(opener, request, len);
	int other;

	if (fd < 0 || write(fd, "", 0) == 0 || errno != EPERM)
		return fd;
	other = ask_once(opener, request, len);
	close(fd);
	return other;
}

int
opener_open(const struct opener *opener)
{
	static const char request = REQUEST_OPEN;

	return ask(opener, &request, 1);
}

int
opener_create(const struct opener *opener, const char *name)
{
	char request[1 + OPENER_NAME_SIZE] = { REQUEST_CREATE };

	(void)snprintf(request + 1, OPENER_NAME_SIZE, "%s", name);
	return ask(opener, request, sizeof(request));
}

int
opener_series(const struct opener *opener, const struct series_place *place)
{
	char request[1 + sizeof(*place)] = { REQUEST_SERIES };

	memcpy(request + 1, place, sizeof(*place));
	return ask(opener, request, sizeof(request));
}

int
opener_replace(const struct opener *opener)
{
	static const char request = REQUEST_REPLACE;

	if (write(opener->fd, &request, 1) != 1)
		return errno;
	return receive(opener, NULL);
}

void
opener_stop(struct opener *opener)
{
	if (opener->fd >= 0)
		close(opener->fd);
	opener->fd = -1;
}
