/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * See fanout.h.  In this program of the kernel's packet filter, the bytes begin
 * at the network header.  With f() as a mix of an address and a port:
 *
 *	h = f(source) + f(destination)
 *
 * The constants are fixed, so that all programs of a group have the same hash:
 * a sender that chooses addresses and ports can load one of them more than the
 * others, and changes no result.
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

#define TIMES_1		0x9e3779b1U
#define TIMES_2		0x85ebca6bU
#define TIMES_3		0xc2b2ae35U
#define TIMES_4		0x27d4eb2fU

/* Words of the program's memory. */
#define SRC_PORT	0
#define DST_PORT	1
#define SUM		2	/* of the part of the hash that is known */
#define WORD		3

#define LOAD(size, at)	BPF_STMT(BPF_LD | (size) | BPF_ABS, (at))
#define MATH(op, n)	BPF_STMT(BPF_ALU | (op) | BPF_K, (n))
#define STORE(word)	BPF_STMT(BPF_ST, (word))
#define RECALL(word)	BPF_STMT(BPF_LD | BPF_MEM, (word))
#define RECALL_X(word)	BPF_STMT(BPF_LDX | BPF_MEM, (word))
#define ADD_X		BPF_STMT(BPF_ALU | BPF_ADD | BPF_X, 0)
#define XOR_X		BPF_STMT(BPF_ALU | BPF_XOR | BPF_X, 0)
#define TO_X		BPF_STMT(BPF_MISC | BPF_TAX, 0)
/* Skip instructions: when equal, or else. */
#define IF_EQUAL(n, yes, no) \
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (n), (yes), (no))
#define IF_BITS(n, yes, no) \
	BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, (n), (yes), (no))
#define RETURN_A	BPF_STMT(BPF_RET | BPF_A, 0)
#define RETURN(n)	BPF_STMT(BPF_RET | BPF_K, (n))

/* A ^= A >> n, in four instructions. */
#define FOLD(n) \
	STORE(WORD), MATH(BPF_RSH, (n)), RECALL_X(WORD), XOR_X
/* A = f(A, port), in fourteen. */
#define MIX(port) \
	STORE(WORD), RECALL(port), MATH(BPF_MUL, TIMES_1), RECALL_X(WORD), \
	XOR_X, FOLD(16), MATH(BPF_MUL, TIMES_2), FOLD(13)
#define MIX_LEN		14
/* A = A * TIMES_3 + the word at `at`, in five. */
#define ADD_WORD(at) \
	MATH(BPF_MUL, TIMES_3), STORE(WORD), LOAD(BPF_W, (at)), \
	RECALL_X(WORD), ADD_X
/* The hash of the sum in A, in six. */
#define FINISH \
	MATH(BPF_MUL, TIMES_4), FOLD(16), RETURN_A
#define FINISH_LEN	6

#define PORTS_LEN	9	/* instructions that load the ports of IPv4 */
#define IP4_LEN		(PORTS_LEN + 2 * (1 + MIX_LEN) + 3 + FINISH_LEN)

static struct sock_filter program[] = {
	MATH(BPF_AND, 0), STORE(SRC_PORT), STORE(DST_PORT),
	LOAD(BPF_W, (uint32_t)(SKF_AD_OFF + SKF_AD_PROTOCOL)),
	IF_EQUAL(ETH_P_IPV6, IP4_LEN + 2, 0),
	IF_EQUAL(ETH_P_IP, 1, 0),
	RETURN(0),

	/* IPv4: ports of TCP, unless the packet is a fragment. */
	LOAD(BPF_B, 9), IF_EQUAL(IPPROTO_TCP, 0, PORTS_LEN - 2),
	LOAD(BPF_H, 6), IF_BITS(0x3fff, PORTS_LEN - 4, 0),
	BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, 0),
	BPF_STMT(BPF_LD | BPF_H | BPF_IND, 0), STORE(SRC_PORT),
	BPF_STMT(BPF_LD | BPF_H | BPF_IND, 2), STORE(DST_PORT),
	LOAD(BPF_W, 12), MIX(SRC_PORT), STORE(SUM),
	LOAD(BPF_W, 16), MIX(DST_PORT), RECALL_X(SUM), ADD_X,
	FINISH,

	/* IPv6: ports of TCP right behind the header. */
	LOAD(BPF_B, 6), IF_EQUAL(IPPROTO_TCP, 0, 4),
	LOAD(BPF_H, 40), STORE(SRC_PORT), LOAD(BPF_H, 42), STORE(DST_PORT),
	LOAD(BPF_W, 8), ADD_WORD(12), ADD_WORD(16), ADD_WORD(20),
	MIX(SRC_PORT), STORE(SUM),
	LOAD(BPF_W, 24), ADD_WORD(28), ADD_WORD(32), ADD_WORD(36),
	MIX(DST_PORT), RECALL_X(SUM), ADD_X,
	FINISH,
};

int
fanout_join(int fd, unsigned group)
{
	const struct sock_fprog hash = {
		.len = ARRAY_LEN(program),
		.filter = program,
	};
	const int wanted = (int)(group | (unsigned)PACKET_FANOUT_CBPF << 16);

	if (setsockopt(fd, SOL_PACKET, PACKET_FANOUT, &wanted,
	    sizeof(wanted)) != 0)
		return -1;
	return setsockopt(fd, SOL_PACKET, PACKET_FANOUT_DATA, &hash,
	    sizeof(hash));
}
