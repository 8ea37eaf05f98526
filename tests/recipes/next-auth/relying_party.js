// An app that logs in its users by OpenID Connect, with next-auth 4.
//
//   npm install next-auth@4
//   ISSUER=https://auth.example.com CLIENT_ID=app CLIENT_SECRET=... PORT=3000 node relying_party.js
//
// CHECKS are the checks of next-auth, by default pkce, state and nonce. With AUTH the client authenticates by that
// method. With USERINFO=yes the profile is from the userinfo endpoint. Next.js itself is left out: the server below
// calls next-auth as the API route pages/api/auth/[...nextauth].js does.

import { createServer } from "node:http";
import nextAuth from "next-auth";

const NextAuth = nextAuth.default ?? nextAuth;
const { ISSUER, CLIENT_ID, CLIENT_SECRET, CHECKS = "pkce state nonce", AUTH, USERINFO, PORT } = process.env;
const ORIGIN = `http://127.0.0.1:${PORT}`;
process.env.NEXTAUTH_URL = `${ORIGIN}/api/auth`;

const options = {
  secret: process.env.AUTH_SECRET,
  providers: [
    {
      id: "signet",
      name: "Signet",
      type: "oauth",
      wellKnown: `${ISSUER}/.well-known/openid-configuration`,
      clientId: CLIENT_ID,
      clientSecret: CLIENT_SECRET,
      authorization: { params: { scope: "openid profile email groups" } },
      idToken: true,
      ...(USERINFO === "yes" && { userinfo: { request: ({ client, tokens }) => client.userinfo(tokens) } }),
      ...(AUTH && { client: { token_endpoint_auth_method: AUTH } }),
      checks: CHECKS.split(" "),
      profile: ({ sub, name, email }) => ({ id: sub, name, email }),
    },
  ],
  callbacks: {
    jwt({ token, account, profile }) {
      return profile ? { ...token, profile, has_refresh_token: !!account.refresh_token } : token;
    },
    session({ session, token }) {
      return { ...session, sub: token.sub, profile: token.profile, has_refresh_token: token.has_refresh_token };
    },
  },
};

/** Adds to the request and the response of Node what Next.js adds for API routes. */
async function route(request, response) {
  if (request.url === "/") return response.end("The home page.");
  const url = new URL(request.url, ORIGIN);
  const chunks = await request.toArray();
  request.body = Object.fromEntries(new URLSearchParams(Buffer.concat(chunks).toString()));
  request.cookies = Object.fromEntries(
    (request.headers.cookie ?? "").split("; ").map((pair) => {
      const [name, ...value] = pair.split("=");
      return [name, decodeURIComponent(value.join("="))];
    }),
  );
  const nextauth = url.pathname.replace("/api/auth/", "").split("/");
  request.query = { ...Object.fromEntries(url.searchParams), nextauth };
  response.status = (status) => Object.assign(response, { statusCode: status });
  response.send = (body) => response.end(body instanceof Object ? JSON.stringify(body) : body);
  response.json = (body) => response.setHeader("content-type", "application/json").end(JSON.stringify(body));
  await NextAuth(request, response, options);
}

createServer((request, response) => {
  route(request, response).catch((error) => response.writeHead(500).end(String(error)));
}).listen(PORT, "127.0.0.1", () => console.log(`listening on ${ORIGIN}`));
