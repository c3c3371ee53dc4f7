/*
 * Look-ups that enrich: what the listings do not tell. AWS is asked only where
 * a rule names a setting whose row wants it (struct setting, `lookups`), and
 * once for each engine version in use, or each secret. The answers become facts
 * of the resources. Not everybody who may read clusters may ask, and not
 * everything that speaks RDS knows the calls: then a line says so, and the
 * catalogue alone decides.
 */
#ifndef ABACK_PLANS_LOOKUP_H
#define ABACK_PLANS_LOOKUP_H

#include <stdbool.h>

#include "core/aws.h"
#include "core/error.h"
#include "plans/kind.h"
#include "plans/live.h"

/*
 * Members of resource->facts; one that is not known is not there. The row of a
 * setting may name one of those that are true or false (`spared_by`).
 */
/* of LOOKUP_ENGINE_VERSION: sorted arrays of texts, true or false */
#define FACT_LOG_TYPES "exportable_log_types"
#define FACT_CAS "supported_ca_certificate_identifiers"
#define FACT_FEATURES "supported_feature_names"
#define FACT_ROTATES "rotates_certificate_without_restart"
#define FACT_VERSION_STATUS "engine_version_status" /* "deprecated" */
/* of LOOKUP_CERTIFICATES: CA → when it expired, or null while it is valid */
#define FACT_EXPIRED "expired_certificates"
/* and CA → until when it is valid, RFC 3339 */
#define FACT_VALID_TILL "certificates"
/* of LOOKUP_MAINTENANCE: ARN → what AWS will do in its window, one text */
#define FACT_MAINTENANCE "pending_maintenance"
/* of LOOKUP_SECRET: the service that owns the secret, null where there is no
 * such secret, "" where nobody but the account owns it */
#define FACT_SECRET_OWNER "secret_owner"
/* and {"enabled": bool, "last_rotated", "created": UTC seconds, where known} */
#define FACT_SECRET_ROTATION "secret_rotation"
/* What that is asked with: a path of the cluster's answer. */
#define FACT_SECRET_ARN "MasterUserSecret/SecretArn"

struct lookups;

/*
 * wanted: bits of enum lookup, by kind; reports: as in read_request. NULL when
 * nothing is wanted.
 */
struct lookups *lookups_new(struct aws *aws, const unsigned *wanted,
			    bool reports);
/* Only when nothing is open. NULL does nothing. */
void lookups_free(struct lookups *lookups);
/*
 * What AWS itself will do to the resource in its maintenance window, such as
 * "system-update"; borrowed. NULL: nothing, or nobody asked.
 */
const char *lookup_maintenance(const struct resource *resource);
/* A resource was read: start what nobody asked before. */
void lookups_ask(struct lookups *lookups, const struct resource *resource);
/* Are answers still missing? aws_step brings them. */
bool lookups_open(const struct lookups *lookups);
/*
 * What keeps a place from being read whole: interrupted, throttled, cut off.
 * That a look-up is not supported or not allowed is none of these. NULL: none.
 */
const struct error *lookups_error(const struct lookups *lookups,
				  const struct place *place);
/*
 * For who only reports: what could not be looked up becomes lines of
 * live->unread; an interruption alone stays an error.
 */
void lookups_excuse(struct lookups *lookups, struct live *live);
/* Give each resource its facts, and live a line for each look-up that failed.
 */
void lookups_give(struct lookups *lookups, struct live *live);

#endif
