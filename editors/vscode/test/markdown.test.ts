import assert from "node:assert/strict";
import { test } from "node:test";
import { adaptLinks, doctorList, previewPath } from "../src/markdown";

const LINKS: [string, string, string | undefined, string][] = [
  ["inside the folder", "[a.go:3](file:///w/a.go#L3)", "/w", "[a.go:3](/a.go#L3)"],
  ["outside of it", "[p](file:///go/src/p.go#L7,2)", "/w/x", "[p](/../../go/src/p.go#L7)"],
  ["in pointed brackets", "[a](<file:///w/a.go>)", "/w", "[a](/a.go)"],
  ["escaped brackets in the words", "[a\\[\\]](file:///w/a.go)", "/w", "[a\\[\\]](/a.go)"],
  ["blanks and umlauts", "[a](file:///w/a%20%C3%A4.go)", "/w", "[a](/a%20%C3%A4.go)"],
  ["no folder to start from", "see [a.go:3](file:///w/a.go#L3).", undefined, "see a.go:3."],
  ["other links stay", "[x](https://go.dev) [y](#z)", "/w", "[x](https://go.dev) [y](#z)"],
  ["an escaped bracket is no link", "\\[a](file:///w/a.go)", "/w", "\\[a](file:///w/a.go)"],
  ["a host is no file of ours", "[a](file://host/w/a.go)", "/w", "a"],
];

for (const [name, markdown, root, expected] of LINKS) {
  test(`links: ${name}`, () => assert.equal(adaptLinks(markdown, root), expected));
}

test("no path without a folder", () => assert.equal(previewPath("/w/a.go", undefined), undefined));

test("the doctor's lines are a list, and stay text", () => {
  const said = [
    "golsp-mem 0.1.0, Python 3.11.7",
    "ok       settings     defaults; no golsp-mem.toml",
    "warning  GOFLAGS      -x | [a](b) <b>",
    "",
    "All that is needed is here.",
  ].join("\n");
  assert.equal(
    doctorList(said),
    [
      "golsp-mem 0.1.0, Python 3.11.7",
      "",
      "- ok · **settings**: defaults; no golsp-mem.toml",
      "- **warning** · **GOFLAGS**: -x \\| \\[a\\]\\(b\\) \\<b\\>",
      "",
      "All that is needed is here.",
    ].join("\n"),
  );
});
