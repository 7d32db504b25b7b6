import assert from "node:assert/strict";
import { test } from "node:test";
import { forLabel, forNotification, oneLine } from "./inert";

/** How VS Code finds links in a notification. */
const LINK = /\[([^\]]+)\]\(((?:https?:\/\/|command:|file:)[^)\s]+)(?: (["'])(.+?)(\3))?\)/i;

test("a notification has no links", () => {
  for (const text of [
    "[run](command:evil)",
    "see [a](https://example.org) and [b](command:c 'd')",
    "[[x](command:y)](command:z)",
  ]) {
    assert.match(text, LINK);
    assert.doesNotMatch(forNotification(text), LINK);
  }
  assert.equal(forNotification("a[0] (b)"), "a[0] (b)");
});

test("a label has no icons", () => {
  assert.equal(forLabel("echo $(check) $HOME"), "echo \\$(check) $HOME");
});

test("long text is cut with a mark", () => {
  assert.equal(oneLine("  a\n\tb ", 10), "a b");
  assert.equal(oneLine("abcdef", 4), "abc…");
});
