//! x
use crate::verdict::Verdict;
use serde_json::Value;
pub fn file() -> Value {
    serde_json::json!({"groups":[],"numberOfTests":0,"notes":{}})
}
pub fn answer(_: &str, _: &Value, _: &Value) -> Verdict {
    Verdict::Unsupported
}
