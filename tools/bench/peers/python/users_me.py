"""`GET /v1/users/me`: users read their own account."""

import os
import time
from typing import Annotated

import jwt
from fastapi import Depends
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel

from shared import Problem, dynamodb, lambda_handler, new_app, read_both, table

# How long a key is used before it is read again, in seconds.
FRESH = 45
# Longest lifetime of a token, and the largest accepted difference of clocks, in seconds.
LIFE, LEEWAY = 900, 5
CLAIMS = ["iss", "aud", "sub", "iat", "exp", "jti", "sid"]

app = new_app()
bearer = HTTPBearer(auto_error=False)
# The time when each key was read, and its item.
seen: dict[str, tuple[float, dict | None]] = {}


class Profile(BaseModel):
    id: str
    username: str
    email: str
    first_name: str
    last_name: str
    is_staff: bool
    is_superuser: bool
    email_verified: bool


def invalid() -> Problem:
    return Problem(401, "token_invalid", "The token is not valid.")


def public_key(kid: str, now: float):
    read_at, item, key = seen.get(kid, (0.0, None, None))
    if item is None or now - read_at > FRESH:
        found = dynamodb.get_item(TableName=table("signing_keys"), Key={"kid": {"S": kid}}, ConsistentRead=True)
        item = found.get("Item")
        key = item and jwt.PyJWK({"kty": "OKP", "crv": "Ed25519", "x": item["x"]["S"]}).key
        seen[kid] = (now, item, key)
    if item is None or "revoked_at" in item or int(item["lease_until"]["N"]) <= now * 1000:
        raise invalid()
    return key


def verified(token: str, now: float) -> dict:
    try:
        header = jwt.get_unverified_header(token)
        if header.get("alg") != "EdDSA" or header.get("typ") != "at+jwt" or "kid" not in header:
            raise invalid()
        claims = jwt.decode(
            token,
            public_key(header["kid"], now),
            algorithms=["EdDSA"],
            issuer=os.environ["TOKEN_ISSUER"],
            audience=os.environ["TOKEN_AUDIENCE"],
            leeway=LEEWAY,
            options={"require": CLAIMS},
        )
    except jwt.ExpiredSignatureError:
        raise Problem(401, "token_expired", "The token has expired.") from None
    except jwt.InvalidTokenError:
        raise invalid() from None
    if claims["exp"] - claims["iat"] > LIFE:
        raise invalid()
    return claims


def admits(user: dict, session: dict) -> bool:
    """Whether the session has the user's epoch. The session that the last raise kept may have the one before."""
    epoch, own = int(user["epoch"]["N"]), int(session["epoch"]["N"])
    is_kept = user.get("kept_session") == session["id"] and user.get("kept_epoch") == user["epoch"]
    return own == epoch or (is_kept and own + 1 == epoch)


async def current_user(credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]) -> dict:
    if credentials is None:
        raise Problem(403, "token_missing", "A bearer token is required.")
    now = time.time()
    claims = verified(credentials.credentials, now)
    keys = {"users": {"id": {"S": claims["sub"]}}, "sessions": {"id": {"S": claims["sid"]}}}
    user, session = read_both(keys)
    if user is None or not user["is_active"]["BOOL"] or session is None or "revoked_at" in session:
        raise invalid()
    if session["user_id"] != user["id"] or int(session["expires_at"]["N"]) <= now or not admits(user, session):
        raise invalid()
    return user


@app.get("/v1/users/me")
async def users_me(user: Annotated[dict, Depends(current_user)]) -> Profile:
    return Profile(**{name: next(iter(user[name].values())) for name in Profile.model_fields})


handler = lambda_handler(app)
