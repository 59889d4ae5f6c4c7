/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "capture/dlt.h"

#include <pcap/pcap.h>
#include <stdio.h>

#include "base/compiler.h"

/* Two names may stand for one thing; one name never for two. */
static const struct {
	int dlt;
	enum linktype linktype;
} known[] = {
	{ DLT_EN10MB, LINKTYPE_ETHERNET },
	{ DLT_LINUX_SLL, LINKTYPE_LINUX_SLL },
#ifdef DLT_LINUX_SLL2
	{ DLT_LINUX_SLL2, LINKTYPE_LINUX_SLL2 },
#endif
	{ DLT_NULL, LINKTYPE_BSD_NULL },
	{ DLT_LOOP, LINKTYPE_BSD_LOOP },
	{ DLT_RAW, LINKTYPE_RAW },
	{ DLT_IPV4, LINKTYPE_IPV4 },
	{ DLT_IPV6, LINKTYPE_IPV6 },
	{ DLT_PPP, LINKTYPE_PPP },
	{ DLT_PPP_SERIAL, LINKTYPE_PPP_SERIAL },
	{ DLT_PPP_ETHER, LINKTYPE_PPP_ETHER },
	{ DLT_C_HDLC, LINKTYPE_CHDLC },
	{ DLT_ATM_RFC1483, LINKTYPE_LLC },
	{ DLT_FDDI, LINKTYPE_FDDI },
	{ DLT_IEEE802, LINKTYPE_TOKEN_RING },
	{ DLT_IEEE802_11, LINKTYPE_IEEE802_11 },
	{ DLT_IEEE802_11_RADIO, LINKTYPE_IEEE802_11_RADIOTAP },
	{ DLT_PRISM_HEADER, LINKTYPE_IEEE802_11_PRISM },
	{ DLT_IEEE802_11_RADIO_AVS, LINKTYPE_IEEE802_11_AVS },
	{ DLT_PPI, LINKTYPE_PPI },
	{ DLT_MPLS, LINKTYPE_MPLS },
	{ DLT_NFLOG, LINKTYPE_NFLOG },
	{ DLT_PFLOG, LINKTYPE_PFLOG },
	{ DLT_ENC, LINKTYPE_ENC },
#ifdef DLT_PKTAP
	{ DLT_PKTAP, LINKTYPE_PKTAP },
#endif
};

enum linktype
dlt_linktype(int dlt)
{
	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		if (known[i].dlt == dlt)
			return known[i].linktype;
	return LINKTYPE_UNKNOWN;
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
