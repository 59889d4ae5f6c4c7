/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "decode/walk.h"

#include <stdio.h>

#include "base/compiler.h"

enum verdict
walk_run(struct walk *w, walk_step *first)
{
	w->next = first;
	for (unsigned i = 0; i < WALK_HEADERS_MAX; i++)
		if (!w->next(w))
			return w->verdict;
	w->words = NULL;
	return VERDICT_TOO_DEEP;
}

bool
walk_cut(struct walk *w, enum verdict malformed, const char *words)
{
	return walk_end(w, w->at.is_over ? malformed : VERDICT_SHORT, words);
}

bool
walk_into(struct walk *w, walk_step *inner)
{
	w->seg->vlan = 0;
	return walk_on(w, inner);
}

/* A row of protocols.def. */
struct protocol {
	enum number_kind kind;
	unsigned number;
	const char *name;
	bool is_opaque;
};

static const struct protocol protocols[] = {
#define PROTOCOL(kind, number, name) { NUMBER_##kind, number, name, false },
#define OPAQUE(kind, number, name) { NUMBER_##kind, number, name, true },
#include "decode/protocols.def"
#undef OPAQUE
#undef PROTOCOL
};

static const struct protocol *
protocol_find(enum number_kind kind, unsigned number)
{
	const uint64_t want = number_key(kind, number);
	size_t low = 0, high = ARRAY_LEN(protocols);

	while (low < high) {
		const struct protocol *p = &protocols[(low + high) / 2];
		const uint64_t key = number_key(p->kind, p->number);

		if (key == want)
			return p;
		if (key < want)
			low = (size_t)(p - protocols) + 1;
		else
			high = (size_t)(p - protocols);
	}
	return NULL;
}

bool
walk_knows(enum number_kind kind, unsigned number)
{
	return protocol_find(kind, number) != NULL;
}

/*
 * Text for a number without a name: made once and kept by the decoder, so
 * that it can be counted by its address.
 */
static const char *
number_text(struct decoder *d, enum number_kind kind, unsigned number)
{
	static const struct {
		const char *before;
		int digits;	/* hexadecimal ones; 0 means decimal */
		const char *others;
	} form[NUMBER_KINDS] = {
		[NUMBER_ETHERTYPE] = { "ethertype", 4, "other ethertypes" },
		[NUMBER_IP_PROTOCOL] = { "IP protocol", 0,
		    "other IP protocols" },
		[NUMBER_PPP_PROTOCOL] = { "PPP protocol", 4,
		    "other PPP protocols" },
		[NUMBER_LLC_SAP] = { "LLC SAP", 2, "other LLC SAPs" },
		[NUMBER_FAMILY] = { "address family", 0,
		    "other address families" },
		[NUMBER_UDP_PORT] = { "UDP port", 0, "other UDP ports" },
	};
	struct number_name *name;

	for (unsigned i = 0; i < d->name_count; i++)
		if (d->names[i].number == number && d->names[i].kind == kind)
			return d->names[i].text;
	if (d->name_count == NAMES_MAX)
		return form[kind].others;
	name = &d->names[d->name_count++];
	name->kind = kind;
	name->number = number;
	if (form[kind].digits == 0)
		(void)snprintf(name->text, sizeof(name->text), "%s %u",
		    form[kind].before, number);
	else
		(void)snprintf(name->text, sizeof(name->text), "%s 0x%0*x",
		    form[kind].before, form[kind].digits, number);
	return name->text;
}

bool
walk_stop(struct walk *w, enum verdict verdict, enum number_kind kind,
    unsigned number)
{
	const struct protocol *p = protocol_find(kind, number);

	if (p == NULL)
		return walk_end(w, verdict,
		    number_text(w->decoder, kind, number));
	return walk_end(w, p->is_opaque ? VERDICT_UNSUPPORTED : verdict,
	    p->name);
}
