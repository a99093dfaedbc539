// Two organizations beside the demo's, made by the command line: one that nobody has joined yet, and one
// whose names do everything that a name can do to a page.

import { spawnSync } from "node:child_process";

const PASSWORD = "three plain words of the tests";

/** First and last name: one word of 80 letters, another direction, marks that pile up, pictures, markup. */
const ODD = [
  "Wolfeschlegelsteinhausenbergerdorffwelchevoralternwarengewissenhaftschaferswessen".slice(0, 80),
  "محمد عبد الرحمن الأندلسي",
  "Zoe\u0301\u0323\u0302 N\u0303\u0330o\u0308\u0331e\u0306l",
  "🏃🏽‍♀️ Runner 👩‍👩‍👧‍👦",
  "<b>Bold</b> & \"Quoted\"",
  "שרה O'Neil-Öztürk",
  "李 娜",
];

/** Makes them; resolves to who can sign in: `newcomer`, `odd_coach` and `odd_athlete`. */
export function clubs(program, database) {
  const run = (what, email, name, organization) => {
    const args = ["admin", "--database-url", `sqlite://${database}`, what];
    const person = ["--email", email, "--name", name, "--organization", organization, "--password-stdin"];
    // Not the settings of the tests themselves: the program would take their names for mistakes.
    const own = { input: PASSWORD, encoding: "utf8", env: { PATH: process.env.PATH } };
    const { status, stderr } = spawnSync(program, [...args, ...person], own);
    if (status !== 0) throw new Error(`${what} ${name}: ${stderr}`);
    return { email, password: PASSWORD };
  };
  const people = { newcomer: run("create-coach", "newcomer@example.org", "Nora Newcomer", "A club of one") };
  const name = "Langlaufgemeinschaftoberunterwössenkirchdorfangelbachtalerstraßenläuferbund";
  people.odd_coach = run("create-coach", "odd.coach@example.org", ODD[0], name);
  const athletes = ODD.map((who, i) => run("create-athlete", `${"odd".repeat(i === 0 ? 18 : 1)}.${i}@example.org`, who, name));
  people.odd_athlete = athletes[0];
  return people;
}
