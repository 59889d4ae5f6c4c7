/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "print/names.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/pool.h"
#include "print/addr.h"

#define PORTS		65536
#define SLOTS		(2 * NAMES_HOSTS)	/* probing ends soon */

static_assert(NAMES_HOST_SIZE + NAMES_SERVICE_SIZE < NAMES_ENDPOINT_SIZE &&
    ADDR_BUFSIZE + 2 + NAMES_SERVICE_SIZE <= NAMES_ENDPOINT_SIZE, "both fit");

struct names {
	unsigned host_count;
	struct names_host host[SLOTS];
	char service[PORTS][NAMES_SERVICE_SIZE];
};

struct names *
names_new(void)
{
	return mem_zalloc(sizeof(struct names));
}

void
names_free(struct names *names)
{
	mem_free(names);
}

/* ---- services ---- */

/* A colon would end the name of the host. */
static bool
is_plain_service(const char *name)
{
	const size_t len = strspn(name, "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.+*/");

	return len > 0 && len < NAMES_SERVICE_SIZE && name[len] == '\0';
}

void
names_add_service(struct names *names, unsigned port, const char *name)
{
	if (port < PORTS && names->service[port][0] == '\0' &&
	    is_plain_service(name))
		(void)snprintf(names->service[port], NAMES_SERVICE_SIZE, "%s",
		    name);
}

/* ---- hosts ---- */

/* The place of a host, or the free one for it. */
static unsigned
find_slot(const struct names *names, const uint8_t bytes[16],
    unsigned ip_version)
{
	const size_t len = ip_version == 4 ? 4 : 16;
	uint32_t hash = 2166136261u;	/* FNV-1a */
	unsigned at;

	for (size_t i = 0; i < len; i++)
		hash = (hash ^ bytes[i]) * 16777619u;
	for (at = hash % SLOTS; names->host[at].ip_version != 0;
	    at = (at + 1) % SLOTS)
		if (names->host[at].ip_version == ip_version &&
		    memcmp(names->host[at].bytes, bytes, len) == 0)
			break;
	return at;
}

enum names_added
names_add_host(struct names *names, const uint8_t bytes[16],
    unsigned ip_version, unsigned *ret_at)
{
	struct names_host *host;

	*ret_at = find_slot(names, bytes, ip_version);
	host = &names->host[*ret_at];
	if (host->ip_version != 0)
		return NAMES_KNOWN;
	if (names->host_count == NAMES_HOSTS)
		return NAMES_FULL;
	names->host_count++;
	host->ip_version = (uint8_t)ip_version;
	memcpy(host->bytes, bytes, ip_version == 4 ? 4 : 16);
	return NAMES_ADDED;
}

const struct names_host *
names_host_at(const struct names *names, unsigned at)
{
	return &names->host[at % SLOTS];
}

void
names_set_host(struct names *names, unsigned at, const char *name)
{
	struct names_host *host = &names->host[at % SLOTS];

	(void)snprintf(host->name, sizeof(host->name), "%s", name);
	for (char *c = host->name; *c != '\0'; c++)
		if ((*c < 'a' || *c > 'z') && (*c < 'A' || *c > 'Z') &&
		    (*c < '0' || *c > '9') && *c != '-' && *c != '.' &&
		    *c != '_')
			*c = '?';
}

/* NULL: it has none. */
static const char *
host_name(const struct names *names, const uint8_t bytes[16],
    unsigned ip_version)
{
	const struct names_host *host;

	if (names == NULL)
		return NULL;
	host = &names->host[find_slot(names, bytes, ip_version)];
	return host->name[0] != '\0' ? host->name : NULL;
}

/* ---- text ---- */

void
names_format_host(const struct names *names, char buf[NAMES_ENDPOINT_SIZE],
    const uint8_t bytes[16], unsigned ip_version)
{
	const char *name = host_name(names, bytes, ip_version);
	char addr[ADDR_BUFSIZE];

	(void)addr_format(addr, bytes, ip_version);
	(void)snprintf(buf, NAMES_ENDPOINT_SIZE, "%s",
	    name != NULL ? name : addr);
}

void
names_format_port(const struct names *names, char buf[NAMES_SERVICE_SIZE],
    unsigned port)
{
	if (names != NULL && port < PORTS && names->service[port][0] != '\0')
		(void)snprintf(buf, NAMES_SERVICE_SIZE, "%s",
		    names->service[port]);
	else
		(void)snprintf(buf, NAMES_SERVICE_SIZE, "%u", port);
}

void
names_format_endpoint(const struct names *names,
    char buf[NAMES_ENDPOINT_SIZE], const uint8_t bytes[16],
    unsigned ip_version, unsigned port, bool is_server)
{
	const char *name = host_name(names, bytes, ip_version);
	const bool is_bracketed = name == NULL && ip_version != 4;
	char addr[ADDR_BUFSIZE], service[NAMES_SERVICE_SIZE];

	(void)addr_format(addr, bytes, ip_version);
	names_format_port(is_server ? names : NULL, service, port);
	(void)snprintf(buf, NAMES_ENDPOINT_SIZE, "%s%s%s:%s",
	    is_bracketed ? "[" : "", name != NULL ? name : addr,
	    is_bracketed ? "]" : "", service);
}
