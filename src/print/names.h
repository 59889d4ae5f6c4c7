/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Names of hosts and ports, for displays that show them instead of numbers
 * (--resolve, --services).  This is a table; cli/naming.h fills it.  Memory is
 * bounded: NAMES_HOSTS hosts, and a name for each port.
 */
#ifndef TCPSTATES_PRINT_NAMES_H
#define TCPSTATES_PRINT_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NAMES_HOSTS		1024
#define NAMES_HOST_SIZE		48	/* a longer name is cut; with its NUL */
#define NAMES_SERVICE_SIZE	16	/* a longer one is not used */
/* "[address]:service", or "host:service", and its NUL. */
#define NAMES_ENDPOINT_SIZE	72

struct names;

struct names_host {
	uint8_t bytes[16];	/* IPv4: the first four */
	uint8_t ip_version;	/* 0: the place is free */
	char name[NAMES_HOST_SIZE];	/* "": unknown */
};

/* NULL when out of memory. */
struct names *names_new(void);
void names_free(struct names *);

/* A port of TCP has this name; of several, the first one is kept. */
void names_add_service(struct names *, unsigned port, const char *name);

enum names_added {
	NAMES_ADDED,		/* its name is to be asked for */
	NAMES_KNOWN,
	NAMES_FULL
};

/* Add a host; `*ret_at` is its place. */
enum names_added names_add_host(struct names *, const uint8_t bytes[16],
    unsigned ip_version, unsigned *ret_at);
const struct names_host *names_host_at(const struct names *, unsigned at);
/*
 * The name of the host at a place.  It comes from the network: characters that
 * no name of a host has become '?'.
 */
void names_set_host(struct names *, unsigned at, const char *name);

/*
 * Format an address, a port, and both, by their names where there are some;
 * NULL names: as numbers.  Of an endpoint that is no server, the port is a
 * number: ports of clients are chosen at random.
 */
void names_format_host(const struct names *, char buf[NAMES_ENDPOINT_SIZE],
    const uint8_t bytes[16], unsigned ip_version);
void names_format_port(const struct names *, char buf[NAMES_SERVICE_SIZE],
    unsigned port);
void names_format_endpoint(const struct names *,
    char buf[NAMES_ENDPOINT_SIZE], const uint8_t bytes[16],
    unsigned ip_version, unsigned port, bool is_server);

#endif
