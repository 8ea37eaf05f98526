"""Verifies an access token from the issuer's public keys: verify.py ISSUER AUDIENCE TOKEN"""

import sys

import jwt

issuer, audience, token = sys.argv[1:]
keys = jwt.PyJWKClient(f"{issuer}/.well-known/jwks.json")
if jwt.get_unverified_header(token).get("typ") != "at+jwt":
    sys.exit("not an access token")
claims = jwt.decode(
    token,
    keys.get_signing_key_from_jwt(token).key,
    algorithms=["ES256"],
    audience=audience,
    issuer=issuer,
    options={"require": ["iss", "aud", "sub", "exp", "iat"]},
)
print("verified:", claims["sub"])
