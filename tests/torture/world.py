"""A world of its own for each round: simulator, desired file, store, plan."""
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import time
import urllib.request

from fleet import ACCOUNT, FLEET, REGION

READS = ("Describe", "Get", "List", "Assume", "Lookup", "Simulate")
ALLOW = [word for name in ("lossy", "one-way", "restart", "exposure", "many")
         for word in ("--allow", name)]
PROGRAM = os.path.realpath(os.environ.get("ABACK", ""))
INTERPOSE = pathlib.Path(os.environ.get("ABACK_BUILD", "")) / "interpose.so"


class Failed(Exception):
    """What must never be."""


class World:
    """A folder with a simulator, a desired file, a store and a plan."""

    def __init__(self, rules, remote=False):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="torture-"))
        self.remote = remote
        self.log = self.dir / "sim.log"
        self.env = {
            **os.environ, "AWS_ACCESS_KEY_ID": "AKIAABACKSIMULATOR01",
            "AWS_SECRET_ACCESS_KEY": "aback-simulator-secret-key",
            "AWS_REGION": REGION, "HOME": str(self.dir),
            "GIT_CONFIG_GLOBAL": str(self.dir / ".gitconfig")}
        self.write(".gitconfig", "[user]\n\tname = Test Person\n"
                                 "\temail = test@example.com\n")
        self.write("fleet.json", json.dumps(FLEET))
        state = {"repository": "./store.git"}
        if remote:
            state["remote"] = str(self.dir / "remote.git")
            subprocess.run(["git", "init", "-q", "--bare", "-b", "main",
                            state["remote"]], check=True)
        self.write("aback.yaml", json.dumps({
            "version": 1, "state": state,
            "targets": [{"name": "prod", "account_id": ACCOUNT,
                         "region": REGION}], "rules": rules}))
        self.simulator = subprocess.Popen(
            [os.environ["ABACK_SIM"], "--port-file", "port", "--fleet",
             "fleet.json", "--log", "sim.log", "--settle-ms", "0",
             "--no-throttle"], cwd=self.dir, stdout=subprocess.DEVNULL)
        wait_for(lambda: (self.dir / "port").exists())
        self.url = "http://127.0.0.1:" + (self.dir / "port").read_text().strip()
        self.env["AWS_ENDPOINT_URL"] = self.url
        self.good([0], "init")
        self.good([0], "plan", "-o", "plan.json")
        self.plan = json.loads((self.dir / "plan.json").read_text())
        self.start = self.live()

    def close(self):
        self.simulator.kill()
        self.simulator.wait()
        shutil.rmtree(self.dir, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def write(self, name, text):
        (self.dir / name).write_text(text)

    def ask(self, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        with urllib.request.urlopen(self.url + path, data) as answer:
            return json.load(answer)

    def live(self):
        """All that can be read of the fleet, in one order."""
        fleet = self.ask("/_sim/fleet")
        return json.dumps(without_ids(fleet), indent=1, sort_keys=True)

    def aback(self, *words, **more):
        env = {**self.env, **more}
        return subprocess.run([os.environ["ABACK"], *words], cwd=self.dir,
                              env=env, text=True, capture_output=True,
                              timeout=300)

    def good(self, codes, *words):
        done = self.aback(*words)
        if done.returncode not in codes:
            raise Failed(f"exit code {done.returncode} from "
                         f"{' '.join(words)}\n{done.stdout}{done.stderr}")
        return done

    def broken(self, what, at, *words):
        """A command to which something happens at one point."""
        return self.aback(
            *words, LD_PRELOAD=str(INTERPOSE), TORTURE_DO=what,
            TORTURE_AT=str(at), TORTURE_PROGRAM=PROGRAM)

    def points(self, *words):
        """How often something could happen to this command."""
        count = self.dir / "count"
        self.aback(*words, LD_PRELOAD=str(INTERPOSE), TORTURE_AT="0",
                   TORTURE_PROGRAM=PROGRAM, TORTURE_COUNT=str(count))
        return count.read_text()

    def sent(self):
        """All calls so far that changed something, as (call, parameters)."""
        calls = []
        for line in self.log.read_text().splitlines():
            entry = json.loads(line)
            if entry["action"].startswith(READS) or not entry["effective"]:
                continue
            parameters = {name: value
                          for name, value in entry["parameters"].items()
                          if name not in ("Action", "Version")}
            calls.append(json.dumps([entry["service"] + ":" + entry["action"],
                                     parameters], sort_keys=True))
        return calls

    def back_out(self, change):
        """0, or 3 where nothing of it is to be backed out."""
        words = ["backout", change, "--apply", "--yes", *ALLOW]
        second = int(time.time())
        done = self.good([0, 3], *words)
        if "a plan runs once" in done.stderr:
            # made within the same second, it is the very plan that was broken
            wait_for(lambda: int(time.time()) > second + 1)
            self.good([0, 3], *words)

    def changes(self):
        done = subprocess.run(
            ["git", "-C", "store.git", "ls-tree", "--name-only",
             "main:changes"], cwd=self.dir, capture_output=True, text=True)
        return done.stdout.split()

    def stored(self, path):
        done = subprocess.run(["git", "-C", "store.git", "show",
                               "main:" + path], cwd=self.dir,
                              capture_output=True, text=True)
        return json.loads(done.stdout) if done.returncode == 0 else None


def without_ids(value):
    """
    Rule ids are AWS's, and new after every revoke; no list is an empty one; of a
    policy, what counts is its default version, and ours stay.
    """
    if isinstance(value, dict):
        default = value.get("DefaultVersionId")
        if default:
            value = {**value, "DefaultVersionId": None, "lastVersion": None,
                     "Versions": [{"Document": one["Document"]}
                                  for one in value["Versions"]
                                  if one["VersionId"] == default]}
        return {key: without_ids(one) for key, one in value.items()
                if key != "SecurityGroupRuleId" and one not in ([], {}, None)}
    if isinstance(value, list):
        return sorted((without_ids(one) for one in value),
                      key=lambda one: json.dumps(one, sort_keys=True))
    return value


def wait_for(there, seconds=20):
    until = time.monotonic() + seconds
    while not there():
        if time.monotonic() > until:
            raise Failed("the simulator did not start")
        time.sleep(0.01)
