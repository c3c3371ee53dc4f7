/* What the files sg_rule*.c share: the keys of a rule, and protocols. */
#ifndef ABACK_PLANS_SG_RULE_PARTS_H
#define ABACK_PLANS_SG_RULE_PARTS_H

#include <stdbool.h>

#include "core/json.h"

#define SG_PROTOCOL "ip_protocol"
#define SG_FROM "from_port"
#define SG_TO "to_port"
#define SG_DESCRIPTION "description"
#define SG_TAGS "tags"
#define SG_ID "rule_id"

/* The keys of which a rule has one. */
#define SG_PEERS 4
extern const char *const sg_peers[SG_PEERS];

/* "6" → "tcp"; what has no name stays. */
const char *sg_protocol_name(const char *text);
bool sg_has_ports(const char *protocol);
/* Where from_port is a type and to_port a code. */
bool sg_has_types(const char *protocol);

/* What AWS says, in canonical form; nothing where text is NULL. */
void sg_put_text(json_t *rule, const char *key, const char *text);
void sg_put_port(json_t *rule, const char *key, const char *text);
void sg_put_network(json_t *rule, const char *key, const char *text);

#endif
