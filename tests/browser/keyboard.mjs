// A coach's first day with the keyboard: where the focus is, what is read out, what is asked first.

import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import "./closing.mjs";
import { house, settled, visit } from "./harrier.mjs";
import { find } from "./pages.mjs";

/** Ends the test when the page did what a page must not do: a breach of its own policy is one such thing. */
const clean = (page) => assert.deepEqual(page.faults, []);
const dialog = (page) => page.locator("dialog[open]");
const boxes = (page) => page.locator("#results tbody [type=checkbox]");

/** Resolves when the element of this selector has the focus. */
const focused = (page, selector) =>
  page.waitForFunction((s) => document.activeElement?.matches(s), selector, { timeout: 5_000 }).catch(async () => {
    const at = await page.evaluate(() => document.activeElement.outerHTML.slice(0, 120));
    assert.fail(`${selector} has not the focus, but ${at}`);
  });

/** Resolves when this was read out. */
const told = (page, text) => page.locator("#live", { hasText: text }).waitFor({ state: "attached" });

const press = async (page, ...keys) => {
  for (const key of keys) await page.keyboard.press(key);
};

describe("by keyboard", () => {
  let page, club;
  before(async () => {
    page = await visit("head_coach");
    club = await find();
  });

  test("sorting and paging keep the focus and say what came of it", async () => {
    await page.goto("/athletes");
    for (const address of [/sort=-last/, /sort=last/]) {
      await page.locator("#sort-last").focus();
      await press(page, "Enter");
      await page.waitForURL(address);
      await settled(page);
      await focused(page, "#sort-last");
      await told(page, /^\d+ athletes, by last run/);
    }
    // The search that follows goes on in that order.
    assert.equal(await page.locator("#f-sort input:checked").getAttribute("value"), "last");
    await page.locator("#page-2").focus();
    await press(page, "Enter");
    await page.waitForURL(/page=2/);
    await settled(page);
    await focused(page, "#page-2");
    await told(page, /51 to \d+ shown/);
    clean(page);
  });

  test("a filter that was ticked and not sent is not on", async () => {
    await page.goto("/athletes");
    const box = page.locator("#f-status").getByLabel("Inactive");
    await page.getByRole("button", { name: "Status", exact: true }).press("Enter");
    await box.check();
    await press(page, "Escape");
    await box.waitFor({ state: "hidden" });
    // The browser tells of a closed menu a moment after it is gone.
    await page.waitForFunction((box) => !box.checked, await box.elementHandle(), { timeout: 5000 }).catch(() => {});
    assert.equal(await box.isChecked(), false);
    await page.locator("#find").fill("a");
    await page.waitForURL(/q=a/);
    assert.doesNotMatch(page.url(), /inactive/);
    // Nor does the browser bring a tick back with the page.
    await page.getByRole("button", { name: "Status", exact: true }).press("Enter");
    await box.check();
    await page.goto("/settings");
    await page.goBack();
    assert.equal(await box.isChecked(), false);
    clean(page);
  });

  test("a list of activities says how many a filter leaves", async () => {
    await page.goto(`${club.athlete}/activities`);
    await page.locator("#f-type").focus();
    await page.locator("#f-type").selectOption({ index: 2 });
    await page.waitForURL(/type=\w/);
    await told(page, /^(No activity matches|\d+ activit(y|ies) on this page)$/);
    await focused(page, "#f-type");
    assert.equal(await page.locator("#results").count(), 1);
    clean(page);
  });

  test("several athletes labelled, taken back, and on to one of them", async () => {
    await page.goto("/athletes?status=active");
    await press(page, "/");
    await focused(page, "#find");
    await boxes(page).nth(1).focus();
    await press(page, "Space");
    await boxes(page).nth(3).focus();
    await press(page, "Shift+Space");
    await told(page, "3 selected");
    assert.equal(await page.locator("#results tbody :checked").count(), 3);
    await press(page, "Enter");
    await focused(page, ".bulk button[value=label]");
    await press(page, "Enter");
    await focused(page, "dialog #b-value");
    await page.keyboard.type("by-keyboard");
    // Asked once, and then told to stay.
    await press(page, "Escape");
    await focused(page, "[data-keep]");
    await press(page, "Enter");
    await focused(page, "#b-value");
    assert.equal(await page.locator("#b-value").inputValue(), "by-keyboard");
    await press(page, "Enter");
    await focused(page, "[data-go-on]");
    assert.equal(await dialog(page).getByRole("heading").innerText(), "Label @by-keyboard added to 3 athletes");
    await press(page, "Shift+Tab", "Enter");
    await focused(page, "#notice");
    await told(page, "Taken back for 3 athletes.");
    assert.match(page.url(), /status=active/);
    assert.equal(await dialog(page).count(), 0);
    // On to one of them; what is saved there is said there.
    await page.goto(club.athlete);
    await page.locator("#edit-athlete").focus();
    await press(page, "Enter");
    await focused(page, "#d-display_name");
    const labels = page.locator("#d-labels");
    const before = await labels.inputValue();
    await labels.focus();
    await press(page, "End");
    await page.keyboard.type(", trai");
    const offered = await page.locator("#d-known option").evaluateAll((all) => all.map((o) => o.value));
    assert.ok(offered.some((value) => /, @trail$/.test(value)), offered.join("; "));
    await press(page, "Enter");
    await focused(page, "#notice");
    await told(page, "Saved.");
    await page.locator("#edit-athlete").press("Enter");
    await labels.fill(before);
    await press(page, "Enter");
    await page.locator(".tag", { hasText: /^@trai$/ }).waitFor({ state: "detached" });
    clean(page);
  });

  test("closing the result of a bulk act shows the roster as it is now", async () => {
    await page.goto("/athletes");
    await boxes(page).first().focus();
    await press(page, "Space", "Enter", "Enter");
    await focused(page, "#b-value");
    await page.keyboard.type("closed-by-escape");
    await press(page, "Enter");
    await focused(page, "[data-go-on]");
    await press(page, "Escape");
    await page.locator("#results .tag", { hasText: "closed-by-escape" }).waitFor();
    await focused(page, "h1");
    await boxes(page).first().focus();
    await press(page, "Space");
    await page.locator(".bulk").getByRole("button", { name: "Clear selection" }).press("Enter");
    await focused(page, "[data-check-all]");
    clean(page);
  });

  test("what was typed in a dialog is not lost unasked", async () => {
    await page.goto(club.athlete);
    const open = async () => {
      await page.locator("#edit-athlete").press("Enter");
      await focused(page, "#d-display_name");
    };
    await open();
    await page.keyboard.type("x");
    for (const leave of [() => press(page, "Escape"), () => dialog(page).getByRole("link", { name: "Cancel" }).click()]) {
      await leave();
      await focused(page, "[data-keep]");
      await press(page, "Escape");
      await focused(page, "#d-display_name");
    }
    await press(page, "Escape", "Tab", "Enter");
    await dialog(page).waitFor({ state: "detached" });
    await focused(page, "#edit-athlete");
    // Nothing typed, nothing asked.
    await open();
    await press(page, "Escape");
    await dialog(page).waitFor({ state: "detached" });
    await focused(page, "#edit-athlete");
    // A form that came back as typed has typing in it too.
    page.expected.add((await house()).url + club.athlete);
    await open();
    await page.locator("#d-display_name").fill("");
    await press(page, "Enter");
    await focused(page, "#d-display_name[aria-invalid=true]");
    await press(page, "Escape");
    await focused(page, "[data-keep]");
    await press(page, "Tab", "Enter");
    await dialog(page).waitFor({ state: "detached" });
    // On a page of its own, a mistake stays on that page and Cancel is a link.
    await page.goto(`${club.athlete}/edit`);
    await page.locator("#d-display_name").fill("");
    await press(page, "Enter");
    await focused(page, "#d-display_name[aria-invalid=true]");
    assert.equal(await page.locator("dialog").count(), 1);
    await dialog(page).getByRole("link", { name: "Cancel" }).click();
    await page.waitForURL((url) => url.pathname === club.athlete);
    clean(page);
  });

  test("a removed value and a deleted note come back, and the focus is on what is said of it", async () => {
    for (const [place, button, said] of [
      ["fitness", /^Remove/, / is back\.$/],
      ["notes", /^Delete your note/, "The note is back."],
    ]) {
      await page.goto(`${club.athlete}/${place}`);
      const rows = page.locator("#main :is(tbody tr, .feed li)");
      const before = await rows.count();
      await page.getByRole("button", { name: button }).first().press("Enter");
      await focused(page, "#notice");
      assert.equal(await rows.count(), before - 1);
      await press(page, "Tab", "Enter");
      await told(page, said);
      await focused(page, "#notice");
      assert.equal(await rows.count(), before);
      assert.equal(new URL(page.url()).pathname, `${club.athlete}/${place}`);
    }
    clean(page);
  });

  test("an athlete removed from the roster: the count beside it follows, there and back", async () => {
    await page.goto("/athletes");
    const count = async () => Number.parseInt(await page.locator("#nav .count").innerText(), 10);
    const before = await count();
    await page.goto(club.athlete);
    await page.getByRole("button", { name: /^More actions/ }).press("Enter");
    await page.getByRole("link", { name: "Remove from organization" }).press("Enter");
    await dialog(page).waitFor();
    await press(page, "Escape");
    await dialog(page).waitFor({ state: "detached" });
    await focused(page, "[popovertarget=athlete-menu]");
    await press(page, "Enter");
    await page.getByRole("link", { name: "Remove from organization" }).press("Enter");
    await dialog(page).getByRole("button", { name: "Remove from organization" }).press("Enter");
    await focused(page, "#notice");
    assert.equal(await count(), before - 1);
    assert.match(await page.title(), /^Athletes/);
    await press(page, "Tab", "Enter");
    await told(page, "is back on the roster");
    await focused(page, "#notice");
    assert.equal(await count(), before);
    clean(page);
  });

  test("compact rows stay in this browser", async () => {
    await page.goto("/athletes");
    const kept = page.waitForResponse((r) => r.url().endsWith("/athletes/rows"));
    await page.locator("#density-roomy").focus();
    await press(page, "ArrowRight");
    await kept;
    await page.goto("/athletes?sort=level");
    assert.ok(await page.locator("#density-compact").isChecked());
    const heads = await page.locator("thead th").evaluateAll((all) => all.map((e) => e.getBoundingClientRect().left));
    const cells = await page
      .locator("tbody tr:first-child > *")
      .evaluateAll((all) => all.map((e) => e.getBoundingClientRect().left));
    assert.deepEqual(heads, cells);
    const [head, spark] = await page.evaluate(() => {
      const spark = document.querySelector(".c-spark .spark");
      const drawn = spark.querySelector("rect, path").getBoundingClientRect().left;
      const text = document.createRange();
      text.selectNodeContents(document.querySelector("thead th:last-child"));
      return [text.getBoundingClientRect().left, drawn];
    });
    assert.ok(Math.abs(head - spark) < 2, `the bars begin ${spark - head} px from their head`);
    clean(page);
    await page.context().close();
  });
});
