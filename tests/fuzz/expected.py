"""Differences between the contract and the default expectations of Schemathesis, each with its reason. A failure is
dropped only if the response is exactly the expected one."""

from urllib.parse import urlsplit

import shop
from schemathesis.core.failures import AcceptedNegativeData, Failure
from schemathesis.core.transport import Response
from schemathesis.generation.case import Case
from schemathesis.openapi.checks import (
    EnsureResourceAvailability,
    IgnoredAuth,
    MissingHeaderNotRejected,
    RejectedPositiveData,
    UnsupportedMethodResponse,
    UseAfterFree,
)

# Errors that no schema can express: (field, message) of a 422 to a body or query that its schema allows.
BEYOND_SCHEMAS = {
    # The strength of a password is the time to guess it, which does not follow from its characters.
    ("password", "is too easy to guess"),
    ("new_password", "is too easy to guess"),
    # The right password depends on the caller's account.
    ("current_password", "is wrong"),
    ("password", "is wrong"),
    # A right code depends on the time, and on the caller's secret.
    ("code", "is wrong"),
    ("mailed_code", "is wrong"),
    # Only a first factor takes a mailed code.
    ("mailed_code", "is required"),
    ("recovery_code", "is wrong"),
    # A response of a passkey answers a challenge and has a signature.
    ("credential", "is not valid"),
    ("passkey", "is not valid"),
    # Exactly one of two parameters, and their length in bytes.
    ("subject", "must be given, or actor"),
    ("actor", "must not be given with subject"),
    ("subject", "must have 1 to 640 bytes"),
    ("actor", "must have 1 to 640 bytes"),
    # A key belongs to one request.
    ("Idempotency-Key", "belongs to another request"),
    # Tokens and cursors are opaque texts. Only the ones that the API issued are valid.
    ("token", "is invalid or expired"),
    ("cursor", "is not a cursor of this list"),
}

# Headers about the state of the client, which a generated value does not know: the codes of their refusals.
CONDITIONS = {
    "If-Match": {(412, "precondition_failed"), (400, "malformed_request")},
    # With 256 characters or more, quotes do not count.
    "Idempotency-Key": {(400, "malformed_request")},
}


def is_meant(failure: Failure, case: Case, response: Response) -> bool:
    """Whether the contract demands exactly this response."""
    if isinstance(failure, RejectedPositiveData):
        # Without a body, HEAD can't say why. GET of the same route says so.
        if response.request.method == "HEAD":
            return response.status_code == 422
        if response.status_code == 422:
            return _errors(response) <= _beyond(case)
        refused = (response.status_code, response.json().get("code"))
        return any(name in (case.headers or {}) and refused in codes for name, codes in CONDITIONS.items())
    # Limits by address are counted before the token is checked.
    if isinstance(failure, (IgnoredAuth, MissingHeaderNotRejected)) and response.status_code == 429:
        return any(limit["by"] == "ip" for limit in case.operation.definition.raw["x-limits"])
    # A missing token is a 403 `token_missing`, unless MISSING_TOKEN_STATUS is set.
    if isinstance(failure, MissingHeaderNotRejected):
        return response.status_code == 403 and response.json().get("code") == "token_missing"
    if isinstance(failure, UnsupportedMethodResponse):
        return _no_such_route(response)
    # Each operation has an account of its own, so the factor that an earlier call made is another user's.
    if isinstance(failure, EnsureResourceAvailability):
        return response.status_code == 404 and _confirms_a_factor(response)
    # A text that is no id, or the id of what is gone, leaves nothing to delete, and a DELETE succeeds.
    if isinstance(failure, (AcceptedNegativeData, UseAfterFree)):
        return response.request.method == "DELETE" and response.status_code == 204
    return False


def _no_such_route(response: Response) -> bool:
    """API Gateway's routes include the method, so another method is not found."""
    is_meant = response.status_code == 404 and response.json() == {"message": "Not Found"}
    is_meant = is_meant or shop.is_no_product(response)
    return is_meant or _is_no_invitation(response)


def _is_no_invitation(response: Response) -> bool:
    """Whether the response is that for `accept` as an invitation's id: DELETE only has `{invitation_id}`."""
    is_delete = response.request.method == "DELETE"
    is_accept = urlsplit(response.request.url).path == "/v1/invitations/accept"
    return is_delete and is_accept and response.status_code in (204, 401, 403, 429)


def _confirms_a_factor(response: Response) -> bool:
    """Whether the call was the confirmation of a factor."""
    path = urlsplit(response.request.url).path
    return path.startswith("/v1/users/me/factors/") and path.endswith("/confirm")


def _beyond(case: Case) -> set[tuple[str, str]]:
    beyond = set(BEYOND_SCHEMAS)
    beyond |= shop.beyond(case)
    return beyond


def _errors(response: Response) -> set[tuple[str, str]]:
    return {(error["field"], error["message"]) for error in response.json().get("errors", [])} or {("", "")}
