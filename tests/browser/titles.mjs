// The name in the tab is that of the page in it, whatever brought the page there: history, bookmarks and
// screen readers tell pages apart by it.

import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import "./closing.mjs";
import { house, settled, visit } from "./harrier.mjs";
import { find } from "./pages.mjs";
import { gpx } from "./recordings.mjs";

const clean = (page) => assert.deepEqual(page.faults, []);
const dialog = (page) => page.locator("dialog[open]");
const day = (n) => new Date(Date.now() - n * 86_400_000);

/** The title here is the one that this address has when it is loaded anew. */
async function titled(page, expected) {
  await settled(page);
  const title = await page.title();
  assert.match(title, expected);
  const fresh = await page.request.get(page.url());
  const there = /<title>(.*?)<\/title>/s.exec(await fresh.text())[1];
  // As htmx and the parser read it.
  const read = await page.evaluate((html) => new DOMParser().parseFromString(html, "text/html").body.textContent, there);
  assert.equal(title, read);
}

describe("the title follows", () => {
  let page;
  before(async () => {
    page = await visit("athlete");
  });

  test("an upload, a rename, a deletion and its undo", async () => {
    await page.goto("/activities/new");
    const file = { name: "titled.gpx", mimeType: "application/gpx+xml", buffer: Buffer.from(gpx(day(50))) };
    await page.locator("#files").setInputFiles(file);
    await page.getByRole("button", { name: "Upload", exact: true }).click();
    await page.waitForURL(/\/activities\/act_\w+$/);
    await titled(page, / run · Harrier$/);
    await page.locator("#edit-activity").click();
    await dialog(page).getByLabel("Title").fill("Round <the> “island” & back");
    await dialog(page).getByRole("button", { name: "Save" }).click();
    await page.locator("h1", { hasText: "island" }).waitFor();
    await titled(page, /^Round <the> “island” & back · Harrier$/);
    await page.getByRole("button", { name: /^More actions/ }).click();
    await page.getByRole("link", { name: /^Delete/ }).click();
    await dialog(page).getByRole("button", { name: /^Delete/ }).click();
    await page.getByRole("button", { name: "Undo" }).waitFor();
    await titled(page, /^Activities, .+ · Harrier$/);
    await page.getByRole("button", { name: "Undo" }).click();
    await page.getByRole("button", { name: "Undo" }).waitFor({ state: "detached" });
    await titled(page, / · Harrier$/);
    clean(page);
  });

  test("an entry by hand", async () => {
    await page.goto("/activities/manual");
    await page.getByLabel("Date").fill(day(51).toISOString().slice(0, 10));
    await page.getByLabel("Time it began").fill("07:10");
    await page.getByLabel("Time taken").fill("45:00");
    await page.getByLabel(/^Distance/).fill("8");
    await page.getByLabel("Title").fill("Without a watch");
    await page.getByRole("button", { name: "Add activity" }).click();
    await page.waitForURL(/\/activities\/act_\w+$/);
    await titled(page, /^Without a watch · Harrier$/);
    clean(page);
  });

  test("the rename of an athlete", async () => {
    const coach = await visit("head_coach");
    await coach.goto((await find()).athlete);
    const before = await coach.locator("h1").innerText();
    for (const name of ["Titled Otherwise", before]) {
      await coach.locator("#edit-athlete").click();
      await dialog(coach).getByLabel("Display name").fill(name);
      await dialog(coach).getByRole("button", { name: "Save" }).click();
      await coach.locator("h1", { hasText: name }).waitFor();
      await titled(coach, new RegExp(`^${name}`));
    }
    clean(coach);
    await coach.context().close();
  });

  test("another week of a group, with the focus where it was", async () => {
    const coach = await visit("head_coach");
    await coach.goto((await find()).group);
    await coach.locator("#week-before").press("Enter");
    await coach.waitForURL(/week=/);
    await coach.locator("#week-now").waitFor();
    await titled(coach, /, .+ · Harrier$/);
    assert.equal(await coach.evaluate(() => document.activeElement.id), "week-before");
    clean(coach);
    await coach.context().close();
  });

  test("changes from a CSV file", async () => {
    const coach = await visit("head_coach");
    const { people } = await house();
    await coach.goto("/athletes");
    await coach.getByRole("button", { name: /^More/ }).first().click();
    await coach.getByRole("link", { name: "Import from CSV" }).click();
    const csv = `email,level\n${people.athlete.email},titled\n`;
    await dialog(coach).locator("[type=file]").setInputFiles({ name: "a.csv", mimeType: "text/csv", buffer: Buffer.from(csv) });
    await dialog(coach).getByRole("button", { name: "Check file" }).click();
    await dialog(coach).getByRole("button", { name: /^Import/ }).click();
    await coach.locator("#notice").waitFor();
    await titled(coach, /^Athletes · Harrier$/);
    // From the page of its own the answer is a dialog as well.
    await coach.goto("/athletes/import");
    await coach.locator("[type=file]").setInputFiles({ name: "a.csv", mimeType: "text/csv", buffer: Buffer.from(csv.replace("titled", "")) });
    await coach.getByRole("button", { name: "Check file" }).click();
    await coach.getByRole("button", { name: /^Import/ }).click();
    await coach.locator("#notice").waitFor();
    await titled(coach, /^Athletes · Harrier$/);
    clean(coach);
    await coach.context().close();
  });
});
