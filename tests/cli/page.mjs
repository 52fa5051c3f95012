// Opens reports in a browser and does what a person does. The only argument says which browser, as
// JSON; each line of stdin is a job (test_html_browser.py writes them), each of stdout what was seen.
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";

const start = JSON.parse(process.argv[2]);
const { chromium } = createRequire(`${start.playwright}/`)("playwright-core");
const STEP_MS = 30_000;

/** Asks until the answer is true. Not waitForFunction: it evals in the page, whose policy forbids. */
async function until(page, expression) {
  const end = Date.now() + STEP_MS;
  while (!(await page.evaluate(expression))) {
    if (Date.now() > end) throw new Error(`waited in vain for ${expression}`);
    await pause(50);
  }
}

const STEPS = {
  click: (page, target) => page.locator(target).first().click(),
  fill: (page, [target, text]) => page.locator(target).fill(text),
  choose: (page, [target, label]) => page.locator(target).selectOption({ label }),
  focus: (page, target) => page.locator(target).first().focus(),
  press: (page, key) => page.keyboard.press(key),
  scroll: (page, [target, top]) =>
    page.locator(target).evaluate((box, to) => box.scrollTo({ top: to }), top),
  size: (page, [width, height]) => page.setViewportSize({ width, height }),
  scheme: (page, colorScheme) => page.emulateMedia({ colorScheme }),
  paper: (page, on) => page.emulateMedia({ media: on ? "print" : "screen" }),
  until,
  read: (page, expression) => page.evaluate(expression),
};

/** What is seen of one report, in a profile of its own. */
async function look(browser, job) {
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  page.setDefaultTimeout(STEP_MS);
  const seen = { read: [], requests: [], complaints: [] };
  page.context().on("request", (request) => seen.requests.push(request.url()));
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) seen.complaints.push(message.text());
  });
  page.on("pageerror", (error) => seen.complaints.push(String(error.stack ?? error)));
  page.on("dialog", (dialog) => {
    seen.complaints.push(`dialog: ${dialog.message()}`);
    dialog.dismiss();
  });
  page.on("popup", (popup) => seen.complaints.push(`popup: ${popup.url()}`));
  try {
    await page.goto(job.url);
    for (const step of job.steps) {
      const [name, argument] = Object.entries(step)[0];
      const answer = await STEPS[name](page, argument);
      if (name === "read") seen.read.push(answer ?? null);
    }
    // What was started must be over before it can be said that nothing happened.
    await page.waitForLoadState("networkidle");
    return { seen };
  } catch (error) {
    await page.screenshot({ path: job.failure });
    return { error: `${error}\nseen: ${JSON.stringify(seen)}` };
  } finally {
    await page.context().close();
  }
}

const browser = await chromium.launch({
  executablePath: start.chromium,
  headless: true,
  args: start.arguments,
});
try {
  for await (const line of createInterface({ input: process.stdin })) {
    process.stdout.write(`${JSON.stringify(await look(browser, JSON.parse(line)))}\n`);
  }
} finally {
  await browser.close();
}
