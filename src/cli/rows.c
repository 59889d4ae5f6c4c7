/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Letters mean what they mean in tcpdump(1); long names are tcpdump's too,
 * where it has them.
 */
#include "config.h"

#include "cli/rows.h"

#include <limits.h>
#include <string.h>

#include "base/compiler.h"
#include "cli/options.h"
#include "cli/parse.h"
#include "records/select_options.h"
#include "records/writer.h"

#define SNAPLEN_MAX	262144	/* octets: what libpcap allows */

static const char *const group_names[GROUP_COUNT] = {
	[GROUP_INPUT] = "Input",
	[GROUP_CAPTURE] = "Capture",
	[GROUP_VIEW] = "View and format",
	[GROUP_SELECT] = "Selection",
	[GROUP_LIMITS] = "Limits",
	[GROUP_LOOK] = "Look",
	[GROUP_META] = "Other",
};

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
		return "is no interface";
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
	if (strcmp(arg, "in") == 0)
		o->source.direction = SOURCE_IN;
	else if (strcmp(arg, "out") == 0)
		o->source.direction = SOURCE_OUT;
	else if (strcmp(arg, "inout") == 0)
		o->source.direction = SOURCE_INOUT;
	else
		return "is none of in, out and inout";
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
		return "is no port";
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
	uint64_t octets;
	const char *wrong = parse_number(arg, SNAPLEN_MAX, &octets);

	if (wrong == NULL)
		o->source.snaplen = octets > 0 ? (uint32_t)octets :
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
	static const char wrong[] = "is none of report"
#define FORMAT(name, letter)	", " #name
#include "records/formats.def"
	    ;
	const struct record_format *format = record_format_find(arg);

	if (format == NULL && strcmp(arg, "report") != 0)
		return wrong;
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
set_conn(struct options *o, const char *arg)
{
	return options_add_conn(o, arg);
}

static const char *
set_only(struct options *o, const char *arg)
{
	return select_parse_only(&o->display.select, arg);
}

static const char *
set_sort(struct options *o, const char *arg)
{
	return select_parse_sort(&o->display.select, arg);
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
	if (strcmp(arg, "e") == 0)
		o->display.time = TIME_AS_EPOCH;
	else if (strcmp(arg, "r") == 0)
		o->display.time = TIME_AS_RELATIVE;
	else if (strcmp(arg, "ad") == 0)
		o->display.time = TIME_AS_LOCAL;
	else if (strcmp(arg, "ud") == 0)
		o->display.time = TIME_AS_UTC;
	else
		return "is none of e, r, ad and ud";
	return NULL;
}

static const char *
set_colour(struct options *o, const char *arg)
{
	if (arg == NULL || strcmp(arg, "always") == 0)
		o->colour = COLOUR_ALWAYS;
	else if (strcmp(arg, "auto") == 0)
		o->colour = COLOUR_AUTO;
	else if (strcmp(arg, "never") == 0)
		o->colour = COLOUR_NEVER;
	else
		return "is none of auto, always and never";
	return NULL;
}

static const char *
set_nothing(struct options *o UNUSED, const char *arg UNUSED)
{
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
	o->no_analysis = true;
	return NULL;
}

static const char *
set_one_thread(struct options *o, const char *arg UNUSED)
{
	o->one_thread = true;
	return NULL;
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
	return NULL;
}

static const char *
set_help(struct options *o, const char *arg UNUSED)
{
	o->action = ACTION_HELP;
	return NULL;
}

static const char *
set_version(struct options *o, const char *arg UNUSED)
{
	o->action = ACTION_VERSION;
	return NULL;
}

static const struct optrow rows[] = {
	{ 'r', "read", "FILE", GROUP_INPUT, false, set_read,
	    "read a capture (pcap or pcapng, also .gz and .zst); '-' is "
	    "standard input; several are one stream in the given order" },
	{ 'i', "interface", "IFACE", GROUP_INPUT, false, set_interface,
	    "watch an interface until ^C: its name, its number in -D, or any" },
	{ 'D', "list-interfaces", NULL, GROUP_INPUT, false,
	    set_list_interfaces, "list the interfaces" },
	{ 'L', "list-data-link-types", NULL, GROUP_INPUT, true,
	    set_list_link_types, "list the link types of the interface" },
	{ 'y', "linktype", "DLT", GROUP_INPUT, true, set_link_type,
	    "link type to capture, one of -L" },
	{ 'f', "filter", "EXPR", GROUP_INPUT, false, set_filter,
	    "look only at packets that match, see pcap-filter(7); the same "
	    "as trailing words" },
	{ 'F', "filter-file", "FILE", GROUP_INPUT, false, set_filter_file,
	    "take the filter from a file" },
	{ 'Q', "direction", "DIR", GROUP_INPUT, true, set_direction,
	    "packets that come in, that go out, or inout: both" },
	{ '4', "ipv4", NULL, GROUP_INPUT, false, set_ip4,
	    "look only at IPv4 packets (outside of tunnels)" },
	{ '6', "ipv6", NULL, GROUP_INPUT, false, set_ip6,
	    "look only at IPv6 packets (outside of tunnels)" },
	{ 0, "vlan-key", NULL, GROUP_INPUT, false, set_vlan_key,
	    "equal addresses and ports in two VLANs are two connections" },
	{ 0, "no-tunnels", NULL, GROUP_INPUT, false, set_no_tunnels,
	    "look at the outer packets of tunnels only" },
	{ 0, "vxlan-port", "PORT", GROUP_INPUT, false, set_vxlan_port,
	    "decode this UDP port as VXLAN, beside 4789 and 8472" },
	{ 0, "geneve-port", "PORT", GROUP_INPUT, false, set_geneve_port,
	    "decode this UDP port as Geneve, beside 6081" },
	{ 0, "decode-as", "RULE", GROUP_INPUT, false, set_decode_as,
	    "decode a UDP port as another tunnel, as "
	    "udp.port==4790,vxlan; data is no tunnel" },

	{ 's', "snapshot-length", "BYTES", GROUP_CAPTURE, true, set_snaplen,
	    "octets to capture of each packet; 0 is 262144 [256]" },
	{ 'p', "no-promiscuous-mode", NULL, GROUP_CAPTURE, true,
	    set_no_promiscuous, "only packets that this machine would see" },
	{ 'B', "buffer-size", "SIZE", GROUP_CAPTURE, true, set_ring,
	    "the kernel's buffer, with K, M or G; a bare number is KiB "
	    "[16M]" },
	{ 0, "immediate-mode", NULL, GROUP_CAPTURE, true, set_immediate,
	    "deliver each packet at once; costs much time of the processor" },
	{ 'w', "write", "FILE", GROUP_CAPTURE, false, set_save,
	    "save the packets looked at; - is standard output" },
	{ 'Z', "relinquish-privileges", "USER", GROUP_CAPTURE, false,
	    set_account, "as root: go on as this user when everything is "
	    "open; root keeps all rights [who called sudo, or "
	    ACCOUNT_DEFAULT "]" },
	{ 'c', "count", "N", GROUP_CAPTURE, false, set_count,
	    "stop after so many packets" },
	{ 0, "duration", "TIME", GROUP_CAPTURE, false, set_duration,
	    "stop after a time, such as 90, 1h30m or 200ms; of a file, by "
	    "its own clock" },

#define DISPLAY(NAME, name, letter, option, arg, help)			\
	{ letter, option, arg, GROUP_VIEW, false, set_display_##name, help },
#define DISPLAY_IMPLIED(NAME, name, words)
#include "views/displays.def"
	{ 0, "format", "FORMAT", GROUP_VIEW, false, set_format,
	    "report for people; ndjson or csv for machines [report]" },
#define FORMAT(name, letter)						\
	{ letter, #name, NULL, GROUP_VIEW, false, set_format_##name,	\
	    "the same as --format=" #name },
#include "records/formats.def"
	{ 0, "no-header", NULL, GROUP_VIEW, false, set_no_header,
	    "leave out the names of the columns" },
	{ 0, "stream", NULL, GROUP_VIEW, false, set_stream,
	    "write the record of each connection when it has ended, and keep "
	    "nothing; with -J or --csv" },
	{ 0, "interval", "TIME", GROUP_VIEW, false, set_interval,
	    "a line, or with -J a record, of counters every so often" },
	{ 'o', "output", "FILE", GROUP_VIEW, false, set_output,
	    "write to a file instead of standard output" },
	{ 0, "append", NULL, GROUP_VIEW, false, set_append,
	    "with -o, keep what the file holds and write behind it" },

	{ 0, "conn", "N[,M-K]", GROUP_SELECT, false, set_conn,
	    "show these connections, by number" },
	{ 0, "only", "CLASS", GROUP_SELECT, false, set_only,
	    "show complete, reset, open or midstream ones; several with "
	    "commas" },
	{ 0, "sort", "KEY", GROUP_SELECT, false, set_sort,
	    "order by a key of the records, as bytes or duration; -KEY the "
	    "other way round" },
	{ 0, "limit", "N", GROUP_SELECT, false, set_limit,
	    "show at most so many" },

	{ 0, "max-conns", "N", GROUP_LIMITS, false, set_max_conns,
	    "follow so many connections at once; 0 is any number [live and "
	    "--stream: 1000000; else 0]" },
	{ 0, "max-ended", "N", GROUP_LIMITS, false, set_max_ended,
	    "keep so many records of connections that limits ended or that "
	    "lingered enough; 0 is all of them [live: 250000; else 0]" },
	{ 0, "max-pending", "SIZE", GROUP_LIMITS, false, set_max_pending,
	    "take so many octets, with K, M or G, for segments not "
	    "acknowledged and gaps of all connections; 0 is no limit [live "
	    "and --stream: 256M; else 0]" },
	{ 0, "half-open-timeout", "TIME", GROUP_LIMITS, false,
	    set_half_open_timeout, "end connections that are silent for so "
	    "long after nothing but SYNs; 0 is never [live and --stream: "
	    "130s; else 0]" },
	{ 0, "idle-timeout", "TIME", GROUP_LIMITS, false, set_idle_timeout,
	    "end open connections that are silent for so long; 0 is never "
	    "[live and --stream: 1h; else 0]" },
	{ 0, "linger", "TIME", GROUP_LIMITS, false, set_linger,
	    "wait for late segments of closed connections for so long; 0 is "
	    "for ever [live and --stream: 120s; else 0]" },

	{ 't', "time", "LOOK", GROUP_LOOK, false, set_time,
	    "times as e: seconds since 1970, r: since the first packet, ad: "
	    "local date, ud: date in UTC [e]" },
	{ 0, "color", "[WHEN]", GROUP_LOOK, false, set_colour,
	    "auto: on a terminal without NO_COLOR; always; never [auto]" },
	{ 'n', "numeric", NULL, GROUP_LOOK, false, set_nothing,
	    "numbers, not names; this is always so" },

	{ 'q', "quiet", NULL, GROUP_META, false, set_quiet,
	    "no warnings and no progress; errors are still said" },
	{ 0, "strict", NULL, GROUP_META, false, set_strict,
	    "exit status 3 also when something makes the figures doubtful, "
	    "as dropped packets or evicted connections" },
	{ 0, "deterministic", NULL, GROUP_META, false, set_deterministic,
	    "no random numbers inside: for tests" },
	{ 0, "no-analysis", NULL, GROUP_META, false, set_no_analysis,
	    "count only: no RTT, no judgement of segments; faster" },
	{ 0, "one-thread", NULL, GROUP_META, false, set_one_thread,
	    "do not use a second processor to read files" },
	{ 0, "no-sandbox", NULL, GROUP_META, false, set_no_sandbox,
	    "do not forbid ourselves to open or execute anything: for "
	    "debuggers, and for kernels without the means" },
	{ 'h', "help", NULL, GROUP_META, false, set_help, "show this" },
	{ 'V', "version", NULL, GROUP_META, false, set_version,
	    "show the versions of the program and its libraries" },
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

const char *
optrow_group_name(enum optrow_group group)
{
	return group_names[group];
}
