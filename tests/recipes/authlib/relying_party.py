"""An app that logs in its users by OpenID Connect, with Authlib's client for Django.

pip install Authlib Django requests
ISSUER=https://auth.example.com CLIENT_ID=app CLIENT_SECRET=... PORT=8000 python relying_party.py

AUTH is the authentication method, by default client_secret_basic. With PKCE=yes the app uses PKCE. With NONCE=no its
authorization requests have no nonce, although the app expects one.
"""

import os
from wsgiref.simple_server import make_server

import django
from authlib.integrations.django_client import OAuth, OAuthError, token_update
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.dispatch import receiver
from django.http import JsonResponse
from django.urls import path
from joserfc.errors import JoseError

ISSUER, PORT, PKCE = os.environ["ISSUER"], int(os.environ["PORT"]), os.environ.get("PKCE")
ORIGIN = f"http://127.0.0.1:{PORT}"

settings.configure(
    SECRET_KEY="a secret of the application alone",
    ALLOWED_HOSTS=["127.0.0.1"],
    ROOT_URLCONF=__name__,
    MIDDLEWARE=["django.contrib.sessions.middleware.SessionMiddleware"],
    SESSION_ENGINE="django.contrib.sessions.backends.signed_cookies",
)
django.setup()

oauth = OAuth()
signet = oauth.register(
    name="signet",
    server_metadata_url=f"{ISSUER}/.well-known/openid-configuration",
    client_id=os.environ["CLIENT_ID"],
    client_secret=os.environ["CLIENT_SECRET"],
    client_kwargs={
        "scope": "openid profile email groups",
        **({"token_endpoint_auth_method": os.environ["AUTH"]} if "AUTH" in os.environ else {}),
        **({"code_challenge_method": "S256"} if PKCE == "yes" else {}),
    },
)

# A real app keeps its tokens with the session.
renewed = {}


@receiver(token_update)
def keep(sender, token, **kwargs):
    renewed.update(token)


def login(request):
    response = signet.authorize_redirect(request, f"{ORIGIN}/callback")
    if os.environ.get("NONCE") == "no":
        url, _, nonce = response["Location"].partition("&nonce=")
        response["Location"] = url + "".join(nonce.partition("&")[1:])
    return response


def callback(request):
    try:
        token = signet.authorize_access_token(request)  # verifies the ID token too
    except (OAuthError, JoseError) as error:
        return JsonResponse({"error": error.error, "description": error.description}, status=400)
    # The client refreshes an expired token by itself.
    renewed.clear()
    userinfo = signet.userinfo(token={**token, "expires_at": 1})
    claims = signet.parse_id_token(renewed, nonce=None)
    return JsonResponse({"claims": token["userinfo"], "userinfo": userinfo, "claims_refreshed": claims})


urlpatterns = [path("login", login), path("callback", callback)]

with make_server("127.0.0.1", PORT, get_wsgi_application()) as server:
    print(f"listening on {ORIGIN}", flush=True)
    server.serve_forever()
