"""The client of docs/clients.md against the local server. Argument: its URL. Nothing here waits: tests pass another
clock and another `wait`."""

import subprocess
import sys
import threading
import time
from pathlib import Path

import httpx
from client import Patient, Problem, Session, pages
from server import JSON, PASSWORD, Replay, run

GATEWAY = {"content-type": JSON}


class Waits(Patient):
    """Notes how long the client would wait."""

    def __init__(self) -> None:
        super().__init__()
        self.waited: list[int] = []
        self.wait = self.waited.append
        self.seen: list[tuple[str, int]] = []

    def handle_request(self, request):
        response = super().handle_request(request)
        self.seen.append((request.url.path, response.status_code))
        return response


def connect(url: str, name: str, clock=time.monotonic) -> tuple[httpx.Client, Session, Waits]:
    transport = Waits()
    session = Session(url, name, PASSWORD, transport=transport, clock=clock)
    return httpx.Client(base_url=url, auth=session, transport=transport), session, transport


def refused(response: httpx.Response) -> Problem:
    assert response.is_error, response
    return Problem(response)


def a_wrong_password_is_a_problem(url: str) -> None:
    try:
        Session(url, "user", "wrong")
    except Problem as problem:
        assert (problem.status, problem.code) == (401, "credentials_invalid")
        return
    raise AssertionError("signed in")


def tokens_are_refreshed_in_time_and_once(url: str) -> None:
    now = [0.0]
    http, session, transport = connect(url, "user", lambda: now[0])
    old = dict(session.tokens)
    now[0] = old["expires_in"] / 2 + 1
    callers = [threading.Thread(target=http.get, args=("/v1/users/me",)) for _ in range(4)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    assert transport.seen.count(("/v1/auth/token/refresh", 200)) == 1, transport.seen
    assert transport.seen.count(("/v1/users/me", 200)) == 4, transport.seen
    assert session.tokens["refresh_token"] != old["refresh_token"]


def an_expired_token_is_refreshed_and_the_call_repeated(url: str) -> None:
    # This clock stands, so the client learns from the server that its token has expired.
    http, session, transport = connect(url, "user", lambda: 0.0)
    life, until = session.tokens["expires_in"], time.monotonic() + 20
    assert life <= 2, "start the server with a short ACCESS_TOKEN_SECONDS"
    while transport.seen.count(("/v1/users/me", 401)) == 0 and time.monotonic() < until:
        assert http.get("/v1/users/me").json()["username"] == "user"
    assert transport.seen[-3:] == [("/v1/users/me", 401), ("/v1/auth/token/refresh", 200), ("/v1/users/me", 200)]


def an_ended_session_asks_to_sign_in_again(url: str) -> None:
    now = [0.0]
    http, session, _ = connect(url, "user", lambda: now[0])
    assert http.delete(f"/v1/auth/sessions/{session.tokens['refresh_token'].split('.')[0]}").status_code == 204
    assert refused(http.get("/v1/users/me")).code == "token_invalid"
    now[0] = 1000.0
    try:
        http.get("/v1/users/me")
    except Problem as problem:
        assert (problem.status, problem.code) == (401, "token_invalid")
        return
    raise AssertionError("an ended session was refreshed")


def refusals_name_code_and_fields(url: str) -> None:
    http, _, transport = connect(url, "user")
    assert refused(http.get("/v1/users")).code == "staff_required"
    problem = refused(http.patch("/v1/users/me", json={"first_name": 1, "last_name": 2}))
    assert (problem.status, problem.code) == (422, "validation_failed")
    assert set(problem.fields) == {"first_name", "last_name"}, problem.fields
    for _ in range(5):
        problem = refused(http.patch("/v1/users/me", json={"first_name": 1}))
    assert (problem.status, problem.code) == (429, "rate_limited")
    assert len(transport.waited) == 2 and all(0 < wait <= 60 for wait in transport.waited), transport.waited
    assert refused(http.get("/v1/none")).code is None


def a_503_is_repeated_if_that_is_safe(_: str) -> None:
    away = (503, {"retry-after": "7", **GATEWAY}, b'{"message":"Service Unavailable"}')
    done = (200, GATEWAY, b"[]")
    for method, path, waits, status in [("GET", "/", [7], 200), ("POST", "/v1/users", [], 503)]:
        transport = Waits()
        with Replay([away, done]) as server:
            assert httpx.Client(transport=transport).request(method, server.url + path).status_code == status
        assert transport.waited == waits
    # A wait that is too long is left to the caller.
    transport = Waits()
    with Replay([(429, {"retry-after": "3600"}, b"")]) as server:
        assert httpx.Client(transport=transport).get(server.url).status_code == 429
    assert transport.waited == []


def lists_are_read_to_their_end(url: str) -> None:
    http, _, _ = connect(url, "staff")
    names = [account["username"] for account in pages(http, "/v1/users?limit=1")]
    assert len(names) == len(set(names)) and {"user", "staff", "superuser"} <= set(names), names
    link = {"link": '</list?cursor=2>; rel="next"', **GATEWAY}
    with Replay([(200, link, b'["a"]'), (200, link, b"[]"), (200, GATEWAY, b'["b"]')]) as server:
        assert list(pages(httpx.Client(base_url=server.url), "/list")) == ["a", "b"]
        assert server.paths == ["/list", "/list?cursor=2", "/list?cursor=2"]


def the_usage_works(url: str) -> None:
    usage = Path(__file__).with_name("usage.py")
    command = [sys.executable, usage, url, "staff", PASSWORD]
    names = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    assert {"user", "staff", "superuser"} <= set(names), names


if __name__ == "__main__":
    tests = [
        a_wrong_password_is_a_problem,
        tokens_are_refreshed_in_time_and_once,
        an_expired_token_is_refreshed_and_the_call_repeated,
        an_ended_session_asks_to_sign_in_again,
        refusals_name_code_and_fields,
        a_503_is_repeated_if_that_is_safe,
        lists_are_read_to_their_end,
        the_usage_works,
    ]
    sys.exit(run(tests, sys.argv[1]))
