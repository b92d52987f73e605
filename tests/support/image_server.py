#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The agentbox authors
# SPDX-License-Identifier: Apache-2.0
"""A web server that misbehaves on request. Prints its port, then serves until it is killed.

    image_server.py [CERTIFICATE KEY]      with both: TLS

/image            a body            /redirect/N     N redirects, then /image
/to-file          a redirect to a file of this host
/huge             announces 9 GiB   /endless        never ends, announces nothing
/cut              ends before the announced length
/stall            sends a part and then nothing more
"""

import http.server
import ssl
import sys
import threading

BODY = b"an image\n" * 1000


class Handler(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_):  # pylint: disable=arguments-differ
        pass

    def start(self, length=None, status=200, **headers):
        self.send_response(status)
        if length is not None:
            self.send_header("Content-Length", str(length))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def do_GET(self):  # pylint: disable=invalid-name
        path = self.path
        if path == "/image":
            self.start(len(BODY))
            self.wfile.write(BODY)
        elif path.startswith("/redirect/"):
            left = int(path.rpartition("/")[2])
            self.start(0, 302, Location=f"/redirect/{left - 1}" if left > 1 else "/image")
        elif path == "/to-file":
            self.start(0, 302, Location="file:///etc/passwd")
        elif path == "/huge":
            self.start(9 << 30)
        elif path == "/endless":
            self.start()
            while True:
                self.wfile.write(b"x" * 65536)
        elif path == "/cut":
            self.start(2 * len(BODY))
            self.wfile.write(BODY)
        elif path == "/stall":
            self.start(2 * len(BODY))
            self.wfile.write(BODY)
            threading.Event().wait()
        else:
            self.send_error(404)

    def handle(self):
        try:
            super().handle()
        except ConnectionError:
            pass  # the client has had enough


def main(arguments):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if arguments:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*arguments)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        server.handle_error = lambda *_: None
    print(server.server_port, flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main(sys.argv[1:])
