//! The helpers that TypeScript imports from tslib where it does not write them into each file.

use super::super::interpreter::{Eval, Interpreter};
use super::super::value::{Kind, Value};
use super::arg;

impl Interpreter<'_> {
    /// A function of tslib. `None` if its result is not known.
    pub(super) fn compiler_helper(&mut self, name: &str, args: &[Value]) -> Eval<Option<Value>> {
        let (first, second) = (arg(args, 0), arg(args, 1));
        Ok(Some(match name {
            "__importDefault" | "__importStar" => {
                let Some(id) = first.as_object() else { return Ok(Some(first)) };
                if matches!(self.kind(&first), Some(Kind::Namespace(_))) {
                    return Ok(Some(first));
                }
                let is_compiled = self.get(&first, "__esModule")?;
                if !is_compiled.is_nullish() {
                    return Ok(Some(first));
                }
                let namespace = self.allocate(Kind::Plain);
                if name == "__importStar" {
                    self.copy_properties(&Value::Object(id), namespace)?;
                }
                self.set_value(namespace, "default", first);
                Value::Object(namespace)
            }
            "__exportStar" => {
                if let (Some(exports), Some((names, _))) = (second.as_object(), self.own_names(&first)) {
                    for name in names.into_iter().filter(|name| !matches!(&**name, "default" | "__esModule")) {
                        if self.object(exports).properties.get(&name).is_none() {
                            let value = self.get(&first, &name)?;
                            self.set_value(exports, name, value);
                        }
                    }
                }
                Value::Undefined
            }
            "__assign" => return self.call_object("assign", args),
            "__rest" => {
                let rest = self.allocate(Kind::Plain);
                self.copy_properties(&first, rest)?;
                for name in self.items(&second).map(|(names, _)| names).unwrap_or_default() {
                    if let Some(name) = name.as_str() {
                        self.object_mut(rest).properties.remove(name);
                    }
                }
                Value::Object(rest)
            }
            "__spreadArray" => {
                let (Some((mut items, open)), Some((more, more_open))) =
                    (self.iterated(&first)?, self.iterated(&second)?)
                else {
                    return Ok(None);
                };
                self.extend(&mut items, more);
                let joined = self.allocate(Kind::Array(items));
                self.object_mut(joined).open = open || more_open;
                Value::Object(joined)
            }
            "__read" | "__values" => first,
            "__metadata" | "__param" => Value::Undefined,
            _ => return Ok(None),
        }))
    }
}
