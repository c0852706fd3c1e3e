"""The client of docs/clients.md against responses to writes: not recent, once only, only if unchanged."""

import json
import sys
import threading
import time

import httpx
from client import Problem, Session, create, read, update
from client_replay_test import AWAY, DONE, ENDED, JSON_TYPE, SignedIn, Waits, raises, tokens
from server import PROBLEM, Replay, run

CREATED = (201, JSON_TYPE, b'{"id":"1"}')
TOKEN, REFRESH, AGAIN, THINGS = "/v1/auth/token", "/v1/auth/token/refresh", "/v1/auth/reauthenticate", "/v1/things"


def problem(status: int, code: str, **members):
    return status, {"content-type": PROBLEM}, json.dumps({"code": code, **members}).encode()


REQUIRED = problem(401, "reauthentication_required")
BUSY = (409, {"retry-after": "1", "content-type": PROBLEM}, b'{"code":"request_in_progress"}')


def proof(number: int):
    """The response to the password: no refresh token."""
    return 200, JSON_TYPE, json.dumps({"access_token": f"access{number}", "expires_in": 600}).encode()


def the_password_is_asked_for_and_the_call_repeated() -> None:
    with Replay([tokens(1), REQUIRED, proof(2), CREATED, tokens(3), DONE]) as server:
        client = SignedIn(server)
        client.passwords = ["secret"]
        assert client.http.post(THINGS, json={"name": "one"}).json() == {"id": "1"}
        assert server.paths == [TOKEN, THINGS, AGAIN, THINGS]
        sent = [request.headers.get("authorization") for request in server.requests]
        assert sent == [None, "Bearer access1", "Bearer access1", "Bearer access2"], sent
        assert json.loads(server.requests[2].body) == {"password": "secret"}
        assert server.requests[1].body == server.requests[3].body == b'{"name":"one"}'
        # The session keeps its refresh token.
        client.now = 599
        client.http.get(THINGS)
        assert json.loads(server.requests[4].body) == {"refresh_token": "refresh1"}


def a_call_is_asked_for_once_at_most() -> None:
    with Replay([tokens(1), REQUIRED, proof(2), REQUIRED, REQUIRED]) as server:
        client = SignedIn(server)
        client.passwords = ["secret", None]
        for requests in [4, 5]:
            assert Problem(client.http.get(THINGS)).code == "reauthentication_required"
            assert len(server.requests) == requests and REFRESH not in server.paths, server.paths
        assert client.passwords == []
    with Replay([tokens(1), REQUIRED]) as server:
        session = Session(server.url, "user", "secret")
        assert httpx.Client(base_url=server.url, auth=session).get(THINGS).status_code == 401


def a_refused_password_is_a_problem() -> None:
    wrong = problem(422, "validation_failed", errors=[{"field": "password", "message": "is wrong"}])
    for refusal in [wrong, ENDED, REQUIRED]:
        with Replay([tokens(1), REQUIRED, refusal, DONE]) as server:
            client = SignedIn(server)
            client.passwords = ["not-it"]
            with raises(Problem) as raised:
                client.http.get(THINGS)
            assert raised[0].code == json.loads(refusal[2])["code"]
            assert raised[0].fields == ({"password": "is wrong"} if refusal == wrong else {})
            assert server.paths == [TOKEN, THINGS, AGAIN]
            assert client.http.get(THINGS).json() == []


def an_expired_token_is_refreshed_before_the_question() -> None:
    expired = problem(401, "token_expired")
    with Replay([tokens(1), expired, tokens(2), REQUIRED, proof(3), DONE]) as server:
        client = SignedIn(server)
        client.passwords = ["secret"]
        assert client.http.get(THINGS).json() == []
        assert server.paths == [TOKEN, THINGS, REFRESH, THINGS, AGAIN, THINGS]


def calls_at_the_same_time_ask_once() -> None:
    with Replay([tokens(1), *[REQUIRED] * 4, proof(2), *[DONE] * 4]) as server:
        client = SignedIn(server)
        client.passwords = ["secret"]
        pop = client.ask

        def ask_when_all_are_refused() -> str | None:
            until = time.monotonic() + 10
            while len(server.requests) < 5 and time.monotonic() < until:
                pass
            return pop()

        client.http.auth.ask = ask_when_all_are_refused
        callers = [threading.Thread(target=client.http.get, args=(THINGS,)) for _ in range(4)]
        for caller in callers:
            caller.start()
        for caller in callers:
            caller.join()
        assert server.paths == [TOKEN, *[THINGS] * 4, AGAIN, *[THINGS] * 4], server.paths


def a_create_has_one_key_in_all_its_tries() -> None:
    replayed = (201, {"idempotency-replayed": "true", **JSON_TYPE}, CREATED[2])
    for tries, waits in [([AWAY, BUSY, CREATED], [7, 1]), ([None, replayed], [1])]:
        transport = Waits()
        with Replay([*tries, CREATED, CREATED]) as server:
            http = httpx.Client(base_url=server.url, transport=transport)
            assert create(http, THINGS, {"name": "one"}) == {"id": "1"}
            create(http, THINGS, {"name": "one"})
            create(http, THINGS, {"name": "one"}, key="mine")
            keys = [request.headers["idempotency-key"] for request in server.requests]
        assert transport.waited == waits
        assert len(set(keys[: len(tries)])) == 1 and len(set(keys)) == 3 and len(keys[0]) > 20, keys
        assert keys[-1] == "mine"


def refusals_of_a_create_are_problems() -> None:
    reused, done = problem(422, "idempotency_key_reused"), problem(409, "already_done")
    for responses in [[reused], [done], [BUSY] * 3]:
        with Replay(responses) as server:
            http = httpx.Client(base_url=server.url, transport=Waits())
            with raises(Problem) as raised:
                create(http, THINGS, {"name": "one"})
            assert raised[0].code == json.loads(responses[0][2])["code"]
            assert server.left == []


def a_change_needs_the_revision_that_was_read() -> None:
    def thing(revision: int):
        return 200, {"etag": f'"1.{revision}"', **JSON_TYPE}, b'{"name":"one"}'

    with Replay([thing(1), thing(2), problem(412, "precondition_failed")]) as server:
        http = httpx.Client(base_url=server.url, transport=Waits())
        assert read(http, "/v1/things/1") == ({"name": "one"}, '"1.1"')
        assert update(http, "/v1/things/1", {"name": "one"}, '"1.1"')[1] == '"1.2"'
        with raises(Problem) as raised:
            update(http, "/v1/things/1", {"name": "two"}, if_match='"1.1"')
        assert raised[0].code == "precondition_failed"
        assert [request.headers.get("if-match") for request in server.requests] == [None, '"1.1"', '"1.1"']


if __name__ == "__main__":
    tests = [
        the_password_is_asked_for_and_the_call_repeated,
        a_call_is_asked_for_once_at_most,
        a_refused_password_is_a_problem,
        an_expired_token_is_refreshed_before_the_question,
        calls_at_the_same_time_ask_once,
        a_create_has_one_key_in_all_its_tries,
        refusals_of_a_create_are_problems,
        a_change_needs_the_revision_that_was_read,
    ]
    sys.exit(run(tests))
