import assert from "node:assert/strict";
import { test } from "node:test";
import type { Permission } from "../protocol";
import { Pending } from "./pending";
import { Replies, type ReplyArgument } from "./replies";

const saved: Permission = {
  id: "a",
  folder: "file:///p",
  session: "s",
  kind: "edit",
  title: "edit a.py",
  always: "Always allow edit: *",
  unsaved: false,
};
const unsaved = { ...saved, unsaved: true };

class Stage {
  readonly pending = new Pending();
  readonly sent: ReplyArgument[] = [];
  readonly asked: Permission[] = [];
  late = 0;
  isTaken = true;
  readonly replies = new Replies(this.pending, {
    send: async (argument) => {
      this.sent.push(argument);
      return this.isTaken;
    },
    askAgain: (permission) => this.asked.push(permission),
    tooLate: () => (this.late += 1),
  });
}

test("an answer is sent, and a reason of nothing but spaces is none", async () => {
  const stage = new Stage();
  stage.pending.replace([saved]);
  await stage.replies.give(saved, "reject", "not now");
  await stage.replies.give(saved, "once", " ");
  assert.deepEqual(stage.sent, [
    { id: "a", reply: "reject", message: "not now" },
    { id: "a", reply: "once" },
  ]);
  assert.deepEqual(stage.asked, []);
});

test("who allows what has become unsaved is asked again, with the warning", async () => {
  const stage = new Stage();
  stage.pending.replace([unsaved]);
  await stage.replies.give(saved, "once");
  await stage.replies.give(saved, "always");
  assert.deepEqual(stage.sent, []);
  assert.deepEqual(stage.asked, [unsaved, unsaved]);

  await stage.replies.give(unsaved, "once");
  await stage.replies.give(saved, "reject");
  assert.deepEqual(
    stage.sent.map(({ reply }) => reply),
    ["once", "reject"],
  );
});

test("an answer that is refused is asked for again while the request waits", async () => {
  const stage = new Stage();
  stage.isTaken = false;
  stage.pending.replace([saved]);
  await stage.replies.give(saved, "once");
  assert.deepEqual(stage.asked, [saved]);
});

test("an answer to what was settled is not sent", async () => {
  const stage = new Stage();
  await stage.replies.give(saved, "once");
  assert.deepEqual([stage.sent.length, stage.asked.length, stage.late], [0, 0, 1]);

  stage.isTaken = false;
  stage.pending.replace([saved]);
  const given = stage.replies.give(saved, "once");
  stage.pending.replace([]);
  await given;
  assert.deepEqual(stage.asked, []);
});
