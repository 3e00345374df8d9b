// Tables that are too wide scroll, and the theme wraps them once a page is shown: the wrapping can
// be reached and scrolled with keys, too.
const reachable = () => {
  for (const each of document.querySelectorAll(".md-typeset__scrollwrap")) {
    const isWide = each.scrollWidth > each.clientWidth
    each.toggleAttribute("tabindex", isWide)
    if (isWide) each.tabIndex = 0
  }
}

addEventListener("resize", reachable)
new MutationObserver(reachable).observe(document.body, { childList: true, subtree: true })
reachable()
