//! Tests: invented definitions for each way in which tools of packages that nobody had looked at were misread.

use serde_json::json;

use super::tests::assert_categories;
use crate::model::Category::{Destructive, Execute, Read, Write};

#[test]
fn a_limit_of_some_servers_is_none_of_the_tool() {
    let command = json!({"command": {"type": "string"}});
    assert_categories(&[
        (
            "pump_shell",
            "Runs a shell command on a pump. Mutates its state, depending on the command. Readonly pumps refuse some.",
            command.clone(),
            Execute,
        ),
        ("pump_shell", "Runs a shell command. Under readonly mode some commands are refused.", command, Execute),
        (
            "pump_look",
            "Takes a read-only snapshot of a pump by running inspection commands. Changes nothing.",
            json!({"pump": {"type": "string"}}),
            Read,
        ),
        (
            "pump_look",
            "Takes a read-only snapshot of a pump. Also runs the given shell command.",
            json!({"pump": {"type": "string"}}),
            Execute,
        ),
        ("pump_restore", "Restores a pump. This is destructive and replaces its settings.", json!({}), Destructive),
    ]);
}

#[test]
fn a_verb_behind_or_acts_if_it_is_only_a_verb() {
    assert_categories(&[
        ("relay", "Get relay timings or hide a relay.", json!({}), Write),
        ("relay", "Get relay timings or hide stale relays.", json!({}), Write),
        ("relay", "Share a relay or cancel sharing.", json!({}), Write),
        ("relay", "Update relay timings or remove timings.", json!({}), Write),
        ("relay", "Get relay timings by label or group.", json!({}), Read),
        ("relay", "Get timings that calibrate or hide stale relays.", json!({}), Read),
    ]);
}

#[test]
fn a_list_with_strokes_is_one_list() {
    assert_categories(&[
        ("crate", "Crate ops: list/contents/fetch/delete_crate.", json!({}), Destructive),
        ("crate", "Crate ops: list/contents/fetch.", json!({}), Read),
        ("crate", "List red/green/blue crates.", json!({}), Read),
    ]);
}

#[test]
fn an_operation_in_two_words_counts_among_nouns() {
    let values = json!({"action": {"enum": ["basic", "modules", "threads", "handles", "set_title"]}});
    let nouns = json!({"action": {"enum": ["basic", "modules", "threads", "handles"]}});
    let by = json!({"operation": {"enum": ["list", "run", "run_by_area"]}});
    assert_categories(&[
        ("probe", "Process info of a probe.", values, Write),
        ("probe", "Process info of a probe.", nouns, Read),
        (
            "probe",
            "Process info of a probe.",
            json!({"action": {"enum": ["basic", "threads", "symbol_complete"]}}),
            Read,
        ),
        ("probe_detector", "Detector operations of a probe.", by, Read),
    ]);
}

#[test]
fn advice_and_other_tools_do_not_decide() {
    assert_categories(&[
        (
            "query_shards",
            "Downloads shards and returns the paths. First fetch shards, then use run_sql() to execute SQL on them.",
            json!({}),
            Write,
        ),
        (
            "hull_scan",
            "Hull scan: Invoke (with other scans) whenever a hull is discussed.\nScans a hull.",
            json!({}),
            Read,
        ),
        ("zone_alarms", "Triage shortcut: list open alarms of a zone.", json!({}), Read),
        (
            "get_banner",
            "Gets a banner. Edits made via change_banner are saved to the draft.",
            json!({"id": {"type": "string"}}),
            Read,
        ),
        ("get_banner", "Gets a banner. It is saved to the draft folder.", json!({}), Write),
        ("list_zones", "List zones. Uses the harbour admin interface.", json!({}), Read),
        ("get_limits", "Read limits, pause reasons, and writes needing review.", json!({}), Read),
    ]);
}

#[test]
fn what_is_kept_unless_a_switch_is_off_is_written() {
    let by_default = json!({"save_file": {"type": "boolean", "default": true}});
    let by_text = json!({"save_file": {"type": "boolean", "description": "Save to disk (default true)"}});
    let on_demand = json!({"save_file": {"type": "boolean", "default": false}});
    assert_categories(&[
        ("render_map", "Renders a map.", by_default, Write),
        ("render_map", "Renders a map.", by_text, Write),
        ("render_map", "Renders a map.", on_demand, Read),
        ("fetch_map", "Fetches a map.", json!({"save_cookies": {"type": "boolean", "default": true}}), Read),
    ]);
}
