/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "cli/show.h"

#include "base/outbuf.h"
#include "capture/dlt.h"
#include "capture/source.h"
#include "cli/messages.h"
#include "cli/options.h"
#include "engine/engine.h"
#include "views/foresight.h"

static bool
has_colour(const struct options *options, const struct output *out)
{
	return options->colour == COLOUR_ALWAYS ||
	    (options->colour == COLOUR_AUTO && output_has_colour(out));
}

static bool
open_files(struct show *show, const struct account *account)
{
	struct displays *displays = &show->displays;

	for (unsigned i = 0; i < displays->count; i++) {
		struct display *display = &displays->display[i];

		display->folder = show->folder[display->id];
		if (display->type->place != DISPLAY_FILE ||
		    display->type->is_folder ||
		    display->type->replace != NULL)
			continue;
		if (!output_open(&show->file[i], display->words,
		    options_file(display->argument), false, account))
			return false;
		display->out = show->file[i].buf;
	}
	return true;
}

bool
show_open(struct show *show, const struct options *options,
    struct output *out, bool is_headed, const struct account *account)
{
	show->options = options;
	if (displays_init(&show->displays, &options->display, out->buf,
	    has_colour(options, out), output_width(out), is_headed) != 0) {
		message("out of memory");
		return false;
	}
	return open_files(show, account);
}

bool
show_close(struct show *show)
{
	bool is_good = true;

	for (unsigned i = 0; i < show->displays.count; i++)
		if (show->file[i].buf != NULL)
			is_good = output_close(&show->file[i]) && is_good;
	displays_fini(&show->displays);
	return is_good;
}

static struct display_capture
capture_of(const struct show *show, const struct source_info *info)
{
	return (struct display_capture){
		.record = {
			.version = PACKAGE_VERSION,
			.input = info->is_live ? info->name :
			    show->options->input_names,
			.linktype = dlt_name(info->dlt),
			.filter = show->options->source.filter,
			.snaplen = info->snaplen,
			.is_live = info->is_live,
		},
		.digits = info->digits,
		.has_kernel = info->has_kernel,
		.kernel = {
			.received = info->received,
			.dropped = info->dropped,
			.if_dropped = info->if_dropped,
			.clock_leaps = show->clock_leaps,
		},
		.cut_files = info->cut_files,
		.again = show->options->again,
	};
}

void
show_begin(struct show *show, const struct source_info *info,
    int64_t first_ns)
{
	const struct display_capture capture = capture_of(show, info);

	displays_begin(&show->displays, &capture, first_ns);
}

bool
show_frame(struct show *show, struct tcpstates *ts, const struct frame *frame,
    const struct source_info *info)
{
	if (tcpstates_flush(ts) != 0)
		return false;
	displays_frame(&show->displays, frame, dlt_file_number(info->dlt));
	return true;
}

void
show_replace(struct show *show, struct outbuf *out, const struct tcpstates *ts,
    const struct source_info *info)
{
	const struct display_capture capture = capture_of(show, info);

	for (unsigned i = 0; i < show->displays.count; i++)
		if (show->displays.display[i].type->replace != NULL)
			displays_replace(&show->displays, i, out, ts,
			    &capture);
}

void
show_begin_again(struct show *show, const struct source_info *info)
{
	const struct display_capture capture = capture_of(show, info);

	displays_begin_again(&show->displays, &capture);
}

int
show_foresee(struct show *show, struct foresight *foresight,
    const struct tcpstates *ts, const struct source_info *info)
{
	const struct display_capture capture = capture_of(show, info);
	const int error = foresight_finish(foresight, ts, &capture);

	if (error == 0)
		show->displays.context.foresight = foresight;
	return error;
}

void
show_forget(struct show *show)
{
	show->displays.context.foresight = NULL;
}

bool
show_report(struct show *show, const struct tcpstates *ts,
    const struct source_info *info)
{
	const struct display_capture capture = capture_of(show, info);

	return displays_finish(&show->displays, ts, &capture) == 0;
}

void
show_interim(struct show *show, const struct tcpstates *ts,
    const struct source_info *info)
{
	const struct display_capture capture = capture_of(show, info);

	(void)displays_interim(&show->displays, ts, &capture);
}
