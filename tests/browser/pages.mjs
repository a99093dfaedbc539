// Every page that a person can come to: axe and the screenshots go through this list, so a new page is one
// line here.
//
//   name      of the screenshot
//   who       signs in first; without it nobody does
//   path      an address, or a function of what `find` saw in this club
//   status    other than 200
//   dialogs   what opens a dialog or a menu on it: names of links and buttons (looked for by role)
//   print     also looked at as it prints
//   soon      the page is being built: skipped, with a note, while it answers 404

export const pages = [
  { name: "sign-in", path: "/session/new" },
  { name: "sign-up", path: "/signup" },
  { name: "password-reset", path: "/password/reset", soon: true },
  { name: "how", path: "/how", soon: true },
  { name: "api-docs", path: "/api/docs" },
  { name: "not-found", path: "/nowhere", status: 404 },

  { name: "roster", who: "head_coach", path: "/athletes", dialogs: [/^Edit/], menus: ["Status", "Level", "Label", "Coach"] },
  { name: "roster-coach", who: "coach", path: "/athletes" },
  { name: "roster-filtered", who: "head_coach", path: "/athletes?status=active&level=advanced" },
  { name: "roster-second-page", who: "head_coach", path: "/athletes?page=2" },
  { name: "roster-empty", who: "head_coach", path: "/athletes?q=nobody-is-called-this" },
  { name: "roster-import", who: "head_coach", path: "/athletes/import", soon: true },
  { name: "athlete", who: "head_coach", path: (c) => c.athlete, print: true },
  { name: "athlete-activities", who: "head_coach", path: (c) => `${c.athlete}/activities` },
  { name: "athlete-notes", who: "head_coach", path: (c) => `${c.athlete}/notes` },
  { name: "athlete-edit", who: "head_coach", path: (c) => `${c.athlete}/edit` },
  { name: "athlete-removal", who: "head_coach", path: (c) => `${c.athlete}/removal` },
  { name: "activity", who: "head_coach", path: (c) => c.activity, print: true },
  { name: "activity-edit", who: "head_coach", path: (c) => `${c.activity}/edit` },
  { name: "activity-deletion", who: "head_coach", path: (c) => `${c.activity}/deletion`, soon: true },
  { name: "upload", who: "head_coach", path: "/activities/new" },
  { name: "manual", who: "head_coach", path: "/activities/manual" },
  { name: "settings", who: "head_coach", path: "/settings" },
  { name: "organization", who: "head_coach", path: "/organization" },
  { name: "head-coach-not-found", who: "head_coach", path: "/athletes/nobody", status: 404 },

  { name: "me", who: "athlete", path: "/me" },
  { name: "my-settings", who: "athlete", path: "/settings" },
  { name: "my-upload", who: "athlete", path: "/activities/new" },
  { name: "my-manual", who: "athlete", path: "/activities/manual" },
  { name: "refused", who: "athlete", path: "/athletes", status: 403 },
];

const ID = "[0-9a-f]{8}-[0-9a-f-]{27}";

/** Addresses that are only known once the club is made: an athlete with runs, and one of their runs. */
export async function find(page) {
  await page.goto("/athletes?sort=-distance");
  const athlete = await first(page, new RegExp(`^/athletes/${ID}$`));
  await page.goto(`${athlete}/activities`);
  const activity = await first(page, new RegExp(`^/activities/${ID}$`));
  return { athlete, activity };
}

async function first(page, pattern) {
  const paths = await page.locator("#main a[href]").evaluateAll((links) => links.map((a) => a.getAttribute("href")));
  const found = paths.map((p) => p.split(/[?#]/)[0]).find((p) => pattern.test(p));
  if (!found) throw new Error(`no link like ${pattern} on ${page.url()}`);
  return found;
}
