// Opens a VS Code window in a real browser and does what a person does. The only argument is a
// job as JSON (host.py writes it); what was seen goes to stdout as JSON.
import { existsSync, readFileSync, renameSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { setTimeout as pause } from "node:timers/promises";

const job = JSON.parse(process.argv[2]);
const { chromium } = createRequire(`${job.playwright}/`)("playwright-core");
const STEP_MS = 120_000; // an installation, on a machine that does much else

const STATUS = '[id="golsp-mem.golsp-mem.golsp-mem.status"]';
const HOVER = ".monaco-editor .monaco-hover:not(.hidden), .monaco-resizable-hover .monaco-hover";
const NOTICE = ".notifications-toasts .notification-list-item";

/** Asks until the answer is truthy; says what it was waiting for when it never is. */
async function until(what, ask) {
  const end = Date.now() + STEP_MS;
  for (;;) {
    const answer = await ask();
    if (answer) return answer;
    if (Date.now() > end) throw new Error(`waited in vain for ${what}`);
    await pause(100);
  }
}

const clean = (text) => text.replace(/\u00a0/g, " ").trim();

class Window {
  constructor(page) {
    this.page = page;
  }

  /** Opens the folder, with the cursor at a place of a file if one is named. */
  async open({ file, line = 1, column = 1 } = {}) {
    const address = `vscode-remote://${job.authority}${job.folder}/${file}:${line}:${column}`;
    const payload = file ? [["openFile", address], ["gotoLineMode", "true"]] : [];
    await this.page.goto(`${job.url}&payload=${encodeURIComponent(JSON.stringify(payload))}`);
    await this.page.waitForSelector(file ? ".monaco-editor .view-line" : ".monaco-workbench");
    if (file) await this.page.keyboard.press("Control+B"); // more room for the code
  }

  async status(pattern) {
    const item = this.page.locator(STATUS);
    return until(`status bar item like ${pattern}`, async () => {
      const text = (await item.count()) ? clean(await item.first().innerText()) : "";
      return new RegExp(pattern).test(text) && text;
    });
  }

  async squiggles() {
    await this.page.waitForSelector('.monaco-editor [class*="squiggly-"]');
    return this.page.$$eval('.monaco-editor [class*="squiggly-"]', (all) =>
      all.map((one) => /squiggly-(\w+)/.exec(one.className)[1]),
    );
  }

  /** Puts the mouse on the first occurrence of a word and waits for a hover that says `text`. */
  async hover(word, text) {
    return until(`hover on ${word} with ${text}`, async () => {
      // Asked again each time: the code moves when lenses and hints arrive.
      const box = await this.boxOf(word);
      if (!box) return undefined;
      await this.page.mouse.move(box.x + 4, box.y - 60);
      await this.page.mouse.move(box.x + Math.min(12, box.width / 2), box.y + box.height / 2);
      for (let tries = 0; tries < 20; tries += 1) {
        const texts = await this.page.locator(HOVER).allInnerTexts();
        const found = texts.map(clean).find((one) => one.includes(text));
        if (found) return found;
        await pause(100);
      }
      return undefined;
    });
  }

  /** Where a word stands on the screen. */
  async boxOf(word) {
    return this.page.evaluate((wanted) => {
      for (const line of document.querySelectorAll(".monaco-editor .view-line")) {
        // A word may be coloured in pieces, each a node of its own.
        const at = line.textContent.replace(/\u00a0/g, " ").indexOf(wanted);
        if (at < 0) continue;
        const range = document.createRange();
        const walker = document.createTreeWalker(line, NodeFilter.SHOW_TEXT);
        for (let node = walker.nextNode(), passed = 0; node; node = walker.nextNode()) {
          const end = passed + node.data.length;
          if (at >= passed && at < end) range.setStart(node, at - passed);
          if (at + wanted.length <= end) {
            range.setEnd(node, at + wanted.length - passed);
            break;
          }
          passed = end;
        }
        const { x, y, width, height } = range.getBoundingClientRect();
        return { x, y, width, height };
      }
      return null;
    }, word);
  }

  async click(word) {
    const box = await until(`${word} on the screen`, () => this.boxOf(word));
    await this.page.mouse.click(box.x + Math.min(6, box.width / 2), box.y + box.height / 2);
  }

  /** What the light bulb offers at the cursor. */
  async bulb(text) {
    const rows = this.page.locator(".action-widget .monaco-list-row.action");
    return until(`code action with ${text}`, async () => {
      await this.page.keyboard.press("Control+.");
      for (let tries = 0; tries < 15; tries += 1) {
        const texts = (await rows.allInnerTexts()).map(clean);
        if (texts.some((one) => one.includes(text))) return texts;
        await pause(100);
      }
      await this.page.keyboard.press("Escape");
      return undefined;
    });
  }

  async choose(text) {
    // By keyboard: the widget shields itself from the mouse where the mouse already is.
    const focused = this.page.locator(".action-widget .monaco-list-row.focused");
    await until(`focus on ${text}`, async () => {
      if ((await focused.allInnerTexts()).some((one) => clean(one).includes(text))) return true;
      await this.page.keyboard.press("ArrowDown");
      return undefined;
    });
    await this.page.keyboard.press("Enter");
  }

  /** The text of the Markdown preview, once it has some that contains `text`. */
  async preview(text) {
    return until(`preview with ${text}`, async () => {
      for (const frame of this.page.frames()) {
        const body = await frame
          .evaluate(() => document.querySelector(".markdown-body")?.innerText)
          .catch(() => undefined); // a frame may go while it is asked
        if (body?.includes(text)) return body;
      }
      return undefined;
    });
  }

  /** A link of a page in a preview: of several pages, the one that has it. */
  async previewLink(text) {
    return until(`a link ${text} in a preview`, async () => {
      for (const frame of this.page.frames()) {
        const link = frame.locator(".markdown-body a", { hasText: text }).first();
        if (await link.isVisible().catch(() => false)) return link; // a frame may go meanwhile
      }
      return undefined;
    });
  }

  /** The cursor's place as the status bar tells it, once it is in the line that `link` names. */
  async cursor(link) {
    const line = link.split(":")[1];
    const place = this.page.locator('[id="status.editor.selection"]');
    return until(`cursor in line ${line}`, async () => {
      const text = (await place.count()) ? clean(await place.first().innerText()) : "";
      return text.startsWith(`Ln ${line},`) && text;
    });
  }

  /** Opens the menu behind the status bar item; its rows once one contains `text`. */
  async menu(text) {
    const rows = this.page.locator(".quick-input-list .monaco-list-row");
    await this.page.locator(STATUS).click();
    return until(`menu with ${text}`, async () => {
      const all = (await rows.allInnerTexts()).map(clean);
      return all.some((one) => one.includes(text)) && all;
    });
  }

  async pick(text) {
    await this.page.locator(".quick-input-list .monaco-list-row", { hasText: text }).first().click();
  }

  // A menu closes by itself when a notice or a tab takes the focus: ask again then.
  async chooseFromMenu(text) {
    const row = this.page.locator(".quick-input-list .monaco-list-row", { hasText: text }).first();
    for (let tries = 3; ; tries--) {
      await this.menu(text);
      try {
        return await row.click({ timeout: 5000 });
      } catch (error) {
        if (tries === 1) throw error;
        await this.page.keyboard.press("Escape");
      }
    }
  }

  async command(title) {
    await this.page.keyboard.press("F1");
    const input = this.page.locator(".quick-input-widget input");
    await input.waitFor();
    await input.fill(`>${title}`);
    await this.pick(title);
  }

  /** What the status bar item says to the mouse on it. */
  async tooltip(text) {
    return until(`tooltip with ${text}`, async () => {
      const all = await this.page.locator(".workbench-hover").allInnerTexts();
      return all.map(clean).find((one) => one.includes(text));
    });
  }

  async trust() {
    await this.menu("Manage workspace trust");
    await this.pick("Manage workspace trust");
    await this.page.locator(".workspace-trust-editor").waitFor();
    await this.page.locator(".workspace-trust-editor a", { hasText: /^Trust$/ }).first().click();
  }

  async notice(text) {
    const list = this.page.locator(NOTICE);
    return until(`notification with ${text}`, async () =>
      (await list.allInnerTexts()).map(clean).find((one) => one.includes(text)),
    );
  }

  async notices() {
    return (await this.page.locator(NOTICE).allInnerTexts()).map(clean);
  }

  async tabs() {
    return (await this.page.locator(".tab .label-name").allInnerTexts()).map(clean);
  }

  /** The rows of the view of findings, once one contains `text`. */
  async findings(text) {
    const rows = this.page.locator(".part.panel .pane-body .monaco-list-row");
    return until(`a row with ${text}`, async () => {
      const all = (await rows.allInnerTexts()).map(clean);
      return all.some((one) => one.includes(text)) && all;
    });
  }

  /** Presses a button of a notification. */
  async answer(label) {
    await this.page.locator(`${NOTICE} .monaco-button`, { hasText: label }).first().click();
  }

  /** Applies a fix from the light bulb, saves with the keyboard, reads the disk. */
  async fix({ file, word, action, edited }) {
    await until("the warning", async () => (await this.squiggles()).includes("warning"));
    await this.click(word);
    const seen = { actions: await this.bulb(action) };
    await this.picture("fix");
    await this.choose(action);
    await until("the edit in the editor", () => this.boxOf(edited));
    await this.page.keyboard.press("Control+S");
    seen.disk = await until("the edit on the disk", () => {
      const text = readFileSync(`${job.folder}/${file}`, "utf8");
      return text.includes(edited) && text;
    });
    seen.status = await this.status("mem 0");
    return seen;
  }

  /** A picture to look at, and for the README where the job says so. */
  async picture(name) {
    const wanted = [job.pictures, job.readme].filter(Boolean);
    if (wanted.length) await pause(400); // notices and menus fade in
    for (const directory of wanted) {
      await this.page.screenshot({ path: `${directory}/${name}.png` });
    }
  }
}

/** The probe lives as long as its window is open. */
async function probeDone() {
  const end = Date.now() + job.seconds * 1000;
  while (job.until && !existsSync(job.until)) {
    if (Date.now() > end) throw new Error("the probe wrote no result");
    await pause(100);
  }
}

const SCENARIOS = {
  /** Only the window: what there is to do is done inside of it, by the probe. */
  async connect(window) {
    await window.open();
    return {};
  },

  /** What the probe has left on the screen: marks beside the code. */
  async marks(window) {
    await window.open();
    await probeDone();
    const marks = window.page.locator(".glyph-margin-widgets .cgmr");
    const seen = { marks: await until("a mark in the gutter", () => marks.count()) };
    await window.picture("gutter");
    return seen;
  },

  /** Looks, hovers, asks for help, reads the explanation, uses the menu. */
  async tour(window) {
    await window.open({ file: job.file, line: 25 });
    const seen = { status: await window.status("mem \\d+") };
    seen.squiggles = await window.squiggles();
    seen.hover = await window.hover(job.word, job.hover);
    await window.picture("hover");
    await window.page.keyboard.press("Escape");
    await window.click(job.word);
    seen.actions = await window.bulb(job.action);
    await window.choose(job.action);
    seen.preview = await window.preview(job.explained);
    seen.tabs = await window.tabs();
    await window.picture("explanation");
    // A link in the page leads to the code.
    await (await window.previewLink(job.link)).click();
    seen.cursor = await window.cursor(job.link);
    seen.menu = await window.menu("Analyse workspace");
    await window.pick("Analyse workspace");
    seen.analysed = await window.notice("findings in");
    await window.answer("Show Report");
    // The page beside it speaks of book.go, too.
    seen.report = await window.preview(job.fix.file);
    await window.menu("Turn hints on");
    await window.pick("Turn hints on");
    await window.page.locator(".tab .label-name", { hasText: job.file }).first().click();
    await until(`the hint ${job.hint}`, () => window.boxOf(job.hint));
    await window.picture("hints");
    await window.menu("Show findings");
    await window.pick("Show findings");
    seen.view = await window.findings(job.file);
    await window.picture("findings");
    await window.command("golsp-mem: Group Findings by Cause");
    seen.causes = await window.findings(job.cause);
    await window.picture("causes");
    await window.command("golsp-mem: Group Findings by File");
    await (await window.previewLink(job.fix.file)).click();
    seen.fixed = await window.fix(job.fix);
    // Code that does not build keeps its findings, and says so without raising its voice.
    await window.page.locator(".tab .label-name", { hasText: job.file }).first().click();
    await window.click(job.word);
    await window.page.keyboard.type("!");
    await window.page.keyboard.press("Control+S");
    await window.page.locator(`${STATUS} .codicon-history`).waitFor();
    seen.broken = await window.status("mem \\d+");
    await window.page.locator(STATUS).hover();
    seen.why = await window.tooltip("before the last change");
    seen.notices = await window.notices();
    return seen;
  },

  /** A look at code that is not ours. */
  async read(window) {
    await window.open({ file: job.file, line: job.line });
    const seen = { status: await window.status("mem \\d+"), squiggles: await window.squiggles() };
    seen.hover = await window.hover(job.word, job.hover);
    await window.picture("read");
    await window.command("golsp-mem: Show Report Page");
    const page = await until("the page of the report", async () => {
      for (const frame of window.page.frames()) {
        const [list] = await frame.$$("#tiles button, #tiles [role]").catch(() => []);
        if (list) return frame;
      }
      return undefined;
    });
    seen.page = await page.evaluate(() => ({
      text: document.body.innerText,
      policy: document.querySelector('meta[http-equiv="Content-Security-Policy"]')?.content,
    }));
    await window.picture("page");
    return seen;
  },

  /** From opening a file to the first finding: what was shown when, and what had to be pressed. */
  async minute(window) {
    const began = Date.now();
    const seconds = () => (Date.now() - began) / 1000;
    const seen = { shown: [], pressed: [], first: null };
    const last = {};
    const note = async (kind, text) => {
      if (!text || last[kind] === text) return;
      last[kind] = text;
      seen.shown.push([seconds(), `${kind}: ${text}`]);
      const picture = /compiling/.test(text) ? "compiling" : /nstall/.test(text) && "install";
      if (picture && !last[picture]) {
        last[picture] = true;
        await window.picture(`minute-${picture}`);
      }
    };
    await window.open({ file: job.file });
    await note("editor", "the file is on the screen");
    const items = window.page.locator(".statusbar-item");
    while (seen.first === null && seconds() < job.seconds) {
      const texts = (await items.allInnerTexts()).map(clean);
      const ours = texts.filter((one) => /^mem\b|golsp-mem|compiling|Go memory/.test(one));
      await note("status bar", ours.join(" | "));
      const notices = (await window.notices()).map((one) => one.replace(/\s+/g, " "));
      await note("notice", notices.join(" | "));
      if (notices.some((one) => /Install the one/.test(one)) && seen.pressed.length === 0) {
        seen.pressed.push("Install");
        await window.answer("Install");
      }
      if (await window.page.locator('.monaco-editor [class*="squiggly-"]').count()) {
        seen.first = seconds();
        await window.picture("minute-first");
      }
      await pause(50);
    }
    return seen;
  },

  /** How a file stands, for people who look at the picture. */
  async state(window) {
    await window.open({ file: job.file });
    const seen = { status: await window.status(job.status) };
    await window.page.locator(STATUS).hover();
    seen.tooltip = await window.tooltip("golsp-mem");
    seen.notices = await window.notices();
    await window.picture(job.called);
    return seen;
  },

  /** A step of the walkthrough. */
  async walkthrough(window) {
    await window.open();
    await window.command("Welcome: Open Walkthrough...");
    await window.pick("golsp-mem");
    for (const [number, title] of job.steps.entries()) {
      await window.page.locator(".step-title", { hasText: title }).first().click();
      await pause(1500); // its picture is loaded
      await window.picture(`walkthrough-${number + 1}`);
    }
    return {};
  },

  /** Cancels an analysis of the workspace that would take for ever. */
  async cancel(window) {
    await window.open({ file: job.file });
    await window.command("golsp-mem: Analyse Workspace");
    await until("the go command's start", () => existsSync(job.marker));
    const seen = { progress: await window.notice("golsp-mem") };
    await window.picture("cancel");
    await window.answer("Cancel");
    await until("the progress gone", async () => (await window.notices()).length === 0);
    return seen;
  },

  /** Not trusted; trusted with a program that fails; without any; with the right one. */
  async newcomer(window) {
    await window.open({ file: job.file });
    const seen = { untrusted: await window.status("mem") };
    await window.page.locator(STATUS).hover();
    seen.tooltip = await window.tooltip("trusted");
    seen.startedUntrusted = existsSync(job.marker);
    await window.picture("untrusted");

    await window.trust();
    await window.notice("did not start");
    seen.failing = await window.notices();
    seen.startedTrusted = existsSync(job.marker);

    rmSync(`${job.folder}/.venv`, { recursive: true });
    await window.answer("Restart");
    await window.notice("no server found");
    seen.missing = await window.notices();
    await window.picture("missing");
    await window.answer("Install");
    seen.progress = await window.notice("of 3)");
    await window.picture("installing");
    await window.page.locator(".tab .label-name", { hasText: job.file }).click();
    seen.working = await window.status("mem \\d+");
    await window.command("golsp-mem: Show Version");
    const dialog = window.page.locator(".monaco-dialog-box");
    seen.version = clean(await dialog.innerText());
    await window.picture("version");
    await window.page.keyboard.press("Escape");
    await window.chooseFromMenu("Doctor");
    seen.doctor = await window.preview("needed is here");
    await window.picture("doctor");
    // A server of another version in the workspace: one message, and ours comes first on request.
    renameSync(job.older, `${job.folder}/.venv`);
    await window.page.mouse.move(300, 300); // the item's tooltip lies over the menu's rows
    await window.page.locator(".tab .label-name", { hasText: job.file }).click();
    await window.command("golsp-mem: Restart Server");
    seen.older = await window.notice("the extension");
    await window.answer("Install or Repair");
    await window.page.locator(".tab .label-name", { hasText: job.file }).click();
    // Until the installation is over the older one goes on.
    seen.repaired = await until("the repaired server", async () => {
      await window.command("golsp-mem: Show Version");
      await dialog.waitFor();
      const text = clean(await dialog.innerText());
      await window.page.keyboard.press("Escape");
      return text.includes(job.version) && text;
    });
    return seen;
  },
};

const browser = await chromium.launch({
  executablePath: job.chromium,
  headless: true,
  args: job.arguments,
});
try {
  const page = await browser.newPage({ viewport: { width: 1120, height: 640 } });
  page.setDefaultTimeout(STEP_MS);
  const window = new Window(page);
  try {
    const seen = await SCENARIOS[job.scenario](window);
    await probeDone();
    process.stdout.write(JSON.stringify(seen));
  } catch (error) {
    if (job.failure) await page.screenshot({ path: job.failure });
    throw error;
  }
} finally {
  await browser.close();
}
