#include "core/cidr.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

/* One to three digits without a leading zero; -1: it is no such number. */
static int prefix_of(const char *text)
{
	int prefix = 0;
	size_t len = strspn(text, "0123456789");

	if (!len || len > 3 || text[len] || (len > 1 && *text == '0'))
		return -1;
	for (; *text; text++)
		prefix = prefix * 10 + (*text - '0');
	return prefix;
}

static void mask(struct cidr *cidr)
{
	for (int i = 0; i < (cidr->v6 ? 16 : 4); i++) {
		int kept = cidr->prefix - 8 * i;
		unsigned char bits;

		if (kept >= 8)
			continue;
		bits = (unsigned char)(kept <= 0 ? 0 : 0xff << (8 - kept));
		if (cidr->bytes[i] & ~bits)
			cidr->masked = true;
		cidr->bytes[i] = (unsigned char)(cidr->bytes[i] & bits);
	}
}

bool cidr_parse(const char *text, struct cidr *ret_cidr)
{
	const char *slash = strchr(text, '/');
	struct cidr cidr = { .v6 = strchr(text, ':') != NULL };
	char address[CIDR_TEXT_MAX];

	if (!slash || (size_t)(slash - text) >= sizeof(address))
		return false;
	memcpy(address, text, (size_t)(slash - text));
	address[slash - text] = '\0';
	cidr.prefix = prefix_of(slash + 1);
	if (cidr.prefix < 0 || cidr.prefix > (cidr.v6 ? 128 : 32) ||
	    inet_pton(cidr.v6 ? AF_INET6 : AF_INET, address, cidr.bytes) != 1)
		return false;
	mask(&cidr);
	*ret_cidr = cidr;
	return true;
}

const char *cidr_text(const struct cidr *cidr, char text[CIDR_TEXT_MAX])
{
	char address[INET6_ADDRSTRLEN] = "";

	(void)inet_ntop(cidr->v6 ? AF_INET6 : AF_INET, cidr->bytes, address,
			sizeof(address));
	(void)snprintf(text, CIDR_TEXT_MAX, "%s/%d", address, cidr->prefix);
	return text;
}

bool cidr_contains(const struct cidr *cidr, const struct cidr *other)
{
	struct cidr cut = *other;

	if (cidr->v6 != other->v6 || cidr->prefix > other->prefix)
		return false;
	cut.prefix = cidr->prefix;
	mask(&cut);
	return memcmp(cut.bytes, cidr->bytes, cut.v6 ? 16 : 4) == 0;
}
