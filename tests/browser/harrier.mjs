// The demo club behind a real server, and a real Chromium in front of it.
//
//   HARRIER_BIN   the program (target/debug/harrier unless told)
//   HARRIER_URL   a server that runs already, with HARRIER_SIGN_INS, the file of its sign-ins
//   CHROMIUM      the browser (chromium or chromium-browser on the PATH unless told)
//   HEADED=1      shows the browser

import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { clubs } from "./clubs.mjs";

export const WIDE = { width: 1440, height: 900 };
export const NARROW = { width: 360, height: 780 };

const root = resolve(fileURLToPath(import.meta.url), "../../..");
const temp = mkdtempSync(join(tmpdir(), "harrier-browser-"));
process.on("exit", () => rmSync(temp, { recursive: true, force: true }));

/** "  Head coach  marta@…  secret" → people.head_coach = { email, password } */
function signIns(lines) {
  const people = {};
  for (const line of lines) {
    const found = /^\s+(\S.*?)\s{2,}(\S+@\S+)\s+(\S+)\s*$/.exec(line);
    if (found) people[found[1].toLowerCase().replaceAll(" ", "_")] = { email: found[2], password: found[3] };
  }
  return people;
}

/** Starts `harrier demo` on a port of its own choosing; resolves when it has said where it is. */
async function startDemo() {
  if (process.env.HARRIER_URL) {
    const lines = readFileSync(process.env.HARRIER_SIGN_INS, "utf8").split("\n");
    return { url: process.env.HARRIER_URL, people: signIns(lines), stop() {} };
  }
  const program = process.env.HARRIER_BIN ?? join(root, "target/debug/harrier");
  const server = spawn(program, ["demo", "--data", join(temp, "demo"), "--listen", "127.0.0.1:0"], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, HARRIER_CHROMIUM: browserPath() },
  });
  process.on("exit", () => server.kill("SIGKILL"));
  const stop = () =>
    new Promise((done) => {
      server.once("exit", done);
      server.kill("SIGTERM");
    });
  const said = [];
  return new Promise((open, fail) => {
    const late = setTimeout(() => fail(new Error(`no address after two minutes:\n${said.join("\n")}`)), 120_000);
    server.once("error", fail);
    server.once("exit", (code) => fail(new Error(`harrier demo ended with ${code}:\n${said.join("\n")}`)));
    const lines = createInterface(server.stdout);
    lines.on("line", (line) => {
      said.push(line);
      const url = /https?:\/\/127\.0\.0\.1:\d+/.exec(said.join("\n"))?.[0];
      const people = signIns(said);
      if (!url || !people.head_coach || !people.coach || !people.athlete) return;
      clearTimeout(late);
      server.removeAllListeners("exit");
      lines.removeAllListeners("line");
      try {
        Object.assign(people, clubs(program, join(temp, "demo", "harrier.db")));
      } catch (error) {
        return stop().then(() => fail(error));
      }
      open({ url, people, stop });
    });
  });
}

/** A club with nobody but its head coach, behind `harrier serve`, which sends its mail to this port. */
export async function startServer({ smtp, coach, organization }) {
  const program = process.env.HARRIER_BIN ?? join(root, "target/debug/harrier");
  const data = mkdtempSync(join(temp, "serve-"));
  const port = await freePort();
  const env = {
    PATH: process.env.PATH,
    HARRIER_DATA_DIR: data,
    HARRIER_DATABASE_URL: `sqlite://${join(data, "harrier.db")}`,
    HARRIER_LISTEN: `127.0.0.1:${port}`,
    HARRIER_SMTP_URL: `smtp://127.0.0.1:${smtp}?tls=none`,
    HARRIER_MAIL_FROM: "Season Start <club@example.org>",
    HARRIER_LOG: "warn",
  };
  const made = ["admin", "create-coach", "--email", coach.email, "--name", coach.name, "--organization", organization];
  const { status, stderr } = spawnSync(program, [...made, "--password-stdin"], { input: coach.password, encoding: "utf8", env });
  if (status !== 0) throw new Error(stderr);
  const server = spawn(program, ["serve"], { stdio: ["ignore", "inherit", "inherit"], env });
  process.on("exit", () => server.kill("SIGKILL"));
  const url = `http://127.0.0.1:${port}`;
  for (let tries = 0; tries < 200; tries++) {
    if (await fetch(`${url}/readyz`).then((answer) => answer.ok, () => false)) break;
    await new Promise((done) => setTimeout(done, 50));
  }
  const stop = () =>
    new Promise((done) => {
      server.once("exit", done);
      server.kill("SIGTERM");
    });
  return { url, stop };
}

function freePort() {
  return new Promise((done) => {
    const listener = createServer();
    listener.listen(0, "127.0.0.1", () => {
      const { port } = listener.address();
      listener.close(() => done(port));
    });
  });
}

/** A window on another server than the demo's, signed in by nobody. */
export async function visitAt(url, { width = 1440, theme = "light" } = {}) {
  const { browser } = await house();
  const viewport = width < 500 ? { width, height: 844 } : { ...WIDE, width };
  const context = await browser.newContext({ baseURL: url, viewport, colorScheme: theme, reducedMotion: "reduce", locale: "en-GB", timezoneId: "Europe/Lisbon", hasTouch: width < 500 });
  context.setDefaultTimeout(10_000);
  const page = await context.newPage();
  watch(page, url);
  return page;
}

function browserPath() {
  for (const name of [process.env.CHROMIUM, "chromium", "chromium-browser", "google-chrome"]) {
    const found = name && spawnSync("sh", ["-c", 'command -v "$0"', name], { encoding: "utf8" }).stdout.trim();
    if (found) return found;
  }
  throw new Error("No Chromium: install one, or name it in CHROMIUM");
}

let running;

/** The demo and the browser, started on the first call. */
export function house() {
  running ??= (async () => {
    const [demo, browser] = await Promise.all([
      startDemo(),
      chromium.launch({
        executablePath: browserPath(),
        headless: !process.env.HEADED,
        args: [
          "--no-sandbox",
          "--disable-gpu",
          "--disable-quic",
          "--disable-background-networking",
          "--disable-component-update",
          "--disable-sync",
          "--no-first-run",
        ],
      }),
    ]);
    return { ...demo, browser, kept: {} };
  })();
  return running;
}

/** Ends both. */
export async function close() {
  const { browser, stop } = (await running?.catch(() => null)) ?? {};
  await browser?.close();
  await stop?.();
}

/** Types into the sign-in form. */
export async function signIn(page, { email, password }) {
  await page.goto("/session/new");
  await page.getByLabel("Email").fill(email);
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByRole("main").getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL((url) => !url.pathname.startsWith("/session"));
}

/**
 * A window of its own, for `head_coach`, `coach`, `athlete`, somebody of clubs.mjs, or nobody. `page.faults` gathers what a page
 * must not do: errors in the console, requests elsewhere, breaches of the content security policy.
 */
export async function visit(who, { width = 1440, theme = "light", javaScriptEnabled = true, fresh = false } = {}) {
  const { url, browser, people, kept } = await house();
  const options = {
    baseURL: url,
    viewport: width === 360 ? NARROW : { ...WIDE, width },
    colorScheme: theme,
    // Nothing moves, so nothing is looked at half-way.
    reducedMotion: "reduce",
    javaScriptEnabled,
    locale: "en-GB",
    timezoneId: "Europe/Lisbon",
    acceptDownloads: true,
  };
  if (who && !fresh) {
    // Signs in once for each person: the doors let only so many in at a time.
    if (!kept[who]) {
      const context = await browser.newContext(options);
      await signIn(await context.newPage(), people[who]);
      kept[who] = await context.storageState();
      await context.close();
    }
    options.storageState = kept[who];
  }
  const context = await browser.newContext(options);
  context.setDefaultTimeout(10_000);
  const page = await context.newPage();
  watch(page, url);
  if (who && fresh) await signIn(page, people[who]);
  return page;
}

function watch(page, origin) {
  page.faults = [];
  // What the test asks for itself (a page that is not there) is not a fault of the page.
  page.expected = new Set();
  page.on("pageerror", (error) => page.faults.push(`script: ${error.message}`));
  page.on("console", (message) => {
    const place = message.location().url;
    if (!["error", "warning"].includes(message.type()) || page.expected.has(place)) return;
    page.faults.push(`console ${message.type()}: ${message.text()} (${place})`);
  });
  page.on("request", (request) => {
    const url = request.url();
    if (!url.startsWith(origin) && !/^(data|blob|about):/.test(url)) page.faults.push(`elsewhere: ${url}`);
  });
  page.on("requestfailed", (request) => {
    const why = request.failure()?.errorText;
    if (why !== "net::ERR_ABORTED") page.faults.push(`failed: ${request.url()} ${why}`);
  });
  page.on("response", (response) => {
    if (response.status() >= 500) page.faults.push(`${response.status()}: ${response.url()}`);
  });
}

/** Whether the page is wider than the window, and if so by which elements. */
export function sticksOut(page) {
  return page.evaluate(() => {
    const width = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= width) return [];
    const scrolls = (e) => e && e !== document.body && (getComputedStyle(e).overflowX !== "visible" || scrolls(e.parentElement));
    // What is placed absolutely may stand outside of the box that scrolls around it.
    const contained = (e) => getComputedStyle(e).position !== "absolute" && scrolls(e.parentElement);
    const outside = (e) => e.getBoundingClientRect().right > width + 0.5 && !contained(e);
    return [...document.body.querySelectorAll("*")]
      .filter((e) => outside(e) && ![...e.children].some(outside))
      .slice(0, 5)
      .map((e) => e.outerHTML.slice(0, 120))
      .concat(`${document.documentElement.scrollWidth} px in ${width} px`);
  });
}

/** Resolves when htmx has nothing under way and what it put in has settled. */
export async function settled(page) {
  await page.waitForFunction(
    () => !document.querySelector(".htmx-request, .htmx-swapping, .htmx-settling, .htmx-added, [aria-busy=true]"),
  );
}
