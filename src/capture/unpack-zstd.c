/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Zstandard (RFC 8878): frames one after the other.
 */
#include "config.h"

#include "capture/unpack.h"

#ifdef HAVE_ZSTD

#include <errno.h>
#include <zstd.h>
#include <zstd_errors.h>

#include "base/pool.h"

struct zst {
	ZSTD_DStream *stream;
	bool in_frame;
};

bool
zstd_open(struct input *in)
{
	struct zst *zs = mem_zalloc(sizeof(*zs));

	if (zs == NULL)
		return false;
	zs->stream = ZSTD_createDStream();
	if (zs->stream == NULL) {
		mem_free(zs);
		return false;
	}
	in->state = zs;
	return true;
}

/* Note why the library could not decompress. */
static void
zstd_fail(struct input *in, size_t result)
{
	const ZSTD_ErrorCode code = ZSTD_getErrorCode(result);

	if (code == ZSTD_error_memory_allocation)
		in->error = ENOMEM;
	else if (code == ZSTD_error_frameParameter_windowTooLarge)
		unpack_report_damage(in, "the zstd data need a window of more "
		    "than 128 MiB; unpack them with zstdcat --long=31");
	else
		unpack_report_damage(in, "the zstd data are damaged");
}

static bool
zstd_step(struct input *in, struct zst *zs, ZSTD_outBuffer *out)
{
	ZSTD_inBuffer packed;
	size_t result;

	/* At the end of the input the library may still hold output. */
	if (unpack_raw_left(in) == 0 && !unpack_fill(in) && !zs->in_frame)
		return false;
	packed = (ZSTD_inBuffer){ in->raw + in->raw_at, unpack_raw_left(in),
	    0 };
	result = ZSTD_decompressStream(zs->stream, out, &packed);
	in->raw_at += packed.pos;
	if (ZSTD_isError(result)) {
		zstd_fail(in, result);
		return false;
	}
	zs->in_frame = result != 0;
	if (packed.size == 0 && out->pos == 0 && zs->in_frame) {
		unpack_report_cut(in, "the zstd data end early");
		return false;
	}
	return true;
}

ssize_t
zstd_read(struct input *in, uint8_t *to, size_t room)
{
	struct zst *zs = in->state;
	ZSTD_outBuffer out = { to, room, 0 };

	while (in->complaint == NULL && out.pos == 0 &&
	    zstd_step(in, zs, &out))
		continue;
	if (out.pos > 0)
		return (ssize_t)out.pos;
	return unpack_end(in);
}

void
zstd_close(struct input *in)
{
	struct zst *zs = in->state;

	ZSTD_freeDStream(zs->stream);
	mem_free(zs);
}

#endif
