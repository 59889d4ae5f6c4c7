/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * See sandbox.h.  Linux has two mechanisms, and each is used alone where the
 * kernel or the build lacks the other: seccomp filters system calls by number
 * and arguments, but cannot see paths; Landlock restricts paths, and few other
 * calls.
 */
#include "config.h"

#include "capture/sandbox.h"

#include <asm/termbits.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>
#ifdef HAVE_LIBSECCOMP
#include <seccomp.h>
#endif

#include "base/compiler.h"
#include "capture/capabilities.h"

/*
 * Landlock, see landlock(7).  The system's header may be older than the
 * kernel; the numbers are the same on all architectures.
 */
#define LANDLOCK_CREATE		444
#define LANDLOCK_ADD_RULE	445
#define LANDLOCK_RESTRICT_SELF	446
#define LANDLOCK_GET_VERSION	(UINT32_C(1) << 0)
#define LANDLOCK_PATH_BENEATH	1

#define LANDLOCK_WRITE_FILE	(UINT64_C(1) << 1)
#define LANDLOCK_REMOVE_FILE	(UINT64_C(1) << 5)
#define LANDLOCK_MAKE_REG	(UINT64_C(1) << 8)

struct landlock_attr {
	uint64_t fs;
	uint64_t net;		/* since ABI 4 */
	uint64_t scoped;	/* since ABI 6 */
};

struct landlock_path {
	uint64_t access;
	int32_t directory;
};	/* the kernel's is packed, which makes no difference here */

/* The rights that each ABI knows, as a number of bits from the lowest. */
static const struct {
	int abi;
	unsigned fs, net, scoped;
} landlock_abis[] = {
	{ 6, 16, 2, 2 },	/* abstract sockets, signals */
	{ 5, 16, 2, 0 },	/* ioctl on devices */
	{ 4, 15, 2, 0 },	/* TCP: bind, connect */
	{ 3, 15, 0, 0 },	/* truncate */
	{ 2, 14, 0, 0 },	/* link and rename between directories */
	{ 1, 13, 0, 0 },
};

static long
landlock_abi(void)
{
	return syscall(LANDLOCK_CREATE, NULL, (size_t)0,
	    LANDLOCK_GET_VERSION);
}

static uint64_t
bits(unsigned count)
{
	return (UINT64_C(1) << count) - 1;
}

/* Create a ruleset that denies all rights of this ABI.  -1 with errno. */
static int
deny_all(long abi)
{
	struct landlock_attr attr = { 0, 0, 0 };
	size_t size = sizeof(attr.fs), i = 0;

	while (landlock_abis[i].abi > abi)
		i++;
	attr.fs = bits(landlock_abis[i].fs);
	attr.net = bits(landlock_abis[i].net);
	attr.scoped = bits(landlock_abis[i].scoped);
	if (attr.net != 0)
		size += sizeof(attr.net);
	if (attr.scoped != 0)
		size += sizeof(attr.scoped);
	return (int)syscall(LANDLOCK_CREATE, &attr, size, UINT32_C(0));
}

/*
 * Deny everything but files beneath `directory`, if that is not -1; they can
 * be removed and renamed if it `replaces` files.
 */
static int
enter_landlock(long abi, int directory, bool replaces)
{
	const struct landlock_path path = {
		.access = LANDLOCK_WRITE_FILE | LANDLOCK_MAKE_REG |
		    (replaces ? LANDLOCK_REMOVE_FILE : 0),
		.directory = directory,
	};
	const int rules = deny_all(abi);
	int error = 0;

	if (rules < 0)
		return errno;
	if ((directory >= 0 && syscall(LANDLOCK_ADD_RULE, rules,
	    LANDLOCK_PATH_BENEATH, &path, UINT32_C(0)) != 0) ||
	    syscall(LANDLOCK_RESTRICT_SELF, rules, UINT32_C(0)) != 0)
		error = errno;
	close(rules);
	return error;
}

#ifdef HAVE_LIBSECCOMP

/*
 * The kernel uses the low 32 bits of an argument that is an int.  To compare
 * all 64 would let one through that differs in the others only.
 */
#define LOW_HALF	UINT64_C(0xffffffff)

/*
 * The calls by which the C libraries known to us compute, read and write, on
 * old and new architectures.  Names that an architecture lacks are skipped.
 */
static const char *const common_calls[] = {
	"brk", "madvise", "mremap", "munmap",
	"_llseek", "close", "lseek", "pread64", "read", "readv", "write",
	"writev",
	"fstat", "fstat64", "newfstatat", "fstatat64", "statx",
	"poll", "ppoll", "ppoll_time64", "restart_syscall",
	"clock_gettime", "clock_gettime64", "gettimeofday", "time",
	"futex", "futex_time64", "getpid", "getrandom", "gettid",
	"sched_yield", "sysinfo",
	"rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "sigreturn",
	"exit", "exit_group",
};

/* The same for the opener. */
static const char *const opener_calls[] = {
	"close", "read", "restart_syscall", "rt_sigreturn", "sigreturn",
	"clock_gettime", "clock_gettime64", "gettimeofday", "time",
	"newfstatat", "fstatat64", "statx",
	"exit", "exit_group",
};

/* The same for the finder. */
static const char *const finder_calls[] = {
	"close", "read", "write", "lseek", "_llseek",
	"getdents64", "readlinkat", "poll", "ppoll", "ppoll_time64",
	"restart_syscall", "rt_sigreturn", "sigreturn",
	"clock_gettime", "clock_gettime64", "gettimeofday", "time",
	"exit", "exit_group",
};

/* Calls allowed on the finder's sockets. */
static const char *const finder_socket_calls[] = {
	"send", "sendto", "recv", "recvfrom",
};

/* Calls allowed on the sockets that capture. */
static const char *const capture_calls[] = {
	"getsockopt", "recvfrom", "recvmsg",
};

/*
 * Calls of the lists above by which a packet could be sent.  They stay allowed
 * on all other descriptors; sendto(2) and its kin are not allowed at all.
 */
static const char *const sending_calls[] = {
	"write", "writev",
};

/* Calls that are allowed if one of their arguments has this value. */
struct guarded_call {
	const char *name;
	unsigned argument;
	uint64_t mask;		/* of the argument */
	uint64_t value;		/* of the masked argument */
};

static const struct guarded_call guarded_calls[] = {
	/* Memory that can be executed would let code in. */
	{ "mmap", 2, PROT_EXEC, 0 },
	{ "mmap2", 2, PROT_EXEC, 0 },
	{ "mprotect", 2, PROT_EXEC, 0 },
	{ "fcntl", 1, LOW_HALF, F_GETFL },
	{ "fcntl64", 1, LOW_HALF, F_GETFL },
	/* isatty(3), as glibc and musl implement it. */
	{ "ioctl", 1, LOW_HALF, TCGETS },
	{ "ioctl", 1, LOW_HALF, TIOCGWINSZ },
};

/* State and name of the interface. */
static const struct guarded_call live_guarded_calls[] = {
	{ "ioctl", 1, LOW_HALF, SIOCGIFFLAGS },
	{ "ioctl", 1, LOW_HALF, SIOCGIFNAME },
};

/* The functions below return 0 or a negative errno value, as libseccomp's. */

/* One rule for each of the calls that this architecture has. */
static int
add_rules(scmp_filter_ctx filter, uint32_t action, const char *const *names,
    size_t count, unsigned guards, const struct scmp_arg_cmp *guard)
{
	int result = 0;

	for (size_t i = 0; i < count && result == 0; i++) {
		const int number = seccomp_syscall_resolve_name(names[i]);

		if (number != __NR_SCMP_ERROR)
			result = seccomp_rule_add_array(filter, action,
			    number, guards, guard);
	}
	return result;
}

/* The same, for calls whose first argument is the descriptor `fd`. */
static int
add_rules_on(scmp_filter_ctx filter, uint32_t action,
    const char *const *names, size_t count, int fd)
{
	const struct scmp_arg_cmp guard = SCMP_CMP(0, SCMP_CMP_MASKED_EQ,
	    LOW_HALF, (uint64_t)fd);

	return add_rules(filter, action, names, count, 1, &guard);
}

static int
allow_guarded(scmp_filter_ctx filter, const struct guarded_call *calls,
    size_t count)
{
	int result = 0;

	for (size_t i = 0; i < count && result == 0; i++) {
		const struct guarded_call *call = &calls[i];
		const struct scmp_arg_cmp guard = SCMP_CMP(call->argument,
		    SCMP_CMP_MASKED_EQ, call->mask, call->value);

		result = add_rules(filter, SCMP_ACT_ALLOW, &call->name, 1, 1,
		    &guard);
	}
	return result;
}

/* A signal to this process: abort(3), and the end by SIGPIPE. */
static int
allow_raise(scmp_filter_ctx filter)
{
	const struct scmp_arg_cmp self = SCMP_CMP(0, SCMP_CMP_MASKED_EQ,
	    LOW_HALF, (uint64_t)getpid());

	return seccomp_rule_add_array(filter, SCMP_ACT_ALLOW,
	    SCMP_SYS(tgkill), 1, &self);
}

static int
allow_capture(scmp_filter_ctx filter, const struct sandbox_needs *needs)
{
	int result = 0;

	for (size_t i = 0; i < needs->capture_count && result == 0; i++)
		result = add_rules_on(filter, SCMP_ACT_ALLOW, capture_calls,
		    ARRAY_LEN(capture_calls), needs->capture_fds[i]);
	return result != 0 ? result : allow_guarded(filter,
	    live_guarded_calls, ARRAY_LEN(live_guarded_calls));
}

/* tcsetattr(3), on one descriptor. */
static int
allow_terminal(scmp_filter_ctx filter, int fd)
{
	static const uint64_t requests[] = {
		TCSETS, TCSETSW, TCSETSF,
#ifdef TCSETS2
		TCSETS2, TCSETSW2, TCSETSF2,	/* newer C libraries */
#endif
	};
	int result = 0;

	for (size_t i = 0; i < ARRAY_LEN(requests) && result == 0; i++) {
		const struct scmp_arg_cmp guards[] = {
			SCMP_CMP(0, SCMP_CMP_MASKED_EQ, LOW_HALF,
			    (uint64_t)fd),
			SCMP_CMP(1, SCMP_CMP_MASKED_EQ, LOW_HALF,
			    requests[i]),
		};

		result = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW,
		    SCMP_SYS(ioctl), ARRAY_LEN(guards), guards);
	}
	return result;
}

static int
allow_needed(scmp_filter_ctx filter, const struct sandbox_needs *needs)
{
	static const char *const receive = "recvmsg";
	int result = add_rules(filter, SCMP_ACT_ALLOW, common_calls,
	    ARRAY_LEN(common_calls), 0, NULL);

	if (result == 0)
		result = allow_guarded(filter, guarded_calls,
		    ARRAY_LEN(guarded_calls));
	if (result == 0)
		result = allow_raise(filter);
	if (result == 0 && needs->capture_count > 0)
		result = allow_capture(filter, needs);
	if (result == 0 && needs->terminal_fd >= 0)
		result = allow_terminal(filter, needs->terminal_fd);
	for (size_t i = 0; i < SANDBOX_OPENERS; i++)
		if (result == 0 && needs->opener_fd[i] >= 0)
			result = add_rules_on(filter, SCMP_ACT_ALLOW,
			    &receive, 1, needs->opener_fd[i]);
	return result;
}

/*
 * Open to append, or to create, relative to `directory`: Landlock keeps the
 * path there.
 */
static int
allow_opening(scmp_filter_ctx filter, int directory, bool replaces)
{
	const uint64_t flags = O_ACCMODE | O_CREAT | O_TRUNC | O_APPEND |
	    O_EXCL;
	const struct scmp_arg_cmp guards[] = {
		SCMP_CMP(0, SCMP_CMP_MASKED_EQ, LOW_HALF,
		    (uint64_t)directory),
		SCMP_CMP(2, SCMP_CMP_MASKED_EQ, flags,
		    (uint64_t)(O_WRONLY | O_CREAT |
		    (replaces ? O_EXCL : O_APPEND))),
	};

	return seccomp_rule_add_array(filter, SCMP_ACT_ALLOW,
	    SCMP_SYS(openat), ARRAY_LEN(guards), guards);
}

/* Rename within `directory`, and remove from it. */
static int
allow_replacing(scmp_filter_ctx filter, int directory)
{
	const struct scmp_arg_cmp guards[] = {
		SCMP_CMP(0, SCMP_CMP_MASKED_EQ, LOW_HALF,
		    (uint64_t)directory),
		SCMP_CMP(2, SCMP_CMP_MASKED_EQ, LOW_HALF,
		    (uint64_t)directory),
	};
	int result = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW,
	    SCMP_SYS(unlinkat), 1, guards);

	if (result == 0)
		result = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW,
		    SCMP_SYS(renameat), ARRAY_LEN(guards), guards);
	if (result == 0)
		result = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW,
		    SCMP_SYS(renameat2), ARRAY_LEN(guards), guards);
	return result;
}

/* Load the filter for all threads, if it was built without an error. */
static int
load_and_release(scmp_filter_ctx filter, int result)
{
	if (result == 0)
		result = seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1);
	if (result == 0)
		result = seccomp_load(filter);
	seccomp_release(filter);
	return result;
}

/*
 * A second filter, because no rule of libseccomp can compare the low half of an
 * argument for "any descriptor but this one".  The kernel applies the stricter
 * of two filters.
 */
static int
deny_sending(const struct sandbox_needs *needs)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
	int result = 0;

	if (filter == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < needs->capture_count && result == 0; i++)
		result = add_rules_on(filter, SCMP_ACT_ERRNO(EPERM),
		    sending_calls, ARRAY_LEN(sending_calls),
		    needs->capture_fds[i]);
	return load_and_release(filter, result);
}

static int
allow_only_needed(const struct sandbox_needs *needs)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));

	if (filter == NULL)
		return -ENOMEM;
	return load_and_release(filter, allow_needed(filter, needs));
}

/* Return 0 or an errno value. */
static int
enter_seccomp(const struct sandbox_needs *needs)
{
	int result = 0;

	if (needs->capture_count > 0)
		result = deny_sending(needs);
	if (result == 0)
		result = allow_only_needed(needs);
	return -result;
}

static int
enter_seccomp_opener(int directory, int socket, bool replaces)
{
	static const char *const send = "sendmsg";
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	int result;

	if (filter == NULL)
		return ENOMEM;
	result = add_rules(filter, SCMP_ACT_ALLOW, opener_calls,
	    ARRAY_LEN(opener_calls), 0, NULL);
	if (result == 0)
		result = add_rules_on(filter, SCMP_ACT_ALLOW, &send, 1,
		    socket);
	if (result == 0)
		result = allow_opening(filter, directory, replaces);
	if (result == 0 && replaces)
		result = allow_replacing(filter, directory);
	return -load_and_release(filter, result);
}

/* Open to read, whatever the path: seccomp cannot see paths. */
static int
allow_reading(scmp_filter_ctx filter)
{
	const struct scmp_arg_cmp guard = SCMP_CMP(2, SCMP_CMP_MASKED_EQ,
	    (uint64_t)(O_ACCMODE | O_CREAT | O_TRUNC), O_RDONLY);

	return seccomp_rule_add_array(filter, SCMP_ACT_ALLOW,
	    SCMP_SYS(openat), 1, &guard);
}

static int
enter_seccomp_finder(const int sockets[SANDBOX_SOCKETS])
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	int result;

	if (filter == NULL)
		return ENOMEM;
	result = add_rules(filter, SCMP_ACT_ALLOW, finder_calls,
	    ARRAY_LEN(finder_calls), 0, NULL);
	for (size_t i = 0; i < SANDBOX_SOCKETS; i++)
		if (result == 0 && sockets[i] >= 0)
			result = add_rules_on(filter, SCMP_ACT_ALLOW,
			    finder_socket_calls,
			    ARRAY_LEN(finder_socket_calls), sockets[i]);
	if (result == 0)
		result = allow_reading(filter);
	return -load_and_release(filter, result);
}

static bool
has_seccomp(void)
{
	return prctl(PR_GET_SECCOMP, 0, 0, 0, 0) >= 0;
}

static void
describe_seccomp(char *buf, size_t size)
{
	const struct scmp_version *version = seccomp_version();

	snprintf(buf, size, "seccomp (libseccomp %u.%u.%u)%s",
	    version->major, version->minor, version->micro,
	    has_seccomp() ? "" : ", not supported by this kernel");
}

#else

static bool
has_seccomp(void)
{
	return false;
}

static int
enter_seccomp(const struct sandbox_needs *needs UNUSED)
{
	return ENOSYS;
}

static int
enter_seccomp_opener(int directory UNUSED, int socket UNUSED,
    bool replaces UNUSED)
{
	return ENOSYS;
}

static int
enter_seccomp_finder(const int sockets[SANDBOX_SOCKETS] UNUSED)
{
	return ENOSYS;
}

static void
describe_seccomp(char *buf, size_t size)
{
	snprintf(buf, size, "compiled without libseccomp");
}

#endif

static int
drop_capabilities(void)
{
	uint32_t kept;

	return capabilities_limit(0, &kept);
}

int
sandbox_renounce(bool keep)
{
	const int error = keep ? 0 : drop_capabilities();

	if (error != 0)
		return error;
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 ? 0 : errno;
}

static enum sandbox_result
fail(char *reason, const char *what, int error)
{
	snprintf(reason, SANDBOX_REASON_SIZE, "%s: %s", what,
	    strerror(error));
	return SANDBOX_FAILED;
}

static enum sandbox_result
find_missing(char *reason)
{
	snprintf(reason, SANDBOX_REASON_SIZE,
	    "the kernel supports neither Landlock nor seccomp");
	return SANDBOX_MISSING;
}

enum sandbox_result
sandbox_enter(const struct sandbox_needs *needs,
    char ret_reason[SANDBOX_REASON_SIZE])
{
	const long abi = landlock_abi();
	const bool seccomp = has_seccomp();
	int error;

	/* Landlock first: seccomp would refuse it, and threads inherit it. */
	if (abi > 0 && (error = enter_landlock(abi, -1, false)) != 0)
		return fail(ret_reason, "Landlock", error);
	if (needs->start_threads != NULL)
		needs->start_threads(needs->arg);
	if (seccomp && (error = enter_seccomp(needs)) != 0)
		return fail(ret_reason, "seccomp", error);
	return abi > 0 || seccomp ? SANDBOX_ENTERED :
	    find_missing(ret_reason);
}

enum sandbox_result
sandbox_enter_opener(int directory, int socket, bool replaces,
    char ret_reason[SANDBOX_REASON_SIZE])
{
	const long abi = landlock_abi();
	const bool seccomp = has_seccomp();
	int error;

	if (abi > 0 && (error = enter_landlock(abi, directory,
	    replaces)) != 0)
		return fail(ret_reason, "Landlock", error);
	if (seccomp && (error = enter_seccomp_opener(directory, socket,
	    replaces)) != 0)
		return fail(ret_reason, "seccomp", error);
	return abi > 0 || seccomp ? SANDBOX_ENTERED :
	    find_missing(ret_reason);
}

enum sandbox_result
sandbox_enter_finder(const int sockets[SANDBOX_SOCKETS],
    char ret_reason[SANDBOX_REASON_SIZE])
{
	const int error = has_seccomp() ? enter_seccomp_finder(sockets) :
	    ENOSYS;

	return error == 0 ? SANDBOX_ENTERED : fail(ret_reason, "seccomp",
	    error);
}

void
sandbox_describe(char *buf, size_t size)
{
	const long abi = landlock_abi();
	size_t len;

	describe_seccomp(buf, size);
	len = strlen(buf);
	if (abi > 0)
		snprintf(buf + len, size - len, ", Landlock (ABI %ld)", abi);
	else
		snprintf(buf + len, size - len,
		    ", no Landlock in this kernel");
}
