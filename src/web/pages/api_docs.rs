//! The browsable page of the API, rendered from the OpenAPI document: no script, nothing from elsewhere.

use askama::Template;
use axum::extract::State;
use serde_json::Value;

use crate::app::App;
use crate::view;
use crate::web::page::{Page, Place};

#[derive(Template)]
#[template(path = "api_docs/index.html")]
pub struct Index {
    /// Where the API of this server is, without a slash at the end.
    base: String,
    description: String,
    tags: Vec<Tag>,
    schemas: Vec<Schema>,
}
view!(Index);

struct Tag {
    name: String,
    id: String,
    operations: Vec<Operation>,
}

struct Operation {
    id: String,
    method: String,
    path: String,
    summary: String,
    description: String,
    parameters: Vec<Field>,
    body: Option<Type>,
    answers: Vec<(String, String, Option<Type>)>,
}

struct Field {
    name: String,
    place: String,
    is_required: bool,
    kind: Type,
    description: String,
}

/// A type in words, with the schema it names, if it does.
struct Type {
    text: String,
    schema: Option<String>,
    /// The words there are, where it is one of a few.
    words: Vec<String>,
}

/// A text in parts, and whether each is code: what stands between backticks.
fn spans(text: &str) -> impl Iterator<Item = (bool, &str)> {
    text.split('`')
        .enumerate()
        .map(|(index, part)| (index % 2 == 1, part))
        .filter(|(_, part)| !part.is_empty())
}

struct Schema {
    name: String,
    description: String,
    fields: Vec<Field>,
    values: Vec<String>,
}

/// `GET /api/docs`
pub async fn index(State(app): State<App>) -> Page {
    let base = format!("{}/api/v1", app.settings().public_url.trim_end_matches('/'));
    Page::new("API", Index::of(&crate::web::openapi(), base)).at(Place::Api)
}

fn text(value: &Value, key: &str) -> String {
    value[key].as_str().unwrap_or_default().to_owned()
}

fn slug(text: &str) -> String {
    text.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' }).collect()
}

fn kind(schema: &Value) -> Type {
    if let Some(reference) = schema["$ref"].as_str() {
        let name = reference.rsplit('/').next().unwrap_or(reference).to_owned();
        return Type { text: name.clone(), schema: Some(name), words: Vec::new() };
    }
    for joined in ["oneOf", "anyOf", "allOf"] {
        if let Some(parts) = schema[joined].as_array() {
            let mut kinds: Vec<Type> = parts.iter().map(kind).collect();
            let schema = kinds.iter_mut().find_map(|k| k.schema.take());
            let words = kinds.iter_mut().flat_map(|k| std::mem::take(&mut k.words)).collect();
            let texts: Vec<String> = kinds.into_iter().map(|k| k.text).collect();
            return Type { text: texts.join(" or "), schema, words };
        }
    }
    let word = match &schema["type"] {
        Value::String(one) => one.clone(),
        Value::Array(many) => many.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" or "),
        _ if schema["enum"].is_array() => "string".to_owned(),
        _ => "any".to_owned(),
    };
    if word.contains("array") {
        let of = kind(&schema["items"]);
        return Type { text: format!("array of {}", of.text), schema: of.schema, words: of.words };
    }
    let text = match schema["format"].as_str() {
        Some("date") => word.replace("string", "date"),
        Some("date-time") => word.replace("string", "instant"),
        Some("binary") => "bytes".to_owned(),
        _ => word,
    };
    Type { text, schema: None, words: words(schema) }
}

fn words(schema: &Value) -> Vec<String> {
    let words = schema["enum"].as_array().into_iter().flatten();
    words.filter_map(|word| word.as_str().map(str::to_owned)).collect()
}

fn fields(schema: &Value) -> Vec<Field> {
    let required: Vec<&str> = schema["required"]
        .as_array()
        .map(|r| r.iter().filter_map(Value::as_str).collect())
        .unwrap_or_default();
    let own = schema["properties"].as_object().into_iter().flatten().map(|(name, value)| Field {
        name: name.clone(),
        place: String::new(),
        is_required: required.contains(&name.as_str()),
        kind: kind(value),
        description: text(value, "description"),
    });
    let parts = ["allOf", "oneOf", "anyOf"].iter().filter_map(|k| schema[*k].as_array()).flatten();
    own.chain(parts.flat_map(fields)).collect()
}

fn content(value: &Value) -> Option<Type> {
    value["content"].as_object()?.values().next().map(|media| kind(&media["schema"]))
}

impl Operation {
    fn of(path: &str, method: &str, value: &Value) -> Self {
        let parameters = value["parameters"].as_array().into_iter().flatten().map(|p| Field {
            name: text(p, "name"),
            place: text(p, "in"),
            is_required: p["required"].as_bool().unwrap_or(false),
            kind: kind(&p["schema"]),
            description: text(p, "description"),
        });
        let answers = value["responses"].as_object().into_iter().flatten();
        Self {
            id: slug(&format!("{method}{path}")),
            method: method.to_uppercase(),
            path: path.to_owned(),
            summary: text(value, "summary"),
            description: text(value, "description"),
            parameters: parameters.collect(),
            body: content(&value["requestBody"]),
            answers: answers.map(|(code, a)| (code.clone(), text(a, "description"), content(a))).collect(),
        }
    }
}

impl Index {
    fn of(document: &Value, base: String) -> Self {
        let mut tags: Vec<Tag> = Vec::new();
        for (path, methods) in document["paths"].as_object().into_iter().flatten() {
            for (method, value) in methods.as_object().into_iter().flatten() {
                let name = value["tags"][0].as_str().unwrap_or("Other").to_owned();
                let operation = Operation::of(path, method, value);
                match tags.iter_mut().find(|t| t.name == name) {
                    Some(tag) => tag.operations.push(operation),
                    None => tags.push(Tag { id: slug(&name), name, operations: vec![operation] }),
                }
            }
        }
        let schemas = document["components"]["schemas"].as_object().into_iter().flatten();
        Self {
            base,
            description: text(&document["info"], "description"),
            tags,
            schemas: schemas
                .map(|(name, schema)| Schema {
                    name: name.clone(),
                    description: text(schema, "description"),
                    fields: fields(schema),
                    values: words(schema),
                })
                .collect(),
        }
    }
}
