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
	/* What others call it in their files: BSD's, OpenBSD's. */
	{ 12, LINKTYPE_RAW },
	{ 14, LINKTYPE_RAW },
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
#if !defined(DLT_PKTAP) || DLT_PKTAP != DLT_USER2
	{ DLT_USER2, LINKTYPE_PKTAP_USER2 },
#endif
	{ DLT_PPP_PPPD, LINKTYPE_PPP_DIR },
	{ DLT_PPP_WITH_DIR, LINKTYPE_PPP_DIR },
	{ DLT_C_HDLC_WITH_DIR, LINKTYPE_CHDLC_DIR },
	{ DLT_FRELAY, LINKTYPE_FRAME_RELAY },
	{ DLT_FRELAY_WITH_DIR, LINKTYPE_FRAME_RELAY_DIR },
	{ DLT_SLIP, LINKTYPE_SLIP },
	{ DLT_SUNATM, LINKTYPE_SUNATM },
	{ DLT_AX25, LINKTYPE_AX25 },
	{ DLT_AX25_KISS, LINKTYPE_AX25_KISS },
	{ DLT_DOCSIS, LINKTYPE_DOCSIS },
	{ DLT_ARCNET, LINKTYPE_ARCNET },
	{ DLT_ARCNET_LINUX, LINKTYPE_ARCNET_LINUX },
	{ DLT_APPLE_IP_OVER_IEEE1394, LINKTYPE_IEEE1394 },
	{ DLT_IP_OVER_FC, LINKTYPE_IP_OVER_FC },
	{ DLT_IPNET, LINKTYPE_IPNET },
	{ DLT_ERF, LINKTYPE_ERF },
	{ DLT_JUNIPER_ETHER, LINKTYPE_JUNIPER_ETHERNET },
	{ DLT_NETANALYZER, LINKTYPE_NETANALYZER },
#ifdef DLT_DSA_TAG_BRCM
	{ DLT_DSA_TAG_BRCM, LINKTYPE_CHIP_TAG },
#endif
#ifdef DLT_DSA_TAG_DSA
	{ DLT_DSA_TAG_DSA, LINKTYPE_CHIP_TAG },
	{ DLT_DSA_TAG_EDSA, LINKTYPE_EDSA_TAG },
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
