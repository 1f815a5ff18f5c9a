//! Builds the program anew when a rule file or a template is added: `include_dir` notices changed files only.

fn main() {
    println!("cargo::rerun-if-changed=rules");
    println!("cargo::rerun-if-changed=templates");
}
