import assert from "node:assert/strict";
import { test } from "node:test";
import type { FolderStatus, StatusParams } from "./protocol";
import { folderHere, statusText } from "./statusText";

const folder: FolderStatus = {
  uri: "file:///p",
  name: "p",
  connection: "connected",
  server: { url: "http://127.0.0.1:4096", version: "1.18.34" },
  busy: false,
};

function status(changes: Partial<StatusParams>): StatusParams {
  return { folders: [folder], pending: 0, files: 0, hunks: 0, ...changes };
}

test("all is well: nothing but the name", () => {
  const { text, tooltip, spoken, tone } = statusText({ kind: "running" }, status({}), undefined);
  assert.equal(text, "$(plug) opencode");
  assert.equal(spoken, "opencode: connected");
  assert.equal(tooltip, "p: connected, opencode 1.18.34 at http://127.0.0.1:4096");
  assert.equal(tone, "plain");
});

test("what waits is counted, and asks for attention", () => {
  const { text, tone, spoken } = statusText({ kind: "running" }, status({ pending: 1, hunks: 2 }), undefined);
  assert.equal(text, "$(plug) opencode $(bell-dot) 1 permission $(diff) 2 changes");
  assert.equal(spoken, "opencode: 1 permission, 2 changes");
  assert.equal(tone, "warning");
});

test("a lost connection says why", () => {
  const lost: FolderStatus = { uri: "file:///p", name: "p", connection: "lost", problem: "it went away", busy: false };
  const { text, tooltip } = statusText({ kind: "running" }, status({ folders: [lost] }), undefined);
  assert.equal(text, "$(debug-disconnect) opencode connection lost");
  assert.equal(tooltip, "p: lost: it went away");
});

test("without a server the state says what is wrong", () => {
  const { text, tooltip, tone } = statusText({ kind: "problem", problem: "no program" }, undefined, undefined);
  assert.equal(text, "$(error) opencode not running");
  assert.equal(tooltip, "no program");
  assert.equal(tone, "error");
});

test("the innermost folder of a document counts", () => {
  const inner = { ...folder, uri: "file:///p/inner" };
  const other = { ...folder, uri: "file:///p/inn" };
  const folders = [folder, inner, other];
  assert.equal(folderHere(folders, "file:///p/inner/a.py"), inner);
  assert.equal(folderHere(folders, "file:///p/inner"), inner);
  assert.equal(folderHere(folders, "file:///elsewhere"), folder);
  assert.equal(folderHere(folders, undefined), folder);
});
