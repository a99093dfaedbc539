// axe on every page and dialog, in both themes, wide and narrow; nothing sticks out at 360 px; no page
// complains in the console.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { before, describe, test } from "node:test";
import "./closing.mjs";
import { NARROW, WIDE, house, settled, sticksOut, visit } from "./harrier.mjs";
import { bring, find, pages } from "./pages.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

/** What axe has against the page as it stands, one line for each element. */
async function violations(page, part) {
  if (!(await page.evaluate(() => "axe" in globalThis))) await page.evaluate(axe);
  return page.evaluate(async ([tags, part]) => {
    const { violations } = await globalThis.axe.run(part ?? document, {
      runOnly: { type: "tag", values: tags },
      resultTypes: ["violations"],
    });
    return violations.flatMap((v) =>
      v.nodes.map((n) => `${v.id}: ${n.target.join(" ")} ${n.html.slice(0, 160)} ${n.any.map((c) => c.message).join("; ")}`),
    );
  }, [TAGS, part]);
}

/**
 * Looks at the page, or at a part of it, wide and narrow, light and dark. Narrow at its end where a bar is as
 * wide as the page and floats over half a row until there.
 */
async function inspect(page, what, part, atEnd) {
  const problems = [];
  for (const viewport of [WIDE, NARROW]) {
    await page.setViewportSize(viewport);
    for (const colorScheme of ["light", "dark"]) {
      await page.emulateMedia({ colorScheme });
      if (atEnd && viewport === NARROW) await page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight));
      await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
      const where = `${what}, ${colorScheme}, ${viewport.width} px`;
      problems.push(...(await violations(page, part)).map((v) => `${where}: ${v}`));
    }
    if (viewport === NARROW) {
      problems.push(...(await sticksOut(page)).map((e) => `${what}: sticks out at 360 px: ${e}`));
    }
  }
  await page.setViewportSize(WIDE);
  return problems;
}

/** One h1, a title that names the page, and no id twice: what axe's rules of these levels leave out. */
async function outline(page) {
  return page.evaluate(() => {
    const problems = [];
    const dialog = document.querySelector("dialog[open]");
    const headings = [...document.querySelectorAll("h1")].filter((h) =>
      // A modal dialog is all there is while it is open; one that is a page of its own stands in that page.
      dialog?.matches(":modal") ? dialog.contains(h) : !h.closest("dialog") || dialog?.contains(h),
    );
    if (headings.length !== 1) problems.push(`${headings.length} h1`);
    if (document.title.length < 8) problems.push(`title “${document.title}”`);
    const ids = [...document.querySelectorAll("[id]")].map((e) => e.id);
    const twice = ids.filter((id, i) => ids.indexOf(id) !== i);
    if (twice.length) problems.push(`ids twice: ${[...new Set(twice)].join(" ")}`);
    if (document.querySelector("[style]:not(.htmx-indicator)")) problems.push("a style attribute");
    return problems;
  });
}

test("axe sees what is wrong", async () => {
  const page = await visit();
  await page.goto("/session/new");
  await page.evaluate(() => {
    document.querySelector("h1").innerHTML = '<button></button><div id="main">';
    const wide = document.querySelector("#main").appendChild(document.createElement("div"));
    wide.textContent = "Wide";
    wide.style.minWidth = "900px";
  });
  const problems = await inspect(page, "page");
  assert.ok(problems.some((p) => p.includes("button-name")), "a button without a name");
  assert.ok(problems.some((p) => p.includes("sticks out")), "a part that is too wide");
  assert.ok((await outline(page)).some((p) => p.includes("ids twice")), "an id twice");
  await page.context().close();
});

describe("every page", () => {
  const windows = {};
  let club;

  before(async () => {
    club = await find();
  });

  for (const entry of pages) {
    test(`${entry.name} (${entry.who ?? "nobody"})`, async (t) => {
      const { people, url } = await house();
      if (entry.who && !people[entry.who]) return t.skip("a server without this person");
      const page = (windows[entry.who ?? "nobody"] ??= await visit(entry.who));
      const path = typeof entry.path === "function" ? entry.path(club) : entry.path;
      page.faults.length = 0;
      if (entry.status || entry.soon) page.expected.add(url + path);
      const response = await bring(page, entry, club);
      if (entry.soon && response.status() === 404) return t.skip("being built");
      assert.equal(response.status(), entry.status ?? 200, path);
      // A form that is refused is a 422, which the console calls an error.
      if (entry.act) page.faults.splice(0, page.faults.length, ...page.faults.filter((f) => !/status of 422/.test(f)));
      const problems = [...(await outline(page)), ...(await inspect(page, "page", undefined, entry.atEnd))];
      if (entry.rows && !(await page.locator("main tbody tr").count())) problems.push("no rows in the table");
      if (entry.empty && !(await page.locator("main .empty").count())) problems.push("not an empty state");
      for (const name of entry.menus ?? []) {
        await page.getByRole("main").getByRole("button", { name, exact: true }).first().click();
        await page.locator("[popover]:popover-open").waitFor();
        problems.push(...(await inspect(page, `menu ${name}`, "[popover]:popover-open")));
        await page.keyboard.press("Escape");
      }
      for (const name of entry.dialogs ?? []) {
        await page.getByRole("main").getByRole("link", { name }).first().click();
        await page.locator("dialog[open]").waitFor();
        await settled(page);
        problems.push(...(await inspect(page, `dialog ${name}`, "dialog[open]")));
        await page.keyboard.press("Escape");
      }
      assert.deepEqual([...problems, ...page.faults], []);
    });
  }
});
