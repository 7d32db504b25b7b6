/** What a user does in VS Code. `PAGE` is the workbench; whatever is asked makes opencode change both functions. */

import { Workbench, variable } from "./page.mts";

const WANTS = "opencode wants to edit a.py";

const scenarios: Record<string, (workbench: Workbench) => Promise<void>> = {
  async asks_allows_keeps_and_undoes(w) {
    await ask(w);
    await w.message(WANTS).waitFor();
    await w.status("opencode: working, 1 permission").waitFor();
    await w.picture("permission");
    await w.answer(WANTS, "Show Diff");
    await w.waitForCode("return a + b");
    await w.picture("proposal");
    await w.answer(WANTS, "Allow Once");
    await w.message("Spaces added.").waitFor();
    await w.status("opencode: 2 changes").waitFor();
    await w.run("opencode: Show Answers");
    await w.waitForPage("Spaces added.");
    await w.picture("answer");
    await w.page.getByRole("tab", { name: "opencode Answers" }).getByRole("button", { name: /^Close/ }).click();

    await w.openView(/^Changes by opencode/);
    await w.row("2: changed 1 line").click();
    await w.waitForCode("return a - b");
    await w.picture("changes");
    await w.row("2: changed 1 line").hover();
    await w.row("2: changed 1 line").getByRole("button", { name: "Keep" }).click();
    await w.status("opencode: 1 change").waitFor();
    await w.takeLens("Undo");
    await w.waitForCode("return a-b");
    await w.waitForCode("return a + b");
    await w.status("opencode: connected").waitFor();
    await w.save();
  },

  async a_rejected_edit_is_not_made(w) {
    await ask(w);
    // To close the message is no answer.
    await w.closeMessage(WANTS);
    await w.status("opencode: working, 1 permission").waitFor();
    await w.press("Control+k", "q");
    await w.choice("Allow Once").waitFor();
    await w.picture("permissions");
    await w.choice("Reject").first().click();
    await w.message("not allowed to go on").waitFor();
    await w.status("opencode: connected").waitFor();
  },
};

/** Asks about the first function, as the first thing that is ever done here. */
async function ask(w: Workbench): Promise<void> {
  await w.page.getByRole("heading", { name: "Get Started with opencode-lsp", level: 2 }).waitFor();
  await w.status("opencode: connected").waitFor();
  await w.picture("walkthrough");
  await w.openFile("a.py");
  await w.waitForCode("def add(a, b):");
  await w.press("Control+Home", "Shift+ArrowDown", "Shift+ArrowDown");
  await w.press("Control+k", "a");
  await w.box.getByText("Ask opencode about a.py, lines 1-2").waitFor();
  await w.page.keyboard.insertText("Put spaces around the operators.");
  await w.picture("question");
  await w.press("Enter");
}

const name = process.argv[2] ?? "";
const scenario = scenarios[name];
if (scenario === undefined) {
  throw new Error(`there is no scenario ${JSON.stringify(name)}`);
}
const workbench = await Workbench.open(variable("PAGE"));
try {
  await scenario(workbench);
} catch (error) {
  const screenshot = variable("SCREENSHOT");
  await workbench.page.screenshot({ path: screenshot });
  console.error(`${String(error)}\n\nThe page (also ${screenshot}):\n${await workbench.text()}`);
  process.exitCode = 1;
} finally {
  await workbench.close();
}
