//! Hand-made reports to draw.

use std::sync::LazyLock;

use mcp_scan::model::*;
use mcp_scan::rules::Ruleset;
use mcp_scan::text::slug::slug;
use serde_json::{Value, json};

/// The built-in ruleset, read once.
pub static RULESET: LazyLock<Ruleset> = LazyLock::new(|| Ruleset::builtin().unwrap());

/// A tool with a verdict, made by hand.
pub fn tool(name: &str, description: &str, category: Category, schema: Value) -> ToolReport {
    let parameters = flatten(&schema).parameters;
    let base = match category {
        Category::Read => 1,
        Category::Write => 2,
        Category::Execute => 3,
        _ => 4,
    };
    ToolReport {
        slug: slug(name),
        tool: Tool {
            name: name.into(),
            description: (!description.is_empty()).then(|| description.into()),
            input_schema: Some((&schema).into()),
            parameters,
            ..Tool::default()
        },
        assessment: Assessment {
            category,
            severity: category.severity(),
            score: Score { value: base, arithmetic: format!("{base} ({category}) = {base}") },
            confidence: Confidence::Medium,
            signals: vec![],
            evidence: vec![],
            actions: vec![],
            overridden: None,
        },
        without_hints: None,
        findings: vec![],
        decision: RULESET.profile.decision_for(category).clone(),
    }
}

/// A server with these tools.
pub fn server(server: Server, tools: Vec<ToolReport>) -> ServerReport {
    let categories = ByCategory::count(tools.iter().map(|t| t.assessment.category));
    let named = server.package.as_ref().map_or(server.name.clone(), |p| p.name.clone());
    ServerReport {
        slug: slug(&named),
        tool_count: tools.len(),
        categories,
        severities: BySeverity::from_categories(&categories),
        grade: Some("C".into()),
        verdict: mcp_scan::model::Verdict {
            answer: mcp_scan::model::Answer::AddWithPolicy,
            because: "it deletes what others may need (delete_user)".into(),
            unless: Some("without delete_user it would be: Add".into()),
            notes: Vec::new(),
            rule: "grave-exposure".into(),
        },
        exposure: None,
        care: None,
        grade_arithmetic: Some("72 (deletes notes and other small records: delete_user) - 2 (findings) = 70".into()),
        grade_raised_by: vec![],
        own_findings: Vec::new(),
        items: Vec::new(),
        left_unread: None,
        deviations: vec![],
        tools,
        server,
    }
}

/// A report on these servers.
pub fn report(servers: Vec<ServerReport>) -> Report {
    Report {
        all_tools: Vec::new(),
        profile: RULESET.profile.id.clone(),
        schema_version: SCHEMA_VERSION.into(),
        mcp_scan_version: "0.1.0".into(),
        ruleset: RULESET.digest.clone(),
        servers,
        unread: Vec::new(),
        flows: Flows::default(),
        drift: None,
        errors: vec![],
        unmatched: vec![],
    }
}

fn package(registry: Registry, name: &str, version: &str) -> Option<Package> {
    Some(Package { registry, name: name.into(), version: Some(version.into()) })
}

/// A small shop with a tool of every category, one dispatch tool and one definition that could not be read.
pub fn shop() -> ServerReport {
    use Category::*;
    let object = |properties: Value| json!({"type": "object", "properties": properties, "required": ["id"]});
    let mut key = tool(
        "create_api_key",
        "\n    Mint a key for the shop's interface.\n\n    The key is shown once, so keep it:\n      - name: what it is for\n      - apiKey: the key that signs this call\n    ",
        Write,
        object(json!({
            "id": {"type": "string", "description": "What the key is for"},
            "scope": {"type": "string", "enum": ["orders", "stock", "all"], "default": "orders"},
            "request": {"type": "object", "properties": {"apiKey": {"type": "string", "format": "password"}}}
        })),
    );
    key.assessment.score = Score { value: 3, arithmetic: "2 (Write) + 1 (credentials) = 3".into() };
    key.assessment.confidence = Confidence::High;
    key.assessment.signals = vec![Signal {
        id: "credentials".into(),
        text: "Handles credentials or secrets (request.apiKey)".into(),
        aggravating: true,
        parameter: Some("request.apiKey".into()),
        count: None,
    }];
    let evidence = |place, span, text: &str, says| Evidence {
        rule: "create-verb".into(),
        place,
        parameter: None,
        span,
        text: text.into(),
        says,
    };
    key.assessment.evidence = vec![
        evidence(EvidenceField::Name, [0, 6], "create", Write),
        evidence(EvidenceField::Description, [5, 9], "Mint", Write),
    ];
    key.tool.annotations.read_only_hint = Some(false);
    let mut manage = tool(
        "manage_orders",
        "Lists, edits or purges orders, as the operation says",
        Destructive,
        object(
            json!({"id": {"type": "string"}, "operation": {"enum": ["v0", "v1", "v2", "v3", "v4", "v5", "list", "edit", "purge"]}}),
        ),
    );
    manage.assessment.actions = [("list", Read), ("edit", Write), ("purge", Destructive)]
        .map(|(value, category)| Action { parameter: "operation".into(), value: value.into(), category })
        .into();
    manage.tool.annotations.read_only_hint = Some(true);
    manage.findings = vec![Finding {
        id: "read-only-hint-contradicted".into(),
        kind: FindingKind::Contradiction,
        severity: Severity::High,
        tool: Some("manage_orders".into()),
        text: "The author says readOnlyHint: true, but the definition says Destructive (\"purges\").".into(),
        ignored: None,
        known: false,
        quote: None,
        tool_index: None,
        content_digest: None,
    }];
    let mut broken = tool("broken", "", Write, Value::Null);
    broken.tool.error = Some("inputSchema is null".into());
    broken.assessment.confidence = Confidence::Low;
    let tools = vec![
        tool("list_orders", "Lists the orders of one customer.", Read, object(json!({"id": {"type": "string"}}))),
        tool("get_order", "Gives one order!", Read, object(json!({"id": {"type": ["string", "null"]}}))),
        key,
        tool("run_report", "Runs a report over the whole stock", Execute, object(json!({"id": {}}))),
        manage,
        tool("delete_order", "Deletes an order for good.", Destructive, object(json!({"id": {}}))),
        tool("refund_order", "Pays an order back.", Financial, object(json!({"id": {}, "amount": {"type": "number"}}))),
        broken,
    ];
    let facts = Server {
        name: "shop".into(),
        title: Some("Corner Shop MCP Server".into()),
        version: Some("2.1.0".into()),
        package: package(Registry::Npm, "@corner/shop-mcp", "2.1.0"),
        target: "npx -y @corner/shop-mcp@2.1.0".into(),
        transport: Transport::Stdio,
        protocol_version: Some("2025-06-18".into()),
        instructions: Some("Ask the customer before you refund.".into()),
        ..Server::default()
    };
    let mut shop = server(facts, tools);
    shop.deviations = vec![Deviation {
        id: "input-schema-not-object".into(),
        tool: Some("broken".into()),
        text: "inputSchema is null, not an object".into(),
        not_read: None,
    }];
    shop
}

/// A remote server, a Python one, and one of which nothing is known.
pub fn others() -> Vec<ServerReport> {
    use Category::*;
    let none = || json!({"type": "object"});
    let remote = Server {
        name: "notes".into(),
        target: "https://notes.example/mcp".into(),
        transport: Transport::Http,
        ..Server::default()
    };
    let python = Server {
        name: "mcp-server-ledger".into(),
        package: package(Registry::Pypi, "mcp-server-ledger", "0.3"),
        ..Server::default()
    };
    vec![
        server(
            remote,
            vec![tool("create_note", "Writes a note", Write, none()), tool("delete_note", "", Destructive, none())],
        ),
        server(python, vec![tool("create_api_key", "Makes a key.", Write, none())]),
        server(Server::default(), vec![]),
    ]
}

/// What a hostile server might list.
pub fn hostile() -> ServerReport {
    let evil = [
        "../../../etc/passwd",
        "CON",
        "index",
        "<script>alert(1)</script>",
        "\" onmouseover=\"alert(1)",
        "</script><script>alert(2)</script>",
        "</title><img src=x onerror=alert(3)>",
        "javascript:alert(4)",
        "{{ 7 * 7 }}{% raw %}",
        "\u{202e}gnp.exe\u{1b}[31m",
        "a\nb\tc\0d",
        "ünïcödé/工具",
        "--><!--",
        "]]>",
        "' or 1=1; --",
    ];
    let mut tools: Vec<ToolReport> = evil
        .iter()
        .zip(Category::ALL.iter().cycle())
        .map(|(name, category)| {
            let schema = json!({"type": "object", "properties": {
                (*name): {"type": name, "description": name, "enum": [name], "default": name, "format": name}
            }});
            let mut tool = tool(name, &format!("{name}\n\n{name}"), *category, schema);
            tool.tool.title = Some((*name).into());
            tool.tool.error = Some((*name).into());
            tool.assessment.signals = vec![Signal {
                id: (*name).into(),
                text: (*name).into(),
                aggravating: true,
                parameter: Some((*name).into()),
                count: None,
            }];
            tool.assessment.evidence = vec![Evidence {
                rule: (*name).into(),
                place: EvidenceField::Description,
                parameter: None,
                span: [0, 3],
                text: (*name).into(),
                says: *category,
            }];
            tool.assessment.actions =
                vec![Action { parameter: (*name).into(), value: (*name).into(), category: *category }];
            tool
        })
        .collect();
    tools.push(tool(&"x".repeat(300), &"y ".repeat(50_000), Category::Write, json!({"type": "object"})));
    let many: serde_json::Map<String, Value> =
        (0..1500).map(|n| (format!("parameter_{n}"), json!({"description": "z".repeat(5000)}))).collect();
    tools.push(tool("many", "Takes much", Category::Read, json!({"type": "object", "properties": many})));
    let facts = Server {
        name: "../../evil</title><script>alert(5)</script>".into(),
        title: Some("\"><svg onload=alert(6)>".into()),
        version: Some("<b>1</b>".into()),
        package: package(Registry::Npm, "../../../x; rm -rf ~", "$(id)"),
        target: "javascript:alert(7)".into(),
        transport: Transport::Http,
        protocol_version: Some("<i>".into()),
        instructions: Some("<script>alert(8)</script>".repeat(1000)),
        ..Server::default()
    };
    server(facts, tools)
}

/// Everything together.
pub fn everything() -> Report {
    let mut servers = vec![shop(), hostile()];
    servers.extend(others());
    let mut report = report(servers);
    report.errors = vec![ReportedError {
        target: "npx -y <b>gone</b>".into(),
        what: "could not start the server".into(),
        why: "it exited with code 1: not found".into(),
        hint: Some("Check the name of the package.".into()),
        left_unread: None,
    }];
    report
}
