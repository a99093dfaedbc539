// What only a real browser can show: focus, history, dialogs by keyboard, dropped files, themes.

import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import "./closing.mjs";
import { house, settled, signIn, visit } from "./harrier.mjs";
import { find } from "./pages.mjs";
import { gpx } from "./recordings.mjs";

/** Ends the test when the page did what a page must not do. */
const clean = (page) => assert.deepEqual(page.faults, []);
const search = (page) => page.getByRole("searchbox", { name: "Search by name or email" });
const rows = (page) => page.locator("#results tbody tr");
const chip = (page, text) => page.locator("#results a.chip.is-on", { hasText: text });
const dialog = (page) => page.locator("dialog[open]");

/** What has the focus, in a word. */
const focus = (page) =>
  page.evaluate(() => document.activeElement.id || document.activeElement.name || document.activeElement.tagName);

describe("signing in", () => {
  test("a coach comes to the roster, an athlete to their own page", async () => {
    const { people } = await house();
    for (const [who, place] of [
      ["head_coach", "/athletes"],
      ["athlete", "/me"],
    ]) {
      const page = await visit();
      await signIn(page, people[who]);
      assert.equal(new URL(page.url()).pathname, place);
      await page.getByRole("button", { name: /^Account/ }).click();
      await page.getByRole("button", { name: "Sign out" }).click();
      await page.waitForURL("**/session/new*");
      await page.goto(place);
      assert.equal(new URL(page.url()).pathname, "/session/new");
      clean(page);
      await page.context().close();
    }
  });

  test("a wrong password says so, keeps the email, and can be tried again at once", async () => {
    const { people, url } = await house();
    const page = await visit();
    page.expected.add(`${url}/session`);
    await page.goto("/session/new");
    await page.getByLabel("Email").fill(people.coach.email);
    await page.getByLabel("Password", { exact: true }).fill("not the password");
    await page.keyboard.press("Enter");
    await page.locator("#password-error").waitFor();
    assert.equal(await focus(page), "password");
    assert.equal(await page.getByLabel("Email").inputValue(), people.coach.email);
    await page.getByLabel("Password", { exact: true }).fill(people.coach.password);
    await page.keyboard.press("Enter");
    await page.waitForURL("**/athletes");
    await page.context().close();
  });
});

describe("the roster", () => {
  let page;
  before(async () => {
    page = await visit("head_coach");
  });

  test("search as you type swaps the results only and keeps the focus in the box", async () => {
    await page.goto("/athletes");
    const all = await rows(page).count();
    // Marks what must survive: the heading and the box itself.
    await page.evaluate(() => {
      document.querySelector("h1").dataset.kept = "yes";
      document.querySelector("#find").dataset.kept = "yes";
    });
    const asked = [];
    page.on("request", (r) => r.resourceType() === "document" && asked.push(r.url()));
    await search(page).click();
    await page.keyboard.type("naledi", { delay: 30 });
    await page.waitForURL(/q=naledi\b/);
    await settled(page);
    assert.equal(await rows(page).count(), 1);
    assert.match(await rows(page).first().innerText(), /Naledi/);
    assert.equal(await page.locator("[data-kept]").count(), 2);
    assert.equal(await focus(page), "find");
    assert.equal(await search(page).inputValue(), "naledi");
    assert.deepEqual(asked, []);
    // Goes on typing where it was.
    await page.keyboard.type("zzz");
    await page.waitForFunction(() => document.querySelectorAll("#results tbody tr").length === 0);
    assert.equal(await search(page).inputValue(), "naledizzz");
    assert.ok(all > 1);
    clean(page);
  });

  test("accents and case do not matter", async () => {
    await page.goto("/athletes");
    const names = await page.locator("#results tbody .c-name a").allInnerTexts();
    const accented = names.find((n) => /[À-ɏ]/.test(n));
    if (!accented) return;
    await search(page).fill(accented.normalize("NFD").replace(/[\u0300-\u036f]/g, "").toUpperCase());
    await page.waitForFunction(() => document.querySelectorAll("#results tbody tr").length === 1);
    assert.match(await rows(page).first().innerText(), new RegExp(accented));
  });

  test("a filter becomes a chip and an address; back and forward restore what was there", async () => {
    await page.goto("/athletes");
    const all = await page.locator(".pages p").innerText();
    await page.getByRole("button", { name: "Status", exact: true }).click();
    await page.locator("#f-status").getByLabel("Inactive").check();
    await page.locator("#f-status").getByRole("button", { name: "Show athletes" }).click();
    await chip(page, "Inactive").waitFor();
    await settled(page);
    assert.match(page.url(), /status=inactive/);
    const filtered = await rows(page).count();
    assert.ok(filtered > 0);
    for (const status of await page.locator("#results .c-status .status").allInnerTexts()) {
      assert.equal(status, "Inactive");
    }
    await page.goBack();
    await page.waitForFunction(() => !location.search.includes("status"));
    await chip(page, "Inactive").waitFor({ state: "detached" });
    assert.equal(await page.locator(".pages p").innerText(), all);
    await page.goForward();
    await chip(page, "Inactive").waitFor();
    assert.equal(await rows(page).count(), filtered);
    // A bookmark of it shows the same.
    await page.reload();
    assert.equal(await rows(page).count(), filtered);
    await chip(page, "Inactive").click();
    await chip(page, "Inactive").waitFor({ state: "detached" });
    assert.equal(await page.locator(".pages p").innerText(), all);
    clean(page);
  });

  test("a column sorts up, then down, and says so", async () => {
    await page.goto("/athletes");
    const head = () => page.locator("th[aria-sort]");
    assert.equal(await head().getAttribute("aria-sort"), "ascending");
    await head().getByRole("link").first().click();
    await page.waitForFunction(() => document.querySelector("th[aria-sort=descending]"));
    await settled(page);
    const names = await page.locator("#results tbody .c-name a").allInnerTexts();
    assert.deepEqual(names, [...names].sort((a, b) => b.localeCompare(a, "en")));
    clean(page);
  });

  test("a label for several at once, a result for each, and back again", async () => {
    const labelled = async () => {
      await other.goto("/athletes?label=browser-tested");
      return rows(other).count();
    };
    const other = await visit("coach");
    await page.goto("/athletes");
    for (const row of [0, 1]) await rows(page).nth(row).getByRole("checkbox").check();
    await page.locator(".bulk").getByRole("button", { name: "Label" }).click();
    await dialog(page).getByLabel("Labels").fill("browser-tested");
    await dialog(page).getByRole("button", { name: "Change labels of 2 athletes" }).click();
    await dialog(page).getByRole("button", { name: "Undo" }).waitFor();
    assert.equal(await dialog(page).locator("li").count(), 2);
    assert.equal(await labelled(), 2);
    await dialog(page).getByRole("button", { name: "Undo" }).click();
    await dialog(page).waitFor({ state: "detached" });
    assert.equal(await labelled(), 0);
    clean(page);
  });
});

describe("a dialog by keyboard alone", () => {
  let page, club;
  before(async () => {
    page = await visit("head_coach");
    club = await find();
  });

  test("Enter opens it, Tab stays inside, Escape closes it, focus returns", async () => {
    await page.goto(club.athlete);
    await page.locator("#edit-athlete").focus();
    await page.keyboard.press("Enter");
    await dialog(page).waitFor();
    assert.equal(new URL(page.url()).pathname, club.athlete, "the page behind stays");
    assert.ok(await page.evaluate(() => document.querySelector("dialog[open]").matches(":modal")));
    assert.ok(await page.evaluate(() => document.querySelector("dialog[open]").contains(document.activeElement)));
    for (let i = 0; i < 25; i++) {
      await page.keyboard.press("Tab");
      const inside = await page.evaluate(() => {
        const at = document.activeElement;
        // Chromium lets the focus leave to its own bar, which is the body here.
        return at === document.body || document.querySelector("dialog[open]").contains(at);
      });
      assert.ok(inside, `Tab ${i + 1} left the dialog`);
    }
    await page.keyboard.press("Escape");
    await dialog(page).waitFor({ state: "detached" });
    assert.equal(await focus(page), "edit-athlete");
    clean(page);
  });

  test("what is saved is shown, and a mistake keeps what was typed", async () => {
    await page.goto(club.athlete);
    const before = await page.locator("h1").innerText();
    await page.locator("#edit-athlete").focus();
    await page.keyboard.press("Enter");
    const name = dialog(page).getByLabel("Display name");
    await name.fill("x".repeat(500));
    page.expected.add((await house()).url + club.athlete);
    await page.keyboard.press("Enter");
    await dialog(page).locator("[aria-invalid=true]").first().waitFor();
    assert.equal((await name.inputValue()).length, 500);
    assert.equal(await page.evaluate(() => document.activeElement.getAttribute("aria-invalid")), "true");
    await name.fill("Naledi of the Hills");
    await page.keyboard.press("Enter");
    await page.locator("h1", { hasText: "Naledi of the Hills" }).waitFor();
    await page.locator("#edit-athlete").click();
    await dialog(page).getByLabel("Display name").fill(before);
    await dialog(page).getByRole("button", { name: "Save" }).click();
    await page.locator("h1", { hasText: before }).waitFor();
    clean(page);
  });
});

describe("recordings", () => {
  const day = (n) => new Date(Date.now() - n * 86_400_000);

  test("two files chosen, a result for each", async () => {
    const page = await visit("athlete");
    await page.goto("/activities/new");
    await page.locator("#files").setInputFiles([
      { name: "one.gpx", mimeType: "application/gpx+xml", buffer: Buffer.from(gpx(day(40))) },
      { name: "not-a-run.gpx", mimeType: "application/gpx+xml", buffer: Buffer.from("nothing of the kind") },
    ]);
    assert.equal(await page.locator("[data-files] li").count(), 2);
    await page.getByRole("button", { name: "Upload", exact: true }).click();
    await page.getByRole("link", { name: "Open the activity of one.gpx" }).waitFor();
    const said = await page.locator("#upload").innerText();
    assert.match(said, /one\.gpx/);
    assert.match(said, /not-a-run\.gpx/);
    clean(page);
    await page.context().close();
  });

  test("two files dropped on the page", async () => {
    const page = await visit("athlete");
    await page.goto("/activities/new");
    const files = [gpx(day(41)), gpx(day(42))].map((text, i) => ({ name: `dropped-${i + 1}.gpx`, text }));
    const carried = await page.evaluateHandle((all) => {
      const data = new DataTransfer();
      for (const { name, text } of all) data.items.add(new File([text], name, { type: "application/gpx+xml" }));
      return data;
    }, files);
    await page.dispatchEvent("[data-dropzone]", "dragover", { dataTransfer: carried });
    assert.ok(await page.locator("[data-dropzone].is-over").count());
    await page.dispatchEvent("[data-dropzone]", "drop", { dataTransfer: carried });
    assert.equal(await page.locator("[data-files] li").count(), 2);
    await page.getByRole("button", { name: "Upload", exact: true }).click();
    await page.locator("#upload", { hasText: "dropped-2.gpx" }).locator("a[href^='/activities/']").nth(1).waitFor();
    clean(page);
    await page.context().close();
  });

  test("deleted, and back by undo", async () => {
    const page = await visit("athlete");
    await page.goto("/activities/new");
    await page.locator("#files").setInputFiles({ name: "gone.gpx", mimeType: "application/gpx+xml", buffer: Buffer.from(gpx(day(43))) });
    await page.getByRole("button", { name: "Upload", exact: true }).click();
    await page.waitForURL(/\/activities\/act_\w+$/);
    const path = new URL(page.url()).pathname;
    await page.getByRole("button", { name: /^More actions/ }).click();
    await page.getByRole("link", { name: /^Delete/ }).click();
    await dialog(page).waitFor();
    await dialog(page).getByRole("button", { name: /^Delete/ }).click();
    await page.getByRole("button", { name: "Undo" }).waitFor();
    page.expected.add((await house()).url + path);
    assert.equal((await page.request.get(path)).status(), 404);
    await page.getByRole("button", { name: "Undo" }).click();
    await page.waitForLoadState();
    await settled(page);
    assert.equal((await page.request.get(path)).status(), 200);
    clean(page);
    await page.context().close();
  });
});

describe("light and dark", () => {
  const ground = (page) => page.evaluate(() => getComputedStyle(document.body).backgroundColor);

  test("the device decides, a switch overrides it, and it stays", async () => {
    const page = await visit("head_coach", { theme: "light" });
    await page.goto("/athletes");
    const light = await ground(page);
    await page.emulateMedia({ colorScheme: "dark" });
    const dark = await ground(page);
    assert.notEqual(light, dark);
    await page.emulateMedia({ colorScheme: "light" });
    await page.getByRole("button", { name: /^Account/ }).click();
    await page.getByRole("button", { name: "Switch light or dark" }).click();
    assert.equal(await ground(page), dark);
    await page.goto("/activities/new");
    assert.equal(await ground(page), dark);
    await page.reload();
    assert.equal(await ground(page), dark);
    clean(page);
    await page.context().close();
  });
});

describe("paper", () => {
  test("an athlete's page prints black on white without controls", async () => {
    const page = await visit("head_coach", { theme: "dark" });
    const club = await find();
    await page.goto(club.athlete);
    await page.emulateMedia({ media: "print" });
    for (const control of [".side", ".actions .btn"]) {
      assert.equal(await page.locator(control).first().isVisible(), false, control);
    }
    const ink = await page.evaluate(() => getComputedStyle(document.body).color);
    assert.match(ink, /^rgb\((\d|[1-5]\d), /, "dark ink");
    const pdf = await page.pdf({ preferCSSPageSize: true });
    assert.ok(pdf.length > 5_000);
    clean(page);
    await page.context().close();
  });
});

test("the first view of the roster is light", async () => {
  const page = await visit("head_coach");
  const session = await page.context().newCDPSession(page);
  await session.send("Network.enable");
  await session.send("Network.setCacheDisabled", { cacheDisabled: true });
  let bytes = 0;
  session.on("Network.loadingFinished", (event) => (bytes += event.encodedDataLength));
  await page.goto("/athletes", { waitUntil: "networkidle" });
  assert.ok(bytes > 0 && bytes < 100_000, `${bytes} bytes over the wire`);
  await page.context().close();
});
