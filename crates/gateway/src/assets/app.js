// Makes the pages live. Everything here is a convenience: without it, every page and form still works.
// Markup is only ever made by the server: a fragment is parsed by the browser as a document, and its nodes are
// imported. That needs no exception in the content security policy, and scripts in it do not run.
"use strict";

document.documentElement.classList.add("js");

addEventListener("DOMContentLoaded", () => {
  const $ = (selector, root = document) => root.querySelector(selector);
  const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
  const say = (text) => { $("#say").textContent = text; };

  theme();
  dialogs();
  keys();
  filter();
  live();
  clock();

  function theme() {
    $("#theme").addEventListener("click", () => {
      const root = document.documentElement;
      const dark = root.dataset.theme
        ? root.dataset.theme === "dark"
        : matchMedia("(prefers-color-scheme: dark)").matches;
      root.dataset.theme = dark ? "light" : "dark";
      document.cookie = `holdpoint-theme=${root.dataset.theme}; Path=/; Max-Age=31536000; SameSite=Lax`;
    });
  }

  // The forms stand in the page; here they move into dialogs, with whatever is typed in them.
  function dialogs() {
    for (const section of $$("[data-dialog]")) {
      const dialog = document.createElement("dialog");
      dialog.id = `${section.id}-dialog`;
      dialog.setAttribute("aria-labelledby", `${section.id}-title`);
      section.before(dialog);
      dialog.append(section);
      if ("start" in section.dataset) open(section.id);
    }
    document.addEventListener("click", (event) => {
      const opener = event.target.closest("[data-open]");
      if (opener) {
        event.preventDefault();
        open(opener.dataset.open);
      }
      const closer = event.target.closest("[data-close]");
      if (closer) closer.closest("dialog").close();
      if (event.target.closest("#keys")) $("#help").showModal();
      const copier = event.target.closest("[data-copy]");
      if (copier) copy(copier);
    });
    // What is typed next must not land in a form that is out of sight.
    document.addEventListener("close", (event) => {
      if (event.target.contains(document.activeElement)) document.activeElement.blur();
    }, true);
    if (location.hash === "#approve" || location.hash === "#reject") open(location.hash.slice(1));
  }

  async function copy(button) {
    const text = $("pre", button.parentElement).textContent;
    const done = await navigator.clipboard.writeText(text).then(() => true, () => false);
    if (!done) getSelection().selectAllChildren($("pre", button.parentElement));
    say(done ? "Copied." : "Not copied: it is selected, copy it by hand.");
    button.textContent = done ? "Copied" : "Selected";
  }

  function open(name) {
    const dialog = document.getElementById(`${name}-dialog`);
    if (!dialog || dialog.open) return;
    dialog.showModal();
    const field = $("textarea:enabled", dialog) ?? $("[data-close]", dialog);
    field?.focus();
  }

  function keys() {
    document.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
      // A dialog that was just closed keeps the focus until the browser draws again: its field is no field any more.
      const gone = event.target.closest("dialog:not([open])");
      const field = gone ? null : event.target.closest("input, textarea, select");
      if (event.key === "Escape" && field && !field.closest("dialog")) field.blur();
      if (field || $("dialog[open]")) return;
      const act = {
        j: () => step(1),
        k: () => step(-1),
        o: () => openRow(),
        "/": () => $("#filter")?.focus(),
        "?": () => $("#help").showModal(),
        a: () => $('[data-open="approve"]') && open("approve"),
        r: () => $('[data-open="reject"]') && open("reject"),
      }[event.key];
      if (act) {
        event.preventDefault();
        act();
      }
    });
  }

  // Rows are links in lists, and effects on a change's page; the focus is the selection.
  function rows() {
    return $$("[data-row]").filter((row) => row.offsetParent !== null).map((row) => $("summary", row) ?? row);
  }

  function step(by) {
    const all = rows();
    if (all.length === 0) return;
    const at = all.indexOf(document.activeElement);
    const to = at < 0 ? (by > 0 ? 0 : all.length - 1) : Math.min(Math.max(at + by, 0), all.length - 1);
    all[to].focus();
    all[to].scrollIntoView({ block: "nearest" });
  }

  function openRow() {
    const row = document.activeElement;
    if (rows().includes(row)) row.click();
  }

  // Filters what is on the page as it is typed; Enter asks the server, which knows the other pages too.
  function filter() {
    $("#filter")?.addEventListener("input", narrow);
  }

  function narrow() {
    const wanted = $("#filter")?.value.trim().toLowerCase() ?? "";
    const effects = $$(".effect");
    for (const item of effects.length > 0 ? effects : $$("#live-queue tbody tr")) {
      item.hidden = wanted !== "" && !(item.dataset.words ?? item.textContent.toLowerCase()).includes(wanted);
    }
    for (const group of $$(".group")) {
      const own = $$(".effect", group);
      group.hidden = own.length > 0 && own.every((effect) => effect.hidden);
    }
    const none = $("#no-match");
    if (none) none.hidden = effects.some((effect) => !effect.hidden);
  }

  // An event says only that something moved; then the live parts are fetched and put in place of the old ones.
  // The forms are not among them, so what is typed stays.
  function live() {
    const { events, fragment } = document.body.dataset;
    if (!events) return;
    let busy = false;
    let again = false;
    const look = () => {
      if (busy) { again = true; return; }
      busy = true;
      const request = new XMLHttpRequest();
      request.open("GET", fragment ?? location.href);
      request.responseType = "document";
      request.timeout = 15000;
      request.onload = () => {
        if (request.status === 200 && $("[data-live]", request.response)) replace(request.response);
        else if (request.status === 200) signedOut();
      };
      request.onloadend = () => {
        busy = false;
        if (again) { again = false; look(); }
      };
      request.send();
    };
    let late;
    const connect = () => {
      const source = new EventSource(events);
      source.addEventListener("moved", look);
      source.onopen = () => {
        clearTimeout(late);
        late = undefined;
        $("#lost").hidden = true;
      };
      source.onerror = () => {
        // A stream ends now and then by design; only seconds that are not bridged are worth a word.
        late ??= setTimeout(() => { $("#lost").hidden = false; }, 3000);
        if (source.readyState !== EventSource.CLOSED) return;
        // An answer that is no stream: the daemon is not ready, or the session has ended.
        look();
        setTimeout(connect, 5000);
      };
    };
    connect();
  }

  // The session has ended. With something typed, the page stays: it can be saved, or sent after signing in elsewhere.
  function signedOut() {
    if ($$("main textarea").every((field) => field.value === "")) return location.reload();
    const lost = $("#lost");
    lost.textContent = "You are signed out. Sign in in another tab, then go on here; what you typed is kept.";
    lost.hidden = false;
  }

  function replace(fresh) {
    for (const old of $$("[data-live]")) {
      const next = fresh.getElementById(old.id);
      if (!next) continue;
      const focused = old.contains(document.activeElement) ? document.activeElement : null;
      const key = focused?.id || focused?.dataset.open;
      const node = document.importNode(next, true);
      for (const kept of $$("[data-keep]", node)) {
        const was = $(`[data-keep="${kept.dataset.keep}"]`, old);
        if (was) kept.replaceWith(was);
      }
      const news = node.dataset.announce;
      if (news && news !== old.dataset.announce) say(news);
      old.replaceWith(node);
      if (key) (document.getElementById(key) ?? $(`[data-open="${CSS.escape(key)}"]`))?.focus();
    }
    document.title = fresh.title;
    forms();
    narrow();
    tick();
  }

  // What may still be answered follows the bar; the fields keep what was typed, and say why they are closed.
  function forms() {
    const bar = $("#live-bar");
    if (!bar) return;
    for (const name of ["approve", "reject"]) {
      const section = document.getElementById(name);
      if (!section) continue;
      const seen = $('input[name="digest"]', section).value;
      const stale = seen !== bar.dataset.digest;
      const may = !stale && bar.dataset[name] === "true";
      const why = stale ? "The change is not the one you looked at any more: load the page again." : bar.dataset.why;
      $("fieldset", section).disabled = !may;
      const note = $("[data-why]", section);
      note.textContent = may ? "" : why;
      note.hidden = may;
      const dialog = section.closest("dialog");
      if (!may && dialog?.open) $("[data-close]", dialog)?.closest("fieldset")?.disabled && dialog.focus();
    }
    const closed = $("#form-note");
    const lost = !bar.dataset.approve.includes("true") && $$(".decide textarea").some((field) => field.value !== "");
    closed.hidden = !lost;
    closed.textContent = lost ? `${bar.dataset.why} What you typed is still in the form.` : "";
  }

  function clock() {
    setInterval(tick, 1000);
    tick();
  }

  function tick() {
    const now = Date.now();
    for (const time of $$("time[data-ago], time[data-countdown]")) {
      const seconds = Math.round((Date.parse(time.dateTime) - now) / 1000);
      const text = relative(seconds);
      if (time.textContent !== text) time.textContent = text;
      if ("countdown" in time.dataset) {
        time.parentElement.classList.toggle("soon", seconds < 300);
        for (const [mark, words] of [[300, "5 minutes"], [60, "1 minute"]]) {
          if (seconds <= mark && seconds > mark - 5 && !(`said${mark}` in document.body.dataset)) {
            document.body.dataset[`said${mark}`] = "";
            say(`${words} left to answer.`);
          }
        }
      }
    }
  }

  function relative(seconds) {
    const s = Math.abs(seconds);
    const span =
      s < 5 ? "" :
      s < 60 ? `${s} s` :
      s < 3600 ? `${Math.floor(s / 60)} min` :
      s < 86400 ? `${Math.floor(s / 3600)} h${s % 3600 >= 60 ? ` ${Math.floor((s % 3600) / 60)} min` : ""}` :
      s < 172800 ? "1 day" : `${Math.floor(s / 86400)} days`;
    if (span === "") return "just now";
    return seconds < 0 ? `${span} ago` : `in ${span}`;
  }
});
