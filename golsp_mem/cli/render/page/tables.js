// The views beside the findings: the codes, the run, and what paper gets.

const MOST_PRINTED = 500;

/** A table of texts, elements and figures: `{ figure }`, which stand to the right. */
function table(headings, rows) {
  const cell = (tag, scope) => (value) =>
    value.figure === undefined
      ? el(tag, { scope }, value)
      : el(tag, { scope, class: "figure" }, value.figure);
  return el("div", { class: "wide" }, el("table", {},
    el("thead", {}, el("tr", {}, ...headings.map(cell("th", "col")))),
    el("tbody", {}, ...rows.map((row) => el("tr", {}, ...row.map(cell("td")))))));
}

/** What findings have one cause, those of most findings first; `bytes` are of those with a size. */
function causes() {
  const found = new Map();
  for (let index = 0; index < TOTAL; index += 1) {
    const cause = column.cause[index];
    const group = found.get(cause) ?? { cause, findings: 0, always: 0, bytes: 0, measured: 0, first: index };
    group.findings += 1;
    group.always += column.verdict[index] === VERDICT.always ? 1 : 0;
    group.bytes += Math.max(column.taken[index], 0);
    group.measured += Math.max(column.measured[index], 0);
    found.set(cause, group);
  }
  const by = report.measured ? "measured" : "findings";
  return [...found.values()].sort((one, other) => other[by] - one[by] || other.findings - one.findings);
}

function drawCauses() {
  const measured = Boolean(report.measured);
  const rows = causes().map((one) => {
    const show = el("button", { onclick: () => presentAll({ cause: one.cause }) }, digits(one.findings));
    const first = el("button", { class: "link", onclick: () => present(one.first) }, placeOf(one.first));
    return [said(one.cause), { figure: show }, { figure: digits(one.always) },
      { figure: one.bytes ? amount(one.bytes) : "" },
      ...(measured ? [{ figure: one.measured ? amount(one.measured) : "" }] : []), first];
  });
  byId("causes").replaceChildren(
    el("h2", {}, "What a mending would have to change"),
    el("p", {}, "Findings with one cause go together: a variable that is boxed at many places, calls of one function. Bytes are those of one object each, where the compiler fixed a size."),
    table(["Cause", { figure: "Findings" }, { figure: "Always" }, { figure: "Bytes" },
      ...(measured ? [{ figure: "Measured" }] : []), "First at"], rows),
  );
}

function drawCodes() {
  const counts = report.codes.map(() => ({ all: 0, always: 0, conditional: 0 }));
  for (let index = 0; index < TOTAL; index += 1) {
    const count = counts[column.code[index]];
    count.all += 1;
    if (look(index) in count) count[look(index)] += 1;
  }
  const rows = report.codes.map((code, number) => {
    const { all, always, conditional } = counts[number];
    const show = el("button", { onclick: () => presentAll({ code: number }), disabled: all === 0 }, digits(all));
    return [codeLink(code, code.code), code.summary, { figure: show }, { figure: digits(always) }, { figure: digits(conditional) }];
  });
  byId("codes").replaceChildren(
    el("h2", {}, "What the codes mean"),
    el("ul", { class: "key" }, ...[
      ["always", "allocates whenever the line runs"],
      ["conditional", "allocates on a condition"],
      ["other", "speaks of stacks, lifetimes, budgets or comments"],
      ["never", "does not allocate, whatever -m says"],
    ].map(([kind, meaning]) => el("li", {}, el("i", { class: kind }), meaning))),
    table(["Code", "Meaning", { figure: "Findings" }, { figure: "Always" }, { figure: "On a condition" }], rows),
  );
}

function drawAbout() {
  const failed = report.packages.filter((one) => one.error !== null);
  const parts = [
    el("h2", {}, "What was compiled"),
    el("p", {}, `${plural(report.packages.length, "package")} in ${report.seconds} s by golsp-mem ${report.tool}, for:`),
    el("ul", {}, ...report.configurations.map((one) => el("li", {}, one.title))),
  ];
  const left = [
    [report.suppressed, "suppressed by comments"],
    [report.excluded, "in excluded files"],
    [report.generated, "in generated files"],
    [report.bookkeeping, "about the runtime's own bookkeeping"],
  ].filter(([number]) => number);
  const lines = left.map(([number, why]) => `${plural(number, "finding")} ${why}`);
  if (report.uncompiled) {
    lines.push(`${plural(report.uncompiled, "generic function")} not looked at: without an instantiation there is no code`);
  }
  if (lines.length) {
    parts.push(el("h2", {}, "Not in this report"), el("ul", {}, ...lines.map((line) => el("li", {}, line))));
  }
  if (report.measured?.elsewhere.length) {
    parts.push(el("h2", {}, "Measured in functions that are called"),
      table(["Place", "Calls", { figure: "Objects" }, { figure: "Bytes" }],
        report.measured.elsewhere.map(([file, line, callee, objects, bytes]) => [
          `${file}:${line}`, callee, { figure: digits(objects) }, { figure: amount(bytes) },
        ])));
  }
  if (failed.length) {
    parts.push(el("h2", {}, "Packages that do not build"),
      table(["Package", "First error"], failed.map((one) => [one.path, one.error])));
  }
  if (report.gone.length) {
    const base = report.base ?? "the baseline";
    parts.push(el("h2", {}, `Findings of ${base} that are no longer there`),
      table(["Package", "Function", "Code", "Explained by"], report.gone.map((one) => one.map((cell) => cell ?? ""))));
  }
  byId("about").replaceChildren(...parts);
}

/** Paper has no scroll bar: the first findings asked for, in the order asked for. */
function drawPrinted() {
  const shown = matches.slice(0, MOST_PRINTED);
  const cut = matches.length > shown.length ? `, the first ${digits(shown.length)} of them` : "";
  byId("printed").replaceChildren(
    el("h2", {}, plural(matches.length, "finding") + cut),
    table(["Place", "Code", "Finding", "Verdict and size"], shown.map((index) => [
      placeOf(index), codeOf(index), said(column.message[index]), said(column.details[index]),
    ])),
  );
}
