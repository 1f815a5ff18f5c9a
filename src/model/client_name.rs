//! The names of MCP clients. The readers of client configurations and the writers of client policies use the same ids.

/// The name of an MCP client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClientName {
    /// Kebab-case id, also the name of the policy format.
    pub id: &'static str,
    /// The display name.
    pub title: &'static str,
}

impl ClientName {
    pub(crate) const AMAZON_Q: Self = Self { id: "amazon-q", title: "Amazon Q Developer" };
    pub(crate) const AMP: Self = Self { id: "amp", title: "Amp" };
    pub(crate) const ANTIGRAVITY: Self = Self { id: "antigravity", title: "Antigravity" };
    pub(crate) const AUGMENT: Self = Self { id: "augment", title: "Augment" };
    pub(crate) const CLAUDE_CODE: Self = Self { id: "claude-code", title: "Claude Code" };
    pub(crate) const CLAUDE_DESKTOP: Self = Self { id: "claude-desktop", title: "Claude Desktop" };
    pub(crate) const CLINE: Self = Self { id: "cline", title: "Cline" };
    pub(crate) const CLINE_CLI: Self = Self { id: "cline-cli", title: "Cline CLI" };
    pub(crate) const CODEX: Self = Self { id: "codex", title: "Codex" };
    pub(crate) const CONTINUE: Self = Self { id: "continue", title: "Continue" };
    pub(crate) const COPILOT_CLI: Self = Self { id: "copilot-cli", title: "Copilot CLI" };
    pub(crate) const COPILOT_MANAGED: Self = Self { id: "copilot-managed", title: "Copilot CLI, managed" };
    pub(crate) const CRUSH: Self = Self { id: "crush", title: "Crush" };
    pub(crate) const CURSOR: Self = Self { id: "cursor", title: "Cursor" };
    pub(crate) const CURSOR_CLI: Self = Self { id: "cursor-cli", title: "Cursor CLI" };
    pub(crate) const DEEPAGENTS: Self = Self { id: "deepagents", title: "Deep Agents" };
    pub(crate) const DROID: Self = Self { id: "droid", title: "Factory Droid" };
    pub(crate) const GEMINI_CLI: Self = Self { id: "gemini-cli", title: "Gemini CLI" };
    pub(crate) const GEMINI_POLICIES: Self = Self { id: "gemini-policies", title: "Gemini CLI's policy engine" };
    pub(crate) const GOOSE: Self = Self { id: "goose", title: "Goose" };
    pub(crate) const GROK: Self = Self { id: "grok", title: "Grok CLI" };
    pub(crate) const HERMES: Self = Self { id: "hermes", title: "Hermes" };
    pub(crate) const JETBRAINS: Self = Self { id: "jetbrains", title: "JetBrains" };
    pub(crate) const KILO: Self = Self { id: "kilo", title: "Kilo" };
    pub(crate) const KIMI_CODE: Self = Self { id: "kimi-code", title: "Kimi Code" };
    pub(crate) const KIRO: Self = Self { id: "kiro", title: "Kiro" };
    pub(crate) const LIBRECHAT: Self = Self { id: "librechat", title: "LibreChat" };
    pub(crate) const LM_STUDIO: Self = Self { id: "lm-studio", title: "LM Studio" };
    pub(crate) const MUSE_CODE: Self = Self { id: "muse-code", title: "Muse Code" };
    pub(crate) const OPENCLAW: Self = Self { id: "openclaw", title: "OpenClaw" };
    pub(crate) const OPENCODE: Self = Self { id: "opencode", title: "OpenCode" };
    pub(crate) const OPEN_WEBUI: Self = Self { id: "open-webui", title: "Open WebUI" };
    pub(crate) const QWEN_CODE: Self = Self { id: "qwen-code", title: "Qwen Code" };
    pub(crate) const REASONIX: Self = Self { id: "reasonix", title: "Reasonix" };
    pub(crate) const ROO: Self = Self { id: "roo", title: "Roo Code" };
    pub(crate) const ROVO_DEV: Self = Self { id: "rovo-dev", title: "Rovo Dev" };
    pub(crate) const TAKT: Self = Self { id: "takt", title: "Takt" };
    pub(crate) const TRAE: Self = Self { id: "trae", title: "Trae" };
    /// Whatever client reads a file that stands at no known path.
    pub(crate) const UNKNOWN: Self = Self { id: "unknown", title: "an MCP client" };
    pub(crate) const VIBE: Self = Self { id: "vibe", title: "Vibe" };
    pub(crate) const VISUAL_STUDIO: Self = Self { id: "visual-studio", title: "Visual Studio" };
    pub(crate) const VSCODE: Self = Self { id: "vscode", title: "VS Code" };
    pub(crate) const WARP: Self = Self { id: "warp", title: "Warp" };
    pub(crate) const WINDSURF: Self = Self { id: "windsurf", title: "Devin Desktop (Windsurf)" };
    pub(crate) const ZED: Self = Self { id: "zed", title: "Zed" };
}
