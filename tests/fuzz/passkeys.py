"""Passkeys: an authenticator and a browser in one (WebAuthn, level 3), with keys of ES256."""

import base64
import hashlib
import json
import secrets
from dataclasses import dataclass, field

# The curve P-256 (SEC 2, 2.4.2).
P = 2**256 - 2**224 + 2**192 + 2**96 - 1
N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
G = (
    0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
    0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5,
)
# The user was present and verified.
FLAGS = 0x05


def encode(data: bytes) -> str:
    """Base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decode(text: str) -> bytes:
    """The bytes of base64url without padding."""
    return base64.urlsafe_b64decode(text + "==")


def add(a: tuple | None, b: tuple | None) -> tuple | None:
    """The sum of two points. `None` is the point at infinity."""
    if a is None or b is None:
        return a or b
    if a[0] == b[0] and (a[1] + b[1]) % P == 0:
        return None
    slope = (3 * a[0] ** 2 - 3) * pow(2 * a[1], -1, P) if a == b else (b[1] - a[1]) * pow(b[0] - a[0], -1, P)
    x = (slope**2 - a[0] - b[0]) % P
    return x, (slope * (a[0] - x) - a[1]) % P


def times(factor: int, point: tuple) -> tuple | None:
    """A multiple of a point."""
    found = None
    for bit in f"{factor:b}":
        found = add(found, found)
        found = add(found, point) if bit == "1" else found
    return found


def integer(number: int) -> bytes:
    """An integer in DER."""
    data = number.to_bytes(33).lstrip(b"\0")
    data = b"\0" + data if data[0] & 128 else data
    return bytes([2, len(data)]) + data


@dataclass
class Passkey:
    """A passkey whose authenticator does not count its uses."""

    origin: str
    user: str
    rp: str
    id: bytes = field(default_factory=lambda: secrets.token_bytes(16))
    key: int = field(default_factory=lambda: 1 + secrets.randbelow(N - 1))

    def data(self, flags: int, rest: bytes) -> bytes:
        """The authenticator data."""
        return hashlib.sha256(self.rp.encode()).digest() + bytes([FLAGS | flags]) + bytes(4) + rest

    def client_data(self, kind: str, options: dict) -> bytes:
        """The client data."""
        return json.dumps({"type": kind, "challenge": options["challenge"], "origin": self.origin}).encode()

    def register(self, options: dict) -> dict:
        """The response to options of a registration."""
        x, y = (number.to_bytes(32) for number in times(self.key, G))
        cose = b"\xa5\x01\x02\x03\x26\x20\x01\x21\x58\x20" + x + b"\x22\x58\x20" + y
        data = self.data(0x40, bytes(16) + len(self.id).to_bytes(2) + self.id + cose)
        attestation = b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x58" + bytes([len(data)]) + data
        client_data = self.client_data("webauthn.create", options)
        return self.response({"clientDataJSON": encode(client_data), "attestationObject": encode(attestation)})

    def sign(self, options: dict) -> dict:
        """The response to options of a sign-in."""
        data, client_data = self.data(0, b""), self.client_data("webauthn.get", options)
        digest = int.from_bytes(hashlib.sha256(data + hashlib.sha256(client_data).digest()).digest())
        nonce = 1 + secrets.randbelow(N - 1)
        r = times(nonce, G)[0] % N
        numbers = integer(r) + integer(pow(nonce, -1, N) * (digest + r * self.key) % N)
        signature = b"\x30" + bytes([len(numbers)]) + numbers
        answer = {"clientDataJSON": client_data, "authenticatorData": data, "signature": signature}
        return self.response({**{name: encode(value) for name, value in answer.items()}, "userHandle": self.user})

    def response(self, answer: dict) -> dict:
        """The JSON of a credential."""
        credential = encode(self.id)
        own = {"id": credential, "rawId": credential, "type": "public-key", "clientExtensionResults": {}}
        return {**own, "response": answer}
