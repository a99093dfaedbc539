/* The few things HTML and htmx cannot do alone. Every page works without this file.
 *
 * data-theme-next       switch light or dark on this device (only where the account leaves it to the device)
 * data-print            print the page
 * data-check-all        tick every box in the same form's table
 * data-copy="id"        copy the value or text of that element
 * data-close            close the dialog it is in
 * data-dropzone         a label or box with a file input that takes dropped files; data-files lists them
 * data-timezone         on a select of time zones: choose this device's
 * data-announce="text"  on swapped-in content: read out once
 */
(() => {
  "use strict";

  const root = document.documentElement;
  const one = (selector, within = document) => within.querySelector(selector);
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];

  /* Theme: the server's word wins; without one, what this device remembers, then the system. */

  const stored = (value) => {
    try {
      if (value) localStorage.setItem("theme", value);
      return localStorage.getItem("theme");
    } catch {
      return null; // storage may be switched off
    }
  };
  if (!root.dataset.theme && stored()) root.dataset.theme = stored();

  const nextTheme = () => {
    const dark = matchMedia("(prefers-color-scheme: dark)").matches;
    const now = root.dataset.theme || (dark ? "dark" : "light");
    root.dataset.theme = now === "dark" ? "light" : "dark";
    stored(root.dataset.theme);
  };

  /* Time zone: a guess that saves a search through four hundred names. */

  for (const select of all("select[data-timezone]")) {
    const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
    if ([...select.options].some((option) => option.value === zone)) select.value = zone;
  }

  /* Telling: politely to a screen reader, or as a notice where the person is looking. */

  const announce = (text) => {
    const live = one("#live");
    if (!live) return;
    live.textContent = ""; // so that the same words twice are read twice
    setTimeout(() => (live.textContent = text), 50);
  };

  const problem = (text) => {
    const template = one("#problem");
    if (!template) return;
    for (const old of all(".problem")) old.remove();
    const notice = template.content.firstElementChild.cloneNode(true);
    one("p", notice).textContent = text;
    (one("dialog[open] .dialog-body") || one("#main")).prepend(notice);
    notice.scrollIntoView({ block: "nearest" });
  };

  /* Dialogs: a link with hx-target="#dialog" fetches one; without script it is a page. */

  let opener = null;

  const focusFirst = (within) => {
    const field =
      one("[aria-invalid]", within) ||
      one("[autofocus]", within) ||
      one("input:not([type=hidden]), select, textarea", within) ||
      one("h1, h2, h3", within);
    if (!field) return;
    if (/^H\d$/.test(field.tagName)) field.tabIndex = -1;
    field.focus();
  };

  const focusBack = () => {
    const target = opener && (opener.isConnected ? opener : opener.id && document.getElementById(opener.id));
    opener = null;
    (target || one("#main"))?.focus();
  };

  // A dialog swapped out while open is gone already; only one that was closed gives the focus back.
  const leave = (dialog) => {
    if (!dialog.isConnected) return;
    dialog.remove();
    focusBack();
  };

  const openDialog = (host, trigger) => {
    const dialog = one("dialog", host);
    if (!dialog) {
      if (opener) focusBack();
      return;
    }
    // A form inside the dialog that answered with itself is no opener, and is gone by now.
    if (trigger?.isConnected && !host.contains(trigger)) opener = trigger.closest("a, button, [tabindex]") || trigger;
    if (!dialog.open) dialog.showModal();
    dialog.addEventListener("close", () => leave(dialog));
    focusFirst(dialog);
  };

  /* Clicks and changes, once for the whole document, so that swapped-in content needs no set-up. */

  const copy = async (button) => {
    const source = document.getElementById(button.dataset.copy);
    if (!source) return;
    try {
      await navigator.clipboard.writeText(source.value ?? source.textContent.trim());
      announce("Copied");
      button.classList.add("is-done");
      setTimeout(() => button.classList.remove("is-done"), 2000);
    } catch {
      // No clipboard without HTTPS: select the text so that the keyboard can copy it.
      if (source.select) source.select();
      else getSelection().selectAllChildren(source);
      announce("Selected. Press Control C to copy.");
    }
  };

  document.addEventListener("click", (event) => {
    const hit = (selector) => event.target.closest(selector);
    if (hit("[data-theme-next]")) nextTheme();
    if (hit("[data-print]")) print();
    if (hit("[data-copy]")) copy(hit("[data-copy]"));
    const close = hit("[data-close]");
    const dialog = close && close.closest("dialog");
    if (dialog) {
      event.preventDefault();
      dialog.close();
      leave(dialog);
    }
    if (hit(".problem [data-dismiss]")) hit(".problem").remove();
  });

  const rowBoxes = (form) => all("tbody [type=checkbox]", form);

  document.addEventListener("change", (event) => {
    const changed = event.target;
    if (changed.matches("[data-check-all]")) {
      for (const box of rowBoxes(changed.form)) box.checked = changed.checked;
    } else if (changed.matches("tbody [type=checkbox]") && changed.form) {
      const head = one("[data-check-all]", changed.form);
      if (head) {
        const boxes = rowBoxes(changed.form);
        const ticked = boxes.filter((box) => box.checked).length;
        head.checked = ticked === boxes.length;
        head.indeterminate = ticked > 0 && ticked < boxes.length;
      }
    }
    const zone = changed.matches("[type=file]") && changed.closest("[data-dropzone]");
    if (zone) listFiles(zone, changed.files);
  });

  /* Files dropped on a page land in its file input, so the form is sent as if they had been chosen. */

  const size = (bytes) =>
    bytes < 1e6 ? `${Math.max(1, Math.round(bytes / 1e3))} kB` : `${(bytes / 1e6).toFixed(1)} MB`;

  const listFiles = (zone, files) => {
    const list = one("[data-files]", zone);
    if (!list) return;
    list.replaceChildren(
      ...[...files].map((file) => {
        const row = document.createElement("li");
        const name = document.createElement("span");
        const weight = document.createElement("span");
        name.className = "grow";
        weight.className = "end muted";
        name.textContent = file.name;
        weight.textContent = size(file.size);
        row.append(name, weight);
        return row;
      }),
    );
    list.hidden = files.length === 0;
    announce(files.length === 1 ? "1 file chosen" : `${files.length} files chosen`);
  };

  const carriesFiles = (event) => event.dataTransfer && [...event.dataTransfer.types].includes("Files");

  for (const kind of ["dragenter", "dragover", "dragleave", "drop"]) {
    document.addEventListener(kind, (event) => {
      const zone = event.target.closest?.("[data-dropzone]");
      if (!zone || !carriesFiles(event)) return;
      event.preventDefault();
      const leaving = kind === "drop" || (kind === "dragleave" && !zone.contains(event.relatedTarget));
      zone.classList.toggle("is-over", !leaving);
      if (kind !== "drop") return;
      const input = one("[type=file]", zone);
      const picked = new DataTransfer();
      const files = [...event.dataTransfer.files];
      for (const file of input.multiple ? files : files.slice(0, 1)) picked.items.add(file);
      input.files = picked.files;
      input.dispatchEvent(new Event("change", { bubbles: true }));
    });
  }

  /* htmx: say that something is being fetched, and never lose the keyboard's place. */

  let focused = null;

  document.addEventListener("htmx:beforeRequest", (event) => {
    event.detail.target.setAttribute("aria-busy", "true");
    for (const old of all(".problem")) old.remove();
  });

  document.addEventListener("htmx:afterRequest", (event) => {
    event.detail.target.removeAttribute("aria-busy");
  });

  document.addEventListener("htmx:beforeSwap", () => {
    focused = document.activeElement;
  });

  document.addEventListener("htmx:afterSwap", (event) => {
    const target = event.detail.target;
    for (const menu of all("[popover]:popover-open")) {
      if (!menu.contains(target)) menu.hidePopover();
    }
    // The page behind a dialog has gone on: what the dialog was for is done.
    if (target.id === "main") one("#dialog").replaceChildren();
    if (target.id === "dialog") openDialog(target, event.detail.requestConfig?.elt);
  });

  document.addEventListener("htmx:afterSettle", (event) => {
    const target = event.detail.elt;
    const said = target.matches?.("[data-announce]") ? target : one("[data-announce]", target);
    if (said) announce(said.dataset.announce);
    if (event.detail.target?.id === "dialog") {
      // Once more, now that htmx has put the focus where it thinks best: a wrong field comes first.
      if (target.isConnected) focusFirst(event.detail.target);
      focused = null;
      return;
    }
    const lost = focused && !focused.isConnected && document.activeElement === document.body;
    focused = null;
    if (lost && target.isConnected) focusFirst(target);
  });

  // The server may answer with HX-Trigger: {"announce": {"text": "Saved"}}.
  document.addEventListener("announce", (event) => announce(event.detail.text ?? event.detail.value));

  document.addEventListener("htmx:sendError", () => {
    problem("The server could not be reached, so nothing was changed. Check the connection and try again.");
  });
  document.addEventListener("htmx:timeout", () => problem("The server took too long. Try again."));
  document.addEventListener("htmx:responseError", (event) => {
    const told = {
      401: "You have been signed out. Reload the page to sign in again.",
      403: "You may not do that.",
      404: "That is no longer there. Reload the page to see what is.",
      413: "That is too large to send.",
      429: "Too many tries in a short time. Wait a minute, then try again.",
    };
    const text = told[event.detail.xhr.status];
    problem(text || "That did not work, and it is not your fault. Try again in a moment.");
  });
})();
