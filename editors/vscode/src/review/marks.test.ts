import assert from "node:assert/strict";
import { test } from "node:test";
import type { Hunk } from "../protocol";
import { marksOf } from "./marks";

function hunk(from: number, to: number, removed: string[]): Hunk {
  return { id: "1.1", range: { start: { line: from, character: 0 }, end: { line: to, character: 0 } }, removed };
}

test("whole lines are marked, the one after them is not", () => {
  const [mark] = marksOf([hunk(1, 3, ["old"])], 10);
  assert.deepEqual(mark, { kind: "changed", id: "1.1", first: 1, last: 2, removed: ["old"], note: "was: old" });
});

test("a last line without a break is marked", () => {
  const last = { id: "1", range: { start: { line: 2, character: 0 }, end: { line: 2, character: 5 } }, removed: [] };
  const [mark] = marksOf([last], 3);
  assert.deepEqual([mark?.kind, mark?.first, mark?.last], ["added", 2, 2]);
});

test("removed lines are told where they stood", () => {
  const [above] = marksOf([hunk(1, 1, ["a"])], 3);
  assert.deepEqual([above?.kind, above?.first, above?.note], ["removed", 1, "removed above: a"]);
  const [below] = marksOf([hunk(3, 3, ["a", "b"])], 3);
  assert.deepEqual([below?.first, below?.note], [2, "removed below: 2 lines"]);
});

test("no mark is outside of a document that became shorter", () => {
  const [mark] = marksOf([hunk(5, 9, ["x"])], 2);
  assert.deepEqual([mark?.first, mark?.last], [1, 1]);
});
