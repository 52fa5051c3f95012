/** The report: all findings of the workspace on one page. Knows nothing of VS Code. */
import { escapeText, previewPath } from "./markdown";

export interface ReportedFinding {
  readonly file: string;
  /** 1-based. */
  readonly line: number;
  readonly code: string;
  readonly message: string;
}

/** Markdown stays quick to render up to about this many rows. */
const MOST_ROWS = 2000;

const number = new Intl.NumberFormat("en-US");

export function writeReport(
  findings: readonly ReportedFinding[],
  root: string | undefined,
  when: string,
): string {
  const lines = ["# Memory report", ""];
  if (findings.length === 0) {
    lines.push(
      "No findings yet. Run **golsp-mem: Analyse Workspace** to analyse every package.",
      "",
    );
    return lines.join("\n");
  }
  const byFile = group(findings, (finding) => finding.file);
  lines.push(
    `${number.format(findings.length)} findings in ${number.format(byFile.size)} files, as ` +
      `analysed by ${escapeText(when)}. **golsp-mem: Analyse Workspace** brings it up to date.`,
    "",
    "| Findings | Kind |",
    "| ---: | --- |",
  );
  const byCode = [...group(findings, (finding) => finding.code)].sort(
    ([first, one], [second, two]) => two.length - one.length || first.localeCompare(second),
  );
  for (const [code, members] of byCode) {
    lines.push(`| ${number.format(members.length)} | ${escapeText(code)} |`);
  }
  let rows = 0;
  for (const [file, members] of [...byFile].sort(([one], [two]) => one.localeCompare(two))) {
    if (rows >= MOST_ROWS) {
      break;
    }
    lines.push("", `## ${escapeText(shortName(file, root))}`, "", "| Line | Finding | Kind |");
    lines.push("| ---: | --- | --- |");
    for (const finding of [...members].sort((one, two) => one.line - two.line)) {
      if (rows >= MOST_ROWS) {
        break;
      }
      rows += 1;
      const place = previewPath(file, root);
      const line = place ? `[${finding.line}](${place}#L${finding.line})` : `${finding.line}`;
      lines.push(`| ${line} | ${escapeText(finding.message)} | ${escapeText(finding.code)} |`);
    }
  }
  if (rows < findings.length) {
    const left = number.format(findings.length - rows);
    lines.push("", `… and ${left} more; the Problems panel lists all.`);
  }
  return `${lines.join("\n")}\n`;
}

function shortName(file: string, root: string | undefined): string {
  const name = root === undefined ? undefined : previewPath(file, root);
  return name === undefined || name.startsWith("/..") ? file : decodeURIComponent(name.slice(1));
}

function group<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const members = groups.get(keyOf(item));
    if (members) {
      members.push(item);
    } else {
      groups.set(keyOf(item), [item]);
    }
  }
  return groups;
}
