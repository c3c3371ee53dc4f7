/* KMS keys: how they are named, and how answers become resources. */
#ifndef ABACK_PLANS_KMS_KEY_H
#define ABACK_PLANS_KMS_KEY_H

#include <stdbool.h>

#include "core/json.h"
#include "plans/kind.h"
#include "plans/place.h"

/* Among the facts of a key, where DescribeKey says them. */
#define KMS_STATE "KeyState"
#define KMS_MANAGER "KeyManager"
#define KMS_ORIGIN "Origin"
#define KMS_SPEC "KeySpec"
/* The document of its policy, where it was read to be reported on. */
#define KMS_POLICY "Policy"
#define KMS_REGION_TYPE "MultiRegionKeyType"

/*
 * What a rule or an address calls the key of this ARN: its id where it is of
 * the place, else the whole ARN. Borrowed from arn.
 */
const char *kms_key_id_of(const char *arn, const struct place *place);
/* Is the name an ARN of another account or region? */
bool kms_key_is_foreign(const char *name, const struct place *place);

/*
 * metadata: DescribeKey's KeyMetadata; rotation: the answer of
 * GetKeyRotationStatus, NULL where it was not asked. NULL: the answer has no
 * id or ARN.
 */
struct resource *kms_key_resource(const struct place *place,
				  const json_t *metadata,
				  const json_t *rotation);
/* Is there something to ask GetKeyRotationStatus? */
bool kms_key_has_rotation(const json_t *metadata);
/* Why the state of a key is bad news, or NULL. The caller frees it. */
char *kms_key_bad_state(const json_t *metadata);

void kms_key_read(const struct read_request *request);

#endif
