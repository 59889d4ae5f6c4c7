/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "capture/dlt.h"

#include <pcap/pcap.h>
#include <stddef.h>
#include <stdio.h>

#include "base/compiler.h"

const char *
dlt_name(int dlt)
{
	return dlt >= 0 ? pcap_datalink_val_to_name(dlt) : NULL;
}

void
dlt_describe(char buf[DLT_NAME_BUFSIZE], int dlt)
{
	const char *name = pcap_datalink_val_to_name(dlt);
	const char *words = pcap_datalink_val_to_description(dlt);

	if (name == NULL)
		snprintf(buf, DLT_NAME_BUFSIZE, "DLT %d", dlt);
	else if (words == NULL)
		snprintf(buf, DLT_NAME_BUFSIZE, "%s", name);
	else
		snprintf(buf, DLT_NAME_BUFSIZE, "%s (%s)", name, words);
}

/* Link types whose number depends on the system, see pcap-linktype(7). */
static const struct {
	int dlt;
	uint16_t number;
} file_numbers[] = {
	{ DLT_ATM_RFC1483, 100 },
	{ DLT_RAW, 101 },
	{ DLT_SLIP_BSDOS, 102 },
	{ DLT_PPP_BSDOS, 103 },
	{ DLT_C_HDLC, 104 },
	{ DLT_ATM_CLIP, 106 },
	{ DLT_FRELAY, 107 },
	{ DLT_LOOP, 108 },
	{ DLT_ENC, 109 },
	{ DLT_PFSYNC, 246 },
};

uint16_t
dlt_file_number(int dlt)
{
	for (size_t i = 0; i < ARRAY_LEN(file_numbers); i++)
		if (file_numbers[i].dlt == dlt)
			return file_numbers[i].number;
	return (uint16_t)dlt;
}
