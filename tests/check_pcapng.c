/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pcapng files: whatever they hold that is allowed is read, and whatever is
 * wrong with them ends the reading at the right packet, with a reason.
 */
#include "config.h"

#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/compiler.h"
#include "base/nstime.h"
#include "base/pool.h"
#include "capture/pcapng.h"
#include "check_main.h"
#include "hold.h"
#include "leaks.h"

#define FILE_MAX	8192
#define PACKETS_MAX	16

/* A file being written, and how it is read. */
static struct {
	uint8_t bytes[FILE_MAX];
	size_t len;
	size_t block;		/* where the last block begins */
	bool is_big;
	size_t at;		/* of the reader */
	size_t chunk;		/* bytes that one read gets at most */
	int error;		/* errno at the end, or 0 */
	uint64_t zeros;		/* then this many zeros */
} file;

/* What the reader found, its data copied. */
static struct {
	struct pcapng_packet packets[PACKETS_MAX];
	uint8_t first[PACKETS_MAX];	/* byte of each */
	unsigned count;
	enum pcapng_result result;
	bool is_fine;
	char complaint[128];
} found;

static void
start(bool is_big)
{
	file.len = 0;
	file.is_big = is_big;
	file.chunk = FILE_MAX;
	file.error = 0;
	file.zeros = 0;
}

static void
setup(void)
{
	start(false);
}

/* ---- writing ---- */

static void
put8(unsigned value)
{
	ck_assert_uint_lt(file.len, FILE_MAX);
	file.bytes[file.len++] = (uint8_t)value;
}

static void
put16(unsigned value)
{
	put8(file.is_big ? value >> 8 : value & 0xff);
	put8(file.is_big ? value & 0xff : value >> 8);
}

static void
put32(uint32_t value)
{
	put16(file.is_big ? value >> 16 : value & 0xffff);
	put16(file.is_big ? value & 0xffff : value >> 16);
}

static void
put64(uint64_t value)
{
	put32((uint32_t)(file.is_big ? value >> 32 : value));
	put32((uint32_t)(file.is_big ? value : value >> 32));
}

static void
begin_block(uint32_t type)
{
	file.block = file.len;
	put32(type);
	put32(0);
}

static void
end_block(void)
{
	const uint32_t len = (uint32_t)(file.len + 4 - file.block);
	const size_t end = file.len;

	file.len = file.block + 4;
	put32(len);
	file.len = end;
	put32(len);
}

static void
section(void)
{
	begin_block(0x0a0d0d0a);
	put32(0x1a2b3c4d);
	put16(1);
	put16(0);
	put64(UINT64_MAX);
	end_block();
}

static void
begin_interface(unsigned linktype, uint32_t snaplen)
{
	begin_block(1);
	put16(linktype);
	put16(0);
	put32(snaplen);
}

static void
option_resolution(unsigned resolution)
{
	put16(9);
	put16(1);
	put8(resolution);
	put8(0);
	put16(0);
}

static void
option_offset(int64_t seconds)
{
	put16(14);
	put16(8);
	put64((uint64_t)seconds);
}

static void
interface(unsigned linktype, uint32_t snaplen)
{
	begin_interface(linktype, snaplen);
	end_block();
}

static void
interface_with(unsigned resolution, int64_t offset)
{
	begin_interface(1, 0);
	/* A name before them, and the end of options behind them. */
	put16(2);
	put16(3);
	put8('l'), put8('o'), put8('0'), put8(0);
	option_resolution(resolution);
	option_offset(offset);
	put32(0);
	end_block();
}

static void
data(unsigned first, uint32_t len)
{
	for (uint32_t i = 0; i < len; i++)
		put8(first + i);
	while (file.len % 4 != 0)
		put8(0);
}

static void
packet(uint32_t id, uint64_t ticks, unsigned first, uint32_t len)
{
	begin_block(6);
	put32(id);
	put32((uint32_t)(ticks >> 32));
	put32((uint32_t)ticks);
	put32(len);
	put32(len + 100);
	data(first, len);
	end_block();
}

static void
obsolete_packet(unsigned id, uint64_t ticks, unsigned first, uint32_t len)
{
	begin_block(2);
	put16(id);
	put16(7);	/* drops */
	put32((uint32_t)(ticks >> 32));
	put32((uint32_t)ticks);
	put32(len);
	put32(len + 100);
	data(first, len);
	end_block();
}

static void
simple_packet(uint32_t wire_len, unsigned first, uint32_t len)
{
	begin_block(3);
	put32(wire_len);
	data(first, len);
	end_block();
}

/* ---- reading ---- */

static ssize_t
source(void *arg, uint8_t *to, size_t room)
{
	size_t n = file.len - file.at;

	(void)arg;
	n = n < room ? n : room;
	n = n < file.chunk ? n : file.chunk;
	memcpy(to, file.bytes + file.at, n);
	file.at += n;
	if (n == 0 && file.zeros > 0) {
		n = room < file.zeros ? room : (size_t)file.zeros;
		memset(to, 0, n);
		file.zeros -= n;
	}
	if (n == 0 && file.error != 0) {
		errno = file.error;
		return -1;
	}
	return (ssize_t)n;
}

static void
note(const struct pcapng_packet *p)
{
	uint8_t sum = 0;

	/* A sanitizer sees whether all of it is there. */
	for (uint32_t i = 0; i < p->captured_len; i++)
		sum ^= p->bytes[i];
	if (found.count == PACKETS_MAX)
		return;
	found.first[found.count] = p->captured_len > 0 ? p->bytes[0] : sum;
	found.packets[found.count++] = *p;
}

static void
read_file(void)
{
	struct pcapng *ng = pcapng_new(source, NULL);
	struct pcapng_packet p;

	HOLD(ng != NULL);
	file.at = 0;
	found.count = 0;
	while ((found.result = pcapng_next(ng, &p)) == PCAPNG_PACKET)
		note(&p);
	/* It stays as it is. */
	HOLD(pcapng_next(ng, &p) == found.result);
	HOLD((found.result == PCAPNG_END) == (pcapng_complaint(ng)[0] ==
	    '\0'));
	found.is_fine = pcapng_is_fine(ng);
	memcpy(found.complaint, pcapng_complaint(ng),
	    strlen(pcapng_complaint(ng)) + 1);
	pcapng_free(ng);
}

static void
reads(unsigned count)
{
	read_file();
	ck_assert_msg(found.result == PCAPNG_END, "%s", found.complaint);
	ck_assert_uint_eq(found.count, count);
}

/* The next of the found packets is this one. */
static void
is_packet(unsigned at, unsigned first, uint32_t len, uint32_t wire_len,
    int64_t time_ns)
{
	const struct pcapng_packet *p = &found.packets[at];

	ck_assert_uint_eq(found.first[at], first);
	ck_assert_uint_eq(p->captured_len, len);
	ck_assert_uint_eq(p->wire_len, wire_len);
	ck_assert_int_eq(p->time_ns, time_ns);
}

/* ---- what is allowed ---- */

START_TEST(packets_of_all_kinds_are_read)
{
	for (int is_big = 0; is_big < 2; is_big++) {
		start(is_big);
		section();
		interface(1, 0);
		packet(0, 1000001, 11, 5);
		obsolete_packet(0, 0x100000000, 12, 8);
		simple_packet(9, 13, 9);
		packet(0, 3, 14, 0);
		reads(4);
		is_packet(0, 11, 5, 105, 1000001 * NS_PER_US);
		is_packet(1, 12, 8, 108, 0x100000000 * NS_PER_US);
		is_packet(3, 0, 0, 100, 3 * NS_PER_US);
		ck_assert(found.packets[0].has_time);
		ck_assert(found.packets[1].has_time);
		ck_assert_int_eq(found.packets[0].link.is_big, is_big);
	}
}
END_TEST

/* Without a time it has that of the packet before. */
START_TEST(simple_packets_have_no_time)
{
	section();
	interface(113, 8);
	interface(1, 4);
	simple_packet(20, 10, 8);
	packet(1, 5, 11, 4);
	simple_packet(7, 12, 7);
	reads(3);
	is_packet(0, 10, 8, 20, 0);
	is_packet(2, 12, 7, 7, 5 * NS_PER_US);
	ck_assert(!found.packets[0].has_time);
	ck_assert(!found.packets[2].has_time);
	ck_assert_uint_eq(found.packets[2].link.type, 113);
}
END_TEST

START_TEST(interfaces_differ)
{
	section();
	interface(1, 96);
	interface(113, 262144);
	packet(1, 1, 10, 4);
	interface(101, 0);
	packet(2, 2, 11, 4);
	packet(0, 3, 12, 4);
	reads(3);
	ck_assert_uint_eq(found.packets[0].link.type, 113);
	ck_assert_uint_eq(found.packets[0].link.snaplen, 262144);
	ck_assert_uint_eq(found.packets[1].link.type, 101);
	ck_assert_uint_eq(found.packets[2].link.type, 1);
	ck_assert_uint_eq(found.packets[2].link.snaplen, 96);
	ck_assert_uint_eq(found.packets[0].interface, 1);
	ck_assert_uint_eq(found.packets[1].interface, 2);
	ck_assert_uint_eq(found.packets[2].interface, 0);
}
END_TEST

/* Its interfaces are its own, and so is its byte order. */
START_TEST(sections_differ)
{
	for (int is_big = 0; is_big < 4; is_big++) {
		start(is_big & 1);
		section();
		interface(113, 0);
		packet(0, 1, 10, 4);
		file.is_big = (is_big & 2) != 0;
		section();
		interface(1, 0);
		packet(0, 2, 11, 4);
		reads(2);
		ck_assert_uint_eq(found.packets[0].link.type, 113);
		ck_assert_uint_eq(found.packets[1].link.type, 1);
		ck_assert_int_eq(found.packets[1].link.is_big,
		    file.is_big);
		is_packet(1, 11, 4, 104, 2 * NS_PER_US);
	}
}
END_TEST

START_TEST(other_blocks_are_stepped_over)
{
	section();
	begin_block(0x80000001);
	data(1, 1000);
	end_block();
	interface(1, 0);
	begin_block(5);		/* statistics */
	end_block();
	packet(0, 1, 10, 4);
	begin_block(0x0bad);
	end_block();
	reads(1);
}
END_TEST

/* Of any size: no more than the buffer is needed. */
START_TEST(other_blocks_may_be_huge)
{
	section();
	begin_block(10);
	end_block();
	file.len = file.block + 4;
	put32(0x40000000);
	file.zeros = 0x40000000 - 8 - 4;
	read_file();
	ck_assert_int_eq(found.result, PCAPNG_CUT);
	file.zeros = 0x40000000;
	read_file();
	ck_assert_int_eq(found.result, PCAPNG_DAMAGED);
	ck_assert_str_eq(found.complaint, "a block of length 1073741824 "
	    "at its start and 0 at its end");
}
END_TEST

static const struct {
	unsigned resolution;
	int64_t offset;
	uint64_t ticks;
	int64_t ns;
	bool is_fine;
} clocks[] = {
	{ 0, 0, 5, 5 * NS_PER_SEC, false },
	{ 3, 0, 5001, 5001 * NS_PER_MS, false },
	{ 6, 0, 5000001, 5000001 * NS_PER_US, false },
	{ 6, 10, 1, 10 * NS_PER_SEC + NS_PER_US, false },
	{ 6, -10, 1, -10 * NS_PER_SEC + NS_PER_US, false },
	{ 7, 0, 51, 5100, true },
	{ 9, 0, 5000000001, 5000000001, true },
	{ 12, 0, 5000000001999, 5000000001, true },
	{ 19, 0, INT64_MAX, 922337203, true },
	{ 20, 0, INT64_MAX, 92233720, true },
	{ 127, 0, INT64_MAX, 0, true },
	{ 0x80, 0, 5, 5 * NS_PER_SEC, false },
	{ 0x80 | 1, 0, 5, 2500 * NS_PER_MS, false },
	{ 0x80 | 19, 0, 5 << 19 | 1, 5 * NS_PER_SEC + 1907, false },
	{ 0x80 | 20, 0, 5 << 20 | 1, 5 * NS_PER_SEC + 953, true },
	{ 0x80 | 32, 0, UINT64_C(5) << 32 | UINT32_MAX,
	    6 * NS_PER_SEC - 1, true },
	{ 0x80 | 62, 0, UINT64_C(3) << 61, 1500 * NS_PER_MS, true },
	{ 0x80 | 63, 0, UINT64_C(1) << 62, 500 * NS_PER_MS, true },
	{ 0x80 | 64, 0, UINT64_C(1) << 62, 250 * NS_PER_MS, true },
	{ 0x80 | 96, 0, INT64_MAX, 0, true },
	{ 0x80 | 127, 0, INT64_MAX, 0, true },
	/* before 1970, as some write it */
	{ 6, 0, UINT64_MAX, -NS_PER_US, false },
	{ 6, 0, -UINT64_C(2500000), -2500 * NS_PER_MS, false },
	/* beyond anything */
	{ 0, 0, INT64_MAX, INT64_MAX, false },
	{ 0, 0, UINT64_C(1) << 63, INT64_MIN, false },
	{ 0, INT64_MAX, INT64_MAX, INT64_MAX, false },
	{ 0, INT64_MIN, UINT64_C(1) << 63, INT64_MIN, false },
	{ 6, INT64_MIN, 0, INT64_MIN, false },
};

START_TEST(clocks_differ)
{
	for (int is_big = 0; is_big < 2; is_big++) {
		start(is_big);
		section();
		interface_with(clocks[_i].resolution, clocks[_i].offset);
		packet(0, clocks[_i].ticks, 10, 4);
		reads(1);
		ck_assert_int_eq(found.packets[0].time_ns, clocks[_i].ns);
		ck_assert_int_eq(found.is_fine, clocks[_i].is_fine);
	}
}
END_TEST

/* Options that cannot be are none, and end nothing but the options. */
START_TEST(wrong_options_are_ignored)
{
	section();
	begin_interface(1, 0);
	put16(9), put16(2), put16(9), put16(0);	/* two bytes */
	put16(14), put16(4), put32(7);
	put16(9), put16(500);			/* beyond the block */
	end_block();
	begin_interface(1, 0);
	put32(0);				/* the end */
	option_resolution(9);
	end_block();
	begin_interface(1, 0);
	put16(9);				/* half an option */
	put16(1);
	end_block();
	packet(0, 1, 10, 4);
	packet(1, 1, 10, 4);
	packet(2, 1, 10, 4);
	reads(3);
	for (unsigned i = 0; i < 3; i++)
		ck_assert_int_eq(found.packets[i].time_ns, NS_PER_US);
	ck_assert(!found.is_fine);
}
END_TEST

/* Pipes give what there is. */
START_TEST(it_may_come_byte_by_byte)
{
	section();
	interface(1, 0);
	for (unsigned i = 0; i < 5; i++)
		packet(0, i, i, 100 + i);
	file.chunk = (size_t)_i;
	reads(5);
	for (unsigned i = 0; i < 5; i++)
		is_packet(i, i, 100 + i, 200 + i, i * NS_PER_US);
}
END_TEST

START_TEST(an_empty_section_is_a_capture)
{
	section();
	reads(0);
	interface(1, 0);
	reads(0);
}
END_TEST

/* ---- what is not ---- */

/* A file that ends in the block for which it is written. */
static const struct {
	uint32_t type;
	size_t at;		/* of the 32 bits that are changed, in it */
	uint32_t value;
	const char *complaint;
} damages[] = {
	{ 6, 4, 0, "a block of 0 bytes" },
	{ 6, 4, 8, "a block of 8 bytes" },
	{ 6, 4, 35, "a block of 35 bytes" },
	{ 6, 4, 0xffffffff, "a block of 4294967295 bytes" },
	{ 6, 4, 0xfffffff0, "a block of 4294967280 bytes, which is too "
	    "large" },
	{ 6, 4, 16, "a block of length 16 at its start and 0 at its end" },
	{ 6, 36, 44, "a block of length 40 at its start and 44 at its end" },
	{ 6, 8, 1, "a packet of interface 1, which is not described" },
	{ 6, 8, 0xffffffff, "a packet of interface 4294967295, which is not "
	    "described" },
	{ 6, 20, 9, "a packet of 9 bytes in a block of 40" },
	{ 6, 20, 0xffffffff, "a packet of 4294967295 bytes in a block of "
	    "40" },
	{ 3, 8, 9, "a packet of 9 bytes in a block of 24" },
	{ 3, 8, 0xffffffff, "a packet of 4294967295 bytes in a block of "
	    "24" },
	{ 0x0a0d0d0a, 8, 0x12345678, "a section without its magic number" },
	{ 0x0a0d0d0a, 12, 2, "a section of version 2.0, which is unknown" },
	{ 0x0a0d0d0a, 12, 0x00010000, "a section of version 0.1, which is "
	    "unknown" },
};

START_TEST(damage_is_named_and_ends_the_reading)
{
	section();
	interface(1, 0);
	packet(0, 1, 10, 8);
	if (damages[_i].type == 6)
		packet(0, 2, 11, 8);
	else if (damages[_i].type == 3)
		simple_packet(8, 11, 8);
	else
		section();
	file.len = file.block + damages[_i].at;
	put32(damages[_i].value);
	file.len = damages[_i].type == 6 ? file.block + 40 :
	    file.block + (damages[_i].type == 3 ? 24 : 28);
	packet(0, 3, 12, 8);
	read_file();
	ck_assert_int_eq(found.result, PCAPNG_DAMAGED);
	ck_assert_str_eq(found.complaint, damages[_i].complaint);
	ck_assert_uint_eq(found.count, 1);
}
END_TEST

/* Blocks with too few bytes for what they are. */
START_TEST(blocks_may_be_too_small)
{
	static const uint32_t types[] = { 0x0a0d0d0a, 1, 2, 3, 6 };
	static const size_t bodies[] = { 16, 8, 20, 4, 20 };

	for (size_t i = 0; i < ARRAY_LEN(types); i++) {
		for (size_t n = i == 0 ? 4 : 0; n < bodies[i]; n += 4) {
			start(false);
			section();
			interface(1, 0);
			begin_block(types[i]);
			for (size_t at = 0; at < n; at += 4)
				put32(at == 0 && i == 0 ? 0x1a2b3c4d : 0);
			end_block();
			read_file();
			ck_assert_int_eq(found.result, PCAPNG_DAMAGED);
			ck_assert_ptr_nonnull(strstr(found.complaint,
			    "too small"));
		}
	}
}
END_TEST

START_TEST(a_packet_needs_a_section_and_an_interface)
{
	interface(1, 0);
	read_file();
	ck_assert_str_eq(found.complaint, "a block before any section");
	start(false);
	section();
	simple_packet(4, 1, 4);
	read_file();
	ck_assert_str_eq(found.complaint, "a packet of interface 0, which is "
	    "not described");
	/* That of the section before is none of this one. */
	start(false);
	section();
	interface(1, 0);
	section();
	packet(0, 1, 1, 4);
	read_file();
	ck_assert_int_eq(found.result, PCAPNG_DAMAGED);
}
END_TEST

/* All there is to a file, one after the other. */
static void
everything(void)
{
	section();
	interface_with(9, 5);
	interface(113, 64);
	packet(0, 1, 10, 5);
	begin_block(4);
	data(0, 8);
	end_block();
	obsolete_packet(1, 2, 11, 3);
	simple_packet(6, 12, 6);
	file.is_big = !file.is_big;
	section();
	interface(1, 0);
	packet(0, 3, 13, 7);
}

START_TEST(a_file_may_be_cut_anywhere)
{
	size_t whole;
	unsigned most = 0;

	everything();
	whole = file.len;
	for (file.len = 0; file.len < whole; file.len++) {
		read_file();
		ck_assert(found.result == PCAPNG_CUT ||
		    (found.result == PCAPNG_END && file.len % 4 == 0));
		ck_assert_uint_ge(found.count, most);
		most = found.count;
	}
	ck_assert_uint_eq(most, 3);
	reads(4);
}
END_TEST

/* Any byte may be wrong: it ends, and no packet is larger than the file. */
START_TEST(any_byte_may_be_wrong)
{
	static const uint8_t values[] = { 0, 1, 2, 4, 0x7f, 0x80, 0xff };

	everything();
	for (size_t at = 0; at < file.len; at++) {
		const uint8_t right = file.bytes[at];

		for (size_t i = 0; i < ARRAY_LEN(values); i++) {
			file.bytes[at] = values[i];
			read_file();
			for (unsigned n = 0; n < found.count; n++)
				ck_assert_uint_lt(
				    found.packets[n].captured_len, 64);
			file.bytes[at] = right ^ (uint8_t)(1 << i);
			read_file();
		}
		file.bytes[at] = right;
	}
	reads(4);
}
END_TEST

START_TEST(a_source_may_fail)
{
	section();
	interface(1, 0);
	packet(0, 1, 10, 4);
	file.error = EIO;
	read_file();
	ck_assert_int_eq(found.result, PCAPNG_UNREADABLE);
	ck_assert_str_eq(found.complaint, strerror(EIO));
	ck_assert_uint_eq(found.count, 1);
}
END_TEST

/* A section, and then the same interface again and again. */
static ssize_t
endless_interfaces(void *arg, uint8_t *to, size_t room)
{
	const size_t n = file.len - file.at < room ? file.len - file.at : room;

	(void)arg;
	memcpy(to, file.bytes + file.at, n);
	file.at += n;
	if (file.at == file.len)
		file.at = file.block;
	return (ssize_t)n;
}

START_TEST(interfaces_have_a_limit)
{
	struct pcapng *ng;
	struct pcapng_packet p;
	struct pcapng_link link;

	section();
	interface(7, 0);
	file.at = 0;
	ng = pcapng_new(endless_interfaces, NULL);
	ck_assert_ptr_nonnull(ng);
	ck_assert_int_eq(pcapng_next(ng, &p), PCAPNG_DAMAGED);
	ck_assert_str_eq(pcapng_complaint(ng), "more than 65536 interfaces");
	ck_assert(pcapng_interface(ng, PCAPNG_INTERFACES_MAX - 1, &link));
	ck_assert_uint_eq(link.type, 7);
	ck_assert(!pcapng_interface(ng, PCAPNG_INTERFACES_MAX, &link));
	pcapng_free(ng);
}
END_TEST

START_TEST(without_memory_it_ends)
{
	for (uint64_t nth = 1; nth < 4; nth++) {
		struct pcapng_packet p;
		struct pcapng *ng;

		start(false);
		everything();
		file.at = 0;
		mem_fail_after(nth);
		ng = pcapng_new(source, NULL);
		if (nth <= 2) {
			ck_assert_ptr_null(ng);
			continue;
		}
		ck_assert_int_eq(pcapng_next(ng, &p), PCAPNG_UNREADABLE);
		ck_assert_str_eq(pcapng_complaint(ng), "out of memory");
		pcapng_free(ng);
		mem_fail_after(0);
	}
}
END_TEST

static void
add_allowed(Suite *s)
{
	TCase *t = leaks_tcase(s, "allowed");

	tcase_add_checked_fixture(t, setup, NULL);
	tcase_add_test(t, packets_of_all_kinds_are_read);
	tcase_add_test(t, simple_packets_have_no_time);
	tcase_add_test(t, interfaces_differ);
	tcase_add_test(t, sections_differ);
	tcase_add_test(t, other_blocks_are_stepped_over);
	tcase_add_test(t, other_blocks_may_be_huge);
	tcase_add_loop_test(t, clocks_differ, 0, (int)ARRAY_LEN(clocks));
	tcase_add_test(t, wrong_options_are_ignored);
	tcase_add_loop_test(t, it_may_come_byte_by_byte, 1, 40);
	tcase_add_test(t, an_empty_section_is_a_capture);
}

static void
add_wrong(Suite *s)
{
	TCase *t = leaks_tcase(s, "wrong");

	tcase_add_checked_fixture(t, setup, NULL);
	tcase_add_loop_test(t, damage_is_named_and_ends_the_reading, 0,
	    (int)ARRAY_LEN(damages));
	tcase_add_test(t, blocks_may_be_too_small);
	tcase_add_test(t, a_packet_needs_a_section_and_an_interface);
	tcase_add_test(t, a_file_may_be_cut_anywhere);
	tcase_add_test(t, any_byte_may_be_wrong);
	tcase_add_test(t, a_source_may_fail);
	tcase_add_test(t, interfaces_have_a_limit);
	tcase_add_test(t, without_memory_it_ends);
}

static Suite *
suite(void)
{
	Suite *s = suite_create("pcapng");

	add_allowed(s);
	add_wrong(s);
	return s;
}

int
main(void)
{
	return check_main(suite());
}
