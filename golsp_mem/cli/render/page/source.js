// The source of one file, its allocating lines marked. Texts are parsed when somebody looks.

const TAB = 4;

/** What the pane shows: a file's number, its lines, the findings on each of them. */
let opened = { file: NONE, lines: [], marks: new Map() };
let rowsOfCode;

/** The findings of each file, by line. */
const marksByFile = (() => {
  const files = report.files.map(() => new Map());
  for (let index = 0; index < TOTAL; index += 1) {
    const lines = files[column.file[index]];
    const line = column.line[index];
    if (lines.has(line)) lines.get(line).push(index);
    else lines.set(line, [index]);
  }
  return files;
})();

const fileByPath = new Map(report.files.map((file, number) => [file.path, number]));

function linesOf(file) {
  const element = byId(`source-${file}`);
  if (!element) return [];
  const lines = JSON.parse(element.textContent).split("\n");
  // The end of the last line starts no other.
  if (lines.at(-1) === "") lines.pop();
  return lines;
}

function openFile(file) {
  if (file === opened.file) return;
  opened = { file, lines: linesOf(file), marks: marksByFile[file] };
  byId("file").value = String(file);
  const note = report.files[file].kept ? "" : "Its text is not in this report: it is no Go file, could not be read, or found no room.";
  byId("lines").classList.toggle("missing", note !== "");
  byId("lines").dataset.note = note;
  const widest = opened.lines.reduce((most, line) => Math.max(most, cells(line)), 0);
  rowsOfCode.reset(opened.lines.length, `${widest + 14}ch`);
}

/** How wide a line is, roughly: tabs count four, what is written as an escape counts six. */
function cells(line) {
  let wide = line.length;
  for (const character of line) {
    if (character === "\t") wide += TAB - 1;
    else if (character > "~") wide += 5;
  }
  return wide;
}

/** The strongest of some findings, as a line's mark shows it. */
function strongest(findings) {
  return ["always", "conditional", "other", "never"].find((one) =>
    findings.some((index) => look(index) === one),
  );
}

/** How many UTF-16 units of a line its first `bytes` bytes of UTF-8 are. */
function unitsOf(line, bytes) {
  let units = 0;
  let passed = 0;
  for (const character of line) {
    if (passed >= bytes) break;
    const code = character.codePointAt(0);
    const undecodable = code >= 0xdc80 && code <= 0xdcff;
    passed += undecodable || code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    units += character.length;
  }
  return units;
}

/** Where a finding's piece of its first line is, in UTF-16 units. */
function piece(index, line) {
  const from = column.column[index];
  if (from < 1) return [line.length - line.trimStart().length, line.trimEnd().length];
  const ends = column.endLine[index] === column.line[index];
  const start = unitsOf(line, from - 1);
  return [start, ends ? Math.max(start, unitsOf(line, column.endColumn[index] - 1)) : line.length];
}

/** Text in pieces: what cannot be seen, or would reorder what is, stands in a box. */
function codePieces(text) {
  const pieces = [];
  let from = 0;
  for (const match of text.matchAll(UNSAFE)) {
    if (match[0] === "\t") continue;
    pieces.push(document.createTextNode(text.slice(from, match.index)));
    pieces.push(el("span", { class: "hidden-character" }, written(match[0])));
    from = match.index + match[0].length;
  }
  pieces.push(document.createTextNode(text.slice(from)));
  return pieces;
}

/** A line with the pieces of its findings underlined; of pieces that overlap the first wins. */
function codeText(line, findings) {
  const chosen = (index) => index === asked.selected;
  const pieces = findings
    .map((index) => [...piece(index, line), index])
    .sort((one, other) => Number(chosen(other[2])) - Number(chosen(one[2])) || one[0] - other[0]);
  const taken = [];
  for (const [start, end, index] of pieces) {
    if (end > start && taken.every((one) => end <= one[0] || start >= one[1])) {
      taken.push([start, end, index]);
    }
  }
  taken.sort((one, other) => one[0] - other[0]);
  const parts = [];
  let at = 0;
  for (const [start, end, index] of taken) {
    parts.push(...codePieces(line.slice(at, start)));
    const kind = chosen(index) ? `${look(index)} chosen` : look(index);
    parts.push(el("mark", { class: kind }, ...codePieces(line.slice(start, end))));
    at = end;
  }
  return [...parts, ...codePieces(line.slice(at))];
}

function lineRow(position) {
  const number = position + 1;
  const line = opened.lines[position];
  const findings = opened.marks.get(number) ?? [];
  const text = el("code");
  text.append(...codeText(line, findings));
  if (!findings.length) {
    return el("div", { class: "line" }, el("span", { class: "number" }, number), el("span", { class: "gain" }), text);
  }
  const here = findings.includes(asked.selected);
  const kind = strongest(findings);
  const next = findings[(findings.indexOf(asked.selected) + 1) % findings.length];
  const label = `Line ${number}: ${plural(findings.length, "finding")}, ${kind === "other" ? "not of the heap" : kind}`;
  return el(
    "div",
    { class: `line marked ${kind}${here ? " here" : ""}`, onclick: () => choose(next) },
    el("button", { class: "number", "aria-label": label, "data-key": number, "aria-pressed": here }, number),
    el("span", { class: "gain" }, gain(findings)),
    text,
  );
}

/** What the heap gives up on a line, in the margin. */
function gain(findings) {
  const sum = sums(findings);
  if (!sum.sites) return "•";
  if (asked.measure === "measured") return sum.measured ? amount(sum.measured) : "·";
  if (!sum.sized) return sum.sites > 1 ? `? ×${sum.sites}` : "?";
  return amount(sum.bytes) + (sum.sized < sum.sites ? "+?" : "");
}

/** Another finding of the open file, in the order of its lines. */
function stepInFile(by) {
  const inFile = [...opened.marks.entries()]
    .sort((one, other) => one[0] - other[0])
    .flatMap(([, findings]) => findings);
  if (!inFile.length) return;
  const at = inFile.indexOf(asked.selected);
  const to = at < 0 ? (by > 0 ? 0 : inFile.length - 1) : (at + by + inFile.length) % inFile.length;
  choose(inFile[to]);
}

/** Shows a place of the code; `line` may be one without a finding. */
function showLine(file, line) {
  openFile(file);
  if (line >= 1 && line <= opened.lines.length) rowsOfCode.reveal(line - 1);
  const count = [...opened.marks.values()].reduce((sum, findings) => sum + findings.length, 0);
  byId("place-in-file").textContent = plural(count, "finding");
}

/** A place as something to press where the report has its source, else as text. */
function placeButton(path, line, columnNumber = 0) {
  const label = `${said(path)}:${line}${columnNumber ? `:${columnNumber}` : ""}`;
  const file = fileByPath.get(path);
  if (file === undefined || !report.files[file].kept) return el("span", { class: "place" }, label);
  return el("button", { class: "place", onclick: () => showLine(file, line) }, label);
}

function startSource() {
  rowsOfCode = new Rows(byId("lines"), 20, lineRow);
  const order = report.files
    .map((file, number) => [said(file.path), number, marksByFile[number].size])
    .sort((one, other) => (one[0] < other[0] ? -1 : 1));
  byId("file").append(
    ...order.map(([path, number, lines]) =>
      el("option", { value: number }, `${path} (${plural(lines, "marked line")})`),
    ),
  );
  byId("file").addEventListener("change", (event) => {
    const file = Number(heldBy(event));
    showLine(file, 1);
    const first = Math.min(...opened.marks.keys());
    choose(opened.marks.get(first)[0]);
  });
  byId("previous").addEventListener("click", () => stepInFile(-1));
  byId("next").addEventListener("click", () => stepInFile(1));
}
