/** Texts that others wrote, for places of VS Code that would see more than text in them. */

/** A notification makes links of `[label](target)`, commands included. */
export function forNotification(text: string): string {
  return text.replace(/\](?=\()/g, "] ");
}

/** A label makes icons of `$(name)`. */
export function forLabel(text: string): string {
  return text.replace(/\$\(/g, "\\$(");
}

/** One line of at most so many characters, with a visible cut. */
export function oneLine(text: string, limit: number): string {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length > limit ? `${line.slice(0, limit - 1)}…` : line;
}
