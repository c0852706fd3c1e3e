"""Puts ids and tokens of existing items into generated calls, because invented ones are almost always refused."""

import itertools
from collections import Counter

import shop
from accounts import PASSWORD, USES, Account, Accounts
from passkeys import Passkey

# Mails take time, so only this many calls of an operation get a mailed token.
MAILS = 6
# Each of these takes two mails, and serves ten calls.
FACTORS = 2


class Reality:
    """Ids of existing items, and fields that only the owner of an account knows."""

    def __init__(self, accounts: Accounts) -> None:
        self.accounts = accounts
        self.numbers = itertools.count(1)
        self.products = shop.Products(self)
        self.victim = accounts.sign_up()
        self.made = Counter()
        self.helpers: dict[str, Account] = {}
        # An account with a factor, and its recovery codes, for sign-ins.
        self.owner: tuple[Account, list[str]] | None = None
        # A passkey, for sign-ins.
        self.passkey: Passkey | None = None

    def helper(self, role: str, what: str) -> Account:
        """An account for the purpose `what`, replaced before it reaches a limit."""
        self.made[what] += 1
        if what not in self.helpers or self.made[what] % USES == 0:
            self.helpers[what] = self.accounts.sign_up(role)
        return self.helpers[what]

    def caller(self, operation: str, role: str) -> Account:
        """A new account, for whom the operation can succeed: with a verified email, or with a factor. As this takes time,
        later accounts have neither, and the operation is refused as the contract says."""
        match operation:
            case "factors_create" | "factors_confirm" if self.mail(f"{operation} of {role}"):
                return self.accounts.verified(role)
            case "recovery_codes_create" | "passkeys_options" | "passkeys_create" if self.mail(f"{operation} of {role}", FACTORS):
                return self.accounts.enrolled(role)[0]
        return self.accounts.sign_up(role)

    def put_factor(self, path: dict, body: dict, caller: Account) -> None:
        """Gives the confirmation a factor of the caller, with its codes."""
        if caller.id not in self.accounts.reachable or self.made["factors_confirm"] == MAILS:
            return
        self.made["factors_confirm"] += 1
        app = self.accounts.authenticator(caller)
        path["factor_id"] = app.id
        body.update({"mailed_code": self.accounts.mailed_code(caller.email), "code": app.code()})

    def put_passkey(self, body: dict, caller: Account) -> None:
        """Gives a new passkey the response to options of the caller. Fewer than an account can have."""
        if caller.id in self.accounts.owners and self.made["passkeys_create responses"] < MAILS:
            self.made["passkeys_create responses"] += 1
            body["credential"] = self.accounts.passkey(caller)[1]

    def passkey_response(self) -> dict:
        """The response of a passkey that was not used yet."""
        if self.passkey is None:
            self.passkey = self.accounts.with_passkey()
        return self.accounts.passkey_response(self.passkey)

    def second_factor(self) -> dict:
        """A challenge, and a recovery code that was not used yet. Nothing once all were used."""
        if self.owner is None:
            self.owner = self.accounts.enrolled()
        account, codes = self.owner
        if not codes:
            return {}
        return {"challenge": self.accounts.challenge(account), "recovery_code": codes.pop()}

    def again(self, account: Account) -> Account:
        """Another session of an account."""
        return self.accounts.signed_in(account.username, account.email)

    def path_parameter(self, name: str, caller: Account | None) -> str | None:
        """The id of an existing item."""
        if name == "product_id":  # shop
            return self.products.one()  # shop
        match name:
            case "user_id":
                own = caller is not None and next(self.numbers) % 7 == 0
                return caller.id if own else self.victim.id
            case "session_id" if caller is not None:
                return self.again(caller).session
        return None

    def put_query(self, operation: str, query: dict) -> None:
        """Gives the list of the audit exactly one of its two parameters."""
        if operation == "audit_list":
            for name in ("subject", "actor"):
                query.pop(name, None)
            number = next(self.numbers)
            query.update({"actor": f"users/{self.accounts.admin.id}"} if number % 2 else {"subject": "users"})

    def put_cursor(self, path: str, query: dict, caller: Account | None) -> None:
        """Replaces a generated cursor by a real one of the list, or removes it if the list has a single page."""
        if query.pop("cursor", None) is not None:
            filters = {name: value for name, value in query.items() if name in ("subject", "actor")}
            cursor = self.accounts.next_page(path, caller.token if caller else "", filters)
            query.update({"cursor": cursor} if cursor else {})

    def members(self, operation: str, body: dict) -> dict:
        """Fields of a body that this operation accepts."""
        # A password that is hard to guess.
        number = next(self.numbers)
        good = f"seven-wandering-otters-{number}"
        match operation:
            case "users_create":
                # Generated names are often taken.
                name = {} if number % 3 else {"username": f"made-up-{number}", "email": f"made-up-{number}@example.org"}
                return {"password": good, **name}
            case "users_me_update" if "current_password" in body:
                return {"current_password": PASSWORD}
            case "users_me_erase":
                return {"password": PASSWORD}
            case "tokens_reauthenticate":
                # Exactly one of several fields.
                body.clear()
                return {"password": PASSWORD}
            case "tokens_second_factor":
                second = self.second_factor()
                if second:
                    body.clear()
                return second
            case "tokens_passkey":
                return {"credential": self.passkey_response()}
            case "password_change":
                return {"current_password": PASSWORD, "new_password": good}
            case "tokens_issue":
                # The account is replaced before it reaches the limit by account and address.
                return {"username": self.helper("user", operation).username, "password": PASSWORD}
            case "tokens_refresh" | "tokens_revoke":
                return {"refresh_token": self.again(self.helper("user", operation)).refresh_token}
            case "email_verify" if self.mail(operation):
                return {
                    "token": self.accounts.mailed(self.accounts.sign_up().email, "verify-email"),
                    "password": PASSWORD,
                }
            case "password_reset_confirm" if self.mail(operation):
                return {"token": self.reset_token(), "new_password": good}
            case "invitations_accept" if self.mail(operation):
                return {"token": self.invitation(f"guest-{number}"), "username": f"guest-{number}", "password": good}
        return {}

    def mail(self, operation: str, most: int = MAILS) -> bool:
        """Whether to wait for one more mail."""
        self.made[operation] += 1
        return self.made[operation] <= most

    def invitation(self, name: str) -> str:
        """The token of an invitation. Who invites must have signed in lately, so it is a new account."""
        email = f"{name}@example.org"
        self.accounts.call("POST", "/v1/invitations", self.accounts.sign_up("staff").token, email=email)
        return self.accounts.mailed(email, "accept-invitation")

    def reset_token(self) -> str:
        """A token to reset the password of a verified address."""
        account = self.accounts.sign_up()
        token = self.accounts.mailed(account.email, "verify-email")
        self.accounts.call("POST", "/v1/auth/verify-email", token=token, password=PASSWORD)
        self.accounts.call("POST", "/v1/auth/password-reset", email=account.email)
        return self.accounts.mailed(account.email, "reset-password")
