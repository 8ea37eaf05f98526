// An app with Auth.js, which keeps the tokens of Signet in its session cookie.
//
//   npm install @auth/core
//   ISSUER=https://auth.example.com CLIENT_ID=web AUTH_SECRET=$(openssl rand -base64 33) node server.js

import { createServer } from "node:http";
import { Readable } from "node:stream";
import { Auth } from "@auth/core";
import { CredentialsSignin } from "@auth/core/errors";
import Credentials from "@auth/core/providers/credentials";

const { ISSUER, CLIENT_ID, AUTH_SECRET, PORT = 3000 } = process.env;
const ORIGIN = `http://127.0.0.1:${PORT}`;

class TryLater extends CredentialsSignin {
  code = "try_later";
}

function post(path, body, headers) {
  return fetch(ISSUER + path, {
    method: "POST",
    headers: { "Content-Type": "application/json", ...headers },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(10_000),
  });
}

async function authorize({ email, password }, request) {
  // Signet limits attempts by network: list this server in its `http.trusted_proxies`.
  const peer = { "X-Forwarded-For": request.headers.get("x-peer") };
  const answer = await post("/login", { email, password, client_id: CLIENT_ID }, peer);
  if (answer.status === 401) return null;
  if (!answer.ok) throw new TryLater();
  const tokens = await answer.json();
  const session = await fetch(`${ISSUER}/session`, { headers: { Authorization: `Bearer ${tokens.access_token}` } });
  const { sub, name } = await session.json();
  return { id: sub, name, email, tokens };
}

/** Returns the part of the tokens that Auth.js keeps in its encrypted cookie. */
function kept({ access_token, refresh_token, expires_in }) {
  return { access_token, refresh_token, expires_at: Date.now() + expires_in * 1000 };
}

/** Refreshes the tokens. Concurrent refreshes succeed, because a refresh token can be used many times. */
async function refreshed(token) {
  try {
    const answer = await post("/refresh", { refresh_token: token.refresh_token, client_id: CLIENT_ID });
    const body = await answer.json();
    if (answer.ok) return { ...token, ...kept(body) };
    if (body.error === "invalid_grant") return null; // only this error ends the session
    console.error("not refreshed:", answer.status, body.code);
  } catch (error) {
    console.error("not refreshed:", error); // an exception would end the session
  }
  return token;
}

const config = {
  basePath: "/auth",
  trustHost: true,
  secret: AUTH_SECRET,
  session: { strategy: "jwt", maxAge: 30 * 24 * 60 * 60 }, // as long as an unused refresh token is valid
  providers: [Credentials({ credentials: { email: {}, password: { type: "password" } }, authorize })],
  callbacks: {
    async jwt({ token, user }) {
      if (user) return { ...token, ...kept(user.tokens) };
      return Date.now() < token.expires_at - 60_000 ? token : await refreshed(token);
    },
    session({ session, token }) {
      // The access token is for pages that call other services. The refresh token stays in the cookie.
      return { ...session, access_token: token.access_token };
    },
  },
};

createServer(async (request, response) => {
  const { method, headers, url, socket } = request;
  const body = method === "POST" ? Readable.toWeb(request) : undefined;
  const peer = { "x-peer": socket.remoteAddress };
  let asked;
  try {
    asked = new Request(ORIGIN + url, { method, headers: { ...headers, ...peer }, body, duplex: "half" });
  } catch {
    response.writeHead(400).end(); // an invalid URL or method, whose exception would end the process
    return;
  }
  const answer = await Auth(asked, config);
  const cookies = answer.headers.getSetCookie();
  response.writeHead(answer.status, { ...Object.fromEntries(answer.headers), "set-cookie": cookies });
  response.end(await answer.text());
}).listen(PORT, "127.0.0.1", () => console.log(`listening on ${ORIGIN}`));
