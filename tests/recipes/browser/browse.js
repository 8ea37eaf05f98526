// A headless Chromium that is told where to go. Every line on standard input is a JSON list of steps:
//
//   {"open": URL}                                   {"type": SELECTOR, "text": TEXT}
//   {"click": SELECTOR}                             {"read": SELECTOR}
//   {"arrive": URL}, which waits until the browser has come to a URL that begins so
//   {"land": URL}, which does the same where no app is running: it makes an empty page there
//
// For each it prints, as JSON: where the browser is now, what it has visited and read on the way,
// which cookies it has, and `problems`: whatever any page was refused by its policy, or failed at.
//
//   npm install puppeteer-core
//   CHROMIUM=/usr/bin/chromium node browse.js <steps.json

import { once } from "node:events";
import { createServer } from "node:http";
import { createInterface } from "node:readline";
import puppeteer from "puppeteer-core";

const browser = await puppeteer.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  headless: true,
  pipe: true, // it ends when we do
  args: [
    "--no-sandbox", // which root cannot have
    "--disable-dev-shm-usage",
    "--disable-gpu",
    // It may call nobody but whom we test.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
  ],
});
const page = await browser.newPage();
page.setDefaultTimeout(30_000);

let [visited, problems] = [[], []];
page.on("framenavigated", (frame) => visited.push(frame.url()));
page.on("console", (message) => {
  if (["error", "warn"].includes(message.type())) problems.push(`${message.type()}: ${message.text()}`);
});
page.on("pageerror", (error) => problems.push(`thrown: ${error.message}`));
page.on("requestfailed", (request) => problems.push(`failed: ${request.url()}: ${request.failure()?.errorText}`));

const EMPTY = '<!doctype html><title>landed</title><link rel="icon" href="data:,">';

async function emptyPageAt(url) {
  const { hostname, port } = new URL(url);
  const app = createServer((_, response) => response.writeHead(200, { "Content-Type": "text/html" }).end(EMPTY));
  await once(app.listen(port, hostname), "listening");
  return app;
}

const takes = {
  open: (url) => page.goto(url),
  type: (selector, { text }) => page.locator(selector).fill(text),
  click: (selector) => page.locator(selector).click(),
  read: async (selector) => {
    const element = await page.waitForSelector(selector);
    return element.evaluate(({ innerText }) => innerText);
  },
  arrive: async (start) => {
    await page.waitForFunction((start) => location.href.startsWith(start), {}, start);
  },
  land: (start) => takes.arrive(start),
};

async function take(steps) {
  const read = [];
  for (const step of steps) {
    const name = Object.keys(step).find((name) => name in takes);
    try {
      const answer = await takes[name](step[name], step);
      if (name === "read") read.push(answer);
    } catch (error) {
      const shown = await page.evaluate(() => document.body.innerText).catch(() => "");
      return { read, stopped: { step, error: error.message, shown: shown.slice(0, 2000) } };
    }
  }
  return { read };
}

for await (const line of createInterface({ input: process.stdin })) {
  const steps = JSON.parse(line);
  const apps = await Promise.all(steps.filter(({ land }) => land).map(({ land }) => emptyPageAt(land)));
  const came = await take(steps);
  const cookies = await browser.cookies();
  console.log(JSON.stringify({ ...came, url: page.url(), visited, cookies, problems }));
  for (const app of apps) app.close().closeAllConnections();
  [visited, problems] = [[], []];
}
await browser.close();
