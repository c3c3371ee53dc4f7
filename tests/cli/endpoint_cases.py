"""Where does aback send its calls, and where does botocore, with the same variables and shared files?

Runs a server that is every address that is configured, each a path of its own, and the proxy by which AWS's own
addresses would be reached; so that what aback asks is seen. In each environment sts (by `aback whoami`) and rds (by
`aback plan`) must be sent where botocore's clients would send them. Usage: endpoint_cases.py ABACK
"""
import http.server
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import urllib.parse

import botocore.session

ABACK = sys.argv[1]
asked = []  # "http://127.0.0.1:PORT/name/", "sts.eu-west-1.amazonaws.com"


class Server(http.server.BaseHTTPRequestHandler):
    def log_message(self, *args):
        pass

    def do_CONNECT(self):
        asked.append((None, self.path.split(":")[0]))
        self.send_error(403)

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        action = urllib.parse.parse_qs(body).get("Action", ["?"])[0]
        asked.append((action, f"{URL}{self.path}"))
        if action == "GetCallerIdentity":
            status, text = 200, ("<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::123456789012:"
                                 "user/x</Arn><UserId>U</UserId><Account>123456789012</Account>"
                                 "</GetCallerIdentityResult></GetCallerIdentityResponse>")
        else:
            status, text = 403, ("<ErrorResponse><Error><Code>AccessDenied</Code><Message>no</Message></Error>"
                                 "</ErrorResponse>")
        self.send_response(status)
        self.send_header("Content-Type", "text/xml")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server)
threading.Thread(target=server.serve_forever, daemon=True).start()
URL = f"http://127.0.0.1:{server.server_port}"

IGNORE = {"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"}
SECTION = "[services local]\nrds =\n  endpoint_url = {url}/services-rds\nsts =\n  endpoint_url = {url}/services-sts\n"
NAMED = "[default]\nservices = local\n"
GLOBAL = "[default]\nendpoint_url = {url}/profile\n"

# name, environment, config file, credentials file
CASES = [
    ("nothing", {}, "", ""),
    ("a variable", {"AWS_ENDPOINT_URL": "{url}/all"}, "", ""),
    ("a variable for one", {"AWS_ENDPOINT_URL_RDS": "{url}/rds"}, "", ""),
    ("both variables", {"AWS_ENDPOINT_URL": "{url}/all", "AWS_ENDPOINT_URL_STS": "{url}/sts/"}, "", ""),
    ("the profile", {}, GLOBAL, ""),
    ("the profile, in the credentials file", {}, "", GLOBAL),
    ("the profile in both files", {}, GLOBAL, GLOBAL.replace("profile", "credentials")),
    ("a variable before the profile", {"AWS_ENDPOINT_URL": "{url}/all"}, GLOBAL, ""),
    ("services", {}, NAMED + SECTION, ""),
    ("services before the profile", {}, GLOBAL + "services = local\n" + SECTION, ""),
    ("services of one, the profile for the rest", {},
     GLOBAL + "services = local\n[services local]\nrds =\n  endpoint_url = {url}/services-rds\n", ""),
    ("services of another one", {}, NAMED + "[services local]\ns3 =\n  endpoint_url = {url}/s3\n", ""),
    ("services with more below them", {},
     NAMED + "[services local]\nrds =\n  # why\n  other = 1\n\n  endpoint_url={url}/rds\nsts =\n  other = 2\n", ""),
    ("services that are indented", {},
     NAMED + "[services local]\n  rds =\n    endpoint_url = {url}/rds\n  sts =\n    endpoint_url = {url}/sts\n", ""),
    ("services in capitals", {}, NAMED + "[services local]\nRDS =\n  endpoint_url = {url}/rds\n", ""),
    ("services in quotes", {}, NAMED + SECTION.replace("services local", 'services "local"'), ""),
    ("services named in the credentials file", {}, SECTION, NAMED),
    ("services that are not there", {}, NAMED, ""),
    ("services of another name", {}, NAMED + SECTION.replace("services local", "services other"), ""),
    ("services that are not there, and not needed",
     {"AWS_ENDPOINT_URL": "{url}/all"}, NAMED, ""),
    ("a variable before services", {"AWS_ENDPOINT_URL": "{url}/all"}, NAMED + SECTION, ""),
    ("a variable for one before services", {"AWS_ENDPOINT_URL_STS": "{url}/sts"}, NAMED + SECTION, ""),
    ("services of a named profile", {"AWS_PROFILE": "p"}, "[profile p]\nservices = local\n" + SECTION, ""),
    ("ignored, a variable", {**IGNORE, "AWS_ENDPOINT_URL": "{url}/all", "AWS_ENDPOINT_URL_RDS": "{url}/rds"}, "", ""),
    ("ignored, services", IGNORE, NAMED + SECTION, ""),
    ("ignored, services that are not there", IGNORE, NAMED, ""),
    ("ignored by the profile", {}, GLOBAL + "ignore_configured_endpoint_urls = true\n", ""),
    ("ignored by the profile, a variable", {"AWS_ENDPOINT_URL": "{url}/all"},
     "[default]\nignore_configured_endpoint_urls = true\n", ""),
    ("not ignored after all", {"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "false"},
     NAMED + "ignore_configured_endpoint_urls = true\n" + SECTION, ""),
    ("fips of the credentials file", {}, "", "[default]\nuse_fips_endpoint = true\n"),
]


def prepare(case, home):
    _, env, config, credentials = case
    os.makedirs(os.path.join(home, ".aws"))
    for name, text in (("config", config), ("credentials", credentials)):
        with open(os.path.join(home, ".aws", name), "w", encoding="utf-8") as file:
            file.write(text.replace("{url}", URL))
    with open(os.path.join(home, "aback.yaml"), "w", encoding="utf-8") as file:
        file.write("version: 1\nstate: {repository: ./s.git}\ntargets: [{name: t, account_id: '123456789012', "
                   "region: eu-west-1}]\nrules: [{match: {kind: cluster}, set: {deletion_protection: true}}]\n")
    return {"HOME": home, "PATH": os.environ["PATH"], "AWS_REGION": "eu-west-1", "AWS_DEFAULT_REGION": "eu-west-1",
            "AWS_ACCESS_KEY_ID": "KEY", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_STS_REGIONAL_ENDPOINTS": "regional", "AWS_MAX_ATTEMPTS": "1",
            **{name: value.replace("{url}", URL) for name, value in env.items()}}


def place(url):
    """A host of AWS's own, or one of our addresses with its path."""
    return url.rstrip("/") if url.startswith(URL) else urllib.parse.urlsplit(url).hostname


def of_botocore(service, env):
    os.environ.clear()
    os.environ.update(env)
    try:
        return place(botocore.session.Session().create_client(service).meta.endpoint_url)
    except Exception as why:  # pylint: disable=broad-except
        return f"error {type(why).__name__}"


def run(env, *words):
    asked.clear()
    return subprocess.run([ABACK, *words], env={**env, "HTTPS_PROXY": URL}, cwd=env["HOME"], capture_output=True,
                          text=True, timeout=60, check=False).stderr.strip().replace("\n", " | ")


def of_aback(service, env):
    said = run(env, "whoami") if service == "sts" else run(env, "plan")
    for action, where in asked:
        if service == "sts" or action != "GetCallerIdentity":
            return place(where) if action else where
    return "error " + said


def main():
    wrong = 0
    path = dict(os.environ)
    for case in CASES:
        for service in ("sts", "rds"):
            home = tempfile.mkdtemp()
            env = prepare(case, home)
            theirs = of_botocore(service, env)
            os.environ.clear()
            os.environ.update(path)
            # who we are has to be known before rds is asked, wherever that is
            if service == "rds" and theirs and not theirs.startswith("error"):
                env.setdefault("AWS_ENDPOINT_URL_STS", URL + "/who")
                if env.get("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS") == "true" or "ignored by" in case[0]:
                    shutil.rmtree(home)
                    continue
            ours = of_aback(service, env)
            shutil.rmtree(home)
            good = ours == theirs or ours.startswith("error") and theirs.startswith("error")
            wrong += not good
            print(f"{'same ' if good else 'OTHER'} {case[0]}, {service}: aback {ours}, botocore {theirs}")
    print(f"{len(CASES)} environments, {wrong} differ")
    return 1 if wrong else 0


sys.exit(main())
