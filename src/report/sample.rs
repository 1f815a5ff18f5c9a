//! A sample report with hostile texts, for the tests of the formats.

use crate::model::{
    Annotations, Answer, Assessment, ByCategory, BySeverity, Category, Change, ChangedPart, Confidence, Decision,
    Deviation, Drift, Evidence, EvidenceField, Finding, FindingKind, Flow, FlowStep, Flows, Ignored, Origin,
    Overridden, Raise, Report, ReportedError, RiskChange, Score, Server, ServerDrift, ServerReport, Severity, Signal,
    Tool, ToolChange, ToolDrift, ToolRef, ToolReport, Transport, Unmatched, Verdict,
};

/// A hostile text with terminal escapes, invisible and direction-changing characters.
pub(super) const HOSTILE: &str = "\u{1b}[31mred\u{1b}]0;title\u{7}\u{202e}desrever\u{200b}\u{9b}2J\r\nnext";

/// A server with a tool of each category and a tool that could not be read, a server without tools, and an error.
pub(super) fn report() -> Report {
    let mut tools = vec![
        tool("get_order", Category::Read, 1, Confidence::High),
        tool("run_report", Category::Execute, 3, Confidence::Medium),
        tool("drop_table", Category::Destructive, 5, Confidence::High),
        tool("update_order", Category::Write, 2, Confidence::High),
        tool("refund_payment", Category::Financial, 4, Confidence::High),
        tool(&format!("zz{HOSTILE}"), Category::Write, 2, Confidence::Low),
    ];
    tools[5].tool.error = Some(format!("name is a number{HOSTILE}"));
    tools[5].assessment.evidence.clear();
    tools[3].assessment.overridden = Some(Box::new(Overridden {
        reason: format!("Nobody reads it{HOSTILE}"),
        category: Category::Read,
        score: Score { value: 1, arithmetic: "1 (Read) = 1".into() },
        confidence: Confidence::Medium,
        entry: 0,
    }));
    Report {
        profile: "starter".into(),
        all_tools: Vec::new(),
        schema_version: crate::model::SCHEMA_VERSION.into(),
        mcp_scan_version: "0.0.0".into(),
        ruleset: format!("sha256:{}", "0".repeat(64)),
        servers: vec![server("shop", tools), server("empty", vec![])],
        unread: vec![unread()],
        flows: flows(),
        drift: None,
        errors: vec![ReportedError {
            target: "x".into(),
            what: "failed".into(),
            why: "so".into(),
            hint: None,
            left_unread: None,
        }],
        unmatched: vec![Unmatched { entry: "overrides[0]".into(), text: "tool x of server y".into() }],
    }
}

/// A configured server that was not read, with a finding about its entry.
fn unread() -> ServerReport {
    let finding = Finding {
        id: "mutable-launch".into(),
        kind: FindingKind::SupplyChain,
        severity: Severity::Medium,
        tool: None,
        text: format!("It is started so{HOSTILE}"),
        ignored: None,
        known: false,
        quote: None,
        tool_index: None,
        content_digest: None,
    };
    let report = server("unread", vec![]);
    let origin = Origin { client: "an MCP client".into(), file: ".mcp.json".into(), ..Origin::default() };
    ServerReport {
        server: Server { configured: Some(origin), transport: Transport::Stdio, ..report.server },
        grade: None,
        grade_arithmetic: None,
        grade_raised_by: vec![],
        own_findings: vec![finding],
        items: Vec::new(),
        left_unread: None,
        deviations: vec![],
        ..report
    }
}

/// Changes since a lock: a changed tool, a removed tool and a new server.
pub(super) fn drift() -> Drift {
    let change = |what: ChangedPart, before: &str, after: &str| Change {
        what,
        before: Some(before.into()),
        after: Some(after.into()),
    };
    let tool = |name: &str, change: ToolChange, raises_risk: bool| ToolDrift {
        name: name.into(),
        change,
        raises_risk,
        fields: Vec::new(),
        risk: Vec::new(),
    };
    let mut changed = tool("drop_table", ToolChange::Changed, true);
    changed.fields = vec![change(ChangedPart::Description, "Lists it.", HOSTILE)];
    changed.risk = vec![RiskChange { change: change(ChangedPart::Category, "Read", "Destructive"), raises: true }];
    let rejudged = tool("run_report", ToolChange::Rejudged, false);
    let server = |listed: usize, name: &str, locked: bool, tools: Vec<ToolDrift>| ServerDrift {
        name: name.into(),
        listed: Some(listed),
        locked,
        changed: true,
        needs_review: true,
        raises_risk: true,
        fields: Vec::new(),
        risk: Vec::new(),
        tools,
    };
    let gone = tool(HOSTILE, ToolChange::Removed, false);
    Drift {
        changed: true,
        needs_review: true,
        raises_risk: true,
        servers: vec![server(0, "shop", true, vec![changed, gone, rejudged]), server(1, "empty", false, vec![])],
        not_given: vec![HOSTILE.into()],
    }
}

/// A flow through two tools of one server. One of the tools has a hostile name.
fn flows() -> Flows {
    let tool = |name: &str| ToolRef { server: "shop".into(), tool: name.into() };
    let step = |title: &str, tools: Vec<ToolRef>| FlowStep { role: "some-role".into(), title: title.into(), tools };
    let hostile = tool(&format!("zz{HOSTILE}"));
    Flows {
        found: vec![Flow {
            id: "secret-to-outbound".into(),
            title: "Secrets can be sent out".into(),
            severity: Severity::Medium,
            steps: vec![
                step("reads secrets", vec![tool("get_order"), tool("run_report")]),
                step("sends data out", vec![hostile.clone()]),
            ],
            path: vec![tool("get_order"), hostile.clone()],
            paths: 2,
            ignored: None,
            known: false,
        }],
        cut: vec![hostile],
    }
}

fn server(name: &str, tools: Vec<ToolReport>) -> ServerReport {
    let categories = ByCategory::count(tools.iter().map(|t| t.assessment.category));
    ServerReport {
        server: Server {
            name: name.into(),
            title: Some(format!("The {name}{HOSTILE}")),
            version: Some("1.2.0".into()),
            target: format!("{name}.json").into(),
            ..Server::default()
        },
        slug: name.into(),
        tool_count: tools.len(),
        categories,
        severities: BySeverity::from_categories(&categories),
        grade: Some("C".into()),
        verdict: Verdict {
            answer: Answer::AddWithPolicy,
            because: "it deletes what others may need (delete_user)".into(),
            unless: Some("without delete_user it would be: Add".into()),
            notes: Vec::new(),
            rule: "grave-exposure".into(),
        },
        exposure: None,
        care: None,
        grade_arithmetic: Some("72 (deletes notes and other small records: delete_user) - 2 (findings) = 70".into()),
        grade_raised_by: vec![Raise { condition: "its findings were put right".into(), grade: "A".into(), points: 95 }],
        own_findings: vec![],
        items: Vec::new(),
        left_unread: None,
        deviations: vec![Deviation {
            id: "tools-not-array".into(),
            tool: None,
            text: format!("tools is an object{HOSTILE}"),
            not_read: None,
        }],
        tools,
    }
}

fn tool(name: &str, category: Category, score: u8, confidence: Confidence) -> ToolReport {
    let verb = name.split('_').next().unwrap_or_default();
    let finding = Finding {
        id: "destructive-hint-contradicted".into(),
        kind: FindingKind::Contradiction,
        severity: category.severity(),
        tool: Some(name.into()),
        text: format!("The author denies it{HOSTILE}"),
        ignored: Some(Ignored { reason: format!("Known{HOSTILE}"), expires: Some("2027-01-31".into()), entry: 0 }),
        known: false,
        quote: None,
        tool_index: Some(2),
        content_digest: None,
    };
    ToolReport {
        tool: Tool {
            name: name.into(),
            description: Some(HOSTILE.into()),
            input_schema: Some((&serde_json::json!({ HOSTILE: HOSTILE })).into()),
            annotations: Annotations { read_only_hint: Some(true), ..Annotations::default() },
            ..Tool::default()
        },
        slug: verb.into(),
        assessment: Assessment {
            category,
            severity: category.severity(),
            score: Score { value: score, arithmetic: format!("{score} = {score}") },
            confidence,
            signals: vec![Signal {
                id: "credentials".into(),
                text: format!("Handles credentials or secrets (options.{HOSTILE}.apiKey)"),
                aggravating: true,
                parameter: Some("options.apiKey".into()),
                count: None,
            }],
            evidence: vec![Evidence {
                rule: "some-verb".into(),
                place: EvidenceField::Name,
                parameter: None,
                span: [0, verb.len()],
                text: verb.into(),
                says: category,
            }],
            actions: vec![],
            overridden: None,
        },
        without_hints: None,
        findings: if category == Category::Destructive { vec![finding] } else { vec![] },
        decision: Decision::deny(Some(HOSTILE.into())),
    }
}

/// Makes `findings` the only findings of `server`, on none of its tools.
pub(super) fn replace_findings(server: &mut ServerReport, findings: Vec<Finding>) {
    server.tools.iter_mut().for_each(|tool| tool.findings.clear());
    server.own_findings = findings;
}
