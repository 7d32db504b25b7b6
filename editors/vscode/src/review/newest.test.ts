import assert from "node:assert/strict";
import { test } from "node:test";
import { Newest } from "./newest";

test("only the newest question of a key counts", () => {
  const newest = new Newest();
  const isFirst = newest.ask("a");
  assert.equal(isFirst(), true);
  const isOther = newest.ask("b");
  const isSecond = newest.ask("a");
  assert.deepEqual([isFirst(), isSecond(), isOther()], [false, true, true]);
});
