"""The client of docs/clients.md writes to the local server: not recent, once only, only if unchanged. Arguments: its
URL, and the file with its signing seed."""

import sys
import uuid

import httpx
from client import Patient, Problem, Session, create, read, update
from client_replay_test import raises
from server import PASSWORD, aged, run

AGAIN = "/v1/auth/reauthenticate"


class Lossy(httpx.HTTPTransport):
    """Loses the responses to some writes, after the server has made them."""

    lost = 0

    def handle_request(self, request):
        response = super().handle_request(request)
        if self.lost and request.method != "GET":
            self.lost -= 1
            response.close()
            raise httpx.ReadError("lost")
        return response


class Noted(Patient, Lossy):
    """Notes the calls, and does not wait."""

    def __init__(self) -> None:
        super().__init__()
        self.wait = lambda _: None
        self.seen: list[tuple[str, int]] = []

    def handle_request(self, request):
        response = super().handle_request(request)
        self.seen.append((request.url.path, response.status_code))
        return response


def connect(url: str, name: str, ask=None) -> tuple[httpx.Client, Session, Noted]:
    transport = Noted()
    session = Session(url, name, PASSWORD, ask, transport)
    return httpx.Client(base_url=url, auth=session, transport=transport), session, transport


def creates(url: str) -> list[tuple[str, dict]]:
    """The path of each call that creates something for its caller, and an example of its body."""
    paths = httpx.get(f"{url}/openapi.json").json()["paths"]
    posts = {path: methods["post"] for path, methods in paths.items() if "post" in methods}
    found = []
    for path, post in posts.items():
        if "201" in post["responses"] and "Idempotency-Key" in str(post.get("parameters")):
            properties = post["requestBody"]["content"]["application/json"]["schema"]["properties"]
            found.append((path, {name: one["examples"][0] for name, one in properties.items()}))
    return found


def other(thing: dict) -> dict:
    """The same thing with another text."""
    name = next(name for name, value in thing.items() if isinstance(value, str) and value.isalpha())
    return {**thing, name: thing[name] + "s"}


def an_old_sign_in_is_asked_for_the_password(url: str, seed: str) -> None:
    passwords = ["not-the-password", PASSWORD]
    http, session, transport = connect(url, "user", lambda: passwords.pop(0))
    session.tokens["access_token"] = aged(session.tokens["access_token"], seed)
    path = f"/v1/auth/sessions/{uuid.UUID(int=0)}"
    with raises(Problem) as raised:
        http.delete(path)
    assert (raised[0].status, raised[0].fields) == (422, {"password": "is wrong"}), raised[0]
    for _ in range(2):
        assert http.delete(path).status_code == 204
    seen = [(path, 401), (AGAIN, 422), (path, 401), (AGAIN, 200), (path, 204), (path, 204)]
    assert transport.seen[1:] == seen, transport.seen
    assert passwords == []


def a_repeated_create_makes_one_thing(url: str, _: str) -> None:
    http, _, transport = connect(url, "superuser")
    for path, thing in creates(url):
        transport.lost, key = 1, str(uuid.uuid4())
        made = create(http, path, thing, key)
        assert transport.lost == 0 and create(http, path, thing, key) == made
        assert create(http, path, thing)["id"] != made["id"]
        with raises(Problem) as raised:
            create(http, path, other(thing), key)
        assert (raised[0].status, raised[0].code) == (422, "idempotency_key_reused"), raised[0]


def a_change_of_what_has_changed_is_refused(url: str, _: str) -> None:
    http, _, transport = connect(url, "superuser")
    for path, thing in creates(url):
        one = f"{path}/{create(http, path, thing)['id']}"
        _, seen = read(http, one)
        changed, revision = update(http, one, other(thing), seen)
        assert revision != seen and read(http, one) == (changed, revision)
        with raises(Problem) as raised:
            update(http, one, thing, if_match=seen)
        assert (raised[0].status, raised[0].code) == (412, "precondition_failed"), raised[0]
        assert read(http, one) == (changed, revision)


if __name__ == "__main__":
    tests = [
        an_old_sign_in_is_asked_for_the_password,
        a_repeated_create_makes_one_thing,
        a_change_of_what_has_changed_is_refused,
    ]
    sys.exit(run(tests, *sys.argv[1:]))
