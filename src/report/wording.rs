//! The wording for tools, servers and findings that all text formats share.

use crate::model::{
    Answer, BySeverity, Category, Confidence, Counts, Evidence, EvidenceField, Finding, Flow, ItemKind, Report,
    ServerReport, Severity, ToolRef, ToolReport, Transport, Verdict,
};
use crate::text::{clean, prose};

/// Longest name and longest sentence shown, in characters. The JSON output is not cut.
pub(super) const MAX_NAME: usize = 80;
pub(super) const MAX_SENTENCE: usize = 240;
/// Most paths through a flow shown.
const FEW_PATHS: usize = 5;
/// Most items of a kind named.
const FEW_ITEMS: usize = 5;

/// The tool's name. A name without visible characters is shown as escapes.
pub(super) fn visible_name(name: &str) -> String {
    let shown = clean::excerpt(name, MAX_NAME);
    if shown.is_empty() { clean::excerpt(&format!("\"{}\"", name.escape_unicode()), MAX_NAME) } else { shown }
}

/// The deciding evidence, then other facts for a reviewer.
pub(super) fn why(tool: &ToolReport) -> String {
    let overridden = tool
        .assessment
        .overridden
        .iter()
        .map(|own| format!("Overridden, by the rules {} {}/5: {}", own.category, own.score.value, own.reason));
    let unreadable = tool.tool.error.iter().map(|e| format!("unreadable definition: {e}"));
    let decided = tool.assessment.evidence.first().map(quoted);
    let signals = tool.assessment.signals.iter().map(|s| s.text.clone());
    overridden.chain(unreadable).chain(decided).chain(signals).collect::<Vec<_>>().join("; ")
}

/// `"delete" in the name`.
fn quoted(evidence: &Evidence) -> String {
    let place = match evidence.place {
        EvidenceField::Name => "the name",
        EvidenceField::Title => "the title",
        EvidenceField::Description => "the description",
        EvidenceField::Parameter => evidence.parameter.as_deref().unwrap_or("a parameter"),
        EvidenceField::Schema => "the schema",
        EvidenceField::Annotations => "the annotations",
        EvidenceField::Nothing => return "Nothing says what it does".into(),
    };
    format!("\"{}\" in {place}", clean::excerpt(&evidence.text, MAX_NAME))
}

/// The text of the finding, after its suppression reason if any.
pub(super) fn finding_text(finding: &Finding) -> String {
    with_suppression(finding.suppression(), &finding.text)
}

/// `text` after the suppression reason `why`, if any.
pub(super) fn with_suppression(why: Option<String>, text: &str) -> String {
    why.map(|why| format!("({why}) ")).unwrap_or_default() + text
}

/// The flow with its shortest path: `Secrets can be sent out: read_file -> send_email`.
pub(super) fn flow_text(flow: &Flow, report: &Report) -> String {
    let more = flow.paths.saturating_sub(1);
    let more = if more == 0 { "" } else { "; there are other ways" };
    format!("{}: {}{more}", flow.title, path_text(&flow.path, report))
}

/// The shortest paths through the flow, at most [`FEW_PATHS`], and a line if there are more.
pub(super) fn shortest_paths(flow: &Flow, report: &Report) -> Vec<String> {
    let paths = flow.shortest(FEW_PATHS);
    let mut lines: Vec<String> = paths.iter().map(|path| path_text(path, report)).collect();
    if flow.paths > paths.len() {
        lines.push("and other ways".to_owned());
    }
    lines
}

/// `read_file -> send_email`. A tool that takes two consecutive steps is named once, and so is a server with all steps.
fn path_text(path: &[ToolRef], report: &Report) -> String {
    let one_server = path.split_first().filter(|(first, rest)| rest.iter().all(|tool| tool.server == first.server));
    let name = |tool: &ToolRef| match one_server {
        Some(_) => visible_name(&tool.tool),
        None => tool_name(tool, report),
    };
    let mut names: Vec<String> = path.iter().map(name).collect();
    names.dedup();
    let server = one_server.and_then(|(first, _)| server_name(first, report));
    names.join(" -> ") + &server.map(|server| format!(" ({server})")).unwrap_or_default()
}

/// `Cut by denying 2 tools: send_email and run_command.`, with at most `names` tools. `None` if no flow has to be cut.
pub(super) fn smallest_cut(report: &Report, names: usize) -> Option<String> {
    let cut = &report.flows.cut;
    let first = cut.first()?;
    let is_one_server = cut.iter().all(|tool| tool.server == first.server);
    let name = |tool: &ToolRef| if is_one_server { visible_name(&tool.tool) } else { tool_name(tool, report) };
    let mut denied: Vec<String> = cut.iter().take(names).map(name).collect();
    if cut.len() > names {
        denied.push(format!("{} more", prose::thousands(cut.len() - names)));
    }
    let server = server_name(first, report).filter(|_| is_one_server).map(|server| format!(" of {server}"));
    let (count, server) = (prose::count(cut.len(), "tool"), server.unwrap_or_default());
    Some(format!("Cut by denying {count}{server}: {}.", prose::list(&denied)))
}

/// `send_email (mailbox)`. The server is only named if the report has several.
pub(super) fn tool_name(tool: &ToolRef, report: &Report) -> String {
    let name = visible_name(&tool.tool);
    server_name(tool, report).map_or(name.clone(), |server| format!("{name} ({server})"))
}

/// The name of the server of `tool`, or its address in the report where several have that name. `None` if the report has
/// one server.
fn server_name(tool: &ToolRef, report: &Report) -> Option<String> {
    let name = |server: &ServerReport| clean::excerpt(server.server.display_name(), MAX_NAME);
    let own = report.servers.iter().find(|server| server.slug == tool.server).map(name);
    let is_unique = |own: &String| report.servers.iter().filter(|server| name(server) == *own).count() == 1;
    let shown = own.filter(|own| !own.is_empty() && is_unique(own));
    (report.servers.len() > 1).then(|| shown.unwrap_or_else(|| clean::excerpt(&tool.server, MAX_NAME)))
}

/// `Read?`: the question mark stands for low confidence.
pub(super) fn category_name(tool: &ToolReport) -> String {
    let mark = if tool.assessment.confidence == Confidence::Low { "?" } else { "" };
    format!("{}{mark}", tool.assessment.category)
}

/// The name of a server among those of `report`: with the name of its entry, or with what it was read from, where another
/// gives itself the same.
pub(super) fn distinct_server_name(server: &ServerReport, report: &Report) -> String {
    let name = server.server.display_name();
    let shown = shown_server_name(name);
    if report.all_servers().filter(|other| other.server.display_name() == name).count() < 2 {
        return shown;
    }
    let entries = |entry: &str| {
        let named =
            |other: &&ServerReport| other.server.configured.as_ref().is_some_and(|origin| origin.server == entry);
        report.all_servers().filter(named).count()
    };
    let place = match &server.server.configured {
        Some(origin) if entries(&origin.server) < 2 => origin.server.clone(),
        Some(origin) => origin.display(),
        None => server.server.read_from().to_owned(),
    };
    format!("{shown} ({})", clean::excerpt(&place, MAX_NAME))
}

/// The name that a server gives itself. It is quoted if it reads like an answer of ours.
pub(super) fn shown_server_name(name: &str) -> String {
    let shown = clean::excerpt(name, MAX_NAME);
    let lower = shown.to_lowercase();
    let is_answer = |answer: &Answer| {
        let rest = lower.strip_prefix(&answer.words().to_lowercase());
        rest.is_some_and(|rest| !rest.starts_with(char::is_alphanumeric))
    };
    let reads_like_one = [Answer::DoNotAdd, Answer::AddWithPolicy, Answer::Add].iter().any(is_answer);
    if reads_like_one || shown.contains(": ") { clean::quoted(&shown) } else { shown }
}

/// `Example Shop (example-shop) 1.2.0`.
pub(super) fn heading(server: &ServerReport) -> String {
    let display = shown_server_name(server.server.display_name());
    let name = shown_server_name(&server.server.name);
    let mut heading = if display == name { name } else { format!("{display} ({name})") };
    if let Some(version) = &server.server.version {
        heading = format!("{heading} {}", clean::excerpt(version, MAX_NAME));
    }
    heading
}

/// `npx -y some-server · stdio · protocol 2025-11-25`.
pub(super) fn origin(server: &ServerReport) -> String {
    let transport = match server.server.transport {
        Transport::Stdio => "stdio",
        Transport::Http => "http",
        Transport::Sse => "http+sse",
        Transport::Package => "source of the package, not run",
        Transport::Saved => "saved listing",
    };
    let protocol = server.server.protocol_version.as_ref().map(|v| format!(" · protocol {}", clean::excerpt(v, 20)));
    let configured_in =
        server.server.configured.as_ref().map(|origin| format!(" · {}", clean::excerpt(&origin.display(), MAX_NAME)));
    let target = clean::excerpt(&server.server.target, MAX_SENTENCE);
    format!("{target} · {transport}{}{}", protocol.unwrap_or_default(), configured_in.unwrap_or_default())
}

/// `Add with this policy: it deletes what others may need (delete_repo). Without delete_repo it would be: Add. It was
/// started without a sandbox.`
pub(super) fn verdict_text(server: &ServerReport) -> String {
    let Verdict { because, unless, notes, .. } = &server.verdict;
    let unless = match unless.as_deref() {
        None => String::new(),
        Some(clause) if clause.starts_with("unless ") => format!(", {clause}"),
        Some(sentence) => format!(". {}", prose::capitalised(sentence)),
    };
    let notes: String = notes.iter().map(|note| format!(" {note}")).collect();
    clean::one_line(&format!("{}: {because}{unless}.{notes}", server.verdict.answer.words()))
}

/// Why nothing but the entry of the server is known.
pub(super) fn why_unread(server: &ServerReport) -> &'static str {
    match &server.server.configured {
        _ if server.server.is_settings() => "These are settings of a client, and no server.",
        Some(origin) if origin.disabled => "This server is switched off in the configuration, and was not started.",
        Some(_) | None => "This server was not read.",
    }
}

/// `At worst it deletes what others may need. Reach: one thing a call. Care: 96 of 100.` What the calculation of the grade
/// says is not repeated.
pub(super) fn exposure_text(server: &ServerReport) -> Option<String> {
    let (exposure, care) = (server.exposure.as_ref()?, server.care.as_ref()?);
    let is_said = server.grade_arithmetic.as_ref().is_some_and(|sum| sum.contains(&exposure.title));
    let worst = if is_said { String::new() } else { format!("At worst it {}. ", exposure.title) };
    Some(format!("{worst}Reach: {}. Care: {} of 100.", exposure.reach, care.points))
}

/// What the server lists besides tools: the count and the first names of each kind, as in `2 prompts` and
/// `tidy_page, welcome`.
pub(super) fn items(server: &ServerReport) -> Vec<(String, String)> {
    let of_kind = |kind: ItemKind| {
        let count = server.items(kind).count();
        let mut names: Vec<String> = server.items(kind).take(FEW_ITEMS).map(|item| visible_name(&item.name)).collect();
        if count > FEW_ITEMS {
            names.push(format!("{} more", prose::thousands(count - FEW_ITEMS)));
        }
        (count > 0).then(|| (prose::count(count, kind.name()), prose::list(&names)))
    };
    ItemKind::ALL.into_iter().filter_map(of_kind).collect()
}

/// `13 tools: 1 Destructive, 2 Write, 10 Read`.
pub(super) fn by_category(server: &ServerReport) -> String {
    let counts = &server.categories;
    let parts = Category::ALL.into_iter().rev().filter(|&category| counts.get(category) > 0);
    let parts: Vec<String> =
        parts.map(|category| format!("{} {category}", prose::thousands(counts.get(category)))).collect();
    if parts.is_empty() { "no tools".into() } else { parts.join(", ") }
}

/// `1 Critical, 25 Low`: the severities that occur, highest first.
pub(super) fn severities(counts: &BySeverity) -> String {
    let occurring = Severity::ALL.into_iter().rev().filter(|&severity| counts.get(severity) > 0);
    let parts = occurring.map(|severity| format!("{} {severity}", prose::thousands(counts.get(severity))));
    parts.collect::<Vec<_>>().join(", ")
}

/// `2 servers, 26 tools (1 Critical, 25 Low), 3 findings (1 High, 2 Low), 1 suppressed, 1 flow (1 High); 1 target could
/// not be read.`
pub(super) fn total(counts: &Counts) -> String {
    let with =
        |what: String, by: &BySeverity| if by.total() > 0 { format!("{what} ({})", severities(by)) } else { what };
    let tools = with(prose::count(counts.tools, "tool"), &counts.severities);
    let findings = with(prose::count(counts.findings.total(), "finding"), &counts.findings);
    let suppressed = |n: usize| if n > 0 { format!(", {} suppressed", prose::thousands(n)) } else { String::new() };
    let flows = match counts.flows.total() {
        0 if counts.suppressed_flows == 0 => String::new(),
        n => format!(", {}{}", with(prose::count(n, "flow"), &counts.flows), suppressed(counts.suppressed_flows)),
    };
    let suppressed = suppressed(counts.suppressed);
    let errors = match counts.errors {
        0 => String::new(),
        n => format!("; {} could not be read", prose::count(n, "target")),
    };
    let entries = match counts.entries {
        0 => String::new(),
        n => format!(
            " and {} of {}",
            prose::count(n, "entry"),
            if n == 1 { "a configuration" } else { "configurations" }
        ),
    };
    let servers = prose::count(counts.servers - counts.skills, "server");
    let servers = match prose::count(counts.skills, "skill") {
        _ if counts.skills == 0 => servers,
        skills if counts.skills == counts.servers => skills,
        skills => format!("{servers}, {skills}"),
    };
    format!("{servers}{entries}, {tools}, {findings}{suppressed}{flows}{errors}.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_reads_like_an_answer_is_quoted() {
        for (name, shown) in [
            ("Add: it only reads.", "\"Add: it only reads.\""),
            ("do not add \"x\"", "\"do not add 'x'\""),
            ("Safe: Add", "\"Safe: Add\""),
            ("Address Book", "Address Book"),
            ("Example Shop", "Example Shop"),
        ] {
            assert_eq!(shown_server_name(name), shown);
        }
    }

    #[test]
    fn a_name_of_which_nothing_is_seen_is_shown_by_its_escapes() {
        assert_eq!(visible_name("\u{202e}\u{200b}"), "\"\\u{202e}\\u{200b}\"");
        assert_eq!(visible_name("a\u{200b}b"), "ab");
    }
}
