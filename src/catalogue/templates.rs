//! The templates and assets of the site, built in.

use crate::render::Builtin;

macro_rules! embed {
    ($($name:literal),+ $(,)?) => {
        &[$(($name, include_str!(concat!("../../templates/catalogue/", $name)))),+]
    };
}

/// Every file of `templates/catalogue/`, by its name there.
pub const TEMPLATES: &[Builtin] = embed![
    "404.html",
    "assets/icon.svg",
    "assets/page.js",
    "assets/search.js",
    "assets/style.css",
    "assets/vendor/minisearch.LICENSE.txt",
    "assets/vendor/minisearch.js",
    "attack.html",
    "attacks.html",
    "category.html",
    "findings.html",
    "home.html",
    "layout.html",
    "level.html",
    "method.html",
    "partials/macros.html",
    "partials/questions.html",
    "robots.txt",
    "rules.html",
    "search.html",
    "server.html",
    "servers.html",
    "severity.html",
    "signal.html",
    "signals.html",
    "sitemap-part.xml",
    "sitemap.xml",
    "texts/apart.txt",
    "texts/destructive.txt",
    "texts/execute.txt",
    "texts/financial.txt",
    "texts/questions.txt",
    "texts/read.txt",
    "texts/write.txt",
    "tool.html",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folder_and_the_list_agree() {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("templates/catalogue");
        let mut found: Vec<String> = Vec::new();
        let mut open = vec![root.clone()];
        while let Some(dir) = open.pop() {
            for entry in std::fs::read_dir(dir).unwrap().map(|e| e.unwrap().path()) {
                if entry.is_dir() {
                    open.push(entry);
                } else {
                    found.push(entry.strip_prefix(&root).unwrap().to_str().unwrap().replace('\\', "/"));
                }
            }
        }
        found.sort();
        let listed: Vec<&str> = TEMPLATES.iter().map(|(name, _)| *name).collect();
        assert_eq!(found, listed);
    }
}
