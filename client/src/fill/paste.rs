//! Pasted identifiers and places: what they are, and the first field of the format that takes them.
//!
//! Where a number belongs follows from the checks of the fields alone. Only a zone, which says
//! many things at once, and a plate, which no check can tell, go by words of groups.

use super::error::{FillError, Wrong};
use super::mrz;
use super::{Filling, value};
use estafette_protocol::form::Value;
use estafette_protocol::format::{
    Check, FieldDefinition, FieldType, Group, Recognised, Rule, normalise_plate, recognise,
};

/// Characters of a plate without what stands between them.
const PLATE_CHARACTERS: std::ops::RangeInclusive<usize> = 3..=10;
/// Word of the field that takes a plate.
const PLATE: &str = "plate";

/// Puts a pasted text where it belongs; says what it was taken for.
pub(super) fn paste(
    filling: &mut Filling<'_>,
    text: &str,
    language: &str,
) -> Result<String, FillError> {
    let found = recognise(text);
    let mut homeless = None;
    for recognised in &found {
        let is_home = |definition: &FieldDefinition| match recognised {
            Recognised::Text { check, .. } => definition.check == Some(*check),
            Recognised::Position(_) => definition.kind == FieldType::Position,
        };
        let (typed, what) = match recognised {
            Recognised::Text { check, text } => (text.clone(), check.title().to_owned()),
            Recognised::Position(position) => (position.decimal(), "coordinates".to_owned()),
        };
        let Some(way) = way_to(filling, &is_home) else {
            homeless.get_or_insert(what);
            continue;
        };
        let at = fill(filling, &way, &typed)?;
        if let Recognised::Text {
            check: Check::Mrz, ..
        } = recognised
        {
            fill_from_zone(filling, &typed, &at)?;
        }
        return Ok(said(filling, &at, &what, language));
    }
    let plate = normalise_plate(text);
    if found.is_empty() && is_plate(&plate) {
        let is_home = |d: &FieldDefinition| d.word == PLATE && d.kind == FieldType::Text;
        return match way_to(filling, &is_home) {
            Some(way) => {
                let at = fill(filling, &way, text.trim())?;
                Ok(said(filling, &at, "plate", language))
            }
            None => Err(FillError::whole(Wrong::Homeless {
                what: "a plate".into(),
            })),
        };
    }
    Err(FillError::whole(match homeless {
        Some(what) => Wrong::Homeless {
            what: format!("this {what}"),
        },
        None => Wrong::Unrecognised,
    }))
}

/// A plate has letters and digits, or is told by neither.
fn is_plate(text: &str) -> bool {
    PLATE_CHARACTERS.contains(&text.chars().count())
        && text.chars().all(char::is_alphanumeric)
        && text.chars().any(char::is_alphabetic)
        && text.chars().any(|c| c.is_ascii_digit())
}

/// Words from the form to the nearest field that is a home: of the form itself first, then of its
/// groups, the one after the other.
fn way_to(
    filling: &Filling<'_>,
    is_home: &dyn Fn(&FieldDefinition) -> bool,
) -> Option<Vec<String>> {
    let fields = &filling.format().fields;
    if let Some(field) = fields.iter().find(|field| is_home(field)) {
        return Some(vec![field.word.clone()]);
    }
    let homes = fields.iter().filter_map(|field| {
        let group = filling.catalogue().group(field.group.as_deref()?)?;
        let home = group.fields.iter().find(|inner| is_home(inner))?;
        let way = vec![field.word.clone(), home.word.clone()];
        Some((stands_alone(group, home), way))
    });
    // Coordinates alone are a place, and no person yet.
    let homes: Vec<(bool, Vec<String>)> = homes.collect();
    let best = homes.iter().find(|(alone, _)| *alone).or(homes.first());
    best.map(|(_, way)| way.clone())
}

/// Whether a group may hold this field and no other.
fn stands_alone(group: &Group, home: &FieldDefinition) -> bool {
    let others = group
        .fields
        .iter()
        .filter(|field| field.number != home.number);
    let chosen = |rule: &Rule| match rule {
        Rule::Choice { one_of } => one_of.contains(&home.word),
        _ => true,
    };
    !others.into_iter().any(|field| field.mandatory) && group.rules.iter().all(chosen)
}

/// Fills a field in; in a list of groups it begins a new one. Gives the path as it is typed.
fn fill(filling: &mut Filling<'_>, way: &[String], typed: &str) -> Result<String, FillError> {
    let path = match way {
        [group, field] => {
            let definition = filling.format().field_by_word(group);
            let is_list = definition.is_some_and(|d| d.list_max.is_some());
            match (definition, is_list) {
                (Some(definition), true) => {
                    let held = estafette_protocol::form::value(filling.fields(), definition.number);
                    let place = held.map_or(0, |value| value.values().len()) + 1;
                    format!("{group}.{place}.{field}")
                }
                _ => format!("{group}.{field}"),
            }
        }
        way => way.join("."),
    };
    filling.set(&path, typed)?;
    Ok(path)
}

fn said(filling: &Filling<'_>, at: &str, what: &str, language: &str) -> String {
    let place = super::path::resolve(filling.catalogue(), filling.format(), at);
    let name = place
        .map(|place| super::name(filling.catalogue(), filling.format(), &place.path, language));
    format!(
        "taken for {what}: field {}",
        name.unwrap_or_else(|_| at.to_owned())
    )
}

/// Fills in what a zone says of the document, and of its holder as a person.
fn fill_from_zone(filling: &mut Filling<'_>, zone: &str, at: &str) -> Result<(), FillError> {
    let Some(zone) = mrz::read(zone, filling.moment().now) else {
        return Ok(());
    };
    let Some((document, _)) = at.rsplit_once('.') else {
        return Ok(());
    };
    let kind = match zone.kind {
        'P' => "passport",
        'I' | 'A' | 'C' => "identity-card",
        'V' => "visa",
        _ => "",
    };
    let of_document = [
        ("type", kind),
        ("number", &zone.number),
        ("issuer", &zone.issuer),
        ("valid-until", &zone.valid_until),
    ];
    for (word, typed) in of_document {
        try_set(filling, &format!("{document}.{word}"), typed);
    }
    let is_home = |d: &FieldDefinition| d.word == "family-name";
    let Some(way) = way_to(filling, &is_home) else {
        return Ok(());
    };
    let at = fill(filling, &way, &zone.family_name)?;
    let Some((person, _)) = at.rsplit_once('.') else {
        return Ok(());
    };
    let of_person = [
        ("given-names", &zone.given_names),
        ("born", &zone.born),
        ("sex", &zone.sex),
        ("nationalities", &zone.nationality),
    ];
    for (word, typed) in of_person {
        try_set(filling, &format!("{person}.{word}"), typed);
    }
    Ok(())
}

/// What a zone says and a field does not take, such as a nationality of nowhere, is in the zone.
fn try_set(filling: &mut Filling<'_>, path: &str, typed: &str) {
    let place = super::path::resolve(filling.catalogue(), filling.format(), path);
    let Ok(place) = place else { return };
    let read = value::read(
        filling.catalogue(),
        place.definition,
        typed,
        filling.moment(),
    );
    let retired = |value: &Value| match value {
        Value::Code(code) => {
            let list = place.definition.codes.as_deref();
            let list = list.and_then(|word| filling.catalogue().list(word));
            list.and_then(|list| list.code(*code))
                .is_some_and(|code| code.retired)
        }
        _ => false,
    };
    if !typed.is_empty() && read.is_ok_and(|value| !retired(&value)) {
        let _ = filling.set(path, typed);
    }
}
