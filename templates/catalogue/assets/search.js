// The search page. MiniSearch matches and ranks; this file only fetches the parts of the index that a query needs, so
// that a query costs the same at ten tools and at half a million. The parts are scripts rather than JSON, because a
// page that was opened from disk may load scripts beside it and nothing else.
"use strict";
(() => {
  const MOST_WORDS = 6;
  const MOST_SHOWN = 50;
  const { starts, buckets, signals, categories, pages } = window.mcpScanSearch.root;
  const box = document.querySelector("#query");
  const list = document.querySelector("#results");
  const status = document.querySelector("#status");
  const root = document.querySelector("#search").dataset.root;
  const parts = new Map();

  const part = (name) => {
    if (!parts.has(name)) {
      parts.set(name, new Promise((done, failed) => {
        const script = document.createElement("script");
        script.src = `${name}.js`;
        script.onload = () => done(window.mcpScanSearch[name]);
        script.onerror = () => { parts.delete(name); failed(new Error(`${name}.js cannot be read`)); };
        document.head.append(script);
      }));
    }
    return parts.get(name);
  };

  // Words as the builder of the index cuts them: at separators and at changes of case.
  const cut = (text) => text
    .replace(/([\p{Ll}\p{N}])(\p{Lu})/gu, "$1 $2").replace(/(\p{Lu})(\p{Lu}\p{Ll})/gu, "$1 $2")
    .toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
  const cuts = new Map();
  const wordsOf = (text) => {
    if (!cuts.has(text)) cuts.set(text, cut(text));
    return cuts.get(text);
  };

  // The parts of the index in which words that begin with `word` stand.
  const partsWith = (word) => {
    let [low, high] = [0, starts.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (starts[middle] <= word) low = middle + 1; else high = middle;
    }
    const first = Math.max(low - 1, 0);
    const next = starts[first + 1];
    return next?.startsWith(word) && starts[first] !== word ? [first, first + 1] : [first];
  };

  // Where both words of a name are common, the tools that have both stand under the two as one.
  const pairsOf = (words) => words.slice(1, 4).map((word, at) => words[at] + word);

  const partsOf = (words) => Promise.all([...new Set(words.flatMap(partsWith))].map((number) => part(`tools-${number}`)));

  const toolsWith = async (words) => {
    const found = new Map();
    for (const { servers, tools } of await partsOf([...words, ...pairsOf(words)])) {
      for (const [at, name, slug, category, score, description, has] of tools) {
        const [server, folder, packaged] = servers[at];
        const isServer = category === null;
        const id = isServer ? `servers/${folder}/index.html` : `servers/${folder}/${slug}/index.html`;
        const texts = has.map((signal) => signals[signal]).join(" ");
        found.set(id, { id, name, server, packaged, score, description, category: isServer ? "Server" : categories[category], signals: texts, isServer });
      }
    }
    return found;
  };

  const indexOf = (tools) => {
    const index = new MiniSearch({
      fields: ["name", "server", "packaged", "category", "signals", "description"],
      tokenize: wordsOf,
      searchOptions: { boost: { name: 6, server: 3, packaged: 3, category: 2 }, prefix: true },
    });
    index.addAll(tools.values());
    return index;
  };

  // What may have been meant by a word that no tool has. A single slip leaves the first two letters or the last two as
  // they are, so the words are kept by both.
  const nearest = async (word) => {
    const letters = [...word].map((letter) => letter.codePointAt(0));
    if (letters.length < 4 || buckets === 0) return [];
    const bucket = ([a, b]) => (31 * a + b) % buckets;
    const both = [bucket(letters), bucket(letters.slice(-2))];
    const known = new Set((await Promise.all([...new Set(both)].map((number) => part(`words-${number}`)))).flat());
    const swapped = [...word].slice(1).map((letter, at) => word.slice(0, at) + letter + word[at] + word.slice(at + 2));
    const turned = swapped.filter((other) => known.has(other));
    const index = new MiniSearch({ fields: ["id"], tokenize: (text) => [text] });
    const slips = letters.length < 6 ? 1 : 2;
    const alike = [...known].filter((other) => Math.abs(other.length - word.length) <= slips);
    index.addAll(alike.map((id) => ({ id })));
    const near = index.search(word, { fuzzy: slips }).map(({ id }) => id);
    return [...new Set([...turned, ...near])].slice(0, 3);
  };

  const search = async (query) => {
    const words = [...new Set(wordsOf(query))].slice(0, MOST_WORDS);
    // Asked for now and waited for below: one way there and back less.
    partsOf(pairsOf(words)).catch(() => {});
    const meant = await Promise.all(words.map(async (word) => {
      const isKnown = pages.some(([, title]) => wordsOf(title).some((known) => known.startsWith(word)))
        || (await partsOf([word])).some((part) => part.words.some((known) => known.startsWith(word)));
      const near = isKnown ? [] : await nearest(word);
      return near.length > 0 ? near : [word];
    }));
    const corrected = [...new Set(meant.flat())];
    const tools = await toolsWith(corrected);
    for (const [kind, title, id] of pages) tools.set(id, { id, name: title, server: "", packaged: "", description: "", category: kind, signals: "", isPage: true });
    const index = indexOf(tools);
    const queries = meant.map((others) => ({ combineWith: "OR", queries: others }));
    const withAll = index.search({ combineWith: "AND", queries });
    const results = withAll.length > 0 ? withAll : index.search({ combineWith: "OR", queries });
    return { words, corrected, tools: results.map(({ id }) => tools.get(id)) };
  };

  const element = (name, className, ...children) => {
    const made = document.createElement(name);
    if (className) made.className = className;
    made.append(...children);
    return made;
  };

  const row = (tool) => {
    const link = element("a", "name", tool.name);
    link.href = root + tool.id;
    const told = tool.description ? [element("p", "quiet", tool.description)] : [];
    if (tool.isServer || tool.isPage) {
      const kind = element("span", "end", element("span", "label", tool.category));
      return element("li", "", element("div", "line", link, " ", kind), ...told);
    }
    const dots = element("span", "dots", ...Array.from({ length: 5 }, () => element("i")));
    dots.ariaHidden = "true";
    const score = element("span", `score s${tool.score}`, dots, " ", element("span", "number", `${tool.score}/5`));
    const label = element("span", `label ${tool.category.toLowerCase()}`, tool.category);
    const line = element("div", "line", link, " ", element("span", "quiet", tool.server), " ", element("span", "end", label, " ", score));
    return element("li", "", line, ...told);
  };

  const told = ({ words, corrected, tools }) => {
    const noun = tools.every((found) => !found.isServer && !found.isPage) ? "tool" : "result";
    const unknown = words.filter((word) => !corrected.includes(word));
    const asked = unknown.length > 0 ? ` for ${corrected.map((word) => `“${word}”`).join(", ")}; nothing has ${unknown.map((word) => `“${word}”`).join(" or ")}` : "";
    if (tools.length === 0) return "Nothing has these words. Try fewer or other words, or go by category, signal or server.";
    if (tools.length > MOST_SHOWN) return `The best ${MOST_SHOWN} ${noun}s${asked}.`;
    return tools.length === 1 ? `1 ${noun}${asked}.` : `${tools.length} ${noun}s${asked}.`;
  };

  let latest = 0;
  const run = async () => {
    const turn = ++latest;
    const query = box.value.trim();
    history.replaceState(null, "", query ? `?q=${encodeURIComponent(query)}` : location.pathname);
    try {
      const found = query ? await search(query) : null;
      if (turn !== latest) return;
      list.replaceChildren(...(found ? found.tools.slice(0, MOST_SHOWN).map(row) : []));
      status.textContent = found ? told(found) : "";
    } catch (cause) {
      if (turn === latest) status.textContent = `The search failed: ${cause.message}.`;
    }
  };

  document.querySelector("#search").hidden = false;
  document.querySelector("#search form").addEventListener("submit", (event) => { event.preventDefault(); run(); });
  box.addEventListener("input", run);
  box.value = new URLSearchParams(location.search).get("q") ?? "";
  if (box.value) run();
  box.focus();
})();
