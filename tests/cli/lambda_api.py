#!/usr/bin/python3
"""A small AWS Lambda runtime API.

lambda_api.py PORT_FILE LOG EVENTS [SECONDS]

Gives each line of EVENTS to whoever asks for the next invocation, with SECONDS
(60) until its deadline, and writes what is answered to LOG, a line of JSON
{"path", "headers", "body"} each. A line "!" answers 500 to the next one who
asks; after the last line it is as when nothing happens: no answer.
"""
import http.server
import json
import os
import sys
import threading
import time


class Api(http.server.BaseHTTPRequestHandler):
    events, log, seconds, count = [], "", 60, 0

    def answer(self, status, headers, body=b""):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        assert self.path == "/2018-06-01/runtime/invocation/next", self.path
        if not Api.events:
            threading.Event().wait()
        event = Api.events.pop(0)
        if event == "!":
            self.answer(500, {})
            return
        Api.count += 1
        self.answer(200, {
            "Lambda-Runtime-Aws-Request-Id": f"request-{Api.count}",
            "Lambda-Runtime-Deadline-Ms":
                str(int((time.time() + Api.seconds) * 1000)),
            "Lambda-Runtime-Trace-Id": "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700",
        }, event.encode())

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        with open(Api.log, "a", encoding="utf-8") as file:
            file.write(json.dumps({
                "path": self.path.removeprefix("/2018-06-01/runtime/"),
                "headers": {k.lower(): v for k, v in self.headers.items()},
                "body": json.loads(body)}) + "\n")
        self.answer(202, {}, b'{"status": "OK"}')

    def log_message(self, *args):
        pass


def main():
    port_file, Api.log, events = sys.argv[1:4]
    if len(sys.argv) > 4:
        Api.seconds = int(sys.argv[4])
    with open(events, encoding="utf-8") as file:
        Api.events = file.read().splitlines()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Api)
    server.daemon_threads = True
    with open(port_file + ".new", "w", encoding="ascii") as file:
        file.write(f"{server.server_address[1]}\n")
    os.rename(port_file + ".new", port_file)
    server.serve_forever()


main()
