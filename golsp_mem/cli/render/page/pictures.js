// Pictures: the way of a value to the heap, and the calls that were inlined.

const WIDTH = 340;
const BOX = 26;
const LINE = 14;
// Characters of the picture's monospaced fonts, about 0.61 of their size of 12 and 11 pixels.
const NAME_WIDTH = 7.4;
const NOTE_WIDTH = 6.8;

/** Boxes from top to bottom with arrows between. Each link has a name, whether it is the end that
 * matters (`strong`), a place or undefined (`at`), and the `notes` on the arrow to it. */
function chain(label, links) {
  const parts = [];
  let y = 1;
  for (const [number, { name, strong, notes, at }] of links.entries()) {
    if (number) {
      const below = y + 12 + Math.max(1, notes.length) * LINE;
      parts.push(svg("line", { class: "arrow", x1: 14, y1: y, x2: 14, y2: below - 5 }));
      parts.push(svg("path", { class: "head", d: `M9 ${below - 7} H19 L14 ${below - 1} Z` }));
      for (const [line, note] of notes.entries()) {
        parts.push(...textLine(note, 26, y + 15 + line * LINE, "note", NOTE_WIDTH));
      }
      y = below;
    }
    parts.push(svg("rect", { class: strong ? "box strong" : "box", x: 1, y, width: WIDTH - 2, height: BOX, rx: 3 }));
    parts.push(...textLine({ text: name, at }, 10, y + 17, "name", NAME_WIDTH));
    y += BOX;
  }
  const size = { width: WIDTH, height: y + 1, viewBox: `0 0 ${WIDTH} ${y + 1}` };
  return el("div", { class: "picture" }, svg("svg", { role: "group", "aria-label": label, ...size }, ...parts));
}

/** One line of a picture: a text, cut where its place starts. */
function textLine({ text, at, strong = false }, x, y, kind, width) {
  const right = WIDTH - 8;
  const room = right - x - (at ? (at.label.length + 2) * NOTE_WIDTH : 0);
  const shown = svg("text", { class: strong ? `${kind} why` : kind, x, y }, shortened(text, Math.floor(room / width)));
  shown.prepend(svg("title", {}, text));
  if (!at) return [shown];
  return [shown, pressable(svg("text", { class: "note", x: right, y, "text-anchor": "end" }, at.label), at)];
}

/** A place in a picture; where the report has the source, it can be pressed. */
function pressable(element, { path, line, label }) {
  const file = fileByPath.get(path);
  element.prepend(svg("title", {}, label));
  if (file === undefined || !report.files[file].kept) return element;
  const go = () => showLine(file, line);
  return svg("g", {
    role: "button", tabindex: 0, class: "press", "aria-label": `Show ${label}`, onclick: go,
    onkeydown: (event) => {
      if (event.key === "Enter" || event.key === " ") {
        event.preventDefault();
        go();
      }
    },
  }, element);
}

const lastName = (path) => path.slice(path.lastIndexOf("/") + 1);

function placeAt(path, line, columnNumber = 0) {
  if (path === NONE) return undefined;
  const at = `${line}${columnNumber ? `:${columnNumber}` : ""}`;
  return { path, line, label: `${lastName(said(path))}:${at}` };
}

/** The escape flow of a finding; undefined where the compiler gave none. */
function flowPicture(index) {
  if (column.flow[index] === NONE) return undefined;
  const [, , , segments] = report.flows[column.flow[index]];
  if (!segments.length) return undefined;
  const links = [{ name: said(segments[0][0]), notes: [] }];
  for (const [source, target, heap, notes] of segments) {
    // A flow mostly goes on from where it came to; else the arrow says what moves on.
    const arrived = links.at(-1).name.replace(/^&/, "");
    const other = said(source).replace(/^&/, "") !== arrived;
    const first = other ? [{ text: said(source), strong: true }] : [];
    links.push({ name: said(target), strong: heap === 1, notes: [...first, ...notesOf(notes)] });
  }
  return chain("The way to the heap, as the compiler follows it", links);
}

/** Two lines for each note: the compiler's word with the place, and the expression. */
function notesOf(flat) {
  const notes = [];
  for (let at = 0; at < flat.length; at += 5) {
    const [expression, why, path, line, columnNumber] = flat.slice(at, at + 5);
    notes.push({ text: said(why), strong: true, at: placeAt(path, line, columnNumber) });
    notes.push({ text: said(expression) });
  }
  return notes;
}

/** The inlined calls from the compiled function down to the allocator. */
function stackPicture(index) {
  if (column.stack[index] === NONE) return undefined;
  const flat = report.stacks[column.stack[index]];
  const links = [];
  for (let at = 0; at < flat.length; at += 3) {
    const [name, path, line] = flat.slice(at, at + 3);
    links.unshift({ name: shortFunction(said(name)), at: placeAt(path, line), notes: [{ text: "inlined call" }] });
  }
  if (links.length < 2) return undefined;
  if (column.call[index] !== NONE) {
    links.push({ name: said(column.call[index]), strong: true, notes: [{ text: "call" }] });
  }
  return chain("The calls that were inlined", links);
}
