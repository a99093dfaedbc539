// Pictures of every screen, for people to look at: node tests/browser/shots.mjs FOLDER [NAME…]

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { close, house, visit } from "./harrier.mjs";
import { bring, find, pages } from "./pages.mjs";

const [folder, ...only] = process.argv.slice(2);
if (!folder) {
  console.error("usage: node tests/browser/shots.mjs FOLDER [NAME…]");
  process.exit(2);
}
mkdirSync(folder, { recursive: true });

const LOOKS = [
  ["light", { width: 1440, height: 900 }, "light"],
  ["dark", { width: 1440, height: 900 }, "dark"],
  ["narrow", { width: 390, height: 844 }, "light"],
  ["phone", { width: 360, height: 780 }, "dark"],
  ["large", { width: 1920, height: 1080 }, "light"],
];

try {
  const windows = {};
  const club = await find();
  const { people } = await house();
  for (const entry of pages.filter((p) => only.length === 0 || only.includes(p.name))) {
    if (entry.who && !people[entry.who]) continue;
    const page = (windows[entry.who ?? "nobody"] ??= await visit(entry.who));
    await page.setViewportSize(LOOKS[0][1]);
    let response;
    try {
      response = await bring(page, entry, club);
    } catch (error) {
      console.error(`${entry.name}: ${error.message.split("\n")[0]}`);
      continue;
    }
    if (response.status() !== (entry.status ?? 200)) {
      console.error(`${entry.name}: ${response.url()} answered ${response.status()}`);
      continue;
    }
    const shoot = (name) => page.screenshot({ path: join(folder, `${name}.png`), fullPage: true });
    for (const [look, viewport, colorScheme] of LOOKS) {
      await page.setViewportSize(viewport);
      await page.emulateMedia({ colorScheme });
      await shoot(`${entry.name}-${look}`);
    }
    await page.setViewportSize(LOOKS[0][1]);
    await page.emulateMedia({ colorScheme: "light" });
    for (const [number, name] of (entry.dialogs ?? []).entries()) {
      await page.getByRole("main").getByRole("link", { name }).first().click();
      await page.locator("dialog[open]").waitFor();
      await page.screenshot({ path: join(folder, `${entry.name}-dialog-${number + 1}.png`) });
      await page.keyboard.press("Escape");
    }
    for (const [number, name] of (entry.menus ?? []).entries()) {
      await page.getByRole("main").getByRole("button", { name, exact: true }).first().click();
      await page.screenshot({ path: join(folder, `${entry.name}-menu-${number + 1}.png`) });
      await page.keyboard.press("Escape");
    }
    for (const format of entry.print ? ["A4", "Letter"] : []) {
      await page.pdf({ path: join(folder, `${entry.name}-${format}.pdf`), format });
    }
    console.log(entry.name);
  }
} finally {
  await close();
}
