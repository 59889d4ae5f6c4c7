/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "views/html_frame.h"

#include <inttypes.h>

#include "base/outbuf.h"
#include "pictures/markup.h"

static const char style[] =
    ":root{color-scheme:light dark}"
    "body{margin:0 auto;max-width:1000px;padding:24px 20px 60px;"
    "font:15px/1.5 system-ui,-apple-system,\"Segoe UI\",Roboto,Helvetica,"
    "Arial,sans-serif;color:#1b1f24;background:#fff}"
    "h1{font-size:clamp(18px,5vw,24px);line-height:1.2;margin:0 0 2px;"
    "overflow-wrap:anywhere}"
    "h2{font-size:18px;margin:38px 0 8px}"
    "h3{font-size:15px;margin:0}p{margin:6px 0}"
    ".m{color:#59636e}p.m{font-size:13.5px}.sub{color:#59636e;margin:0 0 18px}"
    "a{color:inherit;text-decoration-color:#8b96a3;"
    "text-underline-offset:2px}"
    "dl.k{display:flex;flex-wrap:wrap;gap:8px 34px;margin:18px 0 4px}"
    "dl.k div{min-width:74px}dl.k dt{font-size:12px;color:#59636e}"
    "dl.k dd{margin:0;font-size:21px;font-variant-numeric:tabular-nums;"
    "line-height:1.25}"
    "ul.f{list-style:none;margin:10px 0;padding:0}"
    "ul.f>li{margin:0 0 8px;padding:2px 0 2px 14px;"
    "border-left:4px solid #8b96a3}"
    "ul.f>li.bad{border-color:#a51237}ul.f>li.warn{border-color:#f0bd5f}"
    "ul.f>li.ok{border-color:#08a08c}b{font-weight:600}"
    "ul.e{margin:4px 0 8px;padding-left:20px;font-size:14px}"
    "figure{margin:8px 0 4px;overflow-x:auto}"
    "figure svg{display:block;width:100%;min-width:720px;height:auto}"
    ".key{display:flex;flex-wrap:wrap;gap:2px 16px;font-size:12.5px;"
    "color:#59636e;margin:4px 0 0;padding:0;list-style:none}"
    ".key svg{vertical-align:-2px;margin-right:5px}"
    ".t{overflow-x:auto}table{border-collapse:collapse;font-size:13.5px;"
    "font-variant-numeric:tabular-nums;width:100%}"
    "th,td{padding:4px 14px 4px 0;text-align:right;white-space:nowrap;"
    "border-bottom:1px solid #e3e7ec}"
    "th{font-weight:400;color:#59636e;font-size:12px}"
    "th:first-child,td:first-child{text-align:left}"
    "td.x{color:#a51237;font-weight:600}"
    "details{border-top:1px solid #e3e7ec;padding:8px 0}"
    "summary{cursor:pointer;padding:4px 0}"
    "summary h3{display:inline;font-weight:600;overflow-wrap:anywhere}"
    "summary .m{margin-left:8px;font-size:13.5px}"
    "details details{border:0;padding:0 0 0 2px}"
    "details details summary{font-size:13.5px;color:#59636e}"
    ":target>summary h3{background:#fdf1d8}"
    "footer{margin-top:40px;font-size:12.5px;color:#59636e;"
    "border-top:1px solid #e3e7ec;padding-top:10px}"
    "@media(max-width:600px){body{padding:16px 12px 40px}"
    "dl.k{gap:8px 22px}dl.k dd{font-size:18px}"
    "summary .m{display:block;margin-left:17px}}";

static const char dark_style[] =
    "body{color:#e6e9ed;background:#14181d}"
    ".m,.sub,dl.k dt,.key,th,footer,details details summary{color:#9aa5b1}"
    "th,td,details,footer{border-color:#2b323b}"
    "ul.f>li.bad{border-color:#f77a99}ul.f>li.ok{border-color:#93ecbf}"
    "td.x{color:#f77a99}:target>summary h3{background:#4a3a12}";

static const char print_style[] =
    "body{max-width:none;padding:0;font-size:10pt;color:#000;"
    "background:#fff}details>*{display:block}"
    "details::details-content{content-visibility:visible;display:block}"
    "figure{overflow:visible;break-inside:avoid}"
    "figure svg{min-width:0}h2,summary{break-after:avoid}"
    "a{text-decoration:none}";

void
html_begin(struct outbuf *out, const char *name, const char *words)
{
	outbuf_str(out, "<!DOCTYPE html><html lang=\"en\"><head>"
	    "<meta charset=\"utf-8\"><meta name=\"viewport\" content=\""
	    "width=device-width,initial-scale=1\"><meta name=\"color-scheme\""
	    " content=\"light dark\"><title>");
	markup_text(out, name);
	outbuf_printf(out, ": %s</title><style>", words);
	outbuf_str(out, style);
	outbuf_str(out, "@media screen and (prefers-color-scheme:dark){");
	outbuf_str(out, dark_style);
	paint_put_dark_rules(out);
	outbuf_str(out, "}@media print{");
	outbuf_str(out, print_style);
	outbuf_str(out, "}</style></head><body>\n");
}

void
html_put_figures(struct outbuf *out, const struct html_figure *figure,
    size_t count, const char *last, const char *words)
{
	outbuf_str(out, "<dl class=\"k\">");
	for (size_t i = 0; i < count; i++)
		outbuf_printf(out, "<div><dt>%s</dt><dd>%" PRIu64
		    "</dd></div>", figure[i].name, figure[i].value);
	if (last != NULL)
		outbuf_printf(out, "<div><dt>%s</dt><dd>%s</dd></div>", last,
		    words);
	outbuf_str(out, "</dl></header>\n<main>");
}

void
html_end(struct outbuf *out, const char *sentence)
{
	outbuf_printf(out, "<footer>%s. %s</footer></body></html>\n",
	    PACKAGE_STRING, sentence);
}
