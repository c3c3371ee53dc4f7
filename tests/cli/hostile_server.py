#!/usr/bin/python3
"""Servers that are not AWS, or that break what AWS says.

hostile_server.py MODE PORT_FILE [ACTION] [--tls CERTIFICATE KEY]

Listens on 127.0.0.1, writes its port to PORT_FILE and answers ACTION (left
out: every action) in the way that MODE names; all else it answers as a small
AWS: one account with one cluster and no instances. It serves plain sockets,
because no honest HTTP library says what is said here.
"""
import gzip
import os
import socket
import ssl
import struct
import sys
import threading
import time
import urllib.parse

ACCOUNT = "123456789012"
RDS = "http://rds.amazonaws.com/doc/2014-10-31/"
CLUSTER = f"""<DBCluster><DBClusterIdentifier>orders</DBClusterIdentifier>
<DbClusterResourceId>cluster-ORDERS</DbClusterResourceId>
<DBClusterArn>arn:aws:rds:eu-west-1:{ACCOUNT}:cluster:orders</DBClusterArn>
<Engine>aurora-postgresql</Engine><EngineVersion>16.4</EngineVersion>
<Status>available</Status><DeletionProtection>false</DeletionProtection>
</DBCluster>"""


def clusters(inner, marker=""):
    return answer("DescribeDBClusters",
                  f"<DBClusters>{inner}</DBClusters>{marker}")


def answer(action, result):
    return (f'<{action}Response xmlns="{RDS}"><{action}Result>{result}'
            f"</{action}Result><ResponseMetadata><RequestId>r-1</RequestId>"
            f"</ResponseMetadata></{action}Response>")


def honest(action):
    if action == "GetCallerIdentity":
        return answer(action, f"<Arn>arn:aws:iam::{ACCOUNT}:user/dba</Arn>"
                              f"<UserId>AIDA</UserId><Account>{ACCOUNT}"
                              "</Account>")
    if action == "DescribeDBClusters":
        return clusters(CLUSTER)
    return answer(action, "<DBInstances/>")


def http(body, status="200 OK", kind="text/xml", more=""):
    if isinstance(body, str):
        body = body.encode()
    return (f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\n{more}"
            f"Content-Length: {len(body)}\r\n\r\n").encode() + body


HTML = "<!DOCTYPE html><html><body><h1>It works!</h1></body></html>"
BOMB = ("<?xml version='1.0'?><!DOCTYPE x [<!ENTITY l0 'lol'>" + "".join(
    f"<!ENTITY l{i} '{f'&l{i - 1};' * 10}'>" for i in range(1, 10)) + "]>")
EXTERNAL = ("<?xml version='1.0'?><!DOCTYPE x [<!ENTITY x SYSTEM "
            "'file:///etc/passwd'>]>")
GOOD = honest("DescribeDBClusters")
NAME = "<DBClusterIdentifier>"

# What is answered whole, and then the connection goes on.
ANSWERS = {
    "html": http(HTML, kind="text/html"),
    "html-500": http(HTML, "500 Internal Server Error", "text/html"),
    "html-403": http(HTML, "403 Forbidden", "text/html"),
    "html-404": http(HTML, "404 Not Found", "text/html"),
    "json": http('{"DBClusters": []}', kind="application/json"),
    "json-error": http('{"__type": "AccessDeniedException"}', "400 Bad",
                       "application/x-amz-json-1.1"),
    "text": http("hello", kind="text/plain"),
    "empty": http(""),
    "no-content": b"HTTP/1.1 204 No Content\r\n\r\n",
    "empty-500": http("", "500 Internal Server Error"),
    "redirect": http("", "302 Found", more="Location: http://127.0.0.1:1/\r\n"),
    "redirect-307": http("", "307 Temporary Redirect",
                         more="Location: https://example.invalid/\r\n"),
    "login": http(HTML, "401 Unauthorized", "text/html",
                  'WWW-Authenticate: Basic realm="x"\r\n'),
    "random": http(os.urandom(100000), kind="application/octet-stream"),
    "other-xml": http("<feed><entry/></feed>", kind="application/atom+xml"),
    "other-answer": http(answer("DescribeDBSnapshots", "<DBSnapshots/>")),
    "error-without-code": http("<ErrorResponse><Error/></ErrorResponse>",
                               "400 Bad Request"),
    "whole-but-half": http(GOOD[:len(GOOD) // 2]),
    "mismatched": http(GOOD.replace("</DBClusters>", "</DBCluster>")),
    "two-roots": http(GOOD + GOOD),
    "bomb": http(BOMB + GOOD.replace(NAME, NAME + "&l9;")),
    "external": http(EXTERNAL + GOOD.replace(NAME, NAME + "&x;")),
    "undefined-entity": http(GOOD.replace(NAME, NAME + "&nothing;")),
    "deep": http("<DescribeDBClustersResponse>" + "<a>" * 100000),
    "deep-inside": http(GOOD.replace(NAME, "<a>" * 5000 + "</a>" * 5000
                                     + NAME)),
    "long-text": http(GOOD.replace(NAME, NAME + "x" * 3000000)),
    "long-name": http(GOOD.replace(NAME, "<" + "x" * 3000000 + "/>" + NAME)),
    "long-attribute": http(GOOD.replace(
        NAME, '<x y="' + "x" * 3000000 + '"/>' + NAME)),
    "many-attributes": http(GOOD.replace(NAME, "<x " + " ".join(
        f'a{i}="1"' for i in range(200000)) + "/>" + NAME)),
    "not-utf8": http(GOOD.encode().replace(b"orders", b"ord\xff\xfers")),
    "surrogate": http(GOOD.encode().replace(b"orders", b"ord\xed\xa0\x80")),
    "nul": http(GOOD.encode().replace(b"orders", b"ord\0ers")),
    "other-encoding": http(b"<?xml version='1.0' encoding='x-nothing'?>"
                           + GOOD.encode()),
    "no-identifier": http(GOOD.replace("<DBClusterIdentifier>orders</DBClusterI"
                                       "dentifier>", "")),
    "odd-identifier": http(GOOD.replace(">orders<", ">../..//\u009b2J<")),
    "same-twice": http(clusters(CLUSTER + CLUSTER)),
    "same-marker": http(clusters(CLUSTER, "<Marker>again</Marker>")),
    "odd-gzip": http(b"\x1f\x8b" + os.urandom(50),
                     more="Content-Encoding: gzip\r\n"),
    "gzip-bomb": http(gzip.compress(b" " * 100000000),
                      more="Content-Encoding: gzip\r\n"),
    "no-http": b"220 mail.example ESMTP ready\r\n",
    "http-2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "bad-length": b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n",
    "bad-chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
}


def endless(connection, piece, head=b""):
    connection.sendall(head)
    while True:
        connection.sendall(piece)


def misbehave(mode, connection):
    if mode in ANSWERS:
        connection.sendall(ANSWERS[mode])
        return True
    if mode == "hang":
        time.sleep(600)
    elif mode == "truncated":
        whole = http(GOOD)
        connection.sendall(whole[:len(whole) - 200])
    elif mode == "reset":
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                              struct.pack("ii", 1, 0))
    elif mode == "endless":
        endless(connection, b"<!-- " + b"x" * 65000 + b" -->",
                b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n\r\n"
                b"<DescribeDBClustersResponse>")
    elif mode == "endless-head":
        endless(connection, b"X-More: " + b"x" * 60000 + b"\r\n",
                b"HTTP/1.1 200 OK\r\n")
    elif mode == "endless-continue":
        endless(connection, b"HTTP/1.1 100 Continue\r\n\r\n" * 100)
    elif mode != "close":
        sys.exit(f"no mode '{mode}'")
    return False


def read_request(reader):
    """The action of the next request, or None at the end."""
    length, line = 0, reader.readline()
    while line and line != b"\r\n":
        if line.lower().startswith(b"content-length:"):
            length = int(line.split(b":")[1])
        line = reader.readline()
    if not line:
        return None
    body = urllib.parse.parse_qs(reader.read(length).decode())
    return body.get("Action", ["?"])[0]


def serve(connection, mode, only, tls):
    try:
        if tls:
            connection = tls.wrap_socket(connection, server_side=True)
        reader = connection.makefile("rb")
        while True:
            action = read_request(reader)
            if action is None:
                break
            if only not in (None, action):
                connection.sendall(http(honest(action)))
            elif mode == "honest":
                connection.sendall(http(honest(action)))
            elif not misbehave(mode, connection):
                break
        reader.close()
    except OSError:
        pass  # the client has had enough
    connection.close()


def main():
    words = sys.argv[1:]
    tls = None
    if "--tls" in words:
        at = words.index("--tls")
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(words[at + 1], words[at + 2])
        del words[at:at + 3]
    mode, port_file = words[:2]
    only = words[2] if len(words) > 2 else None
    listener = socket.create_server(("127.0.0.1", 0))
    with open(port_file + ".new", "w", encoding="ascii") as file:
        file.write(f"{listener.getsockname()[1]}\n")
    os.rename(port_file + ".new", port_file)
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=serve, args=(connection, mode, only, tls),
                         daemon=True).start()


main()
