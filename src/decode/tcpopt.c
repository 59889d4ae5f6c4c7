/* SPDX-License-Identifier: BSD-2-Clause */
/*
 *	+------+------+------- - -
 *	| kind | len  | value		len counts itself and the kind; kinds
 *	+------+------+------- - -	0 and 1 are a single byte
 *	RFC 9293, 3.1
 */
#include "config.h"

#include "decode/tcpopt.h"

#include "base/compiler.h"

enum kind {
	KIND_END = 0,
	KIND_NOP = 1,
	KIND_MSS = 2,
	KIND_WSCALE = 3,
	KIND_SACK_PERMITTED = 4,
	KIND_SACK = 5,
	KIND_TIMESTAMP = 8,
	KIND_MD5 = 19,
	KIND_AO = 29,
	KIND_MPTCP = 30,
	KIND_TFO = 34,
	KIND_ACCECN0 = 172,
	KIND_ACCECN1 = 174,
	KIND_EXPERIMENT = 254
};

#define MPTCP_DSS	2	/* RFC 8684, 3.3: data sequence signal */
#define EXPERIMENT_TFO	0xf989	/* RFC 7413, 4.1.1; RFC 6994 */

/* NOP NOP Timestamp: what most segments of most stacks carry, and no more. */
#define USUAL_LEN	12
#define USUAL_START	0x0101080a

/*
 * Lengths of the value: at least `min`, at most `max`, in steps of `step`
 * bytes from `min`.  A kind without a row may have any.
 */
static const struct {
	uint16_t bit;		/* enum tcpopt_bit; 0 without a row */
	uint8_t min;
	uint8_t max;
	uint8_t step;
} known[256] = {
	[KIND_MSS] = { OPT_MSS, 2, 2, 1 },		/* RFC 9293, 3.7.1 */
	[KIND_WSCALE] = { OPT_WSCALE, 1, 1, 1 },	/* RFC 7323, 2.2 */
	[KIND_SACK_PERMITTED] = { OPT_SACK_PERMITTED, 0, 0, 1 },
	[KIND_SACK] = { OPT_SACK, 8, 32, 8 },		/* RFC 2018, 3 */
	[KIND_TIMESTAMP] = { OPT_TIMESTAMP, 8, 8, 1 },	/* RFC 7323, 3.2 */
	[KIND_MD5] = { OPT_MD5, 16, 16, 1 },		/* RFC 2385, 3.0 */
	[KIND_AO] = { OPT_AO, 2, 38, 1 },		/* RFC 5925, 2.2 */
	[KIND_MPTCP] = { OPT_MPTCP, 1, 38, 1 },		/* RFC 8684, 3 */
	[KIND_TFO] = { OPT_TFO, 0, 16, 2 },		/* RFC 7413, 4.1.1 */
	[KIND_ACCECN0] = { OPT_ACCECN, 0, 9, 3 },	/* RFC 9768, 3.2.3 */
	[KIND_ACCECN1] = { OPT_ACCECN, 0, 9, 3 },
};

struct tcpopt_iter
tcpopt_iter(const uint8_t *bytes, size_t captured, size_t declared)
{
	return (struct tcpopt_iter){
	    .at = cursor_over(bytes, captured, declared),
	};
}

bool
tcpopt_next(struct tcpopt_iter *it, struct tcpopt *ret_option)
{
	unsigned kind, len;

	do
		kind = cursor_u8(&it->at);
	while (kind == KIND_NOP);
	/* Zero, too, once nothing is left. */
	if (kind == KIND_END)
		return false;
	len = cursor_u8(&it->at);
	if (!cursor_is_good(&it->at)) {
		it->is_malformed = it->at.is_over;
		return false;
	}
	if (len < 2) {
		it->is_malformed = true;
		return false;
	}
	ret_option->kind = (uint8_t)kind;
	ret_option->value_len = (uint8_t)(len - 2);
	ret_option->value = cursor_take(&it->at, len - 2);
	it->is_malformed = it->at.is_over;
	return ret_option->value != NULL;
}

static bool
has_known_len(const struct tcpopt *o)
{
	return o->value_len >= known[o->kind].min &&
	    o->value_len <= known[o->kind].max &&
	    (o->value_len - known[o->kind].min) % known[o->kind].step == 0;
}

static void
sack(struct tcp_options *opt, const struct tcpopt *o)
{
	opt->sack_count = o->value_len / 8;
	for (unsigned i = 0; i < opt->sack_count; i++) {
		opt->sack[i].left = load_be32(o->value + i * 8);
		opt->sack[i].right = load_be32(o->value + i * 8 + 4);
	}
}

static void
mptcp(struct tcp_options *opt, const struct tcpopt *o)
{
	const uint8_t subtype = o->value[0] >> 4;

	/* Of several, the first names the segment (MP_CAPABLE, MP_JOIN). */
	if ((opt->present & OPT_MPTCP) == 0)
		opt->mptcp_subtype = subtype;
	if (subtype != MPTCP_DSS)
		opt->present |= OPT_MPTCP_SIGNAL;
}

/* A kind that has no row: an experiment that we know, or unknown. */
static void
unlisted(struct tcp_options *opt, const struct tcpopt *o)
{
	if (o->kind == KIND_EXPERIMENT && o->value_len >= 2 &&
	    load_be16(o->value) == EXPERIMENT_TFO) {
		opt->present |= OPT_TFO;
		opt->tfo_cookie_len = (uint8_t)(o->value_len - 2);
		return;
	}
	opt->present |= OPT_UNKNOWN;
	opt->unknown_count++;
}

static void
take_known(struct tcp_options *opt, const struct tcpopt *o)
{
	switch (o->kind) {
	case KIND_MSS:
		opt->mss = load_be16(o->value);
		break;
	case KIND_WSCALE:
		opt->wscale = o->value[0];
		break;
	case KIND_SACK:
		sack(opt, o);
		break;
	case KIND_TIMESTAMP:
		opt->tsval = load_be32(o->value);
		opt->tsecr = load_be32(o->value + 4);
		break;
	case KIND_MPTCP:
		mptcp(opt, o);
		break;
	case KIND_TFO:
		opt->tfo_cookie_len = o->value_len;
		break;
	default:
		break;
	}
	opt->present |= known[o->kind].bit;
}

static void
walk_options(struct tcpopt_iter *it, struct tcp_options *opt)
{
	struct tcpopt o;

	while (tcpopt_next(it, &o)) {
		if (known[o.kind].bit == 0) {
			unlisted(opt, &o);
		} else if (has_known_len(&o)) {
			take_known(opt, &o);
		} else {
			it->is_malformed = true;
			break;
		}
	}
	if (it->is_malformed)
		opt->present |= OPT_MALFORMED;
}

/* On its own, for it alone needs a frame on the stack. */
static NOINLINE void
take_unusual(struct tcp_options *opt, const uint8_t *bytes, size_t captured,
    size_t declared)
{
	struct tcpopt_iter it = tcpopt_iter(bytes, captured, declared);

	walk_options(&it, opt);
}

void
tcpopt_decode(const uint8_t *bytes, size_t captured, size_t declared,
    struct tcp_options *ret_opt)
{
	*ret_opt = (struct tcp_options){ 0 };
	if (LIKELY(captured == USUAL_LEN) &&
	    load_be32(bytes) == USUAL_START) {
		ret_opt->present = OPT_TIMESTAMP;
		ret_opt->tsval = load_be32(bytes + 4);
		ret_opt->tsecr = load_be32(bytes + 8);
	} else if (captured != 0) {
		take_unusual(ret_opt, bytes, captured, declared);
	}
}
