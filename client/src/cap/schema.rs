//! The elements of CAP and the words of the fields that hold them: the one table that reading,
//! converting both ways and writing share. Spec: cap.md.
//!
//! Since a field and an element meet in one row alone, a changed field changes that element alone.

/// Namespace of a digital signature.
pub(super) const SIGNATURE: &str = "http://www.w3.org/2000/09/xmldsig#";
/// Namespace by which schemas are named.
pub(super) const SCHEMA_INSTANCE: &str = "http://www.w3.org/2001/XMLSchema-instance";
/// How namespaces of EDXL begin.
pub(super) const EDXL: &str = "urn:oasis:names:tc:emergency:EDXL:";

/// Versions of CAP.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Version {
    /// 1.0.
    V1_0,
    /// 1.1.
    V1_1,
    /// 1.2, the one that is written.
    V1_2,
}

impl Version {
    const ALL: [Self; 3] = [Self::V1_0, Self::V1_1, Self::V1_2];

    /// The version as people write it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::V1_0 => "1.0",
            Self::V1_1 => "1.1",
            Self::V1_2 => "1.2",
        }
    }

    /// The version's namespace.
    #[must_use]
    pub const fn namespace(self) -> &'static str {
        match self {
            Self::V1_0 => "http://www.incident.com/cap/1.0",
            Self::V1_1 => "urn:oasis:names:tc:emergency:cap:1.1",
            Self::V1_2 => "urn:oasis:names:tc:emergency:cap:1.2",
        }
    }

    /// The version of a namespace.
    pub(super) fn from_namespace(namespace: &str) -> Option<Self> {
        let mut all = Self::ALL.into_iter();
        all.find(|version| version.namespace() == namespace)
    }
}

/// What an element holds, and how its field holds it.
#[derive(Debug, Clone, Copy)]
pub(super) enum Shape {
    /// Text, as it is.
    Text,
    /// A term of the field's code list.
    Code,
    /// A time.
    Time,
    /// A whole number.
    Integer,
    /// A decimal number, in a text field.
    Decimal,
    /// Words separated by white space, those with white space in quotes: a list of texts.
    Words,
    /// Words of the form `sender,identifier,sent`: a list of groups with these elements.
    References(&'static [Element]),
    /// Points of a polygon: a group with one field.
    Points(&'static str),
    /// Centre and radius: a group with two fields.
    Circle(&'static str, &'static str),
    /// Elements: a group.
    Group(&'static [Element]),
}

/// An element of CAP.
#[derive(Debug)]
pub struct Element {
    /// Its name there.
    pub name: &'static str,
    /// Word of the field that holds it.
    pub(super) word: &'static str,
    pub(super) shape: Shape,
    /// Whether it may stand several times.
    pub(super) repeats: bool,
    /// The first version in which it is mandatory.
    pub(super) mandatory_since: Option<Version>,
    /// What is written where CAP 1.2 wants it and the form does not have it.
    pub(super) default: Option<&'static str>,
}

impl Element {
    const fn optional(name: &'static str, word: &'static str, shape: Shape) -> Self {
        Self {
            name,
            word,
            shape,
            repeats: false,
            mandatory_since: None,
            default: None,
        }
    }

    const fn any(name: &'static str, word: &'static str, shape: Shape) -> Self {
        Self {
            repeats: true,
            ..Self::optional(name, word, shape)
        }
    }

    const fn one(name: &'static str, word: &'static str, shape: Shape) -> Self {
        Self {
            mandatory_since: Some(Version::V1_0),
            ..Self::optional(name, word, shape)
        }
    }

    const fn since(self, version: Version) -> Self {
        Self {
            mandatory_since: Some(version),
            ..self
        }
    }

    const fn or(self, default: &'static str) -> Self {
        Self {
            default: Some(default),
            ..self
        }
    }

    pub(super) fn is_mandatory(&self, version: Version) -> bool {
        self.mandatory_since.is_some_and(|since| since <= version)
    }

    /// The elements that it consists of.
    pub(super) const fn elements(&self) -> &'static [Self] {
        match self.shape {
            Shape::Group(elements) => elements,
            _ => &[],
        }
    }

    /// Whether it may be there and hold nothing.
    pub(super) fn may_be_empty(&self) -> bool {
        self.default == Some("")
    }
}

/// The element that is the whole alert.
pub(super) const ROOT: &str = "alert";
/// Word of the format.
pub(super) const FORMAT: &str = "alert";
/// Word of the field with the elements of [`ORIGIN`].
pub(super) const ORIGIN_WORD: &str = "origin";

/// The elements of `<alert>`, in order: those of [`ORIGIN`], then this one.
pub(super) static INFO: Element = Element::any("info", "info", Shape::Group(INFO_ELEMENTS));

/// The elements of `<alert>` before `<info>`, which one group holds.
pub(super) static ORIGIN: &[Element] = &[
    Element::one("identifier", "identifier", Shape::Text),
    Element::one("sender", "sender", Shape::Text),
    Element::one("sent", "sent", Shape::Time),
    Element::one("status", "status", Shape::Code),
    Element::one("msgType", "message-type", Shape::Code),
    Element::optional("source", "source", Shape::Text),
    Element::optional("scope", "scope", Shape::Code).since(Version::V1_1),
    Element::optional("restriction", "restriction", Shape::Text),
    Element::optional("addresses", "addresses", Shape::Words),
    Element::any("code", "code", Shape::Text),
    Element::optional("note", "note", Shape::Text),
    Element::optional("references", "references", Shape::References(REFERENCE)),
    Element::optional("incidents", "incidents", Shape::Words),
];

/// The parts of a reference, in the order in which commas separate them.
static REFERENCE: &[Element] = &[
    Element::one("sender", "sender", Shape::Text),
    Element::one("identifier", "identifier", Shape::Text),
    Element::one("sent", "sent", Shape::Time),
];

static INFO_ELEMENTS: &[Element] = &[
    Element::optional("language", "language", Shape::Text),
    Element::any("category", "category", Shape::Code)
        .since(Version::V1_1)
        .or("Other"),
    Element::one("event", "event", Shape::Text),
    Element::any("responseType", "response-type", Shape::Code),
    Element::one("urgency", "urgency", Shape::Code),
    Element::one("severity", "severity", Shape::Code),
    Element::one("certainty", "certainty", Shape::Code),
    Element::optional("audience", "audience", Shape::Text),
    Element::any("eventCode", "event-code", Shape::Group(NAMED_VALUE)),
    Element::optional("effective", "effective", Shape::Time),
    Element::optional("onset", "onset", Shape::Time),
    Element::optional("expires", "expires", Shape::Time),
    Element::optional("senderName", "sender-name", Shape::Text),
    Element::optional("headline", "headline", Shape::Text),
    Element::optional("description", "description", Shape::Text),
    Element::optional("instruction", "instruction", Shape::Text),
    Element::optional("web", "web", Shape::Text),
    Element::optional("contact", "contact", Shape::Text),
    Element::any("parameter", "parameter", Shape::Group(NAMED_VALUE)),
    Element::any("resource", "resource", Shape::Group(RESOURCE)),
    Element::any("area", "area", Shape::Group(AREA)),
];

/// A name and its value; in CAP 1.0 one text, `name=value`.
pub(super) static NAMED_VALUE: &[Element] = &[
    Element::one("valueName", "name", Shape::Text),
    Element::one("value", "value", Shape::Text).or(""),
];

static RESOURCE: &[Element] = &[
    Element::one("resourceDesc", "description", Shape::Text),
    Element::optional("mimeType", "mime-type", Shape::Text)
        .since(Version::V1_2)
        .or("application/octet-stream"),
    Element::optional("size", "size", Shape::Integer),
    Element::optional("uri", "uri", Shape::Text),
    Element::optional("derefUri", "content", Shape::Text),
    Element::optional("digest", "digest", Shape::Text),
];

static AREA: &[Element] = &[
    Element::one("areaDesc", "description", Shape::Text),
    Element::any("polygon", "polygon", Shape::Points("points")),
    Element::any("circle", "circle", Shape::Circle("centre", "radius")),
    Element::any("geocode", "geocode", Shape::Group(NAMED_VALUE)),
    Element::optional("altitude", "altitude", Shape::Decimal),
    Element::optional("ceiling", "ceiling", Shape::Decimal),
];
