/*
 * The calls whose events matter: what resource of which kind each is about, and
 * from CloudTrail's spelling of its parameters back to the wire's.
 */
#ifndef ABACK_PLANS_TRAIL_CALL_H
#define ABACK_PLANS_TRAIL_CALL_H

#include <stdbool.h>
#include <stddef.h>

#include "core/json.h"
#include "plans/kind.h"
#include "plans/place.h"

/* What the member that names the resource holds. */
enum trail_names {
	TRAIL_NAME,
	TRAIL_ARN, /* of a resource of any of RDS's kinds, which it tells */
	TRAIL_KEY, /* a key's id or ARN */
	TRAIL_POLICY
};

struct trail_call {
	const char *call;   /* "rds:ModifyDBCluster" */
	enum kind kind;     /* TRAIL_ARN: not used */
	const char *member; /* of requestParameters */
	enum trail_names names;
	/* our call whose parameters it has, among others; NULL: itself */
	const char *as;
	/* settings that it may set without saying to what, names separated by
	 * blanks; NULL: none */
	const char *sets;
};

/* Sorted by call. */
const struct trail_call *trail_calls(size_t *ret_len);
/* "rds.amazonaws.com", "ModifyDBCluster"; NULL: it does not matter. */
const struct trail_call *trail_call_of(const char *source, const char *name);
/*
 * The names of those of global services, or of the others, that may touch
 * something of these kinds (bits 1 << kind). A new array.
 */
json_t *trail_names(bool global, unsigned kinds);
/* Does the service belong to no region? ("iam.amazonaws.com") */
bool trail_is_global(const char *source);

/*
 * Newer calls of EC2 have all in one member,
 * {"ModifySecurityGroupRulesRequest": {…}}: what is in it; of others the same.
 * Borrowed.
 */
const json_t *trail_unwrapped(const json_t *parameters);

/*
 * Whom the event is about: "cluster/orders". Owned; NULL: it does not say, or
 * nothing that aback knows. place tells what ids look like.
 */
char *trail_address(const struct trail_call *call, const json_t *parameters,
		    const struct place *place);
/*
 * The same of an event of any name, by what the members of its parameters are
 * called.
 */
char *trail_guess_address(const char *source, const json_t *parameters,
			  const struct place *place);

/*
 * requestParameters as the call's parameters were sent, but for what is not
 * ours to send: of services with JSON an object, of the others texts by full
 * names ("IpPermissions.1.FromPort"). account: whose event it is; it is left
 * out where it owns what another one might. A new object.
 */
json_t *trail_to_wire(const char *call, const json_t *parameters,
		      const char *account);

#endif
