// The screenshots of the README: `npm run screenshots` draws them anew into docs/catalogue.
import { join } from "node:path";

import { chromium } from "playwright-core";
import { build, kinds, serve } from "./site.js";

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

await browser.close();
server.stop();
built.remove();
