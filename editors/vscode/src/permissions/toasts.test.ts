import assert from "node:assert/strict";
import { setImmediate } from "node:timers/promises";
import { test } from "node:test";
import type { Permission } from "../protocol";
import { type Choice, Toasts } from "./toasts";

function permission(id: string, title = id): Permission {
  return { id, folder: "file:///p", session: "s", kind: "edit", title, always: "Always allow edit: *", unsaved: false };
}

class Screen {
  readonly asked: string[] = [];
  readonly warned: string[] = [];
  readonly taken: string[] = [];
  hidden = 0;
  private readonly answers = new Map<string, (choice: Choice | undefined) => void>();
  readonly toasts = new Toasts(
    {
      ask: ({ id, unsaved }) => {
        this.asked.push(id);
        if (unsaved) {
          this.warned.push(id);
        }
        this.answers.get(id)?.(undefined);
        return new Promise((resolve) => this.answers.set(id, resolve));
      },
      hideAll: async () => {
        this.hidden += 1;
      },
    },
    async ({ id }, choice) => {
      this.taken.push(`${id} ${choice}`);
    },
  );

  async choose(id: string, choice: Choice | undefined): Promise<void> {
    this.answers.get(id)?.(choice);
    await setImmediate();
  }
}

test("each request is told once, and closing its message decides nothing", async () => {
  const screen = new Screen();
  screen.toasts.tell(permission("a"));
  screen.toasts.tell(permission("b"));
  await screen.choose("a", undefined);
  await screen.choose("b", "once");
  assert.deepEqual(screen.asked, ["a", "b"]);
  assert.deepEqual(screen.taken, ["b once"]);
});

test("of two that look alike, the second waits for the first", async () => {
  const screen = new Screen();
  screen.toasts.tell(permission("a", "edit calc.py"));
  screen.toasts.tell(permission("b", "edit calc.py"));
  assert.deepEqual(screen.asked, ["a"]);
  await screen.choose("a", "reject");
  assert.deepEqual(screen.asked, ["a", "b"]);
  assert.deepEqual(screen.taken, ["a reject"]);
});

test("what is settled elsewhere is taken off the screen, and the others are put back", async () => {
  const screen = new Screen();
  screen.toasts.tell(permission("a"));
  screen.toasts.tell(permission("b"));
  await screen.toasts.settled(["a"]);
  assert.equal(screen.hidden, 1);
  assert.deepEqual(screen.asked, ["a", "b", "b"]);
  await screen.choose("b", "once");
  assert.deepEqual(screen.taken, ["b once"]);
  await screen.toasts.settled(["b"]);
  assert.equal(screen.hidden, 1);
});

test("one that waited and is settled is not told", async () => {
  const screen = new Screen();
  screen.toasts.tell(permission("a", "same"));
  screen.toasts.tell(permission("b", "same"));
  await screen.toasts.settled(["b"]);
  await screen.choose("a", undefined);
  assert.deepEqual(screen.asked, ["a"]);
});

test("one that waited is told when the one before it is settled elsewhere", async () => {
  const screen = new Screen();
  screen.toasts.tell(permission("a", "same"));
  screen.toasts.tell(permission("b", "same"));
  await screen.toasts.settled(["a"]);
  assert.deepEqual(screen.asked, ["a", "b"]);
});

test("one that has become unsaved is shown anew with the warning, and the others are put back", async () => {
  const screen = new Screen();
  screen.toasts.tell(permission("a"));
  screen.toasts.tell(permission("b"));
  await screen.toasts.changed([{ ...permission("a"), unsaved: true }]);
  assert.equal(screen.hidden, 1);
  assert.deepEqual(screen.asked, ["a", "b", "b", "a"]);
  assert.deepEqual(screen.warned, ["a"]);
});

test("one whose message was closed is told again to warn, and not to take the warning back", async () => {
  const screen = new Screen();
  screen.toasts.tell(permission("a"));
  await screen.choose("a", undefined);
  await screen.toasts.changed([{ ...permission("a"), unsaved: true }]);
  assert.deepEqual(screen.warned, ["a"]);
  await screen.choose("a", undefined);
  await screen.toasts.changed([permission("a")]);
  assert.deepEqual(screen.asked, ["a", "a"]);
});

test("one that waits and has changed is told as it is now", async () => {
  const screen = new Screen();
  screen.toasts.tell(permission("a", "same"));
  screen.toasts.tell(permission("b", "same"));
  await screen.toasts.changed([{ ...permission("b", "same"), unsaved: true }]);
  assert.deepEqual(screen.asked, ["a", "b"]);
  assert.deepEqual(screen.warned, ["b"]);
});

test("two that change at once are both shown anew", async () => {
  const screen = new Screen();
  screen.toasts.tell(permission("a"));
  screen.toasts.tell(permission("b"));
  await screen.toasts.changed(["a", "b"].map((id) => ({ ...permission(id), unsaved: true })));
  assert.deepEqual(screen.warned, ["a", "b"]);
});
