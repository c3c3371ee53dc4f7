/* IPv4 and IPv6 networks in CIDR notation. */
#ifndef ABACK_CORE_CIDR_H
#define ABACK_CORE_CIDR_H

#include <stdbool.h>

#include "core/compiler.h"

#define CIDR_TEXT_MAX 64

struct cidr {
	bool v6;
	int prefix;              /* bits of the network */
	unsigned char bytes[16]; /* 4 of them of IPv4; host bits are zero */
	bool masked;             /* the text had host bits set */
};

/* "10.0.0.0/8", "2001:db8::/32"; false: it is neither. */
MUST_CHECK bool cidr_parse(const char *text, struct cidr *ret_cidr);
/* In canonical form: without host bits, IPv6 compressed and in lower case. */
const char *cidr_text(const struct cidr *cidr, char text[CIDR_TEXT_MAX]);

/* Are all addresses of the other one also in this one? */
bool cidr_contains(const struct cidr *cidr, const struct cidr *other);

#endif
