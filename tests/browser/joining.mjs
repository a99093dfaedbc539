// A season's start: mail goes to a real SMTP server (aiosmtpd, by the Python in HARRIER_TEST_PYTHON), athletes join
// on a phone. Skipped, and said so, where there is no such Python. SHOTS names a folder for pictures on the way.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { after, before, describe, test } from "node:test";
import "./closing.mjs";
import { settled, signIn, startServer, sticksOut, visitAt } from "./harrier.mjs";

const python = process.env.HARRIER_TEST_PYTHON;
const skip = python ? false : "HARRIER_TEST_PYTHON is not set";
const script = resolve(fileURLToPath(import.meta.url), "../../mail/server.py");
const coach = { email: "marta@season.example", password: "three plain words", name: "Marta Lindqvist" };

async function startMail(folder) {
  const server = spawn(python, [script, folder], { stdio: ["pipe", "pipe", "inherit"] });
  process.on("exit", () => server.kill("SIGKILL"));
  const [port] = await new Promise((done) => createInterface(server.stdout).once("line", (line) => done([Number(line)])));
  return { port, stop: () => server.kill("SIGKILL") };
}

describe("a season's start", { skip }, () => {
  let mail, club, page, folder;
  const shot = async (page, name) => {
    if (!process.env.SHOTS) return;
    mkdirSync(process.env.SHOTS, { recursive: true });
    await page.screenshot({ path: join(process.env.SHOTS, `${name}.png`), fullPage: true });
  };
  /** The newest mail to somebody with these words in its subject, as Python read it, once it has come. */
  async function mailed(to, about = "") {
    for (let tries = 0; tries < 150; tries++) {
      const files = readdirSync(folder).filter((name) => name.endsWith(".mail")).sort().reverse();
      const mails = files.map((name) => readFileSync(join(folder, name), "utf8").split("\0"));
      const found = mails.find(([recipient, , subject]) => recipient === to && subject.includes(about));
      if (found) return { subject: found[2], text: found[3], html: found[4], link: /http:\/\/\S+\/join\/\S+/.exec(found[3])?.[0] };
      await new Promise((done) => setTimeout(done, 100));
    }
    throw new Error(`no mail to ${to}`);
  }
  /** Chooses a password and joins, on a phone. */
  async function accept(link, first, last, sight = "All my runs") {
    const phone = await visitAt(club.url, { width: 390 });
    await phone.goto(link);
    await shot(phone, `accept-${first}`);
    assert.deepEqual(await sticksOut(phone), []);
    await phone.getByLabel("First name").fill(first);
    await phone.getByLabel("Last name").fill(last);
    await phone.getByLabel("Choose a password").fill("four words that hold");
    await phone.getByLabel(sight).check();
    await phone.getByRole("button", { name: "Agree and join" }).click();
    await phone.waitForURL(/\/me$/);
    assert.deepEqual(phone.faults, []);
    return phone;
  }
  const rows = async () => {
    await page.goto("/athletes");
    return page.locator(".roster-table tbody tr").allInnerTexts();
  };

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "harrier-season-"));
    mail = await startMail(folder);
    club = await startServer({ smtp: mail.port, coach, organization: "Season Start Runners" });
    page = await visitAt(club.url);
    await signIn(page, coach);
    for (const name of ["First Steps", "Tuesday Track"]) {
      await page.goto("/groups/new");
      await page.getByLabel("Name", { exact: true }).fill(name);
      await page.getByRole("button", { name: "Create group" }).click();
      await page.waitForURL(/\/groups\/grp_/);
    }
  });
  after(async () => {
    await page?.context().close();
    await club?.stop();
    mail?.stop();
  });

  test("the coach invites five by mail, and each ends in the right group", async () => {
    await page.goto("/athletes");
    await shot(page, "empty-roster");
    await page.getByRole("main").getByRole("link", { name: "Invite athlete" }).first().click();
    const dialog = page.locator("dialog[open]");
    await dialog.getByLabel("First name").fill("Yara");
    await dialog.getByLabel("Email").fill("yara@example.org");
    await dialog.getByLabel("Group").selectOption({ label: "Tuesday Track" });
    await dialog.getByLabel("Message").fill("Bring a light.");
    // Only what belongs to the chosen kind is there.
    assert.equal(await dialog.getByLabel("Maximum uses").isVisible(), false);
    await dialog.getByRole("button", { name: "Send invitation" }).click();
    await page.waitForURL(/\/invitations$/);
    await page.getByText("The invitation to yara@example.org is on its way.").waitFor();

    await page.getByRole("link", { name: "Invite athlete" }).click();
    await dialog.getByText("Several", { exact: true }).click();
    await dialog.getByLabel("Addresses").fill("Emre Aydın <emre@example.org>\nOtis,otis@example.org\ningrid@example.org\nsamuel@example.org\nnobody at all");
    await dialog.getByLabel("Group").selectOption({ label: "First Steps" });
    await shot(page, "several");
    await dialog.getByRole("button", { name: "Send invitations" }).click();
    await dialog.getByRole("heading", { name: "4 invitations are on their way" }).waitFor();
    await shot(page, "results");
    assert.match(await dialog.innerText(), /nobody at all\s+There is no email address in this line/);
    await dialog.getByRole("link", { name: "To the invitations" }).last().click();
    await page.waitForURL(/\/invitations$/);

    const yara = await mailed("yara@example.org");
    assert.equal(yara.subject, "Marta Lindqvist invites you to Season Start Runners");
    assert.ok(yara.text.includes("Bring a light.") && yara.html.includes("Bring a light."));
    await (await accept(yara.link, "Yara", "Santos")).context().close();
    for (const [first, last] of [["Emre", "Aydın"], ["Otis", "Wren"], ["Ingrid", "Dahl"], ["Samuel", "Okoro"]]) {
      const { link } = await mailed(`${first.toLowerCase()}@example.org`);
      await (await accept(link, first, last, "Only runs from now on")).context().close();
    }
    const roster = await rows();
    assert.equal(roster.length, 5);
    for (const row of roster) assert.ok(row.includes(row.includes("Yara") ? "Tuesday Track" : "First Steps"), row);
    await page.goto("/invitations?state=accepted");
    await shot(page, "accepted");
    assert.equal(await page.locator(".invitations > li").count(), 5);
    await page.goto("/notifications?category=joined");
    assert.equal(await page.locator(".told > li").count(), 5);
    assert.deepEqual(page.faults, []);
  });

  test("a link with a QR code is shown, counts as people come in, and lets in so many", async () => {
    await page.goto("/invitations");
    await page.getByRole("link", { name: "Invite athlete" }).click();
    const dialog = page.locator("dialog[open]");
    await dialog.getByText("Link for many").click();
    await dialog.getByLabel("Maximum uses").fill("2");
    await dialog.getByLabel("Group").selectOption({ label: "First Steps" });
    await dialog.getByRole("button", { name: "Create link" }).click();
    const link = await dialog.getByLabel("Link", { exact: true }).inputValue();
    assert.ok(link.startsWith(`${club.url}/join/`), link);
    await shot(page, "made");
    await dialog.getByRole("button", { name: "Show large" }).click();
    await page.locator("#qr-large").waitFor();
    await page.screenshot(process.env.SHOTS ? { path: join(process.env.SHOTS, "qr-large.png") } : {});
    const box = await page.locator("#qr-large .qr").boundingBox();
    assert.ok(box.width > 500 && Math.abs(box.width - box.height) < 2, JSON.stringify(box));
    await page.locator("#qr-large").getByRole("button", { name: "Close" }).click();
    await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    await dialog.getByRole("button", { name: "Copy" }).click();
    assert.equal(await page.evaluate(() => navigator.clipboard.readText()), link);

    for (const [first, seen] of [["Hana", "1 of 2 joined"], ["Kofi", "2 of 2 joined"]]) {
      const phone = await visitAt(club.url, { width: 390, theme: "dark" });
      await phone.goto(link);
      await shot(phone, `ask-${first}`);
      await phone.getByLabel("Your email").fill(`${first.toLowerCase()}@example.org`);
      await phone.getByRole("button", { name: "Send me the mail" }).click();
      await phone.getByRole("heading", { name: "Look into your mail" }).waitFor();
      await shot(phone, `sent-${first}`);
      const mail = await mailed(`${first.toLowerCase()}@example.org`);
      await (await accept(mail.link, first, "Newcomer")).context().close();
      await phone.context().close();
      // Without anybody loading the page again.
      await dialog.getByText(seen).waitFor();
    }
    const late = await visitAt(club.url, { width: 390 });
    late.expected.add(link);
    await late.goto(link);
    await late.getByRole("heading", { name: "All places are taken" }).waitFor();
    await shot(late, "full");
    await late.context().close();
    assert.equal((await rows()).filter((row) => row.includes("First Steps")).length, 6);
    assert.deepEqual(page.faults, []);
  });

  test("two are removed, and one comes back", async () => {
    for (const name of ["Otis Wren", "Samuel Okoro"]) {
      await page.goto("/athletes");
      await page.getByRole("link", { name, exact: true }).click();
      await page.getByRole("button", { name: `More actions for ${name}` }).click();
      await page.getByRole("link", { name: "Remove from organization" }).click();
      const dialog = page.locator("dialog[open]");
      assert.match(await dialog.innerText(), /First Steps/);
      await dialog.getByRole("button", { name: "Remove from organization" }).click();
      await page.getByText(`${name} is no longer in the organization.`).waitFor();
    }
    assert.equal((await rows()).length, 5);
    const phone = await visitAt(club.url, { width: 390 });
    await signIn(phone, { email: "otis@example.org", password: "four words that hold" });
    await phone.goto("/membership");
    await phone.getByRole("heading", { name: "On your own" }).waitFor();

    await page.goto("/athletes");
    await page.getByRole("link", { name: "Add existing user" }).click();
    const dialog = page.locator("dialog[open]");
    await dialog.getByLabel("Email").fill("otis@example.org");
    await dialog.getByRole("button", { name: "Find" }).click();
    await dialog.getByText("Found").waitFor();
    await shot(page, "found");
    await dialog.getByLabel("Group").selectOption({ label: "Tuesday Track" });
    await dialog.getByRole("button", { name: "Add Otis" }).click();
    await page.getByText("has not agreed to be seen").waitFor();
    const mail = await mailed("otis@example.org", "You were added to Season Start Runners");
    assert.match(mail.text, /\/membership/);

    await phone.goto("/membership");
    await shot(phone, "membership");
    assert.deepEqual(await sticksOut(phone), []);
    await phone.getByLabel("All my runs").check();
    await phone.getByRole("button", { name: "Agree" }).click();
    await phone.getByText("Your coaches see what you chose.").waitFor();
    await page.reload();
    assert.equal(await page.getByText("has not agreed to be seen").count(), 0);
    const roster = await rows();
    assert.equal(roster.length, 6);
    assert.ok(roster.some((row) => row.includes("Otis") && row.includes("Tuesday Track")), roster.join("\n"));
    await settled(page);
    assert.deepEqual([...page.faults, ...phone.faults], []);
    await phone.context().close();
  });
});
