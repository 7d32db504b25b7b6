import assert from "node:assert/strict";
import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import * as path from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { BinaryProblem, candidates, find, isOlder, readVersion, type Surroundings } from "./binary";

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "binary-"));
});

afterEach(() => rm(folder, { recursive: true }));

function around(changes: Partial<Surroundings>): Surroundings {
  return {
    setting: "",
    extensionFolder: folder,
    platform: process.platform,
    home: homedir(),
    searched: "",
    ...changes,
  };
}

async function program(file: string, prints: string): Promise<string> {
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, `#!/bin/sh\n${prints}\n`);
  await chmod(file, 0o755);
  return file;
}

function refusal(pattern: RegExp) {
  return (error: unknown) => error instanceof BinaryProblem && pattern.test(error.message);
}

const onPosix = { skip: process.platform === "win32" ? "programs here are shell scripts" : false };

test("the setting comes first, then the bundled program, then the PATH", onPosix, async () => {
  const named = await program(path.join(folder, "named"), "echo opencode-lsp 0.3.0");
  const bundled = await program(path.join(folder, "bin", "opencode-lsp"), "echo opencode-lsp 0.2.0");
  const onPath = await program(path.join(folder, "path", "opencode-lsp"), "echo opencode-lsp 0.1.0");
  const searched = path.join(folder, "path");
  assert.equal((await find(around({ setting: named, searched }))).program, named);
  assert.equal((await find(around({ searched }))).program, bundled);
  await rm(bundled);
  assert.deepEqual(await find(around({ searched })), { program: onPath, version: "0.1.0" });
});

test("a name in the setting is looked for on the PATH", onPosix, async () => {
  const onPath = await program(path.join(folder, "path", "my-lsp"), "echo opencode-lsp 0.1.0");
  assert.equal((await find(around({ setting: "my-lsp", searched: path.join(folder, "path") }))).program, onPath);
  await assert.rejects(find(around({ setting: "my-lsp" })), refusal(/no program on the PATH/));
});

test("a tilde is the home folder", onPosix, async () => {
  const named = await program(path.join(folder, "lsp"), "echo opencode-lsp 0.1.0");
  assert.equal((await find(around({ setting: "~/lsp", home: folder }))).program, named);
});

test("what is missing or wrong is said with what to do", onPosix, async () => {
  await assert.rejects(find(around({})), refusal(/was not found.*Install opencode-lsp/));
  await assert.rejects(find(around({ setting: "bin/lsp" })), refusal(/not absolute/));
  await assert.rejects(find(around({ setting: "/nowhere/lsp" })), refusal(/not there or cannot be run/));
  await assert.rejects(find(around({ setting: folder })), refusal(/not there or cannot be run/));
  const other = await program(path.join(folder, "other"), "echo something 1.0.0");
  await assert.rejects(find(around({ setting: other })), refusal(/another program/));
  const broken = await program(path.join(folder, "broken"), "exit 3");
  await assert.rejects(find(around({ setting: broken })), refusal(/could not be asked for its version/));
  const old = await program(path.join(folder, "old"), "echo opencode-lsp 0.0.9");
  await assert.rejects(
    find(around({ setting: old })),
    refusal(/is version 0\.0\.9, and this extension needs 0\.1\.0 or newer/),
  );
});

test("relative folders of the PATH are not searched", () => {
  const { onPath } = candidates(around({ platform: "linux", searched: ".:bin:/usr/bin:" }));
  assert.deepEqual(onPath, ["/usr/bin/opencode-lsp"]);
});

test("on Windows the program ends in .exe", () => {
  const here = around({ platform: "win32", extensionFolder: "C:\\ext", searched: '"C:\\a b";C:\\c' });
  const { bundled, onPath } = candidates(here);
  assert.equal(bundled, "C:\\ext\\bin\\opencode-lsp.exe");
  assert.deepEqual(onPath, ["C:\\a b\\opencode-lsp.exe", "C:\\c\\opencode-lsp.exe"]);
});

test("versions are read and compared by their numbers", () => {
  assert.equal(readVersion("x", "opencode-lsp 0.10.2-rc.1\n"), "0.10.2-rc.1");
  assert.equal(isOlder("0.9.0", "0.10.0"), true);
  assert.equal(isOlder("1.0.0", "0.10.0"), false);
  assert.equal(isOlder("0.1.0", "0.1.0"), false);
  assert.equal(isOlder("0.1.0-rc.1", "0.1.0"), true);
  assert.equal(isOlder("0.1.1-rc.1", "0.1.0"), false);
  assert.equal(isOlder("0.1.0+build", "0.1.0"), false);
});
