// Long lists: only the rows in sight are elements.

const OVERSCAN = 6;

/** Rows of one height in a box that scrolls. `row(number)` makes an element. */
class Rows {
  constructor(box, height, row) {
    this.box = box;
    this.height = height;
    this.row = row;
    this.total = this.first = this.last = 0;
    this.inner = el("div", { class: "rows", role: "presentation" });
    box.replaceChildren(this.inner);
    box.addEventListener("scroll", () => this.draw(), { passive: true });
    new ResizeObserver(() => this.draw()).observe(box);
  }

  /** Another number of rows, from the top; `width` is CSS. */
  reset(total, width = "100%") {
    this.total = total;
    this.inner.style.setProperty("height", `${total * this.height}px`);
    this.inner.style.setProperty("min-width", width);
    this.box.scrollTop = 0;
    this.draw(true);
  }

  draw(again = false) {
    const { scrollTop, clientHeight } = this.box;
    const first = Math.max(0, Math.floor(scrollTop / this.height) - OVERSCAN);
    const last = Math.min(this.total, Math.ceil((scrollTop + clientHeight) / this.height) + OVERSCAN);
    if (!again && first === this.first && last === this.last) return;
    // The element that has the focus would take it along when it goes.
    const active = /** @type {HTMLElement} */ (document.activeElement);
    const focused = this.inner.contains(active) && active.dataset.key;
    [this.first, this.last] = [first, last];
    const rows = [];
    for (let number = first; number < last; number += 1) {
      const row = this.row(number);
      row.style.setProperty("top", `${number * this.height}px`);
      rows.push(row);
    }
    this.inner.replaceChildren(...rows);
    if (focused) this.inner.querySelector(`[data-key="${focused}"]`)?.focus({ preventScroll: true });
  }

  /** Scrolls so far that a row is in sight, with some around it. */
  reveal(number) {
    const top = number * this.height;
    const { scrollTop, clientHeight } = this.box;
    if (top < scrollTop || top + this.height > scrollTop + clientHeight) {
      this.box.scrollTop = top - clientHeight / 3;
    }
    this.draw(true);
  }
}

let listed;

function startList() {
  const box = byId("list");
  listed = new Rows(box, 52, listRow);
  box.addEventListener("keydown", (event) => {
    const page = Math.max(1, Math.floor(box.clientHeight / listed.height) - 1);
    const at = matches.indexOf(asked.selected);
    const to = {
      ArrowDown: at + 1, ArrowUp: at - 1, PageDown: at + page, PageUp: at - page,
      Home: 0, End: matches.length - 1,
    }[event.key];
    if (event.key === "Enter" && at >= 0) byId("details").focus();
    if (to === undefined || !matches.length) return;
    event.preventDefault();
    choose(matches[Math.max(0, Math.min(matches.length - 1, to))]);
  });
}

function listRow(number) {
  const index = matches[number];
  const taken = asked.measure === "measured" ? column.measured[index] : column.taken[index];
  const size = taken === NONE ? "" : amount(taken);
  return el(
    "div",
    {
      class: `finding ${look(index)}`, role: "option", id: `finding-${index}`,
      "aria-selected": index === asked.selected, "aria-setsize": matches.length,
      "aria-posinset": number + 1, title: said(column.message[index]), onclick: () => openRow(index),
    },
    el("div", {}, ...tags(index), el("span", {}, said(column.message[index])), el("small", {}, size)),
    el("div", { class: "where" }, el("span", {}, placeOf(index)), el("small", {}, codeOf(index))),
  );
}

/** Where the panes stand below each other, the finding comes into sight. */
function openRow(index) {
  choose(index);
  if (matchMedia("(max-width: 999px)").matches) byId("details").scrollIntoView();
}

/** What must not be overlooked: new, or loud. */
function tags(index) {
  const severity = report.severities[column.severity[index]];
  const made = [];
  if (severity === "error" || severity === "warning") {
    made.push(el("b", { class: severity }, severity));
  }
  if (column.state[index] === NEW) made.push(el("b", { class: "new" }, "new"));
  return made;
}

function drawList() {
  listed.reset(matches.length);
  byId("list").removeAttribute("aria-activedescendant");
  byId("count").textContent =
    matches.length === TOTAL
      ? plural(TOTAL, "finding")
      : `${digits(matches.length)} of ${plural(TOTAL, "finding")}`;
  byId("list").classList.toggle("empty", matches.length === 0);
  byId("reset").disabled = Object.keys(EVERYTHING).every((name) => asked[name] === EVERYTHING[name]);
}

/** Brings the chosen finding into sight. Not when something else is asked for: then the top of
 * the list is what people want to see. */
function markChosen() {
  const at = matches.indexOf(asked.selected);
  const box = byId("list");
  if (at >= 0) {
    listed.reveal(at);
    box.setAttribute("aria-activedescendant", `finding-${asked.selected}`);
  } else {
    listed.draw(true);
  }
}
