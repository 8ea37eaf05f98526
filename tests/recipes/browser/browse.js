// Takes the steps that are given on standard input, as a JSON list, in a headless Chromium:
//
//   {"open": URL}                                   {"type": SELECTOR, "text": TEXT}
//   {"click": SELECTOR}                             {"read": SELECTOR}
//   {"arrive": URL}, which waits until the browser has come to a URL that begins so
//   {"land": URL}, which does the same where no app is running: it makes an empty page there
//
// Prints as JSON where it has been and is in the end, what it has read, which cookies it has, and
// `problems`: everything that a page of anybody's was refused by its policy or failed at.
//
//   npm install puppeteer-core
//   CHROMIUM=/usr/bin/chromium node browse.js <steps.json

import { once } from "node:events";
import { createServer } from "node:http";
import { json } from "node:stream/consumers";
import puppeteer from "puppeteer-core";

const steps = await json(process.stdin);
const browser = await puppeteer.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  headless: true,
  pipe: true, // it ends when we do
  args: [
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    // It may call nobody but whom we test.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
  ],
});
const page = await browser.newPage();
page.setDefaultTimeout(30_000);

const visited = [], texts = [], problems = [];
page.on("console", (message) => {
  if (["error", "warn"].includes(message.type())) problems.push(`${message.type()}: ${message.text()}`);
});
page.on("pageerror", (error) => problems.push(`thrown: ${error.message}`));
page.on("requestfailed", (request) => problems.push(`failed: ${request.url()}: ${request.failure()?.errorText}`));
page.on("framenavigated", (frame) => visited.push(frame.url()));

async function emptyPageAt(url) {
  const { hostname, port } = new URL(url);
  const app = createServer((_, response) =>
    response
      .writeHead(200, { "Content-Type": "text/html" })
      .end('<!doctype html><title>landed</title><link rel="icon" href="data:,">'),
  );
  await once(app.listen(port, hostname), "listening");
  return app;
}

const takes = {
  open: (url) => page.goto(url),
  type: (selector, { text }) => page.locator(selector).fill(text),
  click: (selector) => page.locator(selector).click(),
  read: async (selector) => {
    const element = await page.waitForSelector(selector);
    texts.push(await element.evaluate(({ innerText }) => innerText));
  },
  arrive: (start) => page.waitForFunction((start) => location.href.startsWith(start), {}, start),
  land: (start) => takes.arrive(start),
};

const apps = await Promise.all(steps.filter(({ land }) => land).map(({ land }) => emptyPageAt(land)));
let stopped;
for (const step of steps) {
  const name = Object.keys(step).find((name) => name in takes);
  try {
    await takes[name](step[name], step);
  } catch (error) {
    const shown = await page.evaluate(() => document.body.innerText).catch(() => "");
    stopped = { step, error: error.message, shown: shown.slice(0, 2000) };
    break;
  }
}
const cookies = await browser.cookies();
const url = page.url();
await browser.close();
for (const app of apps) app.close();
console.log(JSON.stringify({ url, visited, texts, cookies, problems, stopped }));
