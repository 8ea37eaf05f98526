"""An app that logs in its users by OpenID Connect, with mozilla-django-oidc.

pip install Django mozilla-django-oidc
ISSUER=https://auth.example.com CLIENT_ID=app CLIENT_SECRET=... PORT=8000 python relying_party.py

With BASIC=yes the secret is in the Authorization header, otherwise in the form. With PKCE=yes the app uses PKCE.
With NONCE=no its authorization requests have no nonce, although the app expects one.
"""

import os
from pathlib import Path
from wsgiref.simple_server import make_server

import django
import requests
from django.conf import settings
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
from django.http import JsonResponse
from django.urls import include, path

ISSUER, PORT = os.environ["ISSUER"], int(os.environ["PORT"])
provider = requests.get(f"{ISSUER}/.well-known/openid-configuration").json()

settings.configure(
    SECRET_KEY="a secret of the application alone",
    ALLOWED_HOSTS=["127.0.0.1"],
    ROOT_URLCONF=__name__,
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": Path("app.db")}},
    INSTALLED_APPS=[
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.sessions",
        "mozilla_django_oidc",
    ],
    MIDDLEWARE=[
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
    ],
    AUTHENTICATION_BACKENDS=["mozilla_django_oidc.auth.OIDCAuthenticationBackend"],
    LOGGING={"version": 1, "handlers": {"all": {"class": "logging.StreamHandler"}}, "root": {"handlers": ["all"]}},
    OIDC_RP_CLIENT_ID=os.environ["CLIENT_ID"],
    OIDC_RP_CLIENT_SECRET=os.environ["CLIENT_SECRET"],
    OIDC_RP_SIGN_ALGO="RS256",
    OIDC_RP_SCOPES="openid email profile",
    OIDC_OP_AUTHORIZATION_ENDPOINT=provider["authorization_endpoint"],
    OIDC_OP_TOKEN_ENDPOINT=provider["token_endpoint"],
    OIDC_OP_USER_ENDPOINT=provider["userinfo_endpoint"],
    OIDC_OP_JWKS_ENDPOINT=provider["jwks_uri"],
    OIDC_TOKEN_USE_BASIC_AUTH=os.environ.get("BASIC") == "yes",
    OIDC_USE_PKCE=os.environ.get("PKCE") == "yes",
    OIDC_AUTHENTICATE_CLASS=f"{__name__}.AuthenticationRequest",
    LOGIN_REDIRECT_URL="/",
    LOGIN_REDIRECT_URL_FAILURE="/",
)
django.setup()

from mozilla_django_oidc.views import OIDCAuthenticationRequestView  # noqa: E402  (needs the settings)


class AuthenticationRequest(OIDCAuthenticationRequestView):
    """The library's own view. With NONCE=no the nonce is removed from its redirect."""

    def get(self, request):
        response = super().get(request)
        if os.environ.get("NONCE") == "no":
            url, _, nonce = response["Location"].partition("&nonce=")
            response["Location"] = url + "".join(nonce.partition("&")[1:])
        return response


def home(request):
    user = request.user
    return JsonResponse({"id": user.id, "email": user.email} if user.is_authenticated else {})


urlpatterns = [path("", home), path("oidc/", include("mozilla_django_oidc.urls"))]

call_command("migrate", verbosity=0)
with make_server("127.0.0.1", PORT, get_wsgi_application()) as server:
    print(f"listening on http://127.0.0.1:{PORT}", flush=True)
    server.serve_forever()
