/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "pictures/markup.h"

#include <string.h>

#include "base/outbuf.h"

static const struct {
	const char *name;
	uint32_t light;
	uint32_t dark;
} paints[] = {
#define PAINT(NAME, class, light, dark)	{ class, light, dark },
#include "pictures/paints.def"
};

#define FONT	"system-ui,-apple-system,Segoe UI,Roboto,Helvetica,Arial," \
	"sans-serif"

uint32_t
paint_light(enum paint paint)
{
	return paints[paint].light;
}

uint32_t
paint_dark(enum paint paint)
{
	return paints[paint].dark;
}

static void
put_colour(struct outbuf *out, uint32_t colour)
{
	static const char digits[] = "0123456789abcdef";

	outbuf_char(out, '#');
	for (int shift = 20; shift >= 0; shift -= 4)
		outbuf_char(out, digits[colour >> shift & 15]);
}

void
paint_put_dark_rules(struct outbuf *out)
{
	for (enum paint i = PAINT_NONE + 1; i < PAINT_COUNT; i++) {
		outbuf_str(out, ".f-");
		outbuf_str(out, paints[i].name);
		outbuf_str(out, "{fill:");
		put_colour(out, paints[i].dark);
		outbuf_str(out, "}.s-");
		outbuf_str(out, paints[i].name);
		outbuf_str(out, "{stroke:");
		put_colour(out, paints[i].dark);
		outbuf_char(out, '}');
	}
}

/* ---- text ---- */

static const char *
entity_of(char c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";
	default:
		return NULL;
	}
}

/* The length of a text that is cut, not within a character. */
static size_t
cut_length(const char *text)
{
	size_t len = strlen(text);

	if (len <= MARKUP_TEXT_MAX)
		return len;
	for (len = MARKUP_TEXT_MAX; len > 0 && (text[len] & 0xc0) == 0x80;)
		len--;
	return len;
}

void
markup_text(struct outbuf *out, const char *text)
{
	char part[MARKUP_TEXT_MAX + 1];
	const size_t len = cut_length(text);
	size_t held = 0;

	for (size_t i = 0; i < len; i++) {
		const char *entity = entity_of(text[i]);

		if (entity == NULL) {
			part[held++] = text[i];
			continue;
		}
		part[held] = '\0';
		outbuf_safe(out, part);
		held = 0;
		outbuf_str(out, entity);
	}
	part[held] = '\0';
	outbuf_safe(out, part);
	if (text[len] != '\0')
		outbuf_str(out, "...");
}

int64_t
svg_text_width(const char *text)
{
	return (int64_t)strlen(text) * 6 * PX;
}

/* ---- elements ---- */

void
svg_length(struct outbuf *out, int64_t length)
{
	if (length < 0) {
		outbuf_char(out, '-');
		length = -length;
	}
	outbuf_u64(out, (uint64_t)length / PX);
	if (length % PX == 0)
		return;
	outbuf_char(out, '.');
	outbuf_char(out, (char)('0' + length % PX));
}

static void
put_attribute(struct outbuf *out, const char *name, int64_t length)
{
	outbuf_char(out, ' ');
	outbuf_str(out, name);
	outbuf_str(out, "=\"");
	svg_length(out, length);
	outbuf_char(out, '"');
}

static void
put_view(struct outbuf *out, const struct svg *svg)
{
	outbuf_str(out, "<svg viewBox=\"0 0 ");
	svg_length(out, svg->width);
	outbuf_char(out, ' ');
	svg_length(out, svg->height);
	outbuf_char(out, '"');
	put_attribute(out, "width", svg->width);
	put_attribute(out, "height", svg->height);
	if (svg->is_file)
		outbuf_str(out, " xmlns=\"http://www.w3.org/2000/svg\"");
	outbuf_str(out, " role=\"img\" font-family=\"" FONT
	    "\" font-size=\"11\" aria-labelledby=\"");
}

void
svg_begin(struct outbuf *out, const struct svg *svg)
{
	put_view(out, svg);
	outbuf_printf(out, "%st %sd\"><title id=\"%st\">", svg->id, svg->id,
	    svg->id);
	markup_text(out, svg->title);
	outbuf_printf(out, "</title><desc id=\"%sd\">", svg->id);
	markup_text(out, svg->desc);
	outbuf_str(out, "</desc>");
	if (!svg->is_file)
		return;
	outbuf_str(out, "<style>@media(prefers-color-scheme:dark){");
	paint_put_dark_rules(out);
	outbuf_str(out, "}</style>");
	svg_rect(out, &(struct rect){
	    .width = svg->width, .height = svg->height, .paint = PAINT_PAPER,
	});
}

void
svg_end(struct outbuf *out)
{
	outbuf_str(out, "</svg>\n");
}

void
svg_fill(struct outbuf *out, enum paint paint)
{
	outbuf_str(out, " class=\"f-");
	outbuf_str(out, paints[paint].name);
	outbuf_str(out, "\" fill=\"");
	put_colour(out, paints[paint].light);
	outbuf_char(out, '"');
}

void
svg_stroke(struct outbuf *out, enum paint paint, int64_t width)
{
	outbuf_str(out, " class=\"s-");
	outbuf_str(out, paints[paint].name);
	outbuf_str(out, "\" stroke=\"");
	put_colour(out, paints[paint].light);
	outbuf_char(out, '"');
	if (width != PX)
		put_attribute(out, "stroke-width", width);
	outbuf_str(out, " fill=\"none\"");
}

void
svg_label(struct outbuf *out, const struct label *label, const char *text)
{
	static const char *const anchors[] = {
		[ANCHOR_START] = "",
		[ANCHOR_MIDDLE] = " text-anchor=\"middle\"",
		[ANCHOR_END] = " text-anchor=\"end\"",
	};

	outbuf_str(out, "<text");
	put_attribute(out, "x", label->x);
	put_attribute(out, "y", label->y);
	svg_fill(out, label->paint);
	outbuf_str(out, anchors[label->anchor]);
	if (label->is_small)
		outbuf_str(out, " font-size=\"10\"");
	if (label->is_bold)
		outbuf_str(out, " font-weight=\"600\"");
	outbuf_char(out, '>');
	markup_text(out, text);
	outbuf_str(out, "</text>");
}

static void
put_opacity(struct outbuf *out, unsigned opacity)
{
	if (opacity > 0 && opacity < 100)
		outbuf_printf(out, " fill-opacity=\"0.%02u\"", opacity);
}

void
svg_rect(struct outbuf *out, const struct rect *rect)
{
	outbuf_str(out, "<rect");
	put_attribute(out, "x", rect->x);
	put_attribute(out, "y", rect->y);
	put_attribute(out, "width", rect->width);
	put_attribute(out, "height", rect->height);
	svg_fill(out, rect->paint);
	put_opacity(out, rect->opacity);
	if (rect->title == NULL) {
		outbuf_str(out, "/>");
		return;
	}
	outbuf_str(out, "><title>");
	markup_text(out, rect->title);
	outbuf_str(out, "</title></rect>");
}

/* ---- paths ---- */

void
svg_path_begin(struct outbuf *out)
{
	outbuf_str(out, "<path d=\"");
}

void
svg_path_fill(struct outbuf *out, enum paint paint, unsigned opacity)
{
	outbuf_char(out, '"');
	svg_fill(out, paint);
	put_opacity(out, opacity);
	outbuf_str(out, "/>");
}

void
svg_path_stroke(struct outbuf *out, enum paint paint, int64_t width)
{
	outbuf_char(out, '"');
	svg_stroke(out, paint, width);
	outbuf_str(out, "/>");
}

void
svg_path_dotted(struct outbuf *out, enum paint paint)
{
	outbuf_char(out, '"');
	svg_stroke(out, paint, PX);
	outbuf_str(out, " stroke-dasharray=\"1 4\"/>");
}

/* Lines without length show as dots. */
void
svg_path_dots(struct outbuf *out, enum paint paint, int64_t width)
{
	outbuf_char(out, '"');
	svg_stroke(out, paint, width);
	outbuf_str(out, " stroke-linecap=\"round\"/>");
}

static void
put_pair(struct outbuf *out, char command, int64_t x, int64_t y)
{
	outbuf_char(out, command);
	svg_length(out, x);
	outbuf_char(out, ' ');
	svg_length(out, y);
}

void
svg_move(struct outbuf *out, int64_t x, int64_t y)
{
	put_pair(out, 'M', x, y);
}

void
svg_line(struct outbuf *out, int64_t x, int64_t y)
{
	put_pair(out, 'L', x, y);
}

void
svg_across(struct outbuf *out, int64_t x)
{
	outbuf_char(out, 'H');
	svg_length(out, x);
}

void
svg_down(struct outbuf *out, int64_t y)
{
	outbuf_char(out, 'V');
	svg_length(out, y);
}
