/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The warnings after a report, and which of them --strict turns into a status.
 */
#include "config.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/nstime.h"
#include "capture/source.h"
#include "check_main.h"
#include "cli/deferred.h"
#include "cli/warnings.h"
#include "leaks.h"
#include "packet.h"
#include "engine/engine.h"
#include "flow/duplicates.h"
#include "trace.h"

static struct tcpstates *ts;
static struct source_info info;
static struct deferred deferred;
static uint64_t leaps;

static void
setup(void)
{
	memset(&info, 0, sizeof(info));
	memset(&deferred, 0, sizeof(deferred));
	info.dlt = -1;
	leaps = 0;
}

static void
teardown(void)
{
	for (size_t i = 0; i < deferred.count; i++)
		free(deferred.kept[i]);
	tcpstates_free(ts);
	ts = NULL;
}

static void
begin(const struct limits *limits)
{
	const struct tcpstates_options options = { .limits = *limits };

	ts = trace_engine(&options);
}

/* A segment of 10.0.0.1, or to it, at a second. */
static void
say(unsigned port, bool is_answer, unsigned flags, uint32_t seq,
    size_t payload, int64_t second)
{
	static struct packet packet;
	struct frame frame;

	packet_start(&packet, LINKTYPE_RAW);
	packet_ip4(&packet, &(struct packet_ip4){
	    .src = is_answer ? 0x0a000002 : 0x0a000001,
	    .dst = is_answer ? 0x0a000001 : 0x0a000002 });
	packet_tcp(&packet, &(struct packet_tcp){ .seq = seq, .ack = 1,
	    .flags = (uint16_t)flags,
	    .src_port = (uint16_t)(is_answer ? 80 : port),
	    .dst_port = (uint16_t)(is_answer ? port : 80) });
	packet_payload(&packet, payload);
	packet_finish(&packet);
	frame = (struct frame){ .time_ns = second * NS_PER_SEC, .number = 1,
	    .bytes = packet.bytes, .captured_len = (uint32_t)packet.len,
	    .wire_len = (uint32_t)packet.len, .linktype = LINKTYPE_RAW };
	info.frames++;
	info.seen++;
	ck_assert_int_eq(tcpstates_frame(ts, &frame), 0);
}

/* An IP packet of another protocol. */
static void
say_protocol(unsigned protocol)
{
	static struct packet packet;
	struct frame frame;

	packet_start(&packet, LINKTYPE_RAW);
	packet_ip4(&packet, &(struct packet_ip4){ 0 });
	packet.bytes[packet.slot_at] = (uint8_t)protocol;
	packet_zeros(&packet, 40);
	packet_say_nothing(&packet);
	packet_finish(&packet);
	frame = (struct frame){ .number = 1, .bytes = packet.bytes,
	    .captured_len = (uint32_t)packet.len,
	    .wire_len = (uint32_t)packet.len, .linktype = LINKTYPE_RAW };
	info.frames++;
	info.seen++;
	ck_assert_int_eq(tcpstates_frame(ts, &frame), 0);
}

static bool
warn(void)
{
	tcpstates_finish(ts);
	return warnings_add(&deferred, ts, &info, leaps);
}

/* The only sentence, and whether it makes the figures doubtful. */
static void
says(const char *sentence, bool is_doubtful)
{
	ck_assert_int_eq(warn(), is_doubtful);
	ck_assert_uint_eq(deferred.count, 1);
	ck_assert_str_eq(deferred.kept[0], sentence);
	/* Nobody listens, and it is as doubtful. */
	ck_assert_int_eq(warnings_add(NULL, ts, &info, leaps), is_doubtful);
}

START_TEST(nothing_is_said_of_a_good_capture)
{
	begin(&(struct limits){ .max_conns = 5 });
	info.has_kernel = true;
	info.received = 2;
	say(1000, false, TCP_SYN, 0, 0, 1);
	say(1000, true, TCP_SYN | TCP_ACK, 0, 0, 1);
	ck_assert(!warn());
	ck_assert_uint_eq(deferred.count, 0);
}
END_TEST

START_TEST(kernel_drops_are_told_with_percent_and_advice)
{
	begin(&(struct limits){ .max_conns = 0 });
	info.has_kernel = true;
	info.received = 1843;
	info.dropped = 1421;
	info.ring_size = UINT64_C(16) << 20;
	says("kernel dropped 1421 of 1843 packets (77.1%): counts and losses "
	    "are not trustworthy; try -B 64M or a filter", true);
}
END_TEST

START_TEST(interface_drops_are_told_with_percent_and_advice)
{
	begin(&(struct limits){ .max_conns = 0 });
	info.has_kernel = true;
	info.received = 1843;
	info.if_dropped = 12;
	says("interface dropped 12 of 1855 packets (0.6%): counts and losses "
	    "are not trustworthy; check its statistics (ethtool -S) and try "
	    "a larger ring (ethtool -G)", true);
}
END_TEST

START_TEST(one_direction_is_told_if_it_goes_on_talking)
{
	begin(&(struct limits){ .max_conns = 0 });
	for (uint32_t i = 0; i < 4; i++)
		say(1000, false, TCP_ACK, 10 * i, 10, i);
	says("only one direction of the connection was captured: RTT, losses "
	    "and close reasons are unknown", true);
}
END_TEST

/* A receiver of data sends nothing but ACKs. */
START_TEST(one_direction_is_told_if_it_goes_on_listening)
{
	begin(&(struct limits){ .max_conns = 0 });
	say(1000, false, TCP_SYN, 0, 0, 1);
	for (uint32_t i = 2; i < 6; i++)
		say(1000, false, TCP_ACK, 1, 0, i);
	says("only one direction of the connection was captured: RTT, losses "
	    "and close reasons are unknown", true);
}
END_TEST

/* Asking again and again, and giving up, is no talk. */
START_TEST(one_direction_is_not_told_of_who_only_asks)
{
	static const unsigned flags[] = { TCP_SYN, TCP_SYN | TCP_ACK,
	    TCP_RST };

	begin(&(struct limits){ .max_conns = 0 });
	for (uint32_t i = 0; i < 8; i++)
		say(1000, false, flags[_i], 0, 0, i);
	ck_assert(!warn());
	ck_assert_uint_eq(deferred.count, 0);
}
END_TEST

/* Also of connections whose records are gone. */
START_TEST(one_direction_is_told_of_those_left_out)
{
	begin(&(struct limits){ .max_conns = 1, .drop_ended = true });
	for (uint32_t i = 0; i < 4; i++)
		say(1000, false, TCP_ACK, 10 * i, 10, i);
	say(1001, false, TCP_SYN, 10, 0, 5);
	ck_assert(warn());
	ck_assert_uint_eq(deferred.count, 3);
	ck_assert_str_eq(deferred.kept[0], "1 connection was dropped from the "
	    "full table (0 half-open, 1 established): they may have "
	    "continued; --max-conns raises the limit");
	ck_assert_str_eq(deferred.kept[1], "the details omit 1 connection "
	    "that ended first: --max-ended keeps more, --stream writes all");
	ck_assert_str_eq(deferred.kept[2], "only one direction of every "
	    "connection was captured: RTT, losses and close reasons are "
	    "unknown");
}
END_TEST

START_TEST(copies_are_told_and_no_doubt)
{
	begin(&(struct limits){ .max_conns = 0 });
	say(1000, false, TCP_SYN, 0, 0, 1);
	say(1000, false, TCP_SYN, 0, 0, 1);
	says("1 packet was captured more than once: the copies are excluded "
	    "from all counters except capture_duplicates", false);
}
END_TEST

/*
 * Segments of one connection, in one instant, more than are remembered; the
 * last one is a copy.
 */
START_TEST(copies_that_may_be_missed_are_told_where_there_are_any)
{
	begin(&(struct limits){ .max_conns = 0 });
	for (uint32_t seq = 1; seq <= DUPLICATES_MOST; seq++)
		say(1, false, TCP_SYN, seq, 0, 1);
	say(1, false, TCP_SYN, 0, 0, 1);
	say(1, false, TCP_SYN, 1, 0, 1);
	ck_assert(!warn());
	ck_assert_uint_eq(deferred.count, 0);
	say(1, false, TCP_SYN, 1, 0, 1);
	ck_assert(warn());
	ck_assert_uint_eq(deferred.count, 2);
	ck_assert_str_eq(deferred.kept[1], "3 segments were forgotten within 50 "
	    "ms, at more than 1.3 million per second: their copies count as "
	    "retransmissions");
}
END_TEST

START_TEST(packets_without_a_time_are_doubtful)
{
	begin(&(struct limits){ .max_conns = 0 });
	say(1000, false, TCP_SYN, 0, 0, 0);
	say(1000, true, TCP_SYN | TCP_ACK, 0, 0, 0);
	info.untimed = 1;
	says("1 of 2 packets have no time in the file (simple packet blocks "
	    "of pcapng): durations, RTTs and what is judged by time are not "
	    "known", true);
}
END_TEST

START_TEST(encapsulations_that_stay_closed_are_named)
{
	begin(&(struct limits){ .max_conns = 0 });
	say(1000, false, TCP_SYN, 0, 0, 0);
	say_protocol(50);
	say_protocol(108);
	say_protocol(50);
	say_protocol(2);	/* IGMP holds no TCP */
	says("3 of 5 packets were not analysed: encrypted, or in an "
	    "encapsulation that is not supported (ESP 2, IPComp 1)", false);
}
END_TEST

START_TEST(time_that_goes_back_is_doubtful)
{
	begin(&(struct limits){ .max_conns = 0 });
	say(1000, false, TCP_SYN, 0, 0, 5);
	say(1000, true, TCP_SYN | TCP_ACK, 0, 0, 4);
	says("time went back at 1 packet: durations and RTTs "
	    "nearby may be wrong", true);
}
END_TEST

START_TEST(time_that_leaps_ahead_is_doubtful)
{
	begin(&(struct limits){ .max_conns = 0 });
	leaps = 2;
	says("the clock jumped ahead 2 times (set, or machine suspended): "
	    "durations and RTTs across a jump may be too long", true);
}
END_TEST

START_TEST(silence_alone_is_not_doubtful_but_a_return_is)
{
	begin(&(struct limits){ .idle_ns = 2 * NS_PER_SEC });
	say(1000, false, TCP_ACK, 0, 0, 0);
	say(1000, true, TCP_ACK, 1, 0, 0);
	say(1001, false, TCP_ACK, 0, 0, 5);
	says("1 connection was dropped from the table by an idle timeout "
	    "(0 half-open, 1 established)", false);
	say(1000, false, TCP_ACK, 0, 0, 6);
	ck_assert(warn());
	ck_assert_uint_eq(deferred.count, 3);
	ck_assert_str_eq(deferred.kept[2], "1 connection continued after "
	    "being dropped from the table, and counted as new");
}
END_TEST

START_TEST(what_closed_in_vain_and_what_is_left_out_is_remarked)
{
	begin(&(struct limits){ .max_conns = 1, .max_ended = 1 });
	for (unsigned i = 0; i < 3; i++) {
		say(1000 + i, false, TCP_SYN, 0, 0, i);
		say(1000 + i, true, TCP_RST | TCP_ACK, 0, 0, i);
	}
	ck_assert(!warn());
	ck_assert_uint_eq(deferred.count, 2);
	ck_assert_str_eq(deferred.kept[0], "2 closed connections were dropped "
	    "from the full table before --linger");
	ck_assert_str_eq(deferred.kept[1], "the details omit 1 connection "
	    "that ended first: --max-ended keeps more, --stream writes all");
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("warnings");
	TCase *c = leaks_tcase(s, "warnings");

	tcase_add_checked_fixture(c, setup, teardown);
	tcase_add_test(c, nothing_is_said_of_a_good_capture);
	tcase_add_test(c, kernel_drops_are_told_with_percent_and_advice);
	tcase_add_test(c, interface_drops_are_told_with_percent_and_advice);
	tcase_add_test(c, one_direction_is_told_if_it_goes_on_talking);
	tcase_add_test(c, one_direction_is_told_if_it_goes_on_listening);
	tcase_add_loop_test(c, one_direction_is_not_told_of_who_only_asks, 0,
	    3);
	tcase_add_test(c, one_direction_is_told_of_those_left_out);
	tcase_add_test(c, copies_are_told_and_no_doubt);
	tcase_add_test(c,
	    copies_that_may_be_missed_are_told_where_there_are_any);
	tcase_add_test(c, packets_without_a_time_are_doubtful);
	tcase_add_test(c, encapsulations_that_stay_closed_are_named);
	tcase_add_test(c, time_that_goes_back_is_doubtful);
	tcase_add_test(c, time_that_leaps_ahead_is_doubtful);
	tcase_add_test(c, silence_alone_is_not_doubtful_but_a_return_is);
	tcase_add_test(c,
	    what_closed_in_vain_and_what_is_left_out_is_remarked);
	return s;
}

int
main(void)
{
	return check_main(suite());
}
