"""What parameter groups can be asked for: the families of the simulator."""
import os
import random
import re

SOURCE = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                      "../../sim/parameters.c")
ENGINES = {"MY": "aurora-mysql", "PG": "aurora-postgresql"}
ROW = re.compile(r'^\t\{ "([^"]+)", (\w+|"[^"]+"), (NULL|"[^"]*"|\w+), '
                 r'(NULL|"[^"]*"|\w+), "(\w+)", (\w+), LEVEL_(\w+), (\w+) \},')
# those that only go together, and what the boot of an engine depends on
APART = re.compile("binlog|babelfish|gtid|character_set|collation|lower_case")


def read():
    """[(name, family, allowed values, type, level)] of those to be set."""
    rows = []
    with open(SOURCE) as source:
        for line in source:
            row = ROW.match(line)
            if not row or row[8] == "true" or APART.search(row[1]):
                continue
            allowed = {"SWITCH": "0,1", "NULL": None}.get(row[4],
                                                          row[4].strip('"'))
            rows.append((row[1], ENGINES.get(row[2], row[2].strip('"')),
                         allowed, row[5], row[7]))
    assert len(rows) > 200, f"{SOURCE} does not read as it did"
    return rows


ROWS = read()


def of(family, cluster):
    """The rows that a group of the family has and whose values are known."""
    level = "CLUSTER" if cluster else "INSTANCE"
    rows = {}
    for row in ROWS:  # of one name the first counts
        if family.startswith(row[1]):
            rows.setdefault(row[0], row)
    return [row for row in rows.values()
            if row[4] in ("BOTH", level) and row[2]]


def value(row):
    allowed, kind = row[2], row[3]
    bounds = re.fullmatch(r"(-?\d+)-(\d+)", allowed)
    if bounds:
        least, most = int(bounds[1]), int(bounds[2])
        return str(random.choice([least, most, random.randint(least, most)]))
    if kind == "float":
        return random.choice(["0", "0.25", "4"])
    members = allowed.split(",")
    if kind != "list":
        return random.choice(members)
    return ",".join(random.sample(members, random.randint(1, 2)))


def some(family, cluster, most):
    """name -> value of a few of them."""
    rows = of(family, cluster)
    return {row[0]: value(row)
            for row in random.sample(rows, random.randint(1, most))}


def wish(family, cluster):
    """The same, and what is to be as the family has it, and lists in part."""
    wanted = some(family, cluster, 6)
    for row in of(family, cluster):
        if row[0] in wanted and row[3] == "list":
            members = random.sample(row[2].split(","), 2)
            wanted[row[0]] = {"include": members[:1], "exclude": members[1:]}
        elif row[0] in wanted and random.randrange(4) == 0:
            wanted[row[0]] = None
    return wanted
