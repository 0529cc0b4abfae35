// The one script of the desk. Every page works without it; it keeps an open page up to date.
"use strict";

// The only way in which text becomes elements here: parts of pages that this desk rendered, where everything that
// others wrote is escaped.
const parts = window.trustedTypes
  ? window.trustedTypes.createPolicy("colloque", { createHTML: (html) => html })
  : { createHTML: (html) => html };

const said = document.getElementById("said");
let part = document.getElementById("part");

// One part at a time, and once more if something came meanwhile.
let loading = false;
let again = false;

// Whether there was an answer to go on with.
async function refresh() {
  // What nobody sees is not fetched: a thread that is fetched counts as displayed, and its author is told so.
  if (!part || document.hidden) {
    return false;
  }
  if (loading) {
    again = true;
    return false;
  }
  loading = true;
  try {
    const answer = await fetch(part.dataset.part, { redirect: "manual", headers: { accept: "text/html" } });
    if (answer.type === "opaqueredirect" || answer.status === 401) {
      leave();
      return false;
    }
    if (answer.ok) {
      const newest = () => part.querySelector("ol > li:last-child");
      const before = newest() && newest().id;
      const follows = window.innerHeight + window.scrollY >= document.body.scrollHeight - 160;
      renew(await answer.text());
      if (follows && newest() && newest().id !== before) {
        newest().scrollIntoView({ block: "nearest" });
      }
      offerAnswer();
    }
    return answer.ok;
  } finally {
    loading = false;
    if (again) {
      again = false;
      refresh();
    }
  }
}

// What may be answered has changed meanwhile: the field comes or goes, with what is typed in it.
function offerAnswer() {
  const may = document.getElementById("may");
  const form = document.querySelector("form.send");
  if (may && form) {
    form.hidden = may.dataset.may !== "yes";
  }
}

// How the connection is. What is typed stays; a desk that was locked shows nothing any more.
// Locked, or over. Not loaded again: that would ask whether to send a form once more, and show the page meanwhile.
function leave() {
  document.getElementById("main").replaceChildren();
  location.replace("/");
}

async function look() {
  const answer = await fetch("/live/state", { redirect: "manual" });
  if (answer.ok) {
    const made = document.createElement("template");
    made.innerHTML = parts.createHTML(await answer.text());
    document.getElementById("state").replaceChildren(made.content);
    refresh();
  } else {
    leave();
  }
}

// Each element takes the place of the one with its name. What has not changed stays the same element, so that no picture
// is loaded again, and focus and selection stay where they are.
function renew(html) {
  const made = document.createElement("template");
  made.innerHTML = parts.createHTML(html);
  const focused = document.activeElement.id;
  for (const fresh of [...document.importNode(made.content, true).children]) {
    const old = document.getElementById(fresh.id);
    if (!old || old.isEqualNode(fresh)) {
      continue;
    }
    for (const inner of fresh.querySelectorAll("[id]")) {
      const same = document.getElementById(inner.id);
      if (same && old.contains(same) && same.isEqualNode(inner)) {
        inner.replaceWith(same);
      }
    }
    old.replaceWith(fresh);
    // Another step than before: whoever does not see it is led there.
    if (fresh.dataset.step && fresh.dataset.step !== old.dataset.step) {
      const heading = fresh.querySelector("h2");
      heading.tabIndex = -1;
      heading.focus();
    }
  }
  part = document.getElementById("part");
  const again = focused && document.getElementById(focused);
  if (again) {
    again.focus({ preventScroll: true });
  }
}

function heard(message) {
  if (message.kind === "state") {
    look();
    return;
  }
  const [thread, line] = message.data.split("\n");
  if (line) {
    said.textContent = line;
    notify();
  }
  if (part && (!part.dataset.of || thread === "-" || part.dataset.of === thread)) {
    refresh();
  }
}

// One stream for all tabs: browsers open few connections to one server. The tab that holds the lock listens and tells
// the others.
function listen() {
  const channel = new BroadcastChannel("colloque");
  channel.onmessage = (event) => heard(event.data);
  // Another tab may have listened alone since this page was made.
  look();
  navigator.locks.request("colloque-events", () => new Promise((resolve) => {
    const source = new EventSource("/live/events");
    for (const kind of ["changed", "said", "state"]) {
      source.addEventListener(kind, (event) => {
        const message = { kind, data: event.data };
        channel.postMessage(message);
        heard(message);
      });
    }
    // Something may have happened since the page was made, or while there was no stream.
    source.onopen = look;
    // A browser that keeps the page to come back to would keep the stream as well, and has few connections.
    window.addEventListener("pagehide", () => {
      source.close();
      resolve();
    });
  }));
}

// A page that the browser had kept shows what was, perhaps from before a lock: it is asked for anew.
window.addEventListener("pageshow", (event) => {
  if (event.persisted) {
    location.reload();
  }
});

// The keys stay in memory while somebody is here: at most one word a minute about it.
let attended = 0;
function attend() {
  if (Date.now() - attended > 60000) {
    attended = Date.now();
    post("/live/attended", {});
  }
}

// Outside these pages nothing is told but that there is something: who and what stays here.
function notify() {
  if (document.hidden && window.Notification && Notification.permission === "granted") {
    new Notification("Colloque", { tag: "colloque", body: document.body.dataset.notice });
  }
}

const asks = document.getElementById("notify");
if (asks && window.Notification) {
  const told = document.getElementById("notified");
  const show = () => {
    asks.hidden = Notification.permission !== "default";
    told.textContent = { granted: told.dataset.on, denied: told.dataset.off }[Notification.permission] || "";
  };
  asks.addEventListener("click", () => Notification.requestPermission().then(show));
  show();
}

// A picture that is chosen is read at once.
const picture = document.getElementById("picture");
if (picture) {
  picture.addEventListener("change", () => picture.form.requestSubmit());
}

// A passphrase is typed once where it can be looked at.
const reveal = document.getElementById("reveal");
if (reveal) {
  const passphrase = document.getElementById("passphrase");
  reveal.hidden = false;
  reveal.addEventListener("click", () => {
    const isShown = passphrase.type === "text";
    passphrase.type = isShown ? "password" : "text";
    reveal.setAttribute("aria-pressed", String(!isShown));
  });
}

const print = document.getElementById("print");
if (print) {
  print.hidden = false;
  print.addEventListener("click", () => window.print());
}

// What is being typed is kept on the device, soon after each pause and when the page is left.
const field = document.querySelector("textarea[data-draft]");
// For whom, while it belongs to no conversation yet.
const chosen = document.getElementById("patient");
// By which the text that is kept is known here, for each of them. Another window may have written another one.
const known = {};
// What was sent to be kept last, and for whom: what a form brought back to the page may not be kept yet.
let kept = { text: "" };
let pause = 0;
let keeping = Promise.resolve();
let isSent = false;

const whose = () => (chosen ? chosen.value : "");

function keep() {
  clearTimeout(pause);
  if (isSent || (field.value === kept.text && whose() === kept.patient)) {
    return;
  }
  const before = kept.patient;
  const { text, patient } = kept = { text: field.value, patient: whose() };
  // One after the other: an older state never comes after a newer one.
  keeping = keeping.then(async () => {
    const isKept = await put(patient, text);
    // It has gone over to somebody else; not before it is kept there.
    if (isKept && before !== undefined && before !== patient) {
      await put(before, "");
    }
  }).catch(() => {
    kept = { patient };
    said.textContent = document.body.dataset.unkept;
  });
}

// Whether it is kept: not where another window has written another text.
async function put(patient, text) {
  const fields = { thread: field.dataset.draft, patient, text, known: known[patient] || field.dataset.none };
  const answer = await post("/live/draft", fields);
  if (answer.status === 409) {
    said.textContent = field.dataset.elsewhere;
  } else if (answer.ok) {
    known[patient] = await answer.text();
  } else {
    throw answer;
  }
  return answer.ok;
}

if (field && document.body.dataset.live) {
  known[whose()] = field.dataset.known;
  kept.patient = whose();
  keep();
  if (chosen) {
    chosen.addEventListener("change", keep);
  }
  field.addEventListener("input", () => {
    clearTimeout(pause);
    pause = setTimeout(keep, 500);
  });
  document.addEventListener("visibilitychange", keep);
  window.addEventListener("pagehide", keep);
  field.form.addEventListener("submit", (event) => {
    // A second press sends nothing a second time.
    if (isSent) {
      event.preventDefault();
      return;
    }
    keep();
    isSent = true;
    // A draft that is still under way would be there again after the sending: it arrives first.
    const how = event.submitter;
    event.preventDefault();
    keeping.then(() => {
      if (how && how.name) {
        const more = document.createElement("input");
        more.type = "hidden";
        more.name = how.name;
        more.value = how.value;
        field.form.append(more);
      }
      if (how && how.hasAttribute("formaction")) {
        field.form.action = how.formAction;
      }
      field.form.submit();
    });
  });
}

function post(where, fields) {
  const body = new URLSearchParams({ token: document.body.dataset.token, ...fields });
  return fetch(where, { method: "POST", body, redirect: "manual", keepalive: true });
}

if (document.body.dataset.live) {
  listen();
  document.addEventListener("visibilitychange", look);
  for (const kind of ["keydown", "pointerdown"]) {
    document.addEventListener(kind, attend, { passive: true });
  }
}

// A device that waits to be added by another hears nothing else: each answer comes once there is something new.
async function follow() {
  while (part && part.dataset.follow) {
    if (document.hidden) {
      await new Promise((seen) => document.addEventListener("visibilitychange", seen, { once: true }));
    } else if (!(await refresh())) {
      return;
    }
  }
}
follow();

// Ctrl+Enter sends, as in other programs.
document.addEventListener("keydown", (event) => {
  const form = event.target.id === "text" && event.target.closest("form.send");
  if (form && event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    form.requestSubmit();
  }
});
