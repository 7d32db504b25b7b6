import assert from "node:assert/strict";
import { test } from "node:test";
import type { Permission } from "../protocol";
import { type Difference, Pending } from "./pending";

function permission(id: string): Permission {
  return {
    id,
    folder: "file:///p",
    session: "s",
    kind: "edit",
    title: id,
    always: "Always allow edit: *",
    unsaved: false,
  };
}

test("only what is new is told, and what is settled is forgotten", () => {
  const pending = new Pending();
  const told: Difference[] = [];
  pending.onDidChange((difference) => told.push(difference));
  const ids = (list: Permission[] | undefined) => list?.map(({ id }) => id);

  pending.replace([permission("a")]);
  pending.replace([permission("a"), permission("b")]);
  assert.deepEqual(ids(told[1]?.added), ["b"]);
  assert.deepEqual(ids(told[1]?.settled), []);

  pending.replace([permission("b")]);
  assert.deepEqual(ids(told[2]?.settled), ["a"]);
  assert.equal(pending.get("a"), undefined);

  pending.replace([permission("b")]);
  assert.equal(told.length, 3);
});

test("what reads differently is told as changed", () => {
  const pending = new Pending();
  const told: Difference[] = [];
  pending.replace([permission("a"), permission("b")]);
  pending.onDidChange((difference) => told.push(difference));
  const unsaved = { ...permission("a"), unsaved: true };
  pending.replace([unsaved, permission("b")]);
  const renamed = { ...permission("b"), title: "other" };
  pending.replace([unsaved, renamed]);
  assert.deepEqual(told, [
    { added: [], changed: [unsaved], settled: [] },
    { added: [], changed: [renamed], settled: [] },
  ]);
});
