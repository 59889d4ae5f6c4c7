/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "print/pcapng_out.h"

#include <string.h>

#include "base/outbuf.h"

/* Types of blocks and options, and lengths in bytes. */
enum {
	BLOCK_SECTION = 0x0a0d0d0a,
	BLOCK_INTERFACE = 1,
	BLOCK_PACKET = 6,

	BYTE_ORDER_MAGIC = 0x1a2b3c4d,
	VERSION_MAJOR = 1,
	VERSION_MINOR = 0,

	OPTION_END = 0,
	OPTION_COMMENT = 1,
	OPTION_APPLICATION = 4,		/* shb_userappl */
	OPTION_RESOLUTION = 9,		/* if_tsresol */
	OPTION_BASE = 14,		/* if_tsoffset */

	BLOCK_LEN = 12,			/* type, and its length twice */
	SECTION_LEN = 16,
	INTERFACE_LEN = 8,
	PACKET_LEN = 20,
	OPTION_LEN = 4,			/* code and length */
	OPTION_MAX = UINT16_MAX,	/* bytes of its value */
	BASE_LEN = OPTION_LEN + 8
};

/* ---- bytes ---- */

static void
put_le16(struct outbuf *out, uint32_t number)
{
	outbuf_char(out, (char)(number & 0xff));
	outbuf_char(out, (char)(number >> 8 & 0xff));
}

static void
put_le32(struct outbuf *out, uint32_t number)
{
	put_le16(out, number & 0xffff);
	put_le16(out, number >> 16);
}

/* Blocks and options are aligned to 32 bits. */
static uint32_t
padded(size_t len)
{
	return (uint32_t)((len + 3) & ~(size_t)3);
}

static void
put_aligned(struct outbuf *out, const void *bytes, size_t len)
{
	static const char zeros[3];

	outbuf_mem(out, bytes, len);
	outbuf_mem(out, zeros, padded(len) - len);
}

static void
put_option(struct outbuf *out, uint32_t code, const void *bytes,
    size_t len)
{
	put_le16(out, code);
	put_le16(out, (uint32_t)len);
	put_aligned(out, bytes, len);
}

static void
put_end_of_options(struct outbuf *out)
{
	put_le32(out, OPTION_END);
}

static void
put_base(struct outbuf *out, uint64_t seconds)
{
	put_le16(out, OPTION_BASE);
	put_le16(out, BASE_LEN - OPTION_LEN);
	put_le32(out, (uint32_t)(seconds & UINT32_MAX));
	put_le32(out, (uint32_t)(seconds >> 32));
}

/* ---- blocks ---- */

void
pcapng_put_section(struct outbuf *out, const char *application,
    const char *comment)
{
	const size_t name_len = strlen(application);
	const size_t comment_len = comment == NULL ? 0 :
	    strnlen(comment, OPTION_MAX);
	const uint32_t len = BLOCK_LEN + SECTION_LEN + OPTION_LEN +
	    padded(name_len) + (comment == NULL ? 0 : OPTION_LEN +
	    padded(comment_len)) + OPTION_LEN;

	put_le32(out, BLOCK_SECTION);
	put_le32(out, len);
	put_le32(out, BYTE_ORDER_MAGIC);
	put_le16(out, VERSION_MAJOR);
	put_le16(out, VERSION_MINOR);
	/* The length of the section is unknown: 64 bits, all ones. */
	put_le32(out, UINT32_MAX);
	put_le32(out, UINT32_MAX);
	if (comment != NULL)
		put_option(out, OPTION_COMMENT, comment, comment_len);
	put_option(out, OPTION_APPLICATION, application, name_len);
	put_end_of_options(out);
	put_le32(out, len);
}

void
pcapng_put_interface(struct outbuf *out, uint16_t linktype, int64_t base_sec,
    bool is_nanosecond)
{
	const uint8_t decimals = is_nanosecond ? 9 : 6;
	const uint32_t len = BLOCK_LEN + INTERFACE_LEN + OPTION_LEN +
	    padded(sizeof(decimals)) + BASE_LEN + OPTION_LEN;

	put_le32(out, BLOCK_INTERFACE);
	put_le32(out, len);
	put_le16(out, linktype);
	put_le16(out, 0);
	put_le32(out, 0);	/* no limit of captured bytes */
	put_option(out, OPTION_RESOLUTION, &decimals, sizeof(decimals));
	put_base(out, (uint64_t)base_sec);
	put_end_of_options(out);
	put_le32(out, len);
}

static uint32_t
comments_len(const struct pcapng_out_packet *packet)
{
	uint32_t len = packet->comment_count > 0 ? OPTION_LEN : 0;

	for (unsigned i = 0; i < packet->comment_count; i++)
		len += OPTION_LEN + padded(strlen(packet->comments[i]));
	return len;
}

void
pcapng_put_packet(struct outbuf *out, const struct pcapng_out_packet *packet)
{
	const uint32_t len = BLOCK_LEN + PACKET_LEN +
	    padded(packet->captured_len) + comments_len(packet);

	put_le32(out, BLOCK_PACKET);
	put_le32(out, len);
	put_le32(out, packet->interface);
	put_le32(out, (uint32_t)(packet->time >> 32));
	put_le32(out, (uint32_t)(packet->time & UINT32_MAX));
	put_le32(out, packet->captured_len);
	put_le32(out, packet->wire_len);
	put_aligned(out, packet->bytes, packet->captured_len);
	for (unsigned i = 0; i < packet->comment_count; i++)
		put_option(out, OPTION_COMMENT, packet->comments[i],
		    strlen(packet->comments[i]));
	if (packet->comment_count > 0)
		put_end_of_options(out);
	put_le32(out, len);
}
