"""Where the contract differs from what Schemathesis expects by default, each with its reason. A failure is dropped only if
the answer is exactly the one that is meant."""

from schemathesis.core.failures import Failure
from schemathesis.core.transport import Response
from schemathesis.openapi.checks import MissingHeaderNotRejected, RejectedPositiveData, UnsupportedMethodResponse

# What no schema can say: (field, message) of a 422 to a body or query that its schema allows.
BEYOND_SCHEMAS = {
    # Passwords are judged by how long it would take to guess them, not by their characters.
    ("password", "is too easy to guess"),
    ("new_password", "is too easy to guess"),
    # Right or wrong depends on the caller's account.
    ("current_password", "is not right"),
    ("password", "is not right"),
    # Tokens and cursors are opaque texts: only those that were given out are good.
    ("token", "is not valid, or not any more"),
    ("cursor", "is not a cursor of this list"),
}


def is_meant(failure: Failure, response: Response) -> bool:
    """Whether the contract says just this answer."""
    if isinstance(failure, RejectedPositiveData):
        return response.status_code == 422 and _errors(response) <= BEYOND_SCHEMAS
    # A missing token is 403 `token_missing`, unless MISSING_TOKEN_STATUS says otherwise.
    if isinstance(failure, MissingHeaderNotRejected):
        return response.status_code == 403 and response.json().get("code") == "token_missing"
    # API Gateway knows routes, which have a method: any other is not found.
    if isinstance(failure, UnsupportedMethodResponse):
        return response.status_code == 404 and response.json() == {"message": "Not Found"}
    return False


def _errors(response: Response) -> set[tuple[str, str]]:
    return {(error["field"], error["message"]) for error in response.json().get("errors", [])} or {("", "")}
