// What the theme adds after a page has loaded, made usable by keyboard and screen reader.
function makeAccessible() {
  // Tables that are wider than a phone scroll: let the keyboard reach them, too.
  for (const box of document.querySelectorAll(".md-typeset__scrollwrap:not([tabindex])")) {
    box.tabIndex = 0;
    box.setAttribute("role", "group");
    box.setAttribute("aria-label", "Table");
  }
  // A copy button is no place to navigate to, of which a page would have dozens.
  for (const nav of document.querySelectorAll(".md-code__nav:not([role])")) {
    nav.setAttribute("role", "none");
  }
}

new MutationObserver(makeAccessible).observe(document.body, { childList: true, subtree: true });
makeAccessible();
