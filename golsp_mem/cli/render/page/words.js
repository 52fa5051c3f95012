// Text and elements. Nothing here knows of findings.

const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** How a character that would be invisible, or move others, is written: \x1b, \u202e. */
function written(character) {
  let code = character.codePointAt(0);
  // A byte that is not UTF-8 came as a lone surrogate.
  if (code >= 0xdc80 && code <= 0xdcff) code -= 0xdc00;
  if (code <= 0xff) return `\\x${code.toString(16).padStart(2, "0")}`;
  return code <= 0xffff
    ? `\\u${code.toString(16).padStart(4, "0")}`
    : `\\U${code.toString(16).padStart(8, "0")}`;
}

/** Text of unknown origin as people may see it. */
const visible = (text) => text.replace(UNSAFE, written);

/** An element with attributes and children. Strings become text nodes, made visible; `on…` are
 * listeners; true and false set and leave out an attribute. */
function el(tag, attributes = {}, ...children) {
  return filled(document.createElement(tag), attributes, children);
}

/** The same, for pictures. */
function svg(tag, attributes = {}, ...children) {
  return filled(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);
}

function filled(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value !== false && value !== undefined) {
      element.setAttribute(name, value === true ? "" : visible(String(value)));
    }
  }
  for (const child of children.flat()) {
    if (child instanceof Node) element.append(child);
    else if (child !== "" && child !== undefined) element.append(visible(String(child)));
  }
  return element;
}

/** An element of the page; most that are asked for are fields of forms. */
const byId = (id) => /** @type {HTMLInputElement} */ (document.getElementById(id));
/** What a field holds after an event. */
const heldBy = (event) => /** @type {HTMLInputElement} */ (event.target).value;

/** 1234567 as 1 234 567, with spaces that do not break and mean nothing in any language. */
const digits = (number) => String(number).replace(/\B(?=(\d{3})+$)/g, "\u202f");

const plural = (number, noun) => `${digits(number)} ${noun}${number === 1 ? "" : "s"}`;

/** Bytes for people, in the units that Go speaks of: 48 B, 12.5 KiB. */
function amount(bytes) {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let unit = 0;
  let value = bytes;
  // Size classes up to 9 KiB are known by their number of bytes.
  while (value >= (unit ? 1024 : 10240) && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  const shown = unit && value < 100 ? String(Number(value.toPrecision(3))) : digits(Math.round(value));
  return `${shown} ${units[unit]}`;
}

/** The first `length` characters of a text, made visible. */
function shortened(text, length) {
  const characters = [...visible(text)];
  return characters.length <= length ? characters.join("") : `${characters.slice(0, length - 1).join("")}…`;
}
