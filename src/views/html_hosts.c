/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "views/html_hosts.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/outbuf.h"
#include "base/pool.h"
#include "diagnosis/text.h"
#include "flow/conn.h"
#include "pictures/markup.h"
#include "pictures/scale.h"
#include "print/addr.h"
#include "records/select.h"
#include "tcp/analysis.h"
#include "tcp/close.h"
#include "tcp/pack.h"

#define HOSTS_SHOWN	20
#define HOSTS_MAX	4096	/* others are not counted */
#define HOST_SLOTS	(HOSTS_MAX * 2)
#define STRIP_WIDTH	(150 * PX)
#define STRIP_HEIGHT	(14 * PX)

struct host {
	uint8_t addr[16];
	uint8_t ip_version;
	uint64_t opened, accepted, unanswered, resets;
	uint64_t bytes, segments, again;
	/* Round trips from the capture point to the host. */
	uint64_t rtt_count;
	int64_t rtt_min, rtt_max;
	int64_t rtt_median;	/* of the connection with most samples */
	uint64_t median_count;	/* its samples */
};

struct hosts {
	struct host *host;	/* HOSTS_MAX of them */
	uint32_t *slot;		/* number of a host + 1, or 0 */
	uint32_t count;
	uint64_t left_out;	/* endpoints of connections, not counted */
};

/* ---- collecting ---- */

static uint32_t
hash_of(const uint8_t addr[16])
{
	uint32_t hash = 2166136261U;	/* FNV-1a */

	for (unsigned i = 0; i < 16; i++)
		hash = (hash ^ addr[i]) * 16777619U;
	return hash;
}

static struct host *
host_of(struct hosts *hosts, const struct conn *conn, unsigned side)
{
	const uint8_t *addr = conn->key.addr[side];
	uint32_t at = hash_of(addr) % HOST_SLOTS;
	struct host *host;

	for (; hosts->slot[at] != 0; at = (at + 1) % HOST_SLOTS) {
		host = &hosts->host[hosts->slot[at] - 1];
		if (host->ip_version == conn->key.ip_version &&
		    memcmp(host->addr, addr, sizeof(host->addr)) == 0)
			return host;
	}
	if (hosts->count == HOSTS_MAX) {
		hosts->left_out++;
		return NULL;
	}
	host = &hosts->host[hosts->count++];
	hosts->slot[at] = hosts->count;
	memcpy(host->addr, addr, sizeof(host->addr));
	host->ip_version = conn->key.ip_version;
	return host;
}

/* Samples of what the peer sent: from the capture point to the host. */
static void
add_rtt(struct host *host, const struct series *rtt)
{
	if (rtt->count == 0)
		return;
	if (host->rtt_count == 0 || rtt->min < host->rtt_min)
		host->rtt_min = rtt->min;
	if (host->rtt_count == 0 || rtt->max > host->rtt_max)
		host->rtt_max = rtt->max;
	host->rtt_count += rtt->count;
	if (rtt->count <= host->median_count)
		return;
	host->median_count = rtt->count;
	host->rtt_median = series_quantile(rtt, 500);
}

static void
add_side(struct hosts *hosts, const struct conn *conn, unsigned side)
{
	const struct endpoint *own = &conn->endpoint[side];
	const bool is_orig = side == conn->orig;
	const bool is_silent = close_is_unanswered(conn);
	struct host *host = host_of(hosts, conn, side);

	if (host == NULL)
		return;
	host->opened += is_orig;
	host->accepted += !is_orig && !is_silent;
	host->unanswered += !is_orig && is_silent;
	host->resets += own->rst_count > 0;
	host->bytes += own->bytes;
	host->segments += own->pkts;
	if (conn->analysis == NULL || conn->analysis->stats == NULL)
		return;
	host->again += conn->analysis->stats[side].judged[
	    JUDGED_RETRANSMISSION];
	add_rtt(host, &conn->analysis->stats[!side].rtt);
}

static int
compare_hosts(const void *a, const void *b)
{
	const struct host *ha = a, *hb = b;
	const uint64_t ca = ha->opened + ha->accepted + ha->unanswered;
	const uint64_t cb = hb->opened + hb->accepted + hb->unanswered;

	if (ca != cb)
		return ca > cb ? -1 : 1;
	if (ha->segments != hb->segments)
		return ha->segments > hb->segments ? -1 : 1;
	return memcmp(ha->addr, hb->addr, sizeof(ha->addr));
}

/* ---- the table ---- */

static void
put_count(struct outbuf *out, uint64_t count, bool is_bad)
{
	if (count == 0)
		outbuf_str(out, "<td>\xe2\x80\x93</td>");
	else
		outbuf_printf(out, "<td%s>%" PRIu64 "</td>",
		    is_bad ? " class=\"x\"" : "", count);
}

/* Minimum to maximum as a line, the median as a dot. */
static void
put_strip(struct outbuf *out, const struct host *host,
    const struct scale *scale)
{
	const int64_t left = scale_y(scale, (uint64_t)host->rtt_min);
	const int64_t right = scale_y(scale, (uint64_t)host->rtt_max);
	const int64_t dot = scale_y(scale, (uint64_t)host->rtt_median);

	outbuf_str(out, "<td><svg width=\"150\" height=\"14\" "
	    "aria-hidden=\"true\">");
	svg_path_begin(out);
	svg_move(out, left, STRIP_HEIGHT / 2);
	svg_across(out, right);
	svg_path_stroke(out, PAINT_WAIT_CLIENT, 20);
	svg_path_begin(out);
	svg_move(out, dot, STRIP_HEIGHT / 2);
	outbuf_str(out, "h0");
	svg_path_dots(out, PAINT_ORIG, 6 * PX);
	outbuf_str(out, "</svg></td>");
}

static void
put_host(struct outbuf *out, const struct host *host,
    const struct scale *scale)
{
	char text[ADDR_BUFSIZE + TEXT_NUMBER];

	(void)addr_format(text, host->addr, host->ip_version);
	outbuf_printf(out, "<tr><td>%s</td>", text);
	put_count(out, host->opened, false);
	put_count(out, host->accepted, false);
	put_count(out, host->unanswered, true);
	put_count(out, host->resets, false);
	(void)text_bytes(text, host->bytes);
	outbuf_printf(out, "<td>%s</td>", host->bytes > 0 ? text :
	    "\xe2\x80\x93");
	put_count(out, host->again, true);
	if (host->rtt_count == 0) {
		outbuf_str(out, "<td>\xe2\x80\x93</td><td></td></tr>\n");
		return;
	}
	(void)text_ns(text, host->rtt_median);
	outbuf_printf(out, "<td>%s</td>", text);
	put_strip(out, host, scale);
	outbuf_str(out, "</tr>\n");
}

/* One scale for all rows; "upwards" is to the right. */
static struct scale
find_scale(const struct hosts *hosts, uint32_t shown)
{
	struct scale scale = {
		.least = UINT64_MAX, .top = STRIP_WIDTH - 4 * PX,
		.bottom = 4 * PX, .is_log = true,
	};

	for (uint32_t i = 0; i < shown; i++) {
		const struct host *host = &hosts->host[i];

		if (host->rtt_count == 0)
			continue;
		if ((uint64_t)host->rtt_min < scale.least)
			scale.least = (uint64_t)host->rtt_min;
		if ((uint64_t)host->rtt_max > scale.most)
			scale.most = (uint64_t)host->rtt_max;
	}
	if (scale.least == 0)
		scale.least = 1;
	return scale;
}

static void
put_scale(struct outbuf *out, const struct scale *scale)
{
	char least[TEXT_NUMBER], most[TEXT_NUMBER];

	if (scale->most == 0)
		return;
	(void)text_ns(least, (int64_t)scale->least);
	(void)text_ns(most, (int64_t)scale->most);
	outbuf_printf(out, "<p class=\"m\">Round trips from the capture point "
	    "to the host: the dot is the median of the connection with most "
	    "samples, the line goes from minimum to maximum; scale from %s to "
	    "%s, logarithmic.</p>\n", least, most);
}

static void
put_table(struct outbuf *out, struct hosts *hosts)
{
	const uint32_t shown = hosts->count < HOSTS_SHOWN ? hosts->count :
	    HOSTS_SHOWN;
	struct scale scale;

	qsort(hosts->host, hosts->count, sizeof(struct host), compare_hosts);
	scale = find_scale(hosts, shown);
	outbuf_str(out, "<section><h2 id=\"hosts\">Hosts</h2><div class=\"t\">"
	    "<table><thead><tr><th>host</th><th>opened</th><th>accepted</th>"
	    "<th>no answer</th><th>resets</th><th>sent</th>"
	    "<th>retransmitted</th><th>RTT</th><th>RTT, minimum to maximum"
	    "</th></tr></thead><tbody>\n");
	for (uint32_t i = 0; i < shown; i++)
		put_host(out, &hosts->host[i], &scale);
	outbuf_str(out, "</tbody></table></div>\n");
	if (hosts->count > shown || hosts->left_out > 0)
		outbuf_printf(out, "<p class=\"m\">The %" PRIu32 " with most "
		    "connections of %" PRIu32 "%s.</p>\n", shown,
		    hosts->count, hosts->left_out > 0 ? " and more" : "");
	put_scale(out, &scale);
	outbuf_str(out, "</section>\n");
}

void
html_put_hosts(struct outbuf *out, const struct select_rules *select,
    const struct conn *first)
{
	struct hosts hosts = {
		.host = mem_zalloc(HOSTS_MAX * sizeof(struct host)),
		.slot = mem_zalloc(HOST_SLOTS * sizeof(uint32_t)),
	};

	for (const struct conn *packed = first; packed != NULL &&
	    hosts.host != NULL && hosts.slot != NULL; packed = packed->next) {
		struct pack_room room;
		const struct conn *conn;

		if (!select_matches(select, packed))
			continue;
		conn = pack_read(packed, &room);
		add_side(&hosts, conn, 0);
		add_side(&hosts, conn, 1);
	}
	if (hosts.count > 0)
		put_table(out, &hosts);
	mem_free(hosts.host);
	mem_free(hosts.slot);
}
