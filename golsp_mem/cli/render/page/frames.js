// Large frames against the sizes that stacks have: powers of two, each as far again.

const MOST_FRAMES = 200;

const stackAfter = (row) => (row.moves.length ? row.moves.at(-1)[1] : row.start);

/** A power of two in its own unit: 512 B, 8 KiB. */
function powerOfTwo(exponent) {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  const unit = Math.min(units.length - 1, Math.floor(exponent / 10));
  return `${2 ** (exponent - 10 * unit)} ${units[unit]}`;
}

/** Where a size is on the axis, in percent of its length. */
function axisOf(rows) {
  const most = Math.max(...rows.map((row) => Math.max(stackAfter(row), column.bytes[row.finding])));
  const low = Math.log2(Math.min(...rows.map((row) => row.start))) - 1;
  const high = Math.max(Math.ceil(Math.log2(most)), low + 2);
  const at = (bytes) => ((Math.max(Math.log2(bytes), low) - low) / (high - low)) * 100;
  return { low, high, at };
}

function positioned(element, from, to) {
  element.style.setProperty("left", `${from.toFixed(2)}%`);
  if (to !== undefined) element.style.setProperty("width", `${(to - from).toFixed(2)}%`);
  return element;
}

function drawFrames() {
  const rows = [...report.growths].sort(
    (one, other) => column.bytes[other.finding] - column.bytes[one.finding],
  );
  const panel = byId("stacks");
  if (!rows.length) {
    panel.replaceChildren(el("p", { class: "empty" }, "No function has a stack frame above the setting large-frame-bytes."));
    return;
  }
  const shown = rows.slice(0, MOST_FRAMES);
  const { low, high, at } = axisOf(shown);
  const powers = Array.from({ length: high - low + 1 }, (_, step) => low + step);
  const every = Math.ceil(powers.length / 9);
  const axis = powers.filter((_, step) => step % every === 0)
    .map((power) => positioned(el("span", {}, powerOfTwo(power)), at(2 ** power)));
  panel.replaceChildren(
    el("h2", {}, "Large frames and the stacks that they need"),
    el("p", {}, "A goroutine starts with a small stack. When a frame does not fit, the runtime allocates one of twice the ",
      "size, or more, and copies what is in use. ", el("i", { class: "bar-frame" }), " the frame, ",
      el("i", { class: "bar-stack" }), " the stack that a new goroutine has when the function is called first."),
    el("table", { class: "frames" },
      el("thead", {}, el("tr", {}, el("th", { scope: "col" }, "Function"), el("th", { scope: "col", class: "figure" }, "Frame"),
        el("th", { scope: "col", class: "axis", "aria-label": "Size, each mark twice the one before" }, el("div", {}, ...axis)),
        el("th", { scope: "col", class: "figure" }, "Stack"))),
      el("tbody", {}, ...shown.map((row) => frameRow(row, powers, at)))),
    rows.length > shown.length
      ? el("p", {}, `The largest ${shown.length} of ${plural(rows.length, "function")}; the findings list has all.`)
      : "",
  );
}

function frameRow(row, powers, at) {
  const index = row.finding;
  const bytes = column.bytes[index];
  const after = stackAfter(row);
  const steps = [row.start, ...row.moves.map((move) => move[1])];
  const copied = row.moves.reduce((sum, move) => sum + move[2], 0);
  const track = el("div", { class: "track" },
    ...powers.map((power) => positioned(el("i", { class: "grid" }), at(2 ** power))),
    positioned(el("i", { class: "bar-stack" }), 0, at(after)),
    positioned(el("i", { class: "bar-frame" }), 0, at(bytes)),
    ...steps.map((size) => positioned(el("i", { class: "stop" }), at(size))));
  const name = said(column.function[index]);
  return el("tr", { "data-steps": steps.join(" ") },
    el("th", { scope: "row" },
      el("button", { title: `${name}, ${placeOf(index)}`, onclick: () => present(index) }, shortFunction(name)),
      el("small", {}, shortPackage(said(column.package[index])))),
    el("td", { class: "figure" }, amount(bytes)),
    el("td", { class: "axis" }, track),
    el("td", { class: "figure", title: `copies ${amount(copied)}` }, steps.map((size) => powerOfTwo(Math.log2(size))).join(" → ")));
}
