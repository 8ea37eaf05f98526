// An app that logs in its users by OpenID Connect, with openid-client 6.
//
//   npm install openid-client jose
//   ISSUER=https://auth.example.com CLIENT_ID=app CLIENT_SECRET=... PORT=3000 node relying_party.js
//
// AUTH is the authentication method: client_secret_basic, client_secret_post or private_key_jwt. With PKCE=no the
// app sends no PKCE challenge, with NONCE=no no nonce, although it expects one.

import { createServer } from "node:http";
import { decodeProtectedHeader, exportJWK, generateKeyPair } from "jose";
import * as client from "openid-client";

const { ISSUER, CLIENT_ID, CLIENT_SECRET, AUTH = "client_secret_basic", PKCE, NONCE, PORT } = process.env;
const ORIGIN = `http://127.0.0.1:${PORT}`;

const keys = await generateKeyPair("ES256", { extractable: true });
const publicKey = { ...(await exportJWK(keys.publicKey)), kid: "first", use: "sig", alg: "ES256" };

const methods = {
  client_secret_basic: () => client.ClientSecretBasic(CLIENT_SECRET),
  client_secret_post: () => client.ClientSecretPost(CLIENT_SECRET),
  private_key_jwt: () => client.PrivateKeyJwt({ key: keys.privateKey, kid: publicKey.kid }),
};
const execute = [client.enableNonRepudiationChecks]; // verifies the signature of ID tokens too
if (ISSUER.startsWith("http:")) execute.push(client.allowInsecureRequests);
const config = await client.discovery(new URL(ISSUER), CLIENT_ID, undefined, methods[AUTH](), { execute });

// The checks of the logins that have begun, by `state`. A real app keeps them in a session of the browser.
const begun = new Map();

async function authorizationUrl() {
  const state = client.randomState();
  const nonce = client.randomNonce();
  const verifier = PKCE === "no" ? undefined : client.randomPKCECodeVerifier();
  begun.set(state, { expectedState: state, expectedNonce: nonce, pkceCodeVerifier: verifier });
  return client.buildAuthorizationUrl(config, {
    redirect_uri: `${ORIGIN}/callback`,
    scope: "openid profile email groups",
    state,
    ...(NONCE !== "no" && { nonce }),
    ...(verifier && {
      code_challenge: await client.calculatePKCECodeChallenge(verifier),
      code_challenge_method: "S256",
    }),
  }).href;
}

async function finishedLogin(url) {
  const checks = begun.get(url.searchParams.get("state"));
  const tokens = await client.authorizationCodeGrant(config, url, { ...checks, idTokenExpected: true });
  const claims = tokens.claims();
  const userinfo = await client.fetchUserInfo(config, tokens.access_token, claims.sub);
  const refreshed = await client.refreshTokenGrant(config, tokens.refresh_token);
  return { header: decodeProtectedHeader(tokens.id_token), claims, userinfo, claims_refreshed: refreshed.claims() };
}

const pages = {
  "/login": async () => ({ location: await authorizationUrl() }),
  "/callback": async (url) => ({ json: await finishedLogin(url) }),
  "/service": async () => ({ json: await client.clientCredentialsGrant(config) }),
  "/jwks.json": () => ({ json: { keys: [publicKey] } }),
};

createServer(async (request, response) => {
  const url = new URL(request.url, ORIGIN);
  try {
    const { location, json } = await pages[url.pathname](url);
    if (location) response.writeHead(302, { location }).end();
    else response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(json));
  } catch ({ code, error, message, cause }) {
    const shown = JSON.stringify({ code, error, message, cause: cause?.message ?? cause });
    response.writeHead(500, { "content-type": "application/json" }).end(shown);
  }
}).listen(PORT, "127.0.0.1", () => console.log(`listening on ${ORIGIN}`));
