// What people do, and what is drawn again for it.

/** Asks for something else; names as in EVERYTHING, and sort, measure, selected. */
function ask(changes) {
  // What was typed counts at once, even where its own frame has not come yet.
  asked = { ...asked, query: byId("query").value, ...changes };
  // A function is asked for together with its package.
  if (asked.package === NONE) asked.function = NONE;
  redraw();
  remember(!("query" in changes));
}

function redraw() {
  select();
  drawMap();
  drawList();
  drawFilters();
  if (asked.selected === NONE && matches.length) {
    showLine(column.file[matches[0]], column.line[matches[0]]);
  }
}

/** Opens a finding: its line, its details, its row in the list. */
function choose(index) {
  display(index);
  remember(true);
}

function display(index) {
  asked = { ...asked, selected: index };
  showLine(column.file[index], column.line[index]);
  rowsOfCode.draw(true);
  drawDetails();
  markChosen();
}

/** Opens a finding from another view. */
function present(index) {
  showView("findings");
  if (!matches.includes(index)) ask(EVERYTHING);
  choose(index);
}

function presentAll(changes) {
  showView("findings");
  ask({ ...EVERYTHING, ...changes });
}

// ---- the address: what is asked for can be sent to somebody else ----

const NAMES = {
  code: (number) => report.codes[number].code,
  severity: (number) => report.severities[number],
  verdict: (number) => report.verdicts[number],
  state: (number) => report.states[number],
  configurations: (number) => report.configurations[number].name,
  cause: said,
  package: said,
  function: said,
};
const LISTS = {
  code: () => report.codes.map((one) => one.code),
  severity: () => report.severities,
  verdict: () => report.verdicts,
  state: () => report.states,
  configurations: () => report.configurations.map((one) => one.name),
  cause: () => strings,
  package: () => strings,
  function: () => strings,
};

/** Puts what is asked for into the address: as a step to come back to, or in place. */
function remember(step) {
  const words = new URLSearchParams();
  for (const [name, word] of Object.entries(NAMES)) {
    if (asked[name] !== NONE) words.set(name, word(asked[name]));
  }
  if (asked.query) words.set("q", asked.query);
  if (asked.sort !== "place") words.set("sort", asked.sort);
  if (asked.measure !== MEASURE) words.set("measure", asked.measure);
  if (asked.selected !== NONE) words.set("finding", String(asked.selected));
  const address = `#${words}`;
  if (address === (location.hash || "#")) return;
  if (step) history.pushState(null, "", address);
  else history.replaceState(null, "", address);
}

/** Draws what the address says; words that mean nothing here are passed over. */
function recall() {
  const words = new URLSearchParams(location.hash.slice(1));
  /** @type {Record<string, any>} */
  const wanted = { ...EVERYTHING, sort: "place", measure: MEASURE, selected: NONE };
  for (const [name, list] of Object.entries(LISTS)) {
    if (words.has(name)) wanted[name] = list().indexOf(words.get(name));
  }
  wanted.query = words.get("q") ?? "";
  if (["bytes", "severity", "measured"].includes(words.get("sort"))) wanted.sort = words.get("sort");
  const measures = ["bytes", "sites", ...(report.measured ? ["measured"] : [])];
  if (measures.includes(words.get("measure"))) wanted.measure = words.get("measure");
  const finding = Number(words.get("finding") ?? NONE);
  asked = wanted;
  redraw();
  if (Number.isInteger(finding) && finding >= 0 && finding < TOTAL) display(finding);
  else drawDetails();
}

// ---- filters ----

function options(name, all, entries) {
  byId(`filter-${name}`).append(
    el("option", { value: NONE }, all),
    ...entries.map(([value, label]) => el("option", { value }, label)),
  );
}

/** Values of a column with how many findings have them, in the order of `names`. */
function counted(name, labels) {
  const counts = new Map();
  for (const value of column[name]) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts.entries()]
    .filter(([value]) => value !== NONE)
    .map(([value, count]) => [value, labels(value), count])
    .sort((one, other) => (labels === said ? (one[1] < other[1] ? -1 : 1) : one[0] - other[0]))
    .map(([value, label, count]) => [value, `${label} (${digits(count)})`]);
}

function startFilters() {
  options("code", "all codes", counted("code", (value) => report.codes[value].code));
  options("severity", "all severities", counted("severity", (value) => report.severities[value]));
  const verdicts = { always: "always", conditional: "on a condition", never: "never" };
  options("verdict", "all verdicts", counted("verdict", (value) => verdicts[report.verdicts[value]]));
  options("cause", "all causes", causes().map((one) => [one.cause, `${said(one.cause)} (${digits(one.findings)})`]));
  options("package", "all packages", counted("package", said));
  const states = { new: "new", unchanged: "known before" };
  options("state", "new and known", counted("state", (value) => states[report.states[value]]));
  byId("states").hidden = !report.compared;
  options("configurations", "all configurations", report.configurations.map((one, at) => [at, one.name]));
  byId("targets").hidden = report.configurations.length < 2;
  for (const name of FILTERS) {
    byId(`filter-${name}`).addEventListener("change", (event) => {
      const change = { [name]: Number(heldBy(event)) };
      ask(name === "package" ? { ...change, function: NONE } : change);
    });
  }
  if (report.measured) {
    /** @type {HTMLElement} */ (document.querySelector("[data-measure=measured]")).hidden = false;
    byId("sort").append(el("option", { value: "measured" }, "by measured bytes"));
  }
  byId("sort").addEventListener("change", (event) => ask({ sort: heldBy(event) }));
  byId("reset").addEventListener("click", () => ask(EVERYTHING));
  byId("filters").addEventListener("submit", (event) => event.preventDefault());
  let frame = 0;
  byId("query").addEventListener("input", (event) => {
    cancelAnimationFrame(frame);
    frame = requestAnimationFrame(() => ask({ query: heldBy(event) }));
  });
}

function drawFilters() {
  for (const name of FILTERS) {
    const box = byId(`filter-${name}`);
    box.value = String(asked[name]);
    box.classList.toggle("set", asked[name] !== NONE);
  }
  byId("sort").value = asked.sort;
  if (byId("query").value !== asked.query) byId("query").value = asked.query;
  for (const button of /** @type {Iterable<HTMLElement>} */ (byId("measure").children)) {
    const on = button.dataset.measure === asked.measure;
    button.setAttribute("aria-checked", String(on));
    button.tabIndex = on ? 0 : -1;
  }
}

// ---- views, colours, paper ----

const VIEWS = { findings: () => drawMap(), causes: drawCauses, stacks: drawFrames, codes: drawCodes, about: drawAbout };

function showView(name) {
  for (const view of Object.keys(VIEWS)) {
    const tab = byId(`tab-${view}`);
    byId(view).hidden = view !== name;
    tab.setAttribute("aria-selected", String(view === name));
    tab.tabIndex = view === name ? 0 : -1;
  }
  VIEWS[name]();
}

function startViews() {
  for (const view of Object.keys(VIEWS)) {
    byId(`tab-${view}`).addEventListener("click", () => showView(view));
  }
  byId("tabs").addEventListener("keydown", (event) => {
    moveFocus(event, [...byId("tabs").children])?.click();
  });
  byId("measure").addEventListener("click", (event) => {
    const { measure } = /** @type {HTMLElement} */ (event.target).dataset;
    if (measure) ask({ measure });
  });
  byId("measure").addEventListener("keydown", (event) => {
    moveFocus(event, [...byId("measure").children].filter((one) => !/** @type {HTMLElement} */ (one).hidden))?.click();
  });
  byId("tab-stacks").append(` ${digits(report.growths.length)}`);
}

// Of the system decides the sheet.
const COLOURS = { system: "", light: "light", dark: "dark" };
const THEME_KEY = "golsp-mem-colours";

function startColours() {
  const names = Object.keys(COLOURS);
  let chosen = names.find((name) => name === kept()) ?? "system";
  const button = byId("theme");
  const show = () => {
    document.documentElement.style.setProperty("color-scheme", COLOURS[chosen]);
    button.textContent = `Colours: ${chosen}`;
  };
  button.addEventListener("click", () => {
    chosen = names[(names.indexOf(chosen) + 1) % names.length];
    show();
    keep(chosen);
  });
  show();
}

// A page in a sandboxed frame, as CI services show artifacts, has no storage: asking raises.
function kept() {
  try {
    return localStorage.getItem(THEME_KEY);
  } catch {
    return null;
  }
}

function keep(value) {
  try {
    localStorage.setItem(THEME_KEY, value);
  } catch {
    // The choice holds until the page is closed.
  }
}

function drawHead() {
  byId("name").textContent = visible(report.name);
  byId("run").textContent = visible(report.configurations.map((one) => one.title).join(" · "));
  const count = (test) => {
    let number = 0;
    for (let index = 0; index < TOTAL; index += 1) number += test(index) ? 1 : 0;
    return number;
  };
  const code = (name) => report.codes.findIndex((one) => one.code === name);
  const [broken, passed] = [code("contract-noalloc"), code("contract-budget")];
  const facts = [
    [report.packages.filter((one) => one.error !== null).length, "package", "not built", () => showView("about")],
    [count((index) => column.code[index] === broken), "contract", "broken", () => presentAll({ code: broken })],
    [count((index) => column.code[index] === passed), "budget", "passed", () => presentAll({ code: passed })],
    [count((index) => column.state[index] === NEW), "finding", "new", () => presentAll({ state: NEW })],
    [report.gone.length, "finding", "gone", () => showView("about")],
  ].filter(([number]) => number);
  byId("facts").replaceChildren(
    ...facts.map(([number, noun, what, go]) => el("button", { class: `fact ${what.replace(" ", "-")}`, onclick: go }, `${plural(number, noun)} ${what}`)),
  );
}

startColours();
drawHead();
startList();
startSource();
startFilters();
startViews();
startMap();
recall();
addEventListener("popstate", () => recall());
addEventListener("beforeprint", drawPrinted);
addEventListener("afterprint", () => byId("printed").replaceChildren());
