/* The few things HTML and htmx cannot do alone. Every page works without this file.
 *
 * data-theme-next       switch light or dark on this device (only where the account leaves it to the device)
 * data-print            print the page
 * data-check-all        tick every box in the same form's table (Shift and a click tick all between two)
 * data-remember         a form that is sent by itself when it changes; its answer is not shown
 * data-many             a field with a list of suggestions and commas: each part gets its own
 * data-focus            a link that puts the focus on the control it points to
 * data-copy="id"        copy the value or text of that element
 * data-close            close the dialog it is in, after a question where something was typed
 * data-go-on            the link in a dialog that leaving it takes, whichever way
 * data-dropzone         a label or box with a file input that takes dropped files; data-files lists them
 * data-timezone         on a select of time zones: choose this device's
 * data-steps            links with rel "prev" and "next" that the left and right arrow keys follow
 * data-quiet            it asks by itself again and again: nobody is told that it does, or that it could not
 * data-address="/path?…" what the address says in full, put in place of one without a query
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

  /* The address: who comes by a bare one can still copy one that names what is shown. */

  const nameAddress = () => {
    const full = one("[data-address]")?.dataset.address;
    if (full && !location.search && full.startsWith(`${location.pathname}?`)) history.replaceState(history.state, "", full);
  };
  nameAddress();

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
    // An entry of a menu that is closed by now cannot take it: its button does.
    const menu = target?.closest("[popover]");
    if (menu && document.activeElement !== target) one(`[popovertarget="${menu.id}"]`)?.focus();
  };

  // A dialog swapped out while open is gone already; only one that was closed gives the focus back.
  const leave = (dialog) => {
    if (!dialog.isConnected) return;
    dialog.remove();
    focusBack();
  };

  /* Nothing typed is thrown away unasked. */

  const fieldsOf = (dialog) =>
    all("input:not([type=hidden]), select, textarea:not([hidden])", dialog).filter((field) => field.name);

  const isChanged = (field) => {
    if (/^(checkbox|radio)$/.test(field.type)) return field.checked !== field.defaultChecked;
    if (field.type === "file") return field.files.length > 0;
    if (field.tagName !== "SELECT") return field.value !== field.defaultValue;
    // Without a word of the server's the first option is chosen.
    const given = [...field.options].findLastIndex((option) => option.defaultSelected);
    return field.selectedIndex !== Math.max(0, given);
  };

  // A form that came back with errors has what was typed for its own values.
  const hasTyping = (dialog) => {
    const fields = fieldsOf(dialog);
    const isBack = dialog.hasAttribute("data-typed") && fields.some((field) => field.type !== "file");
    return isBack || fields.some(isChanged);
  };

  const keepTyping = (dialog) => {
    const question = one(".discard", dialog);
    question.previousElementSibling.hidden = false;
    question.remove();
    (dialog.typing?.isConnected ? dialog.typing : one("input, select, textarea", dialog)).focus();
  };

  const tryToClose = (dialog) => {
    if (one(".discard", dialog)) return keepTyping(dialog);
    // What was done in it shows behind it only when that is fetched again, which takes the dialog away.
    const onward = one("[data-go-on]", dialog);
    if (onward) return onward.click();
    if (!hasTyping(dialog)) return dialog.close();
    const at = document.activeElement;
    const fields = fieldsOf(dialog);
    dialog.typing = fields.includes(at) ? at : fields.find(isChanged);
    const question = one("#discard").content.firstElementChild.cloneNode(true);
    const footer = one("footer", dialog);
    footer.hidden = true;
    footer.after(question);
    one("[data-keep]", question).focus();
  };

  // By key, since a browser lets a page hold a dialog open only once without a click in between.
  document.addEventListener("keydown", (event) => {
    const dialog = event.key === "Escape" && !event.isComposing && one("#dialog dialog[open]");
    if (!dialog || one("[popover]:popover-open")) return;
    event.preventDefault();
    tryToClose(dialog);
  });

  const openDialog = (host, trigger) => {
    const dialog = one("dialog", host);
    if (!dialog) {
      if (opener) focusBack();
      return;
    }
    // A dialog that is a page of its own stays one when its form comes back.
    const whole = one("#main dialog[open]");
    if (whole) {
      whole.replaceWith(dialog);
      dialog.setAttribute("open", "");
      focusFirst(dialog);
      return;
    }
    // A form inside the dialog that answered with itself is no opener, and is gone by now.
    if (trigger?.isConnected && !host.contains(trigger)) opener = trigger.closest("a, button, [tabindex]") || trigger;
    if (!dialog.open) dialog.showModal();
    dialog.addEventListener("close", () => leave(dialog));
    // Other ways to close than the key: the back gesture of a phone.
    dialog.addEventListener("cancel", (event) => {
      event.preventDefault();
      tryToClose(dialog);
    });
    if (!trigger?.isConnected && opener) dialog.setAttribute("data-typed", "");
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
    // On a page of its own the same link is just a link.
    const dialog = close && close.closest("#dialog dialog");
    if (dialog) {
      event.preventDefault();
      tryToClose(dialog);
    }
    if (hit("[data-keep]")) keepTyping(hit("dialog"));
    if (hit("[data-discard]")) hit("dialog").close();
    const target = hit("[data-focus]") && document.getElementById(hit("[data-focus]").hash.slice(1));
    if (target) {
      event.preventDefault();
      target.focus();
    }
    if (hit(".problem [data-dismiss]")) hit(".problem").remove();
  });

  /* Rows to tick: all of them by the head's box, a run of them with Shift, by mouse and by keyboard. */

  const rowBoxes = (form) => all("tbody [type=checkbox]", form);
  let lastBox = null;
  let withShift = false;
  for (const kind of ["click", "keydown", "keyup"]) {
    document.addEventListener(kind, (event) => (withShift = event.shiftKey), true);
  }

  const tellTicked = (form) => {
    const head = one("[data-check-all]", form);
    if (!head) return;
    const boxes = rowBoxes(form);
    const ticked = boxes.filter((box) => box.checked).length;
    head.checked = ticked > 0 && ticked === boxes.length;
    head.indeterminate = ticked > 0 && ticked < boxes.length;
    announce(ticked === 0 ? "None selected" : `${ticked} selected`);
  };

  document.addEventListener("change", (event) => {
    const changed = event.target;
    if (changed.matches("[data-check-all]")) {
      for (const box of rowBoxes(changed.form)) box.checked = changed.checked;
      tellTicked(changed.form);
    } else if (changed.matches("tbody [type=checkbox]") && changed.form) {
      const boxes = rowBoxes(changed.form);
      const [from, to] = [boxes.indexOf(lastBox), boxes.indexOf(changed)].sort((a, b) => a - b);
      if (withShift && from >= 0) for (const box of boxes.slice(from, to)) box.checked = changed.checked;
      lastBox = changed;
      tellTicked(changed.form);
    }
    const kept = changed.form;
    if (kept?.matches("[data-remember]")) {
      const body = new URLSearchParams(new FormData(kept));
      fetch(kept.action, { method: "POST", body, redirect: "manual" }).catch(() => {});
    }
    const zone = changed.matches("[type=file]") && changed.closest("[data-dropzone]");
    if (zone) listFiles(zone, changed.files);
  });

  // From a ticked row straight to what can be done with it: the way by Tab leads through all the others.
  document.addEventListener("keydown", (event) => {
    const box = event.target;
    if (event.key !== "Enter" || !box.matches?.(".roster tbody [type=checkbox], .roster [data-check-all]")) return;
    event.preventDefault();
    if (rowBoxes(box.form).some((other) => other.checked)) one(".bulk button", box.form)?.focus();
  });

  document.addEventListener("reset", (event) => {
    const head = one("[data-check-all]", event.target);
    if (!head) return;
    lastBox = null;
    head.focus();
    setTimeout(() => tellTicked(event.target));
  });

  // Slash goes to the search: the page's own, else the one beside it.
  document.addEventListener("keydown", (event) => {
    const isMeant = event.key === "/" && !event.ctrlKey && !event.metaKey && !event.altKey;
    if (!isMeant || event.target.closest("input, select, textarea, dialog, [contenteditable]")) return;
    const box = one("#main input[type=search]") || one("input[type=search]");
    if (!box) return;
    event.preventDefault();
    box.focus();
    box.select();
  });

  // The arrow keys go from week to week, where they do nothing else.
  document.addEventListener("keydown", (event) => {
    const rel = { ArrowLeft: "prev", ArrowRight: "next" }[event.key];
    if (!rel || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    if (event.target.closest("input, select, textarea, dialog, [popover], [contenteditable]")) return;
    // In what scrolls sideways they scroll.
    const scrolled = event.target.closest(".table-scroll");
    if (scrolled && scrolled.scrollWidth > scrolled.clientWidth) return;
    const link = one(`[data-steps] [rel=${rel}]`);
    if (!link) return;
    event.preventDefault();
    link.click();
  });

  /* A filter that was ticked and not asked for is not on: its menu says again what the address says. */

  document.addEventListener(
    "toggle",
    (event) => {
      if (event.newState !== "closed" || !event.target.matches("#filter .menu")) return;
      for (const box of all("input", event.target)) box.checked = box.defaultChecked;
    },
    true,
  );

  /* Suggestions for a list between commas: the browser compares with the whole field, so what stands before
   * the last comma goes in front of each. */

  document.addEventListener("input", (event) => {
    const field = event.target;
    if (!field.matches("[data-many]") || !field.list) return;
    const list = field.list;
    list.words ??= [...list.options].map((option) => option.value);
    const head = field.value.slice(0, field.value.lastIndexOf(",") + 1);
    const there = new Set(head.split(",").map((word) => word.trim().toLowerCase()));
    const left = list.words.filter((word) => !there.has(word.toLowerCase()));
    list.replaceChildren(...left.map((word) => new Option("", head ? `${head} ${word}` : word)));
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

  const isQuiet = (event) => event.detail.elt.matches("[data-quiet]");

  document.addEventListener("htmx:beforeRequest", (event) => {
    if (isQuiet(event)) return;
    event.detail.target.setAttribute("aria-busy", "true");
    for (const old of all(".problem")) old.remove();
  });

  document.addEventListener("htmx:afterRequest", (event) => {
    event.detail.target.removeAttribute("aria-busy");
  });

  // A swap comes with others beside it (a menu, a count), and each of them settles by itself: what had the
  // focus is kept for all of them.
  document.addEventListener("htmx:beforeSwap", () => {
    focused = document.activeElement;
  });

  const hold = (element) => {
    if (!element.matches("a, button, input, select, textarea, [tabindex]")) element.tabIndex = -1;
    element.focus();
  };

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
    nameAddress();
    const host = event.detail.target;
    if (host?.id === "dialog") {
      // Once more, now that htmx has put the focus where it thinks best: a wrong field comes first.
      if (target.isConnected) focusFirst(one("dialog", host) || one("#main dialog[open]") || host);
      return;
    }
    if (!focused || focused.isConnected || document.activeElement !== document.body) return;
    const wrong = one("[aria-invalid=true]", target);
    const same = focused.id && document.getElementById(focused.id);
    if (host?.id === "main") {
      // A page in place of another: what happened, else what it is.
      const head = wrong || one("#notice", host) || same || one("h1", host);
      if (head) hold(head);
    } else if (wrong || same) {
      hold(wrong || same);
    } else if (target.id && target.id === host?.id) {
      focusFirst(target);
    }
  });

  // A form that came back on a page of its own.
  one("#main [aria-invalid=true]")?.focus();

  // The server may answer with HX-Trigger: {"announce": {"text": "Saved"}}.
  document.addEventListener("announce", (event) => announce(event.detail.text ?? event.detail.value));

  document.addEventListener("htmx:sendError", (event) => {
    if (isQuiet(event)) return;
    problem("The server could not be reached, so nothing was changed. Check the connection and try again.");
  });
  document.addEventListener("htmx:timeout", (event) => {
    if (!isQuiet(event)) problem("The server took too long. Try again.");
  });
  document.addEventListener("htmx:responseError", (event) => {
    if (isQuiet(event)) return;
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
