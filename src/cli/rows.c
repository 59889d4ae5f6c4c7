/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Letters mean what they mean in tcpdump(1); where tcpdump has a long name,
 * it is used here, too.
 */
#include "config.h"

#include "cli/rows.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/compiler.h"
#include "base/nstime.h"
#include "cli/options.h"
#include "cli/parse.h"
#include "cli/suggest.h"
#include "flow/key.h"
#include "records/select_options.h"
#include "records/writer.h"
#include "top/top.h"

#define ROTATE_MIN	4096	/* bytes */
#define SAVE_UNIT	1000000	/* bytes of a plain number of -C */
#define SAVE_COUNT_MAX	1000000	/* files of -W */
#define SNAPLEN_MAX	262144	/* bytes: the most that libpcap allows */

static const char *const group_names[GROUP_COUNT] = {
	[GROUP_INPUT] = "Input",
	[GROUP_CAPTURE] = "Capture",
	[GROUP_VIEW] = "View and format",
	[GROUP_SELECT] = "Selection",
	[GROUP_LIMITS] = "Limits",
	[GROUP_DISPLAY] = "Display",
	[GROUP_META] = "Other",
};

/* The words of options, each in the order of its enum. */

static const char *const clocks[] = { "estimated", "synchronised", NULL };

static const char *const directions[] = {
	[SOURCE_INOUT] = "inout",
	[SOURCE_IN] = "in",
	[SOURCE_OUT] = "out",
	NULL
};

static const char *const formats[] = {
	"report",
#define FORMAT(name, letter)	#name,
#include "records/formats.def"
	NULL
};

static const char *const time_formats[] = {
	[TIME_AS_EPOCH] = "e",
	[TIME_AS_RELATIVE] = "r",
	[TIME_AS_CLOCK] = "a",
	[TIME_AS_LOCAL] = "ad",
	[TIME_AS_UTC] = "ud",
	[TIME_AS_DELTA] = "d",
	[TIME_AS_NONE] = "none",
	NULL
};

static const char *const colours[] = {
	[COLOUR_AUTO] = "auto",
	[COLOUR_ALWAYS] = "always",
	[COLOUR_NEVER] = "never",
	NULL
};

/* The index of a word among the words of its option, or -1. */
static int
place_of(const char *const *words, const char *word)
{
	for (int i = 0; words[i] != NULL; i++)
		if (strcmp(words[i], word) == 0)
			return i;
	return -1;
}

static const char *
set_read(struct options *o, const char *arg)
{
	options_add_file(o, arg);
	return NULL;
}

static const char *
set_interface(struct options *o, const char *arg)
{
	if (arg[0] == '\0')
		return "is not an interface";
	o->source.interface = arg;
	return NULL;
}

static const char *
set_list_interfaces(struct options *o, const char *arg UNUSED)
{
	o->action = ACTION_LIST_INTERFACES;
	return NULL;
}

static const char *
set_list_link_types(struct options *o, const char *arg UNUSED)
{
	o->action = ACTION_LIST_LINK_TYPES;
	return NULL;
}

static const char *
set_link_type(struct options *o, const char *arg)
{
	o->source.link_type = arg;
	return NULL;
}

static const char *
set_filter(struct options *o, const char *arg)
{
	o->filter_text = arg;
	return NULL;
}

static const char *
set_filter_file(struct options *o, const char *arg)
{
	o->filter_file = arg;
	return NULL;
}

static const char *
set_direction(struct options *o, const char *arg)
{
	const int place = place_of(directions, arg);

	if (place < 0)
		return "is not a direction";
	o->source.direction = (enum source_direction)place;
	return NULL;
}

static const char *
set_count(struct options *o, const char *arg)
{
	const char *wrong = parse_number(arg, UINT64_MAX,
	    &o->source.max_frames);

	return wrong == NULL && o->source.max_frames == 0 ?
	    "is too small" : wrong;
}

static const char *
set_ip4(struct options *o, const char *arg UNUSED)
{
	o->source.ip = o->source.ip == SOURCE_IP6 ? SOURCE_IP_ANY :
	    SOURCE_IP4;
	return NULL;
}

static const char *
set_ip6(struct options *o, const char *arg UNUSED)
{
	o->source.ip = o->source.ip == SOURCE_IP4 ? SOURCE_IP_ANY :
	    SOURCE_IP6;
	return NULL;
}

static const char *
set_vlan_key(struct options *o, const char *arg UNUSED)
{
	o->vlan_key = true;
	return NULL;
}

static const char *
set_no_tunnels(struct options *o, const char *arg UNUSED)
{
	o->no_tunnels = true;
	return NULL;
}

static const char *
add_tunnel_port(struct options *o, const char *arg, enum tunnel tunnel)
{
	uint64_t port;
	const char *wrong = parse_number(arg, UINT16_MAX, &port);

	if (wrong != NULL)
		return wrong;
	if (port == 0)
		return "is not a port";
	return decode_as_add(&o->decode_as, (uint16_t)port, (uint16_t)port,
	    tunnel) ? NULL : "is one rule too many";
}

static const char *
set_vxlan_port(struct options *o, const char *arg)
{
	return add_tunnel_port(o, arg, TUNNEL_VXLAN);
}

static const char *
set_geneve_port(struct options *o, const char *arg)
{
	return add_tunnel_port(o, arg, TUNNEL_GENEVE);
}

static const char *
set_decode_as(struct options *o, const char *arg)
{
	return decode_as_parse(&o->decode_as, arg);
}

static const char *
set_snaplen(struct options *o, const char *arg)
{
	uint64_t bytes;
	const char *wrong = parse_number(arg, SNAPLEN_MAX, &bytes);

	if (wrong == NULL)
		o->source.snaplen = bytes > 0 ? (uint32_t)bytes :
		    SNAPLEN_MAX;
	return wrong;
}

static const char *
set_no_promiscuous(struct options *o, const char *arg UNUSED)
{
	o->source.no_promiscuous = true;
	return NULL;
}

static const char *
set_ring(struct options *o, const char *arg)
{
	uint64_t size;
	const char *wrong = parse_size(arg, 1024, &size);

	if (wrong != NULL)
		return wrong;
	if (size > INT_MAX)
		return "is too large";
	if (size == 0)
		return "is too small";
	o->source.ring_size = size;
	return NULL;
}

static const char *
set_fanout_group(struct options *o, const char *arg)
{
	uint64_t group;
	const char *wrong = parse_number(arg, SOURCE_GROUP_MAX, &group);

	if (wrong != NULL)
		return wrong;
	o->source.group = (unsigned)group;
	o->source.has_group = true;
	return NULL;
}

static const char *
set_immediate(struct options *o, const char *arg UNUSED)
{
	o->source.immediate = true;
	return NULL;
}

static const char *
set_save(struct options *o, const char *arg)
{
	o->saves_to_stdout = strcmp(arg, "-") == 0;
	o->save = o->saves_to_stdout ? "standard output" : arg;
	return NULL;
}

static const char *
set_account(struct options *o, const char *arg)
{
	o->account = arg;
	return NULL;
}

static const char *
set_duration(struct options *o, const char *arg)
{
	const char *wrong = parse_time(arg, &o->source.duration_ns);

	return wrong == NULL && o->source.duration_ns == 0 ?
	    "is too small" : wrong;
}

static const char *
set_format(struct options *o, const char *arg)
{
	const struct record_format *format = record_format_find(arg);

	if (format == NULL && strcmp(arg, "report") != 0)
		return "is not a format";
	o->display.format = format;
	return NULL;
}

/* --ndjson, --csv... */
#define FORMAT(name, letter)						\
	static const char *						\
	set_format_##name(struct options *o, const char *arg UNUSED)	\
	{								\
		return set_format(o, #name);				\
	}
#include "records/formats.def"

/* --table, --states... */
#define DISPLAY(NAME, name, letter, option, arg, help)			\
	static const char *						\
	set_display_##name(struct options *o, const char *text)	\
	{								\
		return options_add_display(o, DISPLAY_##NAME, text);	\
	}
#define DISPLAY_IMPLIED(NAME, name, words)
#include "views/displays.def"

static const char *
set_by(struct options *o, const char *arg)
{
	const int place = place_of(grouping_words, arg);

	if (place < 0)
		return "is not a kind of group";
	o->display.by = (enum grouping_by)(GROUPING_NONE + 1 + place);
	/* Each VLAN has connections of its own. */
	o->vlan_key |= o->display.by == GROUPING_VLAN;
	return NULL;
}

static const char *
set_no_header(struct options *o, const char *arg UNUSED)
{
	o->display.no_header = true;
	return NULL;
}

static const char *
set_stream(struct options *o, const char *arg UNUSED)
{
	o->display.stream = true;
	return NULL;
}

static const char *
set_interval(struct options *o, const char *arg)
{
	const char *wrong = parse_time(arg, &o->display.interval_ns);

	o->source.tick_ns = o->display.interval_ns;
	return wrong == NULL && o->display.interval_ns == 0 ?
	    "is too small" : wrong;
}

static const char *
set_top(struct options *o, const char *arg UNUSED)
{
	o->top = o->display.live_screen = true;
	return NULL;
}

static const char *
set_processes(struct options *o, const char *arg UNUSED)
{
	o->display.processes = true;
	return NULL;
}

static const char *
set_output(struct options *o, const char *arg)
{
	o->output = strcmp(arg, "-") == 0 ? NULL : arg;
	return NULL;
}

static const char *
set_append(struct options *o, const char *arg UNUSED)
{
	o->append = true;
	return NULL;
}

static const char *
set_rotate_size(struct options *o, const char *arg, uint64_t unit)
{
	const char *wrong = parse_size(arg, unit, &o->rotate_size);

	return wrong == NULL && o->rotate_size < ROTATE_MIN ?
	    "is too small" : wrong;
}

static const char *
set_rotate_time(struct options *o, const char *arg)
{
	const char *wrong = parse_time(arg, &o->rotate_ns);

	return wrong == NULL && o->rotate_ns < NS_PER_SEC ?
	    "is too small" : wrong;
}

/* A time (1h), or a size with its unit in capitals (1G). */
static const char *
set_rotate(struct options *o, const char *arg)
{
	const size_t len = strlen(arg);

	return len > 0 && strchr("KMG", arg[len - 1]) != NULL ?
	    set_rotate_size(o, arg, 1) : set_rotate_time(o, arg);
}

/* -C, -G and -W, as in tcpdump. */

static const char *
set_save_size(struct options *o, const char *arg)
{
	o->save_only = 'C';
	return set_rotate_size(o, arg, SAVE_UNIT);
}

static const char *
set_save_time(struct options *o, const char *arg)
{
	o->save_only = 'G';
	return set_rotate_time(o, arg);
}

static const char *
set_save_count(struct options *o, const char *arg)
{
	uint64_t count;
	const char *wrong = parse_number(arg, SAVE_COUNT_MAX, &count);

	if (wrong == NULL && count < 2)
		wrong = "is too small";
	if (wrong == NULL)
		o->rotate_count = (uint32_t)count;
	o->save_only = 'W';
	return wrong;
}

static const char *
set_conn(struct options *o, const char *arg)
{
	return options_add_conn(o, arg);
}

static const char *
set_frames(struct options *o, const char *arg)
{
	return select_parse_frames(&o->display.select, arg);
}

static const char *
set_only(struct options *o, const char *arg)
{
	return select_parse_only(&o->display.select, arg);
}

static const char *
set_sort(struct options *o, const char *arg)
{
	const char *wrong = select_parse_sort(&o->display.select, arg);

	/* The live screen has orders of its own; some have names of keys. */
	if (top_order(arg + (arg[0] == '-')) != ORDER_COUNT) {
		o->top_sort = arg;
		o->is_top_sort = wrong != NULL;
		return NULL;
	}
	if (wrong != select_unknown_key)
		return wrong;
	suggest_key(o->phrase, arg + (arg[0] == '-'));
	return o->phrase;
}

/* Add one key of --columns. */
static const char *
add_column(struct options *o, const char *key, bool is_only)
{
	char why[SUGGEST_SIZE];
	const char *wrong = column_choice_add(&o->display.columns, key);

	if (wrong == NULL)
		return NULL;
	(void)snprintf(why, sizeof(why), "%s", wrong);
	if (wrong == select_unknown_key)
		suggest_key(why, key);
	if (is_only)
		(void)snprintf(o->phrase, sizeof(o->phrase), "%s", why);
	else
		(void)snprintf(o->phrase, sizeof(o->phrase),
		    "has '%s', which %s", key, why);
	return o->phrase;
}

static const char *
set_columns(struct options *o, const char *arg)
{
	const bool is_only = strchr(arg, ',') == NULL;
	const char *wrong = NULL;
	char key[64];	/* longer than any key */

	for (; wrong == NULL; arg++) {
		const size_t len = strcspn(arg, ",");

		(void)snprintf(key, sizeof(key), "%.*s", (int)len, arg);
		wrong = add_column(o, key, is_only);
		arg += len;
		if (*arg == '\0')
			break;
	}
	return wrong;
}

static const char *
set_limit(struct options *o, const char *arg)
{
	return select_parse_limit(&o->display.select, arg);
}

static const char *
set_max_conns(struct options *o, const char *arg)
{
	o->has_max_conns = true;
	return parse_number(arg, UINT64_MAX, &o->limits.max_conns);
}

static const char *
set_max_ended(struct options *o, const char *arg)
{
	o->has_max_ended = true;
	return parse_number(arg, UINT64_MAX, &o->limits.max_ended);
}

static const char *
set_max_pending(struct options *o, const char *arg)
{
	o->has_max_pending = true;
	return parse_size(arg, 1, &o->limits.max_pending);
}

static const char *
set_half_open_timeout(struct options *o, const char *arg)
{
	o->has_half_open = true;
	return parse_time(arg, &o->limits.half_open_ns);
}

static const char *
set_idle_timeout(struct options *o, const char *arg)
{
	o->has_idle = true;
	return parse_time(arg, &o->limits.idle_ns);
}

static const char *
set_linger(struct options *o, const char *arg)
{
	o->has_linger = true;
	return parse_time(arg, &o->limits.linger_ns);
}

static const char *
set_time(struct options *o, const char *arg)
{
	/* -t, -tt, -ttt, -tttt and -ttttt, as getopt_long() takes them. */
	static const struct {
		const char *letters;
		enum time_format format;
	} repeated[] = {
		{ "", TIME_AS_NONE },
		{ "t", TIME_AS_EPOCH },
		{ "tt", TIME_AS_DELTA },
		{ "ttt", TIME_AS_LOCAL },
		{ "tttt", TIME_AS_RELATIVE },
	};
	const int place = place_of(time_formats, arg);

	o->display.has_time = true;
	if (place >= 0)
		o->display.time = (enum time_format)place;
	for (size_t i = 0; i < ARRAY_LEN(repeated); i++)
		if (strcmp(arg, repeated[i].letters) == 0) {
			o->display.time = repeated[i].format;
			return NULL;
		}
	return place < 0 ? "is not a time format" : NULL;
}

static const char *
set_raw_numbers(struct options *o, const char *arg UNUSED)
{
	o->display.raw_numbers = true;
	return NULL;
}

static const char *
set_trouble(struct options *o, const char *arg UNUSED)
{
	o->display.trouble = true;
	return NULL;
}

static const char *
set_all(struct options *o, const char *arg UNUSED)
{
	o->all = true;
	return NULL;
}

static const char *
set_no_pager(struct options *o, const char *arg UNUSED)
{
	o->no_pager = true;
	return NULL;
}

static const char *
set_no_colour(struct options *o, const char *arg UNUSED)
{
	o->colour = COLOUR_NEVER;
	return NULL;
}

static const char *
set_colour(struct options *o, const char *arg)
{
	int place;

	/* "yes" and "no" are the words of other programs. */
	if (arg == NULL || strcmp(arg, "yes") == 0)
		place = COLOUR_ALWAYS;
	else if (strcmp(arg, "no") == 0)
		place = COLOUR_NEVER;
	else
		place = place_of(colours, arg);
	if (place < 0)
		return "is not a time for colours";
	o->colour = (enum colour)place;
	return NULL;
}

static const char *
set_resolve(struct options *o, const char *arg UNUSED)
{
	o->display.resolve = true;
	return NULL;
}

static const char *
set_services(struct options *o, const char *arg UNUSED)
{
	o->display.services = true;
	return NULL;
}

static const char *
set_numeric(struct options *o, const char *arg UNUSED)
{
	o->numeric = true;
	return NULL;
}

static const char *
set_strict(struct options *o, const char *arg UNUSED)
{
	o->strict = true;
	return NULL;
}

static const char *
set_deterministic(struct options *o, const char *arg UNUSED)
{
	o->deterministic = true;
	return NULL;
}

static const char *
set_no_analysis(struct options *o, const char *arg UNUSED)
{
	o->display.no_analysis = true;
	return NULL;
}

static const char *
set_one_thread(struct options *o, const char *arg UNUSED)
{
	o->one_thread = true;
	return NULL;
}

static const char *
set_workers(struct options *o, const char *arg)
{
	uint64_t workers;
	const char *wrong = parse_number(arg, KEY_BUCKETS, &workers);

	if (wrong == NULL && workers == 0)
		wrong = "is too small";
	if (wrong == NULL)
		o->workers = (unsigned)workers;
	return wrong;
}

static const char *
set_shard(struct options *o, const char *arg)
{
	return parse_shard(arg, &o->shard);
}

static const char *
set_no_sandbox(struct options *o, const char *arg UNUSED)
{
	o->no_sandbox = true;
	return NULL;
}

static const char *
set_quiet(struct options *o, const char *arg UNUSED)
{
	o->quiet = true;
	o->display.is_quiet = true;
	return NULL;
}

static const char *
set_compare(struct options *o, const char *arg UNUSED)
{
	o->action = ACTION_COMPARE;
	return NULL;
}

static const char *
set_with(struct options *o, const char *arg)
{
	if (!o->has_with)
		o->compare_first = o->source.file_count;
	o->has_with = true;
	o->action = ACTION_COMPARE;
	return set_read(o, arg);
}

static const char *
set_clocks(struct options *o, const char *arg)
{
	const int place = place_of(clocks, arg);

	if (place < 0)
		return "is not a way to treat clocks";
	o->trusts_clocks = place == 1;
	o->has_clocks = true;
	return NULL;
}

static const char *
set_help(struct options *o, const char *arg UNUSED)
{
	o->action = ACTION_HELP;
	return NULL;
}

static const char *
set_usage(struct options *o, const char *arg UNUSED)
{
	o->action = ACTION_USAGE;
	return NULL;
}

static const char *
set_version(struct options *o, const char *arg UNUSED)
{
	o->action = ACTION_VERSION;
	return NULL;
}

static const struct optrow rows[] = {
	{ 'r', "read", "FILE", NULL, GROUP_INPUT, false, set_read,
	    "read a capture file (pcap or pcapng, also .gz and .zst); '-' is "
	    "standard input; several are read in the given order as one "
	    "stream" },
	{ 'i', "interface", "IFACE", NULL, GROUP_INPUT, false, set_interface,
	    "capture on an interface until ^C: its name, its number in -D, "
	    "or any" },
	{ 'D', "list-interfaces", NULL, NULL, GROUP_INPUT, false,
	    set_list_interfaces, "list the interfaces" },
	{ 'L', "list-data-link-types", NULL, NULL, GROUP_INPUT, true,
	    set_list_link_types, "list the link types of the interface" },
	{ 'y', "linktype", "DLT", NULL, GROUP_INPUT, true, set_link_type,
	    "link type to capture, one of -L" },
	{ 'f', "filter", "EXPR", NULL, GROUP_INPUT, false, set_filter,
	    "capture filter, see pcap-filter(7); the same as trailing words" },
	{ 'F', "filter-file", "FILE", NULL, GROUP_INPUT, false,
	    set_filter_file, "read the capture filter from a file" },
	{ 'Q', "direction", "DIR", directions, GROUP_INPUT, true,
	    set_direction, "capture incoming (in), outgoing (out) or all "
	    "packets (inout) [inout]" },
	{ '4', "ipv4", NULL, NULL, GROUP_INPUT, false, set_ip4,
	    "IPv4 packets only (outer header of tunnels)" },
	{ '6', "ipv6", NULL, NULL, GROUP_INPUT, false, set_ip6,
	    "IPv6 packets only (outer header of tunnels)" },
	{ 0, "vlan-key", NULL, NULL, GROUP_INPUT, false, set_vlan_key,
	    "treat each VLAN as a separate address space" },
	{ 0, "shard", "I/N", NULL, GROUP_INPUT, false, set_shard,
	    "analyse only the connections of shard I of N: one run for each "
	    "shard, as on N machines" },
	{ 0, "no-tunnels", NULL, NULL, GROUP_INPUT, false, set_no_tunnels,
	    "analyse the outer packets of tunnels only" },
	{ 0, "vxlan-port", "PORT", NULL, GROUP_INPUT, false, set_vxlan_port,
	    "decode this UDP port as VXLAN, in addition to 4789 and 8472" },
	{ 0, "geneve-port", "PORT", NULL, GROUP_INPUT, false, set_geneve_port,
	    "decode this UDP port as Geneve, in addition to 6081" },
	{ 0, "decode-as", "RULE", NULL, GROUP_INPUT, false, set_decode_as,
	    "decode a UDP port as another tunnel, as in "
	    "udp.port==4790,vxlan; the name data stands for no tunnel" },

	{ 0, "compare", NULL, NULL, GROUP_INPUT, false, set_compare,
	    "compare two captures of the same traffic, taken at two points" },
	{ 0, "with", "FILE", NULL, GROUP_INPUT, false, set_with,
	    "compare: a capture of the second point, where the points have "
	    "several each" },
	{ 0, "clocks", "HOW", clocks, GROUP_INPUT, false, set_clocks,
	    "compare: estimate the clocks' difference from the packets, or "
	    "trust synchronised ones [estimated]" },

	{ 's', "snapshot-length", "BYTES", NULL, GROUP_CAPTURE, true,
	    set_snaplen, "bytes to capture of each packet; 0 is 262144 "
	    "[256]" },
	{ 'p', "no-promiscuous-mode", NULL, NULL, GROUP_CAPTURE, true,
	    set_no_promiscuous, "do not use promiscuous mode" },
	{ 'B', "buffer-size", "SIZE", NULL, GROUP_CAPTURE, true, set_ring,
	    "size of the kernel's buffer, with K, M or G; a plain number is "
	    "in KiB [16M]" },
	{ 0, "fanout-group", "ID", NULL, GROUP_CAPTURE, true, set_fanout_group,
	    "share the packets with other programs of this group: each "
	    "connection goes to one of them; 0 to 65535" },
	{ 0, "immediate-mode", NULL, NULL, GROUP_CAPTURE, true, set_immediate,
	    "deliver packets one by one; takes much more CPU time" },
	{ 'w', "write", "FILE", NULL, GROUP_CAPTURE, false, set_save,
	    "save the packets that pass the filter; - is standard output" },
	{ 'C', "file-size", "SIZE", NULL, GROUP_CAPTURE, false, set_save_size,
	    "begin a new file of -w after a size, in millions of bytes, or "
	    "with K, M or G" },
	{ 'G', "file-time", "TIME", NULL, GROUP_CAPTURE, false, set_save_time,
	    "begin a new file of -w after a time, such as 3600 or 1h" },
	{ 'W', "file-count", "N", NULL, GROUP_CAPTURE, false, set_save_count,
	    "with -C or -G: keep N files, and overwrite the oldest" },
	{ 'Z', "relinquish-privileges", "USER", NULL, GROUP_CAPTURE, false,
	    set_account, "as root: drop privileges to USER after opening "
	    "files; root keeps them [caller of sudo, or " ACCOUNT_DEFAULT
	    "]" },
	{ 'c', "count", "N", NULL, GROUP_CAPTURE, false, set_count,
	    "stop after N packets" },
	{ 0, "duration", "TIME", NULL, GROUP_CAPTURE, false, set_duration,
	    "stop after a time, such as 90, 1h30m or 200ms; for a file, by "
	    "its timestamps" },

#define DISPLAY(NAME, name, letter, option, arg, help)			\
	{ letter, option, arg, NULL, GROUP_VIEW, false,			\
	    set_display_##name, help },
#define DISPLAY_IMPLIED(NAME, name, words)
#include "views/displays.def"
	{ 0, "by", "GROUP", grouping_words, GROUP_VIEW, false, set_by,
	    "one line for each server, client, port, subnet (of clients) or "
	    "vlan: failures, round-trip and response times" },
	{ 0, "format", "FORMAT", formats, GROUP_VIEW, false, set_format,
	    "report for people; ndjson or csv for machines [report]" },
#define FORMAT(name, letter)						\
	{ letter, #name, NULL, NULL, GROUP_VIEW, false,			\
	    set_format_##name, "the same as --format=" #name },
#include "records/formats.def"
	{ 0, "json", NULL, NULL, GROUP_VIEW, false, set_format_ndjson,
	    "the same as --ndjson" },
	{ 0, "no-header", NULL, NULL, GROUP_VIEW, false, set_no_header,
	    "omit the line of column names" },
	{ 0, "stream", NULL, NULL, GROUP_VIEW, false, set_stream,
	    "write the record of each connection at its close, then drop it; "
	    "with -J or --csv" },
	{ 0, "interval", "TIME", NULL, GROUP_VIEW, false, set_interval,
	    "write counters as a line, or with -J as a record, at this "
	    "interval" },
	{ 0, "top", NULL, NULL, GROUP_VIEW, false, set_top,
	    "show the connections on a live screen; the report follows at the "
	    "end" },
	{ 0, "processes", NULL, NULL, GROUP_VIEW, true, set_processes,
	    "show which processes of this host own the connections; with "
	    "--table, --top or records" },
	{ 'o', "output", "FILE", NULL, GROUP_VIEW, false, set_output,
	    "write to a file, not to standard output" },
	{ 0, "append", NULL, NULL, GROUP_VIEW, false, set_append,
	    "with -o, append to the file" },
	{ 0, "rotate", "LIMIT", NULL, GROUP_VIEW, false, set_rotate,
	    "begin a new file of -o and of -w after a time (1h) or size (1G); "
	    "the name has the time in it: conns-%Y%m%dT%H%M%SZ.ndjson.zst" },

	{ 0, "conn", "N[,M-K]", NULL, GROUP_SELECT, false, set_conn,
	    "show the connections with these numbers" },
	{ 0, "frames", "N[,M-K]", NULL, GROUP_SELECT, false, set_frames,
	    "with --segments, --states or --annotate: show what happens at "
	    "these frames" },
	{ 0, "trouble", NULL, NULL, GROUP_SELECT, false, set_trouble,
	    "with --segments: show segments with a remark marked !, and two "
	    "before and after; with --annotate: only these have comments" },
	{ 0, "only", "CLASS[,...]", select_class_names, GROUP_SELECT, false,
	    set_only, "show complete, reset, open or midstream connections" },
	{ 0, "columns", "KEY[,...]", NULL, GROUP_SELECT, false, set_columns,
	    "show these keys of the records only; with --table, -J or --csv" },
	{ 0, "sort", "KEY", NULL, GROUP_SELECT, false, set_sort,
	    "sort by a key of the records, such as bytes or duration, or --top "
	    "by rate, rtt, p99, rtx or age; -KEY reverses the order" },
	{ 0, "limit", "N", NULL, GROUP_SELECT, false, set_limit,
	    "show at most N connections, or groups of --by" },

	{ 0, "max-conns", "N", NULL, GROUP_LIMITS, false, set_max_conns,
	    "track at most N connections at once; 0 is unlimited [live and "
	    "--stream: 1000000; else 0]" },
	{ 0, "max-ended", "N", NULL, GROUP_LIMITS, false, set_max_ended,
	    "keep the records of at most N connections that have left the "
	    "table; 0 is unlimited [live: 250000; else 0]" },
	{ 0, "max-pending", "SIZE", NULL, GROUP_LIMITS, false,
	    set_max_pending, "memory for unacknowledged segments, gaps and "
	    "retransmissions of all connections, with K, M or G; 0 is "
	    "unlimited [live and --stream: 256M; else 0]" },
	{ 0, "half-open-timeout", "TIME", NULL, GROUP_LIMITS, false,
	    set_half_open_timeout, "idle timeout for connections with SYNs "
	    "only; 0 is never [live and --stream: 130s; else 0]" },
	{ 0, "idle-timeout", "TIME", NULL, GROUP_LIMITS, false,
	    set_idle_timeout, "idle timeout for established connections; 0 "
	    "is never [live and --stream: 1h; else 0]" },
	{ 0, "linger", "TIME", NULL, GROUP_LIMITS, false, set_linger,
	    "idle timeout for closed connections, to match late segments; 0 "
	    "is never [live and --stream: 120s; else 0]" },

	{ 't', "time", "FORMAT", time_formats, GROUP_DISPLAY, false, set_time,
	    "time format: e, seconds since 1970; r, since the first packet; d, "
	    "since the line before; a, local time; ad, with its date; ud, in "
	    "UTC; none; or -t, -tt ... -ttttt as in tcpdump" },
	{ 'S', "absolute-tcp-sequence-numbers", NULL, NULL, GROUP_DISPLAY,
	    false, set_raw_numbers, "with --segments: sequence numbers as they "
	    "were sent, not relative" },
	{ 0, "all", NULL, NULL, GROUP_DISPLAY, true, set_all,
	    "show every connection at the end of a live capture, also on a "
	    "terminal" },
	{ 0, "color", "[WHEN]", colours, GROUP_DISPLAY, false, set_colour,
	    "auto: on a terminal without NO_COLOR; always; never [auto]" },
	{ 0, "no-color", NULL, NULL, GROUP_DISPLAY, false, set_no_colour,
	    "the same as --color=never" },
	{ 0, "no-pager", NULL, NULL, GROUP_DISPLAY, false, set_no_pager,
	    "do not show long output on a terminal through $PAGER, or less" },
	{ 0, "resolve", NULL, NULL, GROUP_DISPLAY, false, set_resolve,
	    "with --table or --by of a file: show names of hosts, looked up "
	    "when the file has been read" },
	{ 0, "services", NULL, NULL, GROUP_DISPLAY, false, set_services,
	    "with --table or --by: show names of the responders' ports, such "
	    "as https" },
	{ 'n', "numeric", NULL, NULL, GROUP_DISPLAY, false, set_numeric,
	    "show numbers: cancels --resolve and --services [the default]" },

	{ 'q', "quiet", NULL, NULL, GROUP_META, false, set_quiet,
	    "no warnings and no progress, and no report if --html, --svg or "
	    "--xpl is the only view; errors are still printed" },
	{ 0, "strict", NULL, NULL, GROUP_META, false, set_strict,
	    "exit with 3 if figures are doubtful, as after dropped packets or "
	    "evicted connections" },
	{ 0, "deterministic", NULL, NULL, GROUP_META, false,
	    set_deterministic, "use no random numbers: for tests" },
	{ 0, "no-analysis", NULL, NULL, GROUP_META, false, set_no_analysis,
	    "count only: no RTT, no loss analysis; faster" },
	{ 0, "one-thread", NULL, NULL, GROUP_META, false, set_one_thread,
	    "read files with one thread" },
	{ 0, "workers", "N", NULL, GROUP_META, false, set_workers,
	    "threads that analyse, 1 to 32, besides the one that reads a file "
	    "[for a file the number of processors, at most 8; for an "
	    "interface 1]" },
	{ 0, "no-sandbox", NULL, NULL, GROUP_META, false, set_no_sandbox,
	    "do not enter the sandbox: for debuggers, and for kernels that "
	    "support none" },
	{ 'h', "usage", NULL, NULL, GROUP_META, false, set_usage,
	    "print the options that most people use, by task" },
	{ 0, "help", NULL, NULL, GROUP_META, false, set_help,
	    "print all options" },
	{ 'V', "version", NULL, NULL, GROUP_META, false, set_version,
	    "print the versions of the program and its libraries" },
};

size_t
optrow_count(void)
{
	return ARRAY_LEN(rows);
}

const struct optrow *
optrow_at(size_t at)
{
	return &rows[at];
}

/*
 * What --compare honours, or what changes nothing of it.  A name that is not
 * here is refused with it, so that a new option is never ignored.
 */
bool
optrow_is_compared(const struct optrow *row)
{
	static const char *const names[] = {
		"read", "filter", "filter-file", "ipv4", "ipv6", "vlan-key",
		"no-tunnels", "vxlan-port", "geneve-port", "decode-as",
		"compare", "with", "clocks", "relinquish-privileges", "count",
		"duration", "table", "segments", "html", "format", "ndjson",
		"csv", "json", "no-header", "output", "append", "conn", "time",
		"color", "no-color", "no-pager", "numeric", "quiet",
		"deterministic", "no-sandbox", NULL
	};

	return place_of(names, row->name) >= 0;
}

bool
optrow_is_optional(const struct optrow *row)
{
	return row->arg != NULL && row->arg[0] == '[';
}

bool
optrow_takes_list(const struct optrow *row)
{
	return row->arg != NULL && strchr(row->arg, ',') != NULL;
}

const char *
optrow_group_name(enum optrow_group group)
{
	return group_names[group];
}
