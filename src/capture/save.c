/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "capture/save.h"

#include <errno.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <unistd.h>

#include "base/nstime.h"
#include "base/pool.h"
#include "capture/source.h"
#include "decode/frame.h"

#define SNAPLEN_UNKNOWN	262144	/* bytes: the maximum of libpcap */

struct save {
	FILE *stream;		/* until the dumper owns it */
	pcap_t *format;		/* link type, snapshot length, precision */
	pcap_dumper_t *dumper;
	int dlt;
	int error;		/* errno value, sticky */
	bool is_nano;
};

int
save_open(int fd, struct save **ret_save)
{
	struct save *save = mem_zalloc(sizeof(*save));
	int error = ENOMEM;

	if (save != NULL) {
		save->stream = fdopen(fd, "wb");
		error = save->stream == NULL ? errno : 0;
	}
	if (error != 0) {
		close(fd);
		mem_free(save);
		return error;
	}
	*ret_save = save;
	return 0;
}

/* Write the header, which needs the first source. */
static void
begin(struct save *save, const struct source_info *info)
{
	const int snaplen = info->snaplen > 0 &&
	    info->snaplen <= SNAPLEN_UNKNOWN ? (int)info->snaplen :
	    SNAPLEN_UNKNOWN;

	save->dlt = info->dlt >= 0 ? info->dlt : DLT_EN10MB;
	save->is_nano = info->digits > 6;
	save->format = pcap_open_dead_with_tstamp_precision(save->dlt, snaplen,
	    save->is_nano ? PCAP_TSTAMP_PRECISION_NANO :
	    PCAP_TSTAMP_PRECISION_MICRO);
	if (save->format != NULL)
		save->dumper = pcap_dump_fopen(save->format, save->stream);
	if (save->dumper == NULL)
		save->error = errno != 0 ? errno : EIO;
	else
		save->stream = NULL;
}

/* Keep the error of the last write, while errno still has it. */
static void
keep_error(struct save *save)
{
	if (ferror(pcap_dump_file(save->dumper)))
		save->error = errno != 0 ? errno : EIO;
}

bool
save_frame(struct save *save, const struct source_info *info,
    const struct frame *frame)
{
	struct pcap_pkthdr header = {
		.caplen = frame->captured_len,
		.len = frame->wire_len,
	};
	int64_t nsec = frame->time_ns % NS_PER_SEC;

	if (save->error == 0 && save->dumper == NULL)
		begin(save, info);
	if (save->error != 0)
		return true;
	if (save->dlt != info->dlt)
		return false;
	header.ts.tv_sec = (time_t)(frame->time_ns / NS_PER_SEC);
	if (nsec < 0) {
		nsec += NS_PER_SEC;
		header.ts.tv_sec--;
	}
	header.ts.tv_usec = (suseconds_t)(save->is_nano ? nsec :
	    nsec / NS_PER_US);
	pcap_dump((u_char *)save->dumper, &header, frame->bytes);
	keep_error(save);
	return true;
}

void
save_flush(struct save *save)
{
	if (save->dumper == NULL || save->error != 0)
		return;
	(void)pcap_dump_flush(save->dumper);
	keep_error(save);
}

int
save_close(struct save *save, const struct source_info *info)
{
	int error;

	if (save == NULL)
		return 0;
	if (save->error == 0 && save->dumper == NULL)
		begin(save, info);
	save_flush(save);
	if (save->dumper != NULL)
		pcap_dump_close(save->dumper);
	if (save->format != NULL)
		pcap_close(save->format);
	if (save->stream != NULL)
		fclose(save->stream);
	error = save->error;
	mem_free(save);
	return error;
}
