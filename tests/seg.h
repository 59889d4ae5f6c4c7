/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Segment scripts: a scenario in the notation of tcpdump and packetdrill, and
 * what the tracker has to find in it.  One thing a line, # begins a comment.
 *
 * Segments
 *	TIME > FLAGS [FIRST:END(LEN)] [ack N] [win N] [<OPTIONS>] [WORDS]
 * TIME is in seconds, absolute, or with a sign since the line before.  `>` is
 * from A to B, `<` back.  FLAGS are tcpdump's: S F R P U E (ECE) W (CWR) and
 * `.` for ACK; `none` for none.  Sequence numbers are relative to the ISN of
 * the side they belong to; the SYN has 0, so that data begins at 1.  What is
 * left out: (LEN) follows the highest byte sent, +GAP(LEN) leaves a hole
 * before it, LEN is 0, the ACK covers all that the peer has sent, the window
 * is the last one.
 *	<mss 1460,wscale 7,sackOK,TS val 1 ecr 2,sack 1:3 5:7,tfo N,
 *	 mptcp SUBTYPE,nop,kind K L>	(L bytes of an option of kind K)
 * WORDS: id N, ttl N, ecn N, vlan N, vni N, urg N, link NAME, iface N, mac N,
 * radio N, retry, ipv4, ipv6, badsum, snap N, wire N, iplen N, pad N; see struct
 * carriage.  Sequence of IP IDs: each side counts its own; `id 0` for none,
 * `id auto` again.  `copied`: the segment is a capture duplicate, although no
 * frame before it is equal.
 *	TIME copy [N] [WORDS]	the Nth last frame, captured again
 *	TIME icmp TYPE CODE [mtu N]	an ICMP error quoting the last segment
 *	set WORDS		for all segments from here on
 *	tuple N [client N] [server N] [port N]
 *				another connection's ports from here on, with
 *				another address of A or B, another port of B
 *	isn A B			these ISNs only (no other runs)
 *	shift A B		what the relative numbers are relative to moves
 *	repeat N ... done	the lines between, N times
 *	end			no more frames: checks of the whole follow
 *
 * Expectations, checked where they stand
 *	judged none | KEY,KEY	exactly these of judged.def, last segment
 *	judged+ KEYS, judged- KEYS	these among others; none of these
 *	cause NAME, evidence NAME	of that judgement
 *	state A NAME [B NAME]	RFC 9293 state of a side
 *	expect NAME VALUE ...	any figure: A.retrans, B.una, packets, seg.end,
 *				all.clock_back; a VALUE with a point is in
 *				seconds, for figures in nanoseconds
 *	conns N, verdict KEY N	totals
 *	orig A, first_fin A, reset_by A|none, history WORD, completeness N,
 *	status WORD, conn_state WORD, ended KEY, port WORD|-, probe WORD|-
 *	pattern A WORD|-	how the segments of a side were lost
 *	outcome WORD [SIDE]	verdict of the diagnosis, and where its cause is
 *	findings+ IDS, findings- IDS	these among others; none of these
 *	share WORD PERCENT	of the time: client, server, network...
 *	shows ID FROM-TO	the frames of a finding, the connection's first
 *				frame being 1
 *	says ID WORDS, says- ID WORDS	the text of a finding has them, or not
 *	conn N			expectations below are of this connection, by
 *				number; without, of the newest of the tuple
 * A segment without `judged` must be judged nothing: `set loose` and `set
 * strict` switch that off and on.  A `copy` must be a capture duplicate unless
 * `judged` follows it; any other segment must not be one.
 */
#ifndef TCPSTATES_TESTS_SEG_H
#define TCPSTATES_TESTS_SEG_H

#include <stdbool.h>
#include <stdint.h>

#define SEG_MESSAGE	400	/* bytes of a message, NUL included */

struct seg_run {
	uint32_t isn[2];	/* of A and of B */
	bool is_mirrored;	/* A has the higher address */
	const char *pcap;	/* write the frames there too, or NULL */
};

/* Does the script hold?  Otherwise message says where and why not. */
bool seg_holds(const char *path, const struct seg_run *,
    char message[SEG_MESSAGE]);

#endif
