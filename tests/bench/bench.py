#!/usr/bin/python3
"""The benchmarks: bench.py BUILD_DIR
[plan|nightly|requests|apply|journal|store|version]...; docs/benchmarks.md explains.

Every figure is a median of runs that alternate with a named peer's in the same
session; what counts is the ratio. Sizes and runs can be set:
BENCH_SIZES="100 1000 10000", BENCH_RUNS=5, BENCH_APPLY="1 10 30",
BENCH_LATENCY_MS=0.
"""
import os
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

BUILD = os.path.abspath(sys.argv[1])
PEER = os.path.join(BUILD, "bench-peer")
STORE = os.path.join(BUILD, "bench-store")
JOURNAL = os.path.join(BUILD, "bench-journal")
HERE = os.path.dirname(os.path.abspath(__file__))
ABACK = os.path.join(BUILD, "aback")
SIM = os.path.join(BUILD, "aback-sim")
RUNS = int(os.environ.get("BENCH_RUNS", "5"))
SIZES = os.environ.get("BENCH_SIZES", "100 1000 10000").split()
STORE_SIZES = [int(size) for size in os.environ.get(
    "BENCH_STORE_SIZES", "500 1000 2000").split()]
LATENCY = os.environ.get("BENCH_LATENCY_MS", "0")
KEYS = {"AWS_ACCESS_KEY_ID": "AKIAABACKSIMULATOR01",
        "AWS_SECRET_ACCESS_KEY": "aback-simulator-secret-key",
        "AWS_REGION": "eu-west-1", "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_EC2_METADATA_DISABLED": "true"}
HEAD = """version: 1
state: {repository: ./state.git}
targets:
  - {name: bench, account_id: "123456789012", region: eu-west-1}
rules:
"""
READ = HEAD + """  - name: every cluster
    match: {kind: cluster}
    set: {deletion_protection: true, backup_retention_period: 14}
  - name: every instance
    match: {kind: instance}
    set: {auto_minor_version_upgrade: true, publicly_accessible: false}
"""
WRITE = HEAD + """  - name: one setting
    match: {kind: cluster}
    set: {preferred_backup_window: "01:11-01:51"}
"""


class Sim:
    """A simulator of its own for one measurement."""

    def __init__(self, directory, *options):
        port_file = os.path.join(directory, "port")
        self.process = subprocess.Popen(
            [SIM, "--port-file", port_file, "--no-throttle", *options],
            stdout=subprocess.DEVNULL)
        while not os.path.exists(port_file):
            if self.process.poll() is not None:
                sys.exit("the simulator did not start")
            time.sleep(0.01)
        with open(port_file) as f:
            self.url = "http://127.0.0.1:%s" % f.read().strip()
        self.env = dict(os.environ, AWS_ENDPOINT_URL=self.url, HOME=directory,
                        **KEYS)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()


def run(command, env, cwd):
    """(wall seconds, cpu seconds, peak MiB) of one process."""
    start = time.monotonic()
    with open(os.path.join(cwd, "stderr"), "w+") as stderr:
        process = subprocess.Popen(command, env=env, cwd=cwd, stderr=stderr,
                                   stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        wall = time.monotonic() - start
        if process.returncode:
            stderr.seek(0)
            sys.exit("%s ended with %d: %s" % (command, process.returncode,
                                               stderr.read()))
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def medians(rows):
    return [statistics.median(column) for column in zip(*rows)]


def alternate(commands, env, cwd, runs):
    """The commands in turn, after one warm-up of each: name -> medians."""
    rows = {name: [] for name in commands}
    for turn in range(runs + 1):
        for name, command in commands.items():
            row = run(command, env, cwd)
            if turn:
                rows[name].append(row)
    return {name: medians(of) for name, of in rows.items()}


def write(path, text):
    with open(path, "w") as f:
        f.write(text)


def generated(size):
    return ["--clusters", size, "--instances", "3", "--seed", "1"]


def as_wanted(size, directory):
    """The same fleet, but every setting is what READ wants it to be.

    Line by line: a child's peak memory begins with what this process has."""
    path = directory + "/fleet.json"
    wanted = {"DeletionProtection": "true", "BackupRetentionPeriod": "14",
              "AutoMinorVersionUpgrade": "true", "PubliclyAccessible": "false"}
    with Sim(directory, *generated(size)) as sim, \
            urllib.request.urlopen(sim.url + "/_sim/fleet") as answer, \
            open(path, "w") as f:
        for line in answer:
            line = line.decode()
            found = re.match(r' *"(\w+)": \w+(,?)\n', line)
            if found and found[1] in wanted:
                line = '"%s": %s%s\n' % (found[1], wanted[found[1]], found[2])
            f.write(line)
    os.unlink(directory + "/port")
    return ["--fleet", path]


def count_changes(path):
    with open(path) as f:
        return sum(line.startswith('      "reversibility"') for line in f)


def plan_table(size, d, fleet):
    """name -> (wall, cpu, MiB) of a plan over the fleet and of its peers."""
    with Sim(d, *fleet, "--latency-ms", LATENCY) as sim:
        write(d + "/aback.yaml", READ)
        pages = " && ".join(
            '"%s" %%s "%s" %s %s' % (PEER, sim.url, action, element)
            for action, element in (("DescribeDBClusters", "DBCluster"),
                                    ("DescribeDBInstances", "DBInstance")))
        table = alternate({
            "aback plan": [ABACK, "plan", "-q", "-o", "plan.json"],
            "curl": ["sh", "-c", pages % ("", "")],
            "curl + bare expat": ["sh", "-c", pages % ("--expat", "--expat")],
        }, sim.env, d, RUNS if int(size) < 5000 else min(RUNS, 3))
        changes = count_changes(d + "/plan.json")
        table["boto3 script"] = medians(
            [run(["/usr/bin/python3", HERE + "/read_boto3.py"], sim.env, d)
             for _ in range(1 if int(size) > 1000 else 3)])
    return changes, table


def show_plans(what, fleet_of):
    print("%s: clusters with 3 instances each, %s ms a page; medians of %d "
          "alternating runs" % (what, LATENCY, RUNS))
    print("%8s %8s  %-18s %8s %8s %8s %12s %12s" % (
        "clusters", "changes", "what", "wall s", "cpu s", "MiB",
        "aback: wall", "cpu"))
    for size in SIZES:
        with tempfile.TemporaryDirectory() as d:
            changes, table = plan_table(size, d, fleet_of(size, d))
            ours = table["aback plan"]
            for name, (wall, cpu, mib) in table.items():
                print("%8s %8d  %-18s %8.3f %8.3f %8.1f %11.2fx %11.2fx" % (
                    size, changes, name, wall, cpu, mib, ours[0] / wall,
                    ours[1] / cpu))


def bench_plan():
    show_plans("plan, much to change", lambda size, d: generated(size))


def bench_nightly():
    show_plans("\nplan, nothing to change", as_wanted)


def bench_requests():
    print("\nrequests of one plan")
    for size in SIZES:
        with tempfile.TemporaryDirectory() as d:
            log = d + "/log.jsonl"
            with Sim(d, *generated(size), "--log", log) as sim:
                write(d + "/aback.yaml", READ)
                run([ABACK, "plan", "-q", "-o", "plan.json"], sim.env, d)
                with open(log) as f:
                    sent = sum(1 for _ in f)
                pages = -(-int(size) // 100) + -(-3 * int(size) // 100)
                print("%8s clusters: %d requests for %d pages" % (
                    size, sent, pages))


def bench_apply():
    print("\napply of one setting, clusters that settle at once")
    for size in os.environ.get("BENCH_APPLY", "1 10 30").split():
        rows = []
        for _ in range(RUNS):
            with tempfile.TemporaryDirectory() as d, \
                    Sim(d, "--clusters", size, "--instances", "2", "--seed",
                        "1", "--settle-ms", "0") as sim:
                write(d + "/aback.yaml", WRITE)
                run([ABACK, "init", "-q"], sim.env, d)
                run([ABACK, "plan", "-q", "-o", "p"], sim.env, d)
                rows.append(run([ABACK, "apply", "p", "--yes", "-q"], sim.env,
                                d))
        wall, cpu, _ = medians(rows)
        print("%8s clusters: %.2f s (cpu %.2f s), median of %d" % (
            size, wall, cpu, RUNS))


def bench_journal():
    with tempfile.TemporaryDirectory(dir=BUILD) as d:
        write(d + "/.gitconfig", "[user]\nname = bench\nemail = b@localhost\n")
        out = subprocess.run([JOURNAL, d, "500"], check=True, text=True,
                             env=dict(os.environ, HOME=d),
                             stdout=subprocess.PIPE).stdout
    ours, bare = (int(word) for word in out.split())
    print("\none step in the journal: %d us; two bare fsyncs: %d us: %.2fx" % (
        ours, bare, ours / bare))


def bench_store():
    """A store with a past: checked by us, and its objects by git alone."""
    print("\n%8s  %-24s %s" % ("changes", "aback state fsck", "git fsck"))
    memory = "/dev/shm" if os.path.isdir("/dev/shm") else None
    for changes in STORE_SIZES:
        with tempfile.TemporaryDirectory(dir=memory) as d:
            env = dict(os.environ, HOME=d, GIT_CONFIG_GLOBAL=d + "/git")
            write(d + "/git", "[user]\nname = b\nemail = b@localhost\n")
            subprocess.run([STORE, d + "/s.git", str(changes)], check=True,
                           env=env)
            table = alternate({
                "aback": [ABACK, "state", "fsck", "-q", "--state",
                          d + "/s.git"],
                "git": ["git", "-C", d + "/s.git", "fsck", "--no-progress"]},
                env, d, 2)
        print("%8d  cpu %6.2f s, %4.0f MiB     cpu %6.2f s" % (
            changes, table["aback"][1], table["aback"][2],
            table["git"][1]))


def bench_version():
    with tempfile.TemporaryDirectory() as d:
        table = alternate({"aback": [ABACK, "version"], "true": ["/bin/true"]},
                          dict(os.environ, HOME=d), d, 20)
    print("\naback version: %.1f ms; /bin/true: %.1f ms" % (
        table["aback"][0] * 1000, table["true"][0] * 1000))


if __name__ == "__main__":
    if not shutil.which("git"):
        sys.exit("git is missing: make deps")
    benches = {"plan": bench_plan, "nightly": bench_nightly,
               "requests": bench_requests, "apply": bench_apply,
               "journal": bench_journal, "store": bench_store,
               "version": bench_version}
    for one in sys.argv[2:] or benches:
        benches[one]()
        sys.stdout.flush()
