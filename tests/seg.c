/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Runs a segment script line by line; the first thing wrong ends it, with
 * the name and line of the script.  Knows nothing of how the tracker works:
 * frames go in at the library's front door, figures come out of its records.
 */
#include "config.h"

#include "seg.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/nstime.h"
#include "base/outbuf.h"
#include "base/put.h"
#include "fuzz/output.h"
#include "segfigures.h"
#include "segframe.h"
#include "tcp/close.h"
#include "tcp/history.h"
#include "tcp/loss.h"
#include "tcp/pack.h"
#include "tcp/probe.h"
#include "tcp/state.h"
#include "diagnosis/findings.h"
#include "diagnosis/text.h"
#include "engine/engine.h"
#include "records/record.h"
#include "views/text.h"

#define EPOCH_NS	(1000000000 * NS_PER_SEC)	/* time 0 of scripts */
#define LINES_MAX	1000
#define WORDS_MAX	64
#define TUPLES_MAX	40
#define COPIES_MAX	8	/* frames that `copy` can go back to */

/* One side of a four-tuple, as the script writes it. */
struct author {
	uint32_t base;		/* sequence number of relative 0 */
	int64_t next;		/* after the highest byte sent */
	unsigned window;	/* last one sent */
	uint16_t ip_id;		/* last one sent */
};

/* Where a tuple is: `port` of the server. */
struct place {
	uint8_t client;		/* numbers of networks, 0 unless said */
	uint8_t server;
	uint16_t port;
};

struct script {
	const struct seg_run *run;
	const char *path;
	char *text;		/* the file, cut into lines */
	char *line[LINES_MAX];
	int lines;
	int at;			/* index of the line that runs */
	char *word[WORDS_MAX];	/* of that line */
	int words;
	int word_at;
	bool is_in_error;
	char *message;		/* of the first error */
	struct pack_room room;	/* of the connection last looked for */
	struct tcpstates *bare;	/* the same without statistics */

	struct tcpstates *ts;
	struct tcpstates *fast;	/* the same without events, by the fast path */
	FILE *pcap;		/* or NULL */
	uint8_t *bytes;	/* SEGFRAME_MAX of them */
	int64_t now;		/* ns since EPOCH_NS */
	uint64_t frames;
	bool is_loose;
	bool is_over;		/* tcpstates_finish() was called */
	struct carriage by;	/* what `set` has set */
	struct author author[TUPLES_MAX + 1][2];
	struct place place[TUPLES_MAX + 1];
	unsigned tuple;
	uint64_t conn;		/* number asked for, 0: newest of tuple */
	struct segspec sent[COPIES_MAX];	/* by frame number */

	/* What was said about the last segment. */
	bool is_pending;	/* the script has not said what it expects */
	bool is_copy;
	bool is_copied;		/* the segment at hand is said to be one */
	bool is_told;
	int pending_at;		/* index of its line */
	struct judgement judgement;

	int repeat_from;	/* index of the line after `repeat` */
	long repeat_left;
};

static void PRINTF_LIKE(3, 4)
fail_at(struct script *s, int line, const char *fmt, ...)
{
	const char *slash = strrchr(s->path, '/');
	va_list ap;
	int n;

	if (s->is_in_error)
		return;
	s->is_in_error = true;
	n = snprintf(s->message, SEG_MESSAGE, "%s:%d (isn %u %u%s): ",
	    slash != NULL ? slash + 1 : s->path, line + 1, s->run->isn[0],
	    s->run->isn[1], s->run->is_mirrored ? " mirrored" : "");
	va_start(ap, fmt);
	if (n > 0 && n < SEG_MESSAGE)
		vsnprintf(s->message + n, (size_t)(SEG_MESSAGE - n), fmt, ap);
	va_end(ap);
}

#define FAIL(s, ...)	fail_at(s, (s)->at, __VA_ARGS__)

/* Words and numbers of a line */

static const char *
word(struct script *s)
{
	if (s->word_at < s->words)
		return s->word[s->word_at++];
	FAIL(s, "something is missing at the end of the line");
	return "";
}

static bool
more(const struct script *s)
{
	return s->word_at < s->words && !s->is_in_error;
}

static bool
next_is(struct script *s, const char *what)
{
	if (s->word_at >= s->words || strcmp(s->word[s->word_at], what) != 0)
		return false;
	s->word_at++;
	return true;
}

/* A whole number at *p, which moves behind it. */
static int64_t
number_at(struct script *s, const char **p)
{
	char *end;
	const long long n = strtoll(*p, &end, 0);

	if (end == *p)
		FAIL(s, "\"%s\" is not a number", *p);
	*p = end;
	return n;
}

static int64_t
number(struct script *s, int64_t min, int64_t max)
{
	const char *w = word(s);
	const char *p = w;
	const int64_t n = number_at(s, &p);

	if (*p != '\0' || n < min || n > max)
		FAIL(s, "\"%s\" is not a number from %lld to %lld", w,
		    (long long)min, (long long)max);
	return n;
}

/* Seconds with up to nine decimals, in ns. */
static int64_t
seconds(struct script *s, const char *w)
{
	const bool is_negative = *w == '-';
	const char *p = w + (*w == '-' || *w == '+');
	int64_t ns = 0, unit = NS_PER_SEC;

	for (; isdigit((unsigned char)*p); p++)
		ns = ns * 10 + (*p - '0') * NS_PER_SEC;
	if (*p == '.')
		for (p++; isdigit((unsigned char)*p) && unit > 1; p++)
			ns += (*p - '0') * (unit /= 10);
	if (*p != '\0')
		FAIL(s, "\"%s\" is not a time in seconds", w);
	return is_negative ? -ns : ns;
}

/* Cuts a line in place; a comment ends it; <options> are one word. */
static void
cut_line(struct script *s, char *p)
{
	s->words = s->word_at = 0;
	for (;;) {
		p += strspn(p, " \t");
		if (*p == '\0' || *p == '#')
			return;
		if (s->words == WORDS_MAX) {
			FAIL(s, "more than %d words", WORDS_MAX);
			return;
		}
		s->word[s->words++] = p;
		p += *p == '<' && p[1] != ' ' ? strcspn(p, ">") :
		    strcspn(p, " \t");
		if (*p == '>')
			p++;
		if (*p != '\0')
			*p++ = '\0';
	}
}

static unsigned
side_word(struct script *s)
{
	const char *w = word(s);

	if (strcmp(w, "A") != 0 && strcmp(w, "B") != 0)
		FAIL(s, "\"%s\" is neither A nor B", w);
	return *w == 'B';
}

/* Addresses and ports: A has the lower address unless the run is mirrored. */

static void
put_address(const struct script *s, unsigned side, bool is_ip6,
    uint8_t ret_addr[16])
{
	static const uint8_t ip6[4] = { 0x20, 0x01, 0x0d, 0xb8 };
	static const uint8_t ip4[4] = { 10, 0, 0, 0 };
	const uint8_t host = side == s->run->is_mirrored ? 1 : 2;
	const struct place *place = &s->place[s->tuple];

	for (unsigned i = 0; i < 16; i++)
		ret_addr[i] = 0;
	for (unsigned i = 0; i < 4; i++)
		ret_addr[i] = is_ip6 ? ip6[i] : ip4[i];
	ret_addr[is_ip6 ? 14 : 2] = side == 0 ? place->client : place->server;
	ret_addr[is_ip6 ? 15 : 3] = host;
}

static uint16_t
port(const struct script *s, unsigned side)
{
	return side == 0 ? (uint16_t)(40000 + s->tuple) :
	    s->place[s->tuple].port;
}

/* Which endpoint[] of the connection A is: the lower address comes first. */
static unsigned
index_of(const struct script *s, unsigned side)
{
	uint8_t a[16], b[16];

	put_address(s, 0, false, a);
	put_address(s, 1, false, b);
	return side ^ (memcmp(a, b, sizeof(a)) > 0);
}

static const struct conn *
find_conn(struct script *s)
{
	const struct conn *conn, *found = NULL;
	const unsigned a = index_of(s, 0);

	for (conn = tcpstates_first(s->ts); conn != NULL; conn = conn->next)
		if (s->conn != 0 ? conn->number == s->conn :
		    conn->key.port[a] == port(s, 0) &&
		    conn->key.port[!a] == port(s, 1))
			found = conn;
	if (found == NULL)
		FAIL(s, "there is no such connection");
	return found != NULL ? pack_read(found, &s->room) : NULL;
}

/* Segments */

static unsigned
flags_of(struct script *s, const char *w)
{
	static const struct {
		char letter;
		unsigned flag;
	} letters[] = {
		{ 'F', TCP_FIN }, { 'S', TCP_SYN }, { 'R', TCP_RST },
		{ 'P', TCP_PSH }, { '.', TCP_ACK }, { 'U', TCP_URG },
		{ 'E', TCP_ECE }, { 'W', TCP_CWR }, { 'e', TCP_AE },
	};
	unsigned flags = 0;
	size_t i;

	if (strcmp(w, "none") == 0)
		return 0;
	for (; *w != '\0'; w++) {
		for (i = 0; i < ARRAY_LEN(letters); i++)
			if (*w == letters[i].letter)
				break;
		if (i == ARRAY_LEN(letters)) {
			FAIL(s, "'%c' is not a flag", *w);
			return 0;
		}
		flags |= letters[i].flag;
	}
	return flags;
}

static void
put_option(struct script *s, struct segspec *spec, unsigned octet)
{
	if (spec->options_len >= SEGFRAME_OPTIONS)
		FAIL(s, "options take more than %d bytes", SEGFRAME_OPTIONS);
	else
		spec->option[spec->options_len++] = (uint8_t)octet;
}

static void
put_option32(struct script *s, struct segspec *spec, uint32_t v)
{
	for (int shift = 24; shift >= 0; shift -= 8)
		put_option(s, spec, v >> shift & 0xff);
}

/* "sack 1:3 5:7": the edges are in the peer's sequence space. */
static void
put_sack(struct script *s, struct segspec *spec, const char *p, uint32_t base)
{
	const size_t at = spec->options_len;

	put_option(s, spec, 5);
	put_option(s, spec, 2);
	for (; *p != '\0' && !s->is_in_error; p += strspn(p, " ")) {
		put_option32(s, spec, base + (uint32_t)number_at(s, &p));
		if (*p++ != ':')
			FAIL(s, "a SACK block is left:right");
		put_option32(s, spec, base + (uint32_t)number_at(s, &p));
	}
	if (!s->is_in_error)
		spec->option[at + 1] = (uint8_t)(spec->options_len - at);
}

/* An option of a kind with n bytes behind kind and length, counted up. */
static void
put_filled(struct script *s, struct segspec *spec, unsigned kind,
    unsigned len, unsigned first)
{
	put_option(s, spec, kind);
	put_option(s, spec, len);
	for (unsigned i = 2; i < len && i < SEGFRAME_OPTIONS &&
	    !s->is_in_error; i++)
		put_option(s, spec, i == 2 ? first : 0xa0 + i);
}

static void
parse_option(struct script *s, struct segspec *spec, const char *w,
    uint32_t peer_base)
{
	unsigned a = 0, b = 0;

	if (sscanf(w, "mss %u", &a) == 1) {
		put_option(s, spec, 2);
		put_option(s, spec, 4);
		put_option(s, spec, a >> 8);
		put_option(s, spec, a & 0xff);
	} else if (sscanf(w, "wscale %u", &a) == 1) {
		put_filled(s, spec, 3, 3, a);
	} else if (strcmp(w, "sackOK") == 0) {
		put_filled(s, spec, 4, 2, 0);
	} else if (sscanf(w, "TS val %u ecr %u", &a, &b) == 2) {
		put_filled(s, spec, 8, 2, 0);
		spec->option[spec->options_len - 1] = 10;
		put_option32(s, spec, a);
		put_option32(s, spec, b);
	} else if (strncmp(w, "sack ", 5) == 0) {
		put_sack(s, spec, w + 5, peer_base);
	} else if (sscanf(w, "tfo %u", &a) == 1) {
		put_filled(s, spec, 34, 2 + a, 0xc0);
	} else if (sscanf(w, "mptcp %u", &a) == 1) {
		put_filled(s, spec, 30, 12, a << 4);
	} else if (sscanf(w, "kind %u %u", &a, &b) == 2) {
		put_filled(s, spec, a, b, 0);
	} else if (strcmp(w, "nop") == 0) {
		put_option(s, spec, 1);
	} else {
		FAIL(s, "\"%s\" is not an option", w);
	}
}

/* "<a,b c,d>", its last letter already cut off by cut_line() */
static void
parse_options(struct script *s, struct segspec *spec, char *w,
    uint32_t peer_base)
{
	char *comma;

	w[strcspn(w, ">")] = '\0';
	for (w++; w != NULL && !s->is_in_error; w = comma) {
		comma = strchr(w, ',');
		if (comma != NULL)
			*comma++ = '\0';
		parse_option(s, spec, w, peer_base);
	}
	while (spec->options_len % 4 != 0)
		put_option(s, spec, spec->options_len % 4 == 3 ? 0 : 1);
}

static enum linktype
link_word(struct script *s)
{
	const char *w = word(s);

	if (strcmp(w, "ether") == 0)
		return LINKTYPE_ETHERNET;
	if (strcmp(w, "sll") == 0)
		return LINKTYPE_LINUX_SLL;
	if (strcmp(w, "sll2") == 0)
		return LINKTYPE_LINUX_SLL2;
	if (strcmp(w, "raw") == 0)
		return LINKTYPE_RAW;
	if (strcmp(w, "wifi") == 0)
		return LINKTYPE_IEEE802_11;
	FAIL(s, "\"%s\" is not a link type", w);
	return LINKTYPE_ETHERNET;
}

/* One of the words about how a segment travels?  Then it is taken. */
static bool
parse_carriage(struct script *s, struct carriage *by)
{
	if (next_is(s, "ipv4"))
		by->is_ip6 = false;
	else if (next_is(s, "ipv6"))
		by->is_ip6 = true;
	else if (next_is(s, "badsum"))
		by->has_bad_checksum = true;
	else if (next_is(s, "ttl"))
		by->ttl = (uint8_t)number(s, 0, 255);
	else if (next_is(s, "ecn"))
		by->ecn = (uint8_t)number(s, 0, 3);
	else if (next_is(s, "vlan"))
		by->vlan = (uint16_t)number(s, 0, 4095);
	else if (next_is(s, "vni"))
		by->vni = (int32_t)number(s, -1, 0xffffff);
	else if (next_is(s, "id"))
		by->ip_id = next_is(s, "auto") ? -1 :
		    (int32_t)number(s, 0, 0xffff);
	else if (next_is(s, "iplen"))
		by->ip_len = (int32_t)number(s, 0, 0xffff);
	else if (next_is(s, "snap"))
		by->snaplen = (uint32_t)number(s, 0, SEGFRAME_MAX);
	else if (next_is(s, "wire"))
		by->wire_len = (uint32_t)number(s, 0, SEGFRAME_MAX);
	else if (next_is(s, "pad"))
		by->pad = (uint32_t)number(s, 0, 1000);
	else if (next_is(s, "link"))
		by->linktype = link_word(s);
	else if (next_is(s, "iface"))
		by->interface = (uint32_t)number(s, 0, UINT32_MAX);
	else if (next_is(s, "mac"))
		by->mac = (uint8_t)number(s, 0, 255);
	else if (next_is(s, "radio"))
		by->radio = (uint16_t)number(s, 0, 4095);
	else if (next_is(s, "retry"))
		by->is_retry = true;
	else
		return false;
	return true;
}

/* "1:101(100)"; "(100)" at *ret_first; "+50(100)" at 50 behind that. */
static void
parse_span(struct script *s, const char *w, int64_t *ret_first,
    uint32_t *ret_len)
{
	int64_t end = INT64_MIN;
	const char *p = w;

	if (*p == '+') {
		*ret_first += number_at(s, &p);
	} else if (*p != '(') {
		*ret_first = number_at(s, &p);
		if (*p++ != ':')
			FAIL(s, "\"%s\" is not first:end(length)", w);
		end = number_at(s, &p);
	}
	if (*p++ != '(')
		FAIL(s, "\"%s\" is not first:end(length)", w);
	*ret_len = (uint32_t)number_at(s, &p);
	if (strcmp(p, ")") != 0)
		FAIL(s, "\"%s\" is not first:end(length)", w);
	if (end != INT64_MIN && end != *ret_first + *ret_len)
		FAIL(s, "\"%s\" does not add up", w);
}

static bool
is_span(const char *w)
{
	return *w == '(' || *w == '+' || *w == '-' ||
	    isdigit((unsigned char)*w);
}

/* Everything behind the direction, into the spec and its author's notes. */
static void
parse_segment(struct script *s, unsigned from, struct segspec *spec)
{
	struct author *me = &s->author[s->tuple][from];
	const struct author *peer = &s->author[s->tuple][!from];
	int64_t first = me->next, ack = peer->next, end;

	spec->flags = (uint16_t)flags_of(s, word(s));
	if (more(s) && is_span(s->word[s->word_at]))
		parse_span(s, word(s), &first, &spec->len);
	while (more(s)) {
		if (next_is(s, "ack"))
			ack = number(s, INT32_MIN, INT64_MAX);
		else if (next_is(s, "win"))
			me->window = (unsigned)number(s, 0, 0xffff);
		else if (next_is(s, "copied"))
			s->is_copied = true;
		else if (next_is(s, "urg"))
			spec->urgent = (uint16_t)number(s, 0, 0xffff);
		else if (s->word[s->word_at][0] == '<')
			parse_options(s, spec, s->word[s->word_at++],
			    peer->base);
		else if (!parse_carriage(s, &spec->by))
			FAIL(s, "\"%s\" means nothing here", word(s));
	}
	spec->seq = me->base + (uint32_t)first;
	if ((spec->flags & TCP_ACK) != 0)
		spec->ack = peer->base + (uint32_t)ack;
	spec->window = (uint16_t)me->window;
	end = first + spec->len + ((spec->flags & TCP_SYN) != 0) +
	    ((spec->flags & TCP_FIN) != 0);
	if (end > me->next && (spec->flags & TCP_RST) == 0 && !s->is_copied)
		me->next = end;
	if (spec->by.ip_id < 0)
		spec->by.ip_id = spec->by.is_ip6 ? 0 : ++me->ip_id;
}

static void
write_pcap(struct script *s, const struct frame *frame)
{
	const uint32_t record[4] = {
		(uint32_t)(frame->time_ns / NS_PER_SEC),
		(uint32_t)(frame->time_ns % NS_PER_SEC),
		frame->captured_len, frame->wire_len,
	};

	fwrite(record, sizeof(record), 1, s->pcap);
	fwrite(frame->bytes, frame->captured_len, 1, s->pcap);
}

static void
give_frame(struct script *s, const struct carriage *by,
    uint32_t captured_len, uint32_t wire_len)
{
	const struct frame frame = {
		.time_ns = EPOCH_NS + s->now,
		.number = ++s->frames,
		.bytes = s->bytes,
		.captured_len = captured_len,
		.wire_len = wire_len,
		.linktype = by->linktype,
		.interface = by->linktype == LINKTYPE_LINUX_SLL2 ?
		    0 : by->interface,
	};

	s->is_told = false;
	if (s->is_over)
		FAIL(s, "a frame after the end");
	else if (tcpstates_frame(s->ts, &frame) != 0 ||
	    tcpstates_frame(s->fast, &frame) != 0 ||
	    tcpstates_frame(s->bare, &frame) != 0)
		FAIL(s, "out of memory");
	if (s->pcap != NULL)
		write_pcap(s, &frame);
}

static void
give_segment(struct script *s, const struct segspec *spec, bool is_copy)
{
	uint32_t wire_len;
	const uint32_t len = segframe_build(spec, s->bytes, &wire_len);

	give_frame(s, &spec->by, len, wire_len);
	s->sent[s->frames % COPIES_MAX] = *spec;
	s->is_pending = true;
	s->pending_at = s->at;
	s->is_copy = is_copy;
}

static void
run_segment(struct script *s, unsigned from)
{
	struct segspec spec = { .by = s->by };

	s->is_copied = false;
	parse_segment(s, from, &spec);
	put_address(s, from, spec.by.is_ip6, spec.addr[0]);
	put_address(s, !from, spec.by.is_ip6, spec.addr[1]);
	spec.port[0] = port(s, from);
	spec.port[1] = port(s, !from);
	if (!s->is_in_error)
		give_segment(s, &spec, s->is_copied);
}

static void
run_copy(struct script *s)
{
	struct segspec spec;
	uint64_t back = 1;

	if (more(s) && isdigit((unsigned char)*s->word[s->word_at]))
		back = (uint64_t)number(s, 1, COPIES_MAX);
	if (back > s->frames) {
		FAIL(s, "nothing to copy");
		return;
	}
	spec = s->sent[(s->frames + 1 - back) % COPIES_MAX];
	while (more(s))
		if (!parse_carriage(s, &spec.by))
			FAIL(s, "\"%s\" means nothing here", word(s));
	if (!s->is_in_error)
		give_segment(s, &spec, true);
}

static void
run_icmp(struct script *s)
{
	const struct segspec *quoted = &s->sent[s->frames % COPIES_MAX];
	const uint8_t type = (uint8_t)number(s, 0, 255);
	const uint8_t code = (uint8_t)number(s, 0, 255);
	uint16_t mtu = 0;
	uint32_t len;

	if (next_is(s, "mtu"))
		mtu = (uint16_t)number(s, 0, 65535);
	if (s->frames == 0) {
		FAIL(s, "nothing to quote");
		return;
	}
	len = segframe_icmp(quoted, type, code, mtu, s->bytes);
	give_frame(s, &quoted->by, len, len);
	if (s->is_told)
		FAIL(s, "an ICMP error was taken for a segment");
	s->sent[s->frames % COPIES_MAX] = *quoted;
}

/* Judgements */

static void
told_segment(void *arg, const struct conn *conn UNUSED,
    const struct segment *seg UNUSED, const struct judgement *judgement)
{
	struct script *s = arg;

	s->is_told = true;
	s->judgement = *judgement;
}

static void
put_keys(uint32_t bits, char buf[SEG_MESSAGE])
{
	size_t n = 0;

	buf[0] = '\0';
	for (int i = 0; i < JUDGED_COUNT; i++)
		if ((bits & UINT32_C(1) << i) != 0 && n < SEG_MESSAGE - 40)
			n += (size_t)snprintf(buf + n, SEG_MESSAGE - n,
			    "%s%s", n > 0 ? "," : "",
			    judged_key((enum judged)i));
	if (n == 0)
		snprintf(buf, SEG_MESSAGE, "none");
}

static uint32_t
keys_of(struct script *s, const char *w)
{
	uint32_t bits = 0;
	size_t len;
	int i;

	if (strcmp(w, "none") == 0)
		return 0;
	for (; *w != '\0'; w += len + (w[len] == ',')) {
		len = strcspn(w, ",");
		for (i = 0; i < JUDGED_COUNT; i++) {
			const char *key = judged_key((enum judged)i);

			if (strlen(key) == len && strncmp(key, w, len) == 0)
				break;
		}
		if (i == JUDGED_COUNT) {
			FAIL(s, "\"%s\" is not in judged.def", w);
			return 0;
		}
		bits |= UINT32_C(1) << i;
	}
	return bits;
}

static void
check_judged(struct script *s, int line, uint32_t mask, uint32_t want)
{
	char expected[SEG_MESSAGE], got[SEG_MESSAGE];

	if (!s->is_told) {
		fail_at(s, line, "the segment was not analysed");
	} else if ((s->judgement.bits & mask) != want) {
		put_keys(want, expected);
		put_keys(s->judgement.bits & mask, got);
		fail_at(s, line, "expected judged %.120s, got %.120s",
		    expected, got);
	}
}

/* Before the next segment: what the script did not say of the last one. */
static void
settle(struct script *s)
{
	if (!s->is_pending || s->is_in_error)
		return;
	s->is_pending = false;
	if (s->is_copy) {
		if (s->is_told)
			fail_at(s, s->pending_at,
			    "the copy was not seen to be one");
	} else if (!s->is_told) {
		fail_at(s, s->pending_at, "the segment was not analysed");
	} else if (!s->is_loose) {
		check_judged(s, s->pending_at, UINT32_MAX, 0);
	}
}

static void
expect_judged(struct script *s)
{
	const uint32_t bits = keys_of(s, word(s));

	s->is_pending = false;
	check_judged(s, s->at, UINT32_MAX, bits);
}

static void
expect_judged_with(struct script *s)
{
	const uint32_t bits = keys_of(s, word(s));

	s->is_pending = false;
	check_judged(s, s->at, bits, bits);
}

static void
expect_judged_without(struct script *s)
{
	const uint32_t bits = keys_of(s, word(s));

	s->is_pending = false;
	check_judged(s, s->at, bits, 0);
}

static void
expect_cause(struct script *s)
{
	static const char *const names[] = {
		"none", "fast", "timeout", "tail_probe", "unknown"
	};
	const char *want = word(s);

	if (strcmp(names[s->judgement.cause], want) != 0)
		FAIL(s, "expected cause %s, got %s", want,
		    names[s->judgement.cause]);
}

static void
expect_evidence(struct script *s)
{
	static const char *const names[] = {
#define EVIDENCE(name, words) #name,
#include "tcp/evidence.def"
#undef EVIDENCE
	};
	const char *want = word(s);

	if (strcasecmp(names[s->judgement.evidence], want) != 0)
		FAIL(s, "expected evidence %s, got %s", want,
		    names[s->judgement.evidence]);
}

/* Figures and words about a connection */

static void
check_number(struct script *s, const char *what, int64_t want, int64_t got)
{
	if (want != got)
		FAIL(s, "expected %s %lld, got %lld", what, (long long)want,
		    (long long)got);
}

static void
check_word(struct script *s, const char *what, const char *want,
    const char *got)
{
	if (strcmp(want, got) != 0)
		FAIL(s, "expected %s %s, got %s", what, want, got);
}

/* Any figure by its name, see segfigures.h. */
static bool
find_figure(struct script *s, const char *name, int64_t *ret_value)
{
	const struct conn *conn;

	if (strncmp(name, "all.", 4) == 0)
		return segfigures_totals(tcpstates_totals(s->ts), name + 4,
		    ret_value);
	if (strncmp(name, "seg.", 4) == 0)
		return segfigures_judgement(&s->judgement, name + 4,
		    ret_value);
	conn = find_conn(s);
	if (conn == NULL)
		return false;
	if (strncmp(name, "A.", 2) == 0 || strncmp(name, "B.", 2) == 0)
		return segfigures_side(conn, index_of(s, *name == 'B'),
		    name + 2, ret_value);
	return segfigures_conn(conn, name, ret_value);
}

static void
expect_figures(struct script *s)
{
	do {
		const char *name = word(s);
		const bool is_time = more(s) &&
		    strchr(s->word[s->word_at], '.') != NULL;
		const int64_t want = is_time ? seconds(s, word(s)) :
		    number(s, INT64_MIN, INT64_MAX);
		int64_t got;

		if (find_figure(s, name, &got))
			check_number(s, name, want, got);
		else
			FAIL(s, "there is no figure \"%s\"", name);
	} while (more(s));
}

static void
expect_states(struct script *s)
{
	do {
		const unsigned side = side_word(s);
		const char *want = word(s);
		const struct conn *conn = find_conn(s);

		if (conn != NULL)
			check_word(s, side == 0 ? "state A" : "state B", want,
			    state_name((enum state)conn->endpoint[
			    index_of(s, side)].state));
	} while (more(s));
}

static void
expect_status(struct script *s)
{
	const struct conn *conn = find_conn(s);
	char got[60] = "R";

	if (conn == NULL)
		return;
	if (!conn_is_reset(conn))
		snprintf(got, sizeof(got), "S%lluF%llu",
		    (unsigned long long)conn_syn_count(conn),
		    (unsigned long long)conn_fin_count(conn));
	check_word(s, "status", word(s), got);
}

static void
expect_orig(struct script *s)
{
	const unsigned want = side_word(s);
	const struct conn *conn = find_conn(s);

	if (conn != NULL)
		check_word(s, "orig", want == 0 ? "A" : "B",
		    index_of(s, conn->orig) == 0 ? "A" : "B");
}

/* reset_by and first_fin_by: 1 + index of a side, or 0 */
static void
check_by(struct script *s, const char *what, uint8_t by)
{
	check_word(s, what, word(s), by == 0 ? "none" :
	    index_of(s, by - 1u) == 0 ? "A" : "B");
}

static void
expect_of_analysis(struct script *s, const char *what)
{
	const struct conn *conn = find_conn(s);
	const struct analysis *a = conn != NULL ? conn->analysis : NULL;

	if (a == NULL)
		FAIL(s, "the connection has no analysis");
	else if (strcmp(what, "history") == 0)
		check_word(s, what, word(s), a->history);
	else if (strcmp(what, "completeness") == 0)
		check_number(s, what, number(s, 0, 63),
		    history_completeness(conn, a));
	else if (strcmp(what, "reset_by") == 0)
		check_by(s, what, a->reset_by);
	else
		check_by(s, what, a->first_fin_by);
}

static void
expect_history(struct script *s)
{
	expect_of_analysis(s, "history");
}

static void
expect_completeness(struct script *s)
{
	expect_of_analysis(s, "completeness");
}

static void
expect_reset_by(struct script *s)
{
	expect_of_analysis(s, "reset_by");
}

static void
expect_first_fin(struct script *s)
{
	expect_of_analysis(s, "first_fin");
}

static void
expect_conn_state(struct script *s)
{
	const struct conn *conn = find_conn(s);

	if (conn != NULL)
		check_word(s, "conn_state", word(s),
		    close_zeek_state(conn));
}

static void
expect_ended(struct script *s)
{
	const struct conn *conn = find_conn(s);

	if (conn != NULL)
		check_word(s, "ended", word(s), end_key(close_end(conn)));
}

/* A name that may be NULL is "-" in a script. */
static void
check_name(struct script *s, const char *what, const char *got)
{
	check_word(s, what, word(s), got != NULL ? got : "-");
}

static void
expect_port(struct script *s)
{
	const struct conn *conn = find_conn(s);

	if (conn != NULL)
		check_name(s, "port", probe_port_name(probe_port(conn)));
}

static void
expect_probe(struct script *s)
{
	const struct conn *conn = find_conn(s);

	if (conn != NULL)
		check_name(s, "probe", probe_name(probe_kind(conn)));
}

static void
expect_pattern(struct script *s)
{
	const unsigned side = index_of(s, side_word(s));
	const struct conn *conn = find_conn(s);

	if (conn != NULL)
		check_name(s, "pattern", loss_pattern_name(loss_pattern(
		    &conn->analysis->stats[side],
		    &conn->analysis->track[side])));
}

/* The verdict of the diagnosis, and the side of its finding, "-" for none. */
static void
expect_outcome(struct script *s)
{
	const struct conn *conn = find_conn(s);
	const struct finding *main;
	struct diagnosed diagnosed;
	const char *verdict;

	if (conn == NULL || !diagnose(conn, &diagnosed)) {
		FAIL(s, "no diagnosis");
		return;
	}
	verdict = diagnosed_verdict(&diagnosed);
	main = diagnosed.outcome == OUTCOME_FINDING ?
	    &diagnosed.finding[diagnosed.main] : NULL;
	check_word(s, "outcome", word(s), verdict != NULL ? verdict : "none");
	if (more(s))
		check_word(s, "side", word(s), main != NULL ?
		    finding_side_words(main) : "-");
}

/* "ID,ID": a bit for each of findings.def. */
static uint64_t
findings_of(struct script *s, const char *w)
{
	uint64_t bits = 0;
	size_t len;
	int i;

	for (; *w != '\0'; w += len + (w[len] == ',')) {
		len = strcspn(w, ",");
		for (i = 0; i < FINDING_COUNT; i++) {
			const char *id = finding_name((enum finding_id)i);

			if (strlen(id) == len && strncmp(id, w, len) == 0)
				break;
		}
		if (i == FINDING_COUNT) {
			FAIL(s, "\"%s\" is not in findings.def", w);
			return 0;
		}
		bits |= UINT64_C(1) << i;
	}
	return bits;
}

/* Of the findings named, all are there if `is_wanted`, else none. */
static void
check_findings(struct script *s, bool is_wanted)
{
	const uint64_t named = findings_of(s, word(s));
	const struct conn *conn = find_conn(s);
	struct diagnosed diagnosed;
	uint64_t found = 0;

	if (conn == NULL || !diagnose(conn, &diagnosed)) {
		FAIL(s, "no diagnosis");
		return;
	}
	for (unsigned i = 0; i < diagnosed.count; i++)
		found |= UINT64_C(1) << diagnosed.finding[i].id;
	for (int i = 0; i < FINDING_COUNT; i++)
		if ((named >> i & 1) != 0 && (found >> i & 1) != is_wanted)
			FAIL(s, "%s finding %s", is_wanted ? "no" : "a",
			    finding_name((enum finding_id)i));
}

static void
expect_findings_with(struct script *s)
{
	check_findings(s, true);
}

static void
expect_findings_without(struct script *s)
{
	check_findings(s, false);
}

/*
 * "ID FROM-TO": the frames that prove a finding, counted from the connection's
 * first frame as 1.
 */
static void
expect_shows(struct script *s)
{
	const uint64_t named = findings_of(s, word(s));
	const struct conn *conn = find_conn(s);
	struct diagnosed diagnosed;
	char frames[2 * PUT_DIGITS_MAX + 2] = "none";

	if (conn == NULL || !diagnose(conn, &diagnosed)) {
		FAIL(s, "no diagnosis");
		return;
	}
	for (unsigned i = 0; i < diagnosed.count; i++) {
		const struct finding *f = &diagnosed.finding[i];
		const uint64_t first = f->from_frame != 0 ? f->from_frame :
		    f->frame;

		if ((named >> f->id & 1) != 0)
			(void)snprintf(frames, sizeof(frames), "%" PRIu64
			    "-%" PRIu64, first - conn->first_frame + 1,
			    f->frame - conn->first_frame + 1);
	}
	check_word(s, "shows", word(s), frames);
}

/* The rest of the line, with a blank between words. */
static void
rest(struct script *s, char buf[TEXT_SIZE])
{
	size_t len = 0;

	buf[0] = '\0';
	while (more(s) && len < TEXT_SIZE)
		len += (size_t)snprintf(buf + len, TEXT_SIZE - len, "%s%s",
		    len > 0 ? " " : "", word(s));
}

/* "ID WORDS": does the text of a finding have these words? */
static void
check_says(struct script *s, bool is_wanted)
{
	const uint64_t named = findings_of(s, word(s));
	const struct conn *conn = find_conn(s);
	char wanted[TEXT_SIZE], text[TEXT_SIZE] = "";
	struct diagnosed diagnosed;

	rest(s, wanted);
	if (conn == NULL || !diagnose(conn, &diagnosed)) {
		FAIL(s, "no diagnosis");
		return;
	}
	for (unsigned i = 0; i < diagnosed.count; i++)
		if ((named >> diagnosed.finding[i].id & 1) != 0)
			(void)text_finding(text, &diagnosed.finding[i]);
	if (text[0] == '\0' || (strstr(text, wanted) != NULL) != is_wanted)
		FAIL(s, "\"%s\" %s \"%s\"", text,
		    is_wanted ? "lacks" : "has", wanted);
}

static void
expect_says(struct script *s)
{
	check_says(s, true);
}

static void
expect_says_not(struct script *s)
{
	check_says(s, false);
}

/* share server 99: per cent of the connection's time, rounded down. */
static void
expect_share(struct script *s)
{
	static const char *const words[SHARE_COUNT] = {
		"client", "server", "network", "nobody", "unknown"
	};
	const char *key = word(s);
	const int64_t percent = number(s, 0, 100);
	const struct conn *conn = find_conn(s);
	struct diagnosed diagnosed;

	if (conn == NULL || !diagnose(conn, &diagnosed)) {
		FAIL(s, "no diagnosis");
		return;
	}
	for (unsigned i = 0; i < SHARE_COUNT; i++)
		if (strcmp(key, words[i]) == 0) {
			check_number(s, key, percent, diagnosed.share_ns[i] *
			    100 / summary_duration(conn));
			return;
		}
	FAIL(s, "\"%s\" has no share", key);
}

static void
expect_conns(struct script *s)
{
	check_number(s, "conns", number(s, 0, INT64_MAX),
	    (int64_t)tcpstates_totals(s->ts)->conns);
}

static void
expect_verdict(struct script *s)
{
	const char *key = word(s);

	for (int i = 0; i < VERDICT_COUNT; i++)
		if (strcmp(key, verdict_key((enum verdict)i)) == 0) {
			check_number(s, key, number(s, 0, INT64_MAX), (int64_t)
			    tcpstates_totals(s->ts)->verdicts[i]);
			return;
		}
	FAIL(s, "\"%s\" is not in verdicts.def", key);
}

/* Directives */

static void
run_set(struct script *s)
{
	while (more(s))
		if (next_is(s, "loose"))
			s->is_loose = true;
		else if (next_is(s, "strict"))
			s->is_loose = false;
		else if (!parse_carriage(s, &s->by))
			FAIL(s, "\"%s\" means nothing here", word(s));
}

static void
run_tuple(struct script *s)
{
	struct place *place;

	s->tuple = (unsigned)number(s, 1, TUPLES_MAX);
	s->conn = 0;
	place = &s->place[s->tuple];
	while (more(s)) {
		if (next_is(s, "client"))
			place->client = (uint8_t)number(s, 0, UINT8_MAX);
		else if (next_is(s, "server"))
			place->server = (uint8_t)number(s, 0, UINT8_MAX);
		else if (next_is(s, "port"))
			place->port = (uint16_t)number(s, 1, UINT16_MAX);
		else
			FAIL(s, "\"%s\" means nothing here", word(s));
	}
}

static void
run_conn(struct script *s)
{
	s->conn = (uint64_t)number(s, 1, INT64_MAX);
}

static void
run_isn(struct script *s)
{
	for (unsigned side = 0; side < 2; side++)
		s->author[s->tuple][side].base =
		    (uint32_t)number(s, 0, UINT32_MAX);
}

static void
run_shift(struct script *s)
{
	for (unsigned side = 0; side < 2; side++) {
		struct author *author = &s->author[s->tuple][side];

		author->base += (uint32_t)number(s, INT32_MIN, UINT32_MAX);
		author->next = 0;
	}
}

static void
run_repeat(struct script *s)
{
	s->repeat_left = (long)number(s, 1, 10000000);
	s->repeat_from = s->at;
}

static void
run_done(struct script *s)
{
	if (s->repeat_left == 0)
		FAIL(s, "done without repeat");
	else if (--s->repeat_left > 0)
		s->at = s->repeat_from;
}

static void
run_end(struct script *s)
{
	settle(s);
	if (!s->is_over)
		tcpstates_finish(s->ts);
	s->is_over = true;
}

static const struct {
	const char *word;
	void (*run)(struct script *);
} directives[] = {
	{ "cause", expect_cause },
	{ "completeness", expect_completeness },
	{ "conn", run_conn },
	{ "conn_state", expect_conn_state },
	{ "conns", expect_conns },
	{ "done", run_done },
	{ "end", run_end },
	{ "ended", expect_ended },
	{ "evidence", expect_evidence },
	{ "expect", expect_figures },
	{ "findings+", expect_findings_with },
	{ "findings-", expect_findings_without },
	{ "first_fin", expect_first_fin },
	{ "history", expect_history },
	{ "isn", run_isn },
	{ "judged", expect_judged },
	{ "judged+", expect_judged_with },
	{ "judged-", expect_judged_without },
	{ "orig", expect_orig },
	{ "outcome", expect_outcome },
	{ "pattern", expect_pattern },
	{ "port", expect_port },
	{ "probe", expect_probe },
	{ "repeat", run_repeat },
	{ "reset_by", expect_reset_by },
	{ "set", run_set },
	{ "share", expect_share },
	{ "shift", run_shift },
	{ "shows", expect_shows },
	{ "says", expect_says },
	{ "says-", expect_says_not },
	{ "state", expect_states },
	{ "status", expect_status },
	{ "tuple", run_tuple },
	{ "verdict", expect_verdict },
};

/* A line that begins with a time. */
static void
run_timed(struct script *s, const char *time)
{
	const int64_t t = seconds(s, time);

	settle(s);
	s->now = *time == '+' || *time == '-' ? s->now + t : t;
	s->conn = 0;
	if (next_is(s, ">"))
		run_segment(s, 0);
	else if (next_is(s, "<"))
		run_segment(s, 1);
	else if (next_is(s, "copy"))
		run_copy(s);
	else if (next_is(s, "icmp"))
		run_icmp(s);
	else
		FAIL(s, "\"%s\" is none of > < copy icmp", word(s));
}

static void
run_line(struct script *s, const char *first)
{
	if (isdigit((unsigned char)*first) || *first == '+' ||
	    *first == '-') {
		run_timed(s, first);
		return;
	}
	for (size_t i = 0; i < ARRAY_LEN(directives); i++)
		if (strcmp(first, directives[i].word) == 0) {
			directives[i].run(s);
			if (more(s))
				FAIL(s, "\"%s\" is too much", word(s));
			return;
		}
	FAIL(s, "\"%s\" is not known", first);
}

static void
run_lines(struct script *s)
{
	char copy[1000];

	for (s->at = 0; s->at < s->lines && !s->is_in_error; s->at++) {
		if (snprintf(copy, sizeof(copy), "%s", s->line[s->at]) >=
		    (int)sizeof(copy)) {
			FAIL(s, "too long a line");
			return;
		}
		cut_line(s, copy);
		if (more(s))
			run_line(s, word(s));
	}
	if (s->repeat_left > 0)
		FAIL(s, "repeat without done");
	run_end(s);
}

/* The script itself */

static void
cut_text(struct script *s)
{
	for (char *p = s->text; *p != '\0' && !s->is_in_error;) {
		if (s->lines == LINES_MAX)
			FAIL(s, "more than %d lines", LINES_MAX);
		else
			s->line[s->lines++] = p;
		p += strcspn(p, "\n");
		if (*p != '\0')
			*p++ = '\0';
	}
}

static void
read_text(struct script *s)
{
	FILE *in = fopen(s->path, "r");
	const size_t size = LINES_MAX * 100;
	size_t n;

	s->text = calloc(size, 1);
	if (in == NULL || s->text == NULL) {
		FAIL(s, "cannot be read");
	} else {
		n = fread(s->text, 1, size - 1, in);
		if (n == size - 1)
			FAIL(s, "too long");
		cut_text(s);
	}
	if (in != NULL)
		fclose(in);
}

/* Nanoseconds and Ethernet in this machine's order of bytes. */
static void
open_pcap(struct script *s)
{
	const uint32_t magic[6] = { 0xa1b23c4d, 0x00040002, 0, 0,
	    SEGFRAME_MAX, 1 };

	if (s->run->pcap == NULL)
		return;
	s->pcap = fopen(s->run->pcap, "w");
	if (s->pcap == NULL)
		FAIL(s, "cannot write %s", s->run->pcap);
	else
		fwrite(magic, sizeof(magic), 1, s->pcap);
}

/* Whatever happened, the time of each connection is booked to the ns. */
static void
check_ledgers(struct script *s)
{
	const struct conn *conn = tcpstates_first(s->ts);
	struct pack_room room;
	struct ledger ledger;

	for (; conn != NULL && !s->is_in_error; conn = conn->next) {
		const struct conn *open = pack_read(conn, &room);

		if (ledger_read(open, &ledger) &&
		    !ledger_is_balanced(open, &ledger))
			FAIL(s, "the ledger of connection %ju does not add up",
			    (uintmax_t)conn->number);
	}
}

static bool
value_is_equal(const struct value *a, const struct value *b)
{
	if (a->type != b->type)
		return false;
	switch (a->type) {
	case VALUE_NULL:
		return true;
	case VALUE_NUMBER:
		return a->u.number == b->u.number;
	case VALUE_INSTANT:
	case VALUE_DURATION:
		return a->u.ns == b->u.ns;
	case VALUE_RATIO:
		return a->u.ratio.den == b->u.ratio.den &&
		    memcmp(&a->u.ratio.num, &b->u.ratio.num,
		    sizeof(a->u.ratio.num)) == 0;
	case VALUE_FLAG:
		return a->u.flag == b->u.flag;
	case VALUE_TEXT:
		return strcmp(a->u.text, b->u.text) == 0;
	case VALUE_ADDR:
		return memcmp(a->u.addr.bytes, b->u.addr.bytes,
		    sizeof(a->u.addr.bytes)) == 0;
	}
	return false;
}

static void
compare_records(struct script *s, const struct conn *conn,
    const struct conn *other)
{
	struct pack_room room_a, room_b;
	const struct conn *a = pack_read(conn, &room_a);
	const struct conn *b = pack_read(other, &room_b);

	for (size_t i = 0; i < record_column_count(); i++) {
		struct value x, y;

		record_get(record_column(i), a, &x);
		record_get(record_column(i), b, &y);
		if (!value_is_equal(&x, &y))
			FAIL(s, "the fast path changes %s of connection %ju",
			    record_column(i)->key, (uintmax_t)a->number);
	}
}

/* The fast path changes no figure. */
static void
check_fastpath(struct script *s)
{
	const struct conn *a, *b;

	tcpstates_finish(s->ts);
	tcpstates_finish(s->fast);
	a = tcpstates_first(s->ts);
	b = tcpstates_first(s->fast);
	for (; a != NULL && b != NULL; a = a->next, b = b->next)
		compare_records(s, a, b);
	if (a != b)
		FAIL(s, "the fast path changes the number of connections");
}

/* The A-D report of what an engine has seen. */
static void
write_report(struct script *s, struct tcpstates *ts, struct output *ret_text)
{
	const struct report_options options = { .style = { .digits = 6 } };
	struct outbuf *out = outbuf_new(output_take, ret_text);

	tcpstates_finish(ts);
	if (out == NULL ||
	    text_report(out, tcpstates_first(ts), &options) != 0 ||
	    outbuf_flush(out) != 0)
		FAIL(s, "no report");
	outbuf_free(out);
}

/* The report shows packets of complete connections only: compare all. */
static void
compare_counts(struct script *s, const struct conn *a, const struct conn *b)
{
	for (unsigned side = 0; side < 2; side++)
		if (a->endpoint[side].pkts != b->endpoint[side].pkts ||
		    a->endpoint[side].bytes != b->endpoint[side].bytes ||
		    a->report.duplicates != b->report.duplicates)
			FAIL(s, "what is kept changes the counts of "
			    "connection %ju", (uintmax_t)a->number);
}

/* Nor does the report depend on what is kept. */
static void
check_bare(struct script *s)
{
	const struct conn *a = tcpstates_first(s->fast);
	const struct conn *b;
	struct output kept = { .len = 0 }, bare = { .len = 0 };

	write_report(s, s->fast, &kept);
	write_report(s, s->bare, &bare);
	if (!s->is_in_error && (kept.len != bare.len ||
	    memcmp(kept.bytes, bare.bytes, kept.len) != 0))
		FAIL(s, "what is kept changes the report");
	output_fini(&kept);
	output_fini(&bare);
	for (b = tcpstates_first(s->bare); a != NULL && b != NULL;
	    a = a->next, b = b->next)
		compare_counts(s, a, b);
}

static void
prepare(struct script *s)
{
	const struct tcpstates_options bare = { .hash_key = { 1, 2 } };
	const struct tcpstates_options plain = {
		.hash_key = { 1, 2 },
		.keep_analysis = true,
		.diagnose = true,
	};
	const struct tcpstates_options options = {
		.hash_key = { 1, 2 },
		.keep_analysis = true,
		.diagnose = true,
		.events = { .segment = told_segment, .arg = s },
	};

	s->by = (struct carriage){ .linktype = LINKTYPE_ETHERNET, .mac = 1,
	    .ttl = 64,
	    .vni = -1, .ip_id = -1, .ip_len = -1, .snaplen = SEGFRAME_MAX };
	s->tuple = 1;
	for (unsigned tuple = 0; tuple <= TUPLES_MAX; tuple++)
		s->place[tuple].port = 80;
	for (unsigned tuple = 0; tuple <= TUPLES_MAX; tuple++)
		for (unsigned side = 0; side < 2; side++)
			s->author[tuple][side] = (struct author){
				.base = s->run->isn[side],
				.window = 65535,
				.ip_id = (uint16_t)(1000 * tuple +
				    20000 * side),
			};
	s->bytes = malloc(SEGFRAME_MAX);
	s->ts = tcpstates_new(&options);
	s->fast = tcpstates_new(&plain);
	s->bare = tcpstates_new(&bare);
	if (s->bytes == NULL || s->ts == NULL || s->fast == NULL ||
	    s->bare == NULL)
		FAIL(s, "out of memory");
}

bool
seg_holds(const char *path, const struct seg_run *run,
    char message[SEG_MESSAGE])
{
	struct script s = { .run = run, .path = path, .message = message };
	bool holds;

	read_text(&s);
	prepare(&s);
	open_pcap(&s);
	if (!s.is_in_error)
		run_lines(&s);
	if (!s.is_in_error)
		check_ledgers(&s);
	if (!s.is_in_error)
		check_fastpath(&s);
	if (!s.is_in_error)
		check_bare(&s);
	holds = !s.is_in_error;
	if (s.pcap != NULL)
		fclose(s.pcap);
	tcpstates_free(s.ts);
	tcpstates_free(s.fast);
	tcpstates_free(s.bare);
	free(s.bytes);
	free(s.text);
	return holds;
}
