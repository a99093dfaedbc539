//! What the OpenAPI document says beyond the handlers' own types.
//!
//! Handlers take what stands in a query as text and judge it themselves, so that every mistake is reported at
//! once and in one form. The document says what the text has to be: numbers, dates, and the words there are.

use serde_json::{Map, Value, json};

use crate::app::analytics::Granularity;
use crate::domain::activity::{ActivityStatus, ActivityType, SubType};
use crate::domain::person::MemberStatus;

/// Puts the types of query parameters and of answers that are bytes into the document.
pub(super) fn complete(document: &mut Value) {
    let paths = document["paths"].as_object_mut().into_iter().flat_map(Map::values_mut);
    for operation in paths.filter_map(Value::as_object_mut).flat_map(Map::values_mut) {
        for parameter in operation["parameters"].as_array_mut().into_iter().flatten() {
            if parameter["in"] == "query" {
                refine(parameter);
            }
        }
        for answer in operation["responses"].as_object_mut().into_iter().flat_map(Map::values_mut) {
            if let Some(bytes) = answer.pointer_mut("/content/application~1octet-stream") {
                bytes["schema"] = json!({ "type": "string", "format": "binary" });
            }
        }
    }
}

fn refine(parameter: &mut Value) {
    let is_list = parameter["schema"]["type"] == "array";
    let name = parameter["name"].as_str().unwrap_or_default().to_owned();
    let text = |words: Vec<&str>| json!({ "type": "string", "enum": words });
    let of = match name.as_str() {
        "limit" => json!({ "type": "integer", "minimum": 1, "maximum": 200, "default": 50 }),
        "days" => json!({ "type": "integer", "minimum": 1, "maximum": 365, "default": 30 }),
        "from_timestamp" | "to_timestamp" => json!({ "type": "integer", "format": "int64" }),
        "start_date" | "end_date" => json!({ "type": "string", "format": "date" }),
        "detail" | "member" | "include_profile_status" => json!({ "type": "boolean" }),
        "activity_type" => text(ActivityType::ALL.iter().map(|w| w.word()).collect()),
        "granularity" => text(Granularity::ALL.iter().map(|w| w.word()).collect()),
        "status" if is_list => text(MemberStatus::ALL.iter().map(|w| w.word()).collect()),
        "status" => text(ActivityStatus::ALL.iter().map(|w| w.word()).collect()),
        // Several may come, separated by commas.
        "sub_type" => {
            let one = text(SubType::ALL.iter().map(|w| w.word()).collect());
            parameter["explode"] = json!(false);
            json!({ "type": "array", "items": one })
        }
        _ if is_list => return,
        // A parameter is there or not; it is never null.
        _ => json!({ "type": "string" }),
    };
    parameter["schema"] = if is_list { json!({ "type": "array", "items": of }) } else { of };
}
