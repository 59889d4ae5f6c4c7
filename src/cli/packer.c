/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "cli/packer.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#ifdef HAVE_ZLIB
#include <zlib.h>
#endif
#ifdef HAVE_ZSTD
#include <zstd.h>
#endif

#include "base/compiler.h"
#include "base/outbuf.h"
#include "base/pool.h"

#define PACKED_SIZE	(64 * 1024)	/* bytes of one write(2) */
#define GZIP_BITS	(15 + 16)	/* the largest window, with a header */
#define GZIP_MEMORY	8		/* zlib's default */

enum step {
	STEP_MORE,		/* there is more to come */
	STEP_SYNC,		/* a reader can decompress all of it */
	STEP_FINISH
};

struct method {
	const char *suffix;
	int (*open)(struct packer *);	/* 0 or an errno value */
	int (*pack)(struct packer *, const char *bytes, size_t len,
	    enum step);
	void (*close)(struct packer *);
};

struct packer {
	const struct method *method;
	const int *fd;
	bool has_begun;		/* data without their end were written */
#ifdef HAVE_ZLIB
	z_stream gzip;
#endif
#ifdef HAVE_ZSTD
	ZSTD_CStream *zstd;
#endif
	char packed[PACKED_SIZE];
};

#if defined(HAVE_ZLIB) || defined(HAVE_ZSTD)
static int
write_packed(struct packer *packer, size_t len)
{
	int fd = *packer->fd;

	return outbuf_sink_fd(&fd, packer->packed, len);
}
#endif

#ifdef HAVE_ZLIB
static int
gzip_start(struct packer *packer)
{
	return deflateInit2(&packer->gzip, Z_DEFAULT_COMPRESSION, Z_DEFLATED,
	    GZIP_BITS, GZIP_MEMORY, Z_DEFAULT_STRATEGY) == Z_OK ? 0 : ENOMEM;
}

static int
gzip_pack(struct packer *packer, const char *bytes, size_t len, enum step step)
{
	static const int flushes[] = {
		[STEP_MORE] = Z_NO_FLUSH,
		[STEP_SYNC] = Z_SYNC_FLUSH,
		[STEP_FINISH] = Z_FINISH,
	};
	z_stream *z = &packer->gzip;
	int error = 0;

	/* zlib does not write to its input, whatever the type says. */
	/* NOLINTNEXTLINE(*-no-int-to-ptr) */
	z->next_in = (Bytef *)(uintptr_t)bytes;
	z->avail_in = (uInt)len;
	do {
		z->next_out = (Bytef *)packer->packed;
		z->avail_out = PACKED_SIZE;
		(void)deflate(z, flushes[step]);
		error = write_packed(packer, PACKED_SIZE - z->avail_out);
	} while (error == 0 && z->avail_out == 0);
	if (step == STEP_FINISH)
		(void)deflateReset(z);
	return error;
}

static void
gzip_stop(struct packer *packer)
{
	(void)deflateEnd(&packer->gzip);
}
#else
#define gzip_start	NULL
#define gzip_pack	NULL
#define gzip_stop	NULL
#endif

#ifdef HAVE_ZSTD
static int
zstd_start(struct packer *packer)
{
	packer->zstd = ZSTD_createCStream();
	return packer->zstd != NULL ? 0 : ENOMEM;
}

static int
zstd_pack(struct packer *packer, const char *bytes, size_t len, enum step step)
{
	static const ZSTD_EndDirective ends[] = {
		[STEP_MORE] = ZSTD_e_continue,
		[STEP_SYNC] = ZSTD_e_flush,
		[STEP_FINISH] = ZSTD_e_end,
	};
	ZSTD_inBuffer in = { bytes, len, 0 };
	size_t left;
	int error = 0;

	do {
		ZSTD_outBuffer out = { packer->packed, PACKED_SIZE, 0 };

		left = ZSTD_compressStream2(packer->zstd, &out, &in,
		    ends[step]);
		if (ZSTD_isError(left))
			return ENOMEM;
		error = write_packed(packer, out.pos);
	} while (error == 0 && (in.pos < in.size ||
	    (step != STEP_MORE && left > 0)));
	/* After an error, the next file begins anew, too. */
	if (step == STEP_FINISH)
		(void)ZSTD_CCtx_reset(packer->zstd, ZSTD_reset_session_only);
	return error;
}

static void
zstd_stop(struct packer *packer)
{
	(void)ZSTD_freeCStream(packer->zstd);
}
#else
#define zstd_start	NULL
#define zstd_pack	NULL
#define zstd_stop	NULL
#endif

static const struct method methods[] = {
	{ ".gz", gzip_start, gzip_pack, gzip_stop },
	{ ".zst", zstd_start, zstd_pack, zstd_stop },
};

static const struct method *
find_method(const char *path)
{
	const size_t len = strlen(path);

	for (size_t i = 0; i < ARRAY_LEN(methods); i++) {
		const size_t suffix_len = strlen(methods[i].suffix);

		if (len > suffix_len && strcmp(path + len - suffix_len,
		    methods[i].suffix) == 0)
			return &methods[i];
	}
	return NULL;
}

const char *
packer_suffix(const char *path)
{
	const struct method *method = find_method(path);

	return method != NULL ? method->suffix : "";
}

struct packer *
packer_new(const char *path, const int *fd)
{
	const struct method *method = find_method(path);
	struct packer *packer;

	errno = ENOTSUP;
	if (method == NULL || method->open == NULL)
		return NULL;
	packer = mem_zalloc(sizeof(*packer));
	errno = ENOMEM;
	if (packer == NULL)
		return NULL;
	packer->method = method;
	packer->fd = fd;
	if (method->open(packer) == 0)
		return packer;
	mem_free(packer);
	errno = ENOMEM;
	return NULL;
}

void
packer_free(struct packer *packer)
{
	if (packer == NULL)
		return;
	packer->method->close(packer);
	mem_free(packer);
}

int
packer_sink(void *arg, const char *bytes, size_t len)
{
	struct packer *packer = arg;

	packer->has_begun = true;
	return packer->method->pack(packer, bytes, len, STEP_MORE);
}

int
packer_sync(struct packer *packer)
{
	return packer->has_begun ?
	    packer->method->pack(packer, NULL, 0, STEP_SYNC) : 0;
}

int
packer_finish(struct packer *packer)
{
	if (!packer->has_begun)
		return 0;
	packer->has_begun = false;
	return packer->method->pack(packer, NULL, 0, STEP_FINISH);
}
