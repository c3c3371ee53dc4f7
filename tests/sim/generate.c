#include "tests/sim/generate.h"

#include <string.h>

#include "core/mem.h"
#include "tests/sim/fleet.h"

struct dice {
	uint64_t state;
};

/* splitmix64: small, and the same everywhere */
static uint64_t roll(struct dice *dice)
{
	uint64_t z = dice->state += 0x9e3779b97f4a7c15u;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

static bool chance(struct dice *dice, unsigned percent)
{
	return roll(dice) % 100 < percent;
}

static const char *pick(struct dice *dice, const char *const *names, size_t len)
{
	return names[roll(dice) % len];
}

static const char *const teams[] = { "billing",  "catalog",   "checkout",
				     "identity", "ledger",    "orders",
				     "payments", "reporting", "search",
				     "shipping" };
static const char *const stages[] = { "prod", "staging", "dev" };
static const char *const classes[] = { "db.r6g.large", "db.r6g.xlarge",
				       "db.r6g.2xlarge", "db.serverless" };
static const char *const hours[] = { "01:00-01:30", "02:00-02:30",
				     "03:10-03:40", "22:30-23:00" };
static const char *const weeks[] = { "sun:04:00-sun:04:30",
				     "mon:05:15-mon:05:45",
				     "wed:06:00-wed:06:30" };

static json_t *tags(const char *team, const char *stage, long number)
{
	CLEANUP(free_ptr)
	char *owner = xasprintf("team-%s@example.com", team);
	CLEANUP(free_ptr) char *center = xasprintf("cc-%04ld", number % 10000);

	return json_pack("[{ssss} {ssss} {ssss} {ssss}]", "Key", "team",
			 "Value", team, "Key", "environment", "Value", stage,
			 "Key", "owner", "Value", owner, "Key", "cost-center",
			 "Value", center);
}

static json_t *new_cluster(struct dice *dice, const char *id, const char *team,
			   long number)
{
	bool mysql = chance(dice, 60);
	const char *stage = pick(dice, stages, ARRAY_SIZE(stages));
	json_t *exports = json_array();

	if (chance(dice, 30))
		json_array_append_new(
			exports, json_string(mysql ? "audit" : "postgresql"));
	return json_pack(
		"{ss ss sb si sb sb ss ss sb so so}", "DBClusterIdentifier", id,
		"Engine", mysql ? "aurora-mysql" : "aurora-postgresql",
		"DeletionProtection", chance(dice, 50), "BackupRetentionPeriod",
		(int)(chance(dice, 40) ? 1 : 7 + roll(dice) % 8),
		"IAMDatabaseAuthenticationEnabled", chance(dice, 40),
		"CopyTagsToSnapshot", chance(dice, 50), "PreferredBackupWindow",
		pick(dice, hours, ARRAY_SIZE(hours)),
		"PreferredMaintenanceWindow",
		pick(dice, weeks, ARRAY_SIZE(weeks)), "StorageEncrypted",
		chance(dice, 90), "EnabledCloudwatchLogsExports", exports,
		"TagList", tags(team, stage, number));
}

static json_t *new_instance(struct dice *dice, const char *id,
			    const char *cluster, const char *team, long number)
{
	return json_pack(
		"{ss ss ss sb sb ss si so}", "DBInstanceIdentifier", id,
		"DBClusterIdentifier", cluster, "DBInstanceClass",
		pick(dice, classes, ARRAY_SIZE(classes)), "PubliclyAccessible",
		chance(dice, 5), "AutoMinorVersionUpgrade", chance(dice, 80),
		"CACertificateIdentifier",
		chance(dice, 20) ? "rds-ca-2019" : "rds-ca-rsa2048-g1",
		"PromotionTier", (int)(roll(dice) % 3), "TagList",
		tags(team, pick(dice, stages, ARRAY_SIZE(stages)), number));
}

static int add_cluster(struct fleet *fleet, struct place *place,
		       struct dice *dice, long number, long instances,
		       struct error *err)
{
	const char *team = pick(dice, teams, ARRAY_SIZE(teams));
	CLEANUP(free_ptr) char *id = xasprintf("%s-%05ld", team, number);

	if (place_add(fleet, place, true, new_cluster(dice, id, team, number),
		      err))
		return -1;
	for (long i = 1; i <= instances; i++) {
		CLEANUP(free_ptr) char *member = xasprintf("%s-%ld", id, i);
		if (place_add(fleet, place, false,
			      new_instance(dice, member, id, team, number),
			      err))
			return -1;
	}
	return 0;
}

int generate_fleet(struct fleet *fleet, long clusters, long instances,
		   uint64_t seed, struct error *err)
{
	struct dice dice = { .state = seed };
	CLEANUP(json_release)
	json_t *empty = json_pack("{ss s[{ss s[{ss}]}]}", "format",
				  "aback-fleet/1", "accounts", "account_id",
				  SIM_ACCOUNT, "regions", "region", SIM_REGION);

	if (fleet_load(fleet, empty, err))
		return -1;
	struct place *place =
		account_place(fleet_account(fleet, SIM_ACCOUNT), SIM_REGION);
	for (long i = 1; i <= clusters; i++)
		if (add_cluster(fleet, place, &dice, i, instances, err))
			return -1;
	return place_finish(place, err);
}
