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
//   rows      a table that must not be empty, or the picture shows nothing
//   empty     must be an empty state
//   soon      the page is being built: skipped, with a note, while it answers 404

import { visit } from "./harrier.mjs";

export const pages = [
  { name: "sign-in", path: "/session/new" },
  { name: "sign-up", path: "/signup" },
  { name: "password-reset", path: "/password/reset" },
  { name: "how", path: "/how" },
  { name: "api-docs", path: "/api/docs" },
  { name: "password-link-dead", path: "/password/reset/nothing", status: 404 },
  { name: "sign-up-link-dead", path: "/signup/nothing", status: 404 },
  { name: "not-found", path: "/nowhere", status: 404 },

  { name: "roster", who: "head_coach", path: "/athletes", dialogs: [/^Add athlete/], menus: ["Status", "Level", "Label", "Coach"] },
  { name: "roster-coach", who: "coach", path: "/athletes" },
  { name: "roster-filtered", who: "head_coach", path: "/athletes?status=active&level=Advanced", rows: true },
  { name: "roster-second-page", who: "head_coach", path: "/athletes?page=2" },
  { name: "roster-empty", who: "head_coach", path: "/athletes?q=nobody-is-called-this", empty: true },
  { name: "how-signed-in", who: "head_coach", path: "/how" },
  { name: "roster-import", who: "head_coach", path: "/athletes/import" },
  { name: "athlete", who: "head_coach", path: (c) => c.athlete, dialogs: [/^Edit/, /^Set VDOT/], menus: [/^More actions/], print: true },
  { name: "athlete-activities", who: "head_coach", path: (c) => `${c.athlete}/activities` },
  { name: "athlete-notes", who: "head_coach", path: (c) => `${c.athlete}/notes` },
  { name: "athlete-edit", who: "head_coach", path: (c) => `${c.athlete}/edit` },
  { name: "athlete-fitness", who: "head_coach", path: (c) => `${c.athlete}/fitness` },
  { name: "fitness-set", who: "head_coach", path: (c) => `${c.athlete}/fitness/vdot` },
  { name: "athlete-new", who: "head_coach", path: "/athletes/new" },
  { name: "athlete-removal", who: "head_coach", path: (c) => `${c.athlete}/removal` },
  { name: "activity", who: "head_coach", path: (c) => c.activity, dialogs: [/^Edit/], menus: [/^More actions/], print: true },
  { name: "activity-edit", who: "head_coach", path: (c) => `${c.activity}/edit` },
  { name: "activity-deletion", who: "head_coach", path: (c) => `${c.activity}/deletion` },
  { name: "upload", who: "head_coach", path: "/activities/new" },
  { name: "manual", who: "head_coach", path: "/activities/manual" },
  { name: "settings", who: "head_coach", path: "/settings" },
  { name: "security", who: "head_coach", path: "/settings/security" },
  { name: "tokens", who: "head_coach", path: "/settings/tokens" },
  { name: "organization", who: "head_coach", path: "/organization" },
  { name: "head-coach-not-found", who: "head_coach", path: "/athletes/nobody", status: 404 },

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
  await page.context().close();
  return club;
}
