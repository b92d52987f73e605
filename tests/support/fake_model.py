#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The agentbox authors
# SPDX-License-Identifier: Apache-2.0
"""A model service for tests, on the host's loopback: it lets a real coding agent run without a key and without a network.

Whatever it is asked, it wants one file written: the first request that offers a usable tool is answered with a call of that
tool; once the tool's result is in the conversation, with a closing sentence (CLOSING). Requests without tools (titles, routing)
get the shortest answer that fits their schema.

    with FakeModel(path="/project/hello.txt", content="hello\n") as model:
        ... ANTHROPIC_BASE_URL=f"http://127.0.0.1:{model.port}" ...
        model.requests          # what was asked: one dict each, also written to log= as JSON lines

Run as a program it serves until it is interrupted: fake_model.py --port 8787 --path /project/hello.txt

The wire formats are those of fake_model_apis.py.
"""

import argparse
import json
import pathlib
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import fake_model_apis

CLOSING = "All done, the file is written."
CREDENTIAL_HEADERS = ("authorization", "x-api-key", "x-goog-api-key")


class FakeModel:
    """Serves in a thread from __enter__ to __exit__."""

    def __init__(self, path, content="hello from the fake model\n", port=0, log=None, authority=None, **how):
        """authority: who has signed its certificate (tests/e2e/authority.py); None: no TLS. how: prefer, escalate (see Answerer)."""
        self.answerer = fake_model_apis.Answerer(path=str(path), content=content, closing=CLOSING, **how)
        self.requests = []
        self.bodies = []  # of the same requests, those that have one
        self._log = pathlib.Path(log) if log else None
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", port), _Handler)
        self._server.daemon_threads = True
        self._server.model = self
        self.authority = authority
        if authority is not None:
            self._server.socket = authority.wrap(self._server.socket)
        self.port = self._server.server_address[1]

    def __enter__(self):
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()

    def note(self, **request):
        with self._lock:
            self.requests.append(request)
            if self._log:
                with self._log.open("a", encoding="utf-8") as log:
                    log.write(json.dumps(request) + "\n")

    def credentials(self):
        """All that clients sent as a credential."""
        return {value for request in self.requests for value in request["credentials"].values()}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "fake-model"

    def log_message(self, *_):
        pass

    def do_HEAD(self):
        self._note()
        self._send(200, "text/plain", b"")

    def do_GET(self):
        self._note()
        if self.headers.get("upgrade"):  # a client that tries a websocket falls back to requests on this
            self._send_json({"error": {"message": "no websocket here"}}, 426)
        elif self.path.endswith("/hello"):
            self._send_json({"message": "hello"})
        else:
            self._send_json({"error": {"type": "not_found_error", "message": "no " + self.path}}, 404)

    def do_POST(self):
        body = self._read_body()
        path = urlsplit(self.path).path
        api = fake_model_apis.api_for(path)
        if api is None:
            self._note()
            self._send_json({"error": {"type": "not_found_error", "message": "no " + path}}, 404)
            return
        self.server.model.bodies.append(body)
        turn = api.read(json.loads(body), path)
        answer = self.server.model.answerer.answer(turn)
        self._note(api=api.name, tools=[tool.name for tool in turn.tools], answered=turn.has_result,
                   called=answer.call.tool.name if answer.call else None)
        try:
            if turn.stream:
                self._send_events(api.events(turn, answer))
            else:
                self._send_json(api.message(turn, answer))
        except ConnectionError:
            pass  # an agent that is told to quit does not wait for the rest

    def _note(self, **more):
        credentials = {name: self.headers[name] for name in CREDENTIAL_HEADERS if self.headers.get(name)}
        self.server.model.note(method=self.command, path=self.path, credentials=credentials, **more)

    def _read_body(self):
        if "chunked" not in self.headers.get("transfer-encoding", "").lower():
            return self.rfile.read(int(self.headers.get("content-length") or 0))
        body = b""
        while size := int(self.rfile.readline().split(b";")[0], 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        while self.rfile.readline().strip():  # trailers
            pass
        return body

    def _send(self, status, content_type, body):
        self.send_response(status)
        self.send_header("content-type", content_type)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _send_json(self, value, status=200):
        self._send(status, "application/json", json.dumps(value).encode())

    def _send_events(self, events):
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        for event in events:
            data = event.encode()
            self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
            self.wfile.flush()  # each on its own, as a real service streams
        self.wfile.write(b"0\r\n\r\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=8787)
    parser.add_argument("--path", required=True, help="the file that the agent is to write")
    parser.add_argument("--content", default="hello from the fake model\n")
    parser.add_argument("--log", help="a file for one JSON line per request")
    options = parser.parse_args()
    with FakeModel(options.path, options.content, options.port, options.log) as model:
        print(f"serving on 127.0.0.1:{model.port}", flush=True)
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            pass


if __name__ == "__main__":
    main()
