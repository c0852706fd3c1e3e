"""`POST /v1/auth/token`: sign in with a username or email and a password."""

import os
import time
from base64 import urlsafe_b64encode
from hashlib import sha256
from ipaddress import ip_address, ip_network
from json import dumps
from pathlib import Path
from secrets import token_bytes
from unicodedata import normalize
from uuid import UUID, uuid4

import jwt
from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from fastapi import Request
from pydantic import BaseModel, Field

from shared import Problem, dynamodb, lambda_handler, new_app, read_both, table

MINUTE, HOUR, DAY = 60, 3600, 24 * 3600
LIFE = 15 * MINUTE
NOBODY = str(UUID(int=0))
# No password has this hash. It is checked for unknown accounts, so that these take as long.
NO_HASH = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

app = new_app()
hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


class Credentials(BaseModel):
    username: str
    password: str = Field(min_length=1, max_length=128)


class Tokens(BaseModel):
    access_token: str
    refresh_token: str
    token_type: str = "bearer"
    expires_in: int = LIFE


def base64url(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


key = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(Path(os.environ["SIGNING_SEED_FILE"]).read_text().strip()))
JWK = {"crv": "Ed25519", "kty": "OKP", "x": base64url(key.public_key().public_bytes_raw())}
# The thumbprint of the public key (RFC 7638).
KID = base64url(sha256(dumps(JWK, separators=(",", ":")).encode()).digest())


def client_address(request: Request) -> str:
    """The address as limits count it: of IPv6, the /64 network."""
    address = ip_address(request.scope["aws.event"]["requestContext"]["http"]["sourceIp"])
    return str(address) if address.version == 4 else str(ip_network((address, 64), strict=False))


def count(limit: str, burst: int, window: int, now: float):
    """Counts one call in the present window, or refuses it."""
    end = (int(now) // window + 1) * window
    try:
        dynamodb.update_item(
            TableName=table("rate_limits"),
            Key={"key": {"S": f"{limit}|{end}"}},
            UpdateExpression="ADD calls :one SET expires_at = :end",
            ConditionExpression="attribute_not_exists(calls) OR calls < :burst",
            ExpressionAttributeValues={":one": {"N": "1"}, ":burst": {"N": str(burst)}, ":end": {"N": str(end)}},
        )
    except dynamodb.exceptions.ConditionalCheckFailedException:
        wait = str(end - int(now))
        detail = f"Too many requests: try again in {wait} s."
        raise Problem(429, "rate_limited", detail, {"Retry-After": wait}) from None


def is_right(password: str, stored: str) -> bool:
    try:
        return hasher.verify(stored, password)
    except VerifyMismatchError:
        return False


def find_user(name: str) -> str | None:
    kind = "email" if "@" in name else "username"
    identity = {"identity": {"S": f"{kind}:{name.lower()}"[:300]}}
    found = dynamodb.get_item(TableName=table("identities"), Key=identity, ConsistentRead=True)
    return found["Item"]["user_id"]["S"] if "Item" in found else None


def remember(place: dict, now: float):
    item = place | {"expires_at": {"N": str(int(now) + 30 * DAY)}}
    dynamodb.put_item(TableName=table("sign_in_addresses"), Item=item)


def begin_session(user: dict, address: str, agent: str, now: float) -> Tokens:
    session, family, secret = str(uuid4()), token_bytes(16), token_bytes(32)
    seconds, millis = int(now), str(int(now * 1000))
    item = {
        "id": {"S": session},
        "user_id": user["id"],
        "family": {"B": sha256(family).digest()},
        "secret": {"B": sha256(secret).digest()},
        "salt": {"B": token_bytes(16)},
        "epoch": user["epoch"],
        "user_agent": {"S": "".join(filter(str.isprintable, agent))[:200]},
        "address": {"S": address},
        "created_at": {"N": millis},
        "rotated_at": {"N": millis},
        "ends_at": {"N": str(seconds + 30 * DAY)},
        "expires_at": {"N": str(seconds + 14 * DAY)},
    }
    dynamodb.put_item(TableName=table("sessions"), Item=item, ConditionExpression="attribute_not_exists(id)")
    claims = {
        "iss": os.environ["TOKEN_ISSUER"],
        "aud": os.environ["TOKEN_AUDIENCE"],
        "sub": user["id"]["S"],
        "iat": seconds,
        "exp": seconds + LIFE,
        "jti": str(uuid4()),
        "sid": session,
        "is_staff": user["is_staff"]["BOOL"],
        "is_superuser": user["is_superuser"]["BOOL"],
        "auth_time": seconds,
        "acr": "1",
        "amr": ["pwd"],
    }
    access = jwt.encode(claims, key, algorithm="EdDSA", headers={"typ": "at+jwt", "kid": KID})
    return Tokens(access_token=access, refresh_token=f"{session}.{base64url(family)}.{base64url(secret)}")


# A process has one request at a time, so a call that blocks keeps nobody waiting, and needs no thread of its own.
@app.post("/v1/auth/token")
async def tokens_issue(credentials: Credentials, request: Request) -> Tokens:
    now, address = time.time(), client_address(request)
    count(f"sign-in|ip|{address}", 10, MINUTE, now)
    user_id = find_user(credentials.username)
    place = {"user_id": {"S": user_id or NOBODY}, "address": {"S": address}}
    user, known = read_both({"users": {"id": place["user_id"]}, "sign_in_addresses": place})
    subject = user_id or "unknown:" + sha256(credentials.username.lower().encode()).hexdigest()
    count(f"sign-in|subject+ip|{subject}|{address}", 10, 15 * MINUTE, now)
    known_until = int(known["expires_at"]["N"]) if known else 0
    if known_until <= now:
        count(f"sign-in|new-ips|{subject}", 100, HOUR, now)
    is_known_password = is_right(normalize("NFC", credentials.password), user["password_hash"]["S"] if user else NO_HASH)
    if user is None or not is_known_password or not user["is_active"]["BOOL"]:
        raise Problem(401, "credentials_invalid", "No active account has these credentials.")
    # Once a day is enough.
    if known_until < now + 29 * DAY:
        remember(place, now)
    return begin_session(user, address, request.headers.get("user-agent", ""), now)


handler = lambda_handler(app)
