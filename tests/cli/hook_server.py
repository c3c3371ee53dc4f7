#!/usr/bin/python3
"""A receiver of webhooks, good and bad.

hook_server.py PORT_FILE LOG [--tls CERTIFICATE KEY | --deaf]

Writes each request to LOG as a line of JSON {"path", "headers", "body"}, and
answers as the first part of its path says: /ok, /500, /404, /redirect, /hang,
/close and /reset (no answer), /slow (one that never ends), /endless (a huge
one), /sns and /sns-denied (as AWS's SNS does), any other like /ok. A deaf one closes
each connection before anything was said, and writes {"path": null}.
"""
import json
import os
import socket
import ssl
import struct
import sys
import threading
import time


def http(status, body=b"ok", more=""):
    return (f"HTTP/1.1 {status}\r\nContent-Type: text/plain\r\n{more}"
            f"Content-Length: {len(body)}\r\n\r\n").encode() + body


def redirect(port):
    return http("307 Temporary Redirect",
                more=f"Location: http://127.0.0.1:{port}/followed\r\n")


SNS = "http://sns.amazonaws.com/doc/2010-03-31/"
PUBLISHED = f"""<PublishResponse xmlns="{SNS}"><PublishResult><MessageId>m-1
</MessageId></PublishResult><ResponseMetadata><RequestId>r-1</RequestId>
</ResponseMetadata></PublishResponse>""".encode()
DENIED = f"""<ErrorResponse xmlns="{SNS}"><Error><Type>Sender</Type>
<Code>AuthorizationError</Code><Message>not authorized to publish</Message>
</Error><RequestId>r-2</RequestId></ErrorResponse>""".encode()


class Server:
    def __init__(self, port_file, log, tls, deaf):
        self.log, self.tls, self.lock = log, tls, threading.Lock()
        self.deaf = deaf
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        with open(port_file + ".new", "w", encoding="ascii") as file:
            file.write(f"{self.port}\n")
        os.rename(port_file + ".new", port_file)

    def note(self, request):
        with self.lock, open(self.log, "a", encoding="utf-8") as file:
            file.write(json.dumps(request) + "\n")

    def serve(self, connection):
        try:
            if self.deaf:
                self.note({"path": None})
                connection.recv(1)
                connection.close()
                return
            if self.tls:
                connection = self.tls.wrap_socket(connection, server_side=True)
            self.answer(connection)
        except OSError:
            pass  # the client has had enough
        connection.close()

    def answer(self, connection):
        reader = connection.makefile("rb")
        line = reader.readline().decode()
        if not line:
            return
        headers = {}
        for text in iter(lambda: reader.readline().decode().strip(), ""):
            name, _, value = text.partition(":")
            headers[name.lower()] = value.strip()
        body = reader.read(int(headers.get("content-length", 0)))
        path = line.split()[1]
        self.note({"path": path, "headers": headers, "body": body.decode()})
        self.behave(connection, path.split("/")[1].split("?")[0], path)

    def behave(self, connection, mode, path):
        if mode == "500":
            # as frameworks do, it quotes what was asked for
            connection.sendall(http("500 Oh", b"cannot POST " + path.encode()))
        elif mode == "404":
            connection.sendall(http("404 Not Found", path.encode()))
        elif mode == "redirect":
            connection.sendall(redirect(self.port))
        elif mode == "sns":
            connection.sendall(http("200 OK", PUBLISHED))
        elif mode == "sns-denied":
            connection.sendall(http("403 Forbidden", DENIED))
        elif mode == "hang":
            time.sleep(60)
        elif mode == "slow":
            connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            while True:
                connection.sendall(b"x")
                time.sleep(0.2)
        elif mode == "endless":
            connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            while True:
                connection.sendall(b"x" * 65536)
        elif mode == "reset":
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                  struct.pack("ii", 1, 0))
        elif mode != "close":
            connection.sendall(http("200 OK"))

    def run(self):
        while True:
            connection, _ = self.listener.accept()
            threading.Thread(target=self.serve, args=(connection,),
                             daemon=True).start()


def main():
    tls = None
    if "--tls" in sys.argv:
        at = sys.argv.index("--tls")
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(sys.argv[at + 1], sys.argv[at + 2])
    deaf = "--deaf" in sys.argv
    Server(sys.argv[1], sys.argv[2], tls, deaf).run()


main()
