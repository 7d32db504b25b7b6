import assert from "node:assert/strict";
import { test } from "node:test";
import { runInNewContext } from "node:vm";
import { clean } from "./clean";

/** As the page has it: by its text alone. */
const alone: typeof clean = runInNewContext(`(${clean.toString()})`);

/** One element; undefined where it is removed. */
function cleaned(localName: string, attributes: Record<string, string> = {}): Record<string, string> | undefined {
  const left = Object.entries(attributes).map(([name, value]) => ({ name, value }));
  let isRemoved = false;
  const element = {
    localName,
    attributes: left,
    removeAttribute: (name: string) => {
      left.splice(
        left.findIndex((attribute) => attribute.name === name),
        1,
      );
    },
    remove: () => {
      isRemoved = true;
    },
  };
  alone({ querySelectorAll: (selector) => (selector === "*" ? [element] : []) });
  return isRemoved ? undefined : Object.fromEntries(left.map(({ name, value }) => [name, value]));
}

test("elements that act or ask are removed", () => {
  for (const name of ["link", "meta", "base", "iframe", "form", "button", "style", "script", "svg", "math"]) {
    assert.equal(cleaned(name), undefined, name);
  }
  assert.deepEqual(cleaned("p", { class: "code-line" }), { class: "code-line" });
});

test("handlers and styles are removed, also one after the other", () => {
  assert.deepEqual(cleaned("p", { onclick: "a()", onFocus: "b()", style: "x", title: "t" }), { title: "t" });
});

test("links lead only to the web and to mail", () => {
  for (const href of ["https://example.org/a", "HTTP://example.org", " mailto:a@example.org"]) {
    assert.deepEqual(cleaned("a", { href }), { href });
  }
  for (const target of ["command:a", "javascript:a()", "java\nscript:a()", "file:///a", "data:text/html,a", "//a", "a"]) {
    assert.deepEqual(cleaned("a", { href: target, "xlink:href": target }), {}, target);
    assert.deepEqual(cleaned("img", { src: target }), {}, target);
  }
});
