"""The client of docs/clients.md against responses that the local server can't give."""

import json
import sys
from contextlib import contextmanager

import httpx
from client import Patient, Problem, Session, pages
from server import JSON, PROBLEM, Replay, run

JSON_TYPE = {"content-type": JSON}
DONE = (200, JSON_TYPE, b"[]")
AWAY = (503, {"retry-after": "7", **JSON_TYPE}, b'{"message":"Service Unavailable"}')
ENDED = (401, {"content-type": PROBLEM}, b'{"code":"token_invalid"}')


def tokens(number: int):
    body = {"access_token": f"access{number}", "refresh_token": f"refresh{number}", "expires_in": 600}
    return 200, JSON_TYPE, json.dumps(body).encode()


class Waits(Patient):
    """Notes how long the client would wait."""

    def __init__(self) -> None:
        super().__init__()
        self.waited: list[int] = []
        self.wait = self.waited.append


@contextmanager
def raises(kind: type[Exception]):
    """Gives a list, which then has the exception that was raised."""
    raised = []
    try:
        yield raised
    except kind as error:
        raised.append(error)
    assert raised, f"no {kind.__name__} was raised"


class SignedIn:
    """A client that is signed in at a server with these responses. `now` is its time."""

    def __init__(self, server: Replay, path: str = "") -> None:
        self.now, self.transport = 0.0, Waits()
        self.passwords: list[str | None] = []
        session = Session(server.url + path, "user", "secret", self.ask, self.transport, lambda: self.now)
        self.http = httpx.Client(base_url=server.url + path, auth=session, transport=self.transport)

    def ask(self) -> str | None:
        return self.passwords.pop(0)


def the_token_is_sent_to_the_origin_of_the_api_only() -> None:
    with Replay([DONE, DONE]) as other:
        link = (200, {"link": f'<{other.url}/v1/users?cursor=2>; rel="next"', **JSON_TYPE}, b"[]")
        with Replay([tokens(1), link]) as server:
            http = SignedIn(server).http
            with raises(ValueError):
                list(pages(http, "/v1/users"))
            with raises(ValueError):
                http.get(f"{other.url}/v1/users")
            assert server.requests[1].headers["authorization"] == "Bearer access1"
        assert other.requests == []


def redirects_are_not_followed() -> None:
    with Replay([DONE, DONE]) as other:
        moved = (307, {"location": f"{other.url}/v1/auth/token"}, b"")
        with Replay([moved, tokens(1), moved]) as server:
            with raises(Problem) as raised:
                SignedIn(server)
            assert raised[0].status == 307
            with raises(Problem) as raised:
                list(pages(SignedIn(server).http, "/v1/users"))
            assert raised[0].status == 307
        assert other.requests == []


def a_wait_is_whole_seconds_or_one_second() -> None:
    date = "Wed, 21 Oct 2026 07:28:00 GMT"
    for value, waits in [("2", [2]), *[(odd, [1]) for odd in [date, "1.5", "", "-1", "0", "soon", "1, 2", "9" * 5000]]]:
        transport, header = Waits(), {"retry-after": value}
        with Replay([(429, header, b""), (200, header, b"")]) as server:
            assert httpx.Client(transport=transport).get(server.url).status_code == 200
        assert transport.waited == waits, (value, transport.waited)


def only_an_object_is_a_problem() -> None:
    bodies = [b"", b"[]", b"null", b'"text"', b"{", b"\xff", b"<html></html>", b"{}"]
    for body in bodies:
        for media_type in [PROBLEM, "text/html"]:
            with Replay([tokens(1), (401, {"content-type": media_type}, body)]) as server:
                problem = Problem(SignedIn(server).http.get("/v1/users/me"))
            assert (problem.status, problem.code, problem.fields) == (401, None, {}), body
    with Replay([tokens(1), (403, {"content-type": PROBLEM}, b'{"code":"staff_required"}')]) as server:
        problem = Problem(SignedIn(server).http.head("/v1/users"))
    assert (problem.status, problem.code) == (403, None)


def sign_in_and_refresh_are_repeated_behind_a_stage() -> None:
    with Replay([AWAY, tokens(1), AWAY, tokens(2), DONE]) as server:
        client = SignedIn(server, "/prod")
        client.now = 599
        assert client.http.get("/v1/users").json() == []
        assert client.transport.waited == [7, 7]
        assert server.paths[2:] == ["/prod/v1/auth/token/refresh", "/prod/v1/auth/token/refresh", "/prod/v1/users"]
        assert server.requests[4].headers["authorization"] == "Bearer access2"


def a_lost_response_is_repeated_if_that_is_safe() -> None:
    late = (504, JSON_TYPE, b'{"message":"Gateway Timeout"}')
    for lost in [None, late]:
        transport = Waits()
        with Replay([lost, lost, DONE, lost]) as server:
            http = httpx.Client(transport=transport, base_url=server.url)
            assert http.get("/v1/users").status_code == 200
            assert transport.waited == [1, 1]
            if lost:
                assert http.post("/v1/users").status_code == 504
            else:
                with raises(httpx.TransportError):
                    http.post("/v1/users")
            assert len(server.requests) == 4
    with Replay([None, None, None]) as server, raises(httpx.TransportError):
        httpx.Client(transport=Waits()).get(server.url)
    with Replay([(500, JSON_TYPE, b"{}")]) as server:
        assert httpx.Client(transport=Waits()).get(server.url).status_code == 500


def a_refused_refresh_token_is_not_sent_again() -> None:
    for now in [599, 1000]:
        with Replay([tokens(1), ENDED, DONE]) as server:
            client = SignedIn(server)
            client.now = now
            for _ in range(3):
                with raises(Problem) as raised:
                    client.http.get("/v1/users/me")
                assert (raised[0].status, raised[0].code) == (401, "token_invalid")
            assert server.paths == ["/v1/auth/token", "/v1/auth/token/refresh"]


def a_token_is_used_while_it_lives() -> None:
    expired = (401, {"content-type": PROBLEM}, b'{"code":"token_expired"}')
    for failure, error in [(AWAY, Problem), (None, httpx.TransportError)]:
        # The early refresh fails, then the refresh of an expired token does. The next one succeeds.
        with Replay([tokens(1), *[failure] * 3, DONE, DONE, *[failure] * 3, tokens(2), DONE]) as server:
            client = SignedIn(server)
            client.now = 599
            for _ in range(2):
                assert client.http.get("/v1/users").json() == []
            client.now = 600
            with raises(error):
                client.http.get("/v1/users")
            assert client.http.get("/v1/users").json() == []
            assert server.requests[-1].headers["authorization"] == "Bearer access2"
        # The server says that the token lives no more.
        with Replay([tokens(1), expired, *[failure] * 3, DONE]) as server, raises(error):
            SignedIn(server).http.get("/v1/users")


if __name__ == "__main__":
    tests = [
        the_token_is_sent_to_the_origin_of_the_api_only,
        redirects_are_not_followed,
        a_wait_is_whole_seconds_or_one_second,
        only_an_object_is_a_problem,
        sign_in_and_refresh_are_repeated_behind_a_stage,
        a_lost_response_is_repeated_if_that_is_safe,
        a_refused_refresh_token_is_not_sent_again,
        a_token_is_used_while_it_lives,
    ]
    sys.exit(run(tests))
