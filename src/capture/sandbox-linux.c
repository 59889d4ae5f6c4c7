/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * See sandbox.h.  Two fences of Linux, either of which stands alone where the
 * kernel or the build has no other: seccomp knows system calls and their
 * numbers, but no paths; Landlock knows paths, and no other calls.
 */
#include "config.h"

#include "capture/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
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

/*
 * Landlock, see landlock(7).  The kernel's header may be older than the
 * kernel, and the numbers are the same on all machines.
 */
#define LANDLOCK_CREATE		444
#define LANDLOCK_ADD_RULE	445
#define LANDLOCK_RESTRICT_SELF	446
#define LANDLOCK_GET_VERSION	(UINT32_C(1) << 0)
#define LANDLOCK_PATH_BENEATH	1

#define LANDLOCK_WRITE_FILE	(UINT64_C(1) << 1)
#define LANDLOCK_MAKE_REG	(UINT64_C(1) << 8)

struct landlock_attr {
	uint64_t fs;
	uint64_t net;		/* since ABI 4 */
	uint64_t scoped;	/* since ABI 6 */
};

struct landlock_path {
	uint64_t access;
	int32_t directory;
};	/* the kernel's is packed, which moves nothing */

/* What each version of the interface can forbid, in bits from the lowest. */
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

/* A set of rules that forbids all that this kernel can.  -1 with errno. */
static int
forbid_all(long abi)
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

/* 0 or an errno value. */
static int
enter_landlock(const struct sandbox_needs *needs, long abi)
{
	const struct landlock_path path = {
		.access = LANDLOCK_WRITE_FILE | LANDLOCK_MAKE_REG,
		.directory = needs->directory,
	};
	const int rules = forbid_all(abi);
	int error = 0;

	if (rules < 0)
		return errno;
	if ((needs->directory >= 0 && syscall(LANDLOCK_ADD_RULE, rules,
	    LANDLOCK_PATH_BENEATH, &path, UINT32_C(0)) != 0) ||
	    syscall(LANDLOCK_RESTRICT_SELF, rules, UINT32_C(0)) != 0)
		error = errno;
	close(rules);
	return error;
}

#ifdef HAVE_LIBSECCOMP

/* Numbers are compared as the 32 bits that the kernel looks at. */
#define LOW_HALF	UINT64_C(0xffffffff)

/*
 * What computing, reading and writing takes in the C libraries that we know,
 * on machines old and new; names that a machine does not have are left out.
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

/* An interface: its ring, its counts. */
static const char *const live_calls[] = {
	"getsockopt", "recvfrom", "recvmsg",
};

/* Calls that are allowed when one of their arguments is this. */
struct guarded_call {
	const char *name;
	unsigned argument;
	uint64_t mask;		/* of the argument */
	uint64_t value;		/* of the masked argument */
};

static const struct guarded_call guarded_calls[] = {
	/* Memory that can be executed would be a way in for code. */
	{ "mmap", 2, PROT_EXEC, 0 },
	{ "mmap2", 2, PROT_EXEC, 0 },
	{ "mprotect", 2, PROT_EXEC, 0 },
	{ "fcntl", 1, LOW_HALF, F_GETFL },
	{ "fcntl64", 1, LOW_HALF, F_GETFL },
	/* Is it a terminal?  Each library asks in its own way. */
	{ "ioctl", 1, LOW_HALF, TCGETS },
	{ "ioctl", 1, LOW_HALF, TIOCGWINSZ },
};

static const struct guarded_call live_guarded_calls[] = {
	{ "ioctl", 1, LOW_HALF, SIOCGIFFLAGS },
	{ "ioctl", 1, LOW_HALF, SIOCGIFNAME },
	/* The ring is given back. */
	{ "setsockopt", 1, LOW_HALF, SOL_PACKET },
};

/* Each returns 0 or a negative errno value, as libseccomp does. */

static int
allow_all(scmp_filter_ctx filter, const char *const *names, size_t count)
{
	int result = 0;

	for (size_t i = 0; i < count && result == 0; i++) {
		const int number = seccomp_syscall_resolve_name(names[i]);

		if (number != __NR_SCMP_ERROR)
			result = seccomp_rule_add_array(filter,
			    SCMP_ACT_ALLOW, number, 0, NULL);
	}
	return result;
}

static int
allow_guarded(scmp_filter_ctx filter, const struct guarded_call *calls,
    size_t count)
{
	int result = 0;

	for (size_t i = 0; i < count && result == 0; i++) {
		const struct guarded_call *call = &calls[i];
		const int number = seccomp_syscall_resolve_name(call->name);
		const struct scmp_arg_cmp guard = SCMP_CMP(call->argument,
		    SCMP_CMP_MASKED_EQ, call->mask, call->value);

		if (number != __NR_SCMP_ERROR)
			result = seccomp_rule_add_array(filter,
			    SCMP_ACT_ALLOW, number, 1, &guard);
	}
	return result;
}

/* A signal to ourselves: abort(3), and the end by SIGPIPE. */
static int
allow_raise(scmp_filter_ctx filter)
{
	const struct scmp_arg_cmp self = SCMP_CMP(0, SCMP_CMP_MASKED_EQ,
	    LOW_HALF, (uint64_t)getpid());

	return seccomp_rule_add_array(filter, SCMP_ACT_ALLOW,
	    SCMP_SYS(tgkill), 1, &self);
}

/* To write on, in that directory; Landlock sees to it that it is there. */
static int
allow_reopening(scmp_filter_ctx filter, int directory)
{
	const uint64_t ways = O_ACCMODE | O_CREAT | O_TRUNC | O_APPEND;
	const struct scmp_arg_cmp guards[] = {
		SCMP_CMP(0, SCMP_CMP_MASKED_EQ, LOW_HALF,
		    (uint64_t)directory),
		SCMP_CMP(2, SCMP_CMP_MASKED_EQ, ways,
		    O_WRONLY | O_CREAT | O_APPEND),
	};

	return seccomp_rule_add_array(filter, SCMP_ACT_ALLOW,
	    SCMP_SYS(openat), ARRAY_LEN(guards), guards);
}

static int
allow_needed(scmp_filter_ctx filter, const struct sandbox_needs *needs)
{
	int result = allow_all(filter, common_calls, ARRAY_LEN(common_calls));

	if (result == 0)
		result = allow_guarded(filter, guarded_calls,
		    ARRAY_LEN(guarded_calls));
	if (result == 0)
		result = allow_raise(filter);
	if (result == 0 && needs->directory >= 0)
		result = allow_reopening(filter, needs->directory);
	if (result == 0 && needs->is_live)
		result = allow_all(filter, live_calls, ARRAY_LEN(live_calls));
	if (result == 0 && needs->is_live)
		result = allow_guarded(filter, live_guarded_calls,
		    ARRAY_LEN(live_guarded_calls));
	return result;
}

static bool
has_seccomp(void)
{
	return prctl(PR_GET_SECCOMP, 0, 0, 0, 0) >= 0;
}

/* 0 or an errno value. */
static int
enter_seccomp(const struct sandbox_needs *needs)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	int result;

	if (filter == NULL)
		return ENOMEM;
	/* All threads that there are. */
	result = seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1);
	if (result == 0)
		result = allow_needed(filter, needs);
	if (result == 0)
		result = seccomp_load(filter);
	seccomp_release(filter);
	return -result;
}

static void
describe_seccomp(char *buf, size_t size)
{
	const struct scmp_version *version = seccomp_version();

	snprintf(buf, size, "seccomp (libseccomp %u.%u.%u)%s",
	    version->major, version->minor, version->micro,
	    has_seccomp() ? "" : ", which this kernel lacks");
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

static void
describe_seccomp(char *buf, size_t size)
{
	snprintf(buf, size, "compiled without libseccomp");
}

#endif

static int
drop_capabilities(void)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	const struct __user_cap_data_struct none[
	    _LINUX_CAPABILITY_U32S_3] = { { 0, 0, 0 } };

	return syscall(SYS_capset, &header, none) == 0 ? 0 : errno;
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

enum sandbox_result
sandbox_enter(const struct sandbox_needs *needs,
    char ret_reason[SANDBOX_REASON_SIZE])
{
	const long abi = landlock_abi();
	const bool seccomp = has_seccomp();
	int error;

	/* Landlock first: seccomp would refuse it, and threads inherit it. */
	if (abi > 0 && (error = enter_landlock(needs, abi)) != 0)
		return fail(ret_reason, "Landlock", error);
	if (needs->start_threads != NULL)
		needs->start_threads(needs->arg);
	if (seccomp && (error = enter_seccomp(needs)) != 0)
		return fail(ret_reason, "seccomp", error);
	if (abi > 0 || seccomp)
		return SANDBOX_ENTERED;
	snprintf(ret_reason, SANDBOX_REASON_SIZE,
	    "neither Landlock nor seccomp is available here");
	return SANDBOX_MISSING;
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
