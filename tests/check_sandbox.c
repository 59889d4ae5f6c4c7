/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The sandbox from inside: what must be refused is, and what the program needs
 * is not.  Each attempt is made by a process of its own, as there is no way
 * out.
 */
#include "config.h"

#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "base/compiler.h"
#include "capture/account.h"
#include "capture/opener.h"
#include "capture/sandbox.h"
#include "capture/timed_name.h"
#include "check_main.h"

/* Without it Landlock restricts paths, and no other calls. */
#ifdef HAVE_LIBSECCOMP
#define HAS_SECCOMP	true
#else
#define HAS_SECCOMP	false
#endif

#define BIG	(64 << 20)	/* bytes: memory that malloc(3) maps */

/* 0 when it worked, -1 with errno. */
typedef int attempt(void);

static int plain_file = -1;	/* open for reading and writing */
static int directory = -1;
static char own_path[] = "/tmp/check_sandbox.XXXXXX";

static int
open_to_read(void)
{
	return open("/etc/passwd", O_RDONLY);
}

static int
open_own_program(void)
{
	return open("/proc/self/exe", O_RDONLY);
}

static int
create_file(void)
{
	return openat(directory, "created", O_WRONLY | O_CREAT | O_EXCL, 0600);
}

static int
truncate_file(void)
{
	return openat(directory, "kept", O_WRONLY | O_TRUNC);
}

static int
remove_file(void)
{
	return unlinkat(directory, "kept", 0);
}

static int
rename_file(void)
{
	return renameat(directory, "kept", directory, "moved");
}

static int
make_directory(void)
{
	return mkdirat(directory, "made", 0700);
}

static int
change_mode(void)
{
	return fchmod(plain_file, 0777);
}

static int
open_inet_socket(void)
{
	return socket(AF_INET, SOCK_STREAM, 0);
}

static int
open_inet6_socket(void)
{
	return socket(AF_INET6, SOCK_DGRAM, 0);
}

static int
open_unix_socket(void)
{
	return socket(AF_UNIX, SOCK_STREAM, 0);
}

static int
open_packet_socket(void)
{
	return socket(AF_PACKET, SOCK_RAW, 0);
}

static int
make_socket_pair(void)
{
	int pair[2];

	return socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
}

static int
execute(void)
{
	char name[] = "true";
	char *const argv[] = { name, NULL };
	char *const no_surroundings[] = { NULL };

	return execve("/bin/true", argv, no_surroundings);
}

static int
make_process(void)
{
	const pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	return pid > 0 ? 0 : -1;
}

static int
signal_other(void)
{
	return kill(getppid(), 0);
}

static int
trace(void)
{
	return (int)syscall(SYS_ptrace, 16L, (long)getppid(), 0L, 0L);
}

static int
read_other_memory(void)
{
	return (int)syscall(SYS_process_vm_readv, (long)getppid(), NULL, 0L,
	    NULL, 0L, 0L);
}

static int
map_executable(void)
{
	return mmap(NULL, 4096, PROT_READ | PROT_EXEC,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? -1 : 0;
}

static int
make_executable(void)
{
	void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return page == MAP_FAILED ? 0 : mprotect(page, 4096,
	    PROT_READ | PROT_EXEC);
}

static int
become_root(void)
{
	return setuid(0);
}

static int
make_nameless_file(void)
{
	return (int)syscall(SYS_memfd_create, "x", 0L);
}

static int
type_into_terminal(void)
{
	char letter = 'x';

	return ioctl(plain_file, TIOCSTI, &letter);
}

static int
duplicate_with_signal(void)
{
	return fcntl(plain_file, F_SETOWN, getppid());
}

static const struct {
	attempt *make;
	bool is_path;		/* Landlock alone refuses it, too */
} attempts[] = {
	{ open_to_read, true },
	{ open_own_program, true },
	{ create_file, true },
	{ truncate_file, true },
	{ remove_file, true },
	{ rename_file, false },
	{ make_directory, true },
	{ change_mode, false },
	{ open_inet_socket, false },
	{ open_inet6_socket, false },
	{ open_unix_socket, false },
	{ open_packet_socket, false },
	{ make_socket_pair, false },
	{ execute, true },
	{ make_process, false },
	{ signal_other, false },
	{ trace, false },
	{ read_other_memory, false },
	{ map_executable, false },
	{ make_executable, false },
	{ become_root, false },
	{ make_nameless_file, false },
	{ type_into_terminal, false },
	{ duplicate_with_signal, false },
};

static const struct sandbox_needs file_needs = {
	.opener_fd = { -1, -1, -1, -1 },
	.terminal_fd = -1,
};
/* The number of the socket that captures: see main(). */
#define CAPTURE_FD	100
static const int capture_fds[] = { CAPTURE_FD };
static const struct sandbox_needs live_needs = {
	.capture_fds = capture_fds, .capture_count = ARRAY_LEN(capture_fds),
	.opener_fd = { -1, -1, -1, -1 },
	.terminal_fd = -1,
};

/* Status of a process that made the attempt inside; 255: did not get in. */
static int
status_inside(const struct sandbox_needs *needs, attempt *make)
{
	char reason[SANDBOX_REASON_SIZE];
	int status;
	const pid_t pid = fork();

	if (pid == 0) {
		if (sandbox_renounce(false) != 0 ||
		    sandbox_enter(needs, reason) != SANDBOX_ENTERED)
			_exit(255);
		_exit(make() >= 0 ? 0 : errno);
	}
	ck_assert(pid > 0);
	ck_assert(waitpid(pid, &status, 0) == pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static void
assert_refused(const struct sandbox_needs *needs, int at)
{
	const int status = status_inside(needs, attempts[at].make);

	if (HAS_SECCOMP)
		ck_assert_int_eq(status, EPERM);
	else
		ck_assert(!attempts[at].is_path || status == EACCES);
}

START_TEST(refused_while_reading_files)
{
	assert_refused(&file_needs, _i);
}
END_TEST

START_TEST(refused_while_capturing)
{
	assert_refused(&live_needs, _i);
}
END_TEST

/* ---- what is needed ---- */

static int
use_memory(void)
{
	char *area = malloc(BIG);

	if (area == NULL)
		return -1;
	memset(area, 1, BIG);
	area = realloc(area, 2 * (size_t)BIG);
	if (area == NULL)
		return -1;
	free(area);
	return 0;
}

static int
read_and_write(void)
{
	char byte = 'x';

	return lseek(plain_file, 0, SEEK_SET) == 0 &&
	    write(plain_file, &byte, 1) == 1 &&
	    pread(plain_file, &byte, 1, 0) == 1 ? 0 : -1;
}

/* The buffer of a stream, its end of file, its closing. */
static int
use_stream(void)
{
	FILE *stream = fdopen(plain_file, "r+");

	if (stream == NULL || setvbuf(stream, NULL, _IOFBF, 65536) != 0 ||
	    fprintf(stream, "%d", 7) != 1)
		return -1;
	return fclose(stream);
}

static int
tell_time(void)
{
	const time_t now = time(NULL);
	struct timespec fine;
	struct tm tm;

	return now > 0 && localtime_r(&now, &tm) != NULL &&
	    clock_gettime(CLOCK_MONOTONIC, &fine) == 0 ? 0 : -1;
}

static int
be_random(void)
{
	char bytes[16];

	return getentropy(bytes, sizeof(bytes));
}

static int
wait_a_little(void)
{
	struct pollfd ready = { .fd = plain_file, .events = POLLIN };

	return poll(&ready, 1, 1) < 0 || poll(NULL, 0, 1) < 0 ? -1 : 0;
}

static int
look_at_file(void)
{
	struct stat st;

	/* No terminal, and that is the answer: not "forbidden". */
	return fstat(plain_file, &st) == 0 && !isatty(plain_file) &&
	    errno == ENOTTY ? 0 : -1;
}

static int
compare(const void *a, const void *b)
{
	return memcmp(a, b, 64);
}

static int
sort(void)
{
	char (*rows)[64] = calloc(100000, sizeof(*rows));

	if (rows == NULL)
		return -1;
	for (size_t i = 0; i < 100000; i++)
		memcpy(rows[i], &(size_t){ i * 7919 % 100000 }, sizeof(i));
	qsort(rows, 100000, sizeof(*rows), compare);
	free(rows);
	return 0;
}

static attempt *const needed[] = {
	use_memory,
	read_and_write,
	use_stream,
	tell_time,
	be_random,
	wait_a_little,
	look_at_file,
	sort,
};

START_TEST(needed_and_allowed)
{
	ck_assert_int_eq(status_inside(&file_needs, needed[_i]), 0);
	ck_assert_int_eq(status_inside(&live_needs, needed[_i]), 0);
}
END_TEST

static int
end_by_pipe_signal(void)
{
	signal(SIGPIPE, SIG_DFL);
	return raise(SIGPIPE);
}

static int
end_by_abort(void)
{
	abort();
}

START_TEST(ends_by_its_own_signals)
{
	ck_assert_int_eq(status_inside(&file_needs, end_by_pipe_signal),
	    -SIGPIPE);
	ck_assert_int_eq(status_inside(&file_needs, end_by_abort), -SIGABRT);
}
END_TEST

/* ---- the socket that captures ---- */

static char frame[60];		/* from nobody to nobody: all zeros */

static int
send_by_write(void)
{
	return (int)write(CAPTURE_FD, frame, sizeof(frame));
}

/* The kernel looks at the low half of the number only. */
static int
send_by_large_number(void)
{
	return (int)syscall(SYS_write, (long)(UINT64_C(1) << 32 | CAPTURE_FD),
	    frame, sizeof(frame));
}

static int
send_by_writev(void)
{
	const struct iovec part = { frame, sizeof(frame) };

	return (int)writev(CAPTURE_FD, &part, 1);
}

static int
send_by_send(void)
{
	return (int)send(CAPTURE_FD, frame, sizeof(frame), 0);
}

static int
send_by_sendmsg(void)
{
	struct iovec part = { frame, sizeof(frame) };
	const struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };

	return (int)sendmsg(CAPTURE_FD, &message, 0);
}

static int
send_by_pwrite(void)
{
	return (int)pwrite(CAPTURE_FD, frame, sizeof(frame), 0);
}

static int
send_by_sendfile(void)
{
	return (int)syscall(SYS_sendfile, CAPTURE_FD, plain_file, NULL, 1L);
}

static int
duplicate_socket(void)
{
	return dup2(CAPTURE_FD, CAPTURE_FD + 1);
}

static int
duplicate_by_fcntl(void)
{
	return fcntl(CAPTURE_FD, F_DUPFD, 0);
}

/* A ring to send from is set up so. */
static int
set_option(void)
{
	const int on = 1;

	return setsockopt(CAPTURE_FD, SOL_SOCKET, SO_BROADCAST, &on,
	    sizeof(on));
}

static int
bind_elsewhere(void)
{
	const struct sockaddr_ll all = {
		.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL),
	};

	return bind(CAPTURE_FD, (const struct sockaddr *)&all, sizeof(all));
}

static attempt *const sendings[] = {
	send_by_write,
	send_by_large_number,
	send_by_writev,
	send_by_send,
	send_by_sendmsg,
	send_by_pwrite,
	send_by_sendfile,
	duplicate_socket,
	duplicate_by_fcntl,
	set_option,
	bind_elsewhere,
};

/*
 * A packet socket on the loopback of a network of its own, as libpcap has
 * one.  False: it takes root.
 */
static bool
open_capture(void)
{
	struct ifreq request = { .ifr_flags = IFF_UP };
	struct sockaddr_ll loopback = {
		.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL),
	};
	int fd;

	if (unshare(CLONE_NEWNET) != 0)
		return false;
	fd = socket(AF_PACKET, SOCK_RAW, htons(ETH_P_ALL));
	snprintf(request.ifr_name, sizeof(request.ifr_name), "lo");
	loopback.sll_ifindex = (int)if_nametoindex("lo");
	return fd >= 0 && ioctl(fd, SIOCSIFFLAGS, &request) == 0 &&
	    bind(fd, (const struct sockaddr *)&loopback,
	    sizeof(loopback)) == 0 && dup2(fd, CAPTURE_FD) == CAPTURE_FD &&
	    close(fd) == 0;
}

/* What is sent arrives at the same socket. */
START_TEST(packets_leave_outside_only)
{
	const int status = status_inside(&live_needs, sendings[_i]);
	struct pollfd ready = { .fd = CAPTURE_FD, .events = POLLIN };

	ck_assert_int_eq(status, EPERM);
	ck_assert_int_eq(poll(&ready, 1, 0), 0);
	/* And if it were not refused? */
	ck_assert_int_eq(send_by_write(), sizeof(frame));
	ck_assert_int_eq(poll(&ready, 1, 1000), 1);
	while (recv(CAPTURE_FD, frame, sizeof(frame), MSG_DONTWAIT) > 0)
		continue;
}
END_TEST

static int
receive(void)
{
	struct tpacket_stats stats;
	struct ifreq request = { .ifr_ifindex = 1 };
	socklen_t size = sizeof(stats);

	return recv(CAPTURE_FD, frame, sizeof(frame), 0) == sizeof(frame) &&
	    getsockopt(CAPTURE_FD, SOL_PACKET, PACKET_STATISTICS, &stats,
	    &size) == 0 && stats.tp_packets > 0 &&
	    ioctl(CAPTURE_FD, SIOCGIFNAME, &request) == 0 ? 0 : -1;
}

START_TEST(packets_arrive_inside)
{
	ck_assert_int_eq(send_by_write(), sizeof(frame));
	ck_assert_int_eq(status_inside(&live_needs, receive), 0);
	while (recv(CAPTURE_FD, frame, sizeof(frame), MSG_DONTWAIT) > 0)
		continue;
}
END_TEST

static int
ask_file(void)
{
	int error;
	socklen_t size = sizeof(error);

	return getsockopt(plain_file, SOL_SOCKET, SO_ERROR, &error, &size);
}

START_TEST(other_sockets_are_not_asked)
{
	const int wanted = HAS_SECCOMP ? EPERM : ENOTSOCK;

	ck_assert_int_eq(status_inside(&live_needs, ask_file), wanted);
	ck_assert_int_eq(status_inside(&file_needs, ask_file), wanted);
}
END_TEST

/* ---- the opener, and what it may do ---- */

static int opener_socket = -1;

static int
open_again(void)
{
	return openat(directory, "again", O_WRONLY | O_CREAT | O_APPEND |
	    O_CLOEXEC, 0600);
}

/* As the opener of a file that is replaced does. */
static int
create_and_rename(void)
{
	const int fd = openat(directory, "beside", O_WRONLY | O_CREAT |
	    O_EXCL | O_CLOEXEC, 0600);

	if (fd < 0 || renameat(directory, "beside", directory, "again") != 0)
		return -1;
	return unlinkat(directory, "again", 0);
}

static int
rename_above(void)
{
	return renameat(directory, "kept", directory,
	    "../check_sandbox_above");
}

static int
rename_elsewhere(void)
{
	return renameat(directory, "kept", AT_FDCWD,
	    "/tmp/check_sandbox_above");
}

static int
open_to_read_back(void)
{
	return openat(directory, "kept", O_RDONLY);
}

static int
open_truncated(void)
{
	return openat(directory, "kept", O_WRONLY | O_CREAT | O_TRUNC, 0600);
}

static int
open_above(void)
{
	return openat(directory, "../check_sandbox_above", O_WRONLY |
	    O_CREAT | O_APPEND, 0600);
}

static int
open_elsewhere(void)
{
	return openat(directory, "/tmp/check_sandbox_above", O_WRONLY |
	    O_CREAT | O_APPEND, 0600);
}

static int
map_memory(void)
{
	return mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1,
	    0) == MAP_FAILED ? -1 : 0;
}

static int
write_to_file(void)
{
	return (int)write(plain_file, frame, 1);
}

static int
send_elsewhere(void)
{
	struct iovec part = { frame, 1 };
	const struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };

	return (int)sendmsg(opener_socket + 1, &message, 0);
}

static const struct {
	attempt *make;
	bool is_path;		/* Landlock alone refuses it, too */
} opener_attempts[] = {
	{ open_to_read_back, true },
	{ open_truncated, true },
	{ map_memory, false },
	{ write_to_file, false },
	{ send_elsewhere, false },
	{ open_inet_socket, false },
	{ execute, true },
	{ make_process, false },
};

static int
status_in_one(attempt *make, bool replaces)
{
	char reason[SANDBOX_REASON_SIZE];
	int status;
	const pid_t pid = fork();

	if (pid == 0) {
		if (sandbox_renounce(false) != 0 || sandbox_enter_opener(
		    directory, opener_socket, replaces, reason) != SANDBOX_ENTERED)
			_exit(255);
		_exit(make() >= 0 ? 0 : errno);
	}
	ck_assert(pid > 0);
	ck_assert(waitpid(pid, &status, 0) == pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static int
status_in_opener(attempt *make)
{
	return status_in_one(make, false);
}

/* ---- the finder ---- */

static int
open_to_write(void)
{
	return open("/tmp/check_sandbox_above", O_RDWR | O_CREAT, 0600);
}

static int
send_to_file(void)
{
	return (int)send(plain_file, frame, 1, 0);
}

static const struct {
	attempt *make;
	int wanted;		/* 0, or an errno value */
} finder_attempts[] = {
	{ open_to_read, 0 },
	{ open_to_write, EPERM },
	{ truncate_file, EPERM },
	{ remove_file, EPERM },
	{ rename_file, EPERM },
	{ map_memory, EPERM },
	{ open_inet_socket, EPERM },
	{ open_packet_socket, EPERM },
	{ send_to_file, EPERM },
	{ execute, EPERM },
	{ make_process, EPERM },
	{ signal_other, EPERM },
	{ trace, EPERM },
	{ read_other_memory, EPERM },
	{ become_root, EPERM },
};

static int
status_in_finder(attempt *make)
{
	static const int sockets[SANDBOX_SOCKETS] = { -1, -1, -1 };
	char reason[SANDBOX_REASON_SIZE];
	int status;
	const pid_t pid = fork();

	if (pid == 0) {
		if (sandbox_renounce(true) != 0 || sandbox_enter_finder(
		    sockets, reason) != SANDBOX_ENTERED)
			_exit(255);
		_exit(make() >= 0 ? 0 : errno);
	}
	ck_assert(pid > 0);
	ck_assert(waitpid(pid, &status, 0) == pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

START_TEST(finder_reads_and_does_nothing_else)
{
	/* Without seccomp it does not run. */
	ck_assert_int_eq(status_in_finder(finder_attempts[_i].make),
	    HAS_SECCOMP ? finder_attempts[_i].wanted : 255);
}
END_TEST

static bool
has_landlock(void)
{
	char what[160];

	sandbox_describe(what, sizeof(what));
	return strstr(what, "no Landlock") == NULL;
}

START_TEST(opener_opens_beneath_one_directory)
{
	int above;

	ck_assert_int_eq(status_in_opener(open_again), 0);
	/* seccomp does not see paths. */
	above = status_in_opener(open_above);
	ck_assert(above == EACCES || !has_landlock());
	above = status_in_opener(open_elsewhere);
	ck_assert(above == EACCES || !has_landlock());
	/* And nobody else does. */
	ck_assert_int_ne(status_inside(&file_needs, open_again), 0);
}
END_TEST

START_TEST(replacer_renames_beneath_one_directory)
{
	int above;

	ck_assert_int_eq(status_in_one(create_and_rename, true), 0);
	ck_assert_int_ne(status_in_one(create_and_rename, false), 0);
	above = status_in_one(rename_above, true);
	ck_assert(above == EACCES || above == EXDEV || !has_landlock());
	ck_assert_int_ne(status_in_one(rename_elsewhere, true), 0);
	ck_assert_int_ne(status_in_one(open_to_read_back, true), 0);
	/* Landlock knows directories, and only seccomp the system calls. */
	if (HAS_SECCOMP)
		ck_assert_int_ne(status_in_one(open_again, true), 0);
	ck_assert_int_ne(status_in_one(execute, true), 0);
}
END_TEST

START_TEST(refused_to_opener)
{
	const int status = status_in_opener(opener_attempts[_i].make);

	if (HAS_SECCOMP)
		ck_assert_int_eq(status, EPERM);
	else
		ck_assert(!opener_attempts[_i].is_path || status == EACCES);
}
END_TEST

/* ---- its descriptors inside ---- */

static struct opener opener = { .fd = -1 };

static int
write_again(void)
{
	const int fd = opener_open(&opener);

	return fd >= 0 && write(fd, "again\n", 6) == 6 && close(fd) == 0 ?
	    0 : -1;
}

/* The number of the closed socket is free, and taken by the answer. */
static int
write_at_its_number(void)
{
	for (int fd = 3; fd < CAPTURE_FD; fd++)
		if (fcntl(fd, F_GETFL) == -1)
			return -1;
	return close(CAPTURE_FD) == 0 ? write_again() : -1;
}

static void
start_opener(void)
{
	static const struct account nobody = { .is_other = false };
	static char path[sizeof(own_path) + sizeof("/opened")];
	const struct opener_file file = {
		.path = path, .account = &nobody,
	};

	snprintf(path, sizeof(path), "%s/opened", own_path);
	ck_assert_int_eq(opener_start(&opener, &file), 0);
}

static off_t
size_of_opened(void)
{
	struct stat st;

	return fstatat(directory, "opened", &st, 0) == 0 ? st.st_size : -1;
}

/* A series is named by its process, and overwrites no input. */
START_TEST(series_keeps_inputs)
{
	static const struct account nobody = { .is_other = false };
	char path[sizeof(own_path) + sizeof("/cap.gz")];
	char input[sizeof(own_path) + sizeof("/cap2.gz")];
	const char *const inputs[] = { "/nothing/at/all", input };
	const struct opener_file file = {
		.path = path, .account = &nobody, .is_series = true,
		.suffix = ".gz", .inputs = inputs,
		.input_count = ARRAY_LEN(inputs),
	};
	struct series_place place = { .digits = 1, .is_numbered = true };
	struct stat st;
	int fd;

	snprintf(path, sizeof(path), "%s/cap.gz", own_path);
	snprintf(input, sizeof(input), "%s/cap2.gz", own_path);
	fd = open(input, O_WRONLY | O_CREAT | O_EXCL, 0600);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, "input", 5), 5);
	close(fd);
	ck_assert_int_eq(opener_start(&opener, &file), 0);
	for (place.number = 1; place.number <= 3; place.number++) {
		fd = opener_series(&opener, &place);
		ck_assert_int_eq(fd >= 0, place.number != 2);
		ck_assert(fd >= 0 || errno == EEXIST);
		if (fd >= 0)
			close(fd);
	}
	/* What is not of this series is not opened. */
	ck_assert_int_eq(opener_create(&opener, "other"), -1);
	opener_stop(&opener);
	ck_assert_int_eq(stat(input, &st), 0);
	ck_assert_int_eq(st.st_size, 5);
	ck_assert_int_eq(fstatat(directory, "cap1.gz", &st, 0), 0);
	ck_assert_int_eq(fstatat(directory, "cap3.gz", &st, 0), 0);
	ck_assert_int_ne(fstatat(directory, "other", &st, 0), 0);
	for (unsigned i = 1; i <= 3; i++) {
		snprintf(input, sizeof(input), "cap%u.gz", i);
		unlinkat(directory, input, 0);
	}
}
END_TEST

/* ---- the terminal of the live screen ---- */

static int terminal = -1;	/* the end that is a terminal */
static int other_terminal = -1;
static struct termios modes;

static int
open_terminal(void)
{
	const int master = posix_openpt(O_RDWR | O_NOCTTY);

	ck_assert_int_ge(master, 0);
	ck_assert_int_eq(grantpt(master), 0);
	ck_assert_int_eq(unlockpt(master), 0);
	return open(ptsname(master), O_RDWR | O_NOCTTY);
}

static int
set_modes(void)
{
	return tcsetattr(terminal, TCSANOW, &modes) == 0 &&
	    tcsetattr(terminal, TCSADRAIN, &modes) == 0 &&
	    tcsetattr(terminal, TCSAFLUSH, &modes) == 0 ? 0 : -1;
}

static int
ask_size(void)
{
	struct winsize size;

	return ioctl(terminal, TIOCGWINSZ, &size);
}

static int
set_other_modes(void)
{
	return tcsetattr(other_terminal, TCSANOW, &modes);
}

static int
set_size(void)
{
	const struct winsize size = { 24, 80, 0, 0 };

	return ioctl(terminal, TIOCSWINSZ, &size);
}

static int
type_into_own_terminal(void)
{
	char letter = 'x';

	return ioctl(terminal, TIOCSTI, &letter);
}

/* The modes of one terminal can be set, and nothing else. */
START_TEST(modes_of_one_terminal)
{
	struct sandbox_needs needs = live_needs;

	terminal = open_terminal();
	other_terminal = open_terminal();
	ck_assert_int_ge(other_terminal, 0);
	ck_assert_int_eq(tcgetattr(terminal, &modes), 0);
	needs.terminal_fd = terminal;
	ck_assert_int_eq(status_inside(&needs, set_modes), 0);
	ck_assert_int_eq(status_inside(&needs, ask_size), 0);
	if (!HAS_SECCOMP)
		return;
	ck_assert_int_eq(status_inside(&needs, set_other_modes), EPERM);
	ck_assert_int_eq(status_inside(&needs, set_size), EPERM);
	ck_assert_int_eq(status_inside(&needs, type_into_own_terminal),
	    EPERM);
	ck_assert_int_eq(status_inside(&live_needs, set_modes), EPERM);
}
END_TEST

START_TEST(opened_again_inside)
{
	struct sandbox_needs needs = file_needs;

	start_opener();
	needs.opener_fd[0] = opener.fd;
	ck_assert_int_eq(status_inside(&needs, write_again), 0);
	ck_assert_int_eq(size_of_opened(), 6);
	ck_assert_int_eq(status_inside(&needs, write_again), 0);
	ck_assert_int_eq(size_of_opened(), 12);
	ck_assert_int_eq(renameat(directory, "opened", directory, "again"), 0);
	ck_assert_int_eq(status_inside(&needs, write_again), 0);
	ck_assert_int_eq(size_of_opened(), 6);
	/* Only by the socket that the sandbox was entered with. */
	if (HAS_SECCOMP)
		ck_assert_int_eq(status_inside(&file_needs, write_again),
		    EPERM);
	opener_stop(&opener);
	unlinkat(directory, "opened", 0);
}
END_TEST

START_TEST(opened_where_the_capture_socket_was)
{
	struct sandbox_needs needs = live_needs;
	int fill;

	start_opener();
	needs.opener_fd[0] = opener.fd;
	while ((fill = dup(plain_file)) < CAPTURE_FD)
		ck_assert_int_ge(fill, 0);
	close(fill);
	ck_assert_int_eq(status_inside(&needs, write_at_its_number), 0);
	ck_assert_int_eq(size_of_opened(), 6);
	opener_stop(&opener);
	unlinkat(directory, "opened", 0);
}
END_TEST

START_TEST(end_of_opener_is_an_error)
{
	struct sandbox_needs needs = file_needs;
	int pair[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	close(pair[1]);
	signal(SIGPIPE, SIG_IGN);
	opener.fd = needs.opener_fd[0] = pair[0];
	ck_assert_int_eq(status_inside(&needs, write_again), EPIPE);
	opener_stop(&opener);
}
END_TEST

/* ---- a thread that is started on the way in ---- */

struct other {
	attempt *make;
	pthread_t thread;
	sem_t is_there;
	sem_t is_inside;
	int result;
};

static void *
try_there(void *arg)
{
	struct other *other = arg;

	sem_post(&other->is_there);
	while (sem_wait(&other->is_inside) != 0)
		continue;
	other->result = other->make() >= 0 ? 0 : errno;
	return NULL;
}

static void
start_other(void *arg)
{
	struct other *other = arg;

	if (sem_init(&other->is_there, 0, 0) != 0 ||
	    sem_init(&other->is_inside, 0, 0) != 0 ||
	    pthread_create(&other->thread, NULL, try_there, other) != 0)
		_exit(254);
	while (sem_wait(&other->is_there) != 0)
		continue;
}

/* The status of what the other thread tries once this one is inside. */
static int
status_beside(attempt *make)
{
	struct other other = { .make = make };
	const struct sandbox_needs needs = {
		.capture_fds = capture_fds,
		.capture_count = ARRAY_LEN(capture_fds),
		.opener_fd = { -1, -1, -1, -1 },
		.terminal_fd = -1,
		.start_threads = start_other, .arg = &other,
	};
	char reason[SANDBOX_REASON_SIZE];
	int status;
	const pid_t pid = fork();

	if (pid == 0) {
		if (sandbox_renounce(false) != 0 ||
		    sandbox_enter(&needs, reason) != SANDBOX_ENTERED)
			_exit(255);
		sem_post(&other.is_inside);
		pthread_join(other.thread, NULL);
		_exit(other.result);
	}
	ck_assert(pid > 0);
	ck_assert(waitpid(pid, &status, 0) == pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

START_TEST(refused_to_other_threads)
{
	const int status = status_beside(attempts[_i].make);

	if (HAS_SECCOMP)
		ck_assert_int_eq(status, EPERM);
	else
		ck_assert(!attempts[_i].is_path || status == EACCES);
}
END_TEST

START_TEST(packets_leave_no_other_thread)
{
	ck_assert_int_eq(status_beside(send_by_write), EPERM);
}
END_TEST

static Suite *
suite(bool has_capture)
{
	Suite *s = suite_create("sandbox");
	TCase *t = tcase_create("inside");

	tcase_add_loop_test(t, refused_while_reading_files, 0,
	    (int)ARRAY_LEN(attempts));
	tcase_add_loop_test(t, refused_while_capturing, 0,
	    (int)ARRAY_LEN(attempts));
	tcase_add_loop_test(t, needed_and_allowed, 0, (int)ARRAY_LEN(needed));
	tcase_add_test(t, ends_by_its_own_signals);
	tcase_add_test(t, other_sockets_are_not_asked);
	tcase_add_loop_test(t, finder_reads_and_does_nothing_else, 0,
	    ARRAY_LEN(finder_attempts));
	tcase_add_test(t, opener_opens_beneath_one_directory);
	tcase_add_test(t, replacer_renames_beneath_one_directory);
	tcase_add_loop_test(t, refused_to_opener, 0,
	    (int)ARRAY_LEN(opener_attempts));
	tcase_add_test(t, modes_of_one_terminal);
	tcase_add_test(t, opened_again_inside);
	tcase_add_test(t, end_of_opener_is_an_error);
	tcase_add_test(t, series_keeps_inputs);
	tcase_add_loop_test(t, refused_to_other_threads, 0,
	    (int)ARRAY_LEN(attempts));
	suite_add_tcase(s, t);
	/* Without seccomp the attempts succeed, and leave another socket. */
	if (!has_capture || !HAS_SECCOMP)
		return s;
	t = tcase_create("capture");
	tcase_add_loop_test(t, packets_leave_outside_only, 0,
	    (int)ARRAY_LEN(sendings));
	tcase_add_test(t, packets_leave_no_other_thread);
	tcase_add_test(t, packets_arrive_inside);
	tcase_add_test(t, opened_where_the_capture_socket_was);
	suite_add_tcase(s, t);
	return s;
}

/* Is there a sandbox to test? */
static bool
can_enter(void)
{
	char reason[SANDBOX_REASON_SIZE] = "none in this program";
	int status;
	const pid_t pid = fork();

	if (pid == 0)
		_exit(sandbox_renounce(false) != 0 ? SANDBOX_FAILED :
		    (int)sandbox_enter(&file_needs, reason));
	return pid > 0 && waitpid(pid, &status, 0) == pid &&
	    WIFEXITED(status) && WEXITSTATUS(status) != SANDBOX_NONE &&
	    WEXITSTATUS(status) != SANDBOX_MISSING;
}

static bool
make_files(void)
{
	if (mkdtemp(own_path) == NULL)
		return false;
	directory = open(own_path, O_RDONLY | O_DIRECTORY);
	plain_file = openat(directory, "kept", O_RDWR | O_CREAT, 0600);
	opener_socket = dup(plain_file);
	return directory >= 0 && plain_file >= 0 && opener_socket >= 0;
}

static void
remove_files(void)
{
	unlinkat(directory, "kept", 0);
	unlinkat(directory, "again", 0);
	rmdir(own_path);
}

int
main(void)
{
	char what[160];
	bool has_capture;
	int failed;

	sandbox_describe(what, sizeof(what));
	if (!can_enter()) {
		printf("1..0 # SKIP sandbox: %s\n", what);
		return 0;
	}
	if (!make_files())
		return 99;
	has_capture = open_capture();
	if (!has_capture)
		printf("# not root: no socket that captures\n");
	failed = check_main(suite(has_capture));
	remove_files();
	return failed;
}
