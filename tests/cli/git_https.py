#!/usr/bin/env python3
"""git_https.py ROOT CERTIFICATE KEY PORT-FILE [TOKEN]: git over https.

Serves the repositories below ROOT by git's own http-backend, over TLS, on a port
of its own choice, which it writes to PORT-FILE. With a TOKEN, nobody gets in
without it as the password. Requests are logged on stdout: method, path, user.
"""
import base64
import http.server
import os
import socketserver
import ssl
import subprocess
import sys

root, certificate, key, port_file = sys.argv[1:5]
token = sys.argv[5] if len(sys.argv) > 5 else None
backend = subprocess.check_output(["git", "--exec-path"], text=True).strip()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # else head and body wait for each other, a twentieth of a second a request
    disable_nagle_algorithm = True
    wbufsize = -1

    def log_message(self, *arguments):
        pass

    def user(self):
        """The user of a right password, "" where none is asked, or None."""
        if token is None:
            return "anybody"
        kind, _, text = self.headers.get("Authorization", "").partition(" ")
        if kind != "Basic":
            return None
        user, _, password = base64.b64decode(text).decode().partition(":")
        return user if password == token else None

    def body(self):
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        parts = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(parts)

    def answer(self, status, headers, body):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def serve(self):
        body = self.body()
        user = self.user()
        print(self.command, self.path, user, flush=True)
        if user is None:
            self.answer(401, [("WWW-Authenticate", 'Basic realm="git"')], b"")
            return
        path, _, query = self.path.partition("?")
        result = subprocess.run(
            [os.path.join(backend, "git-http-backend")], input=body,
            stdout=subprocess.PIPE, check=False,
            env=dict(os.environ, GIT_PROJECT_ROOT=root,
                     GIT_HTTP_EXPORT_ALL="1", PATH_INFO=path,
                     QUERY_STRING=query, REQUEST_METHOD=self.command,
                     REMOTE_USER=user, REMOTE_ADDR="127.0.0.1",
                     CONTENT_TYPE=self.headers.get("Content-Type", ""),
                     CONTENT_LENGTH=str(len(body)),
                     HTTP_CONTENT_ENCODING=self.headers.get(
                         "Content-Encoding", ""),
                     GIT_PROTOCOL=self.headers.get("Git-Protocol", "")))
        head, _, rest = result.stdout.partition(b"\r\n\r\n")
        headers = [tuple(line.split(": ", 1))
                   for line in head.decode().split("\r\n") if ": " in line]
        status = next((int(value.split()[0]) for name, value in headers
                       if name == "Status"), 200 if headers else 500)
        self.answer(status, [h for h in headers if h[0] != "Status"], rest)

    do_GET = do_POST = serve


class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def finish_request(self, request, client_address):
        # the handshake in the thread of the connection
        try:
            request = context.wrap_socket(request, server_side=True)
            super().finish_request(request, client_address)
            request.unwrap()
        except OSError:
            pass  # the client did not trust us, or has gone


context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(certificate, key)
server = Server(("127.0.0.1", 0), Handler)
with open(port_file + ".new", "w", encoding="ascii") as out:
    out.write(f"{server.server_address[1]}\n")
os.rename(port_file + ".new", port_file)
server.serve_forever()
