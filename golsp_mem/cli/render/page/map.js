// The map: packages, functions in them, sites in those; area is bytes or sites. Tiles are buttons,
// bounded in number by the room that they need.

const TILE_AREA = 1000; // of one nested tile at least, in square pixels
const MOST_GROUPS = 150;
const HEADING = 19;

/** Rectangles of areas in proportion to `items` (values above 0, falling), as square as can
 * be (Bruls, Huizing, van Wijk: Squarified Treemaps, 2000). */
function squarified(items, x, y, width, height) {
  const placed = [];
  let left = items.reduce((sum, item) => sum + item.value, 0);
  let start = 0;
  while (start < items.length) {
    const side = Math.min(width, height);
    const scale = (width * height) / left;
    let end = start + 1;
    let sum = items[start].value;
    while (end < items.length) {
      const more = sum + items[end].value;
      const worse = worst(items, start, end + 1, more, side, scale);
      if (worse > worst(items, start, end, sum, side, scale)) break;
      sum = more;
      end += 1;
    }
    const thickness = side > 0 ? (sum * scale) / side : 0;
    let offset = 0;
    for (const item of items.slice(start, end)) {
      const length = (item.value / sum) * side;
      placed.push(
        width >= height
          ? { item, x, y: y + offset, width: thickness, height: length }
          : { item, x: x + offset, y, width: length, height: thickness },
      );
      offset += length;
    }
    if (width >= height) [x, width] = [x + thickness, width - thickness];
    else [y, height] = [y + thickness, height - thickness];
    left -= sum;
    start = end;
  }
  return placed;
}

/** The worst ratio of sides in a row; its items are sorted but for the last, so the ends decide. */
function worst(items, start, end, sum, side, scale) {
  const thickness = (sum * scale) / side;
  const ends = [items[start].value, items[end - 1].value].map((value) => (value * scale) / thickness);
  return Math.max(Math.max(...ends) / thickness, thickness / Math.min(...ends));
}

/** What the map shows on this level: groups, and how each is divided. */
function level() {
  // (*T).Method as T.Method: the first letters are what a small tile shows.
  const name = (index) => shortFunction(said(column.function[index])).replace(/^\(\*(.+?)\)/, "$1");
  const site = {
    key: (index) => index,
    label: (index) => said(column.message[index]),
    go: (index) => () => choose(index),
  };
  const byFunction = {
    key: (index) => column.function[index],
    label: name,
    full: (index) => said(column.function[index]),
    go: (index) => () => ask({ package: column.package[index], function: column.function[index] }),
  };
  const byPackage = {
    key: (index) => column.package[index],
    label: (index) => shortPackage(said(column.package[index])),
    full: (index) => said(column.package[index]),
    go: (index) => () => ask({ package: column.package[index], function: NONE }),
  };
  if (asked.package === NONE) return [byPackage, byFunction];
  return asked.function === NONE ? [byFunction, site] : [site, undefined];
}

function grouped(findings, kind) {
  const groups = new Map();
  for (const index of findings) {
    if (!column.heap[index]) continue;
    const key = kind.key(index);
    let group = groups.get(key);
    if (!group) {
      group = { ...sums([]), first: index, findings: [] };
      groups.set(key, group);
    }
    group.findings.push(index);
    addTo(group, index);
  }
  const all = [...groups.values()];
  for (const group of all) {
    group.value = group[asked.measure];
    group.label = kind.label(group.first);
    group.full = kind.full?.(group.first) ?? group.label;
    group.go = kind.go(group.first);
  }
  return all.filter((group) => group.value > 0).sort((one, other) => other.value - one.value);
}

/** The largest `most` groups, and one that stands for the rest. */
function bounded(groups, most) {
  if (groups.length <= most) return groups;
  const rest = { ...sums([]), value: 0, label: "", full: "" };
  for (const group of groups.slice(most - 1)) {
    for (const name of [...SUMS, "value"]) {
      rest[name] += group[name];
    }
  }
  rest.label = rest.full = `${digits(groups.length - most + 1)} more`;
  return [...groups.slice(0, most - 1), rest];
}

const ALWAYS = { bytes: "alwaysBytes", sites: "alwaysSites", measured: "alwaysMeasured" };

const shownValue = (sum) =>
  asked.measure === "sites" ? plural(sum.sites, "site") : amount(sum[asked.measure]);

function describe(group) {
  const unsized = group.sites - group.sized;
  const late = unsized ? `, ${digits(unsized)} of a size decided at run time` : "";
  const measured = report.measured ? `measured ${amount(group.measured)}; once each ` : "";
  return `${group.full}: ${measured}${amount(group.bytes)}, ${plural(group.sites, "site")}${late}; ` +
    `${digits(group.alwaysSites)} always, ${digits(group.sites - group.alwaysSites)} on a condition`;
}

function tile(place, kind, group) {
  const always = group[ALWAYS[asked.measure]] / group.value;
  const button = el(
    "button",
    {
      class: `tile ${kind}`, tabindex: -1, title: describe(group),
      // What is heard starts with what is seen.
      "aria-label": `${group.label} ${shownValue(group)}; ${describe(group)}`,
      "data-value": group.value, "aria-disabled": !group.go, onclick: group.go ?? (() => {}),
    },
  );
  if (place.width > 40 && place.height > 13) {
    button.append(el("span", {}, group.label), " ", el("small", {}, shownValue(group)));
  }
  button.style.setProperty("--share", `${(always * 100).toFixed(2)}%`);
  return set(button, place);
}

function set(element, { x, y, width, height }) {
  const box = { left: x, top: y, width, height };
  for (const [name, value] of Object.entries(box)) {
    element.style.setProperty(name, `${value.toFixed(2)}px`);
  }
  return element;
}

function drawMap() {
  const board = byId("tiles");
  const [outer, inner] = level();
  const findings = asked.package === NONE ? mapped : matches;
  const groups = bounded(grouped(findings, outer), MOST_GROUPS);
  const tiles = [];
  for (const place of squarified(groups, 0, 0, board.clientWidth, board.clientHeight)) {
    const room = { width: place.width - 4, height: place.height - HEADING - 2 };
    const nested = inner ? nestedTiles(place, room, inner) : [];
    const box = nested.length ? { ...place, height: HEADING } : place;
    tiles.push(tile(box, nested.length ? "group" : "whole", place.item), ...nested);
  }
  board.replaceChildren(...tiles);
  if (tiles.length) tiles[0].tabIndex = 0;
  else board.append(el("p", { class: "empty" }, nothingToDraw(findings)));
  drawPath();
  drawMeasured(findings);
}

/** What a group is divided into; nothing where there is no room to tell the parts apart. */
function nestedTiles(place, room, kind) {
  if (!place.item.findings || room.width < 44 || room.height < 18) return [];
  const all = grouped(place.item.findings, kind);
  const most = Math.floor((room.width * room.height) / TILE_AREA);
  if (all.length > most && most < 6) return [];
  const parts = bounded(all, most);
  return squarified(parts, place.x + 2, place.y + HEADING, room.width, room.height).map((one) =>
    tile(one, "part", one.item),
  );
}

function nothingToDraw(findings) {
  if (asked.measure === "measured") return "The profile measured nothing of what matches.";
  const sites = sums(findings).sites;
  const failed = report.packages.filter((one) => one.error !== null).length;
  if (!sites && failed) {
    return failed === report.packages.length
      ? "Nothing was looked at: it does not build."
      : `Nothing that matches allocates on the heap. ${plural(failed, "package")} not looked at: no build.`;
  }
  return sites
    ? `${plural(sites, "site")}, none of a size that the compiler fixed: the sizes are decided at run time. ` +
      "“Sites” draws them."
    : "Nothing that matches allocates on the heap.";
}

function drawMeasured(findings) {
  const sum = sums(findings);
  const late = sum.sites - sum.sized;
  if (asked.measure === "measured") {
    const all = report.measured;
    const share = all.bytes ? ((100 * sum.measured) / all.bytes).toFixed(1) : "0";
    byId("measured").replaceChildren(
      el("strong", {}, `${amount(sum.measured)} · ${share} % of the profile`),
      ` Bytes that the profile counted at these findings, of ${amount(all.bytes)} in all; ` +
        "the rest was allocated in functions of other packages.",
    );
    return;
  }
  byId("measured").replaceChildren(
    el("strong", {}, `${amount(sum.bytes)} · ${plural(sum.sites, "site")}`),
    " Bytes: what the allocator hands out when each site runs once, not how often it runs. ",
    late ? `Of ${plural(late, "site")} the size is decided at run time: counted as sites only.` : "",
  );
}

function drawPath() {
  const count = report.packages.length;
  const all = `${count === 1 ? "" : "All "}${plural(count, "package")}`;
  const steps = [[all, { package: NONE, function: NONE }]];
  if (asked.package !== NONE) steps.push([said(asked.package), { function: NONE }]);
  if (asked.function !== NONE) steps.push([shortFunction(said(asked.function)), undefined]);
  const parts = steps.map(([label, change], at) =>
    at === steps.length - 1
      ? el("span", { "aria-current": "location" }, label)
      : el("button", { onclick: () => ask(change) }, label),
  );
  byId("path").replaceChildren(...parts.flatMap((part, at) => (at ? [" › ", part] : [part])));
}

/** Up one level; whether there was one. */
function leave() {
  if (asked.function !== NONE) ask({ function: NONE });
  else if (asked.package !== NONE) ask({ package: NONE });
}

function startMap() {
  const board = byId("tiles");
  board.addEventListener("keydown", (event) => {
    if (event.key === "Escape" || event.key === "Backspace") {
      leave();
      board.querySelector("button")?.focus();
      event.preventDefault();
      return;
    }
    moveFocus(event, [...board.querySelectorAll("button")]);
  });
  // A click redraws the board, and with it goes the focus of the keyboard's user.
  board.addEventListener("click", (event) => {
    if (event.detail === 0 && !document.activeElement?.closest("#tiles, #details")) {
      board.querySelector("button")?.focus();
    }
  });
  new ResizeObserver(() => drawMap()).observe(board);
}

/** Arrow keys, Home and End among elements of which one is in the tab order. */
function moveFocus(event, all) {
  const at = all.indexOf(document.activeElement);
  const to = {
    ArrowRight: at + 1, ArrowDown: at + 1, ArrowLeft: at - 1, ArrowUp: at - 1,
    Home: 0, End: all.length - 1,
  }[event.key];
  if (to === undefined || at < 0) return undefined;
  event.preventDefault();
  const target = all[Math.max(0, Math.min(all.length - 1, to))];
  for (const one of all) one.tabIndex = one === target ? 0 : -1;
  target.focus();
  return target;
}
