/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "cli/help.h"

#include <pcap/pcap.h>
#include <stdio.h>
#include <string.h>
#ifdef HAVE_ZLIB
#include <zlib.h>
#endif
#ifdef HAVE_ZSTD
#include <zstd.h>
#endif

#include "base/outbuf.h"
#include "capture/sandbox.h"
#include "cli/rows.h"

#define COLUMN		30	/* of the sentences */
#define WIDTH		79	/* of a line at most */

/* `text` from COLUMN on, broken between words. */
static void
put_wrapped(struct outbuf *out, uint64_t line, const char *text)
{
	size_t column = COLUMN;

	outbuf_pad(out, line, COLUMN);
	while (*text != '\0') {
		const size_t len = strcspn(text, " ");

		if (column > COLUMN && column + 1 + len > WIDTH) {
			outbuf_char(out, '\n');
			outbuf_pad(out, outbuf_mark(out), COLUMN);
			column = COLUMN;
		}
		if (column > COLUMN) {
			outbuf_char(out, ' ');
			column++;
		}
		outbuf_mem(out, text, len);
		column += len;
		text += len + strspn(text + len, " ");
	}
	outbuf_char(out, '\n');
}

/* "  -r, --read=FILE", "      --segments[=N]" */
static int
format_names(char *buf, size_t size, const struct optrow *row)
{
	char letter[] = "   ";

	if (row->letter != 0)
		snprintf(letter, sizeof(letter), "-%c,", row->letter);
	if (row->arg == NULL)
		return snprintf(buf, size, "  %s --%s", letter, row->name);
	if (optrow_is_optional(row))
		return snprintf(buf, size, "  %s --%s[=%s", letter, row->name,
		    row->arg + 1);
	return snprintf(buf, size, "  %s --%s=%s", letter, row->name,
	    row->arg);
}

static void
put_option(struct outbuf *out, const struct optrow *row)
{
	char names[80];
	uint64_t line = outbuf_mark(out);
	const int len = format_names(names, sizeof(names), row);

	outbuf_str(out, names);
	if (len >= COLUMN - 1) {
		outbuf_char(out, '\n');
		line = outbuf_mark(out);
	}
	put_wrapped(out, line, row->help);
}

static void
put_group(struct outbuf *out, enum optrow_group group)
{
	outbuf_printf(out, "\n%s:\n", optrow_group_name(group));
	for (size_t i = 0; i < optrow_count(); i++)
		if (optrow_at(i)->group == group)
			put_option(out, optrow_at(i));
}

/* One screen of 80x24, so its words are shorter than those of the options. */
void
help_usage(struct outbuf *out, const char *program)
{
	outbuf_printf(out,
	    "Usage: %s [OPTIONS] FILE... [FILTER...]    (all options: --help)\n"
	    "       %s [OPTIONS] -i IFACE [FILTER...]\n\n",
	    program, program);
	outbuf_str(out,
	    "View     --diagnose[=N]   what is wrong, on which side, in which "
	    "frames\n"
	    "         (report)         every connection, and figures of all\n"
	    "         --table          one line per connection\n"
	    "         -v, --verbose    losses, round-trip times, windows of "
	    "each connection\n"
	    "         --segments=N     every segment of connection N, and "
	    "how it was judged\n"
	    "         --states         every change of state of either "
	    "endpoint\n"
	    "         --html=FILE      a page with words and pictures\n"
	    "Select   --conn=N  --only=CLASS  --sort=KEY  --limit=N\n"
	    "         FILTER           as in tcpdump: port 443, host "
	    "192.0.2.1\n"
	    "Capture  -i IFACE [--top] on an interface until ^C [live screen]; "
	    "-D lists them\n"
	    "         -w FILE          save the packets, too\n"
	    "         -c N  --duration=TIME  --interval=TIME\n"
	    "Machines -J, --csv        records; with --stream as connections "
	    "end\n"
	    "         -o FILE          write to a file\n"
	    "Compare  --compare A B    what was lost or delayed between two "
	    "captures\n"
	    "Time     -t r, -t ad      since the first packet; date and time\n"
	    "\n");
	outbuf_printf(out,
	    "  %s --diagnose trace.pcap\n"
	    "  %s --table --sort=retrans --limit=10 trace.pcap\n"
	    "  sudo %s -i eth0 -J --stream -o conns.ndjson port 443\n",
	    program, program, program);
}

void
help_options(struct outbuf *out, const char *program)
{
	outbuf_printf(out,
	    "Usage: %s [OPTIONS] -r FILE... [FILTER...]\n"
	    "       %s [OPTIONS] -i IFACE [FILTER...]\n"
	    "       %s [OPTIONS] FILE... [FILTER...]\n"
	    "Report on every TCP connection in captures or on an interface.\n",
	    program, program, program);
	for (enum optrow_group g = 0; g < GROUP_COUNT; g++)
		put_group(out, g);
	outbuf_str(out, "\n"
	    "Signals: INT and TERM end with the report; so does HUP, or it "
	    "opens the file of\n-o again; USR1 prints counters, USR2 an "
	    "interim report.\n"
	    "Exit status: 0 report complete, 1 no report, 2 usage, 3 input "
	    "incomplete.\n");
}

void
help_version(struct outbuf *out)
{
	char sandbox[160];

	outbuf_printf(out, "tcpstates %s\n%s\n", PACKAGE_VERSION,
	    pcap_lib_version());
#ifdef HAVE_ZLIB
	outbuf_printf(out, "zlib version %s\n", zlibVersion());
#else
	outbuf_str(out, "compiled without zlib: no .gz\n");
#endif
#ifdef HAVE_ZSTD
	outbuf_printf(out, "zstd version %s\n", ZSTD_versionString());
#else
	outbuf_str(out, "compiled without zstd: no .zst\n");
#endif
	sandbox_describe(sandbox, sizeof(sandbox));
	outbuf_printf(out, "sandbox: %s\n", sandbox);
}
