# The formula of a tap. `fill` puts in the version, the owner and the digests of the four archives.
class McpScan < Formula
  desc "Shows what the tools of an MCP server can do, and writes a policy that limits them"
  homepage "https://github.com/OWNER/mcp-scan"
  version "VERSION"
  license any_of: ["MIT", "Apache-2.0"]

  on_macos do
    on_arm do
      url "https://github.com/OWNER/mcp-scan/releases/download/vVERSION/mcp-scan-aarch64-apple-darwin.tar.gz"
      sha256 "SHA256_AARCH64_APPLE_DARWIN"
    end
    on_intel do
      url "https://github.com/OWNER/mcp-scan/releases/download/vVERSION/mcp-scan-x86_64-apple-darwin.tar.gz"
      sha256 "SHA256_X86_64_APPLE_DARWIN"
    end
  end

  on_linux do
    on_arm do
      url "https://github.com/OWNER/mcp-scan/releases/download/vVERSION/mcp-scan-aarch64-unknown-linux-musl.tar.gz"
      sha256 "SHA256_AARCH64_UNKNOWN_LINUX_MUSL"
    end
    on_intel do
      url "https://github.com/OWNER/mcp-scan/releases/download/vVERSION/mcp-scan-x86_64-unknown-linux-musl.tar.gz"
      sha256 "SHA256_X86_64_UNKNOWN_LINUX_MUSL"
    end
  end

  def install
    bin.install "mcp-scan"
    man1.install Dir["man/*.1"]
    bash_completion.install "completions/mcp-scan.bash" => "mcp-scan"
    zsh_completion.install "completions/_mcp-scan"
    fish_completion.install "completions/mcp-scan.fish"
  end

  test do
    (testpath/"listing.json").write('{"tools": [{"name": "delete_file", "inputSchema": {"type": "object"}}]}')
    assert_match "Destructive", shell_output("#{bin}/mcp-scan #{testpath}/listing.json")
  end
end
