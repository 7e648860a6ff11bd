"use strict";
(() => {
  // Values where a reader points, touches, or walks with the arrow keys: parts of a picture with
  // data-tip, whose first line is a head.
  const tip = document.body.appendChild(document.createElement("div"));
  tip.id = "tip";
  tip.hidden = true;
  tip.setAttribute("role", "status");
  let on = null;

  const hide = () => {
    if (on) on.classList.remove("on");
    on = null;
    tip.hidden = true;
  };

  const show = (part, x, y) => {
    if (part !== on) {
      if (on) on.classList.remove("on");
      on = part;
      on.classList.add("on");
      tip.replaceChildren(...part.dataset.tip.split("\n").map((line, i) => {
        const row = document.createElement("div");
        const colon = i ? line.lastIndexOf(": ") : -1;
        if (colon > 0) {
          row.append(document.createElement("span"), document.createElement("span"));
          row.firstChild.textContent = line.slice(0, colon) + ":";
          row.lastChild.textContent = line.slice(colon + 2);
        } else row.textContent = line;
        return row;
      }));
      tip.hidden = false;
    }
    const box = tip.getBoundingClientRect(), wide = document.documentElement.clientWidth;
    const left = x + 14 + box.width > wide - 8 ? x - 14 - box.width : x + 14;
    tip.style.left = Math.min(Math.max(8, left), wide - 8 - box.width) + "px";
    tip.style.top = Math.max(8, Math.min(y + 14, innerHeight - 8 - box.height)) + "px";
  };

  const at = (e) => {
    const part = e.target.closest ? e.target.closest("[data-tip]") : null;
    if (part) show(part, e.clientX, e.clientY);
    else hide();
  };
  addEventListener("pointermove", at);
  addEventListener("pointerdown", at);
  addEventListener("scroll", hide, { passive: true });
  document.documentElement.addEventListener("pointerleave", hide);
  addEventListener("keydown", (e) => { if (e.key === "Escape") hide(); });

  const middle = (part) => {
    const b = part.getBoundingClientRect();
    return [b.left + b.width / 2, b.top + b.height / 2];
  };
  // The nearest part in a direction; sideways distance weighs more, so that a row is walked along.
  const next = (parts, from, dx, dy) => {
    const [x, y] = middle(from);
    let best = null, least = Infinity;
    for (const p of parts) {
      const [px, py] = middle(p);
      const along = (px - x) * dx + (py - y) * dy, aside = Math.abs((px - x) * dy) + Math.abs((py - y) * dx);
      if (along > 1 && least > along + 3 * aside) [best, least] = [p, along + 3 * aside];
    }
    return best;
  };
  const ways = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] };
  for (const picture of document.querySelectorAll("figure svg")) {
    const parts = [...picture.querySelectorAll("[data-tip]")];
    if (!parts.length) continue;
    picture.tabIndex = 0;
    picture.addEventListener("keydown", (e) => {
      const way = ways[e.key];
      if (!way || e.altKey || e.ctrlKey || e.metaKey) return;
      e.preventDefault();
      const part = on && picture.contains(on) ? next(parts, on, ...way) || on : parts[0];
      show(part, ...middle(part));
    });
    picture.addEventListener("blur", hide);
  }

  // The contents show the figures of the chapter that is being read, and close when one is chosen.
  const side = document.querySelector(".side");
  if (side && window.IntersectionObserver) {
    side.classList.add("live");
    const watch = new IntersectionObserver((seen) => {
      for (const s of seen) {
        const link = side.querySelector('a[href="#' + s.target.firstElementChild.id + '"]');
        if (link) link.parentNode.classList.toggle("now", s.isIntersecting);
      }
    }, { rootMargin: "-20% 0px -70% 0px" });
    for (const part of document.querySelectorAll("section")) watch.observe(part);
  }
  const menu = document.querySelector("details.toc");
  if (menu) menu.addEventListener("click", (e) => { if (e.target.closest("a")) menu.open = false; });

  // On paper stand the tables that matter, unfolded or not.
  const folded = () => document.querySelectorAll("details.matters:not([open])");
  let opened = [];
  addEventListener("beforeprint", () => { hide(); opened = [...folded()]; for (const d of opened) d.open = true; });
  addEventListener("afterprint", () => { for (const d of opened) d.open = false; });
})();
