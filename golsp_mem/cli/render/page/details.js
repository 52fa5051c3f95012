// All that is known of one finding.

function drawDetails() {
  const index = asked.selected;
  const panel = byId("details");
  if (index === NONE) {
    panel.replaceChildren(el("p", { class: "empty" }, TOTAL ? "Choose a finding, a tile or a marked line." : "Nothing to show."));
    return;
  }
  const code = report.codes[column.code[index]];
  panel.replaceChildren(
    el("h2", {}, said(column.message[index])),
    el("p", { class: "chips" }, ...chips(index, code)),
    el("dl", {}, ...terms(index).flatMap(([term, value]) => [el("dt", {}, term), el("dd", {}, value)])),
    ...figures(index),
    ...neighbours(index),
    code.summary ? el("p", { class: "about" }, `${code.summary}. `, more(code)) : "",
  );
  panel.scrollTop = 0;
}

/** A link to the page of a code, where the project has a home on the web. */
function codeLink(code, label) {
  return code.href.startsWith("https://")
    ? el("a", { href: code.href, target: "_blank", rel: "noopener noreferrer" }, label)
    : el("span", {}, label);
}

function more(code) {
  return code.href ? codeLink(code, "Read more") : el("code", {}, `golsp-mem explain ${code.code}`);
}

function chips(index, code) {
  const made = [
    el("span", { class: `chip ${report.severities[column.severity[index]]}` }, report.severities[column.severity[index]]),
    el("span", { class: "chip" }, codeLink(code, code.code)),
  ];
  if (said(column.details[index])) {
    made.push(el("span", { class: `chip ${look(index)}` }, said(column.details[index])));
  }
  if (column.state[index] !== NONE) {
    const state = report.states[column.state[index]];
    made.push(el("span", { class: `chip ${state}` }, state === "new" ? "new" : "known before"));
  }
  return made;
}

function terms(index) {
  const file = report.files[column.file[index]].path;
  const size = column.taken[index];
  const late = column.heap[index] && size === NONE;
  const all = [
    ["Place", placeButton(file, column.line[index], column.column[index])],
    ["Function", said(column.function[index])],
    ["Package", said(column.package[index])],
    ["Type", said(column.type[index])],
    ["Measured", measuredOf(index)],
    ["Size", late ? "decided at run time" : ""],
    ["Allocated by", said(column.callee[index]) && `${said(column.callee[index])}, inlined here`],
    ["Runtime call", said(column.call[index])],
    ["Explained by", said(column.explained[index])],
    ["Configurations", said(column.configurations[index])],
  ];
  return all.filter(([, value]) => value !== "");
}

/** What a profile counted there, and its share. */
function measuredOf(index) {
  if (!report.measured || column.measured[index] === NONE) return "";
  const share = report.measured.bytes ? (100 * column.measured[index]) / report.measured.bytes : 0;
  return `${amount(column.measured[index])} in ${plural(column.objects[index], "object")}, ${share.toFixed(1)} % of the profile`;
}

function figures(index) {
  const made = [];
  const flow = flowPicture(index);
  if (flow) made.push(el("h3", {}, "Why it escapes"), flow);
  if (column.flow[index] !== NONE) {
    const [says, unread, truncated] = report.flows[column.flow[index]];
    const lines = [says, ...unread].map(said);
    if (truncated) lines.push("The compiler stopped here: the flow goes round in a circle.");
    made.push(el("ul", { class: "says", "aria-label": "What it is derived from" }, ...lines.map((line) => el("li", {}, line))));
  }
  const stack = stackPicture(index);
  if (stack) made.push(el("h3", {}, "Inlined calls"), stack);
  return made;
}

/** The other findings of the same line. */
function neighbours(index) {
  const others = marksByFile[column.file[index]].get(column.line[index]).filter((one) => one !== index);
  if (!others.length) return [];
  const items = others.map((one) =>
    el("li", {}, el("button", { onclick: () => choose(one) }, said(column.message[one]))),
  );
  return [el("h3", {}, "Also on this line"), el("ul", { class: "also" }, ...items)];
}
