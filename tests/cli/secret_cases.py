"""Is a secret anywhere but where it belongs?

Plants a secret of its own for every source of credentials and every key, runs commands that succeed and
commands that fail with them, and searches all that was written for each of them, in every form.
Usage: secret_cases.py ABACK SIMULATOR check|sources|refusals|keys|core
"""
import base64
import concurrent.futures
import hashlib
import json
import os
import random
import re
import resource
import shutil
import signal
import string
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request

import at_terminal
import credential_server
from credential_server import PAST, SOON

ABACK, SIMULATOR, WHAT = sys.argv[1:4]
HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = tempfile.mkdtemp()
PATH = os.environ["PATH"]
ACCOUNT = "123456789012"
ALPHABET = string.ascii_letters + string.digits + "+/"
planted = {}
problems = []


def plant(name, length=40):
    """A secret with what encodings differ in."""
    middle = "".join(random.choices(ALPHABET, k=length - 4))
    planted[name] = middle[:9] + "+/" + middle[9:] + "+/"
    return planted[name]


def expect(good, what):
    if not good:
        problems.append(what)


# ---- searching ----------------------------------------------------------------------------------------------


def forms(secret):
    """How it may have been written: the name of the form, and its bytes."""
    found = {"json": secret.replace("/", "\\/").encode()}
    for name, text in (("plain", secret), ("of a form", urllib.parse.quote(secret, safe=""))):
        raw = text.encode()
        found |= {name: raw, f"{name}, hex": raw.hex().encode(), f"{name}, HEX": raw.hex().upper().encode()}
        for before in range(3):
            # the digits that hold bits of it alone
            digits = base64.b64encode(b"\0" * before + raw)
            core = digits[(0, 2, 3)[before]:(before + len(raw)) * 8 // 6]
            found[f"{name}, base64 at {before}"] = core
            found[f"{name}, base64url at {before}"] = core.replace(b"+", b"-").replace(b"/", b"_")
    return found


def texts(directory):
    """Each file's name and bytes, and what is in the objects of each repository."""
    for folder, _, files in os.walk(directory):
        for file in files:
            path = os.path.join(folder, file)
            if os.path.isfile(path):
                with open(path, "rb") as opened:
                    yield path, opened.read()
        if os.path.exists(os.path.join(folder, "HEAD")) and os.path.isdir(os.path.join(folder, "objects")):
            yield folder + " (objects)", subprocess.check_output(
                ["git", "--git-dir", folder, "cat-file", "--batch", "--batch-all-objects"])


def search(directory):
    """Which secret is where, and in what form."""
    wanted = [(name, form, text) for name, secret in planted.items() for form, text in forms(secret).items()]
    found = []
    for path, data in texts(directory):
        # whoever encodes for a URL does it in his own way
        decoded = urllib.parse.unquote_to_bytes(data)
        joined = re.sub(rb"(\s|\\n|\| )+", b"", data)
        for name, form, text in wanted:
            if text in data or text in decoded or text in joined:
                found.append((name, form, path))
    return found


# ---- a place to run in --------------------------------------------------------------------------------------


class Server(credential_server.Server):
    """The usual one, with planted secrets, and at times one that repeats what it was told."""
    echo = None  # a function of text that says how
    garbage = False
    imds_token, web_token, code = plant("imds token"), plant("web identity", 300), f"{random.randrange(10**6):06}"
    external_id = plant("external id")
    container_tokens = (plant("container token"), plant("container token file"))
    sso_token, sso_renewed, refresh_token = plant("sso token"), plant("sso renewed"), plant("refresh token")
    known = {}

    @classmethod
    def keys(cls, name):
        if name not in cls.known:
            cls.known[name] = (plant(f"secret of {name}"), plant(f"token of {name}", 400))
        return cls.known[name]

    def assumed(self, action, name):
        kind = "KEYTARGET" if "XTARGETX" in name else "KEYROLE"
        super().assumed(action, "KEYWEB" if name.startswith("KEYWEB") else kind)

    def repeat(self, body):
        names = ("authorization", "x-amz-security-token", "x-amz-sso_bearer_token", "x-aws-ec2-metadata-token",
                 "proxy-authorization")
        told = "\n".join(f"{name}:{self.headers[name]}" for name in names if name in self.headers)
        told = Server.echo(f"{told}\n{body}").replace("&", "&amp;").replace("<", "&lt;")
        if Server.garbage:
            self.send(200, told, "text/plain")
        elif body.startswith("Action="):
            self.send(403, f"<ErrorResponse><Error><Code>SignatureDoesNotMatch</Code><Message>{told}</Message>"
                      f"</Error><RequestId>{told}</RequestId></ErrorResponse>", "text/xml")
        else:
            self.send(400, {"__type": "Broken", "code": told, "message": told, "error": told,
                            "error_description": told})

    def do_GET(self):
        # the name of the role is still told
        if Server.echo and not self.path.endswith("/security-credentials/"):
            self.repeat(self.path)
        else:
            super().do_GET()

    def do_POST(self):
        if Server.echo:
            self.repeat(self.rfile.read(int(self.headers.get("Content-Length", 0))).decode())
        else:
            super().do_POST()

    def do_CONNECT(self):
        self.repeat(self.path)


URL = credential_server.start(Server)
for key in ("KEYENV", "KEYFILE", "KEYBASE", "KEYPROC", "KEYSSOD", "KEYCONTAINER", "KEYINSTANCE", "KEYWEB", "KEYROLE",
            "KEYTARGET"):
    Server.keys(key)
Server.known["KEYSSODBA"] = Server.known["KEYSSOD"]


def simulator():
    """A fleet of a cluster for each source, to whose account all of the keys belong; its URL."""
    bare = ("KEYENV", "KEYFILE", "KEYBASE")
    keys = [{"access_key_id": name, "secret_access_key": secret, "arn": f"arn:aws:iam::{ACCOUNT}:user/dba",
             **({} if name in bare[1:] else {"session_token": token})} for name, (secret, token) in Server.known.items()]
    clusters = [{"DBClusterIdentifier": name, "Engine": "aurora-postgresql", "DeletionProtection": False,
                 "BackupRetentionPeriod": 14} for name in ("orders", *(source[0] for source in SOURCES))]
    path = os.path.join(ROOT, "fleet.json")
    with open(path, "w", encoding="utf-8") as file:
        json.dump({"format": "aback-fleet/1", "accounts": [{
            "account_id": ACCOUNT, "access_keys": keys,
            "regions": [{"region": "eu-west-1", "clusters": clusters}]}]}, file)
    child = subprocess.Popen([SIMULATOR, "--fleet", path, "--settle-ms", "0", "--no-throttle",
                              "--log", os.path.join(ROOT, "sim.log")], stdout=subprocess.PIPE, text=True)
    return child, child.stdout.readline().split()[-1]


DESIRED = """version: 1
state: {{repository: {store}{remote}}}
targets: [{{name: prod, account_id: "{account}", region: eu-west-1{role}}}]
rules: [{{match: {{kind: cluster, id: {cluster}}}, set: {{deletion_protection: true}}}}]
{more}"""


class Place:
    """A directory with what is given (in) and with what is written (out), where commands run."""

    def __init__(self, name, endpoint, env, role="", remote="", more="", cluster="orders"):
        self.name, self.runs = name, 0
        self.given, self.out = os.path.join(ROOT, name, "in"), os.path.join(ROOT, name, "out")
        os.makedirs(os.path.join(self.out, "tmp"))
        self.env = {"HOME": self.given, "PATH": os.path.join(ROOT, "bin") + ":" + PATH, "AWS_REGION": "eu-west-1",
                    "AWS_EC2_METADATA_DISABLED": "true", "AWS_ENDPOINT_URL": endpoint, "AWS_ENDPOINT_URL_STS": URL,
                    "AWS_ENDPOINT_URL_SSO": URL, "AWS_ENDPOINT_URL_SSO_OIDC": URL, "ARGV": self.out + "/argv",
                    "TMPDIR": os.path.join(self.out, "tmp"), "GIT_AUTHOR_NAME": "x", "GIT_AUTHOR_EMAIL": "x@example.com",
                    "GIT_COMMITTER_NAME": "x", "GIT_COMMITTER_EMAIL": "x@example.com"}
        self.set(env)
        self.desired = self.give("aback.yaml", DESIRED.format(
            store=self.out + "/store.git", remote=remote, account=ACCOUNT, role=role, more=more, cluster=cluster))

    def set(self, env):
        for name, value in env.items():
            self.env.pop(name, None)
            if value is not None:
                self.env[name] = value.replace("{in}", self.given)

    def give(self, name, text, mode=0o600):
        path = os.path.join(self.given, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text.replace("{in}", self.given))
        os.chmod(path, mode)
        return path

    def keep(self, name, text):
        with open(os.path.join(self.out, f"{self.runs:02}.{name}"), "w", encoding="utf-8", errors="replace") as file:
            file.write(text)

    def run(self, want, *words, said="", **env):
        """Run a command; both of its streams."""
        self.runs += 1
        run = subprocess.run([ABACK, *words, *(() if words[0] in ("keygen", "sign", "whoami") else
                                               ("-f", self.desired))],
                             cwd=self.out, env={**self.env, **env}, capture_output=True, text=True, errors="replace",
                             stdin=subprocess.DEVNULL, start_new_session=True, timeout=60, check=False)
        self.keep("stdout", run.stdout)
        self.keep("stderr", run.stderr)
        expect(run.returncode == want and said in run.stdout + run.stderr,
               f"{self.name}: exit code {run.returncode}, not {want} with '{said}', of {words}: {run.stdout[-600:]}"
               f"{run.stderr[-900:]}")
        return run.stdout


def wrap(*programs):
    """Have each program write down its arguments."""
    os.makedirs(os.path.join(ROOT, "bin"), exist_ok=True)
    for program in programs:
        real = shutil.which(program, path=PATH + ":" + subprocess.check_output(["git", "--exec-path"], text=True).strip())
        path = os.path.join(ROOT, "bin", program)
        with open(path, "w", encoding="utf-8") as file:
            file.write(f'#!/bin/sh\n[ -z "$ARGV" ] || printf "%s\\n" "$0 $*" >>"$ARGV"\nexec {real} "$@"\n')
        os.chmod(path, 0o700)


# ---- the sources --------------------------------------------------------------------------------------------


def in_file(section, name, token=False):
    secret, session = Server.known[name]
    return (f"[{section}]\naws_access_key_id = {name}\naws_secret_access_key = {secret}\n"
            + (f"aws_session_token = {session}\n" if token else ""))


def sso_cache(key, **members):
    token = {"accessToken": Server.sso_token, "expiresAt": SOON, "startUrl": "https://x.awsapps.com/start",
             "region": "eu-west-1", **members}
    return {f".aws/sso/cache/{hashlib.sha1(key.encode()).hexdigest()}.json": json.dumps(token)}


ROLE = "role_arn = arn:aws:iam::123456789012:role/{}\nsource_profile = base\n"
SSO = ("sso_session = corp\nsso_account_id = 1\nsso_role_name = dba\n"
       "[sso-session corp]\nsso_start_url = https://x.awsapps.com/start\nsso_region = eu-west-1\n")
SSO_OLD = "sso_start_url = https://x.awsapps.com/start\nsso_region = eu-west-1\nsso_account_id = 1\nsso_role_name = dba\n"
CONTAINER = {"AWS_CONTAINER_CREDENTIALS_FULL_URI": URL + "/container"}
CLIENT_SECRET = plant("client secret")


def process(prints):
    return {"get": "#!/bin/sh\nprintf '%s\\n' \"$0 $*\" >>\"$ARGV\"\ncat <<'END'\n" + prints + "\nEND\n"}


GOOD = json.dumps({"Version": 1, "AccessKeyId": "KEYPROC", "SecretAccessKey": Server.known["KEYPROC"][0],
                   "SessionToken": Server.known["KEYPROC"][1], "Expiration": SOON})
IN_ENV = {"AWS_ACCESS_KEY_ID": "KEYENV", "AWS_SECRET_ACCESS_KEY": Server.known["KEYENV"][0],
          "AWS_SESSION_TOKEN": Server.known["KEYENV"][1]}

# name, the access key that is found, environment, files, the role of the target
SOURCES = [
    ("environment", "KEYENV", IN_ENV, {}, ""),
    ("file", "KEYFILE", {}, {".aws/credentials": in_file("default", "KEYFILE")}, ""),
    ("role", "KEYROLE", {}, {".aws/config": "[default]\n" + ROLE.format("external") + f"external_id = {Server.external_id}\n",
                             ".aws/credentials": in_file("base", "KEYBASE")}, ""),
    ("process", "KEYPROC", {}, {".aws/config": "[default]\ncredential_process = {in}/get 'a b'\n", **process(GOOD)}, ""),
    ("sso", "KEYSSODBA", {}, {".aws/config": "[default]\n" + SSO_OLD, **sso_cache("https://x.awsapps.com/start")}, ""),
    ("sso-renewed", "KEYSSODBA", {}, {".aws/config": "[default]\n" + SSO, **sso_cache(
        "corp", expiresAt=PAST, accessToken=plant("old sso token"), clientId="c", clientSecret=CLIENT_SECRET,
        refreshToken=Server.refresh_token, registrationExpiresAt=SOON)}, ""),
    ("web-identity", "KEYWEB", {"AWS_WEB_IDENTITY_TOKEN_FILE": "{in}/web", "AWS_ROLE_ARN": "arn:aws:iam::1:role/ci"},
     {"web": Server.web_token}, ""),
    ("container", "KEYCONTAINER",
     {**CONTAINER, "AWS_CONTAINER_AUTHORIZATION_TOKEN": Server.container_tokens[0]}, {}, ""),
    ("container-file", "KEYCONTAINER",
     {**CONTAINER, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": "{in}/token"}, {"token": Server.container_tokens[1]}, ""),
    ("instance", "KEYINSTANCE", {"AWS_EC2_METADATA_DISABLED": None, "AWS_EC2_METADATA_SERVICE_ENDPOINT": URL + "/"},
     {}, ""),
    ("target", "KEYENV", IN_ENV, {}, f", role_arn: 'arn:aws:iam::{ACCOUNT}:role/target'"),
]


def place_of(source, endpoint, **more):
    name, _, env, files, role = source
    place = Place(name, endpoint, env, role, **more)
    for path, text in files.items():
        place.give(path, text, 0o700 if path == "get" else 0o600)
    return place


def sources(endpoint):
    """All commands, with each source, on a cluster of its own; the whole of what they do."""

    def use(source):
        place = place_of(source, endpoint, cluster=source[0])
        found = place.run(0, "whoami", "-v", "--format", "json")
        expect(f'"{source[1]}"' in found, f"{place.name}: not {source[1]} but {found}")
        place.run(0, "init", "-v")
        place.run(0, "plan", "-v", "--log-format", "json", "-o", "plan.json")
        place.run(0, "show", "plan.json", "--check", "-v", "--format", "markdown")
        place.run(0, "apply", "plan.json", "--yes", "-v", "--log-format", "json")
        place.run(0, "backout", "--last", "--reason", "test", "--apply", "--yes", "--allow", "exposure", "-v",
                  said="deletion_protection")
        place.run(0, "history", "-v", "--format", "json")
        place.run(2, "review", "-v", "--format", "html", "-o", "review.html")
        expect(os.path.exists(place.out + "/store.git/HEAD"), f"{place.name}: no store")

    # they wait for the simulator most of the time
    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        list(pool.map(use, SOURCES))
    terminal(endpoint)


def terminal(endpoint):
    """A code of an MFA device, right and wrong, as it is typed."""
    place = Place("mfa", endpoint, {"AWS_PROFILE": "r"})
    place.give(".aws/config", "[profile r]\n" + ROLE.format("code") + "mfa_serial = arn:aws:iam::1:mfa/me\n")
    place.give(".aws/credentials", in_file("base", "KEYBASE"))
    for echo, said in ((None, "KEYROLE"), (str, "***")):
        Server.echo = echo
        seen = at_terminal.run([ABACK, "whoami", "-v"], place.env, b"mfa/me: ", Server.code.encode())
        Server.echo = None
        text = seen.decode(errors="replace")
        place.runs += 1
        place.keep("tty", text)
        expect(said in text, f"mfa: no '{said}' in {text}")
        # too short to be searched for among hashes: as a word of its own
        words = "".join(c if c.isalnum() else " " for c in text).split()
        expect(Server.code not in words, f"mfa: the code is in {text}")


# ---- refusals -----------------------------------------------------------------------------------------------

ECHOES = {
    "plain": str,
    "url": lambda text: urllib.parse.quote(text, safe=""),
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "base64url": lambda text: "x " + base64.urlsafe_b64encode(b"?" + text.encode()).decode(),
    "hex": lambda text: text.encode().hex(),
}
# whose servers repeat what they are told in their refusal, and are quoted
QUOTED = ("role", "sso", "web-identity", "container", "container-file", "instance", "target", "environment")


def refusals(endpoint):
    for source in SOURCES:
        place = place_of(source, endpoint)
        place.run(0, "init")
        said = "***" if source[0] in QUOTED else ""
        for name, echo in ECHOES.items():
            place.name = f"{source[0]}, {name}"
            Server.echo = echo
            place.run(1, "whoami", "-v", said=said)
            place.run(1, "plan", "-v", "--log-format", "json", "-o", "plan.json")
        Server.garbage = True
        place.run(1, "whoami", "-v")
        Server.echo, Server.garbage = None, False
    services(endpoint)
    junk(endpoint)
    by_url(endpoint)


def fault(endpoint, **entry):
    request = urllib.request.Request(endpoint + "/_sim/faults", json.dumps([entry]).encode())
    urllib.request.urlopen(request).read()


def services(endpoint):
    """AWS says which request it expected to be signed, session token and all; an apply records that."""
    place = place_of(("mid-apply", *SOURCES[0][1:]), endpoint)
    place.run(0, "init")
    place.run(0, "plan", "-o", "plan.json")
    token = Server.known["KEYENV"][1]
    fault(endpoint, service="rds", action="ModifyDBCluster", fault="error", status=403, code="SignatureDoesNotMatch",
          message=f"The Canonical String should have been 'x-amz-security-token:{token}\n'")
    place.run(1, "apply", "plan.json", "--yes", "-v", said="x-amz-security-token:***")
    place.run(0, "history", "--format", "json")
    change = sorted(n for n in subprocess.check_output(
        ["git", "--git-dir", place.out + "/store.git", "ls-tree", "--name-only", "main:changes"], text=True).split())[-1]
    journal = subprocess.check_output(["git", "--git-dir", place.out + "/store.git", "grep", "-h", "Canonical", "main", "--",
                                       f"changes/{change}"], text=True)
    expect("x-amz-security-token:***" in journal, f"the journal has not what AWS said: {journal}")
    # the same of a service that speaks JSON
    Server.echo = str
    place.run(1, "plan", "-v", said="***", AWS_ENDPOINT_URL=URL, AWS_ENDPOINT_URL_STS=endpoint)
    place.run(2, "review", "-v", AWS_ENDPOINT_URL_CLOUDTRAIL=URL, AWS_ENDPOINT_URL_KMS=URL,
              AWS_ENDPOINT_URL_CLOUDWATCH_LOGS=URL, AWS_ENDPOINT_URL_STS=endpoint, said="***")
    Server.echo = None


def junk(endpoint):
    """Files that are none, and a program that prints something else."""
    secret = plant("of a malformed file")
    files = [f"[default]\naws_access_key_id = KEYFILE\n{secret}\n", f"[default\naws_secret_access_key = {secret}\n",
             f"{secret}\n", f"[default]\naws_secret_access_key = {secret}\n",
             f"[default]\naws_access_key_id = K\naws_secret_access_key = {secret}\naws_secret_access_key = {secret}\n",
             f"[default]\naws_access_key_id = K\naws_secret_access_key = {secret}\n  {secret}\n",
             f"[default]\naws_access_key_id = K\naws_secret_access_key = {secret} x\n",
             f"[default]\n= {secret}\n", f"[default]\naws_secret_access_key = {secret}\0\n"]
    for number, text in enumerate(files):
        for name in ("credentials", "config"):
            place = Place(f"malformed {name} {number}", endpoint, {})
            place.give(".aws/" + name, text)
            place.run(1, "whoami", "-v")
    prints = [secret, "{" + secret, json.dumps([secret]), json.dumps({"Version": 2, "SecretAccessKey": secret}),
              json.dumps({"Version": 1, "SecretAccessKey": secret}), json.dumps({"Version": secret}),
              json.dumps({"Version": 1, "AccessKeyId": "K", "SecretAccessKey": secret + " "}),
              json.dumps({"Version": 1, "AccessKeyId": "K", "SecretAccessKey": secret, "Expiration": secret}),
              "END\necho '" + secret + "' >&2; exit 1\ncat <<'END'"]
    for number, text in enumerate(prints):
        place = place_of((f"process prints {number}", "", {}, {
            ".aws/config": "[default]\ncredential_process = {in}/get x\n", **process(text)}, ""), endpoint)
        place.run(1, "whoami", "-v")
    token = place_of(("web token with junk", "", {**SOURCES[6][2]}, {"web": "\n" + secret}, ""), endpoint)
    token.run(1, "whoami", "-v")
    for text in (f"{{\"accessToken\": \"{secret}\"", json.dumps({"accessToken": secret, "expiresAt": secret})):
        name = f"sso cache {len(text)}"
        place_of((name, "", {}, {".aws/config": "[default]\n" + SSO_OLD, next(
            iter(sso_cache("https://x.awsapps.com/start"))): text}, ""), endpoint).run(1, "whoami", "-v")


def by_url(endpoint):
    """Passwords in the URL of an endpoint and of a proxy."""
    word = plant("password of a URL").replace("/", "_")
    planted["password of a URL"] = word
    host = URL.split("//")[1]
    broken = word[:20] + "/ " + word[20:]
    planted["password with a blank"] = broken
    urls = [f"http://bob:{word}@{host}", f"https://bob:{word}@nowhere.invalid", f"gopher://bob:{word}@{host}",
            f"http://bob:{word}@{host}:port", f"http://{word}@{host}", f"http://bob:{broken}@{host}"]
    Server.echo = str
    for number, url in enumerate(urls):
        place = Place(f"url {number}", endpoint, IN_ENV)
        place.run(1, "whoami", "-v", AWS_ENDPOINT_URL=url, AWS_ENDPOINT_URL_STS=url)
        for variables in ({"http_proxy": url}, {"HTTPS_PROXY": url, "AWS_ENDPOINT_URL_STS": "https://sts.invalid"},
                          {"ALL_PROXY": url}):
            if url == urls[4]:
                continue  # a user, who is no secret of a proxy
            place.run(1, "whoami", "-v", "--log-format", "json", **variables)
        for source in SOURCES:
            changed = {"container": {"AWS_CONTAINER_CREDENTIALS_FULL_URI": url + "/container"},
                       "instance": {"AWS_EC2_METADATA_SERVICE_ENDPOINT": url},
                       "sso": {"AWS_ENDPOINT_URL_SSO": url}}.get(source[0])
            if changed:
                place = place_of((f"{source[0]} by url {number}", *source[1:]), endpoint)
                place.run(1, "whoami", "-v", **changed)
    Server.echo = None


# ---- keys ---------------------------------------------------------------------------------------------------


def git_server(token):
    """Repositories below ROOT over https, for whoever has the token; the URL."""
    cert, key, port = (os.path.join(ROOT, name) for name in ("cert.pem", "key.pem", "https_port"))
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", cert, "-days", "2",
                    "-subj", "/CN=test", "-addext", "subjectAltName=IP:127.0.0.1"], check=True, capture_output=True)
    for name in ("remote", "code"):
        subprocess.run(["git", "init", "-q", "--bare", "-b", "main", os.path.join(ROOT, name + ".git")], check=True)
    child = subprocess.Popen([sys.executable, HERE + "/git_https.py", ROOT, cert, key, port, token],
                             stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    until = time.monotonic() + 10
    while not os.path.exists(port) and time.monotonic() < until:
        time.sleep(0.01)
    with open(port, encoding="ascii") as file:
        return child, f"127.0.0.1:{file.read().strip()}", cert


def hook_server():
    port = os.path.join(ROOT, "hook_port")
    child = subprocess.Popen([sys.executable, HERE + "/hook_server.py", port, os.path.join(ROOT, "hooks.log")])
    until = time.monotonic() + 10
    while not os.path.exists(port) and time.monotonic() < until:
        time.sleep(0.01)
    with open(port, encoding="ascii") as file:
        return child, f"http://127.0.0.1:{file.read().strip()}"


def keys(endpoint):
    token = plant("git token").replace("/", "-")
    planted["git token"] = token
    git, host, cert = git_server(token)
    hooks, hook = hook_server()
    try:
        remote(endpoint, token, host, cert)
        signing(endpoint)
        told(endpoint, hook)
    finally:
        git.terminate()
        hooks.terminate()


def remote(endpoint, token, host, cert):
    """A token for git: of the environment, of the working copy's origin, and one that is refused."""
    place = Place("remote", endpoint, {**IN_ENV, "GIT_SSL_CAINFO": cert, "ABACK_GIT_TOKEN": token},
                  remote=f", remote: 'https://{host}/remote.git'")
    place.run(0, "init", "-v")
    place.run(0, "plan", "-o", "plan.json", "-v")
    place.run(0, "apply", "plan.json", "--yes", "-v")
    place.run(0, "backout", "--last", "--apply", "--yes", "--allow", "exposure")
    place.run(3, "state", "sync", "-v", ABACK_GIT_TOKEN=plant("wrong git token"), said="is not accepted")
    work = place.given + "/work"
    subprocess.run(["git", "init", "-q", "-b", "main", work], check=True)
    subprocess.run(["git", "-C", work, "remote", "add", "origin", f"https://ci:{token}@{host}/code.git"], check=True)
    shutil.copy(place.desired, work)
    place.desired = work + "/aback.yaml"
    place.run(0, "init", "--gate", ABACK_GATE_BRANCH="main", said=f"https://{host}/code.git")
    place.run(3, "apply", "plan.json", "--yes", ABACK_GATE_REMOTE=f"https://ci:{token}@{host}/other.git")
    # a user may be a token as well
    place = Place("remote by a user", endpoint, {**IN_ENV, "GIT_SSL_CAINFO": cert},
                  remote=f", remote: 'https://{plant('token as a user').replace('/', '-')}@{host}/remote.git'")
    planted["token as a user"] = planted["token as a user"].replace("/", "-")
    place.run(3, "init", "-v", said="https://***@")
    place.run(0, "init", "-v", ABACK_GIT_TOKEN=token)
    with open(place.out + "/store.git/config", encoding="utf-8") as file:
        expect(f"https://{host}/remote.git" in file.read(), "the origin of the store is not the bare one")


def signing(endpoint):
    """A key with a passphrase, of ours and of ssh-keygen."""
    word = plant("passphrase")
    place = Place("signing", endpoint, {**IN_ENV, "ABACK_KEY_PASSPHRASE": word})
    place.run(0, "init")
    place.run(0, "plan", "-o", "plan.json")
    key, ssh, plain = (os.path.join(place.given, name) for name in ("key", "ssh", "plain"))
    place.run(0, "keygen", "-o", key)
    place.run(0, "keygen", "-o", plain, "--no-passphrase")
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", ssh], check=True)
    for path in (key, ssh, plain):
        with open(path, encoding="ascii") as file:
            lines = file.read().splitlines()
        # of ssh's, the first lines tell of what it is, and its public half
        planted[f"the key {os.path.basename(path)}"] = "".join(lines[1:-1])[-90:-4]
        place.run(0, "sign", "plan.json", "--key", path, "--name", "me", "--yes")
        if path == key:
            place.run(1, "sign", "plan.json", "--key", path, "--name", "me", "--yes",
                      ABACK_KEY_PASSPHRASE=plant("wrong passphrase"))
        for number, text in enumerate(("\n".join(lines[:-1]), "\n".join(lines[1:]),
                                        "\n".join([lines[0], lines[1][:-8], lines[-1]]))):
            broken = place.give(f"broken{number}", text)
            place.run(1, "sign", "plan.json", "--key", broken, "--name", "me", "--yes")


def told(endpoint, hook):
    """Webhooks and programs, which fail and repeat what they know."""
    word = plant("webhook").replace("/", "-")
    planted["webhook"] = word
    in_file_ = plant("webhook in a file").replace("/", "-")
    planted["webhook in a file"] = in_file_
    more = ("review: {every: 90d, owners: [dba@example.com]}\nnotify:\n  - {webhook: {url_env: HOOK}}\n"
            "  - {webhook: {url_file: hook}}\n  - {command: [{in}/tell, now]}\n")
    tell = '#!/bin/sh\nprintf "%s\\n" "$0 $*" >>"$ARGV"\necho "told $HOOK $AWS_SECRET_ACCESS_KEY $ABACK_GIT_TOKEN" >&2\nexit 1\n'
    env = {**IN_ENV, "ABACK_KEY_PASSPHRASE": planted.get("passphrase", plant("passphrase")),
           "ABACK_GIT_TOKEN": planted["git token"]}
    urls = [f"{hook}/ok/{word}", f"{hook}/500/{word}", f"{hook}/redirect/{word}", f"{hook}/reset/{word}",
            f"http://127.0.0.1:1/{word}", f"http://nowhere.invalid/{word}", f"gopher://{word}/x", f"no url {word}", word]
    for number, url in enumerate(urls):
        place = Place(f"told {number}", endpoint, {**env, "HOOK": url}, more=more)
        place.give("hook", url.replace(word, in_file_) + "\n")
        place.give("tell", tell, 0o700)
        place.run(0, "init")
        place.run(2, "review", "--due", "--notify", "-v", said="told *** *** ***")
    check = "printf '%s\\n' \"$0 $*\" >>\"$ARGV\"; env; env >&2; echo $AWS_SECRET_ACCESS_KEY | base64; exit 1"
    place.run(0, "plan", "-o", "plan.json")
    place.run(4, "apply", "plan.json", "--yes", "-v", "--health-check", check, said="PATH=")
    place.run(0, "history", "--format", "json")
    place.run(0, "backout", "--last", "--apply", "--yes", "--allow", "exposure")


# ---- cores --------------------------------------------------------------------------------------------------


def dies_of(signal_number, words, env, ready, of_child=None):
    """Start, kill at the right moment; did it leave a core, and did its memory hold the secret?"""
    directory = tempfile.mkdtemp(dir=ROOT)
    unlimited = resource.RLIM_INFINITY
    _, hard = resource.getrlimit(resource.RLIMIT_CORE)
    child = subprocess.Popen(words, env=env, cwd=directory, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                             preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CORE, (hard, hard)))
    expect(hard == unlimited, "the hard limit of cores is not unlimited here")
    until = time.monotonic() + 20
    while not ready() and time.monotonic() < until:
        time.sleep(0.01)
    held = memory_of(child.pid)
    victim = child.pid
    if of_child:
        with open(of_child, encoding="ascii") as file:
            victim = int(file.read())
        held = memory_of(victim)
    os.kill(victim, signal_number)
    _, status = os.waitpid(child.pid, 0)
    child.returncode = status
    return os.WCOREDUMP(status) or bool(os.listdir(directory)), held


def memory_of(pid):
    """All that can be written there; b"" where we may not look."""
    found = b""
    try:
        with open(f"/proc/{pid}/maps", encoding="utf-8") as maps, open(f"/proc/{pid}/mem", "rb") as memory:
            for line in maps:
                place, rights = line.split()[:2]
                start, end = (int(text, 16) for text in place.split("-"))
                if rights.startswith("rw") and "[v" not in line:
                    memory.seek(start)
                    found += memory.read(end - start)
    except OSError:
        pass
    return found


def core(endpoint):
    secret = plant("of a core")
    dumped, _ = dies_of(signal.SIGABRT, ["sleep", "60"], {"PATH": PATH}, lambda: True)
    if not dumped:
        print("SKIP no process leaves a core here")
        return
    # somebody who holds the same and does not care
    started = os.path.join(ROOT, "started")
    dumped, held = dies_of(signal.SIGSEGV, [sys.executable, "-c", f"import time; open({started!r}, 'w'); time.sleep(60)"],
                           {"PATH": PATH, "SECRET": secret}, lambda: os.path.exists(started))
    expect(dumped, "the other program left no core")
    log = os.path.join(ROOT, "sim.log")
    for number in (signal.SIGABRT, signal.SIGSEGV, signal.SIGQUIT, signal.SIGBUS):
        place = place_of((f"core {number}", *SOURCES[1][1:]), endpoint)
        place.run(0, "init")
        place.run(0, "plan", "-o", "plan.json")
        fault(endpoint, service="rds", action="ModifyDBCluster", fault="hang", ms=30000)
        begun = os.path.getsize(log)

        def sent(begun=begun):
            with open(log, encoding="utf-8") as file:
                file.seek(begun)
                return "ModifyDBCluster" in file.read()

        dumped, held = dies_of(number, [ABACK, "apply", place.out + "/plan.json", "--yes", "-f", place.desired], place.env,
                               sent)
        expect(not dumped, f"aback left a core at {number}")
        expect(not held or Server.known["KEYFILE"][0].encode() in held, "no secret was in memory at that moment")
    # what it starts has the secrets in its environment
    marker = os.path.join(ROOT, "running")
    place = place_of(("core-of-a-child", "", IN_ENV | {"MARKER": marker, "AWS_SECRET_ACCESS_KEY": None,
                                                       "AWS_ACCESS_KEY_ID": None, "ABACK_GIT_TOKEN": secret},
                      {".aws/config": "[default]\ncredential_process = {in}/get\n",
                       "get": '#!/bin/sh\necho $$ >"$MARKER.new"\nmv "$MARKER.new" "$MARKER"\nsleep 60\n'}, ""), endpoint)
    dumped, held = dies_of(signal.SIGSEGV, [ABACK, "whoami"], place.env, lambda: os.path.exists(marker), marker)
    expect(not dumped, "a program that aback started left a core")
    expect(not held or secret.encode() in held, "no secret was in the memory of the child")


# ---- the search itself --------------------------------------------------------------------------------------


def check(_endpoint):
    """Every secret is found in every form, alone in a file, within other text, and in a packed object of git."""
    directory = os.path.join(ROOT, "checked")
    os.mkdir(directory)
    for name, secret in list(planted.items()):
        for form in forms(secret):
            path = os.path.join(directory, "file")
            with open(path, "wb") as file:
                file.write(b"before " + forms(secret)[form] + b" behind")
            found = {(n, f) for n, f, p in search(directory) if p == path}
            expect((name, form) in found, f"the search is blind to {name} as {form}")
    os.remove(path)
    expect(not search(directory), "the search sees what is not there")
    # as somebody else encodes it, at any offset
    secret = planted["web identity"]
    for before in range(7):
        text = b"x" * before + secret.encode() + b"y"
        for encoded in (base64.b64encode(text), base64.urlsafe_b64encode(text), urllib.parse.quote(text.decode()).encode(),
                        urllib.parse.urlencode({"a": text.decode()}).encode(), text.hex().encode(),
                        base64.encodebytes(text), urllib.parse.quote(base64.b64encode(text), safe="").encode(),
                        b"".join(b"%%%02x" % byte for byte in text)):
            with open(path, "wb") as file:
                file.write(b"{" + encoded + b"}")
            expect(search(directory), f"the search is blind to {encoded}")
    os.remove(path)
    for packed in (False, True):
        repository = os.path.join(directory, f"git{packed}")
        subprocess.run(["git", "init", "-q", "--bare", repository], check=True)
        subprocess.run(["git", "--git-dir", repository, "hash-object", "-w", "--stdin"], input=secret.encode(), check=True,
                       stdout=subprocess.DEVNULL)
        expect([f for n, f, p in search(repository) if p.endswith("(objects)")], "the search is blind to objects")


def main():
    wrap("git", "git-remote-https", "ssh", "sh")
    child, endpoint = simulator()
    try:
        {"check": check, "sources": sources, "refusals": refusals, "keys": keys, "core": core}[WHAT](endpoint)
        found = []
        if WHAT != "check":
            outs = [os.path.join(ROOT, name, "out") for name in os.listdir(ROOT)]
            found = [leak for out in outs if os.path.isdir(out) for leak in search(out)]
        for name, form, path in sorted(found):
            print(f"LEAK {name} as {form}: {path}")
        for problem in problems:
            print("WRONG", problem)
        print(f"{len(planted)} secrets, {len(found)} leaks, {len(problems)} wrong")
    finally:
        child.terminate()
        if "KEEP" not in os.environ:
            shutil.rmtree(ROOT)
        else:
            print(ROOT)
    return 1 if found or problems else 0


sys.exit(main())
