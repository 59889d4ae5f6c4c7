/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A file is a sequence of blocks, all numbers in the byte order of their
 * section (draft-ietf-opsawg-pcapng, 3.1, 4):
 *
 *	 0                   4                   8
 *	+-------------------+-------------------+-----------+--------+
 *	| type              | total length      | body...   | length |
 *	+-------------------+-------------------+-----------+--------+
 *
 *	section		| 1A2B3C4D | version (2 + 2) | section length (8) |
 *	interface	| link type (2) | reserved (2) | snapshot length (4) |
 *	enhanced packet	| interface (4) | time (4 + 4) | captured (4) |
 *			| on the wire (4) | data
 *	packet, obsolete | interface (2) | drops (2) | time (4 + 4) |
 *			| captured (4) | on the wire (4) | data
 *	simple packet	| on the wire (4) | data
 *
 * Data are padded to four bytes.  Options {code (2), length (2), value,
 * padding} may follow.
 */
#include "config.h"

#include "capture/pcapng.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/cursor.h"
#include "base/pool.h"
#include "capture/ticks.h"

#define BLOCK_SECTION	0x0a0d0d0aU	/* the same in either byte order */
#define BLOCK_INTERFACE	1U
#define BLOCK_PACKET	2U
#define BLOCK_SIMPLE	3U
#define BLOCK_ENHANCED	6U
#define BLOCK_HEAD	8U	/* type and length */
#define BLOCK_OVERHEAD	12U	/* and the length again */
#define MAGIC		0x1a2b3c4dU
#define MAJOR_VERSION	1U
#define OPTION_END	0U
#define OPTION_TSRESOL	9U	/* if_tsresol, one byte */
#define OPTION_TSOFFSET	14U	/* if_tsoffset, eight bytes */

#define FIRST_ROOM	((size_t)256 * 1024)	/* bytes, of the buffer */
#define FIRST_INTERFACES	8

struct interface {
	int64_t offset;		/* seconds to add to its times */
	uint32_t snaplen;
	uint16_t linktype;
	uint8_t resolution;	/* if_tsresol as it stands */
};

struct pcapng {
	pcapng_source *source;
	void *arg;
	uint8_t *buffer;
	size_t room;
	size_t at;		/* of the next block */
	size_t end;		/* of what was read */
	uint32_t block_len;	/* of the block at hand; 0: not known yet */

	bool has_section;
	bool is_big;		/* byte order of the section */
	bool is_fine;
	struct interface *interfaces;	/* of the section */
	uint32_t interface_count;
	uint32_t interface_room;
	int64_t last_ns;	/* time of the last packet that had one */

	enum pcapng_result result;	/* once it is final */
	char complaint[128];
};

struct pcapng *
pcapng_new(pcapng_source *source, void *arg)
{
	struct pcapng *p = mem_zalloc(sizeof(*p));

	if (p == NULL)
		return NULL;
	p->source = source;
	p->arg = arg;
	p->buffer = mem_zalloc(FIRST_ROOM);
	p->room = FIRST_ROOM;
	if (p->buffer != NULL)
		return p;
	mem_free(p);
	return NULL;
}

void
pcapng_free(struct pcapng *p)
{
	if (p == NULL)
		return;
	mem_free(p->interfaces);
	mem_free(p->buffer);
	mem_free(p);
}

const char *
pcapng_complaint(const struct pcapng *p)
{
	return p->complaint;
}

bool
pcapng_is_fine(const struct pcapng *p)
{
	return p->is_fine;
}

/* Everything ends here.  False, for the caller to return. */
static bool PRINTF_LIKE(3, 4)
fail(struct pcapng *p, enum pcapng_result result, const char *fmt, ...)
{
	va_list args;

	p->result = result;
	va_start(args, fmt);
	vsnprintf(p->complaint, sizeof(p->complaint), fmt, args);
	va_end(args);
	return false;
}

/* ---- bytes ---- */

static uint32_t
order32(const struct pcapng *p, uint32_t big)
{
	return p->is_big ? big : big >> 24 | (big >> 8 & 0xff00) |
	    (big << 8 & 0xff0000) | big << 24;
}

static uint32_t
take32(const struct pcapng *p, struct cursor *c)
{
	return order32(p, cursor_u32(c));
}

static uint32_t
take16(const struct pcapng *p, struct cursor *c)
{
	const uint32_t big = cursor_u16(c);

	return p->is_big ? big : big >> 8 | (big << 8 & 0xff00);
}

/* The higher half first: an option's 64 bits are in the section's order. */
static uint64_t
take64(const struct pcapng *p, struct cursor *c)
{
	const uint64_t first = take32(p, c);
	const uint64_t second = take32(p, c);

	return p->is_big ? first << 32 | second : second << 32 | first;
}

/*
 * Room for more bytes behind those of the block at hand.  The buffer grows only
 * when it is full of what was read, whatever lengths a file claims.
 */
static bool
make_room(struct pcapng *p)
{
	uint8_t *larger;

	if (p->end < p->room)
		return true;
	if (p->at > 0) {
		memmove(p->buffer, p->buffer + p->at, p->end - p->at);
		p->end -= p->at;
		p->at = 0;
		return true;
	}
	larger = mem_realloc(p->buffer, 2 * p->room);
	if (larger == NULL)
		return fail(p, PCAPNG_UNREADABLE, "out of memory");
	p->buffer = larger;
	p->room *= 2;
	return true;
}

/* Read what there is.  False at the end, without a result, or on failure. */
static bool
read_more(struct pcapng *p)
{
	ssize_t got;

	if (!make_room(p))
		return false;
	got = p->source(p->arg, p->buffer + p->end, p->room - p->end);
	if (got < 0)
		return fail(p, PCAPNG_UNREADABLE, "%s", strerror(errno));
	p->end += (size_t)got;
	return got > 0;
}

/* Are the next `n` bytes in the buffer? */
static bool
have(struct pcapng *p, size_t n)
{
	while (p->end - p->at < n) {
		if (read_more(p))
			continue;
		if (p->result != PCAPNG_PACKET)
			return false;
		if (p->block_len == 0)
			return fail(p, PCAPNG_CUT, "the file ends inside the "
			    "head of a block");
		return fail(p, PCAPNG_CUT, "the file ends inside a block of "
		    "%u bytes", p->block_len);
	}
	return true;
}

static bool
skip(struct pcapng *p, size_t n)
{
	while (p->end - p->at < n) {
		n -= p->end - p->at;
		p->at = 0;
		p->end = 0;
		if (!have(p, 1))
			return false;
	}
	p->at += n;
	return true;
}

static struct cursor
bytes_at(const struct pcapng *p, size_t offset, size_t n)
{
	return cursor_over(p->buffer + p->at + offset, n, n);
}

static uint32_t
peek32(const struct pcapng *p, size_t offset)
{
	struct cursor c = bytes_at(p, offset, sizeof(uint32_t));

	return take32(p, &c);
}

/* ---- blocks ---- */

struct block {
	uint32_t type;
	uint32_t len;		/* with its overhead */
	struct cursor body;	/* if is_wanted() */
};

static bool
is_wanted(uint32_t type)
{
	return type == BLOCK_SECTION || type == BLOCK_INTERFACE ||
	    type == BLOCK_PACKET || type == BLOCK_SIMPLE ||
	    type == BLOCK_ENHANCED;
}

/* The order of a section is that in which its magic number is read right. */
static bool
take_order(struct pcapng *p)
{
	if (!have(p, BLOCK_HEAD + sizeof(uint32_t)))
		return false;
	p->is_big = true;
	if (peek32(p, BLOCK_HEAD) == MAGIC)
		return true;
	p->is_big = false;
	if (peek32(p, BLOCK_HEAD) == MAGIC)
		return true;
	return fail(p, PCAPNG_DAMAGED, "a section without its magic number");
}

static bool
take_head(struct pcapng *p, struct block *ret_block)
{
	p->block_len = 0;
	if (p->at == p->end && !read_more(p)) {
		if (p->result == PCAPNG_PACKET)
			p->result = PCAPNG_END;
		return false;
	}
	if (!have(p, BLOCK_HEAD))
		return false;
	ret_block->type = peek32(p, 0);
	if (ret_block->type == BLOCK_SECTION && !take_order(p))
		return false;
	if (ret_block->type != BLOCK_SECTION && !p->has_section)
		return fail(p, PCAPNG_DAMAGED, "a block before any section");
	ret_block->len = peek32(p, 4);
	if (ret_block->len < BLOCK_OVERHEAD || ret_block->len % 4 != 0)
		return fail(p, PCAPNG_DAMAGED, "a block of %u bytes",
		    ret_block->len);
	if (is_wanted(ret_block->type) && ret_block->len > PCAPNG_BLOCK_MAX)
		return fail(p, PCAPNG_DAMAGED, "a block of %u bytes, which "
		    "is too large", ret_block->len);
	p->block_len = ret_block->len;
	return true;
}

/* At the length that ends a block: it has to be that of its head. */
static bool
check_tail(struct pcapng *p, const struct block *block, size_t offset)
{
	const uint32_t len = peek32(p, offset);

	if (len == block->len)
		return true;
	return fail(p, PCAPNG_DAMAGED, "a block of length %u at its start "
	    "and %u at its end", block->len, len);
}

/* Take one block; its body is that of bytes in the buffer. */
static bool
take_block(struct pcapng *p, struct block *ret_block)
{
	const size_t tail = sizeof(uint32_t);

	if (!take_head(p, ret_block))
		return false;
	if (!is_wanted(ret_block->type)) {
		/* NOLINTNEXTLINE(*Result): take_head() has set it */
		if (!skip(p, ret_block->len - tail) || !have(p, tail) ||
		    !check_tail(p, ret_block, 0))
			return false;
		p->at += tail;
		return true;
	}
	/* NOLINTNEXTLINE(*CallAndMessage): take_head() has set it */
	if (!have(p, ret_block->len) ||
	    !check_tail(p, ret_block, ret_block->len - tail))
		return false;
	ret_block->body = bytes_at(p, BLOCK_HEAD,
	    ret_block->len - BLOCK_OVERHEAD);
	p->at += ret_block->len;
	return true;
}

static bool
fail_short(struct pcapng *p, const struct block *block)
{
	return fail(p, PCAPNG_DAMAGED, "a block of %u bytes, which is too "
	    "small", block->len);
}

/* ---- sections and interfaces ---- */

static bool
begin_section(struct pcapng *p, struct block *block)
{
	uint32_t major, minor;

	(void)take32(p, &block->body);
	major = take16(p, &block->body);
	minor = take16(p, &block->body);
	(void)take64(p, &block->body);
	if (!cursor_is_good(&block->body))
		return fail_short(p, block);
	if (major != MAJOR_VERSION)
		return fail(p, PCAPNG_DAMAGED, "a section of version %u.%u, "
		    "which is unknown", major, minor);
	p->has_section = true;
	p->interface_count = 0;
	return true;
}

/* An option of the wrong length is none. */
static void
take_option(const struct pcapng *p, struct interface *interface,
    uint32_t code, struct cursor value)
{
	const size_t len = cursor_declared_left(&value);

	if (code == OPTION_TSRESOL && len == 1)
		interface->resolution = cursor_u8(&value);
	else if (code == OPTION_TSOFFSET && len == sizeof(uint64_t))
		interface->offset = (int64_t)take64(p, &value);
}

static void
take_options(const struct pcapng *p, struct interface *interface,
    struct cursor *c)
{
	for (;;) {
		const uint32_t code = take16(p, c);
		const uint32_t len = take16(p, c);
		struct cursor value = *c;

		if (!cursor_skip(c, len) || code == OPTION_END)
			return;
		cursor_declare(&value, len);
		take_option(p, interface, code, value);
		(void)cursor_skip(c, (4 - len % 4) % 4);
	}
}

/* Room for one more. */
static bool
grow_interfaces(struct pcapng *p)
{
	const uint32_t room = p->interface_room == 0 ? FIRST_INTERFACES :
	    2 * p->interface_room;
	struct interface *larger;

	if (p->interface_count < p->interface_room)
		return true;
	if (p->interface_count == PCAPNG_INTERFACES_MAX)
		return fail(p, PCAPNG_DAMAGED, "more than %u interfaces",
		    PCAPNG_INTERFACES_MAX);
	larger = mem_realloc(p->interfaces, room * sizeof(*larger));
	if (larger == NULL)
		return fail(p, PCAPNG_UNREADABLE, "out of memory");
	p->interfaces = larger;
	p->interface_room = room;
	return true;
}

static bool
add_interface(struct pcapng *p, struct block *block)
{
	struct interface interface = { .resolution = TICKS_DEFAULT };

	interface.linktype = (uint16_t)take16(p, &block->body);
	(void)take16(p, &block->body);
	interface.snaplen = take32(p, &block->body);
	if (!cursor_is_good(&block->body))
		return fail_short(p, block);
	take_options(p, &interface, &block->body);
	if (!grow_interfaces(p))
		return false;
	p->interfaces[p->interface_count++] = interface;
	if (ticks_are_fine(interface.resolution))
		p->is_fine = true;
	return true;
}

bool
pcapng_interface(const struct pcapng *p, uint32_t index,
    struct pcapng_link *ret_link)
{
	if (index >= p->interface_count)
		return false;
	ret_link->type = p->interfaces[index].linktype;
	ret_link->snaplen = p->interfaces[index].snaplen;
	ret_link->is_big = p->is_big;
	return true;
}

/* ---- packets ---- */

/* The data of a packet; its lengths are known. */
static bool
take_data(struct pcapng *p, struct block *block, struct pcapng_packet *packet)
{
	packet->bytes = cursor_take(&block->body, packet->captured_len);
	if (packet->bytes != NULL)
		return true;
	return fail(p, PCAPNG_DAMAGED, "a packet of %u bytes in a block of "
	    "%u", packet->captured_len, block->len);
}

static bool
take_interface(struct pcapng *p, uint32_t index, struct pcapng_packet *packet)
{
	packet->interface = index;
	if (pcapng_interface(p, index, &packet->link))
		return true;
	return fail(p, PCAPNG_DAMAGED, "a packet of interface %u, which is "
	    "not described", index);
}

static bool
take_packet(struct pcapng *p, struct block *block,
    struct pcapng_packet *packet)
{
	const bool is_obsolete = block->type == BLOCK_PACKET;
	const uint32_t index = is_obsolete ? take16(p, &block->body) :
	    take32(p, &block->body);
	uint64_t ticks;

	if (is_obsolete)
		(void)take16(p, &block->body);
	ticks = (uint64_t)take32(p, &block->body) << 32;
	ticks |= take32(p, &block->body);
	packet->captured_len = take32(p, &block->body);
	packet->wire_len = take32(p, &block->body);
	if (!cursor_is_good(&block->body))
		return fail_short(p, block);
	if (!take_interface(p, index, packet) ||
	    !take_data(p, block, packet))
		return false;
	p->last_ns = ticks_to_ns(ticks,
	    p->interfaces[index].resolution, p->interfaces[index].offset);
	packet->time_ns = p->last_ns;
	packet->has_time = true;
	return true;
}

/* Of interface 0, cut at its snapshot length, without a time. */
static bool
take_simple(struct pcapng *p, struct block *block,
    struct pcapng_packet *packet)
{
	packet->wire_len = take32(p, &block->body);
	if (!cursor_is_good(&block->body))
		return fail_short(p, block);
	if (!take_interface(p, 0, packet))
		return false;
	packet->captured_len = packet->wire_len;
	if (packet->link.snaplen != 0 &&
	    packet->captured_len > packet->link.snaplen)
		packet->captured_len = packet->link.snaplen;
	packet->time_ns = p->last_ns;
	packet->has_time = false;
	return take_data(p, block, packet);
}

enum pcapng_result
pcapng_next(struct pcapng *p, struct pcapng_packet *packet)
{
	struct block block;

	while (p->result == PCAPNG_PACKET && take_block(p, &block)) {
		if (block.type == BLOCK_SECTION)
			(void)begin_section(p, &block);
		else if (block.type == BLOCK_INTERFACE)
			(void)add_interface(p, &block);
		else if (block.type == BLOCK_SIMPLE &&
		    take_simple(p, &block, packet))
			return PCAPNG_PACKET;
		else if ((block.type == BLOCK_ENHANCED ||
		    block.type == BLOCK_PACKET) &&
		    take_packet(p, &block, packet))
			return PCAPNG_PACKET;
	}
	return p->result;
}
