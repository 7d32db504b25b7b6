/** What of a model's markup may be in the page: nothing that acts, asks or goes anywhere without a click. */

/** Of the page's DOM, what is needed here. */
export interface Markup {
  querySelectorAll(selector: string): Iterable<Element>;
}

interface Element {
  readonly localName: string;
  readonly attributes: Iterable<{ readonly name: string; readonly value: string }>;
  removeAttribute(name: string): void;
  remove(): void;
}

/** Runs in the page, which has only this function's own text: it uses nothing from outside itself. */
export function clean(markup: Markup): void {
  const elements =
    "link meta base iframe frame object embed form input button textarea select style script svg math template";
  const targets = ["href", "src", "xlink:href"];
  const unwanted = new Set(elements.split(" "));
  const isUnwanted = (name: string, value: string) =>
    name.startsWith("on") || name === "style" || (targets.includes(name) && !/^(?:https?|mailto):/i.test(value.trim()));
  for (const element of markup.querySelectorAll("*")) {
    if (unwanted.has(element.localName.toLowerCase())) {
      element.remove();
      continue;
    }
    // A copy: what is removed would make the next one be left out.
    for (const { name, value } of [...element.attributes]) {
      if (isUnwanted(name.toLowerCase(), value)) {
        element.removeAttribute(name);
      }
    }
  }
}
