#include "plans/init.h"

#include "plans/desired_read.h"

static const char head[] =
	"# What the security settings of our Aurora databases have to be.\n"
	"#\n"
	"#   aback validate                 check this file\n"
	"#   aback plan -o next.plan        what would change; changes "
	"nothing\n"
	"#   aback apply next.plan          change exactly that\n"
	"#   aback backout --last --apply   and undo it\n"
	"#\n"
	"# A setting that no rule names is never touched. Take out or add "
	"rules "
	"as you like;\n"
	"# docs/aback-yaml.md explains every key.\n"
	"version: 1\n"
	"\n"
	"# Prior values of everything that is changed: a bare git repository, "
	"beside this file.\n"
	"state:\n"
	"  repository: ./aurora-state.git\n"
	"  # remote: git@git.example.com:acme/aurora-state.git\n"
	"\n";

static const char rules[] =
	"rules: # the last rule that names a setting decides it\n"
	"  - name: every cluster can be restored and not be lost by mistake\n"
	"    match: {kind: cluster}\n"
	"    set:\n"
	"      deletion_protection: true # CIS 2.11\n"
	"      copy_tags_to_snapshot: true\n"
	"      storage_encrypted: true # CIS 2.2; shown as blocked where it is "
	"not\n"
	"\n"
	"  # Backups: at least a week. Clusters with more keep it only where a "
	"rule says so,\n"
	"  # because lowering a retention destroys backups: look at the plan.\n"
	"  - name: backups are kept for two weeks\n"
	"    match: {kind: cluster}\n"
	"    # except: [{id: [\"scratch-*\", \"test-*\"]}]\n"
	"    set:\n"
	"      backup_retention_period: 14 # CIS 2.8\n"
	"\n"
	"  # Turns it on beside passwords; nobody is locked out.\n"
	"  - name: database users can log in with IAM\n"
	"    match: {kind: cluster}\n"
	"    set:\n"
	"      iam_database_authentication_enabled: true # CIS 2.10\n"
	"\n"
	"  # `include` only adds: log types that are on already stay on.\n"
	"  - name: audit logs of MySQL go to CloudWatch\n"
	"    match: {kind: cluster, engine: aurora-mysql}\n"
	"    set:\n"
	"      enabled_cloudwatch_logs_exports: {include: [audit, error]} # "
	"CIS "
	"2.5\n"
	"  - name: logs of PostgreSQL go to CloudWatch\n"
	"    match: {kind: cluster, engine: aurora-postgresql}\n"
	"    set:\n"
	"      enabled_cloudwatch_logs_exports: {include: [postgresql]} # CIS "
	"2.5\n"
	"\n"
	"  - name: no instance is reachable from the internet\n"
	"    match: {kind: instance}\n"
	"    set:\n"
	"      publicly_accessible: false # CIS 2.9\n"
	"      auto_minor_version_upgrade: true\n"
	"\n"
	"  # Security groups, ports and certificates differ from cluster to "
	"cluster. To name one:\n"
	"  # - name: orders is in its own security group\n"
	"  #   match: {kind: cluster, id: orders}\n"
	"  #   set:\n"
	"  #     vpc_security_group_ids: [sg-0123456789abcdef0]\n";

static const char tail[] =
	"\n"
	"# Findings that are accepted for a while. They are shown, not "
	"planned.\n"
	"waivers: []\n"
	"  # - match: {kind: cluster, id: legacy}\n"
	"  #   settings: [deletion_protection]\n"
	"  #   reason: decommissioned in January\n"
	"  #   expires: 2027-01-31 # until the end of that day, UTC\n"
	"\n"
	"# A plan that changes more clusters than this needs --allow many.\n"
	"limits:\n"
	"  max_clusters: 25%\n";

void init_baseline(const char *account_id, const char *region,
		   struct strbuf *out)
{
	strbuf_adds(out, head);
	strbuf_adds(out, "# Where the databases are: an account and a region "
			 "each.\n"
			 "targets:\n"
			 "  - name: prod\n");
	if (account_id)
		strbuf_addf(out, "    account_id: \"%s\"\n", account_id);
	else
		strbuf_adds(out, "    account_id: \"123456789012\" # CHANGE "
				 "THIS: your account's 12 digits\n");
	if (region && desired_is_region(region))
		strbuf_addf(out, "    region: %s\n", region);
	else
		strbuf_adds(out, "    region: eu-west-1 # CHANGE THIS: where "
				 "the clusters are\n");
	strbuf_adds(out,
		    "    # assumed before any call:\n"
		    "    # role_arn: arn:aws:iam::123456789012:role/aback\n"
		    "\n");
	strbuf_adds(out, rules);
	strbuf_adds(out, tail);
}
