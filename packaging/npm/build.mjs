// Makes the npm packages of a release: `node build.mjs VERSION PROGRAMS OUT`. PROGRAMS has a folder for each target of
// `platforms.json` with the program in it; OUT gets a package for each, and the launcher that depends on them.
import { copyFileSync, chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const [version, programs, out] = process.argv.slice(2);
if (!/^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$/.test(version ?? "") || !programs || !out) {
  console.error("usage: node build.mjs VERSION PROGRAMS OUT");
  process.exit(2);
}
const { npm: name } = JSON.parse(readFileSync(join(here, "../names.json"), "utf8"));
const platforms = JSON.parse(readFileSync(join(here, "platforms.json"), "utf8"));
const common = {
  version,
  description: "Shows what the tools of an MCP server can do before an agent gets them, and writes a policy that limits them",
  license: "MIT OR Apache-2.0",
  // npm refuses a statement of provenance for another repository than the manifest names.
  ...(process.env.GITHUB_REPOSITORY && { repository: { type: "git", url: `git+https://github.com/${process.env.GITHUB_REPOSITORY}.git` } }),
};

const write = (folder, manifest, files) => {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
  for (const licence of ["LICENSE-MIT", "LICENSE-APACHE"]) copyFileSync(join(here, "../..", licence), join(folder, licence));
  for (const [from, to] of files) copyFileSync(from, join(folder, to));
};

const optionalDependencies = {};
for (const { target, key, os, cpu, libc } of platforms) {
  const program = os === "win32" ? "mcp-scan.exe" : "mcp-scan";
  const from = join(programs, target, program);
  if (!existsSync(from)) {
    console.error(`error: ${from} is missing: every platform of a release has its program`);
    process.exit(1);
  }
  const platform = `${name}-${key}`;
  optionalDependencies[platform] = version;
  const folder = join(out, key);
  write(folder, { name: platform, ...common, os: [os], cpu: [cpu], ...(libc && { libc: [libc] }) }, [[from, program]]);
  chmodSync(join(folder, program), 0o755);
}
const manifest = { name, ...common, bin: { "mcp-scan": "launcher.mjs" }, type: "module", engines: { node: ">=20" }, optionalDependencies };
write(join(out, "launcher"), manifest, [
  [join(here, "launcher.mjs"), "launcher.mjs"],
  [join(here, "platforms.json"), "platforms.json"],
  [join(here, "../../README.md"), "README.md"],
]);
