//! The console blocks of the README are run, and what they show is what the program prints.

#[test]
fn the_readme_is_true() {
    trycmd::TestCases::new()
        .register_bin("mcp-scan", assert_cmd::cargo::cargo_bin!("mcp-scan"))
        .env("NO_COLOR", "1")
        .case("README.md");
}
