//! Packages of several languages.

use super::extract;
use super::extraction::ServerGapKind;
use super::manifest::Manifest;
use super::source_tree::SourceTree;

fn names(files: &[(&str, &str)]) -> Vec<String> {
    let mut tree = SourceTree::default();
    files.iter().for_each(|(path, text)| tree.add(path, text.as_bytes().to_vec()));
    extract(&tree, &Manifest::from_tree(&tree)).tools.into_iter().map(|tool| tool.name).collect()
}

#[test]
fn scripts_beside_a_module_are_not_its_server_unless_they_are_a_package_too() {
    let module = ("go.mod", "module example.org/shop\n");
    let main = (
        "main.go",
        "package main\nimport \"github.com/mark3labs/mcp-go/mcp\"\nfunc main() { s.AddTool(mcp.NewTool(\"sell\"), nil) }\n",
    );
    let script = (
        "scripts/check.py",
        "from mcp.server.fastmcp import FastMCP\nmcp = FastMCP('x')\n@mcp.tool()\ndef check(): ...\nmcp.run()\n",
    );
    assert_eq!(names(&[module, main, script]), ["sell"]);
    assert_eq!(names(&[module, script]), ["check"]);
    let package = ("pyproject.toml", "[project]\nname = 'shop'\n");
    assert_eq!(names(&[module, main, script, package]), ["check", "sell"]);
    // The files of a module in a package of another language are not its server.
    assert!(names(&[main, ("package.json", "{\"name\": \"shop\"}")]).is_empty());
}

#[test]
fn a_server_that_is_a_compiled_program_is_told_from_source_without_tools() {
    let kinds = |program: &[u8]| {
        let mut tree = SourceTree::default();
        tree.add("shop/__init__.py", b"import os\nos.execv(path, args)\n".to_vec());
        tree.add("shop/bin/shop", program.to_vec());
        let gaps = extract(&tree, &Manifest::from_tree(&tree)).gaps;
        gaps.into_iter().map(|gap| gap.kind).collect::<Vec<_>>()
    };
    assert_eq!(kinds(b"\x7fELF\x02\x01\x01\0"), [ServerGapKind::Compiled]);
    assert_eq!(kinds(b"#!/bin/sh\nexec"), [ServerGapKind::NoRegistration]);
}
