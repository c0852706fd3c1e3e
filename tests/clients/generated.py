"""Both generated Python clients read every error. Arguments: the URL of the local server, a file for its errors, which
the TypeScript client reads later, and the file with the server's signing seed. PYTHONPATH has both clients."""

import json
import sys
import uuid

import httpx
import openapi_client
from client import Patient, Session
from secure_endpoints_client import AuthenticatedClient
from secure_endpoints_client.api.users import users_me, users_update
from secure_endpoints_client.models import UsersUpdateBody
from server import PASSWORD, Replay, Response, other_errors, real_errors

ACCOUNT = uuid.UUID("01976b2c-8d3e-7a41-9c5f-2e8b7d6a4f10")


def by_openapi_python_client(url: str) -> tuple[str, str | None]:
    """The name of the parsed error, and its code."""
    client = AuthenticatedClient(base_url=url, token="any")
    response = users_update.sync_detailed(ACCOUNT, client=client, body=UsersUpdateBody(is_staff=True))
    parsed = response.parsed
    # An absent code is `UNSET`, which is false.
    return type(parsed).__name__, parsed.code.value if parsed.code else None


def by_openapi_generator(url: str) -> tuple[str, str | None]:
    """The name of the parsed error, and its code."""
    api = openapi_client.UsersApi(openapi_client.ApiClient(openapi_client.Configuration(host=url)))
    try:
        api.users_update(ACCOUNT, openapi_client.UsersUpdateRequest(is_staff=True))
    except openapi_client.ApiException as error:
        return type(error.data).__name__, error.data.code
    raise AssertionError("no error was raised")


def check(responses: list[Response]) -> int:
    """How many responses are not read as they should be."""
    wrong = 0
    for response in responses:
        for read in (by_openapi_python_client, by_openapi_generator):
            with Replay([(response.status, {"content-type": response.media_type}, response.body)]) as server:
                try:
                    seen = read(server.url)
                except Exception as error:
                    seen = f"{type(error).__name__}: {error}"
            if seen == (f"Problem{response.status}", response.code):
                continue
            print(f"FAIL {read.__name__}: {response.status} {response.code}: {seen}")
            wrong += 1
    return wrong


def succeeds(url: str) -> None:
    """Both clients sign in, and read an account."""
    signing_in = openapi_client.TokensIssueRequest(username="user", password=PASSWORD)
    config = openapi_client.Configuration(host=url)
    tokens = openapi_client.AuthApi(openapi_client.ApiClient(config)).tokens_issue(signing_in)
    config.access_token = tokens.access_token
    assert openapi_client.UsersApi(openapi_client.ApiClient(config)).users_me().username == "user"
    me = users_me.sync(client=AuthenticatedClient(base_url=url, token=tokens.access_token))
    assert me.username == "user"


def works_with_the_session(url: str) -> None:
    """As docs/clients.md shows it: `Session` sends the token, instead of the generated client."""
    http = httpx.Client(base_url=url, auth=Session(url, "user", PASSWORD), transport=Patient(), timeout=30)
    client = AuthenticatedClient(base_url=url, token="").set_httpx_client(http)
    assert users_me.sync(client=client).username == "user"


def main(url: str, file: str, seed_file: str) -> int:
    """The exit status."""
    succeeds(url)
    works_with_the_session(url)
    responses = real_errors(url, seed_file) + other_errors()
    with open(file, "w") as text:
        json.dump([[one.status, one.media_type, one.body.decode(), one.code] for one in responses], text)
    wrong = check(responses)
    print(f"generated Python clients: {len(responses)} errors, each read by two clients, {wrong} wrongly")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
