"""schema_check.py SCHEMA FILE...: judge files by a JSON Schema.

Prints "valid FILE" or "invalid FILE: why" for each. The schema itself is
checked first. YAML is read by the 1.2 core rules, by another parser than ours.
"""
import json
import sys

import jsonschema
import yaml


class Core(yaml.SafeLoader):
    """YAML 1.2 core: only true and false are booleans, no dates."""


Core.yaml_implicit_resolvers = {}
for tag, pattern, first in (
    ("bool", r"^(?:true|True|TRUE|false|False|FALSE)$", "tTfF"),
    ("null", r"^(?:~|null|Null|NULL|)$", ["~", "n", "N", ""]),
    ("int", r"^(?:[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+)$", "-+0123456789"),
    (
        "float",
        r"^[-+]?(?:\.[0-9]+|[0-9]+\.[0-9]*)(?:[eE][-+]?[0-9]+)?$",
        "-+.0123456789",
    ),
):
    Core.add_implicit_resolver(
        "tag:yaml.org,2002:" + tag, yaml.resolver.re.compile(pattern), list(first)
    )


def integer(loader, node):
    text = node.value.replace("0o", "0O", 1)
    base = 16 if text[:2] == "0x" else 8 if text[:2] == "0O" else 10
    return int(text.replace("0O", "0o"), base)


Core.add_constructor("tag:yaml.org,2002:int", integer)


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        schema = json.load(file)
    draft = jsonschema.validators.validator_for(schema, jsonschema.Draft202012Validator)
    draft.check_schema(schema)
    validator = draft(schema)
    for path in sys.argv[2:]:
        with open(path, encoding="utf-8") as file:
            value = yaml.load(file, Loader=Core)
        error = jsonschema.exceptions.best_match(validator.iter_errors(value))
        if error:
            print(f"invalid {path}: {error.json_path}: {error.message[:200]}")
        else:
            print(f"valid {path}")


main()
