// A resource server on Node.
//
//   npm install jose
//   ISSUER=https://auth.example.com AUDIENCE=https://api.example.com PORT=8000 node server.js
//
// BASE_URL is the URL under which clients reach this server. It is compared with the URL in DPoP proofs.

import { createHash } from "node:crypto";
import { createServer } from "node:http";
import { calculateJwkThumbprint, createRemoteJWKSet, EmbeddedJWK, errors, jwtVerify } from "jose";

const { ISSUER, AUDIENCE, PORT = 8000, BASE_URL = `http://127.0.0.1:${PORT}` } = process.env;

// Keys are cached for ten minutes. An unknown key causes a request, at most every five seconds.
const keys = createRemoteJWKSet(new URL(`${ISSUER}/.well-known/jwks.json`), { cooldownDuration: 5_000 });

/** Returns the claims of an access token for this audience. */
async function verified(token) {
  const { payload } = await jwtVerify(token, keys, {
    issuer: ISSUER,
    audience: AUDIENCE,
    algorithms: ["ES256"],
    typ: "at+jwt",
    requiredClaims: ["sub", "exp"],
  });
  return payload;
}

// The proofs that were used within the last two minutes, with the time of their use.
const used = new Map();

/** Returns the thumbprint of the key that the request proves to have (RFC 9449 §4.3). */
async function provenKey(request, token) {
  const proofs = request.headersDistinct.dpop ?? [];
  if (proofs.length !== 1 || proofs[0].length > 4096) throw new errors.JWTInvalid("not one proof");
  const { payload, protectedHeader } = await jwtVerify(proofs[0], EmbeddedJWK, {
    algorithms: ["ES256", "EdDSA", "RS256", "PS256"],
    typ: "dpop+jwt",
    requiredClaims: ["htm", "htu", "iat", "jti", "ath"],
  });
  const now = Date.now() / 1000;
  const thumbprint = await calculateJwkThumbprint(protectedHeader.jwk);
  const id = `${thumbprint} ${payload.jti}`;
  for (const [other, time] of used) if (time < now - 120) used.delete(other);
  const isGood =
    payload.htm === request.method &&
    payload.htu === BASE_URL + request.url.split("?")[0] &&
    payload.ath === createHash("sha256").update(token).digest("base64url") &&
    Math.abs(payload.iat - now) <= 60 &&
    !used.has(id);
  if (!isGood) throw new errors.JWTInvalid("a proof of another request");
  used.set(id, now);
  return thumbprint;
}

/** The token is bound to a key, and the request does not prove to have it. */
class NoPossession extends Error {}

/** Checks that a token which is bound to a key comes with a proof of this key, and never as a bearer token. */
async function checkPossession(scheme, token, { cnf }, request) {
  const isBound = cnf !== undefined;
  if (isBound !== (scheme === "dpop")) throw new errors.JWTInvalid("another scheme");
  if (!isBound) return;
  const key = await provenKey(request, token).catch(() => undefined);
  if (!key || key !== cnf.jkt) throw new NoPossession();
}

/** Returns true if the keys could not be fetched, which is not a fault of the token. */
function isOurs(error) {
  const troubles = [errors.JWKSTimeout.code, errors.JWKSInvalid.code, errors.JOSEError.code];
  return !(error instanceof errors.JOSEError) || troubles.includes(error.code);
}

function answer(response, status, body, headers = {}) {
  response.writeHead(status, { "Content-Type": "application/json", ...headers }).end(JSON.stringify(body));
}

createServer(async (request, response) => {
  const [, scheme = "", token = ""] = /^(Bearer|DPoP) +(\S+)$/i.exec(request.headers.authorization ?? "") ?? [];
  try {
    const claims = await verified(token);
    await checkPossession(scheme.toLowerCase(), token, claims, request);
    answer(response, 200, claims);
  } catch (error) {
    if (error instanceof NoPossession) {
      const challenge = 'DPoP error="invalid_dpop_proof", algs="ES256 EdDSA RS256 PS256"';
      const text = "The proof in the header DPoP is missing or invalid.";
      answer(response, 401, { error: text }, { "WWW-Authenticate": challenge });
    } else if (isOurs(error)) {
      answer(response, 503, { error: "The keys of the issuer could not be fetched." }, { "Retry-After": "5" });
    } else {
      const challenge = 'Bearer error="invalid_token"';
      answer(response, 401, { error: "The access token is missing or invalid." }, { "WWW-Authenticate": challenge });
    }
  }
}).listen(PORT, "127.0.0.1", () => console.log(`listening on http://127.0.0.1:${PORT}`));
