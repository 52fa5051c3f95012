// The findings, and which of them are asked for.

const report = JSON.parse(byId("report").textContent);
const { strings } = report;
const NONE = -1;

// Sizes may pass 2^31, so these are doubles.
const column = Object.fromEntries(
  Object.entries(report.columns).map(([name, values]) => [name, Float64Array.from(values)]),
);
const TOTAL = column.code.length;
const VERDICT = { always: 0, conditional: 1, never: 2 };
const NEW = report.states.indexOf("new");

const said = (number) => (number === NONE ? "" : strings[number]);
const codeOf = (index) => report.codes[column.code[index]].code;
const fileOf = (index) => said(report.files[column.file[index]].path);
const placeOf = (index) => `${fileOf(index)}:${column.line[index]}`;

/** What a finding looks like: its verdict, or "other" where always and never mean nothing. */
const look = (index) =>
  column.verdict[index] === NONE ? "other" : report.verdicts[column.verdict[index]];

/** What comes first in all import paths, up to a slash; labels leave it out. */
const commonPath = (() => {
  const paths = report.packages.map((one) => one.path);
  if (paths.length < 2) return "";
  let common = `${paths[0]}/`;
  for (const path of paths) {
    while (!`${path}/`.startsWith(common)) common = common.replace(/[^/]*\/$/, "");
  }
  return common;
})();

/** An import path as labels have it: without what all have in common. */
function shortPackage(path) {
  if (!commonPath) return path;
  if (`${path}/` === commonPath) return path.slice(path.lastIndexOf("/") + 1);
  return path.startsWith(commonPath) ? path.slice(commonPath.length) : path;
}

/** A function as its own package writes it: (*T).Method. */
function shortFunction(name) {
  const start = name.indexOf(".", name.lastIndexOf("/", name.search(/[([]|$/)) + 1);
  return start < 0 ? name : name.slice(start + 1);
}

const FILTERS = ["code", "severity", "verdict", "cause", "package", "state", "configurations"];
const EVERYTHING = Object.freeze({
  query: "", code: NONE, severity: NONE, verdict: NONE, cause: NONE, package: NONE, function: NONE,
  state: NONE, configurations: NONE,
});

/** What areas show at first: what a profile measured, where there is one. */
const MEASURE = report.measured ? "measured" : "bytes";

/** What is asked for; changed by `ask` only. `selected` is a finding. */
/** @type {Record<string, any>} */
let asked = { ...EVERYTHING, sort: "place", measure: MEASURE, selected: NONE };
/** The findings asked for, in the order asked for; and those with any package and function. */
let matches = [];
let mapped = [];

/** For each word, which strings have it: a text is searched once, however many findings say it. */
function stringsWith(query) {
  lowered ??= strings.map((text) => text.toLowerCase());
  return query.toLowerCase().split(/\s+/).filter(Boolean)
    .map((word) => lowered.map((text) => text.includes(word)));
}
let lowered;

const SEARCHED = ["function", "message", "type", "package", "subject", "callee", "cause"];

function hasWord(index, having) {
  if (having[report.files[column.file[index]].path]) return true;
  return SEARCHED.some((name) => having[column[name][index]]);
}

/** Whether a finding is one of a configuration: one without names is one of all. */
function inConfiguration(index, wanted) {
  const names = said(column.configurations[index]);
  return !names || names.split(", ").includes(report.configurations[wanted].name);
}

function passes(index, words) {
  for (const name of ["code", "severity", "verdict", "cause", "state"]) {
    if (asked[name] !== NONE && column[name][index] !== asked[name]) return false;
  }
  if (asked.configurations !== NONE && !inConfiguration(index, asked.configurations)) return false;
  return words.every((having) => hasWord(index, having));
}

function select() {
  const words = stringsWith(asked.query);
  mapped = [];
  matches = [];
  for (let index = 0; index < TOTAL; index += 1) {
    if (!passes(index, words)) continue;
    mapped.push(index);
    if (asked.package !== NONE && column.package[index] !== asked.package) continue;
    if (asked.function !== NONE && column.function[index] !== asked.function) continue;
    matches.push(index);
  }
  // Sorting is stable: what is equal stays in the order of the report.
  const by = { bytes: column.taken, severity: column.severity, measured: column.measured }[asked.sort];
  if (by) matches.sort((one, other) => by[other] - by[one]);
}

/** Bytes and sites of heap findings: `sized` have a size that the compiler fixed; `measured` are
 * the bytes of a profile. */
const SUMS = ["bytes", "sites", "sized", "measured", "alwaysBytes", "alwaysSites", "alwaysMeasured"];

function sums(findings) {
  const sum = /** @type {Record<string, number>} */ (Object.fromEntries(SUMS.map((name) => [name, 0])));
  for (const index of findings) if (column.heap[index]) addTo(sum, index);
  return sum;
}

function addTo(sum, index) {
  const bytes = Math.max(column.taken[index], 0);
  const always = column.verdict[index] === VERDICT.always;
  sum.sites += 1;
  sum.bytes += bytes;
  sum.sized += column.taken[index] === NONE ? 0 : 1;
  sum.alwaysSites += always ? 1 : 0;
  sum.alwaysBytes += always ? bytes : 0;
  const measured = Math.max(column.measured[index], 0);
  sum.measured += measured;
  sum.alwaysMeasured += always ? measured : 0;
}
