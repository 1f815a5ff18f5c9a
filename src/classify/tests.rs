//! Classifications of invented definitions: one row for each way in which real ones were misread.

use serde_json::{Value, json};

use super::{ServerContext, classify, classify_alone};
use crate::model::Category::{self, Destructive, Execute, Financial, Read, Write};
use crate::model::{Annotations, Confidence, Schema, Tool, flatten};
use crate::rules::{Group, Ruleset};

fn tool(name: &str, description: &str, properties: Value) -> Tool {
    let schema = json!({"type": "object", "properties": properties});
    Tool {
        name: name.into(),
        description: Some(description.into()).filter(|text: &String| !text.is_empty()),
        parameters: flatten(&schema).parameters,
        input_schema: Some(Schema::from(&schema)),
        ..Tool::default()
    }
}

/// The rules without the similar-wording model, which has its own tests.
fn rules_alone() -> Ruleset {
    Ruleset::builtin().unwrap().without(Group::SimilarWording)
}

/// Asserts the category of each row: name, description, properties.
pub(super) fn assert_categories(rows: &[(&str, &str, Value, Category)]) {
    let rules = rules_alone();
    let misses: Vec<String> = rows
        .iter()
        .filter_map(|(name, description, properties, want)| {
            let verdict = classify_alone(&tool(name, description, properties.clone()), &rules);
            let because = &verdict.evidence[0];
            (verdict.category != *want)
                .then(|| format!("{name}: {description}: {} ({}: {})", verdict.category, because.rule, because.text))
        })
        .collect();
    assert!(misses.is_empty(), "{}", misses.join("\n"));
}

#[test]
fn parts_of_names_and_other_sentences_are_no_verbs() {
    assert_categories(&[
        ("balance_check", "QuickPay balance of an account.", json!({}), Read),
        ("clicks", "Counts ClickStore visits of the day.", json!({}), Read),
        ("settings", "Updates what you can read. Only one field at a time.", json!({}), Write),
        ("stores_find", "Finds stores near a place.", json!({}), Read),
        ("node_hint", "The sum ... <end> of a range, returns a number.", json!({}), Read),
    ]);
}

#[test]
fn what_a_tool_is_not_for_does_not_decide() {
    assert_categories(&[
        ("board_view", "Not for:\n× Deleting boards\n× Restarting jobs\nShows a board.", json!({}), Read),
        ("rename_tag", "Renames a tag. Do not use this to permanently delete a tag.", json!({}), Write),
    ]);
}

#[test]
fn operations_that_a_text_lists_count() {
    assert_categories(&[
        ("manage_keys", "Manages keys. Supports creating, listing, and deleting keys.", json!({}), Destructive),
        (
            "keys",
            "Works on keys.",
            json!({"action": {"type": "string", "description": "Action: list, add or delete"}}),
            Destructive,
        ),
        ("flags", "Adds or removes a flag on a task.", json!({}), Write),
        ("numbers", "Calculates.", json!({"operation": {"enum": ["add", "multiply"]}}), Read),
    ]);
}

#[test]
fn a_promise_to_read_does_not_outweigh_listed_operations() {
    let action = json!({"action": {"enum": ["list", "delete", "create"]}});
    assert_categories(&[(
        "run_files",
        "Runs file actions. Read-only actions: list. Others change.",
        action,
        Destructive,
    )]);
}

#[test]
fn a_router_is_never_read() {
    let free = json!({"method": {"type": "string"}, "parameters": {"type": "object"}});
    assert_categories(&[
        ("use_endpoint", "Uses an endpoint.", free.clone(), Execute),
        ("read_endpoint", "Reads an endpoint.", free, Read),
        (
            "proxy_call",
            "Sends a request.",
            json!({"url": {"type": "string"}, "method": {"enum": ["GET", "POST"]}}),
            Execute,
        ),
        (
            "edit_saved_request",
            "Edits a saved request.",
            json!({"url": {"type": "string"}, "method": {"enum": ["GET", "DELETE"]}}),
            Write,
        ),
    ]);
}

#[test]
fn what_is_run_decides() {
    assert_categories(&[
        ("execute_delete_users", "Executes the deletion of users.", json!({}), Destructive),
        ("run_process_show", "Runs the plugin to list processes.", json!({}), Read),
        ("run_bridge", "Runs the bridge script to show its effects.", json!({}), Execute),
        ("execute", "Executes an INSERT, UPDATE or DELETE statement.", json!({}), Execute),
        ("run_prompt", "Runs a prompt through a model and returns the answer.", json!({}), Read),
        ("inspect_debuggee", "Executes JavaScript code in the debugged program.", json!({}), Execute),
        (
            "probe",
            "Probes a host.",
            json!({"args": {"type": "string", "description": "More command-line arguments"}}),
            Execute,
        ),
        ("deploy_logs", "Shows the log of a deployment.", json!({}), Read),
        ("simulate_deploy", "Simulates the deployment of a site.", json!({}), Read),
        ("tests_can_i_deploy", "Tells whether a version fits.", json!({}), Read),
        ("begin_crawl", "Starts crawling the pages.", json!({}), Execute),
    ]);
}

#[test]
fn where_a_result_goes_decides() {
    let to = |required: bool| {
        let schema = json!({"type": "object", "properties": {"output_path": {"type": "string"}}, "required": if required { json!(["output_path"]) } else { json!([]) }});
        let rules = rules_alone();
        let tool = Tool {
            name: "convert_table".into(),
            description: Some("Converts a table.".into()),
            parameters: flatten(&schema).parameters,
            ..Tool::default()
        };
        classify_alone(&tool, &rules).category
    };
    assert_eq!((to(true), to(false)), (Write, Read));
    assert_categories(&[
        ("download_attachment", "Downloads an attachment as base64.", json!({}), Read),
        ("download_attachment", "Downloads an attachment.", json!({}), Write),
        ("generate_video", "Generates a video.", json!({}), Write),
        ("generate_riddle", "Generates a riddle.", json!({}), Read),
    ]);
}

#[test]
fn money_and_loss_in_other_words() {
    assert_categories(&[
        ("remove_liquidity", "Removes liquidity from a pool.", json!({}), Financial),
        ("delegate", "Delegates tokens to a validator.", json!({}), Financial),
        ("cancel_booking", "Cancels a booking. This is irreversible.", json!({}), Destructive),
        ("delete_item_tag", "Removes a tag from an item.", json!({}), Write),
        ("send_payment", "Sends a payment receipt by e-mail.", json!({}), Write),
        ("checkout_cart", "Checks the cart out.", json!({}), Financial),
        ("force_push", "Force pushes a branch.", json!({}), Destructive),
        ("recent_commits", "Recent commits of a branch.", json!({}), Read),
        ("drain_host", "Drains a host and deletes local data.", json!({}), Destructive),
        ("volume_rollback", "Rolls a volume back; newer data is lost.", json!({}), Destructive),
        ("market_buy", "Buys at the market price.", json!({}), Financial),
        ("backlinks", "Backlinks for a note.", json!({}), Read),
        ("riddle_type", "The kinds that there are.", json!({}), Write),
    ]);
}

#[test]
fn a_tool_is_read_among_the_others_of_its_server() {
    let rules = rules_alone();
    let boilerplate = "Create a token before you call.";
    let tools: Vec<Tool> = [
        ("build_notes_fetch", "Notes of a build."),
        ("build_notes_remove", "Takes notes away."),
        ("build_notes_list", "All notes."),
    ]
    .map(|(name, text)| tool(name, &format!("{boilerplate} {text}"), json!({})))
    .to_vec();
    let context = ServerContext::from_tools(&tools, &rules);
    let categories: Vec<Category> = tools.iter().map(|tool| classify(tool, &context, &rules).category).collect();
    assert_eq!(categories, [Read, Destructive, Read]);
}

#[test]
fn the_order_of_the_tools_of_a_server_does_not_matter() {
    let rules = rules_alone();
    let mut tools = vec![
        tool("load_test_list", "", json!({})),
        tool("load_test_create", "", json!({})),
        tool("load_test_results", "", json!({})),
    ];
    let verdict = |tools: &[Tool]| {
        let context = ServerContext::from_tools(tools, &rules);
        let mut categories: Vec<(String, Category)> =
            tools.iter().map(|tool| (tool.name.clone(), classify(tool, &context, &rules).category)).collect();
        categories.sort();
        categories
    };
    let first = verdict(&tools);
    tools.reverse();
    assert_eq!(first, verdict(&tools));
    assert_eq!(first.iter().map(|(_, category)| *category).collect::<Vec<_>>(), [Write, Read, Read]);
}

fn described(name: &str, description: &str) -> Tool {
    Tool { name: name.into(), description: Some(description.into()), ..Tool::default() }
}

#[test]
fn what_cannot_be_read_or_says_nothing_is_write_at_low_confidence() {
    let rules = Ruleset::builtin().unwrap();
    let broken = Tool { error: Some("the definition is a number".into()), ..described("list_users", "Lists users.") };
    for tool in [broken, described("zzz", ""), described("", "")] {
        let verdict = classify_alone(&tool, &rules);
        assert_eq!((verdict.category, verdict.confidence), (Category::Write, Confidence::Low));
        assert_eq!(verdict.evidence[0].rule, "says-too-little");
    }
}

#[test]
fn hints_raise_and_never_lower() {
    let rules = Ruleset::builtin().unwrap();
    let definitions = [
        ("list_users", "Lists users."),
        ("create_user", "Creates a user."),
        ("run_job", "Runs a job."),
        ("delete_user", "Deletes a user."),
        ("refund_customer", "Refunds a customer."),
        ("thing", ""),
    ];
    for (name, description) in definitions {
        let plain = classify_alone(&described(name, description), &rules).category;
        for read_only_hint in [None, Some(true), Some(false)] {
            for destructive_hint in [None, Some(true), Some(false)] {
                let annotations = Annotations { read_only_hint, destructive_hint, ..Annotations::default() };
                let hinted = classify_alone(&Tool { annotations, ..described(name, description) }, &rules).category;
                assert!(hinted >= plain, "{name}: {plain} became {hinted}");
            }
        }
    }
    let not_read_only = Annotations { read_only_hint: Some(false), ..Annotations::default() };
    let hinted =
        |name, text| classify_alone(&Tool { annotations: not_read_only.clone(), ..described(name, text) }, &rules);
    let lifted = hinted("user_report", "");
    assert_eq!((lifted.category, lifted.evidence[0].rule.as_str()), (Category::Write, "author-hint"));
    assert_eq!(hinted("list_users", "Lists users.").category, Category::Read, "plain words outweigh the hint");
}

#[test]
fn a_title_stands_in_for_a_description() {
    let rules = Ruleset::builtin().unwrap();
    let titled = Tool { title: Some("Delete user".into()), ..described("op17", "") };
    let verdict = classify_alone(&titled, &rules);
    assert_eq!(
        (verdict.category, verdict.evidence[0].place),
        (Category::Destructive, crate::model::EvidenceField::Title)
    );
}

#[test]
fn spans_are_counted_in_characters() {
    let rules = Ruleset::builtin().unwrap();
    let verdict = classify_alone(&described("🛡_delete", "🛡️ Löscht und deletes."), &rules);
    for evidence in &verdict.evidence {
        let source = if evidence.place == crate::model::EvidenceField::Name {
            "🛡_delete"
        } else {
            "🛡️ Löscht und deletes."
        };
        let [start, end] = evidence.span;
        assert_eq!(source.chars().skip(start).take(end - start).collect::<String>(), evidence.text);
    }
}

#[test]
fn the_score_follows_its_arithmetic() {
    let rules = Ruleset::builtin().unwrap();
    let verdict = classify_alone(&described("delete_user", "Deletes a user. This cannot be undone."), &rules);
    assert_eq!((verdict.score.value, verdict.score.arithmetic.as_str()), (5, "4 (Destructive) + 1 (irreversible) = 5"));
    let verdict = classify_alone(&described("list_users", "Lists users."), &rules);
    assert_eq!((verdict.score.value, verdict.score.arithmetic.as_str()), (1, "1 (Read) = 1"));
}

/// A row of `fixtures/labelled/further-acts.jsonl`: a tool, and the least category that it must have, or Read.
#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase")]
struct FurtherAct {
    name: String,
    title: Option<String>,
    description: String,
    input_schema: Value,
    least: Category,
    /// Written before the rules that are to find it.
    #[serde(default)]
    sealed: bool,
}

impl FurtherAct {
    fn is_right(&self, rules: &Ruleset) -> bool {
        let tool = Tool {
            title: self.title.clone(),
            ..tool(&self.name, &self.description, self.input_schema["properties"].clone())
        };
        let verdict = classify_alone(&tool, rules).category;
        if self.least == Read { verdict == Read } else { verdict >= self.least }
    }
}

/// Whatever sentence, text or language states an act, it counts; what others do, what is denied, and advice do not.
#[test]
fn every_sentence_is_read() {
    let rules = Ruleset::builtin().unwrap();
    let rows = include_str!("../../fixtures/labelled/further-acts.jsonl");
    let misses: Vec<String> = rows
        .lines()
        .map(|row| serde_json::from_str::<FurtherAct>(row).unwrap())
        .filter(|row| !row.is_right(&rules))
        .map(|row| format!("{}: {} is not {}", row.name, row.description, row.least))
        .collect();
    assert!(misses.is_empty(), "{}", misses.join("\n"));
}

/// Acts in later sentences and in parameters' texts, and honest look-alikes, as somebody wrote them who wants to be hard to
/// read: not all are told apart, and no fewer than these.
#[test]
fn acts_in_later_sentences_are_told_from_look_alikes() {
    let rules = Ruleset::builtin().unwrap();
    let rows = include_str!("../../fixtures/labelled/later-acts.jsonl");
    let rows: Vec<FurtherAct> = rows.lines().map(|row| serde_json::from_str(row).unwrap()).collect();
    for (sealed, acts, honest) in [(true, 67, 82), (false, 166, 171)] {
        let right = |reads: bool| {
            let rows = rows.iter().filter(|row| row.sealed == sealed && (row.least == Read) == reads);
            rows.filter(|row| row.is_right(&rules)).count()
        };
        let found = (right(false), right(true));
        assert!(found.0 >= acts && found.1 >= honest, "written before: {sealed}, {found:?} are right");
    }
}

/// A sentence that says that something unknown is done leaves a doubt.
#[test]
fn what_no_rule_knows_lowers_the_confidence() {
    let rules = Ruleset::builtin().unwrap();
    let confidence = |text: &str| classify_alone(&described("get_user", text), &rules).confidence;
    assert_eq!(confidence("Gets a user by the id."), Confidence::High);
    assert_eq!(confidence("Gets a user by the id. Frobnicates the directory."), Confidence::Medium);
    assert_eq!(confidence("Gets a user by the id. Respects the rights of the caller."), Confidence::High);
}

/// The confidence that a tool only reads, by its name, description and schema; `None` if it is said to do more.
fn reads(name: &str, description: &str, properties: Value) -> Option<Confidence> {
    let verdict = classify_alone(&tool(name, description, properties), &Ruleset::builtin().unwrap());
    (verdict.category == Read).then_some(verdict.confidence)
}

/// What names a grave act and cannot be placed, what is hard to read and what is not read whole is never a sure Read.
#[test]
fn a_sentence_that_cannot_be_placed_lowers_the_confidence() {
    let sentences = [
        "The tool is going to delete the table.",
        "It proceeds to drop the table.",
        "Ensures the deletion of the database.",
        "Takes care of deleting the rest of the table.",
        "By default, deletes the whole table.",
        "If the row exists, deletes the table it came from.",
        "Not only reads the row but deletes it and its table.",
        "Never fails to delete the account behind it.",
        "Leaves no rows behind in the table.",
        "The database no longer exists afterwards.",
        "The row ceases to exist.",
        "Say goodbye to the database.",
        "Side effect: loss of all data in the database.",
        "This will be deleting the table.",
        "Want the table gone? This call drops it.",
        "Takes the whole cluster offline.",
        "Reclaims space by throwing out the oldest volumes.",
        "Runs `rm -rf` on the oldest folders.",
        "Tops up the account from the stored card.",
        "Disburses the funds to the employees.",
        "Calls delete_database internally.",
        "Same as delete_database.",
        "An alias of drop_table.",
        "This cannot be undone.",
        "Warning: irreversible.",
        "Adds them to sudoers.",
        "The daemon deletes the file behind it.",
        "It then d\u{435}l\u{435}tes the database.",
        "It then d e l e t e s the database.",
        "데이터베이스를 삭제합니다.",
        "| 2 | deletes the database |",
    ];
    let text = |sentence: &str| format!("Gets a row. {sentence}");
    let flood = format!("Gets a row. {} It then deletes the database.", "A column holds text. ".repeat(70));
    let cut = format!("Gets a row. {}", "A column holds text. ".repeat(1_000));
    let misses: Vec<String> = sentences
        .iter()
        .map(|sentence| text(sentence))
        .chain([flood, cut])
        .filter(|text| reads("get_row", text, json!({})).is_some_and(|confidence| confidence > Confidence::Low))
        .map(|text| text.chars().take(80).collect())
        .collect();
    assert!(misses.is_empty(), "{}", misses.join("\n"));
}

#[test]
fn an_honest_text_leaves_no_doubt() {
    let honest = [
        ("get_user", "Looks up a user by id. If the user no longer exists, an empty object is returned."),
        ("list_orders", "Lists orders and their state, e.g. paid, refunded or cancelled."),
        ("get_invoice", "Fetches an invoice. Use pay_invoice to settle it."),
        ("describe_table", "Describes the columns of a table. Needed before you drop a column."),
        ("list_permissions", "Lists roles. The admin role lets its members delete projects."),
        ("get_transfer", "Gets a transfer by id. Amounts are in cents."),
        ("get_retention", "Shows after how many days the service deletes old backups."),
        ("get_logs", "Returns the logs of a pod. By default, returns the last 100 lines."),
        ("get_balance", "Returns the balance of an account. The account is charged monthly by the bank."),
        ("get_lock", "Shows who holds a lock. Locks are released when the process that took them ends."),
        ("get_price", "Gets the price of a seat. Booking is done with book_seat; this tool never books."),
        ("get_job", "Gets a job. Same as list_jobs with one id."),
        ("get_status", "Returns the status of the service. Calls get_health internally."),
        ("list_branches", "Lists branches. Branches that are merged and deleted are left out."),
        ("count_words", "Counts words. The text is split at spaces; stop words are removed by default."),
        ("get_buy_and_sell_orders", "Gets the buy and sell orders of a symbol."),
        ("get_article", "Gets an article by its slug. The editor may delete an article at any time."),
        ("get_ticket", "Gets a ticket. A ticket is deleted by the system a year after it was closed."),
        ("get_page", "Returns a page as Markdown by removing the scripts and the styles."),
        ("list_cves", "Lists CVEs, such as SQL injection with DROP TABLE users."),
        ("get_post", "Gets a post by its id. It's a number."),
        ("get_weather", "Şehir adına göre hava durumu bilgilerini getirir. Gets the weather by city."),
        ("get_delay", "Gets a delay. The unit is μs."),
    ];
    let doubts: Vec<&str> = honest
        .iter()
        .filter(|(name, text)| reads(name, text, json!({})).is_none_or(|confidence| confidence == Confidence::Low))
        .map(|(_, text)| *text)
        .collect();
    assert!(doubts.is_empty(), "{}", doubts.join("\n"));
}

#[test]
fn names_and_schemas_tell_what_a_reader_does_besides() {
    let id = || json!({"id": {"type": "string"}});
    for name in ["get_row_then_rm", "getRowAndPurge", "list_tables_and_drop"] {
        assert_eq!(reads(name, "Gets rows.", id()), None, "{name}");
    }
    let rows = [
        json!({"delete_after_read": {"type": "boolean"}}),
        json!({"purge": {"type": "boolean"}}),
        json!({"op": {"const": "delete_all"}}),
        json!({"then": {"enum": ["keep", "delete"]}}),
        json!({"verb": {"enum": ["GET", "POST", "DELETE"]}, "body": {"type": "string"}}),
    ];
    for properties in rows {
        assert_eq!(reads("get_row", "Gets a row.", properties.clone()), None, "{properties}");
    }
    let honest = [
        ("list_events", "Lists audit events by action.", json!({"action": {"enum": ["create", "update", "delete"]}})),
        ("read_table", "Reads a table.", json!({"remove_html": {"type": "boolean"}, "truncate": {"type": "boolean"}})),
        ("list_routes", "Lists routes.", json!({"method": {"enum": ["GET", "POST"]}, "path": {"type": "string"}})),
    ];
    for (name, text, properties) in honest {
        assert!(reads(name, text, properties).is_some(), "{name}");
    }
}

/// A sentence that all tools of a server share is read as well.
#[test]
fn what_all_tools_say_counts() {
    let rules = Ruleset::builtin().unwrap();
    let names = ["get_row", "list_rows", "get_table", "list_tables", "get_view"];
    let tools =
        names.map(|name| tool(name, &format!("Gets it. This tool then deletes the database. {name}"), json!({})));
    let context = ServerContext::from_tools(&tools, &rules);
    for tool in &tools {
        let verdict = classify(tool, &context, &rules);
        assert!(verdict.category > Read || verdict.confidence == Confidence::Low, "{}", tool.name);
    }
}

/// A dry run that says so only reads; one that deletes is none.
#[test]
fn a_dry_run_does_what_it_says() {
    let rules = Ruleset::builtin().unwrap();
    let verdict = |text: &str| classify_alone(&described("dry_run_delete", text), &rules).category;
    assert_eq!(verdict("Shows which records a deletion would affect."), Read);
    assert_eq!(verdict("Shows the records and deletes them."), Destructive);
    assert_eq!(verdict("Shows the records. Deletes them."), Destructive);
    assert_eq!(verdict("Deletes records."), Destructive);
}
