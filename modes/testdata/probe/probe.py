"""Dials as its arguments say, four for each connection: HOST:PORT CA CERT KEY, "-" for no certificate. It sends nothing and prints the error."""
import socket
import ssl
import sys
import traceback

args = sys.argv[1:]
for i in range(0, len(args), 4):
    address, ca, cert, key = args[i:i + 4]
    host, port = address.rsplit(":", 1)
    try:
        context = ssl.create_default_context(cafile=ca)
        if cert != "-":
            context.load_cert_chain(cert, key, password="")
        with context.wrap_socket(socket.create_connection((host, int(port)), timeout=20), server_hostname=host) as s:
            s.read(1)
    except Exception:
        traceback.print_exc(file=sys.stdout)
    print("--")
