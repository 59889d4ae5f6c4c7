/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The engine under limits: what is dropped when, how that is marked and
 * counted, that no figure is lost by it, and how much memory it all takes.
 */
#include "config.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifdef __GLIBC__
#include <malloc.h>
#if __GLIBC_PREREQ(2, 33)
#define HAS_MALLINFO	1
#endif
#endif

#include "base/compiler.h"
#include "base/err.h"
#include "base/hist.h"
#include "base/nstime.h"
#include "base/pool.h"
#include "check_main.h"
#include "flow/queues.h"
#include "hold.h"
#include "leaks.h"
#include "packet.h"
#include "tcp/analysis.h"
#include "tcp/close.h"
#include "tcp/pack.h"
#include "tcp/strays.h"
#include "diagnosis/ack_ring.h"
#include "diagnosis/diagnosis.h"
#include "diagnosis/long_waits.h"
#include "engine/engine.h"
#include "trace.h"
#include "xorshift.h"

#define TOLD_MAX	64

static struct tcpstates *ts;
static struct tcpstates_options options;
static struct packet packet;
static uint64_t frames;
static int64_t now_ns;
static uint64_t told[TOLD_MAX];	/* numbers of those that ended, in order */
static unsigned told_count;
/* Bytes of data of both endpoints, one connection at a time. */
static uint32_t reach[2];

static void
setup(void)
{
	memset(&options, 0, sizeof(options));
	frames = 0;
	now_ns = 1000 * NS_PER_SEC;
	told_count = 0;
	memset(reach, 0, sizeof(reach));
}

static void
teardown(void)
{
	tcpstates_free(ts);
	ts = NULL;
}

static void
on_ended(void *arg, const struct conn *conn)
{
	ck_assert_ptr_eq(arg, &told);
	ck_assert_uint_ne(conn->retired, RETIRED_NOT);
	if (told_count < TOLD_MAX)
		told[told_count++] = conn->number;
}

static void
begin(const struct limits *limits)
{
	options.limits = *limits;
	options.events.ended = on_ended;
	options.events.arg = &told;
	ts = trace_engine(&options);
}

/* A segment of client i (upper case) or of the server, by its letters. */
static int
say(unsigned i, const char *what)
{
	const bool is_server = *what >= 'a' && *what <= 'z';
	struct packet_ip4 ip = {
		.src = 0x0a000000U + i,
		.dst = UINT32_C(0xc0000201),
		.id = (uint16_t)(frames + 1),
	};
	struct packet_tcp tcp = { .window = 1000 };
	struct frame frame;

	if (is_server)
		ip = (struct packet_ip4){ .src = ip.dst, .dst = ip.src,
		    .id = ip.id };
	tcp.seq = 101 + reach[is_server];
	tcp.ack = 101 + reach[!is_server];
	tcp.src_port = is_server ? 80 : 40000;
	tcp.dst_port = is_server ? 40000 : 80;
	switch (*what & ~0x20) {
	case 'S':
		tcp.flags = TCP_SYN;
		tcp.seq = 100;
		break;
	case 'N':	/* a SYN of a new connection */
		tcp.flags = TCP_SYN;
		tcp.seq = 5000;
		break;
	case 'H':
		tcp.flags = TCP_SYN | TCP_ACK;
		tcp.seq = 100;
		tcp.ack = 101;
		break;
	case 'F':
		tcp.flags = TCP_FIN | TCP_ACK;
		break;
	case 'R':
		tcp.flags = TCP_RST;
		break;
	case 'G':	/* data behind a gap */
		tcp.seq++;
		reach[is_server]++;
		/* FALLTHROUGH */
	case 'D':	/* data: one byte, which acknowledges none */
		tcp.flags = TCP_ACK;
		tcp.ack = 101;
		reach[is_server]++;
		break;
	case 'B':	/* the last byte again */
		tcp.flags = TCP_ACK;
		tcp.seq--;
		tcp.ack = 101;
		break;
	default:	/* A */
		tcp.flags = TCP_ACK;
		break;
	}
	packet_start(&packet, LINKTYPE_RAW);
	packet_ip4(&packet, &ip);
	packet_tcp(&packet, &tcp);
	packet_payload(&packet, strchr("GDB", *what & ~0x20) != NULL);
	packet_finish(&packet);
	frame = (struct frame){
		.time_ns = now_ns,
		.number = ++frames,
		.bytes = packet.bytes,
		.captured_len = (uint32_t)packet.len,
		.wire_len = (uint32_t)packet.len,
		.linktype = LINKTYPE_RAW,
	};
	return tcpstates_frame(ts, &frame);
}

/* Letters as in a history, a millisecond apart. */
static void
talk(unsigned i, const char *letters)
{
	for (; *letters != '\0'; letters++) {
		now_ns += NS_PER_MS;
		HOLD(say(i, letters) == 0);
	}
}

static void
wait(int64_t seconds)
{
	now_ns += seconds * NS_PER_SEC;
}

static const struct conn *
conn_at(uint64_t number)
{
	const struct conn *conn = tcpstates_first(ts);

	while (conn != NULL && conn->number != number)
		conn = conn->next;
	ck_assert_msg(conn != NULL, "no connection %ju", (uintmax_t)number);
	return conn;
}

static void
ended_by(uint64_t number, enum retired why, enum end end)
{
	static struct pack_room room;
	const struct conn *conn = pack_read(conn_at(number), &room);

	ck_assert_msg(conn->retired == why, "%ju: retired %u, not %u",
	    (uintmax_t)number, conn->retired, why);
	ck_assert_msg(close_end(conn) == end, "%ju: ended %s, not %s",
	    (uintmax_t)number, end_key(close_end(conn)), end_key(end));
}

/* Followed, ended and left out are all there were. */
static void
books_balance(void)
{
	const struct tcpstates_totals *totals = tcpstates_totals(ts);
	uint64_t followed = 0, ended = 0, retired = 0, evicted = 0, idle = 0;
	uint64_t returned = 0, number = 0;

	for (const struct conn *conn = tcpstates_first(ts); conn != NULL;
	    conn = conn->next) {
		HOLD(conn->number > number);
		number = conn->number;
		followed += conn->retired == RETIRED_NOT;
		ended += conn->retired != RETIRED_NOT;
		evicted += retired_is_evicted(conn->retired);
		idle += retired_is_idle(conn->retired);
		returned += conn->is_returned;
	}
	for (unsigned why = RETIRED_NOT; why < RETIRED_COUNT; why++)
		retired += totals->retired[why];
	HOLD(totals->retired[RETIRED_NOT] == 0);
	HOLD(number <= totals->conns);
	HOLD(followed + ended + totals->left_out.total == totals->conns);
	HOLD(retired == ended + totals->left_out.total);
	HOLD(totals->unreported == (options.events.ended != NULL ? 0 :
	    totals->left_out.total));
	HOLD(options.limits.max_conns == 0 ||
	    followed <= options.limits.max_conns);
	HOLD(options.limits.max_ended == 0 ||
	    ended <= options.limits.max_ended);
	HOLD(!options.limits.drop_ended || ended == 0);
	HOLD(evicted <= totals->evicted && idle <= totals->idle);
	HOLD(totals->evicted == totals->retired[RETIRED_EVICTED_HALF_OPEN] +
	    totals->retired[RETIRED_EVICTED_IDLE]);
	HOLD(totals->idle == totals->retired[RETIRED_HALF_OPEN] +
	    totals->retired[RETIRED_IDLE]);
	HOLD(returned <= totals->returned);
}

/* ---- what is dropped when ---- */

static const struct limits usual = {
	.half_open_ns = 130 * NS_PER_SEC,
	.idle_ns = 3600 * NS_PER_SEC,
	.linger_ns = 120 * NS_PER_SEC,
};

START_TEST(silence_ends_each_kind_after_its_time)
{
	begin(&usual);
	talk(1, "S");		/* half-open, no answer */
	talk(2, "Sh");		/* half-open, answered */
	talk(3, "ShA");		/* open */
	talk(4, "ShAFfA");	/* closed */
	talk(5, "ShAr");	/* reset */
	wait(119);
	talk(9, "A");
	ck_assert_uint_eq(told_count, 0);
	wait(2);
	talk(9, "A");
	ck_assert_uint_eq(told_count, 2);
	wait(10);
	talk(9, "A");
	ck_assert_uint_eq(told_count, 4);
	wait(3400);
	talk(9, "A");
	ck_assert_uint_eq(told_count, 4);
	wait(75);
	talk(9, "A");
	ck_assert_uint_eq(told_count, 5);
	ended_by(1, RETIRED_HALF_OPEN, END_NO_ANSWER);
	ended_by(2, RETIRED_HALF_OPEN, END_IDLE);
	ended_by(3, RETIRED_IDLE, END_IDLE);
	ended_by(4, RETIRED_CLOSED, END_FIN);
	ended_by(5, RETIRED_CLOSED, END_RESET_RESP);
	ck_assert_uint_eq(conn_at(6)->retired, RETIRED_NOT);
	ck_assert(memcmp(told, (const uint64_t[]){ 4, 5, 1, 2, 3 },
	    5 * sizeof(told[0])) == 0);
	books_balance();
}
END_TEST

/* A connection expires at its own time, whatever else is due. */
START_TEST(silence_is_noticed_when_it_speaks_again)
{
	begin(&(struct limits){ .idle_ns = NS_PER_SEC });
	for (unsigned i = 1; i <= 40; i++)
		talk(i, "A");
	wait(2);
	talk(40, "A");
	/* A frame lets few go, but the one that speaks is one of them. */
	ended_by(40, RETIRED_IDLE, END_IDLE);
	ck_assert(conn_at(41)->is_returned);
	ck_assert_uint_lt(told_count, 20);
	tcpstates_expire(ts, now_ns + NS_PER_MS);
	ck_assert_uint_eq(told_count, 40);
	books_balance();
}
END_TEST

START_TEST(time_goes_on_without_frames)
{
	begin(&usual);
	tcpstates_expire(ts, now_ns);
	talk(1, "S");
	tcpstates_expire(ts, now_ns + 130 * NS_PER_SEC);
	ck_assert_uint_eq(told_count, 0);
	/* An earlier time is none. */
	tcpstates_expire(ts, INT64_MIN);
	tcpstates_expire(ts, now_ns + 130 * NS_PER_SEC + 1);
	ck_assert_uint_eq(told_count, 1);
	tcpstates_expire(ts, INT64_MAX);
	books_balance();
}
END_TEST

/* A clock that was set back does not stop the clock of the limits. */
START_TEST(clock_set_back_ends_nothing_early_and_all_in_time)
{
	begin(&usual);
	talk(1, "S");
	now_ns -= 500 * NS_PER_SEC;
	talk(2, "S");
	wait(100);
	talk(3, "S");
	ck_assert_uint_eq(told_count, 0);
	wait(31);
	talk(3, "S");
	ck_assert_uint_eq(told_count, 2);
	/* Frames of two queues, a little out of order, add no time. */
	for (unsigned i = 0; i < 100; i++) {
		now_ns -= 2 * NS_PER_SEC;
		talk(4, "A");
		now_ns += 2 * NS_PER_SEC;
		talk(5, "A");
	}
	ck_assert_uint_eq(told_count, 2);
	books_balance();
}
END_TEST

START_TEST(late_segments_belong_to_the_closed_one_while_it_lingers)
{
	begin(&usual);
	talk(1, "ShAFfA");
	for (unsigned i = 0; i < 5; i++) {
		wait(100);
		talk(1, "F");
	}
	ck_assert_uint_eq(tcpstates_totals(ts)->conns, 1);
	ck_assert_uint_eq(conn_at(1)->lifecycle[0].fin_count, 6);
	wait(121);
	talk(1, "F");
	ck_assert_uint_eq(tcpstates_totals(ts)->conns, 2);
	ended_by(1, RETIRED_CLOSED, END_FIN);
	ck_assert(conn_at(2)->is_returned && conn_at(2)->is_midstream);
	books_balance();
}
END_TEST

/* ---- eviction ---- */

/* The numbers of connections reported at their close, in order. */
static uint64_t closed[TOLD_MAX];
static unsigned closed_count;

static void
on_closed(void *arg UNUSED, const struct conn *conn)
{
	HOLD(conn->is_closed && conn->is_reported && !conn->is_revised);
	HOLD(conn->retired == RETIRED_NOT);
	if (closed_count < TOLD_MAX)
		closed[closed_count] = conn->number;
	closed_count++;
}

static void
begin_with_closed(void)
{
	closed_count = 0;
	options.events.closed = on_closed;
	begin(&usual);
}

/* A record is written within two seconds of the close. */
START_TEST(closed_connections_are_reported_at_their_close)
{
	begin_with_closed();
	talk(1, "ShAFfA");
	talk(2, "ShAD");
	talk(3, "ShAR");
	tcpstates_expire(ts, now_ns + NS_PER_SEC / 4);
	ck_assert_uint_eq(closed_count, 0);
	tcpstates_expire(ts, now_ns + NS_PER_SEC);
	ck_assert_uint_eq(closed_count, 2);
	ck_assert_uint_eq(closed[0], 1);
	ck_assert_uint_eq(closed[1], 3);
	HOLD(!conn_at(1)->is_revised);
	wait(2);
	talk(1, "F");
	HOLD(conn_at(1)->is_revised && !conn_at(3)->is_revised);
	HOLD(!conn_at(2)->is_reported);
	wait(2);
	talk(1, "F");
	ck_assert_uint_eq(closed_count, 2);
	ck_assert_uint_eq(told_count, 0);
	tcpstates_expire(ts, now_ns + 119 * NS_PER_SEC);
	ck_assert_uint_eq(told_count, 1);
	tcpstates_expire(ts, now_ns + 121 * NS_PER_SEC);
	ck_assert_uint_eq(told_count, 2);
	ck_assert_uint_eq(told[0], 3);
	HOLD(conn_at(1)->is_revised);
}
END_TEST

/* Without ticks, as in a file, the next segments report them. */
START_TEST(closed_connections_are_reported_by_later_segments)
{
	begin_with_closed();
	talk(1, "ShAR");
	wait(1);
	talk(2, "S");
	ck_assert_uint_eq(closed_count, 1);
	/* Segments of the close do not revise anything. */
	talk(3, "ShAFfAF");
	wait(1);
	talk(2, "h");
	ck_assert_uint_eq(closed_count, 2);
	HOLD(!conn_at(3)->is_revised);
}
END_TEST

START_TEST(many_that_close_at_once_are_all_reported)
{
	enum { CLOSED = 3000 };

	begin_with_closed();
	for (unsigned i = 1; i <= CLOSED; i++)
		HOLD(say(i, "S") == 0 && say(i, "h") == 0 &&
		    say(i, "A") == 0 && say(i, "R") == 0);
	ck_assert_uint_eq(closed_count, 0);
	wait(1);
	talk(CLOSED + 1, "S");
	ck_assert_uint_eq(closed_count, CLOSED);
	ck_assert_uint_eq(closed[TOLD_MAX - 1], TOLD_MAX);
}
END_TEST

/* Without memory for the queue, a connection is reported too early. */
START_TEST(closed_connections_are_reported_without_memory)
{
	begin_with_closed();
	talk(1, "ShA");
	mem_fail_after(1);
	(void)say(1, "R");
	mem_fail_after(0);
	ck_assert_uint_eq(closed_count, 1);
	HOLD(!conn_at(1)->is_revised);
}
END_TEST

START_TEST(oldest_go_first_closed_before_half_open_before_idle)
{
	begin(&(struct limits){ .max_conns = 6 });
	talk(1, "ShA");
	talk(2, "ShA");
	talk(3, "S");
	talk(4, "S");
	talk(5, "ShAr");
	talk(6, "ShAr");
	/* Now 1 and 3 and 5 are the younger ones of their kinds. */
	talk(1, "A");
	talk(3, "S");
	talk(5, "R");
	for (unsigned i = 11; i <= 16; i++)
		talk(i, "A");
	ck_assert(memcmp(told, (const uint64_t[]){ 6, 5, 4, 3, 2, 1 },
	    6 * sizeof(told[0])) == 0);
	ended_by(6, RETIRED_EVICTED_CLOSED, END_RESET_RESP);
	ended_by(4, RETIRED_EVICTED_HALF_OPEN, END_EVICTED);
	ended_by(2, RETIRED_EVICTED_IDLE, END_EVICTED);
	ck_assert_uint_eq(tcpstates_totals(ts)->evicted, 4);
	books_balance();
}
END_TEST

/* A flood of SYNs drives out itself, and none that is open. */
START_TEST(flood_leaves_the_open_ones_alone_and_memory_flat)
{
	uint64_t blocks = 0;

	begin(&(struct limits){ .max_conns = 1000, .max_ended = 1000 });
	for (unsigned i = 1; i <= 100; i++)
		talk(i, "ShA");
	for (unsigned i = 1000; i < 30000; i++) {
		talk(i, "S");
		if (i == 5000)
			blocks = mem_outstanding();
	}
	ck_assert_uint_eq(mem_outstanding(), blocks);
	for (unsigned i = 1; i <= 100; i++)
		ck_assert_uint_eq(conn_at(i)->retired, RETIRED_NOT);
	ck_assert_uint_eq(tcpstates_totals(ts)->
	    retired[RETIRED_EVICTED_HALF_OPEN], 29000 - 900);
	ck_assert_uint_eq(tcpstates_totals(ts)->left_out.total,
	    29000 - 900 - 1000);
	ck_assert_uint_eq(tcpstates_totals(ts)->left_out.one_sided,
	    29000 - 900 - 1000);
	books_balance();
}
END_TEST

/* The one that makes room may be the one whose ports are taken. */
START_TEST(replaced_connection_makes_room_for_its_successor)
{
	begin(&(struct limits){ .max_conns = 1 });
	talk(1, "ShA");
	talk(1, "N");
	ended_by(1, RETIRED_REPLACED, END_OPEN);
	ck_assert_uint_eq(tcpstates_totals(ts)->evicted, 0);
	ck_assert(!conn_at(2)->is_returned);
	talk(1, "hA");
	ck_assert_uint_eq(conn_at(2)->endpoint[0].pkts, 2);
	books_balance();
}
END_TEST

/* ---- continuations ---- */

START_TEST(who_speaks_again_is_marked_and_a_new_syn_is_not)
{
	begin(&(struct limits){ .idle_ns = NS_PER_SEC, .half_open_ns =
	    NS_PER_SEC, .max_ended = 1 });
	talk(1, "ShA");
	talk(2, "ShA");
	talk(3, "S");
	wait(2);
	tcpstates_expire(ts, now_ns);
	/* Whatever became of their records. */
	ck_assert_uint_eq(tcpstates_totals(ts)->left_out.total, 2);
	talk(1, "A");
	talk(2, "N");
	talk(3, "h");
	talk(4, "A");
	ck_assert(conn_at(4)->is_returned);
	ck_assert(!conn_at(5)->is_returned);
	ck_assert(conn_at(6)->is_returned);
	ck_assert(!conn_at(7)->is_returned);
	ck_assert_uint_eq(tcpstates_totals(ts)->returned, 2);
	books_balance();
}
END_TEST

/* ---- what is kept ---- */

START_TEST(analysis_is_given_back_unless_it_is_to_be_kept)
{
	options.keep_analysis = _i != 0;
	begin(&(struct limits){ .idle_ns = NS_PER_SEC });
	talk(1, "ShA");
	ck_assert_ptr_nonnull(conn_at(1)->analysis);
	tcpstates_expire(ts, now_ns + 2 * NS_PER_SEC);
	ended_by(1, RETIRED_IDLE, END_IDLE);
	ck_assert((conn_at(1)->analysis != NULL) == (_i != 0));
}
END_TEST

START_TEST(tally_follows_what_happens)
{
	const struct tcpstates_tally *tally;

	options.tally = true;
	options.keep_analysis = options.diagnose = true;
	begin(&(struct limits){ .idle_ns = 10 * NS_PER_SEC,
	    .half_open_ns = 10 * NS_PER_SEC });
	tally = &tcpstates_totals(ts)->tally;
	talk(1, "ShA");
	talk(2, "SS");
	talk(3, "ShAr");
	talk(4, "ShAFfA");
	ck_assert_uint_eq(tally->open, 2);
	ck_assert_uint_eq(tally->closed, 2);
	ck_assert_uint_eq(tally->reset, 1);
	ck_assert_uint_eq(tally->retrans, 1);
	talk(3, "R");
	talk(1, "N");
	ck_assert_uint_eq(tally->open, 3);
	ck_assert_uint_eq(tally->reset, 1);
	wait(11);
	tcpstates_expire(ts, now_ns);
	ck_assert_uint_eq(tally->open, 0);
	ck_assert_uint_eq(tally->closed, 2);
	books_balance();
}
END_TEST

/* ---- memory: what the manual says ---- */

/* Of its formula, in bytes. */
struct costs {
	unsigned followed;
	unsigned unhurt;	/* followed, and nothing was lost */
	unsigned ended;
	unsigned followed_kept;	/* with all that records want */
	unsigned kept;		/* ended, likewise */
	unsigned unhurt_kept[2];	/* both, and nothing was lost */
	unsigned half_open;
	unsigned half_open_kept;
};

static void
read_costs(struct costs *costs)
{
	const char *top = getenv("top_srcdir");
	char path[4096], line[256];
	int found[7] = { 0 };
	FILE *page;

	snprintf(path, sizeof(path), "%s/man/tcpstates.1",
	    top != NULL ? top : ".");
	page = fopen(path, "r");
	ck_assert_msg(page != NULL, "no %s", path);
	while (fgets(line, sizeof(line), page) != NULL) {
		/* %n is reached where all before it was there. */
		sscanf(line, "24 MiB + N * %u + E * %u + S%n",
		    &costs->followed, &costs->ended, &found[0]);
		sscanf(line, "So, with the whole analysis, a tracked "
		    "connection takes at most %u instead of%n",
		    &costs->followed_kept, &found[3]);
		sscanf(line, "%*u, and an ended one %u instead of%n",
		    &costs->kept, &found[1]);
		sscanf(line, "a connection that loses nothing takes %u.%n",
		    &costs->unhurt, &found[4]);
		sscanf(line, "A connection that has no such series and loses "
		    "nothing takes %u and %u.%n", &costs->unhurt_kept[0],
		    &costs->unhurt_kept[1], &found[5]);
		sscanf(line, "A flood of SYNs with forged addresses takes %u "
		    "bytes for each half-open%n", &costs->half_open,
		    &found[2]);
		sscanf(line, "connection in the default report, and %u with%n",
		    &costs->half_open_kept, &found[6]);
	}
	fclose(page);
	for (size_t i = 0; i < ARRAY_LEN(found); i++)
		ck_assert_msg(found[i] > 0, "the manual lacks line %zu", i);
}

#ifdef HAS_MALLINFO
static uint64_t
heap(void)
{
	const struct mallinfo2 info = mallinfo2();

	return (uint64_t)info.uordblks + info.hblkhd;
}
#else
static uint64_t
heap(void)
{
	return 0;
}
#endif

/*
 * One more than fills the table: it is as empty as it gets.  And so few that
 * no pool has come to its huge slabs, which are addresses rather than memory.
 */
#define CROWD	897
#define SLABS	(2 * 65536 + 4096)	/* bytes begun and not used yet */

/* Bytes per connection, measured with this many connections. */
static void
costs_at_most(const char *what, uint64_t before, unsigned most)
{
	const uint64_t now = heap();

	/* Where the allocator reports nothing, or is a sanitizer's. */
	if (before == 0 || now <= before)
		return;
	ck_assert_msg(now - before <= (uint64_t)most * CROWD + SLABS,
	    "%s: %ju bytes, more than %u", what,
	    (uintmax_t)((now - before) / CROWD), most);
}

START_TEST(memory_is_what_the_manual_says)
{
	struct costs costs;
	uint64_t before;

	read_costs(&costs);
	begin(&(struct limits){ .max_conns = CROWD });
	before = heap();
	for (unsigned i = 1; i <= CROWD; i++)
		talk(i, "S");
	costs_at_most("a half-open one", before, costs.half_open);
	for (unsigned i = 1; i <= CROWD; i++)
		talk(i, "hA");
	costs_at_most("one that is followed", before, costs.unhurt);
	ck_assert_uint_eq(tcpstates_totals(ts)->evicted, 0);
	teardown();

	begin(&(struct limits){ .linger_ns = 1, .max_ended = CROWD });
	before = heap();
	for (unsigned i = 1; i <= 2 * CROWD; i++)
		talk(i, "ShAr");
	costs_at_most("one that ended", before, costs.ended);
	ck_assert_uint_gt(tcpstates_totals(ts)->left_out.total, CROWD / 2);
	teardown();

	options.keep_analysis = options.diagnose = true;
	begin(&(struct limits){ .max_conns = CROWD });
	before = heap();
	for (unsigned i = 1; i <= CROWD; i++)
		talk(i, "S");
	costs_at_most("a half-open one, for records", before,
	    costs.half_open_kept);
	for (unsigned i = 1; i <= CROWD; i++)
		talk(i, "hA");
	costs_at_most("one that is followed, for records", before,
	    costs.unhurt_kept[0]);
	teardown();

	begin(&(struct limits){ .linger_ns = 1, .max_ended = CROWD });
	before = heap();
	for (unsigned i = 1; i <= CROWD; i++)
		talk(i, "ShAr");
	costs_at_most("one that ended, with analysis", before,
	    costs.unhurt_kept[1]);
}
END_TEST

/*
 * Connections that lose on both sides, and whose round trips are many: all but
 * the series of timestamps, whose size parts_are_what_the_manual_says() knows.
 */
static void
talk_badly(unsigned i)
{
	memset(reach, 0, sizeof(reach));
	talk(i, "ShA");
	for (unsigned k = 0; k < 10; k++)
		talk(i, "DadA");
	talk(i, "DBdbaA");
}

START_TEST(memory_of_those_that_lose_is_what_the_manual_says)
{
	struct costs costs;
	uint64_t before;

	read_costs(&costs);
	begin(&(struct limits){ .max_conns = CROWD });
	before = heap();
	for (unsigned i = 1; i <= CROWD; i++)
		talk_badly(i);
	costs_at_most("one that loses", before, costs.followed);
	teardown();

	options.keep_analysis = options.diagnose = true;
	begin(&(struct limits){ .linger_ns = 1, .max_conns = CROWD });
	before = heap();
	for (unsigned i = 1; i <= CROWD; i++)
		talk_badly(i);
	costs_at_most("one that loses, for records", before,
	    costs.followed_kept);
	teardown();

	begin(&(struct limits){ .linger_ns = 1, .max_ended = CROWD });
	before = heap();
	for (unsigned i = 1; i <= CROWD; i++) {
		talk_badly(i);
		talk(i, "r");
	}
	costs_at_most("one that lost and ended", before, costs.kept);
}
END_TEST

/*
 * All want as much as one may have.  They get no more than there is for all,
 * and a small request that comes last is granted.
 */
#define GREEDY	60
#define PENDING	((uint64_t)1 << 20)

START_TEST(what_waits_has_one_limit_for_all)
{
	struct costs costs;
	const struct endpoint_track *side;
	uint64_t before, most;

	read_costs(&costs);
	begin(&(struct limits){ .max_conns = GREEDY,
	    .max_pending = _i == 0 ? PENDING : 0 });
	before = heap();
	for (unsigned i = 1; i <= GREEDY; i++) {
		memset(reach, 0, sizeof(reach));
		talk(i, "ShA");
		for (unsigned k = 0; k < 600; k++)
			talk(i, k % 3 == 0 ? "Gg" : "Dd");
	}
	tcpstates_sum_up(ts);
	side = &conn_at(GREEDY)->analysis->track[0];
	most = GREEDY * (uint64_t)costs.followed + SLABS + PENDING;
	ck_assert_uint_gt(side->inflight_size, INFLIGHT_FEW);
	ck_assert_uint_gt(side->holes_size, 0);
	/* Without a limit it would be more. */
	ck_assert((tcpstates_totals(ts)->forgotten > 0) == (_i == 0));
	if (before != 0 && heap() > before)
		ck_assert((heap() - before <= most) == (_i == 0));
	books_balance();
}
END_TEST

/* The sizes that the manual's S, and its parts, are made of. */
START_TEST(parts_are_what_the_manual_says)
{
	const size_t most = 2 * (INFLIGHT_MAX * sizeof(struct inflight) +
	    HOLES_MAX * sizeof(struct hole) + RECENT_MAX *
	    sizeof(struct recent)) + STRAYS_BYTES;
	struct costs costs;

	read_costs(&costs);
	ck_assert_uint_ge(costs.followed, 370 + 710 + 32 + 2 * 370);
	/* A pack may hold every word, beside a bit for each. */
	ck_assert_uint_ge(costs.kept, 370 + 1800 + 1800 / 64 + 32 + 2 * 370 +
	    4 * 1040 + 360 + 510 + 680 + 210 + 2 * 320);
	ck_assert_uint_ge(costs.followed_kept, 370 + 1800 + 32 + 2 * 370 +
	    4 * 1040 + 360 + 510 + 680 + 210 + 2 * (320 + 2070 + 12330));

	ck_assert_uint_le(sizeof(struct tracked), 370);
	ck_assert_uint_le(ANALYSIS_BARE_BYTES, 710);
	ck_assert_uint_le(sizeof(struct kept_analysis), 1800);
	ck_assert_uint_le(sizeof(struct diagnosis), 360);
	ck_assert_uint_le(BOOK_COUNT * sizeof(int64_t), 210);
	ck_assert_uint_le(sizeof(struct turns) + 3 * SPANS_BUCKETS *
	    sizeof(uint16_t), 510);
	ck_assert_uint_le(sizeof(struct long_waits) + 16 *
	    sizeof(struct longest), 680);
	ck_assert_uint_le(sizeof(struct sender), 320);
	ck_assert_uint_le(sizeof(struct policer_log) + POLICER_MARKS *
	    sizeof(struct pass_mark), 12330);
	ck_assert_uint_le(sizeof(struct ack_ring) + ACK_RING_MAX *
	    sizeof(struct ack_mark), 2070);
	ck_assert_uint_le(sizeof(struct tracked) - sizeof(struct conn), 40);
	/* Arrays are doubled: half of one may be empty. */
	ck_assert_uint_le(2 * sizeof(struct inflight), 80);
	ck_assert_uint_le(2 * sizeof(struct hole), 80);
	ck_assert_uint_le(2 * sizeof(struct recent), 50);
	ck_assert_uint_le(sizeof(struct hist), 1040);
	ck_assert_uint_le(sizeof(struct sackboard), 370);
	ck_assert_uint_le(most, 392 * 1024);
}
END_TEST

/* ---- no figure is lost ---- */

static struct trace trace;

static void
summary(struct summary *ret_summary)
{
	*ret_summary = tcpstates_totals(ts)->left_out;
	summary_add_all(ret_summary, tcpstates_first(ts));
}

/* Sum up the trace with `kept` records (0: all; -1: none). */
static void
run_trace(const struct limits *limits, int kept, struct summary *ret_summary,
    struct tcpstates_totals *ret_totals)
{
	struct limits capped = *limits;

	capped.max_ended = kept > 0 ? (uint64_t)kept : 0;
	capped.drop_ended = kept < 0;
	options.limits = capped;
	ts = trace_run(&trace, &options);
	books_balance();
	summary(ret_summary);
	*ret_totals = *tcpstates_totals(ts);
	tcpstates_free(ts);
	ts = NULL;
}

/*
 * How many records are kept changes no figure: not with limits that end
 * nearly everything, and not with those that end nothing.
 */
START_TEST(figures_do_not_depend_on_how_many_records_are_kept)
{
	static const struct limits limits[] = {
		{ .linger_ns = 1 },
		{ .linger_ns = 50 * NS_PER_MS, .idle_ns = 200 * NS_PER_MS,
		    .half_open_ns = 20 * NS_PER_MS },
		{ .max_conns = 3 },
		{ .max_conns = 40, .linger_ns = NS_PER_SEC },
	};
	static const int kept[] = { 1, 3, 100, -1 };
	const char *path = trace_sample((unsigned)_i);
	struct summary all, some;
	struct tcpstates_totals totals, again;

	if (path == NULL || !trace_read(&trace, path))
		return;
	for (size_t i = 0; i < ARRAY_LEN(limits); i++) {
		run_trace(&limits[i], 0, &all, &totals);
		for (size_t k = 0; k < ARRAY_LEN(kept); k++) {
			run_trace(&limits[i], kept[k], &some, &again);
			HOLD(memcmp(&all, &some, sizeof(all)) == 0);
			again.left_out = totals.left_out;
			again.unreported = totals.unreported;
			HOLD(memcmp(&totals, &again, sizeof(totals)) == 0);
		}
	}
	trace_free(&trace);
}
END_TEST

/* Nor on whether frames wait for some after them. */
START_TEST(figures_do_not_depend_on_waiting)
{
	static const struct limits limits = {
		.max_conns = 30, .max_ended = 5,
		.linger_ns = 50 * NS_PER_MS, .idle_ns = 200 * NS_PER_MS,
		.half_open_ns = 20 * NS_PER_MS,
	};
	const char *path = trace_sample((unsigned)_i);
	struct summary at_once, waiting;
	struct tcpstates_totals totals, again;

	if (path == NULL || !trace_read(&trace, path))
		return;
	run_trace(&limits, 5, &at_once, &totals);
	options.is_batched = true;
	run_trace(&limits, 5, &waiting, &again);
	HOLD(memcmp(&at_once, &waiting, sizeof(at_once)) == 0);
	HOLD(memcmp(&totals, &again, sizeof(totals)) == 0);
	trace_free(&trace);
}
END_TEST

/* Limits that are never reached change nothing at all. */
START_TEST(limits_that_are_not_reached_change_nothing)
{
	static const struct limits far = {
		.max_conns = UINT64_MAX, .max_ended = UINT64_MAX,
		.half_open_ns = INT64_MAX, .idle_ns = INT64_MAX,
		.linger_ns = INT64_MAX,
	};
	const char *path = trace_sample((unsigned)_i);
	struct summary without, with;
	struct tcpstates_totals totals, again;
	uint64_t replaced;

	if (path == NULL || !trace_read(&trace, path))
		return;
	options.limits = (struct limits){ .max_conns = 0 };
	ts = trace_run(&trace, &options);
	summary(&without);
	totals = *tcpstates_totals(ts);
	tcpstates_free(ts);
	options.limits = far;
	ts = trace_run(&trace, &options);
	summary(&with);
	again = *tcpstates_totals(ts);
	HOLD(memcmp(&with, &without, sizeof(with)) == 0);
	replaced = again.retired[RETIRED_REPLACED];
	again.retired[RETIRED_REPLACED] = 0;
	HOLD(memcmp(&totals, &again, sizeof(totals)) == 0);
	HOLD(replaced <= again.conns);
	teardown();
	trace_free(&trace);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("bounds");
	TCase *c = leaks_tcase(s, "bounds");
	TCase *samples = leaks_tcase(s, "samples");
	const int n = (int)trace_sample_count();

	tcase_add_checked_fixture(c, setup, teardown);
	tcase_set_timeout(c, 60);
	tcase_add_test(c, silence_ends_each_kind_after_its_time);
	tcase_add_test(c, silence_is_noticed_when_it_speaks_again);
	tcase_add_test(c, time_goes_on_without_frames);
	tcase_add_test(c, clock_set_back_ends_nothing_early_and_all_in_time);
	tcase_add_test(c,
	    late_segments_belong_to_the_closed_one_while_it_lingers);
	tcase_add_test(c,
	    oldest_go_first_closed_before_half_open_before_idle);
	tcase_add_test(c,
	    flood_leaves_the_open_ones_alone_and_memory_flat);
	tcase_add_test(c, replaced_connection_makes_room_for_its_successor);
	tcase_add_test(c, who_speaks_again_is_marked_and_a_new_syn_is_not);
	tcase_add_loop_test(c,
	    analysis_is_given_back_unless_it_is_to_be_kept, 0, 2);
	tcase_add_test(c, closed_connections_are_reported_at_their_close);
	tcase_add_test(c, closed_connections_are_reported_by_later_segments);
	tcase_add_test(c, many_that_close_at_once_are_all_reported);
	tcase_add_test(c, closed_connections_are_reported_without_memory);
	tcase_add_test(c, tally_follows_what_happens);
	tcase_add_test(c, memory_is_what_the_manual_says);
	tcase_add_test(c, memory_of_those_that_lose_is_what_the_manual_says);
	tcase_add_loop_test(c, what_waits_has_one_limit_for_all, 0, 2);
	tcase_add_test(c, parts_are_what_the_manual_says);
	tcase_add_checked_fixture(samples, setup, NULL);
	tcase_set_timeout(samples, 60);
	tcase_add_loop_test(samples,
	    figures_do_not_depend_on_how_many_records_are_kept, 0, n);
	tcase_add_loop_test(samples, figures_do_not_depend_on_waiting, 0, n);
	tcase_add_loop_test(samples,
	    limits_that_are_not_reached_change_nothing, 0, n);
	return s;
}

int
main(void)
{
	return check_main(suite());
}
