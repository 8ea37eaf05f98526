// A single-page app that logs in its users by OpenID Connect, with oidc-client-ts.
//
//   npm install oidc-client-ts
//   ISSUER=https://auth.example.com CLIENT_ID=app PORT=3000 node server.js
//
// This server only sends files: everything happens in the browser.

import { readFileSync } from "node:fs";
import { createServer } from "node:http";

// With DPOP=1 tokens and codes are bound to a key, which the browser keeps in IndexedDB.
const { ISSUER, CLIENT_ID, PORT, DPOP } = process.env;
const ORIGIN = `http://127.0.0.1:${PORT}`;

const settings = {
  authority: ISSUER,
  client_id: CLIENT_ID,
  redirect_uri: `${ORIGIN}/callback`, // of silent renewals too
  post_logout_redirect_uri: `${ORIGIN}/goodbye`,
  scope: "openid profile email groups",
  loadUserInfo: true,
  automaticSilentRenew: false, // only by the buttons below
  includeIdTokenInSilentRenew: true,
};

const page = `<!doctype html>
<meta charset="utf-8">
<title>A single-page app</title>
<link rel="icon" href="data:,">
<button id="login">Log in</button>
<button id="renew">Renew by the refresh token</button>
<button id="frame">Renew in a frame</button>
<button id="embed">Log in within a frame</button>
<button id="logout">Log out</button>
<main></main>
<script src="/oidc-client-ts.js"></script>
<script>
  const dpop = { bind_authorization_code: true, store: new oidc.IndexedDbDPoPStore() };
  const manager = new oidc.UserManager({ ...${JSON.stringify(settings)}, ...(${DPOP === "1"} && { dpop }) });

  // Shows the result of an action, or its error, as JSON in an element of its own.
  function show(id, action) {
    const shown = document.createElement("pre");
    action
      .then((result) => ({ ...result, claims: result.profile }))
      .catch(({ message, error }) => ({ message, error }))
      .then((result) => {
        shown.id = id;
        shown.textContent = JSON.stringify(result);
        document.querySelector("main").append(shown);
      });
  }

  const framed = (prompt) => manager.signinSilent({ forceIframeAuth: true, prompt, silentRequestTimeoutInSeconds: 5 });
  const clicks = {
    login: () => manager.signinRedirect({ nonce: crypto.randomUUID() }),
    renew: () => show("renewed", manager.signinSilent()),
    frame: () => show("framed", framed("none")),
    embed: () => show("embedded", framed("login")),
    logout: () => manager.signoutRedirect({ state: "a text of the application" }),
  };
  for (const [id, action] of Object.entries(clicks)) document.getElementById(id).onclick = action;

  // The page in the frame only hands its URL to the page around it.
  if (self !== top) manager.signinSilentCallback();
  else if (location.pathname === "/callback") show("user", manager.signinCallback());
  else if (location.pathname === "/goodbye") show("goodbye", manager.signoutCallback());
</script>
`;
const library = readFileSync("node_modules/oidc-client-ts/dist/browser/oidc-client-ts.min.js");

createServer((request, response) => {
  const isLibrary = request.url === "/oidc-client-ts.js";
  response.writeHead(200, { "content-type": isLibrary ? "text/javascript" : "text/html" });
  response.end(isLibrary ? library : page);
}).listen(PORT, "127.0.0.1", () => console.log(`listening on ${ORIGIN}`));
