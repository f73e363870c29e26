// The console's own script. All of it is comfort: without it every page works by plain links and forms.
//
//   [data-copy="ID"]  a button that copies the text of the element with that id
//   [data-once]       holds a secret; emptied when the page is left, so that no cache can bring it back
//   #dialog           where htmx, or the server, puts a <dialog>; it becomes modal here
//   a[data-dismiss]   the link by which a dialog is left; Esc follows it too, unless the dialog has closedby="none"
//   #toasts           messages; each leaves after eight seconds unless [data-stay], button[data-dismiss] closes it
//   form[data-opens]  its field "code" is filled from the fragment of the address, which is then forgotten, and sent
//   #lost             <template> of the message for an answer that never came
"use strict";
(() => {
  const slot = document.getElementById("dialog");
  const toasts = document.getElementById("toasts");

  // Says a word to who cannot see it. A modal dialog silences all that is outside, so each has a voice of its own.
  function voice(around) {
    let region = around.querySelector(":scope > [data-voice]");
    if (!region) {
      region = document.createElement("p");
      region.className = "vh";
      region.dataset.voice = "";
      region.role = "status";
      around.append(region);
    }
    return region;
  }
  function say(near, text) {
    const region = voice(near.closest("dialog") ?? document.body);
    region.textContent = "";
    setTimeout(() => { region.textContent = text; }, 50);
  }

  // Copying. Where there is no clipboard (plain http), the old command; where that fails too, the text is selected.
  function select(element) {
    const range = document.createRange();
    range.selectNodeContents(element);
    const selection = getSelection();
    selection.removeAllRanges();
    selection.addRange(range);
  }
  async function copy(button) {
    const source = document.getElementById(button.dataset.copy);
    let copied = true;
    try {
      // A value is what it is; around a snippet the template has line breaks of its own.
      const text = source.matches("output") ? source.textContent : source.textContent.trim();
      await navigator.clipboard.writeText(text);
    } catch {
      select(source);
      copied = document.execCommand("copy");
    }
    show(button, copied ? "Copied" : "Selected");
    say(button, copied ? "Copied" : "Selected. Copy it with your keyboard.");
  }
  function show(button, word) {
    const label = button.querySelector("span");
    const icon = button.querySelector("use");
    clearTimeout(button.reset);
    button.was ??= { text: label?.textContent, href: icon?.getAttribute("href") };
    if (label) label.textContent = word;
    icon?.setAttribute("href", button.was.href.replace(/#.*/, "#i-check"));
    button.reset = setTimeout(() => {
      if (label) label.textContent = button.was.text;
      icon?.setAttribute("href", button.was.href);
    }, 2000);
  }

  // Dialogs. The server sends <dialog open>, which already works; made modal it also holds the focus and hears Esc.
  const served = Boolean(slot?.querySelector("dialog"));
  let opener = null;
  let opened = false;
  function present() {
    const dialog = slot?.querySelector("dialog[open]:not(:modal)");
    if (!dialog) return;
    const focused = document.activeElement;
    const inside = dialog.contains(focused) ? focused : null;
    if (opened) dialog.dataset.again = "";
    else if (!inside && focused !== document.body) opener = mark(focused);
    // What was said before would lie over what the dialog offers.
    if (!opened && !served) for (const toast of toasts?.querySelectorAll(":scope > :not([data-stay])") ?? []) toast.remove();
    opened = true;
    for (const page of document.querySelectorAll(".app[inert]")) page.inert = false;
    voice(dialog);
    dialog.removeAttribute("open");
    dialog.showModal();
    if (!dialog.querySelector("[autofocus]")) (firstOf(dialog, inside) ?? document.activeElement).focus();
    move(toasts, dialog);
  }
  // What is wrong comes first, then what was in hand before the answer came, then what the dialog is for.
  function firstOf(dialog, inside) {
    return dialog.querySelector("[aria-invalid=true]") ?? inside ?? dialog.querySelector(".secret [data-copy]")
      ?? dialog.querySelector("input:not([type=hidden], :disabled), select, textarea");
  }
  function dismiss(dialog) {
    const away = dialog.querySelector("a[data-dismiss]");
    if (served && away) return location.assign(away.href);
    move(toasts, document.body);
    dialog.close();
    slot.replaceChildren();
    opened = false;
    refocus(opener);
    opener = null;
  }

  // Where the keyboard is, in words that still hold when the page around it is new. What is in a menu is found again
  // by the button that opens the menu.
  function mark(element) {
    const menu = element.closest("[popover]");
    const at = (menu && document.querySelector(`[popovertarget="${CSS.escape(menu.id)}"]`)) ?? element;
    const ways = { id: at.id, popovertarget: at.getAttribute("popovertarget"), href: at.getAttribute("href") };
    const selectors = Object.entries(ways).filter(([, value]) => value).map(([name, value]) => `[${name}="${CSS.escape(value)}"]`);
    return { element: at, selectors };
  }
  function refocus(marked) {
    const found = marked?.element.isConnected ? marked.element : marked?.selectors.map((way) => document.querySelector(way)).find(Boolean);
    (found ?? document.getElementById("main"))?.focus();
  }
  // Toasts are shown above a modal dialog only from inside of it.
  function move(element, into) {
    if (!element || element.parentNode === into) return;
    if (into.moveBefore && element.isConnected && into.isConnected) into.moveBefore(element, null);
    else into.append(element);
  }

  // Toasts.
  function watch(toast) {
    if (toast.dataset.stay !== undefined) return;
    let timer;
    const wait = () => { clearTimeout(timer); timer = setTimeout(() => toast.remove(), 8000); };
    const hold = () => clearTimeout(timer);
    const resume = () => { if (!toast.matches(":hover, :focus-within")) wait(); };
    toast.addEventListener("mouseenter", hold);
    toast.addEventListener("focusin", hold);
    toast.addEventListener("mouseleave", resume);
    toast.addEventListener("focusout", () => setTimeout(resume));
    wait();
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-copy]");
    if (button) return void copy(button);
    const away = event.target.closest("[data-dismiss]");
    if (!away || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const toast = away.closest(".toast");
    if (toast) return toast.remove();
    const dialog = away.closest("dialog");
    if (!dialog || served) return;
    event.preventDefault();
    dismiss(dialog);
  });
  document.addEventListener("cancel", (event) => {
    if (!event.target.matches("#dialog dialog")) return;
    event.preventDefault();
    if (event.target.getAttribute("closedby") !== "none") dismiss(event.target);
  }, true);

  let left = null;
  document.addEventListener("htmx:before:swap", () => {
    move(toasts, document.body);
    left = document.activeElement === document.body ? null : mark(document.activeElement);
  });
  document.addEventListener("htmx:before:settle", () => {
    present();
    const dialog = slot?.querySelector("dialog:modal");
    if (dialog) move(toasts, dialog);
  });
  document.addEventListener("htmx:after:settle", () => {
    const closed = opened && !slot.querySelector("dialog");
    // The page behind the dialog is replaced after it, and what opened it may go with that.
    if (closed) [left, opened, opener] = [opener, false, null];
    if (document.activeElement === document.body && (closed || left)) refocus(left);
  });
  document.addEventListener("htmx:error", (event) => {
    const lost = document.getElementById("lost");
    if (event.detail.ctx && lost) toasts?.append(lost.content.cloneNode(true));
  });

  // A link carries its code in the fragment, which goes nowhere by itself.
  const opens = document.querySelector("form[data-opens]");
  if (opens && location.hash.length > 1) {
    opens.elements.code.value = location.hash.slice(1);
    history.replaceState(null, "", location.pathname);
    opens.requestSubmit();
  }

  // A secret is shown once. What the browser keeps of this page for "back" must not hold it.
  addEventListener("pagehide", () => {
    for (const secret of document.querySelectorAll("[data-once]")) secret.textContent = "Shown once, and not again.";
  });

  if (toasts) {
    for (const toast of toasts.children) watch(toast);
    new MutationObserver((changes) => {
      for (const change of changes) for (const node of change.addedNodes) if (node.matches?.(".toast")) watch(node);
    }).observe(toasts, { childList: true });
  }
  voice(document.body);
  present();
})();
