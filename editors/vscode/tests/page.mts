/** The workbench as its user has it: keys, clicks, and what is to be seen. */

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { chromium, type Browser, type Locator, type Page } from "playwright-core";

/** How long anything may take: machines are slow and shared. */
const PATIENCE = 90_000;

/** There is no window to draw in. */
const FLAGS = ["--disable-gpu", "--disable-quic"];

/** How long a message slides in, and a hint goes away. */
const MOTION = 600;

export class Workbench {
  readonly page: Page;
  readonly #browser: Browser;

  private constructor(browser: Browser, page: Page) {
    this.#browser = browser;
    this.page = page;
  }

  static async open(url: string): Promise<Workbench> {
    const browser = await chromium.launch({ executablePath: variable("CHROMIUM"), args: FLAGS });
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
    page.setDefaultTimeout(PATIENCE);
    const workbench = new Workbench(browser, page);
    await page.goto(url, { timeout: PATIENCE });
    return workbench;
  }

  async close(): Promise<void> {
    await this.#browser.close();
  }

  /** Everything that is to be read, for a person who wonders why something is not. */
  async text(): Promise<string> {
    return await this.page.evaluate(() => document.body.innerText);
  }

  /** For the pictures of the documentation: in the folder `OPENCODE_LSP_PICTURES`, if there is one. */
  async picture(name: string): Promise<void> {
    const folder = process.env["OPENCODE_LSP_PICTURES"];
    if (folder === undefined || folder === "") {
      return;
    }
    await this.page.mouse.move(0, 0);
    await this.page.waitForTimeout(MOTION);
    mkdirSync(folder, { recursive: true });
    await this.page.screenshot({ path: join(folder, `vscode-${name}.png`), animations: "disabled" });
  }

  /** Looks until it is so. */
  async until(what: string, isSo: () => Promise<boolean>): Promise<void> {
    const end = Date.now() + PATIENCE;
    while (!(await isSo())) {
      if (Date.now() > end) {
        throw new Error(`waited for ${what}`);
      }
      await this.page.waitForTimeout(100);
    }
  }

  async press(...keys: string[]): Promise<void> {
    for (const key of keys) {
      await this.page.keyboard.press(key);
    }
  }

  async openFile(name: string): Promise<void> {
    await this.page.getByRole("treeitem", { name }).dblclick();
    await this.page.getByRole("tab", { name }).waitFor();
  }

  /** Runs a command of the palette. */
  async run(title: string): Promise<void> {
    await this.press("F1");
    await this.box.locator("input").fill(`>${title}`);
    await this.choice(title).first().click();
  }

  /** The box over the workbench that asks for a line or a choice. */
  get box(): Locator {
    return this.page.locator(".quick-input-widget");
  }

  /** A choice of the box. */
  choice(title: string): Locator {
    return this.box.getByRole("option", { name: title });
  }

  /** The part of the status bar that is the extension's, by what it tells those who cannot see it. */
  status(text: string): Locator {
    return this.page.locator(".statusbar-item").getByLabel(text, { exact: true });
  }

  /** Waits for a text in one of the pages that an extension shows. */
  async waitForPage(text: string): Promise<void> {
    await this.until(`${JSON.stringify(text)} in a page of an extension`, async () => {
      const shown = await Promise.all(this.page.frames().map((frame) => frame.getByText(text).count().catch(() => 0)));
      return shown.slice(1).some((count) => count > 0);
    });
  }

  /** The text of the editor that has the focus, as far as it is on the screen. */
  async code(): Promise<string> {
    return await this.page.evaluate(() => {
      const editors = [...document.querySelectorAll(".editor-instance .monaco-editor")];
      const lines = editors.flatMap((editor) => [...editor.querySelectorAll<HTMLElement>(".view-line")]);
      lines.sort((one, other) => Number.parseFloat(one.style.top) - Number.parseFloat(other.style.top));
      return lines.map((line) => line.innerText.replaceAll("\u00a0", " ").trimEnd()).join("\n");
    });
  }

  async waitForCode(text: string): Promise<void> {
    await this.until(`${JSON.stringify(text)} in the editor`, async () => (await this.code()).includes(text));
  }

  /** A message in the corner. */
  message(text: string): Locator {
    return this.page.locator(".notification-toast").filter({ hasText: text });
  }

  /** Presses a button of a message. */
  async answer(message: string, button: string): Promise<void> {
    await this.message(message).getByRole("button", { name: button }).click();
  }

  /** Takes what stands above a change, once it is the only change. */
  async takeLens(title: string): Promise<void> {
    const lens = this.page.locator(".codelens-decoration").getByRole("button", { name: title, exact: true });
    await this.until(`one ${title} in the code`, async () => (await lens.count()) === 1);
    await lens.click();
  }

  async closeMessage(text: string): Promise<void> {
    const message = this.message(text);
    await message.hover();
    await message.locator(".codicon-notifications-clear").click();
    await message.waitFor({ state: "detached" });
  }

  /** Opens a view of the side bar by its icon. */
  async openView(name: RegExp): Promise<void> {
    await this.page.locator(".activitybar").getByRole("tab", { name }).click();
  }

  /** A row of a view in the side bar. */
  row(text: string): Locator {
    return this.page.locator(".sidebar").getByRole("treeitem", { name: text });
  }

  /** Saves, until the tab of the file says so. */
  async save(): Promise<void> {
    await this.press("Control+s");
    await this.page.locator(".tab.active.dirty").waitFor({ state: "detached" });
  }
}

/** What whoever starts this has to say. */
export function variable(name: string): string {
  const value = process.env[name];
  if (value === undefined) {
    throw new Error(`the environment has no ${name}`);
  }
  return value;
}
