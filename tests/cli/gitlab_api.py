"""gitlab_api.py PORT_FILE LOG: the notes of a merge request of GitLab.

Answers /api/v4/user and /api/v4/projects/7/merge_requests/3/notes, a hundred
notes a page; each request is a line of LOG. The token has to be "gitlab-token".
"""
import http.server
import json
import re
import sys
from urllib.parse import parse_qs, urlsplit

NOTES = "/api/v4/projects/7/merge_requests/3/notes"
notes = [{"id": i, "author": {"id": 5}, "body": "hello"} for i in range(1, 121)]
# somebody else who quotes our marker
notes[0]["body"] = "<!-- aback plan of aback.yaml -->\nmine"


class Handler(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_args):
        pass

    def answer(self, status, value):
        data = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def do(self):
        length = int(self.headers.get("Content-Length") or 0)
        body = json.loads(self.rfile.read(length)) if length else {}
        url = urlsplit(self.path)
        with open(sys.argv[2], "a", encoding="utf-8") as log:
            log.write(json.dumps({"method": self.command, "path": url.path,
                                  "body": body.get("body")}) + "\n")
        if self.headers.get("PRIVATE-TOKEN") != "gitlab-token":
            return self.answer(401, {"message": "401 Unauthorized"})
        if url.path == "/api/v4/user":
            return self.answer(200, {"id": 9})
        if self.command == "GET" and url.path == NOTES:
            page = int(parse_qs(url.query).get("page", ["1"])[0])
            return self.answer(200, notes[(page - 1) * 100:page * 100])
        if self.command == "POST" and url.path == NOTES:
            notes.append({"id": len(notes) + 1, "author": {"id": 9}} | body)
            return self.answer(201, notes[-1])
        number = re.fullmatch(NOTES + r"/(\d+)", url.path)
        if self.command == "PUT" and number:
            notes[int(number[1]) - 1] |= body
            return self.answer(200, notes[int(number[1]) - 1])
        return self.answer(404, {"message": "404 Not found"})

    do_GET = do_POST = do_PUT = do


server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
with open(sys.argv[1], "w", encoding="utf-8") as file:
    file.write(str(server.server_port))
server.serve_forever()
