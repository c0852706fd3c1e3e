"""Accounts for the callers, created through the API itself."""

import base64
import hashlib
import hmac
import itertools
import json
import re
import time
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import addresses
import requests
from passkeys import Passkey

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


@dataclass
class Authenticator:
    """An authenticator app with the secret of a factor."""

    id: str
    secret: str

    def code(self, steps: int = 0) -> str:
        """The code that the app shows in `steps` steps of 30 seconds (RFC 6238)."""
        step = int(time.time()) // 30 + steps
        digest = hmac.digest(base64.b32decode(self.secret), step.to_bytes(8), hashlib.sha1)
        start = digest[-1] & 15
        number = int.from_bytes(digest[start : start + 4]) & 0x7FFFFFFF
        return f"{number % 1_000_000:06}"


class Accounts:
    """Creates accounts, sessions, factors, and mailed tokens and codes."""

    def __init__(self, url: str, files: Path, network: str) -> None:
        self.url = url
        self.files = files
        self.names = (f"fuzz-{number}" for number in itertools.count(1))
        # Fewer calls from each address than the smallest limit by address admits.
        self.calls = addresses.session(network, 8)
        self.ids: set[str] = set()
        self.admin = self.signed_in("superuser", "superuser@example.com")
        self.admin_uses = 0
        self.codes: set[str] = set()
        # The accounts whose email is verified.
        self.reachable: set[str] = set()
        # The accounts with an authenticator.
        self.owners: set[str] = set()

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

    def verified(self, role: str = "user") -> Account:
        """A new account with this role whose email is verified, signed in."""
        account = self.sign_up(role)
        token = self.mailed(account.email, "verify-email")
        self.call("POST", "/v1/auth/verify-email", token=token, password=PASSWORD)
        self.reachable.add(account.id)
        return account

    def authenticator(self, account: Account) -> Authenticator:
        """A factor of the account that waits to be confirmed."""
        offer = self.call("POST", "/v1/users/me/factors", account.token)
        return Authenticator(offer["id"], offer["secret"])

    def enrolled(self, role: str = "user") -> tuple[Account, list[str]]:
        """A new account with this role and an authenticator, signed in with it. And its recovery codes, but for one."""
        account = self.verified(role)
        app = self.authenticator(account)
        path = f"/v1/users/me/factors/{app.id}/confirm"
        codes = {"code": app.code(), "mailed_code": self.mailed_code(account.email)}
        recovery_codes = self.call("POST", path, account.token, **codes)["recovery_codes"]
        second = {"challenge": self.challenge(account), "recovery_code": recovery_codes.pop()}
        tokens = self.call("POST", "/v1/auth/token/second-factor", **second)
        signed_in = Account(account.id, account.username, account.email, tokens["access_token"], tokens["refresh_token"])
        self.owners.add(account.id)
        return signed_in, recovery_codes

    def challenge(self, account: Account) -> str:
        """The challenge of a sign-in with the right password."""
        body = {"username": account.username, "password": PASSWORD}
        response = self.calls.post(f"{self.url}/v1/auth/token", json=body, timeout=30)
        if response.status_code != 401 or "challenge" not in response.json():
            raise RuntimeError(f"a sign-in without a second factor: {response.status_code} {response.text}")
        return response.json()["challenge"]

    def passkey(self, account: Account) -> tuple[Passkey, dict]:
        """A passkey of an account with an authenticator, and the response that adds it."""
        options = self.call("POST", "/v1/users/me/passkeys/options", account.token)["public_key"]
        # Passkeys are for the name of this machine.
        origin = self.url.replace("127.0.0.1", "localhost")
        passkey = Passkey(origin, options["user"]["id"], options["rp"]["id"])
        return passkey, passkey.register(options)

    def with_passkey(self) -> Passkey:
        """The passkey of a new account."""
        account = self.enrolled()[0]
        passkey, credential = self.passkey(account)
        self.call("POST", "/v1/users/me/passkeys", account.token, credential=credential)
        return passkey

    def passkey_response(self, passkey: Passkey) -> dict:
        """The response of a passkey to a new challenge."""
        return passkey.sign(self.call("POST", "/v1/auth/passkey/options")["public_key"])

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
        return self.found(email, rf"/{page}#token=(\S+)")

    def mailed_code(self, email: str) -> str:
        """The code of the newest mail to `email` with a code that was not used yet."""
        code = self.found(email, r"\b([A-Z2-7]{4}-[A-Z2-7]{4})\b")
        self.codes.add(code)
        return code

    def found(self, email: str, pattern: str) -> str:
        """The first group of the pattern in the newest mail to `email` that has it."""
        for _ in range(400):
            for mail in sorted(self.files.glob("*/outbox/*.eml"), key=lambda path: path.stat().st_mtime, reverse=True):
                text = mail.read_text()
                found = re.search(pattern, text)
                if f"To: <{email}>" in text and found and found[1] not in self.codes:
                    return found[1]
            time.sleep(0.1)
        raise RuntimeError(f"no mail to {email} with {pattern}")
