/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "capture/sockdiag.h"

#include <assert.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "base/nstime.h"
#include "base/owner.h"

/*
 * struct tcp_info of the kernel, which only grows; the C library's may be
 * older.  Offsets in bytes.
 */
#define TCP_INFO_TOTAL_RETRANS	100
#define TCP_INFO_MIN_RTT	148	/* microseconds */
#define MIN_RTT_UNKNOWN		UINT32_MAX

/* States of the kernel without a socket that a process could have. */
#define KERNEL_TIME_WAIT	6
#define KERNEL_LISTEN		10

#define ALL_STATES		UINT32_MAX

struct request {
	struct nlmsghdr header;
	struct inet_diag_req_v2 body;
};

static_assert(sizeof(struct request) <= SOCKDIAG_QUESTION_SIZE, "it fits");

static size_t
address_len(unsigned ip_version)
{
	return ip_version == 4 ? 4 : 16;
}

size_t
sockdiag_ask(uint8_t buf[SOCKDIAG_QUESTION_SIZE],
    const struct owner_question *question, unsigned side)
{
	struct request request = {
		.header = {
			.nlmsg_len = sizeof(request),
			.nlmsg_type = SOCK_DIAG_BY_FAMILY,
			.nlmsg_flags = NLM_F_REQUEST,
		},
		.body = {
			.sdiag_family = question->ip_version == 4 ? AF_INET :
			    AF_INET6,
			.sdiag_protocol = IPPROTO_TCP,
			.idiag_ext = 1U << (INET_DIAG_INFO - 1),
			.idiag_states = ALL_STATES,
			.id = {
				.idiag_sport = htons(question->port[side]),
				.idiag_dport = htons(question->port[!side]),
				.idiag_cookie = { INET_DIAG_NOCOOKIE,
				    INET_DIAG_NOCOOKIE },
			},
		},
	};
	const size_t len = address_len(question->ip_version);

	memcpy(request.body.id.idiag_src, question->address[side], len);
	memcpy(request.body.id.idiag_dst, question->address[!side], len);
	memcpy(buf, &request, sizeof(request));
	return sizeof(request);
}

static uint32_t
load_u32(const uint8_t *bytes)
{
	uint32_t n;

	memcpy(&n, bytes, sizeof(n));
	return n;
}

static void
read_info(const uint8_t *info, size_t len, struct sockdiag *ret)
{
	uint32_t min_rtt = MIN_RTT_UNKNOWN;

	if (len < TCP_INFO_TOTAL_RETRANS + sizeof(uint32_t))
		return;
	ret->has_info = true;
	ret->retrans = load_u32(info + TCP_INFO_TOTAL_RETRANS);
	if (len >= TCP_INFO_MIN_RTT + sizeof(uint32_t))
		min_rtt = load_u32(info + TCP_INFO_MIN_RTT);
	ret->min_rtt_ns = min_rtt != MIN_RTT_UNKNOWN ? (int64_t)min_rtt *
	    NS_PER_US : -1;
}

/* Attributes: a length and a type of 16 bits each, padded to four bytes. */
static void
read_attributes(const uint8_t *bytes, size_t len, struct sockdiag *ret)
{
	struct nlattr attribute;

	while (len >= sizeof(attribute)) {
		size_t step;

		memcpy(&attribute, bytes, sizeof(attribute));
		if (attribute.nla_len < sizeof(attribute) ||
		    attribute.nla_len > len)
			return;
		if (attribute.nla_type == INET_DIAG_INFO)
			read_info(bytes + sizeof(attribute),
			    attribute.nla_len - sizeof(attribute), ret);
		step = (size_t)NLA_ALIGN((int)attribute.nla_len);
		if (step >= len)
			return;
		bytes += step;
		len -= step;
	}
}

/* An IPv4 connection of an IPv6 socket: both addresses are mapped. */
static bool
is_mapped(const struct sockdiag *d)
{
	static const uint8_t prefix[12] = { [10] = 0xff, [11] = 0xff };

	return memcmp(d->local, prefix, sizeof(prefix)) == 0 &&
	    memcmp(d->remote, prefix, sizeof(prefix)) == 0;
}

static void
unmap(uint8_t address[16])
{
	memcpy(address, address + 12, 4);
	memset(address + 4, 0, 12);
}

/* False: no socket that a process could own. */
static bool
read_socket(const struct inet_diag_msg *msg, struct sockdiag *ret)
{
	*ret = (struct sockdiag){
		.ip_version = msg->idiag_family == AF_INET ? 4 : 6,
		.local_port = ntohs(msg->id.idiag_sport),
		.remote_port = ntohs(msg->id.idiag_dport),
		.cookie = msg->id.idiag_cookie[0] |
		    (uint64_t)msg->id.idiag_cookie[1] << 32,
		.inode = msg->idiag_inode,
		.min_rtt_ns = -1,
	};
	memcpy(ret->local, msg->id.idiag_src, address_len(ret->ip_version));
	memcpy(ret->remote, msg->id.idiag_dst, address_len(ret->ip_version));
	if (ret->ip_version == 6 && is_mapped(ret)) {
		ret->ip_version = 4;
		unmap(ret->local);
		unmap(ret->remote);
	}
	return (msg->idiag_family == AF_INET ||
	    msg->idiag_family == AF_INET6) && ret->remote_port != 0 &&
	    msg->idiag_state != KERNEL_LISTEN &&
	    msg->idiag_state != KERNEL_TIME_WAIT;
}

bool
sockdiag_read(const uint8_t *bytes, size_t len, struct sockdiag *ret)
{
	const size_t fixed = (size_t)NLMSG_HDRLEN +
	    sizeof(struct inet_diag_msg);
	struct nlmsghdr header;
	struct inet_diag_msg msg;

	if (len < fixed)
		return false;
	memcpy(&header, bytes, sizeof(header));
	if (header.nlmsg_type != SOCK_DIAG_BY_FAMILY ||
	    header.nlmsg_len < fixed || header.nlmsg_len > len)
		return false;
	memcpy(&msg, bytes + NLMSG_HDRLEN, sizeof(msg));
	if (!read_socket(&msg, ret))
		return false;
	if (header.nlmsg_len > NLMSG_ALIGN(fixed))
		read_attributes(bytes + NLMSG_ALIGN(fixed),
		    header.nlmsg_len - NLMSG_ALIGN(fixed), ret);
	return true;
}
