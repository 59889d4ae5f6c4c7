/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * See fanout.h.  This program of the kernel's packet filter computes the hash
 * of base/spread.h.  Bytes of an incoming packet begin at the network header;
 * those of one that goes out begin at the link's header, and the network header
 * is found at SKF_NET_OFF.  So all bytes are loaded relative to a base, which
 * the program moves across VLAN tags that are left in the frame.
 */
#include "config.h"

#include "capture/fanout.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "base/compiler.h"
#include "base/spread.h"

/* Words of the program's memory. */
#define SRC_PORT	0
#define DST_PORT	1
#define SUM		2	/* of the part of the hash that is known */
#define WORD		3
#define BASE		4	/* offset of the IP header */

#define MATH(op, n)	BPF_STMT(BPF_ALU | (op) | BPF_K, (n))
#define STORE(word)	BPF_STMT(BPF_ST, (word))
#define RECALL(word)	BPF_STMT(BPF_LD | BPF_MEM, (word))
#define RECALL_X(word)	BPF_STMT(BPF_LDX | BPF_MEM, (word))
#define ADD_X		BPF_STMT(BPF_ALU | BPF_ADD | BPF_X, 0)
#define XOR_X		BPF_STMT(BPF_ALU | BPF_XOR | BPF_X, 0)
#define TO_X		BPF_STMT(BPF_MISC | BPF_TAX, 0)
/* What the kernel knows of the packet. */
#define KNOWN(what) \
	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)(SKF_AD_OFF + (what)))
/* Load from X + `at`; from the base, in two instructions. */
#define LOAD_X(size, at) BPF_STMT(BPF_LD | (size) | BPF_IND, (at))
#define LOAD(size, at)	RECALL_X(BASE), LOAD_X(size, (at))
/* Skip instructions: when equal, or else. */
#define IF_EQUAL(n, yes, no) \
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (n), (yes), (no))
#define IF_BITS(n, yes, no) \
	BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, (n), (yes), (no))
#define RETURN_A	BPF_STMT(BPF_RET | BPF_A, 0)
#define RETURN(n)	BPF_STMT(BPF_RET | BPF_K, (n))

/* With the type of what follows in A: cross a VLAN tag, if there is one. */
#define CROSS_TAG \
	IF_EQUAL(ETH_P_8021Q, 1, 0), IF_EQUAL(ETH_P_8021AD, 0, CROSS_LEN), \
	LOAD(BPF_H, 2), STORE(WORD), RECALL(BASE), MATH(BPF_ADD, 4), \
	STORE(BASE), RECALL(WORD)
#define CROSS_LEN	7
/* A ^= A >> n, in four instructions. */
#define FOLD(n) \
	STORE(WORD), MATH(BPF_RSH, (n)), RECALL_X(WORD), XOR_X
/* A = spread_end(A, port), in fourteen. */
#define MIX(port) \
	STORE(WORD), RECALL(port), MATH(BPF_MUL, SPREAD_PORT), \
	RECALL_X(WORD), XOR_X, FOLD(16), MATH(BPF_MUL, SPREAD_MIXED), FOLD(13)
#define MIX_LEN		14
/* A = spread_word(A, the word at `at`). */
#define ADD_WORD(at) \
	MATH(BPF_MUL, SPREAD_WORD), STORE(WORD), LOAD(BPF_W, (at)), \
	RECALL_X(WORD), ADD_X
/* Return spread_finish(A), in six. */
#define FINISH \
	MATH(BPF_MUL, SPREAD_SUM), FOLD(16), RETURN_A
#define FINISH_LEN	6

#define PORTS_LEN	17	/* instructions that load the ports of IPv4 */
#define IP4_LEN		(PORTS_LEN + 2 * (2 + MIX_LEN) + 3 + FINISH_LEN)

static struct sock_filter program[] = {
	MATH(BPF_AND, 0), STORE(SRC_PORT), STORE(DST_PORT), STORE(BASE),
	KNOWN(SKF_AD_PKTTYPE), IF_EQUAL(PACKET_OUTGOING, 0, 2),
	BPF_STMT(BPF_LD | BPF_IMM, (uint32_t)SKF_NET_OFF), STORE(BASE),
	KNOWN(SKF_AD_PROTOCOL), CROSS_TAG, CROSS_TAG,
	IF_EQUAL(ETH_P_IPV6, IP4_LEN + 2, 0),
	IF_EQUAL(ETH_P_IP, 1, 0),
	RETURN(0),

	/* IPv4: ports of TCP, unless the packet is a fragment. */
	LOAD(BPF_B, 9), IF_EQUAL(IPPROTO_TCP, 0, PORTS_LEN - 3),
	LOAD(BPF_H, 6), IF_BITS(0x3fff, PORTS_LEN - 6, 0),
	LOAD(BPF_B, 0), MATH(BPF_AND, 0xf), MATH(BPF_LSH, 2),
	RECALL_X(BASE), ADD_X, TO_X,
	LOAD_X(BPF_H, 0), STORE(SRC_PORT), LOAD_X(BPF_H, 2), STORE(DST_PORT),
	LOAD(BPF_W, 12), MIX(SRC_PORT), STORE(SUM),
	LOAD(BPF_W, 16), MIX(DST_PORT), RECALL_X(SUM), ADD_X,
	FINISH,

	/* IPv6: ports of TCP right behind the header. */
	LOAD(BPF_B, 6), IF_EQUAL(IPPROTO_TCP, 0, 6),
	LOAD(BPF_H, 40), STORE(SRC_PORT), LOAD(BPF_H, 42), STORE(DST_PORT),
	LOAD(BPF_W, 8), ADD_WORD(12), ADD_WORD(16), ADD_WORD(20),
	MIX(SRC_PORT), STORE(SUM),
	LOAD(BPF_W, 24), ADD_WORD(28), ADD_WORD(32), ADD_WORD(36),
	MIX(DST_PORT), RECALL_X(SUM), ADD_X,
	FINISH,
};

static int
join(int fd, int wanted)
{
	const struct sock_fprog hash = {
		.len = ARRAY_LEN(program),
		.filter = program,
	};

	if (setsockopt(fd, SOL_PACKET, PACKET_FANOUT, &wanted,
	    sizeof(wanted)) != 0)
		return -1;
	return setsockopt(fd, SOL_PACKET, PACKET_FANOUT_DATA, &hash,
	    sizeof(hash));
}

int
fanout_join(int fd, unsigned group)
{
	return join(fd, (int)(group | (unsigned)PACKET_FANOUT_CBPF << 16));
}

int
fanout_begin(int fd, unsigned *ret_group)
{
	const unsigned type = PACKET_FANOUT_CBPF | PACKET_FANOUT_FLAG_UNIQUEID;
	socklen_t size = sizeof(int);
	int chosen = 0;

	if (join(fd, (int)(type << 16)) != 0 || getsockopt(fd, SOL_PACKET,
	    PACKET_FANOUT, &chosen, &size) != 0)
		return -1;
	*ret_group = (unsigned)chosen & 0xffffU;
	return 0;
}
