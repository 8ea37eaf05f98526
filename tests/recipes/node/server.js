// A resource server on Node.
//
//   npm install jose
//   ISSUER=https://auth.example.com AUDIENCE=https://api.example.com PORT=8000 node server.js

import { createServer } from "node:http";
import { createRemoteJWKSet, errors, jwtVerify } from "jose";

const { ISSUER, AUDIENCE, PORT = 8000 } = process.env;

// Kept for ten minutes. A key that is not among them is asked for, at most every five seconds.
const keys = createRemoteJWKSet(new URL(`${ISSUER}/.well-known/jwks.json`), { cooldownDuration: 5_000 });

/** The claims of an access token that was minted for us. */
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

/** Whether it was the keys that could not be had, which is no fault of the token's. */
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
