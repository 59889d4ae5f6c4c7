/* SPDX-License-Identifier: BSD-2-Clause */
/*
 *	Frame Relay	| address (2 to 4) | 03 | [00] | NLPID | ... RFC 2427
 *	  Cisco's	| address (2 to 4) | ethertype | ...
 *	SLIP		| direction | compressed header (15) | IP
 *	Sun's ATM	| direction, content | VPI | VCI (2) | ...
 *	AX.25		| addresses (7 each) | control | PID | ...
 *	DOCSIS		| control | parameter | length (2) | [extended header]
 *			| check sequence (2) | Ethernet
 */
#include "config.h"

#include "decode/wan.h"

#include "decode/ether.h"
#include "decode/ip.h"
#include "decode/ppp.h"

/* The last byte of an address has its lowest bit set (Q.922, A.3). */
#define FR_ADDRESS_MIN	2
#define FR_ADDRESS_MAX	4
#define FR_LAST		0x01
#define FR_UI		0x03	/* control: unnumbered information */

enum nlpid {
	NLPID_PADDING = 0x00,
	NLPID_SNAP = 0x80,
	NLPID_IP6 = 0x8e,
	NLPID_IP4 = 0xcc,
	NLPID_PPP = 0xcf	/* RFC 1973 */
};

static bool
nlpid_next(struct walk *w)
{
	unsigned nlpid = cursor_u8(&w->at);

	if (nlpid == NLPID_PADDING)
		nlpid = cursor_u8(&w->at);
	if (!cursor_is_good(&w->at))
		return walk_cut(w, VERDICT_MALFORMED_LINK,
		    "Frame Relay header");
	switch (nlpid) {
	case NLPID_IP4:
		return walk_on(w, ip4_decode);
	case NLPID_IP6:
		return walk_on(w, ip6_decode);
	case NLPID_SNAP:
		return walk_on(w, snap_decode);
	case NLPID_PPP:
		return walk_on(w, ppp_decode);
	default:
		return walk_end(w, VERDICT_NOT_IP, "Frame Relay without IP");
	}
}

/* False when there is no end to it, or too soon. */
static bool
skip_fr_address(struct cursor *at)
{
	for (unsigned n = 1; n <= FR_ADDRESS_MAX; n++)
		if ((cursor_u8(at) & FR_LAST) != 0)
			return n >= FR_ADDRESS_MIN;
	return false;
}

bool
link_frame_relay(struct walk *w)
{
	const bool has_address = skip_fr_address(&w->at);
	unsigned control;

	if (cursor_is_good(&w->at) && !has_address)
		return walk_end(w, VERDICT_MALFORMED_LINK,
		    "Frame Relay address");
	control = cursor_u8(&w->at);
	if (control == FR_UI)
		return nlpid_next(w);
	control = control << 8 | cursor_u8(&w->at);
	if (!cursor_is_good(&w->at))
		return walk_cut(w, VERDICT_MALFORMED_LINK,
		    "Frame Relay header");
	return ethertype_next(w, control);
}

bool
link_frame_relay_dir(struct walk *w)
{
	(void)cursor_skip(&w->at, 1);
	return walk_on(w, link_frame_relay);
}

/* The IP header follows as it was before it was compressed. */
bool
link_slip(struct walk *w)
{
	if (!cursor_skip(&w->at, 16))
		return walk_cut(w, VERDICT_MALFORMED_LINK, "SLIP header");
	return walk_on(w, ip_decode);
}

#define SUNATM_CONTENT(h)	((h)[0] & 0x0f)
#define SUNATM_LANE	1	/* LAN emulation: client (2), Ethernet */
#define SUNATM_LLC	2

bool
link_sunatm(struct walk *w)
{
	const uint8_t *h = cursor_take(&w->at, 4);

	if (h == NULL)
		return walk_cut(w, VERDICT_MALFORMED_LINK, "ATM header");
	if (SUNATM_CONTENT(h) == SUNATM_LLC)
		return walk_on(w, llc_decode);
	if (SUNATM_CONTENT(h) != SUNATM_LANE)
		return walk_end(w, VERDICT_NOT_IP, "ATM signalling");
	(void)cursor_skip(&w->at, 2);
	return walk_on(w, link_ethernet);
}

#define AX25_ADDRESS_LEN	7
#define AX25_ADDRESSES_MAX	10	/* two stations, eight repeaters */
#define AX25_LAST		0x01	/* in an address's last byte */
#define AX25_HAS_PID(control)	(((control) & 0x01) == 0 || \
				((control) & 0xef) == 0x03)
#define AX25_PID_IP		0xcc

bool
link_ax25(struct walk *w)
{
	const uint8_t *h;
	unsigned count = 0, control, pid;

	do {
		h = cursor_take(&w->at, AX25_ADDRESS_LEN);
		count++;
	} while (h != NULL && (h[AX25_ADDRESS_LEN - 1] & AX25_LAST) == 0 &&
	    count <= AX25_ADDRESSES_MAX);
	if (count > AX25_ADDRESSES_MAX)
		return walk_end(w, VERDICT_MALFORMED_LINK, "AX.25 addresses");
	control = cursor_u8(&w->at);
	pid = AX25_HAS_PID(control) ? cursor_u8(&w->at) : 0;
	if (!cursor_is_good(&w->at))
		return walk_cut(w, VERDICT_MALFORMED_LINK, "AX.25 header");
	return pid == AX25_PID_IP ? walk_on(w, ip4_decode) :
	    walk_end(w, VERDICT_NOT_IP, "AX.25 without IP");
}

bool
link_ax25_kiss(struct walk *w)
{
	const uint8_t *h = cursor_take(&w->at, 1);

	if (h == NULL)
		return walk_cut(w, VERDICT_MALFORMED_LINK, "AX.25 header");
	/* The low half is the command; what is not data sets up the modem. */
	if ((*h & 0x0f) != 0)
		return walk_end(w, VERDICT_NOT_IP, "AX.25 without IP");
	return walk_on(w, link_ax25);
}

#define DOCSIS_TYPE_MASK	0xc0	/* 0: a packet */
#define DOCSIS_IS_EXTENDED	0x01

bool
link_docsis(struct walk *w)
{
	const uint8_t *h = cursor_take(&w->at, 4);
	size_t extended;

	if (h == NULL)
		return walk_cut(w, VERDICT_MALFORMED_LINK, "DOCSIS header");
	if ((h[0] & DOCSIS_TYPE_MASK) != 0)
		return walk_end(w, VERDICT_NOT_IP, "DOCSIS management");
	extended = (h[0] & DOCSIS_IS_EXTENDED) != 0 ? h[1] : 0;
	if (!cursor_skip(&w->at, extended + 2))
		return walk_cut(w, VERDICT_MALFORMED_LINK, "DOCSIS header");
	return walk_on(w, link_ethernet);
}
