//! XML to an alert: a strict reader that follows no link and expands nothing. Spec: cap.md.
//!
//! Decides which elements an alert has, once each or several times; what stands in them is for
//! [`super::to_form`]. Bounded in bytes, depth and elements; a DOCTYPE ends the reading.

use super::decode::{decode, is_character};
use super::error::CapError;
use super::schema::{
    EDXL, Element, INFO, NAMED_VALUE, ORIGIN, ROOT, SCHEMA_INSTANCE, SIGNATURE, Shape, Version,
};
use super::{Alert, Content, Node, NotCarried, Reason};
use quick_xml::NsReader;
use quick_xml::escape::unescape;
use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::name::ResolveResult;

/// How deep elements may nest.
pub const DEPTH_MAX: usize = 16;

/// How many elements a file may have.
pub const ELEMENTS_MAX: usize = 65_536;

/// How many attributes an element may have.
const ATTRIBUTES_MAX: usize = 64;

/// Reads an alert.
///
/// # Errors
/// [`CapError`], which names the line.
pub fn read(bytes: &[u8]) -> Result<Alert, CapError> {
    let text = decode(bytes)?;
    let mut source = Source::new(&text);
    let version = loop {
        match source.next()? {
            Token::Open(tag) => break root(&tag)?,
            Token::Text(text) if text.trim_matches(WHITE).is_empty() => {}
            Token::Text(_) | Token::Close => return Err(source.not_xml()),
            Token::End => return Err(CapError::NotCap),
        }
    };
    source.version = version;
    let line = source.line;
    let elements = || ORIGIN.iter().chain([&INFO]);
    let nodes = source.children(elements().collect(), "")?;
    require(&nodes, elements(), version, ("", line))?;
    loop {
        match source.next()? {
            Token::End => break,
            Token::Text(text) if text.trim_matches(WHITE).is_empty() => {}
            _ => return Err(source.not_xml()),
        }
    }
    Ok(Alert {
        version,
        nodes,
        not_carried: source.not_carried,
    })
}

/// White space of XML.
pub(super) const WHITE: [char; 4] = [' ', '\t', '\n', '\r'];

fn root(tag: &Tag) -> Result<Version, CapError> {
    let namespace = tag.namespace.as_str();
    match Version::from_namespace(namespace) {
        Some(version) if tag.name == ROOT => Ok(version),
        Some(_) => Err(CapError::NotCap),
        None if namespace.starts_with(EDXL) || tag.name == "EDXLDistribution" => {
            Err(CapError::Edxl)
        }
        None if tag.name == ROOT => Err(CapError::Version),
        None => Err(CapError::NotCap),
    }
}

/// An opening tag.
struct Tag {
    name: String,
    namespace: String,
}

/// What a file consists of, for a reader of CAP.
enum Token {
    Open(Tag),
    Close,
    Text(String),
    End,
}

struct Source<'a> {
    text: &'a str,
    reader: NsReader<&'a [u8]>,
    /// The line in which that begins which was read last, and how far lines are counted.
    line: usize,
    counted: usize,
    version: Version,
    depth: usize,
    elements: usize,
    not_carried: NotCarried,
}

impl<'a> Source<'a> {
    fn new(text: &'a str) -> Self {
        let mut reader = NsReader::from_str(text);
        let config = reader.config_mut();
        config.expand_empty_elements = true;
        config.check_comments = true;
        Self {
            text,
            reader,
            line: 1,
            counted: 0,
            version: Version::V1_2,
            depth: 0,
            elements: 0,
            not_carried: NotCarried::default(),
        }
    }

    /// Counts lines up to what is read next. Each byte is looked at once.
    fn count_lines(&mut self) {
        let at = usize::try_from(self.reader.buffer_position()).unwrap_or(usize::MAX);
        let passed = self.text.as_bytes().get(self.counted..at);
        let passed = passed.unwrap_or_default().iter();
        self.line += passed.filter(|byte| **byte == b'\n').count();
        self.counted = at;
    }

    fn not_xml(&self) -> CapError {
        CapError::NotXml { line: self.line }
    }

    fn next(&mut self) -> Result<Token, CapError> {
        loop {
            self.count_lines();
            let (namespace, event) = match self.reader.read_resolved_event() {
                Ok((namespace, event)) => (namespace_of(&namespace), event),
                Err(_) => return Err(self.not_xml()),
            };
            return match event {
                Event::Start(start) | Event::Empty(start) => {
                    let namespace = namespace.ok_or_else(|| self.not_xml())?;
                    self.open(&start, namespace).map(Token::Open)
                }
                Event::End(_) => {
                    self.depth = self.depth.saturating_sub(1);
                    Ok(Token::Close)
                }
                Event::Text(text) => Ok(Token::Text(text.xml10_content().into_owned())),
                Event::CData(text) => Ok(Token::Text(text.xml10_content().into_owned())),
                Event::GeneralRef(reference) => self.reference(&reference).map(Token::Text),
                Event::DocType(_) => Err(CapError::DocumentType { line: self.line }),
                Event::Eof => Ok(Token::End),
                // Said about the file, not in the alert.
                Event::Decl(_) | Event::PI(_) | Event::Comment(_) => continue,
            };
        }
    }

    fn open(&mut self, start: &BytesStart<'_>, namespace: String) -> Result<Tag, CapError> {
        self.depth += 1;
        self.elements += 1;
        let line = self.line;
        if self.depth > DEPTH_MAX {
            let max = DEPTH_MAX;
            return Err(CapError::TooDeep { line, max });
        }
        if self.elements > ELEMENTS_MAX {
            let (max, what) = (ELEMENTS_MAX, "elements");
            return Err(CapError::TooMany { line, max, what });
        }
        let name = start.local_name().into_inner().to_owned();
        let is_own = namespace == self.version.namespace() || self.elements == 1;
        for (place, attribute) in start.attributes().enumerate() {
            if place == ATTRIBUTES_MAX {
                let (max, what) = (ATTRIBUTES_MAX, "attributes of an element");
                return Err(CapError::TooMany { line, max, what });
            }
            let attribute = attribute.map_err(|_| self.not_xml())?;
            unescape(&attribute.value).map_err(|_| CapError::Entity { line })?;
            let (prefix, _) = self.reader.resolver().resolve_attribute(attribute.key);
            let is_schema = namespace_of(&prefix).is_some_and(|n| n == SCHEMA_INSTANCE);
            let is_declaration = attribute.key.as_namespace_binding().is_some();
            if is_own && !is_schema && !is_declaration {
                let key: String = attribute.key.into_inner().to_owned();
                self.not_carried
                    .add(format!("{name}/@{key}"), Reason::Attribute);
            }
        }
        Ok(Tag { name, namespace })
    }

    /// A reference to a character, or to one of the five entities of XML.
    fn reference(&self, reference: &BytesRef<'_>) -> Result<String, CapError> {
        let line = self.line;
        let character = reference.resolve_char_ref().map_err(|_| self.not_xml())?;
        let name = reference.xml10_content();
        let character = match (character, name.as_ref()) {
            (Some(character), _) if is_character(character) => character,
            (Some(_), _) => return Err(self.not_xml()),
            (None, "amp") => '&',
            (None, "lt") => '<',
            (None, "gt") => '>',
            (None, "apos") => '\'',
            (None, "quot") => '"',
            (None, _) => return Err(CapError::Entity { line }),
        };
        Ok(character.into())
    }

    /// The elements in the element that was opened last.
    fn children(
        &mut self,
        known: Vec<&'static Element>,
        path: &str,
    ) -> Result<Vec<Node>, CapError> {
        let mut nodes: Vec<Node> = Vec::new();
        loop {
            match self.next()? {
                Token::Close => break,
                Token::End => return Err(self.not_xml()),
                Token::Text(text) if text.trim_matches(WHITE).is_empty() => {}
                Token::Text(_) => self.not_carried.add(format!("{path}text()"), Reason::Text),
                Token::Open(tag) => {
                    let line = self.line;
                    let is_own = tag.namespace == self.version.namespace();
                    let element = known.iter().find(|e| is_own && e.name == tag.name);
                    let Some(element) = element.copied() else {
                        self.skip(&tag, path)?;
                        continue;
                    };
                    let path = format!("{path}{}", element.name);
                    if !element.repeats && nodes.iter().any(|n| n.element.name == element.name) {
                        return Err(CapError::Twice { line, path });
                    }
                    nodes.extend(self.node(element, path, line)?);
                }
            }
        }
        Ok(nodes)
    }

    fn node(
        &mut self,
        element: &'static Element,
        path: String,
        line: usize,
    ) -> Result<Option<Node>, CapError> {
        let content = match element.shape {
            Shape::Group(elements) if self.version == Version::V1_0 && is_named_value(elements) => {
                Content::Nodes(self.named_value(&path, line)?)
            }
            Shape::Group(elements) => {
                let below = format!("{path}/");
                let nodes = self.children(elements.iter().collect(), &below)?;
                require(&nodes, elements.iter(), self.version, (&below, line))?;
                Content::Nodes(nodes)
            }
            _ => {
                let text = self.leaf(&path)?;
                let text = text.trim_matches(WHITE);
                if text.is_empty() && !element.may_be_empty() {
                    self.not_carried.add(path, Reason::Empty);
                    return Ok(None);
                }
                Content::Text(text.to_owned())
            }
        };
        Ok(Some(Node {
            element,
            line,
            content,
        }))
    }

    /// The text of the element that was opened last.
    fn leaf(&mut self, path: &str) -> Result<String, CapError> {
        let mut text = String::new();
        loop {
            match self.next()? {
                Token::Text(more) => text.push_str(&more),
                Token::Close => return Ok(text),
                Token::End => return Err(self.not_xml()),
                Token::Open(_) => {
                    let (line, path) = (self.line, path.to_owned());
                    return Err(CapError::Markup { line, path });
                }
            }
        }
    }

    /// What CAP 1.0 writes as `name=value`.
    fn named_value(&mut self, path: &str, line: usize) -> Result<Vec<Node>, CapError> {
        let text = self.leaf(path)?;
        let parts = text.split_once('=');
        let parts = parts.map(|(name, value)| [name, value].map(|part| part.trim_matches(WHITE)));
        let parts = parts.filter(|[name, _]| !name.is_empty());
        let parts = parts.ok_or_else(|| CapError::Value {
            line,
            path: path.to_owned(),
            wanted: "of the form name=value",
        })?;
        let nodes = NAMED_VALUE.iter().zip(parts).map(|(element, text)| Node {
            element,
            line,
            content: Content::Text(text.to_owned()),
        });
        Ok(nodes.collect())
    }

    /// Passes over an element that CAP does not have, and all in it.
    fn skip(&mut self, tag: &Tag, path: &str) -> Result<(), CapError> {
        let reason = match tag.namespace.as_str() {
            SIGNATURE => Reason::Signature,
            namespace if namespace == self.version.namespace() => Reason::Unknown,
            _ => Reason::Foreign,
        };
        self.not_carried.add(format!("{path}{}", tag.name), reason);
        let outside = self.depth - 1;
        while self.depth > outside {
            if matches!(self.next()?, Token::End) {
                return Err(self.not_xml());
            }
        }
        Ok(())
    }
}

fn is_named_value(elements: &[Element]) -> bool {
    std::ptr::eq(elements.as_ptr(), NAMED_VALUE.as_ptr())
}

/// A namespace in words, empty for none; nothing where a prefix is not declared.
fn namespace_of(result: &ResolveResult<'_>) -> Option<String> {
    match result {
        ResolveResult::Bound(namespace) => Some(namespace.into_inner().to_owned()),
        ResolveResult::Unbound => Some(String::new()),
        ResolveResult::Unknown(_) => None,
    }
}

/// Refuses an element that lacks a mandatory one.
fn require<'e>(
    nodes: &[Node],
    elements: impl Iterator<Item = &'e Element>,
    version: Version,
    (path, line): (&str, usize),
) -> Result<(), CapError> {
    for element in elements.filter(|element| element.is_mandatory(version)) {
        if !nodes.iter().any(|node| node.element.name == element.name) {
            let path = format!("{path}{}", element.name);
            return Err(CapError::Missing { line, path });
        }
    }
    Ok(())
}
