"""Accounts for the callers, created through the API itself."""

import base64
import itertools
import json
import re
import time
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import addresses
import requests

PASSWORD = "correct-horse-battery-staple"
# Fewer calls than any limit by user admits at once.
USES = 50
# Seconds after a sign-in in which its token surely counts as recent.
RECENT = 240


@dataclass
class Account:
    """A signed-in account."""

    id: str
    username: str
    email: str
    token: str
    refresh_token: str
    since: float = field(default_factory=time.monotonic)

    def is_recent(self) -> bool:
        """Whether the account may still call what requires a recent authentication."""
        return time.monotonic() - self.since < RECENT

    @property
    def session(self) -> str:
        """The id of the session, from the token's claims."""
        claims = self.token.split(".")[1]
        return json.loads(base64.urlsafe_b64decode(claims + "=="))["sid"]


class Accounts:
    """Creates accounts, sessions and mailed tokens."""

    def __init__(self, url: str, files: Path, network: str) -> None:
        self.url = url
        self.files = files
        self.names = (f"fuzz-{number}" for number in itertools.count(1))
        # Fewer calls from each address than the smallest limit by address admits.
        self.calls = addresses.session(network, 8)
        self.ids: set[str] = set()
        self.admin = self.signed_in("superuser", "superuser@example.com")
        self.admin_uses = 0

    def call(self, method: str, path: str, bearer: str = "", **body: object):
        """The response's body. A failure ends the run, because the results after it would mean nothing."""
        response = self.send(method, path, bearer, body)
        return response.json() if response.content else None

    def send(self, method: str, path: str, bearer: str, body: dict) -> requests.Response:
        """The response, which must be a success."""
        headers = {"authorization": f"Bearer {bearer}"} if bearer else {}
        response = self.calls.request(method, self.url + path, headers=headers, json=body or None, timeout=30)
        if not response.ok:
            raise RuntimeError(f"{method} {path}: {response.status_code} {response.text}")
        return response

    def next_page(self, path: str, bearer: str, filters: dict) -> str | None:
        """The cursor of a list's second page, if it has one, and the caller is not at the limit."""
        url = f"{self.url}{path}?{urlencode({'limit': 1, **filters})}"
        headers = {"authorization": f"Bearer {bearer}"} if bearer else {}
        response = self.calls.get(url, headers=headers, timeout=30)
        if not response.ok and response.status_code != 429:
            raise RuntimeError(f"GET {url}: {response.status_code} {response.text}")
        link = response.links.get("next")
        return parse_qs(urlsplit(link["url"]).query)["cursor"][0] if link else None

    def signed_in(self, username: str, email: str) -> Account:
        """Signs in, which creates another session of the account."""
        tokens = self.call("POST", "/v1/auth/token", username=username, password=PASSWORD)
        token = tokens["access_token"]
        user = self.call("GET", "/v1/users/me", token)["id"]
        self.ids.add(user)
        return Account(user, username, email, token, tokens["refresh_token"])

    def sign_up(self, role: str = "user") -> Account:
        """A new account with this role, signed in."""
        name = next(self.names)
        email = f"{name}@example.org"
        profile = self.call("POST", "/v1/users", username=name, email=email, password=PASSWORD)
        if role != "user":
            self.give(profile["id"], role)
        return self.signed_in(name, email)

    def give(self, user: str, role: str) -> None:
        """Gives a user a role. A new superuser takes over before the current one reaches the limit."""
        if not self.admin.is_recent():
            self.admin = self.signed_in(self.admin.username, self.admin.email)
        if self.admin_uses == USES:
            self.admin_uses = 0
            self.admin = self.sign_up("superuser")
        self.call("PATCH", f"/v1/users/{user}", self.admin.token, **{f"is_{role}": True})
        self.admin_uses += 1

    def mailed(self, email: str, page: str) -> str:
        """The token of the newest mail to `email` with a link to `page`. The queue holds mails back for 10 s."""
        for _ in range(400):
            for mail in sorted(self.files.glob("*/outbox/*.eml"), key=lambda path: path.stat().st_mtime, reverse=True):
                text = mail.read_text()
                token = re.search(rf"/{page}#token=(\S+)", text)
                if f"To: <{email}>" in text and token:
                    return token[1]
            time.sleep(0.1)
        raise RuntimeError(f"no mail to {email} with a link to {page}")
