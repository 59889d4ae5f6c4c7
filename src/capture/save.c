/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "capture/save.h"

#include <pcap/pcap.h>

#include "base/nstime.h"
#include "base/outbuf.h"
#include "capture/dlt.h"
#include "capture/source.h"
#include "decode/frame.h"

#define SNAPLEN_UNKNOWN	262144	/* bytes: the maximum of libpcap */

#define MAGIC_US	UINT32_C(0xa1b2c3d4)
#define MAGIC_NS	UINT32_C(0xa1b23c4d)

/* pcap-savefile(5) */
struct file_header {
	uint32_t magic;
	uint16_t version_major, version_minor;
	uint32_t reserved[2];
	uint32_t snaplen;
	uint32_t linktype;
};

struct record_header {
	uint32_t sec;
	uint32_t fraction;		/* microseconds, or nanoseconds */
	uint32_t captured_len, wire_len;
};

static void
put(struct save *save, const void *bytes, size_t len)
{
	outbuf_mem(save->out, bytes, len);
	save->bytes += len;
}

void
save_begin(struct save *save, const struct source_info *info)
{
	struct file_header header = {
		.magic = info->digits > 6 ? MAGIC_NS : MAGIC_US,
		.version_major = PCAP_VERSION_MAJOR,
		.version_minor = PCAP_VERSION_MINOR,
		.snaplen = info->snaplen > 0 &&
		    info->snaplen <= SNAPLEN_UNKNOWN ?
		    info->snaplen : SNAPLEN_UNKNOWN,
	};

	save->dlt = info->dlt >= 0 ? info->dlt : DLT_EN10MB;
	save->is_nano = info->digits > 6;
	save->has_header = true;
	save->bytes = 0;
	header.linktype = dlt_file_number(save->dlt);
	put(save, &header, sizeof(header));
}

bool
save_frame(struct save *save, const struct source_info *info,
    const struct frame *frame)
{
	struct record_header header = {
		.captured_len = frame->captured_len,
		.wire_len = frame->wire_len,
	};
	int64_t sec = frame->time_ns / NS_PER_SEC;
	int64_t nsec = frame->time_ns % NS_PER_SEC;

	if (!save->has_header)
		save_begin(save, info);
	if (save->dlt != info->dlt)
		return false;
	if (nsec < 0) {
		nsec += NS_PER_SEC;
		sec--;
	}
	header.sec = (uint32_t)sec;
	header.fraction = (uint32_t)(save->is_nano ? nsec : nsec / NS_PER_US);
	put(save, &header, sizeof(header));
	put(save, frame->bytes, frame->captured_len);
	return true;
}
