// A single-page app that logs in its users by OpenID Connect, with oidc-client-ts.
//
//   npm install oidc-client-ts
//   ISSUER=https://auth.example.com CLIENT_ID=app PORT=3000 node server.js
//
// This server only sends files: everything happens in the browser.

import { readFileSync } from "node:fs";
import { createServer } from "node:http";

const { ISSUER, CLIENT_ID, PORT } = process.env;
const ORIGIN = `http://127.0.0.1:${PORT}`;

const settings = {
  authority: ISSUER,
  client_id: CLIENT_ID,
  redirect_uri: `${ORIGIN}/callback`,
  scope: "openid profile email groups",
  loadUserInfo: true,
  automaticSilentRenew: false, // only by the button below
};

const page = `<!doctype html>
<meta charset="utf-8">
<title>A single-page app</title>
<link rel="icon" href="data:,">
<button id="login">Log in</button>
<button id="renew">Renew</button>
<main></main>
<script src="/oidc-client-ts.js"></script>
<script>
  const manager = new oidc.UserManager(${JSON.stringify(settings)});

  // Shows the result of an action, or its error, as JSON in an element of its own.
  function show(id, action) {
    const shown = document.createElement("pre");
    action
      .then((user) => ({ ...user, claims: user.profile }))
      .catch(({ message, error }) => ({ message, error }))
      .then((result) => {
        shown.id = id;
        shown.textContent = JSON.stringify(result);
        document.querySelector("main").append(shown);
      });
  }

  document.querySelector("#login").onclick = () => manager.signinRedirect({ nonce: crypto.randomUUID() });
  document.querySelector("#renew").onclick = () => show("renewed", manager.signinSilent());
  if (location.pathname === "/callback") show("user", manager.signinCallback());
</script>
`;
const library = readFileSync("node_modules/oidc-client-ts/dist/browser/oidc-client-ts.min.js");

createServer((request, response) => {
  const isLibrary = request.url === "/oidc-client-ts.js";
  response.writeHead(200, { "content-type": isLibrary ? "text/javascript" : "text/html" });
  response.end(isLibrary ? library : page);
}).listen(PORT, "127.0.0.1", () => console.log(`listening on ${ORIGIN}`));
