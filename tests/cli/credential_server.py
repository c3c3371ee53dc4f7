"""Whoever has credentials: sts, single sign-on, a container's endpoint, an instance's metadata service.

What they want to be shown and what they give stands in the class, for a test to say otherwise.
"""
import http.server
import json
import threading
import time
import urllib.parse

SOON = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 3600))
PAST = "2020-01-01T00:00:00Z"


class Server(http.server.BaseHTTPRequestHandler):
    hops = True  # False: no token for the metadata service
    secret = "planted-secret"
    imds_token, web_token, code, external_id = "imds-token", "web-token", "123456", "outside"
    container_tokens = ("token-of-file", "token-of-env")
    sso_token, sso_renewed, refresh_token = "good-token", "renewed-token", "refresh"

    @classmethod
    def keys(cls, _name):
        """The secret access key and the session token of an access key."""
        return cls.secret, cls.secret

    def keys_json(self, name):
        secret, token = self.keys(name)
        return {"AccessKeyId": name, "SecretAccessKey": secret, "Token": token, "Expiration": SOON}

    def log_message(self, *args):
        pass

    def send(self, status, body, kind="application/json"):
        body = body if isinstance(body, str) else json.dumps(body)
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    def do_PUT(self):
        if self.path == "/latest/api/token" and Server.hops:
            self.send(200, self.imds_token, "text/plain")
        else:
            self.send(403, "no", "text/plain")

    def do_GET(self):
        path = urllib.parse.urlsplit(self.path)
        query = urllib.parse.parse_qs(path.query)
        if path.path.startswith("/latest/"):
            if self.headers.get("x-aws-ec2-metadata-token") != self.imds_token:
                self.send(401, "no token", "text/plain")
            elif path.path.endswith("/security-credentials/"):
                self.send(200, "instance-role", "text/plain")
            else:
                self.send(200, {"Code": "Success", "LastUpdated": PAST, **self.keys_json("KEYINSTANCE")})
        elif path.path == "/container":
            good = self.headers.get("Authorization") in (None, *self.container_tokens)
            self.send(200 if good else 401, self.keys_json("KEYCONTAINER"))
        elif path.path == "/federation/credentials":
            if self.headers.get("x-amz-sso_bearer_token") in (self.sso_token, self.sso_renewed):
                name = "KEYSSO" + query["role_name"][0].upper()
                secret, token = self.keys(name)
                self.send(200, {"roleCredentials": {
                    "accessKeyId": name, "secretAccessKey": secret, "sessionToken": token,
                    "expiration": int((time.time() + 3600) * 1000)}})
            else:
                self.send(401, {"message": "Session token not found or invalid"})
        else:
            self.send(404, "{}")

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        if self.path == "/token":
            asked = json.loads(body)
            if asked.get("refreshToken") == self.refresh_token:
                self.send(200, {"accessToken": self.sso_renewed, "expiresIn": 3600,
                                "refreshToken": self.refresh_token})
            else:
                self.send(400, {"error": "invalid_grant"})
            return
        form = {k: v[0] for k, v in urllib.parse.parse_qs(body).items()}
        getattr(self, form["Action"])(form)

    def xml(self, action, body):
        self.send(200, f'<{action}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><{action}Result>'
                  f"{body}</{action}Result></{action}Response>", "text/xml")

    def refuse(self, message):
        self.send(403, "<ErrorResponse><Error><Code>AccessDenied</Code>"
                  f"<Message>{message}</Message></Error></ErrorResponse>", "text/xml")

    def assumed(self, action, name):
        secret, token = self.keys(name)
        self.xml(action, f"<Credentials><AccessKeyId>{name}</AccessKeyId><SecretAccessKey>{secret}"
                 f"</SecretAccessKey><SessionToken>{token}</SessionToken><Expiration>{SOON}</Expiration>"
                 "</Credentials><AssumedRoleUser><Arn>arn:x</Arn><AssumedRoleId>y</AssumedRoleId></AssumedRoleUser>")

    def GetCallerIdentity(self, form):
        self.xml("GetCallerIdentity", "<Arn>arn:aws:iam::123456789012:user/x</Arn><UserId>U</UserId>"
                 "<Account>123456789012</Account>")

    def AssumeRole(self, form):
        signer = self.headers["Authorization"].split("Credential=")[1].split("/")[0]
        role = form["RoleArn"].rsplit("/", 1)[-1].upper()
        if role == "CODE" and (form.get("TokenCode"), form.get("SerialNumber")) != (
                self.code, "arn:aws:iam::1:mfa/me"):
            self.refuse("MultiFactorAuthentication failed")
        elif role == "DENIED" or (role == "EXTERNAL" and form.get("ExternalId") != self.external_id):
            self.refuse("not allowed to assume it")
        else:
            self.assumed("AssumeRole", f"{signer}X{role}X{form.get('DurationSeconds', '')}")

    def AssumeRoleWithWebIdentity(self, form):
        if form["WebIdentityToken"] != self.web_token or "Authorization" in self.headers:
            self.refuse("not this token")
        else:
            self.assumed("AssumeRoleWithWebIdentity", "KEYWEB" + form["RoleArn"].rsplit("/", 1)[-1].upper())


def start(handler):
    """Serve in the background; the URL."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}"
