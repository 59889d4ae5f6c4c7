/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "capture/finder.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/compiler.h"
#include "base/owner.h"
#include "capture/account.h"
#include "capture/capabilities.h"
#include "capture/finding-linux.h"
#include "capture/helper.h"
#include "capture/sandbox.h"

/* Longest wait for an answer of the kernel, which comes at once. */
#define KERNEL_SECONDS	1

/* The first message of the process. */
struct greeting {
	int error;		/* an errno value: it ends */
	bool sees_all;
	bool sees_closes;
};

/* ---- in the process of its own ---- */

static int
open_netlink(void)
{
	return socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC,
	    NETLINK_SOCK_DIAG);
}

/* The socket for questions.  -1 with errno. */
static int
open_query(void)
{
	const struct timeval patience = { .tv_sec = KERNEL_SECONDS };
	const int fd = open_netlink();

	if (fd >= 0)
		(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience,
		    sizeof(patience));
	return fd;
}

/* The socket to which the kernel reports closed sockets; -1: refused. */
static int
open_closes(void)
{
	static const int groups[] = {
		SKNLGRP_INET_TCP_DESTROY, SKNLGRP_INET6_TCP_DESTROY,
	};
	const struct sockaddr_nl any = { .nl_family = AF_NETLINK };
	const int fd = open_netlink();

	/* Without a port of its own, a socket receives no multicast. */
	if (fd >= 0)
		(void)bind(fd, (const struct sockaddr *)&any, sizeof(any));
	for (size_t i = 0; fd >= 0 && i < ARRAY_LEN(groups); i++)
		if (setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP,
		    &groups[i], sizeof(groups[i])) != 0) {
			close(fd);
			return -1;
		}
	return fd;
}

static int
open_all(struct finding_descriptors *d)
{
	d->query = open_query();
	if (d->query < 0)
		return errno;
	d->closes = open_closes();
	d->proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return d->proc < 0 ? errno : 0;
}

/* Read the descriptors, and directories, of other users' processes. */
#define NEEDED	(UINT32_C(1) << CAP_SYS_PTRACE | \
		    UINT32_C(1) << CAP_DAC_READ_SEARCH)

/* Return 0 or an errno value. */
static int
renounce(const struct account *account, bool *ret_sees_all)
{
	uint32_t kept = 0;
	int error = capabilities_outlive_root();

	if (error == 0)
		error = account_become(account);
	if (error == 0)
		error = capabilities_limit(NEEDED, &kept);
	*ret_sees_all = kept == NEEDED;
	return error != 0 ? error : sandbox_renounce(true);
}

/* Return 0 or an errno value. */
static int
confine(const struct finding_descriptors *d, const struct account *account,
    bool no_sandbox, bool *ret_sees_all)
{
	const int sockets[SANDBOX_SOCKETS] = { d->socket, d->query,
	    d->closes };
	char reason[SANDBOX_REASON_SIZE];
	const int error = renounce(account, ret_sees_all);

	if (error != 0 || no_sandbox)
		return error;
	switch (sandbox_enter_finder(sockets, reason)) {
	case SANDBOX_ENTERED:
	case SANDBOX_NONE:
		break;
	case SANDBOX_MISSING:
	case SANDBOX_FAILED:
		return ENOSYS;
	}
	return 0;
}

static void NORETURN
run(int socket, const struct account *account, bool no_sandbox)
{
	struct finding_descriptors d = { .socket = socket, .closes = -1 };
	struct greeting greeting = { .error = 0 };

	/* The parent's sockets to other helpers are not for this one. */
	helper_close_others(socket);
	helper_detach();
	greeting.error = open_all(&d);
	if (greeting.error == 0)
		greeting.error = confine(&d, account, no_sandbox,
		    &greeting.sees_all);
	greeting.sees_closes = d.closes >= 0;
	if (write(socket, &greeting, sizeof(greeting)) !=
	    (ssize_t)sizeof(greeting) || greeting.error != 0)
		_exit(0);
	finding_serve(&d);
}

/* ---- in the parent ---- */

/* Wait for the greeting.  Return 0 or an errno value. */
static int
meet(struct finder *finder)
{
	struct greeting greeting;
	ssize_t len;

	do
		len = read(finder->fd, &greeting, sizeof(greeting));
	while (len < 0 && errno == EINTR);
	if (len != (ssize_t)sizeof(greeting))
		return len < 0 ? errno : EPIPE;
	finder->sees_all = greeting.sees_all;
	finder->sees_closes = greeting.sees_closes;
	if (greeting.error == 0 && fcntl(finder->fd, F_SETFL, O_NONBLOCK) != 0)
		return errno;
	return greeting.error;
}

int
finder_start(struct finder *finder, const struct account *account,
    bool no_sandbox)
{
	int pair[2], error;
	pid_t pid;

	finder->fd = -1;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
		return errno;
	pid = fork();
	if (pid == 0) {
		close(pair[0]);
		run(pair[1], account, no_sandbox);
	}
	error = pid < 0 ? errno : 0;
	close(pair[1]);
	finder->fd = pair[0];
	if (error == 0)
		error = meet(finder);
	if (error != 0)
		finder_stop(finder);
	return error;
}

enum helper_result
finder_ask(const struct finder *finder, const struct owner_question *question)
{
	return helper_ask(finder->fd, question, sizeof(*question));
}

enum helper_result
finder_read(const struct finder *finder, struct owner_answer *ret_answer)
{
	return helper_read(finder->fd, ret_answer, sizeof(*ret_answer));
}

void
finder_stop(struct finder *finder)
{
	helper_stop(&finder->fd);
}
