// Tables that are wider than a phone scroll: let the keyboard reach them, too.
function makeTablesFocusable() {
  for (const box of document.querySelectorAll(".md-typeset__scrollwrap:not([tabindex])")) {
    box.tabIndex = 0;
    box.setAttribute("role", "region");
    box.setAttribute("aria-label", "Table");
  }
}

// The theme wraps tables after the page has loaded.
new MutationObserver(makeTablesFocusable).observe(document.body, { childList: true, subtree: true });
makeTablesFocusable();
