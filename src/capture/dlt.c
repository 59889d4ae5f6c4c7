/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "capture/dlt.h"

#include <pcap/pcap.h>
#include <stdio.h>

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
