//! Conditions: known, assumed from a setting that is unset by default, or decided when the server runs.

use super::super::interpreter::Interpreter;
use super::super::value::{Unknown, Value};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Truth {
    Known(bool),
    Assumed(bool),
    Unknown,
}

impl Truth {
    pub(in super::super) fn negated(self) -> Self {
        match self {
            Self::Known(holds) => Self::Known(!holds),
            Self::Assumed(holds) => Self::Assumed(!holds),
            Self::Unknown => Self::Unknown,
        }
    }

    pub(in super::super) fn into_value(self) -> Value {
        match self {
            Self::Known(holds) => Value::Bool(holds),
            Self::Assumed(holds) => Value::Unknown(Unknown::Assumed(holds)),
            Self::Unknown => Value::RUNTIME,
        }
    }
}

impl Interpreter<'_> {
    pub(in super::super) fn truth(&self, value: &Value) -> Truth {
        match value {
            Value::Undefined | Value::Null => Truth::Known(false),
            Value::Bool(holds) => Truth::Known(*holds),
            Value::Number(number) => Truth::Known(*number != 0.0 && !number.is_nan()),
            Value::String(text) => Truth::Known(!text.is_empty()),
            Value::Object(_) => Truth::Known(true),
            // A module, a function or an instance of a dependency; what its calls return is not known.
            Value::External(external) if external.is_setting() && external.path.iter().any(|name| &**name == "()") => {
                Truth::Assumed(false)
            }
            Value::External(external) => {
                let is_result = external.path.iter().any(|name| &**name == "()");
                if is_result { Truth::Unknown } else { Truth::Known(true) }
            }
            Value::Unknown(Unknown::Setting) => Truth::Assumed(false),
            Value::Unknown(Unknown::Assumed(holds)) => Truth::Assumed(*holds),
            Value::Unknown(Unknown::Runtime) => Truth::Unknown,
        }
    }

    /// Whether `value` stands for a setting that is unset by default.
    pub(in super::super) fn is_setting(&self, value: &Value) -> bool {
        match value {
            Value::Unknown(Unknown::Setting | Unknown::Assumed(_)) => true,
            Value::External(external) => external.is_setting() && external.path.iter().any(|name| &**name == "()"),
            _ => false,
        }
    }
}
