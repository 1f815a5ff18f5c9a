//! `--format markdown`: a pull request comment with the summary first and the rest folded.
//!
//! Text from a server is escaped HTML inside `<code>`, on one line. Markdown passes HTML through up to the next empty
//! line, so this text is not parsed as Markdown: it cannot mention users or create links.

use std::io::{self, Write};

use super::view::{Limits, TEMPLATES, View};
use crate::model::Report;
use crate::render;

/// Largest comment in bytes. GitHub allows 65,536 characters, and the workflow that posts the comment may add to it.
const MAX_BYTES: usize = 60_000;
/// They are tried in order until the comment is short enough: fewer rows first, then fewer servers.
const LIMITS: [Limits; 9] = [
    all_servers(200),
    all_servers(50),
    all_servers(20),
    all_servers(10),
    all_servers(3),
    all_servers(0),
    Limits { rows: 0, servers: 50 },
    Limits { rows: 0, servers: 10 },
    Limits { rows: 0, servers: 0 },
];

const fn all_servers(rows: usize) -> Limits {
    Limits { rows, servers: usize::MAX }
}

pub(crate) fn write(report: &Report, mut out: impl Write) -> io::Result<()> {
    let env = render::environment(&TEMPLATES, None);
    let mut comment = String::new();
    for limits in LIMITS {
        comment = render::render(&env, "comment.html", View::new(report, limits)).map_err(io::Error::other)?;
        if comment.len() <= MAX_BYTES {
            break;
        }
    }
    out.write_all(comment.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{ChangedPart, Finding};
    use crate::report::sample;

    /// A hostile text that tries to break out of the Markdown.
    const HOSTILE: &str = "</code></td></table></details>\n\n# Owned\n\n[x](javascript:alert(1)) @octocat #1 `` ``` ~~~ | a | \
                           ![i](https://e.vil/i.png) <img src=x onerror=alert(1)> <!-- --> https://e.vil &lt;b&gt; \\| *b*";

    fn drawn(report: &Report) -> String {
        let mut out = Vec::new();
        write(report, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    /// The comment as GitHub renders it, before GitHub sanitizes the HTML.
    fn shown(comment: &str) -> scraper::Html {
        let mut options = comrak::Options::default();
        options.extension.table = true;
        options.extension.autolink = true;
        options.extension.strikethrough = true;
        options.render.r#unsafe = true;
        scraper::Html::parse_fragment(&comrak::markdown_to_html(comment, &options))
    }

    #[test]
    fn the_whole_comment() {
        insta::assert_snapshot!(drawn(&Report { drift: Some(sample::drift()), ..sample::report() }));
    }

    #[test]
    fn nothing_hostile_leaves_its_place() {
        let mut report = Report { drift: Some(sample::drift()), ..sample::report() };
        let plain = drawn(&report);
        report.errors[0].target = HOSTILE.into();
        report.errors[0].why = HOSTILE.into();
        for server in &mut report.servers {
            server.server.name = HOSTILE.into();
            server.server.title = Some(HOSTILE.into());
            server.server.version = Some(HOSTILE.into());
            server.server.target = HOSTILE.into();
            server.deviations.iter_mut().for_each(|deviation| deviation.text = HOSTILE.into());
            for tool in &mut server.tools {
                tool.tool.name = HOSTILE.into();
                tool.assessment.signals.iter_mut().for_each(|signal| signal.text = HOSTILE.into());
            }
            for Finding { tool, text, ignored, .. } in server.findings_mut() {
                (*tool, *text) = (Some(HOSTILE.into()), HOSTILE.into());
                ignored.iter_mut().for_each(|ignored| ignored.reason = HOSTILE.into());
            }
        }
        for flow in &mut report.flows.found {
            flow.path.iter_mut().for_each(|tool| (tool.server, tool.tool) = (HOSTILE.into(), HOSTILE.into()));
        }
        report.flows.cut[0].tool = HOSTILE.into();
        for server in report.drift.iter_mut().flat_map(|drift| &mut drift.servers) {
            server.name = HOSTILE.into();
            server.tools.iter_mut().for_each(|tool| tool.name = HOSTILE.into());
            let fields = server.tools.iter_mut().flat_map(|tool| &mut tool.fields);
            fields.for_each(|field| {
                (field.what, field.after) = (ChangedPart::Field(HOSTILE.into()), Some(HOSTILE.into()));
            });
        }
        let elements = |page: &scraper::Html| -> Vec<String> {
            let all = scraper::Selector::parse("*").unwrap();
            page.select(&all).map(|element| element.value().name().to_owned()).collect()
        };
        let page = shown(&drawn(&report));
        assert_eq!(elements(&page), elements(&shown(&plain)), "the same elements in the same order");
        let code = scraper::Selector::parse("code").unwrap();
        let kept: String = page.select(&code).flat_map(|element| element.text()).collect();
        let all: String = page.root_element().text().collect();
        for part in ["@octocat", "https://e.vil", "#1", "javascript:"] {
            assert!(kept.contains(part), "{part}");
            assert_eq!(all.matches(part).count(), kept.matches(part).count(), "{part} stands in code only");
        }
    }

    #[test]
    fn a_comment_is_short_enough_to_be_sent() {
        let mut report = sample::report();
        let tool = report.servers[0].tools[0].clone();
        report.servers[0].tools = vec![tool; 10_000];
        let text = drawn(&report);
        assert!(text.len() <= MAX_BYTES && text.contains("more tools."), "{}", text.len());
        let mut report = sample::report();
        report.servers = vec![report.servers[0].clone(); 500];
        report.errors = vec![report.errors[0].clone(); 500];
        let text = drawn(&report);
        assert!(text.len() <= MAX_BYTES && text.contains("more servers: see"), "{}", text.len());
    }
}
