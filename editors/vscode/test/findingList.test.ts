import assert from "node:assert/strict";
import { test } from "node:test";
import {
  allocatesEachRound, bytesShown, filtered, type Finding, grouped, groupedByCause, neighbour,
  sizeAndWhen,
} from "../src/findingList";

const finding = (over: Partial<Finding> & { line?: number }): Finding => ({
  uri: "file:///a.go",
  range: { start: { line: over.line ?? 0, character: 2 }, end: { line: over.line ?? 0, character: 9 } },
  code: "heap-new",
  severity: "hint",
  message: "new(T) is allocated on the heap",
  function: "m.F",
  allocates: "always",
  bytes: 48,
  rank: 1,
  test: false,
  cause: "new object",
  path: "normal",
  loopDepth: 0,
  ...over,
});

const A = finding({ line: 3, rank: 2, bytes: 16 });
const B = finding({ line: 8, rank: 1, bytes: null, function: "m.(*T).G", allocates: "conditional" });
const C = finding({ uri: "file:///b.go", line: 1, rank: 3, bytes: 64, message: "closure" });

test("a size stands once, and only what allocates does so always", () => {
  const told = (over: Partial<Finding>) => sizeAndWhen(finding(over)).join(" · ");
  assert.equal(told({}), "48 B · always");
  assert.equal(told({ message: "new(T) is allocated on the heap (48 B)" }), "always");
  assert.equal(told({ allocates: "conditional", bytes: null }), "on a condition");
  assert.equal(told({ code: "keepalive-missing", bytes: null }), "");
});

test("files, functions and findings follow the order", () => {
  const shape = (order: Parameters<typeof grouped>[1]) =>
    grouped([A, B, C], order, (uri) => uri.slice(8)).map(({ label, groups }) => [
      label,
      groups.map((group) => [group.label, group.findings.length]),
    ]);
  assert.deepEqual(shape("rank"), [
    ["a.go", [["(*T).G", 1], ["F", 1]]],
    ["b.go", [["F", 1]]],
  ]);
  assert.deepEqual(shape("bytes"), [
    ["b.go", [["F", 1]]],
    ["a.go", [["F", 1], ["(*T).G", 1]]],
  ]);
  assert.deepEqual(shape("always")[0]?.[0], "a.go");
  assert.deepEqual(shape("place")[0]?.[1], [["F", 1], ["(*T).G", 1]]);
});

test("one group for each cause, most places first", () => {
  const boxed = [4, 5].map((rank) => finding({ rank, cause: "package variable x is boxed" }));
  const shape = groupedByCause([A, ...boxed], "rank").map(({ label, uri, findings }) => [
    label, uri, findings.length,
  ]);
  assert.deepEqual(shape, [["package variable x is boxed", undefined, 2], ["new object", undefined, 1]]);
  assert.deepEqual(filtered([A, ...boxed], "VARIABLE x"), boxed);
});

test("marks are for what each round allocates", () => {
  const cases: [Partial<Finding>, boolean][] = [
    [{ path: "loop", loopDepth: 1 }, true],
    [{ path: "normal", loopDepth: 2 }, true],
    [{ path: "loop", loopDepth: 1, allocates: "conditional" }, false],
    [{ path: "error", loopDepth: 1 }, false],
    [{ path: "normal", loopDepth: 0 }, false],
  ];
  for (const [over, marked] of cases) assert.equal(allocatesEachRound(finding(over)), marked);
});

test("a filter wants all of its words", () => {
  assert.deepEqual(filtered([A, B, C], " b.go  CLOSURE "), [C]);
  assert.deepEqual(filtered([A, B, C], ""), [A, B, C]);
  assert.deepEqual(filtered([A, B, C], "nowhere"), []);
});

test("the next finding goes through the files and around", () => {
  const all = [C, B, A];
  const at = (line: number) => ({ line, character: 2 });
  assert.equal(neighbour(all, "file:///a.go", at(3), true), B);
  assert.equal(neighbour(all, "file:///a.go", at(8), true), C);
  assert.equal(neighbour(all, "file:///b.go", at(1), true), A);
  assert.equal(neighbour(all, "file:///a.go", at(3), false), C);
  assert.equal(neighbour(all, "file:///a.go", { line: 8, character: 3 }, false), B);
  assert.equal(neighbour([], "file:///a.go", at(0), true), undefined);
});

test("bytes in one unit", () => {
  const cases: [number, string][] = [
    [48, "48 B"], [1040, "1040 B"], [2048, "2 KiB"], [1 << 26, "64 MiB"], [20_070, "19.6 KiB"],
  ];
  for (const [bytes, words] of cases) {
    assert.equal(bytesShown(bytes), words);
  }
});
