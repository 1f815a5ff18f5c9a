// The pictures of the README and of the book: `npm run screenshots` draws them anew, the pages into docs/catalogue and the
// terminal into docs/first-screen.png.
import { execFileSync } from "node:child_process";
import { join } from "node:path";

import { AnsiUp } from "ansi_up";
import { chromium } from "playwright-core";
import { build, kinds, program, repository, serve } from "./site.js";

const out = join(import.meta.dirname, "../../docs/catalogue");
const built = build();
const pages = kinds(built.site);
const server = await serve(built.site);
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox"] });

const shots = {
  home: { path: pages.home },
  server: { path: pages.server },
  tool: { path: pages.tool },
  policy: { path: `${pages.server}#policy`, colorScheme: "dark" },
  search: { path: pages.search },
  phone: { path: pages["destructive-tool"], colorScheme: "dark", viewport: { width: 390, height: 844 } },
};

for (const [name, { path, ...options }] of Object.entries(shots)) {
  const page = await browser.newPage({ viewport: { width: 1200, height: 800 }, reducedMotion: "reduce", ...options });
  await page.goto(new URL(path, server.address).href);
  await page.waitForLoadState("networkidle");
  await page.screenshot({ path: join(out, `${name}.png`) });
}

// The head of the report; the rest of a long table says nothing more about how it looks.
const report = execFileSync(program, ["--color", "always", "fixtures/listings/example-shop.json"], {
  cwd: repository,
  encoding: "utf8",
  env: { ...process.env, COLUMNS: "100" },
});
const head = report.split("\n").slice(0, 40).join("\n");
const terminal = await browser.newPage({ viewport: { width: 860, height: 100 }, deviceScaleFactor: 2 });
await terminal.setContent(
  `<body style="margin:0;background:#1b1e24"><pre style="margin:0;padding:16px 20px;color:#d7dae0;font:13px/1.4 'DejaVu Sans Mono',monospace">` +
    `$ mcp-scan fixtures/listings/example-shop.json\n${new AnsiUp().ansi_to_html(head)}</pre></body>`,
);
await terminal.screenshot({ path: join(out, "../first-screen.png"), fullPage: true });

await browser.close();
server.stop();
built.remove();
