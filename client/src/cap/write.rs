//! An alert to XML of CAP 1.2. Spec: cap.md.
//!
//! Writes what it is given, in the order of the schema; what is mandatory is for
//! [`super::from_form`].

use super::decode::is_character;
use super::schema::{ROOT, Version};
use super::{Alert, Content, Node};
use quick_xml::escape::partial_escape;

/// The alert as a file in UTF-8.
#[must_use]
pub fn write(alert: &Alert) -> String {
    let namespace = Version::V1_2.namespace();
    let mut text =
        format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<{ROOT} xmlns=\"{namespace}\">\n");
    for node in &alert.nodes {
        write_node(&mut text, node, 1);
    }
    text.push_str(&format!("</{ROOT}>\n"));
    text
}

fn write_node(text: &mut String, node: &Node, depth: usize) {
    let (indent, name) = ("  ".repeat(depth), node.element.name);
    match &node.content {
        Content::Text(content) => {
            let content = escaped(content);
            text.push_str(&format!("{indent}<{name}>{content}</{name}>\n"));
        }
        Content::Nodes(nodes) => {
            text.push_str(&format!("{indent}<{name}>\n"));
            for node in nodes {
                write_node(text, node, depth + 1);
            }
            text.push_str(&format!("{indent}</{name}>\n"));
        }
    }
}

/// Text that every reader of XML takes for this one. What XML cannot hold becomes U+FFFD.
fn escaped(text: &str) -> String {
    let allowed = |c| if is_character(c) { c } else { '\u{fffd}' };
    let text: String = text.chars().map(allowed).collect();
    // A bare carriage return would be read as the end of a line.
    partial_escape(text).replace('\r', "&#13;")
}
