// The one script of the desk. Every page works without it; it keeps an open page up to date.
"use strict";

// The only way in which text becomes elements here: parts of pages that this desk rendered, where everything that
// others wrote is escaped.
const parts = window.trustedTypes
  ? window.trustedTypes.createPolicy("colloque", { createHTML: (html) => html })
  : { createHTML: (html) => html };

const said = document.getElementById("said");
const part = document.getElementById("part");

// One part at a time, and once more if something came meanwhile.
let loading = false;
let again = false;

async function refresh() {
  // What nobody sees is not fetched: a thread that is fetched counts as displayed, and its author is told so.
  if (!part || document.hidden) {
    return;
  }
  if (loading) {
    again = true;
    return;
  }
  loading = true;
  try {
    const answer = await fetch(part.dataset.part, { redirect: "manual", headers: { accept: "text/html" } });
    if (answer.type === "opaqueredirect" || answer.status === 401) {
      location.reload();
      return;
    }
    if (answer.ok) {
      const before = part.lastElementChild && part.lastElementChild.id;
      const follows = window.innerHeight + window.scrollY >= document.body.scrollHeight - 160;
      const made = document.createElement("template");
      made.innerHTML = parts.createHTML(await answer.text());
      // What has not changed stays, with the focus and the selection in it.
      if (made.innerHTML.trim() !== part.innerHTML.trim()) {
        part.replaceChildren(made.content);
      }
      const last = part.lastElementChild;
      if (follows && last && last.id !== before && part.dataset.of) {
        last.scrollIntoView({ block: "nearest" });
      }
    }
  } finally {
    loading = false;
    if (again) {
      again = false;
      refresh();
    }
  }
}

function heard(message) {
  if (message.kind === "state") {
    const typing = document.querySelector("textarea, input[type=password]");
    // Something typed is not thrown away for a change of the connection; a locked desk is seen at the next act.
    if (!typing || !typing.value) {
      location.reload();
    }
    return;
  }
  const [thread, line] = message.data.split("\n");
  if (line) {
    said.textContent = line;
  }
  if (part && (!part.dataset.of || !thread || part.dataset.of === thread)) {
    refresh();
  }
}

// One stream for all tabs: browsers open few connections to one server. The tab that holds the lock listens and tells
// the others.
function listen() {
  const channel = new BroadcastChannel("colloque");
  channel.onmessage = (event) => heard(event.data);
  // Another tab may have listened alone since this page was made.
  refresh();
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
    source.onopen = refresh;
    window.addEventListener("pagehide", resolve);
  }));
}

// The keys stay in memory while somebody is here: at most one word a minute about it.
let attended = 0;
function attend() {
  if (Date.now() - attended > 60000) {
    attended = Date.now();
    post("/live/attended", {});
  }
}

function post(where, fields) {
  const body = new URLSearchParams({ token: document.body.dataset.token, ...fields });
  return fetch(where, { method: "POST", body, redirect: "manual", keepalive: true });
}

if (document.body.dataset.live) {
  listen();
  document.addEventListener("visibilitychange", refresh);
  for (const kind of ["keydown", "pointerdown"]) {
    document.addEventListener(kind, attend, { passive: true });
  }
}

// Ctrl+Enter sends, as in other programs.
document.addEventListener("keydown", (event) => {
  const form = event.target.closest && event.target.closest("form.send");
  if (form && event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    form.requestSubmit();
  }
});
