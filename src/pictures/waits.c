/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "pictures/waits.h"

#include <stdio.h>

#include "diagnosis/causes.h"
#include "diagnosis/diagnosis.h"
#include "diagnosis/ledger.h"
#include "flow/conn.h"
#include "pictures/collect.h"
#include "tcp/analysis.h"

static const struct {
	enum paint paint;
	bool is_thin;
	const char *words;
} kinds[] = {
	[WAIT_CONNECT] = { PAINT_SETUP, false, "handshake" },
	[WAIT_ORIG] = { PAINT_ORIG, false, "originator's data travels" },
	[WAIT_RESP] = { PAINT_RESP, false, "responder's data travels" },
	[WAIT_FOR_SERVER] = { PAINT_WAIT_SERVER, false,
	    "waits for the server" },
	[WAIT_FOR_CLIENT] = { PAINT_WAIT_CLIENT, true,
	    "idle, or waits for the client" },
	[WAIT_LOST] = { PAINT_BAD, false, "loss, or no answer" },
	[WAIT_WINDOW] = { PAINT_WINDOW, false, "receive window" },
	[WAIT_CLOSING] = { PAINT_SETUP, true, "closing" },
	[WAIT_UNSEEN] = { PAINT_MUTED, true, "not captured" },
};

enum paint
wait_paint(enum wait_kind kind)
{
	return kinds[kind].paint;
}

bool
wait_is_thin(enum wait_kind kind)
{
	return kinds[kind].is_thin;
}

const char *
wait_words(enum wait_kind kind)
{
	return kinds[kind].words;
}

/* ---- causes ---- */

static unsigned
client_side(const struct conn *conn)
{
	const struct diagnosis *d = diagnosis_of(conn);

	return d != NULL ? d->client : conn->orig;
}

static enum wait_kind
kind_of_side(const struct conn *conn, unsigned side)
{
	return side == client_side(conn) ? WAIT_FOR_CLIENT : WAIT_FOR_SERVER;
}

enum wait_kind
wait_kind_of(const struct conn *conn, const struct span *span)
{
	const enum book book = (enum book)span->book;

	switch (book) {
	case BOOK_CONNECT:
		return WAIT_CONNECT;
	case BOOK_PATH:
	case BOOK_BOTTLENECK:
		return span->side == conn->orig ? WAIT_ORIG : WAIT_RESP;
	case BOOK_CONNECT_RETRY:
	case BOOK_LOSS_TIMEOUT:
	case BOOK_LOSS_FAST:
	case BOOK_LOSS_CWND:
	case BOOK_UNANSWERED:
	case BOOK_NO_ANSWER:
		return WAIT_LOST;
	case BOOK_IDLE:
		return WAIT_FOR_CLIENT;
	case BOOK_CLOSING:
		return WAIT_CLOSING;
	case BOOK_CAPTURE:
		return WAIT_UNSEEN;
	case BOOK_WINDOW:
	case BOOK_WINDOW_OF_1:
	case BOOK_ZERO:
	case BOOK_ZERO_OF_1:
		return WAIT_WINDOW;
	case BOOK_WAIT:
	case BOOK_WAIT_OF_1:
	case BOOK_PAUSE:
	case BOOK_PAUSE_OF_1:
	case BOOK_BUFFER:
	case BOOK_BUFFER_OF_1:
	case BOOK_ACKDELAY:
	case BOOK_ACKDELAY_OF_1:
	case BOOK_SIDE:
	case BOOK_SIDE_OF_1:
		return kind_of_side(conn, book_side(book));
	case BOOK_COUNT:
		break;
	}
	return WAIT_UNSEEN;
}

void
wait_format_cause(char buf[WAIT_WORDS_SIZE], const struct conn *conn,
    unsigned book)
{
	const char *end = !book_is_sided((enum book)book) ? "" :
	    book_side((enum book)book) == client_side(conn) ? "client " :
	    "server ";

	(void)snprintf(buf, WAIT_WORDS_SIZE, "%s%s", end,
	    book_words((enum book)book));
}

/* ---- the waits of a connection ---- */

/* The account that the ledger adds for the time from `from_ns` to the end. */
static unsigned
tail_book(const struct conn *conn, const struct picture *picture)
{
	struct ledger ledger;
	int64_t booked[BOOK_COUNT] = { 0 };
	unsigned most = BOOK_IDLE;

	if (!ledger_read(conn, &ledger))
		return BOOK_IDLE;
	for (uint32_t i = 0; picture != NULL && i < picture->span_count; i++)
		booked[picture->span[i].book] += picture->span[i].to_ns -
		    picture->span[i].from_ns;
	for (unsigned i = 0; i < BOOK_COUNT; i++)
		if (i != BOOK_CONNECT && ledger.ns[i] - booked[i] >
		    ledger.ns[most] - booked[most])
			most = i;
	return most;
}

/* The handshake of a connection is booked with its first data, at once. */
static int64_t
handshake_end(const struct conn *conn, const struct picture *picture)
{
	if (picture != NULL && picture->span_count > 0)
		return picture->span[0].from_ns;
	if (conn->analysis == NULL)
		return conn->last_ns;
	return conn->first_ns + conn->analysis->notes.handshake_ns;
}

/* Without an answer nothing is booked, unless one direction is missing. */
static bool
has_handshake(const struct conn *conn, uint32_t booked)
{
	return conn->endpoint[!conn->orig].pkts > 0 || booked > 0;
}

bool
wait_next(const struct conn *conn, const struct picture *picture, uint32_t i,
    struct span *ret_span)
{
	const uint32_t count = picture != NULL ? picture->span_count : 0;
	const bool is_answered = has_handshake(conn, count);
	int64_t from;

	if (i == 0) {
		*ret_span = (struct span){
			.from_ns = conn->first_ns,
			.to_ns = is_answered ?
			    handshake_end(conn, picture) : conn->last_ns,
			.book = is_answered || conn->is_midstream ?
			    BOOK_CONNECT : BOOK_CONNECT_RETRY,
			.side = conn->orig & 1,
		};
		return true;
	}
	if (i <= count) {
		*ret_span = picture->span[i - 1];
		return true;
	}
	from = count > 0 ? picture->span[count - 1].to_ns :
	    handshake_end(conn, picture);
	if (i > count + 1 || !is_answered || from >= conn->last_ns)
		return false;
	*ret_span = (struct span){
		.from_ns = from,
		.to_ns = conn->last_ns,
		.book = tail_book(conn, picture) & 0xff,
		.side = conn->orig & 1,
	};
	return true;
}
