/** Findings as the server lists them: grouped, sorted, filtered. Knows nothing of VS Code. */

export interface Place {
  readonly line: number;
  readonly character: number;
}

export interface Finding {
  readonly uri: string;
  readonly range: { readonly start: Place; readonly end: Place };
  readonly code: string;
  readonly severity: "hint" | "information" | "warning" | "error";
  readonly message: string;
  readonly function: string;
  readonly allocates: "always" | "conditional" | "never";
  readonly bytes: number | null;
  /** 1 is what is worth looking at first. */
  readonly rank: number;
  readonly test: boolean;
  /** What a mending would have to change, in words: those with the same words have one cause. */
  readonly cause: string;
  /** When the line runs: `normal`, `loop`, or seldom. */
  readonly path: string;
  readonly loopDepth: number;
}

/** The findings of one file, of one function of it, or of one cause; a cause has no file. */
export interface Group {
  readonly label: string;
  readonly uri: string | undefined;
  readonly findings: readonly Finding[];
  readonly groups: readonly Group[];
}

export const ORDERS = {
  rank: "What is worth looking at first",
  bytes: "Largest first",
  always: "What always allocates first",
  place: "In the order of the code",
} as const;

export type Order = keyof typeof ORDERS;

type Comparison = (a: Finding, b: Finding) => number;

const SURE = { always: 0, conditional: 1, never: 2 } as const;

const byPlace: Comparison = (a, b) =>
  a.uri.localeCompare(b.uri) ||
  a.range.start.line - b.range.start.line ||
  a.range.start.character - b.range.start.character;

const COMPARISONS: Record<Order, Comparison> = {
  rank: (a, b) => a.rank - b.rank,
  bytes: (a, b) => (b.bytes ?? -1) - (a.bytes ?? -1) || a.rank - b.rank,
  always: (a, b) => SURE[a.allocates] - SURE[b.allocates] || a.rank - b.rank,
  place: byPlace,
};

/** Those whose file, function, code or message has all words of the filter. */
export function filtered(all: readonly Finding[], filter: string): readonly Finding[] {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  return all.filter(({ uri, function: name, code, message, cause }) => {
    const text = `${uri} ${name} ${code} ${message} ${cause}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
}

/** Files with their functions, each in the place of its first finding in the order. */
export function grouped(
  findings: readonly Finding[],
  order: Order,
  nameOf: (uri: string) => string,
): readonly Group[] {
  const sorted = [...findings].sort(COMPARISONS[order]);
  return gather(sorted, ({ uri }) => uri).map(([uri, inFile]) => ({
    label: nameOf(uri),
    uri,
    findings: inFile,
    groups: gather(inFile, ({ function: name }) => name).map(([name, inFunction]) => ({
      // The file says which package it is.
      label: name.slice(name.indexOf(".") + 1),
      uri,
      findings: inFunction,
      groups: [],
    })),
  }));
}

/** Findings with one cause together, those of most places first; the rest in the order. */
export function groupedByCause(findings: readonly Finding[], order: Order): readonly Group[] {
  const sorted = [...findings].sort(COMPARISONS[order]);
  return gather(sorted, ({ cause }) => cause)
    .map(([label, found]) => ({ label, uri: undefined, findings: found, groups: [] }))
    .sort((a, b) => b.findings.length - a.findings.length);
}

/** What a mark beside the code is for: each round of a loop allocates. */
export const allocatesEachRound = ({ allocates, path, loopDepth }: Finding): boolean =>
  allocates === "always" && loopDepth > 0 && (path === "loop" || path === "normal");

function gather(
  findings: readonly Finding[],
  keyOf: (finding: Finding) => string,
): readonly [string, Finding[]][] {
  const found = new Map<string, Finding[]>();
  for (const finding of findings) {
    const key = keyOf(finding);
    found.set(key, [...(found.get(key) ?? []), finding]);
  }
  return [...found];
}

/** The finding behind (or before) a place, going around at the end; undefined without any. */
export function neighbour(
  findings: readonly Finding[],
  uri: string,
  at: Place,
  forward: boolean,
): Finding | undefined {
  const inOrder = [...findings].sort(byPlace);
  const compared = (finding: Finding): number =>
    finding.uri.localeCompare(uri) ||
    finding.range.start.line - at.line ||
    finding.range.start.character - at.character;
  return forward
    ? (inOrder.find((finding) => compared(finding) > 0) ?? inOrder[0])
    : (inOrder.findLast((finding) => compared(finding) < 0) ?? inOrder.at(-1));
}

/** How much and when, without a size that the message has; of a lifetime or a stack neither. */
export function sizeAndWhen(finding: Finding): string[] {
  if (!finding.code.startsWith("heap-")) {
    return [];
  }
  const size = finding.bytes === null ? "" : bytesShown(finding.bytes);
  const when = finding.allocates === "always" ? "always" : "on a condition";
  return size && !finding.message.includes(`(${size}`) ? [size, when] : [when];
}

/** `48 B`, `64 KiB`, `1.5 MiB`. */
export function bytesShown(bytes: number): string {
  const units = ["B", "KiB", "MiB", "GiB"];
  let [value, unit] = [bytes, 0];
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  if (!Number.isInteger(value) && bytes < 4096) {
    return `${bytes} B`;
  }
  return `${Number(value.toFixed(1))} ${units[unit]}`;
}
