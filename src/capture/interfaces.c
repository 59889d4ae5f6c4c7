/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "capture/interfaces.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define ADDRESSES_SIZE	1024	/* bytes; an interface may have many */

/* Append as much as fits. */
static void
append(char *buf, size_t size, const char *separator, const char *text)
{
	const size_t len = strlen(buf);

	if (len < size)
		snprintf(buf + len, size - len, "%s%s",
		    len > 0 ? separator : "", text);
}

static const char *
address_text(const struct sockaddr *sa, char buf[INET6_ADDRSTRLEN])
{
	struct sockaddr_in in;
	struct sockaddr_in6 in6;

	if (sa == NULL)
		return NULL;
	/* Copied, as libpcap guarantees no alignment. */
	if (sa->sa_family == AF_INET) {
		memcpy(&in, sa, sizeof(in));
		return inet_ntop(AF_INET, &in.sin_addr, buf,
		    INET6_ADDRSTRLEN);
	}
	if (sa->sa_family == AF_INET6) {
		memcpy(&in6, sa, sizeof(in6));
		return inet_ntop(AF_INET6, &in6.sin6_addr, buf,
		    INET6_ADDRSTRLEN);
	}
	return NULL;
}

static void
addresses_of(const pcap_if_t *dev, char *buf, size_t size)
{
	buf[0] = '\0';
	for (const pcap_addr_t *a = dev->addresses; a != NULL; a = a->next) {
		char one[INET6_ADDRSTRLEN];
		const char *text = address_text(a->addr, one);

		if (text != NULL)
			append(buf, size, ", ", text);
	}
}

static const char *
state_of(const pcap_if_t *dev)
{
	const bpf_u_int32 link = dev->flags & PCAP_IF_CONNECTION_STATUS;

	if ((dev->flags & PCAP_IF_UP) == 0)
		/* Pseudo-interfaces of the kernel are neither up nor down. */
		return link == PCAP_IF_CONNECTION_STATUS_NOT_APPLICABLE &&
		    dev->addresses == NULL ? "-" : "down";
	if ((dev->flags & PCAP_IF_RUNNING) == 0 ||
	    link == PCAP_IF_CONNECTION_STATUS_DISCONNECTED)
		return "no link";
	return "up";
}

bool
interfaces_walk(void (*each)(void *arg, const struct interface *), void *arg,
    char ret_reason[INTERFACES_REASON_SIZE])
{
	char reason[PCAP_ERRBUF_SIZE] = "";
	char addresses[ADDRESSES_SIZE];
	unsigned number = 0;
	pcap_if_t *all;

	if (pcap_findalldevs(&all, reason) != 0) {
		snprintf(ret_reason, INTERFACES_REASON_SIZE, "%s", reason);
		return false;
	}
	for (const pcap_if_t *dev = all; dev != NULL; dev = dev->next) {
		addresses_of(dev, addresses, sizeof(addresses));
		number++;
		each(arg, &(struct interface){
		    .number = number,
		    .name = dev->name,
		    .state = state_of(dev),
		    .addresses = addresses,
		    .description =
			dev->description != NULL ? dev->description : "",
		});
	}
	pcap_freealldevs(all);
	return true;
}

struct text {
	char *buf;
	size_t size;
};

static void
add_name(void *arg, const struct interface *interface)
{
	const struct text *text = arg;

	append(text->buf, text->size, ", ", interface->name);
}

void
interfaces_names(char *buf, size_t size)
{
	char reason[INTERFACES_REASON_SIZE];

	buf[0] = '\0';
	if (!interfaces_walk(add_name, &(struct text){ buf, size }, reason) ||
	    buf[0] == '\0')
		snprintf(buf, size, "none");
}

struct search {
	const char *name;	/* wanted, or NULL */
	unsigned long number;	/* wanted, or 0 */
	struct text text;	/* receives the name that was found */
	bool is_found;
};

static void
compare(void *arg, const struct interface *interface)
{
	struct search *search = arg;

	if (interface->number == search->number)
		snprintf(search->text.buf, search->text.size, "%s",
		    interface->name);
	if (interface->number == search->number || (search->name != NULL &&
	    strcmp(interface->name, search->name) == 0))
		search->is_found = true;
}

bool
interfaces_by_number(const char *number, char *buf, size_t size)
{
	char reason[INTERFACES_REASON_SIZE];
	struct search search = { .text = { buf, size } };
	char *end;

	if (number[0] < '0' || number[0] > '9')
		return false;
	errno = 0;
	search.number = strtoul(number, &end, 10);
	if (*end != '\0' || errno != 0 || search.number == 0)
		return false;
	return interfaces_walk(compare, &search, reason) && search.is_found;
}

bool
interfaces_has(const char *name)
{
	char reason[INTERFACES_REASON_SIZE];
	struct search search = { .name = name };

	return interfaces_walk(compare, &search, reason) && search.is_found;
}
