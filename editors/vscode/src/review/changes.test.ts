import assert from "node:assert/strict";
import { test } from "node:test";
import { Changes, changesAt, type Told } from "./changes";

const change: Told = {
  source: "opencode",
  code: "change",
  message: "opencode changed 1 line",
  data: { id: "1.2" },
  line: 4,
};

test("opencode's changes are listed by file and line, nothing else is", () => {
  const changes = new Changes();
  changes.set("file:///b", [change, { ...change, line: 1, data: { id: "1.1" } }]);
  changes.set("file:///a", [
    { ...change, code: "permission" },
    { ...change, source: "ruff" },
    { ...change, data: undefined },
    { ...change, code: "unsaved", message: "opencode changed this file on disk" },
  ]);
  assert.deepEqual(changes.files, [
    { uri: "file:///a", changes: [{ id: "1.2", line: 4, what: "changed this file on disk", isConflict: true }] },
    {
      uri: "file:///b",
      changes: [
        { id: "1.1", line: 1, what: "changed 1 line", isConflict: false },
        { id: "1.2", line: 4, what: "changed 1 line", isConflict: false },
      ],
    },
  ]);
});

test("a file without changes is gone, and is told once", () => {
  const changes = new Changes();
  const told: string[] = [];
  changes.onDidChange((uri) => told.push(uri));
  changes.set("file:///a", []);
  changes.set("file:///a", [change]);
  changes.set("file:///a", []);
  changes.set("file:///a", []);
  assert.deepEqual(changes.files, []);
  assert.deepEqual(told, ["file:///a", "file:///a"]);
});

test("the changes at a selection are those that touch its lines", () => {
  const hunks = [
    { id: "a", first: 0, last: 1 },
    { id: "b", first: 3, last: 3 },
  ];
  assert.deepEqual(changesAt(hunks, 1, 1), ["a"]);
  assert.deepEqual(changesAt(hunks, 2, 2), []);
  assert.deepEqual(changesAt(hunks, 0, 9), ["a", "b"]);
});
