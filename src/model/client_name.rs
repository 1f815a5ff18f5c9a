//! The MCP clients by name. Reading a client's configuration and writing its settings use the same id.

/// The name of an MCP client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClientName {
    /// For programs: kebab-case, also the name of the policy format.
    pub id: &'static str,
    /// For people.
    pub title: &'static str,
}

impl ClientName {
    pub const AMAZON_Q: Self = Self { id: "amazon-q", title: "Amazon Q Developer" };
    pub const AMP: Self = Self { id: "amp", title: "Amp" };
    pub const CLAUDE_CODE: Self = Self { id: "claude-code", title: "Claude Code" };
    pub const CLAUDE_DESKTOP: Self = Self { id: "claude-desktop", title: "Claude Desktop" };
    pub const CLINE: Self = Self { id: "cline", title: "Cline" };
    pub const CLINE_CLI: Self = Self { id: "cline-cli", title: "Cline CLI" };
    pub const CODEX: Self = Self { id: "codex", title: "Codex" };
    pub const CONTINUE: Self = Self { id: "continue", title: "Continue" };
    pub const COPILOT_CLI: Self = Self { id: "copilot-cli", title: "Copilot CLI" };
    pub const COPILOT_MANAGED: Self = Self { id: "copilot-managed", title: "Copilot CLI, managed" };
    pub const CRUSH: Self = Self { id: "crush", title: "Crush" };
    pub const CURSOR: Self = Self { id: "cursor", title: "Cursor" };
    pub const CURSOR_CLI: Self = Self { id: "cursor-cli", title: "Cursor CLI" };
    pub const DROID: Self = Self { id: "droid", title: "Factory Droid" };
    pub const GEMINI_CLI: Self = Self { id: "gemini-cli", title: "Gemini CLI" };
    pub const GEMINI_POLICIES: Self = Self { id: "gemini-policies", title: "Gemini CLI's policy engine" };
    pub const GOOSE: Self = Self { id: "goose", title: "Goose" };
    pub const JETBRAINS: Self = Self { id: "jetbrains", title: "JetBrains" };
    pub const KILO: Self = Self { id: "kilo", title: "Kilo" };
    pub const KIRO: Self = Self { id: "kiro", title: "Kiro" };
    pub const LM_STUDIO: Self = Self { id: "lm-studio", title: "LM Studio" };
    pub const OPENCODE: Self = Self { id: "opencode", title: "OpenCode" };
    pub const QWEN_CODE: Self = Self { id: "qwen-code", title: "Qwen Code" };
    pub const ROO: Self = Self { id: "roo", title: "Roo Code" };
    pub const VSCODE: Self = Self { id: "vscode", title: "VS Code" };
    pub const WARP: Self = Self { id: "warp", title: "Warp" };
    pub const WINDSURF: Self = Self { id: "windsurf", title: "Windsurf" };
    pub const ZED: Self = Self { id: "zed", title: "Zed" };
}
