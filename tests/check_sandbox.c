/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From inside: what must be refused is, and what the program needs is not.
 * Each attempt is made by a process of its own, for there is no way out.
 */
#include "config.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
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
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/compiler.h"
#include "capture/sandbox.h"
#include "check_main.h"

#define BIG	(64 << 20)	/* octets: memory from the system, not the heap */

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

static const struct sandbox_needs file_needs = { .directory = -1 };
static const struct sandbox_needs live_needs = {
	.is_live = true, .directory = -1,
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

#ifdef HAVE_LIBSECCOMP
	ck_assert_int_eq(status, EPERM);
#else
	ck_assert(!attempts[at].is_path || status == EACCES);
#endif
}

START_TEST(refused_to_who_reads_files)
{
	assert_refused(&file_needs, _i);
}
END_TEST

START_TEST(refused_to_who_watches)
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
	char octet = 'x';

	return lseek(plain_file, 0, SEEK_SET) == 0 &&
	    write(plain_file, &octet, 1) == 1 &&
	    pread(plain_file, &octet, 1, 0) == 1 ? 0 : -1;
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
	char octets[16];

	return getentropy(octets, sizeof(octets));
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

static int
ask_interface(void)
{
	int error;
	socklen_t size = sizeof(error);

	/* Of a file that is no socket: the kernel answers, not the fence. */
	return getsockopt(plain_file, SOL_SOCKET, SO_ERROR, &error, &size) < 0
	    && errno == ENOTSOCK ? 0 : -1;
}

START_TEST(interfaces_are_asked_by_who_watches)
{
	ck_assert_int_eq(status_inside(&live_needs, ask_interface), 0);
#ifdef HAVE_LIBSECCOMP
	ck_assert_int_eq(status_inside(&file_needs, ask_interface), EPERM);
#endif
}
END_TEST

/* ---- one file that is opened again ---- */

static int
reopen(void)
{
	return openat(directory, "again", O_WRONLY | O_CREAT | O_APPEND |
	    O_CLOEXEC, 0600);
}

static int
reopen_to_read(void)
{
	return openat(directory, "kept", O_RDONLY);
}

static int
reopen_truncated(void)
{
	return openat(directory, "kept", O_WRONLY | O_CREAT | O_TRUNC, 0600);
}

static int
reopen_above(void)
{
	return openat(directory, "../check_sandbox_above", O_WRONLY |
	    O_CREAT | O_APPEND, 0600);
}

static int
reopen_elsewhere(void)
{
	return openat(directory, "/tmp/check_sandbox_above", O_WRONLY |
	    O_CREAT | O_APPEND, 0600);
}

static bool
has_landlock(void)
{
	char what[160];

	sandbox_describe(what, sizeof(what));
	return strstr(what, "no Landlock") == NULL;
}

START_TEST(one_directory_may_be_written_to)
{
	const struct sandbox_needs needs = { .directory = directory };
	int above;

	ck_assert_int_eq(status_inside(&needs, reopen), 0);
	ck_assert_int_ne(status_inside(&needs, reopen_to_read), 0);
	ck_assert_int_ne(status_inside(&needs, reopen_truncated), 0);
	/* Paths are Landlock's business. */
	above = status_inside(&needs, reopen_above);
	ck_assert(above == EACCES || !has_landlock());
	above = status_inside(&needs, reopen_elsewhere);
	ck_assert(above == EACCES || !has_landlock());
	ck_assert_int_ne(status_inside(&file_needs, reopen), 0);
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
status_beside(int in, attempt *make)
{
	struct other other = { .make = make };
	const struct sandbox_needs needs = {
		.directory = in, .start_threads = start_other, .arg = &other,
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
	const int status = status_beside(-1, attempts[_i].make);

#ifdef HAVE_LIBSECCOMP
	ck_assert_int_eq(status, EPERM);
#else
	ck_assert(!attempts[_i].is_path || status == EACCES);
#endif
}
END_TEST

START_TEST(paths_are_fenced_for_other_threads)
{
	const int above = status_beside(directory, reopen_above);

	ck_assert_int_eq(status_beside(directory, reopen), 0);
	ck_assert(above == EACCES || !has_landlock());
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("sandbox");
	TCase *t = tcase_create("inside");

	tcase_add_loop_test(t, refused_to_who_reads_files, 0,
	    (int)ARRAY_LEN(attempts));
	tcase_add_loop_test(t, refused_to_who_watches, 0,
	    (int)ARRAY_LEN(attempts));
	tcase_add_loop_test(t, needed_and_allowed, 0, (int)ARRAY_LEN(needed));
	tcase_add_test(t, ends_by_its_own_signals);
	tcase_add_test(t, interfaces_are_asked_by_who_watches);
	tcase_add_test(t, one_directory_may_be_written_to);
	tcase_add_loop_test(t, refused_to_other_threads, 0,
	    (int)ARRAY_LEN(attempts));
	tcase_add_test(t, paths_are_fenced_for_other_threads);
	suite_add_tcase(s, t);
	return s;
}

/* Is there anything to test here? */
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
	return directory >= 0 && plain_file >= 0;
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
	int failed;

	sandbox_describe(what, sizeof(what));
	if (!can_enter()) {
		printf("1..0 # SKIP sandbox: %s\n", what);
		return 0;
	}
	if (!make_files())
		return 99;
	failed = check_main(suite());
	remove_files();
	return failed;
}
