// The same without script: links, forms and pages.

import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import "./closing.mjs";
import { house, signIn, visit } from "./harrier.mjs";
import { find } from "./pages.mjs";
import { gpx } from "./recordings.mjs";

describe("without script", () => {
  let club;
  before(async () => {
    club = await find();
  });
  const open = (who) => visit(who, { javaScriptEnabled: false });

  test("the roster is searched and filtered by its form", async () => {
    const page = await open("head_coach");
    await page.goto("/athletes");
    await page.getByRole("searchbox", { name: "Search by name or email" }).fill("naledi");
    await page.keyboard.press("Enter");
    await page.waitForURL(/q=naledi/);
    assert.equal(await page.locator("#results tbody tr").count(), 1);
    await page.locator("#results a.chip.is-on").first().click();
    await page.waitForURL((url) => !url.search.includes("naledi"));
    // A popover opens without script.
    await page.getByRole("button", { name: "Status", exact: true }).click();
    await page.locator("#f-status").getByLabel("Inactive").check();
    await page.locator("#f-status").getByRole("button", { name: "Show athletes" }).click();
    await page.waitForURL(/status=inactive/);
    assert.match(await page.locator("#results a.chip.is-on").first().innerText(), /Inactive/);
    await page.context().close();
  });

  test("an athlete is edited on a page of its own", async () => {
    const page = await open("head_coach");
    await page.goto(club.athlete);
    const before = await page.locator("h1").innerText();
    for (const name of ["Naledi without script", before]) {
      await page.locator("#edit-athlete").click();
      await page.waitForURL(/\/edit$/);
      await page.getByLabel("Display name").fill(name);
      await page.locator("dialog button.btn-primary").click();
      await page.waitForURL((url) => url.pathname === club.athlete);
      assert.equal(await page.locator("h1").innerText(), name);
    }
    await page.context().close();
  });

  test("several athletes get a label, and it is undone", async () => {
    const page = await open("head_coach");
    await page.goto("/athletes");
    await page.locator("#results tbody tr").first().getByRole("checkbox").check();
    await page.locator(".bulk").getByRole("button", { name: "Label" }).click();
    await page.getByLabel("Labels").fill("plainly-tested");
    await page.getByRole("button", { name: "Change labels of 1 athlete" }).click();
    await page.getByRole("link", { name: "Back to the roster" }).first().waitFor();
    await page.getByRole("button", { name: "Undo" }).click();
    await page.waitForURL(/\/athletes(\?|$)/);
    assert.equal(await page.locator("#results .tag", { hasText: "plainly-tested" }).count(), 0);
    await page.context().close();
  });

  test("compact rows stay", async () => {
    const page = await open("head_coach");
    await page.goto("/athletes?status=active");
    await page.locator("#density-compact").check({ force: true });
    await page.getByRole("button", { name: "Keep this height" }).click();
    await page.waitForURL(/status=active/);
    await page.goto("/athletes");
    assert.ok(await page.locator("#density-compact").isChecked());
    await page.context().close();
  });

  test("a fitness value that was removed comes back", async () => {
    const page = await open("head_coach");
    await page.goto(`${club.athlete}/fitness`);
    const before = await page.locator("#main tbody tr").allInnerTexts();
    await page.getByRole("button", { name: /^Remove/ }).first().click();
    await page.getByRole("button", { name: "Undo" }).click();
    await page.locator("#notice", { hasText: "is back" }).waitFor();
    assert.deepEqual(await page.locator("#main tbody tr").allInnerTexts(), before);
    await page.context().close();
  });

  test("a recording is uploaded, and deleted", async () => {
    const page = await open("athlete");
    await page.goto("/activities/new");
    const start = new Date(Date.now() - 50 * 86_400_000);
    await page.locator("#files").setInputFiles({ name: "plain.gpx", mimeType: "application/gpx+xml", buffer: Buffer.from(gpx(start)) });
    await page.getByRole("button", { name: "Upload", exact: true }).click();
    await page.waitForURL(/\/activities\/act_\w+$/);
    const path = new URL(page.url()).pathname;
    await page.goto(`${path}/deletion`);
    await page.getByRole("button", { name: /^Delete/ }).click();
    await page.getByRole("button", { name: "Undo" }).waitFor();
    assert.equal((await page.request.get(path)).status(), 404);
    await page.context().close();
  });

  test("signed in and out", async () => {
    const { people } = await house();
    const page = await open();
    await signIn(page, people.coach);
    await page.getByRole("button", { name: /^Account/ }).click();
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.waitForURL(/\/session\/new/);
    await page.goto("/athletes");
    assert.match(page.url(), /\/session\/new/);
    await page.context().close();
  });
});
