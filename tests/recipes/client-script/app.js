// Serves examples/spa/index.html for a client and an issuer of the tests.
//
//   PAGE=examples/spa/index.html ISSUER=http://127.0.0.1:8080 CLIENT_ID=spa PORT=3000 TRANSPORT=dpop node app.js

import { readFileSync } from "node:fs";
import { createServer } from "node:http";

const { PAGE, ISSUER, CLIENT_ID, PORT, TRANSPORT } = process.env;
const page = readFileSync(PAGE, "utf8")
  .replace("http://127.0.0.1:8080", ISSUER)
  .replace('clientId: "spa"', `clientId: "${CLIENT_ID}", transport: "${TRANSPORT}"`);

// The page itself, and the paths of mailed links.
const PATHS = ["/", "/signup/confirm", "/login/link/confirm", "/password/reset", "/email/confirm"];

createServer((request, response) => {
  if (!PATHS.includes(request.url.split("?")[0])) return response.writeHead(404).end();
  response.writeHead(200, { "content-type": "text/html" });
  response.end(page);
}).listen(PORT, "127.0.0.1", () => console.log(`listening on http://127.0.0.1:${PORT}`));
