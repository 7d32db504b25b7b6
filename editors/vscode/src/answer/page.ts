/** The page of the answers: no scripts but its own, no pictures, nothing from elsewhere. */

import { clean } from "./clean";

const STYLE = `
body { max-width: 60em; padding: 0 1.5em 2em; line-height: 1.5; overflow-wrap: break-word; }
blockquote { margin: 1em 0; padding: 0.3em 1em; border-left: 3px solid var(--vscode-textBlockQuote-border);
  background: var(--vscode-textBlockQuote-background); }
pre { padding: 0.8em; overflow-x: auto; white-space: pre-wrap; background: var(--vscode-textCodeBlock-background); }
pre, code { font-family: var(--vscode-editor-font-family); font-size: var(--vscode-editor-font-size); }
pre code { background: none; }
hr { border: 0; border-top: 1px solid var(--vscode-widget-border, currentColor); opacity: 0.4; }
table { border-collapse: collapse; }
td, th { padding: 0.2em 0.6em; border: 1px solid var(--vscode-widget-border, currentColor); }
`;

/**
 * Takes new contents, and goes on showing the end where the end was shown.
 *
 * The markup is a model's. What is in a template does nothing yet, so it is cleaned there; the policy
 * of the page would not keep it from looking up hosts or leading elsewhere.
 */
const SCRIPT = `
const clean = ${clean.toString()};
const answers = document.getElementById("answers");
const atEnd = () => window.innerHeight + window.scrollY >= document.body.scrollHeight - 40;
window.addEventListener("message", ({ data }) => {
  const follows = atEnd();
  const template = document.createElement("template");
  template.innerHTML = data.html;
  clean(template.content);
  answers.replaceChildren(template.content);
  if (follows) {
    window.scrollTo(0, document.body.scrollHeight);
  }
});
acquireVsCodeApi().postMessage("ready");
`;

export function page(nonce: string): string {
  const policy = [
    "default-src 'none'",
    `style-src 'nonce-${nonce}'`,
    `script-src 'nonce-${nonce}'`,
    "form-action 'none'",
    "base-uri 'none'",
  ].join("; ");
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<style nonce="${nonce}">${STYLE}</style>
</head>
<body>
<main id="answers"></main>
<script nonce="${nonce}">${SCRIPT}</script>
</body>
</html>`;
}

/** A text as it is. */
export function preformatted(text: string): string {
  const escaped = text.replace(/&/g, "&amp;").replace(/</g, "&lt;");
  return `<pre>${escaped}</pre>`;
}
