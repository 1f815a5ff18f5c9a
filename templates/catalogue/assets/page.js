// What a page can do beyond being read: copy its snippets, filter and order its tools, and open a policy in the format
// that was chosen last. Without it every page says the same.
"use strict";
(() => {
  const all = (selector, from = document) => [...from.querySelectorAll(selector)];

  // Without a secure origin there is no clipboard to write to; the old way asks for a selection.
  const copy = async (pre) => {
    if (navigator.clipboard) return navigator.clipboard.writeText(pre.textContent);
    getSelection().selectAllChildren(pre);
    if (!document.execCommand("copy")) throw new Error("refused");
  };
  for (const pre of all("pre.snippet")) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "copy";
    button.ariaLive = "polite";
    button.textContent = "Copy";
    button.addEventListener("click", async () => {
      button.textContent = await copy(pre).then(() => "Copied", () => "Press Ctrl+C");
      setTimeout(() => { button.textContent = "Copy"; }, 2000);
    });
    const box = document.createElement("div");
    box.className = "copyable";
    pre.replaceWith(box);
    box.append(pre, button);
  }

  // A page that was opened from disk may be refused a store; then the choice holds for the page alone.
  const store = (() => { try { return localStorage; } catch { return undefined; } })();
  const last = store?.getItem("mcp-scan-format");
  for (const tab of all(".tabs input")) {
    if (tab.id === last) tab.checked = true;
    tab.addEventListener("change", () => store?.setItem("mcp-scan-format", tab.id));
  }
  for (const link of all(".formats a")) {
    if (link.hash === `#${last}`) link.className = "chosen";
    link.addEventListener("click", () => store?.setItem("mcp-scan-format", link.hash.slice(1)));
  }

  for (const bar of all(".tool-filter")) {
    const [words, order, status] = ["input", "select", "[role=status]"].map((part) => bar.querySelector(part));
    const groups = all(".group", bar.parentElement);
    const listed = groups.map((group) => all("li", group));
    const name = (row) => row.querySelector(".name").textContent;
    const score = (row) => parseInt(row.querySelector(".number").textContent, 10);
    const orders = { score: (a, b) => score(b) - score(a), name: (a, b) => name(a).localeCompare(name(b)) };
    const show = () => {
      const wanted = words.value.toLowerCase().split(/\s+/);
      let shown = 0;
      groups.forEach((group, at) => {
        const rows = order.value ? listed[at].toSorted(orders[order.value]) : listed[at];
        group.querySelector("ul").append(...rows);
        for (const row of rows) row.hidden = !wanted.every((word) => row.textContent.toLowerCase().includes(word));
        const left = rows.filter((row) => !row.hidden).length;
        group.hidden = left === 0 && !("more" in group.dataset);
        shown += left;
      });
      status.textContent = words.value ? `${shown} ${status.dataset.of} shown` : "";
    };
    words.addEventListener("input", show);
    order.addEventListener("change", show);
    bar.hidden = false;
  }

  for (const bar of all(".server-filter")) {
    const [words, order, status] =
      ["input", "[name=order]", "[role=status]"].map((part) => bar.querySelector(part));
    const answers = bar.parentElement.querySelector(".answers");
    const list = bar.parentElement.querySelector(".servers");
    const listed = all("li", list);
    const name = (row) => row.querySelector(".name").textContent;
    const orders = { tools: (a, b) => b.dataset.tools - a.dataset.tools, name: (a, b) => name(a).localeCompare(name(b)) };
    const show = () => {
      const wanted = words.value.toLowerCase().split(/\s+/);
      list.append(...(order.value ? listed.toSorted(orders[order.value]) : listed));
      const answer = answers.querySelector(":checked").value;
      const fits = (row) => (!answer || row.dataset.answer === answer)
        && wanted.every((word) => row.textContent.toLowerCase().includes(word));
      for (const row of listed) row.hidden = !fits(row);
      const shown = listed.filter((row) => !row.hidden).length;
      status.textContent = shown < listed.length ? `${shown} of ${listed.length} shown` : "";
    };
    for (const part of [words, answers, order]) part.addEventListener("input", show);
    bar.hidden = false;
  }
})();
