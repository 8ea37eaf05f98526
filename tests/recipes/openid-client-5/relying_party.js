// An app that logs in its users by OpenID Connect, with openid-client 5.
//
//   npm install openid-client@5
//   ISSUER=https://auth.example.com CLIENT_ID=app CLIENT_SECRET=... PORT=3000 node relying_party.js
//
// AUTH is the authentication method: client_secret_basic, client_secret_post or private_key_jwt. With PKCE=no the
// app sends no PKCE challenge, with NONCE=no no nonce, although it expects one.

import { generateKeyPairSync } from "node:crypto";
import { createServer } from "node:http";
import { Issuer, generators } from "openid-client";

const { ISSUER, CLIENT_ID, CLIENT_SECRET, AUTH, PKCE, NONCE, PORT } = process.env;
const ORIGIN = `http://127.0.0.1:${PORT}`;

const keys = generateKeyPairSync("ec", { namedCurve: "P-256" });
const about = { kid: "first", use: "sig", alg: "ES256" };
const publicKey = { ...keys.publicKey.export({ format: "jwk" }), ...about };
const privateKey = { ...keys.privateKey.export({ format: "jwk" }), ...about };

const issuer = await Issuer.discover(ISSUER);
// Without `id_token_signed_response_alg`, the client accepts ID tokens by RS256 and no others.
const metadata = {
  client_id: CLIENT_ID,
  redirect_uris: [`${ORIGIN}/callback`],
  response_types: ["code"],
  ...(AUTH && { token_endpoint_auth_method: AUTH }),
  ...(AUTH !== "private_key_jwt" && { client_secret: CLIENT_SECRET }),
};
const client = AUTH === "private_key_jwt"
  ? new issuer.Client(metadata, { keys: [privateKey] })
  : new issuer.Client(metadata);

// The checks of the logins that have begun, by `state`. A real app keeps them in a session of the browser.
const begun = new Map();

function authorizationUrl() {
  const state = generators.state();
  const nonce = generators.nonce();
  const verifier = PKCE === "no" ? undefined : generators.codeVerifier();
  begun.set(state, { state, nonce, code_verifier: verifier, response_type: "code" });
  return client.authorizationUrl({
    scope: "openid profile email groups",
    state,
    ...(NONCE !== "no" && { nonce }),
    ...(verifier && { code_challenge: generators.codeChallenge(verifier), code_challenge_method: "S256" }),
  });
}

async function finishedLogin(request) {
  const params = client.callbackParams(request);
  const tokens = await client.callback(`${ORIGIN}/callback`, params, begun.get(params.state));
  const claims = tokens.claims();
  const userinfo = await client.userinfo(tokens);
  const refreshed = await client.refresh(tokens);
  const header = JSON.parse(Buffer.from(tokens.id_token.split(".")[0], "base64url"));
  return { header, claims, userinfo, claims_refreshed: refreshed.claims() };
}

const pages = {
  "/login": () => ({ location: authorizationUrl() }),
  "/callback": async (request) => ({ json: await finishedLogin(request) }),
  "/service": async () => ({ json: await client.grant({ grant_type: "client_credentials" }) }),
  "/jwks.json": () => ({ json: { keys: [publicKey] } }),
};

createServer(async (request, response) => {
  try {
    const { location, json } = await pages[new URL(request.url, ORIGIN).pathname](request);
    if (location) response.writeHead(302, { location }).end();
    else response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(json));
  } catch ({ error, message }) {
    response.writeHead(500, { "content-type": "application/json" }).end(JSON.stringify({ error, message }));
  }
}).listen(PORT, "127.0.0.1", () => console.log(`listening on ${ORIGIN}`));
