/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "base/outbuf.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/pool.h"

#define PRINTF_SIZE	512		/* most formatted texts fit this */

#define REPLACEMENT	"\xef\xbf\xbd"	/* U+FFFD */

struct outbuf *
outbuf_new(outbuf_sink *sink, void *arg)
{
	struct outbuf *out = mem_zalloc(sizeof(*out));

	if (out != NULL) {
		out->at = out->text;
		out->sink = sink;
		out->arg = arg;
	}
	return out;
}

void
outbuf_free(struct outbuf *out)
{
	mem_free(out);
}

/* Another process that shares the descriptor may have made it non-blocking. */
static int
wait_writable(int fd)
{
	struct pollfd pollfd = { .fd = fd, .events = POLLOUT };

	if (poll(&pollfd, 1, -1) < 0 && errno != EINTR)
		return errno;
	return 0;
}

int
outbuf_sink_fd(void *arg, const char *bytes, size_t len)
{
	const int fd = *(const int *)arg;
	int error = 0;

	while (len > 0 && error == 0) {
		const ssize_t written = write(fd, bytes, len);

		if (written >= 0) {
			bytes += written;
			len -= (size_t)written;
		} else if (errno == EAGAIN) {
			error = wait_writable(fd);
		} else if (errno != EINTR) {
			error = errno;
		}
	}
	return error;
}

int
outbuf_sink_none(void *arg, const char *bytes, size_t len)
{
	(void)arg;
	(void)bytes;
	(void)len;
	return 0;
}

static void
hand_over(struct outbuf *out, const char *bytes, size_t len)
{
	if (out->error == 0 && len > 0)
		out->error = out->sink(out->arg, bytes, len);
	out->passed += len;
}

static size_t
held(const struct outbuf *out)
{
	return OUTBUF_SIZE - outbuf_left(out);
}

int
outbuf_flush(struct outbuf *out)
{
	hand_over(out, out->text, held(out));
	out->at = out->text;
	return out->error;
}

void
outbuf_clear(struct outbuf *out)
{
	out->at = out->text;
	out->error = 0;
}

void
outbuf_join(struct outbuf *to, struct outbuf *from)
{
	outbuf_flush(to);
	hand_over(to, from->text, held(from));
	from->at = from->text;
}

int
outbuf_error(const struct outbuf *out)
{
	return out->error;
}

void
outbuf_more(struct outbuf *out, const char *bytes, size_t len)
{
	outbuf_flush(out);
	if (len >= OUTBUF_SIZE)
		hand_over(out, bytes, len);
	else
		out->at = put_mem(out->at, bytes, len);
}

void
outbuf_i64(struct outbuf *out, int64_t n)
{
	if (n < 0)
		outbuf_char(out, '-');
	outbuf_u64(out, n < 0 ? -(uint64_t)n : (uint64_t)n);
}

/* A text too long for the stack. */
PRINTF_LIKE(3, 0)
static void
print_long(struct outbuf *out, size_t len, const char *fmt, va_list args)
{
	char *text = mem_zalloc(len + 1);

	if (text == NULL) {
		if (out->error == 0)
			out->error = ENOMEM;
		return;
	}
	if (vsnprintf(text, len + 1, fmt, args) > 0)
		outbuf_mem(out, text, len);
	mem_free(text);
}

void
outbuf_printf(struct outbuf *out, const char *fmt, ...)
{
	char text[PRINTF_SIZE];
	va_list args;
	int len;

	va_start(args, fmt);
	len = vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	if (len >= 0 && (size_t)len < sizeof(text)) {
		outbuf_mem(out, text, (size_t)len);
	} else if (len >= 0) {
		va_start(args, fmt);
		print_long(out, (size_t)len, fmt, args);
		va_end(args);
	}
}

uint64_t
outbuf_mark(const struct outbuf *out)
{
	return out->passed + held(out);
}

void
outbuf_pad(struct outbuf *out, uint64_t mark, size_t width)
{
	const uint64_t used = outbuf_mark(out) - mark;

	if (used < width)
		outbuf_spaces(out, width - (size_t)used);
}

/*
 * Well-formed UTF-8 (RFC 3629, 4): each row of first bytes says how many
 * follow and between which bounds the second lies; the others are 80..BF.
 */
struct utf8_row {
	uint8_t first_min, first_max;
	uint8_t second_min, second_max;
	uint8_t len;
};

static const struct utf8_row utf8_rows[] = {
	{ 0x00, 0x7f, 0x00, 0x00, 1 },
	{ 0xc2, 0xdf, 0x80, 0xbf, 2 },
	{ 0xe0, 0xe0, 0xa0, 0xbf, 3 },	/* no overlong forms */
	{ 0xe1, 0xec, 0x80, 0xbf, 3 },
	{ 0xed, 0xed, 0x80, 0x9f, 3 },	/* no surrogates */
	{ 0xee, 0xef, 0x80, 0xbf, 3 },
	{ 0xf0, 0xf0, 0x90, 0xbf, 4 },
	{ 0xf1, 0xf3, 0x80, 0xbf, 4 },
	{ 0xf4, 0xf4, 0x80, 0x8f, 4 }	/* none above U+10FFFF */
};

/* Bytes of the well-formed character at `p`, 0 when there is none. */
static size_t
utf8_len(const char *text)
{
	const uint8_t *p = (const uint8_t *)text;
	const struct utf8_row *row = utf8_rows;
	const struct utf8_row *end = utf8_rows + ARRAY_LEN(utf8_rows);

	while (row < end && (p[0] < row->first_min || p[0] > row->first_max))
		row++;
	if (row == end)
		return 0;
	if (row->len > 1 &&
	    (p[1] < row->second_min || p[1] > row->second_max))
		return 0;
	/* The NUL at the end is no continuation and stops this in time. */
	for (unsigned i = 2; i < row->len; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	return row->len;
}

/* The code point of a well-formed character. */
static uint32_t
utf8_value(const char *text, size_t len)
{
	const uint8_t *p = (const uint8_t *)text;
	uint32_t value = len == 1 ? p[0] : p[0] & (0x7fU >> len);

	for (size_t i = 1; i < len; i++)
		value = value << 6 | (p[i] & 0x3f);
	return value;
}

/*
 * Invisible characters could move a terminal's cursor, reverse the text
 * behind them, or make two names look the same.
 */
static const struct {
	uint32_t first, last;
} unseen[] = {
	{ 0x0000, 0x001f },	/* C0 */
	{ 0x007f, 0x009f },	/* DEL, C1 */
	{ 0x00ad, 0x00ad },	/* soft hyphen */
	{ 0x061c, 0x061c },	/* Arabic letter mark */
	{ 0x180e, 0x180e },	/* Mongolian vowel separator */
	{ 0x200b, 0x200f },	/* zero width, marks of direction */
	{ 0x2028, 0x202e },	/* ends of lines, embeddings, overrides */
	{ 0x2060, 0x206f },	/* invisible operators, isolates */
	{ 0xfeff, 0xfeff },	/* byte order mark */
	{ 0xfff9, 0xfffb },	/* interlinear annotations */
	{ 0xe0000, 0xe007f }	/* tags */
};

static bool
is_unseen(const char *text, size_t len)
{
	const uint32_t value = utf8_value(text, len);
	size_t i = 0;

	while (i < ARRAY_LEN(unseen) - 1 && value > unseen[i].last)
		i++;
	return value >= unseen[i].first && value <= unseen[i].last;
}

static void
put_hex(struct outbuf *out, uint8_t octet)
{
	static const char hex[] = "0123456789abcdef";

	outbuf_char(out, hex[octet >> 4]);
	outbuf_char(out, hex[octet & 15]);
}

void
outbuf_safe(struct outbuf *out, const char *text)
{
	while (*text != '\0') {
		size_t len = utf8_len(text);

		if (*text == '\\') {
			outbuf_mem(out, "\\\\", 2);
		} else if (len > 0 && !is_unseen(text, len)) {
			outbuf_mem(out, text, len);
		} else {
			len = len > 0 ? len : 1;
			for (size_t i = 0; i < len; i++) {
				outbuf_mem(out, "\\x", 2);
				put_hex(out, (uint8_t)text[i]);
			}
		}
		text += len;
	}
}

static void
put_utf16(struct outbuf *out, unsigned unit)
{
	outbuf_mem(out, "\\u", 2);
	put_hex(out, (uint8_t)(unit >> 8));
	put_hex(out, (uint8_t)unit);
}

/* Two escapes, where the character needs more than one holds. */
static void
put_escaped(struct outbuf *out, uint32_t value)
{
	if (value > UINT16_MAX) {
		value -= 0x10000;
		put_utf16(out, 0xd800 | value >> 10);
		value = 0xdc00 | (value & 0x3ff);
	}
	put_utf16(out, value);
}

/* A character inside a JSON string (RFC 8259, 7). */
static void
put_json(struct outbuf *out, const char *text, size_t len)
{
	if (*text == '"' || *text == '\\') {
		outbuf_char(out, '\\');
		outbuf_char(out, *text);
	} else if (is_unseen(text, len)) {
		put_escaped(out, utf8_value(text, len));
	} else {
		outbuf_mem(out, text, len);
	}
}

/* Printable ASCII that needs no escape: nearly all text. */
static size_t
plain_len(const char *text)
{
	size_t len = 0;

	while (text[len] >= 0x20 && text[len] < 0x7f && text[len] != '"' &&
	    text[len] != '\\')
		len++;
	return len;
}

void
outbuf_json(struct outbuf *out, const char *text)
{
	outbuf_char(out, '"');
	while (*text != '\0') {
		const size_t plain = plain_len(text);
		size_t len;

		outbuf_mem(out, text, plain);
		text += plain;
		if (*text == '\0')
			break;
		len = utf8_len(text);
		if (len == 0)
			outbuf_str(out, REPLACEMENT);
		else
			put_json(out, text, len);
		text += len > 0 ? len : 1;
	}
	outbuf_char(out, '"');
}

/*
 * A character of a CSV field.  RFC 4180 cannot write invisible characters
 * other than line ends, so these become replacement characters.
 */
static size_t
put_csv(struct outbuf *out, const char *text)
{
	const size_t len = utf8_len(text);
	const bool is_line_end = *text == '\r' || *text == '\n';

	if (len == 0 || (is_unseen(text, len) && !is_line_end &&
	    *text != '\t'))
		outbuf_str(out, REPLACEMENT);
	else
		outbuf_mem(out, text, len);
	if (*text == '"')
		outbuf_char(out, '"');
	return len > 0 ? len : 1;
}

void
outbuf_csv(struct outbuf *out, const char *text)
{
	const bool is_quoted = strpbrk(text, ",\"\r\n") != NULL;

	if (is_quoted)
		outbuf_char(out, '"');
	while (*text != '\0')
		text += put_csv(out, text);
	if (is_quoted)
		outbuf_char(out, '"');
}
