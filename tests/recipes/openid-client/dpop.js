// An OAuth client that binds its tokens to a key (DPoP), by openid-client and by oauth4webapi.
//
//   npm install openid-client jose
//   ISSUER=https://auth.example.com CLIENT_ID=app REDIRECT_URI=http://127.0.0.1:8000/callback SKEW=0 node dpop.js
//
// Prints the URL of the authorization request. Then reads the URL that the browser was redirected to from standard
// input, and prints the result as JSON. SKEW is the number of seconds by which the clock of the client is wrong.

import { createInterface } from "node:readline";
import * as oauth from "oauth4webapi";
import * as client from "openid-client";

const { ISSUER, CLIENT_ID, REDIRECT_URI, SKEW } = process.env;

const clock = { [client.clockSkew]: Number(SKEW) };
const config = await client.discovery(new URL(ISSUER), CLIENT_ID, clock, client.None(), {
  algorithm: "oauth2",
  execute: [client.allowInsecureRequests],
});
// A browser keeps this pair in IndexedDB.
const keyPair = await client.randomDPoPKeyPair("ES256");
const DPoP = client.getDPoPHandle(config, keyPair);

const pkceCodeVerifier = client.randomPKCECodeVerifier();
const expectedState = client.randomState();
const url = client.buildAuthorizationUrl(config, {
  redirect_uri: REDIRECT_URI,
  code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
  code_challenge_method: "S256",
  state: expectedState,
  dpop_jkt: await DPoP.calculateThumbprint(),
});
console.log(url.href);

/** Refreshes by oauth4webapi, which leaves the second attempt to the app. */
async function refreshed(refreshToken) {
  const server = config.serverMetadata();
  const app = { client_id: CLIENT_ID, ...clock };
  const options = { DPoP: oauth.DPoP(app, keyPair), [oauth.allowInsecureRequests]: true };
  const attempt = async () => {
    const response = await oauth.refreshTokenGrantRequest(server, app, oauth.None(), refreshToken, options);
    return oauth.processRefreshTokenResponse(server, app, response);
  };
  let attempts = 1;
  const tokens = await attempt().catch((error) => {
    if (!oauth.isDPoPNonceError(error)) throw error;
    attempts += 1;
    return attempt();
  });
  return { tokens, attempts };
}

async function worthOf(line) {
  const checks = { pkceCodeVerifier, expectedState };
  let tokens = await client.authorizationCodeGrant(config, new URL(line), checks, undefined, { DPoP });
  for (let refreshes = 0; refreshes < 3; refreshes += 1) {
    tokens = await client.refreshTokenGrant(config, tokens.refresh_token, undefined, { DPoP });
  }
  const again = await refreshed(tokens.refresh_token);
  const me = new URL(`${ISSUER}/me`);
  const answer = await client.fetchProtectedResource(config, tokens.access_token, me, "GET", undefined, undefined, {
    DPoP,
  });
  const thief = client.getDPoPHandle(config, await client.randomDPoPKeyPair("ES256"));
  const stolen = await client
    .refreshTokenGrant(config, tokens.refresh_token, undefined, { DPoP: thief })
    .catch(({ error }) => error);
  const logout = new URL(`${ISSUER}/logout/everywhere`);
  await client.fetchProtectedResource(config, tokens.access_token, logout, "POST", undefined, undefined, { DPoP });
  const ended = await client
    .refreshTokenGrant(config, tokens.refresh_token, undefined, { DPoP })
    .catch(({ error }) => error);
  return { tokens, again, me: await answer.json(), status: answer.status, stolen, ended };
}

for await (const line of createInterface({ input: process.stdin })) {
  const worth = await worthOf(line).catch(({ code, error, message, cause }) => ({
    error: { code, error, message, cause: cause?.message ?? cause },
  }));
  console.log(JSON.stringify(worth));
}
