"""Fetches errors from the local server, and replays answers."""

import json
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


class Answer(NamedTuple):
    """An answer to `users_update`, and the code that a client must read in it."""

    status: int
    media_type: str
    body: bytes
    code: str | None


def real_errors(url: str) -> list[Answer]:
    """Each error that the local server gives to `users_update`."""
    http = httpx.Client(base_url=url)

    def sign_in(name: str) -> tuple[dict, str]:
        signed_in = http.post("/v1/auth/token", json={"username": name, "password": PASSWORD}).raise_for_status()
        caller = {"authorization": f"Bearer {signed_in.json()['access_token']}"}
        return caller, http.get("/v1/users/me", headers=caller).json()["id"]

    (superuser, own), (user, other) = sign_in("superuser"), sign_in("user")
    change = json.dumps({"is_staff": False}).encode()
    nobody = "00000000-0000-7000-8000-000000000000"
    calls = [
        (400, "not_json", other, superuser, JSON, b"{"),
        (401, "token_invalid", other, {"authorization": "Bearer not.a.token"}, JSON, change),
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

    answers = [problem(call(*request), status, code) for status, code, *request in calls]
    # One more call than the limit admits.
    limited = [call(other, superuser, JSON, b"[]") for _ in range(61)][-1]
    return [*answers, problem(limited, 429, "rate_limited")]


def problem(response: httpx.Response, status: int, code: str) -> Answer:
    """A problem of the local server, which must have this status."""
    media_type = response.headers["content-type"].split(";")[0]
    assert (response.status_code, media_type) == (status, PROBLEM), f"{response} instead of {status} {code}"
    return Answer(status, media_type, response.content, code)


def other_errors() -> list[Answer]:
    """Faults, which tests/support/problems.rs compares with real ones, and the gateway's own errors."""
    faults = json.loads(Path(__file__).with_name("faults.json").read_text())
    problems = [{**fault, "request_id": "JKJaXmPLvHcESHA="} for fault in faults.values()]
    ours = [Answer(one["status"], PROBLEM, json.dumps(one).encode(), one["code"]) for one in problems]
    return ours + [
        Answer(status, JSON, json.dumps({"message": text}).encode(), None) for status, text in MESSAGES.items()
    ]


class Replay:
    """A server that gives these answers, one after the other, whatever the request is."""

    def __init__(self, answers: list[tuple[int, dict, bytes]]) -> None:
        self.left = list(answers)
        self.paths: list[str] = []
        replay = self

        class Handler(BaseHTTPRequestHandler):
            def handle_any(self) -> None:
                self.rfile.read(int(self.headers.get("content-length", 0)))
                replay.paths.append(self.path)
                status, headers, body = replay.left.pop(0)
                self.send_response(status)
                for name, value in {**headers, "content-length": str(len(body))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_POST = do_PATCH = handle_any

            def log_message(self, *_) -> None:
                """Is silent."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def __enter__(self) -> "Replay":
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_) -> None:
        self.server.shutdown()
        self.server.server_close()
