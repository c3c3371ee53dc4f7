"""Where a plan is played: a simulator, a desired file and stores."""
import hashlib
import json
import os
import subprocess
import time
import urllib.request

from .fleet import Fleet, look
from .kinds import CannotRehearse, flat

PATIENCE_S = 20


class WentWrong(Exception):
    """It was played through and did not do what it should."""


def text_of(plan):
    return json.dumps(plan, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


class Simulator:
    """A running aback-sim. Nothing but it is ever talked to."""

    def __init__(self, build, directory, fleet):
        fleet_file = os.path.join(directory, "fleet.json")
        port = os.path.join(directory, "port")
        with open(fleet_file, "w", encoding="utf-8") as file:
            json.dump(fleet, file)
        if os.path.exists(port):
            os.unlink(port)
        self.process = subprocess.Popen(
            [os.path.join(build, "aback-sim"), "--fleet", fleet_file,
             "--port-file", port, "--settle-ms", "50", "--no-throttle"],
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        until = time.monotonic() + PATIENCE_S
        while not os.path.exists(port) or not os.path.getsize(port):
            if self.process.poll() is not None:
                raise CannotRehearse(
                    "the simulator does not take its fleet: "
                    + self.process.stderr.read().decode().strip())
            if time.monotonic() > until:
                raise WentWrong("the simulator does not listen")
            time.sleep(0.01)
        with open(port, encoding="ascii") as file:
            self.endpoint = "http://127.0.0.1:" + file.read().strip()

    def stop(self):
        self.process.kill()
        self.process.communicate()

    def get(self, what):
        with urllib.request.urlopen(f"{self.endpoint}/_sim/{what}") as answer:
            return json.load(answer)

    def window(self):
        request = urllib.request.Request(self.endpoint + "/_sim/window",
                                         data=b"", method="POST")
        urllib.request.urlopen(request).close()


class Stage:
    def __init__(self, build, directory, plan, which):
        self.build, self.dir, self.plan = build, directory, plan
        # what fleets can be made of is the simulator's to say
        self.sim = Simulator(build, directory,
                             {"format": "aback-fleet/1", "accounts": []})
        try:
            self.fleet = Fleet(plan, which, self.sim.get("engines")).json()
        finally:
            self.stop()
        self.env = {"PATH": os.environ["PATH"], "HOME": directory,
                    "AWS_ACCESS_KEY_ID": "AKIAABACKSIMULATOR01",
                    "AWS_SECRET_ACCESS_KEY": "aback-simulator-secret-key",
                    "AWS_REGION": "eu-west-1", "NO_COLOR": "1",
                    "AWS_EC2_METADATA_DISABLED": "true"}
        self.stores = 0

    def start(self, fleet=None):
        self.sim = Simulator(self.build, self.dir, fleet or self.fleet)
        self.env["AWS_ENDPOINT_URL"] = self.sim.endpoint

    def stop(self):
        if self.sim:
            self.sim.stop()
        self.sim = None

    def live(self):
        return self.sim.get("fleet")

    def write(self, name, value):
        text = value if isinstance(value, str) else json.dumps(value)
        with open(os.path.join(self.dir, name), "w", encoding="utf-8") as file:
            file.write(text)

    def read(self, name):
        with open(os.path.join(self.dir, name), encoding="utf-8") as file:
            return json.load(file)

    def aback(self, *words, ok=(0,)):
        try:
            run = subprocess.run(
                [os.path.join(self.build, "aback"), *words], cwd=self.dir,
                env=self.env, stdin=subprocess.DEVNULL, capture_output=True,
                text=True, timeout=120, check=False)
        except subprocess.TimeoutExpired as late:
            raise WentWrong(f"'aback {' '.join(words)}' does not end:\n"
                            + (late.stderr or b"").decode()) from late
        if run.returncode not in ok:
            raise WentWrong(f"'aback {' '.join(words)}' ended with "
                            f"{run.returncode}\n{run.stdout}{run.stderr}")
        return run

    def desired(self, rules):
        """A desired file with a new store; the file's digest."""
        self.stores += 1
        text = json.dumps({
            "version": 1,
            "state": {"repository": f"./store-{self.stores}.git"},
            "targets": [{key: target[key] for key in target if target[key]}
                        for target in self.plan["targets"]],
            "rules": rules}, indent=1)
        self.write("aback.yaml", text)
        self.aback("init")
        return hashlib.sha256(text.encode()).hexdigest()

    def check(self, which, when, changes):
        """Every setting is as the plan's `which`, at once or in a moment."""
        until = time.monotonic() + PATIENCE_S
        live = self.live()
        for change in changes:
            while flat(look(live, self.plan, change)) != flat(change[which]):
                if time.monotonic() > until:
                    raise WentWrong(
                        f"{when}, {change['address']}:{change['setting']} is "
                        f"{json.dumps(look(live, self.plan, change))} and not "
                        f"{json.dumps(change[which])}")
                time.sleep(0.05)
                live = self.live()
