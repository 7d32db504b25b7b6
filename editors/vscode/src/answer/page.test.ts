import assert from "node:assert/strict";
import { test } from "node:test";
import { Script } from "node:vm";
import { page, preformatted } from "./page";

test("the page runs nothing but its own script, and loads nothing", () => {
  const policy = /Content-Security-Policy" content="([^"]*)"/.exec(page("abc"))?.[1];
  assert.equal(
    policy,
    "default-src 'none'; style-src 'nonce-abc'; script-src 'nonce-abc'; form-action 'none'; base-uri 'none'",
  );
});

test("a bare text is no markup", () => {
  assert.equal(preformatted("a < b && <img src=x>"), "<pre>a &lt; b &amp;&amp; &lt;img src=x></pre>");
});

test("the script of the page is whole", () => {
  const scripts = page("abc").split(/<script[^>]*>|<\/script>/);
  assert.equal(scripts.length, 3);
  assert.doesNotThrow(() => new Script(scripts[1] ?? ""));
});
