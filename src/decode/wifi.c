/* SPDX-License-Identifier: BSD-2-Clause */
/*
 *	| frame control (2) | duration (2) | addresses 1 to 3 (18) | seq (2) |
 *	[ address 4 (6), between access points ] [ QoS control (2)
 *	[ HT control (4) ] ] | LLC/SNAP ...		IEEE 802.11, 9.3.2
 *
 * Numbers are little-endian, here and in radiotap.  Only data frames in the
 * clear hold anything; of several subframes (A-MSDU) the first is followed.
 */
#include "config.h"

#include "decode/wifi.h"

#include "decode/ether.h"

#define HEADER_LEN		24
#define ADDRESS_LEN		6
#define SEQUENCE_AT		20	/* behind frame control */
#define QOS_LEN			2
#define HT_CONTROL_LEN		4
#define SUBFRAME_LEN		14	/* destination, source, length */

/* First byte of frame control. */
#define TYPE_MASK		0x0c
#define TYPE_MANAGEMENT		0x00
#define TYPE_CONTROL		0x04
#define TYPE_DATA		0x08
#define DATA_NULL		0x40	/* no content */
#define DATA_QOS		0x80
/* Second byte. */
#define BETWEEN_ACCESS_POINTS	0x03	/* To DS and From DS */
#define RETRY			0x08
#define PROTECTED		0x40
#define ORDER			0x80	/* HT control follows, in QoS data */
/* First byte of QoS control. */
#define QOS_SUBFRAMES		0x80

static uint16_t
load_le16(const uint8_t *p)
{
	return (uint16_t)(p[0] | (unsigned)p[1] << 8);
}

static bool
not_data(struct walk *w, const uint8_t *control)
{
	switch (control[0] & TYPE_MASK) {
	case TYPE_MANAGEMENT:
		return walk_end(w, VERDICT_NOT_IP, "802.11 management");
	case TYPE_CONTROL:
		return walk_end(w, VERDICT_NOT_IP, "802.11 control");
	default:
		return walk_end(w, VERDICT_NOT_IP, "802.11 extension");
	}
}

/*
 * Note what a retry has in common with its frame: receiver, transmitter,
 * sequence control (IEEE 802.11, 9.2.4).  `h` is what follows frame control.
 */
static void
note_frame(struct walk *w, const uint8_t *control, const uint8_t *h)
{
	walk_add_link(w, link_hash(load_be64(h + 2), load_be32(h + 10)));
	w->seg->wifi_seq = load_le16(h + SEQUENCE_AT);
	w->seg->is_wifi_retry = (control[1] & RETRY) != 0;
}

/*
 * Step over what follows frame control in a data frame; `pad` says that the
 * driver aligned the content to four bytes.  Returns false when cut.
 */
static bool
skip_data_header(struct walk *w, const uint8_t *control, bool pad)
{
	const bool has_qos = (control[0] & DATA_QOS) != 0;
	size_t len = HEADER_LEN - 2;
	bool has_subframes = false;
	const uint8_t *h = cursor_take(&w->at, len);
	const uint8_t *qos;

	if (h != NULL)
		note_frame(w, control, h);
	if ((control[1] & BETWEEN_ACCESS_POINTS) == BETWEEN_ACCESS_POINTS) {
		(void)cursor_skip(&w->at, ADDRESS_LEN);
		len += ADDRESS_LEN;
	}
	if (has_qos) {
		qos = cursor_take(&w->at, QOS_LEN);
		has_subframes = qos != NULL && (qos[0] & QOS_SUBFRAMES) != 0;
		len += QOS_LEN;
	}
	if (has_qos && (control[1] & ORDER) != 0) {
		(void)cursor_skip(&w->at, HT_CONTROL_LEN);
		len += HT_CONTROL_LEN;
	}
	if (pad && (len + 2) % 4 != 0)
		(void)cursor_skip(&w->at, 4 - (len + 2) % 4);
	if (has_subframes)
		(void)cursor_skip(&w->at, SUBFRAME_LEN);
	return cursor_is_good(&w->at);
}

/* What follows frame control. */
static bool
wifi(struct walk *w, const uint8_t *control, bool pad)
{
	if (control == NULL)
		return walk_cut(w, VERDICT_MALFORMED_LINK, "802.11 header");
	if ((control[0] & TYPE_MASK) != TYPE_DATA)
		return not_data(w, control);
	if ((control[0] & DATA_NULL) != 0)
		return walk_end(w, VERDICT_NOT_IP, "802.11 without content");
	if ((control[1] & PROTECTED) != 0)
		return walk_end(w, VERDICT_UNSUPPORTED, "802.11 encrypted");
	if (!skip_data_header(w, control, pad))
		return walk_cut(w, VERDICT_MALFORMED_LINK, "802.11 header");
	return walk_on(w, llc_decode);
}

bool
link_wifi(struct walk *w)
{
	return wifi(w, cursor_take(&w->at, 2), false);
}

static bool
wifi_padded(struct walk *w)
{
	return wifi(w, cursor_take(&w->at, 2), true);
}

/* Protocol version 0 and a data frame, in one byte. */
#define VERSION_AND_TYPE_MASK	0x0f

bool
wifi_either_order(struct walk *w)
{
	const uint8_t *h = cursor_take(&w->at, 2);
	uint8_t swapped[2];

	if (h == NULL || (h[0] & VERSION_AND_TYPE_MASK) == TYPE_DATA ||
	    (h[1] & VERSION_AND_TYPE_MASK) != TYPE_DATA)
		return wifi(w, h, false);
	swapped[0] = h[1];
	swapped[1] = h[0];
	return wifi(w, swapped, false);
}

#define RADIOTAP_LEN		8	/* up to the first set of fields */
#define RADIOTAP_TIMER		0x01	/* in the first byte of the set */
#define RADIOTAP_FLAGS		0x02
#define RADIOTAP_MORE		0x80	/* in the last: another set follows */
#define RADIOTAP_SETS_MAX	8	/* three are in use */
#define FLAGS_PADDED		0x20

/*
 *	| version | pad | length (2) | present (4) ... | fields ...
 *
 * The flags field is the second of all and the only one that matters: the
 * timer of eight bytes, aligned to eight, may stand before it.
 */
static uint8_t
radiotap_flags(const uint8_t *h, size_t len)
{
	size_t at = RADIOTAP_LEN;

	for (unsigned i = 0; i < RADIOTAP_SETS_MAX && at + 4 <= len &&
	    (h[at - 1] & RADIOTAP_MORE) != 0; i++)
		at += 4;
	if ((h[4] & RADIOTAP_TIMER) != 0)
		at = (at + 7) / 8 * 8 + 8;
	return (h[4] & RADIOTAP_FLAGS) != 0 && at < len ? h[at] : 0;
}

bool
link_radiotap(struct walk *w)
{
	const uint8_t *h = cursor_peek(&w->at, RADIOTAP_LEN);
	const size_t len = h != NULL ? load_le16(h + 2) : RADIOTAP_LEN;

	h = cursor_take(&w->at, len);
	if (h == NULL)
		return walk_cut(w, VERDICT_MALFORMED_LINK, "radiotap header");
	if (len < RADIOTAP_LEN || h[0] != 0)
		return walk_end(w, VERDICT_MALFORMED_LINK,
		    "radiotap header");
	return walk_on(w, radiotap_flags(h, len) & FLAGS_PADDED ?
	    wifi_padded : link_wifi);
}

#define AVS_MAGIC		0x80211000	/* and a version */
#define PRISM_LEN		144
#define PRISM_LEN_MIN		24

/*
 *	AVS	| 80 21 10 0x | length (4) | ...	big-endian
 *	Prism	| message (4) | length (4) | device (16) | ...	either order
 */
bool
link_prism(struct walk *w)
{
	const uint8_t *h = cursor_peek(&w->at, 8);
	uint32_t len = PRISM_LEN;

	if (h != NULL) {
		len = load_be32(h + 4);
		if ((load_be32(h) & 0xfffffff0) != AVS_MAGIC &&
		    len > UINT16_MAX)
			len = load_le16(h + 4);
	}
	if (h != NULL && len < PRISM_LEN_MIN)
		return walk_end(w, VERDICT_MALFORMED_LINK, "Prism header");
	if (!cursor_skip(&w->at, len))
		return walk_cut(w, VERDICT_MALFORMED_LINK, "Prism header");
	return walk_on(w, link_wifi);
}
