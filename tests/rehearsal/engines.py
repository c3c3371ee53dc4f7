"""Which engine the clusters and parameter groups of a plan are of.

A plan seldom says it. But what uses each other is of one family, and a
parameter, a log type or a port that only some families have tells which.
"""
from .kinds import CannotRehearse, split_address

GROUP_KINDS = {"cluster_parameter_group": "cluster",
               "instance_parameter_group": "instance"}
GROUP_SETTINGS = {
    ("cluster", "db_cluster_parameter_group_name"): "cluster_parameter_group",
    ("instance", "db_parameter_group_name"): "instance_parameter_group"}
USUAL = "aurora-mysql"


class Engines:
    """`rows` are the simulator's: versions, families, parameters."""

    def __init__(self, rows):
        self.rows = [row for row in rows
                     if row["engine"].startswith("aurora-")]
        self.parent = {}
        self.evidence = []   # (whose, what it shows, the test of a row)

    # ---- who is of one family ------------------------------------------

    def of(self, key):
        """The one that stands for all that are of its family."""
        self.parent.setdefault(key, key)
        while self.parent[key] != key:
            key = self.parent[key]
        return key

    def join(self, a, b):
        self.parent[self.of(a)] = self.of(b)

    def shows(self, key, why, test):
        self.of(key)
        self.evidence.append((key, why, test))

    # ---- what a plan says ----------------------------------------------

    def learn(self, change):
        kind, name = split_address(change["address"])
        key = (change["target"], kind, name)
        if kind in ("cluster", "instance") or kind in GROUP_KINDS:
            self.of(key)
        for word in (change["via"] or "").split(", "):
            address = word.rpartition(":")[0]
            if address.partition("/")[0] in ("cluster", "instance") and (
                    kind in GROUP_KINDS):
                self.join(key, (change["target"], *split_address(address)))
        for value in (change["before"], change["after"]):
            if value is not None:
                self.learn_value(change, key, kind, value)
        if kind in GROUP_KINDS and change["setting"] not in (
                "exists", "family", "description"):
            self.shows(key, change["setting"], lambda row:
                       change["setting"] in row[GROUP_KINDS[kind]])
        if change.get("facts"):
            self.learn_facts(key, change["facts"])

    def learn_value(self, change, key, kind, value):
        setting = change["setting"]
        if (kind, setting) in GROUP_SETTINGS:
            self.uses(key, GROUP_SETTINGS[kind, setting], value)
        elif setting == "family":
            self.shows(key, value, lambda row: row["family"] == value)
        elif setting == "enabled_cloudwatch_logs_exports":
            for export in value:
                if export in ("postgresql", "audit", "error", "general",
                              "slowquery"):
                    self.is_postgresql(key, export, export == "postgresql")
        elif setting == "port" and value in (3306, 5432):
            self.is_postgresql(key, f"port {value}", value == 5432)
        elif setting == "associated_roles":
            for role in value:
                self.is_postgresql(key, role, " " in role)
        elif setting == "database_activity_stream":
            if value.startswith("sync "):
                self.is_postgresql(key, value, True)
        elif setting == "backtrack_window" and value:
            self.is_postgresql(key, setting, False)
        elif setting == "engine_version":
            self.shows(key, value, lambda row: row["version"] == value)

    def learn_facts(self, key, facts):
        cluster = facts.get("cluster")
        if cluster:
            cluster = (key[0], "cluster", cluster)
            self.join(key, cluster)
        for fact, kind in (("cluster_parameter_group",
                            "cluster_parameter_group"),
                           ("instance_parameter_group",
                            "instance_parameter_group")):
            if facts.get(fact):
                self.uses(key, kind, facts[fact])
        if "rotates_certificate_without_restart" in facts:
            wanted = facts["rotates_certificate_without_restart"]
            self.shows(key, "the change of its certificate", lambda row:
                       row["rotatesWithoutRestart"] == wanted)

    def uses(self, key, kind, name):
        if name.startswith("default."):
            self.shows(key, name, lambda row: row["family"] == name[8:])
        else:
            self.join(key, (key[0], kind, name))

    def is_postgresql(self, key, why, postgresql):
        self.shows(key, why, lambda row:
                   ("postgresql" in row["engine"]) == postgresql)

    # ---- what comes of it ----------------------------------------------

    def row(self, key):
        """The version that all evidence fits; AWS's default, if it does."""
        rows, seen = self.rows, []
        for whose, why, test in self.evidence:
            if self.of(whose) != self.of(key):
                continue
            seen.append(why)
            rows = [row for row in rows if test(row)]
            if not rows:
                raise CannotRehearse(
                    f"there is no engine for {'/'.join(key[1:])} with "
                    + ", ".join(sorted(set(seen))))
        return min(rows, key=lambda row: (not row["default"],
                                          row["engine"] != USUAL))
