// What HTML can't say: a live view that can be paused, and that says when the emulator is gone.
"use strict";

const pause = document.getElementById("pause");
const offline = document.getElementById("offline");

document.body.addEventListener("htmx:beforeRequest", (event) => {
  const polls = event.detail.requestConfig.path.startsWith("/console/live");
  if (polls && (pause.getAttribute("aria-pressed") === "true" || document.hidden)) {
    event.preventDefault();
  }
});

document.body.addEventListener("htmx:afterRequest", (event) => {
  // Status 0 is an answer that never came.
  offline.hidden = event.detail.xhr.status !== 0;
});

pause?.addEventListener("click", () => {
  const paused = pause.getAttribute("aria-pressed") !== "true";
  pause.setAttribute("aria-pressed", String(paused));
});
