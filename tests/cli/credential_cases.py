"""Which credentials does aback find, and which does botocore, in the same environment?

Runs a small server for each source (sts, single sign-on, a container's endpoint, an instance's metadata
service), then a list of environments. In each, `aback whoami` and botocore must find the same access key, or
both must find none. Usage: credential_cases.py ABACK

credential_cases.py ABACK mfa: a role that wants a code, with a terminal and without one.
credential_cases.py ABACK hops: a metadata service that gives no token.
"""
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile

import botocore.credentials
import botocore.session
import botocore.tokens

import at_terminal
import credential_server
from credential_server import PAST, SOON, Server

ABACK = sys.argv[1]
SECRET = Server.secret
leaks = []


URL = credential_server.start(Server)

ENV = {"AWS_ACCESS_KEY_ID": "KEYENV", "AWS_SECRET_ACCESS_KEY": SECRET}
FILE = "[default]\naws_access_key_id = KEYFILE\naws_secret_access_key = " + SECRET + "\n"
CONFIG = FILE.replace("KEYFILE", "KEYCONFIG")
BASE = "[base]\naws_access_key_id = KEYBASE\naws_secret_access_key = " + SECRET + "\n"
ROLE = "role_arn = arn:aws:iam::123456789012:role/{}\n"
SSO_OLD = "sso_start_url = https://x.awsapps.com/start\nsso_region = eu-west-1\nsso_account_id = 1\nsso_role_name = dba\n"
SSO = ("sso_session = corp\nsso_account_id = 1\nsso_role_name = dba\n"
       "[sso-session corp]\nsso_start_url = https://x.awsapps.com/start\nsso_region = eu-west-1\n")
CONTAINER = {"AWS_CONTAINER_CREDENTIALS_FULL_URI": URL + "/container"}
PROCESS = ("credential_process = {home}/get 'a b' KEYPROC\n")
IMDS = {"AWS_EC2_METADATA_DISABLED": None, "AWS_EC2_METADATA_SERVICE_ENDPOINT": URL + "/"}
WEB = {"AWS_WEB_IDENTITY_TOKEN_FILE": "{home}/web", "AWS_ROLE_ARN": "arn:aws:iam::1:role/pipeline"}


def cache(key, **members):
    token = {"accessToken": "good-token", "expiresAt": SOON, "startUrl": "https://x.awsapps.com/start",
             "region": "eu-west-1", **members}
    return {f".aws/sso/cache/{hashlib.sha1(key.encode()).hexdigest()}.json": json.dumps(token)}


OLD = cache("https://x.awsapps.com/start")
NEW = cache("corp")
RENEWABLE = dict(clientId="c", clientSecret="s", refreshToken="refresh", registrationExpiresAt=SOON)

# name, environment, config file, credentials file, further files
CASES = [
    ("nothing", {}, "", "", {}),
    ("environment", ENV, "", "", {}),
    ("environment with a token", {**ENV, "AWS_SESSION_TOKEN": SECRET}, "", "", {}),
    ("environment before files", ENV, CONFIG, FILE, {}),
    ("environment before a named profile", {**ENV, "AWS_PROFILE": "base"}, "", BASE, {}),
    ("environment before a web identity", {**ENV, **WEB}, "", "", {}),
    ("credentials file", {}, "", FILE, {}),
    ("credentials file before config", {}, CONFIG, FILE, {}),
    ("config file", {}, CONFIG, "", {}),
    ("named profile", {"AWS_PROFILE": "base"}, "", FILE + BASE, {}),
    ("AWS_DEFAULT_PROFILE", {"AWS_DEFAULT_PROFILE": "base"}, "", FILE + BASE, {}),
    ("a profile that is not there", {"AWS_PROFILE": "nobody"}, "", FILE, {}),
    ("half a key in the environment", {"AWS_ACCESS_KEY_ID": "KEYHALF"}, "", FILE, {}),
    ("half a key in a file", {}, "", "[default]\naws_access_key_id = KEYHALF\n", {}),
    ("files elsewhere", {"AWS_CONFIG_FILE": "{home}/c", "AWS_SHARED_CREDENTIALS_FILE": "{home}/s"}, CONFIG, FILE,
     {"c": "", "s": FILE.replace("KEYFILE", "KEYELSEWHERE")}),
    ("role of the profile", {"AWS_PROFILE": "r"}, "[profile r]\n" + ROLE.format("app") + "source_profile = base\n",
     BASE, {}),
    ("role, source in config", {"AWS_PROFILE": "r"},
     "[profile r]\n" + ROLE.format("app") + "source_profile = base\n" + BASE.replace("[base]", "[profile base]"), "",
     {}),
    ("role in the credentials file", {"AWS_PROFILE": "r"}, "",
     "[r]\n" + ROLE.format("app") + "source_profile = base\n" + BASE, {}),
    ("role before keys of the same profile", {}, "[default]\n" + ROLE.format("app") + "source_profile = base\n",
     FILE + BASE, {}),
    ("role with a source that is itself", {"AWS_PROFILE": "r"},
     "[profile r]\n" + ROLE.format("app") + "source_profile = r\n",
     "[r]\naws_access_key_id = KEYSELF\naws_secret_access_key = x\n", {}),
    ("role of a role", {"AWS_PROFILE": "r2"},
     "[profile r2]\n" + ROLE.format("second") + "source_profile = r1\n"
     "[profile r1]\n" + ROLE.format("first") + "source_profile = base\n", BASE, {}),
    ("roles in a circle", {"AWS_PROFILE": "r2"},
     "[profile r2]\n" + ROLE.format("second") + "source_profile = r1\n"
     "[profile r1]\n" + ROLE.format("first") + "source_profile = r2\n", BASE, {}),
    ("role without a source", {"AWS_PROFILE": "r"}, "[profile r]\n" + ROLE.format("app"), FILE, {}),
    ("role with two sources", {"AWS_PROFILE": "r"},
     "[profile r]\n" + ROLE.format("app") + "source_profile = base\ncredential_source = Environment\n", BASE, {}),
    ("role with a source that is not there", {"AWS_PROFILE": "r"},
     "[profile r]\n" + ROLE.format("app") + "source_profile = nobody\n", BASE, {}),
    ("role that is denied", {"AWS_PROFILE": "r"},
     "[profile r]\n" + ROLE.format("denied") + "source_profile = base\n", FILE + BASE, {}),
    ("role with an external id", {"AWS_PROFILE": "r"},
     "[profile r]\n" + ROLE.format("external") + "source_profile = base\nexternal_id = outside\n", BASE, {}),
    ("role without its external id", {"AWS_PROFILE": "r"},
     "[profile r]\n" + ROLE.format("external") + "source_profile = base\n", BASE, {}),
    ("role with a duration", {"AWS_PROFILE": "r"},
     "[profile r]\n" + ROLE.format("app") + "source_profile = base\nduration_seconds = 1800\n", BASE, {}),
    ("role by the container", {"AWS_PROFILE": "r", **CONTAINER},
     "[profile r]\n" + ROLE.format("app") + "credential_source = EcsContainer\n", "", {}),
    ("role by the instance", {"AWS_PROFILE": "r", **IMDS},
     "[profile r]\n" + ROLE.format("app") + "credential_source = Ec2InstanceMetadata\n", "", {}),
    ("role by an unknown source", {"AWS_PROFILE": "r"},
     "[profile r]\n" + ROLE.format("app") + "credential_source = Moon\n", "", {}),
    ("role by single sign-on", {"AWS_PROFILE": "r"},
     "[profile r]\n" + ROLE.format("app") + "source_profile = s\n[profile s]\n" + SSO_OLD, "", OLD),
    ("role by a process", {"AWS_PROFILE": "r"},
     "[profile r]\n" + ROLE.format("app") + "source_profile = p\n[profile p]\n" + PROCESS, "", {}),
    ("web identity", WEB, "", "", {}),
    ("web identity before files", WEB, CONFIG, FILE, {}),
    ("web identity without a role", {"AWS_WEB_IDENTITY_TOKEN_FILE": "{home}/web"}, "", FILE, {}),
    ("web identity of the profile", {"AWS_PROFILE": "w"},
     "[profile w]\n" + ROLE.format("site") + "web_identity_token_file = {home}/web\n", FILE, {}),
    ("web identity whose token is not there", {**WEB, "AWS_WEB_IDENTITY_TOKEN_FILE": "{home}/none"}, "", FILE, {}),
    ("web identity that is refused", {**WEB, "AWS_WEB_IDENTITY_TOKEN_FILE": "{home}/get"}, "", FILE, {}),
    ("role before a web identity", {"AWS_PROFILE": "r", **WEB},
     "[profile r]\n" + ROLE.format("app") + "source_profile = base\n", BASE, {}),
    ("single sign-on", {"AWS_PROFILE": "s"}, "[profile s]\n" + SSO_OLD, "", OLD),
    ("single sign-on before the credentials file", {}, "[default]\n" + SSO_OLD, FILE, OLD),
    ("single sign-on, not logged in", {"AWS_PROFILE": "s"}, "[profile s]\n" + SSO_OLD, FILE, {}),
    ("single sign-on, expired", {"AWS_PROFILE": "s"}, "[profile s]\n" + SSO_OLD, FILE,
     cache("https://x.awsapps.com/start", expiresAt=PAST, accessToken="old")),
    ("single sign-on, half configured", {"AWS_PROFILE": "s"},
     "[profile s]\nsso_start_url = https://x.awsapps.com/start\nsso_region = eu-west-1\n", FILE, OLD),
    ("single sign-on by a session", {"AWS_PROFILE": "s"}, "[profile s]\n" + SSO, "", NEW),
    ("single sign-on by a session that is renewed", {"AWS_PROFILE": "s"}, "[profile s]\n" + SSO, "",
     cache("corp", expiresAt=PAST, accessToken="old", **RENEWABLE)),
    ("single sign-on by a session that cannot be renewed", {"AWS_PROFILE": "s"}, "[profile s]\n" + SSO, "",
     cache("corp", expiresAt=PAST, accessToken="old", **{**RENEWABLE, "refreshToken": "bad"})),
    ("single sign-on by a session that is not there", {"AWS_PROFILE": "s"},
     "[profile s]\nsso_session = nowhere\nsso_account_id = 1\nsso_role_name = dba\n", "", NEW),
    ("credential process", {"AWS_PROFILE": "p"}, "[profile p]\n" + PROCESS, "", {}),
    ("credentials file before a process", {}, "[default]\n" + PROCESS, FILE, {}),
    ("process before the config file", {}, CONFIG + PROCESS, "", {}),
    ("process that fails", {}, "[default]\ncredential_process = false\n", "", {}),
    ("process that prints junk", {}, "[default]\ncredential_process = echo junk\n", "", {}),
    ("container", CONTAINER, "", "", {}),
    ("container with a token", {**CONTAINER, "AWS_CONTAINER_AUTHORIZATION_TOKEN": "token-of-env"}, "", "", {}),
    ("container with a bad token", {**CONTAINER, "AWS_CONTAINER_AUTHORIZATION_TOKEN": "nonsense"}, "", "", {}),
    ("files before a container", CONTAINER, "", FILE, {}),
    ("container before the instance", {**CONTAINER, **IMDS}, "", "", {}),
    ("container that is a stranger", {"AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://192.0.2.1/x"}, "", "", {}),
    ("instance", IMDS, "", "", {}),
    ("files before the instance", IMDS, "", FILE, {}),
    ("instance, switched off", {**IMDS, "AWS_EC2_METADATA_DISABLED": "true"}, "", "", {}),
]


def write(home, path, text):
    path = os.path.join(home, path)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text.replace("{home}", home))


def prepare(case, home):
    name, env, config, credentials, files = case
    write(home, ".aws/config", config)
    write(home, ".aws/credentials", credentials)
    write(home, "web", "web-token")
    write(home, "get", '#!/bin/sh\necho "{\\"Version\\": 1, \\"AccessKeyId\\": \\"$2\\", '
          '\\"SecretAccessKey\\": \\"x\\"}"\n')
    os.chmod(os.path.join(home, "get"), 0o700)
    for path, text in files.items():
        write(home, path, text)
    full = {"HOME": home, "PATH": os.environ["PATH"], "AWS_REGION": "eu-west-1", "AWS_DEFAULT_REGION": "eu-west-1",
            "AWS_EC2_METADATA_DISABLED": "true"}
    for variable, value in env.items():
        if value is None:
            full.pop(variable, None)
        else:
            full[variable] = value.replace("{home}", home)
    return full


def of_botocore(env):
    """The access key that botocore finds; its clients are sent to our server."""
    os.environ.clear()
    os.environ.update(env)
    # it looks at HOME once, when it is loaded
    for provider in (botocore.credentials.SSOProvider, botocore.tokens.SSOTokenProvider):
        provider._SSO_TOKEN_CACHE_DIR = os.path.join(env["HOME"], ".aws", "sso", "cache")
    session = botocore.session.Session()
    create = session.create_client
    session.create_client = lambda service, **kw: create(service, **{**kw, "endpoint_url": URL})
    try:
        found = session.get_credentials()
        return found.get_frozen_credentials().access_key if found else None
    except Exception as why:  # pylint: disable=broad-except
        return f"error {type(why).__name__}"


def of_aback(env):
    env = {**env, "AWS_ENDPOINT_URL": URL}
    run = subprocess.run([ABACK, "whoami", "--format", "json", "-v"], env=env, capture_output=True, text=True,
                         timeout=60, check=False)
    for text in (SECRET, "good-token", "renewed-token", "imds-token", "token-of-env", "web-token"):
        if text in run.stdout + run.stderr:
            leaks.append(f"{text} in {run.stdout}{run.stderr}")
    if run.returncode:
        return "error " + run.stderr.strip().replace("\n", " | ")
    return json.loads(run.stdout)["access_key_id"]


def is_none(answer):
    return answer is None or answer.startswith("error")


def main():
    wrong = 0
    path = dict(os.environ)
    for case in CASES:
        home = tempfile.mkdtemp()
        env = prepare(case, home)
        ours = of_aback(env)
        # what aback renewed must not be what botocore then finds
        env = prepare(case, home)
        theirs = of_botocore(env)
        shutil.rmtree(home)
        os.environ.clear()
        os.environ.update(path)
        good = is_none(ours) and is_none(theirs) or ours == theirs
        wrong += not good
        print(f"{'same ' if good else 'OTHER'} {case[0]}: aback {ours}, botocore {theirs}")
    for leak in leaks:
        print("LEAK ", leak)
    print(f"{len(CASES)} environments, {wrong} differ, {len(leaks)} leaks")
    return 1 if wrong or leaks else 0


def mfa():
    """What aback says without a terminal, and what it finds where the code is typed."""
    home = tempfile.mkdtemp()
    config = "[profile r]\n" + ROLE.format("code") + "source_profile = base\nmfa_serial = arn:aws:iam::1:mfa/me\n"
    env = {**prepare(("mfa", {"AWS_PROFILE": "r"}, config, BASE, {}), home), "AWS_ENDPOINT_URL": URL}
    alone = subprocess.run([ABACK, "whoami"], env=env, capture_output=True, text=True, timeout=60, check=False,
                           stdin=subprocess.DEVNULL, start_new_session=True)
    print("alone", alone.returncode, alone.stderr)
    seen = at_terminal.run([ABACK, "whoami"], env, b"mfa/me: ", b"123456")
    print("typed", seen.decode())
    shutil.rmtree(home)
    return 0 if b"mfa/me: " in seen and b"123456\r" not in seen else 1


def hops():
    """One hop too far, as in a container on an instance."""
    Server.hops = False
    home = tempfile.mkdtemp()
    print(of_aback(prepare(("hops", IMDS, "", "", {}), home)))
    shutil.rmtree(home)
    return 0


sys.exit({"mfa": mfa, "hops": hops}.get(sys.argv[2] if len(sys.argv) > 2 else "", main)())
