"""Hooks that Schemathesis runs around its calls, as one of the callers."""

import os
from collections import Counter, defaultdict
from pathlib import Path

import addresses
import schemathesis
from accounts import Account, Accounts
from expected import is_meant
from reality import Reality
from schemathesis.core.parameters import ParameterLocation
from schemathesis.generation.meta import CONTENT_TYPE_PROBES, TestPhase, coverage_scenario
from tally import Tally, is_described

CALLER = os.environ["FUZZ_CALLER"]
# The levels that need no token.
OPEN = ("Public", "Maybe")
LEVELS = {
    "anonymous": {*OPEN},
    "user": {*OPEN, "Authenticated"},
    "staff": {*OPEN, "Authenticated", "Staff"},
    "superuser": {*OPEN, "Authenticated", "Superuser"},
}
# Operations that end the caller's session or change the account's names.
ENDING = {
    "factors_confirm",
    "factors_delete",
    "sessions_revoke",
    "sessions_revoke_all",
    "sessions_revoke_current",
    "users_me_erase",
    "users_me_update",
    "password_change",
}
# A placeholder for the token in generated calls. The token is inserted when the call is sent, so that it is valid then.
LATER = "Bearer later"

NUMBER = sorted(LEVELS).index(CALLER)
accounts = Accounts(os.environ["FUZZ_URL"], Path(os.environ["FUZZ_FILES"]), f"127.{20 + NUMBER}.0.0")
reality = Reality(accounts)
tally = Tally(CALLER, Path(os.environ["FUZZ_TALLY"]))
# One call more than the smallest limit by address admits, so that this limit is reached too.
addresses.change_everywhere(f"127.{10 + NUMBER}.0.0", 11)

by_operation: dict[str, Account] = {}
used: Counter[str] = Counter()
turns: defaultdict[str, int] = defaultdict(int)
# The id of the last case, if it had a valid token.
admitted = None


def account_for(operation) -> Account:
    """The caller's account for this operation. It is replaced after it reached the limit by user once."""
    name = operation.definition.raw["operationId"]
    bursts = [limit["burst"] for limit in operation.definition.raw["x-limits"] if limit["by"] == "user"]
    if name in by_operation and used[name] > min(bursts, default=float("inf")):
        del by_operation[name]
    if name in by_operation and operation.definition.raw["x-recent"] and not by_operation[name].is_recent():
        del by_operation[name]
    if name not in by_operation:
        by_operation[name] = reality.caller(name, CALLER)
        used[name] = 0
    used[name] += 1
    return by_operation[name]


if CALLER != "anonymous":

    @schemathesis.auth(refresh_interval=None, retry_on=[])
    class Token:
        """The token of the caller."""

        def get(self, case, context):
            return LATER

        def set(self, case, data, context):
            case.headers["Authorization"] = data


@schemathesis.hook
def before_call(context, case, kwargs):
    """Lets the call succeed: inserts a valid token, and in two of three calls ids and fields of existing items."""
    global admitted
    admitted = None
    account = None
    if case.headers.get("Authorization") == LATER:
        account = account_for(case.operation)
        case.headers["Authorization"] = f"Bearer {account.token}"
        admitted = case.id
    if case.meta is None or not is_described(case):
        return
    name = case.operation.definition.raw["operationId"]
    turns[name] += 1
    if turns[name] % 3:
        make_real(case, name, account)
    if name == "users_update":
        spare_ourselves(case, account)


def make_real(case, name: str, account: Account | None) -> None:
    """Replaces generated valid values by values of existing items."""
    good = {place for place in ParameterLocation if not case.meta.is_negative_at(place)}
    # In a chain of calls, ids come from the earlier calls.
    if ParameterLocation.PATH in good and case.meta.phase.name != TestPhase.STATEFUL:
        for parameter in case.path_parameters:
            exists = reality.path_parameter(parameter, account)
            case.path_parameters[parameter] = exists or case.path_parameters[parameter]
    if ParameterLocation.QUERY in good and (account and may(case) or is_public(case)):
        reality.put_query(name, case.query)
        reality.put_cursor(case.path, case.query, account)
    if ParameterLocation.BODY in good and isinstance(case.body, dict):
        case.body.update(reality.members(name, case.body))
        if name == "factors_confirm" and account and ParameterLocation.PATH in good:
            reality.put_factor(case.path_parameters, case.body, account)
        if name == "passkeys_create" and account:
            reality.put_passkey(case.body, account)


def is_public(case) -> bool:
    """Whether the operation needs no token."""
    return case.operation.definition.raw["x-level"] in OPEN


def may(case) -> bool:
    """Whether the caller has the operation's level."""
    return case.operation.definition.raw["x-level"] in LEVELS[CALLER]


def spare_ourselves(case, account) -> None:
    """Protects the accounts that the run needs: a superuser's calls must not take their roles. Superusers can't change
    their own roles anyway."""
    own = account.id if account else None
    if case.path_parameters.get("user_id") in accounts.ids - {own}:
        case.path_parameters["user_id"] = reality.victim.id


@schemathesis.hook
def after_call(context, case, response):
    """Counts the response, and forgets what the call ended."""
    name = case.operation.definition.raw["operationId"]
    tally.count(case, response.status_code)
    if not is_described(case):
        return
    if name in ENDING and response.status_code < 300:
        by_operation.pop(name, None)
    reality.products.answered(name, case.path_parameters, response.status_code)  # shop


@schemathesis.hook
def filter_failure(context, failure, case, response):
    """Drops failures in which the response is as the contract demands."""
    return not is_meant(failure, case, response)


@schemathesis.check
def level_is_kept(ctx, response, case):
    """Only callers with the level and a valid token succeed, and a valid token is never refused as invalid."""
    definition = case.operation.definition.raw
    level = definition["x-level"]
    if not is_described(case):
        return
    if 200 <= response.status_code < 300 and level not in OPEN:
        assert admitted == case.id, "success without a good token"
        assert may(case), f"success for {CALLER} where the level is {level}"
    if response.status_code == 401 and definition["security"]:
        assert admitted != case.id, "a good token was refused"


@schemathesis.check
def codes_are_those_of_the_operation(ctx, response, case):
    """A problem has a code of this very response. The schema of its status has the codes of all operations."""
    has_body = response.request.method != "HEAD"
    if has_body and is_described(case) and "problem+json" in response.headers.get("content-type", [""])[0]:
        described = case.operation.responses.find_by_status_code(response.status_code)
        assert response.json()["code"] in described.definition["x-codes"], "the code is not described"


@schemathesis.check
def odd_media_types_are_described_too(ctx, response, case):
    """Checks the responses that Schemathesis's own checks skip: to calls with odd media types."""
    if coverage_scenario(case) in CONTENT_TYPE_PROBES and is_described(case):
        assert case.operation.responses.find_by_status_code(response.status_code), "the status is not described"
        case.operation.validate_response(response, case=case)
