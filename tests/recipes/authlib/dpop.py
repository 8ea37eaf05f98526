"""An app without an OAuth library that binds its tokens to a key (DPoP), with joserfc.

pip install joserfc requests
ISSUER=https://auth.example.com CLIENT_ID=app EMAIL=ada@example.com PASSWORD=… SKEW=0 python dpop.py

Logs in, refreshes three times, calls the API of the service, logs out everywhere and prints the result as JSON. SKEW is the number of seconds
by which the clock of the app is wrong.
"""

import hashlib
import json
import os
import time
import uuid
from base64 import urlsafe_b64encode

import requests
from joserfc import jwt
from joserfc.jwk import ECKey

ISSUER, CLIENT_ID = os.environ["ISSUER"], os.environ["CLIENT_ID"]
SKEW = int(os.environ.get("SKEW", "0"))


class Session:
    """Sends requests with proofs of one key, and repeats a request once if the service asks for a nonce."""

    def __init__(self) -> None:
        self.key = ECKey.generate_key("P-256", private=True)
        self.nonce: str | None = None
        self.requests = 0

    def proof(self, method: str, url: str, token: str | None) -> str:
        header = {"typ": "dpop+jwt", "alg": "ES256", "jwk": self.key.as_dict(private=False)}
        claims = {"htm": method, "htu": url, "iat": int(time.time()) + SKEW, "jti": str(uuid.uuid4())}
        if self.nonce:
            claims["nonce"] = self.nonce
        if token:
            digest = hashlib.sha256(token.encode()).digest()
            claims["ath"] = urlsafe_b64encode(digest).rstrip(b"=").decode()
        return jwt.encode(header, claims, self.key)

    def send(self, method: str, path: str, token: str | None = None, **body: str) -> requests.Response:
        url = ISSUER + path
        for _ in range(2):
            headers = {"DPoP": self.proof(method, url, token)}
            if token:
                headers["Authorization"] = f"DPoP {token}"
            self.requests += 1
            answer = requests.request(method, url, headers=headers, json=body or None)
            self.nonce = answer.headers.get("DPoP-Nonce", self.nonce)
            if answer.ok or answer.json().get("error") != "use_dpop_nonce":
                break
        return answer


session = Session()
login = {"email": os.environ["EMAIL"], "password": os.environ["PASSWORD"], "client_id": CLIENT_ID}
tokens = session.send("POST", "/login", **login).json()
for _ in range(3):
    tokens = session.send("POST", "/refresh", refresh_token=tokens["refresh_token"]).json()
me = session.send("GET", "/me", token=tokens["access_token"])
thief = Session()
stolen = thief.send("POST", "/refresh", refresh_token=tokens["refresh_token"]).json()
session.send("POST", "/logout/everywhere", token=tokens["access_token"])
ended = session.send("POST", "/refresh", refresh_token=tokens["refresh_token"]).json()
errors = {"stolen": stolen.get("error"), "ended": ended.get("error")}
result = {"tokens": tokens, "me": me.json(), "requests": session.requests, **errors}
print(json.dumps(result), flush=True)
