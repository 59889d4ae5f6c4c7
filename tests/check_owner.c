/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * --processes without a kernel: texts of proc(5) with odd names, messages of
 * sock_diag(7) cut and damaged, and the table of owners.
 */
#include "config.h"

#include <check.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/compiler.h"
#include "base/nstime.h"
#include "base/owner.h"
#include "capture/procfs.h"
#include "check_main.h"
#include "flow/conn.h"
#include "records/owners.h"
#include "tcp/analysis.h"
#include "tcp/judgement.h"
#include "tcp/state.h"

/* ---- proc(5) ---- */

#define DIGITS_64	"0123456789abcdef0123456789abcdef" \
			"0123456789abcdef0123456789abcdef"

START_TEST(only_decimal_names_are_processes)
{
	ck_assert_uint_eq(procfs_pid("1"), 1);
	ck_assert_uint_eq(procfs_pid("4194304"), 4194304);
	ck_assert_uint_eq(procfs_pid(""), 0);
	ck_assert_uint_eq(procfs_pid("self"), 0);
	ck_assert_uint_eq(procfs_pid("12x"), 0);
	ck_assert_uint_eq(procfs_pid("-1"), 0);
	ck_assert_uint_eq(procfs_pid("4294967296"), 0);
	ck_assert_uint_eq(procfs_pid("99999999999999999999999"), 0);
}
END_TEST

static uint32_t
socket_of(const char *target)
{
	/* Exactly as long as the text, without NUL. */
	const size_t len = strlen(target);
	char *text = malloc(len + 1);
	uint32_t inode;

	ck_assert_ptr_nonnull(text);
	memcpy(text, target, len);
	inode = procfs_socket(text, len);
	free(text);
	return inode;
}

START_TEST(only_sockets_have_inodes)
{
	ck_assert_uint_eq(socket_of("socket:[4711]"), 4711);
	ck_assert_uint_eq(socket_of("socket:[4294967295]"), UINT32_MAX);
	ck_assert_uint_eq(socket_of("socket:[4294967296]"), 0);
	ck_assert_uint_eq(socket_of("socket:[]"), 0);
	ck_assert_uint_eq(socket_of("socket:["), 0);
	ck_assert_uint_eq(socket_of("socket:[12"), 0);
	ck_assert_uint_eq(socket_of("socket:[1 2]"), 0);
	ck_assert_uint_eq(socket_of("pipe:[4711]"), 0);
	ck_assert_uint_eq(socket_of("/tmp/socket:[4711]"), 0);
	ck_assert_uint_eq(socket_of(""), 0);
}
END_TEST

static const char *
process_of(const char *text, size_t len)
{
	static char name[OWNER_PROCESS_SIZE];

	procfs_process(text, len, name);
	return name;
}

START_TEST(names_of_processes_are_harmless)
{
	ck_assert_str_eq(process_of("nginx\n", 6), "nginx");
	ck_assert_str_eq(process_of("a b\n", 4), "a b");
	/* A newline within, an escape sequence, quotes, UTF-8, a NUL. */
	ck_assert_str_eq(process_of("a\nb\n", 4), "a?b");
	ck_assert_str_eq(process_of("\033[31m\n", 6), "?[31m");
	ck_assert_str_eq(process_of("\"x\",\\\n", 6), "?x???");
	ck_assert_str_eq(process_of("\xc3\xa4\n", 3), "??");
	ck_assert_str_eq(process_of("a\0b\n", 4), "a?b");
	ck_assert_str_eq(process_of("\n", 1), "");
	ck_assert_str_eq(process_of("", 0), "");
	/* Kernel threads and workers may have longer names. */
	ck_assert_str_eq(process_of("0123456789abcdefgh\n", 19),
	    "0123456789abcde");
}
END_TEST

static const struct {
	const char *text;
	const char *cgroup;
} cgroups[] = {
	{ "0::/system.slice/nginx.service\n", "nginx.service" },
	{ "0::/user.slice/user-1000.slice/session-3.scope\n",
	    "session-3.scope" },
	{ "0::/system.slice/docker-" DIGITS_64 ".scope\n",
	    "docker-0123456789ab.scope" },
	{ "0::/kubepods.slice/cri-containerd-" DIGITS_64 ".scope\n",
	    "cri-containerd-0123456789ab.scope" },
	{ "0::/docker/" DIGITS_64 "\n", "0123456789ab" },
	/* A digit more or less is no identifier of a container. */
	{ "0::/x/" DIGITS_64 "0\n",
	    "0123456789abcdef0123456789abcdef0123456789abcde" },
	{ "0::/\n", "" },
	{ "0::\n", "" },
	{ "", "" },
	{ "\n\n", "" },
	{ "nonsense\n", "" },
	{ "1:\n0::/a\n", "a" },
	/* Version 1, alone and beside version 2. */
	{ "12:cpu,memory:/docker/" DIGITS_64 "\n11:pids:/x\n",
	    "0123456789ab" },
	{ "12:pids:/a\n1:name=systemd:/b\n0::/\n", "b" },
	{ "12:pids:/a\n1:name=systemd:/b\n0::/c\n", "c" },
	/* Names are chosen by users. */
	{ "0::/a:b/c\033[2Jd\"e\n", "c?[2Jd?e" },
	{ "0::/no newline", "no newline" },
};

START_TEST(control_groups_are_cut_to_what_names_them)
{
	char cgroup[OWNER_CGROUP_SIZE];
	const size_t len = strlen(cgroups[_i].text);
	char *text = malloc(len + 1);

	ck_assert_ptr_nonnull(text);
	memcpy(text, cgroups[_i].text, len);
	procfs_cgroup(text, len, cgroup);
	ck_assert_str_eq(cgroup, cgroups[_i].cgroup);
	/* Cut anywhere, it ends and stays within its size. */
	for (size_t cut = 0; cut < len; cut++)
		procfs_cgroup(text + cut, len - cut, cgroup);
	free(text);
}
END_TEST

/* ---- sock_diag(7) ---- */

#ifdef __linux__

#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "capture/sockdiag.h"

#define INFO_LEN	232	/* of a kernel of 2023 */
#define ATTRIBUTE(len)	((len) + sizeof(struct nlattr))

struct reply {
	struct nlmsghdr header;
	struct inet_diag_msg msg;
	struct nlattr other;
	uint8_t shutdown[4];
	struct nlattr attribute;
	uint8_t info[INFO_LEN];
};

static const struct owner_question question = {
	.number = 7,
	.address = { { 10, 0, 0, 1 }, { 10, 0, 0, 2 } },
	.port = { 40000, 443 },
	.ip_version = 4,
};

/* The kernel's answer about the second endpoint of the question. */
static struct reply
make_reply(void)
{
	static const uint32_t retrans = 3, min_rtt = 12000;
	struct reply reply = {
		.header = {
			.nlmsg_len = sizeof(reply),
			.nlmsg_type = SOCK_DIAG_BY_FAMILY,
		},
		.msg = {
			.idiag_family = AF_INET,
			.idiag_state = 1,
			.idiag_inode = 4711,
			.id = {
				.idiag_sport = htons(443),
				.idiag_dport = htons(40000),
				.idiag_src = { htonl(0x0a000002) },
				.idiag_dst = { htonl(0x0a000001) },
				.idiag_cookie = { 5, 6 },
			},
		},
		/* 1 byte, padded to 4. */
		.other = { ATTRIBUTE(1), INET_DIAG_SHUTDOWN },
		.attribute = { ATTRIBUTE(INFO_LEN), INET_DIAG_INFO },
	};

	memcpy(reply.info + 100, &retrans, sizeof(retrans));
	memcpy(reply.info + 148, &min_rtt, sizeof(min_rtt));
	return reply;
}

START_TEST(a_question_names_the_local_endpoint_first)
{
	uint8_t buf[SOCKDIAG_QUESTION_SIZE];
	struct inet_diag_req_v2 body;
	const size_t len = sockdiag_ask(buf, &question, 1);

	ck_assert_uint_eq(len, NLMSG_HDRLEN + sizeof(body));
	memcpy(&body, buf + NLMSG_HDRLEN, sizeof(body));
	ck_assert_int_eq(body.sdiag_family, AF_INET);
	ck_assert_int_eq(body.sdiag_protocol, IPPROTO_TCP);
	ck_assert_uint_eq(ntohs(body.id.idiag_sport), 443);
	ck_assert_uint_eq(ntohs(body.id.idiag_dport), 40000);
	ck_assert_uint_eq(ntohl(body.id.idiag_src[0]), 0x0a000002);
	ck_assert_uint_eq(ntohl(body.id.idiag_dst[0]), 0x0a000001);
}
END_TEST

START_TEST(an_answer_has_the_inode_and_the_figures)
{
	const struct reply reply = make_reply();
	struct sockdiag found;

	ck_assert(sockdiag_read((const uint8_t *)&reply, sizeof(reply),
	    &found));
	ck_assert_uint_eq(found.ip_version, 4);
	ck_assert_uint_eq(found.inode, 4711);
	ck_assert_uint_eq(found.cookie, UINT64_C(6) << 32 | 5);
	ck_assert_uint_eq(found.local_port, 443);
	ck_assert_uint_eq(found.remote_port, 40000);
	ck_assert_mem_eq(found.local, question.address[1], 16);
	ck_assert_mem_eq(found.remote, question.address[0], 16);
	ck_assert(found.has_info);
	ck_assert_uint_eq(found.retrans, 3);
	ck_assert_int_eq(found.min_rtt_ns, 12 * NS_PER_MS);
}
END_TEST

START_TEST(an_ipv4_connection_of_an_ipv6_socket_is_one_of_ipv4)
{
	struct reply reply = make_reply();
	struct sockdiag found;

	reply.msg.idiag_family = AF_INET6;
	reply.msg.id.idiag_src[3] = reply.msg.id.idiag_src[0];
	reply.msg.id.idiag_dst[3] = reply.msg.id.idiag_dst[0];
	reply.msg.id.idiag_src[0] = reply.msg.id.idiag_dst[0] = 0;
	reply.msg.id.idiag_src[2] = reply.msg.id.idiag_dst[2] =
	    htonl(0xffff);
	ck_assert(sockdiag_read((const uint8_t *)&reply, sizeof(reply),
	    &found));
	ck_assert_uint_eq(found.ip_version, 4);
	ck_assert_mem_eq(found.local, question.address[1], 16);
	ck_assert_mem_eq(found.remote, question.address[0], 16);
}
END_TEST

/* Read the first `len` bytes, in memory of exactly that size. */
static bool
read_cut(const struct reply *reply, size_t len, struct sockdiag *ret)
{
	uint8_t *bytes = malloc(len > 0 ? len : 1);
	bool is_read;

	ck_assert_ptr_nonnull(bytes);
	memcpy(bytes, reply, len);
	is_read = sockdiag_read(bytes, len, ret);
	free(bytes);
	return is_read;
}

START_TEST(sockets_without_an_owner_are_refused)
{
	struct reply reply = make_reply();
	struct sockdiag found;

	reply.msg.idiag_state = 10;	/* LISTEN */
	ck_assert(!read_cut(&reply, sizeof(reply), &found));
	reply.msg.idiag_state = 6;	/* TIME-WAIT */
	ck_assert(!read_cut(&reply, sizeof(reply), &found));
	reply = make_reply();
	reply.msg.id.idiag_dport = 0;
	ck_assert(!read_cut(&reply, sizeof(reply), &found));
	reply = make_reply();
	reply.msg.idiag_family = AF_UNIX;
	ck_assert(!read_cut(&reply, sizeof(reply), &found));
	reply = make_reply();
	reply.header.nlmsg_type = NLMSG_ERROR;
	ck_assert(!read_cut(&reply, sizeof(reply), &found));
}
END_TEST

START_TEST(a_cut_answer_is_refused)
{
	struct reply reply = make_reply();
	struct sockdiag found;

	for (size_t len = 0; len < sizeof(reply); len++)
		ck_assert(!read_cut(&reply, len, &found));
	/* The header says so: then what is whole is read. */
	for (size_t len = 0; len < sizeof(reply); len++) {
		reply.header.nlmsg_len = (uint32_t)len;
		if (read_cut(&reply, len, &found))
			ck_assert(!found.has_info);
	}
}
END_TEST

/* An older kernel has no minimum; one without samples has all ones. */
START_TEST(a_shorter_info_has_less)
{
	struct reply reply = make_reply();
	struct sockdiag found;

	reply.attribute.nla_len = ATTRIBUTE(104);
	ck_assert(read_cut(&reply, sizeof(reply), &found));
	ck_assert(found.has_info);
	ck_assert_int_eq(found.min_rtt_ns, -1);
	reply.attribute.nla_len = ATTRIBUTE(103);
	ck_assert(read_cut(&reply, sizeof(reply), &found));
	ck_assert(!found.has_info);
	reply = make_reply();
	memset(reply.info + 148, 0xff, 4);
	ck_assert(read_cut(&reply, sizeof(reply), &found));
	ck_assert_int_eq(found.min_rtt_ns, -1);
}
END_TEST

/* Each byte takes each value: nothing beyond the message is read. */
START_TEST(a_damaged_answer_is_read_within_its_bounds)
{
	const struct reply whole = make_reply();
	struct sockdiag found;

	for (size_t at = 0; at < offsetof(struct reply, info); at++)
		for (unsigned value = 0; value < 256; value++) {
			struct reply reply = whole;

			((uint8_t *)&reply)[at] = (uint8_t)value;
			(void)read_cut(&reply, sizeof(reply), &found);
		}
}
END_TEST

#endif

/* ---- the table ---- */

static struct conn conns[OWNERS_MAX + 1];
static struct analysis analyses[OWNERS_MAX + 1];

/* A connection changes its state for the first or another time. */
static const struct conn *
change_state(struct owners *owners, size_t at, enum state to)
{
	struct conn *conn = &conns[at];

	conn->number = at + 1;
	conn->key = (struct key){ .ip_version = 4, .port = { 1, 2 } };
	conn->analysis = &analyses[at];
	owners_transition(owners, conn, &(struct transition){
	    .to = (uint8_t)to });
	return conn;
}

static struct owner_answer
make_answer(uint64_t number, uint32_t pid)
{
	return (struct owner_answer){
		.number = number,
		.side = 1,
		.owner = {
			.has_socket = true,
			.has_figures = true,
			.pid = pid,
			.process = "nginx",
			.cgroup = "nginx.service",
			.retrans = 2,
			.min_rtt_ns = 5,
		},
	};
}

START_TEST(an_owner_is_asked_for_and_kept)
{
	struct owners *owners = owners_new();
	const struct conn *conn = change_state(owners, 0, STATE_SYN_SENT);
	struct owner_answer told = make_answer(1, 99);
	struct owner_question asked;

	ck_assert_ptr_nonnull(owners_of(conn, 1));
	ck_assert_uint_eq(owners_of(conn, 1)->pid, 0);
	ck_assert(owners_question(owners, &asked));
	ck_assert_uint_eq(asked.number, 1);
	ck_assert_uint_eq(asked.port[1], 2);
	ck_assert(!owners_question(owners, &asked));
	owners_answer(owners, &told);
	ck_assert_uint_eq(owners_of(conn, 1)->pid, 99);
	ck_assert_str_eq(owners_of(conn, 1)->process, "nginx");
	ck_assert_uint_eq(owners_of(conn, 0)->pid, 0);
	/* An owner is known: a change in the middle is no reason to ask. */
	change_state(owners, 0, STATE_SYN_RECEIVED);
	ck_assert(!owners_question(owners, &asked));
	change_state(owners, 0, STATE_FIN_WAIT_1);
	ck_assert(owners_question(owners, &asked));
	owners_free(owners);
}
END_TEST

START_TEST(figures_of_the_close_stay)
{
	struct owners *owners = owners_new();
	const struct conn *conn = change_state(owners, 0, STATE_SYN_SENT);
	struct owner_answer told = make_answer(1, 0);

	told.owner.is_final = true;
	owners_answer(owners, &told);
	told.owner.is_final = false;
	told.owner.retrans = 1;
	owners_answer(owners, &told);
	ck_assert_uint_eq(owners_of(conn, 1)->retrans, 2);
	ck_assert(owners_of(conn, 1)->is_final);
	owners_free(owners);
}
END_TEST

START_TEST(hostile_answers_do_no_harm)
{
	struct owners *owners = owners_new();
	const struct conn *conn = change_state(owners, 0, STATE_SYN_SENT);
	struct owner_answer told = make_answer(1, 99);

	told.side = 2;
	owners_answer(owners, &told);
	told = make_answer(12345, 99);
	owners_answer(owners, &told);
	told = make_answer(0, 99);
	owners_answer(owners, &told);
	ck_assert_uint_eq(owners_of(conn, 1)->pid, 0);
	told = make_answer(1, 99);
	memset(told.owner.process, '\n', sizeof(told.owner.process));
	memset(told.owner.cgroup, '"', sizeof(told.owner.cgroup));
	owners_answer(owners, &told);
	ck_assert_str_eq(owners_of(conn, 1)->process, "???????????????");
	ck_assert_uint_eq(strlen(owners_of(conn, 1)->cgroup),
	    OWNER_CGROUP_SIZE - 1);
	owners_free(owners);
}
END_TEST

START_TEST(old_connections_make_room)
{
	struct owners *owners = owners_new();

	for (size_t i = 0; i < ARRAY_LEN(conns); i++)
		change_state(owners, i, STATE_SYN_SENT);
	/* The place of the first is that of the last now. */
	ck_assert_ptr_null(owners_of(&conns[0], 0));
	ck_assert_ptr_nonnull(owners_of(&conns[1], 0));
	ck_assert_ptr_nonnull(owners_of(&conns[OWNERS_MAX], 0));
	ck_assert_uint_eq(owners_counts(owners).conns, OWNERS_MAX + 1);
	ck_assert_uint_eq(owners_counts(owners).missed,
	    OWNERS_MAX + 1 - OWNERS_QUEUE);
	owners_free(owners);
}
END_TEST

START_TEST(closed_connections_make_room_first)
{
	struct owners *owners = owners_new();

	for (size_t i = 0; i < OWNERS_MAX; i++)
		change_state(owners, i, STATE_SYN_SENT);
	/* The same set as the first: as many sets as places / 8. */
	change_state(owners, OWNERS_MAX / 8, STATE_TIME_WAIT);
	change_state(owners, OWNERS_MAX, STATE_SYN_SENT);
	ck_assert_ptr_nonnull(owners_of(&conns[0], 0));
	ck_assert_ptr_null(owners_of(&conns[OWNERS_MAX / 8], 0));
	owners_free(owners);
}
END_TEST

START_TEST(at_the_end_open_local_connections_are_asked_for)
{
	struct owners *owners = owners_new();
	struct owner_answer told = make_answer(2, 99);
	struct owner_question asked;

	for (size_t i = 0; i < 3; i++)
		change_state(owners, i, STATE_SYN_SENT);
	while (owners_question(owners, &asked))
		continue;
	owners_answer(owners, &told);
	told.number = 3;
	owners_answer(owners, &told);
	change_state(owners, 2, STATE_TIME_WAIT);
	owners_ask_open(owners);
	ck_assert(owners_question(owners, &asked));
	ck_assert_uint_eq(asked.number, 2);
	owners_put_back(owners);
	ck_assert(owners_question(owners, &asked));
	ck_assert_uint_eq(asked.number, 2);
	ck_assert(!owners_question(owners, &asked));
	owners_free(owners);
}
END_TEST

static void
add_table_tests(Suite *s)
{
	TCase *tc = tcase_create("table");

	tcase_add_test(tc, an_owner_is_asked_for_and_kept);
	tcase_add_test(tc, figures_of_the_close_stay);
	tcase_add_test(tc, hostile_answers_do_no_harm);
	tcase_add_test(tc, old_connections_make_room);
	tcase_add_test(tc, closed_connections_make_room_first);
	tcase_add_test(tc, at_the_end_open_local_connections_are_asked_for);
	suite_add_tcase(s, tc);
}

static Suite *
suite(void)
{
	Suite *s = suite_create("owner");
	TCase *tc = tcase_create("proc");

	tcase_add_test(tc, only_decimal_names_are_processes);
	tcase_add_test(tc, only_sockets_have_inodes);
	tcase_add_test(tc, names_of_processes_are_harmless);
	tcase_add_loop_test(tc, control_groups_are_cut_to_what_names_them, 0,
	    ARRAY_LEN(cgroups));
	suite_add_tcase(s, tc);
#ifdef __linux__
	tc = tcase_create("sock_diag");
	tcase_add_test(tc, a_question_names_the_local_endpoint_first);
	tcase_add_test(tc, an_answer_has_the_inode_and_the_figures);
	tcase_add_test(tc,
	    an_ipv4_connection_of_an_ipv6_socket_is_one_of_ipv4);
	tcase_add_test(tc, sockets_without_an_owner_are_refused);
	tcase_add_test(tc, a_cut_answer_is_refused);
	tcase_add_test(tc, a_shorter_info_has_less);
	tcase_add_test(tc, a_damaged_answer_is_read_within_its_bounds);
	suite_add_tcase(s, tc);
#endif
	add_table_tests(s);
	return s;
}

int
main(void)
{
	return check_main(suite());
}
