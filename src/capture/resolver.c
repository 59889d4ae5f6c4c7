/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "capture/resolver.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/compiler.h"
#include "capture/account.h"
#include "capture/helper.h"
#include "capture/sandbox.h"

/* Questions asked at once: one that is not answered takes seconds. */
#define THREADS	16

/* ---- in the process of its own ---- */

static socklen_t
make_address(struct sockaddr_storage *address,
    const struct resolver_question *question)
{
	struct sockaddr_in *in = (struct sockaddr_in *)address;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)address;

	memset(address, 0, sizeof(*address));
	if (question->ip_version == 4) {
		in->sin_family = AF_INET;
		memcpy(&in->sin_addr, question->bytes, 4);
		return sizeof(*in);
	}
	in6->sin6_family = AF_INET6;
	memcpy(&in6->sin6_addr, question->bytes, 16);
	return sizeof(*in6);
}

/*
 * Each thread takes the next question; messages are whole.  The first one to
 * see that the parent has ended ends the process, as others may wait long.
 */
static void *
serve(void *arg)
{
	const int socket = *(const int *)arg;
	struct resolver_question question;

	while (read(socket, &question, sizeof(question)) ==
	    (ssize_t)sizeof(question)) {
		struct resolver_answer answer = { .number = question.number };
		struct sockaddr_storage address;
		const socklen_t len = make_address(&address, &question);

		if (getnameinfo((const struct sockaddr *)&address, len,
		    answer.name, sizeof(answer.name), NULL, 0,
		    NI_NAMEREQD) != 0)
			answer.name[0] = '\0';
		if (write(socket, &answer, sizeof(answer)) < 0)
			break;
	}
	_exit(0);
}

static void NORETURN
run(int socket, const struct account *account)
{
	pthread_t thread;

	helper_close_others(socket);
	helper_detach();
	if (account_become(account) != 0 || sandbox_renounce(false) != 0)
		_exit(0);
	for (unsigned i = 1; i < THREADS; i++)
		if (pthread_create(&thread, NULL, serve, &socket) == 0)
			(void)pthread_detach(thread);
	(void)serve(&socket);
	_exit(0);	/* as serve() does, which the compiler cannot know */
}

/* ---- in the parent ---- */

#ifdef SOCK_SEQPACKET
static int
make_pair(int pair[2])
{
	if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair) != 0)
		return errno;
	(void)fcntl(pair[0], F_SETFD, FD_CLOEXEC);
	(void)fcntl(pair[1], F_SETFD, FD_CLOEXEC);
	return 0;
}
#else
static int
make_pair(int pair[2] UNUSED)
{
	return ENOTSUP;
}
#endif

int
resolver_start(struct resolver *resolver, const struct account *account)
{
	int pair[2] = { -1, -1 };
	int error = make_pair(pair);
	pid_t pid;

	resolver->fd = -1;
	if (error != 0)
		return error == EPROTONOSUPPORT ? ENOTSUP : error;
	pid = fork();
	if (pid == 0) {
		close(pair[0]);
		run(pair[1], account);
	}
	error = pid < 0 ? errno : 0;
	close(pair[1]);
	if (error == 0 && fcntl(pair[0], F_SETFL, O_NONBLOCK) != 0)
		error = errno;
	if (error == 0)
		resolver->fd = pair[0];
	else
		close(pair[0]);
	return error;
}

enum helper_result
resolver_ask(const struct resolver *resolver,
    const struct resolver_question *question)
{
	return helper_ask(resolver->fd, question, sizeof(*question));
}

enum helper_result
resolver_read(const struct resolver *resolver,
    struct resolver_answer *ret_answer)
{
	const enum helper_result result = helper_read(resolver->fd,
	    ret_answer, sizeof(*ret_answer));

	ret_answer->name[RESOLVER_NAME_SIZE - 1] = '\0';
	return result;
}

void
resolver_stop(struct resolver *resolver)
{
	helper_stop(&resolver->fd);
}
