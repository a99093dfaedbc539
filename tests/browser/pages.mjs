// Every page that a person can come to: axe and the screenshots go through this list, so a new page is one
// line here.
//
//   name      of the screenshot
//   who       signs in first; without it nobody does
//   path      an address, or a function of what `find` saw in this club
//   status    other than 200
//   dialogs   names of the links that open a dialog on it
//   menus     names of the buttons that open a menu
//   print     also looked at as it prints
//   act       brings the page into the state to look at, for example a form that came back with errors
//   rows      a table that must not be empty, or the picture shows nothing
//   empty     must be an empty state
//   soon      the page is being built: skipped, with a note, while it answers 404
//
// Where the server that is looked at is not our own (HARRIER_URL), the clubs of clubs.mjs are missing, and with
// them the pages of their people.

import { settled, visit } from "./harrier.mjs";
import { gpx } from "./recordings.mjs";

const main = (page) => page.getByRole("main");
const dialog = (page) => page.locator("dialog[open]");
const button = (within, name) => within.getByRole("button", { name, exact: true });
const yesterday = () => new Date(Date.now() - 26 * 3600 * 1000);
const file = (name, text) => ({ name, mimeType: "application/octet-stream", buffer: Buffer.from(text) });

/** Chooses files on the page of uploads and sends them. */
async function send(page, ...files) {
  await page.locator("#files").setInputFiles(files);
  await button(main(page), "Upload").click();
}

export const pages = [
  { name: "sign-in", path: "/session/new" },
  {
    name: "sign-in-refused",
    path: "/session/new",
    act: async (page) => {
      await page.getByLabel("Email").fill("nobody@example.org");
      await page.getByLabel("Password", { exact: true }).fill("not the password");
      await button(main(page), "Sign in").click();
      await page.getByRole("alert").or(page.locator(".error")).first().waitFor();
    },
  },
  { name: "sign-up", path: "/signup" },
  {
    name: "sign-up-sent",
    path: "/signup",
    act: async (page) => {
      await page.getByLabel("Email").fill("somebody@example.org");
      await main(page).getByRole("button").click();
      await page.waitForURL((url) => url.pathname !== "/signup").catch(() => {});
    },
  },
  { name: "password-reset", path: "/password/reset" },
  { name: "how", path: "/how" },
  { name: "api-docs", path: "/api/docs" },
  { name: "password-link-dead", path: "/password/reset/nothing", status: 404 },
  { name: "sign-up-link-dead", path: "/signup/nothing", status: 404 },
  { name: "not-found", path: "/nowhere", status: 404 },

  { name: "roster", who: "head_coach", path: "/athletes", dialogs: [/^Add existing user/, /^Invite athlete/], menus: ["Status", "Level", "Label", "Coach"] },
  { name: "roster-coach", who: "coach", path: "/athletes" },
  { name: "roster-filtered", who: "head_coach", path: "/athletes?status=active&level=Advanced", rows: true },
  { name: "roster-second-page", who: "head_coach", path: "/athletes?page=2" },
  { name: "roster-empty", who: "head_coach", path: "/athletes?q=nobody-is-called-this", empty: true },
  { name: "how-signed-in", who: "head_coach", path: "/how" },
  {
    name: "roster-chosen",
    who: "head_coach",
    path: "/athletes",
    atEnd: true,
    act: async (page) => {
      for (const row of [0, 2, 3]) await page.locator("#results tbody tr").nth(row).getByRole("checkbox").check();
    },
  },
  {
    name: "roster-bulk",
    who: "head_coach",
    path: "/athletes",
    act: async (page) => {
      for (const row of [0, 2, 3]) await page.locator("#results tbody tr").nth(row).getByRole("checkbox").check();
      await page.locator(".bulk").getByRole("button", { name: "Label" }).click();
      await dialog(page).waitFor();
    },
  },
  { name: "roster-import", who: "head_coach", path: "/athletes/import" },
  {
    name: "roster-import-checked",
    who: "head_coach",
    path: "/athletes/import",
    act: async (page) => {
      const text = "email,level,labels\nnaledi.mokoena@example.org,Advanced,marathon;club-team\nnobody@example.org,Elite,\nchloe.nguyen@example.org,,5k\n";
      await page.locator("#i-file").setInputFiles(file("roster.csv", text));
      await button(page, "Check file").click();
      await page.getByRole("link", { name: "Another file" }).waitFor();
    },
  },
  { name: "athlete", who: "head_coach", path: (c) => c.athlete, dialogs: [/^Edit/, /^Set VDOT/], menus: [/^More actions/], print: true },
  { name: "athlete-activities", who: "head_coach", path: (c) => `${c.athlete}/activities` },
  { name: "athlete-notes", who: "head_coach", path: (c) => `${c.athlete}/notes` },
  { name: "athlete-edit", who: "head_coach", path: (c) => `${c.athlete}/edit` },
  { name: "athlete-fitness", who: "head_coach", path: (c) => `${c.athlete}/fitness` },
  { name: "fitness-set", who: "head_coach", path: (c) => `${c.athlete}/fitness/vdot` },
  { name: "athlete-new", who: "head_coach", path: "/athletes/new" },
  {
    name: "athlete-new-refused",
    who: "head_coach",
    path: "/athletes",
    act: async (page) => {
      await main(page).getByRole("link", { name: "Add existing user" }).click();
      await dialog(page).getByLabel("Email").fill("nobody");
      await button(dialog(page), "Find").click();
      await dialog(page).locator("[aria-invalid]").waitFor();
    },
  },
  {
    name: "fitness-refused",
    who: "head_coach",
    path: (c) => `${c.athlete}/fitness/vdot`,
    act: async (page) => {
      await page.locator("#f-value").fill("a lot");
      await page.locator("#f-valid_from").fill("");
      await dialog(page).locator(".btn-primary").click();
      await page.locator("#f-value[aria-invalid]").waitFor();
    },
  },
  { name: "invitations", who: "head_coach", path: "/invitations", menus: [/^More actions for Link/], dialogs: [/^Invite athlete/] },
  { name: "invitations-none", who: "head_coach", path: "/invitations?state=expired", empty: true },
  { name: "invite-several", who: "head_coach", path: "/invitations/new?kind=list" },
  {
    name: "invite-refused",
    who: "head_coach",
    path: "/invitations/new?kind=many",
    act: async (page) => {
      await dialog(page).getByLabel("Maximum uses").fill("0");
      await button(dialog(page), "Create link").click();
      await page.locator("#i-max_uses-error").waitFor();
    },
  },
  {
    name: "invite-made",
    who: "head_coach",
    path: "/invitations/new?kind=many",
    act: async (page) => {
      await button(dialog(page), "Create link").click();
      await page.locator("#made-link").waitFor();
    },
  },
  {
    name: "invitation",
    who: "head_coach",
    path: "/invitations",
    act: async (page) => {
      await main(page).getByRole("link", { name: "Yara" }).first().click();
      await page.getByRole("heading", { level: 1, name: "Yara" }).waitFor();
    },
  },
  { name: "join-link-dead", path: "/join/nothing", status: 404 },
  { name: "notifications", who: "head_coach", path: "/notifications" },
  { name: "notifications-none", who: "head_coach", path: "/notifications?category=left", empty: true },
  { name: "undelivered", who: "head_coach", path: "/organization/mail", empty: true },
  { name: "coach-new", who: "head_coach", path: "/coaches/new" },
  { name: "membership", who: "athlete", path: "/membership" },
  { name: "membership-coach", who: "coach", path: "/membership" },
  { name: "mails", path: "/dev/mails" },
  { name: "mail-invitation", path: "/dev/mails/invitation" },
  { name: "athlete-removal", who: "head_coach", path: (c) => `${c.athlete}/removal` },
  { name: "activity", who: "head_coach", path: (c) => c.activity, dialogs: [/^Edit/], menus: [/^More actions/], print: true },
  { name: "activity-edit", who: "head_coach", path: (c) => `${c.activity}/edit` },
  { name: "activity-deletion", who: "head_coach", path: (c) => `${c.activity}/deletion` },
  { name: "upload", who: "head_coach", path: "/activities/new" },
  { name: "manual", who: "head_coach", path: "/activities/manual" },
  {
    name: "manual-refused",
    who: "head_coach",
    path: "/activities/manual",
    act: async (page) => {
      await page.locator("#a-date").fill("");
      await page.locator("#a-duration").fill("soon");
      await page.locator("#a-distance").fill("far");
      await button(main(page), "Add activity").click();
      await page.locator("#a-duration[aria-invalid]").waitFor();
    },
  },
  { name: "settings", who: "head_coach", path: "/settings" },
  { name: "security", who: "head_coach", path: "/settings/security" },
  { name: "tokens", who: "head_coach", path: "/settings/tokens" },
  { name: "organization", who: "head_coach", path: "/organization", menus: [/^More actions for Aiko/], dialogs: [/^Invite coach/] },
  { name: "deletion-head", who: "head_coach", path: "/settings/deletion" },
  { name: "deletion-coach", who: "coach", path: "/settings/deletion" },
  {
    name: "deletion-refused",
    who: "athlete",
    path: "/settings/deletion",
    act: async (page) => {
      await page.getByLabel("Your password").fill("not mine");
      await button(main(page), "Delete my account").click();
      await page.locator("[aria-invalid]").waitFor();
    },
  },
  { name: "goodbye", path: "/goodbye" },
  { name: "groups", who: "head_coach", path: "/groups", rows: true, dialogs: [/^Create group/] },
  { name: "groups-athlete", who: "athlete", path: "/groups" },
  { name: "group", who: "head_coach", path: (c) => c.group, rows: true, dialogs: [/^Add members/], menus: [/^More actions/], print: true },
  { name: "group-members", who: "head_coach", path: (c) => `${c.group}/members` },
  { name: "group-edit", who: "head_coach", path: (c) => `${c.group}/edit` },
  {
    name: "group-refused",
    who: "head_coach",
    path: "/groups/new",
    act: async (page) => {
      await button(main(page), "Create group").click();
      await page.locator(".error").first().waitFor();
    },
  },
  {
    name: "group-add-nobody",
    who: "head_coach",
    path: (c) => `${c.group}/members/new`,
    act: async (page) => {
      await button(main(page), "Add to group").click();
      await page.locator(".error").first().waitFor();
    },
  },
  { name: "group-week-wrong", who: "head_coach", path: (c) => `${c.group}?week=1066-10-14`, status: 422 },
  { name: "group-range", who: "head_coach", path: (c) => `${c.group}?range=30d`, rows: true },
  { name: "group-feed", who: "head_coach", path: (c) => `${c.group}/feed`, print: true },
  { name: "group-feed-athlete", who: "athlete", path: (c) => `${c.group}/feed?sub_type=long-run` },
  { name: "group-feed-wrong", who: "head_coach", path: (c) => `${c.group}/feed?start_date=2026-11-12&end_date=2026-11-11`, status: 422 },
  { name: "group-plans", who: "head_coach", path: (c) => `${c.group}/plans` },
  { name: "group-log", who: "head_coach", path: (c) => `${c.group}/log` },
  { name: "comparison", who: "head_coach", path: "/groups/comparison?range=14d", rows: true, print: true },
  { name: "comparison-wrong", who: "head_coach", path: "/groups/comparison?start_date=2026-11-12&end_date=2026-11-11", status: 422 },
  { name: "report", who: "head_coach", path: (c) => `${c.group}/report`, rows: true, print: true },
  {
    name: "report-kept",
    who: "head_coach",
    path: (c) => `${c.group}/report`,
    act: async (page) => {
      await page.getByLabel("Your notes on it").fill("A good week.\n\nMore hills.");
      await button(main(page), "Keep report").click();
      await page.waitForURL(/\/reports\//);
    },
  },
  { name: "reports", who: "head_coach", path: "/reports" },
  { name: "group-removal", who: "head_coach", path: (c) => `${c.group}/removal` },
  { name: "group-add-members", who: "head_coach", path: (c) => `${c.group}/members/new` },
  { name: "head-coach-not-found", who: "head_coach", path: "/athletes/nobody", status: 404 },

  { name: "newcomer", who: "newcomer", path: "/athletes", empty: true },
  { name: "newcomer-running", who: "newcomer", path: "/me", empty: true },
  { name: "newcomer-activities", who: "newcomer", path: "/me/activities", empty: true },
  { name: "newcomer-organization", who: "newcomer", path: "/organization" },
  {
    name: "token-made",
    who: "newcomer",
    path: "/settings/tokens",
    act: async (page) => {
      await page.getByLabel("Name").fill("Spreadsheet of the club");
      await button(main(page), "Make token").click();
      await page.locator("#secret").waitFor();
    },
  },
  { name: "tokens-some", who: "newcomer", path: "/settings/tokens", dialogs: [/^Revoke/] },
  {
    name: "password-refused",
    who: "newcomer",
    path: "/settings/security",
    act: async (page) => {
      await page.getByLabel("Current password").fill("not mine");
      await page.getByLabel("New password").fill("short");
      await button(main(page), "Change password").click();
      await page.locator("[aria-invalid]").first().waitFor();
    },
  },
  {
    name: "upload-results",
    who: "odd_athlete",
    path: "/activities/new",
    act: async (page) => {
      await send(
        page,
        file("morning.gpx", gpx(yesterday())),
        file("not-a-run.gpx", "nothing of the kind"),
        file(`${"a-very-long-name-of-a-recording-".repeat(5)}.fit`, "nor this"),
      );
      await page.locator("#h-results").waitFor();
    },
  },
  {
    name: "job",
    who: "odd_athlete",
    path: "/activities/new",
    act: async (page) => {
      const many = Array.from({ length: 24 }, (_, i) => file(`run-${i}.gpx`, gpx(new Date(Date.now() - (i + 3) * 86_400_000))));
      await send(page, ...many);
      await page.locator("#job, #h-results").first().waitFor();
      await page.locator("#job[hx-get]").waitFor({ state: "detached" });
    },
  },
  {
    name: "undo-notice",
    who: "odd_athlete",
    path: "/me/activities",
    act: async (page) => {
      await main(page).locator("a[href^='/activities/act_']").last().click();
      await page.getByRole("button", { name: /^More actions/ }).click();
      await page.getByRole("link", { name: /^Delete/ }).click();
      await button(dialog(page), "Delete activity").click();
      await page.getByRole("button", { name: "Undo" }).waitFor();
    },
  },
  { name: "odd-me", who: "odd_athlete", path: "/me" },
  { name: "odd-roster", who: "odd_coach", path: "/athletes", menus: ["Status", "Coach"] },
  { name: "odd-roster-dialog", who: "odd_coach", path: "/athletes", act: (page) => odd(page, /^Edit/) },
  { name: "odd-athlete", who: "odd_coach", path: "/athletes", act: (page) => odd(page), print: true },
  { name: "odd-organization", who: "odd_coach", path: "/organization" },

  // A coach with no runs of their own.
  { name: "me-empty", who: "coach", path: "/me", empty: true },
  { name: "me", who: "athlete", path: "/me" },
  { name: "my-activities", who: "athlete", path: "/me/activities" },
  { name: "my-activity", who: "athlete", path: (c) => c.activity },
  { name: "my-settings", who: "athlete", path: "/settings" },
  { name: "my-upload", who: "athlete", path: "/activities/new" },
  { name: "my-manual", who: "athlete", path: "/activities/manual" },
  { name: "refused", who: "athlete", path: "/athletes", status: 403 },
];

/** On to the athlete with the longest name, and into a dialog there. */
async function odd(page, name) {
  await page.locator("#results .c-name a", { hasText: "Wolfesch" }).click();
  await page.locator(".bib-lg").waitFor();
  if (!name) return;
  await main(page).getByRole("link", { name }).first().click();
  await dialog(page).waitFor();
}

/** Brings an entry's page up, in its state; returns the answer of its address. */
export async function bring(page, entry, club) {
  const path = typeof entry.path === "function" ? entry.path(club) : entry.path;
  const response = await page.goto(path);
  if (entry.act && response.ok()) {
    await entry.act(page, club);
    await settled(page);
  }
  return response;
}

const ID = "_[0-9a-z]{26}";

/** Addresses that are only known once the club is made: the athlete who can sign in, and one of their runs. */
export async function find() {
  const page = await visit("athlete");
  await page.goto("/me");
  const paths = await page.locator("#main a[href]").evaluateAll((links) => links.map((a) => a.getAttribute("href")));
  const first = (pattern) => {
    const found = paths.map((path) => pattern.exec(path)?.[0]).find(Boolean);
    if (!found) throw new Error(`no link like ${pattern} on /me`);
    return found;
  };
  const club = { athlete: first(new RegExp(`^/athletes/usr${ID}`)), activity: first(new RegExp(`^/activities/act${ID}`)) };
  await page.goto("/groups");
  club.group = await page.locator("#h-own").locator("xpath=ancestor::section").getByRole("link").first().getAttribute("href");
  await page.context().close();
  return club;
}
