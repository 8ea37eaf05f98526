// A headless Chromium that is told where to go. Every line on standard input is a JSON list of steps:
//
//   {"open": URL}                                   {"type": SELECTOR, "text": TEXT}
//   {"click": SELECTOR}                             {"read": SELECTOR}
//   {"arrive": URL}, which waits until the browser has come to a URL that begins so
//
// For each it prints, as JSON: where the browser is now, what it has visited and read on the way,
// which cookies it has, and `problems`: whatever any page was refused by its policy, or failed at.
//
//   npm install puppeteer-core
//   CHROMIUM=/usr/bin/chromium node browse.js <steps.json

import { createInterface } from "node:readline";
import puppeteer from "puppeteer-core";

const browser = await puppeteer.launch({
  executablePath: process.env.CHROMIUM,
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

const takes = {
  open: (url) => page.goto(url),
  type: (selector, { text }) => page.locator(selector).fill(text),
  click: (selector) => page.locator(selector).click(),
  read: async (selector) => {
    const element = await page.waitForSelector(selector);
    return element.evaluate(({ innerText }) => innerText);
  },
  arrive: (start) => page.waitForFunction((start) => location.href.startsWith(start), {}, start),
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
  const came = await take(JSON.parse(line));
  const cookies = await browser.cookies();
  console.log(JSON.stringify({ ...came, url: page.url(), visited, cookies, problems }));
  [visited, problems] = [[], []];
}
await browser.close();
