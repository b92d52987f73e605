# SPDX-FileCopyrightText: 2026 The agentbox authors
# SPDX-License-Identifier: Apache-2.0
"""A certificate authority of a test's own, which nobody else knows, and a server's certificate by it."""

import pathlib
import ssl
import subprocess
import tempfile


class Authority:
    """For localhost and 127.0.0.1. certificate: what SSL_CERT_FILE is to name."""

    def __init__(self):
        self._directory = tempfile.TemporaryDirectory(prefix="authority-")
        self._place = pathlib.Path(self._directory.name)
        self.certificate = self._place / "ca.pem"
        new_key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
        self._openssl("req", "-x509", *new_key, "-keyout", "ca.key", "-out", "ca.pem", "-days", "2", "-subj", "/CN=of a test")
        self._openssl("req", *new_key, "-keyout", "key.pem", "-out", "request.pem", "-subj", "/CN=localhost")
        (self._place / "names").write_text("subjectAltName=DNS:localhost,IP:127.0.0.1\n", encoding="utf-8")
        self._openssl("x509", "-req", "-in", "request.pem", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2",
                      "-extfile", "names", "-out", "server.pem")

    def _openssl(self, *arguments):
        subprocess.run(["openssl", *arguments], cwd=self._place, check=True, capture_output=True)

    def wrap(self, listener):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self._place / "server.pem", self._place / "key.pem")
        return context.wrap_socket(listener, server_side=True)

    def close(self):
        self._directory.cleanup()
