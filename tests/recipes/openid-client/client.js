// An OAuth client that is configured only by discovery.
//
//   npm install openid-client jose
//   ISSUER=https://auth.example.com AUDIENCE=https://api.example.com CLIENT_ID=app \
//     REDIRECT_URI=http://127.0.0.1:8000/callback node client.js
//
// Prints the URL of the authorization request. Then reads the URLs that the browser was redirected to, one
// per line, from standard input, and prints the result of each as JSON: tokens or an error.

import { createInterface } from "node:readline";
import { createRemoteJWKSet, jwtVerify } from "jose";
import * as client from "openid-client";

const { ISSUER, AUDIENCE, CLIENT_ID, REDIRECT_URI, SCOPE, EXTRA } = process.env;

const config = await client.discovery(new URL(ISSUER), CLIENT_ID, undefined, client.None(), {
  algorithm: "oauth2",
  execute: ISSUER.startsWith("http:") ? [client.allowInsecureRequests] : [],
});
const keys = createRemoteJWKSet(new URL(config.serverMetadata().jwks_uri));

const pkceCodeVerifier = client.randomPKCECodeVerifier();
const expectedState = client.randomState();
const url = client.buildAuthorizationUrl(config, {
  redirect_uri: REDIRECT_URI,
  code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
  code_challenge_method: "S256",
  state: expectedState,
  ...(SCOPE && { scope: SCOPE }),
  ...Object.fromEntries(new URLSearchParams(EXTRA)),
});
console.log(url.href);

async function claimsOf(token) {
  const options = { issuer: ISSUER, audience: AUDIENCE, algorithms: ["ES256"], typ: "at+jwt" };
  const { payload } = await jwtVerify(token, keys, options);
  return payload;
}

async function worthOf(line) {
  const tokens = await client.authorizationCodeGrant(config, new URL(line), { pkceCodeVerifier, expectedState });
  const refreshed = await client.refreshTokenGrant(config, tokens.refresh_token);
  const claims = await claimsOf(tokens.access_token);
  return { tokens, refreshed, claims, claims_refreshed: await claimsOf(refreshed.access_token) };
}

for await (const line of createInterface({ input: process.stdin })) {
  const worth = await worthOf(line).catch(({ code, error, message, cause }) => ({
    error: { code, error, message, cause: cause?.message ?? cause },
  }));
  console.log(JSON.stringify(worth));
}
