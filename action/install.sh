#!/usr/bin/env bash
# Gets the mcp-scan of the GitHub Action: the release with the version that is asked for, or the one that the action itself was
# used at; its checksum is compared. Where there is none, the source of the action is built, once for each version of it.
#
# In: MCP_SCAN_VERSION, MCP_SCAN_ACTION_REF, MCP_SCAN_ACTION_REPOSITORY, GH_TOKEN, and what GitHub gives every step.
# Out: the program in $RUNNER_TEMP/mcp-scan/bin.
set -euo pipefail

bin="$RUNNER_TEMP/mcp-scan/bin"
mkdir -p "$bin"
version="${MCP_SCAN_VERSION#v}"
if [ -z "$version" ] && [[ "${MCP_SCAN_ACTION_REF:-}" =~ ^v([0-9]+\.[0-9]+\.[0-9]+)$ ]]; then version="${BASH_REMATCH[1]}"; fi
if [ -n "$version" ] && [[ ! "$version" =~ ^[0-9]+\.[0-9]+\.[0-9]+$ ]]; then
  echo "::error title=mcp-scan::the input version is no version such as 1.2.0"
  exit 2
fi

case "$(uname -s) $(uname -m)" in
  'Linux x86_64') target=x86_64-unknown-linux-musl ;;
  'Linux aarch64') target=aarch64-unknown-linux-musl ;;
  'Darwin x86_64') target=x86_64-apple-darwin ;;
  'Darwin arm64') target=aarch64-apple-darwin ;;
  *) target= ;;
esac

download() {
  local archive="mcp-scan-$target.tar.gz" folder="$RUNNER_TEMP/mcp-scan-release"
  rm -rf "$folder"
  gh release download "v$version" --repo "$MCP_SCAN_ACTION_REPOSITORY" --pattern "mcp-scan-$target.*" --dir "$folder" || return 1
  # A release whose bytes are not what it states is no reason to build something else in silence.
  (cd "$folder" && sha256sum --check --quiet "mcp-scan-$target.sha256") || exit 1
  tar -xzf "$folder/$archive" -C "$bin" mcp-scan
}

if [ -n "$version" ] && [ -n "$target" ] && download; then exit 0; fi
if [ -n "${MCP_SCAN_VERSION:-}" ]; then
  echo "::error title=mcp-scan::there is no release $version of $MCP_SCAN_ACTION_REPOSITORY for this system"
  exit 2
fi
if [ -x "$bin/mcp-scan" ]; then exit 0; fi
cargo install --quiet --locked --path "$GITHUB_ACTION_PATH" --root "$RUNNER_TEMP/mcp-scan"
