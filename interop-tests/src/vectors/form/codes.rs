//! Every code of every list once, in a format of an agency's own that has one field of that list.

use super::{field, form};
use crate::json::hex;
use crate::vectors::case::Case;
use estafette_protocol::encoding::encode_unchecked;
use estafette_protocol::form::Value;
use estafette_protocol::format::{Catalogue, Code, CodeList};
use serde_json::{Value as Json, json};

/// The first number for formats of agencies (FRM-6).
const FORMAT: u16 = 1024;

/// For each list: all codes that may be written, and then each fault that a code can have.
pub(super) fn cases() -> Vec<Case> {
    Catalogue::built_in().lists().flat_map(of_list).collect()
}

fn of_list(list: &CodeList) -> Vec<Case> {
    let usable = list.codes.iter().filter(|code| !code.retired);
    let usable: Vec<u16> = usable.map(|code| code.value).collect();
    let base = format!("codes-{}", list.word);
    let unlisted = |value: &u16| list.code(*value).is_none();
    let unlisted = (0..=u16::MAX).rev().find(unlisted);
    let unlisted = unlisted.map(|value| ("unlisted", value));
    let retired = |code: &Code| ("retired", code.value);
    let retired = list.codes.iter().filter(|code| code.retired).map(retired);
    let faulty = retired.chain(unlisted).map(|(fault, value)| {
        Case::invalid(
            format!("{base}-{fault}-{value}"),
            &["FRM-2", "FRM-5"],
            (&base, fault),
            ("form", "FRM-2"),
            input(list, &[&usable[..], &[value]].concat()),
        )
    });
    let faulty: Vec<Case> = faulty.collect();
    let all = Case::valid(base.clone(), &["FRM-2", "FRM-5"], input(list, &usable));
    std::iter::once(all).chain(faulty).collect()
}

fn input(list: &CodeList, values: &[u16]) -> Json {
    let definition = format!(
        "format = {FORMAT}\nversion = 1\nword = \"codes\"\nform_bytes_max = 65536\n\
         labels = {{ en = \"Codes\" }}\n\n[[field]]\nnumber = 1\nword = \"codes\"\n\
         type = \"code\"\ncodes = \"{}\"\nlist_max = 4096\nlabels = {{ en = \"Codes\" }}\n",
        list.word
    );
    let values = values.iter().map(|value| Value::Code(*value)).collect();
    let form = form(FORMAT, vec![field(1, Value::List(values))]);
    json!({
        "formats": [definition],
        "form": hex(&encode_unchecked(&form).unwrap()),
    })
}
