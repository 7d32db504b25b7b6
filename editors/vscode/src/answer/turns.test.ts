import assert from "node:assert/strict";
import { test } from "node:test";
import type { AnswerParams } from "../protocol";
import { markdownOf, Turns } from "./turns";

const piece: AnswerParams = {
  folder: "file:///p",
  session: "s",
  turn: 1,
  question: "Why?\nReally?",
  text: "Be",
  whole: false,
  done: false,
};

test("pieces are put together, and replaced where the text was another one", () => {
  const turns = new Turns();
  turns.add(piece);
  turns.add({ ...piece, text: "cause" });
  assert.equal(turns.all[0]?.text, "Because");
  turns.add({ ...piece, text: "So.", whole: true, done: true });
  assert.deepEqual(turns.all, [{ key: "file:///p s 1", question: "Why?\nReally?", text: "So.", isDone: true }]);
});

test("two sessions at a time do not mix", () => {
  const turns = new Turns();
  turns.add(piece);
  turns.add({ ...piece, session: "t", text: "No" });
  assert.deepEqual(
    turns.all.map(({ text }) => text),
    ["Be", "No"],
  );
});

test("a new server's first turn is another one than the old server's", () => {
  const turns = new Turns();
  turns.add(piece);
  turns.end();
  turns.add({ ...piece, text: "New" });
  assert.deepEqual(
    turns.all.map(({ text, isDone }) => [text, isDone]),
    [
      ["Be", true],
      ["New", false],
    ],
  );
});

test("the newest twenty are kept", () => {
  const turns = new Turns();
  for (let turn = 1; turn <= 25; turn += 1) {
    turns.add({ ...piece, turn });
  }
  assert.equal(turns.all.length, 20);
  assert.equal(turns.all[0]?.key, "file:///p s 6");
});

test("questions are quoted, and an answer that still comes says so", () => {
  const turns = new Turns();
  assert.match(markdownOf(turns.all), /Nothing was asked/);
  turns.add(piece);
  assert.equal(markdownOf(turns.all), "> Why?\n> Really?\n\nBe\n\n*…*");
});
