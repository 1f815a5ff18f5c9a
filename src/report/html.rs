//! `--format html`: a single self-contained page without scripts or external resources.

use std::io::{self, Write};

use super::view::{Limits, TEMPLATES, View};
use crate::model::Report;
use crate::render;

/// Most rows per table, so that a browser can still display the page. It shows every server.
const LIMITS: Limits = Limits { rows: 5_000, servers: usize::MAX };

pub(crate) fn write(report: &Report, mut out: impl Write) -> io::Result<()> {
    let env = render::environment(&TEMPLATES, None);
    let page = render::render(&env, "report.html", View::new(report, LIMITS)).map_err(io::Error::other)?;
    out.write_all(page.as_bytes())
}

#[cfg(test)]
mod tests {
    use scraper::{Html, Selector};

    use super::*;
    use crate::report::sample;

    #[test]
    fn a_page_loads_nothing_and_shows_what_is_hostile_as_text() {
        let mut report = Report { drift: Some(sample::drift()), ..sample::report() };
        report.servers[0].tools[0].tool.name = "<script>alert(1)</script><img src=//e.vil>".into();
        report.servers[0].findings_mut().next().unwrap().text = "</td></table><a href='javascript:x'>y</a>".into();
        let mut out = Vec::new();
        write(&report, &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        let page = Html::parse_document(&text);
        assert!(page.errors.is_empty(), "{:?}", page.errors);
        for none in ["script", "img", "a", "link", "iframe", "form", "[onerror]", "[src]", "[href]", "[style]"] {
            assert!(page.select(&Selector::parse(none).unwrap()).next().is_none(), "{none}");
        }
        let policy = Selector::parse("meta[http-equiv=Content-Security-Policy]").unwrap();
        assert!(page.select(&policy).next().unwrap().attr("content").unwrap().starts_with("default-src 'none';"));
        let rows = Selector::parse("tbody tr").unwrap();
        // Three rows of totals, three changes and a flow. The first server has tools, findings and a deviation, the
        // second one a deviation.
        assert_eq!(
            page.select(&rows).count(),
            3 + 3 + 1 + 6 + report.all_servers().map(|server| server.findings().count()).sum::<usize>() + 2
        );
        insta::assert_snapshot!(text);
    }
}
