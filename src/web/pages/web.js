// The first key belongs to the terminal: nobody should have to click into it.
window.addEventListener("load", () => {
  const focus = () => document.querySelector(".xterm-helper-textarea")?.focus();
  const watch = new MutationObserver(() => {
    if (document.body.classList.contains("-first-byte")) {
      watch.disconnect();
      focus();
    }
  });
  watch.observe(document.body, { attributeFilter: ["class"] });
  window.addEventListener("focus", focus);
});
