"""A device that makes passkeys and signs with them, as browsers hand its answers on: real keys, real signatures."""

import json
from dataclasses import dataclass, field
from hashlib import sha256
from secrets import token_bytes

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url, encode_cbor

HOST, ORIGIN = "localhost", "http://localhost:3000"
PRESENT, VERIFIED, ATTESTED = 1, 4, 64


def _json(**values: object) -> bytes:
    return json.dumps(values).encode()


@dataclass
class Device:
    """One passkey. What is set differently from what a browser would send stands in for a forged answer."""

    origin: str = ORIGIN
    host: str = HOST
    flags: int = PRESENT | VERIFIED
    counts: bool = False
    signed: int = 0
    id: bytes = field(default_factory=lambda: token_bytes(32))
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    user: str = ""

    def _client_data(self, kind: str, options: dict) -> bytes:
        return _json(type=kind, challenge=options["challenge"], origin=self.origin, crossOrigin=False)

    def _data(self, flags: int) -> bytes:
        self.signed += self.counts
        return sha256(self.host.encode()).digest() + bytes([flags]) + self.signed.to_bytes(4, "big")

    def _answer(self, **response: object) -> str:
        name = bytes_to_base64url(self.id)
        return _json(id=name, rawId=name, type="public-key", response=response, clientExtensionResults={}).decode()

    def make(self, options: str) -> str:
        """What `navigator.credentials.create` answers to the options."""
        asked = json.loads(options)
        assert asked["rp"]["id"] == HOST and asked["authenticatorSelection"]["userVerification"] == "required"
        self.user = asked["user"]["id"]
        at = self.key.public_key().public_numbers()
        cose = encode_cbor({1: 2, 3: -7, -1: 1, -2: at.x.to_bytes(32, "big"), -3: at.y.to_bytes(32, "big")})
        data = self._data(self.flags | ATTESTED) + bytes(16) + len(self.id).to_bytes(2, "big") + self.id + cose
        return self._answer(
            clientDataJSON=bytes_to_base64url(self._client_data("webauthn.create", asked)),
            attestationObject=bytes_to_base64url(encode_cbor({"fmt": "none", "attStmt": {}, "authData": data})),
            transports=["internal", "hybrid", "carrier pigeon"],
        )

    def sign(self, options: str) -> str:
        """What `navigator.credentials.get` answers to the options."""
        asked = json.loads(options)
        client_data, data = self._client_data("webauthn.get", asked), self._data(self.flags)
        signature = self.key.sign(data + sha256(client_data).digest(), ec.ECDSA(SHA256()))
        return self._answer(
            clientDataJSON=bytes_to_base64url(client_data),
            authenticatorData=bytes_to_base64url(data),
            signature=bytes_to_base64url(signature),
            userHandle=self.user,
        )


def challenge_of(options: str) -> bytes:
    return base64url_to_bytes(json.loads(options)["challenge"])
