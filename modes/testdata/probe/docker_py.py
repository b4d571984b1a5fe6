"""Asks daemons with docker-py as its arguments say, four for each: DOCKER_HOST CA CERT KEY, "-" for no file. It prints the error."""
import sys
import traceback

import docker

args = sys.argv[1:]
for i in range(0, len(args), 4):
    host, ca, cert, key = [None if a == "-" else a for a in args[i:i + 4]]
    try:
        tls = docker.tls.TLSConfig(ca_cert=ca, client_cert=(cert, key) if cert else None, verify=True) if ca else None
        docker.DockerClient(base_url=host, tls=tls, version="auto").version()
    except Exception:
        traceback.print_exc(file=sys.stdout)
    print("--")
