//! JSON Schema of a format, for programs that write or read its forms as JSON.
//!
//! A form as JSON has the words of its fields as keys: what `show --json` prints in `form`. Codes
//! are words, times RFC 3339, durations milliseconds, positions `latitude, longitude` in degrees.
//! What no schema can say, the order of times and the check digits, is named in it as an annotation
//! and judged by [`Catalogue::check`].

use estafette_protocol::format::{
    Catalogue, CodeList, FieldDefinition, FieldType, Format, Rule, label,
};
use serde_json::{Map, Value as Json, json};
use std::collections::BTreeSet;

/// The schema of a format, with labels and help in `language`.
#[must_use]
pub fn schema(format: &Format, catalogue: &Catalogue, language: &str) -> Json {
    let view = View {
        catalogue,
        language,
    };
    let mut schema = view.object(&format.fields, &format.rules);
    let (number, version) = (format.format, format.version);
    let title = format.label(language);
    insert(
        &mut schema,
        [
            (
                "$schema",
                json!("https://json-schema.org/draft/2020-12/schema"),
            ),
            (
                "$id",
                json!(format!("urn:estafette:format:{number}:{version}")),
            ),
            ("title", json!(title)),
            ("$defs", view.definitions(format)),
        ],
    );
    Json::Object(schema)
}

struct View<'a> {
    catalogue: &'a Catalogue,
    language: &'a str,
}

impl View<'_> {
    fn object(&self, fields: &[FieldDefinition], rules: &[Rule]) -> Map<String, Json> {
        let properties = fields
            .iter()
            .map(|field| (field.word.clone(), self.property(field)));
        let mandatory = fields.iter().filter(|field| field.mandatory);
        let mandatory: Vec<&str> = mandatory.map(|field| field.word.as_str()).collect();
        let rules: Vec<Json> = rules.iter().map(|rule| of_rule(rule, fields)).collect();
        let mut object = Map::new();
        insert(
            &mut object,
            [
                ("type", json!("object")),
                ("properties", Json::Object(properties.collect())),
                ("required", json!(mandatory)),
                ("additionalProperties", json!(false)),
            ],
        );
        if !rules.is_empty() {
            object.insert("allOf".into(), Json::Array(rules));
        }
        object
    }

    fn property(&self, field: &FieldDefinition) -> Json {
        let mut property = self.value(field);
        if let Some(max) = field.list_max {
            // A single value may stand for a list of one.
            let list = json!({"type": "array", "items": property, "maxItems": max});
            property = Map::from_iter([("anyOf".to_owned(), json!([property, list]))]);
        }
        property.insert("title".into(), json!(field.label(self.language)));
        let help = label(&field.help, self.language, "");
        if !help.is_empty() {
            property.insert("description".into(), json!(help));
        }
        Json::Object(property)
    }

    /// The schema of one value.
    fn value(&self, field: &FieldDefinition) -> Map<String, Json> {
        let mut schema = Map::new();
        let reference = |folder: &str, word: &Option<String>| {
            let word = word.as_deref().unwrap_or_default();
            json!(format!("#/$defs/{folder}/{word}"))
        };
        match field.kind {
            FieldType::Text => {
                let max = json!(field.text_bytes_max());
                insert(&mut schema, [("type", json!("string")), ("maxLength", max)]);
                if let Some(check) = field.check {
                    schema.insert("format".into(), json!(check.word()));
                }
            }
            FieldType::Integer | FieldType::Duration => {
                let least = ("minimum", json!(0));
                insert(&mut schema, [("type", json!("integer")), least]);
            }
            FieldType::Code => insert(&mut schema, [("$ref", reference("codes", &field.codes))]),
            FieldType::Group => insert(&mut schema, [("$ref", reference("groups", &field.group))]),
            FieldType::Time => {
                let format = ("format", json!("date-time"));
                insert(&mut schema, [("type", json!("string")), format]);
            }
            FieldType::Position => {
                let pattern = r"^-?[0-9]{1,2}(\.[0-9]+)?, -?[0-9]{1,3}(\.[0-9]+)?$";
                let pattern = ("pattern", json!(pattern));
                insert(&mut schema, [("type", json!("string")), pattern]);
            }
        }
        schema
    }

    /// Groups and code lists that the format names, directly or through a group.
    fn definitions(&self, format: &Format) -> Json {
        let mut groups = Map::new();
        let mut lists = BTreeSet::new();
        let mut waiting: Vec<&FieldDefinition> = format.fields.iter().collect();
        while let Some(field) = waiting.pop() {
            lists.extend(field.codes.as_deref());
            let group = field
                .group
                .as_deref()
                .filter(|word| !groups.contains_key(*word));
            let Some(group) = group.and_then(|word| self.catalogue.group(word)) else {
                continue;
            };
            let mut object = self.object(&group.fields, &group.rules);
            object.insert("title".into(), json!(group.label(self.language)));
            groups.insert(group.word.clone(), Json::Object(object));
            waiting.extend(&group.fields);
        }
        let lists = lists
            .into_iter()
            .filter_map(|word| self.catalogue.list(word));
        let codes = lists.map(|list| (list.word.clone(), self.codes(list)));
        let codes: Map<String, Json> = codes.collect();
        json!({"groups": groups, "codes": codes})
    }

    /// The codes that may be written.
    fn codes(&self, list: &CodeList) -> Json {
        let usable = list.codes.iter().filter(|code| !code.retired);
        let codes =
            usable.map(|code| json!({"const": code.word, "title": code.label(self.language)}));
        json!({"title": list.label(self.language), "oneOf": codes.collect::<Vec<_>>()})
    }
}

fn of_rule(rule: &Rule, fields: &[FieldDefinition]) -> Json {
    match rule {
        Rule::Need { when, is, needs } => {
            let field = fields.iter().find(|field| field.word == *when);
            let one = json!({"enum": is});
            let is_list = field.is_some_and(|field| field.list_max.is_some());
            let holds = match is_list {
                true => json!({"anyOf": [one, {"type": "array", "contains": one}]}),
                false => one,
            };
            let condition = json!({"properties": {when: holds}, "required": [when]});
            json!({"if": condition, "then": {"required": needs}})
        }
        Rule::Choice { one_of } => {
            let filled = one_of.iter().map(|word| json!({"required": [word]}));
            json!({"anyOf": filled.collect::<Vec<_>>()})
        }
        Rule::Order { order } => {
            json!({"$comment": format!("not before the one named earlier: {}", order.join(", "))})
        }
    }
}

fn insert<const N: usize>(object: &mut Map<String, Json>, members: [(&str, Json); N]) {
    let members = members.into_iter();
    object.extend(members.map(|(key, value)| (key.to_owned(), value)));
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The `$ref`s below a value.
    fn references<'a>(json: &'a Json, found: &mut Vec<&'a str>) {
        match json {
            Json::Object(members) => {
                found.extend(members.get("$ref").and_then(Json::as_str));
                members.values().for_each(|value| references(value, found));
            }
            Json::Array(values) => values.iter().for_each(|value| references(value, found)),
            _ => {}
        }
    }

    #[test]
    fn schema_of_every_format_defines_what_it_refers_to() {
        let catalogue = Catalogue::built_in();
        for format in catalogue.formats() {
            let schema = schema(format, catalogue, "de");
            let mut found = Vec::new();
            references(&schema, &mut found);
            for reference in found {
                let pointer = reference.trim_start_matches('#');
                assert!(schema.pointer(pointer).is_some(), "{reference}");
            }
            for field in &format.fields {
                let property = &schema["properties"][&field.word];
                assert_eq!(property["title"], json!(field.label("de")));
            }
        }
    }

    #[test]
    fn schema_says_what_is_mandatory_and_when() {
        let catalogue = Catalogue::built_in();
        let answer = catalogue.format_by_word("answer").unwrap();
        let schema = schema(answer, catalogue, "en");
        assert_eq!(schema["required"], json!(["outcome"]));
        let refused = json!({
            "if": {"properties": {"outcome": {"enum": ["refused"]}}, "required": ["outcome"]},
            "then": {"required": ["refusal-ground"]},
        });
        assert!(schema["allOf"].as_array().unwrap().contains(&refused));
        let outcomes = schema["$defs"]["codes"]["reply-outcomes"]["oneOf"].as_array();
        assert_eq!(outcomes.unwrap().len(), 6);
    }
}
