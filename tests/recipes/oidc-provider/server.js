// An OpenID provider with one client. Every login name has an account, and is its `sub`.
//
//   ada             has a verified email, ada@example.com
//   ada-unverified  has an unverified email
//   ada-noaddress   has no email
//
//   npm install oidc-provider
//   CLIENT_ID=signet CLIENT_SECRET=secret REDIRECT_URI=https://auth.example.com/callback/own \
//     PORT=9000 node server.js
//
// Name and email are returned by the userinfo endpoint, which is the default of oidc-provider. With
// CLAIMS=id_token they are in the ID token too. RESPONSE_MODE=form_post forces that response mode.

import { generateKeyPairSync } from "node:crypto";
import { text } from "node:stream/consumers";
import { Provider } from "oidc-provider";

const { CLIENT_ID, CLIENT_SECRET, REDIRECT_URI, CLAIMS, RESPONSE_MODE, PORT = 9000 } = process.env;
// A different site than 127.0.0.1, where the client runs, because browsers withhold same-site cookies.
const ISSUER = `http://localhost:${PORT}`;

function claimsOf(sub) {
  if (sub.endsWith("-noaddress")) return { sub, name: sub };
  return { sub, name: sub, email: `${sub}@example.com`, email_verified: !sub.endsWith("-unverified") };
}

/** Grants the requested scope without a consent page. */
async function agreed({ oidc: { client, account, params } }) {
  const grant = new provider.Grant({ clientId: client.clientId, accountId: account.accountId });
  grant.addOIDCScope(params.scope);
  await grant.save();
  return grant;
}

const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });

const provider = new Provider(ISSUER, {
  clients: [{ client_id: CLIENT_ID, client_secret: CLIENT_SECRET, redirect_uris: [REDIRECT_URI] }],
  claims: { profile: ["name"], email: ["email", "email_verified"] },
  conformIdTokenClaims: CLAIMS !== "id_token",
  cookies: { keys: [CLIENT_SECRET] },
  features: { devInteractions: { enabled: false } },
  findAccount: (_, sub) => ({ accountId: sub, claims: () => claimsOf(sub) }),
  interactions: { url: (_, { uid }) => `/interaction/${uid}` },
  jwks: { keys: [privateKey.export({ format: "jwk" })] },
  loadExistingGrant: agreed,
  pkce: { required: () => true },
  ttl: { Session: 3600, Interaction: 600, Grant: 600, AccessToken: 600, IdToken: 600 },
});

const FORM = `<!doctype html>
<html lang="en">
<title>Log in</title>
<link rel="icon" href="data:,">
<form method="post">
  <input name="login" autofocus>
  <button>Log in</button>
  <button name="cancel" value="yes">Cancel</button>
</form>
</html>`;

provider.use(async (context, next) => {
  if (context.path === "/auth" && RESPONSE_MODE) {
    context.query = { ...context.query, response_mode: RESPONSE_MODE };
  }
  if (!context.path.startsWith("/interaction/")) return next();
  if (context.method === "GET") {
    context.type = "html";
    context.body = FORM;
    return;
  }
  const form = new URLSearchParams(await text(context.req));
  const accountId = form.get("login");
  const result = form.has("cancel") ? { error: "access_denied" } : { login: { accountId }, consent: {} };
  await provider.interactionFinished(context.req, context.res, result);
  context.respond = false;
});

provider.on("server_error", (_, error) => console.error(error));
provider.listen(PORT, "127.0.0.1", () => console.log(`listening on ${ISSUER}`));
