// A resource server on Node.
//
//   npm install jose
//   ISSUER=https://auth.example.com AUDIENCE=https://api.example.com PORT=8000 node server.js

import { createServer } from "node:http";
import { createRemoteJWKSet, errors, jwtVerify } from "jose";

const { ISSUER, AUDIENCE, PORT = 8000 } = process.env;

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

/** Returns true if the keys could not be fetched, which is not a fault of the token. */
function isOurs(error) {
  const troubles = [errors.JWKSTimeout.code, errors.JWKSInvalid.code, errors.JOSEError.code];
  return !(error instanceof errors.JOSEError) || troubles.includes(error.code);
}

function answer(response, status, body, headers = {}) {
  response.writeHead(status, { "Content-Type": "application/json", ...headers }).end(JSON.stringify(body));
}

createServer(async (request, response) => {
  const [, token = ""] = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? "") ?? [];
  try {
    answer(response, 200, await verified(token));
  } catch (error) {
    if (isOurs(error)) {
      answer(response, 503, { error: "The keys cannot be had." }, { "Retry-After": "5" });
    } else {
      answer(response, 401, { error: "No good access token." }, { "WWW-Authenticate": "Bearer" });
    }
  }
}).listen(PORT, "127.0.0.1", () => console.log(`listening on http://127.0.0.1:${PORT}`));
