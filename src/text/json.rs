//! JSON that people write: parse options, and values as text without quotes.

use jsonc_parser::ParseOptions;
use serde_json::{Map, Value};

/// Most keys of an object that are compared one by one.
const MAX_COMPARED: usize = 8;

/// The value of `key`. Most objects have so few keys that to compare them is faster than to look one up.
pub(crate) fn get<'v>(object: &'v Map<String, Value>, key: &str) -> Option<&'v Value> {
    if object.len() > MAX_COMPARED {
        return object.get(key);
    }
    object.iter().find(|(known, _)| *known == key).map(|(_, value)| value)
}

/// Standard JSON: the parser's extensions are off.
pub(crate) const STRICT: ParseOptions = ParseOptions {
    allow_comments: false,
    allow_loose_object_property_names: false,
    allow_trailing_commas: false,
    allow_missing_commas: false,
    allow_single_quoted_strings: false,
    allow_hexadecimal_numbers: false,
    allow_unary_plus_numbers: false,
    allow_bare_decimal_point_numbers: false,
    allow_non_finite_numbers: false,
    allow_extended_string_escapes: false,
};

/// A value as the text a person would write for it: a string as it is, anything else as JSON.
pub(crate) fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
