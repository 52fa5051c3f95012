/** Installs with real programs; what they fetch they fetch from an index that is not there. */
import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { Installation } from "../src/installation";

const scratch = mkdtempSync(join(tmpdir(), "golsp-mem-installation-"));
after(() => rmSync(scratch, { recursive: true }));
process.env["PIP_INDEX_URL"] = "http://127.0.0.1:9/simple";
process.env["UV_DEFAULT_INDEX"] = "http://127.0.0.1:9/simple";
process.env["UV_INDEX_URL"] = "http://127.0.0.1:9/simple";
process.env["PIP_RETRIES"] = "0";
process.env["UV_NO_CACHE"] = "1";

function prepared(name: string, withWheel = true) {
  const [storage, extension] = [join(scratch, name, "a store"), join(scratch, name, "ext")];
  mkdirSync(join(extension, "server"), { recursive: true });
  if (withWheel) {
    writeFileSync(join(extension, "server", "golsp_mem-0.1.0-py3-none-any.whl"), "no wheel");
  }
  const said: string[] = [];
  const ending = new AbortController();
  const wish = {
    withGo: false,
    preferred: false,
    searchPath: process.env["PATH"] ?? "",
    home: scratch,
    signal: ending.signal,
    onStep: (words: string) => {
      said.push(words);
    },
    onText: () => undefined,
  };
  return { storage, installation: new Installation(storage, extension), wish, said, ending };
}

const left = (storage: string) => (existsSync(storage) ? readdirSync(storage) : []);

test("no Python and no uv", async () => {
  const { storage, installation, wish } = prepared("nothing");
  const result = await installation.install({ ...wish, searchPath: "/nowhere" });
  assert.deepEqual(result, {
    done: false,
    reason: "there is neither uv nor Python 3.11 or newer on PATH",
  });
  assert.deepEqual(left(storage), []);
});

test("an extension without a wheel", async () => {
  const { installation, wish } = prepared("bare", false);
  const result = await installation.install(wish);
  assert.match(result.done ? "" : result.reason, /brings no server along/);
});

test("a wheel that is none leaves nothing behind", async () => {
  const { storage, installation, wish, said } = prepared("broken");
  const result = await installation.install(wish);
  assert.equal(result.done, false);
  assert.equal(said.at(-1), "installing golsp-mem");
  assert.deepEqual(left(storage), []);
  assert.equal(installation.current, undefined);
});

test("cancelled", async () => {
  const { storage, installation, wish, ending } = prepared("cancelled");
  const onStep = () => ending.abort();
  assert.equal((await installation.install({ ...wish, onStep })).done, false);
  assert.deepEqual(left(storage), []);
});

for (const [name, text] of [
  ["nothing", "{}"],
  ["no JSON", "{"],
  ["a way out of the storage", '{"directory": "../x", "wheel": "1"}'],
  ["a directory that is gone", '{"directory": "server-1", "wheel": "1"}'],
] as const) {
  test(`a record with ${name}`, () => {
    const { storage, installation } = prepared(`record ${name}`);
    mkdirSync(storage);
    writeFileSync(join(storage, "server.json"), text);
    assert.equal(installation.current, undefined);
  });
}
