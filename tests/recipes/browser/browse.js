// Drives a headless Chromium. Every line on standard input is a JSON list of steps:
//
//   {"open": URL}                                   {"type": SELECTOR, "text": TEXT}
//   {"click": SELECTOR}                             {"read": SELECTOR}
//   {"follow": SELECTOR}, which clicks, and waits until the next page has loaded
//   {"arrive": URL}, which waits until the URL of the browser begins with this
//
//   {"shown": TEXT}, which waits for a page with this text
//
// Steps of a user who has only a keyboard:
//
//   {"tab": NAME}, which moves the focus to the element of that name, and reads all elements on the way
//   {"keys": TEXT}, for the focused element          {"press": KEY}
//   {"send": KEY}, which leads to another page       {"look": true}, which reads the whole page
//
// Steps that change the user or the device:
//
//   {"browser": NAME}, which has separate cookies    {"page": NAME}, another tab of the same browser
//   {"emulate": {"width": 390, "height": 844, "dark": true, "scripts": false}}
//   {"popup": SELECTOR}, which clicks, and goes on in the popup that opens
//   {"before": CODE}, which pages run before their own scripts, from the next page on
//   {"run": CODE}, which the page runs as the body of an async function; its result is read
//   {"lose": PATH}, which loses the next response of this path after the server has sent it
//   {"offline": true}, which cuts the network of this tab
//   {"violations": "all"}, which reads what violates WCAG 2.2 A and AA; or "contrast", only in its colours
//   {"failed": TEXT}, which expects failed requests with this text
//   {"allowed": [STATUS]}, which are no problems from here on
//   {"refused": STATUS}, which expects this status, of which the browser reports an error
//   {"webauthn": METHOD, "with": {…}}, which sends this method of the WebAuthn domain of the DevTools protocol for the
//     authenticator of this page, and reads the answer. The first one is "addVirtualAuthenticator"
//   {"unframed": URL}, which expects that the browser refused to show a page of this URL in a frame
//
// For each list it prints as JSON: the URL of the browser, the visited URLs, the texts that were read, the
// cookies, all requests so far with their `Referer`, and `problems`: everything that the policy of a page
// blocked, and all failures.
//
//   npm install puppeteer-core axe-core
//   CHROMIUM=/usr/bin/chromium node browse.js <steps.json

import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import puppeteer from "puppeteer-core";

const browser = await puppeteer.launch({
  executablePath: process.env.CHROMIUM,
  headless: true,
  pipe: true, // the browser ends with this process
  args: [
    "--no-sandbox", // the sandbox is unavailable to root
    "--disable-dev-shm-usage",
    "--disable-gpu",
    // The browser may send requests only to the tested service.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
  ],
});
const axe = readFileSync(new URL(import.meta.resolve("axe-core/axe.min.js")), "utf8");
const RULES = {
  all: { type: "tag", values: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] },
  contrast: { type: "rule", values: ["color-contrast"] },
};
let [visited, problems] = [[], []];
let allowed = [];
const networks = [];

async function opened(context) {
  const page = await context.newPage();
  page.setDefaultTimeout(30_000);
  page.on("framenavigated", (frame) => visited.push(frame.url()));
  page.on("console", (message) => {
    const isAllowed = allowed.some((status) => message.text().includes(`with a status of ${status} `));
    if (["error", "warn"].includes(message.type()) && !isAllowed) problems.push(`${message.type()}: ${message.text()}`);
  });
  page.on("pageerror", (error) => problems.push(`thrown: ${error.message}`));
  page.on("requestfailed", (request) => problems.push(`failed: ${request.url()}: ${request.failure()?.errorText}`));
  // The second event has the headers that are really sent. The two events come in either order, and again for
  // every redirect.
  const asked = new Map();
  const of = (id) => asked.get(id) ?? asked.set(id, { urls: [], headers: [] }).get(id);
  const network = await page.createCDPSession();
  network.on("Network.requestWillBeSent", ({ requestId, request }) => of(requestId).urls.push(request.url));
  network.on("Network.requestWillBeSentExtraInfo", ({ requestId, headers }) => of(requestId).headers.push(headers));
  await network.send("Network.enable");
  networks.push(asked);
  return page;
}

const requests = () => networks.flatMap((asked) => [...asked.values()]).flatMap(({ urls, headers }) =>
  urls.map((url, at) => ({ url, referer: headers[at]?.Referer ?? headers[at]?.referer })));

let page = await opened(browser.defaultBrowserContext());
const pages = new Map([["first", page]]);

// Returns the focused element as a screen reader receives it.
async function focused() {
  const deepest = (node) => {
    const within = (node.children ?? []).map(deepest).find(Boolean);
    return within ?? (node.focused ? node : undefined);
  };
  const { role, name, pressed, invalid, description } = deepest(await page.accessibility.snapshot()) ?? {};
  return { role, name, pressed, invalid, description };
}

// Waits for the focus of the page. `autofocus` takes effect when the page is first drawn, which may be after it
// has loaded, and the accessibility tree is updated even later.
async function settled() {
  for (let tries = 0; tries < 200; tries++) {
    const [isComplete, isWanted, isGiven] = await page.evaluate(() => [
      document.readyState === "complete",
      document.querySelector("[autofocus]") !== null,
      document.activeElement !== document.body,
    ]);
    const focus = await focused();
    if (isComplete && (focus.name || !(isWanted || isGiven))) return focus;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return focused();
}

const takes = {
  open: (url) => page.goto(url),
  type: (selector, { text }) => page.locator(selector).fill(text),
  click: (selector) => page.locator(selector).click(),
  follow: (selector) => Promise.all([page.waitForNavigation(), page.locator(selector).click()]),
  read: async (selector) => {
    const element = await page.waitForSelector(selector);
    return element.evaluate(({ innerText }) => innerText);
  },
  arrive: async (start) => {
    for (let tries = 0; !page.url().startsWith(start); tries++) {
      if (tries > 600) throw new Error(`still at ${page.url()}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  },
  shown: async (text) => {
    // The page may leave while it is read.
    const shows = () => page.evaluate((text) => document.body.innerText.includes(text), text).catch(() => false);
    for (let tries = 0; !(await shows()); tries++) {
      if (tries > 200) throw new Error(`${text} is not shown`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  },
  tab: async (name) => {
    const stops = [];
    while (stops.length < 20) {
      await page.keyboard.press("Tab");
      const stop = await focused();
      stops.push(stop.name);
      if (stop.name === name) return stops;
    }
    throw new Error(`no way to ${name}, but to ${stops}`);
  },
  keys: (text) => page.keyboard.type(text),
  press: (key) => page.keyboard.press(key),
  send: (key) => Promise.all([page.waitForNavigation(), page.keyboard.press(key)]),
  look: async () => ({
    focus: await settled(),
    ...(await page.evaluate(() => ({
      url: location.href,
      lang: document.documentElement.lang,
      title: document.title,
      heading: document.querySelector("h1")?.innerText,
      text: document.body.innerText,
      types: [...document.querySelectorAll("input:not([type=hidden], [hidden])")].map((input) => input.type),
      username: document.querySelector("input[autocomplete=username][hidden]")?.value,
      isTooWide: document.documentElement.scrollWidth > innerWidth,
      least: Math.min(...[...document.querySelectorAll("input, button, .button")]
        .map((it) => it.getBoundingClientRect().height).filter((height) => height > 0)),
      logos: [...document.querySelectorAll("img.mark")]
        .map((it) => it.getBoundingClientRect()).map(({ width, height }) => [width, height]),
      colours: [getComputedStyle(document.body).backgroundColor, getComputedStyle(document.body).color],
    }))),
  }),
  browser: async (name) => {
    if (!pages.has(name)) pages.set(name, await opened(await browser.createBrowserContext()));
    page = pages.get(name);
    await page.bringToFront();
  },
  emulate: async ({ width = 1280, height = 800, dark = false, scripts = true }) => {
    await page.setViewport({ width, height, isMobile: width < 600, hasTouch: width < 600 });
    await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: dark ? "dark" : "light" }]);
    await page.setJavaScriptEnabled(scripts);
  },
  page: async (name) => {
    if (!pages.has(name)) pages.set(name, await opened(page.browserContext()));
    page = pages.get(name);
    await page.bringToFront();
  },
  popup: async (selector) => {
    const opens = new Promise((resolve) => page.once("popup", resolve));
    await page.locator(selector).click();
    page = await opens;
  },
  allowed: (statuses) => void (allowed = statuses),
  before: (code) => page.evaluateOnNewDocument(code),
  violations: async (kind) => {
    await page.evaluate(axe);
    const { violations } = await page.evaluate((runOnly) => axe.run({ runOnly }), RULES[kind]);
    return violations.flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html}: ${failureSummary}`));
  },
  run: (code) => page.evaluate(`(async () => { ${code} })()`),
  lose: async (path) => {
    const session = await page.createCDPSession();
    session.on("Fetch.requestPaused", async ({ requestId }) => {
      await session.send("Fetch.failRequest", { requestId, errorReason: "ConnectionReset" });
      await session.detach();
    });
    await session.send("Fetch.enable", { patterns: [{ urlPattern: `*${path}`, requestStage: "Response" }] });
  },
  offline: (isOffline) => page.setOfflineMode(isOffline),
  failed: (text) => {
    const kept = problems.filter((problem) => !problem.includes(text));
    if (kept.length === problems.length) throw new Error(`nothing failed with ${text}: ${problems}`);
    problems = kept;
  },
  refused: (status) => {
    const at = problems.findIndex((problem) => problem.includes(`with a status of ${status} `));
    if (at < 0) throw new Error(`nothing was answered with ${status}`);
    problems.splice(at, 1);
  },
  unframed: (url) => {
    const isRefusal = (problem) =>
      problem.includes(url) && /frame-ancestors 'none'|ERR_BLOCKED_BY_RESPONSE/.test(problem);
    if (!problems.some(isRefusal)) throw new Error(`no page of ${url} was kept out of a frame`);
    problems = problems.filter((problem) => !isRefusal(problem));
  },
};

// Page → its session and the id of its authenticator.
const authenticators = new Map();
takes.webauthn = async (method, { with: parameters }) => {
  if (!authenticators.has(page)) {
    const session = await page.createCDPSession();
    await session.send("WebAuthn.enable");
    authenticators.set(page, { session });
  }
  const { session, authenticatorId } = authenticators.get(page);
  const answer = await session.send(`WebAuthn.${method}`, { authenticatorId, ...parameters });
  if (answer.authenticatorId) authenticators.set(page, { session, ...answer });
  return answer;
};

async function take(steps) {
  const read = [];
  for (const step of steps) {
    const name = Object.keys(step).find((name) => name in takes);
    try {
      const answer = await takes[name](step[name], step);
      if (["read", "tab", "look", "run", "webauthn", "violations"].includes(name)) read.push(answer);
    } catch (error) {
      const shown = await page.evaluate(() => document.body.innerText).catch(() => "");
      return { read, stopped: { step, error: error.message, shown: shown.slice(0, 2000) } };
    }
  }
  return { read };
}

for await (const line of createInterface({ input: process.stdin })) {
  const came = await take(JSON.parse(line));
  const cookies = await browser.cookies();
  console.log(JSON.stringify({ ...came, url: page.url(), visited, cookies, requests: requests(), problems }));
  [visited, problems] = [[], []];
}
await browser.close();
