"""An OAuth client that is configured only by discovery.

pip install authlib requests
ISSUER=https://auth.example.com AUDIENCE=https://api.example.com CLIENT_ID=app \
    REDIRECT_URI=http://127.0.0.1:8000/callback python client.py

Prints the URL of the authorization request. Then reads the URLs that the browser was redirected to, one per line,
from standard input, and prints the result of each as JSON: tokens or an error.
"""

import json
import os
import sys
from urllib.parse import parse_qs, urlsplit

import requests
from authlib.common.security import generate_token
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc8414 import AuthorizationServerMetadata, get_well_known_url
from joserfc import jwt
from joserfc.jwk import KeySet

ISSUER, AUDIENCE = os.environ["ISSUER"], os.environ["AUDIENCE"]

metadata = AuthorizationServerMetadata(requests.get(get_well_known_url(ISSUER, external=True)).json())
metadata.validate()
keys = KeySet.import_key_set(requests.get(metadata["jwks_uri"]).json())
rules = jwt.JWTClaimsRegistry(
    iss={"essential": True, "value": ISSUER},
    aud={"essential": True, "value": AUDIENCE},
    sub={"essential": True},
    exp={"essential": True},
)

client = OAuth2Session(
    client_id=os.environ["CLIENT_ID"],
    redirect_uri=os.environ["REDIRECT_URI"],
    scope=os.environ.get("SCOPE"),
    code_challenge_method="S256",
    token_endpoint=metadata["token_endpoint"],
)
code_verifier = generate_token(48)
extra = {name: values[0] for name, values in parse_qs(os.environ.get("EXTRA", "")).items()}
url, client.state = client.create_authorization_url(
    metadata["authorization_endpoint"], code_verifier=code_verifier, **extra
)
print(url, flush=True)


def claims_of(token: str) -> dict:
    decoded = jwt.decode(token, keys, algorithms=["ES256"])
    rules.validate(decoded.claims)
    return decoded.claims


def worth_of(line: str) -> dict:
    # RFC 9207, which Authlib does not check.
    if parse_qs(urlsplit(line).query).get("iss") != [metadata["issuer"]]:
        raise ValueError("the answer is another issuer's")
    tokens = client.fetch_token(authorization_response=line, code_verifier=code_verifier)
    refreshed = client.refresh_token(refresh_token=tokens["refresh_token"])
    claims = claims_of(tokens["access_token"])
    refreshed_claims = claims_of(refreshed["access_token"])
    return {
        "tokens": tokens,
        "refreshed": refreshed,
        "claims": claims,
        "claims_refreshed": refreshed_claims,
    }


for line in sys.stdin:
    try:
        worth = worth_of(line.strip())
    except Exception as error:  # whatever it is, it is told
        worth = {"error": {"code": getattr(error, "error", type(error).__name__), "message": str(error)}}
    print(json.dumps(worth), flush=True)
