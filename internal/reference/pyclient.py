"""Makes one call with docker-py: pyclient.py HOST VERIFY CA CERT KEY.

VERIFY is 0 or 1, and - stands for a file that is left out. It prints ok when an answer came.
"""
import sys

import docker
from docker.tls import TLSConfig

host, verify, ca, cert, key = [None if a == "-" else a for a in sys.argv[1:]]
tls = None
if verify is not None:
    tls = TLSConfig(client_cert=(cert, key) if cert else None, ca_cert=ca, verify=verify == "1")
docker.DockerClient(base_url=host, tls=tls, version="auto").version()
print("ok")
