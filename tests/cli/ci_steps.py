"""ci_steps.py ACTION.yml [NAME=VALUE...]: run a composite action as GitHub does.

Each `run` step by `bash -eo pipefail`, in the present directory, with its env;
NAME is an expression, such as inputs.command or github.token. Steps that use
another action are passed over. Exits as the last step that failed.
"""
import os
import re
import subprocess
import sys
import tempfile

import yaml

NAME = r"[a-z_][a-z_0-9]*(?:\.[a-z_0-9]+)+"


class Values(dict):
    """What an expression names; what is not known is empty, as on GitHub."""

    def of(self, expression):
        text = re.sub(r"always\(\)", "True", expression)
        parts = re.split(r"('[^']*')", text)
        for i in range(0, len(parts), 2):
            parts[i] = re.sub(NAME, lambda m: repr(self.get(m[0], "")), parts[i])
            parts[i] = parts[i].replace("&&", " and ").replace("||", " or ")
        return eval("".join(parts), {"__builtins__": {}})

    def fill(self, text):
        return re.sub(r"\$\{\{(.*?)\}\}",
                      lambda m: str(self.of(m[1].strip())), str(text))


def outputs(path):
    with open(path, encoding="utf-8") as file:
        return dict(line.rstrip("\n").split("=", 1) for line in file)


def run_step(step, values):
    with tempfile.NamedTemporaryFile() as file:
        env = {k: values.fill(v) for k, v in step.get("env", {}).items()}
        rc = subprocess.run(
            ["bash", "-e", "-o", "pipefail", "-c", values.fill(step["run"])],
            env=os.environ | env | {"GITHUB_OUTPUT": file.name}, check=False,
        ).returncode
        for name, value in outputs(file.name).items():
            values[f"steps.{step.get('id')}.outputs.{name}"] = value
    return rc


def main():
    path = os.path.abspath(sys.argv[1])
    with open(path, encoding="utf-8") as file:
        action = yaml.safe_load(file)
    values = Values({"github.action_path": os.path.dirname(path)})
    values.update(word.split("=", 1) for word in sys.argv[2:])
    for name, about in action["inputs"].items():
        given = values.get("inputs." + name)
        if given is None and about.get("required"):
            sys.exit(f"the input {name} is missing")
        if given is None:
            values["inputs." + name] = values.fill(about["default"])
    failed = 0
    for step in action["runs"]["steps"]:
        due = values.of(step["if"]) if "if" in step else True
        always = "always()" in step.get("if", "")
        if "run" in step and due and (always or not failed):
            failed = run_step(step, values) or failed
    sys.exit(failed)


main()
