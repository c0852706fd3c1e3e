"""Fetches errors from the local server, and replays responses."""

import json
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import NamedTuple

import httpx

PASSWORD = "correct-horse-battery-staple"
JSON = "application/json"
PROBLEM = "application/problem+json"
# API Gateway's own errors.
MESSAGES = {
    404: "Not Found",
    413: "Request Entity Too Large",
    429: "Too Many Requests",
    500: "Internal Server Error",
    503: "Service Unavailable",
    504: "Gateway Timeout",
}


class Response(NamedTuple):
    """A response to `users_update`, and the code that a client must read in it."""

    status: int
    media_type: str
    body: bytes
    code: str | None


def aged(token: str, seed_file: str) -> str:
    """The same token, of a sign-in ten minutes earlier."""
    script = Path(__file__).parents[1] / "browser/aged.mjs"
    return subprocess.check_output(["node", script, token, seed_file], text=True).strip()


def real_errors(url: str, seed_file: str) -> list[Response]:
    """Each error that the local server gives to `users_update`. The file has its signing seed."""
    http = httpx.Client(base_url=url)

    def sign_in(name: str) -> tuple[dict, str]:
        signed_in = http.post("/v1/auth/token", json={"username": name, "password": PASSWORD}).raise_for_status()
        caller = {"authorization": f"Bearer {signed_in.json()['access_token']}"}
        return caller, http.get("/v1/users/me", headers=caller).json()["id"]

    (superuser, own), (user, other) = sign_in("superuser"), sign_in("user")
    old = {"authorization": "Bearer " + aged(superuser["authorization"].removeprefix("Bearer "), seed_file)}
    change = json.dumps({"is_staff": False}).encode()
    nobody = "00000000-0000-7000-8000-000000000000"
    calls = [
        (400, "not_json", other, superuser, JSON, b"{"),
        (401, "token_invalid", other, {"authorization": "Bearer not.a.token"}, JSON, change),
        (401, "reauthentication_required", other, old, JSON, change),
        (403, "token_missing", other, {}, JSON, change),
        (403, "superuser_required", other, user, JSON, change),
        (404, "not_found", nobody, superuser, JSON, change),
        (409, "own_account", own, superuser, JSON, change),
        (413, "body_too_large", other, superuser, JSON, b" " * 70_000 + change),
        (415, "media_type_unsupported", other, superuser, "text/plain", change),
        (422, "validation_failed", other, superuser, JSON, b'{"is_staff": 1}'),
    ]

    def call(account: str, caller: dict, media_type: str, body: bytes) -> httpx.Response:
        return http.patch(f"/v1/users/{account}", content=body, headers={**caller, "content-type": media_type})

    responses = [problem(call(*request), status, code) for status, code, *request in calls]
    # One more call than the limit admits.
    limited = [call(other, superuser, JSON, b"[]") for _ in range(61)][-1]
    return [*responses, problem(limited, 429, "rate_limited")]


def problem(response: httpx.Response, status: int, code: str) -> Response:
    """A problem of the local server, which must have this status."""
    media_type = response.headers["content-type"].split(";")[0]
    assert (response.status_code, media_type) == (status, PROBLEM), f"{response} instead of {status} {code}"
    return Response(status, media_type, response.content, code)


def other_errors() -> list[Response]:
    """Faults, which tests/support/problems.rs compares with real ones, and the gateway's own errors."""
    faults = json.loads(Path(__file__).with_name("faults.json").read_text())
    problems = [{**fault, "request_id": "JKJaXmPLvHcESHA="} for fault in faults.values()]
    ours = [Response(one["status"], PROBLEM, json.dumps(one).encode(), one["code"]) for one in problems]
    return ours + [
        Response(status, JSON, json.dumps({"message": text}).encode(), None) for status, text in MESSAGES.items()
    ]


class Request(NamedTuple):
    """A request that `Replay` has received."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


class Replay:
    """A server that gives these responses in turn, whatever the request is. `None` closes the connection."""

    def __init__(self, responses: list[tuple[int, dict, bytes] | None]) -> None:
        self.left = list(responses)
        self.requests: list[Request] = []
        replay = self

        class Handler(BaseHTTPRequestHandler):
            def handle_any(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                headers = {name.lower(): value for name, value in self.headers.items()}
                replay.requests.append(Request(self.command, self.path, headers, body))
                response = replay.left.pop(0)
                if not response:
                    self.close_connection = True
                    return
                status, headers, body = response
                self.send_response(status)
                for name, value in {**headers, "content-length": str(len(body))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(b"" if self.command == "HEAD" else body)

            do_GET = do_HEAD = do_POST = do_PATCH = handle_any

            def log_message(self, *_) -> None:
                """Is silent."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    @property
    def paths(self) -> list[str]:
        return [request.path for request in self.requests]

    def __enter__(self) -> "Replay":
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_) -> None:
        self.server.shutdown()
        self.server.server_close()


def run(tests: list, *arguments: str) -> int:
    """The exit status of these tests."""
    failed = 0
    for test in tests:
        try:
            test(*arguments)
            print(f"ok   client.py: {test.__name__}")
        except Exception as error:
            print(f"FAIL client.py: {test.__name__}: {type(error).__name__}: {error}")
            failed += 1
    return 1 if failed else 0
