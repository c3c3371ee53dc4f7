#!/usr/bin/env python3
"""tls_relay.py CERTIFICATE KEY PORT PORT-FILE: TLS in front of a plain port.

Takes TLS connections on a port of its own choice, which it writes to
PORT-FILE, and passes their bytes on to 127.0.0.1:PORT.
"""
import os
import socket
import ssl
import sys
import threading


def pump(source, sink):
    try:
        while data := source.recv(65536):
            sink.sendall(data)
    except OSError:
        pass
    for end in (source, sink):
        try:
            end.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


def serve(raw, context, port):
    try:
        client = context.wrap_socket(raw, server_side=True)
        server = socket.create_connection(("127.0.0.1", port))
    except OSError:
        return  # the client did not trust us: that is what is tested
    threading.Thread(target=pump, args=(client, server), daemon=True).start()
    pump(server, client)


def main():
    certificate, key, port, port_file = sys.argv[1:]
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    listener = socket.create_server(("127.0.0.1", 0))
    with open(port_file + ".new", "w", encoding="ascii") as out:
        out.write(f"{listener.getsockname()[1]}\n")
    os.rename(port_file + ".new", port_file)
    while True:
        raw, _ = listener.accept()
        threading.Thread(target=serve, args=(raw, context, int(port)),
                         daemon=True).start()


if __name__ == "__main__":
    main()
