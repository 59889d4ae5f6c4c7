/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * gzip (RFC 1952), by zlib: members one after the other, and zeros behind them.
 */
#include "config.h"

#include "capture/unpack.h"

#ifdef HAVE_ZLIB

#include <errno.h>
#include <zlib.h>

#include "base/pool.h"

struct gzip {
	z_stream z;
	bool in_member;		/* a member has begun and not ended */
};

bool
gzip_open(struct input *in)
{
	struct gzip *gz = mem_zalloc(sizeof(*gz));

	if (gz == NULL)
		return false;
	/* 16: a gzip header is expected, and its checksum is verified. */
	if (inflateInit2(&gz->z, 16 + MAX_WBITS) != Z_OK) {
		mem_free(gz);
		return false;
	}
	in->state = gz;
	return true;
}

/* Files padded to the blocks of a tape or a disk end in zeros. */
static bool
skip_zeros(struct input *in)
{
	do {
		if (unpack_raw_left(in) == 0 && !unpack_fill(in))
			return false;
		while (unpack_raw_left(in) > 0 && in->raw[in->raw_at] == 0)
			in->raw_at++;
	} while (unpack_raw_left(in) == 0);
	return true;
}

/* Is there another member, as from `cat a.gz b.gz`? */
static bool
gzip_next_member(struct input *in, struct gzip *gz)
{
	if (!skip_zeros(in))
		return false;
	if (in->raw[in->raw_at] != 0x1f) {
		unpack_report_damage(in,
		    "the gzip data are followed by something else");
		return false;
	}
	return inflateReset(&gz->z) == Z_OK;
}

/* Handle what inflate() returned.  False: there is nothing more to get. */
static bool
gzip_goes_on(struct input *in, struct gzip *gz, int result)
{
	switch (result) {
	case Z_STREAM_END:
		gz->in_member = false;
		return true;
	case Z_OK:
	case Z_BUF_ERROR:
		return true;
	case Z_MEM_ERROR:
		in->error = ENOMEM;
		return false;
	default:
		unpack_report_damage(in, "the gzip data are damaged");
		return false;
	}
}

/* One call of inflate().  False when there is nothing more to get. */
static bool
gzip_step(struct input *in, struct gzip *gz)
{
	int result;

	if (!gz->in_member && !gzip_next_member(in, gz))
		return false;
	gz->in_member = true;
	if (unpack_raw_left(in) == 0 && !unpack_fill(in)) {
		unpack_report_cut(in, "the gzip data end early");
		return false;
	}
	gz->z.next_in = in->raw + in->raw_at;
	gz->z.avail_in = (uInt)unpack_raw_left(in);
	result = inflate(&gz->z, Z_NO_FLUSH);
	in->raw_at = in->raw_count - gz->z.avail_in;
	return gzip_goes_on(in, gz, result);
}

ssize_t
gzip_read(struct input *in, uint8_t *to, size_t room)
{
	struct gzip *gz = in->state;
	const uInt wanted = room > RAW_SIZE ? RAW_SIZE : (uInt)room;

	gz->z.next_out = to;
	gz->z.avail_out = wanted;
	/* Return what there is: a pipe may be slow. */
	while (in->complaint == NULL && gz->z.avail_out == wanted &&
	    gzip_step(in, gz))
		continue;
	if (gz->z.avail_out < wanted)
		return wanted - gz->z.avail_out;
	return unpack_end(in);
}

void
gzip_close(struct input *in)
{
	struct gzip *gz = in->state;

	inflateEnd(&gz->z);
	mem_free(gz);
}

#endif
