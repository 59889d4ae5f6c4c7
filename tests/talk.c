/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "talk.h"

#include <check.h>
#include <string.h>

#include "base/pool.h"
#include "tcp/endpoint.h"

#define START_NS	(INT64_C(1700000000) * NS_PER_SEC)
#define WINDOW		10000

static void
told_segment(void *arg, const struct conn *conn, const struct segment *seg,
    const struct judgement *judged)
{
	struct talk *talk = arg;

	ck_assert_ptr_eq(conn, &talk->conn);
	ck_assert_uint_eq(seg->frame, talk->frame);
	talk->judged = *judged;
	talk->told++;
}

static void
told_transition(void *arg, const struct conn *conn,
    const struct transition *transition)
{
	struct talk *talk = arg;

	ck_assert_ptr_eq(conn, &talk->conn);
	ck_assert_uint_ne(transition->from, transition->to);
	ck_assert_uint_eq(transition->frame, talk->frame);
	talk->transition = *transition;
	talk->transitions++;
}

static void
reset_with(struct talk *talk)
{
	talk->with = (struct segment){
		.window = WINDOW,
		.depth = DEPTH_OPTIONS,
	};
}

void
talk_begin(struct talk *talk, bool keep)
{
	const struct track_events events = {
		.segment = told_segment,
		.transition = told_transition,
		.arg = talk,
	};

	*talk = (struct talk){
		.isn = { UINT32_C(0xfffffff0), 1000 },
		.now_ns = START_NS,
	};
	tracker_init(&talk->tracker, &events, false, keep);
	reset_with(talk);
}

void
talk_end(struct talk *talk)
{
	mem_fail_after(0);
	tracker_fini(&talk->tracker, &talk->conn);
}

struct segment
talk_segment(struct talk *talk, unsigned side, unsigned flags, int64_t seq,
    uint32_t len, int64_t ack)
{
	static const uint8_t addr[2][4] = { { 10, 0, 0, 1 }, { 10, 0, 0, 2 } };
	static const uint16_t port[2] = { 1000, 80 };
	struct segment seg = talk->with;

	memcpy(seg.src, addr[side], 4);
	memcpy(seg.dst, addr[!side], 4);
	seg.src_port = port[side];
	seg.dst_port = port[!side];
	seg.ip_version = 4;
	seg.ttl = 64;
	seg.time_ns = talk->now_ns;
	seg.frame = talk->frame;
	seg.flags = (uint16_t)flags;
	seg.seq = talk->isn[side] + (uint32_t)seq;
	if (flags & TCP_ACK)
		seg.ack = talk->isn[!side] + (uint32_t)ack;
	seg.payload_len = len;
	seg.ip_len = 40 + len;
	reset_with(talk);
	return seg;
}

int
talk_say(struct talk *talk, unsigned side, unsigned flags, int64_t seq,
    uint32_t len, int64_t ack)
{
	struct segment seg;

	talk->frame++;
	seg = talk_segment(talk, side, flags, seq, len, ack);
	if (talk->frame == 1) {
		talk->conn.first_ns = seg.time_ns;
		talk->conn.last_ns = seg.time_ns;
		talk->conn.first_frame = seg.frame & FRAME_MASK;
		talk->conn.number = 1;
	}
	return pipeline_segment(&talk->tracker, &talk->conn, side, &seg, false);
}

void
talk_open(struct talk *talk)
{
	ck_assert_int_eq(talk_say(talk, A, TCP_SYN, 0, 0, 0), 0);
	talk->now_ns += TALK_MS(20);
	ck_assert_int_eq(talk_say(talk, B, TCP_SYN | TCP_ACK, 0, 0, 1), 0);
	talk->now_ns += TALK_MS(10);
	ck_assert_int_eq(talk_say(talk, A, TCP_ACK, 1, 0, 1), 0);
}

struct analysis *
talk_analysis(struct talk *talk)
{
	return pack_read(&talk->conn, &talk->room)->analysis;
}

struct endpoint_track *
talk_side(struct talk *talk, unsigned side)
{
	ck_assert_ptr_nonnull(talk_analysis(talk));
	return &talk_analysis(talk)->track[side];
}

struct endpoint_stats *
talk_figures(struct talk *talk, unsigned side)
{
	ck_assert_ptr_nonnull(talk_analysis(talk));
	ck_assert_ptr_ne(
	    talk_analysis(talk)->stats, talk->tracker.discard_stats);
	return &talk_analysis(talk)->stats[side];
}

bool
talk_is(const struct talk *talk, enum judged what)
{
	return (talk->judged.bits >> what & 1) != 0;
}
