"""Puts what exists into generated calls, for next to nothing that is made up is found or let in."""

import itertools
from collections import Counter

import shop
from people import PASSWORD, USES, Account, People

# A mail is waited for, so only some calls get its token.
MAILS = 6


class Reality:
    """Ids of what exists, and members that only an account's owner knows."""

    def __init__(self, people: People) -> None:
        self.people = people
        self.numbers = itertools.count(1)
        self.products = shop.Products(self)
        self.victim = people.sign_up()
        self.made = Counter()
        self.helpers: dict[str, Account] = {}

    def helper(self, role: str, what: str) -> Account:
        """An account for `what`, replaced before it meets a limit."""
        self.made[what] += 1
        if what not in self.helpers or self.made[what] % USES == 0:
            self.helpers[what] = self.people.sign_up(role)
        return self.helpers[what]

    def again(self, account: Account) -> Account:
        """Another session of an account."""
        return self.people.signed_in(account.username, account.email)

    def path_parameter(self, name: str, caller: Account | None) -> str | None:
        """An id of something that exists."""
        if name == "product_id":  # shop
            return self.products.one()  # shop
        match name:
            case "user_id":
                own = caller is not None and next(self.numbers) % 7 == 0
                return caller.id if own else self.victim.id
            case "session_id" if caller is not None:
                return self.again(caller).session
        return None

    def put_cursor(self, path: str, query: dict, caller: Account | None) -> None:
        """A cursor that the list gave out in place of another one, or none if the list has but one page."""
        if query.pop("cursor", None) is not None:
            cursor = self.people.next_page(path, caller.token if caller else "")
            query.update({"cursor": cursor} if cursor else {})

    def members(self, operation: str, body: dict) -> dict:
        """Members of a body that this operation accepts."""
        # One that is hard to guess.
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
            case "password_change":
                return {"current_password": PASSWORD, "new_password": good}
            case "tokens_issue":
                # Fewer than the limit by account and address; other addresses are new to it.
                return {"username": self.helper("user", operation).username, "password": PASSWORD}
            case "tokens_refresh" | "tokens_revoke":
                return {"refresh_token": self.again(self.helper("user", operation)).refresh_token}
            case "email_verify" if self.mail(operation):
                return {"token": self.people.mailed(self.people.sign_up().email, "verify-email")}
            case "password_reset_confirm" if self.mail(operation):
                return {"token": self.reset_token(), "new_password": good}
        return {}

    def mail(self, operation: str) -> bool:
        """Whether to wait for one more."""
        self.made[operation] += 1
        return self.made[operation] <= MAILS

    def reset_token(self) -> str:
        """A token to reset a password, as only verified addresses are mailed."""
        account = self.people.sign_up()
        token = self.people.mailed(account.email, "verify-email")
        self.people.call("POST", "/v1/auth/verify-email", token=token)
        self.people.call("POST", "/v1/auth/password-reset", email=account.email)
        return self.people.mailed(account.email, "reset-password")
