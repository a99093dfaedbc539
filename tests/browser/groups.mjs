// Groups in a real browser: weeks by the arrow keys, the feed, the comparison, the report on paper.

import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import "./closing.mjs";
import { settled, visit } from "./harrier.mjs";
import { find } from "./pages.mjs";

/** Ends the test when the page did what a page must not do. */
const clean = (page) => assert.deepEqual(page.faults, []);
const focus = (page) => page.evaluate(() => document.activeElement.id || document.activeElement.tagName);
/** How many pages a PDF has: Chromium writes each as an object of its own. */
const count = (pdf) => pdf.toString("latin1").match(/\/Type\s*\/Page\b(?!s)/g)?.length ?? 0;

describe("groups", () => {
  let page, group;
  before(async () => {
    group = (await find()).group;
    page = await visit("head_coach");
  });

  test("the arrow keys go from week to week, and back in the browser leads back", async () => {
    await page.goto(group);
    const now = await page.locator(".week-nav h2").textContent();
    await page.keyboard.press("ArrowLeft");
    await page.waitForURL(/week=/);
    await page.locator("#week-now").waitFor();
    const before = await page.locator(".week-nav h2").textContent();
    assert.notEqual(before, now);
    await page.keyboard.press("ArrowLeft");
    await page.waitForFunction((was) => document.querySelector(".week-nav h2").textContent !== was, before);
    await page.keyboard.press("ArrowRight");
    await page.waitForFunction((was) => document.querySelector(".week-nav h2").textContent === was, before);
    // In a field they move the cursor and nothing else.
    await page.locator("#week-day").focus();
    await page.keyboard.press("ArrowLeft");
    await settled(page);
    assert.equal(await page.locator(".week-nav h2").textContent(), before);
    await page.goBack();
    await page.waitForFunction((was) => document.querySelector(".week-nav h2").textContent !== was, before);
    clean(page);
  });

  test("who comes by a bare address can copy one that names range and zone", async () => {
    for (const [bare, named] of [[group, /\?week=\d{4}-\d\d-\d\d&timezone=Europe\/London$/], ["/groups/comparison", /\?range=7d&timezone=Europe\/London$/]]) {
      await page.goto(bare);
      assert.match(decodeURIComponent(page.url()), named);
      const heading = await page.locator("h1").textContent();
      await page.reload();
      assert.equal(await page.locator("h1").textContent(), heading);
    }
    // Also on the way from page to page, and back leads back.
    await page.goto("/athletes");
    await page.goto("/groups");
    await page.locator("tbody").getByRole("link", { name: "Tuesday Track" }).first().click();
    await page.waitForURL(/\/groups\/grp_.*week=/);
    await page.goBack();
    await page.waitForURL(/\/groups$/);
    clean(page);
  });

  test("the feed is filtered in place and goes on below, with the focus kept", async () => {
    await page.goto(`${group}/feed`);
    const runs = page.locator("#runs > li:not(.more)");
    assert.equal(await runs.count(), 30);
    await page.locator("#more-runs").focus();
    await page.keyboard.press("Enter");
    await page.waitForFunction(() => document.querySelectorAll("#runs > li:not(.more)").length === 60);
    assert.equal(await focus(page), "more-runs");
    await page.getByText("Long run", { exact: true }).first().click();
    await page.waitForURL(/sub_type=long-run/);
    await settled(page);
    const kinds = await page.locator("#runs .facts div:first-child dt").allTextContents();
    assert.ok(kinds.length > 5 && kinds.every((kind) => kind === "Long run"), kinds.join());
    const wrong = new URL(page.url());
    wrong.searchParams.set("start_date", "2026-01-05");
    wrong.searchParams.set("end_date", "2026-01-02");
    page.expected.add(`${wrong}`);
    await page.getByLabel("From").fill("2026-01-05");
    await page.getByLabel("to", { exact: true }).fill("2026-01-02");
    await page.locator("#feed-to-error").waitFor();
    assert.equal(await page.getByLabel("From").inputValue(), "2026-01-05");
    await page.getByRole("link", { name: "Show all" }).click();
    await page.waitForFunction(() => document.querySelectorAll("#runs > li:not(.more)").length === 30);
  });

  test("what comes in is told without a reload", async () => {
    await page.goto(`${group}/feed`);
    const athlete = await visit("athlete");
    await athlete.goto("/activities/manual");
    await athlete.getByLabel("Time it began").fill("00:05");
    await athlete.getByLabel("Time taken").fill("31:07");
    await athlete.getByLabel(/^Distance/).fill("6.1");
    await athlete.getByLabel(/^Title/).fill("Straight after work");
    await athlete.getByRole("main").getByRole("button", { name: /^(Save|Add)/ }).click();
    await athlete.waitForURL(/\/activities\/act_/);
    await athlete.context().close();
    // A minute is long for a test: the page is asked to ask now.
    await page.evaluate(() => htmx.ajax("GET", document.querySelector("#news").getAttribute("hx-get"), { target: "#news" }));
    await page.getByText("1 new run has come in.").waitFor();
    await page.getByRole("link", { name: "Show it" }).click();
    await page.getByText("Straight after work").waitFor();
    clean(page);
  });

  test("the comparison changes its range and its order in place", async () => {
    await page.goto("/groups/comparison");
    await page.getByRole("link", { name: "30 days" }).click();
    await page.waitForURL(/range=30d&timezone=/);
    await settled(page);
    assert.equal(await focus(page), "range-3");
    await page.getByRole("link", { name: "Engagement" }).click();
    await page.waitForURL(/sort=-engagement/);
    await page.locator("[aria-sort=descending]", { hasText: "Engagement" }).waitFor();
    await page.locator("tbody th a").first().click();
    await page.waitForURL(/\/groups\/grp_[^?]+\?range=30d/);
    clean(page);
  });

  test("a report of thirty has three pages at most, on both papers, from the browser and as a file", async () => {
    await page.goto("/groups/new");
    await page.getByLabel("Name", { exact: true }).fill("Thirty");
    await page.getByRole("button", { name: "Create group" }).click();
    await page.waitForURL(/\/members$/);
    const address = new URL(page.url()).pathname.replace("/members", "");
    await page.goto(`${address}/members/new`);
    for (const box of (await page.locator("input[name=athlete]").all()).slice(0, 30)) await box.check();
    await page.getByRole("button", { name: "Add to group" }).click();
    await page.locator("#notice", { hasText: "30 athletes added." }).waitFor();
    // They are in it since today: the report of last week would be empty.
    await page.goto(`${address}/report?week=${new Date().toISOString().slice(0, 10)}`);
    assert.equal(await page.locator(".by-day tbody tr").count(), 30);
    for (const format of ["A4", "Letter"]) {
      const pages = count(await page.pdf({ format }));
      assert.ok(pages >= 1 && pages <= 3, `${format}: ${pages} pages`);
    }
    const got = page.waitForEvent("download");
    await page.getByRole("link", { name: "PDF" }).click();
    const file = await got;
    assert.match(file.suggestedFilename(), /^Thirty, week of \d{4}-\d\d-\d\d\.pdf$/);
    const { readFileSync } = await import("node:fs");
    const bytes = readFileSync(await file.path());
    assert.ok(count(bytes) >= 1 && count(bytes) <= 3, `${count(bytes)} pages`);
    await page.goto(`${address}/removal`);
    await page.getByRole("button", { name: "Delete group" }).click();
    await page.waitForURL(/\/groups$/);
    clean(page);
    await page.context().close();
  });
});
