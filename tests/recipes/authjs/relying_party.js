// An app that logs in its users by OpenID Connect, with Auth.js.
//
//   npm install @auth/core
//   ISSUER=https://auth.example.com CLIENT_ID=app CLIENT_SECRET=... AUTH_SECRET=$(openssl rand -base64 33) PORT=3000 \
//     node relying_party.js
//
// CHECKS are the checks of Auth.js. Its default is pkce, with state where the issuer offers no PKCE. With AUTH the
// client authenticates by that method. With USERINFO=yes the profile is from the userinfo endpoint.

import { createServer } from "node:http";
import { Readable } from "node:stream";
import { Auth } from "@auth/core";

const { ISSUER, CLIENT_ID, CLIENT_SECRET, AUTH_SECRET, CHECKS, AUTH, USERINFO, PORT } = process.env;
const ORIGIN = `http://127.0.0.1:${PORT}`;

const config = {
  basePath: "/auth",
  trustHost: true,
  secret: AUTH_SECRET,
  providers: [
    {
      id: "signet",
      name: "Signet",
      type: "oidc",
      issuer: ISSUER,
      clientId: CLIENT_ID,
      clientSecret: CLIENT_SECRET,
      authorization: { params: { scope: "openid profile email groups" } },
      ...(AUTH && { client: { token_endpoint_auth_method: AUTH } }),
      ...(USERINFO === "yes" && { idToken: false }),
      ...(CHECKS && { checks: CHECKS.split(" ") }),
    },
  ],
  callbacks: {
    jwt({ token, account, profile }) {
      return profile ? { ...token, sub: profile.sub, profile, has_refresh_token: !!account.refresh_token } : token;
    },
    session({ session, token }) {
      return { ...session, sub: token.sub, profile: token.profile, has_refresh_token: token.has_refresh_token };
    },
  },
};

createServer(async (request, response) => {
  const { method, headers, url } = request;
  if (url === "/") return response.end("The home page.");
  const body = method === "POST" ? Readable.toWeb(request) : undefined;
  const answer = await Auth(new Request(ORIGIN + url, { method, headers, body, duplex: "half" }), config);
  const cookies = answer.headers.getSetCookie();
  response.writeHead(answer.status, { ...Object.fromEntries(answer.headers), "set-cookie": cookies });
  response.end(await answer.text());
}).listen(PORT, "127.0.0.1", () => console.log(`listening on ${ORIGIN}`));
